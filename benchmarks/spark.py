"""How fast Spark answers for millions of families: with this library on packed facts, and with expressions of its own.

Run `python benchmarks/spark.py`; `--quick` takes few families, ways and competences, which says little, `--families N`
another number, `--out FILE` writes the table as Markdown. Needs Java and `pip install 'kooperacja_model[spark]'`;
Narwhals is measured if it is installed.

Eight Parquet files of made-up families (`families.py`), once with a column of booleans for each fact and once packed;
Spark with two threads; the answer is how many families need which competence, required and advised. The answers of all
ways are compared with that of `recommend_batch` before a time is shown. A time is that of the whole way: making the
frame, planning it, reading the files, one row of totals.

The peer is what one would write in Spark: the conditions of the rules as SQL expressions, over booleans or as masks
over the packed integers; in one aggregate, in stages, or as sets of bits; with and without the generated code of a
whole stage (`spark.sql.codegen.wholeStage`). The fastest counts. Each way is first tried on a sixteenth and a quarter
of the families. If these two say that all families would take longer than a minute, all are not measured: the line
through the two is drawn out, and the row says so. Otherwise all are measured, in turns with ours on packed facts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, reduce
from importlib.util import find_spec
from operator import and_, or_
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import evolve, frozen
from families import make_families
from plain_rules import PlainModel, Wanted, When, plain_model
from report import Part, Row, Target, markdown, seconds_text, write

import kooperacja_model as km
from kooperacja_model.batch import Program, compile_model, recommend_batch
from kooperacja_model.batch.packed import PackedFacts, Plane, pack_table
from kooperacja_model.batch.spark import pack_spark, recommend_spark

MODEL = "rural"
FILES = 8
TARGET = 3
"""So many times faster than the best expressions should the library on packed facts be."""
NARWHALS_TARGET = 20
LIMIT = 60.0
"""Seconds beyond which a way is not measured on all families."""
SHORT = 15.0
"""Seconds up to which a way is measured several times."""
ROUNDS = 3
FULL, QUICK = 4_000_000, 20_000
FEW = 20
"""So many competences are asked for when little is measured."""


@frozen(eq=False)
class Given:
    """Families in files, and the right answer.

    Attributes:
        rows: number of families.
        booleans: the frame with a column for each fact.
        packed: the frame with the facts packed.
        expected: the totals.
    """

    rows: int
    booleans: Any
    packed: Any
    expected: Mapping[str, int]


@frozen
class Way:
    """A way to the answer.

    Attributes:
        name: what it is.
        frame: makes the frame with one row.
        ours: whether this library gives the answer.
        whole_stage: whether Spark may make code for a whole stage.
        quick: whether it is measured when little is.
        target: how many times faster ours on packed facts should be.
    """

    name: str
    frame: Callable[[Given], Any]
    ours: bool = False
    whole_stage: bool = True
    quick: bool = False
    target: int = 0


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


# -- with SQL expressions ------------------------------------------------------------------------


@frozen
class OverBooleans:
    """Conditions over a column of booleans for each fact."""

    def condition(self, when: When) -> str:
        """A condition."""
        parts = [*when.all, *(self.one_of(keys) for keys in when.any), *(f"NOT {key}" for key in when.none)]
        return f"({' AND '.join(parts)})"

    def one_of(self, keys: Iterable[str]) -> str:
        """One of several facts."""
        return f"({' OR '.join(keys)})"


@frozen
class OverMasks:
    """Conditions over packed facts: facts of the same integer are looked at together.

    Attributes:
        plane: where the facts stand.
    """

    plane: Plane

    def condition(self, when: When) -> str:
        """A condition."""
        there, away = self._masks(when.all), self._masks(when.none)
        parts = [
            f"({column} & {_number(there.get(column, 0) | away.get(column, 0))}) = {_number(there.get(column, 0))}"
            for column in sorted({*there, *away})
        ]
        return f"({' AND '.join([*parts, *(self.one_of(keys) for keys in when.any)])})"

    def one_of(self, keys: Iterable[str]) -> str:
        """One of several facts."""
        its = [f"({column} & {_number(mask)})" for column, mask in self._masks(keys).items()]
        return f"({' | '.join(its)}) <> 0L"

    def _masks(self, keys: Iterable[str]) -> dict[str, int]:
        masks: dict[str, int] = {}
        for key in keys:
            column, bit = self.plane.place(key)
            masks[column] = masks.get(column, 0) | 1 << bit
        return masks


Over = OverBooleans | OverMasks


def _number(mask: int) -> str:
    """A set of 64 bits as an integer with a sign."""
    return f"{mask - (1 << 64) if mask >> 63 else mask}L"


def in_one_aggregate(model: PlainModel, over: Over, frame: Any) -> Any:
    """Each column as one expression."""
    return _aggregate(model, frame, {when: over.condition(when) for when in model.conditions})


def in_stages(model: PlainModel, over: Over, frame: Any) -> Any:
    """The conditions as columns first."""
    names = {when: f"condition_{number}" for number, when in enumerate(model.conditions)}
    conditions = frame.selectExpr(*(f"{over.condition(when)} AS {name}" for when, name in names.items()))
    return _aggregate(model, conditions, names)


def _aggregate(model: PlainModel, frame: Any, holds: Mapping[When, str]) -> Any:
    from pyspark.sql import functions

    def column(wanted: Wanted) -> str:
        required = " OR ".join(holds[when] for when in model.required.get(wanted.competence, ()))
        if wanted.strength == "required":
            return required
        advised = " OR ".join(holds[when] for when in model.advised[wanted.competence])
        return f"({advised}) AND NOT ({required})" if required else advised

    sums = (functions.expr(f"SUM(INT({column(wanted)})) AS {wanted.name}") for wanted in model.columns(False))
    return frame.agg(functions.expr("COUNT(*) AS families"), *sums)


def as_bits(model: PlainModel, over: Over, frame: Any) -> Any:
    """Each condition gives its competences as bits of integers, which are joined and then counted."""
    from pyspark.sql import functions

    places = {key: divmod(place, 64) for place, key in enumerate(model.competences)}
    words = []
    for strength, brought in (("required", model.required), ("advised", model.advised)):
        for word in range(-(-len(places) // 64)):
            masks: dict[When, int] = {}
            for key, conditions in brought.items():
                for when in conditions if places[key][0] == word else ():
                    masks[when] = masks.get(when, 0) | 1 << places[key][1]
            terms = [f"IF({over.condition(when)}, {_number(mask)}, 0L)" for when, mask in masks.items()]
            words.append(f"{_tree(lambda one, other: f'({one} | {other})', terms or ['0L'])} AS {strength}_{word}")
    sums = []
    for wanted in model.columns(False):
        word, bit = places[wanted.competence]
        its = f"required_{word}" if wanted.strength == "required" else f"(advised_{word} & ~required_{word})"
        sums.append(functions.expr(f"SUM(SHIFTRIGHTUNSIGNED({its}, {bit}) & 1L) AS {wanted.name}"))
    return frame.selectExpr(*words).agg(functions.expr("COUNT(*) AS families"), *sums)


def _tree(join: Callable[[Any, Any], Any], expressions: Sequence[Any]) -> Any:
    """Expressions joined, as flat as can be; deep ones are slow to plan."""
    if len(expressions) < 3:
        return reduce(join, expressions)
    half = len(expressions) // 2
    return join(_tree(join, expressions[:half]), _tree(join, expressions[half:]))


def with_narwhals(model: PlainModel, booleans: Any) -> Any:
    """The conditions as expressions of Narwhals, which would run on other engines, too."""
    import narwhals as nw

    def condition(when: When) -> Any:
        lists = [_tree(or_, [nw.col(key) for key in keys]) for keys in when.any]
        return _tree(and_, [*(nw.col(key) for key in when.all), *lists, *(~nw.col(key) for key in when.none)])

    holds = {when: condition(when) for when in model.conditions}
    columns = []
    for wanted in model.columns(False):
        required = [holds[when] for when in model.required.get(wanted.competence, ())]
        advised = [holds[when] for when in model.advised.get(wanted.competence, ())]
        column = _tree(or_, required if wanted.strength == "required" else advised)
        if wanted.strength == "advised" and required:
            column = column & ~_tree(or_, required)
        columns.append(column.alias(wanted.name))
    answer = nw.from_native(booleans).select(columns)
    sums = [nw.col(wanted.name).cast(nw.Int64).sum() for wanted in model.columns(False)]
    return answer.select([nw.len().alias("families"), *sums]).to_native()


# -- measuring -----------------------------------------------------------------------------------


def ways(program: Program, model: PlainModel) -> list[Way]:
    """All ways that are measured; the first one is what the others are compared with."""

    def packed(given: Given) -> Any:
        return recommend_spark(program, given.packed, by=()).frame

    def packed_on_the_way(given: Given) -> Any:
        return recommend_spark(program, pack_spark(program, given.booleans, unknowns=False), by=()).frame

    booleans, masks = OverBooleans(), OverMasks(PackedFacts.of(program).facts)
    found = [
        Way("kooperacja_model, packed facts, mapInArrow", packed, True, quick=True),
        Way("kooperacja_model, booleans packed by expressions", packed_on_the_way, True, quick=True),
        Way("kooperacja_model, booleans packed by expressions", packed_on_the_way, True, whole_stage=False),
        Way("kooperacja_model, booleans sent as they are", lambda given: from_booleans(program, given.booleans), True),
    ]
    peers = {
        "SQL over booleans, one aggregate": lambda given: in_one_aggregate(model, booleans, given.booleans),
        "SQL masks over packed facts, one aggregate": lambda given: in_one_aggregate(model, masks, given.packed),
        "SQL masks over packed facts, sets of bits": lambda given: as_bits(model, masks, given.packed),
    }
    for name, frame in peers.items():
        found.append(Way(name, frame, quick="masks" in name and "aggregate" in name))
        found.append(Way(name, frame, whole_stage=False))
    found.append(Way("SQL over booleans, in stages", lambda given: in_stages(model, booleans, given.booleans)))
    if find_spec("narwhals"):
        found.append(
            Way("Narwhals over booleans", lambda given: with_narwhals(model, given.booleans), target=NARWHALS_TARGET)
        )
    return found


def measured(folder: Path, families: int, quick: bool) -> Iterator[tuple[Way, Row]]:
    """Each way with its line of the table, after its answer was compared."""
    model = km.load_model(MODEL)
    plain = plain_model(model)
    plain = evolve(plain, competences=plain.competences[:FEW]) if quick else plain
    program = compile_model(model, outputs=[wanted.name for wanted in plain.columns(False)])
    table = make_families(model, families).table()
    numbers = (families,) if quick else (families // 16, families // 4, families)
    session = start(folder)
    try:
        *parts, all_ = (prepared(session, folder, program, table.slice(0, number)) for number in numbers)
        del table
        its = [way for way in ways(program, plain) if way.quick or not quick]
        ours = partial(once, session, its[0], all_)
        for way in its:
            if quick:
                row = Row(way.name, families, once(session, way, all_))
            else:
                row = _row(session, way, ours, parts, all_, way is its[0])
            row = evolve(row, name=f"{way.name}, wholeStage {'on' if way.whole_stage else 'off'}")
            print(f"done: {row.name}: {seconds_text(row.seconds)} {row.remark}", file=sys.stderr, flush=True)
            yield way, row
    finally:
        stop(session)


def _row(session: Any, way: Way, ours: Callable[[], float], parts: list[Given], all_: Given, is_first: bool) -> Row:
    """Measure a way, all families if that does not take too long."""
    few, more = parts
    of_few = once(session, way, few)
    if of_few < SHORT:
        of_few = once(session, way, few)
    of_more = once(session, way, more)
    expected = of_more + max(0, of_more - of_few) / (more.rows - few.rows) * (all_.rows - more.rows)
    if expected > LIMIT:
        remark = f"extrapolated from {of_few:.1f} s for {few.rows:,} and {of_more:.1f} s for {more.rows:,}"
        return Row(way.name, more.rows, expected, ours(), remark=remark)
    rounds = ROUNDS if expected < SHORT else 1
    pairs = [(ours() if not is_first else 0, once(session, way, all_)) for _ in range(rounds)]
    own, seconds = (statistics.median(its) for its in zip(*pairs, strict=True))
    return Row(way.name, all_.rows, seconds, own, remark="" if rounds > 1 else "one run")


def once(session: Any, way: Way, given: Given) -> float:
    """The seconds of one run; stop if the answer is wrong."""
    session.conf.set("spark.sql.codegen.wholeStage", str(way.whole_stage).lower())
    begun = time.perf_counter()
    (row,) = way.frame(given).collect()
    seconds = time.perf_counter() - begun
    if row.asDict() != given.expected:
        raise SystemExit(f"{way.name}: another answer than that of `recommend_batch`")
    return seconds


def prepared(session: Any, folder: Path, program: Program, table: Any) -> Given:
    """Write families into files, and ask for the right answer."""
    expected = recommend_batch(program, table, by=()).totals.to_pylist()[0]
    paths = [folder / f"{name}_{table.num_rows}" for name in ("booleans", "packed")]
    for path, its in zip(paths, (table, pack_table(MODEL, table, unknowns=False)), strict=True):
        path.mkdir()
        rows = -(-its.num_rows // FILES)
        for number in range(FILES):
            pq.write_table(its.slice(number * rows, rows), path / f"{number}.parquet")
    booleans, packed = (session.read.parquet(str(path)) for path in paths)
    return Given(table.num_rows, booleans, packed, expected)


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


def stop(session: Any) -> None:
    """End Spark and its Java, even if a job hangs there."""
    gateway: Any = session.sparkContext._gateway
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(10)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()


# -- the table -----------------------------------------------------------------------------------


def parts_of(found: Sequence[tuple[Way, Row]]) -> list[Part]:
    """The table; the target stands at the fastest of the peers."""
    best = min((row for way, row in found if not way.ours and not way.target), key=lambda row: row.seconds)
    ours: list[Row] = []
    peers: list[Row] = []
    for way, row in found:
        target = TARGET if row is best else way.target
        if target and row.ours:
            row = evolve(row, target=Target(f"≥ {target}", row.seconds >= target * row.ours))
        (ours if way.ours else peers).append(row)
    return [
        ("This library", [row.cells for row in ours]),
        ("Expressions of Spark; the target is that of the fastest", [row.cells for row in peers]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure little")
    parser.add_argument("--families", type=int, help="another number of families")
    parser.add_argument("--out", type=Path, help="write the table to a Markdown file")
    arguments = parser.parse_args()
    families = arguments.families or (QUICK if arguments.quick else FULL)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        table = markdown(parts_of(list(measured(Path(folder), families, arguments.quick))))
    print(table)
    if arguments.out:
        facts = (
            f"Spark had two threads and {FILES} Parquet files of all families together.",
            f"Times are medians of {ROUNDS} runs, or of one if a run takes longer than {SHORT:.0f} s.",
            "Every answer, also of the smaller tables, was compared with that of `recommend_batch` before.",
            "Ratio: the time of the way divided by that of ours on packed facts, measured in turns with it.",
        )
        packages = ("numpy", "pyarrow", "pyspark", "narwhals")
        write(arguments.out, f"{families:,} families on Spark", "spark.py", packages, facts, table)


if __name__ == "__main__":
    main()
