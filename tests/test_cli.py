"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import kooperacja_model as km
from kooperacja_model import cli
from kooperacja_model.provenance import Lang

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "examples" / "cases").glob("*.yaml"))
MODELS = sorted((ROOT / "models").glob("*.yaml"))
MISSING_EXTRA = (
    "kooperacja: the command line needs typer and rich; install them with: pip install 'kooperacja_model[cli]'\n"
)
TRUANCY = ("recommend", "--commune", "1816122", "--need", "truancy")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "SYSTEMROOT")}
    command = [sys.executable, "-m", "kooperacja_model", *words]
    return subprocess.run(command, env=kept | environment, capture_output=True, check=False)


def test_the_main_job_prints_the_explanation_of_the_recommendation(run: Run) -> None:
    code, out, err = run(*TRUANCY, "--circumstance", "child_under_18")
    expected = km.recommend("rural", ["truancy"], ["child_under_18"], "1816122").explain("pl")
    assert (code, out, err) == (0, expected, "")


def test_language_short_form_and_basis_are_passed_on(run: Run) -> None:
    answer = km.recommend("rural", ["truancy"], (), "1816122", basis=["statute"])
    assert run(*TRUANCY, "--lang", "en", "--basis", "statute") == (0, answer.explain("en"), "")
    assert run(*TRUANCY, "--short", "--basis", "statute") == (0, answer.explain("pl", short=True), "")


def test_json_is_the_recommendation_as_data(run: Run) -> None:
    code, out, _ = run(*TRUANCY, "--json")
    assert code == 0
    assert json.loads(out) == km.recommend("rural", ["truancy"], (), "1816122").to_dict()


def test_words_are_accepted_as_label_without_diacritics_and_with_answers(run: Run) -> None:
    words = ("recommend", "--model", "city", "--need", "NIEDOZYWIENIE, brak posilku", "--json")
    answers = (
        "--circumstance",
        "pregnancy=no",
        "--circumstance",
        "debts=unknown",
        "--circumstance",
        "child_under_3=tak",
    )
    code, out, _ = run(*words, *answers)
    found = json.loads(out)
    assert code == 0
    assert found["needs"] == ["food_insecurity"]
    assert found["circumstances"] == {"child_under_3": True, "pregnancy": False}


@pytest.mark.parametrize(
    ("words", "model", "commune"),
    [
        (("--commune", "Sosnowiec"), "city", "2475011"),
        (("--commune", "2416021", "--population", "46 000"), "city", "2416021"),
        (("--commune", "3021164"), "urban_rural", "3021163"),
        (("--commune", "2211011", "--model", "urban_rural"), "urban_rural", "2211011"),
        (("--model", "rural"), "rural", None),
    ],
)
def test_the_commune_decides_the_model_unless_one_is_given(
    run: Run, words: tuple[str, ...], model: str, commune: str | None
) -> None:
    code, out, _ = run("recommend", "--need", "truancy", "--json", *words)
    found = json.loads(out)
    assert (code, found["model"]["key"], found["commune"]) == (0, model, commune)


def test_a_commune_is_found_by_name_in_a_terc_file(run: Run, tmp_path: Path) -> None:
    terc = tmp_path / "terc.csv"
    terc.write_text(
        "WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA\n18;16;12;2;Świlcza;gmina wiejska;2024-01-01\n", encoding="utf-8-sig"
    )
    code, out, _ = run("recommend", "--need", "truancy", "--json", "--commune", "swilcza", "--terc", str(terc))
    assert (code, json.loads(out)["commune"]) == (0, "1816122")


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_every_example_case_is_answered_and_says_that_it_is_invented(run: Run, case: Path) -> None:
    assert "invented: yes" in case.read_text(encoding="utf-8")
    for lang in ("pl", "en"):
        code, out, err = run("recommend", "--case", str(case), "--lang", lang)
        assert (code, err) == (0, "")
        assert len(out) > 1000


def test_there_are_three_example_cases_for_each_model() -> None:
    found = [km.load_case(case) for case in CASES]
    models = [given.model or km.model_for(given.case.commune or "").key for given in found]
    assert sorted(models) == ["city"] * 3 + ["rural"] * 3 + ["urban_rural"] * 3
    assert all(given.invented and len(given.case.needs) > 1 for given in found)


@pytest.mark.parametrize(
    "what", ["needs", "circumstances", "sectors", "competences", "institutions", "duties", "models"]
)
def test_lists_are_one_line_a_term(run: Run, what: str) -> None:
    code, out, err = run("list", what)
    model = km.load_model("rural")
    tables: dict[str, Mapping[str, Any]] = {
        "institutions": model.catalogue.institution_types,
        "duties": model.duties,
        "models": km.load_models(),
    }
    table: Mapping[str, Any] = tables.get(what) or getattr(model.catalogue, what)
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"{key}\t{term.label.pl}" for key, term in table.items()]
    assert run("list", what, "--lang", "en")[1].splitlines()[0].endswith(next(iter(table.values())).label.en)


def test_a_term_is_shown_with_its_sources_place_and_rules(run: Run) -> None:
    code, out, _ = run("show", "truancy", "--lang", "en")
    rules = [rule for rule in km.load_model("rural").rules.values() if "truancy" in rule.when.facts]
    assert code == 0
    assert "truancy — " in out
    assert "place: models/catalogue.yaml:" in out
    assert all(f"- {rule.key}" in out for rule in rules)
    assert "T_COMPULSORY_SCHOOL" in out


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("PCPR", "część: ośrodek pomocy społecznej"),
        ("voivodeship_office", "kontakt dla zespołu"),
        ("ngo_migrant", "typ: "),
        ("education", "obszar: "),
        ("early_childcare", "(najbliższy)"),
        ("housing", "typy instytucji: "),
        ("family_assistant", "dostępność: "),
        ("violence_suspected", "uwaga: "),
        ("social_work", "mają ją: "),
        ("poverty", "punkt art. 7: 1"),
        ("child_under_3", "z tego wynika: "),
        ("municipal_tenant", "wyklucza: "),
        ("land_powiat", "pytanie: "),
        ("labour_market", "obszar kooperacji"),
        ("T_BLUE_CARD", "obowiązek ustawowy"),
        ("T_ALIMONY", "można (ustawa pozwala, nie nakazuje)"),
        ("city", "skrót treści: "),
        ("social_assistance_centre_ties_the_work", "kiedy: "),
        ("blue_card_open", "Reguły, które tego używają"),
    ],
)
def test_show_knows_every_kind_of_term(run: Run, word: str, expected: str) -> None:
    code, out, err = run("show", word)
    assert (code, err) == (0, "")
    assert expected in out


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_every_duty_can_be_shown_with_what_it_says(run: Run, lang: Lang) -> None:
    for key, duty in km.load_model("rural").duties.items():
        text = " ".join(run("show", key, "--lang", lang)[1].split())
        assert duty.what.text(lang) in text
        assert duty.provided is None or duty.provided.text(lang) in text
        assert f"{duty.place.file}:{duty.place.line}" in text


def test_checking_a_programme_that_cannot_be_read_names_its_problems(run: Run) -> None:
    code, out, _ = run("check", str(ROOT / "tests" / "bad" / "programme_parts_missing.yaml"))
    assert code == 1
    assert "programme_parts_missing.yaml:" in out


def test_show_says_everything_that_bears_a_name(run: Run) -> None:
    _, out, _ = run("show", "blue_card_open", "--lang", "en")
    assert "(circumstance)" in out
    assert "(competence)" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("recommend", "--need", "truancy"), "say where the family lives with --commune CODE"),
        (("recommend", "--model", "rural"), "no need is given"),
        (("recommend", "--model", "rurall", "--need", "truancy"), "unknown model; known are rural, urban_rural, city"),
        (
            ("recommend", "--model", "rural", "--need", "truanci"),
            "unknown need (no. 1 of those given); did you mean 'truancy'?",
        ),
        (
            (*TRUANCY, "--circumstance", "debts=maybe"),
            "--circumstance no. 1: the answer is neither yes, no nor unknown",
        ),
        ((*TRUANCY, "--circumstance", "debts", "--circumstance", "debts=no"), "given twice with different answers"),
        ((*TRUANCY, "--circumstance", "child_under_18=no"), "present by need 'truancy' but absent by the answer"),
        ((*TRUANCY, "--basis", "rumour"), "unknown basis; known are statute, model, practice, design"),
        ((*TRUANCY, "--lang", "de"), "--lang: unknown language; use pl or en"),
        ((*TRUANCY, "--population", "many"), "--population: it is not a whole number above 0"),
        ((*TRUANCY, "--population", "0"), "--population: it is not a whole number above 0"),
        ((*TRUANCY, "--case", "x.yaml"), "leave out those options"),
        ((*TRUANCY, "--short", "--json"), "--short and --json exclude each other"),
        (("recommend", "--commune", "2211011", "--need", "truancy"), "give the population, or choose a model yourself"),
        (("recommend", "--commune", "1816127", "--need", "truancy"), "digit 7 is no type of commune"),
        (("recommend", "--commune", "Konopnica", "--need", "truancy"), "give the seven-digit code"),
        (("recommend", "--case", "no such file.yaml"), "no such file.yaml: cannot be opened"),
        (("check", "no such file.yaml"), "no such file.yaml: cannot be opened"),
        (("list", "needz"), "unknown list; known are needs, circumstances"),
        (("show", "pcprr"), "unknown term; did you mean 'pcpr'?"),
        (("show", "qqqqqqqqqq"), "unknown term; list them with `kooperacja list needs|circumstances|institutions|...`"),
        (("list",), "an argument is missing"),
        (("lists",), "unknown command; known are recommend, team, network, scenario, list, show, path, compare, "),
        (("recommend", "--neeed", "truancy"), "did you mean --need"),
        (("recommend", "--zzzzzzzzz"), "unknown option"),
        (("recommend", "--need"), "an option has no value"),
        (("recommend", "truancy"), "an unexpected word; put each need behind its own --need"),
        ((), "no command; try `kooperacja recommend --help`"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(run: Run, words: tuple[str, ...], message: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("kooperacja: ")
    assert message in err
    assert err.count("\n") == 1


def test_what_was_typed_about_a_family_is_never_repeated(run: Run) -> None:
    secret = "Xqzwowska80010112345"
    for words in (
        ("recommend", "--model", "rural", "--need", secret),
        (*TRUANCY, "--circumstance", secret),
        (*TRUANCY, "--circumstance", f"debts={secret}"),
        (*TRUANCY, "--population", secret),
        (*TRUANCY, "--lang", secret),
        (*TRUANCY, "--basis", secret),
        (*TRUANCY, secret),
        (*TRUANCY, f"--{secret}"),
        ("recommend", "--model", secret, "--need", "truancy"),
        ("recommend", "--commune", secret, "--need", "truancy"),
        (secret,),
        ("show", secret),
        ("list", secret),
    ):
        code, out, err = run(*words)
        assert code == 2
        assert secret not in out + err


def test_the_way_of_a_pilot_town_of_unknown_size_is_that_of_its_pilot_and_says_so(run: Run) -> None:
    code, out, err = run("path", "--commune", "2416021")
    assert code == 0
    assert out == run("path", "--commune", "2416021", "--model", "city")[1]
    assert err == "kooperacja: the population is not given; the commune was in the pilot of this model, so it is used\n"
    for words in (("2211011",), ("2416021", "--population", "900")):
        code, out, err = run("path", "--commune", *words)
        assert (code, out) == (2, "")
        assert "choose a model yourself" in err


def test_help_and_version_exit_with_0(run: Run) -> None:
    assert run("--version") == (0, f"kooperacja_model {km.__version__}\n", "")
    code, out, _ = run("recommend", "--help")
    assert code == 0
    assert "--circumstance" in out


def test_checking_good_files_says_so(run: Run) -> None:
    files = [str(path) for path in (*MODELS, *CASES)]
    assert run("check", *files) == (0, f"{len(files)} files: no problems\n", "")
    assert run("check", files[0]) == (0, "1 file: no problems\n", "")


def damaged(path: Path, target: Path) -> list[str]:
    """A copy of a model file with three defects far apart; the places where they must be found."""
    lines = path.read_text(encoding="utf-8").splitlines()
    places = []
    first = next(number for number, line in enumerate(lines) if line.strip().startswith("- {basis: "))
    lines[first] = lines[first].replace("basis:", "bassis:")
    places.append(first + 1)
    english = [number for number, line in enumerate(lines) if line.strip().startswith("en: ")]
    middle = english[len(english) // 2]
    lines[middle] = lines[middle].replace("en: ", "eng: ")
    places.append(middle + 1)
    last = max(number for number, line in enumerate(lines) if line.strip().startswith("- {basis: "))
    lines[last] = lines[last].replace("basis: ", "basis: un")
    places.append(last + 1)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [f"{target}:{place}:" for place in places]


@pytest.mark.parametrize("path", MODELS, ids=[path.stem for path in MODELS])
def test_checking_a_broken_copy_of_a_model_file_names_every_defect_with_its_line(
    run: Run, tmp_path: Path, path: Path
) -> None:
    target = tmp_path / path.name
    places = damaged(path, target)
    code, out, err = run("check", str(target))
    assert (code, err) == (1, "")
    for place in places:
        assert place in out
    found = [int(line.split(":")[1]) for line in out.splitlines()]
    assert found == sorted(found)
    assert set(found) <= {int(place.split(":")[1]) + step for place in places for step in (-1, 0)}


def test_a_checked_catalogue_is_the_one_that_other_given_files_are_read_with(run: Run, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    text = (ROOT / "models" / "catalogue.yaml").read_text(encoding="utf-8")
    added = "  farm_home:\n    label: {pl: dom, en: home}\n    question: {pl: dom, en: home}\n"
    catalogue.write_text(text.replace("\ncircumstances:\n", f"\ncircumstances:\n{added}"), encoding="utf-8")
    case = tmp_path / "case.yaml"
    case.write_text(
        "format: kooperacja_model/case/1\nneeds: [truancy]\ncircumstances: {farm_home: yes}\n", encoding="utf-8"
    )
    assert run("check", str(catalogue), str(case))[0] == 0
    assert run("check", str(case))[0] == 1


def test_a_file_without_format_line_is_a_problem(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.yaml"
    path.write_text("needs: [truancy]\n", encoding="utf-8")
    code, out, _ = run("check", str(path))
    assert code == 1
    assert f"{path}:1:1: " in out
    assert "format" in out


def test_output_is_utf_8_in_the_c_locale_and_has_no_colour_when_piped() -> None:
    found = process(*TRUANCY, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (found.returncode, found.stderr) == (0, b"")
    text = found.stdout.decode("utf-8")
    assert text.replace("\r\n", "\n") == km.recommend("rural", ["truancy"], (), "1816122").explain("pl")
    assert "\x1b" not in text


def test_a_closed_pipe_ends_quietly() -> None:
    code = (
        "import sys\nfrom kooperacja_model import cli\n"
        "class Closed:\n"
        "    def write(self, text): raise BrokenPipeError\n"
        "    def flush(self): pass\n"
        "    def isatty(self): return False\n"
        "sys.stdout = Closed()\n"
        "cli.main(['list', 'needs'])\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (found.returncode, found.stderr) == (0, b"")


def test_a_closed_pipe_leaves_nothing_to_flush_at_the_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed() -> None:
        raise BrokenPipeError

    redirected: list[tuple[object, int]] = []
    monkeypatch.setattr(cli, "load_models", closed)
    monkeypatch.setattr(os, "open", lambda path, flags: (path, flags))
    monkeypatch.setattr(os, "dup2", lambda old, new: redirected.append((old, new)))
    assert run("list", "models")[0] == 0
    assert redirected == [((os.devnull, os.O_WRONLY), 1)]


def test_the_package_runs_as_a_module(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["kooperacja", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("kooperacja_model", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"kooperacja_model {km.__version__}\n"
    runpy.run_module("kooperacja_model.__main__", run_name="imported")


def test_headings_stand_out_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    code, out, _ = run(*TRUANCY)
    assert code == 0
    assert "\x1b[1mPropozycja" in out
    assert run("list", "models")[1].splitlines()[0].startswith("rural        model")


def test_an_interrupted_run_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load_models", interrupted)
    assert run("list", "models")[0] == 130


def test_without_the_extra_the_command_line_says_what_to_install() -> None:
    code = "import sys\nsys.modules['typer'] = None\nimport kooperacja_model.cli"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (found.returncode, found.stderr) == (2, MISSING_EXTRA)


def test_a_missing_extra_is_noticed_at_import(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(cli.__file__))
    assert (ended.value.code, capsys.readouterr().err) == (2, MISSING_EXTRA)
