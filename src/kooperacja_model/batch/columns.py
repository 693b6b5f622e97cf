"""Runs a program over columns of bits with NumPy, block by block.

A column is an array of bytes; bit `i` of the column is bit `i % 8` of byte `i // 8`, as in Arrow. A
block of each register stays in the cache while all operations run over it, and nothing is allocated
from block to block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import call
from typing import NamedTuple

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.linear import Linear, State, linearise
from kooperacja_model.batch.program import Column, Program

__all__ = ["BLOCK", "Bits", "Bytes", "Evaluator", "Facts"]

Bytes = NDArray[np.uint8]

BLOCK = 65536
"""Bytes of each register that are worked on at a time: 524,288 families."""

_OPERATIONS: tuple[np.ufunc, ...] = (np.bitwise_and, np.bitwise_or, np.bitwise_xor)


@frozen(eq=False)
class Facts:
    """What is given of some families, one bit for each.

    Attributes:
        rows: number of families.
        values: by number of the fact, whether it is present, from bit 0 of the array on.
        valid: by number of the fact, whether that is known; if it is missing, it always is.
        absent: facts without values that are absent in all rows; the others are unknown.
    """

    rows: int
    values: Mapping[int, Bytes]
    valid: Mapping[int, Bytes]
    absent: frozenset[int]

    def state(self, fact: int) -> State:
        """What is said of a fact."""
        if fact in self.values:
            return State.OPEN if fact in self.valid else State.KNOWN
        return State.ABSENT if fact in self.absent else State.UNKNOWN


class Calls(NamedTuple):
    """Operations as functions to call, one after the other.

    Attributes:
        functions: the function of each.
        registers: the first register that each takes, the second, and the one that it writes.
    """

    functions: tuple[np.ufunc, ...]
    registers: tuple[tuple[int, ...], ...]

    def run(self, registers: Sequence[Bytes]) -> None:
        """Call them all; the loop is left to C, as each call takes little more time than a step of one in Python."""
        arguments = (map(registers.__getitem__, numbers) for numbers in self.registers)
        deque(map(call, self.functions, *arguments), maxlen=0)


@frozen(eq=False)
class Bits:
    """The answer for some families.

    Attributes:
        rows: number of families.
        columns: for each column the row of `matrix` with its bits, or `FALSE` or `TRUE` if it is constant.
        conflict: the row of `matrix` that marks families whose facts contradict each other, or `FALSE`.
        matrix: bits, all zero after the last family; its width is a multiple of 64 bytes.
    """

    rows: int
    columns: tuple[int, ...]
    conflict: int
    matrix: Bytes


class Evaluator:
    """Runs one program over any number of tables.

    Args:
        program: the program.
        columns: which of its columns; all of them if not given.
        block: bytes of each register that are worked on at a time, a multiple of 64.
    """

    def __init__(self, program: Program, columns: Sequence[Column] | None = None, block: int = BLOCK) -> None:
        self.program = program
        self.columns = program.columns if columns is None else tuple(columns)
        self.block = block
        self._open: set[int] = set()
        self._ones: Bytes = np.full(block, 255, dtype=np.uint8)
        self._temporaries: Bytes = np.empty((0, 0), dtype=np.uint8)
        self._results: Bytes = np.empty((0, 0), dtype=np.uint8)

    def linear(self, facts: Facts) -> Linear:
        """The operations for a table like this.

        A fact that was unknown somewhere is from then on taken for one that can be, so that a long
        stream does not need new operations for every batch.
        """
        return self._plan(facts)[0]

    def _plan(self, facts: Facts) -> tuple[Linear, Calls]:
        self._open |= facts.valid.keys()
        states = tuple(
            State.OPEN if fact in self._open and fact in facts.values else facts.state(fact)
            for fact in range(len(self.program.facts))
        )
        return _plan(self.program, states, self.columns)

    def run(self, facts: Facts, tick: Callable[[int], None] | None = None) -> Bits:
        """The answer for all families of a table; `tick` is called with the number of families of each block."""
        linear, calls = self._plan(facts)
        matrix = np.empty((linear.results, _padded(-(-facts.rows // 8))), dtype=np.uint8)
        for start, stop in self._execute(linear, calls, facts, lambda start, stop: matrix[:, start:stop]):
            if tick is not None:
                tick(min(8 * stop, facts.rows) - 8 * start)
        return _cut(Bits(facts.rows, linear.columns, linear.conflict, matrix))

    def blocks(self, facts: Facts) -> Iterator[tuple[int, Bits]]:
        """The first family of each block and the answer for the block, which the next one overwrites."""
        linear, calls = self._plan(facts)
        self._results = results = self._room(self._results, linear.results, facts)
        for start, stop in self._execute(linear, calls, facts, lambda start, stop: results[:, : stop - start]):
            matrix = results[:, : _padded(stop - start)]
            rows = min(8 * stop, facts.rows) - 8 * start
            yield 8 * start, _cut(Bits(rows, linear.columns, linear.conflict, matrix))

    def _room(self, had: Bytes, registers: int, facts: Facts) -> Bytes:
        """Registers for the blocks of a table, the ones that were there before if they will do."""
        width = min(self.block, _padded(-(-facts.rows // 8)))
        if len(had) == registers and had.shape[1] >= width:
            return had
        return np.empty((registers, width), dtype=np.uint8)

    def _execute(
        self, linear: Linear, calls: Calls, facts: Facts, results: Callable[[int, int], Bytes]
    ) -> Iterator[tuple[int, int]]:
        """Run all operations over each block; yields the first byte of the block and the one after its last."""
        size = -(-facts.rows // 8)
        asked = {fact for fact, valid in linear.inputs if valid}
        always = np.full(0 if asked <= facts.valid.keys() else size, 255, dtype=np.uint8)
        inputs = [facts.valid.get(fact, always) if valid else facts.values[fact] for fact, valid in linear.inputs]
        self._temporaries = self._room(self._temporaries, linear.temporaries, facts)
        for start in range(0, size, self.block):
            stop = min(start + self.block, size)
            registers = [column[start:stop] for column in inputs]
            registers.append(self._ones[: stop - start])
            registers.extend(results(start, stop))
            registers.extend(self._temporaries[:, : stop - start])
            calls.run(registers)
            yield start, stop


@lru_cache(maxsize=64)
def _plan(program: Program, states: tuple[State, ...], columns: tuple[Column, ...]) -> tuple[Linear, Calls]:
    """The operations for some columns, once more as functions to call."""
    linear = linearise(program, states, columns)
    functions = tuple(_OPERATIONS[operation[0]] for operation in linear.operations)
    return linear, Calls(functions, tuple(tuple(one[place] for one in linear.operations) for place in (1, 2, 3)))


def _padded(size: int) -> int:
    """A number of bytes, rounded up to a multiple of 64."""
    return -(-size // 64) * 64


def _cut(bits: Bits) -> Bits:
    """The same with zeros after the last family."""
    size = -(-bits.rows // 8)
    bits.matrix[:, size:] = 0
    if bits.rows % 8:
        bits.matrix[:, size - 1] &= (1 << bits.rows % 8) - 1
    return bits
