"""Opens whatever speaks Arrow, and turns Arrow arrays into NumPy arrays.

pyarrow has no types; this module and `tables` are where its objects are looked into.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Bytes
from kooperacja_model.errors import TableError

__all__ = [
    "MAX_ROWS",
    "MIN_ROWS",
    "ArrowTable",
    "Flags",
    "Labels",
    "Numbers",
    "Opened",
    "bits_of",
    "duplicates",
    "is_flag",
    "is_label",
    "is_list_of_texts",
    "is_text",
    "joined",
    "labels_of",
    "nulls_of",
    "one_batch",
    "open_table",
    "plain_type",
]

ArrowTable = Any
"""A pyarrow table, record batch or reader, a Polars or pandas frame, another object with the Arrow C interface, an
iterable of pyarrow record batches, or the path of a Parquet file."""

Numbers = NDArray[np.intp]
Flags = NDArray[np.bool_]

MIN_ROWS = 1 << 16
"""Batches with fewer rows are joined."""

MAX_ROWS = 1 << 20
"""Batches with more rows are split where memory has to be bounded."""


@frozen(eq=False)
class Opened:
    """A table that can be read.

    Attributes:
        schema: its Arrow schema.
        rows: how many rows it has, if that is known.
        batches: its record batches, once; only the named columns need to be there.
    """

    schema: Any
    rows: int | None
    batches: Callable[[Sequence[str]], Iterable[Any]]


@frozen(eq=False)
class Labels:
    """A column of labels as numbers.

    Attributes:
        codes: for each row the place of its label in `values`.
        values: the labels, each once, and `None` for null.
    """

    codes: Numbers
    values: tuple[object, ...]


def open_table(table: ArrowTable) -> Opened:
    """Anything that is a table.

    Raises:
        TableError: it is none, or the file cannot be read.
    """
    if isinstance(table, str | os.PathLike):
        return _open_file(os.fspath(table))
    if type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "columns"):
        table = _of_pandas(table)
    if isinstance(table, pa.Table):
        return Opened(table.schema, table.num_rows, lambda names: table.to_batches())
    try:
        if hasattr(table, "__arrow_c_stream__"):
            reader = pa.RecordBatchReader.from_stream(table)
            rows = len(table) if hasattr(table, "__len__") else None
            return Opened(reader.schema, rows, lambda names: _to_the_end(reader))
        if hasattr(table, "__arrow_c_array__"):
            batch = pa.record_batch(table)
            return Opened(batch.schema, batch.num_rows, lambda names: (batch,))
    except pa.ArrowException:
        raise TableError(
            (f"what was given is an array and no table, or has rows that are null; give {_KINDS}",)
        ) from None
    if not isinstance(table, Iterable):
        raise TableError((f"what was given is no table; give {_KINDS}",))
    batches = iter(table)
    first = next(batches, batches)
    if first is batches:
        raise TableError(("no batch came; give at least one, and a generator only once, as it can be read only once",))
    if not isinstance(first, pa.RecordBatch):
        raise TableError((f"what was given is no table; give {_KINDS}",))
    return Opened(first.schema, None, lambda names: _alike(first, batches))


_KINDS = "a pyarrow table, batch or reader, a Polars or pandas frame, or the path of a Parquet file"


def duplicates(names: Iterable[object]) -> list[str]:
    """What is wrong with names of columns of which some are the same."""
    times = Counter(map(str, names)).items()
    return [f"column {name!r} is there {many} times; give each column its own name" for name, many in times if many > 1]


def _of_pandas(frame: Any) -> Any:
    """A pandas frame as an Arrow table."""
    if problems := duplicates(frame.columns):
        raise TableError(tuple(problems))
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError):
        raise TableError(("a column has values of different types; make it boolean, or leave it out",)) from None


def _alike(first: Any, others: Iterable[Any]) -> Iterator[Any]:
    """All batches; an error if they do not belong together."""
    for number, batch in enumerate(chain((first,), others)):
        if not isinstance(batch, pa.RecordBatch):
            raise TableError((f"batch {number}, counted from 0, is no pyarrow record batch; give nothing else",))
        if not batch.schema.equals(first.schema):
            names = sorted({repr(field.name) for field in {*first.schema} ^ {*batch.schema}})
            what = ", ".join(names) or "the order of columns"
            todo = "give all batches the same columns and types in the same order"
            raise TableError((f"batch {number}, counted from 0, differs from the first in {what}; {todo}",))
        yield batch


def _to_the_end(batches: Iterable[Any]) -> Iterator[Any]:
    """The same batches; an error if they break off."""
    rows = 0
    try:
        for batch in batches:
            yield batch
            rows += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        what = "the file is damaged, or what came is not of the schema that was announced"
        raise TableError((f"nothing can be read after {rows} rows, {what}; write or make the table again",)) from error


def _open_file(path: str) -> Opened:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException:
        raise TableError(("the file is no Parquet file; give the path of one",)) from None
    except OSError:
        raise TableError(("the file cannot be opened; give the path of a Parquet file",)) from None
    rows: int = file.metadata.num_rows
    return Opened(file.schema_arrow, rows, lambda names: _to_the_end(file.iter_batches(MAX_ROWS, columns=list(names))))


# -- batches -------------------------------------------------------------------------------------


def joined(batches: Iterable[Any]) -> Iterator[Any]:
    """The same rows, in batches that are not small except for the last; empty ones are left out."""
    waiting: list[Any] = []
    rows = 0
    for batch in batches:
        if waiting and batch.num_rows >= MIN_ROWS:
            yield one_batch(waiting, batch.schema)
            waiting, rows = [], 0
        if batch.num_rows:
            waiting.append(batch)
            rows += batch.num_rows
        if rows >= MIN_ROWS:
            yield one_batch(waiting, batch.schema)
            waiting, rows = [], 0
    if waiting:
        yield one_batch(waiting, waiting[0].schema)


def one_batch(batches: Sequence[Any], schema: Any) -> Any:
    """Batches as one."""
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches, schema)
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], schema=schema)


# -- types ---------------------------------------------------------------------------------------


def plain_type(kind: Any) -> Any:
    """The type of the values of a column, dictionary or not."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: Any) -> bool:
    """Whether a column holds texts, or nothing but nulls."""
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(its(plain_type(kind)) for its in kinds)


def is_list_of_texts(kind: Any) -> bool:
    """Whether a column holds lists of texts."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)) and is_text(kind.value_type)


def is_flag(kind: Any) -> bool:
    """Whether a column holds booleans, or nothing but nulls."""
    return bool(pa.types.is_boolean(kind) or pa.types.is_null(kind))


def is_label(kind: Any) -> bool:
    """Whether a column can identify or group families."""
    return not pa.types.is_nested(plain_type(kind))


# -- arrays --------------------------------------------------------------------------------------


def bits_of(buffer: Any, offset: int, rows: int) -> Bytes:
    """The bits of an Arrow buffer from a bit on; not copied if that is the first bit of a byte."""
    first, shift = divmod(offset, 8)
    size = -(-rows // 8)
    whole: Bytes = np.frombuffer(buffer, dtype=np.uint8)
    if not shift:
        return whole[first : first + size]
    part = whole[first : first + size + 1]
    moved: Bytes = np.right_shift(part[:size], shift, dtype=np.uint8)
    moved[: len(part) - 1] |= np.left_shift(part[1:], 8 - shift, dtype=np.uint8)
    return moved


def nulls_of(array: Any) -> Flags:
    """Where an Arrow array is null."""
    flags: Flags = array.is_null().to_numpy(zero_copy_only=False)
    return flags


def labels_of(array: Any) -> Labels:
    """A column of labels as numbers, the labels in the order of appearance if they were not encoded before."""
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    values: list[object] = [*array.dictionary.to_pylist(), None]
    places: dict[object, int] = {}
    for value in values:
        places.setdefault(value, len(places))
    codes: Numbers = array.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False).astype(np.intp)
    if len(places) < len(values):
        codes = np.array([places[value] for value in values], dtype=np.intp)[codes]
    return Labels(codes, tuple(places))
