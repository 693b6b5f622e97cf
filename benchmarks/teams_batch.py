"""How fast exact teams are found for millions of families, with the compiled search and with that in Python.

Run `python benchmarks/teams_batch.py`; `--quick` takes smaller tables. Needs the extra `fast`.

The rules are those of a published model; families (`families.py`) and networks are made up: each commune has what the
law guarantees and what is likely there, of which a quarter is taken away at random. All institutions of one network
differ, so this is not the easiest case. Before any time is shown, teams are compared with those of `propose_team` for
the first families, and the two searches with each other. Times are medians of whole runs of `teams_batch`: Arrow in,
rules, exact teams, totals out. What a run takes whatever the table is shown apart.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from families import make_families
from machine import machine, versions

import kooperacja_model as km
from kooperacja_model.batch.candidates import local_candidates
from kooperacja_model.batch.demands import compile_demands
from kooperacja_model.batch.teams import TeamBatch, teams_batch

MODEL = "rural"
SEED = 7
CHECKED = 300
"""Families for which teams are compared with `propose_team`."""


@frozen
class Size:
    """How much is measured.

    Attributes:
        networks: number of communes.
        families: families of the large table, all of them in need.
        households: households of the table in which few are in need.
        small: families of the table for the search in Python.
        rounds: how often each is measured.
    """

    networks: int
    families: int
    households: int
    small: int
    rounds: int


FULL = Size(200, 1_000_000, 13_000_000, 50_000, 3)
QUICK = Size(20, 50_000, 200_000, 5_000, 1)
IN_NEED = 20
"""In the table of households one of so many is in need."""


def make_networks(model: km.CooperationModel, number: int) -> dict[str, km.LocalNetwork]:
    """Networks of communes, by code."""
    draw = random.Random(SEED)
    codes = [f"{2 * (n % 16) + 2:02}{n // 16 % 20 + 1:02}{n // 320 + 1:02}2" for n in range(number)]
    found = {}
    for code in codes:
        network = km.network_from_availability(model, code, likely=True)
        found[code] = network.without(*draw.sample(list(network.institutions), len(network.institutions) // 4))
    return found


def make_table(model: km.CooperationModel, codes: list[str], rows: int, one_of: int = 1) -> Any:
    """Families, commune by commune; if `one_of` is not 1, only one of so many reports anything."""
    families = make_families(model, rows)
    if one_of > 1:
        some = np.packbits(np.random.default_rng(SEED).random(rows) < 1 / one_of, bitorder="little")
        families = evolve(families, values=families.values & some)
    places = pa.array(np.arange(rows) * len(codes) // rows, pa.int32())
    return families.table().append_column("commune", pa.DictionaryArray.from_arrays(places, pa.array(codes)))


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


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="measure less")
    size = QUICK if parser.parse_args().quick else FULL
    model = km.load_model(MODEL)
    print(f"{machine()}; {versions()}")
    start = time.perf_counter()
    networks = make_networks(model, size.networks)
    made = time.perf_counter() - start
    demands = compile_demands(model)
    start = time.perf_counter()
    for network in networks.values():
        local_candidates(demands, network)
    ready = time.perf_counter() - start
    count, each = len(networks), 1e3 / len(networks)
    institutions = statistics.mean(len(network.serving) for network in networks.values())
    times = f"{made * each:.1f} ms to make, {ready * each:.1f} ms to read"
    print(f"{count} networks of {institutions:.0f} institutions, each {times}")

    codes = list(networks)
    small = make_table(model, codes, size.small)
    start = time.perf_counter()
    teams_batch(model, small.slice(0, 100), networks, commune="commune", threads=1)
    print(f"first call, with compilation or from the cache: {time.perf_counter() - start:.1f} s")
    check(model, small, networks)

    def totals(table: Any, compiled: bool, threads: int | None) -> TeamBatch:
        return teams_batch(
            model, table, networks, commune="commune", by=(), compiled=compiled, threads=threads, progress=False
        )

    fixed = median_seconds(lambda: totals(small.slice(0, 1), True, 1), size.rounds)
    print(f"a table of one family: {fixed:.2f} s, taken off below\n")

    rows = (
        ("in Python", small, False, 1),
        ("numba, 1 thread", small, True, 1),
        ("numba, 1 thread", make_table(model, codes, size.families), True, 1),
        ("numba, all cores", make_table(model, codes, size.families), True, None),
        ("numba, all cores", make_table(model, codes, size.households, IN_NEED), True, None),
    )
    print(f"{'search':20} {'rows':>11} {'with a team':>12} {'s':>8} {'ns/row':>9} {'ns/team':>9} {'members':>8}")
    for name, table, compiled, threads in rows:
        batch = totals(table, compiled, threads)
        seconds = median_seconds(lambda: totals(table, compiled, threads), size.rounds) - fixed  # noqa: B023
        members = batch.totals["members"][0].as_py() / batch.families
        print(
            f"{name:20} {batch.rows:11,} {batch.families:12,} {seconds:8.2f} {seconds / batch.rows * 1e9:9.0f} "
            f"{seconds / batch.families * 1e9:9.0f} {members:8.2f}"
        )


if __name__ == "__main__":
    main()
