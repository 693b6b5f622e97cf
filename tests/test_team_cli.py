"""`kooperacja team`: what it prints and when it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kooperacja_model as km
from kooperacja_model import cli

ROOT = Path(__file__).parents[1]
CASE = ROOT / "examples" / "cases" / "rural_swilcza.yaml"
NETWORK = ROOT / "examples" / "networks" / "rural_swilcza.yaml"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


def expected_team(*include: str) -> km.Team:
    case = km.load_case(CASE).case
    return km.propose_team(km.recommend_case(km.load_model("rural"), case), km.load_network(NETWORK), include)


def test_the_team_is_printed_as_text_or_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("team", "--case", str(CASE), "--network", str(NETWORK))
    assert run(capsys, *words) == (0, expected_team().explain("pl"), "")
    code, out, err = run(capsys, *words, "--json", "--include", "library")
    assert (code, json.loads(out), err) == (0, expected_team("library").to_dict(), "")


def test_without_an_institution_the_changes_follow_the_team(capsys: pytest.CaptureFixture[str]) -> None:
    closed = next(key for key in expected_team().keys if "pp_counselling" in str(km.load_network(NETWORK).types[key]))
    words = ("team", "--case", str(CASE), "--network", str(NETWORK), "--lang", "en", "--without", closed)
    code, out, _ = run(capsys, *words)
    assert code == 0
    team, changes = out.split("What changes\n")
    assert "opinions and rulings of the PPP" in team or "What nobody around provides" in team
    assert "Families affected: 1 of 1" in changes
    assert "leaves" in changes


def test_a_case_without_a_commune_is_taken_to_live_in_that_of_the_network(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case = tmp_path / "case.yaml"
    case.write_text("format: kooperacja_model/case/1\ninvented: yes\nneeds: [truancy]\n", encoding="utf-8")
    code, out, _ = run(capsys, "team", "--case", str(case), "--network", str(NETWORK), "--json")
    assert code == 0
    assert json.loads(out)["commune"] == "1816122"


def test_bad_input_is_one_clear_message(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("team", "--case", str(CASE), "--network", str(NETWORK))
    assert run(capsys, *words, "--include", "nobody")[0] == 2
    code, out, err = run(capsys, *words, "--without", "nobody")
    assert (code, out) == (2, "")
    assert err.startswith("kooperacja: unknown institution 'nobody'; known are ")
    other = ROOT / "examples" / "networks" / "urban_rural_swarzedz.yaml"
    code, _, err = run(capsys, "team", "--case", str(CASE), "--network", str(other))
    assert (code, "give the network of the family's commune" in err) == (2, True)
    assert run(capsys, "team", "--case", str(CASE), "--network", str(tmp_path / "none.yaml"))[0] == 2
