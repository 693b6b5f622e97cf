"""One family as Python integers: the answer of `recommend`, for every random case and every hand case."""

from __future__ import annotations

from random import Random

import naive
import pytest
from random_cases import random_case
from small import small_model

from kooperacja_model import CaseError, Commune, CommuneError, UnknownTermError, load_model, recommend
from kooperacja_model.batch import FamilyEvaluator, compile_model
from kooperacja_model.model import Strength

CASES = 1_500


@pytest.mark.parametrize("key", naive.MODELS)
def test_it_agrees_with_the_naive_evaluator_on_random_cases_and_bases(key: str) -> None:
    rng = Random(f"integers of {key}")
    evaluators: dict[tuple[str, ...] | None, FamilyEvaluator] = {}
    for _ in range(CASES):
        case = random_case(rng, naive.knowledge().catalogue)
        if case.basis not in evaluators:
            evaluators[case.basis] = FamilyEvaluator(compile_model(key, case.basis))
        found = evaluators[case.basis].evaluate(case.needs, case.circumstances, case.commune)
        facts = naive.known_facts(key, case.needs, case.circumstances, case.commune)
        expected = naive.evaluate(key, case.needs, facts, case.basis)
        assert (set(found.fired), set(found.undecided)) == (expected.fired, expected.undecided), case
        assert found.strengths("competences") == expected.competences, case
        assert found.strengths("institutions") == expected.institutions, case
        assert found.strengths("sectors") == expected.sectors, case
        assert found.strengths("duties") == expected.duties, case


@pytest.mark.parametrize("key", naive.MODELS)
def test_it_agrees_with_recommend_on_random_cases(key: str) -> None:
    rng = Random(f"graph of {key}")
    model = load_model(key)
    evaluator = FamilyEvaluator(compile_model(model))
    for _ in range(300):
        case = random_case(rng, naive.knowledge().catalogue)
        found = evaluator.evaluate(case.needs, case.circumstances, case.commune)
        expected = recommend(model, case.needs, case.circumstances, case.commune)
        assert found.fired == tuple(rule.key for rule in expected.fired)
        assert found.undecided == tuple(rule.key for rule in expected.undecided)
        for what in ("competences", "institutions", "sectors", "duties"):
            assert found.strengths(what) == {advice.key: advice.strength for advice in getattr(expected, what)}


@pytest.mark.parametrize("key", naive.MODELS)
def test_what_is_not_given_is_absent_if_all_is_given(key: str) -> None:
    rng = Random(f"complete cases of {key}")
    catalogue = naive.knowledge().catalogue
    evaluator = FamilyEvaluator(compile_model(key))
    undecided: set[str] = set()
    for _ in range(300):
        case = random_case(rng, catalogue)
        answers = {word: answer for word, answer in case.circumstances.items() if answer}
        facts = naive.known_facts(key, case.needs, answers, case.commune)
        every = {word: facts.get(word, False) for word in catalogue["circumstances"]}
        found = evaluator.evaluate(case.needs, answers, case.commune, missing="absent")
        assert found == evaluator.evaluate(case.needs, every, case.commune)
        expected = naive.evaluate(key, case.needs, facts | every)
        assert (set(found.fired), set(found.undecided)) == (expected.fired, expected.undecided), case
        assert found.strengths("competences") == expected.competences, case
        undecided.update(found.undecided)
    assert bool(undecided) == (key == "city"), "only the city's model leaves features of the commune open"


@pytest.mark.parametrize("key", naive.MODELS)
def test_what_is_called_unknown_stays_so_where_the_rest_is_absent(key: str) -> None:
    rng = Random(f"unknown, the rest absent in {key}")
    catalogue = naive.knowledge().catalogue
    evaluator = FamilyEvaluator(compile_model(key))
    undecided = 0
    for _ in range(300):
        case = random_case(rng, catalogue)
        answers = {word: None if rng.random() < 0.4 else its for word, its in case.circumstances.items()}
        said = {word: its for word, its in answers.items() if its is not None}
        facts = naive.known_facts(key, case.needs, said, case.commune)
        rest = {word: False for word in catalogue["circumstances"] if word not in answers and word not in facts}
        found = evaluator.evaluate(case.needs, answers, case.commune, missing="absent")
        facts = naive.known_facts(key, case.needs, said | rest, case.commune)
        expected = naive.evaluate(key, case.needs, facts)
        assert (set(found.fired), set(found.undecided)) == (expected.fired, expected.undecided), case
        assert found.strengths("competences") == expected.competences, case
        undecided += bool(found.undecided)
    assert undecided > 50


@pytest.mark.parametrize("key", naive.MODELS)
def test_a_rule_that_serves_several_needs_counts_once_in_any_order_of_the_needs(key: str) -> None:
    program = compile_model(key)
    evaluator = FamilyEvaluator(program)
    several = [rule for rule in program.rules if len(rule.needs) > 1]
    assert len(several) > 50
    for rule in several:
        needs = [program.needs[need] for need in rule.needs]
        found = evaluator.evaluate(needs)
        assert (*found.fired, *found.undecided).count(rule.key) == 1
        assert found == evaluator.evaluate(reversed(needs))


@pytest.fixture
def evaluator() -> FamilyEvaluator:
    return FamilyEvaluator(compile_model(small_model()))


def test_lists_are_in_the_order_of_the_catalogue(evaluator: FamilyEvaluator) -> None:
    answer = evaluator.evaluate(["truancy", "low_income"], {"owner": False})
    assert answer.fired == ("centre_for_low_income", "school_for_truancy")
    assert list(answer.strengths("competences").items()) == [
        ("social_work", Strength.REQUIRED),
        ("cash_benefits", Strength.REQUIRED),
        ("teaching", Strength.REQUIRED),
        ("volunteering", Strength.ADVISED),
        ("shelter", Strength.ADVISED),
    ]


def test_present_circumstances_can_be_given_as_a_list(evaluator: FamilyEvaluator) -> None:
    assert evaluator.evaluate(["low_income"], ["tenant"]) == evaluator.evaluate(["low_income"], {"tenant": True})
    assert evaluator.evaluate(["low_income"], ["tenant"]).fired == ("centre_for_low_income",)


def test_what_is_unknown_is_the_same_as_what_is_not_given(evaluator: FamilyEvaluator) -> None:
    answer = evaluator.evaluate(["low_income"], {"owner": None})
    assert answer == evaluator.evaluate(["low_income"])
    assert (answer.fired, answer.undecided) == ((), ("centre_for_low_income",))
    assert answer.strengths("sectors") == {
        "social_assistance": Strength.CONDITIONAL,
        "ngo": Strength.CONDITIONAL,
    }


def test_what_is_missing_can_be_absent(evaluator: FamilyEvaluator) -> None:
    answer = evaluator.evaluate(["low_income"], {"owner": False}, missing="absent")
    assert answer == evaluator.evaluate(["low_income"], missing="absent")
    assert answer.undecided == ()
    with pytest.raises(CaseError, match="`missing` is none of 'unknown', 'absent'"):
        evaluator.evaluate(["low_income"], missing="false")  # type: ignore[arg-type]


def test_a_need_that_is_given_twice_counts_once(evaluator: FamilyEvaluator) -> None:
    assert evaluator.evaluate(["truancy", "truancy"]) == evaluator.evaluate(["truancy"])


def test_a_reported_fact_makes_a_duty_certain(evaluator: FamilyEvaluator) -> None:
    assert evaluator.evaluate(["low_income"]).strengths("duties") == {}
    assert evaluator.evaluate(["truancy"]).strengths("duties") == {"T_SCHOOL": Strength.CONDITIONAL}
    assert evaluator.evaluate(["low_income"], ["child_under_3"]).strengths("duties") == {"T_SCHOOL": Strength.REQUIRED}


def test_the_commune_matters_where_the_model_leaves_features_open() -> None:
    evaluators = {key: FamilyEvaluator(compile_model(key)) for key in ("city", "rural")}
    for code in ("2475011", Commune("2475011")):
        known = evaluators["city"].evaluate(["truancy"], (), code).known
        assert known != evaluators["city"].evaluate(["truancy"]).known
        assert evaluators["rural"].evaluate(["truancy"], (), code) == evaluators["rural"].evaluate(["truancy"])


class TestErrors:
    def test_a_word_that_is_no_need_is_not_repeated(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(UnknownTermError) as caught:
            evaluator.evaluate(["truancy", "truancyy"])
        assert str(caught.value) == "unknown need; did you mean 'truancy'?"

    @pytest.mark.parametrize("given", [["tenantt"], {"tenantt": True}, {"tenantt": False}, {"tenantt": None}])
    def test_a_word_that_is_no_circumstance_is_not_repeated(self, evaluator: FamilyEvaluator, given: list[str]) -> None:
        with pytest.raises(UnknownTermError) as caught:
            evaluator.evaluate(["truancy"], given)
        assert str(caught.value) == "unknown circumstance; did you mean 'tenant'?"

    def test_a_need_is_no_circumstance(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(UnknownTermError, match="unknown circumstance"):
            evaluator.evaluate(["truancy"], ["low_income"])

    def test_a_case_without_needs_is_an_error(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(CaseError, match="no need is given"):
            evaluator.evaluate([])

    def test_an_answer_is_true_false_or_none(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(CaseError, match="'tenant' is neither True, False nor None"):
            evaluator.evaluate(["truancy"], {"tenant": "yes"})

    @pytest.mark.parametrize(
        ("needs", "answers", "keys"),
        [
            (["truancy"], {"child_under_18": False}, "'child_under_18'"),
            (["low_income"], {"child_under_3": True, "child_under_18": False}, "'child_under_3', 'child_under_18'"),
            (["low_income"], {"tenant": True, "owner": True}, "'tenant', 'owner'"),
        ],
    )
    def test_a_contradiction_names_the_circumstances(
        self, evaluator: FamilyEvaluator, needs: list[str], answers: dict[str, bool], keys: str
    ) -> None:
        with pytest.raises(CaseError) as caught:
            evaluator.evaluate(needs, answers)
        assert str(caught.value).startswith(f"case: {keys} both present and absent")

    def test_a_wrong_code_of_a_commune_is_an_error(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(CommuneError):
            evaluator.evaluate(["truancy"], (), "123")

    def test_a_list_that_does_not_exist_is_an_error(self, evaluator: FamilyEvaluator) -> None:
        with pytest.raises(KeyError):
            evaluator.evaluate(["truancy"]).strengths("needs")
