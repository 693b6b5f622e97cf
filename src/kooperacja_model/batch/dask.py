"""Recommendations on a Dask cluster: every partition of a Dask data frame is answered where it is.

The compiled model is one node of the graph, so it is sent to each worker once. Rows never move;
totals are summed up in a tree. Needs the extra `dask`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from kooperacja_model.batch.arrow import open_table
from kooperacja_model.batch.cluster import Answers, ClusterResult, Partition, sums
from kooperacja_model.batch.program import Program
from kooperacja_model.batch.result import Contradictions
from kooperacja_model.batch.tables import Missing
from kooperacja_model.errors import KooperacjaError, TableError
from kooperacja_model.model import CooperationModel, Strength
from kooperacja_model.provenance import Basis

__all__ = ["recommend_dask"]

EACH = 8
"""So many totals are added up at a time."""


def recommend_dask(
    model: CooperationModel | Program | str,
    ddf: Any,
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
    """What to recommend for every family of a Dask data frame.

    Arguments are those of `recommend_batch`; ids are compared within a partition only. The rows of
    the result keep the index of the table. Totals are sorted by their labels.

    Args:
        model: a model, the key of a published one, or a compiled one.
        ddf: a Dask data frame with a boolean column for each fact (the type `boolean` or `bool[pyarrow]` where some
            are unknown), or with packed facts (see `pack_table`), of which all other columns are ignored.
        outputs: which columns are wanted.
        strengths: which strengths of the lists in `outputs`.
        basis: keep only rules with a source on one of these bases.
        by: names of columns to group by; then only totals are made. `()` gives totals of the whole table.
        id: name of a column that identifies each family.
        commune: name of a column of TERYT codes.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column.
        contradictions: what to do with families whose facts contradict each other.
        answers: `"booleans"` for a column of booleans for each column asked for, `"packed"` for packed ones.

    Raises:
        TableError: the columns cannot be used. What is wrong with values is said when a partition is computed.
        KooperacjaError: there is no such model, or Dask is not installed.
    """
    try:
        from dask.dataframe import DataFrame, from_delayed
        from dask.delayed import delayed
    except ImportError:
        raise KooperacjaError("Dask is not installed; install it with: pip install 'kooperacja_model[dask]'") from None
    if not isinstance(ddf, DataFrame):
        raise TableError(("what was given is no Dask data frame; make it one, or ask `recommend_batch`",))
    partition = Partition.ask(
        model,
        open_table(ddf._meta_nonempty).schema,
        outputs=outputs,
        strengths=strengths,
        basis=basis,
        by=by,
        id=id,
        commune=commune,
        ignore=ignore,
        missing=missing,
        contradictions="null" if contradictions == "drop" else contradictions,
        answers=answers,
    )
    ddf = ddf[list(partition.columns)]
    meta = _frame(partition.schema.empty_table())
    question = delayed(partition, traverse=False)
    if partition.by is None:
        meta.index = ddf._meta.index
        drop = contradictions == "drop"
        rows = ddf.map_partitions(_rows, question, drop, meta=meta, enforce_metadata=False)
        return ClusterResult(partition.program, rows, partition.packed)
    totals = [delayed(_answer)(part, question) for part in ddf.to_delayed()]
    while len(totals) > 1:
        totals = [delayed(_sums)(totals[first : first + EACH], partition.by) for first in range(0, len(totals), EACH)]
    return ClusterResult(partition.program, from_delayed([delayed(_frame)(totals[0])], meta=meta), None)


def _answer(part: Any, partition: Partition) -> Any:
    """The answer for a pandas frame, as an Arrow table."""
    return partition.answer(pa.Table.from_pandas(part, preserve_index=False))


def _rows(part: Any, partition: Partition, drop: bool) -> Any:
    """The answer for a pandas frame, as a pandas frame with the same index."""
    found = _frame(_answer(part, partition))
    found.index = part.index
    return found.dropna(subset=found.columns[-1:]) if drop else found


def _sums(parts: list[Any], by: tuple[str, ...]) -> Any:
    """The totals of several partitions added up."""
    return sums(pa.concat_tables(parts), by)


def _frame(table: Any) -> Any:
    """An Arrow table as a pandas frame with Arrow columns."""
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)
