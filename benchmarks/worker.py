"""Measures one thing in a process of its own and prints it as one line of JSON; `batch.py` starts it.

Nothing is measured before answers have been compared: ours with the naive evaluator of the tests on the first families,
that of a peer with ours on all families.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from peers import (
    BATCH_PEERS,
    FAMILY_PEERS,
    UNKNOWN_PEERS,
    FamilyPeer,
    Peer,
    load_batch_peer,
    load_family_peer,
)
from plain_rules import PlainModel
from workload import Workload

import kooperacja_model as km

OURS_A_ROUND = 3
"""How often ours is measured each time that a peer is."""


# -- comparing -----------------------------------------------------------------------------------


Said = tuple[set[str], dict[str, str]]
"""Keys of the rules that hold, and the strength of each competence."""


def naive_answer(model: str, row: dict[str, bool | None]) -> Said:
    """What the naive evaluator of the tests says of a family."""
    import naive

    known = {key: value for key, value in row.items() if value is not None}
    needs = [key for key in naive.knowledge().catalogue["needs"] if known[key]]
    answer = naive.evaluate(model, needs, {**naive.features(model, None), **known})
    return answer.fired, answer.competences


def plain_answer(model: PlainModel, row: dict[str, bool | None]) -> Said:
    """The same for a model that is not published and whose facts are known, by a loop over rule objects."""
    present = model.family(row).present
    fired = [rule for rule in model.rules if rule.when.holds(present)]
    strengths = dict.fromkeys((key for rule in fired for key in rule.advised), "advised")
    strengths |= dict.fromkeys((key for rule in fired for key in rule.required), "required")
    return {rule.key for rule in fired}, strengths


def check_ours(workload: Workload, rows: int) -> float:
    """Compare our answer for the first families with an independent one, and keep it.

    Returns:
        How many rules hold for a family on average.
    """
    plain = workload.plain
    is_published = len(plain.needs) == len(km.load_catalogue().needs)
    answer = workload.answer(workload.table)
    found = answer.slice(0, rows).to_pylist()
    fired = []
    for number, row in enumerate(workload.table.slice(0, rows).to_pylist()):
        rules, strengths = naive_answer(plain.key, row) if is_published else plain_answer(plain, row)
        expected = {f"competence__{key}__{strength}" for key, strength in strengths.items()}
        if {name for name, value in found[number].items() if value} != expected:
            raise SystemExit(f"{plain.key}: family {number}: our answer is not that of the naive evaluator")
        fired.append(len(rules))
    workload.save_reference(answer)
    return statistics.mean(fired)


def compare(name: str, answer: Any, reference: Any) -> None:
    """Stop if the answers differ in a single family."""
    for column in reference.column_names:
        if column not in answer.column_names:
            raise SystemExit(f"{name}: column {column} is missing")
        theirs = answer.column(column).combine_chunks()
        if not theirs.equals(reference.column(column).combine_chunks()):
            raise SystemExit(f"{name}: column {column} differs from the checked answer")


# -- measuring -----------------------------------------------------------------------------------


def seconds(work: Callable[[Any], object], given: Any) -> float:
    """How long it takes once; the result is thrown away afterwards."""
    start = time.perf_counter()
    result = work(given)
    taken = time.perf_counter() - start
    del result
    return taken


def memory_now() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory_peak(work: Callable[[], object]) -> float | None:
    """By how many megabytes the memory of the process grows at most; only known on Linux."""
    if not Path("/proc/self/clear_refs").exists():
        work()
        return None
    gc.collect()
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_now()
    result = work()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            del result
            return (int(line.split()[1]) * 1024 - before) / 1e6
    return None


def measure_batch(workload: Workload, name: str, rows: int, rounds: int) -> dict[str, Any]:
    """A peer, and ours before it in each round."""
    peer = next(one for one in (*BATCH_PEERS, *UNKNOWN_PEERS) if one.name == name)
    made = load_batch_peer(peer, workload.plain, workload.unknown)
    number = min(rows, peer.at_most)
    table = workload.table.slice(0, rows)
    frame = made.frame(table.slice(0, number))
    begun = made.begin(frame)
    answers: list[Any] = []
    peak = memory_peak(lambda: answers.append(made.answer(begun)))
    compare(name, made.arrow(answers.pop()), workload.reference.slice(0, number))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours += [seconds(workload.answer, table) for _ in range(OURS_A_ROUND)]
        theirs.append(seconds(made.answer, made.begin(frame)))
    return {
        "families": number,
        "seconds": statistics.median(theirs) / number,
        "ours": statistics.median(ours) / rows,
        "megabytes": peak,
    }


def measure_ours(workload: Workload, rows: int, rounds: int) -> dict[str, Any]:
    """Ours alone."""
    table = workload.table.slice(0, rows)
    answers: list[Any] = []
    peak = memory_peak(lambda: answers.append(workload.answer(table)))
    compare("kooperacja_model", answers.pop(), workload.reference.slice(0, rows))
    taken = [seconds(workload.answer, table) for _ in range(OURS_A_ROUND * rounds)]
    median = statistics.median(taken) / rows
    return {"families": rows, "seconds": median, "ours": median, "megabytes": peak}


def measure_families(workload: Workload, names: list[str], rounds: int) -> list[dict[str, Any]]:
    """Some peers of one family, one after the other in each round; the first is ours."""
    plain = workload.plain
    table = workload.table.slice(0, max(peer.at_most for peer in FAMILY_PEERS)).to_pylist()
    families = [plain.family(row) for row in table]
    made = {peer: load_family_peer(peer, plain) for peer in FAMILY_PEERS if peer.name in names}
    given = {peer: [its.given(one) for one in families[: peer.at_most]] for peer, its in made.items()}
    for peer, its in made.items():
        _compare_families(peer.name, its, given[peer], plain, table)
    first = next(iter(made))
    ours: dict[Peer, list[float]] = {peer: [] for peer in made}
    theirs: dict[Peer, list[float]] = {peer: [] for peer in made}
    for _ in range(rounds):
        for peer, its in made.items():
            ours[peer].append(_each(made[first], given[first][: len(given[peer])]))
            theirs[peer].append(_each(its, given[peer]))
    return [
        {
            "name": peer.name,
            "families": len(given[peer]),
            "seconds": statistics.median(theirs[peer]),
            "ours": statistics.median(ours[peer]),
        }
        for peer in made
    ]


def _compare_families(name: str, peer: FamilyPeer, given: list[Any], plain: PlainModel, table: list[Any]) -> None:
    for one, row in zip(given, table, strict=False):
        found = peer.words(peer.answer(one))
        strengths = dict.fromkeys(found.advised, "advised") | dict.fromkeys(found.required, "required")
        if ({*found.fired}, strengths) != naive_answer(plain.key, row):
            raise SystemExit(f"{name}: the answer is not that of the naive evaluator")


def _each(peer: FamilyPeer, given: list[Any]) -> float:
    """Seconds per family."""
    answer = peer.answer
    start = time.perf_counter()
    for one in given:
        answer(one)
    return (time.perf_counter() - start) / len(given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["check", "batch", "ours", "families"])
    parser.add_argument("folders", type=Path, nargs="+", help="one, except for `check`")
    parser.add_argument("--peer", default="")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    workload = Workload(given.folders[0])
    found: Any
    if given.what == "check":
        found = [check_ours(Workload(folder), given.rows) for folder in given.folders]
    elif given.what == "batch":
        found = measure_batch(workload, given.peer, given.rows, given.rounds)
    elif given.what == "ours":
        found = measure_ours(workload, given.rows, given.rounds)
    else:
        found = measure_families(workload, given.peer.split(";"), given.rounds)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
