"""A scenario gives the same result whoever counts its blocks, in whatever order, and however they are cut."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from small_scenarios import VARIANTS, as_bytes, scenario

from kooperacja_model.errors import ScenarioError, TableError
from kooperacja_model.provenance import Table
from kooperacja_model.scenario import CommuneChoice, Grouping, Mapper, Scenario, run_scenario, write_families
from kooperacja_model.simulation import run
from kooperacja_model.simulation.blocks import TableBlock, TableOfFamilies, drawn_blocks
from kooperacja_model.simulation.counting import BlockCounter, variants_of
from kooperacja_model.simulation.families import FamilyGenerator
from kooperacja_model.simulation.sample import Sample, lowest

Given = TypeVar("Given")
Found = TypeVar("Found")

SMALL = 50
"""Families of a block, so that there are many blocks."""

FEW = Table({variant.key: variant for variant in VARIANTS[:2]})
"""Other rules, and closed institutions."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def expected() -> dict[str, bytes]:
    """The files of the small scenario, counted in as few blocks as there are models."""
    return as_bytes(run_scenario(scenario(teams=7, variants=FEW)))


@pytest.fixture
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BLOCK", SMALL)


class Watched:
    """The built-in `map`, which remembers what it was given."""

    def __init__(self, order: Callable[[Sequence[object]], Sequence[object]] = lambda things: things) -> None:
        self.order = order
        self.blocks = 0
        self.longest = 0

    def __call__(self, function: Callable[[Given], Found], things: Sequence[Given], /) -> Iterable[Found]:
        self.blocks = len(things)
        self.longest = max(len(pickle.dumps(thing)) for thing in things)
        return map(function, self.order(things))  # type: ignore[arg-type]


@pytest.mark.usefixtures("many_blocks")
@pytest.mark.parametrize("turned", [False, True])
def test_neither_the_size_nor_the_order_of_blocks_matters(expected: dict[str, bytes], turned: bool) -> None:
    watched = Watched((lambda things: things[::-1]) if turned else (lambda things: things))
    assert as_bytes(run_scenario(scenario(teams=7, variants=FEW), map_blocks=watched)) == expected
    assert watched.blocks > 3
    assert watched.longest < 1_000, "a block is a few numbers"


@pytest.mark.usefixtures("many_blocks")
def test_two_processes_give_the_same_files(expected: dict[str, bytes], pool: ProcessPoolExecutor) -> None:
    told: list[tuple[str, int, int]] = []
    found = run_scenario(scenario(teams=7, variants=FEW), progress=lambda *step: told.append(step), map_blocks=pool.map)
    assert as_bytes(found) == expected
    families = [step for step in told if step[0] == "families"]
    assert len(families) > 3
    assert families[-1] == ("families", found.families, found.families)


@pytest.mark.usefixtures("many_blocks")
def test_threads_that_share_a_counter_give_the_same_files(expected: dict[str, bytes]) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert as_bytes(run_scenario(scenario(teams=7, variants=FEW), map_blocks=threads.map)) == expected


def counter_of(given: Scenario) -> BlockCounter:
    """The counter that a run sends."""
    caught: list[object] = []

    def catch(function: Callable[[Given], Found], things: Sequence[Given], /) -> Iterable[Found]:
        caught.append(function)
        return map(function, things)

    run_scenario(given, map_blocks=catch)
    (counter,) = caught
    assert isinstance(counter, BlockCounter)
    return counter


def test_a_counter_is_sent_as_a_few_bytes_and_made_once_in_a_process() -> None:
    counter = counter_of(scenario(variants=FEW))
    assert repr(counter) == "BlockCounter('trial')"
    sent = pickle.dumps(counter)
    assert sent == pickle.dumps(counter)
    assert len(sent) < 500_000
    one, two = pickle.loads(sent), pickle.loads(sent)
    assert one is two is not counter
    assert one.scenario == counter.scenario
    assert pickle.loads(pickle.dumps(counter_of(scenario(seed=12, variants=FEW)))).scenario.seed == 12


def test_a_block_is_counted_the_same_wherever_that_is() -> None:
    counter = counter_of(scenario(teams=3, variants=FEW))
    blocks = list(drawn_blocks(counter.scenario, counter.communes, counter.generator, SMALL))
    there = pickle.loads(pickle.dumps(counter))
    for block in blocks[:3]:
        here, sent = counter(block), pickle.loads(pickle.dumps(there(pickle.loads(pickle.dumps(block)))))
        assert list(here.communes) == list(sent.communes)
        assert set(here.counts) == set(variants_of(counter.scenario))
        for key, counts in here.counts.items():
            assert counts.families.sum() == block.rows
            assert np.array_equal(counts.demand, sent.counts[key].demand)
            assert np.array_equal(counts.gaps, sent.counts[key].gaps)
        assert here.sample is not None
        assert sent.sample is not None
        assert np.array_equal(here.sample.lot, sent.sample.lot)
        assert here.contradictory == sent.contradictory == 0


def test_a_mapper_that_loses_or_repeats_blocks_is_found_out() -> None:
    def loses(function: Callable[[Given], Found], things: Sequence[Given], /) -> Iterable[Found]:
        return map(function, things[:-1])

    def repeats(function: Callable[[Given], Found], things: Sequence[Given], /) -> Iterable[Found]:
        return map(function, [*things, things[0]])

    mappers: tuple[tuple[Mapper, int], ...] = ((loses, 2), (repeats, 4))
    for mapper, results in mappers:
        with pytest.raises(ScenarioError, match=f"`map_blocks` gave {results} results for 3 blocks; give a function"):
            run_scenario(scenario(variants=Table({})), map_blocks=mapper)


def test_a_scenario_without_a_family_in_need_has_nothing_to_count() -> None:
    def never(function: Callable[[Given], Found], things: Sequence[Given], /) -> Iterable[Found]:
        raise AssertionError("there is no block")

    found = run_scenario(scenario(households=1, teams=4, variants=Table({})), map_blocks=never)
    assert (found.families, found.teams) == (0, ())
    assert {row.measure for row in found.rows if row.families} <= {"households"}


def test_where_lots_are_the_same_the_commune_and_then_the_number_decide() -> None:
    def drew(*families: tuple[int, int, float]) -> Sample:
        commune, number, lot = zip(*families, strict=True)
        facts = np.zeros((len(families), 1), dtype=bool)
        return Sample(np.array(commune), np.array(number), np.array(lot, dtype=np.float32), facts, facts)

    classes = np.array([0, 0, 1, -1])
    one = drew((1, 4, 0.5), (0, 9, 0.5), (2, 0, 0.9), (-1, 3, 0.1))
    two = drew((0, 2, 0.5), (1, 5, 0.75), (2, 7, 0.9), (2, 3, 0.25))
    for both in ([one, two], [two, one]):
        found = lowest(both, classes, 2)
        assert list(zip(found.commune.tolist(), found.number.tolist(), strict=True)) == [(0, 2), (0, 9), (2, 3), (2, 0)]


# --- blocks of a table


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The families of the small scenario in small row groups, in no order."""
    path = tmp_path / "families.parquet"
    with monkeypatch.context() as patch:
        patch.setattr(run, "ROW_GROUP", 40)
        write_families(scenario(), path)
    rows = pq.read_table(path)
    order = np.random.Generator(np.random.PCG64(3)).permutation(rows.num_rows)
    pq.write_table(rows.take(pa.array(order)), path, row_group_size=30)
    return path


def test_the_blocks_of_a_table_are_whole_row_groups(table: Path) -> None:
    metadata = pq.read_metadata(table)
    blocks = list(TableOfFamilies(str(table), scenario().models["rural"]).blocks(50))
    assert blocks[0] == TableBlock((0, 2), 0, 60)
    assert [block.first for block in blocks] == [60 * number for number in range(len(blocks))]
    assert blocks[-1].groups[1] == metadata.num_row_groups
    assert sum(block.rows for block in blocks) == metadata.num_rows
    assert [*TableOfFamilies(str(table), scenario().models["rural"]).blocks(10**6)] == [
        TableBlock((0, metadata.num_row_groups), 0, metadata.num_rows)
    ]


def test_a_table_gives_the_same_files_in_one_block_or_many_and_in_two_processes(
    table: Path, pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = scenario(table=str(table), teams=7, variants=FEW)
    whole = as_bytes(run_scenario(given))
    monkeypatch.setattr(run, "BLOCK", SMALL)
    watched = Watched()
    assert as_bytes(run_scenario(given, map_blocks=watched)) == whole
    assert watched.blocks > 3
    assert as_bytes(run_scenario(given, map_blocks=pool.map)) == whole


def test_a_large_block_of_a_table_is_read_in_pieces(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = scenario(table=str(table), teams=7, variants=FEW)
    whole = as_bytes(run_scenario(given))
    monkeypatch.setattr("kooperacja_model.simulation.blocks._READ", 100)
    monkeypatch.setattr("kooperacja_model.batch.arrow.MIN_ROWS", 1)
    watched = Watched()
    assert as_bytes(run_scenario(given, map_blocks=watched)) == whole
    assert watched.blocks == 1


def test_the_sample_of_a_table_does_not_depend_on_its_row_groups(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kooperacja_model.simulation.blocks.CHUNK", 64)
    given = scenario(table=str(table), teams=7, variants=FEW)
    first = run_scenario(given)
    other = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(table), other, row_group_size=77)
    monkeypatch.setattr(run, "BLOCK", SMALL)
    found = run_scenario(evolve(given, table=str(other)))
    assert found.table_hash != first.table_hash
    assert as_bytes(evolve(found, table_hash=first.table_hash)) == as_bytes(first)


def test_a_table_with_a_relative_path_is_found_from_elsewhere(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    counter = counter_of(scenario(table=table.name, variants=FEW))
    sent = pickle.dumps(counter)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    rows = pq.read_metadata(table).num_rows
    found = pickle.loads(sent)(TableBlock((0, pq.read_metadata(table).num_row_groups), 0, rows))
    assert found.counts["base"].families.sum() == rows


def of_rows(path: Path, columns: Mapping[str, object], rows: int) -> Scenario:
    """A scenario about a table in row groups of so many rows."""
    pq.write_table(pa.table({**columns}), path, row_group_size=rows)
    return scenario(table=str(path), networks=(), variants=Table({}), communes=CommuneChoice(), by=(Grouping.KIND,))


def test_all_families_whose_facts_contradict_each_other_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = {
        "commune": ["1816122"] * 4 + ["2416021"],
        "truancy": [True] * 5,
        "child_under_18": [False, True, False, None, False],
    }
    monkeypatch.setattr(run, "BLOCK", 1)
    with pytest.raises(TableError, match="the facts of 2 families contradict each other; correct them"):
        run_scenario(of_rows(tmp_path / "t.parquet", columns, 1))


def test_an_error_names_the_row_of_the_table_whichever_block_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: ProcessPoolExecutor
) -> None:
    columns = {"commune": ["1816122"] * 5, "truancy": [True, True, True, None, True]}
    given = of_rows(tmp_path / "t.parquet", columns, 2)
    monkeypatch.setattr(run, "BLOCK", 2)
    mappers: tuple[Mapper, ...] = (map, pool.map)
    for mapper in mappers:
        with pytest.raises(TableError, match="column 'truancy': no value in row 3; a need is reported or not"):
            run_scenario(given, map_blocks=mapper)


def test_a_table_without_rows_has_no_block(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    given = of_rows(path, {"commune": ["1816122"], "truancy": [True]}, 1)
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    assert list(TableOfFamilies(str(path), given.models["rural"]).blocks(1)) == []


def test_the_generator_draws_the_parts_that_it_names() -> None:
    found = run_scenario(scenario(variants=Table({})))
    generator = FamilyGenerator(found.scenario.population, found.scenario.seed)
    parts = list(generator.parts(found.communes, [2, 0]))
    assert [part.commune for part in parts] == [2, 0]
    both = generator.families(found.communes, parts)
    assert both.number.tolist() == [number for part in parts for number in range(part.families)]
    alone = generator.families(found.communes, parts[1:])
    assert np.array_equal(both.facts[both.commune == 0], alone.facts)
