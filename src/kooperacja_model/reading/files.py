"""Finds and reads the models that come with the package, and picks the one for a commune."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import Commune, TerytCode
from kooperacja_model.errors import KooperacjaError, NetworkError, NoPublishedModelError, Problem, ReadError
from kooperacja_model.model import CooperationModel, Duty, Rule
from kooperacja_model.network import LocalNetwork
from kooperacja_model.population import Population
from kooperacja_model.programme import Programme, check_programme
from kooperacja_model.provenance import Table
from kooperacja_model.reading.case import CASE_FORMAT, CaseFile, read_case
from kooperacja_model.reading.catalogue import read_catalogue
from kooperacja_model.reading.hsds import read_hsds
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.model import MODEL_KEYS, read_model
from kooperacja_model.reading.network import NetworkFile, read_network
from kooperacja_model.reading.network_csv import read_network_csv
from kooperacja_model.reading.nodes import Problems, read_nodes
from kooperacja_model.reading.population import read_population
from kooperacja_model.reading.programme import read_programme
from kooperacja_model.reading.rules import read_duties, read_rules
from kooperacja_model.reading.scenario import Files, read_scenario
from kooperacja_model.reading.terc import TercRegister, read_terc
from kooperacja_model.scenario import Scenario

__all__ = [
    "check_files",
    "load_case",
    "load_catalogue",
    "load_model",
    "load_models",
    "load_network",
    "load_network_file",
    "load_population",
    "load_programme",
    "load_rules",
    "load_scenario",
    "load_terc",
    "model_for",
    "models_folder",
]

T = TypeVar("T")


def models_folder() -> Traversable:
    """The folder of the YAML files: in the installed package, or in the checkout it runs from."""
    packaged = files("kooperacja_model") / "models"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file() and (checkout / "models").is_dir():
        return checkout / "models"
    raise KooperacjaError("the folder `models` is missing; install the package again")


def _good(result: tuple[T | None, Problems]) -> T:
    value, problems = result
    if value is None:
        raise ReadError(problems.sorted())
    return value


class _Folder:
    """The files of one folder."""

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder

    def data(self, name: str) -> tuple[bytes, str]:
        return (self.folder / name).read_bytes(), f"models/{name}"

    def catalogue(self) -> Catalogue:
        return _good(read_catalogue(*self.data("catalogue.yaml")))

    def duties(self, catalogue: Catalogue) -> Table[Duty]:
        return _good(read_duties(*self.data("duties.yaml"), catalogue))

    def rules(self, catalogue: Catalogue) -> Table[Rule]:
        return _good(read_rules(*self.data("rules.yaml"), catalogue))


@lru_cache(maxsize=1)
def _shared() -> tuple[Catalogue, Table[Duty], Table[Rule]]:
    folder = _Folder(models_folder())
    catalogue = folder.catalogue()
    return catalogue, folder.duties(catalogue), folder.rules(catalogue)


def load_catalogue() -> Catalogue:
    """The vocabulary that comes with the package; read once.

    >>> load_catalogue().sectors["police"].label.pl
    'policja i porządek publiczny'
    """
    return _shared()[0]


@lru_cache(maxsize=len(MODEL_KEYS))
def load_model(key: str) -> CooperationModel:
    """One of the published models: `"rural"`, `"urban_rural"` or `"city"`; read once.

    Raises:
        KooperacjaError: there is no such model.
        ReadError: a file of the installed package is damaged.

    >>> load_model("rural").label.en
    'model of cooperation in rural communes'
    """
    if key not in MODEL_KEYS:
        raise KooperacjaError("unknown model; known are " + ", ".join(MODEL_KEYS))
    catalogue, duties, rules = _shared()
    data, file = _Folder(models_folder()).data(f"{key}.yaml")
    return _good(read_model(data, file, catalogue, duties, rules))


def load_models() -> Table[CooperationModel]:
    """All three models by key."""
    return Table({key: load_model(key) for key in MODEL_KEYS})


def model_for(commune: str | TerytCode | Commune, population: int | None = None) -> CooperationModel:
    """The published model that was made for a commune.

    Args:
        commune: a TERYT code (of a commune or a part of it) or a commune.
        population: number of inhabitants; needed for a town without powiat rights (type 1).

    Raises:
        CommuneError: the code is wrong.
        NoPublishedModelError: the town has 20,000 inhabitants or fewer, or their number is not
            known. No published model covers such a town; choose one with `load_model`.

    >>> model_for("1816122").key
    'rural'
    """
    if not isinstance(commune, Commune):
        commune = Commune(commune, population)
    elif population is not None:
        commune = Commune(commune.code, population, commune.name)
    truths = {key: model.criterion.covers(commune) for key, model in load_models().items()}
    for key, truth in truths.items():
        if truth:
            return load_model(key)
    limit = max(model.criterion.population_over or 0 for model in load_models().values())
    choice = "choose a model yourself: " + ", ".join(MODEL_KEYS)
    if None in truths.values():
        raise NoPublishedModelError(
            f"commune {commune.code} is a town; the city model is for more than {limit:,} inhabitants; "
            f"give the population, or {choice}"
        )
    raise NoPublishedModelError(
        f"commune {commune.code} is a town of {limit:,} inhabitants or fewer; no published model covers it; {choice}"
    )


def load_case(path: str | Path) -> CaseFile:
    """The case of a YAML file.

    Raises:
        ReadError: the file is wrong; its problems do not repeat what it says.
        OSError: the file cannot be opened.
    """
    return _good(read_case(Path(path).read_bytes(), str(path), load_catalogue()))


def load_rules(path: str | Path) -> Table[Rule]:
    """The rules of a YAML file of format `kooperacja_model/rules/1`, for `CooperationModel.with_rules`.

    Raises:
        ReadError: the file is wrong.
        OSError: the file cannot be opened.
    """
    return _good(read_rules(Path(path).read_bytes(), str(path), load_catalogue()))


def load_programme(path: str | Path) -> Programme:
    """The programme of a YAML file; `check_programme` then says its defects.

    Raises:
        ReadError: the file is wrong; its problems do not repeat what it says.
        OSError: the file cannot be opened.
    """
    return _good(read_programme(Path(path).read_bytes(), str(path), load_models()))


def load_network(path: str | Path, commune: str | None = None, name: str | None = None) -> LocalNetwork:
    """The local network of a file: YAML, CSV (`.csv`) or HSDS JSON (`.json`).

    Args:
        path: the file.
        commune: TERYT code of the commune, for a table or HSDS file that does not say it.
        name: name of the network, for a table or HSDS file that does not say it.

    Raises:
        ReadError: the file is wrong.
        NetworkError: a YAML file says its commune and its name itself.
        CommuneError: `commune` is no TERYT code.
        OSError: the file cannot be opened.

    Warns:
        UserWarning: parts of a HSDS file did not map; `load_network_file` lists them.
    """
    found = load_network_file(path, commune, name)
    if found.unmapped:
        message = f"{path}: {len(found.unmapped)} kinds of entries are not in the network; see `load_network_file`"
        warnings.warn(message, stacklevel=2)
    return found.network


def load_network_file(path: str | Path, commune: str | None = None, name: str | None = None) -> NetworkFile:
    """The local network of a file as `load_network` reads it, with what of a HSDS file did not map.

    Raises:
        ReadError: the file is wrong.
        NetworkError: a YAML file says its commune and its name itself.
        CommuneError: `commune` is no TERYT code.
        OSError: the file cannot be opened.
    """
    kind = Path(path).suffix.lower()
    if kind not in _TABLES and (commune, name) != (None, None):
        raise NetworkError("a YAML file says the commune and the name of its network itself; leave them out")
    return _good(_read_network(Path(path).read_bytes(), str(path), load_catalogue(), commune, name))


_TABLES = (".csv", ".json")
"""Suffixes of files of networks that are no YAML."""


def _read_network(
    data: bytes, file: str, catalogue: Catalogue, commune: str | None = None, name: str | None = None
) -> tuple[NetworkFile | None, Problems]:
    """The network of a file of any kind, told by its suffix."""
    kind = Path(file).suffix.lower()
    if kind == ".json":
        return read_hsds(data, file, catalogue, commune, name)
    if kind == ".csv":
        network, problems = read_network_csv(data, file, catalogue, commune, name)
    else:
        network, problems = read_network(data, file, catalogue)
    return None if network is None else NetworkFile(network), problems


@lru_cache(maxsize=1)
def _shipped_population() -> Population:
    return _good(read_population(*_Folder(models_folder()).data("population.yaml"), load_catalogue()))


def load_population(path: str | Path | None = None) -> Population:
    """The figures of a made-up population; without a path those that come with the package, read once.

    Raises:
        ReadError: the file is wrong.
        OSError: the file cannot be opened.

    >>> load_population().reasons["poverty"].share
    0.447
    """
    if path is None:
        return _shipped_population()
    return _good(read_population(Path(path).read_bytes(), str(path), load_catalogue()))


def load_scenario(path: str | Path) -> Scenario:
    """The scenario of a YAML file, with the files that it names; their paths begin at its folder.

    Raises:
        ReadError: the file, or one that it names, is wrong.
        OSError: the file cannot be opened.
    """
    data, files = Path(path).read_bytes(), Files(Path(path).parent)
    return _good(read_scenario(data, str(path), load_models(), load_population(), files))


def load_terc(path: str | Path) -> TercRegister:
    """The communes of an official TERC file (CSV) of GUS.

    Raises:
        ReadError: it is no TERC file.
        OSError: the file cannot be opened.
    """
    return read_terc(Path(path).read_bytes(), str(path))


def check_files(paths: tuple[Path, ...]) -> tuple[Problem, ...]:
    """All problems of model, case, programme and network files, with the defects of programmes, sorted by place.

    A file is known by its `format:` line; CSV and JSON files are networks. Files of the package
    stand in for those that are not given; a given catalogue, rules or duties file is used to check the others.

    Raises:
        OSError: a file cannot be opened.

    Warns:
        UserWarning: the columns of a scenario's table are not checked, for the extra `batch` is not installed.
    """
    given = [(path.read_bytes(), str(path)) for path in paths]
    kinds = ["network" if Path(file).suffix.lower() in _TABLES else _kind(data) for data, file in given]
    found: list[Problem] = []
    folder = _Folder(models_folder())

    def read(kind: str, name: str, reader: Callable[..., tuple[T | None, Problems]], *words: object) -> T | None:
        """All given files of a kind, or else the one of the package."""
        value: T | None = None
        its = [file for file, its_kind in zip(given, kinds, strict=True) if its_kind == kind]
        for data, file in its or [folder.data(name)]:
            value, problems = reader(data, file, *words)
            found.extend(problems.sorted())
        return value

    models: dict[str, CooperationModel] = {}

    def read_one_model(data: bytes, file: str, *words: Any) -> tuple[CooperationModel | None, Problems]:
        model, problems = read_model(data, file, *words)
        if model is not None:
            models[model.key] = model
        return model, problems

    def read_and_check(data: bytes, file: str, *words: Any) -> tuple[Programme | None, Problems]:
        programme, problems = read_programme(data, file, *words)
        if programme is not None:
            found.extend(defect.problem() for defect in check_programme(programme))
        return programme, problems

    def read_one_scenario(data: bytes, file: str, people: Population) -> tuple[Scenario | None, Problems]:
        return read_scenario(data, file, models, people, Files(Path(file).parent))

    catalogue = read("catalogue", "catalogue.yaml", read_catalogue) if any(kinds) else None
    if catalogue is not None:
        duties = read("duties", "duties.yaml", read_duties, catalogue)
        rules = read("rules", "rules.yaml", read_rules, catalogue)
        if "model" in kinds and duties is not None and rules is not None:
            read("model", "", read_one_model, catalogue, duties, rules)
        if "case" in kinds:
            read("case", "", read_case, catalogue)
        if "network" in kinds:
            read("network", "", _read_network, catalogue)
        population = None
        if {"population", "scenario"} & set(kinds):
            population = read("population", "population.yaml", read_population, catalogue)
        if {"programme", "scenario"} & set(kinds) and duties is not None and rules is not None:
            for key in MODEL_KEYS:
                if key not in models:
                    _, problems = read_one_model(*folder.data(f"{key}.yaml"), catalogue, duties, rules)
                    found.extend(problems.sorted())
            if models and "programme" in kinds:
                read("programme", "", read_and_check, models)
            if models and "scenario" in kinds and population is not None:
                read("scenario", "", read_one_scenario, population)
    for (data, file), kind in zip(given, kinds, strict=True):
        if kind == "":
            found.extend(_check_unknown(data, file))
    return tuple(sorted(set(found)))


def _check_unknown(data: bytes, file: str) -> tuple[Problem, ...]:
    """The problems of a file of no known kind; it could be about a family, so nothing of it is repeated."""
    problems = Problems(file, private=True)
    if read_nodes(data, problems) is not None:
        problems.add(Message.UNKNOWN_FORMAT, 1, 1, expected=CASE_FORMAT)
    return problems.sorted()


def _kind(data: bytes) -> str:
    """The kind of a file by its first `format:` line, or an empty text."""
    for line in data.decode("utf-8-sig", "replace").splitlines():
        if line.startswith("format:"):
            for kind in ("catalogue", "duties", "rules", "model", "case", "programme", "network", "population",
                         "scenario"):  # fmt: skip
                if f"kooperacja_model/{kind}/" in line:
                    return kind
    return ""
