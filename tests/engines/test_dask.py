"""A Dask cluster of two processes gives the same answers as `recommend_batch`, bit for bit."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from area_families import each_table, packed_families, some_families
from attrs import evolve
from small_scenarios import ROOT, as_bytes, demand_by_commune, some_scenario

from kooperacja_model import KooperacjaError, load_model, load_scenario, run_scenario, write_families
from kooperacja_model.batch import compile_model, recommend_batch
from kooperacja_model.batch.cluster import ClusterResult
from kooperacja_model.batch.result import Contradictions
from kooperacja_model.errors import TableError
from kooperacja_model.simulation import run

pd = pytest.importorskip("pandas")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

from kooperacja_model.batch.dask import recommend_dask  # noqa: E402

MODELS = ("rural", "urban_rural", "city")
PARTITIONS = 7
ALL = ("competences", "sectors", "institutions", "duties", "rules")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def families() -> Any:
    return some_families("city", complete=False)


@pytest.fixture(scope="module")
def packed() -> Any:
    return packed_families("city", complete=False)


def to_dask(table: Any, partitions: int = PARTITIONS) -> Any:
    return dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=partitions)


def to_arrow(frame: Any) -> Any:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def computed(result: ClusterResult) -> Any:
    table = to_arrow(result.frame.compute())
    return table if result.packed is None else result.packed.unpack(table)


@pytest.mark.usefixtures("cluster")
class TestTheAnswersAreThoseOfOneMachine:
    @each_table
    @pytest.mark.parametrize("model", MODELS)
    def test_rows_from_packed_facts(self, model: str, complete: bool) -> None:
        families, packed = some_families(model, complete), packed_families(model, complete)
        expected = recommend_batch(model, families, outputs=ALL, id="family", commune="teryt", ignore=["area"])
        result = recommend_dask(
            model, to_dask(packed), outputs=ALL, id="family", commune="teryt", answers="packed", contradictions="error"
        )
        assert computed(result).equals(expected.to_arrow().combine_chunks())

    @each_table
    @pytest.mark.parametrize("model", MODELS)
    def test_totals_from_packed_facts(self, model: str, complete: bool) -> None:
        families, packed = some_families(model, complete), packed_families(model, complete)
        expected = recommend_batch(model, families, by=["area"], commune="teryt", ignore=["family"]).totals
        result = recommend_dask(model, to_dask(packed, 11), by=["area"], commune="teryt")
        assert computed(result).equals(expected.sort_by("area"))

    def test_rows_from_a_column_of_booleans_for_each_fact(self, families: Any) -> None:
        asked: dict[str, Any] = {"outputs": ["sectors"], "id": "family", "commune": "teryt", "ignore": ["area"]}
        expected = recommend_batch("city", families, **asked).to_arrow()
        assert computed(recommend_dask("city", to_dask(families), **asked)).equals(expected.combine_chunks())

    def test_totals_of_the_whole_table(self, families: Any) -> None:
        asked: dict[str, Any] = {"outputs": ["sectors"], "by": (), "commune": "teryt", "ignore": ["family", "area"]}
        expected = recommend_batch("city", families, **asked).totals
        assert computed(recommend_dask("city", to_dask(families), **asked)).equals(expected)

    def test_a_model_and_a_compiled_one(self, packed: Any) -> None:
        by_key = computed(recommend_dask("rural", to_dask(packed), outputs=["duties"], by=["area"]))
        for model in (load_model("rural"), compile_model("rural", outputs=["duties"])):
            assert computed(recommend_dask(model, to_dask(packed), outputs=["duties"], by=["area"])).equals(by_key)


class TestAScenario:
    @pytest.mark.parametrize("name", ["powiat", "changes", "table"])
    def test_gives_the_same_files(
        self, cluster: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = some_scenario(name, tmp_path)
        pictures = name == "powiat"
        expected = as_bytes(run_scenario(given), pictures)
        monkeypatch.setattr(run, "BLOCK", 100)
        sent: list[Any] = []

        def on_dask(function: Any, blocks: Any) -> Any:
            sent.extend(cluster.map(function, blocks))
            return cluster.gather(sent)

        assert as_bytes(run_scenario(given, map_blocks=on_dask), pictures) == expected
        assert len(sent) > 1

    def test_its_families_written_as_a_table_give_its_numbers(self, tmp_path: Path, cluster: Any) -> None:
        given = some_scenario("powiat", tmp_path)
        found = run_scenario(given)
        write_families(given, tmp_path / "families.parquet")
        ddf = dd.read_parquet(tmp_path / "families.parquet", dtype_backend="pyarrow").repartition(npartitions=3)
        for model in ("rural", "urban_rural"):
            table = demand_of(model, ddf[ddf["model"] == model])
            assert {row.pop("commune"): row for row in table} == demand_by_commune(found, "base", model)

    def test_its_families_under_each_model_give_the_numbers_of_each_variant(self, tmp_path: Path, cluster: Any) -> None:
        given = evolve(load_scenario(ROOT / "examples/scenarios/models.yaml"), households=30_000, teams=0)
        found = run_scenario(given)
        write_families(given, tmp_path / "families.parquet")
        ddf = dd.read_parquet(tmp_path / "families.parquet", dtype_backend="pyarrow").repartition(npartitions=3)
        for model in MODELS:
            table = demand_of(model, ddf)
            assert {row.pop("commune"): row for row in table} == demand_by_commune(found, f"all_{model}")


def demand_of(model: str, ddf: Any) -> Any:
    """What is required and advised, by commune, as rows."""
    asked: dict[str, Any] = {"strengths": ["required", "advised"], "ignore": ["kind", "voivodeship", "model"]}
    outputs = ["sectors", "competences", "institutions", "duties"]
    return computed(recommend_dask(model, ddf, outputs=outputs, by=["commune"], commune="commune", **asked)).to_pylist()


class TestPartitionsOfEverySize:
    """In this process, so that it is also seen which lines run."""

    @pytest.fixture(autouse=True)
    def _here(self) -> Iterator[None]:
        import dask

        with dask.config.set(scheduler="synchronous"):
            yield

    @pytest.mark.parametrize("rows", [0, 1, 2, 65])
    def test_few_families(self, packed: Any, families: Any, rows: int) -> None:
        expected = recommend_batch(
            "city", families.slice(0, rows), outputs=["sectors"], commune="teryt", id="family", ignore=["area"]
        ).to_arrow()
        result = recommend_dask(
            "city", to_dask(packed.slice(0, rows), 1), outputs=["sectors"], commune="teryt", id="family"
        )
        assert computed(result).equals(expected.combine_chunks())

    def test_empty_partitions_and_partitions_of_one_row(self, packed: Any, families: Any) -> None:
        ddf = to_dask(packed.slice(0, 9), 9)
        some = ddf[ddf["family"].isin([1, 5])]
        assert some.map_partitions(len).compute().tolist() == [0, 1, 0, 0, 0, 1, 0, 0, 0]
        picked = families.take([1, 5])
        asked: dict[str, Any] = {"outputs": ["sectors"], "commune": "teryt"}
        rows = recommend_batch("city", picked, id="family", ignore=["area"], **asked).to_arrow()
        assert computed(recommend_dask("city", some, id="family", **asked)).equals(rows.combine_chunks())
        for by in ((), ("area",)):
            totals = recommend_batch("city", picked, by=by, ignore={"family", "area"} - {*by}, **asked).totals
            found = computed(recommend_dask("city", some, by=by, **asked))
            assert found.equals(totals.sort_by("area") if by else totals)

    def test_rows_keep_the_index_and_its_divisions(self, packed: Any) -> None:
        frame = packed.slice(0, 100).to_pandas(types_mapper=pd.ArrowDtype).set_index("family")
        ddf = dd.from_pandas(frame, npartitions=4)
        result = recommend_dask("rural", ddf, outputs=["sectors"])
        assert result.frame.divisions == ddf.divisions
        assert result.frame.compute().index.tolist() == list(range(100))
        pd.testing.assert_frame_equal(result.frame.compute().iloc[:0], result.frame._meta)

    def test_totals_have_the_types_that_were_announced(self, packed: Any) -> None:
        result = recommend_dask("rural", to_dask(packed.slice(0, 50)), outputs=["sectors"], by=["area"])
        pd.testing.assert_frame_equal(result.frame.compute().iloc[:0], result.frame._meta)

    def test_pandas_columns_of_plain_and_nullable_booleans(self) -> None:
        frame = pd.DataFrame(
            {"truancy": [True, False, True], "municipal_tenant": pd.array([True, None, False], "boolean")}
        )
        expected = recommend_batch("rural", frame, outputs=["sectors"]).to_arrow()
        result = recommend_dask("rural", dd.from_pandas(frame, npartitions=2), outputs=["sectors"])
        assert computed(result).equals(expected.combine_chunks())


class TestFactsThatContradictEachOther:
    table = pa.table(
        {"eviction_risk": [True] * 3, "municipal_tenant": [True, True, False], "private_tenant": [False, True, True]}
    )

    @pytest.mark.parametrize("answers", ["booleans", "packed"])
    def test_null_and_drop(self, answers: Any) -> None:
        whats: tuple[Contradictions, ...] = ("null", "drop")
        for what in whats:
            expected = recommend_batch("rural", self.table, outputs=["sectors"], contradictions=what).to_arrow()
            result = recommend_dask(
                "rural", to_dask(self.table, 3), outputs=["sectors"], contradictions=what, answers=answers
            )
            assert computed(result).equals(expected.combine_chunks())
            assert result.frame.compute().index.tolist() == ([0, 1, 2] if what == "null" else [0, 2])

    def test_totals_leave_them_out(self) -> None:
        result = recommend_dask("rural", to_dask(self.table, 3), outputs=["sectors"], by=(), contradictions="drop")
        assert computed(result)["families"].to_pylist() == [2]

    @pytest.mark.usefixtures("cluster")
    def test_the_error_of_a_worker_arrives(self) -> None:
        result = recommend_dask("rural", to_dask(self.table, 3), outputs=["sectors"])
        with pytest.raises(TableError, match=r"^table: in a partition, facts contradict each other in row 0"):
            result.frame.compute()


class TestWhatIsSentAndWhatMoves:
    @pytest.mark.parametrize("by", [None, ["area"]])
    def test_no_more_is_sent_for_more_partitions_but_their_rows(self, packed: Any, by: list[str] | None) -> None:
        large = []
        for partitions in (5, 50):
            ddf = to_dask(packed.slice(0, 500), partitions)
            graph = recommend_dask("city", ddf, outputs=ALL, by=by).frame.optimize().__dask_graph__()
            assert len(graph) > 2 * partitions
            large.append(sum(len(pickle.dumps(node)) > 20_000 for node in graph.values()))
        assert large[0] == large[1]
        assert large[0] == (1 if by is None else 2), "the question, and for totals the types of the frame"

    def test_totals_are_added_up_in_a_tree(self, packed: Any) -> None:
        result = recommend_dask("city", to_dask(packed.slice(0, 500), 50), outputs=["sectors"], by=["area"])
        graph = result.frame.optimize().__dask_graph__()
        assert sum(str(key).startswith("_sums") for key in graph) == 7 + 1
        assert sum(str(key).startswith("_answer") for key in graph) == 50

    def test_the_result_knows_the_model_and_its_hash(self, packed: Any) -> None:
        result = recommend_dask("city", to_dask(packed), outputs=["sectors"])
        model = load_model("city")
        assert (result.program.model, result.program.model_hash) == ("city", model.hash)
        assert repr(result) == f"ClusterResult('city', columns={len(result.program.columns)})"
        assert [column.name for column in result.program.columns] == list(result.frame.columns)


class TestWhatCannotBeDoneIsSaidAtOnce:
    def test_columns_that_cannot_be_used(self) -> None:
        ddf = to_dask(pa.table({"truancyy": [True], "school_child": ["yes"]}), 1)
        with pytest.raises(TableError, match=r"column 'truancyy' is no key of a need, .*; did you mean 'truancy'?"):
            recommend_dask("rural", ddf)

    def test_a_column_that_would_come_out_twice(self) -> None:
        column = "sector__education__required"
        ddf = to_dask(pa.table({"families": ["x", "y"], column: ["x", "y"], "truancy": [True, False]}), 2)
        for name in ("families", column):
            with pytest.raises(TableError, match=f"^table: column '{name}' would come out 2 times; name it once, or"):
                recommend_dask("rural", ddf, outputs=["sectors"], by=[name], ignore={"families", column} - {name})
        with pytest.raises(TableError, match=f"^table: column '{column}' would come out 2 times"):
            recommend_dask("rural", ddf, outputs=["sectors"], id=column, ignore="families")

    def test_one_name_need_not_be_put_in_a_list(self) -> None:
        ddf = to_dask(pa.table({"area": ["n", "s"], "family": [1, 2], "truancy": [True, False]}), 1)
        result = recommend_dask("rural", ddf, outputs=["sector__education__required"], by="area", ignore="family")
        assert computed(result)["area"].to_pylist() == ["n", "s"]

    @pytest.mark.parametrize("frame", [pd.DataFrame({"truancy": [True]}), pa.table({"truancy": [True]}), None])
    def test_what_is_no_dask_frame(self, frame: Any) -> None:
        with pytest.raises(TableError, match="what was given is no Dask data frame; make it one, or ask `recommend_ba"):
            recommend_dask("rural", frame)

    def test_names_that_are_twice_in_the_frame(self) -> None:
        frame = pd.DataFrame([[True, True]], columns=["truancy", "truancy"])
        with pytest.raises(TableError, match=r"^table: column 'truancy' is there 2 times; give each column its own"):
            recommend_dask("rural", dd.from_pandas(frame, npartitions=1))

    def test_dask_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "dask.delayed", None)
        with pytest.raises(KooperacjaError, match=r"Dask is not installed; .*kooperacja_model\[dask\]"):
            recommend_dask("rural", None)
