"""The graph says what its formulas say, for every assignment, and shares what is equal."""

from __future__ import annotations

import inspect
import sys
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from kooperacja_model.batch.dag import AND, FALSE, OR, TRUE, Dag, Term, build_dag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Formula = list[Term]


def term(*literals: int, any_: Iterable[Iterable[int]] = ()) -> Term:
    return Term(frozenset(literals), frozenset(frozenset(group) for group in any_))


def plainly(formula: Formula, values: Sequence[bool]) -> bool:
    """The truth of a formula, read from its terms."""
    return any(
        all(values[one] for one in its.all) and all(any(values[one] for one in group) for group in its.any)
        for its in formula
    )


def walked(dag: Dag, values: Sequence[bool]) -> list[bool]:
    """The truth of all roots, read from the nodes."""
    known = list(values)
    for operation, first, second in dag.nodes:
        known.append(known[first] and known[second] if operation == AND else known[first] or known[second])
    return [root == TRUE if root in (FALSE, TRUE) else known[root] for root in dag.roots]


def random_formula(rng: Random, literals: int) -> Formula:
    formula = []
    for _ in range(rng.randint(0, 6)):
        groups = [rng.sample(range(literals), rng.randint(1, 4)) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        formula.append(term(*rng.sample(range(literals), rng.randint(0, 3)), any_=groups))
    return formula


@pytest.mark.parametrize("seed", range(40))
def test_every_root_is_true_where_its_formula_is(seed: int) -> None:
    rng = Random(seed)
    formulas = [random_formula(rng, 7) for _ in range(rng.randint(1, 8))]
    dag = build_dag(7, formulas)
    for values in product((False, True), repeat=7):
        assert walked(dag, values) == [plainly(formula, values) for formula in formulas]


def test_operands_come_before_the_node_that_needs_them() -> None:
    rng = Random("order")
    dag = build_dag(9, [random_formula(rng, 9) for _ in range(30)])
    assert len(dag.nodes) > 30
    for number, (_, first, second) in enumerate(dag.nodes, dag.literals):
        assert first < second < number


def test_equal_nodes_stand_only_once() -> None:
    rng = Random("once")
    dag = build_dag(9, [random_formula(rng, 9) for _ in range(30)])
    assert len(set(dag.nodes)) == len(dag.nodes)


def test_formulas_that_are_equal_in_other_words_have_one_root() -> None:
    dag = build_dag(6, [[term(0, 2), term(4)], [term(4), term(2, 0), term(4, 0)], [term(4), term(2, any_=[[0]])]])
    assert len(set(dag.roots)) == 1
    assert len(dag.nodes) == 2


def test_a_formula_without_terms_is_false_and_one_with_an_empty_term_is_true() -> None:
    assert build_dag(2, [[], [term()], [term(), term(1)], [term(0, any_=[[]])], [term(any_=[[]])]]) == Dag(
        2, (), (FALSE, TRUE, TRUE, FALSE, FALSE)
    )


def test_a_single_literal_needs_no_node() -> None:
    assert build_dag(4, [[term(3)], [term(any_=[[2]])]]) == Dag(4, (), (3, 2))


def test_a_literal_and_its_negation_are_two_different_inputs() -> None:
    assert build_dag(2, [[term(0, 1)], [term(0), term(1)]]).nodes == ((AND, 0, 1), (OR, 0, 1))


def test_a_stronger_term_is_absorbed() -> None:
    dag = build_dag(6, [[term(0), term(0, 1), term(0, any_=[[2, 3]])], [term(0, any_=[[1, 2]]), term(0, 1)]])
    assert dag.roots[0] == 0
    assert dag.nodes == ((OR, 1, 2), (AND, 0, 6))


def test_a_term_of_groups_alone_absorbs_too() -> None:
    groups = [[0, 1], [2, 3]]
    dag = build_dag(6, [[term(any_=groups), term(4, any_=groups), term(any_=[[0], [2]])]])
    assert sorted(dag.nodes) == [(AND, 6, 7), (OR, 0, 1), (OR, 2, 3)]


def test_a_group_that_is_met_anyway_is_left_out() -> None:
    assert build_dag(6, [[term(0, any_=[[0, 1], [2, 3, 4]])]]).nodes == ((OR, 2, 3), (OR, 4, 6), (AND, 0, 7))
    assert build_dag(6, [[term(5, any_=[[0, 1], [0, 1, 2]])]]).nodes == ((OR, 0, 1), (AND, 5, 6))


def test_terms_that_always_stand_together_and_differ_in_one_literal_are_joined() -> None:
    dag = build_dag(6, [[term(0, 1), term(0, 2), term(0, any_=[[3, 4]])]])
    assert [operation for operation, _, _ in dag.nodes] == [OR, OR, OR, AND]


def test_terms_that_a_formula_has_alone_are_not_joined() -> None:
    dag = build_dag(6, [[term(0, 1), term(0, 2)], [term(0, 1)]])
    assert dag.nodes == ((AND, 0, 1), (AND, 0, 2), (OR, 6, 7))


def test_what_several_formulas_have_in_common_is_made_once() -> None:
    many = [term(0), term(1), term(2), term(3)]
    dag = build_dag(12, [[*many, term(4 + extra)] for extra in range(8)])
    assert len(dag.nodes) == 3 + 8


def test_a_stronger_term_is_absorbed_though_it_has_fewer_parts() -> None:
    assert build_dag(3, [[term(0), term(any_=[[0, 1], [0, 2]])]]).nodes == ((OR, 0, 1), (OR, 0, 2), (AND, 3, 4))


def test_terms_that_together_are_but_one_group_become_its_literals() -> None:
    one = [term(any_=[[0, 1], [0, 2]]), term(any_=[[0, 1], [1, 3]])]
    other = [term(any_=[[0, 1], [0, 4]]), term(any_=[[0, 1], [1, 5]])]
    assert build_dag(6, [one, one + other]) == Dag(6, ((OR, 0, 1),), (6, 6))


def test_copies_of_rules_in_the_same_formulas_cost_no_more_than_their_own_terms() -> None:
    rng = Random("copies")
    formulas = [rng.sample(range(12), 5) for _ in range(10)]

    def nodes(copies: int) -> int:
        copied = [
            [term(2 * one + 24 * n, 2 * one + 24 * n + 1) for one in its for n in range(copies)] for its in formulas
        ]
        return len(build_dag(24 * copies, copied).nodes)

    used = len({one for its in formulas for one in its})
    assert nodes(9) == nodes(1) + 8 * 2 * used


def test_a_graph_may_be_deeper_than_python_recurses() -> None:
    formulas = [[term(one) for one in range(last)] for last in range(1, 100)]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        dag = build_dag(100, formulas)
    finally:
        sys.setrecursionlimit(limit)
    assert len(dag.nodes) == 98
    assert walked(dag, [one == 0 for one in range(100)]) == [True] * 99
