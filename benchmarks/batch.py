"""How fast the rules are answered for one family and for millions, side by side with what a user would take instead.

Run `python benchmarks/batch.py`; `--quick` takes smaller tables, which says little, `--out FILE` writes the table
as Markdown. The peers that `benchmarks/requirements.txt` names are measured if they are installed.

The rules are those of the published models, the families are made up (`families.py`), the answer is which competences
are required and which are advised. Every answer is compared before a time is shown: ours with the naive evaluator of
the tests on the first families, that of each peer with ours on all families. Each peer runs in a process of its own on
one core with one thread, and ours is measured again in the same process, in turns with it, so that a ratio always comes
from one run. All times are medians. `spark.py` compares with Spark.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import report
from attrs import evolve, frozen
from families import multiplied
from imports import measure_imports
from machine import machine, versions
from peers import BATCH_PEERS, FAMILY_PEERS, UNKNOWN_PEERS, Peer, is_installed
from report import Target, markdown, seconds_text
from workload import Workload, prepare

import kooperacja_model as km

OURS = "kooperacja_model"
POLAND = 13_000_000
"""A little more than there are households in Poland."""
MODEL = "rural"
UNKNOWN = 0.05
ONE_THREAD = dict.fromkeys(
    (
        "ARROW_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_MAX_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "RAYON_NUM_THREADS",
        "TOKIO_WORKER_THREADS",
    ),
    "1",
)


@frozen
class Size:
    """How much is measured.

    Attributes:
        families: size of a table.
        checked: families that are compared with the naive evaluator.
        rounds: how often a peer is measured.
        growth: sizes of tables from small to large.
        copies: how many times as many rules.
        imports: how often a package is imported.
    """

    families: int
    checked: int
    rounds: int
    growth: tuple[int, ...]
    copies: tuple[int, ...]
    imports: int


FULL = Size(1_000_000, 2_000, 5, (1_000, 10_000, 100_000, 1_000_000, 4_000_000, POLAND), (1, 4, 16), 7)
QUICK = Size(50_000, 100, 1, (1_000, 50_000), (1, 4), 1)


@frozen
class Row(report.Row):
    """A line of the table, also with the memory that it took."""

    megabytes: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the line."""
        *times, ratio, target, remark = super().cells
        peak = "" if self.megabytes is None else f"{self.megabytes:,.0f}"
        return (*times, "" if self.name == OURS else ratio, target, peak, remark)


HEADER = ("what", "families", "time", "ours in the same run", "ratio", "target", "peak MB", "remark")


# -- the parts of the table ----------------------------------------------------------------------


def work(what: str, *workloads: Workload, peer: str = "", rows: int = 0, rounds: int = 1) -> Any:
    """Have a worker measure or check something."""
    words = [what, *(str(workload.folder) for workload in workloads)]
    words += ["--peer", peer, "--rows", str(rows), "--rounds", str(rounds)]
    worker = [sys.executable, str(Path(__file__).with_name("worker.py")), *words]
    done = subprocess.run(worker, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{what} {peer}: the worker stopped, see above; nothing is shown")
    return json.loads(done.stdout)


def one_family(workloads: dict[str, Workload], size: Size) -> Iterator[Row]:
    """One family at a time: words in, words out."""
    for model, workload in workloads.items():
        peers = FAMILY_PEERS if model == MODEL else FAMILY_PEERS[:1]
        names = ";".join(peer.name for peer in peers if is_installed(peer))
        found = {its["name"]: its for its in work("families", workload, peer=names, rounds=4 * size.rounds)}
        for peer in peers:
            if peer.name not in found:
                yield _missing(peer)
            elif peer.name == OURS:
                its = found[OURS]
                name = OURS if model == MODEL else f"{OURS}, {model}"
                target = Target("≤ 15 µs", its["seconds"] <= 15e-6)
                yield Row(name, its["families"], its["seconds"], target=target)
            else:
                yield _row(peer, found[peer.name])


def tables(workload: Workload, size: Size, peers: tuple[Peer, ...]) -> Iterator[Row]:
    """A table of families: ours, and each peer."""
    yield _ours(workload, size, "Arrow in, Arrow out")
    for peer in peers:
        yield _theirs(peer, workload, size.families, size.rounds)


def other_models(workloads: dict[str, Workload], size: Size) -> Iterator[Row]:
    """The other published models, ours only."""
    for model, workload in workloads.items():
        if model != MODEL:
            yield evolve(_ours(workload, size, ""), name=f"{OURS}, {model}")


def growth(small: Workload, large: Workload, size: Size) -> Iterator[Row]:
    """How the time per family changes with the number of families."""
    for rows in size.growth:
        workload = small if rows <= size.families else large
        rounds = min(max(size.rounds, 2_000_000 // rows), 50 * size.rounds)
        its = work("ours", workload, rows=rows, rounds=rounds)
        whole = its["seconds"] * rows
        target = Target("≤ 0.25 s in all", whole <= 0.25) if rows == POLAND else None
        yield Row(OURS, rows, its["seconds"], 0, target, f"{seconds_text(whole)} in all", its["megabytes"])
        yield evolve(_theirs(BATCH_PEERS[0], workload, rows, rounds), target=None)


def more_rules(folder: Path, once: Workload, size: Size) -> Iterator[Row]:
    """How the time per family changes with the number of rules."""
    model = km.load_model(MODEL)
    for copies in size.copies:
        its_folder = folder / f"copies_{copies}"
        workload = once
        if copies > 1:
            workload = prepare(its_folder, multiplied(model, copies), size.families)
            work("check", workload, rows=size.checked)
        remark = f"{len(workload.plain.rules):,} rules, compiled in {seconds_text(workload.compiled)}"
        yield evolve(_ours(workload, size, remark), target=None)
        yield evolve(_theirs(BATCH_PEERS[0], workload, size.families, size.rounds), target=None)


def imports(size: Size) -> Iterator[Row]:
    """How long an import takes, and by how much the process grows."""
    found = measure_imports(size.imports)
    ours = found[OURS].seconds
    for name, its in found.items():
        yield Row(name, 0, its.seconds, ours, megabytes=its.megabytes)


def _ours(workload: Workload, size: Size, remark: str) -> Row:
    its = work("ours", workload, rows=size.families, rounds=size.rounds)
    target = None if workload.unknown else Target("≤ 8 ns", its["seconds"] <= 8e-9)
    return Row(OURS, size.families, its["seconds"], 0, target, remark, its["megabytes"])


def _theirs(peer: Peer, workload: Workload, rows: int, rounds: int) -> Row:
    return (
        _row(peer, work("batch", workload, peer=peer.name, rows=rows, rounds=rounds), rows)
        if is_installed(peer)
        else _missing(peer)
    )


def _row(peer: Peer, its: dict[str, Any], rows: int = 0) -> Row:
    ratio = its["seconds"] / its["ours"]
    target = Target(f"≥ {peer.target:,.0f}", ratio >= peer.target) if peer.target else None
    remark = "extrapolated from this number" if its["families"] < rows else ""
    return Row(peer.name, its["families"], its["seconds"], its["ours"], target, remark, its.get("megabytes"))


def _missing(peer: Peer) -> Row:
    return Row(peer.name, remark="not installed")


# -- the table -----------------------------------------------------------------------------------


def measured(folder: Path, size: Size) -> Iterator[tuple[str, list[Row]]]:
    """The parts of the table, with their titles."""
    models = {key: km.load_model(key) for key in (MODEL, "urban_rural", "city")}
    known = {key: prepare(folder / key, model, size.families) for key, model in models.items()}
    open_ = prepare(folder / "unknown", models[MODEL], size.families, UNKNOWN)
    fired = work("check", *known.values(), open_, rows=size.checked)
    its = known[MODEL]
    families = f"{its.means[0]:.1f} needs and {its.means[1]:.1f} circumstances, {fired[0]:.1f} rules hold"
    title = f"One family, everything known (on average {families}): words in, rules and competences out"
    yield title, [*one_family(known if size.rounds > 1 else {MODEL: its}, size)]
    yield "A table, everything known", [*tables(its, size, BATCH_PEERS), *other_models(known, size)]
    share = f"{open_.means[2]:.1%}"
    title = f"A table, {share} of the circumstances unknown: required, advised and conditional"
    yield title, [*tables(open_, size, UNKNOWN_PEERS)]
    large = its
    if max(size.growth) > size.families:
        large = prepare(folder / "large", models[MODEL], max(size.growth))
        work("check", large, rows=size.checked)
    yield "More families, time per family", [*growth(its, large, size)]
    yield "More rules, time per family", [*more_rules(folder, its, size)]
    yield "Import, whole time and memory", [*imports(size)]


HEAD = """\
# Rules for one family and for millions

Made by `python benchmarks/batch.py`, which says what is measured and how. The model is `{model}` ({rules} rules,
content hash `{hash}`) unless another one is named.

- Machine: {machine}.
- Versions: {versions}.
- Each process ran on one core with one thread; times are medians of {rounds} rounds or more. The first {checked:,}
  families of each table were compared with the naive evaluator, all of them between engines.
- Ratio: the time of the peer divided by ours in the same process. A peer begins and ends with a frame of its own; ours
  begins and ends with Arrow, and also looks for facts that contradict each other.
- Peak MB: by how much the memory of the process grew at most during the answer; the families are not in it.

"""


def head(size: Size) -> str:
    """What stands above the table in a file."""
    model = km.load_model(MODEL)
    return HEAD.format(
        model=MODEL,
        rules=len(model.rules),
        hash=model.hash[:12],
        machine=machine(),
        versions=versions(),
        rounds=size.rounds,
        checked=size.checked,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure little")
    parser.add_argument("--out", type=Path, help="write the table to a Markdown file")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for title, rows in measured(Path(folder), size):
            print(f"done: {title}", file=sys.stderr)
            parts.append((title, [evolve(row, target=None) for row in rows] if given.quick else rows))
    table = markdown(((title, [row.cells for row in rows]) for title, rows in parts), HEADER)
    print(table)
    if given.out:
        given.out.write_text(f"{head(size)}{table}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
