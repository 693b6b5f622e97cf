"""Scenarios: what if this rule were read differently, these institutions closed, another model used?

A `Scenario` is frozen data: a population, communes, networks, and variants that are compared with
the present state. `run_scenario` works it out; it needs the extra `batch`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import field, frozen

from kooperacja_model.commune import Commune
from kooperacja_model.errors import ScenarioError
from kooperacja_model.model import CooperationModel, Rule
from kooperacja_model.network import LocalNetwork
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Label, Place, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kooperacja_model.reading.terc import TercRegister
    from kooperacja_model.simulation.result import ScenarioResult

__all__ = [
    "CommuneChoice",
    "Grouping",
    "ListedCommune",
    "Mapper",
    "Scenario",
    "Towns",
    "Variant",
    "run_scenario",
    "write_families",
]


class Towns(StrEnum):
    """What to do with a town of which nobody says whether a published model covers it.

    `CITY`: take it for a city, and say so; `LEAVE_OUT`: leave it out, and count it.
    """

    CITY = "city"
    LEAVE_OUT = "leave_out"


class Grouping(StrEnum):
    """By what the families are counted, besides all together."""

    KIND = "kind"
    VOIVODESHIP = "voivodeship"
    POWIAT = "powiat"
    COMMUNE = "commune"
    MODEL = "model"


@frozen
class ListedCommune:
    """A commune that a scenario names.

    Attributes:
        commune: the commune, with its inhabitants if they are known.
        households: how many there are, if that is known.
        model: key of the model to use there, instead of the one made for it.
    """

    commune: Commune
    households: int | None = None
    model: str | None = None


@frozen
class CommuneChoice:
    """Which communes a scenario is about; all of the country if nothing is said.

    Attributes:
        listed: only these, by code; no TERC file is needed for them.
        voivodeships: only those of these voivodeships (two digits).
        powiats: only those of these powiats (four digits); needs a TERC file.
        kinds: only those of these classes.
        towns: what to do with towns of unknown size.
    """

    listed: Table[ListedCommune] = Table({})
    voivodeships: tuple[str, ...] = ()
    powiats: tuple[str, ...] = ()
    kinds: tuple[CommuneClass, ...] = ()
    towns: Towns = Towns.LEAVE_OUT


@frozen
class Variant:
    """A change that is compared with the present state.

    Attributes:
        rules: rules that are added, or take the place of rules of the same key.
        without: keys of rules that are left out.
        add: institution types that every commune gets.
        close: institution types that no commune has any more.
        close_institutions: keys of institutions of network files that close.
        model: key of the model that is used everywhere.
    """

    key: str
    label: Label
    rules: Table[Rule] = Table({})
    without: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    close_institutions: tuple[str, ...] = ()
    model: str | None = None

    def applied(self, model: CooperationModel) -> CooperationModel:
        """A model with the rules of this variant; the same object for the same model."""
        return _applied(self, model)


@lru_cache(maxsize=32)
def _applied(variant: Variant, model: CooperationModel) -> CooperationModel:
    without = tuple(key for key in variant.without if key in model.rules)
    return model.with_rules(variant.rules.values(), without) if variant.rules or without else model


@frozen
class Scenario:
    """What is to be worked out.

    Attributes:
        label: what it is about.
        seed: a whole number; the same seed gives the same families and networks.
        population: figures from which families are drawn.
        models: the models of cooperation, by key.
        table: path of a table of families that is used instead of drawn ones.
        households: how many households there are in all communes together, instead of what the population says.
        communes: which communes.
        model: key of the model that is used everywhere, instead of the one made for each commune.
        networks: networks of communes that are known; the others are drawn from the priors of the population.
        variants: the changes.
        by: by what families are counted.
        teams: families in each class of communes for which teams are worked out; 0 for none.
        suppress_below: numbers of families below this one (but above 0) are not shown.
    """

    label: Label
    seed: int
    population: Population = field(repr=False)
    models: Table[CooperationModel] = field(repr=False)
    table: str | None = None
    households: int | None = None
    communes: CommuneChoice = CommuneChoice()
    model: str | None = None
    networks: tuple[LocalNetwork, ...] = field(default=(), repr=False)
    variants: Table[Variant] = Table({})
    by: tuple[Grouping, ...] = (Grouping.KIND, Grouping.VOIVODESHIP)
    teams: int = 0
    suppress_below: int = 5
    place: Place | None = field(default=None, eq=False, repr=False)


_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


class Mapper(Protocol):
    """Something that calls a function for each of some things, like the built-in `map`."""

    def __call__(self, function: Callable[[_Given], _Found], things: Sequence[_Given], /) -> Iterable[_Found]:
        """What the function returns, once for each thing, in any order."""


def run_scenario(
    scenario: Scenario,
    terc: TercRegister | None = None,
    households: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    map_blocks: Mapper = map,
) -> ScenarioResult:
    """Work a scenario out.

    The families are counted in blocks by one function that can be sent to other processes and machines. What comes out
    is the same, whoever calls it and in whatever order.

    Args:
        scenario: what to work out.
        terc: the communes of the country; without it there is a nameless one for each that there is.
        households: how many households there are, instead of what the scenario says.
        progress: called with what is being done, how much of it is done, and how much there is.
        map_blocks: calls a function for each of some blocks of families: `map`, or the `map` of a
            `concurrent.futures.ProcessPoolExecutor`, of Dask, of Spark. A block is a few numbers.

    Raises:
        ScenarioError: the scenario cannot be worked out with what is given.
        TableError: its table of families cannot be used.
    """
    _check(scenario, households)
    from kooperacja_model.simulation.run import run

    return run(scenario, terc, households, progress, map_blocks)


def write_families(
    scenario: Scenario, path: str | Path, terc: TercRegister | None = None, households: int | None = None
) -> int:
    """Write the made-up families in need of a scenario as a Parquet file, to be used elsewhere.

    The columns are `commune`, `kind`, `voivodeship`, `model` and one boolean column for each need and
    circumstance. What `run_scenario` counts can be counted from it by any engine.

    Args:
        scenario: whose families.
        path: the file to write; it is there as a whole or not at all.
        terc: the communes of the country; without it there is a nameless one for each that there is.
        households: how many households there are, instead of what the scenario says.

    Returns:
        How many families there are.

    Raises:
        ScenarioError: the scenario cannot be worked out with what is given, or has a table of families already.
        OSError: the file cannot be written.
    """
    _check(scenario, households)
    from kooperacja_model.simulation.run import write

    return write(scenario, Path(path), terc, households)


_MOST_HOUSEHOLDS = 10**12 - 1
"""As many as a file can name."""


def _check(scenario: Scenario, households: int | None) -> None:
    """Refuse what is no scenario, numbers of households that there cannot be, and work without the extra."""
    if not isinstance(scenario, Scenario):
        raise ScenarioError("`scenario` is no Scenario; read its file with `load_scenario` and give what that returns")
    for where, number in (("", households), (" of the scenario", scenario.households)):
        whole = isinstance(number, Integral) and not isinstance(number, bool)
        if number is not None and not (whole and 1 <= number <= _MOST_HOUSEHOLDS):
            known = f"a whole number from 1 to {_MOST_HOUSEHOLDS:,}"
            raise ScenarioError(f"`households`{where} is not {known}; write for example 100000, or leave it out")
    if find_spec("numpy") is None or find_spec("pyarrow") is None:
        raise ScenarioError(
            "scenarios need numpy and pyarrow; install them with: pip install 'kooperacja_model[batch]'"
        )
