"""Which reasons come together in a family: the least assuming distribution that has the given shares.

All sets of one to four reasons are listed. A set weighs as much as its size and its pairs say, times
one factor for each of its reasons; the factors are found so that every reason has exactly its share.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.population import Population

__all__ = ["ReasonSets", "reason_sets"]

_ROUNDS = 1000
_EXACT = 1e-10


@frozen(eq=False)
class ReasonSets:
    """Sets of reasons with their probabilities.

    Attributes:
        members: for each set and each reason of the population whether it is in the set.
        probability: of each set; they add up to 1.
    """

    members: NDArray[np.bool_]
    probability: NDArray[np.float64]


def reason_sets(population: Population) -> ReasonSets:
    """The sets of reasons of a population.

    >>> from kooperacja_model.reading.files import load_population
    >>> sets = reason_sets(load_population())
    >>> round(float(sets.probability @ sets.members[:, 0]), 6)
    0.54
    """
    keys = list(population.reasons)
    shares = np.array([reason.share for reason in population.reasons.values()])
    sizes = {int(size): weight for size, weight in population.sizes.values.items() if weight and int(size) <= len(keys)}
    sets = [members for size in sizes for members in combinations(range(len(keys)), size)]
    members = np.zeros((len(sets), len(keys)), dtype=bool)
    for number, chosen in enumerate(sets):
        members[number, list(chosen)] = True
    count = members.sum(axis=1)
    weight = np.array([sizes[int(size)] / (count == size).sum() for size in count])
    for pair in population.pairs.values():
        both = members[:, [keys.index(reason) for reason in pair.reasons]].all(axis=1)
        weight[both] *= pair.odds
    return ReasonSets(members, _fitted(weight / weight.sum(), members, shares))


def _fitted(
    probability: NDArray[np.float64], members: NDArray[np.bool_], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The distribution nearest to the given one in which every reason has its share."""
    for _ in range(_ROUNDS):
        for reason, share in enumerate(shares):
            has = members[:, reason]
            now = float(probability[has].sum())
            others = (1 - share) / (1 - now) if now < 1 else 0.0
            probability = probability * np.where(has, share / now, others)
        if np.abs(probability @ members - shares).max() < _EXACT:
            break
    total: float = probability.sum()
    return probability / total
