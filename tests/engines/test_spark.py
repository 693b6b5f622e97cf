"""Spark with two workers gives the same answers as `recommend_batch`, bit for bit, and moves no row."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from area_families import each_table, packed_families, some_families
from attrs import evolve
from small_scenarios import ROOT, as_bytes, demand_by_commune, some_scenario

from kooperacja_model import (
    KooperacjaError,
    load_catalogue,
    load_model,
    load_scenario,
    run_scenario,
    write_families,
)
from kooperacja_model.batch import compile_model, recommend_batch, spark
from kooperacja_model.batch.cluster import ClusterResult, Partition
from kooperacja_model.batch.packed import PackedFacts, pack_table, unpack_table
from kooperacja_model.batch.result import Contradictions
from kooperacja_model.batch.spark import pack_spark, recommend_spark
from kooperacja_model.batch.tables import Missing
from kooperacja_model.errors import TableError
from kooperacja_model.simulation import run

pytest.importorskip("pyspark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

MODELS = ("rural", "urban_rural", "city")
PARTITIONS = 5
ALL = ("competences", "sectors", "institutions", "duties", "rules")
CIRCUMSTANCES = tuple(load_catalogue().circumstances)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2]").appName("test")
        for key, value in {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.local.dir": folder,
            "spark.sql.shuffle.partitions": 2,
            "spark.sql.warehouse.dir": folder,
            "spark.ui.enabled": False,
            "spark.ui.showConsoleProgress": False,
        }.items():
            builder = builder.config(key, str(value))
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def families() -> Any:
    return some_families("city", complete=False)


@pytest.fixture(scope="module")
def packed() -> Any:
    return packed_families("city", complete=False)


class Frames:
    """Tables as Spark frames of some Parquet files."""

    def __init__(self, session: Any, folder: Path) -> None:
        self.session = session
        self.folder = folder
        self.made: list[tuple[Any, int, Any]] = []

    def __call__(self, table: Any, partitions: int = PARTITIONS) -> Any:
        for known, parts, frame in self.made:
            if known is table and parts == partitions:
                return frame
        target = self.folder / str(len(self.made))
        target.mkdir()
        size = max(1, -(-table.num_rows // partitions))
        for part in range(partitions):
            pq.write_table(table.slice(part * size, size), target / f"{part}.parquet")
        frame = self.session.read.parquet(str(target))
        self.made.append((table, partitions, frame))
        return frame


@pytest.fixture(scope="module")
def frames(session: Any, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    return Frames(session, tmp_path_factory.mktemp("tables"))


def computed(result: ClusterResult, sort: str | None = "family") -> Any:
    table = result.frame.toArrow()
    if result.packed is not None:
        table = result.packed.unpack(table)
    return (table if sort is None else table.sort_by(sort)).combine_chunks()


def same(found: Any, expected: Any) -> bool:
    """Whether tables are equal but for what is said of nulls in a column, where Spark knows more."""
    kinds = [(field.name, field.type) for field in expected.schema]
    if [(field.name, field.type) for field in found.schema] != kinds:
        return False
    return bool(found.cast(expected.schema).equals(expected.combine_chunks()))


def exchanges(frame: Any) -> int:
    """How often the rows of a frame move between partitions, according to its physical plan."""
    plan = frame._jdf.queryExecution().executedPlan().toString()
    assert "MapInArrow" in plan
    return len(re.findall(r"\b\w*Exchange\b", plan))


class TestAScenario:
    @pytest.mark.parametrize("name", ["powiat", "changes", "table"])
    def test_gives_the_same_files(
        self, session: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = some_scenario(name, tmp_path)
        pictures = name == "powiat"
        expected = as_bytes(run_scenario(given), pictures)
        monkeypatch.setattr(run, "BLOCK", 100)
        sent: list[Any] = []

        def on_spark(function: Any, blocks: Any) -> Any:
            sent.extend(blocks)
            return session.sparkContext.parallelize(blocks, len(blocks)).map(function).toLocalIterator()

        assert as_bytes(run_scenario(given, map_blocks=on_spark), pictures) == expected
        assert len(sent) > 1

    def test_its_families_written_as_a_table_give_its_numbers(self, tmp_path: Path, session: Any) -> None:
        given = some_scenario("powiat", tmp_path)
        found = run_scenario(given)
        write_families(given, tmp_path / "families.parquet")
        df = session.read.parquet(str(tmp_path / "families.parquet"))
        for model in ("rural", "urban_rural"):
            table = demand_of(model, df.where(df["model"] == model))
            assert {row.pop("commune"): row for row in table} == demand_by_commune(found, "base", model)

    def test_its_families_under_a_model_give_the_numbers_of_a_variant(self, tmp_path: Path, session: Any) -> None:
        given = evolve(load_scenario(ROOT / "examples/scenarios/models.yaml"), households=30_000, teams=0)
        write_families(given, tmp_path / "families.parquet")
        table = demand_of("city", session.read.parquet(str(tmp_path / "families.parquet")))
        expected = demand_by_commune(run_scenario(given), "all_city")
        assert {row.pop("commune"): row for row in table} == expected


def demand_of(model: str, df: Any) -> Any:
    """What is required and advised, by commune, as rows."""
    asked: dict[str, Any] = {"strengths": ["required", "advised"], "ignore": ["kind", "voivodeship", "model"]}
    outputs = ["sectors", "competences", "institutions", "duties"]
    result = recommend_spark(model, df, outputs=outputs, by=["commune"], commune="commune", **asked)
    return computed(result, None).to_pylist()


class TestTheAnswersAreThoseOfOneMachine:
    @each_table
    @pytest.mark.parametrize("model", MODELS)
    def test_rows_from_packed_facts(self, frames: Frames, model: str, complete: bool) -> None:
        families, packed = some_families(model, complete), packed_families(model, complete)
        asked: dict[str, Any] = {"outputs": ALL, "id": "family", "commune": "teryt"}
        expected = recommend_batch(model, families, ignore=["area"], **asked).to_arrow()
        result = recommend_spark(model, frames(packed), answers="packed", **asked)
        assert same(computed(result), expected)

    @each_table
    @pytest.mark.parametrize("model", MODELS)
    def test_totals_from_packed_facts(self, frames: Frames, model: str, complete: bool) -> None:
        families, packed = some_families(model, complete), packed_families(model, complete)
        expected = recommend_batch(model, families, by=["area"], commune="teryt", ignore=["family"]).totals
        result = recommend_spark(model, frames(packed), by=["area"], commune="teryt")
        assert same(computed(result, "area"), expected.sort_by("area"))

    def test_rows_from_a_column_of_booleans_for_each_fact(self, families: Any, frames: Frames) -> None:
        asked: dict[str, Any] = {"outputs": ["sectors"], "id": "family", "commune": "teryt", "ignore": ["area"]}
        expected = recommend_batch("city", families, **asked).to_arrow()
        assert same(computed(recommend_spark("city", frames(families), **asked)), expected)

    def test_totals_of_the_whole_table(self, families: Any, packed: Any, frames: Frames) -> None:
        expected = recommend_batch("rural", families, outputs=["sectors"], by=(), ignore=["family", "area", "teryt"])
        result = recommend_spark("rural", frames(packed), outputs=["sectors"], by=())
        assert same(computed(result, None), expected.totals)

    def test_a_model_and_a_compiled_one(self, packed: Any, frames: Frames) -> None:
        df = frames(packed.slice(0, 500))
        by_key = computed(recommend_spark("rural", df, outputs=["duties"], by=["area"]), "area")
        for model in (load_model("rural"), compile_model("rural", outputs=["duties"])):
            assert computed(recommend_spark(model, df, outputs=["duties"], by=["area"]), "area").equals(by_key)


class TestNoRowMoves:
    def test_rows_have_no_exchange(self, packed: Any, families: Any, frames: Frames) -> None:
        assert exchanges(recommend_spark("rural", frames(packed), id="family").frame) == 0
        table = families.drop_columns(["area", "teryt"])
        assert exchanges(recommend_spark("rural", frames(table), id="family", answers="packed").frame) == 0

    @pytest.mark.parametrize("by", [(), ("area",), ("area", "teryt")])
    def test_totals_have_one(self, packed: Any, frames: Frames, by: tuple[str, ...]) -> None:
        assert exchanges(recommend_spark("rural", frames(packed), by=by).frame) == 1

    def test_only_the_columns_that_are_needed_are_read(self, packed: Any, frames: Frames) -> None:
        plan = recommend_spark("rural", frames(packed), by=["area"]).frame._jdf.queryExecution().executedPlan()
        read = re.findall(r"ReadSchema: struct<(.*?)>", plan.toString())
        assert [[column.split(":")[0] for column in columns.split(",")] for columns in read] == [
            ["area", *packed.column_names[3:]]
        ]


class TestPartitionsOfEverySize:
    @pytest.mark.parametrize("rows", [0, 1, 2, 65])
    def test_few_families(self, packed: Any, families: Any, frames: Frames, rows: int) -> None:
        expected = recommend_batch(
            "rural", families.slice(0, rows), outputs=["sectors"], id="family", ignore=["area", "teryt"]
        )
        result = recommend_spark("rural", frames(packed.slice(0, rows), 1), outputs=["sectors"], id="family")
        assert same(computed(result), expected.to_arrow())

    def test_empty_partitions_and_partitions_of_one_row(self, packed: Any, families: Any, frames: Frames) -> None:
        df = frames(packed.slice(0, 9), 9)
        some, none = df.where("family in (1, 5)"), df.where("family < 0")
        picked = families.take([1, 5])
        expected = recommend_batch("rural", picked, outputs=["sectors"], by=["area"], ignore=["family", "teryt"]).totals
        found = recommend_spark("rural", some, outputs=["sectors"], by=["area"])
        assert same(computed(found, "area"), expected.sort_by("area"))
        assert computed(recommend_spark("rural", none, outputs=["sectors"], by=["area"]), None).num_rows == 0
        nothing = computed(recommend_spark("rural", none, outputs=["sectors"], by=()), None).to_pylist()
        assert [set(row.values()) for row in nothing] == [{0}]

    def test_parts_of_a_partition(self, packed: Any, families: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a worker does, in this process."""
        monkeypatch.setattr(spark, "ROWS", 100)
        partition = Partition.ask("rural", packed.schema, outputs=["sectors"], by=["area"])
        batches = packed.slice(0, 1000).select(partition.columns).to_batches(max_chunksize=40)
        sent = SimpleNamespace(value=partition)
        parts = list(spark._answers(batches, sent))
        assert [sum(part["families"].to_pylist()) for part in parts] == [120] * 8 + [40]
        expected = recommend_batch(
            "rural", families.slice(0, 1000), outputs=["sectors"], by=["area"], ignore=["family", "teryt"]
        ).totals.sort_by("area")
        assert pa.Table.from_batches(spark._sums(parts, sent)).equals(expected)
        assert list(spark._answers([], sent)) == []


class TestFactsThatContradictEachOther:
    table = pa.table(
        {
            "family": [1, 2, 3],
            "eviction_risk": [True] * 3,
            "municipal_tenant": [True, True, False],
            "private_tenant": [False, True, True],
        }
    )

    @pytest.mark.parametrize("answers", ["booleans", "packed"])
    @pytest.mark.parametrize("what", ["null", "drop"])
    def test_null_and_drop(self, frames: Frames, answers: Any, what: Contradictions) -> None:
        asked: dict[str, Any] = {"outputs": ["sectors"], "id": "family", "contradictions": what}
        expected = recommend_batch("rural", self.table, **asked).to_arrow()
        assert same(computed(recommend_spark("rural", frames(self.table, 1), answers=answers, **asked)), expected)

    def test_the_error_of_a_worker_arrives(self, frames: Frames) -> None:
        from pyspark.errors import PythonException

        result = recommend_spark("rural", frames(self.table, 1), id="family")
        with pytest.raises(PythonException, match="TableError: table: in a partition, facts contradict each other"):
            result.frame.collect()


class TestColumnExpressionsPackLikePackTable:
    def test_all_facts(self, families: Any, frames: Frames) -> None:
        table = families.slice(0, 3000).append_column("land_powiat", pa.array([True, None, False] * 1000))
        expected = pack_table("city", table, keep=["family"], ignore=["area", "teryt"])
        found = pack_spark("city", frames(table), keep=["family"], ignore=["area", "teryt"])
        assert same(found.toArrow().sort_by("family"), expected)

    def test_circumstances_that_have_no_column(self, frames: Frames) -> None:
        table = pa.table({"family": [1, 2], "truancy": [True, False], CIRCUMSTANCES[3]: [None, True]})
        ways: tuple[Missing, ...] = ("unknown", "absent")
        for missing in ways:
            expected = pack_table("city", table, keep=["family"], missing=missing)
            found = pack_spark("city", frames(table, 1), keep=["family"], missing=missing)
            assert same(found.toArrow().sort_by("family"), expected)

    def test_no_second_plane(self, frames: Frames) -> None:
        known = {key: [False, True] for key in CIRCUMSTANCES if key not in ("municipal_tenant", "private_tenant")}
        table = pa.table({"family": [1, 2], "truancy": [True, False], **known})
        with pytest.raises(TableError) as error:
            pack_spark("rural", frames(table, 1), keep=["family"], unknowns=False)
        assert sorted(error.value.problems) == [
            f"circumstance {key!r} has no column; leave out `unknowns=False`"
            for key in ("municipal_tenant", "private_tenant")
        ]
        expected = pack_table("rural", table, keep=["family"], unknowns=False, missing="absent")
        found = pack_spark("rural", frames(table, 1), keep=["family"], unknowns=False, missing="absent")
        assert same(found.toArrow().sort_by("family"), expected)

    def test_what_follows_from_what_is_given_is_not_absent(self, frames: Frames) -> None:
        flags = {"truancy": [True, False, False], "child_under_3": [None, True, False]}
        table = pa.table({"family": [1, 2, 3], **flags})
        expected = pack_table("rural", table, keep=["family"], missing="absent")
        assert unpack_table("rural", expected)["child_under_18"].to_pylist() == [True, True, False]
        found = pack_spark("rural", frames(table, 1), keep=["family"], missing="absent")
        assert same(found.toArrow().sort_by("family"), expected)

    def test_null_in_a_need_is_an_error_as_everywhere(self, frames: Frames) -> None:
        from pyspark.errors import PythonException

        df = frames(pa.table({"family": [1, 2], "truancy": [True, None]}), 1)
        name = PackedFacts.of("rural").facts.columns[0]
        with pytest.raises(PythonException, match=f"in a partition, column '{name}': null in 1 rows"):
            recommend_spark("rural", df, id="family").frame.collect()


class TestTheResult:
    def test_knows_the_model_and_its_hash(self, packed: Any, frames: Frames) -> None:
        result = recommend_spark("city", frames(packed), outputs=["sectors"])
        assert (result.program.model, result.program.model_hash) == ("city", load_model("city").hash)
        assert [column.name for column in result.program.columns] == result.frame.columns

    def test_bits_of_packed_answers_can_be_read_by_spark(self, packed: Any, families: Any, frames: Frames) -> None:
        from pyspark.sql import functions

        name = "sector__health__required"
        result = recommend_spark("rural", frames(packed), outputs=["sectors"], answers="packed")
        assert result.packed is not None
        column, bit = result.packed.place(name)
        found = result.frame.agg(functions.sum(functions.getbit(column, functions.lit(bit)).cast("int"))).collect()
        expected = recommend_batch("rural", families, outputs=[name], ignore=["family", "area", "teryt"])
        assert found[0][0] == expected.totals[name][0].as_py() > 0


class TestWhatCannotBeDoneIsSaidAtOnce:
    def test_columns_that_cannot_be_used(self, frames: Frames) -> None:
        with pytest.raises(TableError, match=r"column 'truancyy' is no key of a need, .*; did you mean 'truancy'\?"):
            recommend_spark("rural", frames(pa.table({"truancyy": [True]}), 1))

    def test_pyspark_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyspark.sql", None)
        for call in (recommend_spark, pack_spark):
            with pytest.raises(KooperacjaError, match=r"PySpark is not installed; .*kooperacja_model\[spark\]"):
                call("rural", None)
