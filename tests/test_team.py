"""The team: who has to be there, the documented order, the proof, and what is said when somebody is missing."""

from __future__ import annotations

import pickle
from pathlib import Path
from random import Random

import pytest
from attrs import evolve
from naive_team import naive_team

from kooperacja_model import (
    load_case,
    load_catalogue,
    load_model,
    load_models,
    load_network,
    model_for,
    recommend,
    recommend_case,
)
from kooperacja_model.commune import Commune
from kooperacja_model.errors import NetworkError
from kooperacja_model.model import Strength
from kooperacja_model.network import Agreement, Institution, LocalNetwork, Origin
from kooperacja_model.provenance import Basis
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.team import Team, TeamMember, WhyConsulted, WhyIn, propose_team, seated

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "cases").glob("*.yaml"))
NETWORKS = ROOT / "examples" / "networks"
CATALOGUE = load_catalogue()
RURAL = "1816122"
COMMUNES = {"rural": RURAL, "urban_rural": "3021163", "city": "2416021"}


def institution(key: str, *types: str, seat: str | None = RURAL, **more: object) -> Institution:
    return Institution(key, f"{key} (invented)", types, ["1816122", "3021163", "2416021"], seat, **more)  # type: ignore[arg-type]


def network(*institutions: Institution, commune: str = RURAL, agreements: tuple[Agreement, ...] = ()) -> LocalNetwork:
    return LocalNetwork("invented", Commune(commune), institutions, agreements, CATALOGUE, invented=True)


OPS = institution("ops", "social_assistance_centre")
PCPR = institution("pcpr", "pcpr", seat=None, level="powiat")
SCHOOL = institution("school", "primary_school")
PPP = institution("ppp", "pp_counselling_centre", seat="1863011")
OFFICE = institution("office", "municipal_office")
POLICE = institution("police", "police_unit")


def truancy(**circumstances: bool) -> Recommendation:
    return recommend("rural", ["truancy"], {"school_age_child": True, **circumstances}, RURAL)


def member(team: Team, key: str) -> TeamMember:
    return next(entry for entry in team.members if entry.key == key)


def test_bodies_of_the_model_bring_the_types_that_always_sit_in_them_or_lead_them() -> None:
    assert {key: seated(model) for key, model in load_models().items()} == {
        "rural": (("pzk", ("social_assistance_centre", "pcpr")),),
        "urban_rural": (("ggk", ("social_assistance_centre",)),),
        "city": (("zzk", ("social_assistance_centre",)),),
    }


def test_mandated_members_come_first_with_the_body_and_the_duties_that_say_so() -> None:
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, PPP, OFFICE))
    assert set(team.keys) == {"ops", "pcpr", "school", "ppp", "office"}
    assert [(mandate.why, mandate.keys) for mandate in member(team, "pcpr").mandates] == [(WhyIn.BODY, ("pzk",))]
    assert {key for mandate in member(team, "school").mandates for key in mandate.keys} >= {"T_COMPULSORY_SCHOOL"}
    assert not member(team, "ppp").mandates
    assert team.keys[-1] == "ppp"
    assert team.missing == ()
    assert team.optimal
    assert team.cost == team.bound == (2, 5)


def test_a_missing_mandated_type_is_reported_and_who_stands_in_is_said() -> None:
    full = network(OPS, PCPR, SCHOOL, PPP, OFFICE)
    team = propose_team(truancy(), full.without("school"))
    assert [entry.type for entry in team.missing] == ["primary_school"]
    missing = team.missing[0]
    assert "school_monitoring" in missing.competences
    assert {mandate.why for mandate in missing.mandates} == {WhyIn.DUTY}
    assert set(missing.stand_ins) <= set(team.keys)
    assert "school_monitoring" in team.uncovered


def test_a_type_named_by_the_rules_comes_before_one_that_only_holds_the_competence() -> None:
    assessor = institution("assessor", "ngo_local", added={"psychopedagogical_assessment": "invented"})
    with_ppp = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, PPP, assessor))
    assert "ppp" in with_ppp.keys
    assert "assessor" not in with_ppp.keys
    without = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, assessor))
    assert member(without, "assessor").stands_in == ("psychopedagogical_assessment",)
    assert "psychopedagogical_assessment" not in without.uncovered


def test_fewer_institutions_from_outside_win_then_fewer_members() -> None:
    near = institution("ppp_near", "pp_counselling_centre")
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, PPP, near))
    assert "ppp_near" in team.keys
    assert "ppp" not in team.keys
    joined = institution("joined", "primary_school", "municipal_office", seat=RURAL)
    smaller = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, PPP, joined))
    assert "joined" in smaller.keys
    assert not {"school", "office"} & set(smaller.keys)


def test_an_agreement_decides_between_equals_and_then_the_key() -> None:
    twin = evolve(SCHOOL, key="aschool")
    plain = network(OPS, PCPR, SCHOOL, twin, OFFICE, PPP)
    assert "aschool" in propose_team(truancy(), plain).keys
    signed = plain.with_agreement(Agreement("a", "agreement", ["ops", "school"], "2022-05-04"))
    team = propose_team(truancy(), signed)
    assert "school" in team.keys
    assert member(team, "school").bound
    assert member(team, "school").alternatives == ("aschool",)


def test_the_caller_may_name_the_childs_own_school() -> None:
    twin = evolve(SCHOOL, key="aschool")
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, twin, OFFICE, PPP), include=["school"])
    assert "school" in team.keys
    assert "aschool" not in team.keys
    assert WhyIn.CALLER in {mandate.why for mandate in member(team, "school").mandates}


def test_wrong_requests_say_what_to_do() -> None:
    with pytest.raises(NetworkError, match=r"institution 'x' does not serve the commune; known are ops"):
        propose_team(truancy(), network(OPS), include=["x"])
    with pytest.raises(NetworkError, match=r"the family's commune is 1816122, the network is of 3021163"):
        propose_team(truancy(), network(OPS, commune="3021163"))


def test_a_competence_that_nobody_holds_is_uncovered_and_has_a_gap() -> None:
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE))
    assert "psychopedagogical_assessment" in team.uncovered
    assert "psychopedagogical_assessment" in {gap.key for gap in team.gaps}


def test_an_own_competence_taken_away_is_not_counted_on() -> None:
    weak = evolve(PPP, removed={"psychopedagogical_assessment": "invented: no psychologist"})
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, weak))
    assert "psychopedagogical_assessment" in team.uncovered


def test_a_social_services_centre_stands_for_the_ops_and_a_mops_with_powiat_rights_is_its_pcpr() -> None:
    cus = institution("cus", "social_services_centre")
    assert not propose_team(truancy(), network(cus, PCPR, SCHOOL, PPP, OFFICE)).missing
    mops = Institution("mops", "MOPS (invented)", ["social_assistance_centre"], ["2475011"], "2475011")
    city = LocalNetwork("invented", Commune("2475011"), [mops], [], CATALOGUE)
    assert city.types["mops"] == ("social_assistance_centre", "pcpr")
    team = propose_team(recommend("city", ["refugee_integration"], commune="2475011"), city)
    assert member(team, "mops").covers
    assert "integration_programme" in member(team, "mops").covers


def test_those_who_are_only_consulted_say_why() -> None:
    helper = institution("aid", "free_legal_aid_point")
    council = institution("council", "municipal_council")
    case = recommend("urban_rural", ["eviction_risk"], ["debts", "municipal_tenant"], "3021163")
    there = network(
        *(evolve(OPS, seat=Commune("3021163").code), helper, council, POLICE, OFFICE),
        institution("hm", "housing_manager"),
        commune="3021163",
    )
    team = propose_team(case, there)
    whys = {entry.institution: entry.why for entry in team.consulted}
    assert set(whys) & set(team.keys) == set()
    assert all(entry.competences for entry in team.consulted if entry.why is WhyConsulted.ADVISED)
    decides, works = team.bodies
    assert (decides.body.key, decides.decides, decides.works) == ("pzk", True, False)
    assert (works.body.key, works.works) == ("ggk", True)
    assert works.institutions == team.keys
    assert set(decides.institutions) >= set(team.keys)


def some_networks(rng: Random, count: int, size: int) -> list[tuple[Recommendation, LocalNetwork]]:
    """Random cases with random institutions of the types that matter for them, and of a few others."""
    found = []
    for _ in range(count):
        key = rng.choice(sorted(COMMUNES))
        needs = rng.sample(sorted(CATALOGUE.needs), rng.randint(1, 3))
        recommendation = recommend(key, needs, commune=COMMUNES[key])
        types = [advice.key for advice in recommendation.institutions]
        institutions = []
        for number in range(rng.randint(0, size)):
            its = rng.sample(types, min(len(types), rng.choice((1, 1, 1, 2, 3))))
            if rng.random() < 0.15:
                its = [rng.choice(sorted(CATALOGUE.institution_types))]
            seat = rng.choice((COMMUNES[key], "1863011", None))
            institutions.append(institution(f"i{number:02}", *dict.fromkeys(its), seat=seat))
        keys = [entry.key for entry in institutions]
        agreements = []
        if len(keys) > 2 and rng.random() < 0.6:
            agreements.append(Agreement("a", "declaration", rng.sample(keys, 2)))
        found.append((recommendation, network(*institutions, commune=COMMUNES[key], agreements=tuple(agreements))))
    return found


def test_the_team_is_the_one_found_by_trying_every_subset() -> None:
    for recommendation, there in some_networks(Random(4), 250, 9):
        team = propose_team(recommendation, there)
        naive = naive_team(recommendation, there)
        assert tuple(sorted(team.keys)) == naive.keys
        assert team.uncovered == naive.uncovered
        assert tuple(sorted(entry.type for entry in team.missing)) == naive.missing
        assert team.optimal


def test_one_more_institution_never_makes_the_team_worse() -> None:
    rng = Random(5)
    for recommendation, there in some_networks(rng, 150, 8):
        before = propose_team(recommendation, there)
        kind = rng.choice([advice.key for advice in recommendation.institutions])
        more = there.with_institution(institution("more", kind, seat=rng.choice((None, there.commune.code.text))))
        after = propose_team(recommendation, more)
        assert set(after.uncovered) <= set(before.uncovered)
        assert {entry.type for entry in after.missing} <= {entry.type for entry in before.missing}
        stands_in = [sum(len(entry.stands_in) for entry in team.members) for team in (before, after)]
        if set(after.uncovered) == set(before.uncovered) and len(after.missing) == len(before.missing):
            same = stands_in[0] == 0
            assert not same or after.cost <= before.cost


def test_a_team_does_not_depend_on_the_order_of_the_file() -> None:
    for recommendation, there in some_networks(Random(6), 60, 9):
        turned = LocalNetwork(
            there.name,
            there.commune,
            tuple(reversed(tuple(there.institutions.values()))),
            there.agreements,
            CATALOGUE,
            True,
        )
        assert propose_team(recommendation, turned).keys == propose_team(recommendation, there).keys


def test_a_limit_gives_an_honest_gap_instead_of_a_proof() -> None:
    found = [propose_team(*pair, limit=1) for pair in some_networks(Random(7), 80, 40)]
    assert any(not team.optimal for team in found)
    for team in found:
        assert team.bound <= team.cost
        assert "bound" in team.to_dict()


def test_a_team_survives_a_pickle() -> None:
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, PPP, OFFICE))
    assert pickle.loads(pickle.dumps(team)) == team


def test_the_text_names_every_member_with_a_reason_in_both_languages() -> None:
    assumed = evolve(PPP, origin=Origin(Basis.DESIGN), distance_km=18)
    lawful = evolve(OFFICE, origin=Origin(Basis.STATUTE))
    there = network(OPS, PCPR, SCHOOL, assumed, lawful, POLICE)
    there = there.with_agreement(Agreement("a", "agreement", ["ops", "school"]))
    team = propose_team(truancy(), there, include=["police"])
    for lang in ("pl", "en"):
        text = team.explain(lang)
        assert all(entry.institution.name in text for entry in team.members)
        assert "18 km" in text
    english = team.explain("en")
    assert "has a statutory duty" in english
    assert "named to be in the team" in english
    assert "assumed to exist" in english
    assert "exists by law" in english
    assert "signed an agreement" in english
    assert "All possibilities were checked" in english


def test_the_text_says_who_is_missing_and_who_stands_in() -> None:
    text = propose_team(truancy(), network(OPS, PCPR, OFFICE)).explain("en")
    assert "Who should be there and is not in the network" in text
    assert "What nobody around provides" in text


def test_the_text_of_a_violence_case_minds_what_stays_with_the_interdisciplinary_team() -> None:
    case = recommend("rural", ["domestic_violence_victim"], ["blue_card_open"], RURAL)
    text = propose_team(case, network(OPS, PCPR, POLICE)).explain("en")
    assert "an invented example" in text
    assert "Mind: " in text
    assert "nobody in the team brings it" in text


def test_a_member_that_brings_nothing_required_says_so() -> None:
    quiet = institution("quiet", "library")
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, OFFICE, PPP, quiet), include=["quiet"])
    assert member(team, "quiet").covers == ()
    assert "a contact" not in team.explain("en")
    closed = propose_team(recommend("rural", ["low_income"], {}, RURAL), network(OPS, PCPR))
    assert closed.explain("en").count("from outside the commune: 1") == 1


def test_contacts_and_the_unproven_are_said_in_the_text() -> None:
    court = institution("court", "family_court")
    case = recommend("urban_rural", ["eviction_risk", "single_parent"], ["debts", "municipal_tenant"], "3021163")
    there = network(OPS, OFFICE, court, institution("hm", "housing_manager"), commune="3021163")
    text = propose_team(case, there).explain("en")
    assert "court (invented): a contact for the team, not a member of it" in text
    open_ = next(
        team for team in (propose_team(*pair, limit=1) for pair in some_networks(Random(7), 80, 40)) if not team.optimal
    )
    assert "Not all possibilities were checked" in open_.explain("en")


def test_alternatives_and_those_who_may_add_something_are_named() -> None:
    twin = evolve(SCHOOL, key="aschool", name="Twin school (invented)")
    case = recommend("rural", ["truancy", "alcohol_problem"], {"school_age_child": True}, RURAL)
    text = propose_team(case, network(OPS, PCPR, SCHOOL, twin, OFFICE, PPP, institution("poz", "poz_clinic"))).explain(
        "en"
    )
    assert "may come in its place: school (invented)" in text
    assert "poz (invented): may add: " in text
    known = {key: False for key in CATALOGUE.circumstances if key not in ("child_under_18", "school_age_child")}
    settled = recommend("rural", ["truancy"], {**known, "school_age_child": True}, RURAL)
    assert settled.undecided == ()
    assert "open questions" not in propose_team(settled, network(OPS, PCPR)).explain("en")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_team_of_an_example_family_fits_a_table_and_every_member_and_gap_has_its_reason(path: Path) -> None:
    found = load_case(path)
    assert found.case.commune is not None
    its = load_model(found.model) if found.model else model_for(found.case.commune)
    team = propose_team(recommend_case(its, found.case), load_network(NETWORKS / path.name))
    assert team.optimal
    assert 4 <= len(team.members) <= 12
    assert all(entry.mandates or entry.covers for entry in team.members)
    assert all(gap.steps for gap in team.gaps)
    assert {gap.key for gap in team.gaps if gap.strength is Strength.REQUIRED} == set(team.uncovered)
    text = team.explain("en")
    for key in {entry.institution for entry in team.consulted if entry.why is not WhyConsulted.CONTACT}:
        assert not any(body.decides and not body.works for body in team.bodies) or "and also: " in text
        assert team.network.institutions[key].name.split()[0] in text


def test_plain_data_has_every_list_in_its_order() -> None:
    team = propose_team(truancy(), network(OPS, PCPR, SCHOOL, PPP, OFFICE))
    data = team.to_dict()
    assert data["format"] == "kooperacja_model/team/1"
    assert [entry["key"] for entry in data["members"]] == list(team.keys)
    assert data["cost"] == {"outside": 2, "members": 5}
    assert data["optimal"] is True
    assert data["model"]["hash"] == load_model("rural").hash
