"""The smallest sufficient team: each level of the order by hand, small instances against trying every team."""

from __future__ import annotations

import inspect
import sys
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kooperacja_model.cover import Candidate, CandidatePool, Cover, best_cover

BITS = 7

candidate_lists = st.lists(
    st.builds(Candidate, st.integers(0, 2**BITS - 1), far=st.booleans(), agreed=st.booleans()), max_size=9
)
masks = st.integers(0, 2 ** (BITS + 1) - 1)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Candidate], int, int, set[int]]:
    """Candidates, demand, bonus and fixed members; some bits are ones that nobody covers."""
    candidates = draw(candidate_lists)
    fixed = draw(st.sets(st.sampled_from(range(len(candidates))), max_size=3)) if candidates else set()
    return candidates, draw(masks), draw(masks), fixed


def union(masks: list[int]) -> int:
    return sum(1 << bit for bit in range(BITS + 1) if any(mask >> bit & 1 for mask in masks))


def objective(candidates: list[Candidate], bonus: int, team: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Levels 1 to 4 of a team: the smaller, the better."""
    members = [candidates[index] for index in team]
    return (
        len([member for member in members if member.far]),
        len(members),
        -bin(union([member.covers for member in members]) & bonus).count("1"),
        -len([member for member in members if member.agreed]),
    )


def best_of_all_teams(candidates: list[Candidate], demand: int, bonus: int, fixed: set[int]) -> tuple[int, ...]:
    """The best team, by trying each subset of the candidates."""
    wanted = union([candidate.covers for candidate in candidates]) & demand
    teams = (
        team
        for size in range(len(candidates) + 1)
        for team in combinations(range(len(candidates)), size)
        if fixed <= set(team) and union([candidates[index].covers for index in team]) & wanted == wanted
    )
    return min(teams, key=lambda team: (objective(candidates, bonus, team), team))


def far(covers: int) -> Candidate:
    return Candidate(covers, far=True)


def agreed(covers: int) -> Candidate:
    return Candidate(covers, agreed=True)


def test_nobody_is_needed_where_nothing_is_required() -> None:
    assert best_cover(0, [Candidate(1)]) == Cover((), 0, True, (0, 0), (0, 0), 0)


def test_without_candidates_everything_is_uncovered() -> None:
    assert best_cover(0b101, []) == Cover((), 0b101, True, (0, 0), (0, 0), 0)


def test_two_members_near_are_better_than_one_from_far_away() -> None:
    found = best_cover(0b11, [far(0b11), Candidate(0b01), Candidate(0b10)])
    assert (found.chosen, found.cost) == ((1, 2), (0, 2))


def test_a_member_from_far_away_is_chosen_where_nobody_near_covers() -> None:
    found = best_cover(0b111, [Candidate(0b001), far(0b110), far(0b111)])
    assert (found.chosen, found.cost, found.bound) == ((2,), (1, 1), (1, 1))


def test_one_from_far_away_and_more_members_are_better_than_two_from_far_away() -> None:
    near = [Candidate(1 << bit) for bit in range(4)]
    found = best_cover(0b111111, [far(0b011111), far(0b100011), far(0b110000), *near])
    assert (found.chosen, found.cost) == ((2, 3, 4, 5, 6), (1, 5))


def test_fewer_members_are_better_than_more_of_the_bonus() -> None:
    found = best_cover(0b011, [Candidate(0b101), Candidate(0b110), Candidate(0b011)], bonus=0b100)
    assert (found.chosen, found.cost) == ((2,), (0, 1))


def test_nobody_is_added_only_for_a_bonus() -> None:
    assert best_cover(0b01, [Candidate(0b01), Candidate(0b10)], bonus=0b10).chosen == (0,)


def test_more_of_the_bonus_is_better_than_an_agreement() -> None:
    assert best_cover(0b01, [agreed(0b01), Candidate(0b11)], bonus=0b10).chosen == (1,)


def test_a_bonus_that_two_members_have_counts_once() -> None:
    candidates = [Candidate(0b0101), Candidate(0b1101), Candidate(0b0110), Candidate(0b0110)]
    assert best_cover(0b0011, candidates, bonus=0b1100).chosen == (1, 2)
    candidates = [Candidate(0b00101), Candidate(0b01010), Candidate(0b00110), Candidate(0b11101)]
    assert best_cover(0b00011, candidates, bonus=0b01100).chosen == (0, 1)


def test_a_bonus_of_a_fixed_member_is_no_reason_for_another() -> None:
    assert best_cover(0b01, [Candidate(0b01), Candidate(0b11), Candidate(0b10)], bonus=0b10, fixed=[2]).chosen == (0, 2)


def test_bonus_bits_that_nobody_covers_change_nothing() -> None:
    candidates = [Candidate(0b01), Candidate(0b11), agreed(0b01)]
    for more in range(2, 9):
        assert best_cover(0b01, candidates, bonus=0b10 | 1 << more).chosen == (1,)
        assert best_cover(0b01, candidates, bonus=1 << more).chosen == (2,)


def test_an_agreement_is_better_than_an_earlier_key() -> None:
    assert best_cover(0b1, [Candidate(0b1), agreed(0b1)]).chosen == (1,)


def test_two_agreements_are_better_than_one() -> None:
    assert best_cover(0b11, [agreed(0b01), Candidate(0b10), agreed(0b10)]).chosen == (0, 2)


def test_of_equal_teams_the_first_in_key_order_is_chosen() -> None:
    assert best_cover(0b11, [Candidate(0b10), Candidate(0b10), Candidate(0b01), Candidate(0b01)]).chosen == (0, 2)
    # (0, 3) and (1, 2): the first index decides, though the sum of both is the same.
    assert best_cover(0b111, [Candidate(0b001), Candidate(0b011), Candidate(0b100), Candidate(0b110)]).chosen == (0, 3)


def test_a_candidate_that_covers_less_is_chosen_where_it_comes_first_and_is_enough() -> None:
    assert best_cover(0b111, [Candidate(0b001), Candidate(0b011), Candidate(0b110)]).chosen == (0, 2)


def test_fixed_members_are_in_the_team_and_in_its_cost_even_if_they_cover_nothing() -> None:
    found = best_cover(0b11, [far(0), Candidate(0b10), Candidate(0b11), Candidate(0b01)], fixed=[1, 0, 0])
    assert (found.chosen, found.cost, found.bound) == ((0, 1, 2), (1, 3), (1, 3))


def test_what_nobody_covers_is_reported_and_the_rest_is_covered() -> None:
    found = best_cover(0b11011, [Candidate(0b00110), Candidate(0b00001)])
    assert (found.chosen, found.uncovered, found.optimal) == ((0, 1), 0b11000, True)


@settings(max_examples=400, deadline=None)
@given(problems())
def test_the_team_is_the_best_of_all_teams(problem: tuple[list[Candidate], int, int, set[int]]) -> None:
    candidates, demand, bonus, fixed = problem
    expected = best_of_all_teams(candidates, demand, bonus, fixed)
    found = best_cover(demand, candidates, bonus, fixed)
    assert found.chosen == expected
    assert found.uncovered == demand & ~union([candidate.covers for candidate in candidates])
    assert found.optimal
    assert found.cost == found.bound == objective(candidates, bonus, expected)[:2]


def sparse(draw: Random, number: int, bits: int) -> list[Candidate]:
    """Candidates of few competences each, which makes teams large and ties many."""
    return [
        Candidate(draw.getrandbits(bits) & draw.getrandbits(bits), far=draw.random() < 0.3, agreed=draw.random() < 0.3)
        for _ in range(number)
    ]


@pytest.mark.parametrize("seed", range(60))
def test_the_team_is_the_best_of_all_teams_where_each_candidate_covers_little(seed: int) -> None:
    draw = Random(seed)
    candidates = sparse(draw, 10, BITS)
    fixed = set(draw.sample(range(10), draw.choice((0, 0, 1))))
    demand, bonus = 2**BITS - 1 - (1 << draw.randrange(BITS)), draw.getrandbits(BITS)
    assert best_cover(demand, candidates, bonus, fixed).chosen == best_of_all_teams(candidates, demand, bonus, fixed)


@settings(max_examples=150, deadline=None)
@given(problems(), st.integers(0, 40))
def test_past_the_limit_the_team_is_sufficient_and_the_bound_honest(
    problem: tuple[list[Candidate], int, int, set[int]], limit: int
) -> None:
    candidates, demand, bonus, fixed = problem
    expected = best_of_all_teams(candidates, demand, bonus, fixed)
    found = best_cover(demand, candidates, bonus, fixed, limit)
    covered = union([candidates[index].covers for index in found.chosen])
    assert fixed <= set(found.chosen)
    assert demand & ~covered == found.uncovered == demand & ~union([candidate.covers for candidate in candidates])
    assert found.bound <= objective(candidates, bonus, expected)[:2] <= found.cost
    assert found.cost == objective(candidates, bonus, found.chosen)[:2]
    assert found.optimal == (found.nodes <= limit)
    if found.optimal:
        assert found.chosen == expected


def plane(difference_set: tuple[int, ...], points: int) -> list[Candidate]:
    """The lines of a projective plane as candidates; any two of them share a point, any two points a line."""
    return [Candidate(sum(1 << (step + shift) % points for step in difference_set)) for shift in range(points)]


PLANES = [((0, 1, 3, 9), 13), ((1, 5, 11, 24, 25, 27), 31), ((1, 6, 7, 9, 19, 38, 42, 49), 57)]


@pytest.mark.parametrize(("difference_set", "points"), PLANES)
def test_the_points_of_a_projective_plane_are_covered_by_all_lines_through_one_of_them(
    difference_set: tuple[int, ...], points: int
) -> None:
    # Of order q: q + 1 lines of q + 1 points each cover q(q + 1) + 1 points only if they all meet in one point.
    lines = plane(difference_set, points)
    pencils = [tuple(i for i, line in enumerate(lines) if line.covers >> point & 1) for point in range(points)]
    assert {len(pencil) for pencil in pencils} == {len(difference_set)}
    found = best_cover(2**points - 1, lines)
    assert (found.chosen, found.optimal) == (min(pencils), True)
    assert found.cost == found.bound == (0, len(difference_set))


def affine_space(dimension: int) -> tuple[int, list[Candidate]]:
    """The lines of three points of an affine space as the demand, its points as candidates."""
    points = list(product(range(3), repeat=dimension))
    lines = [line for line in combinations(points, 3) if all(sum(axis) % 3 == 0 for axis in zip(*line, strict=True))]
    candidates = [Candidate(sum(1 << i for i, line in enumerate(lines) if point in line)) for point in points]
    return 2 ** len(lines) - 1, candidates


# Published sizes of the largest cap sets, which leave the fewest points that hit every line: 2, 4, 9 (OEIS A090245).
@pytest.mark.parametrize(("dimension", "largest_cap"), [(1, 2), (2, 4)])
def test_every_line_of_three_points_is_hit_by_what_the_largest_cap_set_leaves(dimension: int, largest_cap: int) -> None:
    found = best_cover(*affine_space(dimension))
    assert found.cost == found.bound == (0, 3**dimension - largest_cap)
    assert found.optimal


@pytest.mark.parametrize("limit", [0, 100, 5_000])
def test_the_gap_is_honest_where_the_limit_is_too_low_for_a_hard_instance(limit: int) -> None:
    # 27 candidates, 117 bits: the instance that the literature on set covering calls A27, whose optimum is 18.
    found = best_cover(*affine_space(3), limit=limit)
    assert found.bound <= (0, 27 - 9) <= found.cost
    assert not found.optimal
    assert found.bound >= (0, 9)  # every point is on 13 of the 117 lines


def test_the_search_ends_at_the_limit_and_knows_the_cost_before_the_team() -> None:
    # The first looks best, then the second, then the third; the last two are enough.
    pieces = [0b0001111_0001111, 0b0110000_0110000, 0b1000000_1000000, 0b1111111_0000000, 0b0000000_1111111]
    candidates = [Candidate(piece) for piece in pieces]
    whole = best_cover(2**14 - 1, candidates)
    assert (whole.chosen, whole.optimal) == ((3, 4), True)
    assert whole == best_cover(2**14 - 1, candidates, limit=whole.nodes)
    steps = [best_cover(2**14 - 1, candidates, limit=limit) for limit in range(whole.nodes)]
    assert not any(step.optimal for step in steps)
    assert (steps[0].chosen, steps[0].bound) == ((0, 1, 2), (0, 2))
    assert (steps[-1].chosen, steps[-1].bound) == ((3, 4), (0, 2))


def test_the_team_past_the_limit_has_nobody_whom_the_others_make_superfluous() -> None:
    # Greedily the first is chosen, and then those who cover the rest of it cover all of it.
    candidates = [Candidate(0b001111), Candidate(0b010011), Candidate(0b101100)]
    found = best_cover(0b111111, candidates, limit=0)
    assert (found.chosen, found.optimal, found.bound) == ((1, 2), False, (0, 2))


def test_past_the_limit_members_from_far_away_are_for_what_nobody_near_covers() -> None:
    # The first looks best, but somebody else from far away is needed anyway.
    candidates = [far(0b01111), far(0b11000), Candidate(0b00001), Candidate(0b00010), Candidate(0b00100)]
    found = best_cover(0b11111, candidates, limit=0)
    assert (found.chosen, found.optimal) == ((1, 2, 3, 4), False)
    assert found.bound[0] == 1


def test_a_team_of_more_members_than_python_can_recurse_is_found_and_not_proven() -> None:
    candidates = [Candidate(1 << bit) for bit in range(100)]
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        found = best_cover(2**100 - 1, candidates)
    finally:
        sys.setrecursionlimit(usual)
    assert (found.chosen, found.optimal) == (tuple(range(100)), False)
    assert found.cost == found.bound == (0, 100)
    assert best_cover(2**100 - 1, candidates).optimal


@settings(max_examples=150, deadline=None)
@given(problems(), st.builds(Candidate, st.integers(0, 2**BITS - 1), far=st.booleans(), agreed=st.booleans()))
def test_one_candidate_more_never_makes_the_team_worse(
    problem: tuple[list[Candidate], int, int, set[int]], more: Candidate
) -> None:
    candidates, demand, bonus, fixed = problem
    coverable = union([candidate.covers for candidate in candidates]) & demand
    more = Candidate(more.covers & ~(demand & ~coverable), more.far, more.agreed)
    before = best_cover(demand, candidates, bonus, fixed)
    after = best_cover(demand, [*candidates, more], bonus, fixed)
    assert after.uncovered == before.uncovered
    assert objective([*candidates, more], bonus, after.chosen) <= objective(candidates, bonus, before.chosen)


@settings(max_examples=150, deadline=None)
@given(problems(), st.permutations(range(BITS + 1)))
def test_the_order_of_the_competences_does_not_matter(
    problem: tuple[list[Candidate], int, int, set[int]], order: list[int]
) -> None:
    candidates, demand, bonus, fixed = problem

    def moved(mask: int) -> int:
        return sum(1 << order[bit] for bit in range(BITS + 1) if mask >> bit & 1)

    others = [Candidate(moved(candidate.covers), candidate.far, candidate.agreed) for candidate in candidates]
    assert (
        best_cover(moved(demand), others, moved(bonus), fixed).chosen
        == best_cover(demand, candidates, bonus, fixed).chosen
    )


def test_a_pool_answers_one_demand_after_the_other_as_if_it_were_asked_once() -> None:
    draw = Random(3)
    candidates = sparse(draw, 12, BITS)
    pool = CandidatePool(candidates)
    for _ in range(100):
        demand, bonus, fixed = draw.getrandbits(BITS), draw.getrandbits(BITS), draw.sample(range(12), 2)
        assert pool.best_cover(demand, bonus, fixed) == best_cover(demand, candidates, bonus, fixed)


def test_masks_are_not_negative() -> None:
    with pytest.raises(ValueError, match=r"^candidates: a mask of competences is negative; give an integer of 0 or"):
        CandidatePool([Candidate(1), Candidate(-1)])
    pool = CandidatePool([Candidate(1)])
    for demand, bonus in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match=r"^demand and bonus: a mask of competences is negative; give integers of"):
            pool.best_cover(demand, bonus)


@pytest.mark.parametrize("index", [-1, 2])
def test_a_fixed_member_is_one_of_the_candidates(index: int) -> None:
    with pytest.raises(ValueError, match=rf"^fixed: no candidate has index {index}; give indexes below 2$"):
        best_cover(1, [Candidate(1), Candidate(1)], fixed=[0, index])
