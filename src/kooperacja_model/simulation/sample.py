"""The sample of families for which teams are worked out: of each class of communes those with the lowest lots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Bytes, Facts
from kooperacja_model.population import CommuneClass
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.evaluate import FamilyBlock

__all__ = ["Sample", "class_numbers", "lowest", "sample_of"]


@frozen(eq=False)
class Sample:
    """Some families.

    Attributes:
        commune: for each family the place of its commune.
        number: the number of the family in its commune, or in its table.
        lot: the lot that it drew.
        present: for each family (first axis) and each need and circumstance whether it is present.
        known: whether that is known.
    """

    commune: NDArray[np.intp]
    number: NDArray[np.int64]
    lot: NDArray[np.float32]
    present: NDArray[np.bool_]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.commune)

    def at(self, rows: NDArray[np.intp]) -> Sample:
        """Some of the families."""
        return Sample(self.commune[rows], self.number[rows], self.lot[rows], self.present[rows], self.known[rows])

    def facts(self) -> Facts:
        """The facts in columns of bits; those that are not known of any family are left out."""
        its = np.flatnonzero(self.known.any(axis=0)).tolist()
        open_ = np.flatnonzero(self.known.any(axis=0) & ~self.known.all(axis=0)).tolist()
        return Facts(len(self), _columns(self.present, its), _columns(self.known, open_), frozenset())


def _columns(flags: NDArray[np.bool_], numbers: Sequence[int]) -> dict[int, Bytes]:
    return {number: np.packbits(flags[:, number], bitorder="little") for number in numbers}


def class_numbers(communes: Iterable[SimulatedCommune]) -> NDArray[np.intp]:
    """For each commune the number of its class, and a last one for no commune."""
    numbers = {kind: number for number, kind in enumerate(CommuneClass)}
    return np.array([*(numbers[commune.kind] for commune in communes), -1], dtype=np.intp)


def sample_of(block: FamilyBlock, classes: NDArray[np.intp], size: int, terms: int) -> Sample:
    """The families of a block that have the lowest lots.

    Args:
        block: the families.
        classes: what `class_numbers` gives.
        size: how many of each class.
        terms: how many needs and circumstances there are.
    """
    rows = _lowest(classes[block.commune], block.lot, block.commune, block.number, size)
    present, known = np.zeros((2, len(rows), terms), dtype=bool)
    for number in range(terms):
        known[:, number] = number in block.facts.values or number in block.facts.absent
        if number in block.facts.values:
            present[:, number] = _at(block.facts.values[number], rows)
        if number in block.facts.valid:
            known[:, number] = _at(block.facts.valid[number], rows)
    return Sample(block.commune[rows], block.number[rows], block.lot[rows], present & known, known)


def lowest(samples: Sequence[Sample], classes: NDArray[np.intp], size: int) -> Sample:
    """The families with the lowest lots of several samples, the same in whatever order these come.

    Args:
        samples: at least one.
        classes: what `class_numbers` gives.
        size: how many of each class.
    """
    both = Sample(
        *(
            np.concatenate([getattr(sample, name) for sample in samples])
            for name in ("commune", "number", "lot", "present", "known")
        )
    )
    return both.at(_lowest(classes[both.commune], both.lot, both.commune, both.number, size))


def _lowest(
    kinds: NDArray[np.intp],
    lot: NDArray[np.float32],
    commune: NDArray[np.intp],
    number: NDArray[np.int64],
    size: int,
) -> NDArray[np.intp]:
    """Of each class the rows with the lowest lots; where these are the same, the commune and the number decide."""
    found = []
    for kind in range(len(CommuneClass)):
        rows = np.flatnonzero(kinds == kind)
        if len(rows) > size:
            limit = np.partition(lot[rows], size)[size]
            rows = rows[lot[rows] <= limit]
        order = np.lexsort((number[rows], commune[rows], lot[rows]))
        found.append(rows[order[:size]])
    return np.concatenate(found)


def _at(bits: Bytes, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (bits[rows >> 3] >> (rows & 7).astype(np.uint8) & 1).astype(bool)
    return found
