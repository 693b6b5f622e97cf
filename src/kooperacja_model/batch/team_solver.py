"""Exact teams for blocks of families: the rules as bits, then one search for each family.

With numba (extra `fast`) the search is compiled and runs in threads. Without it `kooperacja_model.cover`
searches once for each different demand of a network, which takes longer and gives the same teams.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import NamedTuple, TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.candidates import LocalCandidates, local_candidates, tables
from kooperacja_model.batch.columns import Bytes, Evaluator, Facts
from kooperacja_model.batch.demands import Demands, Words, compile_demands
from kooperacja_model.cover import Candidate, best_cover
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import LocalNetwork
from kooperacja_model.provenance import Basis
from kooperacja_model.team import NODE_LIMIT

__all__ = ["TeamSolver", "Teams"]

BLOCK = 8192
"""Bytes of each register: teams are searched for 65,536 families at a time."""

COMPILED_LIMIT = 20_000
"""Branches after which a compiled search is left to the one in Python, which remembers what it has seen."""

REMEMBERED = 1 << 18
"""Demands of which the answer is kept for the next family, where the search is in Python."""

_NOBODY: NDArray[np.intp] = np.zeros(0, dtype=np.intp)


@frozen(eq=False)
class Teams:
    """The teams of a block of families, without families that report no need or whose facts contradict each other.

    In a set of words, bit `i` is bit `i % 64` of word `i // 64` of a family's row.

    Attributes:
        start: number of the first family of the block in its table.
        families: how many there are in the block.
        contradictory: numbers in the block of the families whose facts contradict each other.
        rows: numbers in the block of the families that have a team; what follows is in this order.
        places: number of the family's network.
        members: who is in the team; bit `i` is the `i`-th key of the network in alphabetical order.
        size: number of members.
        outside: number of members from outside the commune.
        uncovered: required competences that nobody can bring; bit `i` is `Demands.required[i]`.
        missing: mandated types of which nobody is there; bit `i` is `Demands.mandated[i]`.
        proven: whether it is proven that no team is better.
    """

    start: int
    families: int
    contradictory: NDArray[np.intp]
    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    members: Words
    size: NDArray[np.int16]
    outside: NDArray[np.int16]
    uncovered: Words
    missing: Words
    proven: NDArray[np.bool_]


class _Found(NamedTuple):
    """The answer to one demand, as sets of bits."""

    members: int
    uncovered: int
    missing: int
    proven: bool


class TeamSolver:
    """Finds the best teams under one model, for families of some communes.

    Args:
        model: the model, or its demands.
        networks: the institutions of each commune, or what `Serving.only` makes of them for these demands.
        basis: keep only rules with a source on one of these bases. Duties always stay.
        compiled: whether to search with numba; `None` for yes if it is installed.
        threads: threads of the compiled search; `None` for one for each processor.

    Raises:
        ModuleNotFoundError: `compiled` is true and numba is not installed.

    Attributes:
        demands: what the bits of a demand stand for.
        keys: for each network the keys of its institutions, in alphabetical order.
        compiled: whether the search is compiled.

    >>> from kooperacja_model import load_model, network_from_availability
    >>> model = load_model("rural")
    >>> solver = TeamSolver(model, [network_from_availability(model, "1816122")], compiled=False)
    >>> truancy = solver.demands.program.facts.index("truancy")
    >>> facts = Facts(2, {truancy: np.array([0b10], dtype=np.uint8)}, {}, frozenset())
    >>> [(teams.rows.tolist(), teams.size.tolist()) for teams in solver.solve(facts, np.zeros(2, dtype=np.intp))]
    [([1], [3])]
    """

    def __init__(
        self,
        model: CooperationModel | Demands,
        networks: Iterable[LocalNetwork | LocalCandidates],
        basis: Iterable[Basis | str] | None = None,
        compiled: bool | None = None,
        threads: int | None = None,
    ) -> None:
        self.demands = model if isinstance(model, Demands) else compile_demands(model, basis)
        self.compiled = find_spec("numba") is not None if compiled is None else compiled
        self._threads = (threads or os.cpu_count() or 1) if self.compiled else 1
        self._local = tuple(
            local_candidates(self.demands, its) if isinstance(its, LocalNetwork) else its for its in networks
        )
        self._tables = tables(self.demands, self._local)
        places = {key: number for number, key in enumerate(self.demands.required)}
        self._competences = np.array([places[pair.competence] for pair in self.demands.pairs], dtype=np.int64)
        self._evaluator = Evaluator(self.demands.program, block=BLOCK)
        self._best_team = lru_cache(maxsize=REMEMBERED)(self._search_one)

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """For each network the keys of its institutions, in alphabetical order."""
        return tuple(local.keys for local in self._local)

    def solve(self, facts: Facts, places: NDArray[np.intp]) -> Iterator[Teams]:
        """The teams for a table, block by block, whatever the number of threads in the order of the table.

        Args:
            facts: what is given of the families.
            places: for each family the number of its network.
        """
        return _in_order(self._blocks(facts, places), self._threads)

    def _blocks(self, facts: Facts, places: NDArray[np.intp]) -> Iterator[Callable[[], Teams]]:
        """Of each block the rules, and the search that is left to do."""
        for start, bits in self._evaluator.blocks(facts):
            wrong = np.flatnonzero(_flags(bits.matrix[bits.conflict], bits.rows)) if bits.conflict >= 0 else _NOBODY
            in_need = self._in_need(facts, start, bits.rows)
            in_need[wrong] = False
            rows = np.flatnonzero(in_need)
            demands = self.demands.of(bits)[rows]
            yield partial(self._teams, start, bits.rows, wrong, rows, demands, places[start + rows])

    def _in_need(self, facts: Facts, start: int, rows: int) -> NDArray[np.bool_]:
        """Which families of a block report a need."""
        first, size = start // 8, -(-rows // 8)
        reported: Bytes = np.zeros(size, dtype=np.uint8)
        for fact in range(len(self.demands.program.needs)):
            if fact in facts.values:
                reported |= facts.values[fact][first : first + size]
        return _flags(reported, rows)

    def _teams(
        self,
        start: int,
        families: int,
        wrong: NDArray[np.intp],
        rows: NDArray[np.intp],
        demands: Words,
        places: NDArray[np.intp],
    ) -> Teams:
        members, uncovered, missing, proven = self.search(demands, places)
        return Teams(
            start=start,
            families=families,
            contradictory=wrong,
            rows=rows,
            places=places,
            members=members,
            size=_sizes(members),
            outside=_sizes(members & self._tables.far[places]),
            uncovered=uncovered,
            missing=missing,
            proven=proven,
        )

    # -- search ------------------------------------------------------------------------------

    def search(self, demands: Words, places: NDArray[np.intp]) -> tuple[Words, Words, Words, NDArray[np.bool_]]:
        """The best teams for some demands.

        Args:
            demands: rows of words, as `Demands.of` makes them.
            places: for each demand the number of the network.

        Returns:
            For each demand members, uncovered competences, missing types, and whether the team is proven to be best.
        """
        network = self._tables
        members: Words = np.zeros((len(demands), network.far.shape[1]), dtype=np.uint64)
        uncovered: Words = np.zeros((len(demands), _words(len(self.demands.required))), dtype=np.uint64)
        missing: Words = np.zeros((len(demands), _words(len(self.demands.mandated))), dtype=np.uint64)
        proven = np.zeros(len(demands), dtype=np.bool_)
        if self.compiled:
            from kooperacja_model.batch.team_search import search

            search(demands, places, network, self._competences, COMPILED_LIMIT, members, uncovered, missing, proven)
        for row in np.flatnonzero(~proven).tolist():
            found = self._best_team(demands[row].tobytes(), int(places[row]))
            for its, words in ((found.members, members), (found.uncovered, uncovered), (found.missing, missing)):
                words[row] = np.frombuffer(its.to_bytes(8 * words.shape[1], "little"), dtype="<u8")
            proven[row] = found.proven
        return members, uncovered, missing, proven

    def _search_one(self, words: bytes, place: int) -> _Found:
        """The best team for one demand, as `propose_team` finds it."""
        local, demands = self._local[place], self.demands
        demand = int.from_bytes(np.frombuffer(words, dtype=np.uint64).astype("<u8").tobytes(), "little")
        rows = []
        uncovered = missing = 0
        for number in _bits(demand >> demands.first_mandated):
            if local.seats[number]:
                rows.append(local.seats[number])
            else:
                missing |= 1 << number
        pairs = demand & (1 << demands.first_advised) - 1
        asked: dict[int, int] = {}
        for pair in _bits(pairs):
            competence = int(self._competences[pair])
            asked[competence] = asked.get(competence, 0) | 1 << pair
        for competence, its in asked.items():
            named = 0
            for pair in _bits(its):
                named |= local.named[pair]
            there = bool(its & local.somebody)
            row = named if there else local.holders[competence]
            if row:
                rows.append(row)
            elif not there:
                uncovered |= 1 << competence
        chosen = sum({row for row in rows if not row & row - 1})  # those without a choice
        left = list(dict.fromkeys(row for row in rows if not row & chosen))
        advised = demand >> demands.first_advised & (1 << demands.first_mandated - demands.first_advised) - 1
        bonus = [those for number in _bits(advised) if not (those := local.advisers[number]) & chosen]
        cover, proven = _best_cover(left, bonus, local.far, local.agreed)
        return _Found(chosen | cover, uncovered, missing, proven)


def _best_cover(rows: list[int], bonus: list[int], far: int, agreed: int) -> tuple[int, bool]:
    """The best set with somebody of each row, and whether that is proven; `bonus`: who brings an advised competence."""
    covers: dict[int, int] = {one: 0 for row in rows for one in _bits(row)}
    for bit, those in enumerate([*rows, *bonus]):
        for one in _bits(those):
            if one in covers:
                covers[one] |= 1 << bit
    able = sorted(covers)
    candidates = [Candidate(covers[one], bool(far >> one & 1), bool(agreed >> one & 1)) for one in able]
    extra = (1 << len(bonus)) - 1 << len(rows)
    cover = best_cover((1 << len(rows)) - 1, candidates, extra, (), NODE_LIMIT)
    return sum(1 << able[index] for index in cover.chosen), cover.optimal


T = TypeVar("T")


def _in_order(tasks: Iterable[Callable[[], T]], threads: int) -> Iterator[T]:
    """The results of tasks in their order; while they are worked on in threads, the next ones are made."""
    if threads == 1:
        for task in tasks:
            yield task()
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _flags(bits: Bytes, rows: int) -> NDArray[np.bool_]:
    return np.unpackbits(bits, count=rows, bitorder="little").view(np.bool_)


def _sizes(sets: Words) -> NDArray[np.int16]:
    found: NDArray[np.int16] = np.bitwise_count(sets).sum(axis=1, dtype=np.int16)
    return found


def _words(bits: int) -> int:
    return -(-bits // 64)


def _bits(numbers: int) -> Iterator[int]:
    """The members of a set, in order."""
    while numbers:
        lowest = numbers & -numbers
        yield lowest.bit_length() - 1
        numbers ^= lowest
