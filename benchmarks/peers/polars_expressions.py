"""Polars: expressions over boolean columns, one bit for each family. `POLARS_MAX_THREADS` must be set before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl
from plain_rules import PlainModel, Wanted, When

from kooperacja_model.batch import compile_model
from peers import BatchPeer

__all__ = ["Graph", "OneSelect", "Stages"]


def _any(expressions: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(or_, expressions)


def _all(expressions: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(and_, expressions)


class _Polars(BatchPeer):
    def frame(self, table: Any) -> Any:
        return pl.from_arrow(table, rechunk=True)

    def arrow(self, answer: pl.DataFrame) -> Any:
        return answer.to_arrow()


class OneSelect(_Polars):
    """One expression for each column, in one lazy query: Polars finds what they have in common."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        holds = {when: _condition(when) for when in model.conditions}
        self.expressions = [_column(model, wanted, holds) for wanted in self.columns]

    def answer(self, begun: pl.DataFrame) -> pl.DataFrame:
        return begun.lazy().select(self.expressions).collect()


class Stages(_Polars):
    """Lists as columns, then conditions, then competences; a null is a fact that is unknown."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        lists = {keys: f"list_{number}" for number, keys in enumerate((*model.one_of, *model.none_of))}
        names = {when: f"condition_{number}" for number, when in enumerate(model.conditions)}
        self.lists = [_any(pl.col(key) for key in keys).alias(name) for keys, name in lists.items()]
        self.conditions = [_condition(when, lists).alias(name) for when, name in names.items()]
        holds = {when: pl.col(name) for when, name in names.items()}
        self.required = [
            _any(holds[when] for when in its).alias(f"required_{key}") for key, its in model.required.items()
        ]
        self.advised = [_any(holds[when] for when in its).alias(f"advised_{key}") for key, its in model.advised.items()]
        self.last = [_last(model, wanted, unknown) for wanted in self.columns]

    def answer(self, begun: pl.DataFrame) -> pl.DataFrame:
        conditions = begun.with_columns(self.lists).select(self.conditions)
        return conditions.select(*self.required, *self.advised).select(self.last)


class Graph(_Polars):
    """The graph that our compiler made, level by level: what its factoring alone gives another engine."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        program = compile_model(model.key, outputs=[wanted.name for wanted in self.columns])
        facts, dag = program.facts, program.dag

        def column(node: int) -> pl.Expr:
            if node >= dag.literals:
                return pl.col(f"node_{node}")
            return ~pl.col(facts[node // 2]) if node % 2 else pl.col(facts[node // 2])

        outputs = {output.key: output for output in program.outputs}
        needed = {root for output in outputs.values() for root in (output.required, output.certain)}
        for node in range(dag.literals + len(dag.nodes) - 1, dag.literals - 1, -1):
            if node in needed:
                needed |= {*dag.nodes[node - dag.literals][1:]}
        level: dict[int, int] = defaultdict(int)
        self.levels: dict[int, list[pl.Expr]] = defaultdict(list)
        for node, (operation, first, second) in enumerate(dag.nodes, dag.literals):
            if node in needed:
                level[node] = 1 + max(level[first], level[second])
                join = or_ if operation else and_
                self.levels[level[node]].append(join(column(first), column(second)).alias(f"node_{node}"))
        self.last = []
        for wanted in self.columns:
            output = outputs[wanted.competence]
            if wanted.strength == "required":
                expression = column(output.required)
            elif output.certain == output.required:
                expression = pl.lit(False)
            else:
                expression = column(output.certain)
                expression = expression & ~column(output.required) if output.required >= 0 else expression
            self.last.append(expression.alias(wanted.name))

    def answer(self, begun: pl.DataFrame) -> pl.DataFrame:
        for _, expressions in sorted(self.levels.items()):
            begun = begun.with_columns(expressions)
        return begun.select(self.last)


def _condition(when: When, lists: dict[tuple[str, ...], str] | None = None) -> pl.Expr:
    def one_of(keys: tuple[str, ...]) -> pl.Expr:
        return _any(pl.col(key) for key in keys) if lists is None or keys not in lists else pl.col(lists[keys])

    parts = [*(pl.col(key) for key in when.all), *(one_of(keys) for keys in when.any)]
    if when.none:
        parts.append(~one_of(when.none))
    return _all(parts)


def _column(model: PlainModel, wanted: Wanted, holds: dict[When, pl.Expr]) -> pl.Expr:
    key = wanted.competence
    if wanted.strength == "required":
        return _any(holds[when] for when in model.required[key]).alias(wanted.name)
    advised = _any(holds[when] for when in model.advised[key])
    if key in model.required:
        advised = advised & ~_any(holds[when] for when in model.required[key])
    return advised.alias(wanted.name)


def _last(model: PlainModel, wanted: Wanted, unknown: bool) -> pl.Expr:
    key = wanted.competence
    required = [pl.col(f"required_{key}")] if key in model.required else []
    advised = [pl.col(f"advised_{key}")] if key in model.advised else []
    if wanted.strength == "conditional":
        return _any(required + advised).is_null().alias(wanted.name)
    if unknown:
        required, advised = ([one.fill_null(False) for one in its] for its in (required, advised))
    if wanted.strength == "required":
        return required[0].alias(wanted.name)
    return _all([*advised, *(~one for one in required)]).alias(wanted.name)
