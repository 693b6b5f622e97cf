"""Boolean formulas as one graph of AND and OR in which whatever is equal stands only once.

A formula is an OR of terms, as the rules give them: each term asks for all of some literals and for
at least one of each of some groups. Only laws are used that also hold for three truth values
(absorption, distribution, constants), never `x or not x`: a literal and its negation are two
different inputs here, so the same graph serves two-valued and three-valued evaluation.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, TypeVar

from attrs import frozen

__all__ = ["AND", "FALSE", "OR", "TRUE", "Dag", "Term", "build_dag"]

AND, OR = 0, 1
FALSE, TRUE = -1, -2
"""Roots of formulas that are constant."""

Group = frozenset[int]
_Member = TypeVar("_Member", bound=Hashable)


class Term(NamedTuple):
    """All literals of `all`, and at least one literal of every group of `any`."""

    all: Group = frozenset()
    any: frozenset[Group] = frozenset()


_CONSTANT: Mapping[frozenset[Term], int] = {frozenset(): FALSE, frozenset({Term()}): TRUE}


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
    given = [frozenset(formula) for formula in formulas]
    cleaned = {formula: frozenset(_without_absorbed(_split(formula))) for formula in dict.fromkeys(given)}
    made = [formula for formula in dict.fromkeys(cleaned.values()) if formula not in _CONSTANT]
    assembly = _Assembly(literals, made)
    root = {**_CONSTANT, **dict(zip(made, assembly.roots(), strict=True))}
    return Dag(literals, tuple(assembly.nodes), tuple(root[cleaned[formula]] for formula in given))


# -- simpler terms -------------------------------------------------------------------------------


def _split(formula: Iterable[Term]) -> set[Term]:
    """The terms of a formula, each simplified, and a term that is but one group split into its literals."""
    terms: set[Term] = set()
    for term in formula:
        term = _simpler(term)
        if not term.all and len(term.any) == 1:
            (group,) = term.any
            terms |= {Term(frozenset({literal})) for literal in group}
        elif all(term.any):
            terms.add(term)
    return terms


def _simpler(term: Term) -> Term:
    """The term without groups that something else in it meets anyway."""
    needed = term.all.union(*(group for group in term.any if len(group) == 1))
    groups = [group for group in term.any if not group & needed]
    return Term(needed, frozenset(group for group in groups if not any(other < group for other in groups)))


def _without_absorbed(terms: set[Term]) -> set[Term]:
    """The terms that are not stronger than another one of them.

    A term is stronger than another if each part of that one holds all literals of some part of it. So the other is
    found under any literal of such a part: each term is noted under all literals of its rarest part.
    """
    if Term() in terms:
        return {Term()}
    parts = {term: _parts(term) for term in terms}
    often = Counter(literal for its in parts.values() for part in its for literal in part)
    by_literal: dict[int, list[Term]] = defaultdict(list)
    for term, its in parts.items():
        for literal in min(its, key=lambda part: sum(often[literal] for literal in part)):
            by_literal[literal].append(term)

    def is_stronger(term: Term) -> bool:
        found = {other for part in parts[term] for other in by_literal[min(part, key=often.__getitem__)]}
        return any(all(any(mine <= part for mine in parts[term]) for part in parts[other]) for other in found - {term})

    return {term for term in terms if not is_stronger(term)}


def _joined(terms: list[Term]) -> set[Term]:
    """Terms of one formula, those joined that differ in one part only.

    `a & b | a & c` becomes `a & (b | c)`.
    """
    joined = set(terms)
    while True:
        rests: dict[Term, list[Term]] = defaultdict(list)
        for term in joined:
            for part in _parts(term):
                rests[_less(term, part)].append(term)
        found = [(len(its), rest) for rest, its in rests.items() if len(its) > 1 and rest != Term()]
        if not found:
            return joined
        for _, rest in sorted(found, key=lambda it: (it[0], _order(it[1])), reverse=True):
            old = [term for term in rests[rest] if term in joined]
            if len(old) > 1:
                parts = [part for term in old for part in _parts(term) if _less(term, part) == rest]
                joined.difference_update(old)
                joined |= _split([Term(rest.all, rest.any | {frozenset().union(*parts)})])


def _parts(term: Term) -> list[Group]:
    return [*(frozenset({literal}) for literal in term.all), *term.any]


def _less(term: Term, part: Group) -> Term:
    return Term(term.all - part, term.any) if part not in term.any else Term(term.all, term.any - {part})


def _order(term: Term) -> tuple[list[int], list[list[int]]]:
    return sorted(term.all), sorted(sorted(group) for group in term.any)


# -- shared pairs --------------------------------------------------------------------------------


def _holders(sets: Sequence[Iterable[_Member]]) -> dict[_Member, list[int]]:
    """For each member the numbers of the sets that hold it."""
    found: dict[_Member, list[int]] = defaultdict(list)
    for number, members in enumerate(sets):
        for member in members:
            found[member].append(number)
    return found


def _pairs(sets: list[set[int]], first_pair: int) -> list[tuple[int, int]]:
    """Replace pairs that sets have in common by new numbers.

    Members that are always together go first, then the pair that most sets hold, again and again.

    Args:
        sets: are changed.
        first_pair: numbers from here on stand for the pairs in the order of the result.
    """
    found: list[tuple[int, int]] = []
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for member, numbers in sorted(_holders(sets).items()):
        alike[tuple(numbers)].append(member)
    for together, (last, *others) in alike.items():
        for number in together if others else ():
            sets[number] -= {last, *others}
        for other in others:
            found.append((last, other))
            last = first_pair + len(found) - 1
        for number in together if others else ():
            sets[number].add(last)

    counts = Counter(pair for members in sets for pair in combinations(sorted(members), 2))
    holders = {member: set(numbers) for member, numbers in _holders(sets).items()}
    heap = [(-count, -second, -first) for (first, second), count in counts.items() if count > 1]
    heapq.heapify(heap)
    while heap:
        count, second, first = heapq.heappop(heap)
        pair = -first, -second
        if counts[pair] != -count:
            if counts[pair] > 1:
                heapq.heappush(heap, (-counts[pair], second, first))
            continue
        new = first_pair + len(found)
        found.append(pair)
        holders[new] = holders[pair[0]] & holders[pair[1]]
        fresh: set[tuple[int, int]] = set()
        for number in holders[new]:
            members = sets[number]
            members.difference_update(pair)
            for member in members:
                for gone in pair:
                    counts[(member, gone) if member < gone else (gone, member)] -= 1
                counts[member, new] += 1
                fresh.add((member, new))
            members.add(new)
        for gone in pair:
            holders[gone] -= holders[new]
        counts[pair] = 0
        for one, other in fresh:
            if counts[one, other] > 1:
                heapq.heappush(heap, (-counts[one, other], -other, -one))
    return found


class _Assembly:
    """Formulas and what they are made of as sets of numbers, from which the nodes are made.

    On the level of ORs a number is a literal, a term, a bundle of terms that are always together, or a shared pair; on
    the level of ANDs it is a literal, a group or a shared pair.
    """

    def __init__(self, literals: int, formulas: Sequence[frozenset[Term]]) -> None:
        alike: dict[tuple[int, ...], list[Term]] = defaultdict(list)
        for term, its in _holders(formulas).items():
            alike[tuple(its)].append(term)
        bundles = [_joined(its) for its in alike.values()]
        ordered = sorted({term for bundle in bundles for term in bundle}, key=_order)
        terms = [term for term in ordered if len(term.all) + len(term.any) > 1]
        groups = sorted({group for term in terms for group in term.any}, key=sorted)
        term_number = {term: number for number, term in enumerate(terms, literals)}
        group_number = {group: number for number, group in enumerate(groups, literals)}

        self.literals = literals
        self.terms = [set(term.all) | {group_number[group] for group in term.any} for term in terms]
        self.groups = [set(group) for group in groups]
        self.bundles = [{term_number.get(term, min(term.all, default=-1)) for term in bundle} for bundle in bundles]
        self.formulas: list[set[int]] = [set() for _ in formulas]
        for number, (holders, members) in enumerate(zip(alike, self.bundles, strict=True), literals + len(terms)):
            for holder in holders:
                self.formulas[holder] |= {number} if len(members) > 1 else members
        self.first = {OR: literals + len(terms) + len(bundles), AND: literals + len(groups)}
        large = [members for members in self.bundles if len(members) > 1]
        self.pairs = {
            OR: _pairs(self.groups + large + self.formulas, self.first[OR]),
            AND: _pairs(self.terms, self.first[AND]),
        }
        self.made: dict[tuple[int, int], int] = {}
        self.nodes: list[tuple[int, int, int]] = []
        self.ids: dict[tuple[int, int, int], int] = {}

    def roots(self) -> list[int]:
        """Make all nodes; the id of each formula."""
        roots = []
        for members in self.formulas:
            for member in sorted(members):
                self._make(OR, member)
            roots.append(self._chain(OR, members))
        return roots

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
        number -= self.literals
        if level == AND:
            return OR, self.groups[number]
        return (AND, self.terms[number]) if number < len(self.terms) else (OR, self.bundles[number - len(self.terms)])

    def _chain(self, level: int, members: Iterable[int]) -> int:
        first, *others = (self.made[level, member] for member in sorted(members))
        for other in others:
            first = self._node(level, min(first, other), max(first, other))
        return first

    def _node(self, operation: int, first: int, second: int) -> int:
        if first == second:
            return first
        key = (operation, first, second)
        if key not in self.ids:
            self.ids[key] = self.literals + len(self.nodes)
            self.nodes.append(key)
        return self.ids[key]
