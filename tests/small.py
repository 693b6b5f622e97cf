"""The small good file of every kind in tests/data, and one way to read any kind of file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kooperacja_model import Catalogue, CooperationModel, Duty, LocalNetwork, Problem, Programme, ReadError, Rule
from kooperacja_model.population import Population
from kooperacja_model.provenance import Table
from kooperacja_model.reading.case import CaseFile, read_case
from kooperacja_model.reading.catalogue import read_catalogue
from kooperacja_model.reading.hsds import read_hsds
from kooperacja_model.reading.model import read_model
from kooperacja_model.reading.network import read_network
from kooperacja_model.reading.network_csv import read_network_csv
from kooperacja_model.reading.population import read_population
from kooperacja_model.reading.programme import read_programme
from kooperacja_model.reading.rules import read_duties, read_rules
from kooperacja_model.reading.scenario import Files, read_scenario
from kooperacja_model.reading.terc import TercRegister, read_terc
from kooperacja_model.scenario import Scenario

KINDS = (
    "catalogue", "duties", "rules", "model", "case", "programme", "terc", "network", "table", "hsds",
    "population", "scenario",
)  # fmt: skip
TABLE = "families.parquet"
"""The only table of families that there is, as far as files of scenarios are concerned, but for one that is wrong."""
SUFFIXES = {"terc": "csv", "table": "csv", "hsds": "json"}
DATA = Path(__file__).parent / "data"
Value = (
    Catalogue | Table[Duty] | Table[Rule] | CooperationModel | CaseFile | Programme | TercRegister | LocalNetwork
    | Population | Scenario
)  # fmt: skip


def _table_problems(path: Path, model: CooperationModel) -> tuple[str, ...]:
    if path.name == f"wrong_{TABLE}":
        assert model is small_model()
        return "column 'debt' is no key; did you mean 'debts'?", "column 'truancy' is of type string; make it boolean"
    if path != DATA / TABLE:
        raise FileNotFoundError
    return ()


def small(kind: str) -> bytes:
    """The small good file of a kind."""
    return (DATA / f"small_{kind}.{SUFFIXES.get(kind, 'yaml')}").read_bytes()


@cache
def small_catalogue() -> Catalogue:
    catalogue, problems = read_catalogue(small("catalogue"), "small_catalogue.yaml")
    assert catalogue is not None, problems.found
    return catalogue


@cache
def small_duties() -> Table[Duty]:
    duties, problems = read_duties(small("duties"), "small_duties.yaml", small_catalogue())
    assert duties is not None, problems.found
    return duties


@cache
def small_rules() -> Table[Rule]:
    rules, problems = read_rules(small("rules"), "small_rules.yaml", small_catalogue())
    assert rules is not None, problems.found
    return rules


@cache
def small_model() -> CooperationModel:
    model, problems = read_model(small("model"), "small_model.yaml", small_catalogue(), small_duties(), small_rules())
    assert model is not None, problems.found
    return model


@cache
def small_population() -> Population:
    population, problems = read_population(small("population"), "small_population.yaml", small_catalogue())
    assert population is not None, problems.found
    return population


def read(kind: str, data: bytes, file: str) -> tuple[Value | None, tuple[Problem, ...]]:
    """The value of a file, or `None`, and its sorted problems; read against the small catalogue."""
    if kind == "terc":
        try:
            return read_terc(data, file), ()
        except ReadError as error:
            return None, error.problems
    if kind == "catalogue":
        catalogue, problems = read_catalogue(data, file)
        return catalogue, problems.sorted()
    if kind == "duties":
        duties, problems = read_duties(data, file, small_catalogue())
        return duties, problems.sorted()
    if kind == "rules":
        rules, problems = read_rules(data, file, small_catalogue())
        return rules, problems.sorted()
    if kind == "model":
        model, problems = read_model(data, file, small_catalogue(), small_duties(), small_rules())
        return model, problems.sorted()
    if kind == "programme":
        programme, problems = read_programme(data, file, {"city": small_model()})
        return programme, problems.sorted()
    if kind == "network":
        network, problems = read_network(data, file, small_catalogue())
        return network, problems.sorted()
    if kind == "table":
        network, problems = read_network_csv(data, file, small_catalogue())
        return network, problems.sorted()
    if kind == "hsds":
        found, problems = read_hsds(data, file, small_catalogue())
        return None if found is None else found.network, problems.sorted()
    if kind == "population":
        population, problems = read_population(data, file, small_catalogue())
        return population, problems.sorted()
    if kind == "scenario":
        files = Files(DATA, table=_table_problems)
        scenario, problems = read_scenario(data, file, {"city": small_model()}, small_population(), files)
        return scenario, problems.sorted()
    assert kind == "case", kind
    case, problems = read_case(data, file, small_catalogue())
    return case, problems.sorted()
