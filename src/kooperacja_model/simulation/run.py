"""Works a scenario out: which communes and blocks of families there are, what was counted of them, and the teams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from errno import ENOENT
from hashlib import file_digest
from pathlib import Path

import numpy as np
from attrs import evolve

from kooperacja_model.commune import Commune
from kooperacja_model.errors import ScenarioError, TableError
from kooperacja_model.provenance import Table
from kooperacja_model.reading.terc import TercRegister
from kooperacja_model.scenario import CommuneChoice, Mapper, Scenario, Towns
from kooperacja_model.simulation.blocks import Block, TableOfFamilies, drawn_blocks
from kooperacja_model.simulation.communes import (
    SimulatedCommune,
    communes_of_the_country,
    households_of,
    real_communes,
    with_households,
)
from kooperacja_model.simulation.counting import BlockCounter, BlockCounts, Totals, variants_of
from kooperacja_model.simulation.evaluate import write_parquet
from kooperacja_model.simulation.families import FamilyGenerator
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.simulation.result import ScenarioResult
from kooperacja_model.simulation.teams import team_sizes

__all__ = ["run", "write"]

Told = Callable[[str, int, int], None]

BLOCK = 1 << 16
"""Families of a block, a little more or less."""

ROW_GROUP = 1 << 17
"""Families of a row group that is written, a little more or less."""


def run(
    scenario: Scenario,
    terc: TercRegister | None = None,
    households: int | None = None,
    progress: Told | None = None,
    map_blocks: Mapper = map,
) -> ScenarioResult:
    """Work a scenario out; see `kooperacja_model.scenario.run_scenario`."""
    tell = progress or (lambda what, done, total: None)
    table = None if scenario.table is None else TableOfFamilies(scenario.table, next(iter(scenario.models.values())))
    table_hash = None if scenario.table is None else _hash_of(scenario.table)
    country = _country(scenario, terc, table)
    communes, left_out = _communes(scenario, country)
    if table is None:
        spread = households_of(scenario.population, None if terc is None else country)
        communes = with_households(communes, spread, scenario.population, households or scenario.households)
    networks = Networks(scenario.population, scenario.seed, country, scenario.networks)
    networks.check(communes)
    lacking = {key: ~networks.held(communes, variant) for key, variant in variants_of(scenario).items()}
    counter = BlockCounter(scenario, communes, lacking)
    drawn = () if table is not None else drawn_blocks(scenario, communes, counter.generator, BLOCK)
    read = () if table is None else table.blocks(BLOCK)
    found = _counted(counter, (*drawn, *read), tell, map_blocks)
    teams = () if found.sample is None else team_sizes(scenario, communes, networks, found.sample, tell)
    return ScenarioResult(
        scenario=scenario,
        communes=communes,
        left_out=left_out,
        register_state=None if terc is None else terc.state,
        names=counter.names,
        counts=Table(found.counts),
        teams=tuple(teams),
        table_hash=table_hash,
    )


def _hash_of(path: str) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _counted(counter: BlockCounter, blocks: Sequence[Block], tell: Told, map_blocks: Mapper) -> BlockCounts:
    """What is counted of all blocks."""
    totals = Totals(counter, np.arange(len(counter.communes)))
    rows = sum(block.rows for block in blocks)
    done = 0
    for number, found in enumerate(map_blocks(counter, blocks) if blocks else (), 1):
        totals.add(found)
        done = number
        tell("families", rows * number // len(blocks), rows)
    if done != len(blocks):
        raise ScenarioError(f"`map_blocks` gave {done} results for {len(blocks)} blocks; give a function like `map`")
    everything = totals.all()
    if everything.contradictory:
        wrong = f"the facts of {everything.contradictory} families contradict each other; correct them"
        raise TableError((wrong,))
    return everything


def write(scenario: Scenario, path: Path, terc: TercRegister | None = None, households: int | None = None) -> int:
    """Write the families of a scenario; see `kooperacja_model.scenario.write_families`."""
    if scenario.table is not None:
        raise ScenarioError("the scenario has a table of families already; there is nothing to draw")
    country = _country(scenario, terc, None)
    communes, _ = _communes(scenario, country)
    spread = households_of(scenario.population, None if terc is None else country)
    communes = with_households(communes, spread, scenario.population, households or scenario.households)
    generator = FamilyGenerator(scenario.population, scenario.seed)
    families = (
        generator.families(communes, block.parts) for block in drawn_blocks(scenario, communes, generator, ROW_GROUP)
    )
    if not path.parent.is_dir():
        raise FileNotFoundError(ENOENT, "its folder does not exist", str(path))
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            rows = write_parquet(file, scenario, communes, families)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    return rows


# -- communes ------------------------------------------------------------------------------------


def _country(
    scenario: Scenario, terc: TercRegister | None, table: TableOfFamilies | None
) -> tuple[SimulatedCommune, ...]:
    """All communes that are known: of the register, the scenario, the table, or else the nameless ones."""
    listed = scenario.communes.listed
    there = () if table is None else table.communes()
    if terc is not None:
        for code in listed:
            if code not in terc.communes:
                raise ScenarioError(f"commune {code} is not in the TERC file; correct the code")
        return real_communes(terc.communes.values())
    if listed:
        return real_communes(entry.commune for entry in listed.values())
    if table is not None:
        return real_communes(Commune(code) for code in there)
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
