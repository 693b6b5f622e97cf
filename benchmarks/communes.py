"""How time grows with the number of communes, for as many families: totals by commune, and exact teams.

Run `python benchmarks/communes.py`; `--quick` takes fewer families and communes, `--out FILE` writes the table as
Markdown. Needs the extra `fast`; Polars is measured if it is installed.

The same made-up families (`families.py`) are spread evenly over 1 to 2,477 made-up communes, as many as Poland has,
commune by commune and in no order. Measured on one thread are the rules with the totals of every competence for each
commune, Arrow in and Arrow out; and the rules with exact teams, where every commune has a network of its own
(`teams_batch.py` says which). What has to be done for each network once is a column of its own. The peer for the totals
is Polars: the rules as expressions, then `group_by`.

Before a time is shown, the totals of all communes are compared with those of Polars, their sum with the totals of the
whole table, and teams with those in Python and those of `propose_team`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from families import make_families
from numpy.typing import NDArray
from plain_rules import PlainModel, plain_model
from report import Part, Row, markdown, seconds_text, write
from teams_batch import check, made_ready, make_networks, median_seconds, places_of

import kooperacja_model as km
from kooperacja_model.batch import compile_model, recommend_batch, teams_batch
from kooperacja_model.batch.demands import compile_demands

MODEL = "rural"
SEED = 7
CHECKED = 5_000
"""Families for which all teams are compared."""
OURS = "kooperacja_model"
HEADER = (
    *("what", "communes", "families", "time", "to one commune", "ours in the same run", "ratio"),
    *("a network made ready", "remark"),
)


@frozen
class Size:
    """How much is measured.

    Attributes:
        families: number of families.
        communes: numbers of communes.
        rounds: how often each is measured.
    """

    families: int
    communes: tuple[int, ...]
    rounds: int


FULL = Size(1_000_000, (1, 10, 100, 1_000, 2_477), 5)
QUICK = Size(50_000, (1, 10, 50), 1)


@frozen
class Line:
    """A line of the table; `first` is the time for one commune, `ready` the seconds in which a network is ready."""

    row: Row
    communes: int
    first: float
    ready: float = 0

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the line."""
        name, families, seconds, ours, ratio, _, remark = self.row.cells
        growth = f"{self.row.seconds / self.first:.2f}"
        ready = seconds_text(self.ready) if self.ready else ""
        return name, f"{self.communes:,}", families, seconds, growth, ours, ratio, ready, remark


def spread(families: Any, codes: list[str], in_order: bool) -> Any:
    """The families with a column of communes."""
    places: NDArray[np.intp] = places_of(len(codes), families.num_rows)
    if not in_order:
        places = np.random.default_rng(SEED).permutation(places)
    return families.append_column(
        "commune", pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(codes))
    )


def by_commune(families: Any, codes: list[str], in_order: bool, size: Size) -> Iterator[tuple[str, Row]]:
    """The rules, and the totals of each commune."""
    model = km.load_model(MODEL)
    plain = plain_model(model)
    program = compile_model(model, outputs=[wanted.name for wanted in plain.columns(False)])
    whole = recommend_batch(program, families, by=()).totals.to_pylist()[0]
    table = spread(families, codes, in_order)
    totals = recommend_batch(program, table, by=["commune"]).totals.sort_by("commune")
    summed = {name: sum(totals[name].to_pylist()) for name in whole}
    assert totals["commune"].to_pylist() == sorted(codes), "not the communes that were given"
    assert summed == whole, "the totals of the communes are not those of the table"

    def ours() -> float:
        return median_seconds(lambda: recommend_batch(program, table, by=["commune"]).totals, 1)

    peer = Polars(plain, table) if find_spec("polars") else None
    if peer:
        same = peer.totals().select(totals.column_names).to_arrow().cast(totals.schema)
        assert same.equals(totals), "Polars has other totals"
    pairs = [(ours(), median_seconds(peer.totals, 1) if peer else 0.0) for _ in range(size.rounds)]
    own, theirs = (float(np.median(times)) for times in zip(*pairs, strict=True))
    yield OURS, Row(OURS, families.num_rows, own)
    if peer:
        yield "Polars", Row("Polars, in stages, then group_by", families.num_rows, theirs, own)


class Polars:
    """The same totals with Polars."""

    def __init__(self, model: PlainModel, table: Any) -> None:
        stages: Any = import_module("peers.polars_expressions").Stages
        self.polars: Any = import_module("polars")
        self.stages = stages(model, False)
        self.frame = self.stages.frame(table)

    def totals(self) -> Any:
        """The totals by commune, in order."""
        pl = self.polars
        answer = self.stages.answer(self.frame).with_columns(self.frame["commune"])
        sums = (pl.col(name).sum().cast(pl.Int64) for name in answer.columns if name != "commune")
        grouped = answer.group_by("commune").agg(pl.len().cast(pl.Int64).alias("families"), *sums)
        return grouped.with_columns(pl.col("commune").cast(pl.String)).sort("commune")


def with_teams(families: Any, networks: dict[str, km.LocalNetwork], in_order: bool, size: Size) -> tuple[Row, float]:
    """The rules and exact teams, and the seconds in which one network is made ready."""
    model = km.load_model(MODEL)
    table = spread(families, list(networks), in_order)
    check(model, table.take(np.linspace(0, table.num_rows - 1, min(CHECKED, table.num_rows)).astype(int)), networks)
    demands = compile_demands(model)
    ready = median_seconds(lambda: made_ready(demands, networks), size.rounds)
    megabytes = sum(words.nbytes for words in made_ready(demands, networks)) / 1e6

    def run() -> Any:
        batch = teams_batch(model, table, networks, commune="commune", by=["commune"], threads=1, progress=False)
        assert batch.totals.num_rows == len(networks), "not the communes that were given"
        return batch

    seconds = median_seconds(run, size.rounds)
    remark = f"{seconds_text(max(seconds - ready, 1e-9))} without making networks of {megabytes:.2f} MB ready"
    return Row(f"{OURS}, numba", families.num_rows, seconds, remark=remark), ready / len(networks)


def found(size: Size) -> Iterator[tuple[str, list[Line]]]:
    """The parts of the table, with their titles."""
    model = km.load_model(MODEL)
    families = make_families(model, size.families).table()
    networks = make_networks(model, max(size.communes))
    codes = list(networks)
    for in_order in (True, False):
        order = "commune by commune" if in_order else "in no order"
        first: dict[str, float] = {}
        lines = []
        for number in size.communes:
            for name, row in by_commune(families, codes[:number], in_order, size):
                lines.append(Line(row, number, first.setdefault(name, row.seconds)))
        yield f"Rules, totals by commune, families {order}", lines
    for in_order in (True, False):
        order = "commune by commune" if in_order else "in no order"
        lines = []
        for number in size.communes:
            row, ready = with_teams(families, {code: networks[code] for code in codes[:number]}, in_order, size)
            lines.append(Line(row, number, lines[0].first if lines else row.seconds, ready))
        yield f"Rules and exact teams, totals by commune, families {order}", lines


def growth(title: str, lines: list[Line]) -> str:
    """What a part says in a sentence."""
    last = {line.row.name.partition(",")[0]: line for line in lines}
    its = (f"{line.row.seconds / line.first:.1f} times as long ({name})" for name, line in last.items())
    return f"{title}: {lines[-1].communes:,} communes take {' and '.join(its)} as one."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure less")
    parser.add_argument("--out", type=Path, help="write the table to a Markdown file")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    os.environ["POLARS_MAX_THREADS"] = "1"
    start = time.perf_counter()
    parts: list[Part] = []
    sentences = []
    for title, lines in found(size):
        print(f"done: {title}", file=sys.stderr, flush=True)
        parts.append((title, [line.cells for line in lines]))
        sentences.append(growth(title, lines))
    table = "\n".join([markdown(parts, HEADER), "", *(f"- {sentence}" for sentence in sentences)])
    print(table)
    print(f"done in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if arguments.out:
        facts = (
            f"Model `{MODEL}`. All on one thread; times are medians of {size.rounds} runs.",
            "To one commune: the time divided by that of the first line of its kind.",
            "Ratio: the time divided by that of ours, measured in turns with it.",
            "A network made ready: what has to be done once for each, in the time of the line.",
        )
        packages = ("numpy", "numba", "pyarrow", "polars")
        write(arguments.out, "More communes, as many families", "communes.py", packages, facts, table)


if __name__ == "__main__":
    main()
