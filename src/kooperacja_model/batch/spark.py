"""Recommendations on Apache Spark: every partition is answered where it is, by the Python worker that has it.

Facts travel to the worker packed, because Spark moves two or three integers of a family several
times faster than a column of booleans for each fact. Rows never move between partitions; totals
are made for each partition and brought together by one exchange. Needs the extra `spark`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

import pyarrow as pa

from kooperacja_model.batch.cluster import Answers, ClusterResult, Partition, sums
from kooperacja_model.batch.packed import PackedFacts, pack_table
from kooperacja_model.batch.program import Program, compile_model, texts_of
from kooperacja_model.batch.result import Contradictions
from kooperacja_model.batch.tables import Missing
from kooperacja_model.errors import KooperacjaError, TableError
from kooperacja_model.model import CooperationModel, Strength
from kooperacja_model.provenance import Basis

__all__ = ["pack_spark", "recommend_spark"]

ROWS = 1 << 18
"""So many families are answered at a time; Spark sends far fewer in a batch."""


def recommend_spark(
    model: CooperationModel | Program | str,
    df: Any,
    *,
    outputs: Iterable[str] | None = None,
    strengths: Iterable[Strength | str] | None = None,
    basis: Iterable[Basis | str] | None = None,
    by: Sequence[str] | None = None,
    id: str | None = None,  # noqa: A002
    commune: str | None = None,
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
    contradictions: Contradictions = "error",
    answers: Answers = "booleans",
) -> ClusterResult:
    """What to recommend for every family of a Spark data frame.

    Arguments are those of `recommend_batch`; ids are compared within some 262,144 rows only. A column
    for each fact is packed first by `pack_spark`. The workers need this package, and `PYSPARK_PYTHON`
    has to name the Python that has it.

    Args:
        model: a model, the key of a published one, or a compiled one.
        df: a Spark data frame with a boolean column for each fact, or with packed facts, of which all other columns
            are ignored.
        outputs: which columns are wanted.
        strengths: which strengths of the lists in `outputs`.
        basis: keep only rules with a source on one of these bases.
        by: names of columns to group by; then only totals are made. `()` gives totals of the whole table.
        id: name of a column that identifies each family; without it nothing tells which row is whose.
        commune: name of a column of TERYT codes.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column.
        contradictions: what to do with families whose facts contradict each other.
        answers: `"booleans"` for a column of booleans for each column asked for, `"packed"` for packed ones.

    Raises:
        TableError: the columns cannot be used. What is wrong with values is said when a partition is computed.
        KooperacjaError: there is no such model, or PySpark is not installed.
    """
    _functions()
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import BooleanType, LongType, StructField, StructType

    ask = partial(
        Partition.ask,
        outputs=outputs,
        strengths=strengths,
        basis=basis,
        by=by,
        id=id,
        commune=commune,
        missing=missing,
        contradictions=contradictions,
        answers=answers,
    )
    partition = ask(model, to_arrow_schema(df.schema), ignore=ignore)
    if not PackedFacts.of(partition.program).planes(df.columns):
        named = dict.fromkeys(name for name in (id, commune, *(partition.by or ())) if name is not None)
        df = pack_spark(partition.program, df.select(*partition.columns), keep=tuple(named), missing=missing)
        partition = ask(model, to_arrow_schema(df.schema))
    kinds = {field.name: field for field in df.schema}
    number = LongType() if answers == "packed" or by is not None else BooleanType()
    schema = StructType([kinds.get(name) or StructField(name, number) for name in partition.schema.names])
    sent = df.sparkSession.sparkContext.broadcast(partition)
    found = df.select(*partition.columns).mapInArrow(partial(_answers, partition=sent), schema)
    if partition.by is not None:
        together = found.repartition(*partition.by) if partition.by else found.repartition(1)
        found = together.mapInArrow(partial(_sums, partition=sent), schema)
    return ClusterResult(partition.program, found, partition.packed)


def pack_spark(
    model: CooperationModel | Program | str,
    df: Any,
    *,
    unknowns: bool = True,
    keep: Sequence[str] = (),
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
) -> Any:
    """A Spark data frame of families with their facts packed, made by column expressions alone.

    Pack once and store the result if it is used more often: reading booleans costs more than the rules.

    Args:
        model: a model, the key of a published one, or a compiled one; only its catalogue matters.
        df: a Spark data frame with a boolean column for each fact.
        unknowns: also tell which circumstances are known; without it, all have to be.
        keep: names of columns to keep.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column.

    Returns:
        A Spark data frame with the columns of `keep`, then the packed ones. Null in a need makes a packed column null,
        which is an error when the row is read.

    Raises:
        TableError: the columns cannot be used.
        KooperacjaError: there is no such model, or PySpark is not installed.
    """
    functions = _functions()
    from pyspark.sql.pandas.types import to_arrow_schema

    ignore, keep = {*texts_of(ignore, "ignore")}, texts_of(keep, "keep")
    packed = PackedFacts.of(model)
    pack_table(model, to_arrow_schema(df.schema).empty_table(), keep=keep, ignore=ignore, missing=missing)
    given = {name for name in df.columns if name not in ignore}
    if not unknowns and missing == "unknown" and (open_ := [key for key in packed.circumstances if key not in given]):
        raise TableError(tuple(f"circumstance {key!r} has no column; leave out `unknowns=False`" for key in open_))

    program = model if isinstance(model, Program) else compile_model(model, outputs=["sectors"])
    no = functions.lit(False)

    def follows(key: str) -> Any:
        """Whether a circumstance without a column follows from others, as an expression or a constant."""
        sources = (program.facts[number] for number in program.sources(program.facts.index(key)))
        known = [functions.coalesce(functions.col(source), no) for source in sources if source in given]
        return reduce(lambda one, other: one | other, known) if known else False

    def bit(name: str) -> Any:
        """A bit as an expression or a constant."""
        key = name.removesuffix("?")
        column = functions.col(key)
        if key != name:
            return column.isNotNull() if key in given else missing == "absent" and key in packed.circumstances
        if key not in given:
            return follows(key) if key in packed.circumstances and missing == "absent" else False
        certain = key in packed.needs or (key in packed.circumstances and not unknowns)
        return column if certain else functions.coalesce(column, no)

    words = []
    for plane in (packed.facts, packed.known) if unknowns else (packed.facts,):
        for start, name in zip(range(0, len(plane.bits), 64), plane.columns, strict=True):
            terms = [functions.lit(0).cast("long")]
            for number, each in enumerate(plane.bits[start : start + 64]):
                value = bit(each)
                if value is not False:
                    value = functions.lit(value) if value is True else value
                    terms.append(functions.shiftleft(value.cast("long"), number))
            words.append(reduce(lambda one, other: one.bitwiseOR(other), terms).alias(name))
    return df.select(*keep, *words)


def _functions() -> Any:
    try:
        from pyspark.sql import functions
    except ImportError:
        problem = "PySpark is not installed; install it with: pip install 'kooperacja_model[spark]'"
        raise KooperacjaError(problem) from None
    return functions


def _answers(batches: Iterable[Any], partition: Any) -> Iterator[Any]:
    """The answers for the record batches of a partition; `partition` is what was broadcast."""
    for part in _parts(batches):
        yield from partition.value.answer(part).to_batches()


def _sums(batches: Iterable[Any], partition: Any) -> Iterator[Any]:
    """The totals in record batches added up; `partition` is what was broadcast."""
    question = partition.value
    yield from sums(pa.Table.from_batches(batches, question.schema), question.by).to_batches()


def _parts(batches: Iterable[Any]) -> Iterator[Any]:
    """The same rows in tables of bounded size."""
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        if sum(its.num_rows for its in waiting) >= ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
