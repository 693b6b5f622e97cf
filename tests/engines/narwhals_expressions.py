"""The graph of a program as Narwhals expressions, for any data frame library; only to check the answers.

The library's own three-valued AND, OR and NOT do the work: null is unknown.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import narwhals as nw

from kooperacja_model.batch.dag import AND, FALSE, TRUE
from kooperacja_model.model import Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kooperacja_model.batch import Column, Program

__all__ = ["closed_facts", "column_expressions", "column_series"]


def _given(program: Program, literal: int) -> nw.Expr:
    """Where a literal is known to hold."""
    column = nw.col(program.facts[literal // 2])
    return (~column if literal % 2 else column).fill_null(value=False)


def closed_facts(program: Program) -> list[nw.Expr]:
    """Circumstances and features with what follows from others."""
    found = []
    for number, key in enumerate(program.facts):
        value = nw.col(key)
        for one in (2 * number, 2 * number + 1):
            causes = [_given(program, cause) for cause, others in enumerate(program.follows) if one in others]
            if causes:
                cause = reduce(or_, causes)
                value = value & ~cause if one % 2 else value | cause
        found.append(value.alias(key))
    return found


def column_expressions(program: Program, columns: Sequence[Column]) -> list[nw.Expr]:
    """The columns of a program over closed facts."""
    found: list[nw.Expr] = _columns(program, columns, nw.col)
    return found


def column_series(program: Program, columns: Sequence[Column], closed: nw.DataFrame[Any]) -> list[nw.Series[Any]]:
    """The same for a library that computes at once: each node a single time."""
    found: list[nw.Series[Any]] = _columns(program, columns, closed.get_column)
    return found


def _columns(program: Program, columns: Sequence[Column], fact: Callable[[str], Any]) -> list[Any]:
    some = fact(program.facts[0]).fill_null(value=False)
    made: dict[int, Any] = {FALSE: some & ~some, TRUE: some | ~some}

    def node(number: int) -> Any:
        if number not in made:
            if number < program.dag.literals:
                column = fact(program.facts[number // 2])
                made[number] = ~column if number % 2 else column
            else:
                operation, first, second = program.dag.nodes[number - program.dag.literals]
                made[number] = node(first) & node(second) if operation == AND else node(first) | node(second)
        return made[number]

    found = []
    for column in columns:
        output = program.outputs[column.output]
        required, certain = (node(root).fill_null(value=False) for root in (output.required, output.certain))
        if column.strength is Strength.REQUIRED:
            value = required
        elif column.strength is Strength.ADVISED:
            value = certain & ~required
        else:
            value = node(output.possible).fill_null(value=True) & ~certain
        found.append(value.alias(column.name))
    return found
