"""Columns of bits: the same answer for every size, block and state, and nothing after the last family."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import naive
import numpy as np
import pytest
from random_families import expected_columns, random_families
from small import small_model
from test_batch_linear import told

from kooperacja_model.batch import Evaluator, Program, compile_model
from kooperacja_model.batch.columns import Bits, Facts
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.linear import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZES = (0, 1, 7, 8, 9, 63, 64, 65, 511, 512, 513, 1000)


def packed(values: Sequence[bool]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.packbits(np.array(values, dtype=bool), bitorder="little")


def facts_of(program: Program, rows: Sequence[Mapping[str, bool]]) -> Facts:
    """The given facts of some rows, in the narrowest form."""
    values, valid, absent = {}, {}, set()
    for number, key in enumerate(program.facts):
        column = [row.get(key) for row in rows]
        if all(value is None for value in column):
            continue
        if not any(column) and None not in column:
            absent.add(number)
            continue
        values[number] = packed([bool(value) for value in column])
        if None in column:
            valid[number] = packed([value is not None for value in column])
    return Facts(len(rows), values, valid, frozenset(absent))


def names(program: Program, bits: Bits) -> list[set[str]]:
    """The names of the columns that are true in each row, read bit by bit."""
    found: list[set[str]] = [set() for _ in range(bits.rows)]
    for column, row in zip(program.columns, bits.columns, strict=True):
        for number in range(bits.rows):
            if row == TRUE or (row >= 0 and bits.matrix[row, number // 8] >> (number % 8) & 1):
                found[number].add(column.name)
    return found


@pytest.mark.parametrize("key", naive.MODELS)
@pytest.mark.parametrize("complete", [True, False])
def test_they_agree_with_the_naive_evaluator_on_some_thousand_cases(key: str, complete: bool) -> None:
    program = compile_model(key)
    cases = random_families(f"columns {key} {complete}", 1200, complete)
    bits = Evaluator(program).run(facts_of(program, [told(program, case) for case in cases]))
    assert names(program, bits) == [expected_columns(key, case) for case in cases]


@pytest.mark.parametrize("complete", [True, False])
def test_every_size_gives_the_same_rows(complete: bool) -> None:
    program = compile_model("city", outputs=["sectors", "duties"])
    rows = [told(program, case) for case in random_families(f"sizes {complete}", max(SIZES), complete)]
    evaluator = Evaluator(program)
    whole = names(program, evaluator.run(facts_of(program, rows)))
    assert len(whole) == max(SIZES)
    for size in SIZES:
        assert names(program, evaluator.run(facts_of(program, rows[:size]))) == whole[:size]


@pytest.mark.parametrize("size", SIZES)
def test_no_bit_is_set_after_the_last_family(size: int) -> None:
    program = compile_model(small_model())
    ones = np.full(-(-size // 8), 255, dtype=np.uint8)
    facts = Facts(size, dict.fromkeys(range(len(program.facts)), ones), {3: ones}, frozenset())
    bits = Evaluator(program).run(facts)
    assert bits.matrix.shape[1] % 64 == 0
    assert np.bitwise_count(bits.matrix).sum(axis=1).max(initial=0) <= size
    assert not np.unpackbits(bits.matrix, axis=1, bitorder="little")[:, size:].any()


def test_small_blocks_give_the_same_bits_as_one_large_block() -> None:
    program = compile_model("rural", outputs=["competences"])
    facts = facts_of(program, [told(program, case) for case in random_families("blocks", 1000)])
    large, small = Evaluator(program).run(facts), Evaluator(program, block=64).run(facts)
    assert large.columns == small.columns
    assert (large.matrix == small.matrix).all()


@pytest.mark.parametrize("size", [1, 511, 512, 513, 1000])
def test_blocks_one_after_the_other_are_the_parts_of_the_whole(size: int) -> None:
    program = compile_model("rural", outputs=["competences"])
    facts = facts_of(program, [told(program, case) for case in random_families("parts", size)])
    evaluator = Evaluator(program, block=64)
    whole = names(program, evaluator.run(facts))
    for _ in range(2):
        starts, found = [], []
        for start, bits in evaluator.blocks(facts):
            starts.append(start)
            found += names(program, bits)
            assert bits.matrix.shape[1] % 64 == 0
            assert not np.unpackbits(bits.matrix, axis=1, bitorder="little")[:, bits.rows :].any()
        assert starts == list(range(0, size, 512))
        assert found == whole


def test_each_block_is_told() -> None:
    program = compile_model(small_model())
    ticks: list[int] = []
    facts = Facts(1100, {0: np.full(138, 255, dtype=np.uint8)}, {}, frozenset())
    Evaluator(program, block=64).run(facts, ticks.append)
    assert ticks == [512, 512, 76]


def test_some_columns_can_be_run_alone() -> None:
    program = compile_model("rural")
    facts = facts_of(program, [told(program, case) for case in random_families("alone", 300)])
    columns = program.select(["sectors"], ["required"])
    part, whole = Evaluator(program, columns).run(facts), Evaluator(program).run(facts)
    assert len(part.matrix) < len(whole.matrix)
    places = dict(zip(program.columns, whole.columns, strict=True))
    for column, row in zip(columns, part.columns, strict=True):
        if row == FALSE:
            assert places[column] == FALSE
        else:
            assert (part.matrix[row] == whole.matrix[places[column]]).all()


def test_a_fact_that_was_open_once_stays_open_so_that_a_stream_needs_few_programs() -> None:
    program = compile_model("rural", outputs=["sectors"])
    cases = random_families("stream", 400)
    rows = [told(program, case) for case in cases]
    evaluator = Evaluator(program)
    rng = Random("stream")
    linears, found = [], []
    for start in range(0, 400, 8):
        part = facts_of(program, rows[start : start + 8])
        values = {number: part.values.get(number, np.zeros(1, dtype=np.uint8)) for number in range(len(program.facts))}
        valid = {
            number: part.valid.get(number, np.full(1, 255 * (number in {*part.values, *part.absent}), dtype=np.uint8))
            for number in range(len(program.needs), len(program.facts))
            if number not in {*part.values, *part.absent} or number in part.valid or rng.random() < 0.5
        }
        facts = Facts(part.rows, values, valid, frozenset())
        linears.append(evaluator.linear(facts))
        found += names(program, evaluator.run(facts))
    wanted = {column.name for column in program.columns}
    assert found == [expected_columns("rural", case) & wanted for case in cases]
    assert len({id(linear) for linear in linears[10:]}) == 1


def test_the_state_of_a_fact_is_what_is_said_of_it() -> None:
    bits = np.zeros(1, dtype=np.uint8)
    facts = Facts(3, {0: bits, 1: bits}, {1: bits}, frozenset({2}))
    assert [facts.state(fact) for fact in range(4)] == [State.KNOWN, State.OPEN, State.ABSENT, State.UNKNOWN]


def test_conflicts_are_marked_and_nothing_else() -> None:
    program = compile_model(small_model())
    rows = [{"low_income": True, "truancy": False, "tenant": True, "owner": number % 3 == 0} for number in range(100)]
    bits = Evaluator(program).run(facts_of(program, rows))
    marked = np.unpackbits(bits.matrix[bits.conflict], bitorder="little").nonzero()[0]
    assert marked.tolist() == list(range(0, 100, 3))
