"""How fast Spark answers for millions of families: with this library on packed facts, and with expressions of its own.

Run `python benchmarks/spark.py`; `--quick` takes fewer families, which says little, `--out FILE` writes the table as
Markdown. Needs Java and `pip install 'kooperacja_model[spark]'`.

Eight Parquet files of made-up families (`families.py`), once with a column of booleans for each fact and once packed;
Spark with two threads; the answer is how many families need which competence, required and advised. The answers of all
ways are compared with that of `recommend_batch` before a time is shown. The peer is what one would write in Spark: the
conditions of the rules as column expressions, as one aggregate or in two stages, with and without the generated code of
a whole stage (`spark.sql.codegen.wholeStage`); the fastest counts. Times are medians, from reading the files on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from importlib.metadata import version
from operator import and_, or_
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from families import make_families
from machine import machine, versions
from plain_rules import PlainModel, When, plain_model

import kooperacja_model as km
from kooperacja_model.batch import Program, compile_model, recommend_batch
from kooperacja_model.batch.packed import pack_table
from kooperacja_model.batch.spark import pack_spark, recommend_spark

MODEL = "rural"
FILES = 8
TARGET = 3
"""So many times faster than the best expressions should the library on packed facts be."""


@frozen
class Size:
    """How much is measured.

    Attributes:
        families: how many families.
        rounds: how often each way is measured, after once to warm up.
    """

    families: int
    rounds: int


FULL, QUICK = Size(4_000_000, 3), Size(20_000, 1)


@frozen
class Way:
    """A way to the answer.

    Attributes:
        name: what it is.
        ours: whether this library gives the answer.
        whole_stage: whether Spark may make code for a whole stage.
        frame: makes the frame with one row, from the frame of booleans and the packed one.
    """

    name: str
    ours: bool
    whole_stage: bool
    frame: Callable[[Any, Any], Any]


# -- with this library ---------------------------------------------------------------------------


def from_booleans(program: Program, booleans: Any) -> Any:
    """Booleans sent to the workers as they are."""
    from pyspark.sql import functions
    from pyspark.sql.types import LongType, StructField, StructType

    names = ["families", *(column.name for column in program.columns)]
    found = booleans.mapInArrow(
        partial(_totals, program=program), StructType([StructField(name, LongType()) for name in names])
    )
    return found.agg(*(functions.sum(name).alias(name) for name in names))


def _totals(batches: Iterable[Any], program: Program) -> Iterator[Any]:
    yield from recommend_batch(program, pa.Table.from_batches(batches), by=(), progress=False).totals.to_batches()


# -- with expressions ----------------------------------------------------------------------------


def in_one_aggregate(model: PlainModel, booleans: Any) -> Any:
    """Each column as one expression."""
    return _aggregate(model, booleans, {when: _condition(when) for when in _conditions(model)})


def in_two_stages(model: PlainModel, booleans: Any) -> Any:
    """The conditions as columns first."""
    from pyspark.sql import functions

    names = {when: f"condition_{number}" for number, when in enumerate(_conditions(model))}
    conditions = booleans.select(*(_condition(when).alias(name) for when, name in names.items()))
    return _aggregate(model, conditions, {when: functions.col(name) for when, name in names.items()})


def _conditions(model: PlainModel) -> list[When]:
    return list(dict.fromkeys(rule.when for rule in model.rules))


def _aggregate(model: PlainModel, frame: Any, holds: dict[When, Any]) -> Any:
    from pyspark.sql import functions

    sums = [functions.count(functions.lit(1)).alias("families")]
    for wanted in model.columns(False):
        required = [holds[rule.when] for rule in model.rules if wanted.competence in rule.required]
        advised = [holds[rule.when] for rule in model.rules if wanted.competence in rule.advised]
        expression = _tree(or_, required if wanted.strength == "required" else advised)
        if wanted.strength == "advised" and required:
            expression = expression & ~_tree(or_, required)
        sums.append(functions.sum(expression.cast("int")).alias(wanted.name))
    return frame.agg(*sums)


def _condition(when: When) -> Any:
    from pyspark.sql.functions import col

    parts = [col(key) for key in when.all] + [_tree(or_, [col(key) for key in keys]) for keys in when.any]
    return _tree(and_, parts + [~col(key) for key in when.none])


def _tree(join: Callable[[Any, Any], Any], expressions: Sequence[Any]) -> Any:
    """Expressions joined, as flat as can be; deep ones are slow to plan."""
    if len(expressions) < 3:
        return reduce(join, expressions)
    half = len(expressions) // 2
    return join(_tree(join, expressions[:half]), _tree(join, expressions[half:]))


# -- measuring -----------------------------------------------------------------------------------


def ways(program: Program, model: PlainModel) -> list[Way]:
    """All ways that are measured."""

    def packed(_: Any, packed: Any) -> Any:
        return recommend_spark(program, packed, by=()).frame

    def packed_on_the_way(booleans: Any, _: Any) -> Any:
        return recommend_spark(program, pack_spark(program, booleans, unknowns=False), by=()).frame

    found = [
        Way("packed facts, mapInArrow", True, True, packed),
        Way("booleans packed by expressions, mapInArrow", True, True, packed_on_the_way),
        Way("booleans packed by expressions, mapInArrow", True, False, packed_on_the_way),
        Way("booleans, mapInArrow", True, True, lambda booleans, _: from_booleans(program, booleans)),
    ]
    for whole_stage in (False, True):
        found += [
            Way("expressions in one aggregate", False, whole_stage, lambda its, _: in_one_aggregate(model, its)),
            Way("expressions in two stages", False, whole_stage, lambda its, _: in_two_stages(model, its)),
        ]
    return found


def measured(folder: Path, size: Size) -> Iterator[tuple[Way, float]]:
    """Each way with its seconds, after its answer was compared."""
    model = km.load_model(MODEL)
    plain = plain_model(model)
    program = compile_model(model, outputs=[wanted.name for wanted in plain.columns(False)])
    families = make_families(model, size.families).table()
    expected = recommend_batch(program, families, by=()).totals.to_pylist()[0]
    write(folder / "booleans", families)
    write(folder / "packed", pack_table(model, families, unknowns=False))
    del families
    session = start(folder)
    booleans, packed = (session.read.parquet(str(folder / name)) for name in ("booleans", "packed"))
    for way in ways(program, plain):
        session.conf.set("spark.sql.codegen.wholeStage", str(way.whole_stage).lower())
        times = []
        for _ in range(size.rounds + 1):
            begun = time.perf_counter()
            (row,) = way.frame(booleans, packed).collect()
            times.append(time.perf_counter() - begun)
            if row.asDict() != expected:
                raise SystemExit(f"{way.name}: another answer than that of `recommend_batch`")
        print(f"done: {way.name}", file=sys.stderr)
        yield way, statistics.median(times[1:])
    session.stop()


def write(folder: Path, table: Any) -> None:
    """A table as Parquet files."""
    folder.mkdir()
    rows = -(-table.num_rows // FILES)
    for number in range(FILES):
        pq.write_table(table.slice(number * rows, rows), folder / f"{number}.parquet")


def start(folder: Path) -> Any:
    """Spark with two threads in this machine."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings: dict[str, bool | float | int | str | None] = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


# -- the table -----------------------------------------------------------------------------------


def markdown(rows: list[tuple[Way, float]], size: Size) -> str:
    """A table with the time of each way and how many times that of the first it is."""
    first = rows[0][1]
    lines = [("way", "by", "whole stage", "seconds", "million families a second", "ratio")]
    lines.append(("---", "---", "---", "---:", "---:", "---:"))
    for way, seconds in rows:
        lines.append(
            (
                way.name,
                "kooperacja_model" if way.ours else "Spark",
                "on" if way.whole_stage else "off",
                f"{seconds:.2f}",
                f"{size.families / seconds / 1e6:.2f}",
                f"{seconds / first:.1f}",
            )
        )
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
    )


def verdict(rows: list[tuple[Way, float]]) -> str:
    """The target, and what was reached."""
    best = min(seconds for way, seconds in rows if not way.ours)
    ratio = best / rows[0][1]
    met = "met" if ratio >= TARGET else "missed"
    return f"The best expressions take {ratio:.1f} times as long as packed facts; the target is {TARGET}: {met}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure little")
    parser.add_argument("--out", type=Path, help="write the table to a Markdown file")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        rows = list(measured(Path(folder), size))
    text = markdown(rows, size) if given.quick else f"{markdown(rows, size)}\n\n{verdict(rows)}"
    print(text)
    if given.out:
        head = f"# {size.families:,} families on Spark with two threads\n\n{machine()}. "
        head += f"{versions()}, pyspark {version('pyspark')}.\n\n"
        given.out.write_text(f"{head}{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
