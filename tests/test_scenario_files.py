"""Files of populations and scenarios as they stand in memory, and files of results."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from small import DATA, read, small
from small_scenarios import result

from kooperacja_model import Commune, ReadError, check_files, load_models
from kooperacja_model.cli import main
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Label, Table
from kooperacja_model.reading.files import load_population, load_scenario
from kooperacja_model.scenario import CommuneChoice, Grouping, ListedCommune, Scenario, Towns, Variant, run_scenario

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))
SCENARIOS = [path for path in EXAMPLES if "scenario/1" in path.read_text("utf-8")]


def small_scenario() -> Scenario:
    found, problems = read("scenario", small("scenario"), "small_scenario.yaml")
    assert isinstance(found, Scenario), problems
    return found


# --- what is read


def test_a_scenario_is_read_as_it_stands() -> None:
    found = small_scenario()
    assert found.label == Label("próba", "trial")
    assert (found.seed, found.households, found.model, found.teams, found.suppress_below) == (7, 1_000, "city", 5, 3)
    assert found.table == str(DATA / "families.parquet")
    assert found.communes == CommuneChoice(
        Table({
            "1816122": ListedCommune(Commune("1816122", 16_000, "Świlcza"), 300),
            "2475011": ListedCommune(Commune("2475011"), None, "city"),
        }),
        ("18", "24"), ("1816", "2475"), (CommuneClass.RURAL, CommuneClass.CITY_WITH_POWIAT_RIGHTS), Towns.LEAVE_OUT,
    )  # fmt: skip
    assert [network.name for network in found.networks] == ["Gmina Przykładowa"]
    assert found.by == (Grouping.KIND, Grouping.COMMUNE)


def test_the_variants_of_a_scenario_are_read_as_they_stand() -> None:
    rules, institutions, city = small_scenario().variants.values()
    assert (list(rules.rules), rules.without) == (["centre_for_low_income"], ("school_for_truancy",))
    assert institutions == Variant(
        "institutions", Label("inne instytucje", "other institutions"),
        add=("ngo_local",), close=("school",), close_institutions=("pcpr",),
    )  # fmt: skip
    assert city == Variant("city", Label("miejski", "city"), model="city")


def test_what_a_scenario_does_not_say_has_its_default() -> None:
    data = b"format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\n"
    found, problems = read("scenario", data, "s.yaml")
    assert isinstance(found, Scenario), problems
    assert found.communes == CommuneChoice()
    assert (found.by, found.teams, found.suppress_below) == ((Grouping.KIND, Grouping.VOIVODESHIP), 0, 5)
    assert (found.table, found.households, found.model, found.networks, found.variants) == (
        None,
        None,
        None,
        (),
        Table({}),
    )
    assert isinstance(read("population", small("population"), "p.yaml")[0], Population)
    assert found.population == read("population", small("population"), "p.yaml")[0]


def test_a_population_is_read_as_it_stands() -> None:
    found, _ = read("population", small("population"), "p.yaml")
    assert isinstance(found, Population)
    assert found.label.en == "made-up families"
    assert found.regions["02"].count(CommuneClass.TOWN) == 2
    assert found.regions_state == "2024-01-01"
    assert found.regions_sources[0].page is not None
    assert (found.urban.number, found.rural.number) == (5_000, 2_000)
    assert (found.urban.in_need.value, found.rural.in_need.value) == (0.5, 0.25)
    assert found.urban.in_need.note == Label("założone", "assumed")
    assert found.urban.note == Label("okrągło", "rounded")
    assert dict(found.urban.per_commune.values) == {"city_with_powiat_rights": 4, "town": 2, "urban_rural": 1}
    assert found.factors["24"].value == 1.5
    assert dict(found.sizes.values) == {"1": 0.75, "2": 0.25}
    assert (found.reasons["school"].share, dict(found.reasons["school"].needs.values)) == (
        0.4, {"low_income": 0.1, "truancy": 0.9},
    )  # fmt: skip
    assert found.reasons["money"].reasons == ("poverty",)
    assert (found.pairs["both"].reasons, found.pairs["both"].odds) == (("money", "school"), 2.5)
    assert dict(found.circumstances["child_under_3"].share) == dict.fromkeys(map(str, CommuneClass), 0.3)
    assert found.circumstances["child_under_18"].share["town"] == 0.3
    assert dict(found.circumstances["tenant"].given) == {"low_income": 0.6}
    assert found.presence.words.values["some"] == 0.4
    assert found.presence.types["school"].value == 0.5
    assert found.not_used["size"].note.en == "2.99 persons"


# --- files on disk


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_examples_have_no_problems(path: Path) -> None:
    assert check_files((path,)) == ()


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_the_examples_run(path: Path) -> None:
    found = run_scenario(evolve(load_scenario(path), teams=2), households=3_000)
    assert found.families > 0
    assert set(found.counts) == {"base", *load_scenario(path).variants}


def test_a_scenario_is_checked_with_the_population_and_the_models_that_are_given(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\nmodel: rural\n", "utf-8")
    assert check_files((path,)) == ()
    broken = tmp_path / "population.yaml"
    broken.write_text("format: kooperacja_model/population/1\n", "utf-8")
    found = check_files((path, broken))
    assert {problem.file for problem in found} == {str(broken)}


def test_loading_a_wrong_file_says_all_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("format: kooperacja_model/scenario/1\nseed: 0\n", "utf-8")
    with pytest.raises(ReadError) as told:
        load_scenario(path)
    assert len(told.value.problems) == 2
    path.write_text("format: kooperacja_model/population/1\n", "utf-8")
    with pytest.raises(ReadError):
        load_population(path)


def test_files_that_a_scenario_names_are_looked_for_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text((ROOT / "models" / "population.yaml").read_text("utf-8"), "utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(
        "format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\npopulation: mine.yaml\n", "utf-8"
    )
    assert load_scenario(path).population == load_population()


# --- a table of families

WITH_TABLE = "format: kooperacja_model/scenario/1\nlabel: {pl: a, en: b}\nseed: 1\ntable: t.parquet\n"


def table_scenario(folder: Path, columns: dict[str, list[object]] | None) -> Path:
    """The file of a scenario next to its table."""
    path = folder / "s.yaml"
    path.write_text(WITH_TABLE, "utf-8")
    if columns is not None:
        pq.write_table(pa.table(columns), folder / "t.parquet")
    return path


NO_COMMUNE = "`commune` names the column 'commune', which is not there; name one of the columns of the table"
GOOD: dict[str, list[object]] = {"commune": ["1816122"], "truancy": [True], "model": ["rural"]}


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (None, ("there is no file 't.parquet' that can be opened; correct the path; it begins at this file's folder",)),
        (
            {**GOOD, "truancyy": [True], "debts": ["yes"]},
            (
                "'t.parquet': column 'debts' is of type string; make it boolean",
                "'t.parquet': column 'truancyy' is no key of a need, circumstance or feature; did you mean 'truancy'?",
            ),
        ),
        (
            {"truancy": [True]},
            (f"'t.parquet': {NO_COMMUNE}",),
        ),
        (GOOD, ()),
        ({**GOOD, "commune": ["no code"]}, ()),
    ],
    ids=["missing", "columns", "no commune", "good", "rows are not read"],
)
def test_a_table_is_checked_with_the_file_that_names_it(
    columns: dict[str, list[object]] | None, told: tuple[str, ...], tmp_path: Path
) -> None:
    path = table_scenario(tmp_path, columns)
    found = check_files((path,))
    assert [str(problem) for problem in found] == [f"{path}:4:8: `table`: {problem}" for problem in told]
    if told:
        with pytest.raises(ReadError) as error:
            load_scenario(path)
        assert error.value.problems == found
    else:
        assert load_scenario(path).table == str(tmp_path / "t.parquet")


def test_a_file_that_is_no_parquet_file_is_a_problem_of_the_scenario(tmp_path: Path) -> None:
    path = table_scenario(tmp_path, None)
    (tmp_path / "t.parquet").write_text("a,b\n", "utf-8")
    (problem,) = check_files((path,))
    told = "`table`: 't.parquet': the file is no Parquet file; give the path of one"
    assert (str(problem), problem.code) == (f"{path}:4:8: {told}", "table_columns")


@pytest.mark.parametrize("name", ["numpy", "pyarrow"])
def test_without_the_extra_only_the_path_of_a_table_is_checked_and_that_is_said(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = "kooperacja_model.reading.scenario.find_spec"
    monkeypatch.setattr(hidden, lambda module: None if module == name else module)
    path = table_scenario(tmp_path, {**GOOD, "truancyy": [True]})
    said = (
        f"{tmp_path / 't.parquet'}: the columns are not checked, for that needs numpy and pyarrow; "
        "install them with: pip install 'kooperacja_model[batch]'"
    )
    with pytest.warns(UserWarning, match=re.escape(said)):
        assert check_files((path,)) == ()
    with pytest.raises(SystemExit) as end:
        main(["check", str(path)])
    assert (end.value.code, *capsys.readouterr()) == (0, "1 file: no problems\n", f"kooperacja: {said}\n")
    (tmp_path / "t.parquet").unlink()
    assert [problem.code for problem in check_files((path,))] == ["no_file"]


def test_reading_a_scenario_without_a_table_loads_no_extra() -> None:
    read_one = f"load_scenario({str(ROOT / 'examples/scenarios/powiat.yaml')!r})"
    code = f"import sys; from kooperacja_model import load_scenario; {read_one}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "kooperacja_model.reading.scenario" in loaded
    assert not {"numpy", "pyarrow", "kooperacja_model.simulation.blocks"} & set(loaded)


def test_rules_of_a_variant_that_another_model_does_not_have_are_no_mistake() -> None:
    own = load_models()["city"].own_rules[0]
    variant = Variant("v", Label("a", "b"), without=(own,))
    assert variant.applied(load_models()["rural"]) is load_models()["rural"]
    assert own not in variant.applied(load_models()["city"]).rules


def test_writing_makes_the_folder_and_leaves_no_parts(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    written = result().write(target, "en", pictures=False)
    assert sorted(target.iterdir()) == sorted(written)
    assert (target / "summary.txt").read_text("utf-8") == result().summary("en")
    assert result().write(target, "pl", pictures=False) == written
    assert (target / "summary.txt").read_text("utf-8") == result().summary("pl")
