"""What the adapters to cluster engines have in common: the question to each partition, and the result.

Every partition is answered alone, with the same compiled model and the NumPy back end. Nothing but
totals ever moves between partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import pyarrow as pa
from attrs import evolve, frozen

from kooperacja_model.batch.packed import PackedAnswers, PackedFacts, unpack_table
from kooperacja_model.batch.program import Program, texts_of
from kooperacja_model.batch.result import BatchResult, Contradictions, recommend_batch
from kooperacja_model.batch.tables import Missing
from kooperacja_model.errors import TableError
from kooperacja_model.model import CooperationModel, Strength
from kooperacja_model.provenance import Basis

__all__ = ["Answers", "ClusterResult", "Partition", "sums"]

Answers = Literal["booleans", "packed"]
"""How the answer of a family is laid out: a column of booleans for each column asked for, or packed words."""


@frozen(eq=False)
class ClusterResult:
    """What a cluster is asked for; it is computed when `frame` is.

    Attributes:
        program: the compiled model with the columns that were asked for; it knows the model's key and content hash.
        frame: the answer as a data frame of the engine, with the columns of `BatchResult.to_arrow`, or of
            `BatchResult.totals` if totals were asked for.
        packed: where the columns stand in the frame, if they are packed.
    """

    program: Program
    frame: Any
    packed: PackedAnswers | None

    def __repr__(self) -> str:
        return f"ClusterResult({self.program.model!r}, columns={len(self.program.columns)})"


@frozen(eq=False)
class Partition:
    """What is asked of every partition.

    Attributes:
        program: the compiled model with the columns that are wanted.
        columns: the columns of the table that are read.
        by: names of columns to group by, or `None` for a row for each family.
        id: name of the column that identifies each family.
        commune: name of the column of TERYT codes.
        missing: what circumstances are that have no column.
        contradictions: what to do with families whose facts contradict each other.
        packed: where the columns stand in the answer, if they are packed.
        schema: Arrow schema of the answer.
    """

    program: Program
    columns: tuple[str, ...]
    by: tuple[str, ...] | None
    id: str | None
    commune: str | None
    missing: Missing
    contradictions: Contradictions
    packed: PackedAnswers | None = None
    schema: Any = None

    @staticmethod
    def ask(
        model: CooperationModel | Program | str,
        schema: Any,
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
    ) -> Partition:
        """A question that was tried out on an empty table.

        Args:
            model: as in `recommend_batch`, like all other arguments.
            schema: Arrow schema of the table.
            outputs: which columns are wanted.
            strengths: which strengths of the lists in `outputs`.
            basis: keep only rules with a source on one of these bases.
            by: names of columns to group by.
            id: name of a column that identifies each family.
            commune: name of a column of TERYT codes.
            ignore: names of columns that are not to be read.
            missing: what circumstances are that have no column.
            contradictions: what to do with families whose facts contradict each other.
            answers: how the answer is laid out.

        Raises:
            TableError: a table with this schema cannot be used.
            KooperacjaError: there is no such model.
        """
        if answers not in get_args(Answers):
            raise TableError(("`answers` is none of " + ", ".join(map(repr, get_args(Answers))),))
        left_out = {*texts_of(ignore, "ignore")}
        by = None if by is None else texts_of(by, "by")
        named = [name for name in (id, commune, *(by or ())) if name is not None]
        planes = PackedFacts.of(model).planes(schema.names)
        facts = [name for plane in planes for name in plane.columns] if planes else schema.names
        read = {name for name in facts if name not in left_out}.union(named)
        table = schema.empty_table().select([name for name in schema.names if name in read])
        first = recommend_batch(
            model,
            unpack_table(model, table, commune is None) if planes else table,
            outputs=outputs,
            strengths=strengths,
            basis=basis,
            by=by,
            id=id,
            commune=commune,
            missing=missing,
            contradictions=contradictions,
        )
        question = Partition(
            program=evolve(first.program, columns=first.columns),
            columns=tuple(table.column_names),
            by=first.by,
            id=id,
            commune=commune,
            missing=missing,
            contradictions=contradictions,
            packed=PackedAnswers.of(first.columns) if answers == "packed" and by is None else None,
        )
        return evolve(question, schema=question._laid_out(first).schema)

    def answer(self, table: Any) -> Any:
        """The answer for a partition, or a part of one.

        Args:
            table: a pyarrow table.

        Raises:
            TableError: values cannot be used; rows are those of this table.
        """
        try:
            if PackedFacts.of(self.program).planes(table.column_names):
                table = unpack_table(self.program, table, self.commune is None)
            result = recommend_batch(
                self.program,
                table,
                by=self.by,
                id=self.id,
                commune=self.commune,
                missing=self.missing,
                contradictions=self.contradictions,
                progress=False,
            )
        except TableError as error:
            raise TableError(tuple(f"in a partition, {problem}" for problem in error.problems)) from None
        return self._laid_out(result).cast(self.schema)

    def _laid_out(self, result: BatchResult) -> Any:
        if self.by is not None:
            return result.totals
        return result.to_arrow() if self.packed is None else self.packed.pack(result.to_arrow())


def sums(table: Any, by: Sequence[str]) -> Any:
    """Totals of several partitions added up, sorted by their labels.

    Args:
        table: a pyarrow table of totals; may be empty.
        by: names of the columns that they are grouped by.
    """
    numbers = table.column_names[len(by) :]
    found = table.group_by([*by]).aggregate([(name, "sum") for name in numbers])
    columns = [found[name] for name in by] + [found[f"{name}_sum"].fill_null(0) for name in numbers]
    added = pa.Table.from_arrays(columns, schema=table.schema)
    return added.sort_by([(name, "ascending") for name in by]) if by else added
