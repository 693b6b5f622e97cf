"""One truth on 100,000 different families of each model, with and without unknown facts.

The naive evaluator, the graph (`recommend`) and Python integers answer them one after the other, and each time it
is compared with what `recommend_batch` says of them; a stream and the same graph on Polars, DuckDB and pandas are
compared with `recommend_batch` on the whole table. What Dask and Spark say of the same tables is compared with it in
`test_dask.py` and `test_spark.py`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
import pyarrow as pa
import pytest
from random_families import LISTS, MANY, cases_of, many_families

from kooperacja_model import load_model, recommend
from kooperacja_model.batch import FamilyEvaluator, Program, compile_model, recommend_batch, recommend_stream

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kooperacja_model.batch.integers import FamilyAnswer
    from kooperacja_model.recommendation import Recommendation

    Outcome = tuple[Mapping[str, str] | Collection[str], ...]

nw = pytest.importorskip("narwhals")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

from narwhals_expressions import closed_facts, column_expressions, column_series  # noqa: E402

PART = 25_000
LIST_NAMES = ("competences", "sectors", "institutions", "duties", "rules")

each_table = pytest.mark.parametrize("complete", [True, False], ids=["complete", "unknowns"])
each_model = pytest.mark.parametrize("key", naive.MODELS)
each_list = pytest.mark.parametrize("outputs", LIST_NAMES)


@cache
def compiled(key: str) -> Program:
    return compile_model(key)


@cache
def in_columns(key: str, complete: bool) -> Any:
    """What `recommend_batch` says of all families, as a column of bits for everything that can be said."""
    return recommend_batch(compiled(key), many_families(key, complete), commune="teryt").to_arrow().combine_chunks()


def differing(found: Any, expected: Any) -> list[str]:
    """The columns of an Arrow table in which some bit is wrong."""
    return [name for name in found.column_names if not found[name].combine_chunks().equals(expected[name].chunk(0))]


# -- one family after the other ----------------------------------------------------------------


def of_naive(answer: naive.Answer) -> Outcome:
    return (*(getattr(answer, what) for _, what in LISTS), answer.fired, answer.undecided)


def of_graph(advice: Recommendation) -> Outcome:
    lists = ({its.key: its.strength for its in getattr(advice, what)} for _, what in LISTS)
    return (*lists, {rule.key for rule in advice.fired}, {rule.key for rule in advice.undecided})


def of_integers(answer: FamilyAnswer) -> Outcome:
    return (*(answer.strengths(what) for _, what in LISTS), {*answer.fired}, {*answer.undecided})


def names_of(answer: naive.Answer) -> list[str]:
    """The columns that must be true."""
    names = [f"{kind}__{key}__{strength}" for kind, what in LISTS for key, strength in getattr(answer, what).items()]
    names += [f"rule__{key}__fired" for key in answer.fired]
    return names + [f"rule__{key}__undecided" for key in answer.undecided]


@each_model
@each_table
@pytest.mark.parametrize("first", range(0, MANY, PART))
def test_graph_integers_and_columns_of_bits_agree_with_the_naive_evaluator(
    key: str, complete: bool, first: int
) -> None:
    model, evaluator = load_model(key), FamilyEvaluator(compiled(key))
    found = in_columns(key, complete)
    place = {name: number for number, name in enumerate(found.column_names)}
    bits = np.zeros((PART, len(place)), np.bool_)
    wrong = []
    for row, case in enumerate(cases_of(many_families(key, complete).slice(first, PART))):
        facts = naive.known_facts(key, case.needs, case.circumstances, case.commune)
        answer = naive.evaluate(key, case.needs, facts)
        expected = of_naive(answer)
        if of_graph(recommend(model, case.needs, case.circumstances, case.commune)) != expected:
            wrong.append(("graph", case))
        if of_integers(evaluator.evaluate(case.needs, case.circumstances, case.commune)) != expected:
            wrong.append(("integers", case))
        bits[row, [place[name] for name in names_of(answer)]] = True
    assert not wrong, wrong[:3]
    table = pa.table({name: pa.array(column) for name, column in zip(place, bits.T, strict=True)})
    assert differing(found.slice(first, PART), table) == []


# -- the whole table ---------------------------------------------------------------------------


def with_features(key: str, complete: bool) -> Any:
    """The table with the open features of its communes as columns, as the naive evaluator knows them."""
    table = many_families(key, complete)
    communes = table["teryt"].to_pylist()
    known = {commune: naive.features(key, commune) for commune in {*communes}}
    table = table.drop_columns("teryt")
    for feature in compiled(key).features:
        values = [known[commune].get(feature) for commune in communes]
        table = table.append_column(feature, pa.array(values, pa.bool_()))
    return table


@each_model
@each_table
@each_list
def test_the_same_graph_on_duckdb(key: str, complete: bool, outputs: str) -> None:
    program = compiled(key)
    families = with_features(key, complete)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(families)
        closed = nw.from_native(relation).with_columns(closed_facts(program))
        found = closed.select(column_expressions(program, program.select([outputs]))).to_native().arrow()
        table = found if isinstance(found, pa.Table) else found.read_all()
    assert differing(table, in_columns(key, complete)) == []


@each_model
@each_table
@each_list
def test_the_same_graph_on_polars(key: str, complete: bool, outputs: str) -> None:
    program = compiled(key)
    closed = nw.from_native(pl.from_arrow(with_features(key, complete))).with_columns(closed_facts(program))
    found = closed.select(column_expressions(program, program.select([outputs]))).to_arrow()
    assert differing(found, in_columns(key, complete)) == []


@each_model
@each_table
@pytest.mark.parametrize("kind", ["Arrow", "nullable"])
def test_the_same_graph_on_pandas(key: str, complete: bool, kind: str) -> None:
    program = compiled(key)
    types = pd.ArrowDtype if kind == "Arrow" else {pa.bool_(): pd.BooleanDtype()}.get
    frame = nw.from_native(with_features(key, complete).to_pandas(types_mapper=types))
    found = column_series(program, program.columns, frame.with_columns(closed_facts(program)))
    table = pa.table({series.name: series.to_arrow() for series in found})
    assert differing(table, in_columns(key, complete)) == []


@each_model
@each_table
def test_a_stream(key: str, complete: bool) -> None:
    batches = many_families(key, complete).to_batches(max_chunksize=30_001)
    found = pa.Table.from_batches(recommend_stream(compiled(key), batches, commune="teryt"))
    assert found.combine_chunks().equals(in_columns(key, complete))


@each_model
@each_table
def test_the_families_differ_and_every_rule_that_can_hold_does_for_some(key: str, complete: bool) -> None:
    table = many_families(key, complete)
    assert table.num_rows == table.group_by(table.column_names).aggregate([]).num_rows == MANY
    circumstances = table.select([*naive.knowledge().catalogue["circumstances"]])
    assert (sum(column.null_count for column in circumstances.columns) == 0) == complete
    found = in_columns(key, complete)
    holding = {name for name in found.column_names if found[name].chunk(0).true_count}
    can_hold = {
        rule
        for rule, its in naive.knowledge().rules[key].items()
        if naive.holds(its["when"], naive.features(key, None)) is not False
    }
    assert {rule for rule in can_hold if f"rule__{rule}__fired" in holding} == can_hold
    undecided = [rule for rule in can_hold if f"rule__{rule}__undecided" in holding]
    assert undecided == [] if complete else len(undecided) > len(can_hold) / 2
