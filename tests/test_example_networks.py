"""The example networks: what is published has its page, the legal minimum is there, the rest is marked as assumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import kooperacja_model as km
from kooperacja_model import Basis
from kooperacja_model.network import AgreementKind

ROOT = Path(__file__).parents[1]
FILES = {path.stem: path for path in sorted((ROOT / "examples" / "networks").glob("*.yaml"))}
CASES = {path.stem: path for path in sorted((ROOT / "examples" / "cases").glob("*.yaml"))}
CATALOGUE: dict[str, Any] = yaml.safe_load((ROOT / "models" / "catalogue.yaml").read_bytes())
ADDRESSES = {page["address"] for page in CATALOGUE["pages"].values()}
NEARLY_EVERYWHERE = ("G2", "P2", "W1")

COMMUNES = {
    "city_sosnowiec": "2475011",
    "city_zakopane": "1217011",
    "city_zawiercie": "2416021",
    "city_zgierz": "1020031",
    "rural_cycow": "0610012",
    "rural_slupno": "1419122",
    "rural_swilcza": "1816122",
    "rural_zarzecze": "1814092",
    "urban_rural_korsze": "2808043",
    "urban_rural_swarzedz": "3021163",
    "urban_rural_tuchola": "0416063",
}
"""As in the official register and in the notes on the pilots."""

PUBLISHED = {
    "city_sosnowiec": ["social_assistance_centre", "pcpr", "zus_branch", "housing_manager", "sds", "municipal_office"],
    "city_zakopane": ["municipal_office", "county_office"],
    "city_zawiercie": ["social_assistance_centre", "police_unit"],
    "city_zgierz": [
        *("social_assistance_centre", "pcpr", "residential_childcare", "labour_office", "police_unit"),
        *("culture_centre", "library", "ngo_local", "parish"),
    ],
    "rural_cycow": ["pcpr"],
    "rural_slupno": ["regional_social_policy_centre"],
    "rural_swilcza": ["pcpr"],
    "rural_zarzecze": [
        *("family_court", "police_unit", "social_assistance_centre", "pcpr", "primary_school"),
        *("ngo_local", "culture_centre", "nursery", "sds"),
    ],
    "urban_rural_korsze": [
        *("social_assistance_centre", "pcpr", "primary_school", "police_unit", "prison"),
        *("ngo_local", "village_head", "municipal_office", "county_office"),
    ],
    "urban_rural_swarzedz": [
        *("social_assistance_centre", "labour_office", "primary_school", "kindergarten"),
        *("pp_counselling_centre", "library", "sports_club", "ngo_local"),
    ],
    "urban_rural_tuchola": ["social_assistance_centre"],
}
"""Types that the notes name for the place."""


def network(name: str) -> km.LocalNetwork:
    return km.load_network(FILES[name])


def of_basis(name: str, *bases: Basis) -> list[km.Institution]:
    return [institution for institution in network(name).institutions.values() if institution.origin.basis in bases]


def test_each_example_is_listed_here() -> None:
    assert list(FILES) == list(COMMUNES) == list(PUBLISHED)


@pytest.mark.parametrize("case", CASES)
def test_each_example_family_has_a_network_of_its_commune(case: str) -> None:
    family = km.load_case(CASES[case]).case
    assert family.commune is not None
    assert family.commune.code == network(case).commune.code


@pytest.mark.parametrize("name", FILES)
class TestEachExample:
    def test_is_of_the_commune_in_its_name(self, name: str) -> None:
        assert network(name).commune.code.text == COMMUNES[name]
        assert FILES[name].read_text(encoding="utf-8").startswith("# Institutions for ")

    def test_serves_the_commune_with_every_institution(self, name: str) -> None:
        assert network(name).serving == tuple(network(name).institutions)

    def test_what_is_published_has_a_page_of_the_catalogue(self, name: str) -> None:
        published = of_basis(name, Basis.PRACTICE)
        assert published
        assert {institution.origin.address for institution in published} <= ADDRESSES

    def test_what_is_not_published_has_no_page_and_a_note(self, name: str) -> None:
        for institution in of_basis(name, Basis.STATUTE, Basis.DESIGN, Basis.MODEL):
            assert institution.origin.address is None
            assert institution.origin.note is not None

    def test_has_the_types_that_the_notes_name(self, name: str) -> None:
        types = {key for institution in of_basis(name, Basis.PRACTICE) for key in institution.types}
        assert set(PUBLISHED[name]) <= types

    def test_has_the_whole_legal_minimum(self, name: str) -> None:
        of_type = network(name).of_type
        terms = CATALOGUE["institution_types"].items()
        minimum = [key for key, term in terms if term["availability"] in ("G1", "P1", "T")]
        assert [key for key in minimum if not of_type[key]] == []

    def test_says_statute_only_of_what_the_law_guarantees(self, name: str) -> None:
        model = km.load_model(name.rsplit("_", 1)[0])
        least = km.network_from_availability(model, COMMUNES[name]).institutions
        for institution in of_basis(name, Basis.STATUTE):
            assert least[institution.key].origin.basis is Basis.STATUTE
            assert institution.serves == least[institution.key].serves
            assert institution.types == least[institution.key].types

    def test_assumes_only_what_is_nearly_everywhere(self, name: str) -> None:
        model = km.load_model(name.rsplit("_", 1)[0])
        likely = km.network_from_availability(model, COMMUNES[name], likely=True).institutions
        for institution in of_basis(name, Basis.DESIGN):
            code = CATALOGUE["institution_types"][institution.types[0]]["availability"]
            assert code in (*NEARLY_EVERYWHERE, "T")
            assert likely[institution.key].origin.basis is Basis.DESIGN
            assert (institution.types, institution.serves) == (
                likely[institution.key].types,
                likely[institution.key].serves,
            )

    def test_does_not_assume_what_is_published(self, name: str) -> None:
        published = {key for institution in of_basis(name, Basis.PRACTICE) for key in institution.types}
        others = of_basis(name, Basis.STATUTE, Basis.DESIGN, Basis.MODEL)
        assert published.isdisjoint(key for institution in others for key in institution.types)

    def test_invents_nothing(self, name: str) -> None:
        assert not network(name).invented
        for institution in network(name).institutions.values():
            assert (institution.capacity, institution.distance_km) == (None, None)
            assert not {**institution.added, **institution.removed}

    def test_has_agreements_with_their_page(self, name: str) -> None:
        for agreement in network(name).agreements.values():
            assert agreement.origin.address in ADDRESSES
            assert {network(name).institutions[key].origin.basis for key in agreement.between} == {Basis.PRACTICE}


class TestWhatTheNotesSay:
    def test_in_sosnowiec_one_institution_is_ops_and_pcpr(self) -> None:
        of_type = network("city_sosnowiec").of_type
        assert of_type["social_assistance_centre"] == of_type["pcpr"] == ("mops_sosnowiec",)
        assert network("city_sosnowiec").outside == frozenset()

    @pytest.mark.parametrize("name", [name for name in FILES if name != "city_sosnowiec"])
    def test_elsewhere_ops_and_pcpr_are_two(self, name: str) -> None:
        of_type = network(name).of_type
        assert len(of_type["pcpr"]) == len(of_type["social_assistance_centre"]) == 1
        assert of_type["pcpr"] != of_type["social_assistance_centre"]

    def test_the_pcpr_in_rzeszow_serves_the_county_around_it_and_not_its_own_city(self) -> None:
        pcpr = network("rural_swilcza").institutions["pcpr_rzeszow"]
        assert pcpr.seat is not None
        assert not pcpr.serves_commune(pcpr.seat)
        assert pcpr.serves_commune("1816132")

    def test_agreements_are_those_that_were_found(self) -> None:
        found = {
            (name, agreement.kind, agreement.since, len(agreement.between), agreement.origin.basis)
            for name in FILES
            for agreement in network(name).agreements.values()
        }
        assert found == {
            ("rural_zarzecze", AgreementKind.AGREEMENT, None, 11, Basis.PRACTICE),
            ("rural_zarzecze", AgreementKind.AGREEMENT, "2019-06-06", 3, Basis.PRACTICE),
            ("rural_zarzecze", AgreementKind.AGREEMENT, None, 2, Basis.PRACTICE),
            ("urban_rural_swarzedz", AgreementKind.DECLARATION, "2020-01-23", 10, Basis.PRACTICE),
            ("urban_rural_korsze", AgreementKind.AGREEMENT, None, 10, Basis.DESIGN),
            ("city_zgierz", AgreementKind.DECLARATION, "2019-10-28", 18, Basis.PRACTICE),
        }
