"""The table in which a benchmark shows what it found, and the Markdown file with it."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import frozen
from machine import machine

__all__ = ["HEADER", "Part", "Row", "Target", "markdown", "seconds_text", "versions_of", "write"]

HEADER = ("what", "families", "time", "ours in the same run", "ratio", "target", "remark")
LEFT = ("what", "target", "remark")
"""Columns of words; the others are numbers."""


@frozen
class Target:
    """What should be reached, and whether it was."""

    text: str
    met: bool

    def __str__(self) -> str:
        return f"{self.text} ({'met' if self.met else 'missed'})"


@frozen
class Row:
    """A line of the table.

    Attributes:
        name: what was measured.
        families: how many families were really measured.
        seconds: its time.
        ours: time of this library in the same run, 0 for a line without a ratio.
        target: what should be reached.
        remark: what else there is to say.
    """

    name: str
    families: int = 0
    seconds: float = 0
    ours: float = 0
    target: Target | None = None
    remark: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the line."""
        return (
            self.name,
            f"{self.families:,}" if self.families else "",
            seconds_text(self.seconds) if self.seconds else "",
            seconds_text(self.ours) if self.ours else "",
            _ratio(self.seconds / self.ours) if self.ours else "",
            str(self.target or ""),
            self.remark,
        )


Part = tuple[str, Sequence[Sequence[str]]]
"""A title, and the lines below it."""


def seconds_text(seconds: float) -> str:
    """A time with its unit."""
    for limit, factor, unit in ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1, 1e3, "ms")):
        if seconds < limit:
            return f"{seconds * factor:,.3g} {unit}" if seconds * factor < 1000 else f"{seconds * factor:,.0f} {unit}"
    if seconds < 600:
        return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 20 else f"{ratio:.1f}" if ratio >= 2 else f"{ratio:.2f}"


def markdown(parts: Iterable[Part], header: Sequence[str] = HEADER) -> str:
    """One table, aligned so that it can be read as it is."""
    lines = []
    for title, rows in parts:
        lines += [(f"**{title}**", *[""] * (len(header) - 1)), *rows]
    short = [header, *(line for line in lines if not line[0].startswith("**"))]
    widths = [max(len(line[place]) for line in short) for place in range(len(header))]
    texts = []
    for line in [header, *lines]:
        cells = [
            text.ljust(width) if name in LEFT else text.rjust(width)
            for name, text, width in zip(header, line, widths, strict=True)
        ]
        texts.append(f"| {' | '.join(cells)} |")
    rule = [
        "-" * width if name in LEFT else "-" * (width - 1) + ":" for name, width in zip(header, widths, strict=True)
    ]
    return "\n".join([texts[0], f"| {' | '.join(rule)} |", *texts[1:]])


def versions_of(packages: Collection[str]) -> str:
    """Python, this library, and those of the packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    for name in ("kooperacja_model", *packages):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def write(path: Path, title: str, script: str, packages: Collection[str], facts: Iterable[str], table: str) -> None:
    """Write a table with a head that says where it comes from.

    Args:
        path: the file.
        title: its title.
        script: name of the script.
        packages: packages whose version matters.
        facts: what a reader has to know, a line each.
        table: the table.
    """
    lines = [f"# {title}", "", f"Made by `python benchmarks/{script}`, which says what is measured and how.", ""]
    lines += [f"- Machine: {machine()}.", f"- Versions: {versions_of(packages)}.", *(f"- {fact}" for fact in facts)]
    path.write_text("\n".join([*lines, "", table, ""]), encoding="utf-8")
