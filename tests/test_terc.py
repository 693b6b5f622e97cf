"""The official TERC file: communes, powiats, names that several communes share."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from small import DATA, small

from kooperacja_model import Commune, CommuneError, ReadError, TerytCode, load_terc
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, VOIVODESHIPS, CommuneKind
from kooperacja_model.reading.terc import TercRegister, read_terc

OFFICIAL = Path(__file__).parents[2] / "shared" / "data" / "TERC_Urzedowy_2024-01-01.csv"
with_official = pytest.mark.skipif(not OFFICIAL.exists(), reason="the official file is not part of the package")


@cache
def little() -> TercRegister:
    return read_terc(small("terc"), "small_terc.csv")


@cache
def official() -> TercRegister:
    return load_terc(OFFICIAL)


@cache
def official_rows() -> tuple[dict[str, str], ...]:
    """The rows of the official file, read with the csv module."""
    with OFFICIAL.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=";"))


# --- a small file


def test_the_communes_of_a_file_are_those_of_types_1_2_and_3() -> None:
    assert list(little().communes) == ["3004033", "2006011", "2006032", "2814082", "1465011"]


def test_the_powiats_of_a_file_are_named_by_their_code() -> None:
    assert dict(little().powiats) == {"3004": "gostyński", "2006": "kolneński"}


def test_the_state_of_a_file_is_its_date() -> None:
    assert little().state == "2024-01-01"


def test_a_commune_has_the_name_of_the_register() -> None:
    assert little().communes["3004033"] == Commune(TerytCode("3004033"), name="Krobia")


@pytest.mark.parametrize("name", ["Krobia", "krobia", " KROBIA "])
def test_a_name_is_found_in_any_case(name: str) -> None:
    assert little().find(name).code.text == "3004033"


def test_a_name_of_several_communes_lists_all_of_them() -> None:
    with pytest.raises(CommuneError) as caught:
        little().find("Kolno")
    assert str(caught.value) == (
        "commune: 3 communes have this name; use the code of one: "
        "2006011 Kolno (urban, powiat kolneński), 2006032 Kolno (rural, powiat kolneński), "
        "2814082 Kolno (rural, powiat 2814)"
    )


def test_an_unknown_name_is_not_repeated() -> None:
    with pytest.raises(CommuneError) as caught:
        little().find("Xqzw")
    assert str(caught.value) == "commune: no commune in the register has this name; use its seven-digit TERYT code"


def test_a_commune_is_described_in_one_phrase() -> None:
    assert little().describe(little().communes["3004033"]) == "3004033 Krobia (urban-rural, powiat gostyński)"


def test_empty_lines_and_line_ends_change_nothing() -> None:
    data = small("terc").removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n\n")
    header, _, rows = data.partition(b"\n\n")
    assert read_terc(header + b"\n" + rows, "file") == little()


def test_a_file_is_loaded_by_its_path() -> None:
    assert load_terc(DATA / "small_terc.csv") == load_terc(str(DATA / "small_terc.csv")) == little()


def test_a_file_that_is_no_terc_file_raises_its_problems() -> None:
    with pytest.raises(ReadError) as caught:
        load_terc(DATA / "small_case.yaml")
    assert [problem.code for problem in caught.value.problems] == ["terc_header"]


# --- the official file of 2024-01-01


@with_official
def test_the_official_file_has_2477_communes_of_three_types() -> None:
    counts = Counter(commune.code.text[6] for commune in official().communes.values())
    assert counts == {"1": 302, "2": 1464, "3": 711}
    assert len(official().communes) == 2477


@with_official
def test_the_official_file_has_380_powiats() -> None:
    assert len(official().powiats) == 380
    assert sum(int(code[2:]) >= 61 for code in official().powiats) == 66


@with_official
def test_the_official_file_is_of_2024() -> None:
    assert official().state == "2024-01-01"


@with_official
def test_227_names_of_the_official_file_are_repeated() -> None:
    names = Counter(commune.name for commune in official().communes.values())
    assert sum(count > 1 for count in names.values()) == 227


@with_official
def test_the_communes_are_those_that_the_csv_module_reads() -> None:
    expected = {
        row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"]: row["NAZWA"]
        for row in official_rows()
        if row["RODZ"] in ("1", "2", "3")
    }
    assert {code: commune.name for code, commune in official().communes.items()} == expected


@with_official
def test_every_repeated_name_lists_all_its_communes() -> None:
    by_name: dict[str, list[str]] = {}
    for code, commune in official().communes.items():
        by_name.setdefault(str(commune.name), []).append(code)
    repeated = {name: sorted(codes) for name, codes in by_name.items() if len(codes) > 1}
    for name, codes in repeated.items():
        with pytest.raises(CommuneError) as caught:
            official().find(name)
        assert [code for code in codes if code not in str(caught.value)] == []
        assert set(codes) <= {commune.code.text for commune in official().candidates(name)}


@with_official
def test_every_code_of_the_official_file_is_valid() -> None:
    codes = [row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"] for row in official_rows() if row["GMI"]]
    assert [TerytCode(code).text for code in codes] == codes
    assert len(codes) == 4332 - 16 - 380


@with_official
def test_every_part_of_a_commune_is_resolved_to_a_commune_of_the_file() -> None:
    parts = [
        row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"] for row in official_rows() if row["RODZ"] in tuple("4589")
    ]
    assert len(parts) == 2 * 711 + 18 + 19
    assert [part for part in parts if TerytCode(part).commune.text not in official().communes] == []


@with_official
def test_the_voivodeships_are_those_of_the_official_file() -> None:
    found = {row["WOJ"]: row["NAZWA"].lower() for row in official_rows() if not row["POW"]}
    assert found == VOIVODESHIPS


@with_official
def test_the_cities_with_powiat_rights_are_those_of_the_official_file() -> None:
    found = {
        row["WOJ"] + row["POW"]: row["NAZWA"]
        for row in official_rows()
        if row["POW"] and not row["GMI"] and row["NAZWA_DOD"].startswith("miasto na prawach powiatu")
    }
    warszawa = {code: "Warszawa" for code in CITIES_WITH_POWIAT_RIGHTS if code not in found}
    assert {**found, **warszawa} == CITIES_WITH_POWIAT_RIGHTS
    assert list(warszawa) in ([], ["1465"])


@with_official
@pytest.mark.parametrize(
    ("name", "code"), [("Świlcza", "1816122"), ("swilcza", "1816122"), ("Słupno", "1419122"), ("Hel", "2211011")]
)
def test_a_commune_of_the_official_file_is_found_by_name(name: str, code: str) -> None:
    assert official().find(name).code.text == code


@with_official
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Konopnica", ["0609082", "1017032"]),
        ("Kolno", ["2006011", "2006032", "2814082"]),
        ("Łomża", ["2007022", "2062011"]),
    ],
)
def test_the_communes_of_a_name_are_in_the_order_of_their_codes(name: str, codes: list[str]) -> None:
    assert [commune.code.text for commune in official().candidates(name)] == codes


@with_official
def test_the_kinds_of_the_official_file_are_those_of_its_words() -> None:
    words = {"gmina miejska": CommuneKind.URBAN, "gmina wiejska": CommuneKind.RURAL}
    words |= {"gmina miejsko-wiejska": CommuneKind.URBAN_RURAL}
    rows = [row for row in official_rows() if row["NAZWA_DOD"] in words]
    codes = [row["WOJ"] + row["POW"] + row["GMI"] + row["RODZ"] for row in rows]
    assert [TerytCode(code).kind for code in codes] == [words[row["NAZWA_DOD"]] for row in rows]
    assert len(rows) > 2400
