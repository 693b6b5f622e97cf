"""Tells how far a long run is: a line on a terminal, or a function of the caller."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

__all__ = ["Progress", "reporter"]

Progress = bool | Callable[[int, int | None], None] | None
"""`True` or `False`, `None` for on if it is a terminal, or a function of the families done and their total."""

AFTER, EVERY = 1.0, 0.2
"""Seconds until the line is shown, and between two changes of it."""


def reporter(progress: Progress, total: int | None) -> Callable[[int], None]:
    """A function to be called with the number of families that were just done, and with 0 at the end."""
    if callable(progress):
        return _Sums(progress, total)
    if progress is None:
        progress = sys.stderr.isatty()
    return _Line(total) if progress else lambda families: None


class _Sums:
    def __init__(self, tell: Callable[[int, int | None], None], total: int | None) -> None:
        self.tell = tell
        self.total = total
        self.done = 0

    def __call__(self, families: int) -> None:
        self.done += families
        if families:
            self.tell(self.done, self.total)


class _Line:
    def __init__(self, total: int | None) -> None:
        self.total = total
        self.done = 0
        self.next = time.monotonic() + AFTER
        self.shown = False

    def __call__(self, families: int) -> None:
        self.done += families
        now = time.monotonic()
        if families and now >= self.next:
            self.next = now + EVERY
            self.shown = True
            share = f" of {self.total:,} ({self.done / self.total:.0%})" if self.total else ""
            print(f"\r{self.done:,}{share} families", end="", file=sys.stderr, flush=True)
        elif not families and self.shown:
            print(file=sys.stderr)
