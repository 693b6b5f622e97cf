"""The small catalogue, duties, rules, model, case and programme of tests/data, and one way to read any kind of file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kooperacja_model import Catalogue, CooperationModel, Duty, Problem, Programme, ReadError, Rule
from kooperacja_model.provenance import Table
from kooperacja_model.reading.case import CaseFile, read_case
from kooperacja_model.reading.catalogue import read_catalogue
from kooperacja_model.reading.model import read_model
from kooperacja_model.reading.programme import read_programme
from kooperacja_model.reading.rules import read_duties, read_rules
from kooperacja_model.reading.terc import TercRegister, read_terc

KINDS = ("catalogue", "duties", "rules", "model", "case", "programme", "terc")
DATA = Path(__file__).parent / "data"
Value = Catalogue | Table[Duty] | Table[Rule] | CooperationModel | CaseFile | Programme | TercRegister


def small(kind: str) -> bytes:
    """The small good file of a kind."""
    return (DATA / f"small_{kind}.{'csv' if kind == 'terc' else 'yaml'}").read_bytes()


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
    assert kind == "case", kind
    case, problems = read_case(data, file, small_catalogue())
    return case, problems.sorted()
