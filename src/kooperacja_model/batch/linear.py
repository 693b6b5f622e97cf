"""A program as a straight list of bit operations for tables in which some facts are known and others not.

Each fact has two planes of bits: *true* (known to be present) and *possible* (not known to be absent).
AND and OR work on each plane alone, so three-valued evaluation is the same graph walked twice, and
whatever depends only on facts without unknowns is walked once: both planes are then one expression.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from attrs import frozen

from kooperacja_model.batch.dag import AND, FALSE, OR, TRUE
from kooperacja_model.batch.program import Column, Program
from kooperacja_model.model import Strength

__all__ = ["XOR", "Input", "Linear", "State", "linearise"]

XOR = 2


class State(IntEnum):
    """What a table says of a fact."""

    ABSENT = 0
    """Absent in every row."""
    UNKNOWN = 1
    """Unknown in every row."""
    KNOWN = 2
    """A column of bits."""
    OPEN = 3
    """A column of bits, and a column that says which of them are known."""


class Input(NamedTuple):
    """The bits of a fact, or (`valid`) which of them are known."""

    fact: int
    valid: bool


@frozen
class Linear:
    """Operations on registers, each a column of bits.

    Registers are numbered: the inputs, one register of ones, the results, then the temporary ones.

    Attributes:
        inputs: what the first registers hold.
        operations: `(AND, OR or XOR, first, second, target)`, to be done in this order.
        results: how many result registers there are.
        temporaries: how many temporary registers there are.
        columns: for each column the number of its result, or `FALSE` or `TRUE` for a constant one.
        conflict: the result that marks rows whose facts contradict each other, or `FALSE`.
    """

    inputs: tuple[Input, ...]
    operations: tuple[tuple[int, int, int, int], ...]
    results: int
    temporaries: int
    columns: tuple[int, ...]
    conflict: int


def linearise(program: Program, states: tuple[State, ...], columns: tuple[Column, ...]) -> Linear:
    """The operations for some columns.

    Args:
        program: the program.
        states: what the table says of each fact, in the order of `program.facts`.
        columns: columns of the program.
    """
    planes = _Planes(program, states)
    roots = [planes.column(column) for column in columns]
    return planes.linear(roots, planes.conflict())


class _Planes:
    """Expressions over the bits of a table; equal ones have one number, constants are folded.

    Numbers from 0 are inputs and operations in the order in which they were made.
    """

    def __init__(self, program: Program, states: Sequence[State]) -> None:
        self.program = program
        self.states = states
        self.made: list[Input | tuple[int, int, int]] = []
        self.numbers: dict[Input | tuple[int, int, int], int] = {}
        self.negations: dict[int, int] = {}
        self.ones = self._make(Input(-1, False))
        facts = range(len(states))
        given = [bits for fact in facts for bits in self._given(fact)]
        causes: list[list[int]] = [[bits] for bits in given]
        for one, others in enumerate(program.follows):
            for other in others:
                if states[other // 2] is not State.KNOWN:
                    causes[other].append(given[one])
        self.given = given
        self.known = [self.any(its) for its in causes]
        self.nodes: tuple[dict[int, int], dict[int, int]] = ({}, {})

    # -- facts -------------------------------------------------------------------------------

    def _given(self, fact: int) -> tuple[int, int]:
        """Where a fact is given as present, and where it is given as absent."""
        state = self.states[fact]
        if state is State.ABSENT:
            return FALSE, TRUE
        if state is State.UNKNOWN:
            return FALSE, FALSE
        bits = self._make(Input(fact, False))
        if state is State.KNOWN:
            return bits, self.negation(bits)
        valid = self._make(Input(fact, True))
        present = self.both(bits, valid)
        return present, self._operation(XOR, valid, present)

    def literal(self, literal: int, possible: bool) -> int:
        """A literal on one of the two planes."""
        return self.negation(self.known[literal ^ 1]) if possible else self.known[literal]

    def conflict(self) -> int:
        """Where given facts contradict each other."""
        pairs = [(a, b) for a, b in self.program.conflicts() if FALSE not in (self.given[a], self.given[b])]
        terms = []
        while pairs:
            most = Counter(one for pair in pairs for one in pair).most_common()
            one = min(one for one, count in most if count == most[0][1])
            others = [self.given[a + b - one] for a, b in pairs if one in (a, b)]
            terms.append(self.both(self.given[one], self._any_of(others, self.given[one ^ 1])))
            pairs = [pair for pair in pairs if one not in pair]
        return self.any(terms)

    def _any_of(self, members: Sequence[int], harmless: int) -> int:
        """OR of some expressions, made from ORs that are there already; `harmless` may be in it too."""
        holds = {one: {one} for one in (*members, harmless)}
        for number, what in enumerate(self.made):
            if not isinstance(what, Input):
                operation, first, second = what
                if operation == OR and first in holds and second in holds:
                    holds[number] = holds[first] | holds[second]
        total, left = FALSE, set(members)
        while left:
            largest = max(holds, key=lambda one: len(holds[one] & left))
            total = self.either(total, largest)
            left -= holds[largest]
        return total

    # -- formulas ----------------------------------------------------------------------------

    def column(self, column: Column) -> int:
        """Where a column is true."""
        output = self.program.outputs[column.output]
        if column.strength is Strength.REQUIRED:
            return self.node(output.required, False)
        certain = self.node(output.certain, False)
        if column.strength is Strength.ADVISED:
            return self.difference(certain, self.node(output.required, False))
        possible = self.node(output.possible, True)
        if output.possible != output.certain:
            if possible == self.node(output.possible, False):
                return FALSE
            possible = self.either(possible, certain)
        return self.difference(possible, certain)

    def node(self, root: int, possible: bool) -> int:
        """A node of the graph on one of the two planes.

        Of two operands the one that was made later is worked out first: it is the longer one as a rule, and the shorter
        one then waits for nothing.
        """
        dag = self.program.dag
        done = self.nodes[possible]
        done.update({FALSE: FALSE, TRUE: TRUE})
        open_ = [root]
        while open_:
            one = open_[-1]
            if one in done:
                open_.pop()
            elif one < dag.literals:
                done[one] = self.literal(one, possible)
            else:
                operation, first, second = dag.nodes[one - dag.literals]
                if first in done and second in done:
                    done[one] = (self.both if operation == AND else self.either)(done[first], done[second])
                else:
                    open_ += [operand for operand in (first, second) if operand not in done]
        return done[root]

    # -- operations --------------------------------------------------------------------------

    def both(self, first: int, second: int) -> int:
        """AND."""
        if FALSE in (first, second):
            return FALSE
        if first == TRUE:
            return second
        return first if second in (TRUE, first) else self._operation(AND, first, second)

    def either(self, first: int, second: int) -> int:
        """OR."""
        if TRUE in (first, second):
            return TRUE
        if first == FALSE:
            return second
        return first if second in (FALSE, first) else self._operation(OR, first, second)

    def any(self, members: Iterable[int]) -> int:
        """OR of any number."""
        total = FALSE
        for one in members:
            total = self.either(total, one)
        return total

    def negation(self, one: int) -> int:
        """NOT."""
        if one in (FALSE, TRUE):
            return FALSE + TRUE - one
        if one not in self.negations:
            other = self._operation(XOR, one, self.ones)
            self.negations |= {one: other, other: one}
        return self.negations[one]

    def difference(self, whole: int, part: int) -> int:
        """What is in the whole and not in a part of it."""
        if part == FALSE:
            return whole
        if part in (whole, TRUE):
            return FALSE
        return self.negation(part) if whole == TRUE else self._operation(XOR, whole, part)

    def _operation(self, operation: int, first: int, second: int) -> int:
        return self._make((operation, min(first, second), max(first, second)))

    def _make(self, what: Input | tuple[int, int, int]) -> int:
        if what not in self.numbers:
            self.numbers[what] = len(self.made)
            self.made.append(what)
        return self.numbers[what]

    # -- registers ---------------------------------------------------------------------------

    def linear(self, roots: Sequence[int], conflict: int) -> Linear:
        """The operations that some expressions need, with registers that are used again when they are free."""
        wanted = [*roots, conflict]
        results = {one: number for number, one in enumerate(dict.fromkeys(one for one in wanted if one >= 0))}
        needed = self._needed(results)
        inputs = [one for one in needed if isinstance(self.made[one], Input) and one != self.ones]
        register = {one: number for number, one in enumerate([*inputs, self.ones])}
        first_result = len(register)
        last = {operand: one for one in needed for operand in self._operands(one)}
        made = {one: first_result + number for one, number in results.items() if self._operands(one)}
        register |= self._in_place(made, needed, last)

        first_temporary = first_result + len(results)
        free: list[int] = []
        temporaries = 0
        operations: list[tuple[int, int, int, int]] = []
        for one in needed:
            operands = self._operands(one)
            if not operands:
                continue
            for operand in dict.fromkeys(operands):
                if last[operand] == one and register[operand] >= first_temporary:
                    free.append(register[operand])
            if one not in register:
                if not free:
                    free.append(first_temporary + temporaries)
                    temporaries += 1
                register[one] = free.pop()
            first, second = (register[operand] for operand in operands)
            operations.append((self.made[one][0], first, second, register[one]))
        for one, number in results.items():
            if not self._operands(one):
                operations.append((OR, register[one], register[one], first_result + number))
        rows = {FALSE: FALSE, TRUE: TRUE, **results}
        return Linear(
            tuple(what for one in inputs if isinstance(what := self.made[one], Input)),
            tuple(operations),
            len(results),
            temporaries,
            tuple(rows[root] for root in roots),
            rows[conflict],
        )

    def _in_place(self, results: Mapping[int, int], needed: Sequence[int], last: Mapping[int, int]) -> dict[int, int]:
        """The registers of the results, and of what is used for the last time to make them.

        A result is built up in its own register as far as that goes: an operation that writes where it reads
        needs less of the cache.
        """
        register = dict(results)
        for one in reversed(needed):
            if one in register:
                ending = [operand for operand in self._operands(one) if last[operand] == one]
                heirs = [operand for operand in ending if self._operands(operand) and operand not in register]
                if heirs:
                    register[min(heirs)] = register[one]
        return register

    def _operands(self, one: int) -> tuple[int, ...]:
        what = self.made[one]
        return () if isinstance(what, Input) else what[1:]

    def _needed(self, results: Iterable[int]) -> list[int]:
        """The expressions that some results need, operands first."""
        found = set(results)
        for one in range(len(self.made) - 1, -1, -1):
            if one in found:
                found.update(self._operands(one))
        return sorted(found)
