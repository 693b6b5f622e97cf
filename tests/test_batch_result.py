"""A table in, a table out: what `recommend` says of each family, or totals; in memory or as a stream."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from attrs.exceptions import FrozenInstanceError
from random_families import expected_columns, random_families, true_columns, wide_table
from small import small_model

import kooperacja_model.batch
from kooperacja_model import CaseError, KooperacjaError, load_model, recommend, recommend_case
from kooperacja_model.batch import (
    BatchResult,
    FamilyEvaluator,
    Lists,
    Long,
    arrow,
    compile_model,
    pack_table,
    recommend_batch,
    recommend_stream,
    tables,
)
from kooperacja_model.case import Case
from kooperacja_model.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from random_cases import RandomCase

CASES = 2_000
LISTS = ("competences", "sectors", "institutions", "duties")


def expected_rows(model: str, cases: list[RandomCase], table: Any) -> list[set[str]]:
    """For each case the columns of a table that must be true."""
    names = set(table.column_names)
    return [expected_columns(model, case) & names for case in cases]


def first_problem(*arguments: Any, **named: Any) -> str:
    """What `recommend_batch` says is wrong; only one thing is."""
    with pytest.raises(TableError) as caught:
        recommend_batch(*arguments, **named)
    (problem,) = caught.value.problems
    return problem


class TestItAgreesWithTheNaiveEvaluator:
    @pytest.mark.parametrize("key", naive.MODELS)
    @pytest.mark.parametrize("complete", [True, False])
    def test_on_random_families(self, key: str, complete: bool) -> None:
        cases = random_families(f"result {key} {complete}", CASES, complete)
        program = compile_model(key)
        found = recommend_batch(program, wide_table(cases), commune="teryt").to_arrow()
        assert found.column_names == [column.name for column in program.columns]
        assert true_columns(found) == [expected_columns(key, case) for case in cases]

    @pytest.mark.parametrize("basis", [["statute"], ["model", "design"]])
    def test_on_some_bases(self, basis: list[str]) -> None:
        cases = random_families(f"bases {basis}", 300)
        found = recommend_batch("city", wide_table(cases), commune="teryt", basis=basis).to_arrow()
        names = set(found.column_names)
        assert true_columns(found) == [expected_columns("city", case, basis) & names for case in cases]

    def test_without_features_of_communes(self) -> None:
        cases = [evolve_commune(case) for case in random_families("no commune", 300)]
        found = recommend_batch("city", wide_table(cases).drop_columns("teryt")).to_arrow()
        assert true_columns(found) == expected_rows("city", cases, found)

    def test_with_features_as_columns(self) -> None:
        cases = [case for case in random_families("features", 400) if case.commune]
        table = wide_table(cases)
        for key in ("land_powiat", "city_with_powiat_rights", "joint_ops_pcpr"):
            values = [naive.features("city", case.commune)[key] for case in cases]
            table = table.append_column(key, pa.array(values))
        found = recommend_batch("city", table, ignore=["teryt"]).to_arrow()
        assert true_columns(found) == expected_rows("city", cases, found)

    @pytest.mark.parametrize("size", [1, 7, 8, 63, 64, 65, 1000])
    def test_on_sliced_and_chunked_tables_of_odd_sizes(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 100)
        cases = random_families("sizes", 1100)
        table = wide_table(cases)
        for offset in (0, 3, 64):
            part = table.slice(offset, size)
            chunks = pa.concat_tables([part.slice(0, size // 3), part.slice(size // 3)])
            wanted = None
            for its in (part, chunks):
                found = recommend_batch("city", its, commune="teryt", outputs=["sectors", "duties"]).to_arrow()
                wanted = wanted or expected_rows("city", cases[offset : offset + size], found)
                assert true_columns(found) == wanted


def evolve_commune(case: RandomCase) -> RandomCase:
    return type(case)(case.needs, case.circumstances, None, case.basis)


@pytest.fixture(scope="module")
def cases() -> list[RandomCase]:
    return [evolve_commune(case) for case in random_families("tables", 200)]


@pytest.fixture(scope="module")
def expected(cases: list[RandomCase]) -> Any:
    return recommend_batch("rural", wide_table(cases).drop_columns("teryt")).to_arrow()


class TestAnyTableWillDo:
    def test_streams_and_files(self, cases: list[RandomCase], expected: Any, tmp_path: Path) -> None:
        table = wide_table(cases).drop_columns("teryt")
        pq.write_table(table, tmp_path / "families.parquet", row_group_size=64)
        for given in (
            table.to_reader(max_chunksize=17),
            table.to_batches(max_chunksize=50),
            tmp_path / "families.parquet",
        ):
            assert recommend_batch("rural", given).to_arrow().equals(expected)

    def test_lists_and_long_tables(self, cases: list[RandomCase], expected: Any) -> None:
        said = [(case.needs, case.circumstances) for case in cases]
        yes = [[*needs, *(key for key, value in answers.items() if value)] for needs, answers in said]
        no = [[key for key, value in answers.items() if not value] for _, answers in said]
        lists = pa.table({"yes": yes, "no": no})
        assert recommend_batch("rural", lists, layout=Lists("yes", "no")).to_arrow().equals(expected)
        rows = [(n, key, True) for n, keys in enumerate(yes) for key in keys]
        rows += [(n, key, False) for n, keys in enumerate(no) for key in keys]
        Random("long").shuffle(rows)
        long = pa.table(dict(zip(("id", "key", "present"), map(list, zip(*rows, strict=True)), strict=True)))
        found = recommend_batch("rural", long, layout=Long("key", "present"), id="id").to_arrow()
        assert found["id"].to_pylist() == list(dict.fromkeys(row[0] for row in rows))
        assert found.sort_by("id").drop_columns("id").equals(expected)

    def test_a_result_speaks_arrow(self, cases: list[RandomCase], expected: Any) -> None:
        result = recommend_batch("rural", wide_table(cases).drop_columns("teryt"))
        assert pa.table(result).equals(expected)


class TestOut:
    def test_only_what_is_asked_for(self) -> None:
        families = pa.table({"truancy": [True, False], "low_income": [False, True], "owner": [None, False]})
        result = recommend_batch(small_model(), families, outputs=["sectors"], strengths=["required"])
        assert result.to_arrow().to_pydict() == {
            "sector__social_assistance__required": [False, True],
            "sector__education__required": [True, False],
            "sector__ngo__required": [False, False],
        }
        assert (result.rows, result.contradictory, result.by) == (2, 0, None)
        assert repr(result) == "BatchResult('city', rows=2, columns=3)"

    def test_if_nothing_is_said_all_lists_but_the_rules(self) -> None:
        result = recommend_batch("rural", pa.table({"truancy": [True]}))
        assert result.columns == compile_model("rural", outputs=LISTS).columns

    def test_a_program_gives_its_columns_or_some_of_them(self) -> None:
        program = compile_model(small_model(), outputs=["rules", "duties"])
        families = pa.table({"truancy": [True]})
        assert recommend_batch(program, families).columns == program.columns
        few = recommend_batch(program, families, outputs=["rules"], strengths=["required"])
        assert few.to_arrow().to_pydict() == {
            "rule__centre_for_low_income__fired": [False],
            "rule__school_for_truancy__fired": [True],
        }

    def test_ids_come_first(self) -> None:
        for ids in (pa.array(["b", "a"]), pa.array(["b", "a"]).dictionary_encode(), pa.array([7, 3])):
            families = pa.table({"truancy": [True, False], "id": ids})
            found = recommend_batch("rural", families, id="id", outputs=["sector__education__required"]).to_arrow()
            assert found.column_names == ["id", "sector__education__required"]
            assert found["id"].to_pylist() == ids.to_pylist()

    def test_an_empty_table_gives_an_empty_one_with_the_same_columns(self) -> None:
        empty = pa.table({"truancy": pa.array([], pa.bool_()), "id": pa.array([], pa.string())})
        result = recommend_batch("rural", empty, id="id")
        assert result.to_arrow().num_rows == 0
        assert result.to_arrow().column_names == ["id", *(column.name for column in result.columns)]
        assert result.totals["families"].to_pylist() == [0]

    def test_a_table_without_facts_says_nothing(self) -> None:
        found = recommend_batch("rural", pa.table({"id": [1, 2]}), id="id", outputs=["sectors"]).to_arrow()
        assert true_columns(found.drop_columns("id")) == [set(), set()]

    def test_a_family_without_needs_gets_duties_only(self) -> None:
        families = pa.table({"truancy": [False], "child_under_3": [True]})
        found = recommend_batch(small_model(), families).to_arrow()
        assert true_columns(found) == [{"duty__T_SCHOOL__required"}]

    def test_bits_are_not_copied(self) -> None:
        result = recommend_batch("rural", pa.table({"truancy": [True] * 100}), outputs=["sector__education__required"])
        (column,) = result.to_arrow()["sector__education__required"].chunks
        (again,) = result.to_arrow()["sector__education__required"].chunks
        assert column.buffers()[1].address == again.buffers()[1].address

    def test_a_result_cannot_be_changed(self) -> None:
        result = recommend_batch("rural", pa.table({"truancy": [True]}))
        with pytest.raises(FrozenInstanceError):
            result.rows = 3  # type: ignore[misc]


class TestTotals:
    def test_of_the_whole_table_with_and_without_keeping_the_rows(self) -> None:
        cases = random_families("totals", 700)
        table = wide_table(cases)
        kept = recommend_batch("rural", table, commune="teryt", outputs=LISTS)
        counts = Counter(name for names in true_columns(kept.to_arrow()) for name in names)
        expected = {"families": [700], **{column.name: [counts[column.name]] for column in kept.columns}}
        assert kept.totals.to_pydict() == expected
        assert recommend_batch("rural", table, commune="teryt", by=[], outputs=LISTS).totals.to_pydict() == expected

    @pytest.mark.parametrize("by", [["kind"], ["kind", "year"], ["year", "low_income"]])
    def test_by_groups(self, by: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 50)
        rng = Random("groups")
        cases = random_families("groups", 400)
        kinds = pa.array([rng.choice(("town", "village", None)) for _ in cases])
        years = pa.array([rng.randrange(2000, 2020) for _ in cases])
        whole = wide_table(cases).append_column("kind", kinds.dictionary_encode()).append_column("year", years)
        table = pa.concat_tables([whole.slice(0, 130), whole.slice(130)])
        ignore = [name for name in ("kind", "year") if name not in by]
        result = recommend_batch("rural", table, commune="teryt", by=by, ignore=ignore, outputs=["sectors"])
        names = {column.name for column in result.columns}
        rows = [expected_columns("rural", case) & names for case in cases]
        labels = list(zip(*(whole[name].to_pylist() for name in by), strict=True))
        found = {tuple(row[name] for name in by): row for row in result.totals.to_pylist()}
        assert set(found) == set(labels)
        for label, row in found.items():
            its = [row for row, other in zip(rows, labels, strict=True) if other == label]
            assert row["families"] == len(its)
            assert {name: row[name] for name in names} == {name: sum(name in one for one in its) for name in names}
        assert result.totals.column_names[: len(by) + 1] == [*by, "families"]
        assert result.by == tuple(by)

    def test_one_name_need_not_be_put_in_a_list(self) -> None:
        table = pa.table({"truancy": [True], "year": [2020], "id": [1]})
        result = recommend_batch("rural", table, by="year", ignore="id", outputs="sectors", strengths="required")
        assert result.by == ("year",)
        assert {column.strength for column in result.columns} == {"required"}
        assert result.totals["year"].to_pylist() == [2020]

    def test_rows_were_not_kept(self) -> None:
        result = recommend_batch("rural", pa.table({"truancy": [True]}), by=[])
        with pytest.raises(TableError, match="only totals were asked for; leave out `by`"):
            result.to_arrow()

    def test_of_an_empty_table(self) -> None:
        empty = pa.table({"truancy": pa.array([], pa.bool_()), "kind": pa.array([], pa.string())})
        totals = recommend_batch("rural", empty, by=["kind"], outputs=["sector__health__required"]).totals
        assert totals.to_pydict() == {"kind": [], "families": [], "sector__health__required": []}
        assert totals.schema.field("kind").type == pa.string()


class TestContradictions:
    TABLE = pa.table(
        {
            "truancy": [True] * 20,
            "child_under_18": [True, True, False, None, *[True] * 7, False, *[True] * 8],
            "id": list(range(20)),
        }
    )
    OUTPUTS = ("sector__education__required", "sector__ngo__required")

    def test_are_an_error_that_counts_them_and_names_the_circumstances(self) -> None:
        table = self.TABLE.drop_columns("id")
        assert first_problem(small_model(), table) == (
            "facts contradict each other in 2 rows, the first is row 2, on 'child_under_18'; "
            "correct what is given, or pass contradictions='null' or 'drop'"
        )
        assert first_problem(small_model(), table.slice(3)) == (
            "facts contradict each other in row 8, on 'child_under_18'; "
            "correct what is given, or pass contradictions='null' or 'drop'"
        )

    def test_both_sides_are_named(self) -> None:
        table = pa.table({"low_income": [True], "child_under_3": [True], "child_under_18": [False]})
        assert "on 'child_under_3', 'child_under_18';" in first_problem(small_model(), table)

    def test_are_found_in_every_batch_and_in_totals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        whole = self.TABLE.drop_columns("id")
        table = pa.concat_tables([whole.slice(0, 2), whole.slice(2, 5), whole.slice(7)])
        whole_table: tuple[list[str] | None, ...] = (None, [])
        for by in whole_table:
            assert "in 2 rows, the first is row 2," in first_problem(small_model(), table, by=by)

    def test_can_be_null(self) -> None:
        result = recommend_batch(small_model(), self.TABLE, id="id", outputs=self.OUTPUTS, contradictions="null")
        found = result.to_arrow()
        assert result.contradictory == 2
        assert found["id"].to_pylist() == list(range(20))
        nulls = [None if number in (2, 11) else True for number in range(20)]
        assert found["sector__education__required"].to_pylist() == nulls
        assert found["sector__ngo__required"].to_pylist() == [value and False for value in nulls]

    def test_can_be_left_out(self) -> None:
        result = recommend_batch(small_model(), self.TABLE, id="id", outputs=self.OUTPUTS, contradictions="drop")
        found = result.to_arrow()
        assert (result.rows, result.contradictory) == (20, 2)
        assert found["id"].to_pylist() == [number for number in range(20) if number not in (2, 11)]
        assert found["sector__education__required"].to_pylist() == [True] * 18

    @pytest.mark.parametrize("by", [None, []])
    def test_never_count_in_totals(self, by: list[str] | None) -> None:
        table = self.TABLE.drop_columns("id")
        result = recommend_batch(small_model(), table, outputs=self.OUTPUTS, contradictions="null", by=by)
        assert result.contradictory == 2
        assert result.totals.to_pylist() == [
            {"families": 18, "sector__education__required": 18, "sector__ngo__required": 0}
        ]

    def test_a_table_without_any_is_the_same_whatever_was_asked(self) -> None:
        table = pa.table({"truancy": [True], "child_under_18": [True]})
        found = [
            recommend_batch(small_model(), table, contradictions=what).to_arrow() for what in ("error", "null", "drop")
        ]
        assert found[0].equals(found[1])
        assert found[0].equals(found[2])

    def test_every_family_that_recommend_refuses_is_one(self) -> None:
        rng = Random("refused")
        model = load_model("city")
        catalogue = model.catalogue
        rows = []
        for _ in range(400):
            needs = rng.sample(list(catalogue.needs), 2)
            answers = {key: rng.random() < 0.5 for key in rng.sample(list(catalogue.circumstances), 6)}
            rows.append((needs, answers))
        refused = []
        for number, (needs, answers) in enumerate(rows):
            try:
                recommend(model, needs, answers)
            except CaseError:
                refused.append(number)
        table = pa.table(
            {
                **{key: [key in needs for needs, _ in rows] for key in catalogue.needs},
                **{key: pa.array([answers.get(key) for _, answers in rows]) for key in catalogue.circumstances},
            }
        )
        result = recommend_batch(model, table, contradictions="null", outputs=["sector__health__required"])
        assert len(refused) > 20
        assert result.contradictory == len(refused)
        nulls = result.to_arrow()["sector__health__required"].is_null().to_numpy().nonzero()[0]
        assert nulls.tolist() == refused


class TestExplainRow:
    @pytest.mark.parametrize("key", naive.MODELS)
    def test_it_is_what_recommend_says_of_the_row(self, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 10)
        cases = random_families(f"explain {key}", 60)
        result = recommend_batch(
            key, pa.concat_tables([wide_table(cases[:25]), wide_table(cases[25:])]), commune="teryt"
        )
        for row, case in enumerate(cases):
            expected = recommend(key, case.needs, case.circumstances, case.commune)
            found = result.explain_row(row)
            assert found == expected
            assert found.facts == expected.facts
            assert found.explain("en") == expected.explain("en")

    def test_bases_are_kept(self) -> None:
        result = recommend_batch("rural", pa.table({"truancy": [True]}), basis=["statute"])
        assert result.explain_row(0) == recommend("rural", ["truancy"], basis=["statute"])

    def test_it_works_for_lists_long_tables_and_totals(self) -> None:
        expected = recommend("rural", ["truancy"], ["court_supervision"])
        lists = pa.table({"facts": [[], ["court_supervision", "truancy"]]})
        assert recommend_batch("rural", lists, layout=Lists("facts"), by=[]).explain_row(1) == expected
        long = pa.table({"id": [8, 8], "fact": ["truancy", "court_supervision"]})
        assert recommend_batch("rural", long, layout=Long("fact"), id="id").explain_row(0) == expected

    def test_what_is_taken_as_absent_is_answered(self) -> None:
        model = small_model()
        result = recommend_batch(model, pa.table({"low_income": [True], "tenant": [None]}), missing="absent")
        absent = {"child_under_3": False, "child_under_18": False, "owner": False}
        assert result.explain_row(0) == recommend(model, ["low_income"], absent)

    def test_a_family_without_needs_has_a_recommendation_of_duties_only(self) -> None:
        model = small_model()
        result = recommend_batch(model, pa.table({"truancy": [False]}))
        assert result.explain_row(0) == recommend_case(model, Case(()))

    def test_features_given_as_columns_are_known_with_what_follows(self) -> None:
        model = load_model("city")
        result = recommend_batch(model, pa.table({"truancy": [True, True], "joint_ops_pcpr": [True, None]}))
        expected = recommend(model, ["truancy"], (), "2475011")
        assert result.explain_row(0).facts == expected.facts
        assert result.explain_row(0).fired == expected.fired
        assert result.explain_row(1).facts == recommend(model, ["truancy"]).facts

    def test_a_program_of_a_published_model_is_enough(self) -> None:
        result = recommend_batch(compile_model("rural"), pa.table({"truancy": [True]}))
        assert result.explain_row(0) == recommend("rural", ["truancy"])

    def test_for_a_program_of_another_model_that_model_is_needed(self) -> None:
        model = small_model()
        result = recommend_batch(compile_model(model), pa.table({"truancy": [True]}))
        with pytest.raises(TableError, match="the model is not the one that was compiled"):
            result.explain_row(0)
        assert result.explain_row(0, model) == recommend(model, ["truancy"])

    @pytest.mark.parametrize("row", [-1, 1])
    def test_a_row_that_is_not_there(self, row: int) -> None:
        with pytest.raises(IndexError, match=f"row {row}: the table has 1 families, numbered from 0"):
            recommend_batch("rural", pa.table({"truancy": [True]})).explain_row(row)

    def test_a_contradictory_family_has_no_recommendation(self) -> None:
        table = pa.table({"truancy": [True], "child_under_18": [False]})
        result = recommend_batch(small_model(), table, contradictions="drop")
        with pytest.raises(CaseError, match="'child_under_18' is present by need 'truancy' but absent"):
            result.explain_row(0)


class TestStreams:
    def test_batches_come_one_after_the_other_and_add_up_to_the_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        monkeypatch.setattr(tables, "MAX_ROWS", 70)
        cases = random_families("stream", 300)
        table = wide_table(cases).append_column("id", pa.array(range(300)))
        whole = recommend_batch("rural", table, commune="teryt", id="id").to_arrow()
        taken: list[int] = []

        def batches() -> Any:
            for batch in table.to_batches(max_chunksize=100):
                taken.append(batch.num_rows)
                yield batch

        reader = recommend_stream("rural", batches(), commune="teryt", id="id")
        assert taken == [100]
        first = reader.read_next_batch()
        assert (first.num_rows, taken) == (70, [100])
        rest = list(reader)
        assert [batch.num_rows for batch in rest] == [30, 70, 30, 70, 30]
        assert pa.Table.from_batches([first, *rest]).equals(whole)

    def test_a_parquet_file_can_be_turned_into_another(self, tmp_path: Path) -> None:
        table = wide_table(random_families("file", 300))
        pq.write_table(table, tmp_path / "in.parquet")
        reader = recommend_stream("rural", tmp_path / "in.parquet", commune="teryt", outputs=["sectors"])
        with pq.ParquetWriter(tmp_path / "out.parquet", reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
        expected = recommend_batch("rural", table, commune="teryt", outputs=["sectors"]).to_arrow()
        assert pq.read_table(tmp_path / "out.parquet").equals(expected)

    def test_contradictions_are_an_error_null_or_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        table = TestContradictions.TABLE
        parts = [table.slice(0, 8).to_batches()[0], table.slice(8).to_batches()[0]]

        def read(what: Any) -> list[Any]:
            stream = recommend_stream(
                small_model(), parts, id="id", outputs=TestContradictions.OUTPUTS, contradictions=what
            )
            return [row for batch in stream for row in batch.to_pylist()]

        assert [row["id"] for row in read("null") if row["sector__education__required"] is None] == [2, 11]
        assert [row["id"] for row in read("drop")] == [number for number in range(20) if number not in (2, 11)]
        with pytest.raises(TableError, match="contradict each other in row 2, on 'child_under_18'"):
            read("error")

    def test_what_is_wrong_with_columns_is_said_before_anything_is_read(self) -> None:
        with pytest.raises(TableError, match="column 'truancyy' is no key"):
            recommend_stream("rural", pa.table({"truancyy": [True]}))

    def test_long_tables_cannot_be_streamed(self) -> None:
        table = pa.table({"id": [1], "fact": ["truancy"]})
        with pytest.raises(TableError, match="layout Long cannot be streamed"):
            recommend_stream("rural", table, layout=Long("fact"), id="id")  # type: ignore[arg-type]

    def test_memory_does_not_grow_with_the_number_of_batches(self) -> None:
        rows = 1 << 17
        batch = pa.record_batch({"truancy": pa.array([True, False] * (rows // 2))})

        def read(number: int) -> None:
            reader = recommend_stream("rural", (batch for _ in range(number)), outputs=["sectors"])
            assert sum(found.num_rows for found in reader) == rows * number

        read(1)
        assert peak_of(lambda: read(40)) < 1.1 * peak_of(lambda: read(4))


def peak_of(work: Callable[[], object]) -> int:
    """The most bytes that NumPy and pyarrow hold at any moment of some work, on top of what they held before."""
    arrow_before: int = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        work()
        arrow_after: int = pa.total_allocated_bytes()
        return tracemalloc.get_traced_memory()[1] + max(0, arrow_after - arrow_before)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("outputs", [["sectors"], ["competences"]])
@pytest.mark.parametrize(("nulls", "ids"), [(False, False), (True, False), (False, True)])
def test_memory_is_at_most_three_times_the_input_and_the_output(outputs: list[str], nulls: bool, ids: bool) -> None:
    rows = 1 << 20
    program = compile_model("rural", outputs=outputs)
    values = [pa.array(np.zeros(rows, dtype=bool), mask=np.arange(rows) % 7 == 0 if nulls else None) for _ in range(2)]
    needs = {key: pa.array(np.arange(rows) % number == 0) for number, key in enumerate(program.needs, 2)}
    table = pa.table({**needs, **{key: values[number % 2] for number, key in enumerate(program.circumstances)}})
    bits = rows // 8 * (len(program.needs) + len(program.circumstances) * (2 if nulls else 1))
    if ids:
        table = table.append_column("id", pc.utf8_lpad(pa.array(range(rows, 0, -1)).cast(pa.string()), 9))
    given: dict[str, Any] = {"contradictions": "null", "id": "id" if ids else None}
    recommend_batch(program, table.slice(0, 8), **given)

    def run() -> None:
        result = recommend_batch(program, table, **given)
        out.append(sum(part.matrix.nbytes for part in result._bits))

    out: list[int] = []
    peak = peak_of(run)
    assert out[0] < peak < 3 * bits + out[0]


class TestErrors:
    def test_an_unknown_model(self) -> None:
        with pytest.raises(KooperacjaError, match="unknown model; known are rural"):
            recommend_batch("suburban", pa.table({"truancy": [True]}))

    def test_bases_of_a_program_are_fixed(self) -> None:
        program = compile_model("rural")
        assert first_problem(program, pa.table({"truancy": [True]}), basis=["statute"]) == (
            "`basis` was fixed when the program was compiled; leave it out"
        )

    def test_an_unknown_way_to_treat_contradictions(self) -> None:
        assert first_problem("rural", pa.table({"truancy": [True]}), contradictions="ignore") == (
            "`contradictions` is none of 'error', 'null', 'drop'"
        )

    def test_an_unknown_word_for_what_is_missing(self) -> None:
        assert first_problem("rural", pa.table({"truancy": [True]}), missing="false") == (
            "`missing` is none of 'unknown', 'absent'"
        )

    @pytest.mark.parametrize("layout", ["lists", Lists, None])
    def test_a_layout_that_is_none(self, layout: Any) -> None:
        table = pa.table({"facts": [["truancy"]]})
        assert first_problem("rural", table, layout=layout).startswith("`layout` is none of Wide(), Lists(...), Long")
        with pytest.raises(TableError, match="`layout` is none of Wide"):
            recommend_stream("rural", table, layout=layout)

    def test_a_column_that_would_come_out_twice(self) -> None:
        column = "sector__education__required"
        table = pa.table({column: ["x"], "families": ["y"], "g": ["z"], "truancy": [True]})
        asked: dict[str, Any] = {"outputs": ["sectors"]}
        clash = "column {!r} would come out 2 times; name it once, or rename it if the answer has such a column"
        for by, name in ((["families"], "families"), ([column], column), (["g", "g"], "g"), (["g", column], column)):
            ignore = {column, "families", "g"} - {*by}
            assert first_problem("rural", table, **asked, by=by, ignore=ignore) == clash.format(name)
        more: dict[str, Any] = {"id": column, "ignore": ["families", "g"]}
        assert first_problem("rural", table, **asked, **more) == clash.format(column)
        with pytest.raises(TableError, match=f"column '{column}' would come out 2 times"):
            recommend_stream("rural", table, **asked, **more)
        with pytest.raises(TableError, match="column 'g' would come out 2 times"):
            pack_table("rural", table, id="g", keep=["g"], ignore=[column, "families"])

    def test_a_name_that_does_not_come_out_may_be_any(self) -> None:
        table = pa.table({"families": ["x", "y"], "truancy": [True, False]})
        whole_table: tuple[list[str] | None, ...] = ([], None)
        for by in whole_table:
            result = recommend_batch("rural", table, id="families", outputs=["sector__education__required"], by=by)
            assert result.totals.to_pylist() == [{"families": 2, "sector__education__required": 1}]
        by_id = recommend_batch("rural", table.rename_columns(["id", "truancy"]), id="id", by="id", outputs=["duties"])
        assert by_id.totals["id"].to_pylist() == ["x", "y"]

    def test_a_list_that_the_program_was_not_compiled_with(self) -> None:
        program = compile_model("rural", outputs=["sectors"])
        assert first_problem(program, pa.table({"truancy": [True]}), outputs=["duties"]) == (
            "outputs: 'duties' is not there, the program was compiled without duties; compile it with them"
        )

    def test_what_is_no_model(self) -> None:
        assert first_problem(None, pa.table({"truancy": [True]})) == (
            "`model` is no model of cooperation; give one, or the key of a published one"
        )

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        path = tmp_path / "families.parquet"
        pq.write_table(pa.table({"truancy": [True, False]}), path, compression="none")
        column = pq.read_metadata(path).row_group(0).column(0)
        data = bytearray(path.read_bytes())
        data[4 : 4 + column.total_compressed_size] = bytes(column.total_compressed_size)
        path.write_bytes(data)
        problem = "nothing can be read after 0 rows, the file is damaged"
        assert first_problem("rural", path).startswith(problem)
        with pytest.raises(TableError, match=problem):
            recommend_stream("rural", path).read_all()

    def test_batches_with_columns_in_another_order_are_never_mixed_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        one = pa.record_batch({"truancy": [True], "alcohol_problem": [False]})
        batches = [one, one.select(["alcohol_problem", "truancy"])]
        problem = "batch 1, counted from 0, differs from the first in the order of columns; give all batches"
        assert first_problem("rural", batches).startswith(problem)
        with pytest.raises(TableError, match=problem):
            recommend_stream("rural", batches).read_all()

    def test_all_problems_are_in_one_error(self) -> None:
        with pytest.raises(TableError) as caught:
            recommend_batch("rural", pa.table({"truancyy": [True], "tenant": ["yes"]}))
        assert len(caught.value.problems) == 2
        assert str(caught.value).count("table: ") == 2
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.problems) == (str(caught.value), caught.value.problems)


def test_progress_is_told_as_blocks_are_done() -> None:
    calls: list[tuple[int, int | None]] = []
    families = pa.table({"truancy": np.ones(600_000, dtype=bool)})

    def tell(done: int, total: int | None) -> None:
        calls.append((done, total))

    recommend_batch("rural", families, outputs=["sectors"], progress=tell)
    recommend_batch("rural", families, outputs=["sectors"], progress=tell, by=[])
    list(recommend_stream("rural", families, outputs=["sectors"], progress=tell))
    assert calls == [(524_288, 600_000), (600_000, 600_000)] * 3


class TestImports:
    @staticmethod
    def loaded_after(code: str) -> set[str]:
        code += "; import sys; print(' '.join(sys.modules))"
        words = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
        return {word for word in words if word.partition(".")[0] in ("numpy", "pyarrow") or "batch" in word}

    def test_the_package_does_not_load_the_batch(self) -> None:
        assert self.loaded_after("import kooperacja_model") == set()

    def test_one_family_needs_neither_numpy_nor_pyarrow(self) -> None:
        code = "from kooperacja_model.batch import FamilyEvaluator, compile_model; "
        code += "FamilyEvaluator(compile_model('rural')).evaluate(['truancy'])"
        assert {name for name in self.loaded_after(code) if "batch" not in name} == set()

    def test_every_public_name_can_be_had(self) -> None:
        assert kooperacja_model.batch.BatchResult is BatchResult
        for name in kooperacja_model.batch.__all__:
            assert name in dir(kooperacja_model.batch)
        with pytest.raises(AttributeError, match="no attribute 'recommend'"):
            kooperacja_model.batch.recommend  # noqa: B018


class TestMissingIsAbsent:
    """A circumstance that is not given is absent, unless it follows from what is given."""

    @staticmethod
    def families(key: str) -> list[list[str]]:
        """Lists of what is present: each fact alone, and random ones of which nothing is left out but what follows."""
        program = compile_model(key, outputs=["sectors"])
        rng = Random(f"present in {key}")
        needs, circumstances = list(program.needs), list(program.circumstances)
        alone = [[need] for need in needs] + [[needs[0], one] for one in circumstances]
        return alone + [
            rng.sample(needs, rng.randint(1, 3)) + rng.sample(circumstances, rng.randint(0, 4)) for _ in range(300)
        ]

    @pytest.mark.parametrize("key", ["rural", "city"])
    def test_the_answer_is_that_for_one_family_after_the_other_in_every_layout(self, key: str) -> None:
        program = compile_model(key)
        families = self.families(key)
        evaluator = FamilyEvaluator(program)
        lists = pa.table({"id": range(len(families)), "present": families})
        pairs = [(number, fact) for number, facts in enumerate(families) for fact in facts]
        long = pa.table({"id": [number for number, _ in pairs], "fact": [fact for _, fact in pairs]})
        more: dict[str, Any] = {"outputs": ["rules"], "missing": "absent", "contradictions": "null", "id": "id"}
        of_lists, of_pairs = (
            recommend_batch(program, table, layout=layout, **more).to_arrow()
            for table, layout in ((lists, Lists("present")), (long, Long("fact")))
        )
        assert of_lists.equals(of_pairs)
        contradictory = 0
        for number, facts in enumerate(families):
            row = of_lists.slice(number, 1).drop_columns(["id"]).to_pylist()[0]
            needs = [fact for fact in facts if fact in program.needs]
            try:
                fired = evaluator.evaluate(needs, [fact for fact in facts if fact not in needs], missing="absent").fired
            except CaseError:
                contradictory += 1
                assert set(row.values()) == {None}
                continue
            assert [rule.key for rule in program.rules if row[f"rule__{rule.key}__fired"]] == list(fired), facts
            wide = pa.table({fact: [True] for fact in facts})
            one = recommend_batch(program, wide, outputs=["rules"], missing="absent").to_arrow()
            assert one.to_pylist() == [row]
        assert 0 < contradictory < 150

    def test_what_is_said_to_be_absent_contradicts_what_it_follows_from(self) -> None:
        table = pa.table({"yes": [["truancy"], ["truancy"]], "no": [["child_under_18"], []]})
        layout = Lists("yes", "no")
        assert first_problem("rural", table, layout=layout, missing="absent") == (
            "facts contradict each other in row 0, on 'child_under_18'; correct what is given, or pass "
            "contradictions='null' or 'drop'"
        )

    def test_what_follows_only_from_what_is_unknown_is_absent(self) -> None:
        table = pa.table({"truancy": [True], "child_under_3": pa.nulls(1, pa.bool_())})
        result = recommend_batch("rural", table, outputs=["rules"], missing="absent")
        answer = FamilyEvaluator(compile_model("rural")).evaluate(
            ["truancy"], {"child_under_3": None}, missing="absent"
        )
        assert [rule.key for rule in result.explain_row(0).fired] == list(answer.fired)
