"""Families and answers packed into a few columns of 64-bit integers, for files and engines to which booleans are dear.

What is known of a family takes three columns:

- `facts_X_0` and `facts_X_1`: whether each need, then each circumstance, then each feature of the
  commune is present, and then for each feature whether that is known;
- `known_X_0`: for each circumstance whether it is known. Without this column all are.

Needs and circumstances stand in the order of the catalogue, features in that of the alphabet, from
bit 0 of the first column on. `X` is the beginning of a hash over `FORMAT` and the keys in order: packed
columns cannot be read with another catalogue by mistake, but rules may change, and all models of
one catalogue read the same columns. Null in a packed fact is an error, as it is in a need.

An answer has such columns for each kind and strength, named like `sector__required_X_0`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from numpy.typing import NDArray

from kooperacja_model.batch.arrow import ArrowTable, bits_of, nulls_of, plain_type
from kooperacja_model.batch.columns import Bytes, Facts
from kooperacja_model.batch.linear import State
from kooperacja_model.batch.program import Column, Program, compile_model, did_you_mean, features_of, texts_of
from kooperacja_model.batch.tables import Families, Layout, Missing, Wide
from kooperacja_model.commune import TerytCode
from kooperacja_model.errors import TableError
from kooperacja_model.model import CooperationModel

__all__ = ["FORMAT", "PackedAnswers", "PackedFacts", "Plane", "pack_table", "transpose", "unpack_table"]

FORMAT = "kooperacja_model/packed/1"
"""The layout described here; another one gets another number."""

_COLUMN = re.compile(r"(facts|known)_[0-9a-f]{8}_[0-9]+")
_WIDE = Wide()
_BLOCK = 1024
_STAGES = tuple((stage, sum(1 << bit for bit in range(64) if not bit & stage)) for stage in (32, 16, 8, 4, 2, 1))


# -- planes --------------------------------------------------------------------------------------


@frozen
class Plane:
    """Bits side by side in as many columns of 64-bit integers as they need.

    Attributes:
        name: how the names of the columns begin.
        bits: what each bit is about.

    >>> plane = Plane("facts", ("truancy", "homelessness"))
    >>> plane.columns
    ('facts_ffe47393_0',)
    >>> plane.place("homelessness")
    ('facts_ffe47393_0', 1)
    """

    name: str
    bits: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        digest = sha256("\n".join((FORMAT, self.name, *self.bits)).encode()).hexdigest()[:8]
        return tuple(f"{self.name}_{digest}_{word}" for word in range(-(-len(self.bits) // 64)))

    def place(self, bit: str) -> tuple[str, int]:
        """The column in which a bit stands, and its number there, from 0 for the lowest.

        Raises:
            TableError: there is no such bit.
        """
        if bit not in self.bits:
            raise TableError((f"{bit!r} is not in it; {did_you_mean(bit, self.bits) or 'see `bits`'}",))
        word, number = divmod(self.bits.index(bit), 64)
        return self.columns[word], number

    def pack(self, bits: Mapping[str, Bytes], rows: int, empty: NDArray[np.bool_] | None = None) -> list[Any]:
        """The columns as Arrow arrays; bits that are not given are 0, rows that are `empty` are null."""
        columns = []
        for start in range(0, len(self.bits), 64):
            square = np.zeros((64, -(-rows // 64)), dtype=np.uint64)
            flat = square.view(np.uint8)
            for number, bit in enumerate(self.bits[start : start + 64]):
                if bit in bits:
                    flat[number, : -(-rows // 8)] = bits[bit]
            transpose(square)
            columns.append(pa.array(square.T.reshape(-1)[:rows].view(np.int64), mask=empty))
        return columns

    def unpack(self, table: Any) -> dict[str, Bytes]:
        """All bits of a table that has the columns; null is 0.

        Raises:
            TableError: columns are missing or of another type.
        """
        rows = table.num_rows
        found: dict[str, Bytes] = {}
        for start, name in zip(range(0, len(self.bits), 64), self.columns, strict=True):
            square = np.zeros((64, -(-rows // 64)), dtype=np.uint64)
            words = np.zeros(square.size, dtype=np.int64)
            column = _column(table, name)
            words[:rows] = (column.fill_null(0) if column.null_count else column).to_numpy()
            square[:] = words.view(np.uint64).reshape(-1, 64).T
            transpose(square)
            found |= dict(zip(self.bits[start : start + 64], square.view(np.uint8), strict=False))
        return found


def transpose(square: NDArray[np.uint64]) -> None:
    """Swap bit `j` of word `i` with bit `i` of word `j` in each column of 64 words, in place."""
    for first in range(0, square.shape[1], _BLOCK):
        block = np.ascontiguousarray(square[:, first : first + _BLOCK])
        for stage, mask in _STAGES:
            halves = block.reshape(32 // stage, 2, -1)
            upper, lower = halves[:, 0], halves[:, 1]
            swapped = ((upper >> np.uint64(stage)) ^ lower) & np.uint64(mask)
            lower ^= swapped
            upper ^= swapped << np.uint64(stage)
        square[:, first : first + _BLOCK] = block


def _column(table: Any, name: str) -> Any:
    """A packed column as one Arrow array."""
    if name not in table.schema.names:
        raise TableError((f"the packed column {name!r} is missing; keep all of them",))
    kind = table.schema.field(name).type
    if kind != pa.int64():
        raise TableError((f"column {name!r} is of type {kind}; packed columns are int64",))
    column = table.column(name)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


# -- families ------------------------------------------------------------------------------------


@frozen
class PackedFacts:
    """Where the facts of a family stand in packed columns.

    Attributes:
        needs: keys of the needs.
        circumstances: keys of the circumstances.
        features: keys of all features of communes.

    >>> layout = PackedFacts.of("rural")
    >>> [name.partition("_")[0] for plane in (layout.facts, layout.known) for name in plane.columns]
    ['facts', 'facts', 'known']
    """

    needs: tuple[str, ...]
    circumstances: tuple[str, ...]
    features: tuple[str, ...]

    @staticmethod
    def of(model: CooperationModel | Program | str) -> PackedFacts:
        """The layout for the catalogue of a model.

        Raises:
            KooperacjaError: there is no such model.
        """
        program = _program(model)
        features = {*program.features, *dict(program.fixed)}
        return PackedFacts(program.needs, program.circumstances, tuple(sorted(features)))

    @property
    def facts(self) -> Plane:
        """What is present, and which features are known."""
        features = (*self.features, *map(_is_known, self.features))
        return Plane("facts", (*self.needs, *self.circumstances, *features))

    @property
    def known(self) -> Plane:
        """Which circumstances are known."""
        return Plane("known", tuple(map(_is_known, self.circumstances)))

    def planes(self, names: Iterable[str]) -> tuple[Plane, ...]:
        """The planes of packed facts that a table with columns of these names has; none if it has no packed facts.

        Raises:
            TableError: facts are packed in another way, or some of their columns are missing.
        """
        there = {name for name in names if _COLUMN.fullmatch(name)}
        problems = [
            f"column {name!r} was packed with another catalogue or format; pack the families again"
            for name in sorted(there.difference(self.facts.columns, self.known.columns))
        ]
        planes = (self.facts, self.known) if there.intersection(self.known.columns) else (self.facts,)
        if there and not problems:
            wanted = [name for plane in planes for name in plane.columns]
            problems = [f"the packed column {name!r} is missing; keep all" for name in wanted if name not in there]
        if problems:
            raise TableError(tuple(problems))
        return planes if there else ()


def pack_table(
    model: CooperationModel | Program | str,
    table: ArrowTable,
    *,
    unknowns: bool = True,
    id: str | None = None,  # noqa: A002
    commune: str | None = None,
    keep: Sequence[str] = (),
    layout: Layout = _WIDE,
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
) -> Any:
    """The families of a table, with their facts packed into a few columns of 64-bit integers.

    Args:
        model: a model, the key of a published one, or a compiled one; only its catalogue matters.
        table: whatever `recommend_batch` reads.
        unknowns: also tell which circumstances are known; without it, all have to be.
        id: name of a column that identifies each family; it is kept.
        commune: name of a column of TERYT codes, from which features of the commune follow.
        keep: names of columns to keep.
        layout: how the table is laid out.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column, or are in no list.

    Returns:
        A pyarrow table: the `id` column, those of `keep`, then the packed ones.

    Raises:
        TableError: the table cannot be used.
        KooperacjaError: there is no such model.

    >>> import pyarrow as pa
    >>> families = pa.table({"truancy": [True, False], "municipal_tenant": [None, True]})
    >>> packed = pack_table("rural", families)
    >>> packed.num_columns
    3
    >>> unpack_table("rural", packed)["municipal_tenant"].to_pylist()
    [None, True]
    """
    packed = PackedFacts.of(model)
    features = packed.features if commune is None else tuple(features_of(TerytCode("1465011")))
    program = evolve(_program(model), features=features, fixed=())
    planes = (packed.facts, packed.known) if unknowns else (packed.facts,)
    keep = texts_of(keep, "keep")
    shown = [id, *keep, *(name for plane in planes for name in plane.columns)]
    families = Families(program, table, layout, id, commune, keep, ignore, missing, shown)
    kept = [families.schema.field(name) for name in (*(() if id is None else (id,)), *keep)]
    kept = [field.with_type(plain_type(field.type)) for field in kept]
    schema = pa.schema([*kept, *(pa.field(name, pa.int64()) for plane in planes for name in plane.columns)])
    batches = []
    for batch in families.all():
        bits = _bits_of(program, batch.facts)
        if not unknowns:
            _check_known(packed, bits, batch.facts.rows)
        arrays = [] if id is None else [batch.ids.cast(kept[0].type)]
        for labels, field in zip(batch.groups, kept[len(arrays) :], strict=True):
            arrays.append(pa.array(labels.values, field.type).take(pa.array(labels.codes)))
        arrays += [column for plane in planes for column in plane.pack(bits, batch.facts.rows)]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema)


def unpack_table(model: CooperationModel | Program | str, table: Any, features: bool = True) -> Any:
    """A table with packed facts as `recommend_batch` reads it, with a column of booleans for each fact.

    Args:
        model: a model, the key of a published one, or a compiled one.
        table: a pyarrow table or record batch; its other columns stay as they are.
        features: also give the features of the commune that the model leaves open.

    Raises:
        TableError: the table has no packed facts, or they cannot be read with this catalogue.
        KooperacjaError: there is no such model.
    """
    program, packed = _program(model), PackedFacts.of(model)
    planes = packed.planes(table.schema.names)
    if not planes:
        raise TableError(("it has no packed facts; make them with `pack_table`",))
    bits = {bit: its for plane in planes for bit, its in plane.unpack(table).items()}
    used = [name for plane in planes for name in plane.columns]
    empty = {name: table.column(name).null_count for name in used}
    if problems := [f"column {name!r}: null in {count} rows; fill it" for name, count in empty.items() if count]:
        raise TableError(tuple(problems))
    arrays = {name: table.column(name) for name in table.schema.names if name not in used}
    for key in (*program.needs, *program.circumstances, *(program.features if features else ())):
        arrays[key] = _flags(bits[key], bits.get(_is_known(key)), table.num_rows)
    return pa.table(arrays)


def _program(model: CooperationModel | Program | str) -> Program:
    return model if isinstance(model, Program) else compile_model(model, outputs=["sectors"])


def _is_known(key: str) -> str:
    """Name of the bit that tells whether a fact is known; no key looks like that."""
    return f"{key}?"


def _bits_of(program: Program, facts: Facts) -> dict[str, Bytes]:
    """For each fact whether it is known to be present, and whether it is known."""
    none = np.zeros(-(-facts.rows // 8), dtype=np.uint8)
    bits = {}
    for number, key in enumerate(program.facts):
        known = facts.valid.get(number, none if facts.state(number) is State.UNKNOWN else ~none)
        bits[key] = facts.values.get(number, none) & known
        bits[_is_known(key)] = known
    return bits


def _check_known(packed: PackedFacts, bits: Mapping[str, Bytes], rows: int) -> None:
    """Raise an error if a circumstance is unknown somewhere."""
    problems = []
    for key in packed.circumstances:
        known = int(np.unpackbits(bits[_is_known(key)], count=rows, bitorder="little").sum())
        if known < rows:
            problems.append(f"circumstance {key!r} is unknown in {rows - known} rows; leave out `unknowns=False`")
    if problems:
        raise TableError(tuple(problems))


def _flags(bits: Bytes, valid: Bytes | None, rows: int) -> Any:
    """Bits as an Arrow array of booleans."""
    buffers = [None if valid is None else pa.py_buffer(valid), pa.py_buffer(bits)]
    return pa.BooleanArray.from_buffers(pa.bool_(), rows, buffers)


# -- answers -------------------------------------------------------------------------------------


@frozen
class PackedAnswers:
    """Where the columns of an answer stand in packed columns.

    Attributes:
        names: the columns of the answer, in order.

    >>> program = compile_model("rural", outputs=["sectors"], strengths=["required", "advised"])
    >>> [plane.name for plane in PackedAnswers.of(program.columns).planes]
    ['sector__required', 'sector__advised']
    """

    names: tuple[str, ...]

    @staticmethod
    def of(columns: Iterable[Column]) -> PackedAnswers:
        """The layout for some columns."""
        return PackedAnswers(tuple(column.name for column in columns))

    @property
    def planes(self) -> tuple[Plane, ...]:
        """A plane for each kind and strength."""
        planes: dict[str, list[str]] = {}
        for name in self.names:
            kind, _, strength = name.split("__")
            planes.setdefault(f"{kind}__{strength}", []).append(name)
        return tuple(Plane(name, tuple(bits)) for name, bits in planes.items())

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the packed columns."""
        return tuple(name for plane in self.planes for name in plane.columns)

    def place(self, column: str) -> tuple[str, int]:
        """The packed column in which a column of the answer stands, and its bit there, from 0 for the lowest.

        Raises:
            TableError: there is no such column.
        """
        places = {bit: plane for plane in self.planes for bit in plane.bits}
        if column not in places:
            raise TableError((f"{column!r} is not in it; {did_you_mean(column, places) or 'it was not asked for'}",))
        return places[column].place(column)

    def pack(self, table: Any) -> Any:
        """An answer as `BatchResult.to_arrow` gives it, packed; families without an answer have null."""
        kept = [field for field in table.schema if field.name not in {*self.names}]
        schema = pa.schema([*kept, *(pa.field(name, pa.int64()) for name in self.columns)])
        batches = []
        for batch in table.to_batches():
            flags = {name: batch.column(name) for name in self.names}
            given = {name: bits_of(flag.buffers()[1], flag.offset, batch.num_rows) for name, flag in flags.items()}
            arrays = [batch.column(field.name) for field in kept]
            for plane in self.planes:
                arrays += plane.pack(given, batch.num_rows, nulls_of(flags[plane.bits[0]]))
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        return pa.Table.from_batches(batches, schema)

    def unpack(self, table: Any) -> Any:
        """A packed answer with columns of booleans again; other columns stay as they are.

        Raises:
            TableError: packed columns are missing, because it is the answer to another question.
        """
        arrays = {name: table.column(name) for name in table.schema.names if name not in self.columns}
        arrays |= dict.fromkeys(self.names)
        for plane in self.planes:
            bits = plane.unpack(table)
            valid = np.packbits(~nulls_of(_column(table, plane.columns[0])), bitorder="little")
            arrays |= {name: _flags(its, valid, table.num_rows) for name, its in bits.items()}
        return pa.table(arrays)
