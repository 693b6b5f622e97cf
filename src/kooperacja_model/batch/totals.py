"""Counts families by groups, from bits: a bit never becomes a byte for more than one column of a block at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kooperacja_model.batch.arrow import Labels, Numbers
from kooperacja_model.batch.columns import Bits, Bytes
from kooperacja_model.batch.dag import TRUE

__all__ = ["Groups", "Totals"]

Counts = NDArray[np.int64]

RUN = 64
"""If runs of the same group are this long on average, they are counted run after run."""

FEW = 6
"""So many groups are otherwise counted group after group."""

RARE = 4
"""With more groups, the families of a column are looked up one by one if it is true of less than one in so many;
otherwise the column is put in the order of the groups."""

MANY = 1 << 20
"""Combinations of labels up to which a table of all of them is made."""


class Groups:
    """The groups of a table, numbered in the order in which they were seen.

    Attributes:
        labels: the labels of each group, with its number.
    """

    def __init__(self) -> None:
        self.labels: dict[tuple[object, ...], int] = {}

    def numbers(self, columns: Sequence[Labels]) -> Numbers:
        """The number of each row's group.

        Args:
            columns: the columns to group by, at least one.
        """
        sizes = [len(column.values) for column in columns]
        codes = columns[0].codes
        for column, size in zip(columns[1:], sizes[1:], strict=True):
            codes = codes * size + column.codes
        if np.prod(sizes, dtype=float) <= MANY:
            seen = np.flatnonzero(np.bincount(codes))
            places = np.zeros(int(seen.max(initial=0)) + 1, dtype=np.intp)
            places[seen] = self._numbers(columns, seen)
            return places[codes]
        seen, places = np.unique(codes, return_inverse=True)
        return np.array(self._numbers(columns, seen), dtype=np.intp)[places]

    def _numbers(self, columns: Sequence[Labels], codes: Numbers) -> list[int]:
        found = []
        for code in codes.tolist():
            labels: list[object] = []
            for column in reversed(columns):
                code, place = divmod(code, len(column.values))
                labels.append(column.values[place])
            found.append(self.labels.setdefault(tuple(reversed(labels)), len(self.labels)))
        return found


class Totals:
    """Numbers of families, by group and column. Families whose facts contradict each other are left out.

    Args:
        columns: how many columns there are.

    Attributes:
        families: for each group how many families it has.
        counts: for each group, of how many families each column is true.
    """

    def __init__(self, columns: int) -> None:
        self.families: Counts = np.zeros(0, dtype=np.int64)
        self.counts: Counts = np.zeros((0, columns), dtype=np.int64)

    def grow(self, groups: int) -> None:
        """Make room for so many groups."""
        missing = groups - len(self.families)
        if missing > 0:
            self.families = np.pad(self.families, (0, missing))
            self.counts = np.pad(self.counts, ((0, missing), (0, 0)))

    def add(self, bits: Bits, groups: Numbers | None = None) -> None:
        """Count some families.

        Args:
            bits: the answer for them, of at least one family.
            groups: the number of the group of each; if not given, all are in group 0.
        """
        matrix = bits.matrix
        if bits.conflict >= 0 and matrix[bits.conflict].any():
            marks = matrix[bits.conflict]
            matrix = matrix & ~marks
            matrix[bits.conflict] = marks
        if groups is None:
            present, sizes, counts = np.zeros(1, dtype=np.intp), np.array([bits.rows]), _in_all(matrix)[None]
        else:
            present, sizes, counts = _in_groups(matrix, groups)
        families = sizes - counts[:, bits.conflict] if bits.conflict >= 0 else sizes
        self.grow(int(present[-1]) + 1)
        self.families[present] += families
        for column, row in enumerate(bits.columns):
            if row >= 0:
                self.counts[present, column] += counts[:, row]
            elif row == TRUE:
                self.counts[present, column] += families


def _in_groups(matrix: Bytes, groups: Numbers) -> tuple[Numbers, Counts, Counts]:
    """The groups that are there, how large they are, and for each how many bits of each row of the matrix it has."""
    starts = _starts(groups)
    present, runs = np.unique(groups[starts], return_inverse=True)
    sizes = np.zeros(len(present), dtype=np.int64)
    np.add.at(sizes, runs, np.diff(starts, append=len(groups)))
    counts = np.zeros((len(present), len(matrix)), dtype=np.int64)
    if RUN * len(starts) <= len(groups) or len(starts) == 1:
        np.add.at(counts, runs, _in_runs(matrix, starts).T)
    elif len(present) <= FEW:
        its = np.empty_like(matrix)
        for number, group in enumerate(present):
            mask = np.zeros(matrix.shape[1], dtype=np.uint8)
            mask[: -(-len(groups) // 8)] = np.packbits(groups == group, bitorder="little")
            counts[number] = _in_all(np.bitwise_and(matrix, mask, out=its))
    else:
        order = np.argsort(groups.astype(np.uint16) if present[-1] < 1 << 16 else groups, kind="stable")
        starts = _starts(groups[order])
        rare = RARE * _in_all(matrix) < len(groups)
        for number, row in enumerate(matrix):
            bits = np.unpackbits(row, count=len(groups), bitorder="little")
            if rare[number]:
                counts[:, number] = np.bincount(groups[np.flatnonzero(bits.view(bool))], minlength=present[-1] + 1)[
                    present
                ]
            else:
                counts[:, number] = np.add.reduceat(bits[order], starts, dtype=np.int64)
    return present, sizes, counts


def _starts(groups: Numbers) -> Numbers:
    """Where a run of the same group begins."""
    return np.append(0, np.flatnonzero(groups[1:] != groups[:-1]) + 1)


def _in_all(matrix: Bytes) -> Counts:
    """How many bits each row of the matrix has."""
    counts: Counts = np.bitwise_count(matrix.view(np.uint64)).sum(axis=1, dtype=np.int64)
    return counts


def _in_runs(matrix: Bytes, starts: Numbers) -> Counts:
    """How many bits each row of the matrix has from each start to the next, and from the last to the end."""
    words = matrix.view(np.uint64)
    word, bit = np.divmod(starts, 64)
    firsts, places = np.unique(word, return_inverse=True)
    sums = np.add.reduceat(np.bitwise_count(words), firsts, axis=1, dtype=np.int64)
    before = np.cumsum(sums, axis=1) - sums
    part = words[:, word] & (np.uint64(1) << bit.astype(np.uint64)) - np.uint64(1)
    return np.diff(before[:, places] + np.bitwise_count(part), axis=1, append=sums.sum(axis=1, keepdims=True))
