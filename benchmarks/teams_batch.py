"""How fast exact teams are found for millions of families, with the compiled search, in Python, and with other solvers.

Run `python benchmarks/teams_batch.py`; `--quick` takes smaller tables, which says little, `--out FILE` writes the table
as Markdown. Needs the extra `fast`; a solver that is not installed is left out.

The rules are those of a published model; families (`families.py`) and networks are made up: each commune has what the
law guarantees and what is likely there, of which a quarter is taken away at random. All institutions of one network
differ, so this is not the easiest case. In a table of households only some report anything: as large a share as
`models/population.yaml` computes from published figures; in the other tables every family is in need.

Before any time is shown, teams are compared with those of `propose_team` for the first families, and those of the
compiled search with those in Python. Other solvers get some of the families: the covering problem that
`propose_team` solves for them, ready made, and of its order only the first two levels (fewest members from outside,
then fewest members); the cost of every team is compared. A time of a whole table is that of `teams_batch`: networks
made ready, Arrow in, rules, exact teams, totals out. The compiled code is there before, from a first call.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from cover import Instance, Solver, compared, cp_sat, highs, installed, measured, rc2
from families import make_families
from numpy.typing import NDArray
from report import Part, Row, Target, markdown, seconds_text, write

import kooperacja_model as km
from kooperacja_model.batch import TeamBatch, TeamSolver, teams_batch
from kooperacja_model.batch.candidates import Tables, local_candidates, tables
from kooperacja_model.batch.columns import Evaluator
from kooperacja_model.batch.demands import Demands, Words
from kooperacja_model.batch.tables import Families, Wide
from kooperacja_model.cover import CandidatePool
from kooperacja_model.team import _Search

MODEL = "rural"
SEED = 7
CHECKED = 300
"""Families for which teams are compared with `propose_team`."""
OURS = "kooperacja_model, numba"
TARGETS = {"RC2 (python-sat)": 100, "CP-SAT, 1 worker": 400}
"""How many times faster the compiled search should be."""


@frozen
class Size:
    """How much is measured.

    Attributes:
        networks: number of communes.
        households: households of the tables that stand for a country.
        families: families of a smaller table, all of them in need.
        small: families of the table for the search in Python.
        sample: families that other solvers get.
        rounds: how often each is measured; what is as large as a country once.
    """

    networks: int
    households: int
    families: int
    small: int
    sample: int
    rounds: int


FULL = Size(200, 13_000_000, 1_000_000, 50_000, 300, 3)
QUICK = Size(20, 200_000, 50_000, 5_000, 40, 1)


# -- families and networks -----------------------------------------------------------------------


def make_networks(model: km.CooperationModel, number: int) -> dict[str, km.LocalNetwork]:
    """Networks of communes, by code."""
    draw = random.Random(SEED)
    codes = [f"{2 * (n % 16) + 2:02}{n // 16 % 20 + 1:02}{n // 320 + 1:02}2" for n in range(number)]
    found = {}
    for code in codes:
        network = km.network_from_availability(model, code, likely=True)
        found[code] = network.without(*draw.sample(list(network.institutions), len(network.institutions) // 4))
    return found


def make_table(model: km.CooperationModel, codes: list[str], rows: int, share: float = 1.0) -> Any:
    """Families, commune by commune; of all only this share report anything."""
    families = make_families(model, rows)
    if share < 1:
        some = np.packbits(np.random.default_rng(SEED).random(rows) < share, bitorder="little")
        families = evolve(families, values=families.values & some)
    places = pa.array(places_of(len(codes), rows), pa.int32())
    return families.table().append_column("commune", pa.DictionaryArray.from_arrays(places, pa.array(codes)))


def places_of(communes: int, rows: int) -> NDArray[np.intp]:
    """The number of each family's commune."""
    return (np.arange(rows) * communes // rows).astype(np.intp)


def share_in_need() -> float:
    """The share of the households in Poland that get help, from the population that the library ships."""
    households = km.load_population().households
    return math.fsum(its.number * its.in_need.value for its in households) / sum(its.number for its in households)


# -- comparing -----------------------------------------------------------------------------------


def check(model: km.CooperationModel, table: Any, networks: dict[str, km.LocalNetwork]) -> None:
    """Stop if a team is another one than it should be."""
    fast, slow = (
        teams_batch(model, table, networks, commune="commune", compiled=compiled, threads=1).to_arrow()
        for compiled in (True, False)
    )
    assert fast.equals(slow), "the compiled search and that in Python do not agree"
    batch = teams_batch(model, table.slice(0, CHECKED), networks, commune="commune")
    for row, members in enumerate(fast["members"].slice(0, CHECKED).to_pylist()):
        assert sorted(batch.explain_row(row).keys) == members, f"row {row}: propose_team says something else"


def instances(
    model: km.CooperationModel, table: Any, networks: dict[str, km.LocalNetwork], rows: NDArray[np.intp]
) -> list[Instance]:
    """The covering problems of some families; a solver must find the cost of the team that `teams_batch` found."""
    batch = teams_batch(model, table, networks, commune="commune", compiled=True)
    teams = batch.to_arrow().select(["outside", "size"]).take(pa.array(rows)).to_pylist()
    codes = table["commune"].take(pa.array(rows)).to_pylist()
    found = []
    for row, code, team in zip(rows.tolist(), codes, teams, strict=True):
        search = _Search(batch.explain_row(row).recommendation, networks[code], ())
        candidates, demand, bonus = search.problem()
        instance = Instance(tuple(candidates), CandidatePool(candidates), demand, bonus, ())
        best = instance.pool.best_cover(demand, bonus, ())
        assert instance.cost(best.chosen) == (team["outside"], team["size"]), f"row {row}: a team of another cost"
        found.append(instance)
    return found


# -- measuring -----------------------------------------------------------------------------------


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """Median seconds of some work."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def made_ready(demands: Demands, networks: dict[str, km.LocalNetwork]) -> Tables:
    """Networks in the form that the search reads."""
    return tables(demands, [local_candidates(demands, network) for network in networks.values()])


def demands_of(solver: TeamSolver, table: Any) -> Words:
    """What the teams of a table have to cover."""
    evaluator = Evaluator(solver.demands.program)
    batches = Families(solver.demands.program, table, Wide(), commune="commune").all()
    found = [solver.demands.of(bits) for batch in batches for _, bits in evaluator.blocks(batch.facts)]
    return np.concatenate(found)


def teams_alone(
    model: km.CooperationModel, table: Any, small: Any, networks: dict[str, km.LocalNetwork], size: Size
) -> Iterator[Row]:
    """The search without the rules, on one thread, time per team."""
    solver = TeamSolver(model, networks.values(), compiled=True, threads=1)
    rows = np.linspace(0, small.num_rows - 1, size.sample).astype(np.intp)
    demands = demands_of(solver, table)
    places = places_of(len(networks), table.num_rows)
    seconds = median_seconds(lambda: solver.search(demands, places), size.rounds) / len(demands)
    target = Target("≤ 3 µs", seconds <= 3e-6)
    yield Row(OURS, len(demands), seconds, target=target)

    some, theirs = demands_of(solver, small)[rows], places_of(len(networks), small.num_rows)[rows]
    often = max(1, 20_000 // size.sample)
    many, there = np.tile(some, (often, 1)), np.tile(theirs, often)
    ours = partial(median_seconds, lambda: solver.search(many, there), 5 * size.rounds)
    slow = [TeamSolver(model, networks.values(), compiled=False) for _ in range(size.rounds)]
    in_python = median_seconds(lambda: slow.pop().search(some, theirs), size.rounds) / size.sample
    yield _peer("kooperacja_model, in Python", in_python, ours() / len(many), size)

    problems = instances(model, small, networks, rows)
    solvers: dict[str, Solver] = installed(
        {
            "RC2 (python-sat)": ("python-sat", rc2),
            "CP-SAT, 1 worker": ("ortools", lambda: cp_sat(levels=2)),
            "HiGHS (scipy milp)": ("scipy", highs),
        }
    )
    compared(problems, solvers, list(solvers))
    for name, solve in solvers.items():
        times = measured(problems, {name: solve}, size.rounds)[name]
        yield _peer(name, statistics.mean(times), ours() / len(many), size)


def _peer(name: str, seconds: float, ours: float, size: Size) -> Row:
    wanted = TARGETS.get(name)
    target = Target(f"≥ {wanted}", seconds >= wanted * ours) if wanted else None
    remark = f"teams for {size.households:,}: {seconds_text(seconds * size.households)} on one core, extrapolated"
    return Row(name, size.sample, seconds, ours, target, remark)


def whole_tables(
    model: km.CooperationModel, given: list[tuple[str, Any]], networks: dict[str, km.LocalNetwork], size: Size
) -> Iterator[Row]:
    """Rules and exact teams, the time of a whole table."""

    def run(table: Any, compiled: bool, threads: int | None) -> tuple[TeamBatch, float]:
        start = time.perf_counter()
        batch = teams_batch(
            model, table, networks, commune="commune", by=(), compiled=compiled, threads=threads, progress=False
        )
        return batch, time.perf_counter() - start

    for name, table in given:
        rounds = 1 if table.num_rows == size.households and size.rounds > 1 else size.rounds
        found: dict[int | None, list[tuple[TeamBatch, float]]] = {None: [], 1: []}
        for _ in range(rounds):
            for threads, runs in found.items():
                runs.append(run(table, True, threads))
        batch, alone = found[None][0][0], found[1][0][0]
        assert batch.totals.equals(alone.totals), f"{name}: another answer with one thread"
        assert batch.unproven == 0, f"{name}: teams are not proven to be best"
        both, one = (statistics.median(seconds for _, seconds in runs) for runs in (found[None], found[1]))
        remark = f"{batch.families:,} teams, {batch.totals['members'][0].as_py() / batch.families:.2f} members each"
        target = Target("≤ 30 s", both <= 30) if table.num_rows == size.households else None
        yield Row(f"{OURS}, all cores: {name}", batch.rows, both, target=target, remark=remark)
        yield Row(f"{OURS}, 1 thread: {name}", batch.rows, one, both)
        if table.num_rows == size.small:
            slow, seconds = run(table, False, 1)
            assert slow.totals.equals(batch.totals), f"{name}: another answer in Python"
            remark = "networks made ready in both"
            yield Row(f"kooperacja_model, in Python: {name}", batch.rows, seconds, both, remark=remark)


# -- the table -----------------------------------------------------------------------------------


def parts_of(size: Size) -> tuple[list[Part], list[str]]:
    """The parts of the table, and what a reader has to know."""
    model = km.load_model(MODEL)
    share = share_in_need()
    start = time.perf_counter()
    networks = make_networks(model, size.networks)
    made = time.perf_counter() - start
    solver = TeamSolver(model, (), compiled=True)
    ready = median_seconds(lambda: made_ready(solver.demands, networks), size.rounds)
    codes, each = list(networks), 1e3 / len(networks)
    small = make_table(model, codes, size.small)
    first = median_seconds(lambda: teams_batch(model, small.slice(0, 100), networks, commune="commune", threads=1), 1)
    check(model, small, networks)
    print("done: compared", file=sys.stderr, flush=True)
    institutions = statistics.mean(len(network.serving) for network in networks.values())
    facts = [
        f"Model `{MODEL}`: {len(solver.demands.pairs)} pairs of competence and type in {solver.demands.words} words.",
        f"{len(networks)} networks of {institutions:.0f} institutions, each {made * each:.1f} ms to make up.",
        f"They are made ready for the search in every run of a whole table, in {ready * each:.1f} ms each.",
        f"Of the households {share:.2%} are in need: the mean of `models/population.yaml`, from published figures.",
        "The others report nothing. What the families in need report is made up.",
        f"First call, with compilation or from numba's cache: {first:.1f} s.",
        f"Times are medians of {size.rounds} runs; tables of {size.households:,} were measured once.",
        "Ratio: the time divided by that of the compiled search on the same families in the same run.",
    ]
    table = make_table(model, codes, min(size.families, 200_000))
    alone = [row.cells for row in _without_targets(teams_alone(model, table, small, networks, size), size)]
    print("done: teams alone", file=sys.stderr, flush=True)
    its = [
        ("all in need", make_table(model, codes, size.small)),
        ("all in need", make_table(model, codes, size.families)),
        ("all in need", make_table(model, codes, size.households)),
        (f"{share:.1%} in need", make_table(model, codes, size.households, share)),
    ]
    whole = [row.cells for row in _without_targets(whole_tables(model, its, networks, size), size)]
    return [
        ("The team alone, 1 thread, time per team", alone),
        ("Rules and exact teams, Arrow in, totals out, time of the whole table", whole),
    ], facts


def _without_targets(rows: Iterator[Row], size: Size) -> Iterator[Row]:
    """A target says nothing about small tables."""
    return (evolve(row, target=None) if size.rounds == 1 else row for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure less")
    parser.add_argument("--households", type=int, help="another number of households")
    parser.add_argument("--out", type=Path, help="write the table to a Markdown file")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    size = evolve(size, households=arguments.households or size.households)
    parts, facts = parts_of(size)
    table = markdown(parts)
    print("\n".join([*(f"- {fact}" for fact in facts), "", table]))
    if arguments.out:
        packages = ("numpy", "numba", "pyarrow", "python-sat", "ortools", "scipy")
        write(arguments.out, "Exact teams for millions of families", "teams_batch.py", packages, facts, table)


if __name__ == "__main__":
    main()
