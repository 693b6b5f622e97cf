"""What a recommendation says, in which order, and what it refuses."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import naive
import pytest
from attrs import evolve, fields
from random_cases import random_case
from strategies import CATALOGUE, CIRCUMSTANCES, NEEDS

from kooperacja_model import (
    Basis,
    CaseError,
    Commune,
    CommuneError,
    Condition,
    CooperationModel,
    KooperacjaError,
    Recommendation,
    Rule,
    Source,
    Strength,
    UnknownTermError,
    inputs_for,
    load_model,
    load_rules,
    make_case,
    recommend,
    recommend_case,
)
from kooperacja_model.provenance import Table
from kooperacja_model.recommendation import Change, Missing, WhyUnserved

MODELS = ("rural", "urban_rural", "city")


def random_recommendations(number: int, seed: str) -> list[Recommendation]:
    rng = Random(seed)
    found = []
    for index in range(number):
        case = random_case(rng, naive.knowledge().catalogue)
        model = load_model(MODELS[index % 3])
        found.append(recommend(model, case.needs, case.circumstances, case.commune, case.basis))
    return found


MADE = random_recommendations(60, "unit tests")


def rule_of(model: CooperationModel, key: str, when: Condition, basis: Basis = Basis.DESIGN, **brings: Any) -> Rule:
    """A rule of a small model, serving the needs in `all`, or else those in `any`."""
    in_all = tuple(fact for fact in when.all if fact in model.catalogue.needs)
    needs = in_all or tuple(fact for fact in when.any if fact in model.catalogue.needs)
    require, advise = Table(brings.get("require", {})), Table(brings.get("advise", {}))
    some = next(iter(model.rules.values()))
    return Rule(key, when, needs, require, advise, some.because, (Source(basis),), some.place)


def small_model(*rules: tuple[str, Condition, Basis, dict[str, Any]], key: str = "rural") -> CooperationModel:
    """A model with these rules only and no duties."""
    model = load_model(key)
    made = {name: rule_of(model, name, when, basis, **brings) for name, when, basis, brings in rules}
    return evolve(model, rules=Table(made), duties=Table({}), own_rules=())


POLICE = {"require": {"police_unit": ("police_intervention",)}}
SCHOOL = {"advise": {"primary_school": ("school_monitoring",)}}


class TestOrder:
    def test_institutions_come_by_strength_then_needs_served_then_catalogue(self) -> None:
        rank = CATALOGUE.institution_types.rank
        for made in MADE:
            order = [(advice.strength.rank, -len(advice.needs), rank(advice.key)) for advice in made.institutions]
            assert order == sorted(order)

    def test_competences_and_sectors_come_in_the_same_order(self) -> None:
        for made in MADE:
            order = [(a.strength.rank, -len(a.needs), CATALOGUE.competences.rank(a.key)) for a in made.competences]
            assert order == sorted(order)
            order = [(a.strength.rank, -len(a.needs), CATALOGUE.sectors.rank(a.key)) for a in made.sectors]
            assert order == sorted(order)

    def test_duties_that_arise_come_before_those_that_may_each_in_the_order_of_the_file(self) -> None:
        for made in MADE:
            order = [(advice.strength.rank, made.model.duties.rank(advice.key)) for advice in made.duties]
            assert order == sorted(order)

    def test_nothing_conditional_stands_before_something_certain(self) -> None:
        some = [made for made in MADE if {Strength.CONDITIONAL} < {advice.strength for advice in made.institutions}]
        assert some
        for made in some:
            ranks = [advice.strength.rank for advice in made.institutions]
            assert ranks == sorted(ranks)

    def test_serving_more_needs_comes_before_the_order_of_the_catalogue(self) -> None:
        both = Condition(any=("truancy", "debts", "low_income"))
        one = Condition(all=("truancy",))
        first, last = "social_assistance_centre", "neighbour_volunteers"
        assert CATALOGUE.institution_types.rank(first) < CATALOGUE.institution_types.rank(last)
        model = small_model(
            ("one", one, Basis.DESIGN, {"advise": {first: ("social_work",)}}),
            ("both", both, Basis.DESIGN, {"advise": {last: ("volunteering",)}}),
        )
        assert [advice.key for advice in recommend(model, ["truancy", "low_income"]).institutions] == [last, first]
        assert [advice.key for advice in recommend(model, ["truancy"]).institutions] == [first, last]

    def test_needs_are_told_in_the_order_of_the_catalogue_whatever_the_order_given(self) -> None:
        assert recommend("rural", ["truancy", "low_income"]) == recommend("rural", ["low_income", "truancy", "truancy"])

    def test_reasons_come_with_the_stronger_first(self) -> None:
        for made in MADE:
            for advice in made.institutions:
                ranks = [reason.strength.rank for reason in advice.reasons]
                assert ranks == sorted(ranks)
                assert advice.strength is (advice.reasons[0].strength if advice.reasons else Strength.CONDITIONAL)

    def test_competences_of_an_institution_come_by_strength_then_catalogue(self) -> None:
        for made in MADE:
            for advice in made.institutions:
                order = [(strength.rank, CATALOGUE.competences.rank(key)) for key, strength in advice.competences]
                assert order == sorted(order)


class TestReasons:
    def test_a_reason_carries_rule_text_sources_and_place(self) -> None:
        made = recommend("rural", ["truancy"])
        reasons = [reason for advice in made.institutions for reason in advice.reasons + advice.depends]
        assert reasons
        for reason in reasons:
            assert reason.rule.because.pl != reason.rule.because.en
            assert reason.rule.sources
            assert reason.rule.place.file in ("models/rules.yaml", "models/rural.yaml")
            assert reason.rule.place.line > 20

    def test_a_reason_names_only_reported_needs_and_only_competences_of_its_rule(self) -> None:
        for made in MADE:
            reported = {need.key for need in made.case.needs}
            for advice in made.institutions:
                for reason in advice.reasons + advice.depends:
                    assert set(reason.needs) == set(reason.rule.needs) & reported != set()
                    name = reason.profile or advice.key
                    brought = reason.rule.require if reason.strength is Strength.REQUIRED else reason.rule.advise
                    assert brought[name] == reason.competences

    def test_reasons_that_hold_wait_for_nothing_and_undecided_ones_say_for_what(self) -> None:
        for made in MADE:
            for advice in made.institutions:
                assert all(reason.unknown == () for reason in advice.reasons)
                for reason in advice.depends:
                    assert reason.unknown
                    assert not set(reason.unknown) & set(made.facts)

    def test_the_competences_of_the_institutions_are_the_competences_of_the_recommendation(self) -> None:
        for made in MADE:
            named = {(advice.key, key) for advice in made.institutions for key, _ in advice.competences}
            for competence in made.competences:
                assert competence.institutions
                for key in competence.institutions:
                    assert any(reason.institution == key for reason in competence.reasons + competence.depends)
                assert not set(competence.institutions) & set(competence.alternatives)
            assert {key for _, key in named} <= {advice.key for advice in made.competences}

    def test_alternatives_are_all_other_holders_in_the_order_of_the_catalogue(self) -> None:
        (legal_advice,) = (a for a in recommend("rural", ["over_indebtedness"]).competences if a.key == "legal_advice")
        holders = [key for key, term in CATALOGUE.institution_types.items() if "legal_advice" in term.competences]
        assert [key for key in holders if key not in legal_advice.institutions] == list(legal_advice.alternatives)
        assert "free_legal_aid_point" in legal_advice.institutions

    def test_a_profile_stands_in_the_place_of_its_type(self) -> None:
        (advice,) = (a for a in recommend("city", ["juvenile_demoralisation"]).institutions if a.key == "ngo_local")
        assert "ngo_youth" in advice.profiles
        assert "ngo_youth" in {reason.profile for reason in advice.reasons}
        assert "ngo_youth" not in {a.key for made in MADE for a in made.institutions}

    def test_a_type_brought_without_a_profile_has_none(self) -> None:
        made = recommend(small_model(("r", Condition(all=("truancy",)), Basis.DESIGN, POLICE)), ["truancy"])
        assert [advice.profiles for advice in made.institutions] == [()]


class TestPartOf:
    @pytest.mark.parametrize(
        ("commune", "part_of"),
        [
            ("2475011", "social_assistance_centre"),
            ("0264011", "social_assistance_centre"),
            ("1465011", None),
            ("2416021", None),
            (None, None),
        ],
        ids=["Sosnowiec", "Wrocław", "Warszawa", "Zawiercie", "unknown"],
    )
    def test_pcpr_is_part_of_the_centre_in_a_city_with_powiat_rights_but_not_in_warszawa(
        self, commune: str | None, part_of: str | None
    ) -> None:
        made = recommend("city", ["loss_of_parents"], commune=commune)
        (pcpr,) = (advice for advice in made.institutions if advice.key == "pcpr")
        assert part_of == pcpr.part_of
        assert {advice.part_of for advice in made.institutions if advice.key != "pcpr"} == {None}

    @pytest.mark.parametrize("key", ["rural", "urban_rural"])
    def test_pcpr_is_an_institution_of_its_own_outside_cities(self, key: str) -> None:
        (pcpr,) = (a for a in recommend(key, ["loss_of_parents"]).institutions if a.key == "pcpr")
        assert pcpr.part_of is None

    def test_only_a_land_powiat_brings_the_county_office_after_a_disaster(self) -> None:
        brought = {
            commune: "county_office"
            in {advice.key for advice in recommend("city", ["disaster_loss"], commune=commune).institutions}
            for commune in ("2475011", "1465011", "2416021")
        }
        assert brought == {"2475011": False, "1465011": False, "2416021": True}


def outcome(made: Recommendation) -> dict[tuple[str, str], Strength]:
    found = {("duty", advice.key): advice.strength for advice in made.duties}
    found |= {("institution", advice.key): advice.strength for advice in made.institutions}
    return found | {("competence", advice.key): advice.strength for advice in made.competences}


def difference(before: Recommendation, after: Recommendation) -> set[Change]:
    old, new = outcome(before), outcome(after)
    kinds: Any = {**old, **new}
    return {
        Change(kind, key, old.get((kind, key)), new.get((kind, key)))
        for kind, key in kinds
        if old.get((kind, key)) != new.get((kind, key))
    }


class TestQuestions:
    def test_each_answer_changes_exactly_what_two_recommendations_differ_in(self) -> None:
        compared = 0
        for made in MADE:
            answers = {answer.circumstance.key: answer.present for answer in made.case.answers}
            needs = [need.key for need in made.case.needs]
            for question in made.questions:
                if question.key not in CIRCUMSTANCES:
                    continue
                for value, changes in ((True, question.if_yes), (False, question.if_no)):
                    told = {**answers, question.key: value}
                    after = recommend(made.model, needs, told, made.case.commune, made.basis)
                    assert difference(made, after) == set(changes), (question.key, value)
                    assert len(set(changes)) == len(changes)
                    compared += 1
        assert compared > 500

    def test_a_question_about_the_commune_is_answered_by_a_commune(self) -> None:
        needs = ["psychiatric_crisis", "disaster_loss"]
        made = recommend("city", needs)
        (question,) = (question for question in made.questions if question.key == "land_powiat")
        assert difference(made, recommend("city", needs, commune="2416021")) == set(question.if_yes) != set()
        assert difference(made, recommend("city", needs, commune="1465011")) == set(question.if_no) != set()

    def test_duties_come_first_in_a_change_then_institutions_then_competences(self) -> None:
        order = {"duty": 0, "institution": 1, "competence": 2}
        for made in MADE:
            for question in made.questions:
                for changes in (question.if_yes, question.if_no):
                    ranks = [order[change.kind] for change in changes]
                    assert ranks == sorted(ranks)

    def test_the_most_decisive_question_comes_first(self) -> None:
        for made in MADE:
            order = []
            for question in made.questions:
                changes = question.if_yes + question.if_no
                heavy = [change.kind for change in changes if Strength.REQUIRED in (change.before, change.after)]
                place = [*CATALOGUE.circumstances, *CATALOGUE.features].index(question.key)
                order.append((-heavy.count("duty"), -heavy.count("institution"), -len(changes), place))
            assert order == sorted(order)

    def test_a_duty_that_an_answer_sets_in_motion_is_part_of_the_question(self) -> None:
        made = recommend("rural", ["loss_of_parents"])
        assert "T_PSYCH_EMERGENCY" not in {advice.key for advice in made.duties}
        (question,) = (question for question in made.questions if question.key == "suicidal_risk")
        assert Change("duty", "T_PSYCH_EMERGENCY", None, Strength.REQUIRED) in question.if_yes

    def test_nothing_known_is_asked_and_no_question_is_idle(self) -> None:
        for made in MADE:
            for question in made.questions:
                assert question.key not in made.facts
                assert question.if_yes or question.if_no

    def test_a_known_commune_leaves_no_question_about_it(self) -> None:
        made = recommend("city", ["psychiatric_crisis", "disaster_loss"], commune="2416021")
        assert {question.key for question in made.questions} & set(CATALOGUE.features) == set()

    @pytest.mark.parametrize("feature", ["land_powiat", "city_with_powiat_rights", "joint_ops_pcpr"])
    def test_a_feature_of_an_unknown_city_is_asked_and_answered_with_what_follows_from_it(self, feature: str) -> None:
        brings = {"require": {"pcpr": ("specialist_counselling",)}}
        model = small_model(
            ("land", Condition(all=("low_income", "land_powiat")), Basis.DESIGN, brings),
            (
                "asked",
                Condition(all=("low_income", feature)),
                Basis.DESIGN,
                {"require": {"zus_branch": ("social_work",)}},
            ),
            key="city",
        )
        question = next(q for q in recommend(model, ["low_income"]).questions if q.key == feature)
        zus = Change("institution", "zus_branch", Strength.CONDITIONAL, Strength.REQUIRED)
        pcpr = Change(
            "institution", "pcpr", Strength.CONDITIONAL, Strength.REQUIRED if feature == "land_powiat" else None
        )
        assert zus in question.if_yes
        assert pcpr in question.if_yes


class TestPassedOver:
    def test_a_rule_that_one_absent_circumstance_kept_out_names_it(self) -> None:
        model = small_model(("r", Condition(all=("truancy", "debts")), Basis.DESIGN, POLICE))
        made = recommend(model, ["truancy"], {"debts": False})
        assert [(gap.key, gap.missing) for gap in made.passed_over] == [("r", Missing(("debts",), True))]
        assert made.institutions == ()

    def test_a_rule_that_one_present_circumstance_kept_out_says_it_had_to_be_absent(self) -> None:
        model = small_model(("r", Condition(all=("truancy",), none=("debts",)), Basis.DESIGN, POLICE))
        made = recommend(model, ["truancy"], {"debts": True})
        assert [gap.missing for gap in made.passed_over] == [Missing(("debts",), False)]

    def test_a_rule_without_any_of_its_alternatives_names_them_all(self) -> None:
        model = small_model(("r", Condition(all=("truancy",), any=("debts", "pregnancy")), Basis.DESIGN, POLICE))
        made = recommend(model, ["truancy"], {"debts": False, "pregnancy": False})
        assert [gap.missing for gap in made.passed_over] == [Missing(("debts", "pregnancy"), True)]

    def test_a_rule_with_two_gaps_or_an_unreported_need_is_not_a_near_miss(self) -> None:
        model = small_model(
            ("two", Condition(all=("truancy", "debts", "pregnancy")), Basis.DESIGN, POLICE),
            ("need", Condition(all=("truancy", "low_income")), Basis.DESIGN, POLICE),
        )
        assert recommend(model, ["truancy"], {"debts": False, "pregnancy": False}).passed_over == ()

    def test_a_rule_that_is_still_undecided_is_not_passed_over(self) -> None:
        for made in MADE:
            assert not {gap.key for gap in made.passed_over} & {rule.key for rule in made.fired + made.undecided}

    def test_turning_the_missing_fact_round_lets_the_rule_hold_or_leaves_it_open(self) -> None:
        turned = 0
        for made in MADE:
            for gap in made.passed_over:
                facts = dict(made.facts)
                facts[gap.missing.facts[0]] = gap.missing.present
                assert gap.rule.when.truth(facts) is not False, gap.key
                turned += 1
        assert turned > 20

    def test_a_rule_of_the_published_models_is_named_when_consent_was_refused(self) -> None:
        made = recommend("rural", ["truancy"], {"consent_given": False})
        missing = {gap.key: gap.missing for gap in made.passed_over}
        assert missing["village_head_truancy_rural"] == Missing(("consent_given",), True)


class TestUnserved:
    RULE = ("r", Condition(all=("truancy", "debts")), Basis.DESIGN, POLICE)

    def test_undecided_while_the_only_rule_waits_for_an_answer(self) -> None:
        made = recommend(small_model(self.RULE), ["truancy"])
        assert [(gap.key, gap.why) for gap in made.unserved] == [("truancy", WhyUnserved.UNDECIDED)]
        assert [advice.strength for advice in made.institutions] == [Strength.CONDITIONAL]

    def test_basis_when_the_only_rule_rests_on_another_one(self) -> None:
        made = recommend(small_model(self.RULE), ["truancy"], ["debts"], basis=["statute"])
        assert [(gap.key, gap.why) for gap in made.unserved] == [("truancy", WhyUnserved.BASIS)]
        assert made.institutions == ()

    def test_no_rule_when_none_can_hold_any_more(self) -> None:
        made = recommend(small_model(self.RULE), ["truancy"], {"debts": False})
        assert [(gap.key, gap.why) for gap in made.unserved] == [("truancy", WhyUnserved.NO_RULE)]

    def test_no_rule_comes_before_basis_when_the_filtered_rule_cannot_hold(self) -> None:
        made = recommend(small_model(self.RULE), ["truancy"], {"debts": False}, basis=["statute"])
        assert [gap.why for gap in made.unserved] == [WhyUnserved.NO_RULE]

    def test_served_needs_are_not_listed(self) -> None:
        model = small_model(self.RULE, ("s", Condition(all=("low_income",)), Basis.STATUTE, SCHOOL))
        made = recommend(model, ["truancy", "low_income"], {"debts": False})
        assert [gap.key for gap in made.unserved] == ["truancy"]

    def test_every_reason_is_reached(self) -> None:
        assert {why.value for why in WhyUnserved} == {"undecided", "basis", "no_rule"}


class TestBasis:
    def test_text_and_basis_mean_the_same(self) -> None:
        as_text = recommend("rural", ["truancy"], basis=["statute", "model"])
        assert as_text == recommend("rural", ["truancy"], basis={Basis.MODEL, Basis.STATUTE})
        assert as_text.basis == (Basis.STATUTE, Basis.MODEL)

    def test_only_rules_with_a_source_on_the_basis_stay(self) -> None:
        made = recommend("rural", ["truancy", "lonely_senior"], basis=["practice"])
        assert made.fired
        for rule in made.fired + made.undecided:
            assert Basis.PRACTICE in {source.basis for source in rule.sources}
        assert len(made.fired) < len(recommend("rural", ["truancy", "lonely_senior"]).fired)

    def test_all_four_bases_are_the_same_as_no_filter_in_what_is_said(self) -> None:
        everything = recommend("city", ["truancy"], basis=list(Basis))
        assert everything.institutions == recommend("city", ["truancy"]).institutions

    def test_duties_stay_whatever_the_basis(self) -> None:
        made = recommend("rural", ["domestic_violence_victim"], basis=["design"])
        assert made.duties == recommend("rural", ["domestic_violence_victim"]).duties != ()

    def test_an_unknown_basis_is_refused(self) -> None:
        with pytest.raises(CaseError, match="unknown basis; known are statute, model, practice, design"):
            recommend("rural", ["truancy"], basis=["hearsay"])


def effect(
    model: CooperationModel, needs: list[str], circumstances: dict[str, bool]
) -> dict[tuple[str, str], Strength]:
    return outcome(recommend(model, needs, circumstances))


class TestInputsFor:
    @pytest.mark.parametrize("key", MODELS)
    def test_circumstances_that_are_not_inputs_change_nothing(self, key: str) -> None:
        model = load_model(key)
        for need in NEEDS:
            inputs = {given.key for given in inputs_for(model, [need])}
            before = recommend(model, [need])
            linked = {
                name
                for name in CIRCUMSTANCES
                if inputs & {other for value in (True, False) for other in naive.close({name: value})}
            }
            for name in CIRCUMSTANCES:
                if name in linked or name in before.facts:
                    continue
                for value in (True, False):
                    assert effect(model, [need], {name: value}) == outcome(before), (need, name)

    @pytest.mark.parametrize("key", MODELS)
    def test_every_circumstance_that_is_an_input_changes_something_for_some_family(self, key: str) -> None:
        model, rng = load_model(key), Random(f"inputs of {key}")
        idle = []
        for need in NEEDS:
            for given in inputs_for(model, [need]):
                if given.key in CIRCUMSTANCES and not matters(model, need, given.key, rng):
                    idle.append((need, given.key))
        expected = [("rooflessness", "mental_disorder")] if key == "city" else []  # there it only adds a reason
        assert expected == idle

    def test_inputs_come_in_the_order_of_the_catalogue_without_those_that_follow_from_the_needs(self) -> None:
        keys = [given.key for given in inputs_for(load_model("city"), ["child_abuse", "domestic_violence_victim"])]
        order = [*CATALOGUE.circumstances, *CATALOGUE.features]
        assert keys == sorted(keys, key=order.index)
        assert not {"child_under_18", "violence_suspected"} & set(keys)

    def test_what_counts_only_when_reported_is_not_asked(self) -> None:
        asked = {given.key: given.asked for given in inputs_for(load_model("rural"), ["energy_poverty"])}
        assert asked["municipal_tenant"] is True
        assert asked["violence_suspected"] is False

    def test_features_of_the_commune_are_inputs_only_in_the_city(self) -> None:
        keys = {key: {given.key for given in inputs_for(load_model(key), ["disaster_loss"])} for key in MODELS}
        assert {key: "land_powiat" in found for key, found in keys.items()} == {
            "rural": False,
            "urban_rural": False,
            "city": True,
        }

    def test_an_unknown_need_is_refused(self) -> None:
        with pytest.raises(UnknownTermError):
            inputs_for(load_model("rural"), ["truanci"])


def matters(model: CooperationModel, need: str, circumstance: str, rng: Random) -> bool:
    """Whether some family is found for which the circumstance changes the outcome."""
    for attempt in range(200):
        rate = (0.0, 0.1, 0.5)[attempt % 3]
        told = CIRCUMSTANCES if attempt % 2 else ()
        family = {name: rng.random() < rate for name in told if name != circumstance}
        answers = []
        for value in (True, False):
            try:
                answers.append(effect(model, [need], consistent(need, circumstance, value, family)))
            except CaseError:
                break
        if len(answers) == 2 and answers[0] != answers[1]:
            return True
    return False


def consistent(need: str, circumstance: str, value: bool, family: dict[str, bool]) -> dict[str, bool]:
    """The circumstance and as much of the family as does not contradict it."""
    known = naive.close({circumstance: value})
    for implied in CATALOGUE.needs[need].implies:
        known.update(naive.close({implied: True}))
    told = {circumstance: value}
    for name, present in family.items():
        follows = naive.close({name: present})
        if all(known.get(other, its) == its for other, its in follows.items()):
            known.update(follows)
            told[name] = present
    return told


class TestWords:
    def test_keys_labels_and_other_spellings_name_the_same(self) -> None:
        need, circumstance = CATALOGUE.needs["truancy"], CATALOGUE.circumstances["debts"]
        made = recommend("rural", ["truancy"], ["debts"])
        assert made == recommend("rural", [need.label.pl], [circumstance.label.pl])
        assert made == recommend("rural", [need.label.en.upper()], {circumstance.label.en: True})

    def test_an_unknown_need_names_its_place_and_the_nearest_but_not_the_word(self) -> None:
        with pytest.raises(UnknownTermError) as caught:
            recommend("rural", ["low_income", "truanncy"])
        assert str(caught.value) == "unknown need (no. 2 of those given); did you mean 'truancy'?"
        assert (caught.value.kind, caught.value.nearest, caught.value.number) == ("need", ("truancy",), 2)

    def test_an_unknown_circumstance_names_its_place_and_the_nearest_but_not_the_word(self) -> None:
        with pytest.raises(UnknownTermError) as caught:
            recommend("rural", ["truancy"], ["debts", "suicidal_rysk"])
        assert "suicidal_risk" in caught.value.nearest
        assert "rysk" not in str(caught.value) + repr(caught.value)
        assert caught.value.number == 2

    def test_a_word_far_from_everything_gets_no_guess(self) -> None:
        with pytest.raises(UnknownTermError, match="list them with `kooperacja list ") as caught:
            recommend("rural", ["qqqqqqqq"])
        assert caught.value.nearest == ()

    def test_a_circumstance_is_no_need(self) -> None:
        with pytest.raises(UnknownTermError, match="unknown need"):
            recommend("rural", ["debts"])

    def test_an_unknown_model_is_refused(self) -> None:
        with pytest.raises(KooperacjaError, match="unknown model; known are rural, urban_rural, city"):
            recommend("suburban", ["truancy"])

    def test_a_wrong_commune_is_refused(self) -> None:
        with pytest.raises(CommuneError):
            recommend("rural", ["truancy"], commune="0000000")

    def test_an_unknown_term_error_pickles(self) -> None:
        error = UnknownTermError("need", ("truancy",), 2)
        back = pickle.loads(pickle.dumps(error))
        assert (str(error), error.nearest, error.number) == (str(back), back.nearest, back.number)


class TestContradictions:
    def test_a_circumstance_that_follows_from_a_need_cannot_be_absent(self) -> None:
        with pytest.raises(CaseError, match="'child_under_18' is present by need 'truancy'"):
            recommend("rural", ["truancy"], {"child_under_18": False})

    def test_a_circumstance_that_follows_from_another_cannot_be_absent(self) -> None:
        with pytest.raises(CaseError, match="'violence_suspected'"):
            recommend("rural", ["low_income"], {"blue_card_open": True, "violence_suspected": False})

    def test_the_order_of_contradicting_answers_does_not_matter(self) -> None:
        with pytest.raises(CaseError, match=r"'violence_suspected'|'blue_card_open'"):
            recommend("rural", ["low_income"], {"violence_suspected": False, "blue_card_open": True})

    def test_a_family_has_one_tenure(self) -> None:
        with pytest.raises(CaseError, match="tenant"):
            recommend("rural", ["low_income"], ["municipal_tenant", "private_tenant"])

    def test_the_same_circumstance_in_two_words_cannot_differ(self) -> None:
        label = CATALOGUE.circumstances["debts"].label.pl
        with pytest.raises(CaseError, match="'debts' is given as present and as absent"):
            recommend("rural", ["low_income"], {"debts": True, label: False})

    @pytest.mark.parametrize("answer", [1, 0, "yes", "", 0.5])
    def test_an_answer_is_true_false_or_none(self, answer: Any) -> None:
        with pytest.raises(CaseError, match="neither True, False nor None"):
            recommend("rural", ["low_income"], {"debts": answer})

    def test_none_is_the_same_as_not_given(self) -> None:
        assert recommend("rural", ["low_income"], {"debts": None}) == recommend("rural", ["low_income"])

    def test_no_need_at_all_is_refused(self) -> None:
        with pytest.raises(CaseError, match="no need is given"):
            recommend("rural", [])

    def test_a_single_text_is_refused(self) -> None:
        with pytest.raises(CaseError, match="a single text was given"):
            recommend("rural", "truancy")
        with pytest.raises(CaseError, match="a single text was given"):
            recommend("rural", ["truancy"], "debts")

    def test_what_follows_is_known(self) -> None:
        facts = recommend("rural", ["rooflessness"], {"blue_card_open": True, "municipal_tenant": True}).facts
        assert facts["violence_suspected"] is True
        assert (facts["cooperative_tenant"], facts["private_tenant"]) == (False, False)
        facts = recommend("rural", ["low_income"], {"child_under_18": False}).facts
        assert {facts[key] for key in ("child_under_3", "preschool_child", "school_age_child", "youth_15_17")} == {
            False
        }
        assert facts["child_left_without_carer"] is False


class TestEqualityAndCopies:
    def test_a_model_by_key_is_the_published_model(self) -> None:
        assert recommend("city", ["truancy"]) == recommend(load_model("city"), ["truancy"])

    def test_a_case_can_be_made_first(self) -> None:
        model = load_model("city")
        case = make_case(model.catalogue, ["truancy"], ["debts"], Commune("2475011"))
        assert recommend_case(model, case, ["statute"]) == recommend(
            model, ["truancy"], ["debts"], "2475011", ["statute"]
        )

    @pytest.mark.parametrize(
        "other",
        [
            {"model": "city"},
            {"needs": ["low_income"]},
            {"circumstances": ["pregnancy"]},
            {"circumstances": {"debts": False}},
            {"commune": "1816122"},
            {"basis": ["statute"]},
        ],
        ids=str,
    )
    def test_recommendations_differ_when_model_case_or_basis_do(self, other: dict[str, Any]) -> None:
        arguments: dict[str, Any] = {"model": "rural", "needs": ["truancy"], "circumstances": ["debts"]}
        assert recommend(**arguments) != recommend(**{**arguments, **other})

    def test_cases_and_models_are_equal_by_content(self) -> None:
        model = load_model("rural")
        assert make_case(model.catalogue, ["truancy"]) == make_case(model.catalogue, ["truancy"])
        assert hash(make_case(model.catalogue, ["truancy"])) == hash(make_case(model.catalogue, ["truancy"]))
        assert evolve(model) == model
        assert evolve(model, own_rules=()) != model
        assert model != "rural"

    def test_case_recommendation_and_model_survive_pickle_before_and_after_use(self) -> None:
        made = recommend("city", ["truancy"], ["debts"], "2475011")
        fresh = pickle.loads(pickle.dumps(made))
        said = made.to_dict()
        used = pickle.loads(pickle.dumps(made))
        assert (said, said) == (fresh.to_dict(), used.to_dict())
        assert made.case == pickle.loads(pickle.dumps(made.case))
        assert made.model == pickle.loads(pickle.dumps(made.model))

    def test_another_rule_or_duty_gives_another_hash(self) -> None:
        model = load_model("rural")
        fewer = Table(dict(list(model.rules.items())[:-1]))
        assert len({model.hash, evolve(model, rules=fewer).hash, evolve(model, duties=Table({})).hash}) == 3
        assert len(model.hash) == 64

    def test_the_hash_does_not_depend_on_where_the_files_lie(self, tmp_path: Path) -> None:
        text = (Path(__file__).parents[1] / "examples" / "scenarios" / "zus_only_advised.yaml").read_text("utf-8")
        (tmp_path / "a.yaml").write_text(text, "utf-8")
        (tmp_path / "b.yaml").write_text("# moved by a line\n" + text, "utf-8")
        model = load_model("rural")
        one, other = (model.with_rules(load_rules(tmp_path / name).values()) for name in ("a.yaml", "b.yaml"))
        assert one.hash == other.hash != model.hash
        (rule, same) = (next(iter(load_rules(tmp_path / name).values())) for name in ("a.yaml", "b.yaml"))
        assert str(rule.place) != str(same.place)
        shown = [getattr(one, its.name) for its in fields(CooperationModel) if its.repr]
        assert "Place(" not in repr(shown)


FIELDS = [
    "format",
    "model",
    "commune",
    "basis",
    "needs",
    "circumstances",
    "sectors",
    "institutions",
    "competences",
    "duties",
    "questions",
    "passed_over",
    "unserved",
]


class TestToDict:
    def test_it_survives_json_unchanged(self) -> None:
        for made in MADE:
            data = made.to_dict()
            assert data == json.loads(json.dumps(data))

    def test_it_has_the_format_first_and_all_fields_in_order(self) -> None:
        data = recommend("rural", ["truancy"]).to_dict()
        assert data["format"] == "kooperacja_model/recommendation/1"
        assert [key for key in data if key in FIELDS] == FIELDS

    def test_its_lists_are_those_of_the_recommendation_in_order(self) -> None:
        for made in MADE:
            data = made.to_dict()
            for name in ("sectors", "institutions", "competences", "duties"):
                expected = [(advice.key, advice.strength.value) for advice in getattr(made, name)]
                assert expected == [(entry["key"], entry["strength"]) for entry in data[name]]
            assert [question.key for question in made.questions] == [entry["key"] for entry in data["questions"]]
            assert [gap.key for gap in made.passed_over] == [entry["key"] for entry in data["passed_over"]]
            assert [(gap.key, gap.why.value) for gap in made.unserved] == [
                (g["key"], g["why"]) for g in data["unserved"]
            ]

    def test_it_tells_the_case_the_bases_and_the_model(self) -> None:
        data = recommend(
            "city", ["truancy"], {"debts": False, "pregnancy": True}, "2475011", ["statute", "model"]
        ).to_dict()
        assert data["needs"] == ["truancy"]
        assert data["circumstances"] == {"debts": False, "pregnancy": True}
        assert (data["commune"], data["basis"]) == ("2475011", ["statute", "model"])
        assert (data["model"]["key"], data["model"]["hash"]) == ("city", load_model("city").hash)


PROGRAM = """
import sys
if "pure" in sys.argv:
    import yaml
    vars(yaml).pop("CSafeLoader", None)
    vars(yaml).pop("CParser", None)
import json
import kooperacja_model as km
said = [km.load_model(key).hash for key in ("rural", "urban_rural", "city")]
for needs in (["truancy", "alcohol_problem"], ["domestic_violence_victim"], ["disaster_loss", "carer_overload"]):
    made = km.recommend("city", needs, {"debts": True}, basis=["statute", "practice", "model"])
    said += [made.explain("pl"), made.explain("en"), json.dumps(made.to_dict(), ensure_ascii=False)]
    said += [json.dumps([list(made.graph.nodes(data=True)), list(made.graph.edges(data=True))], ensure_ascii=False)]
    said += [repr(made.case)]
sys.stdout.buffer.write("\\n".join(said).encode())
"""


def said_by(seed: str, *arguments: str) -> bytes:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    run = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
    return run.stdout


class TestDeterministic:
    def test_any_hash_seed_and_either_yaml_loader_give_the_same_bytes(self) -> None:
        first = said_by("0")
        assert len(first) > 10_000
        assert first == said_by("1")
        assert first == said_by("2", "pure")


class TestImport:
    def test_importing_the_package_loads_neither_yaml_nor_networkx_nor_an_optional_package(self) -> None:
        program = "import sys, kooperacja_model; print(*sorted(m.partition('.')[0] for m in sys.modules))"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
        loaded = set(run.stdout.split())
        assert "kooperacja_model" in loaded
        assert loaded & {"yaml", "networkx", "typer", "rich", "click", "numpy", "pandas", "hypothesis"} == set()

    def test_importing_the_package_loads_no_module_of_it_before_a_name_is_used(self) -> None:
        program = "import sys, kooperacja_model; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
        own = [name for name in run.stdout.split() if name.partition(".")[0] in ("kooperacja_model", "attr", "attrs")]
        assert own == ["kooperacja_model"]

    def test_every_public_name_can_be_had(self) -> None:
        import kooperacja_model

        assert sorted(kooperacja_model.__all__) == sorted(set(kooperacja_model.__all__))
        missing = [name for name in kooperacja_model.__all__ if getattr(kooperacja_model, name, None) is None]
        assert missing == []
        assert set(kooperacja_model.__all__) <= set(dir(kooperacja_model))

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        import kooperacja_model

        with pytest.raises(AttributeError, match="no attribute 'recomend'"):
            _ = kooperacja_model.recomend
