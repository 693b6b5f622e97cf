"""Promise "total": any bytes give a value or problems with their places, never anything else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from small import KINDS, read, small, small_catalogue

from kooperacja_model import Problem, ReadError, load_catalogue, load_model
from kooperacja_model.reading import nodes
from kooperacja_model.reading.case import read_case
from kooperacja_model.reading.files import _shared
from kooperacja_model.reading.model import read_model
from kooperacja_model.reading.nodes import Node, Problems, read_nodes

MODELS = Path(__file__).parents[1] / "models"
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

YAML_PARTS = (
    *(
        "a",
        "b",
        ": ",
        ":",
        "- ",
        "-",
        "\n",
        "\n ",
        "\n  ",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        '"',
        "'",
        "? ",
        "?",
        "#",
        " #",
    ),
    *("|", ">", "|\n  x", "~", "&a", "*a", "!t ", "!", "---", "\n---\n", "\n...\n", "\\x41", "\\", "ż", "%", "@", "`"),
    *(
        "<<",
        "  ",
        " ",
        "null",
        ">-\n",
        "|2\n",
        "\r\n",
        "''",
        "!<x> ",
        ". ",
        "\t",
        "\0",
        "\ufeff",
        "\u2028",
        '"\\ud800"',
    ),
    *(";", "|", "=", "null", "NaN", "1e9", "\\u00e9", '"\\/"', "OPS", "1816122", "201011", "#gmina;", "#", "@a.pl"),
    *('"\\U00110000"', '"\\UFFFFFFFF"', "e\u0301", "\U0001f600", "format: ", "needs", "kooperacja_model/case/1"),
)
yaml_like = st.lists(st.sampled_from(YAML_PARTS), max_size=12).map("".join)


def lines_of(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")


def assert_places_are_in_the_file(problems: tuple[Problem, ...], data: bytes, file: str, kind: str = "") -> None:
    """The position after the last character is in the file; so is the start of a line after the last.

    In a table, line and column are those of a cell.
    """
    lines = [*lines_of(data), ""]
    for problem in problems:
        assert problem.file == file
        assert 1 <= problem.line <= len(lines)
        columns = data.count(b";") if kind == "table" else 0
        assert 1 <= problem.column <= max(len(lines[problem.line - 1]), columns) + 1
        assert str(problem).startswith(f"{file}:{problem.line}:{problem.column}: ")
        assert problem.what
        assert problem.todo
    assert [(p.line, p.column) for p in problems] == sorted((p.line, p.column) for p in problems)


class TestAnyBytesGiveAValueOrProblems:
    @pytest.mark.parametrize("kind", KINDS)
    @given(data=st.binary(max_size=60))
    @quick
    def test_any_bytes(self, kind: str, data: bytes) -> None:
        value, problems = read(kind, data, "any.file")
        assert (value is None) == bool(problems)
        assert_places_are_in_the_file(problems, data, "any.file", kind)

    @pytest.mark.parametrize("kind", KINDS)
    @given(text=yaml_like)
    @quick
    def test_what_looks_like_yaml(self, kind: str, text: str) -> None:
        value, problems = read(kind, text.encode(), "any.file")
        assert (value is None) == bool(problems)
        assert_places_are_in_the_file(problems, text.encode(), "any.file", kind)

    @given(text=yaml_like)
    @settings(quick, max_examples=1_000)
    def test_the_same_with_and_without_libyaml(self, text: str) -> None:
        def read_with(loader: object) -> tuple[Node | None, tuple[Problem, ...]]:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(nodes, "_LOADER", loader)
                problems = Problems("file")
                return read_nodes(text.encode(), problems), problems.sorted()

        assert read_with(getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == read_with(yaml.SafeLoader)


@cache
def head_of_city() -> bytes:
    """The model file of the package up to its rules and one rule."""
    text = (MODELS / "city.yaml").read_text("utf-8")
    head, _, rules = text.partition("\nrules:\n")
    return f"{head}\nrules:\n{rules[: rules.index('sources:')]}sources: [{{basis: design}}]\n".encode()


@cache
def originals() -> dict[str, tuple[str, bytes]]:
    return {**{kind: (kind, small(kind)) for kind in KINDS}, "city": ("city", head_of_city())}


def read_original(kind: str, data: bytes) -> tuple[object, tuple[Problem, ...]]:
    if kind == "city":
        model, problems = read_model(data, "file", *_shared())
        return model, problems.sorted()
    return read(kind, data, "file")


@st.composite
def damaged(draw: st.DrawFn, data: bytes, marks: tuple[str, ...] = ()) -> bytes:
    """A file with one to three small damages, as a hand at an editor makes them."""
    lines = data.decode("utf-8-sig").split("\n")
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(lines) - 1))
        line = lines[number]
        place = draw(st.integers(0, len(line)))
        match draw(st.sampled_from(("delete", "double", "change", "insert", "indent", "dedent", "swap", "cut", "end"))):
            case "delete" if len(lines) > 1:
                del lines[number]
            case "double":
                lines.insert(number, line)
            case "change":
                lines[number] = line[:place] + draw(st.sampled_from((*YAML_PARTS, *marks))) + line[place + 1 :]
            case "insert":
                lines[number] = line[:place] + draw(st.sampled_from((*YAML_PARTS, *marks))) + line[place:]
            case "indent":
                lines[number] = "  " + line
            case "dedent":
                lines[number] = line[1:]
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[number], lines[other] = lines[other], line
            case "cut":
                lines[number] = line[:place]
            case "end":
                del lines[number + 1 :]
    return "\n".join(lines).encode()


class TestADamagedFileGivesAValueOrProblemsWithPlaces:
    @pytest.mark.parametrize("name", [*KINDS, "city"])
    def test_the_undamaged_file_is_good(self, name: str) -> None:
        kind, data = originals()[name]
        value, problems = read_original(kind, data)
        assert value is not None
        assert problems == ()

    @pytest.mark.parametrize("name", [*KINDS, "city"])
    @given(draw=st.data())
    @settings(quick, max_examples=120)
    def test_a_damaged_file(self, name: str, draw: st.DataObject) -> None:
        kind, original = originals()[name]
        data = draw.draw(damaged(original))
        value, problems = read_original(kind, data)
        assert (value is None) == bool(problems)
        assert_places_are_in_the_file(problems, data, "file", kind)


MARK = "Xqzw Kowalska 80010112345"
MARKS = (MARK, f"'{MARK}'", f"{MARK}: ", f"{{{MARK}: {MARK}}}", f"[{MARK}]", f'"{MARK}', f"\n{MARK}: 1\n", f"*{MARK}")
WORDS = tuple(MARK.split())


@cache
def vocabulary_words() -> frozenset[str]:
    """Words of the vocabulary and of the format; none of them is a word of the mark."""
    return frozenset(small("case").decode().split()) | frozenset(small_catalogue().needs)


class TestNoMessageAboutACaseRepeatsTheFile:
    def test_the_mark_is_no_word_of_the_vocabulary(self) -> None:
        assert not vocabulary_words() & set(WORDS)

    @given(draw=st.data())
    @settings(quick, max_examples=400)
    def test_a_damaged_case_file(self, draw: st.DataObject) -> None:
        data = draw.draw(damaged(small("case"), MARKS))
        value, problems = read("case", data, "case.yaml")
        assume(value is None)
        error = ReadError(problems)
        told = f"{problems!r} {[str(problem) for problem in problems]} {error} {error!r}"
        assert not [word for word in WORDS if word in told]

    @pytest.mark.parametrize(
        "text",
        [
            f"needs: [{MARK}]",
            f"needs: {MARK}",
            f"needs: [truancy, '{MARK}', '{MARK}']",
            f"needs: [truancy]\n{MARK}: 1",
            f"needs: [truancy]\n{MARK}: 1\n{MARK}: 2",
            f"needs: [truancy]\ncircumstances: {{{MARK}: yes}}",
            f"needs: [truancy]\ncircumstances: {{tenant: {MARK}}}",
            f"needs: [truancy]\ncircumstances: {{? [{MARK}] : yes}}",
            f"needs: [truancy]\ncommune: {MARK}",
            "needs: [truancy]\ncommune: 8001011",
            f"needs: [truancy]\npopulation: {MARK}",
            f"needs: [truancy]\nmodel: {MARK}",
            f"needs: [truancy]\ninvented: {MARK}",
            f"needs: [truancy]\nformat: {MARK}",
            f"needs: [truancy {MARK}",
            f"needs: &{MARK}",
            f"needs: !{MARK} x",
            f"needs: !{MARK}! x",
            f'needs: "{MARK}',
            f"needs: @{MARK}",
        ],
    )
    def test_a_word_of_the_file_in_every_place(self, text: str) -> None:
        value, problems = read("case", f"format: kooperacja_model/case/1\n{text}\n".encode(), "case.yaml")
        assert value is None
        told = f"{problems!r} {ReadError(problems)}"
        assert not [word for word in (*WORDS, "8001011") if word in told]

    @given(word=st.text(min_size=1, max_size=12))
    @example("kowalski")
    @quick
    def test_an_unknown_need_is_told_with_words_of_the_catalogue_only(self, word: str) -> None:
        text = yaml.safe_dump({"format": "kooperacja_model/case/1", "needs": [word]}, allow_unicode=True)
        value, problems = read_case(text.encode("utf-8", "replace"), "case.yaml", load_catalogue())
        assume(value is None)
        nothing, expected = read_case(b"format: kooperacja_model/case/1\nneeds: [0]\n", "case.yaml", load_catalogue())
        assert nothing is None
        quoted = {part for p in problems.sorted() for part in p.todo.split("'")[1::2]}
        assert quoted <= set(load_catalogue().needs)
        if not quoted and problems.found[0].code == "unknown_reference":
            assert problems.found[0].what == expected.found[0].what


def test_the_city_model_of_the_properties_is_that_of_the_package() -> None:
    kind, data = originals()["city"]
    model, _ = read_original(kind, data)
    assert getattr(model, "key", None) == load_model("city").key
