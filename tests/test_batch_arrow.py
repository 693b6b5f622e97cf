"""Whatever speaks Arrow is opened, and its bits are read right from every offset."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kooperacja_model.batch import arrow
from kooperacja_model.batch.arrow import (
    bits_of,
    duplicates,
    is_flag,
    is_label,
    is_list_of_texts,
    is_text,
    joined,
    labels_of,
    nulls_of,
    one_batch,
    open_table,
    plain_type,
)
from kooperacja_model.errors import TableError

TABLE = pa.table({"truancy": [True, False, None], "place": ["a", "b", "a"]})


class OnlyArray:
    """Speaks the Arrow C array interface and nothing else."""

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return TABLE.to_batches()[0].__arrow_c_array__(requested_schema)


class OnlyStream:
    """Speaks the Arrow C stream interface and nothing else."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return TABLE.__arrow_c_stream__(requested_schema)


def read(table: Any) -> list[dict[str, Any]]:
    opened = open_table(table)
    return [row for batch in opened.batches(opened.schema.names) for row in batch.to_pylist()]


class TestEverythingThatIsATableIsOpened:
    @pytest.mark.parametrize(
        ("table", "rows"),
        [
            (TABLE, 3),
            (TABLE.to_batches()[0], 3),
            (TABLE.to_reader(), None),
            (OnlyArray(), 3),
            (OnlyStream(), None),
            (TABLE.to_batches(max_chunksize=2), None),
            (iter(TABLE.to_batches(max_chunksize=1)), None),
        ],
        ids=["table", "batch", "reader", "array", "stream", "list", "iterator"],
    )
    def test_with_its_rows_in_order(self, table: Any, rows: int | None) -> None:
        assert open_table(table).rows == rows or rows is None
        if not isinstance(table, pa.RecordBatchReader):
            assert open_table(table).schema.names == ["truancy", "place"]

    @pytest.mark.parametrize(
        "table",
        [
            TABLE,
            TABLE.to_reader(),
            OnlyArray(),
            OnlyStream(),
            TABLE.to_batches(max_chunksize=2),
        ],
        ids=["table", "reader", "array", "stream", "list"],
    )
    def test_and_read(self, table: Any) -> None:
        assert read(table) == TABLE.to_pylist()

    def test_a_parquet_file_is_read_by_columns(self, tmp_path: Path) -> None:
        pq.write_table(TABLE, tmp_path / "families.parquet")
        for path in (tmp_path / "families.parquet", str(tmp_path / "families.parquet")):
            opened = open_table(path)
            assert opened.rows == 3
            assert [batch.to_pydict() for batch in opened.batches(["place"])] == [{"place": ["a", "b", "a"]}]


class TestWhatIsNoTableIsAnError:
    @pytest.mark.parametrize("table", [3, None, {"truancy": [True]}, [1, 2], [None], TABLE.schema])
    def test_that_says_what_to_give(self, table: Any) -> None:
        with pytest.raises(TableError, match="what was given is no table; give a pyarrow table"):
            open_table(table)

    def test_nothing_at_all_as_from_a_generator_that_was_read_before(self) -> None:
        batches = (batch for batch in TABLE.to_batches())
        assert len(list(open_table(batches).batches([]))) == 1
        nothing: tuple[Any, ...] = (batches, [], iter(()))
        for empty in nothing:
            with pytest.raises(TableError, match="no batch came; give at least one, and a generator only once"):
                open_table(empty)

    @pytest.mark.parametrize(
        "array",
        [pa.array([True]), pa.chunked_array([[True]]), pa.array([{"truancy": True}, None])],
        ids=["array", "chunked array", "null rows"],
    )
    def test_an_array_or_rows_that_are_null(self, array: Any) -> None:
        with pytest.raises(TableError, match="is an array and no table, or has rows that are null; give a pyarrow"):
            open_table(array)

    def test_an_array_whose_rows_are_all_there_is_a_table(self) -> None:
        assert read(pa.array([{"truancy": True}, {"truancy": None}])) == [{"truancy": True}, {"truancy": None}]

    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match="the file cannot be opened"):
            open_table(tmp_path / "families.parquet")

    def test_a_file_that_is_no_parquet_file(self, tmp_path: Path) -> None:
        (tmp_path / "families.csv").write_text("truancy\ntrue\n", encoding="utf-8")
        with pytest.raises(TableError, match="the file is no Parquet file"):
            open_table(tmp_path / "families.csv")


class TestBatchesThatDoNotBelongTogether:
    FIRST = pa.record_batch({"truancy": [True], "place": ["a"]})

    @pytest.mark.parametrize(
        ("other", "problem"),
        [
            (
                pa.record_batch({"truancy": [True]}),
                "batch 2, counted from 0, differs from the first in 'place'; give all",
            ),
            (
                pa.record_batch({"truancy": ["yes"], "plaice": ["a"]}),
                "batch 2, counted from 0, differs from the first in 'place', 'plaice', 'truancy'; give all",
            ),
            (
                FIRST.select(["place", "truancy"]),
                "batch 2, counted from 0, differs from the first in the order of columns; give",
            ),
            (5, "batch 2, counted from 0, is no pyarrow record batch; give nothing else"),
            (None, "batch 2, counted from 0, is no pyarrow record batch; give nothing else"),
            (TABLE, "batch 2, counted from 0, is no pyarrow record batch; give nothing else"),
        ],
        ids=["fewer", "others", "order", "number", "none", "table"],
    )
    def test_are_an_error_when_they_come(self, other: Any, problem: str) -> None:
        batches = iter(open_table([self.FIRST, self.FIRST, other]).batches([]))
        assert [next(batches), next(batches)] == [self.FIRST, self.FIRST]
        with pytest.raises(TableError) as caught:
            next(batches)
        assert caught.value.problems[0].startswith(problem)

    def test_metadata_may_differ(self) -> None:
        other = self.FIRST.replace_schema_metadata({"from": "elsewhere"})
        assert len(list(open_table([self.FIRST, other]).batches([]))) == 2

    def test_a_reader_that_breaks_off(self) -> None:
        for other in (pa.record_batch({"truancy": [True]}), 5):
            reader = pa.RecordBatchReader.from_batches(self.FIRST.schema, iter([self.FIRST, self.FIRST, other]))
            batches = iter(open_table(reader).batches([]))
            assert [next(batches), next(batches)] == [self.FIRST, self.FIRST]
            with pytest.raises(TableError, match="nothing can be read after 2 rows, the file is damaged, or what came"):
                next(batches)

    def test_what_goes_wrong_in_a_generator_is_not_hidden(self) -> None:
        def batches() -> Any:
            yield self.FIRST
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            list(open_table(batches()).batches([]))


def damaged_file(folder: Path) -> Path:
    """A Parquet file with a good footer and nothing but zeros where its second row group was."""
    path = folder / "families.parquet"
    pq.write_table(TABLE, path, row_group_size=2, compression="none")
    column = pq.read_metadata(path).row_group(1).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    data = path.read_bytes()
    path.write_bytes(data[:start] + bytes(column.total_compressed_size) + data[start + column.total_compressed_size :])
    return path


def test_a_file_that_is_damaged_after_its_beginning(tmp_path: Path) -> None:
    opened = open_table(damaged_file(tmp_path))
    assert opened.rows == 3
    with pytest.raises(TableError, match=r"^table: nothing can be read after \d+ rows, the file is damaged"):
        list(opened.batches(["truancy"]))


def test_names_that_are_there_more_than_once() -> None:
    assert duplicates(["a", "b", 3, "b", "3", "b"]) == [
        "column 'b' is there 3 times; give each column its own name",
        "column '3' is there 2 times; give each column its own name",
    ]
    assert duplicates(["a", "b"]) == []


class TestBits:
    @pytest.mark.parametrize("offset", [*range(17), 63, 64, 65])
    def test_they_are_read_from_every_offset(self, offset: int) -> None:
        rng = Random(offset)
        values = [rng.random() < 0.5 for _ in range(offset + 90)]
        array = pa.array(values)
        for rows in (0, 1, 7, 8, 9, 16, 63, 64, 65, 90):
            part = array.slice(offset, rows)
            found = np.unpackbits(bits_of(part.buffers()[1], part.offset, rows), count=rows, bitorder="little")
            assert found.tolist() == values[offset : offset + rows]

    def test_a_buffer_without_padding_is_read_to_its_last_byte(self) -> None:
        found = bits_of(pa.py_buffer(bytes([0b10000000, 0b00000101])), 7, 4)
        assert np.unpackbits(found, count=4, bitorder="little").tolist() == [1, 1, 0, 1]

    def test_whole_bytes_are_not_copied(self) -> None:
        array = pa.array([True, False] * 64)
        buffer = array.buffers()[1]
        found = bits_of(buffer, 16, 100)
        assert found.ctypes.data == buffer.address + 2
        assert len(found) == 13

    def test_nulls_are_flags(self) -> None:
        assert nulls_of(pa.array([True, None])).tolist() == [False, True]
        assert nulls_of(pa.nulls(2)).tolist() == [True, True]


class TestLabels:
    @pytest.mark.parametrize("encoded", [False, True])
    def test_each_label_has_one_place(self, encoded: bool) -> None:
        array = pa.array(["b", None, "a", "b"])
        labels = labels_of(array.dictionary_encode() if encoded else array)
        assert labels.values == ("b", "a", None)
        assert labels.codes.tolist() == [0, 2, 1, 0]

    def test_a_dictionary_with_doubles_and_null_is_put_in_order(self) -> None:
        dictionary = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, None]), pa.array(["a", None, "a", "b"]))
        labels = labels_of(dictionary)
        assert labels.values == ("a", None, "b")
        assert labels.codes.tolist() == [0, 1, 0, 2, 1]

    @pytest.mark.parametrize("array", [pa.nulls(3), pa.array([1, 2, None]), pa.array([], pa.string())])
    def test_labels_can_be_read_back(self, array: Any) -> None:
        labels = labels_of(array)
        assert [labels.values[code] for code in labels.codes] == array.to_pylist()


class TestBatches:
    def test_small_ones_are_joined_and_empty_ones_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 10)
        sizes = [3, 0, 4, 5, 30, 2, 12, 0, 1, 1]
        numbers = iter(range(100))
        batches = [pa.record_batch({"n": pa.array([next(numbers) for _ in range(size)], pa.int64())}) for size in sizes]
        found = list(joined(batches))
        assert [batch.num_rows for batch in found] == [12, 30, 2, 12, 2]
        assert [n for batch in found for n in batch["n"].to_pylist()] == list(range(58))

    def test_the_rest_before_a_large_one_is_not_copied_into_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 10)
        large = pa.record_batch({"n": list(range(20))})
        small, same = joined([pa.record_batch({"n": [1]}), large])
        assert small.num_rows == 1
        assert same is large

    def test_no_batches_are_one_empty_batch(self) -> None:
        assert one_batch([], TABLE.schema).num_rows == 0
        assert list(joined([])) == []

    def test_dictionaries_that_differ_are_joined(self) -> None:
        parts = [pa.record_batch({"x": pa.array(values).dictionary_encode()}) for values in (["a", "b"], ["c", "a"])]
        assert one_batch(parts, parts[0].schema)["x"].to_pylist() == ["a", "b", "c", "a"]


def test_types_are_told_apart() -> None:
    texts = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
    assert [is_text(kind) for kind in [*texts, pa.null(), pa.int64(), pa.bool_()]] == [True] * 5 + [False] * 2
    assert [is_list_of_texts(kind) for kind in (pa.list_(pa.string()), pa.large_list(texts[3]))] == [True, True]
    assert [is_list_of_texts(kind) for kind in (pa.list_(pa.int64()), pa.string())] == [False, False]
    assert [is_flag(kind) for kind in (pa.bool_(), pa.null(), pa.int8())] == [True, True, False]
    assert [is_label(kind) for kind in (pa.date32(), texts[3], pa.list_(pa.string()))] == [True, True, False]
    assert [plain_type(kind) for kind in (texts[3], pa.int64())] == [pa.string(), pa.int64()]
