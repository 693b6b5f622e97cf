"""The commands `kooperacja scenario run | families`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from kooperacja_model.errors import KooperacjaError, ScenarioError
from kooperacja_model.provenance import Lang
from kooperacja_model.reading.files import load_scenario, load_terc
from kooperacja_model.scenario import Mapper, run_scenario, write_families

__all__ = ["scenario_app"]

scenario_app = typer.Typer(
    help="What if: made-up families of many communes, what they need and lack, and what a change would do.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_FILE = typer.Argument(help="YAML file of a scenario.", metavar="FILE")
_TERC = typer.Option(help="Official TERC file of GUS: the communes of the country.")
_FAMILIES = typer.Option(help="Households in all communes together, in need or not, instead of the scenario's.")


@scenario_app.command("run")
def run(
    file: Annotated[Path, _FILE],
    out: Annotated[Path | None, typer.Option(help="Folder for the result; NAME_result by default.")] = None,
    families: Annotated[str | None, _FAMILIES] = None,
    terc: Annotated[Path | None, _TERC] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    pictures: Annotated[bool, typer.Option(help="Draw pictures; needs the extra plot.")] = True,
    processes: Annotated[int, typer.Option(help="Processes that count families; the result is the same.")] = 1,
) -> None:
    """Work a scenario out; print a summary, write tables and pictures."""
    language = _language(lang)
    count = _count(families)
    if processes < 1:
        raise ScenarioError("--processes: it is not a number above 0; leave it out for one process")
    scenario = load_scenario(file)
    register = None if terc is None else load_terc(terc)
    with _told() as tell, _mapper(processes) as map_blocks:
        result = run_scenario(scenario, register, count, tell, map_blocks)
    folder = Path(f"{file.stem}_result") if out is None else out
    written = result.write(folder, language, pictures)
    print(result.summary(language))
    print(f"{folder}: {', '.join(path.name for path in written)}")


@scenario_app.command("families")
def families_(
    file: Annotated[Path, _FILE],
    out: Annotated[Path, typer.Argument(help="Parquet file to write.", metavar="OUT")],
    families: Annotated[str | None, _FAMILIES] = None,
    terc: Annotated[Path | None, _TERC] = None,
) -> None:
    """Write the made-up families in need of a scenario as a table, one row each."""
    count = _count(families)
    scenario = load_scenario(file)
    rows = write_families(scenario, out, None if terc is None else load_terc(terc), count)
    print(f"{out}: {rows:,} families in need")


def _language(word: str) -> Lang:
    if word == "pl":
        return "pl"
    if word == "en":
        return "en"
    raise KooperacjaError("--lang: unknown language; use pl or en")


def _count(word: str | None) -> int | None:
    if word is None:
        return None
    digits = word.replace(" ", "").replace("_", "")
    if not (digits.isascii() and digits.isdigit()) or int(digits[:12]) == 0:
        raise ScenarioError("--families: it is not a whole number above 0; write for example 100000")
    return int(digits[:12])


@contextmanager
def _mapper(processes: int) -> Iterator[Mapper]:
    """The built-in `map`, or one that works in several processes."""
    if processes == 1:
        yield map
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield pool.map
        except BrokenProcessPool:
            ended = "a process ended before it had counted its families, perhaps for want of memory"
            raise ScenarioError(f"{ended}; use fewer with --processes") from None


@contextmanager
def _told() -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows on a terminal how far the work is."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=min(done, total))

        yield tell
