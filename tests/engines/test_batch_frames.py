"""Polars and pandas frames go in as any Arrow table does, and results come back as frames."""

from __future__ import annotations

from random import Random
from typing import Any

import pyarrow as pa
import pytest
from random_families import expected_columns, random_families, wide_table

from kooperacja_model.batch import Lists, arrow, recommend_batch, recommend_stream
from kooperacja_model.batch.arrow import labels_of, open_table
from kooperacja_model.errors import TableError

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

FRAMES = {
    "polars": pl.from_arrow,
    "pandas": lambda table: table.to_pandas(),
    "pandas with Arrow types": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_gives_what_its_arrow_table_gives(frame: Any) -> None:
    cases = random_families("frames", 300)
    table = (
        wide_table(cases).append_column("id", pa.array(range(300))).append_column("year", pa.array([2020, 2021] * 150))
    )
    expected = recommend_batch("city", table, commune="teryt", id="id", ignore=["year"])
    found = recommend_batch("city", frame(table), commune="teryt", id="id", ignore=["year"])
    assert found.to_arrow().equals(expected.to_arrow())
    assert found.explain_row(7) == expected.explain_row(7)
    streamed = recommend_stream("city", frame(table), commune="teryt", id="id", ignore=["year"])
    assert pa.Table.from_batches(streamed).equals(expected.to_arrow())
    totals = [
        recommend_batch("city", its, commune="teryt", by=["year"], ignore=["id"]).totals
        for its in (table, frame(table))
    ]
    assert totals[0].to_pydict() == totals[1].to_pydict()


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize(("offset", "size"), [(0, 0), (1, 1), (3, 64), (5, 65), (8, 100), (63, 137)])
def test_parts_of_frames_are_read_from_every_offset(frame: Any, offset: int, size: int) -> None:
    cases = random_families("parts", 200)
    part = frame(wide_table(cases))[offset : offset + size]
    found = recommend_batch("rural", part, commune="teryt", outputs=["sectors", "duties"]).to_arrow()
    expected = [expected_columns("rural", case) & set(found.column_names) for case in cases[offset : offset + size]]
    assert [{name for name, value in row.items() if value} for row in found.to_pylist()] == expected


def test_frames_in_chunks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "MIN_ROWS", 30)
    cases = random_families("chunks", 200)
    table = wide_table(cases)
    rng = Random("chunks")
    cuts = sorted(rng.sample(range(1, 200), 9))
    parts = [table.slice(start, stop - start) for start, stop in zip([0, *cuts], [*cuts, 200], strict=True)]
    frame = pl.concat([pl.from_arrow(part) for part in parts], rechunk=False)
    assert frame.n_chunks() == 10
    found, expected = (recommend_batch("city", its, commune="teryt").to_arrow() for its in (frame, table))
    assert found.combine_chunks().equals(expected.combine_chunks())


def test_a_result_becomes_a_frame() -> None:
    result = recommend_batch("rural", pa.table({"truancy": [True, False]}), outputs=["sectors"])
    assert pl.DataFrame(result)["sector__education__required"].to_list() == [True, False]
    assert result.to_arrow().to_pandas()["sector__education__required"].tolist() == [True, False]


def test_rows_and_columns_of_a_frame_are_those_of_its_table() -> None:
    frame = pd.DataFrame({"truancy": [True]}, index=["Kowalska"])
    assert open_table(frame).schema.names == ["truancy"]
    assert (open_table(frame).rows, open_table(pl.from_pandas(frame)).rows) == (1, 1)


def test_texts_of_polars_are_labels() -> None:
    for series in (pl.Series(["b", "a", "b"]), pl.Series(["b", "a", "b"], dtype=pl.Categorical)):
        labels = labels_of(pa.table(series.to_frame("x"))["x"].chunk(0))
        assert [labels.values[code] for code in labels.codes] == ["b", "a", "b"]


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_lists_of_polars_are_read(kind: Any) -> None:
    frame = pl.DataFrame({"facts": [["truancy"], [], ["truancy"]]}, schema={"facts": pl.List(kind)}).slice(1)
    result = recommend_batch("rural", frame, layout=Lists("facts"), outputs=["sector__education__required"])
    assert result.to_arrow()["sector__education__required"].to_pylist() == [False, True]


def test_names_that_are_twice_in_a_pandas_frame_are_named() -> None:
    with pytest.raises(TableError) as caught:
        open_table(pd.DataFrame([[True, False, True]], columns=["truancy", "alcohol_problem", "truancy"]))
    assert str(caught.value) == "table: column 'truancy' is there 2 times; give each column its own name"


@pytest.mark.parametrize(
    "series", [pl.Series("truancy", [True]), pd.Series([True]), pd.Index([True])], ids=["polars", "pandas", "index"]
)
def test_a_column_is_no_table(series: Any) -> None:
    with pytest.raises(TableError, match=r"no table.*; give a pyarrow table, batch or reader, a Polars or pandas"):
        open_table(series)


def test_rows_of_polars_that_are_null_are_an_error() -> None:
    series = pl.Series("families", [{"truancy": True}, None])
    with pytest.raises(TableError):
        recommend_batch("rural", series)
    assert recommend_batch("rural", series.slice(0, 1), outputs=["sectors"]).rows == 1


def test_mixed_values_in_a_pandas_column_are_not_repeated() -> None:
    with pytest.raises(TableError) as caught:
        open_table(pd.DataFrame({"truancy": [True, "Kowalska", 3]}))
    assert str(caught.value) == "table: a column has values of different types; make it boolean, or leave it out"
    assert caught.value.__cause__ is None
