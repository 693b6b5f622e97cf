"""Lists of operations say what the naive evaluator says, whatever is known; a column is a Python integer here."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import naive
import pytest
from random_families import expected_columns, random_families
from small import small_model

from kooperacja_model.batch import Program, compile_model
from kooperacja_model.batch.dag import AND, FALSE, OR, TRUE
from kooperacja_model.batch.linear import Input, Linear, State, linearise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from random_cases import RandomCase

FEATURES = {
    None: {},
    "1816122": {"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False},
    "3021163": {"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False},
    "2416021": {"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False},
    "2475011": {"land_powiat": False, "city_with_powiat_rights": True, "joint_ops_pcpr": True},
    "1465011": {"land_powiat": False, "city_with_powiat_rights": True, "joint_ops_pcpr": False},
}


def told(program: Program, case: RandomCase) -> dict[str, bool]:
    """What is given of a case: all needs, and whatever else is known."""
    features = {key: value for key, value in FEATURES[case.commune].items() if key in program.features}
    return {**{key: key in case.needs for key in program.needs}, **case.circumstances, **features}


def states_of(program: Program, rows: Sequence[Mapping[str, bool]]) -> tuple[State, ...]:
    """The narrowest state of each fact that holds what is given."""
    states = []
    for key in program.facts:
        values = {row.get(key) for row in rows}
        if values == {None}:
            states.append(State.UNKNOWN)
        elif values == {False}:
            states.append(State.ABSENT)
        else:
            states.append(State.OPEN if None in values else State.KNOWN)
    return tuple(states)


def run(program: Program, linear: Linear, rows: Sequence[Mapping[str, bool]]) -> tuple[list[set[str]], set[int]]:
    """The names of the columns that are true in each row, and the rows that are in conflict."""

    def column(read: Input) -> int:
        key = program.facts[read.fact]
        values = [row.get(key) is not None if read.valid else bool(row.get(key)) for row in rows]
        return sum(1 << number for number, value in enumerate(values) if value)

    ones = (1 << len(rows)) - 1
    registers: dict[int, int] = {number: column(read) for number, read in enumerate(linear.inputs)}
    registers[len(linear.inputs)] = ones
    for operation, first, second, target in linear.operations:
        one, other = registers[first], registers[second]
        registers[target] = one & other if operation == AND else one | other if operation == OR else one ^ other
    first_result = len(linear.inputs) + 1
    values = {FALSE: 0, TRUE: ones, **{number: registers[first_result + number] for number in range(linear.results)}}
    names = [
        {
            column.name
            for column, result in zip(program.columns, linear.columns, strict=True)
            if values[result] >> number & 1
        }
        for number in range(len(rows))
    ]
    return names, {number for number in range(len(rows)) if values[linear.conflict] >> number & 1}


@pytest.mark.parametrize("key", naive.MODELS)
@pytest.mark.parametrize("number", [1, 7, 600])
def test_they_agree_with_the_naive_evaluator_with_and_without_unknown_facts(key: str, number: int) -> None:
    program = compile_model(key)
    for seed, complete in (("known", True), ("open", False)):
        cases = random_families(f"{seed} {key} {number}", number, complete)
        rows = [told(program, case) for case in cases]
        found, conflicts = run(program, linearise(program, states_of(program, rows), program.columns), rows)
        assert found == [expected_columns(key, case) for case in cases]
        assert conflicts == set()


@pytest.mark.parametrize("key", naive.MODELS)
def test_a_wider_state_than_needed_changes_nothing(key: str) -> None:
    program = compile_model(key)
    cases = random_families(f"wide {key}", 200, complete=True)
    rows = [told(program, case) for case in cases]
    wide = tuple(State.KNOWN if fact < len(program.needs) else State.OPEN for fact in range(len(program.facts)))
    found, _ = run(program, linearise(program, wide, program.columns), rows)
    assert found == [expected_columns(key, case) for case in cases]


def all_known(program: Program) -> tuple[State, ...]:
    return (State.KNOWN,) * len(program.facts)


def some_open(program: Program) -> tuple[State, ...]:
    return tuple(State.KNOWN if fact < len(program.needs) else State.OPEN for fact in range(len(program.facts)))


def test_if_everything_is_known_nothing_is_conditional_and_costs_nothing() -> None:
    whole, sure = compile_model("rural"), compile_model("rural", strengths=["required", "advised"])
    linear = linearise(whole, all_known(whole), whole.columns)
    for column, result in zip(whole.columns, linear.columns, strict=True):
        if column.strength == "conditional":
            assert result == FALSE
    columns = tuple(column for column in whole.columns if column.strength != "conditional")
    assert len(linear.operations) == len(linearise(whole, all_known(whole), columns).operations)
    assert len(linear.operations) == len(linearise(sure, all_known(sure), sure.columns).operations)


def test_only_what_the_columns_need_is_done() -> None:
    program = compile_model("rural")
    one = program.select(["sector__health__required"])
    few, all_ = (linearise(program, all_known(program), columns) for columns in (one, program.columns))
    assert len(few.operations) < len(all_.operations) / 5
    assert len(few.inputs) < len(all_.inputs)


def test_facts_that_are_absent_or_unknown_everywhere_are_not_read() -> None:
    program = compile_model(small_model(), outputs=["competences"])
    states = list(all_known(program))
    states[program.facts.index("low_income")] = State.ABSENT
    states[program.facts.index("owner")] = State.UNKNOWN
    linear = linearise(program, tuple(states), program.columns)
    assert {program.facts[read.fact] for read in linear.inputs} & {"low_income", "owner"} == set()
    assert [column.name for column, row in zip(program.columns, linear.columns, strict=True) if row >= 0] == [
        "competence__teaching__required"
    ]


def test_columns_that_are_equal_have_one_result() -> None:
    program = compile_model(small_model(), outputs=["competences"])
    linear = linearise(program, all_known(program), program.columns)
    results = dict(zip((column.name for column in program.columns), linear.columns, strict=True))
    assert results["competence__social_work__required"] == results["competence__cash_benefits__required"] >= 0


def test_a_column_that_is_always_true_is_constant() -> None:
    model = small_model()
    program = compile_model(model, outputs=["duty__T_SCHOOL__conditional"])
    unknown = tuple(State.KNOWN if fact < 1 else State.UNKNOWN for fact in range(len(program.facts)))
    assert linearise(program, unknown, program.columns).columns == (TRUE,)


@pytest.mark.parametrize("states", [all_known, some_open])
def test_registers_are_written_before_they_are_read_and_used_again(states: object) -> None:
    assert callable(states)
    program = compile_model("city")
    linear = linearise(program, states(program), program.columns)
    first_result = len(linear.inputs) + 1
    written = set(range(first_result))
    writes: Counter[int] = Counter()
    results = range(first_result, first_result + linear.results)
    for _, first, second, target in linear.operations:
        assert {first, second} <= written
        assert target >= first_result
        assert target not in results or target not in written or target in (first, second)
        written.add(target)
        writes[target] += 1
    assert written.issuperset(results)
    temporaries = [target for target in writes if target not in results]
    assert len(temporaries) == linear.temporaries
    assert max(writes[target] for target in temporaries) > 5


class TestConflicts:
    def test_rows_whose_facts_contradict_each_other_are_marked(self) -> None:
        program = compile_model(small_model(), outputs=[])
        none = dict.fromkeys(program.needs, False)
        rows = [
            none,
            {**none, "truancy": True, "child_under_18": False},
            {**none, "truancy": True, "child_under_18": True},
            {**none, "child_under_3": True, "child_under_18": False},
            {**none, "tenant": True, "owner": True},
            {**none, "tenant": True, "owner": False},
            {**none, "truancy": True},
        ]
        linear = linearise(program, states_of(program, rows), program.columns)
        assert run(program, linear, rows)[1] == {1, 3, 4}

    def test_a_table_that_cannot_contradict_itself_is_not_looked_through(self) -> None:
        program = compile_model(small_model(), outputs=[])
        states = tuple(State.KNOWN if key in program.needs else State.UNKNOWN for key in program.facts)
        assert linearise(program, states, program.columns) == Linear((), (), 0, 0, (), FALSE)

    @pytest.mark.parametrize("key", naive.MODELS)
    def test_two_facts_that_the_catalogue_excludes_conflict_in_any_table(self, key: str) -> None:
        program = compile_model(key, outputs=[])
        needs = dict.fromkeys(program.needs, False)
        rows = []
        for pair in program.conflicts():
            rows.append({**needs, **{program.facts[one // 2]: one % 2 == 0 for one in pair}})
        linear = linearise(program, states_of(program, rows), program.columns)
        assert run(program, linear, rows)[1] == set(range(len(rows)))
        assert len(rows) > 20

    @pytest.mark.parametrize("key", naive.MODELS)
    @pytest.mark.parametrize("share", [0.0, 0.3])
    def test_the_search_may_use_what_the_columns_use(self, key: str, share: float) -> None:
        program = compile_model(key, outputs=["competences"])
        rng = Random(f"conflicts {key} {share}")
        openable = {fact for fact in program.facts[len(program.needs) :] if rng.random() < 2 * share}
        rows = [
            {fact: rng.random() < 0.04 for fact in program.facts if fact not in openable or rng.random() < 0.5}
            for _ in range(500)
        ]
        pairs = [[(program.facts[one // 2], one % 2 == 0) for one in pair] for pair in program.conflicts()]
        expected = {number for number, row in enumerate(rows) if any({*pair} <= row.items() for pair in pairs)}
        linear = linearise(program, states_of(program, rows), program.columns)
        assert run(program, linear, rows)[1] == expected
        assert 50 < len(expected) < 490
