"""The smallest sufficient team against OR-Tools CP-SAT: the same objective each time, and for some the same team.

Levels 1 to 4 are one integer; for level 5 CP-SAT is asked for a team that is as good and comes first in key order.
"""

from __future__ import annotations

from random import Random

import pytest

from kooperacja_model.cover import Candidate, best_cover

cp_model = pytest.importorskip("ortools.sat.python.cp_model")

BLOCKS, BLOCK = 20, 250


def network(draw: Random) -> tuple[list[Candidate], int, int, list[int]]:
    """Institutions of a few types, some with a competence more; demand, bonus and fixed members."""
    competences = draw.randint(3, 20) + draw.randint(0, 8)
    required = min(competences, draw.randint(3, 20))
    most = draw.randint(1, max(1, competences // 3))
    kinds = [sum({1 << draw.randrange(competences) for _ in range(draw.randint(1, most))}) for _ in range(20)]
    share_far, share_agreed = draw.choice((0, 0.2, 0.6)), draw.choice((0, 0.3))
    candidates = [
        Candidate(
            draw.choice(kinds) | draw.choice((0, 0, 0, 1 << draw.randrange(competences))),
            far=draw.random() < share_far,
            agreed=draw.random() < share_agreed,
        )
        for _ in range(draw.randint(5, 64))
    ]
    bits = [1 << bit for bit in draw.sample(range(competences), competences)]
    fixed = draw.sample(range(len(candidates)), draw.choice((0, 0, 1, 2, 5)))
    return candidates, sum(bits[:required]), sum(bits[required:]), fixed


FAR, MEMBER, BONUS = 100**3, 100**2, 100
"""What a level weighs; there are fewer than 100 of anything, so no level outweighs the one above it."""


def weight(candidate: Candidate) -> int:
    return FAR * candidate.far + MEMBER - candidate.agreed


def best_team(
    candidates: list[Candidate], demand: int, bonus: int, fixed: list[int], in_key_order: bool
) -> tuple[int, list[int]]:
    """Levels 1 to 4 of the best team as one integer, and a team, by CP-SAT."""
    model = cp_model.CpModel()
    members = [model.new_bool_var("") for _ in candidates]
    for index in fixed:
        model.add(members[index] == 1)
    covered = []
    for bit in range((demand | bonus).bit_length()):
        who = [member for member, candidate in zip(members, candidates, strict=True) if candidate.covers >> bit & 1]
        if who and demand >> bit & 1:
            model.add_bool_or(who)
        elif who and bonus >> bit & 1:
            covered.append(model.new_bool_var(""))
            model.add_bool_or([*who, ~covered[-1]])
    weights = [*map(weight, candidates), *[-BONUS] * len(covered)]
    objective = cp_model.LinearExpr.weighted_sum([*members, *covered], weights)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    model.minimize(objective)
    assert solver.solve(model) == cp_model.OPTIMAL
    value = round(solver.objective_value)
    if in_key_order:
        model.add(objective == value)
        keys = [1 << len(candidates) - 1 - index for index in range(len(candidates))]
        model.maximize(cp_model.LinearExpr.weighted_sum(members, keys))
        assert solver.solve(model) == cp_model.OPTIMAL
    return value, [index for index, member in enumerate(members) if solver.value(member)]


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_team_that_cp_sat_finds_is_better(block: int) -> None:
    draw = Random(block)
    for number in range(BLOCK):
        candidates, demand, bonus, fixed = network(draw)
        found = best_cover(demand, candidates, bonus, fixed)
        covered = 0
        for index in found.chosen:
            covered |= candidates[index].covers
        assert found.optimal
        assert set(fixed) <= set(found.chosen)
        assert demand & ~covered == found.uncovered
        ours = sum(weight(candidates[index]) for index in found.chosen) - BONUS * (covered & bonus).bit_count()
        in_key_order = number % 4 == 0 and len(candidates) <= 50  # more and the keys are beyond its integers
        best, team = best_team(candidates, demand, bonus, fixed, in_key_order)
        assert ours == best, (candidates, demand, bonus, fixed)
        if in_key_order:
            assert list(found.chosen) == team, (candidates, demand, bonus, fixed)
