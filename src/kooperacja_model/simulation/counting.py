"""Counts, commune by commune and variant by variant, what the families of a scenario need and lack.

`BlockCounter` counts one block, wherever it is called; `Totals` adds up what it found.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from os.path import abspath
from typing import NamedTuple

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kooperacja_model.provenance import Label
from kooperacja_model.scenario import Scenario, Variant
from kooperacja_model.simulation.blocks import Block, DrawnBlock, TableOfFamilies
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.evaluate import FamilyBlock, RuleRunner, block_of_drawn
from kooperacja_model.simulation.families import FamilyGenerator
from kooperacja_model.simulation.sample import Sample, class_numbers, lowest, sample_of

__all__ = ["BASE", "BlockCounter", "BlockCounts", "Counts", "Totals", "rules_of", "variants_of"]

BASE = Variant("base", Label("stan obecny", "present state"))
"""What the variants are compared with."""


def variants_of(scenario: Scenario) -> dict[str, Variant]:
    """The variants of a scenario by key, the present state first."""
    return {BASE.key: BASE, **scenario.variants}


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

    @staticmethod
    def none(communes: int, columns: int, competences: int) -> Counts:
        """Nothing but zeros."""
        shapes = (communes,), (communes, columns), (communes, competences), (communes,), (communes,), (communes,)
        return Counts(*(np.zeros(shape, dtype=np.int64) for shape in shapes))

    def add(self, places: NDArray[np.intp], more: Counts) -> None:
        """Add the numbers of some communes, each of which is named once."""
        for name in ("families", "demand", "gaps", "short", "changed", "coverage_changed"):
            getattr(self, name)[places] += getattr(more, name)


@frozen(eq=False)
class BlockCounts:
    """What was counted of a block.

    Attributes:
        communes: the places of its communes.
        counts: by key of the variant; the first axis is that of `communes`.
        sample: the families with the lowest lots, if teams are asked for.
        contradictory: how many families have facts that contradict each other.
    """

    communes: NDArray[np.intp]
    counts: Mapping[str, Counts]
    sample: Sample | None
    contradictory: int


class Totals:
    """Numbers of several blocks added up, the same in whatever order they come.

    Args:
        counter: counted them.
        communes: the places of all their communes, sorted.
    """

    def __init__(self, counter: BlockCounter, communes: NDArray[np.intp]) -> None:
        self._classes = counter.classes
        self._size = counter.scenario.teams
        self._communes = communes
        columns, competences = len(counter.names), len(counter.required)
        self._counts = {key: Counts.none(len(communes), columns, competences) for key in counter.variants}
        self._sample: Sample | None = None
        self._contradictory = 0

    def add(self, found: BlockCounts) -> None:
        """Add what was counted of one more block."""
        places = np.searchsorted(self._communes, found.communes)
        for key, counts in found.counts.items():
            self._counts[key].add(places, counts)
        if found.sample is not None:
            both = [found.sample] if self._sample is None else [self._sample, found.sample]
            self._sample = lowest(both, self._classes, self._size)
        self._contradictory += found.contradictory

    def all(self) -> BlockCounts:
        """All together."""
        return BlockCounts(self._communes, self._counts, self._sample, self._contradictory)


class RuleSet(NamedTuple):
    """Which rules a variant has; variants with the same ones give the same advice."""

    variant: str
    model: str | None


def rules_of(variant: Variant) -> RuleSet:
    """The rules of a variant; those of the present state have its key."""
    return RuleSet(variant.key if variant.rules or variant.without else BASE.key, variant.model)


class BlockCounter:
    """Counts the families of a block.

    It can be called in any process or thread. It is sent as bytes, and made once in each process that it comes to, so
    that the rules are compiled once there.

    Args:
        scenario: what is worked out.
        communes: its communes, each with a model.
        lacking: by key of the variant, for each commune and competence whether nobody who serves the commune holds it.
    """

    def __init__(
        self, scenario: Scenario, communes: Sequence[SimulatedCommune], lacking: Mapping[str, NDArray[np.bool_]]
    ) -> None:
        if scenario.table is not None:
            scenario = evolve(scenario, table=abspath(scenario.table))
        self.scenario = scenario
        self.communes = communes
        self.lacking = lacking
        self.variants = variants_of(scenario)
        self._models = [commune.model or "" for commune in communes]
        self._runners: dict[tuple[str, str], RuleRunner] = {}
        self._catalogue = scenario.population.catalogue
        self.classes = class_numbers(communes)
        self._generator: FamilyGenerator | None = None
        self._table: TableOfFamilies | None = None
        self._content: bytes | None = None

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        if self._content is None:
            content = pickle.dumps((self.scenario, self.communes, self.lacking), pickle.HIGHEST_PROTOCOL)
            self._content = zlib.compress(content, 1)
        return _made_of, (self._content,)

    def __repr__(self) -> str:
        return f"BlockCounter({self.scenario.label.en!r})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `Counts.demand`; the same for all models."""
        return self._runner(BASE, self._models[0]).names

    @property
    def required(self) -> list[int]:
        """The columns of required competences, in the order of the catalogue."""
        places = {name: place for place, name in enumerate(self.names)}
        return [places[f"competence__{key}__required"] for key in self._catalogue.competences]

    @property
    def generator(self) -> FamilyGenerator:
        """Draws the families."""
        if self._generator is None:
            self._generator = FamilyGenerator(self.scenario.population, self.scenario.seed)
        return self._generator

    def __call__(self, block: Block) -> BlockCounts:
        """Count a block.

        Raises:
            TableError: values of the table cannot be used.
        """
        pieces = [self._count(families) for families in self._families(block)]
        if len(pieces) == 1:
            return pieces[0]
        totals = Totals(self, np.unique(np.concatenate([piece.communes for piece in pieces])))
        for piece in pieces:
            totals.add(piece)
        return totals.all()

    def _families(self, block: Block) -> Iterator[FamilyBlock]:
        if isinstance(block, DrawnBlock):
            yield block_of_drawn(self.generator.families(self.communes, block.parts))
        else:
            if self._table is None:
                assert self.scenario.table is not None
                self._table = TableOfFamilies(self.scenario.table, next(iter(self.scenario.models.values())))
            yield from self._table.read(block, self.communes, self.scenario.seed)

    def _count(self, block: FamilyBlock) -> BlockCounts:
        by_commune = _ByCommune(block.commune)
        competences = self.required
        base, contradictory = self._advice(BASE, block)
        advice = {rules_of(BASE): base}
        for variant in self.variants.values():
            if rules_of(variant) not in advice:
                advice[rules_of(variant)], _ = self._advice(variant, block)
        demand = {rules: by_commune.count(its) for rules, its in advice.items()}
        changed = {rules: by_commune.count(_any(its ^ base))[:, 0] for rules, its in advice.items()}
        missing = self._missing(BASE, base[competences], block)
        counts = {}
        for key, variant in self.variants.items():
            rules = rules_of(variant)
            lacks = self._missing(variant, advice[rules][competences], block)
            counts[key] = Counts(
                families=by_commune.all(),
                demand=demand[rules],
                gaps=by_commune.count(lacks),
                short=by_commune.count(_any(lacks))[:, 0],
                changed=changed[rules],
                coverage_changed=by_commune.count(_any(lacks ^ missing))[:, 0],
            )
        terms = len(self._catalogue.needs) + len(self._catalogue.circumstances)
        size = self.scenario.teams
        sample = sample_of(block, self.classes, size, terms) if size else None
        return BlockCounts(by_commune.here, counts, sample, contradictory)

    def _runner(self, variant: Variant, model: str) -> RuleRunner:
        """The rules of a model under a variant, compiled once."""
        where = rules_of(variant).variant, variant.model or model
        if where not in self._runners:
            self._runners[where] = RuleRunner(variant.applied(self.scenario.models[where[1]]))
        return self._runners[where]

    def _advice(self, variant: Variant, block: FamilyBlock) -> tuple[Bits, int]:
        """The advice for each family by the rules of its commune's model, and how many contradict themselves."""
        here = sorted({variant.model or self._models[place] for place in np.unique(block.commune) if place >= 0})
        total: Bits = np.zeros((len(self.names), -(-block.facts.rows // 8)), dtype=np.uint8)
        wrong = 0
        for key in here:
            its = np.array([(variant.model or model) == key for model in self._models] + [False])[block.commune]
            mask = np.packbits(its, bitorder="little")
            found, contradictory = self._runner(variant, key).run(block, self.communes)
            found &= mask
            total |= found
            wrong += int(np.bitwise_count(contradictory & mask).sum())
        return total, wrong

    def _missing(self, variant: Variant, required: Bits, block: FamilyBlock) -> Bits:
        """For each competence the families that require it and that nobody who serves the commune holds it for."""
        lacking = np.vstack([self.lacking[variant.key], np.zeros(len(required), dtype=bool)])
        somewhere = lacking[np.unique(block.commune)].any(axis=0)
        missing: Bits = np.zeros_like(required)
        for row in np.flatnonzero(somewhere & required.any(axis=1)):
            missing[row] = required[row] & np.packbits(lacking[block.commune, row], bitorder="little")
        return missing


def _any(bits: Bits) -> Bits:
    """Where at least one of the rows has a bit."""
    found: Bits = np.bitwise_or.reduce(bits, axis=0)[np.newaxis]
    return found


class _ByCommune:
    """Counts bits by the commune of their row.

    Args:
        commune: the place of the commune of each row, or -1 for rows that are not counted.

    Attributes:
        here: the places of the communes that there are, sorted.
    """

    def __init__(self, commune: NDArray[np.intp]) -> None:
        order = np.argsort(commune, kind="stable")
        self._rows = len(commune)
        order = order[np.searchsorted(commune, 0, sorter=order) :]
        in_order = len(order) == self._rows and bool((commune[1:] >= commune[:-1]).all())
        self._order = None if in_order else order
        self._counted = len(order)
        self.here, self._starts = np.unique(commune[order], return_index=True)

    def all(self) -> Numbers:
        """The rows of each commune."""
        return np.diff([*self._starts, self._counted])

    def count(self, bits: Bits) -> Numbers:
        """For each commune and each row of bits how many are set."""
        found = np.zeros((len(self.here), len(bits)), dtype=np.int64)
        for number, row in enumerate(bits):
            if row.any():
                values = np.unpackbits(row, count=self._rows, bitorder="little")
                its = values if self._order is None else values[self._order]
                found[:, number] = np.add.reduceat(its, self._starts, dtype=np.int64)
        return found


@lru_cache(maxsize=2)
def _made_of(content: bytes) -> BlockCounter:
    """The counter of a scenario in this process."""
    return BlockCounter(*pickle.loads(zlib.decompress(content)))
