"""Recommendations for a whole table of families, as columns of booleans or as totals.

`recommend_batch` answers for a table that fits into memory as bits, `recommend_stream` for one that
does not. What they say of a row is what `recommend` says of its facts; `explain_row` shows it in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from attrs import frozen

from kooperacja_model.batch.arrow import ArrowTable, plain_type
from kooperacja_model.batch.columns import Bits, Bytes, Evaluator
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.program import Column, Program, compile_model, literal, model_of, texts_of
from kooperacja_model.batch.progress import Progress, reporter
from kooperacja_model.batch.tables import Batch, Families, Layout, Lists, Long, Missing, Wide
from kooperacja_model.batch.totals import Groups, Totals
from kooperacja_model.case import Answer, Case
from kooperacja_model.commune import Commune
from kooperacja_model.errors import TableError
from kooperacja_model.model import CooperationModel, Strength
from kooperacja_model.provenance import Basis
from kooperacja_model.recommendation import Recommendation, recommend_case

__all__ = ["LISTS", "BatchResult", "Contradictions", "recommend_batch", "recommend_stream", "recommendation_of"]

Contradictions = Literal["error", "null", "drop"]
"""What to do with families whose facts contradict each other."""

LISTS = ("competences", "sectors", "institutions", "duties")
"""What is computed if nothing is asked for."""

WIDE = Wide()


@frozen(eq=False, repr=False, slots=False)
class BatchResult:
    """What is recommended for the families of a table.

    Attributes:
        program: the compiled model that was used; it knows the model's key and content hash.
        columns: the columns that were asked for, in order.
        rows: number of families in the table.
        contradictory: number of families whose facts contradict each other; nothing is recommended for them.
        by: names of the columns that the totals are grouped by, or `None` if each family was asked for.
    """

    program: Program
    columns: tuple[Column, ...]
    rows: int
    contradictory: int
    by: tuple[str, ...] | None
    _model: CooperationModel | None
    _families: Families
    _batches: tuple[Batch, ...]
    _bits: tuple[Bits, ...]
    _drop: bool
    _totals: Totals
    _groups: tuple[tuple[object, ...], ...]

    def to_arrow(self) -> Any:
        """The columns as a pyarrow table of booleans, after the id column if one was named; no bit is copied.

        Raises:
            TableError: only totals were asked for.
        """
        if self.by is not None:
            raise TableError(("only totals were asked for; leave out `by` to get a row for each family",))
        pairs = zip(self._batches, self._bits, strict=True)
        batches = [_record_batch(self.columns, self._families, *pair, self._drop) for pair in pairs]
        return pa.Table.from_batches(batches, _schema(self.columns, self._families))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The columns as an Arrow stream, for Polars, DuckDB and whatever else speaks Arrow."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    @cached_property
    def totals(self) -> Any:
        """A pyarrow table with a row for each group: labels, `families`, and for how many each column is true."""
        totals = self._totals
        if self.by is None:
            totals = Totals(len(self.columns))
            totals.grow(1)
            for bits in self._bits:
                totals.add(bits)
        by = self.by or ()
        kinds = [plain_type(self._families.schema.field(name).type) for name in by]
        arrays = [pa.array([labels[place] for labels in self._groups], kind) for place, kind in enumerate(kinds)]
        arrays += [pa.array(totals.families), *(pa.array(counts) for counts in totals.counts.T)]
        return pa.Table.from_arrays(arrays, names=[*by, "families", *(column.name for column in self.columns)])

    def explain_row(self, row: int, model: CooperationModel | None = None) -> Recommendation:
        """The full recommendation for a family, as `recommend` makes it from what the table says of the family.

        Args:
            row: number of the family in the table, from 0 (in layout `Long`: in the order of their first rows).
            model: the model, if a program of a model that is not published was given.

        Raises:
            IndexError: there is no such row.
            TableError: the model is not the one that was compiled.
            CaseError: the family's facts contradict each other.
        """
        if not 0 <= row < self.rows:
            raise IndexError(f"row {row}: the table has {self.rows} families, numbered from 0")
        model = model or self._model or model_of(self.program.model)
        if model.hash != self.program.model_hash:
            raise TableError(("the model is not the one that was compiled; give that one as `model=`",))
        its = iter(self._batches)
        batch = next(its)
        while row >= batch.facts.rows:
            row -= batch.facts.rows
            batch = next(its)
        return recommendation_of(self.program, model, batch, row)

    def __repr__(self) -> str:
        return f"BatchResult({self.program.model!r}, rows={self.rows}, columns={len(self.columns)})"


def recommend_batch(
    model: CooperationModel | Program | str,
    table: ArrowTable,
    *,
    outputs: Iterable[str] | None = None,
    strengths: Iterable[Strength | str] | None = None,
    basis: Iterable[Basis | str] | None = None,
    by: Sequence[str] | None = None,
    id: str | None = None,  # noqa: A002
    commune: str | None = None,
    layout: Layout = WIDE,
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
    contradictions: Contradictions = "error",
    progress: Progress = None,
) -> BatchResult:
    """What to recommend for every family of a table.

    Args:
        model: a model, the key of a published one, or a compiled one (see `compile_model`).
        table: a pyarrow table, record batch or reader, a Polars or pandas frame, another object with the Arrow C
            interface, an iterable of record batches, or the path of a Parquet file.
        outputs: which columns are wanted: `"competences"`, `"sectors"`, `"institutions"`, `"duties"`, `"rules"` or
            names of single columns. Only these are computed. If not given: all but the rules, or all columns of a
            compiled program.
        strengths: which strengths of the lists in `outputs`.
        basis: keep only rules with a source on one of these bases. Duties always stay.
        by: names of columns to group by; then only totals are kept. `()` gives totals of the whole table.
        id: name of a column that identifies each family.
        commune: name of a column of TERYT codes, from which features of the commune follow; null is unknown.
        layout: how the table is laid out: `Wide()`, `Lists(...)` or `Long(...)`.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column, or are in no list: `"unknown"` or `"absent"`.
        contradictions: what to do with families whose facts contradict each other: `"error"`, `"null"` for nulls, or
            `"drop"` to leave them out. They never count in totals.
        progress: show how far it is; `None` for on a terminal only, or a function of families done and their number.

    Raises:
        TableError: the table cannot be used, or facts contradict each other; all that is wrong is said.
        KooperacjaError: there is no such model.

    >>> import pyarrow as pa
    >>> families = pa.table({"truancy": [True, False], "alcohol_problem": [False, True]})
    >>> result = recommend_batch("rural", families, outputs=["sector__education__required"])
    >>> result.to_arrow().to_pydict()
    {'sector__education__required': [True, False]}
    """
    _check_words(contradictions, missing)
    program, given, columns = _chosen(model, basis, outputs, strengths)
    by = None if by is None else texts_of(by, "by")
    names = [column.name for column in columns]
    shown = [id, *names] if by is None else [*by, "families", *names]
    families = Families(program, table, layout, id, commune, by or (), ignore, missing, shown)
    batches = families.all()
    rows = sum(batch.facts.rows for batch in batches)
    tick = reporter(progress, rows)
    evaluator = Evaluator(program, columns)
    conflicts = _Conflicts(program)
    answers: list[Bits] = []
    totals, groups = Totals(len(columns)), Groups()
    for batch in batches:
        if by is None:
            answers.append(evaluator.run(batch.facts, tick))
            conflicts.note(batch, 0, answers[-1])
        else:
            numbers = groups.numbers(batch.groups) if by else None
            for start, bits in evaluator.blocks(batch.facts):
                totals.add(bits, None if numbers is None else numbers[start : start + bits.rows])
                conflicts.note(batch, start, bits)
                tick(bits.rows)
        conflicts.start += batch.facts.rows
    tick(0)
    labels = tuple(groups.labels) if by else ((),)
    if by is not None:
        totals.grow(len(labels))
    if contradictions == "error":
        conflicts.raise_any()
    return BatchResult(
        program=program,
        columns=columns,
        rows=rows,
        contradictory=conflicts.count,
        by=by,
        model=given,
        families=families,
        batches=tuple(batches),
        bits=tuple(answers),
        drop=contradictions == "drop",
        totals=totals,
        groups=labels,
    )


def recommend_stream(
    model: CooperationModel | Program | str,
    table: ArrowTable,
    *,
    outputs: Iterable[str] | None = None,
    strengths: Iterable[Strength | str] | None = None,
    basis: Iterable[Basis | str] | None = None,
    id: str | None = None,  # noqa: A002
    commune: str | None = None,
    layout: Wide | Lists = WIDE,
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
    contradictions: Contradictions = "error",
    progress: Progress = None,
) -> Any:
    """What to recommend for every family of a table that need not fit into memory.

    The table is read and answered batch after batch, and nothing is kept. Ids are compared within a
    batch only, and an error comes when its batch is read. The arguments are those of `recommend_batch`.

    Args:
        model: a model, the key of a published one, or a compiled one.
        table: a table; a reader, an iterable of record batches and a Parquet file are not read at once.
        outputs: which columns are wanted.
        strengths: which strengths of the lists in `outputs`.
        basis: keep only rules with a source on one of these bases.
        id: name of a column that identifies each family.
        commune: name of a column of TERYT codes.
        layout: `Wide()` or `Lists(...)`; in layout `Long` a family could go on in any later batch.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column, or are in no list.
        contradictions: what to do with families whose facts contradict each other.
        progress: show how far it is.

    Returns:
        A pyarrow record batch reader.

    Raises:
        TableError: the table cannot be used.
        KooperacjaError: there is no such model.

    >>> import pyarrow as pa
    >>> families = pa.table({"truancy": [True, False], "alcohol_problem": [False, True]})
    >>> reader = recommend_stream("rural", families, outputs=["sectors"], strengths=["required"])
    >>> [batch.num_rows for batch in reader]
    [2]
    """
    _check_words(contradictions, missing)
    program, _, columns = _chosen(model, basis, outputs, strengths)
    if isinstance(layout, Long):
        raise TableError(("layout Long cannot be streamed, any batch may tell more of a family; read it as a whole",))
    shown = [id, *(column.name for column in columns)]
    families = Families(program, table, layout, id, commune, (), ignore, missing, shown)

    def answers() -> Iterator[Any]:
        tick = reporter(progress, families.rows)
        evaluator = Evaluator(program, columns)
        conflicts = _Conflicts(program)
        for batch in families.stream():
            bits = evaluator.run(batch.facts, tick)
            conflicts.note(batch, 0, bits)
            conflicts.start += batch.facts.rows
            if contradictions == "error":
                conflicts.raise_any()
            yield _record_batch(columns, families, batch, bits, contradictions == "drop")
        tick(0)

    return pa.RecordBatchReader.from_batches(_schema(columns, families), answers())


def _check_words(contradictions: Contradictions, missing: Missing) -> None:
    """Raise an error for words that name nothing."""
    for name, word, words in (
        ("contradictions", contradictions, get_args(Contradictions)),
        ("missing", missing, get_args(Missing)),
    ):
        if word not in words:
            raise TableError((f"`{name}` is none of {', '.join(map(repr, words))}",))


def _chosen(
    model: CooperationModel | Program | str,
    basis: Iterable[Basis | str] | None,
    outputs: Iterable[str] | None,
    strengths: Iterable[Strength | str] | None,
) -> tuple[Program, CooperationModel | None, tuple[Column, ...]]:
    """The program, the model if it is at hand, and the columns that are wanted."""
    if isinstance(model, Program):
        if basis is not None:
            raise TableError(("`basis` was fixed when the program was compiled; leave it out",))
        return model, None, model.select(outputs, strengths)
    model = model_of(model)
    program = compile_model(model, basis, LISTS if outputs is None else outputs, strengths)
    return program, model, program.columns


# -- rows ----------------------------------------------------------------------------------------


def _given(program: Program, batch: Batch, row: int) -> dict[int, bool]:
    """What is given of a family, by number of the fact: reported needs, and whatever else is known."""
    facts = batch.facts
    found = {}
    for fact in range(len(program.facts)):
        known = fact in facts.values or fact in facts.absent
        if fact in facts.valid:
            known = _bit(facts.valid[fact], row)
        present = fact in facts.values and _bit(facts.values[fact], row)
        if known and (present or fact >= len(program.needs)):
            found[fact] = present
    return found


def _bit(bits: Bytes, row: int) -> bool:
    return bool((bits[row // 8] >> (row % 8)) & 1)


def recommendation_of(program: Program, model: CooperationModel, batch: Batch, row: int) -> Recommendation:
    """What `recommend` says of a family; without needs only duties are left."""
    catalogue = model.catalogue
    numbers = _given(program, batch, row)
    given = {program.facts[fact]: present for fact, present in numbers.items()}
    code = None if batch.communes is None else batch.communes.values[batch.communes.codes[row]]
    case = Case(
        needs=tuple(need for key, need in catalogue.needs.items() if key in given),
        answers=tuple(Answer(term, given[key]) for key, term in catalogue.circumstances.items() if key in given),
        commune=None if code is None else Commune(str(code)),
    )
    recommendation = recommend_case(model, case, program.basis)
    if batch.communes is not None:
        return recommendation
    known = program.closure(literal(fact, present) for fact, present in numbers.items())
    first = len(program.facts) - len(program.features)
    features = {program.facts[one // 2]: one % 2 == 0 for one in known if one // 2 >= first}
    return Recommendation(model, case, recommendation.basis, {**recommendation.facts, **features})


class _Conflicts:
    """Families whose facts contradict each other.

    Attributes:
        start: number of the first family of the batch that is looked at.
        count: how many there are so far.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.start = 0
        self.count = 0
        self._first: tuple[int, str] = (0, "")

    def note(self, batch: Batch, start: int, bits: Bits) -> None:
        """Look through the answer for a part of a batch, which begins at its family `start`."""
        if bits.conflict >= 0:
            marks = bits.matrix[bits.conflict]
            there = int(np.bitwise_count(marks.view(np.uint64)).sum())
            if there and not self.count:
                byte = int(np.flatnonzero(marks)[0])
                mark = int(marks[byte])
                row = start + 8 * byte + (mark & -mark).bit_length() - 1
                self._first = self.start + row, self._keys(batch, row)
            self.count += there

    def _keys(self, batch: Batch, row: int) -> str:
        """The facts that are both present and absent in a row."""
        given = _given(self.program, batch, row).items()
        known = self.program.closure(literal(fact, present) for fact, present in given)
        return ", ".join(repr(self.program.facts[one // 2]) for one in sorted(known) if one % 2 and one - 1 in known)

    def raise_any(self) -> None:
        """Raise an error if there are any."""
        if self.count:
            row, keys = self._first
            where = f"in row {row}" if self.count == 1 else f"in {self.count} rows, the first is row {row}"
            todo = "correct what is given, or pass contradictions='null' or 'drop'"
            raise TableError((f"facts contradict each other {where}, on {keys}; {todo}",))


# -- Arrow out -----------------------------------------------------------------------------------


def _schema(columns: tuple[Column, ...], families: Families) -> Any:
    id_type = None if families.id is None else plain_type(families.schema.field(families.id).type)
    return _schema_of(columns, families.id, id_type)


@lru_cache(maxsize=32)
def _schema_of(columns: tuple[Column, ...], id_: str | None, id_type: Any) -> Any:
    fields = [pa.field(column.name, pa.bool_()) for column in columns]
    return pa.schema(fields if id_ is None else [pa.field(id_, id_type), *fields])


def _record_batch(columns: tuple[Column, ...], families: Families, batch: Batch, bits: Bits, drop: bool) -> Any:
    """The answer for a batch; contradictory families are null, or left out if `drop`."""
    kept = None
    if bits.conflict >= 0 and bits.matrix[bits.conflict].any():
        kept = pa.py_buffer(~bits.matrix[bits.conflict])
    kind, size = pa.bool_(), -(-bits.rows // 8)
    valid = None if drop else kept
    buffers = dict(enumerate(map(pa.py_buffer, bits.matrix)))
    buffers.update((row, pa.py_buffer(bytes([255 * (row == TRUE)]) * size)) for row in (FALSE, TRUE))
    made = {row: pa.Array.from_buffers(kind, bits.rows, [valid, buffers[row]]) for row in set(bits.columns)}
    arrays = [made[row] for row in bits.columns]
    if families.id is not None:
        ids = batch.ids
        arrays.insert(0, ids.dictionary_decode() if pa.types.is_dictionary(ids.type) else ids)
    found = pa.RecordBatch.from_arrays(arrays, schema=_schema(columns, families))
    if drop and kept is not None:
        found = found.filter(pa.BooleanArray.from_buffers(pa.bool_(), bits.rows, [None, kept]))
    return found
