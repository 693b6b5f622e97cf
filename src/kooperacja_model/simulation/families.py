"""Draws families in need from the figures of a population: the same families for the same seed, always.

Every commune has a stream of random numbers of its own, made from the seed and the commune. So its
families do not depend on which other communes a scenario has, nor on how many are drawn at a time.

For each commune the number of households in need is drawn; the others need no row, for no rule holds
where no need is reported. For each household in need its set of reasons is drawn, for each reason the
need behind it, then the circumstances. What follows from a need or a circumstance is always there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.reasons import reason_sets

__all__ = ["CHUNK", "DrawnFamilies", "FamilyGenerator", "Part", "stream", "together"]

CHUNK = 65_536
"""Families of one commune that are drawn from one stream."""

_FAMILIES, _NUMBERS = 0, 1
_CLASSES = tuple(kind.value for kind in CommuneClass)


def stream(seed: int, commune: SimulatedCommune, *parts: int) -> np.random.Generator:
    """The random numbers of one commune for one purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, int(commune.code.text), *parts))))


class Part(NamedTuple):
    """Families of one commune that are drawn from one stream.

    Attributes:
        commune: the place of the commune in a list.
        number: which of the parts of the commune it is, from 0; all but the last have `CHUNK` families.
        families: how many families it has.
    """

    commune: int
    number: int
    families: int


def together(parts: Iterable[Part], rows: int) -> Iterator[tuple[Part, ...]]:
    """Parts in groups of about so many families.

    >>> parts = Part(0, 0, 5), Part(1, 0, 6), Part(2, 0, 7)
    >>> [[part.commune for part in its] for its in together(parts, rows=10)]
    [[0, 1], [2]]
    """
    waiting: list[Part] = []
    for part in parts:
        waiting.append(part)
        if sum(its.families for its in waiting) >= rows:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


@frozen(eq=False)
class DrawnFamilies:
    """Some families in need, row by row.

    Attributes:
        commune: for each row the place of its commune in the list that was given.
        number: for each row the number of the family in its commune, from 0.
        facts: for each row and each need and circumstance of the catalogue whether it is present.
        reasons: for each row and each reason of the population whether it is there.
        lot: a number from 0 to 1 for each row, by which samples are taken.
    """

    commune: NDArray[np.intp]
    number: NDArray[np.int64]
    facts: NDArray[np.bool_]
    reasons: NDArray[np.bool_]
    lot: NDArray[np.float32]


class FamilyGenerator:
    """Draws the families of communes.

    Args:
        population: the figures.
        seed: a whole number.
    """

    def __init__(self, population: Population, seed: int) -> None:
        self.population = population
        self.seed = seed
        catalogue = population.catalogue
        self.needs = {key: number for number, key in enumerate(catalogue.needs)}
        self.circumstances = {key: len(self.needs) + n for n, key in enumerate(catalogue.circumstances)}
        self.sets = reason_sets(population)
        self._set_steps = np.cumsum(self.sets.probability)
        self._implied = self._implications()
        self._draws = 2 + len(population.reasons) + len(population.circumstances)

    def families_in_need(self, commune: SimulatedCommune) -> int:
        """How many of the households of a commune are in need; drawn."""
        return int(stream(self.seed, commune, _NUMBERS).binomial(commune.households, commune.in_need))

    def parts(self, communes: Sequence[SimulatedCommune], numbers: Iterable[int]) -> Iterator[Part]:
        """The parts of some communes; only the numbers of families are drawn.

        Args:
            communes: the communes.
            numbers: places in `communes` of those to draw.
        """
        for place in numbers:
            count = self.families_in_need(communes[place])
            for number, start in enumerate(range(0, count, CHUNK)):
                yield Part(place, number, min(CHUNK, count - start))

    def families(self, communes: Sequence[SimulatedCommune], parts: Sequence[Part]) -> DrawnFamilies:
        """The families of some parts, one part after the other.

        Args:
            communes: the communes.
            parts: at least one of what `parts` gives for them.
        """
        draws = [
            stream(self.seed, communes[part.commune], _FAMILIES, part.number).random(
                (part.families, self._draws), dtype=np.float32
            )
            for part in parts
        ]
        sizes = [part.families for part in parts]
        places = np.repeat(np.array([part.commune for part in parts], dtype=np.intp), sizes)
        numbers = [np.arange(part.families) + part.number * CHUNK for part in parts]
        return self._families(np.concatenate(draws), places, np.concatenate(numbers), communes)

    # -- one block -------------------------------------------------------------------------------

    def _families(
        self,
        draws: NDArray[np.float32],
        places: NDArray[np.intp],
        which: NDArray[np.int64],
        communes: Sequence[SimulatedCommune],
    ) -> DrawnFamilies:
        numbers = np.ascontiguousarray(draws.T)
        lot, which_set, numbers = numbers[0], numbers[1], numbers[2:]
        found = np.searchsorted(self._set_steps, which_set, side="right")
        reasons = self.sets.members[np.minimum(found, len(self._set_steps) - 1)]
        facts = np.zeros((len(self.needs) + len(self.circumstances), len(places)), dtype=bool)
        count = len(self.population.reasons)
        self._draw_needs(facts, reasons, numbers[:count])
        kinds = np.array([_CLASSES.index(commune.kind.value) for commune in communes], dtype=np.intp)[places]
        self._draw_circumstances(facts, kinds, numbers[count:])
        return DrawnFamilies(places, which, facts.T, reasons, lot)

    def _draw_needs(self, facts: NDArray[np.bool_], reasons: NDArray[np.bool_], numbers: NDArray[np.float32]) -> None:
        """One need for every reason."""
        for place, reason in enumerate(self.population.reasons.values()):
            rows = np.flatnonzero(reasons[:, place])
            needs = np.array([self.needs[key] for key in reason.needs.values])
            steps = np.cumsum(list(reason.needs.values.values()))
            found = np.searchsorted(steps, numbers[place, rows], side="right")
            facts[needs[np.minimum(found, len(needs) - 1)], rows] = True

    def _draw_circumstances(
        self, facts: NDArray[np.bool_], kinds: NDArray[np.intp], numbers: NDArray[np.float32]
    ) -> None:
        """What follows from needs, then every circumstance where those that it implies are present."""
        for cause, follows in self._implied.items():
            facts[list(follows)] |= facts[cause]
        terms = self.population.catalogue.circumstances
        below: dict[str, NDArray[np.float32]] = {}
        for key in self._order():
            entry = self.population.circumstances[key]
            row = list(self.population.circumstances).index(key)
            chance = np.array([entry.share[kind] for kind in _CLASSES], dtype=np.float32)[kinds]
            for need, share in entry.given.items():
                chance = np.where(facts[self.needs[need]], np.maximum(chance, np.float32(share)), chance)
            its = self.circumstances[key]
            group = terms[key].one_of
            if group is None:
                drawn = numbers[row] < chance
            else:
                first = group not in below
                low = below.setdefault(group, np.zeros(len(kinds), dtype=np.float32))
                if first:
                    below[f"{group}="] = numbers[row]
                number = below[f"{group}="]
                drawn = (low <= number) & (number < low + chance)
                drawn &= ~facts[[self.circumstances[other] for other in terms if terms[other].one_of == group]].any(0)
                below[group] = low + chance
            for implied in terms[key].implies:
                drawn &= facts[self.circumstances[implied]]
            facts[its] |= drawn

    def _order(self) -> list[str]:
        """The circumstances of the population, implied ones first."""
        terms = self.population.catalogue.circumstances
        found: dict[str, None] = {}

        def add(key: str) -> None:
            for implied in terms[key].implies:
                add(implied)
            found[key] = None

        for key in terms:
            add(key)
        return [key for key in found if key in self.population.circumstances]

    def _implications(self) -> dict[int, tuple[int, ...]]:
        """For each need the circumstances that are present with it."""
        catalogue = self.population.catalogue
        found = {}
        for key, need in catalogue.needs.items():
            present = {
                name for implied in need.implies for name, value in catalogue.follows[implied, True].items() if value
            }
            if present:
                found[self.needs[key]] = tuple(
                    self.circumstances[name] for name in catalogue.circumstances if name in present
                )
        return found
