"""A local network: who serves whom, who holds what, what is signed, and what if."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from strategies import CATALOGUE, networks

from kooperacja_model import Agreement, Commune, Institution, LocalNetwork, NetworkError, Origin, TerytCode
from kooperacja_model.catalogue import Level
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, VOIVODESHIPS
from kooperacja_model.network import AgreementKind, is_area
from kooperacja_model.provenance import Basis, Place, Table

SWILCZA = "1816122"
OPS, PCPR, SCHOOL = "social_assistance_centre", "pcpr", "primary_school"


def institution(
    key: str,
    types: Sequence[str] = (OPS,),
    serves: Sequence[str] = (SWILCZA,),
    seat: str | None = None,
    level: str | None = None,
    added: dict[str, str] | None = None,
    removed: dict[str, str] | None = None,
) -> Institution:
    return Institution(key, key.upper(), types, serves, seat, level, added or {}, removed or {})


def network(*its: Institution, agreements: Sequence[Agreement] = (), commune: str = SWILCZA) -> LocalNetwork:
    return LocalNetwork("network", Commune(commune), its, agreements, CATALOGUE)


def complaints(*its: Institution, agreements: Sequence[Agreement] = ()) -> list[str]:
    with pytest.raises(NetworkError) as told:
        network(*its, agreements=agreements)
    return str(told.value).splitlines()


# --- areas


@pytest.mark.parametrize("area", ["PL", "18", "1816", "1863", "1465", SWILCZA, "3021163", "1465011"])
def test_a_whole_commune_powiat_voivodeship_or_the_country_is_an_area(area: str) -> None:
    assert is_area(area)


@pytest.mark.parametrize(
    "area",
    ["", "pl", "03", "1800", "1861a", "1866", "0360", "181612", "3021164", "1465028", "0000000", "Polska", "１８１６"],
)
def test_anything_else_is_no_area(area: str) -> None:
    assert not is_area(area)


def test_every_voivodeship_and_every_city_with_powiat_rights_is_an_area() -> None:
    assert all(is_area(code) for code in (*VOIVODESHIPS, *CITIES_WITH_POWIAT_RIGHTS))


@pytest.mark.parametrize(
    ("serves", "expected"),
    [
        ([SWILCZA], True),
        (["1816"], True),
        (["18"], True),
        (["PL"], True),
        (["1816132", "0201"], False),
        (["181"], False),
        (["0201", "PL"], True),
    ],
)
def test_an_institution_serves_a_commune_through_any_area_that_holds_it(serves: list[str], expected: bool) -> None:
    its = institution("a", serves=serves)
    assert its.serves_commune(SWILCZA) is expected
    assert its.serves_commune(TerytCode(SWILCZA)) is expected


def test_a_part_of_a_commune_is_served_with_the_whole() -> None:
    its = institution("a", serves=["3021163"])
    assert its.serves_commune("3021164")
    assert its.serves_commune(TerytCode("3021165"))


# --- what cannot be


def test_lists_and_texts_become_tuples_tables_and_codes() -> None:
    its = Institution("a", "A", [OPS], serves=[SWILCZA], seat=SWILCZA, level="gmina", added={"mediation": "x"})
    assert (its.types, its.serves) == ((OPS,), (SWILCZA,))
    assert (its.seat, its.level) == (TerytCode(SWILCZA), Level.GMINA)
    assert (its.added, its.removed) == (Table({"mediation": "x"}), Table({}))
    assert Institution("a", "A", [OPS], [SWILCZA], TerytCode(SWILCZA), Level.GMINA, Table({"mediation": "x"})) == its


def test_the_place_in_a_file_makes_no_other_institution() -> None:
    assert Institution("a", "A", [OPS], [SWILCZA], place=Place("f", 1, 1)) == institution("a")
    assert Agreement("p", "agreement", ["a", "b"], place=Place("f", 1, 1)) == Agreement("p", "agreement", ["a", "b"])


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = institution("a b", ["ops"], ["3"], added={"x": "y", "mediation": "y"}, removed={"mediation": "y"})
    assert complaints(
        wrong,
        institution("b", [], []),
        agreements=[Agreement("p", "agreement", ["b", "b"]), Agreement("q", "declaration", ["b", "c"])],
    ) == [
        "institution 'a b': its key is not made of letters a-z, digits and _; rename it",
        "institution 'a b': unknown institution type 'ops'; see `kooperacja list institutions`",
        "institution 'a b': unknown competence 'x'; see `kooperacja list competences`",
        "institution 'a b': competence 'mediation' is added and removed; keep one of the two",
        "institution 'a b': area '3' is no code of a commune, powiat or voivodeship; correct it or write PL",
        "institution 'b': it has no type; give at least one",
        "institution 'b': it serves nobody; give TERYT codes of communes, powiats or voivodeships, or PL",
        "agreement 'p': fewer than two institutions signed it; name both sides",
        "agreement 'q': unknown institution 'c'; add it to the network, or correct the key",
    ]


def test_names_and_reasons_are_never_empty() -> None:
    nameless = Institution("a", " ", [OPS], [SWILCZA], added={"mediation": ""}, removed={"social_work": "\n"})
    assert complaints(nameless, institution("b"), agreements=[Agreement("p q", "agreement", ["a", "b"])]) == [
        "institution 'a': it has no name; give one",
        "institution 'a': competence 'mediation' is added or removed without a reason; say why",
        "institution 'a': competence 'social_work' is added or removed without a reason; say why",
        "agreement 'p q': its key is not made of letters a-z, digits and _; rename it",
    ]


def test_a_removed_competence_must_be_known_too() -> None:
    assert complaints(institution("a", removed={"x": "y"})) == [
        "institution 'a': unknown competence 'x'; see `kooperacja list competences`"
    ]


def test_a_key_is_used_once() -> None:
    assert complaints(institution("a"), institution("b"), institution("a")) == [
        "institution 'a': the key is used twice; rename one"
    ]
    signed = [Agreement("p", "agreement", ["a", "b"])] * 2
    assert complaints(institution("a"), institution("b"), agreements=signed) == [
        "agreement 'p': the key is used twice; rename one"
    ]


def test_institutions_may_come_as_a_mapping() -> None:
    its = {"x": institution("a"), "y": institution("b")}
    signed = {"z": Agreement("p", "agreement", ["a", "b"])}
    found = LocalNetwork("n", Commune(SWILCZA), its, signed, CATALOGUE)
    assert list(found.institutions) == ["a", "b"]
    assert list(found.agreements) == ["p"]


# --- who holds what


def test_only_those_that_serve_the_commune_count() -> None:
    found = network(institution("a"), institution("b", serves=["0201"]), institution("c", [PCPR], ["1816"]))
    assert found.serving == ("a", "c")
    assert list(found.types) == list(found.competences) == ["a", "c"]
    assert found.of_type[OPS] == ("a",)
    assert found.holders["social_work"] == ("a",)


def test_competences_are_those_of_the_types_with_what_is_added_and_without_what_is_removed() -> None:
    its = institution("a", [OPS, PCPR], added={"mediation": "x"}, removed={"home_care_services": "y"})
    types = CATALOGUE.institution_types
    expected = (set(types[OPS].competences) | set(types[PCPR].competences) | {"mediation"}) - {"home_care_services"}
    found = network(its).competences["a"]
    assert set(found) == expected
    assert list(found) == [key for key in CATALOGUE.competences if key in expected]


def test_an_institution_of_two_types_is_both() -> None:
    found = network(institution("a", [OPS, PCPR], serves=["2475011"]), commune="2475011")
    assert (found.of_type[OPS], found.of_type[PCPR]) == (("a",), ("a",))


def test_in_a_city_with_powiat_rights_the_social_assistance_centre_is_the_pcpr_too() -> None:
    assert OPS in network(institution("a", serves=["2475011"]), commune="2475011").types["a"]
    assert network(institution("a", serves=["2475011"]), commune="2475011").of_type[PCPR] == ("a",)
    assert network(institution("a", serves=["1465011"]), commune="1465011").of_type[PCPR] == ()
    assert network(institution("a")).of_type[PCPR] == ()


def test_a_mere_contact_is_not_eligible_for_a_team() -> None:
    contact = next(key for key, term in CATALOGUE.institution_types.items() if term.outside_team)
    its = (
        institution("a"),
        institution("b", [contact]),
        institution("c", [contact, OPS]),
        institution("d", [OPS], ["02"]),
    )
    assert network(*its).eligible == {"a", "c"}


def test_a_social_services_centre_stands_for_the_social_assistance_centre() -> None:
    found = network(institution("cus", ["social_services_centre"]))
    assert found.types["cus"] == ("social_services_centre", OPS)
    assert found.of_type[OPS] == ("cus",)
    assert set(CATALOGUE.institution_types[OPS].competences) <= set(found.competences["cus"])


def test_the_tables_have_every_competence_and_every_type() -> None:
    found = network()
    assert list(found.holders) == list(CATALOGUE.competences)
    assert list(found.of_type) == list(CATALOGUE.institution_types)
    assert set(found.holders.values()) | set(found.of_type.values()) == {()}


@given(networks())
@settings(max_examples=60, deadline=None)
def test_a_holder_holds(found: LocalNetwork) -> None:
    for competence, keys in found.holders.items():
        assert keys == tuple(key for key in found.serving if competence in found.competences[key])
        assert found.holding[competence] == set(keys)
    for kind, keys in found.of_type.items():
        assert keys == tuple(key for key in found.serving if kind in found.types[key])


def test_bound_are_those_who_signed_something() -> None:
    signed = [Agreement("p", "agreement", ["a", "b"]), Agreement("q", "declaration", ["b", "c"])]
    found = network(*(institution(key) for key in "abcd"), agreements=signed)
    assert found.bound == {"a", "b", "c"}
    assert found.agreements["q"].kind is AgreementKind.DECLARATION


# --- inside and outside


@pytest.mark.parametrize(
    ("types", "seat", "level", "outside"),
    [
        ([OPS], None, None, False),
        ([PCPR], None, None, True),
        (["ngo_local"], None, None, False),
        (["voivodeship_office"], None, None, True),
        ([PCPR], SWILCZA, None, False),
        ([OPS], "1816132", None, True),
        ([OPS], None, "powiat", True),
        ([PCPR], None, "gmina", False),
    ],
)
def test_outside_is_who_sits_elsewhere_or_is_not_run_by_the_commune(
    types: list[str], seat: str | None, level: str | None, outside: bool
) -> None:
    found = network(institution("a", types, seat=seat, level=level))
    assert found.outside == ({"a"} if outside else frozenset())


def test_in_a_city_with_powiat_rights_the_powiat_is_inside() -> None:
    found = network(institution("a", [PCPR], ["2475"]), commune="2475011")
    assert found.outside == frozenset()


def test_a_seat_in_a_part_of_the_commune_is_inside() -> None:
    found = network(institution("a", ["voivodeship_office"], ["30"], seat="3021164"), commune="3021163")
    assert found.outside == frozenset()


def test_who_does_not_serve_the_commune_is_neither_inside_nor_outside() -> None:
    assert network(institution("a", [PCPR], ["0201"])).outside == frozenset()


def test_the_level_is_the_given_one_or_that_of_the_first_type() -> None:
    found = network(institution("a", [PCPR, OPS]), institution("b", [PCPR], level="state"))
    assert (found.level("a"), found.level("b")) == (Level.POWIAT, Level.STATE)


# --- what if


def test_without_an_institution_its_agreements_go_on_among_the_others() -> None:
    signed = [Agreement("p", "agreement", ["a", "b"]), Agreement("q", "declaration", ["a", "b", "c"])]
    before = network(*(institution(key) for key in "abc"), agreements=signed)
    after = before.without("a")
    assert list(after.institutions) == ["b", "c"]
    assert {key: agreement.between for key, agreement in after.agreements.items()} == {"q": ("b", "c")}
    assert list(before.institutions) == ["a", "b", "c"]
    assert list(before.without("a", "b", "c").institutions) == []
    assert before.without() == before


def test_without_an_unknown_institution_is_an_error() -> None:
    with pytest.raises(NetworkError, match="unknown institution 'x'; known are a, b"):
        network(institution("a"), institution("b")).without("x")


def test_with_an_institution_adds_or_replaces_it() -> None:
    before = network(institution("a"), institution("b"))
    assert list(before.with_institution(institution("c")).institutions) == ["a", "b", "c"]
    replaced = before.with_institution(institution("a", [SCHOOL]))
    assert list(replaced.institutions) == ["a", "b"]
    assert replaced.types["a"] == (SCHOOL,)


def test_with_an_agreement_adds_or_replaces_it() -> None:
    before = network(institution("a"), institution("b"))
    after = before.with_agreement(Agreement("p", "agreement", ["a", "b"], "2022-05-04", Origin(Basis.DESIGN)))
    assert after.agreements["p"].since == "2022-05-04"
    assert after.bound == {"a", "b"}
    again = after.with_agreement(Agreement("p", "declaration", ["a", "b"]))
    assert [agreement.kind for agreement in again.agreements.values()] == [AgreementKind.DECLARATION]


def test_what_if_checks_the_new_network() -> None:
    with pytest.raises(NetworkError, match="unknown institution type 'x'"):
        network(institution("a")).with_institution(institution("b", ["x"]))
    with pytest.raises(NetworkError, match="unknown institution 'b'"):
        network(institution("a")).with_agreement(Agreement("p", "agreement", ["a", "b"]))


@given(networks())
@settings(max_examples=30, deadline=None)
def test_networks_are_compared_hashed_and_pickled_by_value(found: LocalNetwork) -> None:
    same = pickle.loads(pickle.dumps(found))
    assert same == found
    assert hash(same) == hash(found)
    assert found.with_institution(institution("new_one")) != found
