"""Made-up families for the benchmarks: two or three needs each and about four circumstances, everything else known.

The families have nothing to do with the population that the library ships, and say nothing about real ones: they
are drawn from one seed and only agree with the catalogue (`implies`, `one_of`). The first families of a larger number
are those of a smaller one.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from numpy.typing import NDArray

import kooperacja_model as km
from kooperacja_model.provenance import Table

Bits = NDArray[np.uint8]
"""One bit for each family, as in Arrow: family `i` is bit `i % 8` of byte `i // 8`."""

SEED = 5
BLOCK = 1 << 18
"""Families that are drawn at a time."""

NUMBERS_OF_NEEDS = (0.22, 0.36, 0.25, 0.12, 0.05)
"""Share of families for which one, two ... five needs are drawn; a need drawn twice counts once."""
CIRCUMSTANCES = 2.9
"""How many circumstances are drawn on average; those that follow from needs and from each other come on top."""


@frozen(eq=False)
class Families:
    """Families as one row of bits for each fact.

    Attributes:
        model: the model whose facts they are.
        rows: number of families.
        facts: keys of needs, circumstances and features that the model leaves open.
        values: for each fact where it is present.
        valid: for each fact where it is known.
    """

    model: km.CooperationModel
    rows: int
    facts: tuple[str, ...]
    values: Bits
    valid: Bits

    def table(self) -> Any:
        """An Arrow table with one boolean column for each fact; null is unknown."""
        columns = []
        for values, valid in zip(self.values, self.valid, strict=True):
            known = np.unpackbits(valid, count=self.rows, bitorder="little").all()
            buffers = [None if known else pa.py_buffer(valid), pa.py_buffer(values)]
            columns.append(pa.BooleanArray.from_buffers(pa.bool_(), self.rows, buffers))
        return pa.Table.from_arrays(columns, names=list(self.facts))

    def means(self) -> tuple[float, float, float]:
        """Needs and circumstances per family, and the share of circumstances that are unknown."""
        first = len(self.model.catalogue.needs)
        last = first + len(self.model.catalogue.circumstances)
        needs, circumstances, known = (
            float(np.bitwise_count(bits).sum()) / self.rows
            for bits in (self.values[:first], self.values[first:last], self.valid[first:last])
        )
        return needs, circumstances, 1 - known / (last - first)


def make_families(model: km.CooperationModel, rows: int, unknown: float = 0.0) -> Families:
    """Draw families.

    Args:
        model: its catalogue is used.
        rows: how many.
        unknown: share of circumstances that nobody asked for; what follows from the others stays known.
    """
    features = tuple(key for key in model.catalogue.features if key not in model.features)
    facts = (*model.catalogue.needs, *model.catalogue.circumstances, *features)
    size = -(-rows // 8)
    values: Bits = np.zeros((len(facts), size), dtype=np.uint8)
    valid: Bits = np.zeros((len(facts), size), dtype=np.uint8)
    drawing = _Drawing(model, facts, unknown)
    for number, start in enumerate(range(0, size, BLOCK // 8)):
        present, known = drawing.block(np.random.default_rng([SEED, number]))
        width = min(BLOCK // 8, size - start)
        values[:, start : start + width] = present[:, :width]
        valid[:, start : start + width] = known[:, :width]
    if rows % 8:
        values[:, -1] &= (1 << rows % 8) - 1
        valid[:, -1] &= (1 << rows % 8) - 1
    return Families(model, rows, facts, values, valid)


class _Drawing:
    """Draws families block by block."""

    def __init__(self, model: km.CooperationModel, facts: tuple[str, ...], unknown: float) -> None:
        self.catalogue = model.catalogue
        self.numbers = {key: number for number, key in enumerate(facts)}
        self.unknown = unknown
        rng = np.random.default_rng(SEED)
        self.need_shares = _skewed(len(self.catalogue.needs), rng)
        self.circumstance_shares = CIRCUMSTANCES * _skewed(len(self.catalogue.circumstances), rng)

    def block(self, rng: np.random.Generator) -> tuple[Bits, Bits]:
        """Where facts are present and where they are known, for `BLOCK` families."""
        present: Bits = np.zeros((len(self.numbers), BLOCK // 8), dtype=np.uint8)
        absent: Bits = np.zeros_like(present)
        for need, drawn in zip(self.catalogue.needs, self._needs(rng), strict=True):
            self._add(need, self._follows(need), drawn, present, absent)
        for key, share in zip(self.catalogue.circumstances, self.circumstance_shares, strict=True):
            self._add(key, self.catalogue.follows[key, True], _bits(rng, float(share)), present, absent)
        if "land_powiat" in self.numbers:
            self._draw_features(rng, present)
        return present, self._known(rng, present)

    def _needs(self, rng: np.random.Generator) -> Bits:
        """One to five needs for each family."""
        there = np.zeros((len(self.need_shares), BLOCK), dtype=bool)
        rows = np.arange(BLOCK)
        draws = rng.random(BLOCK)
        need_limits = np.cumsum(self.need_shares)[:-1]
        for number in (0.0, *list(accumulate(NUMBERS_OF_NEEDS))[:-1]):
            drawn = np.searchsorted(need_limits, rng.random(BLOCK))
            there[drawn[draws >= number], rows[draws >= number]] = True
        packed: Bits = np.packbits(there, axis=1, bitorder="little")
        return packed

    def _follows(self, need: str) -> Mapping[str, bool]:
        followed: dict[str, bool] = {}
        for implied in self.catalogue.needs[need].implies:
            followed.update(self.catalogue.follows[implied, True])
        return followed

    def _add(self, key: str, follows: Mapping[str, bool], drawn: Bits, present: Bits, absent: Bits) -> None:
        """Make a fact present with all that follows, except where that would contradict what is there."""
        there = drawn & ~absent[self.numbers[key]]
        for other, value in follows.items():
            there &= ~(absent if value else present)[self.numbers[other]]
        present[self.numbers[key]] |= there
        for other, value in follows.items():
            (present if value else absent)[self.numbers[other]] |= there

    def _draw_features(self, rng: np.random.Generator, present: Bits) -> None:
        rights, joint = _bits(rng, 0.3), _bits(rng, 0.9)
        for key, its in (
            ("city_with_powiat_rights", rights),
            ("land_powiat", ~rights),
            ("joint_ops_pcpr", rights & joint),
        ):
            present[self.numbers[key]] = its

    def _known(self, rng: np.random.Generator, present: Bits) -> Bits:
        """Where each fact is known, when nobody asked for some and all that follows from the others is known."""
        everywhere = np.full(BLOCK // 8, 255, dtype=np.uint8)
        asked = dict.fromkeys(self.numbers, everywhere)
        for key in self.catalogue.circumstances if self.unknown else ():
            asked[key] = ~_bits(rng, self.unknown)
        known: Bits = np.array(list(asked.values()))
        for key in self.catalogue.needs:
            for other in self._follows(key):
                known[self.numbers[other]] |= present[self.numbers[key]]
        for (key, value), follows in self.catalogue.follows.items():
            its = present[self.numbers[key]] if value else ~present[self.numbers[key]]
            for other in follows:
                known[self.numbers[other]] |= its & asked[key]
        for row, bits in zip(known, present, strict=True):
            bits &= row
        return known


def _skewed(number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Shares that sum to one, some several times as large as others, in no order."""
    shares = 1 / (6 + rng.permutation(number))
    skewed: NDArray[np.float64] = shares / shares.sum()
    return skewed


def _bits(rng: np.random.Generator, share: float) -> Bits:
    """Bits of which a share (in steps of 1/65,536) is set."""
    drawn = rng.integers(0, 1 << 16, BLOCK, dtype=np.uint16) < round(share * (1 << 16))
    packed: Bits = np.packbits(drawn, bitorder="little")
    return packed


def multiplied(model: km.CooperationModel, times: int) -> km.CooperationModel:
    """A model with so many times as many rules: each copy has needs of its own, and the circumstances are shared."""
    catalogue = model.catalogue
    needs = dict(catalogue.needs)
    rules = dict(model.rules)
    for number in range(2, times + 1):
        names = {key: f"{key}_{number}" for key in catalogue.needs}
        needs |= {name: evolve(catalogue.needs[key], key=name) for key, name in names.items()}
        rules |= {f"{key}_{number}": _renamed(rule, names, number) for key, rule in model.rules.items()}
    return evolve(model, catalogue=evolve(catalogue, needs=Table(needs)), rules=Table(rules))


def _renamed(rule: km.Rule, names: Mapping[str, str], number: int) -> km.Rule:
    def renamed(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(key, key) for key in keys)

    when = km.Condition(renamed(rule.when.all), renamed(rule.when.any), renamed(rule.when.none))
    return evolve(rule, key=f"{rule.key}_{number}", when=when, needs=renamed(rule.needs))
