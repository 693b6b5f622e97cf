"""One truth: `recommend` says what a naive reading of the YAML files says, on random cases."""

from __future__ import annotations

from random import Random

import naive
import pytest
from random_cases import RandomCase, random_case

from kooperacja_model import CooperationModel, Recommendation, load_model, recommend

CASES = 10_000
CASES_WITH_QUESTIONS = 300


def expected(model: str, case: RandomCase) -> naive.Answer:
    facts = naive.known_facts(model, case.needs, case.circumstances, case.commune)
    return naive.evaluate(model, case.needs, facts, case.basis)


def recommended(model: CooperationModel, case: RandomCase) -> Recommendation:
    return recommend(model, case.needs, case.circumstances, case.commune, case.basis)


def said(recommendation: Recommendation) -> naive.Answer:
    """A recommendation in the form of the naive answer."""
    return naive.Answer(
        institutions={advice.key: advice.strength.value for advice in recommendation.institutions},
        competences={advice.key: advice.strength.value for advice in recommendation.competences},
        sectors={advice.key: advice.strength.value for advice in recommendation.sectors},
        duties={advice.key: advice.strength.value for advice in recommendation.duties},
        fired={rule.key for rule in recommendation.fired},
        undecided={rule.key for rule in recommendation.undecided},
        unserved={gap.key: gap.why.value for gap in recommendation.unserved},
    )


@pytest.mark.parametrize("key", naive.MODELS)
def test_recommend_agrees_with_the_naive_evaluator_on_random_cases(key: str) -> None:
    rng = Random(f"cases of {key}")
    model = load_model(key)
    catalogue = naive.knowledge().catalogue
    for _ in range(CASES):
        case = random_case(rng, catalogue)
        assert expected(key, case) == said(recommended(model, case)), case


@pytest.mark.parametrize("key", naive.MODELS)
def test_questions_are_those_whose_answer_changes_the_naive_outcome_in_the_same_order(key: str) -> None:
    rng = Random(f"questions of {key}")
    model = load_model(key)
    catalogue = naive.knowledge().catalogue
    for _ in range(CASES_WITH_QUESTIONS):
        case = random_case(rng, catalogue)
        facts = naive.known_facts(key, case.needs, case.circumstances, case.commune)
        asked = naive.questions(key, case.needs, facts, case.basis)
        assert asked == [question.key for question in recommended(model, case).questions], case


def test_random_cases_reach_every_strength_truth_and_reason_for_being_unserved() -> None:
    rng = Random("spread")
    catalogue = naive.knowledge().catalogue
    answers = [expected("city", random_case(rng, catalogue)) for _ in range(2000)]
    strengths = {strength for answer in answers for strength in answer.institutions.values()}
    assert strengths == {"required", "advised", "conditional"}
    assert {"undecided", "basis"} <= {why for answer in answers for why in answer.unserved.values()}
    assert any(answer.undecided for answer in answers)
    assert not all(answer.undecided for answer in answers)
