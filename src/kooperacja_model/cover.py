"""The smallest sufficient team: which candidates together cover every required competence, proven best.

A competence is a bit, a candidate the mask of the bits it covers. Teams are compared by

1. fewest members from outside the commune (`far`),
2. fewest members,
3. most advised competences covered by all members together (`bonus`),
4. most members bound by an agreement (`agreed`),
5. key order: the lexicographically smallest tuple of indexes,

so there is exactly one best team, and nobody is a member only for a bonus. Finding it is weighted
set cover. The search is over masks of what is still uncovered, in two steps that remember what
they know of each mask: first the least cost (levels 1 and 2) by iterative deepening below two
lower bounds, then the preferred team of that cost (levels 3 to 5) by dynamic programming.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from attrs import frozen

__all__ = ["Candidate", "CandidatePool", "Cover", "best_cover"]

_Option: TypeAlias = tuple[int, int, int, int]
"""What a member would bring: required bits, cost, advised bits, rank (agreement, then key order)."""

_FINE = 32
"""Binary digits after the point of the prices of bits; they are rounded down, so a bound stays one."""


@frozen
class Candidate:
    """Somebody who may be a member of the team.

    Attributes:
        covers: mask of the competences that it has; bit 0 is the first competence.
        far: it is from outside the commune.
        agreed: it is bound by an agreement.
    """

    covers: int
    far: bool = False
    agreed: bool = False


@frozen
class Cover:
    """The team that covers a demand.

    Attributes:
        chosen: indexes of its members in order, those that were fixed included.
        uncovered: mask of required competences that no candidate covers.
        optimal: it is proven to be the best one on all five levels.
        cost: its members from outside the commune, its members.
        bound: proven lower bound of `cost` in this order; equal to it if `optimal`.
        nodes: branches that the search looked at.
    """

    chosen: tuple[int, ...]
    uncovered: int
    optimal: bool
    cost: tuple[int, int]
    bound: tuple[int, int]
    nodes: int


class CandidatePool:
    """The candidates of one network, made ready once and asked for many demands.

    Args:
        candidates: the candidates in key order; teams name them by their index.

    Raises:
        ValueError: if a mask is negative.

    >>> pool = CandidatePool([Candidate(0b0011), Candidate(0b0110), Candidate(0b1100)])
    >>> pool.best_cover(0b1111).chosen, pool.best_cover(0b0110).chosen
    ((0, 2), (1,))
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = tuple(candidates)
        self._all = self._near = 0
        for candidate in self._candidates:
            self._all |= candidate.covers
            if not candidate.far:
                self._near |= candidate.covers
        if self._all < 0:
            raise ValueError("candidates: a mask of competences is negative; give an integer of 0 or more")
        self._far = 1 << self._all.bit_length()
        self._agreed = self._far << 1
        last = len(self._candidates) - 1
        first: dict[int, int] = {}
        for index, candidate in enumerate(self._candidates):
            kind = candidate.covers | self._far * candidate.far | self._agreed * candidate.agreed
            first.setdefault(kind, 1 << last - index)
        # Backwards, so that of two kinds that are the same for a demand the one that comes first in key order stays.
        self._kinds = tuple(reversed(first.items()))

    def best_cover(self, demand: int, bonus: int = 0, fixed: Collection[int] = (), limit: int = 200_000) -> Cover:
        """The best team for a demand.

        Args:
            demand: mask of the competences that are required.
            bonus: mask of the competences that are advised.
            fixed: indexes of candidates that are members anyway.
            limit: branches to look at before the search gives up.

        Returns:
            The best team, or with `optimal=False` one found within the limit.

        Raises:
            ValueError: if a mask is negative, or an index is not one of a candidate.

        >>> pool = CandidatePool([Candidate(0b001), Candidate(0b011, far=True), Candidate(0b110)])
        >>> pool.best_cover(0b011, bonus=0b100).chosen
        (0, 2)
        >>> pool.best_cover(0b1011, fixed=[1])
        Cover(chosen=(1,), uncovered=8, optimal=True, cost=(1, 1), bound=(1, 1), nodes=0)
        """
        candidates = self._candidates
        if demand < 0 or bonus < 0:
            raise ValueError("demand and bonus: a mask of competences is negative; give integers of 0 or more")
        members = set(fixed)
        for index in members:
            if not 0 <= index < len(candidates):
                raise ValueError(f"fixed: no candidate has index {index}; give indexes below {len(candidates)}")
        held = _union(candidates[index].covers for index in members)
        need = demand & self._all & ~held
        options = self._options(need, bonus & self._all & ~held)
        search = _Search(need, need & ~self._near, options, len(candidates), limit)
        try:
            search.find_least_cost()
            team, optimal = search.preferred(), True
        except (_LimitReached, RecursionError):  # the depth is that of the team, so a thousand members are too many
            team, optimal = search.stopgap(), False
        far, number = sum(candidates[index].far for index in members), len(members)
        least_far, least_number = divmod(search.lower, search.far_cost)
        members.update(len(candidates) - key.bit_length() for key in _bits(team))
        return Cover(
            chosen=tuple(sorted(members)),
            uncovered=demand & ~self._all,
            optimal=optimal,
            cost=(sum(candidates[index].far for index in members), len(members)),
            bound=(far + least_far, number + least_number),
            nodes=search.nodes,
        )

    def _options(self, need: int, bonus: int) -> list[_Option]:
        """What candidates would bring, without those that are in no best team.

        - Who covers nothing that is needed would be a member only for a bonus.
        - Of candidates that bring the same, the first in key order can replace each other one.
        - Somebody far away has to cover a bit that nobody near covers and no other member covers; else
          the members near who cover the rest of its bits would replace it.
        """
        only_far, far_cost, agreement = need & ~self._near, need.bit_count() + 1, 1 << len(self._candidates)
        far, agreed = self._far, self._agreed
        matters = need | bonus | far | agreed
        first = {kind & matters: key for kind, key in self._kinds if kind & need}
        return [
            (kind & need, far_cost + 1 if kind & far else 1, kind & bonus, agreement + key if kind & agreed else key)
            for kind, key in first.items()
            if kind & only_far or not kind & far
        ]


def best_cover(
    demand: int, candidates: Sequence[Candidate], bonus: int = 0, fixed: Collection[int] = (), limit: int = 200_000
) -> Cover:
    """The best team for one demand; for many demands make a `CandidatePool` once.

    >>> best_cover(0b11, [Candidate(0b01), Candidate(0b10), Candidate(0b11), Candidate(0b11, agreed=True)]).chosen
    (3,)
    """
    return CandidatePool(candidates).best_cover(demand, bonus, fixed, limit)


class _LimitReached(Exception):
    """The search has looked at as many branches as it may."""


class _Search:
    """The search for one demand. Masks are of needed bits; the cost of a team is one integer.

    A member costs 1, one from far away `far_cost` more. Every member covers a bit that those before
    it do not, so a team has fewer than `far_cost` members and the sum is the order of levels 1 and 2.
    A team itself is a mask of `width` bits: candidate i is bit `width` - 1 - i, so the larger integer of
    two teams of one size comes first in key order.
    """

    def __init__(self, need: int, only_far: int, options: list[_Option], width: int, limit: int) -> None:
        self.need = need
        self.only_far = only_far
        self.options = options
        self.width = width
        self.limit = limit
        self.nodes = 0
        self.far_cost = need.bit_count() + 1
        self.strongest: list[_Option] = []  # enough for the least cost: the others cover less and are not cheaper
        for option in sorted(options, key=_size, reverse=True):
            for mask, cost, _, _ in self.strongest:
                if not option[0] & ~mask and cost <= option[1]:
                    break
            else:
                self.strongest.append(option)
        self.takers: dict[int, list[_Option]] = {}  # who covers a bit
        self.strong_takers: dict[int, list[_Option]] = {}
        for bit in _bits(need):
            self.takers[bit] = [option for option in options if option[0] & bit]
            self.strong_takers[bit] = [option for option in self.strongest if option[0] & bit]
        # The bit to cover next is always the one that fewest candidates cover, in an order fixed here.
        self.order = sorted(self.takers, key=lambda bit: (len(self.strong_takers[bit]), len(self.takers[bit])))
        self.apart: list[tuple[int, int, int]] = []  # bit, the bits that nobody covers together with it, its cost
        for bit in self.order:
            together = _union([option[0] for option in self.strong_takers[bit]])
            self.apart.append((bit, ~together, self.far_cost + 1 if bit & only_far else 1))
        self.least: dict[int, int] = {}  # proven lower bound of the cost to cover a mask
        self.cost: dict[int, int] = {0: 0}  # cost of a team found for it
        self.member: dict[int, _Option] = {}  # a member of that team
        self.lower = self._bound_by_bits_apart(need)

    def find_least_cost(self) -> None:
        """Raise `lower` until it is the least cost: far members first, as they are few."""
        far = self.lower // self.far_cost
        while not self._within(self.only_far, far * (self.far_cost + 1)):
            far += 1
            self.lower += self.far_cost
        while not self._within(self.need, self.lower):
            self.lower = max(self.lower + 1, far * self.far_cost + self._members_by_size(self.need))

    def _within(self, left: int, budget: int) -> bool:
        """Whether a mask can be covered at a cost of at most `budget`."""
        if self.cost.get(left, budget + 1) <= budget:
            return True
        least = self.least.get(left)
        if least is None:
            least = self._bound_by_bits_apart(left)
            if least <= budget and len(self.least) > len(self.order):  # no straight way: a better bound pays
                least = max(least, least - least % self.far_cost + self._members_by_size(left))
            self.least[left] = least
        if least > budget:
            return False
        takers = self.strong_takers[next(filter(left.__and__, self.order))]
        self._count(len(takers))
        for option in takers:
            rest = left & ~option[0]
            if self._within(rest, budget - option[1]):
                self.cost[left] = self.cost[rest] + option[1]
                self.member[left] = option
                return True
        self.least[left] = budget + 1
        return False

    def _bound_by_bits_apart(self, left: int) -> int:
        """Lower bound of the cost: of bits of which nobody covers two, each takes a member of its own."""
        total = 0
        for bit, apart, cost in self.apart:
            if left & bit:
                left &= apart
                total += cost
        return total

    def _members_by_size(self, left: int) -> int:
        """Lower bound of the number of members, by prices of bits of which nobody covers more than 1.

        The price of a bit is 1/k where k is the most bits that anybody who covers it covers.
        """
        largest: dict[int, int] = {}
        for mask, _, _, _ in self.strongest:
            fresh = mask & left
            size = fresh.bit_count()
            largest[size] = largest.get(size, 0) | fresh
        total = 0
        for size in sorted(filter(None, largest), reverse=True):
            total += ((left & largest[size]).bit_count() << _FINE) // size
            left &= ~largest[size]
        return -(-total >> _FINE)

    def preferred(self) -> int:
        """The preferred team among those of the cost `lower`.

        Layer by layer one member more. What the members so far mean for the rest of the team is only
        the mask that is left and, of the advised bits that they cover, those that somebody who could
        still join covers too; the others are counted. So of all ways to such a state the one of the
        highest value is enough. Value: advised bits counted, agreements, team, as digits of one integer.
        Ways to one mask cost the same, since each can be completed to a team of the least cost and no
        cheaper one.
        """
        advised = [(mask, bonus) for mask, _, bonus, _ in self.options if bonus]
        open_to: dict[int, int] = {0: 0}
        digit = self.width + self.far_cost.bit_length()
        states = {(self.need, 0): (0, self.lower)}
        while (0, 0) not in states:
            following: dict[tuple[int, int], tuple[int, int]] = {}
            for (left, still), (value, budget) in states.items():
                takers = self.takers[next(filter(left.__and__, self.order))]
                self._count(len(takers))
                for mask, cost, bonus, rank in takers:
                    rest = left & ~mask
                    if not self._within(rest, budget - cost):
                        continue
                    if rest not in open_to:
                        open_to[rest] = _union([bonus for mask, bonus in advised if mask & rest])
                    covered = still | bonus
                    state = rest, covered & open_to[rest]
                    worth = value + rank + ((covered & ~open_to[rest]).bit_count() << digit)
                    if state not in following or worth > following[state][0]:
                        following[state] = worth, budget - cost
            states = following
        return states[0, 0][0] & (1 << self.width) - 1

    def stopgap(self) -> int:
        """A team found so far: of the least cost once that is known, else a greedy one."""
        team: list[_Option] = []
        left = self.need
        while left:
            if left in self.member:
                option = self.member[left]
            else:
                option = max(self.strongest, key=lambda option: (option[0] & left).bit_count() / option[1])
            team.append(option)
            left &= ~option[0]
        for option in tuple(team):
            others = [other for other in team if other is not option]
            if not self.need & ~_union(mask for mask, _, _, _ in others):
                team = others
        return _union(rank for _, _, _, rank in team) & (1 << self.width) - 1

    def _count(self, branches: int) -> None:
        self.nodes += branches
        if self.nodes > self.limit:
            raise _LimitReached


def _size(option: _Option) -> int:
    """How many needed bits it covers."""
    return option[0].bit_count()


def _bits(mask: int) -> Iterator[int]:
    """The bits of a mask, each as a mask."""
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _union(masks: Iterable[int]) -> int:
    """The bits that are in any of the masks."""
    union = 0
    for mask in masks:
        union |= mask
    return union
