"""Counts, commune by commune and variant by variant, what the families of a scenario need and lack."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.case import Answer, Case
from kooperacja_model.commune import Commune
from kooperacja_model.population import CommuneClass
from kooperacja_model.provenance import Label
from kooperacja_model.scenario import Scenario, Variant
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.evaluate import FamilyBlock, RuleRunner
from kooperacja_model.simulation.networks import Networks

__all__ = ["BASE", "Counting", "Counts", "Sample", "SampledFamily"]

BASE = Variant("base", Label("stan obecny", "present state"))
"""What the variants are compared with."""

Bits = NDArray[np.uint8]
Numbers = NDArray[np.int64]


@frozen(eq=False)
class Counts:
    """Numbers of families of one variant; the first axis is the commune.

    Attributes:
        families: families in need.
        demand: for each column of advice the families that it holds for.
        gaps: for each competence the families that require it and that nobody who serves the commune holds it for.
        short: families with at least one such gap.
        changed: families whose advice is another one than in the present state.
        coverage_changed: families for which other competences are missing than in the present state.
    """

    families: Numbers
    demand: Numbers
    gaps: Numbers
    short: Numbers
    changed: Numbers
    coverage_changed: Numbers


@frozen(eq=False)
class SampledFamily:
    """A family that teams are worked out for."""

    place: int
    case: Case


class Counting:
    """Counts block by block.

    Args:
        scenario: what is worked out.
        communes: its communes, each with a model.
        networks: their institutions.
    """

    def __init__(self, scenario: Scenario, communes: Sequence[SimulatedCommune], networks: Networks) -> None:
        self.scenario = scenario
        self.communes = communes
        self.variants = {BASE.key: BASE, **scenario.variants}
        self.models = [commune.model or "" for commune in communes]
        self.runners: dict[tuple[str, str], RuleRunner] = {}
        self.lacking = {key: ~networks.held(communes, variant) for key, variant in self.variants.items()}
        self.names = self._runner(BASE, self.models[0]).names
        catalogue = scenario.population.catalogue
        places = {name: place for place, name in enumerate(self.names)}
        self.required = [places[f"competence__{key}__required"] for key in catalogue.competences]
        self.sample = Sample(scenario, communes)
        count = len(communes)
        self.counts = {key: _empty(count, len(self.names), len(self.required)) for key in self.variants}

    def _runner(self, variant: Variant, model: str) -> RuleRunner:
        """The rules of a model under a variant, compiled once."""
        key = variant.model or model
        changes = bool(variant.rules or variant.without)
        where = (variant.key if changes else BASE.key, key)
        if where not in self.runners:
            self.runners[where] = RuleRunner(variant.applied(self.scenario.models[key]))
        return self.runners[where]

    def add(self, block: FamilyBlock) -> None:
        """Count some more families."""
        self.sample.add(block)
        by_commune = _ByCommune(block.commune, len(self.communes))
        base = self._advice(BASE, block)
        missing = self._missing(BASE, base, block)
        for key, variant in self.variants.items():
            advice = self._advice(variant, block)
            lacks = self._missing(variant, advice, block)
            counts = self.counts[key]
            counts.families[:] += by_commune.all()
            counts.demand[:] += by_commune.count(advice)
            counts.gaps[:] += by_commune.count(lacks)
            counts.short[:] += by_commune.count(_any(lacks))[:, 0]
            counts.changed[:] += by_commune.count(_any(advice ^ base))[:, 0]
            counts.coverage_changed[:] += by_commune.count(_any(lacks ^ missing))[:, 0]

    def _advice(self, variant: Variant, block: FamilyBlock) -> Bits:
        """The advice for each family by the rules of its commune's model."""
        here = {self.models[place] for place in np.unique(block.commune) if place >= 0}
        runners = {key: self._runner(variant, key) for key in sorted(here)}
        size = -(-block.facts.rows // 8)
        total: Bits = np.zeros((len(self.names), size), dtype=np.uint8)
        for key, runner in runners.items():
            its = np.array([model == key for model in [*self.models, ""]])[block.commune]
            total |= runner.run(block, self.communes) & np.packbits(its, bitorder="little")
        return total

    def _missing(self, variant: Variant, advice: Bits, block: FamilyBlock) -> Bits:
        """For each competence the families that require it and that nobody who serves the commune holds it for."""
        lacking = np.vstack([self.lacking[variant.key], np.zeros(len(self.required), dtype=bool)])
        missing = advice[self.required]
        for row in np.flatnonzero(lacking.any(axis=0)):
            missing[row] &= np.packbits(lacking[block.commune, row], bitorder="little")
        missing[~lacking.any(axis=0)] = 0
        return missing


def _any(bits: Bits) -> Bits:
    """Where at least one of the rows has a bit."""
    found: Bits = np.bitwise_or.reduce(bits, axis=0)[np.newaxis]
    return found


def _empty(communes: int, columns: int, competences: int) -> Counts:
    shapes = (communes,), (communes, columns), (communes, competences), (communes,), (communes,), (communes,)
    return Counts(*(np.zeros(shape, dtype=np.int64) for shape in shapes))


class _ByCommune:
    """Counts bits by the commune of their row."""

    def __init__(self, commune: NDArray[np.intp], communes: int) -> None:
        order = np.argsort(commune, kind="stable")
        self.rows = len(commune)
        self.order = order[np.searchsorted(commune[order], 0) :]
        self.here, self.starts = np.unique(commune[self.order], return_index=True)
        self.communes = communes
        self.sorted = len(self.order) == self.rows and bool((self.order[1:] > self.order[:-1]).all())

    def all(self) -> Numbers:
        """The rows of each commune."""
        found = np.zeros(self.communes, dtype=np.int64)
        found[self.here] = np.diff([*self.starts, len(self.order)])
        return found

    def count(self, bits: Bits) -> Numbers:
        """For each commune and each row of bits how many are set."""
        found = np.zeros((self.communes, len(bits)), dtype=np.int64)
        for number, row in enumerate(bits):
            if row.any():
                values = np.unpackbits(row, count=self.rows, bitorder="little")
                found[self.here, number] = np.add.reduceat(values[self.order], self.starts, dtype=np.int64)
        return found


class Sample:
    """The families with the lowest lots of each class of communes.

    Args:
        scenario: says how many.
        communes: its communes.
    """

    def __init__(self, scenario: Scenario, communes: Sequence[SimulatedCommune]) -> None:
        self.size = scenario.teams
        self.catalogue = scenario.population.catalogue
        self.communes = communes
        self.kinds = np.array([list(CommuneClass).index(commune.kind) for commune in communes] + [-1])
        self.kept: dict[int, list[tuple[float, SampledFamily]]] = {}

    def add(self, block: FamilyBlock) -> None:
        """Keep those of a block that have the lowest lots so far."""
        kinds = self.kinds[block.commune]
        for kind in range(len(CommuneClass) if self.size else 0):
            rows = np.flatnonzero(kinds == kind)
            lowest = rows[np.argsort(block.lot[rows], kind="stable")[: self.size]]
            found = [(float(block.lot[row]), self._family(block, int(row))) for row in lowest]
            kept = sorted([*self.kept.get(kind, ()), *found], key=lambda one: one[0])
            self.kept[kind] = kept[: self.size]

    def families(self) -> dict[CommuneClass, tuple[SampledFamily, ...]]:
        """The families of each class."""
        return {
            kind: tuple(family for _, family in self.kept.get(number, ())) for number, kind in enumerate(CommuneClass)
        }

    def _family(self, block: FamilyBlock, row: int) -> SampledFamily:
        facts = block.facts
        terms = (*self.catalogue.needs.values(), *self.catalogue.circumstances.values())
        known = [
            number in facts.values and (number not in facts.valid or _bit(facts.valid[number], row))
            for number in range(len(terms))
        ]
        present = [number in facts.values and _bit(facts.values[number], row) for number in range(len(terms))]
        count = len(self.catalogue.needs)
        needs = tuple(need for need, its in zip(self.catalogue.needs.values(), present, strict=False) if its)
        answers = tuple(
            Answer(term, present[number])
            for number, term in enumerate(self.catalogue.circumstances.values(), count)
            if known[number] or number in facts.absent
        )
        place = int(block.commune[row])
        return SampledFamily(place, Case(needs, answers, Commune(self.communes[place].code)))


def _bit(bits: Bits, row: int) -> bool:
    return bool(bits[row >> 3] >> (row & 7) & 1)
