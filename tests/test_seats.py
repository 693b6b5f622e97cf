"""Who sits where: the bodies come from the model, every recommended institution has a seat or is a contact."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from random import Random

import pytest
import yaml
from attrs import evolve
from hypothesis import given, settings
from random_cases import random_case
from strategies import Told, cases

import kooperacja_model as km
from kooperacja_model.model import Strength
from kooperacja_model.organisation import Known, Part
from kooperacja_model.provenance import Basis, Lang, Table
from kooperacja_model.views import words
from kooperacja_model.views.outline import Section, outline

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "cases").glob("*.yaml"))
LANGS: tuple[Lang, Lang] = ("pl", "en")

TABLES = {
    "rural": [("pzk", True, True), ("zespol_diagnostyczny", False, False)],
    "urban_rural": [("pzk", True, False), ("ggk", False, True)],
    "city": [("pzk", True, False), ("zzk", False, True)],
}
"""Body, whether it decides, whether it works on the case: as the notes tell the three models apart."""

CONVENED = {
    ("rural", "pzk"): ("social_assistance_centre", "pcpr"),
    ("rural", "zespol_diagnostyczny"): (),
    ("urban_rural", "pzk"): ("social_assistance_centre",),
    ("urban_rural", "ggk"): None,
    ("city", "pzk"): ("social_assistance_centre",),
    ("city", "zzk"): ("social_assistance_centre",),
}
LED = {
    ("rural", "pzk"): ("social_assistance_centre",),
    ("rural", "zespol_diagnostyczny"): None,
    ("urban_rural", "pzk"): ("municipal_office",),
    ("urban_rural", "ggk"): ("social_assistance_centre",),
    ("city", "pzk"): ("social_assistance_centre",),
    ("city", "zzk"): None,
}
BASES_OF_THE_FAMILY = {
    "rural": {Basis.MODEL, Basis.DESIGN},
    "urban_rural": {Basis.DESIGN},
    "city": {Basis.PRACTICE},
}


def example(path: Path) -> km.Recommendation:
    found = km.load_case(path)
    assert found.case.commune is not None
    model = km.load_model(found.model) if found.model else km.model_for(found.case.commune)
    return km.recommend_case(model, found.case)


def section(recommendation: km.Recommendation, lang: Lang) -> Section | None:
    title = words.WORDS["seats"].text(lang)
    return next((found for found in outline(recommendation, lang).sections if found.title == title), None)


def check(recommendation: km.Recommendation) -> None:
    """Everything that holds for the seats of any recommendation."""
    model, seats = recommendation.model, recommendation.seats
    certain = {a.key: a for a in recommendation.institutions if a.strength is not Strength.CONDITIONAL}
    contacts = {key for key, advice in certain.items() if advice.term.outside_team}
    deciding = {key for entry in seats.bodies if entry.decides and not entry.works for key in entry.body.members}
    assert [(s.body.key, s.decides, s.works) for s in seats.bodies] == TABLES[model.key]
    assert seats.consulted == tuple(key for key in certain if key in contacts - deciding)
    for entry in seats.bodies:
        listed = model.bodies[entry.body.key].members
        assert entry.family is entry.works
        if not (entry.decides or entry.works):
            assert entry.seats == ()
            continue
        known = set(listed) if entry.decides and not entry.works else set()
        members = [key for key in certain if key not in contacts - known]
        assert [seat.institution for seat in entry.seats] == members
        for seat in entry.seats:
            assert seat.strength is certain[seat.institution].strength
            assert seat.part_of == certain[seat.institution].part_of
            assert seat.proposed is (entry.works and seat.strength is Strength.REQUIRED)
            assert seat.member == listed.get(seat.institution)
            assert seat.known == (listed[seat.institution].known if seat.institution in listed else None)
        always = {key for key, member in listed.items() if member.known is Known.ALWAYS}
        assert set(entry.standing) == always - set(members)
    json.dumps(recommendation.to_dict()["seats"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_seats_of_an_example_case_follow_from_the_recommendation_and_the_model(path: Path) -> None:
    check(example(path))


@pytest.mark.parametrize("key", TABLES)
def test_the_seats_of_random_cases_follow_from_the_recommendation_and_the_model(key: str) -> None:
    rng = Random(key)
    catalogue = yaml.safe_load((ROOT / "models" / "catalogue.yaml").read_text(encoding="utf-8"))
    for _ in range(60):
        told = random_case(rng, catalogue)
        check(km.recommend(key, told.needs, told.circumstances, told.commune, told.basis))


@settings(deadline=None, max_examples=40)
@given(cases())
def test_the_seats_of_any_case_follow_from_the_recommendation_and_the_model(told: Told) -> None:
    check(told.recommendation())


@pytest.mark.parametrize("key", TABLES)
def test_who_convenes_and_leads_is_what_the_notes_say_or_not_known(key: str) -> None:
    for entry in km.recommend(key, ["truancy"]).seats.bodies:
        body = entry.body
        convened = None if body.convened_by is None else body.convened_by.institutions
        led = None if body.led_by is None else body.led_by.institutions
        assert convened == CONVENED[key, body.key]
        assert led == LED[key, body.key]


@pytest.mark.parametrize("key", TABLES)
def test_the_family_is_a_member_of_the_body_that_works_on_the_case_and_the_basis_is_said(key: str) -> None:
    (entry,) = (entry for entry in km.recommend(key, ["truancy"]).seats.bodies if entry.family)
    assert entry.body.family is not None
    assert {source.basis for source in entry.body.family.sources} == BASES_OF_THE_FAMILY[key]


@pytest.mark.parametrize("key", TABLES)
def test_an_institution_that_no_team_was_seen_with_is_to_be_invited(key: str) -> None:
    seats = {seat.institution: seat for seat in km.recommend(key, ["domestic_violence_victim"]).seats.bodies[0].seats}
    assert seats["social_assistance_centre"].known is not None
    assert seats["crisis_intervention_centre"].known is None


def test_conditional_advice_has_no_seat() -> None:
    made = km.recommend("city", ["domestic_violence_victim"])
    conditional = {a.key for a in made.institutions if a.strength is Strength.CONDITIONAL}
    assert conditional
    assert conditional.isdisjoint(seat.institution for entry in made.seats.bodies for seat in entry.seats)


def test_a_contact_is_consulted_and_sits_nowhere() -> None:
    made = km.recommend("rural", ["disaster_loss"], ["home_uninhabitable"])
    assert made.seats.consulted == ("county_office", "voivodeship_office")
    assert "county_office" in made.model.bodies["pzk"].members
    assert "county_office" not in {seat.institution for entry in made.seats.bodies for seat in entry.seats}


def test_a_contact_that_is_known_to_sit_in_a_body_that_only_decides_sits_there_and_works_on_no_case() -> None:
    made = km.recommend("city", ["domestic_violence_victim"], ["child_under_18", "blue_card_open"], "2416021")
    where = {entry.body.key: {seat.institution for seat in entry.seats} for entry in made.seats.bodies}
    assert "family_court" in where["pzk"]
    assert "family_court" not in where["zzk"]
    assert "family_court" not in made.seats.consulted


def test_where_ops_and_pcpr_are_one_institution_it_is_named_once() -> None:
    for code, named in (("2416021", True), ("2475011", False)):
        made = km.recommend("city", ["child_without_parental_care"], commune=code)
        seat = next(seat for seat in made.seats.bodies[0].seats if seat.institution == "pcpr")
        assert seat.part_of == (None if named else "social_assistance_centre")
        found = section(made, "pl")
        assert found is not None
        usually = words.WORDS["known_usually"].pl
        assert any(detail.startswith(f"{usually}: powiatowe") for detail in found.entries[0].details) is named


def test_a_type_that_always_sits_there_is_said_though_it_is_not_recommended() -> None:
    made = km.recommend("rural", ["truancy"], basis=["statute"])
    assert made.seats.bodies[0].standing == ("pcpr",)
    found = section(made, "en")
    assert found is not None
    assert words.WORDS["standing"].en + ": county family assistance centre (PCPR)" in found.entries[0].details


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_text_says_for_each_body_what_it_does_who_convenes_and_who_leads(path: Path, lang: Lang) -> None:
    made = example(path)
    found = section(made, lang)
    assert found is not None
    for entry, said in zip(made.seats.bodies, found.entries, strict=False):
        assert entry.body.label.text(lang) in said.line
        assert words.WORDS[f"part_{entry.body.part.value}"].text(lang) in said.line
        for name, holder in (("convenes", entry.body.convened_by), ("leads", entry.body.led_by)):
            told = words.WORDS["not_found"].text(lang) if holder is None else holder.text.text(lang)
            assert any(detail.startswith(f"{words.WORDS[name].text(lang)}: {told}") for detail in said.details)
        member = words.WORDS["family_member"].text(lang)
        assert sum(detail.startswith(member) for detail in said.details) == int(entry.family)
        listed = [detail for detail in said.details if detail.startswith(words.WORDS["to_be_invited"].text(lang))]
        assert bool(listed) is (entry.decides and any(seat.known is None for seat in entry.seats))
    assert len(found.entries) == len(made.seats.bodies) + bool(made.seats.consulted)


@pytest.mark.parametrize("key", TABLES)
def test_every_statement_on_a_body_names_its_basis(key: str) -> None:
    bases = tuple(label.en for label in words.BASIS.values())
    found = section(km.recommend(key, ["truancy"]), "en")
    assert found is not None
    unmarked = {"only after", "not listed", "note", "always sits there, though"}
    for entry in found.entries:
        for line in (entry.line, *entry.details):
            marked = any(f"[{basis}" in line for basis in bases)
            assert marked or line.endswith(": not found") or line.startswith(tuple(unmarked)), line


def test_a_body_starts_only_after_its_stages() -> None:
    found = section(km.recommend("city", ["truancy"]), "en")
    assert found is not None
    assert found.entries[1].details[0] == "only after the stage: formalising meeting"


def test_a_body_of_which_nothing_is_known_is_said_without_claims() -> None:
    made = km.recommend("urban_rural", ["truancy"])
    ggk = made.model.bodies["ggk"]
    bare = evolve(ggk, family=None, before=(), led_by=None, convened_by=None, members=Table({}))
    alone = evolve(made, model=evolve(made.model, bodies=Table({"ggk": bare})))
    found = section(alone, "en")
    assert found is not None
    convenes, leads, proposed, family = found.entries[0].details
    assert (convenes, leads) == ("convenes: not found", "leads: not found")
    assert proposed.startswith('proposed for this case: all of the list "Whom to invite in any case";')
    assert proposed.endswith("are to be weighed [the library's proposal]")
    assert family == "the family is a member: [the library's proposal]"
    data = alone.to_dict()["seats"]["bodies"][0]
    assert (data["convened_by"], data["led_by"], data["family_known"], data["family"]) == (None, None, None, True)
    assert {seat["known"] for seat in data["seats"]} == {None}


def test_a_model_without_bodies_has_no_seats_and_no_section() -> None:
    made = km.recommend("city", ["truancy"])
    bare = evolve(made, model=evolve(made.model, bodies=Table({})))
    assert bare.seats.bodies == ()
    assert section(bare, "pl") is None


def test_bodies_of_the_project_or_of_the_region_seat_nobody_for_a_family() -> None:
    for model in km.load_models().values():
        parts = {entry.body.part for entry in km.recommend(model, ["truancy"]).seats.bodies}
        assert parts <= {Part.DECIDES, Part.WORKS, Part.BOTH, Part.DIAGNOSES}


def test_seats_are_frozen_equal_and_picklable() -> None:
    first, second = (km.recommend("rural", ["truancy"]).seats for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first
    with pytest.raises(AttributeError):
        first.consulted = ()  # type: ignore[misc]
