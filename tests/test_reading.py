"""Files to data or problems: every message has a bad file, and every good file is read as it stands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from bad import BAD_FILES, BadFile
from small import KINDS, read, small, small_catalogue

from kooperacja_model import (
    Catalogue,
    CooperationModel,
    KooperacjaError,
    Problem,
    ReadError,
    check_files,
    load_case,
    load_catalogue,
    load_model,
    load_models,
)
from kooperacja_model.commune import Commune, CommuneKind, TerytCode
from kooperacja_model.model import Consent, Force
from kooperacja_model.provenance import Basis, Label, Place
from kooperacja_model.reading import files as reading_files
from kooperacja_model.reading import nodes
from kooperacja_model.reading.case import CaseFile, read_case
from kooperacja_model.reading.catalogue import read_catalogue
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Items, Node, Pairs, Problems, Scalar, read_nodes, read_text
from kooperacja_model.reading.rules import read_duties, read_rules

MODELS = Path(__file__).parents[1] / "models"
LOADERS = {"libyaml": getattr(yaml, "CSafeLoader", None), "pure": yaml.SafeLoader}


def told(problems: Problems) -> list[str]:
    return [f"{p.line}:{p.column}: {p.what}" for p in problems.sorted()]


def nodes_of(text: str | bytes) -> Node:
    problems = Problems("file.yaml")
    node = read_nodes(text.encode() if isinstance(text, str) else text, problems)
    assert node is not None, told(problems)
    return node


def values_of(text: str) -> dict[str, str]:
    node = nodes_of(text)
    assert isinstance(node, Pairs)
    return {key.text: value.text for key, value in node.pairs if isinstance(value, Scalar)}


@pytest.fixture(params=LOADERS, ids=list(LOADERS))
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if LOADERS[request.param] is None:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(nodes, "_LOADER", LOADERS[request.param])
    return str(request.param)


# --- bad files


@cache
def found_problems() -> tuple[tuple[Problem, ...], ...]:
    return tuple(bad_file.problems() for bad_file in BAD_FILES)


@pytest.mark.parametrize("bad_file", BAD_FILES, ids=lambda bad_file: bad_file.name)
def test_a_bad_file_gives_the_problems_that_it_announces(bad_file: BadFile, loader: str) -> None:
    found = tuple(f"{p.line}:{p.column}: {p.what}; {p.todo}" for p in bad_file.problems())
    assert found == bad_file.expected


def test_every_message_is_tripped_by_a_bad_file() -> None:
    tripped = {problem.code for found in found_problems() for problem in found}
    assert tripped == {message.name.lower() for message in Message}


def test_every_bad_file_announces_a_problem() -> None:
    assert [bad_file.name for bad_file in BAD_FILES if not bad_file.expected] == []


@pytest.mark.parametrize("kind", [*KINDS, "unknown"])
def test_there_are_bad_files_of_every_kind(kind: str) -> None:
    assert any(bad_file.kind == kind for bad_file in BAD_FILES)


def test_problems_are_sorted_by_their_place() -> None:
    places = [[(p.line, p.column) for p in found] for found in found_problems()]
    assert places == [sorted(found) for found in places]


def test_a_problem_names_its_file() -> None:
    _, problems = read("case", b"needs: 1\n", "family 7.yaml")
    assert {problem.file for problem in problems} == {"family 7.yaml"}


def test_a_long_word_is_shortened_in_a_message() -> None:
    _, problems = read("rules", b"format: " + b"x" * 100, "f")
    assert problems[1].what == "format is '" + "x" * 57 + "...'"


# --- nodes


def test_every_node_knows_its_line_and_column(loader: str) -> None:
    found = nodes_of("# head\na: b\nc:\n  - d\n  - {e: 'f'}\n")
    assert found == Pairs(
        (
            (Scalar("a", True, 2, 1), Scalar("b", True, 2, 4)),
            (
                Scalar("c", True, 3, 1),
                Items(
                    (
                        Scalar("d", True, 4, 5),
                        Pairs(((Scalar("e", True, 5, 6), Scalar("f", False, 5, 9)),), 5, 5),
                    ),
                    4,
                    3,
                ),
            ),
        ),
        2,
        1,
    )


@pytest.mark.parametrize(
    "written", ["0201011", "no", "1_000", "2004-03-12", "1e3", "0x1f", "12:30:45", ".inf", "=", "Off", "+7", "1.10"]
)
def test_a_value_stays_the_text_that_was_written(written: str, loader: str) -> None:
    assert values_of(f"a: {written}") == {"a": written}


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_written_is_empty(nothing: str) -> None:
    node = nodes_of(f"a: {nothing}\n")
    assert isinstance(node, Pairs)
    ((_, value),) = node.pairs
    assert isinstance(value, Scalar)
    assert value.empty


@pytest.mark.parametrize("quoted", ["''", '"~"', "'null'", "nil", "none"])
def test_quoted_or_other_words_are_not_empty(quoted: str) -> None:
    node = nodes_of(f"a: {quoted}\n")
    assert isinstance(node, Pairs)
    ((_, value),) = node.pairs
    assert isinstance(value, Scalar)
    assert not value.empty


def test_letters_in_two_parts_become_one_letter() -> None:
    assert values_of("a: o\u0301semka\n") == {"a": "\u00f3semka"}


def test_the_column_counts_characters_not_bytes(loader: str) -> None:
    node = nodes_of("{żółć: ąę, b: c}")
    assert isinstance(node, Pairs)
    assert [(key.column, value.column) for key, value in node.pairs] == [(2, 8), (12, 15)]


@pytest.mark.parametrize("kind", KINDS)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(kind: str) -> None:
    data = small(kind).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    marked = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    assert read(kind, marked, "file") == read(kind, data, "file")
    assert read(kind, marked, "file")[0] is not None


def test_a_text_file_without_problems_is_read_as_text() -> None:
    problems = Problems("file")
    assert read_text("\ufeffzażółć\r\ngęślą".encode(), problems) == "zażółć\ngęślą"
    assert problems.found == []


def test_spaces_around_a_key_do_not_make_another_key() -> None:
    assert values_of('" a ": 1') == {"a": "1"}


def test_a_file_may_be_as_deep_as_the_limit(loader: str) -> None:
    nodes_of("[" * nodes.MAX_DEPTH + "]" * nodes.MAX_DEPTH)


def test_a_file_may_have_as_many_values_as_the_limit() -> None:
    node = nodes_of("[" + "0," * (nodes.MAX_NODES - 1) + "]")
    assert isinstance(node, Items)
    assert len(node.items) == nodes.MAX_NODES - 1


def test_a_file_may_have_as_many_bytes_as_the_limit() -> None:
    nodes_of(b"a: b\n".ljust(nodes.MAX_BYTES, b"#").replace(b"\n#", b"\n #", 1)[: nodes.MAX_BYTES])


def test_a_file_may_have_as_many_problems_as_the_limit() -> None:
    problems = Problems("file")
    read_nodes(b"[" + b"&a ,\n" * nodes.MAX_PROBLEMS + b"]", problems)
    assert {p.code for p in problems.sorted()} == {"anchor"}
    assert len(problems.sorted()) == nodes.MAX_PROBLEMS


# --- the two parsers of PyYAML


def both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Node | None, list[str]]]:
    results = []
    for parser in LOADERS.values():
        monkeypatch.setattr(nodes, "_LOADER", parser)
        problems = Problems("file")
        results.append((read_nodes(data, problems), told(problems)))
    return results


@pytest.mark.skipif(LOADERS["libyaml"] is None, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_models_are_the_same_nodes_with_and_without_libyaml(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, pure = both(path.read_bytes(), monkeypatch)
    assert fast == pure
    assert fast[0] is not None


@pytest.mark.skipif(LOADERS["libyaml"] is None, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  one\n  two\nb: >-\n  three\n  four\n",
        "a:\n- b\n-\n  c: d\n  e:\n",
        "[a: b, c, {d, e: }, ]",
        "? a\n: b\n? c\n",
        "'it''s': \"a\\\n  b \\x41\"\n",
        "--- \na: b\n...\n",
        "--- text\n",
        "a: b # comment\n# another\n",
        "a: b: c",
        "a: 'b",
        "- a\nb: c",
        "a: [b, c",
        "a: }",
        "@a: b",
        "a: `b`",
        'a: "\\q"',
        "a: >9\n b\n",
        "a\nb: c",
        "a:\n  b: c\n d: e",
        "{a: b}}",
        "--- a\n--- b",
        "a: b\n... c",
        "!<a b> c",
        "&: a",
        "* : a",
        "- - - a\n  - b",
        "{a: b?}",
        "[a ?]",
        "{a: b?c, d: e}",
        "żółć: [a?]",
        "a: b? ",
        "żółć: |#comment\n  b",
        "a: >-1#comment\n  b",
        "a: | #comment\n  b\n",
        "a: b>#c",
        "!@ a",
        "a:\n-\n- b",
        "a:\nb: \n",
        "? a",
        "{a: , b}",
        "a: '\n  b'",
        'a: "\\ud800"',
        'a: "\\UFFFFFFFF"',
        "&a b: *a\n<<: c\n",
        "",
    ],
)
def test_other_texts_give_the_same_with_and_without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, pure = both(text.encode(), monkeypatch)
    assert fast == pure


def test_importing_the_package_leaves_yaml_as_it_was() -> None:
    code = """
import yaml
def state():
    kinds = [getattr(yaml, name) for name in dir(yaml) if name.endswith(("Loader", "Dumper"))]
    tables = ("yaml_constructors", "yaml_multi_constructors", "yaml_implicit_resolvers", "yaml_path_resolvers",
              "yaml_representers", "yaml_multi_representers")
    return {(kind.__name__, table): repr(sorted(getattr(kind, table, {}).items(), key=repr))
            for kind in kinds for table in tables}
before = state()
import kooperacja_model
kooperacja_model.load_models()
assert state() == before, "changed"
assert len(before) > 20
print("unchanged")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("unchanged\n", "")


# --- files that were made to hurt

ALIAS_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
)
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 9)
)
HOSTILE: dict[str, bytes] = {
    "738 opening brackets": b"[" * 738,
    "a million opening brackets": b"[" * 1_000_000,
    "a million opening braces": b"{" * 1_000_000,
    "nested block lists": b"- " * 500_000,
    "nested question marks": b"? " * 500_000,
    "nested by indentation": b"".join(b" " * i + b"a:\n" for i in range(1_000)),
    "alias bomb": ALIAS_BOMB.encode(),
    "merge bomb": MERGE_BOMB.encode(),
    "bad escape before brackets": b'a: "\\ud800"\nb: ' + b"[" * 500_000,
    "bad escape before many values": b'a: "\\ud800"\nb: [' + b"c, " * 60_000,
    "one long word": b"format: " + b"x" * 1_000_000,
    "one long key": b"x" * 1_000_000 + b": 1",
    "many tabs": b"\t\n" * 500_000,
    "many percent signs": b"%\n" * 500_000,
    "many anchors": b"[" + b"&a ,\n" * 150_000 + b"]",
    "many documents": b"---\n" * 250_000,
    "many lines of the same key": b"a: b\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str) -> None:
    begin = time.perf_counter()
    value, problems = read("case", HOSTILE[name], "file")
    assert value is None
    assert problems
    assert time.perf_counter() - begin < 10


def test_the_bombs_are_small() -> None:
    assert len(ALIAS_BOMB) < 600
    assert len(MERGE_BOMB) < 600


CASE = b"format: kooperacja_model/case/1\n"
UNKNOWN = [b"lov_%d" % number for number in range(90_000)]
FILLED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "unknown needs": ("case", lambda: CASE + b"needs: [" + b", ".join(UNKNOWN) + b"]\n"),
    "unknown keys": ("case", lambda: CASE + b":\n".join(UNKNOWN) + b":\n"),
    "one need very often": ("case", lambda: CASE + b"needs: [" + b"truancy, " * 90_000 + b"]\n"),
    "unknown facts": (
        "rules",
        lambda: b"format: kooperacja_model/rules/1\nrules: {r: {when: {all: [" + b", ".join(UNKNOWN) + b"]}}}\n",
    ),
}


@pytest.mark.parametrize("name", FILLED)
def test_a_file_full_of_wrong_words_is_refused_quickly(name: str) -> None:
    kind, make = FILLED[name]
    data = make()
    begin = time.perf_counter()
    value, problems = read(kind, data, "file")
    assert value is None
    assert problems[-1].code in ("too_many_problems", "too_many_nodes")
    assert time.perf_counter() - begin < 10


def test_a_very_long_list_of_good_words_is_read_quickly() -> None:
    words = ", ".join(f"w{i}" for i in range(90_000))
    data = small("catalogue").decode().replace("[OPS, GOPS]", f"[{words}]").encode()
    begin = time.perf_counter()
    catalogue, _ = read_catalogue(data, "file")
    assert catalogue is not None
    assert len(catalogue.institution_types["centre"].abbreviations) == 90_000
    assert time.perf_counter() - begin < 10


# --- what a good file gives


def test_a_catalogue_keeps_what_is_written() -> None:
    catalogue = small_catalogue()
    assert catalogue.acts["ups"].date == "2004-03-12"
    assert catalogue.acts["ups"].place == Place("small_catalogue.yaml", 4, 3)
    assert (catalogue.acts["ups"].text_read, catalogue.acts["po"].text_read) == (True, False)
    assert catalogue.acts["po"].passages_read == ("art. 42",)
    assert catalogue.reasons["poverty"].label == Label("ubóstwo", "poverty")
    assert [source.verified for source in catalogue.reasons["poverty"].sources] == [True]
    assert catalogue.circumstances["tenant"].one_of == "home"
    assert catalogue.circumstances["child_under_3"].implies == ("child_under_18",)
    assert (catalogue.sectors["education"].area, catalogue.sectors["education"].nearest) == ("help", True)
    assert (catalogue.sectors["ngo"].area, catalogue.sectors["ngo"].nearest) == (None, False)
    assert dict(catalogue.institution_types["school"].presence) == {"rural": "common"}
    assert catalogue.profiles["ngo_homeless"].of == "ngo_local"


def test_a_part_of_another_institution_names_it_and_where() -> None:
    part = small_catalogue().institution_types["family_centre"].part_of
    assert part is not None
    assert (part.type, part.where) == ("centre", "joint_ops_pcpr")


def test_a_rule_keeps_what_is_written() -> None:
    rules, _ = read_rules(small("rules"), "rules.yaml", small_catalogue())
    assert rules is not None
    rule = rules["centre_for_low_income"]
    assert (rule.when.all, rule.when.any, rule.when.none) == (("low_income",), (), ("owner",))
    assert rule.needs == ("low_income",)
    assert dict(rule.require) == {"centre": ("social_work", "cash_benefits")}
    assert dict(rule.advise) == {"ngo_homeless": ("shelter", "volunteering")}
    assert [source.basis for source in rule.sources] == [Basis.STATUTE]
    assert str(rule.place) == "rules.yaml:4:3"


def test_a_rule_serves_the_needs_of_all_or_else_those_of_any() -> None:
    def needs(when: str) -> tuple[str, ...]:
        text = (
            f"format: kooperacja_model/rules/1\nrules:\n  r:\n    when: {when}\n"
            "    require: {centre: [social_work]}\n    because: {pl: a, en: b}\n    sources: [{basis: design}]\n"
        )
        rules, problems = read_rules(text.encode(), "f", small_catalogue())
        assert rules is not None, told(problems)
        return rules["r"].needs

    assert needs("{all: [low_income], any: [truancy]}") == ("low_income",)
    assert needs("{all: [tenant], any: [truancy, low_income, rural]}") == ("truancy", "low_income")


def test_a_duty_keeps_what_is_written() -> None:
    duties, _ = read_duties(small("duties"), "duties.yaml", small_catalogue())
    assert duties is not None
    duty = duties["T_SCHOOL"]
    assert (duty.when_reported, duty.who, duty.to, duty.deadline) == (
        ("child_under_3",),
        ("school",),
        ("centre",),
        "P7D",
    )
    assert (duty.consent, duty.force) == (Consent.NOT_NEEDED, Force.MUST)
    assert duty.provided == Label("jeżeli trwa rok szkolny", "if it is term time")


@pytest.mark.parametrize("written", ["PT0S", "PT24H", "P7D", "P1M", "P1Y2M3W4DT5H6M7S"])
def test_a_duration_is_kept_as_text(written: str) -> None:
    duties, _ = read_duties(small("duties").replace(b"P7D", written.encode()), "f", small_catalogue())
    assert duties is not None
    assert duties["T_SCHOOL"].deadline == written


@pytest.mark.parametrize("written", ["P", "PT", "P1", "7D", "P1DT", "P1H", "PT1D", "p7d", "P-1D", "P1.5D", "P٣D"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    _, problems = read("duties", small("duties").replace(b"P7D", written.encode()), "f")
    assert [problem.code for problem in problems] == ["not_duration"]


@pytest.mark.parametrize("written", ["2023-02-29", "2004-3-12", "2004-W11-5", "20040312", "2004-03-12T00"])
def test_what_is_no_date_is_refused(written: str) -> None:
    _, problems = read("catalogue", small("catalogue").replace(b"2004-03-12", written.encode()), "f")
    assert [problem.code for problem in problems] == ["not_date"]


@pytest.mark.parametrize("written", ["0", "-1", "+5", "1_000", "1 000", "1,5", "1e3", "٣", "1234567890123"])
def test_what_is_no_whole_number_above_0_is_refused(written: str) -> None:
    _, problems = read("model", small("model").replace(b"20000", f'"{written}"'.encode()), "f")
    assert [problem.code for problem in problems] == ["not_whole_number"]


def test_a_model_has_its_own_rules_after_the_shared_ones() -> None:
    model, _ = read("model", small("model"), "model.yaml")
    assert isinstance(model, CooperationModel)
    assert list(model.rules) == ["centre_for_low_income", "school_for_truancy"]
    assert model.own_rules == ("school_for_truancy",)
    assert model.voivodeships == ("02", "24")
    assert (model.criterion.kinds, model.criterion.population_over) == ((CommuneKind.URBAN,), 20_000)
    assert str(model.place) == "model.yaml:2:1"


def case_of(text: str) -> CaseFile:
    case, problems = read_case(("format: kooperacja_model/case/1\n" + text).encode(), "f", small_catalogue())
    assert case is not None, told(problems)
    return case


def test_a_case_keeps_what_is_written() -> None:
    found, _ = read("case", small("case"), "case.yaml")
    assert isinstance(found, CaseFile)
    assert (found.model, found.invented) == ("city", True)
    assert found.case.commune == Commune(TerytCode("2475011"), 190_000)
    assert [need.key for need in found.case.needs] == ["low_income", "truancy"]
    assert {answer.circumstance.key: answer.present for answer in found.case.answers} == {
        "child_under_3": True,
        "tenant": False,
    }


def test_a_case_needs_nothing_but_needs() -> None:
    found = case_of("needs: [truancy]\n")
    assert (found.model, found.invented, found.case.commune, found.case.answers) == (None, False, None, ())


@pytest.mark.parametrize("code", ["0201011", '"0201011"', "'0201011'"])
def test_a_commune_code_keeps_its_leading_zero(code: str) -> None:
    commune = case_of(f"needs: [truancy]\ncommune: {code}\n").case.commune
    assert commune is not None
    assert commune.code.text == "0201011"


@pytest.mark.parametrize(
    ("written", "present"),
    [
        *(("yes", [True]), ("TAK", [True]), ("True", [True])),
        *(("no", [False]), ("Nie", [False]), ("false", [False])),
        *(("unknown", []), ("nie wiadomo", []), ("Unknown", [])),
    ],
)
def test_an_answer_is_yes_no_or_unknown_in_either_language(written: str, present: list[bool]) -> None:
    found = case_of(f"needs: [truancy]\ncircumstances: {{tenant: {written}}}\n")
    assert [answer.present for answer in found.case.answers] == present


@pytest.mark.parametrize("word", ["truancy", "Wagary", '"  truancy "', "TRUANCY"])
def test_a_need_is_found_by_key_or_label(word: str) -> None:
    assert [need.key for need in case_of(f"needs: [{word}]\n").case.needs] == ["truancy"]


# --- the files of the package and of a user


def test_the_files_of_the_package_have_no_problems() -> None:
    assert check_files(tuple(sorted(MODELS.glob("*.yaml")))) == ()


def test_checking_one_file_uses_the_package_for_the_others() -> None:
    assert check_files((MODELS / "city.yaml",)) == ()


def test_checking_no_file_finds_nothing() -> None:
    assert check_files(()) == ()


def test_problems_of_several_files_are_sorted_by_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"format: kooperacja_model/catalogue/1\nneedz: 1\n")
    (tmp_path / "a.yaml").write_bytes(b"z: 1\n")
    (tmp_path / "c.yaml").write_bytes(b"\xff")
    problems = check_files((tmp_path / "c.yaml", tmp_path / "b.yaml", tmp_path / "a.yaml"))
    assert [Path(problem.file).name for problem in problems][:2] == ["a.yaml", "b.yaml"]
    assert Path(problems[-1].file).name == "c.yaml"
    assert list(problems) == sorted(problems, key=lambda p: (p.file, p.line, p.column))


def test_a_given_catalogue_is_used_to_check_the_given_files(tmp_path: Path) -> None:
    paths = []
    for kind in ("catalogue", "duties", "rules", "model", "case"):
        paths.append(tmp_path / f"{kind}.yaml")
        paths[-1].write_bytes(small(kind))
    assert check_files(tuple(paths)) == ()
    (tmp_path / "case.yaml").write_bytes(b"format: kooperacja_model/case/1\nneeds: [lonely_senior]\n")
    assert [problem.code for problem in check_files(tuple(paths))] == ["unknown_reference"]


def test_a_given_catalogue_that_the_rules_of_the_package_do_not_fit_is_reported(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_bytes(small("catalogue"))
    problems = check_files((tmp_path / "catalogue.yaml",))
    assert {problem.file for problem in problems} == {"models/duties.yaml", "models/rules.yaml"}


def test_a_model_is_not_blamed_for_a_broken_rules_file(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_bytes(b"format: kooperacja_model/rules/1\nrules: 1\n")
    problems = check_files((tmp_path / "rules.yaml", MODELS / "city.yaml"))
    assert [(Path(problem.file).name, problem.code) for problem in problems] == [("rules.yaml", "not_mapping")]


def test_nothing_of_a_file_of_unknown_kind_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"format: kasse\nKowalska: [Kowalska]\nKowalska: x\n")
    assert "Kowalska" not in repr(check_files((tmp_path / "f.yaml",)))


def test_a_case_file_is_loaded_with_the_catalogue_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("format: kooperacja_model/case/1\nneeds: [truancy]\n", "utf-8")
    assert [need.key for need in load_case(tmp_path / "case.yaml").case.needs] == ["truancy"]
    assert load_case(str(tmp_path / "case.yaml")) == load_case(tmp_path / "case.yaml")


def test_a_wrong_case_file_raises_all_its_problems(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("format: kooperacja_model/case/1\nneeds: [a, b]\n", "utf-8")
    with pytest.raises(ReadError) as caught:
        load_case(tmp_path / "case.yaml")
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, 9), (2, 12)]
    assert str(caught.value).count("\n") == 1


def test_a_missing_file_is_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_case(tmp_path / "nowhere.yaml")


def test_the_catalogue_and_the_models_are_read_once() -> None:
    assert load_catalogue() is load_catalogue()
    assert load_model("city") is load_models()["city"]


def test_there_are_three_models_and_no_other() -> None:
    assert list(load_models()) == ["rural", "urban_rural", "city"]
    with pytest.raises(KooperacjaError, match="unknown model; known are rural, urban_rural, city"):
        load_model("village")


def test_the_models_are_found_in_the_package_or_in_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "src" / "kooperacja_model"

    def pretend(package: str) -> Path:
        return source

    monkeypatch.setattr(reading_files, "files", pretend)
    monkeypatch.setattr(reading_files, "__file__", str(source / "reading" / "files.py"))
    with pytest.raises(KooperacjaError, match="install the package again"):
        reading_files.models_folder()
    (tmp_path / "models").mkdir()
    with pytest.raises(KooperacjaError, match="install the package again"):
        reading_files.models_folder()
    (tmp_path / "pyproject.toml").write_text("")
    assert reading_files.models_folder() == (tmp_path / "models").resolve()
    (source / "models").mkdir(parents=True)
    assert reading_files.models_folder() == source / "models"


# --- look-up


def test_a_term_is_found_by_key_label_or_abbreviation() -> None:
    catalogue = load_catalogue()
    words = ["pcpr", "PCPR", "powiatowe centrum pomocy rodzinie", "Powiatowe_Centrum pomocy  RODZINIE"]
    assert {catalogue.find("institution_types", word).key for word in words} == {"pcpr"}


@pytest.mark.parametrize(
    ("section", "kind", "listed"),
    [
        ("institution_types", "institution type", "institutions"),
        ("competences", "competence", "competences"),
        ("needs", "need", "needs"),
        ("areas", "area", "needs|circumstances|institutions|..."),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_kind(section: str, kind: str, listed: str) -> None:
    with pytest.raises(KooperacjaError) as caught:
        load_catalogue().find(section, "99999999999", number=3)
    assert str(caught.value) == f"unknown {kind} (no. 3 of those given); list them with `kooperacja list {listed}`"


def test_a_key_wins_over_a_label_and_a_label_over_an_abbreviation() -> None:
    text = small("catalogue").decode()
    text = text.replace("{pl: szkoła, en: school}", "{pl: centre, en: family centre}")
    catalogue, problems = read_catalogue(text.encode(), "f")
    assert catalogue is not None, told(problems)
    assert catalogue.find("institution_types", "centre").key == "centre"
    assert catalogue.find("institution_types", "family centre").key == "family_centre"


def test_a_word_of_several_sections_gives_all_its_terms() -> None:
    catalogue: Catalogue = small_catalogue()
    assert [type(term).__name__ for term in catalogue.look_up("ubóstwo")] == ["Reason"]
    found = catalogue.look_up("oświata")
    assert [(type(term).__name__, term.key) for term in found] == [("Sector", "education")]
    with pytest.raises(KooperacjaError, match="unknown term; did you mean 'education'"):
        catalogue.look_up("osviata")


def test_what_follows_from_a_circumstance_is_followed_to_the_end() -> None:
    text = small("catalogue").decode()
    text = text.replace("implies: [child_under_18]\n  child", "implies: [child_under_18, tenant]\n  child")
    text = text.replace("one_of: home\n  owner", "one_of: home\n    implies: [child_under_18]\n  owner")
    catalogue, problems = read_catalogue(text.encode(), "f")
    assert catalogue is not None, told(problems)
    assert dict(catalogue.follows["child_under_3", True]) == {
        "child_under_3": True,
        "child_under_18": True,
        "tenant": True,
        "owner": False,
    }
    assert dict(catalogue.follows["child_under_18", False]) == {
        "child_under_18": False,
        "child_under_3": False,
        "tenant": False,
    }


def test_the_holders_of_a_competence_are_the_types_that_name_it() -> None:
    assert dict(small_catalogue().holders) == {
        "social_work": ("centre",),
        "cash_benefits": ("centre", "family_centre"),
        "teaching": ("school",),
        "volunteering": ("ngo_local",),
        "shelter": (),
    }


def every_value(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from every_value(value)
    elif isinstance(node, list):
        for value in node:
            yield from every_value(value)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_nodes_have_the_keys_and_texts_that_yaml_reads(path: Path) -> None:
    def texts(node: Node) -> Iterator[str]:
        if isinstance(node, Scalar):
            yield node.text
        elif isinstance(node, Items):
            for item in node.items:
                yield from texts(item)
        else:
            for key, value in node.pairs:
                yield key.text
                yield from texts(value)

    data = path.read_bytes()
    expected = list(every_value(yaml.load(data, Loader=yaml.BaseLoader)))
    assert list(texts(nodes_of(data))) == expected
