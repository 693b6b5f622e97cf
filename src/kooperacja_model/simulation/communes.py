"""The communes of a scenario: which there are, which model is for them, and how many households they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, Commune, TerytCode
from kooperacja_model.population import CommuneClass, Population, Region

__all__ = ["SimulatedCommune", "communes_of_the_country", "households_of", "real_communes", "with_households"]


@frozen
class SimulatedCommune:
    """A commune with its households.

    Attributes:
        code: its TERYT code; in the built-in list one that stands for a commune of this kind.
        name: its name; `None` if it stands for some commune of this kind.
        kind: its class.
        model: key of the model of cooperation that is used for it, or `None` if none covers it.
        households: how many there are.
        in_need: probability that a household is in need.
    """

    code: TerytCode
    name: str | None
    kind: CommuneClass
    model: str | None = None
    households: int = 0
    in_need: float = 0.0


def communes_of_the_country(population: Population) -> tuple[SimulatedCommune, ...]:
    """A commune for each that there is, by voivodeship and kind; only cities with powiat rights are the real ones.

    They are dealt in turn to the land powiats of the voivodeship.

    >>> from kooperacja_model.reading.files import load_population
    >>> len(communes_of_the_country(load_population()))
    2477
    """
    return tuple(commune for region in population.regions.values() for commune in _communes_of(region))


def _communes_of(region: Region) -> Iterator[SimulatedCommune]:
    digits = {CommuneClass.TOWN: "1", CommuneClass.RURAL: "2", CommuneClass.URBAN_RURAL: "3"}
    kinds = [kind for kind in digits for _ in range(region.count(kind))]
    for number, kind in enumerate(kinds):
        place, powiat = divmod(number, region.land_powiats)
        yield SimulatedCommune(TerytCode(f"{region.key}{powiat + 1:02}{place + 1:02}{digits[kind]}"), None, kind)
    for powiat_code, name in CITIES_WITH_POWIAT_RIGHTS.items():
        if powiat_code[:2] == region.key:
            yield SimulatedCommune(TerytCode(f"{powiat_code}011"), name, CommuneClass.CITY_WITH_POWIAT_RIGHTS)


def real_communes(communes: Iterable[Commune]) -> tuple[SimulatedCommune, ...]:
    """Communes that exist; one without a name is called by its code."""
    return tuple(SimulatedCommune(one.code, one.name or one.code.text, CommuneClass.of(one.code)) for one in communes)


Spread = Mapping[CommuneClass, tuple[float, float]]
"""For each class of communes how many households of towns and of the countryside one commune has."""


def households_of(population: Population, country: Iterable[SimulatedCommune] | None = None) -> Spread:
    """How many households of towns and of the countryside a commune of each class has.

    The published totals are spread over the communes by their class, because no figures by commune are known.

    Args:
        population: the figures.
        country: all communes of the country; those of the population's own numbers if not given.
    """
    communes = communes_of_the_country(population) if country is None else country
    counts = Counter(commune.kind for commune in communes)
    parts = []
    for households in population.households:
        weights = {CommuneClass(kind): weight for kind, weight in households.per_commune.values.items()}
        total = sum(weight * counts[kind] for kind, weight in weights.items())
        parts.append({kind: households.number * weight / total for kind, weight in weights.items() if total})
    urban, rural = parts
    return {kind: (urban.get(kind, 0.0), rural.get(kind, 0.0)) for kind in CommuneClass}


def with_households(
    communes: Sequence[SimulatedCommune], spread: Spread, population: Population, total: int | None = None
) -> tuple[SimulatedCommune, ...]:
    """The communes with whole numbers of households and the probability that one is in need.

    Args:
        communes: some communes; one that has households already keeps them.
        spread: what `households_of` gives.
        population: the figures.
        total: how many households all of them together have, instead of what the population says.
    """
    expected = [commune.households or sum(spread[commune.kind]) for commune in communes]
    scale = 1.0 if total is None else total / sum(expected)
    found = []
    cumulated = 0.0
    for commune, its in zip(communes, expected, strict=True):
        before, cumulated = round(cumulated), cumulated + its * scale
        chance = _in_need(commune, spread, population)
        found.append(evolve(commune, households=round(cumulated) - before, in_need=chance))
    return tuple(found)


def _in_need(commune: SimulatedCommune, spread: Spread, population: Population) -> float:
    urban, rural = spread[commune.kind]
    need = urban * population.urban.in_need.value + rural * population.rural.in_need.value
    factor = population.factors.get(commune.code.voivodeship)
    chance = need / (urban + rural) if need else 0.0
    return min(chance * (1.0 if factor is None else factor.value), 1.0)
