"""Reads the file of a scenario, with the files that it names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen

from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, VOIVODESHIPS, Commune, TerytCode
from kooperacja_model.errors import CommuneError, TableError
from kooperacja_model.model import CooperationModel, Rule
from kooperacja_model.network import LocalNetwork, is_area
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Table
from kooperacja_model.reading.catalogue import catalogue_words
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.network import read_network
from kooperacja_model.reading.nodes import Node, Problems, Scalar
from kooperacja_model.reading.population import read_population
from kooperacja_model.reading.rules import read_rules
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    entries,
    hint,
    label,
    list_of,
    one_of,
    read_file,
    reference,
    sections,
    table_of,
    text,
    whole_number,
)
from kooperacja_model.scenario import CommuneChoice, Grouping, ListedCommune, Scenario, Towns, Variant

__all__ = ["SCENARIO_FORMAT", "Files", "read_scenario", "table_problems"]

SCENARIO_FORMAT = "kooperacja_model/scenario/1"

T = TypeVar("T")


def table_problems(path: Path, model: CooperationModel) -> tuple[str, ...]:
    """What is wrong with a table of families and its columns, each as `what; todo`; no row is read.

    Args:
        path: the Parquet file.
        model: any model; needs and circumstances are the same for all.

    Raises:
        FileNotFoundError: there is no such file.

    Warns:
        UserWarning: numpy or pyarrow is not installed, so nothing but the path is checked.
    """
    if not path.is_file():
        raise FileNotFoundError
    if find_spec("numpy") is None or find_spec("pyarrow") is None:
        needed = "that needs numpy and pyarrow; install them with: pip install 'kooperacja_model[batch]'"
        warnings.warn(f"{path}: the columns are not checked, for {needed}", stacklevel=2)
        return ()
    from kooperacja_model.simulation.blocks import TableOfFamilies

    try:
        TableOfFamilies(str(path), model)
    except TableError as error:
        return error.problems
    return ()


@frozen
class Files:
    """The files next to a scenario.

    Attributes:
        folder: the folder from which their names are taken.
        read: gives the content of a file.
        table: says what is wrong with a table of families.
    """

    folder: Path
    read: Callable[[Path], bytes] = Path.read_bytes
    table: Callable[[Path, CooperationModel], tuple[str, ...]] = table_problems


def read_scenario(
    data: bytes, file: str, models: Mapping[str, CooperationModel], population: Population, files: Files
) -> tuple[Scenario | None, Problems]:
    """The scenario of a YAML file, or `None` and its problems, with those of the files that it names.

    Args:
        data: content of the file.
        file: its name for messages.
        models: the models by key; they are all of one catalogue.
        population: the population for a scenario that names none.
        files: where files that it names are.
    """
    problems = Problems(file)
    catalogue = next(iter(models.values())).catalogue
    known: dict[str, Mapping[str, Any]] = {
        **catalogue_words(catalogue),
        "models": models,
        "rules": {key: rule for model in models.values() for key, rule in model.rules.items()},
        "given": {"population": population, "files": files, "catalogue": catalogue},
    }
    return read_file(data, problems, known, _scenario), problems


# -- files that it names -------------------------------------------------------------------------


def _file(read: Callable[..., tuple[T | None, Problems]]) -> Read[T]:
    """What a file holds; its problems are among those of the scenario."""

    def read_node(node: Node, reading: Reading, what: str) -> T:
        name = text(node, reading, what)
        files: Files = reading.known["given"]["files"]
        path = files.folder / name
        try:
            data = files.read(path)
        except OSError:
            raise reading.wrong(Message.NO_FILE, node, what=what, value=reading.quote(name)) from None
        value, problems = read(data, str(path), reading.known["given"]["catalogue"])
        if value is None:
            reading.problems.found.extend(problems.found)
            raise Wrong
        return value

    return read_node


def _table(node: Node, reading: Reading, what: str) -> str:
    """The path of a table whose columns can be used; its rows are read when the scenario is worked out."""
    name = text(node, reading, what)
    files: Files = reading.known["given"]["files"]
    path = files.folder / name
    value = reading.quote(name)
    try:
        problems = files.table(path, next(iter(reading.known["models"].values())))
    except OSError:
        raise reading.wrong(Message.NO_FILE, node, what=what, value=value) from None
    for problem in problems:
        detail, _, todo = problem.partition("; ")
        reading.note(Message.TABLE_COLUMNS, node.line, node.column, what=what, value=value, detail=detail, hint=todo)
    if problems:
        raise Wrong
    return str(path)


# -- communes ------------------------------------------------------------------------------------

_MODEL = reference("models", "model")


def _area(length: int, kind: str) -> Read[str]:
    """A voivodeship or powiat by its digits."""

    def read(node: Node, reading: Reading, what: str) -> str:
        found = text(node, reading, what)
        if not re.fullmatch(r"[0-9]+", found) or len(found) != length or not is_area(found):
            known = (*VOIVODESHIPS, *CITIES_WITH_POWIAT_RIGHTS)
            near = hint(found, [code for code in known if len(code) == length])
            raise reading.wrong(Message.UNKNOWN_REFERENCE, node, kind=kind, value=reading.quote(found), hint=near)
        return found

    return read


def _listed(node: Node, reading: Reading, what: str) -> Table[ListedCommune]:
    found: dict[str, ListedCommune] = {}
    failed = False
    for key, value in entries(node, reading, what):
        try:
            code = TerytCode(key.text).commune
        except CommuneError as error:
            reading.note(Message.COMMUNE_CODE, key.line, key.column, detail=error)
            failed = True
            continue
        try:
            fields = Fields(value, reading, repr(key.text))
            name = fields.may("name", text)
            population = fields.may("population", whole_number)
            households = fields.may("households", whole_number)
            model = fields.may("model", _MODEL)
            fields.end()
        except Wrong:
            failed = True
            continue
        if code.text in found:
            reading.note(Message.REPEATED_ENTRY, key.line, key.column, what=what, value=repr(code.text))
            failed = True
        found[code.text] = ListedCommune(Commune(code, population, name), households, model)
    if failed:
        raise Wrong
    return Table(found)


def _communes(node: Node, reading: Reading, what: str) -> CommuneChoice:
    fields = Fields(node, reading, what)
    listed = fields.may("list", _listed) or Table({})
    voivodeships = fields.may("voivodeships", list_of(_area(2, "voivodeship"))) or ()
    powiats = fields.may("powiats", list_of(_area(4, "powiat"))) or ()
    kinds = fields.may("kinds", list_of(one_of(CommuneClass))) or ()
    towns = fields.may("towns", one_of(Towns)) or Towns.LEAVE_OUT
    fields.end()
    return CommuneChoice(listed, voivodeships, powiats, kinds, towns)


# -- variants ------------------------------------------------------------------------------------

_TYPES = list_of(reference("institution_types", "institution type"))
_RULES: Read[Table[Rule]] = _file(read_rules)
_NETWORK: Read[LocalNetwork] = _file(read_network)


def _variant(key: Scalar, node: Node, reading: Reading) -> Variant:
    fields = Fields(node, reading, repr(key.text))
    name = fields.need("label", label)
    rules = fields.may("rules", _RULES) or Table({})
    without = fields.may("without_rules", list_of(reference("rules", "rule"))) or ()
    add = fields.may("add", _TYPES) or ()
    close = fields.may("close", _TYPES) or ()
    institutions = fields.may("close_institutions", list_of(reference("institutions", "institution"))) or ()
    model = fields.may("model", _MODEL)
    fields.end()
    both = [kind for kind in add if kind in close]
    for kind in both:
        place = fields.values["close"]
        reading.note(Message.OPENED_AND_CLOSED, place.line, place.column, value=repr(kind))
    if both:
        raise Wrong
    variant = Variant(key.text, name, rules, without, add, close, institutions, model)
    if variant == Variant(key.text, name):
        raise reading.wrong(Message.NOTHING_CHANGED, key)
    return variant


# -- the file ------------------------------------------------------------------------------------


def _scenario(node: Node, reading: Reading) -> Scenario:
    given = reading.known["given"]
    fields = sections(node, reading, SCENARIO_FORMAT)
    name = fields.need("label", label)
    seed = fields.need("seed", whole_number)
    population = fields.may("population", _file(read_population)) or given["population"]
    table = fields.may("table", _table)
    households = fields.may("households", whole_number)
    communes = fields.may("communes", _communes) or CommuneChoice()
    model = fields.may("model", _MODEL)
    networks = fields.may("networks", list_of(_NETWORK)) or ()
    reading.known["institutions"] = {key: key for network in networks for key in network.institutions}
    variants = fields.may("variants", table_of(_variant, "variant")) or Table({})
    by = fields.may("by", list_of(one_of(Grouping)))
    teams = fields.may("teams", whole_number) or 0
    suppress = fields.may("suppress_below", whole_number)
    fields.end()
    return Scenario(
        label=name,
        seed=seed,
        population=population,
        models=Table(reading.known["models"]),
        table=table,
        households=households,
        communes=communes,
        model=model,
        networks=networks,
        variants=variants,
        by=(Grouping.KIND, Grouping.VOIVODESHIP) if by is None else by,
        teams=teams,
        suppress_below=5 if suppress is None else suppress,
        place=reading.place(node),
    )
