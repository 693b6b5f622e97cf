"""A long run tells how far it is: to a function, or on a terminal; elsewhere it is silent."""

from __future__ import annotations

import sys
import time

import pytest

from kooperacja_model.batch.progress import reporter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def on_terminal(monkeypatch: pytest.MonkeyPatch, is_one: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_one, raising=False)


def test_a_function_is_called_with_sums() -> None:
    calls: list[tuple[int, int | None]] = []
    tell = reporter(lambda done, total: calls.append((done, total)), 50)
    for families in (20, 30, 0):
        tell(families)
    assert calls == [(20, 50), (50, 50)]


def test_a_line_is_shown_after_a_second_and_not_too_often(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    tell = reporter(True, 4_000_000)
    for moment in (100.5, 101.1, 101.2, 101.4):
        clock.now = moment
        tell(1_000_000)
    tell(0)
    assert (
        capsys.readouterr().err == "\r2,000,000 of 4,000,000 (50%) families\r4,000,000 of 4,000,000 (100%) families\n"
    )


def test_without_a_total_only_what_is_done_is_shown(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    tell = reporter(True, None)
    clock.now = 102
    tell(1_000)
    assert capsys.readouterr().err == "\r1,000 families"


def test_a_short_run_is_silent(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    tell = reporter(True, 10)
    tell(10)
    tell(0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("asked", "terminal", "shown"), [(None, True, True), (None, False, False), (False, True, False)]
)
def test_it_is_shown_on_a_terminal_unless_it_is_turned_off(
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    asked: bool | None,
    terminal: bool,
    shown: bool,
) -> None:
    on_terminal(monkeypatch, terminal)
    tell = reporter(asked, 10)
    clock.now = 105
    tell(10)
    assert bool(capsys.readouterr().err) is shown
