"""`kooperacja scenario run` and `kooperacja scenario families`."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kooperacja_model.cli import main

ROOT = Path(__file__).parents[1]
POWIAT = str(ROOT / "examples" / "scenarios" / "powiat.yaml")
TERC = str(ROOT / "tests" / "data" / "small_terc.csv")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def words(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main(["scenario", *arguments])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return words


def test_a_run_prints_a_summary_and_writes_tables_and_pictures(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    code, out, err = run("run", POWIAT, "--families", "3 000", "--lang", "en")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["Powiat rzeszowski in depth", "=========================="]
    assert lines[-1].startswith("powiat_result: result.parquet, result.csv, result.json, summary.txt, ")
    written = sorted(path.name for path in (tmp_path / "powiat_result").iterdir())
    assert sorted(lines[-1].removeprefix("powiat_result: ").split(", ")) == written
    assert {"sectors.png", "gaps.svg", "variants.png"} <= set(written)
    assert "3,000" in (tmp_path / "powiat_result" / "summary.txt").read_text("utf-8")


def test_the_folder_can_be_chosen_and_pictures_left_out(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("run", POWIAT, "--families", "500", "--no-pictures", "--out", str(tmp_path / "there"))
    assert code == 0
    assert out.startswith("Powiat rzeszowski z bliska\n")
    assert not list((tmp_path / "there").glob("*.png"))


def test_the_same_run_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("run", POWIAT, "--families", "2000", "--out", name, "--no-pictures")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert len(one) == 5


def test_two_processes_write_the_same_bytes_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\nmodel: rural\nteams: 3\n", "utf-8"
    )
    outputs = []
    for number in ("1", "2"):
        words = ("run", "s.yaml", "--families", "2000", "--out", number, "--no-pictures", "--processes", number)
        code, out, err = run(*words)
        assert (code, err) == (0, "")
        outputs.append(out.replace(f"{number}: ", ""))
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "12")
    assert one == two
    assert outputs[0] == outputs[1]


def test_a_process_that_dies_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kooperacja_model.simulation.counting.BlockCounter.__reduce__", lambda self: (os._exit, (1,)))
    code, out, err = run("run", POWIAT, "--families", "500", "--no-pictures", "--processes", "2")
    assert (code, out) == (2, "")
    assert err == (
        "kooperacja: a process ended before it had counted its families, perhaps for want of memory; "
        "use fewer with --processes\n"
    )


def test_the_communes_of_a_register_are_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\nmodel: rural\nby: [commune]\n", "utf-8"
    )
    code, out, _ = run("run", "s.yaml", "--terc", TERC, "--families", "900", "--no-pictures")
    assert code == 0
    assert "Gminy z rejestru TERC" in out


def test_families_are_written_as_a_table(run: Run, tmp_path: Path) -> None:
    code, out, err = run("families", POWIAT, "f.parquet", "--families", "2000")
    assert (code, err) == (0, "")
    table = pq.read_table(tmp_path / "f.parquet")
    assert out == f"f.parquet: {table.num_rows:,} families in need\n"
    assert [path.name for path in tmp_path.iterdir()] == ["f.parquet"]
    code, out, _ = run("families", POWIAT, "g.parquet", "--terc", TERC)
    assert code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", POWIAT, "--lang", "de"), "--lang: unknown language; use pl or en"),
        (
            ("run", POWIAT, "--families", "many"),
            "--families: it is not a whole number above 0; write for example 100000",
        ),
        (("run", POWIAT, "--families", "0"), "--families: it is not a whole number above 0; write for example 100000"),
        (("run", POWIAT, "--processes", "0"), "--processes: it is not a number above 0; leave it out for one process"),
        (("run", "none.yaml"), "none.yaml: cannot be opened"),
        (
            ("families", POWIAT, "no/such/f.parquet", "--families", "500"),
            f"{Path('no/such/f.parquet')}: cannot be opened (its folder does not exist); check the path",
        ),
        (("run", POWIAT, "--terc", TERC), "is not in the TERC file; correct the code"),
    ],
)
def test_bad_input_gets_one_clear_line(run: Run, words: tuple[str, ...], told: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("kooperacja: ")
    assert told in err
    assert err.count("\n") == 1


def test_on_a_terminal_the_progress_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    code, _, _ = run("run", POWIAT, "--families", "500", "--no-pictures")
    assert code == 0
    assert "families" in screen.getvalue()
    assert "teams" in screen.getvalue()
