"""A few communes with made-up families, small enough to be counted one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from attrs import evolve

from kooperacja_model import Commune, load_models, load_scenario, make_case, recommend_case
from kooperacja_model.case import Case
from kooperacja_model.network import LocalNetwork
from kooperacja_model.provenance import Label, Table
from kooperacja_model.reading.files import load_network, load_population, load_rules
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.scenario import (
    CommuneChoice,
    Grouping,
    ListedCommune,
    Scenario,
    Variant,
    run_scenario,
    write_families,
)
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.counting import BASE
from kooperacja_model.simulation.families import DrawnFamilies, FamilyGenerator, together
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.simulation.result import ScenarioResult

ROOT = Path(__file__).parents[1]
CODES = {"1816122": None, "1816132": None, "1816143": None, "2475011": None, "1465011": None, "2416021": 49_000}
"""Two rural communes and an urban-rural one of a county, two cities with powiat rights, a large town."""

VARIANTS = (
    Variant("rules", Label("reguły", "rules"), rules=load_rules(ROOT / "examples/scenarios/zus_only_advised.yaml"),
            without=("primary_school_enforces_attendance", "social_assistance_centre_income_support")),
    Variant("closed", Label("zamknięte", "closed"), close=("pp_counselling_centre", "labour_office"),
            close_institutions=("pcpr_rzeszow",)),
    Variant("opened", Label("otwarte", "opened"), add=("night_shelter", "family_assistant", "social_services_centre")),
    Variant("city", Label("miejski", "city"), model="city"),
)  # fmt: skip


def scenario(**changes: Any) -> Scenario:
    """The small scenario, with some things changed."""
    listed = Table({code: ListedCommune(Commune(code, people, f"Gmina {code}")) for code, people in CODES.items()})
    given: dict[str, Any] = {
        "label": Label("próba", "trial"),
        "seed": 11,
        "population": load_population(),
        "models": load_models(),
        "households": 4_000,
        "communes": CommuneChoice(listed=listed),
        "networks": (load_network(ROOT / "examples/networks/rural_swilcza.yaml"),),
        "variants": Table({variant.key: variant for variant in VARIANTS}),
        "by": (Grouping.KIND, Grouping.VOIVODESHIP, Grouping.POWIAT, Grouping.COMMUNE, Grouping.MODEL),
    }
    return Scenario(**{**given, **changes})


@cache
def result() -> ScenarioResult:
    """What comes out of the small scenario."""
    return run_scenario(scenario())


def drawn_in_blocks(
    generator: FamilyGenerator, communes: Sequence[SimulatedCommune], numbers: Iterable[int], rows: int
) -> Iterator[DrawnFamilies]:
    """The families of some communes, about so many rows at a time."""
    return (generator.families(communes, parts) for parts in together(generator.parts(communes, numbers), rows))


def families_one_by_one(found: ScenarioResult) -> Iterator[tuple[int, Case]]:
    """The families of a result, each with the place of its commune, drawn again and told by their words."""
    population = found.scenario.population
    catalogue = population.catalogue
    keys = (*catalogue.needs, *catalogue.circumstances)
    generator = FamilyGenerator(population, found.scenario.seed)
    for block in drawn_in_blocks(generator, found.communes, range(len(found.communes)), rows=100):
        for place, row in zip(block.commune.tolist(), block.facts.tolist(), strict=True):
            facts = dict(zip(keys, row, strict=True))
            needs = [key for key in catalogue.needs if facts[key]]
            circumstances = {key: facts[key] for key in catalogue.circumstances}
            yield place, make_case(catalogue, needs, circumstances, Commune(found.communes[place].code))


def variants_of(found: ScenarioResult) -> tuple[Variant, ...]:
    return (BASE, *found.scenario.variants.values())


def advice_for(found: ScenarioResult, place: int, case: Case, variant: Variant) -> Recommendation:
    """What the rules of a variant say of a family."""
    key = variant.model or found.communes[place].model
    assert key is not None
    return recommend_case(variant.applied(found.scenario.models[key]), case)


@cache
def networks() -> Networks:
    """The institutions of the small scenario."""
    found = result()
    return Networks(found.scenario.population, found.scenario.seed, found.communes, found.scenario.networks)


@cache
def network_of(place: int, variant: Variant) -> LocalNetwork:
    """The network of a commune under a variant."""
    commune = result().communes[place]
    assert commune.model is not None
    return networks().network(commune, load_models()[variant.model or commune.model], variant)


def as_bytes(found: ScenarioResult, pictures: bool = False) -> dict[str, bytes]:
    """All that comes out: the files, and every number before small ones are left out."""
    numbers = {
        f"{key}.{name}": getattr(counts, name).tobytes()
        for key, counts in found.counts.items()
        for name in ("families", "demand", "gaps", "short", "changed", "coverage_changed")
    }
    teams = repr(found.teams).encode()
    return {**found.files("en", pictures), **numbers, "teams": teams, "rows": repr(found.rows).encode()}


def some_scenario(name: str, folder: Path) -> Scenario:
    """A scenario that is worth counting elsewhere: a powiat, changes of every kind, or families of a table."""
    if name == "powiat":
        return evolve(load_scenario(ROOT / "examples/scenarios/powiat.yaml"), households=9_000, teams=20)
    given = scenario(teams=20)
    if name == "table":
        write_families(given, folder / "families.parquet")
        rows = pq.read_table(folder / "families.parquet")
        pq.write_table(rows, folder / "families.parquet", row_group_size=60)
        return evolve(given, table=str(folder / "families.parquet"))
    return given


def demand_by_commune(found: ScenarioResult, variant: str, model: str | None = None) -> dict[str, dict[str, int]]:
    """By commune what is counted of a variant, of the communes with one model or all of them, and how many families."""
    counts = found.counts[variant]
    return {
        commune.code.text: dict(zip(("families", *found.names), (families, *demand), strict=True))
        for commune, families, demand in zip(
            found.communes, counts.families.tolist(), counts.demand.tolist(), strict=True
        )
        if families and model in (None, commune.model)
    }
