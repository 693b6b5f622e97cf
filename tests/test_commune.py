"""TERYT codes, kinds of communes, and the published model that was made for each."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kooperacja_model import Commune, CommuneError, NoPublishedModelError, TerytCode, model_for
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, VOIVODESHIPS, CommuneKind

VALID = (
    *("1816122", "1419122", "0603072", "0609082", "1017032", "0609142", "0610012", "0610062", "2005092", "2006011"),
    *("2006032", "2814082", "2062011", "2007022", "3004033", "3004034", "3004035", "3021163", "3021164", "3021165"),
    *("2002093", "1207052", "2416021", "2416011", "2211011", "1465011", "1261011", "1061011", "0264011", "3064011"),
    *("2261011", "1465028", "0264029", "1061029", "1261029", "3064029"),
)

INVALID = {
    "0101011": "digits 1-2",
    "3464011": "digits 1-2",
    "0001011": "digits 1-2",
    "0200012": "digits 3-4 are 00",
    "0201002": "digits 5-6 are 00",
    "1816127": "digit 7",
    "1816120": "digit 7",
    "1816126": "digit 7",
    "1465012": "type 1",
    "1465013": "type 1",
    "1465021": "digits 5-6 are 01",
    "0263011": "none of the 66",
    "1499011": "none of the 66",
    "1816128": "only inside the largest cities",
    "1816129": "only inside the largest cities",
    "2261018": "only in Warszawa",
    "2261019": "only in Kraków",
    "1465029": "only in Kraków",
    "181612": "seven digits",
    "18161222": "seven digits",
    "": "seven digits",
    "181612a": "seven digits",
    "1816122\n": "seven digits",
    " 1816122": "seven digits",
    "١٨١٦١٢٢": "seven digits",
    "1 81612": "seven digits",
}

STRUCTURE = re.compile(r"(?:0[2468]|1[02468]|2[02468]|3[02])(?:0[1-9]|[1-9]\d)(?:0[1-9]|[1-9]\d)[1234589]", re.ASCII)
CITIES = {
    "02": (61, 62, 64, 65),
    "04": range(61, 65),
    "06": range(61, 65),
    "08": (61, 62),
    "10": range(61, 64),
    "12": range(61, 64),
    "14": range(61, 66),
    "16": (61,),
    "18": range(61, 65),
    "20": range(61, 64),
    "22": range(61, 65),
    "24": range(61, 80),
    "26": (61,),
    "28": (61, 62),
    "30": range(61, 65),
    "32": range(61, 64),
}


def should_be_accepted(code: str) -> bool:
    """The rules of the register, written a second time: structure by a pattern, cities by their numbers."""
    if not STRUCTURE.fullmatch(code):
        return False
    powiat, number, kind = int(code[2:4]), code[4:6], code[6]
    if powiat <= 60:
        return kind in "12345"
    if powiat not in CITIES[code[:2]]:
        return False
    return (
        (kind == "1" and number == "01")
        or (kind == "8" and code[:4] == "1465")
        or (kind == "9" and code[:4] in {"0264", "1061", "1261", "3064"})
    )


def is_accepted(code: str) -> bool:
    try:
        TerytCode(code)
    except CommuneError:
        return False
    return True


# --- codes


@pytest.mark.parametrize("code", VALID)
def test_a_code_of_the_register_is_accepted(code: str) -> None:
    assert str(TerytCode(code)) == code


@pytest.mark.parametrize(("code", "part"), INVALID.items())
def test_a_wrong_code_is_refused_and_the_message_says_which_part(code: str, part: str) -> None:
    with pytest.raises(CommuneError) as caught:
        TerytCode(code)
    assert part in str(caught.value)


@pytest.mark.parametrize("wrong", [1816122, 201011, None, b"1816122", ["1816122"]])
def test_a_code_is_a_text(wrong: object) -> None:
    with pytest.raises(CommuneError, match="with quotes in YAML"):
        TerytCode(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [f"{number:02}" for number in range(35)])
def test_a_code_is_accepted_exactly_if_the_rules_accept_it(start: str) -> None:
    powiats = ("00", "01", "38", "60", "61", "62", "63", "64", "65", "66", "79", "80", "99")
    numbers = ("00", "01", "02", "19", "99")
    codes = [f"{start}{pp}{gg}{kind}" for pp in powiats for gg in numbers for kind in range(10)]
    assert [code for code in codes if is_accepted(code) != should_be_accepted(code)] == []


@given(st.one_of(st.text("0123456789", max_size=8), st.from_regex(STRUCTURE, fullmatch=True), st.text(max_size=8)))
def test_any_text_is_accepted_exactly_if_the_rules_accept_it(code: str) -> None:
    assert is_accepted(code) == should_be_accepted(code)


@given(st.text("0123456789", min_size=5, max_size=9) | st.text("XQZKW", min_size=4, max_size=9))
def test_a_message_about_a_code_does_not_repeat_it(code: str) -> None:
    """Apart from the codes that the messages themselves give as examples."""
    assume(not is_accepted(code))
    with pytest.raises(CommuneError) as caught:
        TerytCode(code)
    assert code not in f"{caught.value} {caught.value!r}".replace("'1816122'", "")


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("3021164", "3021163"),
        ("3021165", "3021163"),
        ("1465028", "1465011"),
        ("1465198", "1465011"),
        ("0264039", "0264011"),
        ("1061069", "1061011"),
        ("1816122", "1816122"),
        ("2416011", "2416011"),
        ("3004033", "3004033"),
    ],
)
def test_a_part_is_resolved_to_its_commune(part: str, whole: str) -> None:
    assert TerytCode(part).commune.text == whole
    assert Commune(part).code.text == whole
    assert Commune(TerytCode(part)).code.text == whole


@given(st.from_regex(STRUCTURE, fullmatch=True).filter(should_be_accepted))
def test_the_commune_of_a_code_is_its_own_commune(code: str) -> None:
    commune = TerytCode(code).commune
    assert commune.commune == commune
    assert commune.text[6] in "123"
    assert (commune.powiat, commune.voivodeship) == (code[:4], code[:2])
    assert commune.has_powiat_rights == (int(code[2:4]) >= 61)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("2416011", CommuneKind.URBAN),
        ("1465028", CommuneKind.URBAN),
        ("1816122", CommuneKind.RURAL),
        ("3004033", CommuneKind.URBAN_RURAL),
        ("3004035", CommuneKind.URBAN_RURAL),
    ],
)
def test_the_last_digit_tells_the_kind(code: str, kind: CommuneKind) -> None:
    assert TerytCode(code).kind is kind
    assert Commune(code).kind is kind


def test_codes_are_in_the_order_of_their_digits() -> None:
    assert sorted(map(TerytCode, ("3021163", "0201011"))) == [TerytCode("0201011"), TerytCode("3021163")]


def test_there_are_sixteen_voivodeships_with_even_numbers() -> None:
    assert list(VOIVODESHIPS) == [f"{number:02}" for number in range(2, 33, 2)]
    assert len(set(VOIVODESHIPS.values())) == 16


def test_there_are_66_cities_with_powiat_rights() -> None:
    assert list(CITIES_WITH_POWIAT_RIGHTS) == [f"{w}{number}" for w, numbers in CITIES.items() for number in numbers]
    assert len(set(CITIES_WITH_POWIAT_RIGHTS.values())) == 66


@pytest.mark.parametrize("powiat", CITIES_WITH_POWIAT_RIGHTS)
def test_a_city_with_powiat_rights_has_its_name_and_one_institution_for_ops_and_pcpr(powiat: str) -> None:
    commune = Commune(powiat + "011")
    assert commune.name == CITIES_WITH_POWIAT_RIGHTS[powiat]
    assert commune.code.has_powiat_rights
    assert commune.code.has_joint_ops_and_pcpr == (commune.name != "Warszawa")


# --- communes


def test_a_name_from_a_register_is_kept() -> None:
    assert Commune("2475011", name="Miasto").name == "Miasto"
    assert Commune("1816122").name is None


@pytest.mark.parametrize("population", [0, -1, True, 1.5, "20000"])
def test_a_population_is_a_whole_number_above_0(population: object) -> None:
    with pytest.raises(CommuneError) as caught:
        Commune("2416011", population)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "population: it is not a whole number above 0; write the number of inhabitants, for example 49000"
    )


def test_communes_can_be_compared_hashed_and_pickled() -> None:
    commune = Commune("2416021", 49_000, "Zawiercie")
    assert pickle.loads(pickle.dumps(commune)) == commune
    assert {commune, Commune("2416021", 49_000, "Zawiercie")} == {commune}


# --- the model of a commune


@pytest.mark.parametrize(
    ("code", "population", "model"),
    [
        ("1816122", None, "rural"),
        ("1816122", 50_000, "rural"),
        ("3021163", None, "urban_rural"),
        ("3021164", None, "urban_rural"),
        ("3021165", 1_000, "urban_rural"),
        ("2416021", 49_000, "city"),
        ("2416021", 20_001, "city"),
        ("2475011", None, "city"),
        ("2264011", 19_000, "city"),
        ("1465028", None, "city"),
        ("1261011", 800_000, "city"),
    ],
)
def test_a_commune_has_the_model_that_was_made_for_it(code: str, population: int | None, model: str) -> None:
    assert model_for(code, population).key == model
    assert model_for(TerytCode(code), population).key == model
    assert model_for(Commune(code, population)).key == model
    assert model_for(Commune(code), population).key == model


@pytest.mark.parametrize("population", [1, 3_000, 20_000])
def test_a_small_town_has_no_published_model(population: int) -> None:
    with pytest.raises(NoPublishedModelError) as caught:
        model_for("2211011", population)
    assert str(caught.value) == (
        "commune 2211011 is a town of 20,000 inhabitants or fewer; no published model covers it; "
        "choose a model yourself: rural, urban_rural, city"
    )


def test_a_town_of_unknown_population_is_not_guessed() -> None:
    with pytest.raises(NoPublishedModelError) as caught:
        model_for("2416011")
    assert str(caught.value) == (
        "commune 2416011 is a town; the city model is for more than 20,000 inhabitants; "
        "give the population, or choose a model yourself: rural, urban_rural, city"
    )


def test_the_population_given_last_is_the_one_that_counts() -> None:
    assert model_for(Commune("2416011", 1_000), 30_000).key == "city"


def test_a_wrong_code_has_no_model() -> None:
    with pytest.raises(CommuneError, match="digits 1-2"):
        model_for("3464011")
