"""Works a scenario out: draw the families block by block, run the rules of every variant, count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from attrs import evolve

from kooperacja_model.commune import Commune
from kooperacja_model.errors import ScenarioError
from kooperacja_model.provenance import Table
from kooperacja_model.reading.terc import TercRegister
from kooperacja_model.scenario import CommuneChoice, Scenario, Towns
from kooperacja_model.simulation.communes import (
    SimulatedCommune,
    communes_of_the_country,
    households_of,
    real_communes,
    with_households,
)
from kooperacja_model.simulation.counting import Counting
from kooperacja_model.simulation.evaluate import FamilyBlock, TableOfFamilies, block_of_drawn, write_parquet
from kooperacja_model.simulation.families import DrawnFamilies, FamilyGenerator
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.simulation.result import ScenarioResult
from kooperacja_model.simulation.teams import team_sizes

__all__ = ["run", "write"]

Told = Callable[[str, int, int], None]


def run(
    scenario: Scenario, terc: TercRegister | None = None, households: int | None = None, progress: Told | None = None
) -> ScenarioResult:
    """Work a scenario out; see `kooperacja_model.scenario.run_scenario`."""
    tell = progress or (lambda what, done, total: None)
    table = None if scenario.table is None else TableOfFamilies(scenario.table, next(iter(scenario.models.values())))
    country = _country(scenario, terc, table)
    communes, left_out = _communes(scenario, country)
    if table is None:
        spread = households_of(scenario.population, None if terc is None else country)
        communes = with_households(communes, spread, scenario.population, households or scenario.households)
    networks = Networks(scenario.population, scenario.seed, country, scenario.networks)
    networks.check(communes)
    counting = Counting(scenario, communes, networks)
    expected = sum(c.households * c.in_need for c in communes) if table is None else float(table.total or 0)
    done = 0
    for block in _drawn(scenario, communes) if table is None else _of_table(scenario, communes, table):
        counting.add(block)
        done += block.facts.rows
        tell("families", done, round(expected))
    sample = counting.sample.families()
    return ScenarioResult(
        scenario=scenario,
        communes=communes,
        left_out=left_out,
        register_state=None if terc is None else terc.state,
        names=counting.names,
        counts=Table(counting.counts),
        teams=tuple(team_sizes(scenario, communes, networks, sample, tell)),
    )


def write(scenario: Scenario, path: Path, terc: TercRegister | None = None, households: int | None = None) -> int:
    """Write the families of a scenario; see `kooperacja_model.scenario.write_families`."""
    if scenario.table is not None:
        raise ScenarioError("the scenario has a table of families already; there is nothing to draw")
    country = _country(scenario, terc, None)
    communes, _ = _communes(scenario, country)
    spread = households_of(scenario.population, None if terc is None else country)
    communes = with_households(communes, spread, scenario.population, households or scenario.households)
    part = path.with_name(f".{path.name}.part")
    rows = write_parquet(part, scenario, communes, _families(scenario, communes))
    part.replace(path)
    return rows


# -- communes ------------------------------------------------------------------------------------


def _country(
    scenario: Scenario, terc: TercRegister | None, table: TableOfFamilies | None
) -> tuple[SimulatedCommune, ...]:
    """All communes that are known: of the register, the scenario, the table, or else the nameless ones."""
    listed = scenario.communes.listed
    if terc is not None:
        for code in listed:
            if code not in terc.communes:
                raise ScenarioError(f"commune {code} is not in the TERC file; correct the code")
        return real_communes(terc.communes.values())
    if listed:
        return real_communes(entry.commune for entry in listed.values())
    if table is not None:
        return real_communes(Commune(code) for code in table.communes)
    return communes_of_the_country(scenario.population)


def _communes(
    scenario: Scenario, country: Iterable[SimulatedCommune]
) -> tuple[tuple[SimulatedCommune, ...], tuple[SimulatedCommune, ...]]:
    """The communes that are worked out, and those that no model covers."""
    found = _with_models(scenario, _chosen(scenario.communes, country))
    covered = tuple(commune for commune in found if commune.model is not None)
    if not covered:
        raise ScenarioError("no commune is left that a published model covers; choose others, or `towns: city`")
    return covered, tuple(commune for commune in found if commune.model is None)


def _chosen(choice: CommuneChoice, country: Iterable[SimulatedCommune]) -> tuple[SimulatedCommune, ...]:
    """The communes that a scenario is about."""
    found = [commune for commune in country if not choice.listed or commune.code.text in choice.listed]
    if choice.powiats and any(commune.name is None for commune in found):
        raise ScenarioError("`powiats` needs to know their communes; give a TERC file, or list the communes")
    return tuple(
        commune
        for commune in found
        if not choice.voivodeships or commune.code.voivodeship in choice.voivodeships
        if not choice.powiats or commune.code.powiat in choice.powiats
        if not choice.kinds or commune.kind in choice.kinds
    )


def _with_models(scenario: Scenario, communes: Iterable[SimulatedCommune]) -> tuple[SimulatedCommune, ...]:
    """The communes with the key of the model that is used there, and households that the scenario gives."""
    found = []
    for commune in communes:
        listed = scenario.communes.listed.get(commune.code.text)
        own = None if listed is None else listed.model
        population = None if listed is None else listed.commune.population
        model = own or scenario.model or _made_for(Commune(commune.code, population), scenario)
        found.append(evolve(commune, model=model, households=(listed and listed.households) or 0))
    return tuple(found)


def _made_for(commune: Commune, scenario: Scenario) -> str | None:
    """The key of the model that was made for a commune."""
    truths = {key: model.criterion.covers(commune) for key, model in scenario.models.items()}
    for key, truth in truths.items():
        if truth or (truth is None and scenario.communes.towns is Towns.CITY):
            return key
    return None


# -- families ------------------------------------------------------------------------------------


def _families(scenario: Scenario, communes: Sequence[SimulatedCommune]) -> Iterator[DrawnFamilies]:
    """Drawn families, block by block; in each block one model is used."""
    generator = FamilyGenerator(scenario.population, scenario.seed)
    for key in scenario.models:
        numbers = [number for number, commune in enumerate(communes) if commune.model == key]
        yield from generator.blocks(communes, numbers)


def _drawn(scenario: Scenario, communes: Sequence[SimulatedCommune]) -> Iterator[FamilyBlock]:
    return (block_of_drawn(families) for families in _families(scenario, communes))


def _of_table(
    scenario: Scenario, communes: Sequence[SimulatedCommune], table: TableOfFamilies
) -> Iterator[FamilyBlock]:
    """The families of a table; those that report no need, or whose commune is left out, have no commune."""
    places = {commune.code.text: place for place, commune in enumerate(communes)}
    for number, (facts, codes, which) in enumerate(table.blocks()):
        its = np.array([places.get(code, -1) for code in codes], dtype=np.intp)
        random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((scenario.seed, number))))
        reported = np.zeros(-(-facts.rows // 8), dtype=np.uint8)
        for need in range(len(scenario.population.catalogue.needs)):
            reported |= facts.values.get(need, np.uint8(0))
        in_need = np.unpackbits(reported, count=facts.rows, bitorder="little").astype(bool)
        yield FamilyBlock(np.where(in_need, its[which], -1), facts, random.random(facts.rows, dtype=np.float32))
