"""Networks from YAML and tables and back, shown, checked and converted on the command line."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import read, small, small_catalogue
from strategies import CATALOGUE, networks

import kooperacja_model as km
from kooperacja_model import (
    Agreement,
    Commune,
    CommuneError,
    Institution,
    LocalNetwork,
    NetworkError,
    Origin,
    check_files,
    cli,
    load_model,
    load_network,
    network_from_availability,
)
from kooperacja_model.catalogue import Level
from kooperacja_model.provenance import Basis, Lang, Place, Table
from kooperacja_model.reading.files import load_network_file
from kooperacja_model.reading.network import NetworkFile, has_contact_data, read_network
from kooperacja_model.reading.network_csv import COLUMNS, ROWS, read_network_csv
from kooperacja_model.reading.nodes import Problems
from kooperacja_model.views.network import explain_network, network_to_csv, network_to_yaml

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "networks").glob("*.yaml"))
LANGS: tuple[Lang, Lang] = ("pl", "en")
Run = Callable[..., tuple[int, str, str]]
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SMALL = LocalNetwork(
    "Gmina Przykładowa",
    Commune("1816122", 5000),
    [
        Institution(
            "gops",
            "GOPS w Przykładowie",
            ["centre"],
            ["1816122"],
            "1816122",
            "gmina",
            {"volunteering": "grupa wolontariuszy od 2021"},
            {"cash_benefits": "wypłaca je inna gmina"},
            40,
            0,
            Origin(Basis.STATUTE, None, "z ustawy"),
        ),
        Institution("pcpr", "PCPR w mieście powiatowym", ["family_centre"], ["1816", "PL"], distance_km=18),
        Institution("school", "szkoła", ["school"], ["1816122"]),
    ],
    [Agreement("p2022", "agreement", ["gops", "pcpr"], "2022-05-04", Origin(address="https://example.org/p2022"))],
    small_catalogue(),
    invented=True,
)
"""What the three small files say."""


def good(result: tuple[LocalNetwork | None, Problems]) -> LocalNetwork:
    network, problems = result
    assert network is not None, [str(problem) for problem in problems.sorted()]
    assert problems.sorted() == ()
    return network


def from_yaml(text: str) -> LocalNetwork:
    return good(read_network(text.encode(), "network.yaml", small_catalogue()))


def from_table(text: str, commune: str | None = None, name: str | None = None) -> LocalNetwork:
    return good(read_network_csv(text.encode(), "gmina.csv", small_catalogue(), commune, name))


def told(kind: str, text: str) -> list[str]:
    value, problems = read(kind, text.encode(), "file")
    assert value is None
    return [f"{p.line}:{p.column}: {p.what}; {p.todo}" for p in problems]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


# --- what is read


@pytest.mark.parametrize("kind", ["network", "table", "hsds"])
def test_the_small_files_say_the_same(kind: str) -> None:
    network, problems = read(kind, small(kind), "file")
    assert problems == ()
    assert network == SMALL


def test_an_institution_and_an_agreement_know_their_place() -> None:
    network = from_yaml(small("network").decode())
    assert network.institutions["gops"].place == Place("network.yaml", 7, 3)
    assert network.agreements["p2022"].place == Place("network.yaml", 27, 3)
    table = from_table(small("table").decode())
    assert table.institutions["gops"].place == Place("gmina.csv", 7, 1)
    assert table.agreements["p2022"].place == Place("gmina.csv", 7, 11)


HEAD = 'format: kooperacja_model/network/1\nname: Gmina\ncommune: "3021164"\n'


def test_what_may_be_left_out_has_a_default() -> None:
    network = from_yaml(HEAD + "institutions:\n  a:\n    name: A\n    types: [szkoła]\n")
    assert network == LocalNetwork(
        "Gmina", Commune("3021163"), [Institution("a", "A", ["school"], ["3021163"])], [], small_catalogue()
    )


@pytest.mark.parametrize("nothing", ["{}", "", "~"])
def test_there_may_be_no_institutions_and_no_agreements(nothing: str) -> None:
    network = from_yaml(HEAD + f"institutions: {nothing}\nagreements: {nothing}\n")
    assert (dict(network.institutions), dict(network.agreements)) == ({}, {})


def test_texts_may_take_several_lines() -> None:
    text = HEAD + "institutions:\n  a:\n    name: >\n      Szkoła\n      nr 1\n    types: [school]\n    add: {}\n"
    assert from_yaml(text).institutions["a"].name == "Szkoła nr 1"


@pytest.mark.parametrize(
    ("word", "level"), [("powiat", Level.POWIAT), ("strona obywatelska", Level.CIVIC), ("civic", Level.CIVIC)]
)
def test_a_level_is_a_key_or_a_label(word: str, level: Level) -> None:
    catalogue = small_catalogue()
    label = catalogue.levels["civic"].label.pl
    text = HEAD + f"institutions:\n  a: {{name: A, types: [school], level: '{label if ' ' in word else word}'}}\n"
    assert from_yaml(text).institutions["a"].level is level


@pytest.mark.parametrize("word", ["declaration", "Deklaracja", "DEKLARACJA"])
def test_the_kind_of_an_agreement_may_be_polish(word: str) -> None:
    text = HEAD + "institutions:\n  a: {name: A, types: [school]}\n  b: {name: B, types: [school]}\n"
    network = from_yaml(text + f"agreements:\n  d: {{kind: {word}, between: [a, b]}}\n")
    assert network.agreements["d"].kind == "declaration"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_networks_are_read_and_checked(path: Path) -> None:
    assert len(load_network(path).institutions) > 40
    assert check_files((path,)) == ()


# --- contact data

PHONES = (
    *("tel. 17 867 01 00", "600100200", "600 100 200", "600-100-200", "+48 600 100 200", "0048600100200"),
    *("(17) 867-01-00", "(17)8670100", "17/867 01 00", "0-17 867 01 00", "867-01-00", "telefon: 123 456"),
    *(
        "48 600 100 200",
        "ｔｅｌ６００１００２００",
        "fax 17 8670100",
        "kom. 600 100",
        "+1 (555) 123-4567",
        "tel.600100200",
    ),
)
MAILS = ("jan@example.org", "jan [at] example.org", "jan (małpa) example.org", "a @ b.pl", "pisać na:a@b.pl.")
HARMLESS = (
    *("TERYT 1816122", "2018-2021", "od 2022-05-04", "Dz.U. 2024 poz. 1283", "KRS 0000123456", "14.09.2019"),
    *("lata 2019-2020, 3 rodziny", "art. 7 pkt 12", "16 000 mieszkańców", "1 234 567 zł", "SP nr 12", "@"),
    *("35-959 Rzeszów", "ul. 3 Maja 12/14", "1816 | 1816122", "komisja 2020-2021 12", "hotel 3 gwiazdki", "a@b"),
)


@pytest.mark.parametrize("text", [*PHONES, *MAILS])
def test_contact_data_is_seen(text: str) -> None:
    assert has_contact_data(text)
    assert has_contact_data(f"dyżur w środy ({text})")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_and_signs_are_no_contact_data(text: str) -> None:
    assert not has_contact_data(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 10**6, "(at)" * 10**5, "@a" * 10**5, "+1" * 10**5, "tel 1" * 10**5, "1 " * 10**6, "tel" + "1 " * 10**6],
)
def test_long_texts_are_looked_through_quickly(text: str) -> None:
    assert has_contact_data(text + " jan@example.org")


def test_digits_of_an_address_are_no_telephone() -> None:
    text = HEAD + "institutions:\n  a: {name: A, types: [school], origin: {address: 'https://example.org/600100200'}}\n"
    assert from_yaml(text).institutions["a"].origin.address == "https://example.org/600100200"


# --- tables

TABLE = "#gmina;1816122\nkey;name;types\n"


def test_a_table_may_have_english_names_a_mark_and_windows_line_ends() -> None:
    rows = [
        [cell.removeprefix("\ufeff") for cell in row]
        for row in csv.reader(io.StringIO(small("table").decode()), delimiter=";")
    ]
    names = {label.pl: label.en for label in (*COLUMNS.values(), *ROWS.values())}
    english = [[names.get(cell, cell) for cell in row] for row in rows]
    assert sum(a != b for row, other in zip(rows, english, strict=True) for a, b in zip(row, other, strict=True)) == 19
    text = "\ufeff" + "\r\n".join(";".join(row) for row in english)
    assert from_table(text) == SMALL


def test_the_first_line_may_tell_excel_the_separator_and_is_no_row() -> None:
    assert from_table("sep=;\n" + small("table").decode()) == SMALL
    assert told("table", "sep=;\n" + TABLE + "a;;OPS")[0].startswith("3:2: column 'name'")
    assert told("table", TABLE + "a;;OPS")[0].startswith("3:2: column 'name'")


def test_commune_and_name_may_be_given() -> None:
    table = "key;name;types\na;A;OPS\n"
    assert from_table(table, "1816122") == from_table("#gmina;1816122\n" + table)
    assert from_table(table, "1816122").name == "gmina"
    assert from_table(table, "3021164", "Swarzędz").institutions["a"].serves == ("3021163",)
    given = from_table(small("table").decode(), "3021163", "Swarzędz")
    assert (given.name, given.commune) == ("Swarzędz", Commune("3021163", 5000))


def test_a_given_commune_must_be_a_code() -> None:
    with pytest.raises(CommuneError, match="seven digits"):
        read_network_csv(b"", "f.csv", small_catalogue(), "Swarzedz")


def test_the_problems_of_what_is_given_name_no_column() -> None:
    _, problems = read_network_csv(b"key;name;types\n", "f.csv", small_catalogue(), "1816122", "tel. 600100200")
    assert [(p.line, p.column, p.what) for p in problems.sorted()] == [
        (1, 1, "`name` has an e-mail address or a telephone number in it")
    ]


def test_cells_may_hold_semicolons_quotes_and_line_breaks() -> None:
    network = from_table(TABLE + 'a;"Szkoła; ""jedynka""\nnad rzeką";"szkoła\nOPS"\n')
    assert network.institutions["a"].name == 'Szkoła; "jedynka" nad rzeką'
    assert network.institutions["a"].types == ("school", "centre")


def test_a_row_is_counted_as_excel_counts_it() -> None:
    assert told("table", TABLE + '"a";"A\nB\nC";OPS\n\nb;B;x\n')[0].startswith("5:3: column 'types': institution 'b'")


def test_values_stand_between_bars_or_commas_unless_a_label_has_the_comma() -> None:
    types = "sąd rejonowy, wydział karny | OPS, PCPR|,"
    table = f"#gmina;1816122\nkey;name;types;serves\na;A;{types};1816122,1816 | PL\n"
    network = good(read_network_csv(table.encode(), "f.csv", CATALOGUE))
    assert network.institutions["a"].types == ("criminal_court", "social_assistance_centre", "pcpr")
    assert network.institutions["a"].serves == ("1816122", "1816", "PL")


def test_a_bar_behind_a_backslash_belongs_to_the_reason() -> None:
    table = "#gmina;1816122\nkey;name;types;add\na;A;OPS;wolontariat=a\\|b=c\\\\|shelter=x\\y\n"
    assert from_table(table).institutions["a"].added == Table({"volunteering": "a|b=c\\", "shelter": "x\\y"})


def test_a_guard_before_a_formula_is_taken_off() -> None:
    network = from_table(TABLE + "a;'=1+1;OPS\nb;''@x;OPS\nc;'x;OPS\nd;-x;OPS\n")
    assert [its.name for its in network.institutions.values()] == ["=1+1", "'@x", "'x", "-x"]


def test_kind_and_date_of_a_document_may_stand_in_any_row() -> None:
    table = (
        "#gmina;1816122\nkey;name;types;signed\na;A;OPS;d\nb;B;OPS;Deklaracja d\nc;C;OPS;d 2022-05-04 | agreement p\n"
    )
    network = from_table(table + "e;E;OPS;\nf;F;OPS;agreement p\n")
    assert dict(network.agreements) == {
        "d": Agreement("d", "declaration", ["a", "b", "c"], "2022-05-04"),
        "p": Agreement("p", "agreement", ["c", "f"]),
    }


def test_a_document_may_be_called_as_its_kind() -> None:
    table = "#gmina;1816122\nkey;name;types;signed\na;A;OPS;agreement agreement\nb;B;OPS;agreement\n"
    assert list(from_table(table).agreements) == ["agreement"]


def test_columns_may_be_left_out_and_come_in_any_order() -> None:
    network = from_table("#gmina;1816122\nuwaga;typy;;klucz;nazwa\nx;OPS;;a;A\n;OPS;;b;B;;\n")
    assert [its.origin.note for its in network.institutions.values()] == ["x", None]


def test_a_very_long_cell_is_a_problem() -> None:
    assert told("table", TABLE + "a;" + "x" * 200_000 + ";OPS") == [
        '3:1: a quoted cell is not closed, or goes on after its quote; write " inside of quotes as ""'
    ]


def test_a_table_with_a_character_that_is_not_allowed_is_a_problem() -> None:
    assert told("table", "key;na\0me\n") == ["1:7: character U+0000 is not allowed; remove it"]


def test_reading_stops_at_a_thousand_problems() -> None:
    rows = "".join(f"a{number};A;x\n" for number in range(1_001))
    assert told("table", TABLE + rows)[-1].startswith("1003:3: column 'types': reading stopped here")


WORDS = [f"lov_{number}" for number in range(20_000)]
LISTED = "".join(f"  {word}: {{name: A, types: [OPS]}}\n" for word in WORDS[:15_000])
FILLED = {
    "unknown types": ("table", TABLE + "".join(f"{word};A;{word}\n" for word in WORDS)),
    "unknown types in one cell": ("table", TABLE + f"a;A;{','.join(WORDS)}\n"),
    "many documents": ("table", "#gmina;1816122\nkey;name;types;signed\na;A;OPS;" + "|".join(WORDS)),
    "unknown documents": (
        "table",
        "#gmina;1816122\n"
        + "".join(f"#origin;x{word}\n" for word in WORDS[:2_000])
        + "key;name;types;signed\n"
        + "".join(f"{word};A;OPS;agreement {word}\n" for word in WORDS[:2_000]),
    ),
    "unknown parties": (
        "network",
        HEAD
        + "institutions:\n"
        + LISTED
        + f"agreements: {{p: {{kind: agreement, between: [x{', x'.join(WORDS)}]}}}}\n",
    ),
    "quotes": ("table", TABLE + '""' * 500_000),
    "bars": ("table", TABLE + "a;A;" + "|" * 130_000),
    "backslashes": ("table", "#gmina;1816122\nkey;name;types;add\na;A;OPS;" + "\\" * 130_000),
    "braces": ("hsds", '{"a":' * 100_000),
    "empty organizations": ("hsds", "[" + "{}," * 60_000 + "{}]"),
    "unknown terms": (
        "hsds",
        '[{"name": "OPS", "attributes": [' + '{"taxonomy_term": {"code": "%s"}},' * 20_000 % tuple(WORDS) + "{}]}]",
    ),
}
"""Files that were made to take long."""


@pytest.mark.parametrize("name", FILLED)
def test_a_hostile_file_is_answered_quickly(name: str) -> None:
    kind, text = FILLED[name]
    begin = time.perf_counter()
    value, problems = read(kind, text.encode(), "file")
    assert (value is None) == bool(problems)
    assert time.perf_counter() - begin < 10


# --- what is written


@given(network=networks(), lang=st.sampled_from(LANGS))
@quick
def test_a_network_survives_yaml(network: LocalNetwork, lang: Lang) -> None:
    text = network_to_yaml(network, lang)
    assert good(read_network(text.encode(), "f.yaml", CATALOGUE)) == network
    assert network_to_yaml(good(read_network(text.encode(), "f.yaml", CATALOGUE)), lang) == text


@given(network=networks())
@quick
def test_other_readers_find_the_same_texts_in_the_yaml(network: LocalNetwork) -> None:
    data = yaml.safe_load(network_to_yaml(network))
    assert data["name"] == network.name
    assert list(data["institutions"]) == list(network.institutions)
    assert [its["name"] for its in data["institutions"].values()] == [i.name for i in network.institutions.values()]
    assert [its["serves"] for its in data["institutions"].values()] == [
        list(i.serves) for i in network.institutions.values()
    ]
    assert list(data["agreements"]) == list(network.agreements)
    assert [its["between"] for its in data["agreements"].values()] == [
        list(a.between) for a in network.agreements.values()
    ]


def sorted_by_rows(network: LocalNetwork) -> LocalNetwork:
    """The same network with agreements and parties in the order of the institutions."""
    order = {key: number for number, key in enumerate(network.institutions)}
    signed = [
        evolve(agreement, between=tuple(sorted(agreement.between, key=order.__getitem__)))
        for agreement in network.agreements.values()
    ]
    first = {a.key: min(order[key] for key in a.between) for a in signed}
    return evolve(network, agreements=sorted(signed, key=lambda a: first[a.key]))


@given(network=networks(), lang=st.sampled_from(LANGS))
@quick
def test_a_network_survives_a_table_but_for_the_order_of_agreements(network: LocalNetwork, lang: Lang) -> None:
    text = network_to_csv(network, lang)
    again = good(read_network_csv(text.encode(), "f.csv", CATALOGUE))
    assert again == sorted_by_rows(network)
    assert good(read_network_csv(network_to_csv(again, lang).encode(), "f.csv", CATALOGUE)) == again


@given(network=networks())
@quick
def test_no_cell_of_a_table_begins_like_a_formula(network: LocalNetwork) -> None:
    text = network_to_csv(network)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    assert text.startswith("\ufeff#nazwa;")
    assert text.count("\r\n") == text.count("\n") == len(rows)


def test_texts_of_several_lines_are_written_as_one() -> None:
    its = Institution(
        "a", "Szkoła\tnr\u200b 1\n", ["school"], ["1816122"], added={"shelter": "a\nb"}, origin=Origin(note="\0")
    )
    network = LocalNetwork("x\ny", Commune("1816122"), [its], [], small_catalogue())
    for again in (from_yaml(network_to_yaml(network)), from_table(network_to_csv(network))):
        assert again.name == "x y"
        assert again.institutions["a"].name == "Szkoła nr 1"
        assert again.institutions["a"].added["shelter"] == "a b"
        assert again.institutions["a"].origin == Origin()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_networks_survive_both_ways(path: Path) -> None:
    network = load_network(path)
    assert good(read_network(network_to_yaml(network).encode(), "f", CATALOGUE)) == network
    assert good(read_network_csv(network_to_csv(network).encode(), "f", CATALOGUE)) == sorted_by_rows(network)


# --- what is shown


def test_a_network_is_shown_by_sector_with_how_it_is_known() -> None:
    stranger = Institution("far", "Szkoła daleko", ["school"], ["0201"], distance_km=300)
    assert explain_network(SMALL.with_institution(stranger), "en").splitlines() == [
        "Network of institutions: Gmina Przykładowa",
        "==========================================",
        "",
        "The institutions of a commune, without persons and contact data. Each says how it is known. An",
        "example: it describes nobody real.",
        "",
        "Commune",
        "-------",
        "- rural commune, 1816122, podkarpackie voivodeship",
        "- inhabitants: 5000",
        "- institutions: 4 (how they are known: law 1, practice 3)",
        "",
        "social assistance",
        "-----------------",
        "- GOPS w Przykładowie [gops]",
        "  type: social assistance centre",
        "  level: commune (gmina); in the commune; distance: 0 km; serves: 1816122",
        "  families at a time: 40",
        "  what it can do: social work, volunteering",
        "  in addition: volunteering (grupa wolontariuszy od 2021)",
        "  does not do this: cash benefits (wypłaca je inna gmina)",
        "  signed: p2022",
        "  how it is known: law; z ustawy",
        "- PCPR w mieście powiatowym [pcpr]",
        "  type: family assistance centre",
        "  level: county (powiat); from outside the commune; distance: 18 km; serves: 1816, the whole country",
        "  what it can do: cash benefits",
        "  signed: p2022",
        "  how it is known: practice",
        "",
        "education",
        "---------",
        "- szkoła [school]",
        "  type: school",
        "  level: commune (gmina); in the commune; serves: 1816122",
        "  what it can do: teaching",
        "  how it is known: practice",
        "",
        "Not serving this commune",
        "------------------------",
        "- Szkoła daleko [far]",
        "  type: school",
        "  level: commune (gmina); distance: 300 km; serves: 0201",
        "  how it is known: practice",
        "",
        "What is signed",
        "--------------",
        "- agreement [p2022], since 2022-05-04: GOPS w Przykładowie; PCPR w mieście powiatowym",
        "  how it is known: practice; https://example.org/p2022",
    ]


def test_a_network_of_nothing_is_shown_too() -> None:
    empty = LocalNetwork("pusta", Commune("1816122"), [], [], small_catalogue())
    assert explain_network(empty).splitlines()[-3:] == [
        "-----",
        "- gmina wiejska, 1816122, województwo podkarpackie",
        "- instytucje: 0",
    ]
    unsigned = SMALL.without("pcpr")
    assert "Co podpisano" not in explain_network(unsigned)


@given(network=networks(), lang=st.sampled_from(LANGS))
@settings(quick, max_examples=40)
def test_the_text_names_every_institution_and_agreement(network: LocalNetwork, lang: Lang) -> None:
    text = explain_network(network, lang)
    assert all(f"[{key}]" in text for key in (*network.institutions, *network.agreements))


# --- the library


def test_the_same_network_is_loaded_from_every_kind_of_file(tmp_path: Path, run: Run) -> None:
    path = EXAMPLES[0]
    network = load_network(path)
    for name in ("n.CSV", "n.json", "n.yml"):
        assert run("network", "convert", path, tmp_path / name)[0] == 0
        assert load_network_file(tmp_path / name) == NetworkFile(network, ())
        assert load_network(str(tmp_path / name)) == network
        assert check_files((tmp_path / name,)) == ()


def test_a_yaml_file_takes_no_commune_and_no_name() -> None:
    with pytest.raises(NetworkError, match="says the commune and the name"):
        load_network(EXAMPLES[0], commune="1816122")
    with pytest.raises(NetworkError, match="says the commune and the name"):
        load_network(EXAMPLES[0], name="x")


def test_commune_and_name_of_a_table_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("key;name;types\na;A;OPS\n", encoding="utf-8")
    network = load_network(tmp_path / "x.csv", "1816122", "Świlcza")
    assert (network.name, network.commune.code.text) == ("Świlcza", "1816122")


def test_networks_are_checked_with_other_files(tmp_path: Path) -> None:
    files = []
    for kind, name in {"network": "a.yaml", "table": "b.csv", "hsds": "c.json"}.items():
        path = tmp_path / name
        path.write_bytes(small(kind).replace(b"1816122", b"201011"))
        files.append(path)
    found = check_files((*files, ROOT / "models" / "rules.yaml"))
    assert {Path(problem.file).name for problem in found} == {"a.yaml", "b.csv", "c.json"}
    assert {problem.code for problem in found} == {"leading_zero", "unknown_reference"}


def test_the_package_has_the_names_of_networks() -> None:
    assert km.load_network is load_network
    assert {"Agreement", "Institution", "LocalNetwork", "NetworkError", "Origin", "load_network"} <= set(km.__all__)


# --- the command line


def test_check_says_what_is_there(run: Run) -> None:
    code, out, err = run("network", "check", EXAMPLES[0])
    network = load_network(EXAMPLES[0])
    assert (code, err) == (0, "")
    assert out == f"{network.name}: {len(network.institutions)} institutions, 0 agreements, no problems\n"


def test_check_of_one_institution_and_one_agreement(run: Run, tmp_path: Path) -> None:
    text = "#gmina;1816122\nkey;name;types;signed\na;A;OPS;agreement p\nb;B;OPS;p\n"
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    assert run("network", "check", tmp_path / "x.csv")[1] == "x: 2 institutions, 1 agreement, no problems\n"
    (tmp_path / "y.csv").write_text("key;name;types\na;A;OPS\n", encoding="utf-8")
    assert run("network", "check", tmp_path / "y.csv", "--commune", "1816122", "--name", "Y") == (
        0,
        "Y: 1 institution, 0 agreements, no problems\n",
        "",
    )


def test_check_prints_every_problem_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("klucz;nazwa;typy\na;A;OPSX\n", encoding="utf-8")
    code, out, err = run("network", "check", path)
    assert (code, err) == (1, "")
    assert [line.split(": ")[0] for line in out.splitlines()] == [f"{path}:1:1", f"{path}:2:3"]


def test_show_prints_the_text(run: Run) -> None:
    network = load_network(EXAMPLES[0])
    assert run("network", "show", EXAMPLES[0], "--lang", "en") == (0, explain_network(network, "en"), "")
    assert run("network", "show", EXAMPLES[0]) == (0, explain_network(network, "pl"), "")


def test_convert_writes_in_the_language_asked_for(run: Run, tmp_path: Path) -> None:
    network = load_network(EXAMPLES[0])
    for lang in LANGS:
        for name, write in (("n.csv", network_to_csv), ("n.yaml", network_to_yaml)):
            target = tmp_path / f"{lang}_{name}"
            code, out, err = run("network", "convert", EXAMPLES[0], target, "--lang", lang)
            assert (code, err) == (0, "")
            assert out == f"{target}: {len(network.institutions)} institutions, 0 agreements\n"
            assert target.read_bytes() == write(network, lang).encode()


def test_convert_never_overwrites_unless_forced(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "n.yaml"
    target.write_text("mine", encoding="utf-8")
    code, out, err = run("network", "convert", EXAMPLES[0], target)
    assert (code, out) == (2, "")
    assert "already there; give --force" in err
    assert target.read_text("utf-8") == "mine"
    assert run("network", "convert", EXAMPLES[0], target, "--force")[0] == 0
    assert load_network(target) == load_network(EXAMPLES[0])
    assert os.listdir(tmp_path) == ["n.yaml"]


def test_convert_wants_a_format_and_a_folder(run: Run, tmp_path: Path) -> None:
    assert "end it with .yaml, .csv or .json" in run("network", "convert", EXAMPLES[0], tmp_path / "n.xlsx")[2]
    code, _, err = run("network", "convert", EXAMPLES[0], tmp_path / "no" / "n.csv")
    assert (code, err) == (
        2,
        f"kooperacja: {tmp_path / 'no' / 'n.csv'}: cannot be opened (No such file or directory); check the path\n",
    )
    assert os.listdir(tmp_path) == []


def test_a_failed_writing_leaves_the_old_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(source))

    target = tmp_path / "n.yaml"
    target.write_text("mine", encoding="utf-8")
    monkeypatch.setattr(os, "replace", full)
    code, _, err = run("network", "convert", EXAMPLES[0], target, "--force")
    assert (code, err) == (2, f"kooperacja: {target}: cannot be opened (No space left on device); check the path\n")
    assert target.read_text("utf-8") == "mine"
    assert os.listdir(tmp_path) == ["n.yaml"]


def test_convert_of_a_bad_file_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a;b\n", encoding="utf-8")
    code, _, err = run("network", "convert", tmp_path / "x.csv", tmp_path / "y.yaml")
    assert code == 2
    assert "x.csv:1:1: unknown column 'a'" in err
    assert not (tmp_path / "y.yaml").exists()


def test_a_wrong_word_after_network_is_explained(run: Run) -> None:
    code, _, err = run("network", "foo")
    assert code == 2
    assert err.startswith("kooperacja: unknown command of network; known are check, show, convert")


def test_an_agreement_of_which_nothing_more_is_known_needs_no_row_of_its_origin() -> None:
    bare = network_from_availability(load_model("rural"), "1816122")
    signed = bare.with_agreement(Agreement("a", "agreement", ["social_assistance_centre", "pcpr"], "2022-05-04"))
    text = network_to_csv(signed)
    assert not any(line.startswith(ROWS["origin"].pl) for line in text.splitlines())
    again = good(read_network_csv(text.encode(), "f.csv", CATALOGUE))
    assert again.agreements["a"].origin == Origin()
