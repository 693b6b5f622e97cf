"""What-if: closing, adding, signing, other rules, another model or commune, and the reasons that are given."""

from __future__ import annotations

import pytest
from attrs import evolve

from kooperacja_model import load_catalogue, load_model, make_case, network_from_availability, recommend
from kooperacja_model.errors import KooperacjaError
from kooperacja_model.model import Condition, Rule
from kooperacja_model.network import Agreement, Institution, LocalNetwork
from kooperacja_model.outcomes import Aspect, OutcomeChange, Outcomes, Situation, compare_outcomes
from kooperacja_model.provenance import Basis, Label, Place, Source, Table
from kooperacja_model.team import propose_team

CATALOGUE = load_catalogue()
MODEL = load_model("rural")
NETWORK = network_from_availability(MODEL, "1816122", likely=True)
CASES = [
    make_case(CATALOGUE, ["truancy"], {"school_age_child": True}),
    make_case(CATALOGUE, ["low_income"]),
    make_case(CATALOGUE, ["parenting_difficulties"]),
]


def changed(outcomes: Outcomes, aspect: Aspect) -> list[OutcomeChange]:
    return [change for entry in outcomes.cases for change in entry.changes if change.aspect is aspect]


def what_if(network: LocalNetwork) -> Outcomes:
    return compare_outcomes(Situation(MODEL, NETWORK), Situation(MODEL, network), CASES)


def test_nothing_changes_between_a_situation_and_itself() -> None:
    outcomes = what_if(NETWORK)
    assert outcomes.affected == ()
    assert len(outcomes.cases) == 3
    assert "Nothing changes for anybody." in outcomes.explain("en")


def test_closing_the_only_counselling_centre_hits_exactly_the_families_that_need_it() -> None:
    outcomes = what_if(NETWORK.without("pp_counselling_centre"))
    needing = [
        number
        for number, case in enumerate(CASES, 1)
        if any(
            advice.strength.value in ("required", "advised") and advice.key == "psychopedagogical_assessment"
            for advice in recommend("rural", [need.key for need in case.needs], {
                answer.circumstance.key: answer.present for answer in case.answers
            }).competences
        )
    ]  # fmt: skip
    assert [entry.number for entry in outcomes.affected] == needing
    assert {change.key for change in changed(outcomes, Aspect.GAP)} == {"psychopedagogical_assessment"}
    assert all(change.institutions == ("pp_counselling_centre",) for change in changed(outcomes, Aspect.GAP))
    assert all(change.before is None for change in changed(outcomes, Aspect.GAP))


def test_a_closed_mandated_member_is_said_to_be_missing_with_the_reason() -> None:
    outcomes = what_if(NETWORK.without("pcpr"))
    missing = changed(outcomes, Aspect.MISSING)
    assert [change.key for change in missing] == ["pcpr"] * 3
    assert missing[0].institutions == ("pcpr",)
    assert "a member that has to be there is missing" in outcomes.explain("en")


def test_a_new_institution_that_replaces_one_from_afar_is_named_as_the_reason() -> None:
    near = Institution("ppp_near", "PPP (invented)", ["pp_counselling_centre"], ["1816122"], "1816122")
    outcomes = what_if(NETWORK.with_institution(near))
    members = {change.key: change for change in changed(outcomes, Aspect.MEMBER)}
    assert members["ppp_near"].after == "member"
    assert members["pp_counselling_centre"].after is None
    assert members["pp_counselling_centre"].institutions == ("ppp_near",)
    text = outcomes.explain("pl")
    assert "wchodzi" in text
    assert "odchodzi" in text


def test_an_agreement_alone_changes_no_advice() -> None:
    signed = NETWORK.with_agreement(Agreement("a", "agreement", ["social_assistance_centre", "pcpr"]))
    assert not what_if(signed).affected


def test_other_rules_change_the_advice_and_are_named() -> None:
    gone = next(
        rule.key for rule in MODEL.rules.values() if "pp_counselling_centre" in rule.require and "truancy" in rule.needs
    )
    outcomes = compare_outcomes(Situation(MODEL), Situation(MODEL.with_rules(without=[gone])), CASES[0])
    change = next(c for c in changed(outcomes, Aspect.INSTITUTION) if c.key == "pp_counselling_centre")
    assert (change.before, change.rules) == ("required", (gone,))
    assert gone in outcomes.explain("en")
    data = outcomes.to_dict()
    assert data["format"] == "kooperacja_model/outcomes/1"
    assert data["after"]["network"] is None
    assert data["before"]["model"]["hash"] != data["after"]["model"]["hash"]


def test_a_rule_of_ones_own_is_added_at_the_end_or_takes_the_place_of_the_old_one() -> None:
    rule = Rule(
        "own_idea", Condition(all=("truancy",)), ("truancy",), Table({"library": ("cultural_activation",)}), Table({}),
        Label("pomysł", "an idea"), (Source(Basis.DESIGN),), Place("mine.yaml", 1, 1),
    )  # fmt: skip
    added = MODEL.with_rules([rule])
    assert list(added.rules)[-1] == "own_idea"
    assert added.own_rules[-1] == "own_idea"
    assert added.hash != MODEL.hash
    assert MODEL.with_rules() == MODEL
    outcomes = compare_outcomes(Situation(MODEL), Situation(added), CASES[0])
    assert [change.rules for change in changed(outcomes, Aspect.COMPETENCE) if change.key == "cultural_activation"] == [
        ("own_idea",)
    ]
    first = next(iter(MODEL.rules))
    replaced = MODEL.with_rules([evolve(rule, key=first)])
    assert list(replaced.rules) == list(MODEL.rules)
    assert replaced.rules[first].because == rule.because
    with pytest.raises(KooperacjaError, match="unknown rule 'nonsense'"):
        MODEL.with_rules(without=["nonsense"])


def test_another_model_and_commune_change_duties_sectors_and_name_the_features() -> None:
    city, other = load_model("city"), network_from_availability(load_model("city"), "2475011", likely=True)
    land = network_from_availability(city, "2416021", likely=True)
    cases = [make_case(city.catalogue, [need]) for need in city.catalogue.needs]
    outcomes = compare_outcomes(Situation(city, land), Situation(city, other), cases)
    assert any(change.features for entry in outcomes.cases for change in entry.changes)
    assert all(entry.case.commune is None for entry in outcomes.cases)
    models = compare_outcomes(Situation(MODEL), Situation(load_model("urban_rural")), cases)
    assert changed(models, Aspect.SECTOR)
    for lang in ("pl", "en"):
        assert outcomes.explain(lang)
        assert models.explain(lang)


def test_situations_must_fit_each_other() -> None:
    with pytest.raises(KooperacjaError, match="only one of the situations has a network"):
        compare_outcomes(Situation(MODEL), Situation(MODEL, NETWORK), CASES)
    with pytest.raises(KooperacjaError, match="no case is given"):
        compare_outcomes(Situation(MODEL), Situation(MODEL), [])


def test_the_changes_of_members_are_those_of_the_two_teams() -> None:
    after = NETWORK.without("primary_school")
    outcomes = what_if(after)
    for entry in outcomes.cases:
        case = evolve(entry.case, commune=NETWORK.commune)
        teams = [
            set(propose_team(recommend("rural", [n.key for n in case.needs], {
                answer.circumstance.key: answer.present for answer in case.answers
            }, case.commune), network).keys)
            for network in (NETWORK, after)
        ]  # fmt: skip
        assert {c.key for c in entry.changes if c.aspect is Aspect.MEMBER} == teams[0] ^ teams[1]


def test_a_duty_that_hangs_on_the_commune_names_the_feature() -> None:
    city = load_model("city")
    duty = evolve(
        city.duties["T_BASIC_SUPPORT"], when=(Condition(all=("truancy", "city_with_powiat_rights")),), when_reported=()
    )
    changed_city = evolve(city, duties=Table({duty.key: duty}))
    networks = [network_from_availability(city, code) for code in ("2416021", "2475011")]
    case = make_case(city.catalogue, ["truancy"])
    before, after = (Situation(changed_city, network) for network in networks)
    outcomes = compare_outcomes(before, after, case)
    (change,) = changed(outcomes, Aspect.DUTY)
    assert (change.before, change.after, change.features) == (None, "required", ("city_with_powiat_rights",))
    assert "features of the commune" in outcomes.explain("en")
    without = compare_outcomes(Situation(changed_city), Situation(evolve(changed_city, duties=Table({}))), case)
    assert [(entry.key, entry.after) for entry in changed(without, Aspect.DUTY)] == [("T_BASIC_SUPPORT", None)]
