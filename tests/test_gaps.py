"""What a family needs and nobody in the network holds: gaps, missing types, ways out, and how they are said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small_catalogue
from small_networks import (
    CATALOGUE,
    COMPETENCES,
    SWILCZA,
    TYPES,
    flat,
    institution,
    institutions,
    keys_of,
    network,
    networks,
)

import kooperacja_model as km
from kooperacja_model import Commune, Institution, LocalNetwork, NetworkError, Origin, Strength, cli, recommend
from kooperacja_model.catalogue import Level
from kooperacja_model.gaps import (
    Gap,
    MissingType,
    Provision,
    WayOut,
    find_gaps,
    find_missing_types,
    find_network_gaps,
    required_alone,
)
from kooperacja_model.provenance import Basis, Lang
from kooperacja_model.views.gaps import explain_gaps, gap_entries, gaps_to_dict, missing_entries

RURAL = km.load_model("rural")
SOSNOWIEC = "2475011"
LANGS: tuple[Lang, Lang] = ("pl", "en")
ROOT = Path(__file__).parents[1]
TESTS = str(Path(__file__).parent)


def gap(competence: str, need: str, there: LocalNetwork, model: str = "rural", *present: str) -> Gap:
    found = find_gaps(recommend(model, [need], present, there.commune), there)
    return next(entry for entry in found if entry.key == competence)


def missing(kind: str, need: str, there: LocalNetwork, *present: str) -> MissingType:
    found = find_missing_types(recommend("rural", [need], present, there.commune), there)
    return next(entry for entry in found if entry.key == kind)


def ways(entry: Gap | MissingType) -> dict[str, list[str]]:
    """Ways out by name, with the keys of types and institutions."""
    return {
        step.way.value: [provider.key for provider in step.providers] + [its.key for its in step.institutions]
        for step in entry.steps
    }


NOBODY = network(institution("employer"))
"""A network with one institution that holds nothing of what families are mostly advised."""


class TestWhichCompetencesAreGaps:
    def test_a_gap_is_a_certain_competence_that_nobody_serving_the_commune_holds(self) -> None:
        there = network(institution("social_assistance_centre"), institution("pp_counselling_centre", serves="1817"))
        recommendation = recommend(RURAL, ["truancy"], commune=SWILCZA)
        centre = set(CATALOGUE.institution_types["social_assistance_centre"].competences)
        certain = [its for its in recommendation.competences if its.strength is not Strength.CONDITIONAL]
        expected = [(its.key, its.strength, its.needs) for its in certain if its.key not in centre]
        assert [(its.key, its.strength, its.needs) for its in find_gaps(recommendation, there)] == expected
        assert len(expected) < len(certain)

    def test_what_depends_on_an_answer_is_no_gap_until_it_is_answered(self) -> None:
        there = network(institution("social_assistance_centre"))
        open_ = recommend(RURAL, ["energy_poverty"], commune=SWILCZA)
        conditional = {its.key for its in open_.competences if its.strength is Strength.CONDITIONAL}
        assert "civic_and_debt_advice" in conditional
        assert conditional & {its.key for its in find_gaps(open_, there)} == set()
        answered = recommend(RURAL, ["energy_poverty"], ["debts"], SWILCZA)
        assert "civic_and_debt_advice" in {its.key for its in find_gaps(answered, there)}

    def test_both_required_and_advised_competences_are_gaps(self) -> None:
        strengths = [its.strength for its in find_gaps(recommend(RURAL, ["rooflessness"], commune=SWILCZA), NOBODY)]
        assert strengths == sorted(strengths, key=lambda strength: strength.rank)
        assert set(strengths) == {Strength.REQUIRED, Strength.ADVISED}

    def test_a_network_that_has_everything_has_no_gap(self) -> None:
        there = network(*(institution(key) for key in CATALOGUE.institution_types))
        recommendation = recommend(RURAL, ["rooflessness", "truancy"], commune=SWILCZA)
        needed = {its.key for its in find_gaps(recommendation, there)}
        assert needed <= {key for key, holders in CATALOGUE.holders.items() if not holders}
        assert find_missing_types(recommendation, there) == ()

    def test_a_competence_added_to_an_institution_closes_the_gap(self) -> None:
        there = network(institution("ngo_local", added={"shelter_emergency": "ten beds in winter"}))
        keys = {its.key for its in find_gaps(recommend(RURAL, ["rooflessness"], commune=SWILCZA), there)}
        assert "shelter_programme" in keys
        assert "shelter_emergency" not in keys


class TestWhatIsKnownOfAGap:
    def test_it_names_the_types_of_the_rules_with_the_acts_they_rest_on(self) -> None:
        found = gap("psychopedagogical_assessment", "truancy", NOBODY)
        term = CATALOGUE.institution_types["pp_counselling_centre"]
        assert found.provisions == (Provision(term, False),)
        assert found.needs == ("truancy",)
        assert found.provisions[0].sources == term.sources
        assert all(source.basis is Basis.STATUTE for source in found.provisions[0].sources)

    @pytest.mark.parametrize(
        ("kind", "guaranteed", "usual"),
        [
            ("social_assistance_centre", True, False),
            ("pcpr", True, False),
            ("police_unit", True, False),
            ("family_assistant", False, True),
            ("pp_counselling_centre", False, True),
            ("child_mental_health_centre", False, True),
            ("mental_health_centre", False, True),
            ("night_shelter", False, False),
            ("voivodeship_office", False, False),
            ("ngo_local", False, False),
        ],
    )
    def test_only_an_act_alone_guarantees_a_type(self, kind: str, guaranteed: bool, usual: bool) -> None:
        provision = Provision(CATALOGUE.institution_types[kind], False)
        assert (provision.guaranteed, provision.usual) == (guaranteed, usual)

    def test_it_names_the_duties_that_arise_and_bind_a_named_type(self) -> None:
        recommendation = recommend(RURAL, ["domestic_violence_victim"], ["blue_card_open"], SWILCZA)
        found = next(its for its in find_gaps(recommendation, NOBODY) if its.key == "blue_card_team_work")
        named = {provision.key for provision in found.provisions}
        expected = [
            advice.key
            for advice in recommendation.duties
            if advice.strength is Strength.REQUIRED and named.intersection(advice.duty.who)
        ]
        assert "interdisciplinary_team" in named
        assert [duty.key for duty in found.duties] == expected
        assert "T_GDP_COMPOSITION" in expected
        conditional = {advice.key for advice in recommendation.duties if advice.strength is Strength.CONDITIONAL}
        assert conditional
        assert conditional.isdisjoint(duty.key for its in find_gaps(recommendation, NOBODY) for duty in its.duties)

    def test_nearby_are_the_types_of_powiat_voivodeship_and_state_with_these_levels(self) -> None:
        found = gap("reintegration", "long_term_unemployment", NOBODY)
        assert [(its.key, its.levels) for its in found.nearby] == [("cis", (Level.POWIAT,)), ("kis", (Level.POWIAT,))]
        assert [(its.key, its.levels) for its in found.local] == [
            ("cis", (Level.GMINA, Level.CIVIC)),
            ("kis", (Level.GMINA, Level.CIVIC)),
        ]

    def test_in_a_city_with_powiat_rights_the_powiat_is_the_city(self) -> None:
        there = network(institution("employer"), commune=SOSNOWIEC)
        found = gap("psychopedagogical_assessment", "truancy", there, "city")
        assert found.nearby == ()
        assert [(its.key, its.levels) for its in found.local] == [("pp_counselling_centre", (Level.POWIAT,))]
        assert ways(found) == {"check": ["pp_counselling_centre"], "set_up": ["pp_counselling_centre"]}

    def test_of_what_there_is_one_for_all_nobody_sets_up_another(self) -> None:
        found = gap("legal_advice", "over_indebtedness", NOBODY)
        assert ("trafficking_victims_centre", (Level.CIVIC,)) in [(its.key, its.levels) for its in found.nearby]
        assert "trafficking_victims_centre" not in {its.key for its in found.local}

    def test_a_profile_that_adds_the_competence_to_its_type_is_a_provider(self) -> None:
        found = gap("shelter_emergency", "rooflessness", NOBODY)
        providers = [(its.key, its.profile.key if its.profile else None) for its in found.local]
        assert providers == [("night_shelter", None), ("ngo_local", "ngo_homeless")]


class TestWaysOut:
    def test_what_the_law_guarantees_is_first_looked_for_in_the_file(self) -> None:
        found = gap("environmental_interview", "truancy", NOBODY)
        assert ways(found)["enter"][0] == "social_assistance_centre"
        assert found.steps[0].way is WayOut.ENTER
        assert "social_assistance_centre" not in [
            key for way, keys in ways(found).items() if way != "enter" for key in keys
        ]

    def test_what_is_there_in_practice_is_checked_before_others_are_asked(self) -> None:
        found = gap("psychopedagogical_assessment", "truancy", NOBODY)
        assert ways(found) == {"check": ["pp_counselling_centre"], "agree": ["pp_counselling_centre"]}

    def test_who_is_there_without_the_competence_is_asked_first_with_the_reason(self) -> None:
        there = network(institution("pp_counselling_centre", removed={"psychopedagogical_assessment": "no staff"}))
        found = gap("psychopedagogical_assessment", "truancy", there)
        assert [(its.institution.key, its.reason) for its in found.present] == [("pp_counselling_centre", "no staff")]
        assert ways(found) == {"ask": ["pp_counselling_centre"]}
        assert found.provisions[0].there

    def test_who_had_it_taken_away_is_asked_even_if_the_rules_name_another_type(self) -> None:
        there = network(institution("red_cross", removed={"food_parcels": "only once a year"}))
        found = gap("food_parcels", "low_income", there)
        assert [provision.key for provision in found.provisions] == ["caritas"]
        assert ways(found) == {"ask": ["red_cross"], "invite": ["caritas", "food_bank"]}

    def test_an_organisation_of_the_named_type_is_asked_whether_it_does_this(self) -> None:
        found = gap("shelter_emergency", "rooflessness", network(institution("ngo_local")))
        assert [(its.institution.key, its.reason) for its in found.present] == [("ngo_local", None)]
        assert ways(found) == {"ask": ["ngo_local"], "set_up": ["night_shelter"], "invite": ["ngo_local"]}

    def test_who_has_it_and_serves_others_can_be_asked_to_serve_the_commune_too(self) -> None:
        there = network(institution("employer"), institution("ppp", "pp_counselling_centre", serves="1863"))
        found = gap("psychopedagogical_assessment", "truancy", there)
        assert [its.key for its in found.elsewhere] == ["ppp"]
        assert list(ways(found).items()) == [
            ("check", ["pp_counselling_centre"]),
            ("extend", ["ppp"]),
            ("agree", ["pp_counselling_centre"]),
        ]

    def test_a_type_that_rests_on_more_than_an_act_is_only_checked(self) -> None:
        found = gap("psychiatric_treatment", "child_mental_health_crisis", NOBODY)
        assert ways(found)["check"] == ["child_mental_health_centre", "mental_health_centre"]
        assert ways(found)["enter"] == ["mental_health_clinic", "psychiatric_hospital"]

    def test_named_types_come_before_the_others(self) -> None:
        assert ways(gap("food_parcels", "low_income", NOBODY))["invite"][0] == "caritas"
        assert gap("food_parcels", "low_income", NOBODY).local[0].key == "food_bank"

    @pytest.mark.parametrize("key", ["rural", "urban_rural", "city"])
    def test_every_gap_and_every_missing_type_has_a_way_out_in_order(self, key: str) -> None:
        commune = {"rural": SWILCZA, "urban_rural": "3021163", "city": SOSNOWIEC}[key]
        order = list(WayOut)
        there = network(institution("employer"), commune=commune)
        for need in CATALOGUE.needs:
            recommendation = recommend(key, [need], commune=commune)
            entries: list[Gap | MissingType] = [*find_gaps(recommendation, there)]
            entries += find_missing_types(recommendation, there)
            for entry in entries:
                found = [step.way for step in entry.steps]
                assert found, entry.key
                assert found == sorted(set(found), key=order.index)
                assert all(step.providers or step.institutions for step in entry.steps)


class TestMissingTypes:
    def test_a_required_type_that_nobody_is_is_missing_and_stand_ins_are_named(self) -> None:
        there = network(institution("social_assistance_centre"), institution("school", "primary_school"))
        recommendation = recommend(RURAL, ["child_without_parental_care"], commune=SWILCZA)
        required = [its.key for its in recommendation.institutions if its.strength is Strength.REQUIRED]
        found = find_missing_types(recommendation, there)
        assert [its.key for its in found] == [key for key in required if key != "social_assistance_centre"]
        pcpr = next(its for its in found if its.key == "pcpr")
        holders = {its.competence.key: [who.key for who in its.institutions] for its in pcpr.stand_ins}
        assert holders == {key: list(there.holders[key]) for key in holders}
        assert [] in holders.values()

    def test_the_competences_are_those_that_it_is_certainly_there_for(self) -> None:
        found = missing("pcpr", "child_without_parental_care", NOBODY)
        advice = next(
            its
            for its in recommend(RURAL, ["child_without_parental_care"], commune=SWILCZA).institutions
            if its.key == "pcpr"
        )
        certain = [key for key, strength in advice.competences if strength is not Strength.CONDITIONAL]
        assert [its.competence.key for its in found.stand_ins] == certain
        assert found.needs == advice.needs

    def test_a_stand_in_holds_the_competence_of_the_missing_type(self) -> None:
        competences = [its.competence.key for its in missing("pcpr", "child_without_parental_care", NOBODY).stand_ins]
        there = network(institution("home", "residential_childcare", added={competences[0]: "by agreement"}))
        found = missing("pcpr", "child_without_parental_care", there)
        assert [its.competence.key for its in found.stand_ins] == competences
        assert [who.key for who in found.stand_ins[0].institutions] == ["home"]

    def test_its_duties_stay_with_it(self) -> None:
        found = missing("interdisciplinary_team", "domestic_violence_victim", NOBODY, "blue_card_open")
        assert "T_GDP_COMPOSITION" in [duty.key for duty in found.duties]
        assert all("interdisciplinary_team" in duty.who for duty in found.duties)

    def test_a_centre_for_social_services_stands_for_the_centre_for_social_assistance(self) -> None:
        there = network(institution("cus", "social_services_centre"))
        found = find_missing_types(recommend(RURAL, ["truancy"], commune=SWILCZA), there)
        assert "social_assistance_centre" not in [its.key for its in found]

    def test_where_it_is_a_part_of_another_institution_that_is_said(self) -> None:
        there = network(institution("employer"), commune=SOSNOWIEC)
        recommendation = recommend("city", ["child_without_parental_care"], commune=SOSNOWIEC)
        found = {its.key: its for its in find_missing_types(recommendation, there)}
        assert found["pcpr"].part_of == "social_assistance_centre"
        assert found["social_assistance_centre"].part_of is None
        text = " ".join(next(iter(missing_entries([found["pcpr"]], km.load_model("city"), "en"))).details)
        assert "a part of the same institution as social assistance centre" in text

    def test_one_of_the_type_that_serves_others_is_a_way_out(self) -> None:
        there = network(institution("employer"), institution("ppp", "pp_counselling_centre", serves="1863"))
        assert ways(missing("pp_counselling_centre", "truancy", there)) == {
            "check": ["pp_counselling_centre"],
            "extend": ["ppp"],
            "agree": ["pp_counselling_centre"],
        }

    def test_advised_types_are_not_missing(self) -> None:
        recommendation = recommend(RURAL, ["truancy"], commune=SWILCZA)
        advised = {its.key for its in recommendation.institutions if its.strength is Strength.ADVISED}
        assert advised
        assert advised.isdisjoint(its.key for its in find_missing_types(recommendation, NOBODY))


class TestGapsOfAWholeNetwork:
    def test_they_are_the_required_gaps_of_all_needs_alone(self) -> None:
        there = network(institution("social_assistance_centre"), institution("pcpr", serves="1816"))
        expected: dict[str, list[str]] = {}
        named: dict[str, set[str]] = {}
        for need in CATALOGUE.needs:
            for entry in find_gaps(recommend(RURAL, [need], commune=SWILCZA), there):
                if entry.strength is Strength.REQUIRED:
                    expected.setdefault(entry.key, []).append(need)
                    named.setdefault(entry.key, set()).update(its.key for its in entry.provisions)
        found = find_network_gaps(RURAL, there)
        assert {its.key: list(its.needs) for its in found} == expected
        assert {its.key: {provision.key for provision in its.provisions} for its in found} == named
        assert all(its.duties == () and its.strength is Strength.REQUIRED for its in found)
        numbers = [len(its.needs) for its in found]
        assert numbers == sorted(numbers, reverse=True)

    def test_the_required_competences_of_a_need_are_those_of_its_recommendation(self) -> None:
        found = required_alone(RURAL, Commune(SWILCZA))
        assert list(found) == list(CATALOGUE.needs)
        for need in ("truancy", "energy_poverty"):
            certain = {
                its.key: its.institutions
                for its in recommend(RURAL, [need], commune=SWILCZA).competences
                if its.strength is Strength.REQUIRED
            }
            assert dict(found[need]) == certain


class TestWhatDoesNotFit:
    def test_the_network_of_another_commune(self) -> None:
        recommendation = recommend(RURAL, ["truancy"], commune="0603032")
        for function in (find_gaps, find_missing_types):
            with pytest.raises(NetworkError, match=r"the family's commune is 0603032, the network is of 1816122; give"):
                function(recommendation, NOBODY)

    def test_a_family_without_a_commune_fits_every_network(self) -> None:
        assert find_gaps(recommend(RURAL, ["truancy"]), NOBODY) != ()

    def test_the_network_of_another_catalogue(self) -> None:
        other = LocalNetwork("x", Commune(SWILCZA), [institution("centre")], [], small_catalogue())
        with pytest.raises(NetworkError, match="read with another catalogue than the model"):
            find_gaps(recommend(RURAL, ["truancy"]), other)
        with pytest.raises(NetworkError, match="read with another catalogue than the model"):
            find_network_gaps(RURAL, other)

    def test_an_equal_catalogue_is_the_same(self) -> None:
        copy = LocalNetwork("x", Commune(SWILCZA), [institution("employer")], [], evolve(CATALOGUE))
        assert copy.catalogue is not CATALOGUE
        recommendation = recommend(RURAL, ["truancy"])
        assert find_gaps(recommendation, copy) == find_gaps(recommendation, NOBODY)


# -- properties ------------------------------------------------------------------------------------

recommendations = st.builds(
    lambda model, needs: recommend(model, needs, commune=SWILCZA),
    st.sampled_from(("rural", "urban_rural")),
    st.lists(st.sampled_from(tuple(CATALOGUE.needs)), min_size=1, max_size=3, unique=True),
)


def held(there: LocalNetwork) -> set[str]:
    """The competences that somebody serving Świlcza holds, worked out from the words of the file alone."""
    found: set[str] = set()
    for its in there.institutions.values():
        if not any(SWILCZA.startswith(area) or area == "PL" for area in its.serves):
            continue
        types = {*its.types, *({"social_assistance_centre"} if "social_services_centre" in its.types else set())}
        own = {competence for key in types for competence in CATALOGUE.institution_types[key].competences}
        found |= (own | set(its.added)) - set(its.removed)
    return found


class TestTheSetOfGaps:
    @given(recommendations, networks())
    @settings(max_examples=60, deadline=None)
    def test_is_what_is_advised_less_what_is_held(self, recommendation: km.Recommendation, there: LocalNetwork) -> None:
        certain = [its.key for its in recommendation.competences if its.strength is not Strength.CONDITIONAL]
        found = find_gaps(recommendation, there)
        assert [its.key for its in found] == [key for key in certain if key not in held(there)]
        assert all(its.steps for its in found)
        for its in found:
            asked = {entry.institution.key for entry in its.present}
            assert asked <= set(there.serving)
            assert {entry.key for entry in its.elsewhere}.isdisjoint(there.serving)

    @given(recommendations, networks(), institutions("one_more"))
    @settings(max_examples=60, deadline=None)
    def test_never_grows_with_an_institution_and_never_shrinks_without_one(
        self, recommendation: km.Recommendation, there: LocalNetwork, more: Institution
    ) -> None:
        larger = there.with_institution(more)
        for find in (find_gaps, find_missing_types):
            before = {its.key for its in find(recommendation, there)}
            after = {its.key for its in find(recommendation, larger)}
            assert after <= before
            back = {its.key for its in find(recommendation, larger.without("one_more"))}
            assert back == before


# -- words and data --------------------------------------------------------------------------------

EXAMPLE = network(
    institution("social_assistance_centre"),
    institution("zi", "interdisciplinary_team", removed={"blue_card_team_work": "nobody is appointed"}),
    institution("ngo", "ngo_local", origin=Origin(Basis.DESIGN)),
    institution("ppp", "pp_counselling_centre", serves="1863"),
    institution("oik", "crisis_intervention_centre", added={"crisis_intervention": "day and night"}),
    invented=True,
)
FAMILY = recommend(RURAL, ["rooflessness", "truancy", "domestic_violence_victim"], ["blue_card_open"], SWILCZA)


class TestText:
    @pytest.mark.parametrize("lang", LANGS)
    def test_it_is_a_proposal_and_names_every_gap_and_missing_type(self, lang: Lang) -> None:
        text = flat(explain_gaps(FAMILY, EXAMPLE, lang))
        assert ("propozycja do rozważenia" if lang == "pl" else "a proposal to weigh") in text
        for entry in find_gaps(FAMILY, EXAMPLE):
            name = entry.term.label.text(lang)
            assert flat(name[:1].upper() + name[1:]) in text
        for kind in find_missing_types(FAMILY, EXAMPLE):
            name = kind.provision.term.label.text(lang)
            assert flat(name[:1].upper() + name[1:]) in text

    def test_it_says_where_the_law_is_known_and_what_is_our_own(self) -> None:
        text = flat(explain_gaps(FAMILY, EXAMPLE, "pl"))
        assert "[prawo: " in text
        assert text.count("co można zrobić [propozycja biblioteki]:") == len(find_gaps(FAMILY, EXAMPLE)) + len(
            find_missing_types(FAMILY, EXAMPLE)
        )

    def test_a_type_that_rests_on_no_act_has_no_law_behind_it(self) -> None:
        found = gap("psychiatric_treatment", "child_mental_health_crisis", NOBODY)
        assert found.provisions[0].sources == ()
        line = next(iter(gap_entries([found], RURAL, "en"))).details[1]
        assert line == (
            "proposed institution: community psychological and psychotherapeutic care centre for children and young "
            "people — territorial net, every commune is served, the seat may lie elsewhere"
        )

    def test_every_way_out_is_said_with_names_of_institutions(self) -> None:
        text = flat(explain_gaps(FAMILY, EXAMPLE, "pl"))
        assert (
            "zapytać instytucję, która jest w sieci i mogłaby to robić: name of zi (powód podany w pliku: „nobody is"
            in text
        )
        assert "name of ngo (nie wpisano, że to robi; jeśli robi, dopisać)" in text
        assert "zajrzeć do pliku sieci: pewnie brakuje tylko wpisu, trzeba go dodać: " in text
        assert (
            "sprawdzić, czy brakuje tylko wpisu w pliku sieci: poradnia psychologiczno-pedagogiczna (PPP) (w prak"
            in text
        )
        assert "porozumieć się z instytucją z pliku, która na razie nie obsługuje tej gminy: name of ppp" in text
        assert "poprosić o pomoc spoza gminy: poradnia psychologiczno-pedagogiczna (PPP) (powiat)" in text
        assert "gmina mogłaby to zorganizować albo zlecić; kto mógłby to robić: noclegownia" in text
        assert "zaprosić albo wesprzeć na miejscu: organizacja pomagająca osobom bezdomnym" in text

    def test_facts_say_that_a_network_is_invented_and_what_is_only_assumed(self) -> None:
        text = flat(explain_gaps(FAMILY, EXAMPLE, "en"))
        assert "Network of institutions: the network (an invented example)" in text
        assert "Only assumed to exist; to be checked (number of institutions): 1" in text
        plain = flat(explain_gaps(FAMILY, NOBODY, "en"))
        assert "invented" not in plain
        assert "assumed" not in plain

    def test_duties_and_stand_ins_of_a_missing_type_are_said(self) -> None:
        home = institution("home", "residential_childcare")
        found = missing("pcpr", "child_without_parental_care", EXAMPLE.with_institution(home))
        lines = next(iter(missing_entries([found], RURAL, "en"))).details
        assert any(line.endswith("meanwhile it can be provided by: name of home") for line in lines)
        police = missing("police_unit", "domestic_violence_victim", EXAMPLE)
        lines = next(iter(missing_entries([police], RURAL, "en"))).details
        assert any(line.endswith("nobody in the network provides it") for line in lines)
        duties = [line for line in lines if line.startswith("statutory duties of such an institution in this case: ")]
        assert len(duties) == 1
        assert duties[0].endswith("(a stand-in does not lift them)")

    def test_many_names_are_cut(self) -> None:
        found = gap("volunteering", "neet_youth", NOBODY)
        line = next(its for its in next(iter(gap_entries([found], RURAL, "en"))).details if "invite or" in its)
        assert len(ways(found)["invite"]) == 7
        assert line.endswith("and others (2)")

    @pytest.mark.parametrize("lang", LANGS)
    def test_where_nothing_is_missing_that_is_said(self, lang: Lang) -> None:
        there = network(institution("all", *TYPES, added=dict.fromkeys(COMPETENCES, "all of it")))
        text = explain_gaps(FAMILY, there, lang)
        assert ("Niczego nie brakuje" if lang == "pl" else "Nothing is missing") in text
        assert "1. " not in text

    def test_no_underscore_of_a_key_is_left_in_the_text(self) -> None:
        for lang in LANGS:
            text = explain_gaps(FAMILY, EXAMPLE, lang)
            assert set(re.findall(r"\b\w+_\w+\b", text)) <= {"social_assistance_centre"}  # in a name above


class TestData:
    def test_it_is_versioned_and_survives_json(self) -> None:
        data = gaps_to_dict(FAMILY, EXAMPLE)
        assert json.loads(json.dumps(data)) == data
        assert data["format"] == "kooperacja_model/gaps/1"
        assert data["model"] == {"key": "rural", "version": km.__version__, "hash": RURAL.hash}
        assert (data["commune"], data["network"], data["invented"]) == (SWILCZA, "the network", True)
        assert data["needs"] == ["rooflessness", "domestic_violence_victim", "truancy"]
        assert data["circumstances"] == {"blue_card_open": True}

    def test_gaps_and_missing_types_are_those_that_were_found(self) -> None:
        data = gaps_to_dict(FAMILY, EXAMPLE)
        assert [its["key"] for its in data["gaps"]] == [its.key for its in find_gaps(FAMILY, EXAMPLE)]
        assert [its["type"] for its in data["missing_types"]] == [
            its.key for its in find_missing_types(FAMILY, EXAMPLE)
        ]
        shelter = next(its for its in data["gaps"] if its["key"] == "shelter_emergency")
        assert shelter["present"] == [{"institution": "ngo", "reason": None}]
        assert shelter["ways_out"][-1] == {
            "way": "invite",
            "basis": "design",
            "types": [{"type": "ngo_local", "profile": "ngo_homeless", "levels": ["civic"]}],
            "institutions": [],
        }
        ppp = next(its for its in data["gaps"] if its["key"] == "psychopedagogical_assessment")
        assert ppp["elsewhere"] == ["ppp"]
        assert ppp["nearby"] == [{"type": "pp_counselling_centre", "profile": None, "levels": ["powiat"]}]
        named = ppp["named"][0]
        assert (named["type"], named["availability"], named["guaranteed"], named["there"]) == (
            "pp_counselling_centre",
            "P2",
            False,
            False,
        )
        assert {source["basis"] for source in named["sources"]} == {"statute"}

    def test_every_field_is_on_the_page_of_the_json_format(self) -> None:
        page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
        fields = keys_of(gaps_to_dict(FAMILY, EXAMPLE)) - {"pl", "en", *CATALOGUE.circumstances}
        assert [name for name in sorted(fields) if f"`{name}`" not in page] == []


def test_text_and_data_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import json; from test_gaps import *\n"
        "print(explain_gaps(FAMILY, EXAMPLE, 'pl'), json.dumps(gaps_to_dict(FAMILY, EXAMPLE)))"
    )
    printed = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": TESTS}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, env=environment, encoding="utf-8"
        )
        printed.add(done.stdout)
    assert len(printed) == 1
    assert "psychopedagogical_assessment" in printed.pop()


class TestCommandLine:
    def test_without_a_case_it_shows_all_needs_and_with_one_that_family(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "network.yaml"
        file.write_text(FILE, encoding="utf-8")
        there, model = km.load_network(file), RURAL
        assert run(capsys, "network", "gaps", str(file)) == km.measure_network(model, there).explain_needs("pl")
        assert json.loads(run(capsys, "network", "gaps", str(file), "--json")) == (
            km.measure_network(model, there).to_dict()
        )
        case = tmp_path / "case.yaml"
        case.write_text("format: kooperacja_model/case/1\nneeds: [truancy]\n", encoding="utf-8")
        recommendation = recommend(model, ["truancy"], commune=SWILCZA)
        words = ("network", "gaps", str(file), "--case", str(case))
        assert run(capsys, *words, "--lang", "en") == explain_gaps(recommendation, there, "en")
        assert json.loads(run(capsys, *words, "--json")) == gaps_to_dict(recommendation, there)
        case.write_text(case.read_text("utf-8") + f'commune: "{SWILCZA}"\nmodel: urban_rural\n', encoding="utf-8")
        assert json.loads(run(capsys, *words, "--json"))["model"]["key"] == "urban_rural"
        assert json.loads(run(capsys, *words, "--json", "--model", "rural"))["model"]["key"] == "rural"

    def test_measure_shows_on_whom_the_network_rests(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "network.yaml"
        file.write_text(FILE, encoding="utf-8")
        measures = km.measure_network(RURAL, km.load_network(file))
        assert run(capsys, "network", "measure", str(file)) == measures.explain("pl")
        assert json.loads(run(capsys, "network", "measure", str(file), "--json")) == measures.to_dict()
        city = json.loads(run(capsys, "network", "measure", str(file), "--json", "--model", "city"))
        assert city["model"]["key"] == "city"

    def test_a_family_of_another_commune_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file, case = tmp_path / "network.yaml", tmp_path / "case.yaml"
        file.write_text(FILE, encoding="utf-8")
        case.write_text('format: kooperacja_model/case/1\nneeds: [truancy]\ncommune: "0603032"\n', encoding="utf-8")
        with pytest.raises(SystemExit) as ended:
            cli.main(["network", "gaps", str(file), "--case", str(case)])
        assert ended.value.code == 2
        assert "the network is of 1816122; give the network of the family's commune" in capsys.readouterr().err

    def test_every_option_is_on_the_command_line_page(self) -> None:
        page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
        group: Any = typer.main.get_command(cli.network_app)
        for name in ("gaps", "measure"):
            section = page.split(f"## `kooperacja network {name} FILE`")[1].split("\n## ")[0]
            options = [option for its in group.commands[name].params for option in its.opts if option[0] == "-"]
            assert [option for option in options if f"| `{option}" not in section] == []


FILE = f"""format: kooperacja_model/network/1
name: invented
invented: yes
commune: "{SWILCZA}"
institutions:
  gops: {{name: GOPS, types: [OPS]}}
  school: {{name: school, types: [primary_school]}}
agreements:
  p1: {{kind: agreement, between: [gops, school]}}
"""


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.err) == (0, "")
    return printed.out
