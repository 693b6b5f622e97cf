"""The content of the models: complete, cited, careful with whom it brings, and well written."""

from __future__ import annotations

import unicodedata
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from kooperacja_model import (
    Basis,
    CooperationModel,
    Label,
    Rule,
    Source,
    Strength,
    load_case,
    load_catalogue,
    load_model,
    load_models,
    model_for,
    recommend,
    recommend_case,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = ("rural", "urban_rural", "city")
EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "cases").glob("*.yaml"))
EXPECTED: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "expected_keys.yaml").read_text(encoding="utf-8")
)

ACTS_READ = {"ups", "uwr", "uppd", "uwt", "uozp", "uwrn", "npp", "uzz", "uopl", "ucus", "uzs", "urz", "uol"}
PASSAGES_READ = {("po", "art. 42"), ("uco", "art. 61")}

REGIONAL_PARTNERS = {
    "education_superintendent",
    "regional_court",
    "voivodeship_police",
    "marshal_office",
    "voivodeship_sanitary_station",
    "public_benefit_council",
    "county_council",
}
"""Named only as members of bodies of the voivodeship or of the authorities; they support, they see no family."""

CONTACTS = {
    "family_court", "district_court_civil", "criminal_court", "prosecutor", "enforcement_officer",
    "office_for_foreigners", "energy_supplier",
}  # fmt: skip
"""Those that decide on a motion or an application; they are asked, and do not work on a family's case."""

OUTSIDE_TEAM = REGIONAL_PARTNERS | {
    "municipal_council",
    "county_office",
    "voivodeship_office",
    "regional_social_policy_centre",
}
RULES_OUTSIDE_TEAM = {
    "county_office_disaster",
    "voivodeship_office_temporary_protection",
    "voivodeship_office_trafficking",
    "voivodeship_office_disaster",
}

NEVER_NAMED = REGIONAL_PARTNERS | {
    "foster_family",  # a family that looks after a child, addressed by the duties only through its offices
    "social_services_centre",  # stands in for the social assistance centre
    "municipal_council",
    "regional_social_policy_centre",
    "voivodeship_labour_office",
    "pfron",
    "zaz",
    "village_council",
    "local_action_group",
}

DEADLINES = {
    "T_BLUE_CARD": "P5D",
    "T_GDP_COMPOSITION": "P3D",
    "T_NK_FIREARM": "PT0S",
    "T_NK_WORK": "P30D",
    "T_REPORT_CRIME": "PT0S",
    "T_REPORT_CRIME_304": "PT0S",
    "T_REPORT_GRAVE_CRIME": "PT0S",
    "T_CHILD_REMOVAL": "PT24H",
    "T_GUARDIANSHIP_NOTICE": "PT0S",
    "T_FAMILY_INTERVIEW": "PT0S",
    "T_INTERVENTION_FACILITY": "PT24H",
    "T_PLACEMENT_REVIEW": "P18M",
    "T_JUVENILE": "PT0S",
    "T_ADDICTION_COMMITMENT": "P1M",
    "T_PSYCH_EMERGENCY": "PT48H",
    "T_CRISIS_INTERVENTION": "PT0S",
    "T_INTEGRATION_PROGRAMME": "P60D",
    "T_UNACCOMPANIED_MINOR": "PT0S",
    "T_INFO_7_DAYS": "P7D",
}
"""Deadlines as the notes on the law give them (section 4)."""

LAY_PEOPLE = {
    "village_head",
    "village_council",
    "district_council",
    "parish",
    "neighbour_volunteers",
    "farm_women_circle",
    "sports_club",
    "volunteer_fire_brigade",
}
VIOLENCE = ("domestic_violence_victim", "violence_perpetrator", "child_abuse", "trafficking_victim")
RESCUE = {"volunteer_fire_brigade_fire", "volunteer_fire_brigade_disaster"}
LAY_WITHOUT_CONSENT = RESCUE | {
    "village_head_lonely_senior",
    "village_head_disaster",
    "village_head_winter_search",
    "village_head_after_fire",
    "neighbours_after_fire",
    "neighbours_frail_after_disaster",
    "district_council_city",
}


def all_rules() -> dict[str, Rule]:
    return {key: rule for model in load_models().values() for key, rule in model.rules.items()}


def brought(rule: Rule) -> set[str]:
    """Institution types that a rule brings, profiles resolved."""
    profiles = load_catalogue().profiles
    return {profiles[name].of if name in profiles else name for name in (*rule.require, *rule.advise)}


def all_sources() -> Iterator[tuple[str, Source]]:
    """Every source of every file, with a name for it."""
    catalogue = load_catalogue()
    for section in ("areas", "reasons", "sectors", "competences", "institution_types", "needs"):
        for key, term in getattr(catalogue, section).items():
            yield from ((f"{section} {key}", source) for source in term.sources)
    for key, rule in all_rules().items():
        yield from ((f"rule {key}", source) for source in rule.sources)
    for model in load_models().values():
        yield from ((f"model {model.key}", source) for source in (*model.sources, *model.criterion.sources))
        for key, sector in model.sectors.items():
            yield from ((f"model {model.key} {key}", source) for source in sector.sources)
    for key, duty in load_model("rural").duties.items():
        yield from ((f"duty {key}", source) for source in duty.sources)


def all_labels() -> Iterator[tuple[str, Label]]:
    """Every bilingual text that is a name, with a name for it."""
    catalogue = load_catalogue()
    sections = ("acts", "pages", "areas", "levels", "availability", "features", "reasons", "circumstances", "sectors")
    for section in (*sections, "competences", "institution_types", "profiles", "needs"):
        for key, term in getattr(catalogue, section).items():
            yield f"{section} {key}", term.label
    for model in load_models().values():
        yield f"model {model.key}", model.label
        yield from ((f"model {model.key} {key}", sector.label) for key, sector in model.sectors.items())
    yield from ((f"duty {key}", duty.label) for key, duty in load_model("rural").duties.items())


def all_sentences() -> Iterator[tuple[str, Label]]:
    """Every bilingual text that is a sentence of its own."""
    yield from ((f"rule {key}", rule.because) for key, rule in all_rules().items())
    yield from ((f"duty {key}", duty.what) for key, duty in load_model("rural").duties.items())


def all_questions() -> Iterator[tuple[str, Label]]:
    catalogue = load_catalogue()
    yield from ((key, term.question) for key, term in catalogue.circumstances.items())
    yield from ((key, term.question) for key, term in catalogue.features.items())


def all_notes() -> Iterator[tuple[str, Label]]:
    for key, duty in load_model("rural").duties.items():
        for note in (duty.provided, duty.who_note, duty.deadline_note, duty.consent_note):
            if note is not None:
                yield f"duty {key}", note


def all_texts() -> Iterator[tuple[str, str]]:
    for name, label in (*all_labels(), *all_sentences(), *all_questions(), *all_notes()):
        yield name, label.pl
        yield name, label.en


class TestNothingIsMissing:
    @pytest.mark.parametrize(
        ("section", "number"),
        [("needs", 47), ("sectors", 27), ("reasons", 19), ("circumstances", 39), ("profiles", 7)],
    )
    def test_the_section_has_exactly_the_keys_of_the_notes(self, section: str, number: int) -> None:
        assert len(EXPECTED[section]) == number
        assert sorted(EXPECTED[section]) == sorted(getattr(load_catalogue(), section))

    @pytest.mark.parametrize(("section", "of_notes", "added"), [("competences", 97, 12), ("institution_types", 98, 16)])
    def test_the_section_has_the_keys_of_the_notes_and_of_the_matrices(
        self, section: str, of_notes: int, added: int
    ) -> None:
        assert (len(EXPECTED[section]), len(EXPECTED[f"added_{section}"])) == (of_notes, added)
        expected = EXPECTED[section] + EXPECTED[f"added_{section}"]
        assert sorted(expected) == sorted(getattr(load_catalogue(), section))

    @pytest.mark.parametrize("key", MODELS)
    def test_every_model_has_all_duties(self, key: str) -> None:
        assert (len(EXPECTED["duties"]), len(EXPECTED["added_duties"])) == (37, 14)
        assert sorted(EXPECTED["duties"] + EXPECTED["added_duties"]) == sorted(load_model(key).duties)

    @pytest.mark.parametrize("key", MODELS)
    def test_every_need_is_served_under_every_model_whatever_else_is_known(self, key: str) -> None:
        model = load_model(key)
        unserved = [need for need in EXPECTED["needs"] if recommend(model, [need]).unserved]
        assert unserved == []

    @pytest.mark.parametrize("key", MODELS)
    def test_every_need_brings_at_least_three_institutions_and_one_besides_the_centre(self, key: str) -> None:
        model = load_model(key)
        few = []
        for need in EXPECTED["needs"]:
            named = {advice.key for advice in recommend(model, [need]).institutions if advice.reasons}
            if len(named) < 3 or "social_assistance_centre" not in named:
                few.append((need, named))
        # who else can feed a family depends on the ages, who pays an older person on the farm
        hungry = ("food_insecurity", {"social_assistance_centre", "caritas"})
        senior = ("dependent_senior", {"social_assistance_centre", "poz_clinic"})
        assert few == {"rural": [hungry, senior], "urban_rural": [hungry], "city": []}[key]

    def test_every_need_belongs_to_a_reason_of_article_7(self) -> None:
        assert [key for key, need in load_catalogue().needs.items() if not need.reasons] == []

    def test_every_circumstance_is_used_by_a_rule_or_a_duty_except_the_former_programme(self) -> None:
        model_facts = {fact for rule in all_rules().values() for fact in rule.when.facts}
        duties = load_model("rural").duties.values()
        duty_facts = {fact for duty in duties for condition in duty.when for fact in condition.facts}
        duty_facts |= {fact for duty in duties for fact in duty.when_reported}
        unused = [key for key in EXPECTED["circumstances"] if key not in model_facts | duty_facts]
        assert unused == ["previous_ipw"]

    def test_every_institution_type_is_named_by_a_rule_or_a_duty_except_those_known_to_be_silent(self) -> None:
        named = {key for rule in all_rules().values() for key in brought(rule)}
        for duty in load_model("rural").duties.values():
            named |= {*duty.who, *duty.to}
        silent = {key for key in load_catalogue().institution_types if key not in named}
        assert silent == NEVER_NAMED

    def test_every_model_says_which_of_its_sectors_covers_which_of_the_catalogue(self) -> None:
        for model in load_models().values():
            covered = [sector for own in model.sectors.values() for sector in own.sectors]
            assert sorted(set(covered)) == sorted(covered), model.key
            assert set(covered) <= set(EXPECTED["sectors"]), model.key


class TestCited:
    def test_verified_stands_only_where_the_text_of_the_act_was_read(self) -> None:
        wrong = [
            (name, source.act and source.act.key, source.passage)
            for name, source in all_sources()
            if source.verified
            and (source.act is None or source.act.key not in ACTS_READ)
            and (source.act is None or (source.act.key, source.passage) not in PASSAGES_READ)
        ]
        assert wrong == []

    def test_the_catalogue_marks_the_same_acts_as_read(self) -> None:
        acts = load_catalogue().acts
        assert {key for key, act in acts.items() if act.text_read} == ACTS_READ
        assert {(key, passage) for key, act in acts.items() for passage in act.passages_read} == PASSAGES_READ

    def test_verified_sources_name_the_passage(self) -> None:
        verified = [(name, source) for name, source in all_sources() if source.verified]
        assert len(verified) > 500
        assert [name for name, source in verified if name.startswith("duty") and not source.passage] == []

    def test_a_statute_source_has_an_act_and_a_model_or_practice_source_has_a_page(self) -> None:
        lacking = [
            (name, source.basis.value)
            for name, source in all_sources()
            if (source.basis is Basis.STATUTE and source.act is None)
            or (source.basis in (Basis.MODEL, Basis.PRACTICE) and source.page is None)
        ]
        assert lacking == []

    def test_a_design_source_claims_neither_an_act_nor_a_page(self) -> None:
        claims = [
            name
            for name, source in all_sources()
            if source.basis is Basis.DESIGN and (source.act or source.page or source.passage or source.verified)
        ]
        assert claims == []

    def test_every_rule_and_duty_has_a_source_and_every_duty_rests_on_a_statute(self) -> None:
        duties = load_model("rural").duties
        assert [key for key, rule in all_rules().items() if not rule.sources] == []
        assert [key for key, duty in duties.items() if duty.sources[0].basis is not Basis.STATUTE] == []

    def test_duties_have_the_deadlines_of_the_notes(self) -> None:
        duties = load_model("rural").duties
        assert {key: duties[key].deadline for key in DEADLINES} == DEADLINES

    def test_no_rule_cites_the_same_source_twice(self) -> None:
        assert [key for key, rule in all_rules().items() if len(set(rule.sources)) < len(rule.sources)] == []

    def test_every_page_has_its_own_web_address(self) -> None:
        pages = load_catalogue().pages
        assert [key for key, page in pages.items() if not page.address.startswith(("https://", "http://"))] == []


class TestWhomItBrings:
    def test_offices_outside_the_team_come_only_by_the_named_exceptions(self) -> None:
        rules = {key for key, rule in all_rules().items() if brought(rule) & OUTSIDE_TEAM}
        assert rules == RULES_OUTSIDE_TEAM
        types = load_catalogue().institution_types
        assert {key for key, term in types.items() if term.outside_team} == OUTSIDE_TEAM | CONTACTS

    def test_offices_outside_the_team_are_never_required(self) -> None:
        types = {key for rule in all_rules().values() for key in rule.require}
        assert types & {"municipal_council", "county_office", "regional_social_policy_centre"} == set()

    def test_no_rule_brings_lay_people_of_the_place_for_a_violence_need(self) -> None:
        wrong = [
            key for key, rule in all_rules().items() if brought(rule) & LAY_PEOPLE and set(rule.needs) & set(VIOLENCE)
        ]
        assert wrong == []

    def test_every_rule_with_lay_people_excludes_every_violence_need_except_rescue(self) -> None:
        open_ = {
            key
            for key, rule in all_rules().items()
            if brought(rule) & LAY_PEOPLE and not set(VIOLENCE) <= set(rule.when.none)
        }
        assert open_ == RESCUE

    def test_lay_people_come_with_consent_except_where_they_are_told_nothing(self) -> None:
        without = {
            key
            for key, rule in all_rules().items()
            if brought(rule) & LAY_PEOPLE and "consent_given" not in rule.when.all
        }
        assert without == LAY_WITHOUT_CONSENT

    @pytest.mark.parametrize("violence", VIOLENCE)
    @pytest.mark.parametrize("key", MODELS)
    def test_no_lay_person_is_recommended_beside_a_violence_need(self, key: str, violence: str) -> None:
        model = load_model(key)
        for need in EXPECTED["needs"]:
            made = recommend(model, {violence, need}, ["consent_given", "senior_75_plus", "winter_period"])
            lay = {(a.key, r.rule.key) for a in made.institutions for r in a.reasons + a.depends if a.key in LAY_PEOPLE}
            assert {rule for _, rule in lay} <= RESCUE, (need, lay)

    def test_mediation_never_comes_where_violence_is_suspected(self) -> None:
        with_mediation = {
            key: rule
            for key, rule in all_rules().items()
            if any("mediation" in competences for competences in (*rule.require.values(), *rule.advise.values()))
        }
        assert list(with_mediation) == ["free_legal_aid_point_mediation"]
        assert {"violence_suspected", "child_abuse"} <= set(with_mediation["free_legal_aid_point_mediation"].when.none)

    @pytest.mark.parametrize("circumstance", ["violence_suspected", "blue_card_open"])
    def test_mediation_is_not_recommended_when_violence_is_reported(self, circumstance: str) -> None:
        with_violence = recommend("city", ["single_parent"], [circumstance])
        without = recommend("city", ["single_parent"], {"violence_suspected": False})
        assert "mediation" in {advice.key for advice in without.competences}
        assert "mediation" not in {advice.key for advice in with_violence.competences}

    def test_a_rule_names_only_competences_that_the_institution_holds(self) -> None:
        catalogue = load_catalogue()
        lacking = []
        for key, rule in all_rules().items():
            for name, competences in (*rule.require.items(), *rule.advise.items()):
                if name in catalogue.profiles:
                    profile = catalogue.profiles[name]
                    held = {*profile.competences, *catalogue.institution_types[profile.of].competences}
                else:
                    held = set(catalogue.institution_types[name].competences)
                lacking += [(key, name, competence) for competence in competences if competence not in held]
        assert lacking == []

    def test_conditions_that_follow_from_the_only_need_of_a_rule_are_left_out(self) -> None:
        catalogue = load_catalogue()
        idle = [
            (key, fact)
            for key, rule in all_rules().items()
            for fact in rule.when.all
            if all(fact in catalogue.needs[need].implies for need in rule.needs)
        ]
        assert idle == []

    @pytest.mark.parametrize("key", MODELS)
    def test_the_list_stays_usable_for_two_needs(self, key: str) -> None:
        model = load_model(key)
        sizes = []
        for pair in combinations(EXPECTED["needs"], 2):
            made = recommend(model, pair)
            sizes.append(sum(advice.strength.value == "required" for advice in made.institutions))
        assert sum(sizes) / len(sizes) < 10
        assert max(sizes) <= 20

    @pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
    def test_an_example_family_has_three_to_twelve_to_invite_in_any_case_and_at_most_twenty_in_all(
        self, file: Path
    ) -> None:
        given = load_case(file)
        model = load_model(given.model) if given.model else model_for(given.case.commune or "")
        strengths = [advice.strength for advice in recommend_case(model, given.case).institutions]
        required, advised = strengths.count(Strength.REQUIRED), strengths.count(Strength.ADVISED)
        assert 3 <= required <= 12
        assert required + advised <= 20


class TestWritten:
    def test_every_label_is_there_in_both_languages(self) -> None:
        assert [name for name, label in all_labels() if not label.pl.strip() or not label.en.strip()] == []

    @pytest.mark.parametrize(
        "section", ["needs", "circumstances", "sectors", "competences", "institution_types", "acts", "reasons"]
    )
    def test_polish_labels_keep_their_diacritics(self, section: str) -> None:
        terms = list(getattr(load_catalogue(), section).values())
        with_diacritics = [term for term in terms if set(term.label.pl.casefold()) & set("ąćęłńóśźż")]
        assert len(with_diacritics) > len(terms) * 0.5

    def test_polish_sentences_keep_their_diacritics(self) -> None:
        with_diacritics = [name for name, text in all_sentences() if set(text.pl.casefold()) & set("ąćęłńóśźż")]
        assert len(with_diacritics) > len(list(all_sentences())) * 0.9

    @pytest.mark.parametrize(
        "section", ["circumstances", "needs", "sectors", "competences", "institution_types", "acts"]
    )
    def test_no_two_terms_of_a_section_have_the_same_label(self, section: str) -> None:
        terms = list(getattr(load_catalogue(), section).values())
        assert len({term.label.pl for term in terms}) == len(terms)
        assert len({term.label.en for term in terms}) == len(terms)

    def test_no_two_circumstances_ask_the_same_question(self) -> None:
        terms = list(load_catalogue().circumstances.values())
        assert len({term.question.pl for term in terms}) == len(terms)
        assert len({term.question.en for term in terms}) == len(terms)

    def test_sentences_begin_with_a_capital_and_end_with_a_full_stop(self) -> None:
        texts = [(name, text) for name, label in all_sentences() for text in (label.pl, label.en)]
        assert [(name, text) for name, text in texts if not text.endswith(".")] == []
        starts = [(name, text.lstrip("„“")[0]) for name, text in texts]
        assert [(name, start) for name, start in starts if not start.isupper() and not start.isdigit()] == []

    def test_questions_end_with_a_question_mark(self) -> None:
        assert [name for name, text in all_questions() if not text.pl.endswith("?") or not text.en.endswith("?")] == []

    def test_texts_have_no_straight_double_quotes(self) -> None:
        assert [(name, text) for name, text in all_texts() if '"' in text] == []

    def test_polish_quotation_marks_come_in_pairs(self) -> None:
        assert [(name, text) for name, text in all_texts() if text.count("„") != text.count("”")] == []

    def test_texts_are_normalised_and_have_no_stray_spaces(self) -> None:
        assert [name for name, text in all_texts() if text != unicodedata.normalize("NFC", text)] == []
        assert [name for name, text in all_texts() if text != " ".join(text.split())] == []

    def test_english_texts_never_say_collaboration(self) -> None:
        assert [name for name, text in all_texts() if "collaborat" in text.casefold()] == []


class TestModels:
    @pytest.mark.parametrize("key", MODELS)
    def test_own_rules_stand_after_the_shared_ones(self, key: str) -> None:
        model: CooperationModel = load_model(key)
        assert tuple(model.rules)[-len(model.own_rules) :] == model.own_rules

    def test_the_models_share_rules_and_duties_and_each_has_its_own(self) -> None:
        models = load_models()
        shared = [tuple(key for key in model.rules if key not in model.own_rules) for model in models.values()]
        assert shared[0] == shared[1] == shared[2]
        own = [key for model in models.values() for key in model.own_rules]
        assert len(set(own)) == len(own)
        assert {model.duties for model in models.values()} == {models["rural"].duties}

    def test_the_macroregions_are_those_of_the_notes_which_leave_out_dolnoslaskie(self) -> None:
        expected = {
            "rural": ("06", "14", "18", "20", "26"),
            "urban_rural": ("04", "08", "22", "28", "30", "32"),
            "city": ("10", "12", "16", "24"),
        }
        assert expected == {key: model.voivodeships for key, model in load_models().items()}
