"""Runs every example: Python and console blocks of the documentation and the README, docstrings of `src`.

Each page is run from top to bottom in a folder of its own that has a copy of `examples/` and `models/`.

- `python` blocks are run; with `>>>` their output is compared.
- `console` blocks that begin with `$ kooperacja` are run and compared with what stands there. `...` as a
  line stands for any number of lines, in a line for any words; `$ echo $?` shows the last exit code.
- Blocks with `:caption: name` are written to a file of that name, for the examples that follow.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.myst import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from kooperacja_model.cli import main

ROOT = Path(__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

_CONSOLE = re.compile(r"^```console\n(?P<text>\$ kooperacja .*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(
    r"^```\{code-block\} \w+\n:caption: (?P<name>[\w.-]+)\n(?:---\n|\n)?(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def parse_console_blocks(document: Document) -> Iterator[Region]:
    """Console blocks whose first command is `kooperacja`."""
    for match in _CONSOLE.finditer(document.text):
        yield Region(match.start(), match.end(), match["text"], run_console_block)


def parse_files(document: Document) -> Iterator[Region]:
    """Code blocks that show a file."""
    for match in _FILE.finditer(document.text):
        yield Region(match.start(), match.end(), (match["name"], match["text"]), write_file)


def write_file(example: Example) -> None:
    """Write the file that a block shows."""
    name, text = example.parsed
    Path(name).write_text(text, encoding="utf-8")


def run_console_block(example: Example) -> str | None:
    """Run the commands of a block; what differs, or `None`."""
    code = 0
    for part in re.split(r"^\$ ", example.parsed.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        if command == "echo $?":
            printed = f"{code}\n"
        else:
            program, *words = shlex.split(command)
            assert program == "kooperacja", f"{program!r} cannot be run here"
            code, printed = run(words)
        if not _fits(expected, printed):
            return f"$ {command}\n\nExpected:\n{expected}\nPrinted:\n{printed}"
    return None


def run(words: list[str]) -> tuple[int, str]:
    """Exit code and output of the command line."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(words)
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    raise AssertionError("the command line did not end with an exit code")


def _fits(expected: str, printed: str) -> bool:
    """Whether texts are the same; `...` as a line stands for any lines, in a line for any words."""
    pattern = re.escape(expected.rstrip() + "\n")
    pattern = re.sub(r"^\\\.\\\.\\\.\\\n", r"(?:.*\\n)*?", pattern, flags=re.MULTILINE).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern, printed.rstrip() + "\n") is not None


def enter_folder(namespace: dict[str, Any]) -> None:
    """A folder with copies of the examples and the models."""
    folder = Path(tempfile.mkdtemp())
    for name in ("examples", "models"):
        shutil.copytree(ROOT / name, folder / name)
    namespace["_left"] = Path.cwd(), folder
    os.chdir(folder)


def leave_folder(namespace: dict[str, Any]) -> None:
    """Back to where we were."""
    before, folder = namespace["_left"]
    os.chdir(before)
    shutil.rmtree(folder)


pages = Sybil(
    parsers=[parse_files, parse_console_blocks, PythonCodeBlockParser(doctest_optionflags=FLAGS)],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    setup=enter_folder,
    teardown=leave_folder,
)
docstrings = Sybil(
    parsers=[DocTestParser(FLAGS)], patterns=["src/kooperacja_model/*.py", "src/kooperacja_model/*/*.py"]
)

pytest_collect_file = (pages + docstrings).pytest()


class PagesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """With `pytest -n`, the examples of a page stay in one process and in order; so do the tests that share a cluster.

    All other tests go anywhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file if "::line:" in nodeid or file.endswith(("test_dask.py", "test_spark.py")) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> PagesTogether | None:
    """Called by pytest-xdist."""
    return PagesTogether(config, log) if config.getoption("dist") == "load" else None
