"""One truth on 100,000 families of each model, with and without unknown facts.

The families are drawn from 4,000 different ones, so that the slow oracles (the naive evaluator and the
graph) answer each of them once; everything else answers all 100,000.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
import pyarrow as pa
import pytest
from random_families import LISTS, expected_columns, random_families, wide_table

from kooperacja_model import load_model, recommend
from kooperacja_model.batch import FamilyEvaluator, compile_model, recommend_batch, recommend_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from random_cases import RandomCase

nw = pytest.importorskip("narwhals")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

from narwhals_expressions import closed_facts, column_expressions  # noqa: E402

FAMILIES, DIFFERENT = 100_000, 4_000


class Drawn:
    """Different families, and which of them each row of the table is."""

    def __init__(self, key: str, complete: bool) -> None:
        self.key = key
        self.program = compile_model(key)
        self.cases: list[RandomCase] = random_families(f"100k {key} {complete}", DIFFERENT, complete)
        rng = Random(f"rows {key} {complete}")
        self.rows = [rng.randrange(DIFFERENT) for _ in range(FAMILIES)]
        self.table: Any = wide_table(self.cases).take(pa.array(self.rows))
        answers = [expected_columns(key, case) for case in self.cases]
        names = [column.name for column in self.program.columns]
        found = np.array([[name in answer for name in names] for answer in answers])
        self.answers = answers
        self.expected: dict[str, NDArray[np.bool_]] = dict(zip(names, found[self.rows].T, strict=True))

    def differing(self, found: Any) -> list[str]:
        """The columns of an Arrow table in which some bit is wrong."""
        return [
            name
            for name in found.column_names
            if found[name].null_count or not (found[name].to_numpy() == self.expected[name]).all()
        ]


@pytest.fixture(scope="module", params=[(key, complete) for key in naive.MODELS for complete in (True, False)], ids=str)
def drawn(request: pytest.FixtureRequest) -> Drawn:
    return Drawn(*request.param)


def test_columns_of_bits_agree_with_the_naive_evaluator(drawn: Drawn) -> None:
    found = recommend_batch(drawn.program, drawn.table, commune="teryt").to_arrow()
    assert found.column_names == list(drawn.expected)
    assert drawn.differing(found) == []


def test_a_stream_agrees_with_the_naive_evaluator(drawn: Drawn) -> None:
    reader = recommend_stream(drawn.program, drawn.table.to_batches(max_chunksize=30_001), commune="teryt")
    assert drawn.differing(pa.Table.from_batches(reader)) == []


def test_python_integers_agree_with_the_naive_evaluator(drawn: Drawn) -> None:
    evaluator = FamilyEvaluator(drawn.program)
    for case, expected in zip(drawn.cases, drawn.answers, strict=True):
        answer = evaluator.evaluate(case.needs, case.circumstances, case.commune)
        found = {f"rule__{key}__fired" for key in answer.fired} | {
            f"rule__{key}__undecided" for key in answer.undecided
        }
        for kind, what in LISTS:
            found |= {f"{kind}__{key}__{strength}" for key, strength in answer.strengths(what).items()}
        assert found == expected


def test_the_graph_agrees_with_the_naive_evaluator(drawn: Drawn) -> None:
    model = load_model(drawn.key)
    for case, expected in zip(drawn.cases, drawn.answers, strict=True):
        advice = recommend(model, case.needs, case.circumstances, case.commune)
        found = {f"rule__{rule.key}__fired" for rule in advice.fired}
        found |= {f"rule__{rule.key}__undecided" for rule in advice.undecided}
        for kind, what in LISTS:
            found |= {f"{kind}__{its.key}__{its.strength}" for its in getattr(advice, what)}
        assert found == expected


def with_features(drawn: Drawn) -> Any:
    """The table with the open features of its communes as columns, as the naive evaluator knows them."""
    table = drawn.table.drop_columns("teryt")
    for key in drawn.program.features:
        values = pa.array([naive.features(drawn.key, case.commune).get(key) for case in drawn.cases], pa.bool_())
        table = table.append_column(key, values.take(pa.array(drawn.rows)))
    return table


LIST_NAMES = ("competences", "sectors", "institutions", "duties", "rules")


@pytest.mark.parametrize("outputs", LIST_NAMES)
def test_the_same_graph_on_polars_agrees_with_the_naive_evaluator(drawn: Drawn, outputs: str) -> None:
    columns = drawn.program.select([outputs])
    frame = nw.from_native(pl.from_arrow(with_features(drawn)))
    closed = frame.with_columns(closed_facts(drawn.program))
    found = closed.select(column_expressions(drawn.program, columns)).to_native()
    assert drawn.differing(found.to_arrow()) == []


@pytest.mark.parametrize("outputs", LIST_NAMES)
def test_the_same_graph_on_duckdb_agrees_with_the_naive_evaluator(drawn: Drawn, outputs: str) -> None:
    columns = drawn.program.select([outputs])
    families = with_features(drawn)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(families)
        closed = nw.from_native(relation).with_columns(closed_facts(drawn.program))
        found = closed.select(column_expressions(drawn.program, columns)).to_native().arrow()
        table = found if isinstance(found, pa.Table) else found.read_all()
    assert drawn.differing(table) == []
