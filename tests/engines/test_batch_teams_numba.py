"""The compiled search finds the teams that trying every subset finds, and those of the search in Python."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("numba")
pytest.importorskip("pyarrow")

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from random_networks import random_network

from kooperacja_model import load_model, network_from_availability
from kooperacja_model.batch import team_solver
from kooperacja_model.batch.candidates import Tables
from kooperacja_model.batch.demands import Words
from kooperacja_model.batch.team_solver import TeamSolver
from kooperacja_model.batch.teams import teams_batch

Set = frozenset[int]
Search = Callable[..., None]

COMMUNE = "1816122"
LIMIT = 20_000


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[Search]:
    """The compiled search; what is compiled is kept for the next run, but not next to the source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "CACHE_DIR", str(Path(tempfile.gettempdir()) / "kooperacja_model_numba"))
        from kooperacja_model.batch.team_search import search

        yield search


@pytest.fixture(scope="module")
def plain() -> Search:
    """The search as plain Python."""
    spec = importlib.util.find_spec("kooperacja_model.batch.team_search")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "DISABLE_JIT", True)
        spec.loader.exec_module(module)
    search: Search = module.search
    return search


@pytest.fixture(params=["compiled", "plain"])
def search(request: pytest.FixtureRequest) -> Search:
    """Both."""
    its: Search = request.getfixturevalue(request.param)
    return its


# -- made-up demands -----------------------------------------------------------------------------


def words_of(sets: Sequence[Set], words: int) -> Words:
    found = np.zeros((1, len(sets), words), dtype=np.uint64)
    for number, its in enumerate(sets):
        for one in its:
            found[0, number, one // 64] |= np.uint64(1 << one % 64)
    return found


def best(
    search: Search, rows: Sequence[Set], advised: Sequence[Set], far: Set, agreed: Set, size: int, limit: int = LIMIT
) -> Set | None:
    """The team that a search finds for one demand in which each row is a competence; `None` if it gives up."""
    words = -(-size // 64)
    networks = Tables(
        named=words_of(rows, words),
        somebody=words_of([frozenset(range(len(rows)))], -(-len(rows) // 64))[:, 0],
        holders=np.zeros((1, len(rows), words), dtype=np.uint64),
        advisers=words_of(advised, words),
        seats=np.zeros((1, 0, words), dtype=np.uint64),
        far=words_of([far], words)[:, 0],
        agreed=words_of([agreed], words)[:, 0],
    )
    demand = np.concatenate(
        [words_of([frozenset(range(len(its)))], -(-len(its) // 64))[0] for its in (rows, advised)], axis=1
    )
    team = np.full((1, words), 99, dtype=np.uint64)
    uncovered = np.full((1, -(-len(rows) // 64)), 99, dtype=np.uint64)
    missing = np.zeros((1, 0), dtype=np.uint64)
    proven = np.zeros(1, dtype=np.bool_)
    competences = np.arange(len(rows), dtype=np.int64)
    with np.errstate(over="ignore"):
        search(demand, np.zeros(1, dtype=np.intp), networks, competences, limit, team, uncovered, missing, proven)
    assert not uncovered.any()
    found = frozenset(bit for bit in range(64 * words) if int(team[0, bit // 64]) >> bit % 64 & 1)
    assert proven[0] or not found
    return found if proven[0] else None


def naive_best(rows: Iterable[Set], advised: Iterable[Set], far: Set, agreed: Set, size: int) -> Set:
    """The best team by trying every subset, from the documented order alone."""
    ranked = []
    for number in range(size + 1):
        for team in map(frozenset, combinations(range(size), number)):
            if all(row & team for row in rows):
                brought = sum(bool(those & team) for those in advised)
                ranked.append((len(team & far), len(team), -brought, -len(team & agreed), sorted(team), team))
    return min(ranked)[-1]


def random_sets(rng: Random, count: int, size: int, most: int) -> list[Set]:
    return [frozenset(rng.sample(range(size), rng.randint(1, min(size, most)))) for _ in range(count)]


def random_demand(rng: Random, size: int) -> tuple[list[Set], list[Set], Set, Set]:
    rows = random_sets(rng, rng.randint(1, 12), size, rng.choice((2, 3, 5)))
    advised = random_sets(rng, rng.randint(0, 6), size, 4)
    some = [one for one in range(size) if rng.random() < rng.choice((0.0, 0.3, 0.8))]
    return rows, advised, frozenset(some), frozenset(one for one in range(size) if rng.random() < 0.4)


def spread(sets: Iterable[Set], places: Sequence[int]) -> list[Set]:
    return [frozenset(places[one] for one in its) for its in sets]


def test_the_team_is_the_one_found_by_trying_every_subset(search: Search, plain: Search) -> None:
    rng = Random(1)
    for _ in range(250 if search is plain else 1500):
        size = rng.randint(1, 9)
        rows, advised, far, agreed = random_demand(rng, size)
        expected = naive_best(rows, advised, far, agreed, size)
        assert best(search, rows, advised, far, agreed, size) == expected
        places = sorted(rng.sample(range(190), size))
        far, agreed, expected = spread((far, agreed, expected), places)
        assert best(search, spread(rows, places), spread(advised, places), far, agreed, 190) == expected


def edges(points: int) -> list[Set]:
    """All pairs of some points: all of the points but one have to be chosen."""
    return [frozenset(pair) for pair in combinations(range(points), 2)]


def test_what_is_too_large_is_given_up(search: Search) -> None:
    nobody: Set = frozenset()
    assert best(search, [], edges(3), nobody, nobody, 3) == nobody
    assert best(search, edges(11), [], nobody, nobody, 11) == frozenset(range(10))
    assert best(search, edges(11), [], nobody, nobody, 11, limit=2) is None
    assert best(search, edges(12), [], nobody, nobody, 12) is None
    many = [frozenset((2 * row, 2 * row + 1)) for row in range(32)]
    assert best(search, many, [], nobody, frozenset(range(0, 64, 2)), 64) == frozenset(range(0, 64, 2))
    assert best(search, [*many, frozenset((64, 65))], [], nobody, nobody, 66) is None
    advised = [frozenset((8 + number % 3,)) for number in range(65)]
    assert best(search, edges(11), advised[:64], nobody, nobody, 11) == frozenset(range(11)) - {7}
    assert best(search, edges(11), advised, nobody, nobody, 11) is None


# -- demands of families -------------------------------------------------------------------------


def families(seed: int, count: int) -> Any:
    """A table of families with one to four needs, a tenth of the circumstances present and half unknown."""
    random = np.random.default_rng(seed)
    catalogue = load_model("rural").catalogue
    needs = np.zeros((count, len(catalogue.needs)), dtype=bool)
    for column in random.integers(0, len(catalogue.needs), (random.integers(1, 5), count)):
        needs[np.arange(count), column] = True
    columns = {key: pa.array(needs[:, number]) for number, key in enumerate(catalogue.needs)}
    for key in catalogue.circumstances:
        columns[key] = pa.array(random.random(count) < 0.1, mask=random.random(count) < 0.5)
    return pa.table(columns)


def demands_of(solver: TeamSolver, networks: int, count: int) -> tuple[Words, NDArray[np.intp]]:
    """Demands of random families, in turn for each network; contradictions do not matter here."""
    from kooperacja_model.batch.columns import Evaluator
    from kooperacja_model.batch.tables import Families, Wide

    program = solver.demands.program
    (batch,) = Families(program, families(7, count), Wide()).all()
    words = np.concatenate([solver.demands.of(bits) for _, bits in Evaluator(program).blocks(batch.facts)])
    return words, np.arange(count, dtype=np.intp) % networks


def some_networks() -> list[Any]:
    model = load_model("rural")
    rng = Random(2)
    found = [random_network(rng, model, COMMUNE, rng.choice((5, 15, 40, 90, 140))) for _ in range(38)]
    return [*found, network_from_availability(model, COMMUNE), network_from_availability(model, COMMUNE, likely=True)]


def test_20_000_demands_have_the_teams_of_the_search_in_python(plain: Search) -> None:
    networks = some_networks()
    model = load_model("rural")
    compiled, python = (TeamSolver(model, networks, compiled=which) for which in (True, False))
    demands, places = demands_of(compiled, len(networks), 20_000)
    found = compiled.search(demands, places)
    expected = python.search(demands, places)
    for mine, other in zip(found, expected, strict=True):
        assert mine.tolist() == other.tolist()
    assert found[3].all()
    assert found[1].any(axis=1).sum() > 5000
    assert found[2].any(axis=1).sum() > 5000
    for level in ("far", "advisers", "agreed"):
        without = TeamSolver(model, networks, compiled=True)
        without._tables = without._tables._replace(**{level: np.zeros_like(getattr(without._tables, level))})
        assert (without.search(demands, places)[0] != found[0]).any(axis=1).sum() > 100, level
    some = slice(0, 300)
    answers = [np.empty_like(its[some]) for its in found]
    with np.errstate(over="ignore"):
        plain(demands[some], places[some], compiled._tables, compiled._competences, LIMIT, *answers)
    for mine, other in zip(answers, found, strict=True):
        assert mine.tolist() == other[some].tolist()


def test_a_demand_that_is_given_up_is_searched_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = some_networks()
    solver = TeamSolver(load_model("rural"), networks, compiled=True)
    demands, places = demands_of(solver, len(networks), 1000)
    expected = solver.search(demands, places)
    assert solver._best_team.cache_info().misses == 0
    monkeypatch.setattr(team_solver, "COMPILED_LIMIT", 0)
    found = solver.search(demands, places)
    assert solver._best_team.cache_info().misses > 100
    for mine, other in zip(found, expected, strict=True):
        assert mine.tolist() == other.tolist()


def test_tables_are_the_same_with_numba_and_without_and_for_any_number_of_threads() -> None:
    network = network_from_availability(load_model("rural"), COMMUNE, likely=True)
    table = families(9, 70_000)
    one, three = (teams_batch("rural", table, network, contradictions="null", threads=threads) for threads in (1, 3))
    python = teams_batch("rural", table, network, contradictions="null", compiled=False)
    assert one.families > 40_000
    assert one.to_arrow().equals(three.to_arrow())
    assert one.to_arrow().equals(python.to_arrow())
    assert TeamSolver(load_model("rural"), [network]).compiled
