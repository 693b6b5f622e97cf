"""The best team for many demands, compiled by numba; the order of teams is that of `kooperacja_model.cover`.

A demand becomes rows: each is a set of institutions of which one has to be in the team. Most rows leave
no choice. What is left of a demand is made smaller, by rows and institutions that cannot matter, and
then searched by branch and bound. A set of institutions is one word or several words of 64 bits, in
key order. Every function is also plain Python: under `numba.config.DISABLE_JIT` the module runs as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from kooperacja_model.batch.candidates import Tables
from kooperacja_model.batch.demands import Words

__all__ = ["search"]

_F = TypeVar("_F", bound=Callable[..., object])

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_TWO, _FOUR, _TOP_BYTE = np.uint64(2), np.uint64(4), np.uint64(56)
_PAIRS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_EIGHTS, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)

_FAR = 1 << 16
"""What a member from outside costs more than one from the commune; no team has as many members."""

_Numbers = NDArray[np.int64]


def _compiled(function: _F) -> _F:
    return cast(_F, numba.njit(nogil=True, cache=True)(function))


@_compiled
def search(
    demands: Words,
    places: NDArray[np.intp],
    networks: Tables,
    competences: _Numbers,
    limit: int,
    teams: Words,
    uncovered: Words,
    missing: Words,
    proven: NDArray[np.bool_],
) -> None:
    """Find the best team for each of some demands.

    Args:
        demands: a row of words for each, as made by `Demands.of`.
        places: the number of the network for each.
        networks: the networks.
        competences: for each pair of a demand the number of its competence.
        limit: branches to look at for a demand before it is given up.
        teams: becomes the best team for each, or nobody if it was given up.
        uncovered: becomes the required competences that nobody can bring.
        missing: becomes the mandated types of which nobody is there.
        proven: becomes whether it was not given up.
    """
    first_advised = networks.somebody.shape[1]
    first_mandated = first_advised + (networks.advisers.shape[1] + 63) // 64
    width = networks.far.shape[1]
    rows = np.empty((networks.seats.shape[1] + networks.holders.shape[1], width), dtype=np.uint64)
    union = np.empty(width, dtype=np.uint64)
    narrow = np.empty(len(rows), dtype=np.uint64)
    bonus = np.empty(networks.advisers.shape[1], dtype=np.uint64)
    space = np.empty((6, 65), dtype=np.uint64)
    for number in range(len(demands)):
        demand, place, team = demands[number], places[number], teams[number]
        team[:] = _ZERO
        count = _ask_types(demand[first_mandated:], networks.seats[place], rows, missing[number])
        count = _ask_competences(demand[:first_advised], networks, place, competences, rows, count, uncovered[number])
        count = _take_those_without_choice(rows, count, team)
        proven[number] = count == 0
        if count == 0 or _unite(rows, count, union) > 64:
            continue
        for row in range(count):
            narrow[row] = _narrowed(rows[row], union)
        bonuses = _ask_advice(demand[first_advised:first_mandated], networks.advisers[place], team, union, bonus)
        far, agreed = _narrowed(networks.far[place], union), _narrowed(networks.agreed[place], union)
        proven[number], chosen = _best(narrow, count, bonus, bonuses, far, agreed, limit, space)
        if proven[number]:
            _widen(chosen, union, team)
        else:
            team[:] = _ZERO


# -- rows ----------------------------------------------------------------------------------------


@_compiled
def _ask_types(demand: Words, seats: Words, rows: Words, missing: Words) -> int:
    """A row for each mandated type; returns their number."""
    count = 0
    for word in range(len(demand)):
        missing[word] = _ZERO
        left = demand[word]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            rows[count] = seats[64 * word + _place(bit)]
            if _is_empty(rows[count]):
                missing[word] |= bit
            else:
                count += 1
    return count


@_compiled
def _ask_competences(
    demand: Words, networks: Tables, place: int, competences: _Numbers, rows: Words, count: int, uncovered: Words
) -> int:
    """A row for each required competence: those named for it, or else those who hold it; returns the number of rows."""
    somebody, named, holders = networks.somebody[place], networks.named[place], networks.holders[place]
    uncovered[:] = _ZERO
    open_ = -1
    there = False
    for word in range(len(demand)):
        left = demand[word]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            pair = 64 * word + _place(bit)
            if competences[pair] != open_:
                if open_ >= 0:
                    count = _close(open_, there, holders, rows, count, uncovered)
                open_ = competences[pair]
                there = False
                rows[count] = _ZERO
            if somebody[word] & bit:
                there = True
                for part in range(rows.shape[1]):
                    rows[count, part] |= named[pair, part]
    if open_ >= 0:
        count = _close(open_, there, holders, rows, count, uncovered)
    return count


@_compiled
def _close(competence: int, there: bool, holders: Words, rows: Words, count: int, uncovered: Words) -> int:
    """Keep the last row if anybody is in it; `there`: somebody is of a type named for the competence."""
    if not there:
        rows[count] = holders[competence]
    if not _is_empty(rows[count]):
        return count + 1
    if not there:
        uncovered[competence // 64] |= _ONE << np.uint64(competence % 64)
    return count


@_compiled
def _take_those_without_choice(rows: Words, count: int, team: Words) -> int:
    """Put those into the team who are alone in a row; returns how many rows are left without a member."""
    for row in range(count):
        size = 0
        for part in range(len(team)):
            size += _size(rows[row, part])
        if size == 1:
            for part in range(len(team)):
                team[part] |= rows[row, part]
    left = 0
    for row in range(count):
        if not _meet(rows[row], team):
            rows[left] = rows[row]
            left += 1
    return left


@_compiled
def _ask_advice(demand: Words, advisers: Words, team: Words, union: Words, bonus: Words) -> int:
    """A row for each advised competence that nobody in the team holds and somebody else might bring."""
    count = 0
    for word in range(len(demand)):
        left = demand[word]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            those = advisers[64 * word + _place(bit)]
            if not _meet(those, team):
                bonus[count] = _narrowed(those, union)
                if bonus[count] != _ZERO:
                    count += 1
    return count


# -- the institutions of a few rows as one word -----------------------------------------------------


@_compiled
def _unite(rows: Words, count: int, union: Words) -> int:
    """Put into `union` who is in any row; returns how many that are. Bit `i` of a word is the `i`-th of them."""
    size = 0
    for part in range(len(union)):
        union[part] = _ZERO
        for row in range(count):
            union[part] |= rows[row, part]
        size += _size(union[part])
    return size


@_compiled
def _narrowed(those: Words, union: Words) -> np.uint64:
    """Those of a set who are in the union, as one word."""
    found = _ZERO
    first = 0
    for part in range(len(union)):
        left = those[part] & union[part]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            found |= _ONE << np.uint64(first + _size(union[part] & (bit - _ONE)))
        first += _size(union[part])
    return found


@_compiled
def _widen(those: np.uint64, union: Words, team: Words) -> None:
    """Put those of a word into a team."""
    for part in range(len(union)):
        left = union[part]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            if those & _ONE:
                team[part] |= bit
            those >>= _ONE


# -- the best choice -------------------------------------------------------------------------------


@_compiled
def _best(
    rows: Words, count: int, bonus: Words, bonuses: int, far: np.uint64, agreed: np.uint64, limit: int, space: Words
) -> tuple[bool, np.uint64]:
    """Whether the best set that meets all rows was found, and the set.

    Args:
        rows: sets of institutions; they are changed.
        count: how many there are.
        bonus: sets of institutions that hold an advised competence; they are changed.
        bonuses: how many there are.
        far: institutions from outside.
        agreed: institutions that signed an agreement.
        limit: branches to look at.
        space: room to work in.
    """
    chosen = _ZERO
    hits, gives = space[0], space[1]
    while True:
        count = _without_larger(rows, count)
        if count > 64:
            return False, _ZERO
        forced = _ZERO
        for row in range(count):
            if rows[row] & (rows[row] - _ONE) == _ZERO:
                forced |= rows[row]
        if forced != _ZERO:
            chosen |= forced
            count = _not_met(rows, count, forced)
            bonuses = _not_met(bonus, bonuses, forced)
        if count == 0:
            return True, chosen
        if bonuses > 64:
            return False, _ZERO
        _by_institution(rows, count, hits)
        _by_institution(bonus, bonuses, gives)
        weak = _replaceable(rows, count, hits, gives, far, agreed)
        if weak == _ZERO:
            break
        for row in range(count):
            rows[row] &= ~weak
        for row in range(bonuses):
            bonus[row] &= ~weak
    found, rest = _branch(rows, count, hits, bonus, bonuses, far, agreed, limit, space[2:])
    return found, chosen | rest


@_compiled
def _without_larger(rows: Words, count: int) -> int:
    """Strike out rows of which another row is a part; returns how many are left, the smallest first."""
    for row in range(1, count):
        its = rows[row]
        before = row
        while before > 0 and _size(rows[before - 1]) > _size(its):
            rows[before] = rows[before - 1]
            before -= 1
        rows[before] = its
    left = 0
    for row in range(count):
        for kept in range(left):
            if rows[kept] & ~rows[row] == _ZERO:
                break
        else:
            rows[left] = rows[row]
            left += 1
    return left


@_compiled
def _not_met(rows: Words, count: int, those: np.uint64) -> int:
    """Keep the rows in which none of those is; returns how many."""
    left = 0
    for row in range(count):
        if rows[row] & those == _ZERO:
            rows[left] = rows[row]
            left += 1
    return left


@_compiled
def _by_institution(rows: Words, count: int, found: Words) -> None:
    """For each institution the rows that it is in."""
    found[:] = _ZERO
    for row in range(count):
        left = rows[row]
        while left != _ZERO:
            bit = _lowest(left)
            left ^= bit
            found[_place(bit)] |= _ONE << np.uint64(row)


@_compiled
def _replaceable(rows: Words, count: int, hits: Words, gives: Words, far: np.uint64, agreed: np.uint64) -> np.uint64:
    """The institutions that are in no best set."""
    needs_far = _ZERO
    union = _ZERO
    for row in range(count):
        union |= rows[row]
        if rows[row] & ~far == _ZERO:
            needs_far |= _ONE << np.uint64(row)
    weak = _ZERO
    left = union
    while left != _ZERO:
        one = _lowest(left)
        left ^= one
        if one & far and hits[_place(one)] & needs_far == _ZERO:
            weak |= one
            continue
        others = union & ~weak & ~one
        while others != _ZERO:
            other = _lowest(others)
            others ^= other
            if hits[_place(one)] & ~hits[_place(other)] == _ZERO and _is_before(other, one, gives, far, agreed):
                weak |= one
                break
    return weak


@_compiled
def _is_before(other: np.uint64, one: np.uint64, gives: Words, far: np.uint64, agreed: np.uint64) -> bool:
    """Whether a set in which `other` takes the place of `one` is always better, if it meets all rows."""
    if (one & far == _ZERO) != (other & far == _ZERO):
        return bool(other & far == _ZERO)
    if gives[_place(one)] & ~gives[_place(other)] != _ZERO:
        return False
    if (one & agreed == _ZERO) != (other & agreed == _ZERO):
        return bool(one & agreed == _ZERO)
    return bool(other < one)


@_compiled
def _branch(
    rows: Words,
    count: int,
    hits: Words,
    bonus: Words,
    bonuses: int,
    far: np.uint64,
    agreed: np.uint64,
    limit: int,
    space: Words,
) -> tuple[bool, np.uint64]:
    """Branch and bound: take somebody of the row with the fewest institutions, from then on do without that one."""
    left, free, team, options = space[0], space[1], space[2], space[3]
    best, best_cost, best_bonus = _ZERO, count * (_FAR + 1) + 1, -1
    left[0] = free[0] = team[0] = _ZERO
    for row in range(count):
        left[0] |= _ONE << np.uint64(row)
        free[0] |= rows[row]
    options[0], _ = _next_row(rows, count, left[0], free[0], far)
    depth = nodes = 0
    while depth >= 0:
        if options[depth] == _ZERO:
            depth -= 1
            continue
        nodes += 1
        if nodes > limit:
            return False, _ZERO
        near = options[depth] & ~far
        one = _lowest(near if near != _ZERO else options[depth])
        options[depth] ^= one
        free[depth] ^= one
        now = team[depth] | one
        rest = left[depth] & ~hits[_place(one)]
        cost = _size(now) + _FAR * _size(now & far)
        if rest == _ZERO:
            its_bonus = _count_met(bonus, bonuses, now)
            if cost < best_cost or (
                cost == best_cost
                and (its_bonus > best_bonus or (its_bonus == best_bonus and _is_preferred(now, best, agreed)))
            ):
                best, best_cost, best_bonus = now, cost, its_bonus
            continue
        choice, bound = _next_row(rows, count, rest, free[depth], far)
        if cost + bound > best_cost:
            continue
        if cost + bound == best_cost:
            reach = now | (free[depth] & _union(rows, count, rest))
            its_bonus = _count_met(bonus, bonuses, reach)
            if its_bonus < best_bonus or (its_bonus == best_bonus and not _may_be_preferred(now, reach, best, agreed)):
                continue
        depth += 1
        left[depth], free[depth], team[depth], options[depth] = rest, free[depth - 1], now, choice
    return True, best


@_compiled
def _next_row(rows: Words, count: int, left: np.uint64, free: np.uint64, far: np.uint64) -> tuple[np.uint64, int]:
    """Who is free in the row with the fewest of them, and a lower bound of the cost to meet all rows that are left.

    Of rows that have nobody in common each takes a member of its own. In every row somebody is free: a branch does
    without fewer than are in the smallest row.
    """
    fewest, choice, bound, used = 65, _ZERO, 0, _ZERO
    for row in range(count):
        if (left >> np.uint64(row)) & _ONE:
            its = rows[row] & free
            size = _size(its)
            if size < fewest:
                fewest, choice = size, its
            if its & used == _ZERO:
                used |= its
                bound += 1 if its & ~far != _ZERO else _FAR + 1
    return choice, bound


@_compiled
def _union(rows: Words, count: int, left: np.uint64) -> np.uint64:
    """All institutions in the rows that are left."""
    found = _ZERO
    for row in range(count):
        if (left >> np.uint64(row)) & _ONE:
            found |= rows[row]
    return found


@_compiled
def _count_met(rows: Words, count: int, those: np.uint64) -> int:
    """How many rows one of those is in."""
    met = 0
    for row in range(count):
        if rows[row] & those != _ZERO:
            met += 1
    return met


@_compiled
def _is_preferred(one: np.uint64, other: np.uint64, agreed: np.uint64) -> bool:
    """Whether one set has more agreements than another of its size, or as many and comes first in key order."""
    change = _size(one & agreed) - _size(other & agreed)
    return change > 0 or (change == 0 and bool(one & _lowest(one ^ other) != _ZERO))


@_compiled
def _may_be_preferred(now: np.uint64, reach: np.uint64, best: np.uint64, agreed: np.uint64) -> bool:
    """Whether a set of the size of `best`, that has all of `now` and only institutions in `reach`, may be preferred."""
    most = _size(now & agreed) + min(_size(reach & ~now & agreed), _size(best) - _size(now))
    change = most - _size(best & agreed)
    lost, gained = best & ~reach, reach & ~best
    earlier = gained != _ZERO and (lost == _ZERO or _lowest(gained) < _lowest(lost))
    return change > 0 or (change == 0 and bool(earlier))


# -- words -----------------------------------------------------------------------------------------


@_compiled
def _size(those: np.uint64) -> int:
    """How many are in a set; LLVM makes one instruction of this."""
    those = those - ((those >> _ONE) & _PAIRS)
    those = (those & _FOURS) + ((those >> _TWO) & _FOURS)
    those = (those + (those >> _FOUR)) & _EIGHTS
    return int(np.int64((those * _SUM) >> _TOP_BYTE))


@_compiled
def _lowest(those: np.uint64) -> np.uint64:
    """The first one in a set that has any, as a set."""
    return those & ~(those - _ONE)


@_compiled
def _place(one: np.uint64) -> int:
    """The number of the only one in a set."""
    return _size(one - _ONE)


@_compiled
def _is_empty(those: Words) -> bool:
    """Whether nobody is in a set."""
    total = _ZERO
    for part in those:
        total |= part
    return bool(total == _ZERO)


@_compiled
def _meet(some: Words, others: Words) -> bool:
    """Whether two sets have somebody in common."""
    total = _ZERO
    for part in range(len(some)):
        total |= some[part] & others[part]
    return bool(total != _ZERO)
