"""The network for an empty start: what the law guarantees to a commune, and what it is likely to have besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve

import kooperacja_model as km
from kooperacja_model.availability import network_from_availability
from kooperacja_model.catalogue import Level
from kooperacja_model.provenance import Table

CATALOGUE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "models" / "catalogue.yaml").read_bytes())
TYPES: dict[str, dict[str, Any]] = CATALOGUE["institution_types"]

RURAL, URBAN_RURAL, TOWN, CITY, WARSZAWA = "1816122", "3021163", "2416021", "2475011", "1465011"
PLACES = [("rural", RURAL), ("urban_rural", URBAN_RURAL), ("city", TOWN), ("city", CITY), ("city", WARSZAWA)]
JOINED_IN_A_CITY = {"county_office": "municipal_office", "county_council": "municipal_council"}


def minimum(model: str, commune: str) -> km.LocalNetwork:
    return network_from_availability(km.load_model(model), commune)


def likely(model: str, commune: str) -> km.LocalNetwork:
    return network_from_availability(km.load_model(model), commune, likely=True)


def joined(commune: str) -> dict[str, str]:
    """Types that are a part of another institution, by the structural facts of the notes."""
    if commune == CITY:
        return {"pcpr": "social_assistance_centre", **JOINED_IN_A_CITY}
    return JOINED_IN_A_CITY if commune == WARSZAWA else {}


def of_codes(*codes: str) -> list[str]:
    return [key for key, term in TYPES.items() if term["availability"] in codes]


def is_likely(key: str, kind: str) -> bool:
    term = TYPES[key]
    presence = term.get("presence", {}).get(kind)
    if term["availability"] in ("P2", "W1"):
        return True
    return presence in ("always", "common") and "stands_for" not in term


class TestTheLegalMinimum:
    @pytest.mark.parametrize(("model", "commune"), PLACES)
    def test_has_every_obligatory_type_and_every_territorial_net_and_nothing_else(
        self, model: str, commune: str
    ) -> None:
        network = minimum(model, commune)
        expected = of_codes("G1", "P1", "T")
        assert [key for institution in network.institutions.values() for key in institution.types] == [
            key
            for whole in expected
            if whole not in joined(commune)
            for key in (whole, *(part for part, its in joined(commune).items() if its == whole))
        ]
        assert {key for key, holders in network.of_type.items() if holders} == set(expected)

    def test_counts_are_those_of_the_catalogue(self) -> None:
        assert len(minimum("rural", RURAL).institutions) == len(of_codes("G1")) + len(of_codes("P1")) + len(
            of_codes("T")
        )
        assert len(minimum("city", CITY).institutions) == len(of_codes("G1", "P1", "T")) - 3
        assert len(minimum("city", WARSZAWA).institutions) == len(of_codes("G1", "P1", "T")) - 2

    @pytest.mark.parametrize(("model", "commune"), PLACES)
    def test_every_institution_serves_the_commune_and_is_keyed_by_its_type(self, model: str, commune: str) -> None:
        network = minimum(model, commune)
        assert network.serving == tuple(network.institutions)
        assert all(key == institution.types[0] for key, institution in network.institutions.items())

    def test_a_commune_without_institutions_of_its_own_still_has_somebody_for_social_work_and_the_blue_card(
        self,
    ) -> None:
        network = minimum("rural", RURAL)
        assert network.holders["social_work"] == ("social_assistance_centre",)
        assert network.holders["blue_card_team_work"] == ("interdisciplinary_team", "diagnostic_aid_group")
        assert network.holders["job_placement"] == ()

    def test_nothing_is_said_that_is_not_known(self) -> None:
        network = minimum("urban_rural", URBAN_RURAL)
        assert network.agreements == Table({})
        for institution in network.institutions.values():
            assert (institution.seat, institution.capacity, institution.distance_km) == (None, None, None)
            assert institution.origin.address is None
        assert not network.invented

    def test_the_origin_is_an_act_where_all_sources_of_the_type_are_acts(self) -> None:
        bases = {key: its.origin.basis for key, its in minimum("rural", RURAL).institutions.items()}
        by_law = {
            key: {source["basis"] for source in TYPES[key]["sources"]} == {"statute"}
            for key in of_codes("G1", "P1", "T")
        }
        assert bases == {key: km.Basis.STATUTE if law else km.Basis.DESIGN for key, law in by_law.items()}
        assert [key for key, law in by_law.items() if not law] == [
            "mental_health_centre",
            "child_mental_health_centre",
            "victim_support_centre",
        ]

    def test_the_note_says_the_code_and_whether_the_law_guarantees_it(self) -> None:
        institutions = minimum("rural", RURAL).institutions
        assert institutions["library"].origin.note == "legal minimum (G1): obligatory in every commune by statute"
        assert institutions["mental_health_centre"].origin.note == (
            "counted to the legal minimum (T): territorial net, every commune is served, the seat may lie elsewhere; "
            "no act alone says so"
        )

    def test_a_cus_is_never_assumed_and_its_possibility_is_said(self) -> None:
        for model, commune in PLACES:
            network = likely(model, commune)
            assert "social_services_centre" not in network.institutions
            note = network.institutions["social_assistance_centre"].origin.note
            assert note is not None
            assert "; social services centre (CUS) may stand in its place" in note


class TestAreas:
    def test_an_institution_of_the_county_serves_all_its_communes(self) -> None:
        network = minimum("rural", RURAL)
        for key in of_codes("P1"):
            assert network.institutions[key].serves == ("1816",)
            assert network.institutions[key].serves_commune("1816132")

    def test_an_institution_of_the_commune_and_a_territorial_net_serve_the_commune(self) -> None:
        network = minimum("rural", RURAL)
        for key in of_codes("G1", "T"):
            assert network.institutions[key].serves == (RURAL,)
            assert not network.institutions[key].serves_commune("1816132")

    def test_one_of_the_voivodeship_serves_all_of_it(self) -> None:
        network = likely("rural", RURAL)
        assert {network.institutions[key].serves for key in of_codes("W1")} == {("18",)}
        assert {network.institutions[key].serves for key in of_codes("P2")} == {("1816",)}

    def test_a_code_of_a_part_is_that_of_its_commune(self) -> None:
        assert minimum("urban_rural", "3021164") == minimum("urban_rural", URBAN_RURAL)
        assert minimum("city", "1465028") == minimum("city", WARSZAWA)

    def test_a_wrong_code_is_refused(self) -> None:
        with pytest.raises(km.CommuneError, match="digits 1-2 are no voivodeship"):
            minimum("rural", "0101011")


class TestStructuralFacts:
    def test_in_a_city_with_powiat_rights_one_institution_is_ops_and_pcpr(self) -> None:
        network = minimum("city", CITY)
        assert network.of_type["pcpr"] == network.of_type["social_assistance_centre"] == ("social_assistance_centre",)
        assert network.institutions["social_assistance_centre"].types == ("social_assistance_centre", "pcpr")
        assert "pcpr" not in network.institutions
        assert {"foster_placement", "social_work"} <= set(network.competences["social_assistance_centre"])
        assert network.outside == frozenset()

    @pytest.mark.parametrize("commune", [CITY, WARSZAWA])
    def test_a_city_with_powiat_rights_has_no_county_office_beside_its_own(self, commune: str) -> None:
        institutions = minimum("city", commune).institutions
        assert institutions["municipal_office"].types == ("municipal_office", "county_office")
        assert institutions["municipal_council"].types == ("municipal_council", "county_council")

    @pytest.mark.parametrize(("model", "commune"), PLACES[:3])
    def test_in_a_land_powiat_ops_and_pcpr_are_two_and_the_pcpr_is_outside(self, model: str, commune: str) -> None:
        network = minimum(model, commune)
        assert {"social_assistance_centre", "pcpr", "municipal_office", "county_office"} <= set(network.institutions)
        assert "pcpr" in network.outside
        assert "social_assistance_centre" not in network.outside

    def test_warszawa_has_a_centre_in_each_district_and_a_pcpr_of_its_own(self) -> None:
        institutions = minimum("city", WARSZAWA).institutions
        assert institutions["social_assistance_centre"].types == ("social_assistance_centre",)
        assert institutions["social_assistance_centre"].origin.note == (
            "legal minimum (G1): obligatory in every commune by statute; "
            "social services centre (CUS) may stand in its place; "
            "Warszawa has one in each of its 18 districts: this is that of the family's district"
        )
        note = institutions["pcpr"].origin.note
        assert note is not None
        assert note.endswith("; in Warszawa it is an institution of its own, Warszawskie Centrum Pomocy Rodzinie")

    @pytest.mark.parametrize(("model", "commune"), PLACES[:4])
    def test_no_other_commune_hears_of_warszawa(self, model: str, commune: str) -> None:
        notes = [institution.origin.note for institution in likely(model, commune).institutions.values()]
        assert not any("Warszawa" in (note or "") for note in notes)

    def test_the_interdisciplinary_team_is_an_institution_of_its_own(self) -> None:
        assert minimum("rural", RURAL).institutions["interdisciplinary_team"].types == ("interdisciplinary_team",)

    def test_levels_are_those_of_the_types(self) -> None:
        network = minimum("rural", RURAL)
        assert [network.level(key) for key in ("social_assistance_centre", "pcpr", "family_court")] == [
            Level.GMINA,
            Level.POWIAT,
            Level.STATE,
        ]


class TestWhatIsLikely:
    @pytest.mark.parametrize(("model", "commune"), PLACES)
    def test_is_added_in_the_order_of_the_catalogue_and_marked_as_assumed(self, model: str, commune: str) -> None:
        network, least = likely(model, commune), minimum(model, commune)
        expected = [key for key in TYPES if key in of_codes("G1", "P1", "T") or is_likely(key, model)]
        assert list(network.institutions) == [key for key in expected if key not in joined(commune)]
        for key, institution in network.institutions.items():
            if key in least.institutions:
                assert institution == least.institutions[key]
            else:
                assert institution.origin.basis is km.Basis.DESIGN
                assert (institution.origin.note or "").startswith("assumed")

    def test_a_village_head_is_assumed_where_there_are_villages(self) -> None:
        assert "village_head" in likely("rural", RURAL).institutions
        assert "village_head" in likely("urban_rural", URBAN_RURAL).institutions
        assert "village_head" not in likely("city", TOWN).institutions

    def test_a_type_without_a_figure_is_not_assumed(self) -> None:
        assert "presence" not in TYPES["foster_family"]
        assert all("foster_family" not in likely(model, commune).institutions for model, commune in PLACES)

    def test_a_type_of_every_commune_is_assumed_without_a_figure(self) -> None:
        model = km.load_model("rural")
        school = evolve(model.catalogue.institution_types["primary_school"], presence=Table({}))
        types = Table({**model.catalogue.institution_types, "primary_school": school})
        other = evolve(model, catalogue=evolve(model.catalogue, institution_types=types))
        assert "primary_school" in network_from_availability(other, RURAL, likely=True).institutions

    def test_the_note_says_why_it_is_assumed(self) -> None:
        institutions = likely("city", CITY).institutions
        assert institutions["labour_office"].origin.note == (
            "assumed (P2): in practically every county, may serve several counties"
        )
        assert institutions["family_assistant"].origin.note == (
            "assumed (G2): in practically every commune, the form is free"
        )
        assert institutions["nursery"].origin.note == "assumed: always in communes of this kind"
        assert institutions["caritas"].origin.note == "assumed: always in communes of this kind"
        assert institutions["day_support_facility"].origin.note == "assumed: common in communes of this kind"


class TestNames:
    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("social_assistance_centre", "ośrodek pomocy społecznej (1816122)"),
            ("pcpr", "powiatowe centrum pomocy rodzinie (powiat 1816)"),
            ("labour_office", "powiatowy urząd pracy (powiat 1816)"),
            ("zus_branch", "Zakład Ubezpieczeń Społecznych (1816122)"),
            ("adoption_centre", "ośrodek adopcyjny (województwo podkarpackie)"),
        ],
    )
    def test_an_institution_is_named_by_its_type_and_its_area(self, key: str, expected: str) -> None:
        assert likely("rural", RURAL).institutions[key].name == expected

    def test_the_name_of_the_commune_is_used_where_it_is_known(self) -> None:
        named = network_from_availability(km.load_model("rural"), km.Commune(RURAL, name="Świlcza")).institutions
        assert named["library"].name == "biblioteka publiczna (Świlcza)"
        assert named["pcpr"].name == "powiatowe centrum pomocy rodzinie (powiat 1816)"
        assert minimum("city", CITY).institutions["fire_service"].name == "Państwowa Straż Pożarna (Sosnowiec)"

    def test_the_network_says_what_it_is_of(self) -> None:
        assert minimum("rural", RURAL).name == "1816122: minimum ustawowe"
        assert likely("city", CITY).name == "Sosnowiec: minimum ustawowe i to, co prawdopodobne"
        assert network_from_availability(km.load_model("city"), km.TerytCode(CITY)) == minimum("city", CITY)


def test_it_is_offered_by_the_package() -> None:
    assert km.network_from_availability is network_from_availability
