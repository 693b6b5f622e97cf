"""Bad files, each with the problems it must give.

A file `KIND_WHAT.yaml` of this folder begins with its problems, in order:

    # expect: LINE:COLUMN: what is wrong; what to do

Sections that a catalogue or a model does not hold are taken from the small good file of tests/data
and stand below it; a line `# whole` says that nothing is to be added. Tables (`.csv`) and JSON files have
their problems in a file beside them, `KIND_WHAT.csv.expect`, one per line. Files that are no text, or
too long to keep, are made in `binary.py`. Files of kind `unknown` have no `format:` line.
"""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen
from small import read, small

from bad.binary import MADE
from kooperacja_model import Problem, check_files

FOLDER = Path(__file__).parent
EXPECT = "# expect: "
SECTION = re.compile(r"^(\w+):", re.MULTILINE)


@frozen
class BadFile:
    """A bad file of a kind, and its problems as `line:column: what; todo`."""

    name: str
    kind: str
    data: bytes
    expected: tuple[str, ...]

    def problems(self) -> tuple[Problem, ...]:
        """The problems that reading finds."""
        if self.kind == "unknown":
            return check_files((FOLDER / self.name,))
        value, problems = read(self.kind, self.data, self.name)
        assert value is None, "a bad file was read without a problem"
        return problems


def _sections(text: str) -> dict[str, str]:
    starts = [found.start() for found in SECTION.finditer(text)]
    parts = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return {part.partition(":")[0]: part for part in parts}


def _completed(kind: str, text: str) -> str:
    if kind not in ("catalogue", "model") or "\n# whole\n" in text:
        return text
    own = SECTION.findall(text)
    return text + "".join(part for key, part in _sections(small(kind).decode()).items() if key not in own)


def _written(path: Path) -> BadFile:
    text = path.read_text("utf-8")
    kind = path.name.partition("_")[0]
    expected = tuple(line.removeprefix(EXPECT) for line in text.splitlines() if line.startswith(EXPECT))
    return BadFile(path.name, kind, _completed(kind, text).encode(), expected)


def _with_problems_beside(path: Path) -> BadFile:
    expected = tuple(path.with_name(f"{path.name}.expect").read_text("utf-8").splitlines())
    return BadFile(path.name, path.name.partition("_")[0], path.read_bytes(), expected)


BAD_FILES = (
    *(_written(path) for path in sorted(FOLDER.glob("*.yaml"))),
    *(_with_problems_beside(path) for path in sorted([*FOLDER.glob("*.csv"), *FOLDER.glob("*.json")])),
    *(BadFile(name, name.partition("_")[0], data, expected) for name, (data, expected) in MADE.items()),
)
