"""Errors, labels, places and tables: plain values that can be compared, hashed, copied and pickled."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kooperacja_model import (
    CaseError,
    CommuneError,
    KooperacjaError,
    Label,
    NetworkError,
    NoPublishedModelError,
    Place,
    Problem,
    ReadError,
    UnknownTermError,
    errors,
)
from kooperacja_model.catalogue import fold, polish_order
from kooperacja_model.errors import ScenarioError, TableError
from kooperacja_model.provenance import Table

PROBLEMS = (Problem("a.yaml", 1, 2, "a tab", "use spaces", "tab"), Problem("a.yaml", 3, 1, "b", "c", "d"))
ERRORS: dict[str, tuple[KooperacjaError, type[Exception]]] = {
    "KooperacjaError": (KooperacjaError("unknown model"), Exception),
    "ReadError": (ReadError(PROBLEMS), ValueError),
    "UnknownTermError": (UnknownTermError("need", ("truancy", "poverty"), 2), LookupError),
    "CaseError": (CaseError("case: no need is given; name one"), ValueError),
    "CommuneError": (CommuneError("TERYT code: wrong; correct it"), ValueError),
    "NetworkError": (NetworkError("institution 'a': it has no type; give at least one"), ValueError),
    "ScenarioError": (ScenarioError("the population has no table; give one"), ValueError),
    "TableError": (TableError(("column 'x' is no key; rename it", "no column names a need; add one")), ValueError),
    "NoPublishedModelError": (NoPublishedModelError("a town; choose"), ValueError),
}


def test_every_error_of_the_package_is_tested_here() -> None:
    kinds = {name for name in errors.__all__ if name.endswith("Error")}
    assert set(ERRORS) == kinds


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_an_error_of_the_package_and_of_python(name: str) -> None:
    error, builtin = ERRORS[name]
    assert type(error).__name__ == name
    assert isinstance(error, KooperacjaError)
    assert isinstance(error, builtin)


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_survives_pickling_and_copying(name: str, copied: object) -> None:
    error, _ = ERRORS[name]
    assert callable(copied)
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def test_a_read_error_lists_its_problems_one_a_line() -> None:
    assert str(ReadError(PROBLEMS)) == "a.yaml:1:2: a tab; use spaces\na.yaml:3:1: b; c"
    assert ReadError(PROBLEMS).problems == PROBLEMS


@pytest.mark.parametrize(
    ("nearest", "number", "message"),
    [
        ((), 0, "unknown need; list them with `kooperacja list needs`"),
        ((), 3, "unknown need (no. 3 of those given); list them with `kooperacja list needs`"),
        (("truancy",), 0, "unknown need; did you mean 'truancy'?"),
        (("truancy", "poverty"), 1, "unknown need (no. 1 of those given); did you mean 'truancy' or 'poverty'?"),
    ],
)
def test_an_unknown_term_says_what_to_do(nearest: tuple[str, ...], number: int, message: str) -> None:
    error = UnknownTermError("need", nearest, number)
    assert str(error) == message
    assert (error.kind, error.nearest, error.number) == ("need", nearest, number)


lines = st.integers(1, 20)
problems = st.builds(
    Problem, st.sampled_from("ab"), lines, lines, what=st.just("a"), todo=st.just("b"), code=st.just("c")
)


@given(st.lists(problems))
def test_problems_are_ordered_by_file_then_line_then_column(found: list[Problem]) -> None:
    assert sorted(found) == sorted(found, key=lambda p: (p.file, p.line, p.column))


def test_a_problem_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        PROBLEMS[0].line = 2  # type: ignore[misc]


def test_a_label_has_two_languages() -> None:
    assert (Label("szkoła", "school").text("pl"), Label("szkoła", "school").text("en")) == ("szkoła", "school")


def test_a_place_is_written_as_file_line_and_column() -> None:
    assert str(Place("models/rules.yaml", 12, 3)) == "models/rules.yaml:12:3"


# --- tables

tables = st.dictionaries(st.text(max_size=3), st.integers(), max_size=6)


@given(tables)
def test_a_table_is_the_mapping_it_was_made_of(items: dict[str, int]) -> None:
    table = Table(items)
    assert isinstance(table, Mapping)
    assert dict(table) == items
    assert list(table) == list(items)
    assert len(table) == len(items)
    assert [table.rank(key) for key in items] == list(range(len(items)))
    assert repr(table) == f"Table({items!r})"


@given(tables)
def test_equal_tables_have_the_same_hash_and_survive_pickling(items: dict[str, int]) -> None:
    table = Table(items)
    again = pickle.loads(pickle.dumps(table))
    assert (again, hash(again), list(again)) == (table, hash(table), list(table))
    assert copy.deepcopy(table) == copy.copy(table) == table


@given(tables, tables)
def test_tables_are_equal_if_they_have_the_same_items_in_the_same_order(
    one: dict[str, int], two: dict[str, int]
) -> None:
    assert (Table(one) == Table(two)) == (list(one.items()) == list(two.items()))


def test_the_order_of_a_table_matters() -> None:
    assert Table({"a": 1, "b": 2}) != Table({"b": 2, "a": 1})


def test_a_table_is_no_dict() -> None:
    assert Table({"a": 1}) != {"a": 1}


def test_a_table_does_not_follow_the_dict_it_was_made_of() -> None:
    items = {"a": 1}
    table = Table(items)
    items["b"] = 2
    assert list(table) == ["a"]


def test_a_table_cannot_be_changed() -> None:
    table = Table({"a": 1})
    with pytest.raises(AttributeError, match="a Table cannot be changed"):
        table._items = {}
    with pytest.raises(AttributeError, match="a Table cannot be changed"):
        del table._items
    with pytest.raises(AttributeError, match="a Table cannot be changed"):
        table.other = 1
    with pytest.raises(TypeError):
        table["b"] = 2  # type: ignore[index]
    assert dict(table) == {"a": 1}


def test_a_table_of_changeable_values_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(Table({"a": []}))


def test_a_missing_key_is_the_usual_error() -> None:
    with pytest.raises(KeyError):
        Table({"a": 1})["b"]


# --- folding and order of Polish words


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Łódź", "lodz"),
        ("ŻÓŁĆ gęślą JAŹŃ", "zolc gesla jazn"),
        ("  a_b - c ", "a b c"),
        ("e\u0301", "e"),
        ("\u00e9", "e"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\U0001d54a", "s"),
        ("", ""),
    ],
)
def test_a_word_is_folded_to_plain_small_letters(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(st.text())
def test_folding_again_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


def test_polish_words_are_in_the_order_of_the_polish_alphabet() -> None:
    ordered = list("aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż")
    assert sorted(set(ordered), key=polish_order) == ordered
    words = ["cel", "Ćma", "lato", "łan", "łąka", "zupa", "źle", "żaba"]
    assert sorted(set(words), key=polish_order) == words
