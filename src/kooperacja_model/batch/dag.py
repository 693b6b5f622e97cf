"""Boolean formulas as one graph of AND and OR in which whatever is equal stands only once.

A formula is an OR of terms, as the rules give them: each term asks for all of some literals and for
at least one of each of some groups. Only laws are used that also hold for three truth values
(absorption, distribution, constants), never `x or not x`: a literal and its negation are two
different inputs here, so the same graph serves two-valued and three-valued evaluation.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from attrs import frozen

__all__ = ["AND", "FALSE", "OR", "TRUE", "Dag", "Term", "build_dag"]

AND, OR = 0, 1
FALSE, TRUE = -1, -2
"""Roots of formulas that are constant."""

Group = frozenset[int]


class Term(NamedTuple):
    """All literals of `all`, and at least one literal of every group of `any`."""

    all: Group = frozenset()
    any: frozenset[Group] = frozenset()


@frozen
class Dag:
    """A graph of binary ANDs and ORs over literals.

    Attributes:
        literals: number of literals; ids below it are literals, the others are nodes.
        nodes: `(AND or OR, first, second)` with the ids of the operands, which come before it.
        roots: the id of each formula, or `FALSE` or `TRUE`.

    >>> dag = build_dag(4, [[Term(frozenset({0, 2}))], [Term(frozenset({0, 2})), Term(frozenset({3}))]])
    >>> dag.nodes, dag.roots
    (((0, 0, 2), (1, 3, 4)), (4, 5))
    """

    literals: int
    nodes: tuple[tuple[int, int, int], ...]
    roots: tuple[int, ...]


def build_dag(literals: int, formulas: Sequence[Iterable[Term]]) -> Dag:
    """The shared graph of some formulas.

    Args:
        literals: how many literals there are; terms hold numbers below it.
        formulas: the terms of each formula; no term makes it false, an empty term makes it true.
    """
    cleaned = [_without_absorbed(terms) for terms in _split(formulas)]
    return _Assembly(literals, _factored(cleaned)).dag()


# -- simpler terms -------------------------------------------------------------------------------


def _split(formulas: Sequence[Iterable[Term]]) -> list[set[Term]]:
    """The formulas with each term simplified, and a term that is but one group split into its literals."""
    found = []
    for formula in formulas:
        terms: set[Term] = set()
        for term in formula:
            term = _simpler(term)
            if not term.all and len(term.any) == 1:
                (group,) = term.any
                terms |= {Term(frozenset({literal})) for literal in group}
            elif all(term.any):
                terms.add(term)
        found.append(terms)
    return found


def _simpler(term: Term) -> Term:
    """The term without groups that something else in it meets anyway."""
    needed = term.all.union(*(group for group in term.any if len(group) == 1))
    groups = [group for group in term.any if not group & needed]
    return Term(needed, frozenset(group for group in groups if not any(other < group for other in groups)))


def _without_absorbed(terms: set[Term]) -> set[Term]:
    """The terms that are not stronger than another one of them."""
    kept: set[Term] = set()
    by_literal: dict[int, list[Term]] = defaultdict(list)
    only_groups: list[Term] = []
    for term in sorted(terms, key=_weaker_first):
        weaker = [other for literal in term.all for other in by_literal[literal]] + only_groups
        if any(_implies(term, other) for other in weaker):
            continue
        kept.add(term)
        if term.all:
            by_literal[min(term.all)].append(term)
        else:
            only_groups.append(term)
    return kept


def _weaker_first(term: Term) -> tuple[int, int, list[int], list[list[int]]]:
    return len(term.all) + len(term.any), -sum(map(len, term.any)), *_order(term)


def _implies(term: Term, other: Term) -> bool:
    return other.all <= term.all and all(
        group & term.all or any(mine <= group for mine in term.any) for group in other.any
    )


def _factored(formulas: list[set[Term]]) -> list[set[Term]]:
    """The formulas with terms joined that always stand together and differ in one literal only.

    `a & b | a & c` becomes `a & (b | c)` where no formula holds one of the two without the other.
    """
    users: dict[Term, list[int]] = defaultdict(list)
    for number, terms in enumerate(formulas):
        for term in terms:
            users[term].append(number)
    together: dict[tuple[int, ...], list[Term]] = defaultdict(list)
    for term, its in users.items():
        together[tuple(its)].append(term)
    for numbers, alike in together.items():
        for old, new in _joined(alike):
            for number in numbers:
                formulas[number] -= old
                formulas[number].add(new)
    return formulas


def _joined(terms: list[Term]) -> Iterator[tuple[set[Term], Term]]:
    left = set(terms)
    while True:
        rests: dict[Term, set[Term]] = defaultdict(set)
        for term in left:
            for part in _parts(term):
                rests[_less(term, part)].add(term)
        rests = {rest: its for rest, its in rests.items() if len(its) > 1 and (rest.all or rest.any)}
        if not rests:
            return
        rest = max(rests, key=lambda rest: (len(rests[rest]), _order(rest)))
        old = rests[rest]
        group = frozenset(
            literal for term in old for part in _parts(term) if _less(term, part) == rest for literal in part
        )
        left -= old
        yield old, _simpler(Term(rest.all, rest.any | {group}))


def _parts(term: Term) -> list[Group]:
    return [*(frozenset({literal}) for literal in term.all), *term.any]


def _less(term: Term, part: Group) -> Term:
    return Term(term.all - part, term.any) if part not in term.any else Term(term.all, term.any - {part})


def _order(term: Term) -> tuple[list[int], list[list[int]]]:
    return sorted(term.all), sorted(sorted(group) for group in term.any)


# -- shared pairs --------------------------------------------------------------------------------


def _pairs(sets: list[set[int]], first: int) -> list[tuple[int, int]]:
    """Replace the pair that most sets have in common by a new number, again and again.

    Numbers from `first` stand for the pairs in the order of the result; `sets` are changed.
    """
    counts: Counter[tuple[int, int]] = Counter()
    holders: dict[int, set[int]] = defaultdict(set)
    for index, members in enumerate(sets):
        for member in members:
            holders[member].add(index)
        counts.update(combinations(sorted(members), 2))
    heap = [(-count, pair) for pair, count in counts.items() if count > 1]
    heapq.heapify(heap)
    found: list[tuple[int, int]] = []
    while heap:
        count, pair = heapq.heappop(heap)
        if counts[pair] != -count:
            if counts[pair] > 1:
                heapq.heappush(heap, (-counts[pair], pair))
            continue
        new = first + len(found)
        found.append(pair)
        fresh: set[tuple[int, int]] = set()
        for index in holders[pair[0]] & holders[pair[1]]:
            members = sets[index]
            members.difference_update(pair)
            for member in members:
                for gone in pair:
                    counts[(member, gone) if member < gone else (gone, member)] -= 1
                counts[member, new] += 1
                fresh.add((member, new))
            members.add(new)
            holders[new].add(index)
            for gone in pair:
                holders[gone].discard(index)
        counts[pair] = 0
        for other in fresh:
            if counts[other] > 1:
                heapq.heappush(heap, (-counts[other], other))
    return found


class _Assembly:
    """Formulas, their terms and their groups as sets of numbers, from which the nodes are made.

    On the level of ORs a number is a literal, a term or a shared pair; on the level of ANDs it is a
    literal, a group or a shared pair.
    """

    def __init__(self, literals: int, formulas: list[set[Term]]) -> None:
        self.literals = literals
        ordered = sorted({term for terms in formulas for term in terms}, key=_order)
        terms = [term for term in ordered if len(term.all) + len(term.any) > 1]
        groups = sorted({group for term in ordered for group in term.any}, key=sorted)
        term_number = {term: number for number, term in enumerate(terms, literals)}
        group_number = {group: number for number, group in enumerate(groups, literals)}
        self.groups = [set(group) for group in groups]
        self.terms = [set(term.all) | {group_number[group] for group in term.any} for term in terms]
        self.formulas = [
            {term_number.get(term, min(term.all, default=-1)) for term in its if term != Term()} for its in formulas
        ]
        self.true = [Term() in its for its in formulas]
        self.first = {OR: literals + len(terms), AND: literals + len(groups)}
        self.pairs = {
            OR: _pairs(self.groups + self.formulas, self.first[OR]),
            AND: _pairs(self.terms, self.first[AND]),
        }
        self.made: dict[tuple[int, int], int] = {}
        self.nodes: list[tuple[int, int, int]] = []
        self.ids: dict[tuple[int, int, int], int] = {}

    def dag(self) -> Dag:
        """The graph."""
        roots = []
        for members, true in zip(self.formulas, self.true, strict=True):
            for member in sorted(members):
                self._make(OR, member)
            roots.append(TRUE if true else self._chain(OR, members) if members else FALSE)
        return Dag(self.literals, tuple(self.nodes), tuple(roots))

    def _make(self, level: int, number: int) -> None:
        """Make the nodes of a number and of all that it is made of."""
        open_ = [(level, number)]
        while open_:
            level, number = open_[-1]
            inner, members = self._members(level, number)
            missing = [(inner, member) for member in sorted(members) if (inner, member) not in self.made]
            if missing:
                open_ += reversed(missing)
            else:
                open_.pop()
                self.made[level, number] = self._chain(inner, members) if members else number

    def _members(self, level: int, number: int) -> tuple[int, Iterable[int]]:
        """What a number is made of, and on which level that is; nothing for a literal."""
        if number < self.literals:
            return level, ()
        if number >= self.first[level]:
            return level, self.pairs[level][number - self.first[level]]
        return (AND, self.terms[number - self.literals]) if level == OR else (OR, self.groups[number - self.literals])

    def _chain(self, level: int, members: Iterable[int]) -> int:
        first, *others = (self.made[level, member] for member in sorted(members))
        for other in others:
            first = self._node(level, min(first, other), max(first, other))
        return first

    def _node(self, operation: int, first: int, second: int) -> int:
        key = (operation, first, second)
        if key not in self.ids:
            self.ids[key] = self.literals + len(self.nodes)
            self.nodes.append(key)
        return self.ids[key]
