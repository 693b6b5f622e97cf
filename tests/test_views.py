"""How a recommendation is said: text, short text, HTML, and the words of sources and deadlines."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from attrs import evolve

import kooperacja_model as km
from kooperacja_model.model import Strength
from kooperacja_model.provenance import Basis, Label, Lang, Page, Place, Source
from kooperacja_model.views import words
from kooperacja_model.views.outline import MOST_PASSED_OVER, MOST_QUESTIONS, MOST_QUESTIONS_SHORT, outline

LANGS: tuple[Lang, Lang] = ("pl", "en")
PLACE = Place("models/rules.yaml", 1, 1)
FAMILY = km.recommend(
    "city", ["domestic_violence_victim", "alcohol_problem"], {"blue_card_open": True, "debts": False}, "2416021"
)


def flat(text: str) -> str:
    """A text without line breaks and indents."""
    return " ".join(text.split())


@pytest.mark.parametrize("lang", LANGS)
def test_the_text_names_every_duty_and_every_institution_with_every_reason_and_its_place(lang: Lang) -> None:
    text = flat(FAMILY.explain(lang))
    for duty in FAMILY.duties:
        if duty.strength is Strength.REQUIRED:
            assert duty.duty.what.text(lang) in text
            assert f"[{duty.key}, {duty.duty.place.file}:{duty.duty.place.line}]" in text
    for advice in FAMILY.institutions:
        assert words.say_institution(advice.term, lang).lower() in text.lower()
        for reason in advice.reasons:
            assert reason.rule.because.text(lang) in text
            assert f"[{reason.rule.key}, {reason.rule.place.file}:{reason.rule.place.line}]" in text
            for source in reason.rule.sources:
                assert words.say_source(source, lang) in text


@pytest.mark.parametrize("lang", LANGS)
def test_every_reason_says_its_basis_in_words_and_the_number_of_its_note(lang: Lang) -> None:
    said = outline(FAMILY, lang)
    notes = said.sections[-1]
    assert notes.title == words.WORDS["bases_title"].text(lang)
    institutions = next(section for section in said.sections if section.title == words.WORDS["required"].text(lang))
    reasons = [detail for entry in institutions.entries for detail in entry.details if detail.endswith("]")]
    assert reasons
    for detail in reasons:
        bases, _, number = detail[detail.rindex("[") + 1 : -1].rpartition("; ")
        assert set(bases.split(", ")) <= {label.text(lang) for label in words.BASIS.values()}
        assert 1 <= int(number) <= len(notes.entries)


@pytest.mark.parametrize("lang", LANGS)
def test_the_text_is_a_proposal_and_says_that_the_family_takes_part(lang: Lang) -> None:
    for short in (False, True):
        text = flat(FAMILY.explain(lang, short))
        assert words.WORDS["disclaimer"].text(lang) in text
    assert "propozycja" in words.WORDS["disclaimer"].pl
    assert "Rodzina bierze udział" in words.WORDS["disclaimer"].pl


def test_what_to_mind_is_said_where_violence_is_suspected_and_only_there() -> None:
    caution = FAMILY.model.catalogue.circumstances["violence_suspected"].caution
    assert caution is not None
    for lang in LANGS:
        assert caution.text(lang) in flat(FAMILY.explain(lang))
        assert caution.text(lang) in flat(FAMILY.explain(lang, short=True))
        assert caution.text(lang) not in flat(km.recommend("rural", ["truancy"]).explain(lang))


def test_the_languages_are_not_mixed() -> None:
    assert "koniecznie" not in FAMILY.explain("en")
    assert "whom to invite" not in FAMILY.explain("pl").lower()


def test_lines_are_at_most_100_characters_wide_unless_a_word_is_longer() -> None:
    for line in (FAMILY.explain("pl") + FAMILY.explain("en")).splitlines():
        assert len(line) <= 100 or " " not in line.strip()


def test_the_short_text_has_duties_and_whom_to_invite_with_one_reason_each() -> None:
    said = outline(FAMILY, "en", short=True)
    required = [advice for advice in FAMILY.institutions if advice.strength is Strength.REQUIRED]
    section = next(section for section in said.sections if section.numbered)
    assert len(section.entries) == len(required)
    for entry, advice in zip(section.entries, required, strict=True):
        assert entry.details[0].startswith(advice.reasons[0].rule.because.en)
    questions = said.sections[-1]
    assert len(questions.entries) == min(MOST_QUESTIONS_SHORT, len(FAMILY.questions))
    assert len(FAMILY.explain("en", short=True)) < len(FAMILY.explain("en")) / 2


def test_a_short_text_without_advised_institutions_has_no_such_section() -> None:
    only = km.recommend("rural", ["child_without_parental_care"], basis=["statute"])
    assert not [advice for advice in only.institutions if advice.strength is Strength.ADVISED]
    titles = [section.title for section in outline(only, "en", short=True).sections]
    assert words.WORDS["advised"].en not in titles


def test_many_questions_and_near_misses_are_cut_and_counted() -> None:
    unknown = km.recommend("rural", ["parenting_difficulties", "single_parent"])
    said = {section.title: section for section in outline(unknown, "en").sections}
    assert len(unknown.questions) > MOST_QUESTIONS
    assert len(said["What is worth asking"].entries) == MOST_QUESTIONS
    rest = said["Further questions"].entries[0].line
    assert all(question.term.question.en in rest for question in unknown.questions[MOST_QUESTIONS:])
    answers = {key: False for key in unknown.model.catalogue.circumstances if key != "child_under_18"}
    known = km.recommend("rural", ["parenting_difficulties", "single_parent"], answers)
    near = {section.title: section for section in outline(known, "en").sections}[words.WORDS["passed_over"].en]
    assert len(near.entries) == MOST_PASSED_OVER + 1
    assert near.entries[-1].line.startswith("and others (")


def test_near_misses_say_what_was_missing_and_what_was_in_the_way() -> None:
    answers = {"disability_certificate": True, "mental_disorder": False}
    answer = km.recommend("rural", ["adult_with_disability"], answers)
    text = flat(answer.explain("en"))
    circumstances = answer.model.catalogue.circumstances
    assert f"in the way: {circumstances['disability_certificate'].label.en}" in text
    assert f"missing: {circumstances['mental_disorder'].label.en}" in text


def test_conditional_advice_says_on_what_it_depends() -> None:
    senior = km.recommend("rural", ["carer_overload"])
    text = flat(senior.explain("en"))
    catalogue = senior.model.catalogue.circumstances
    risk, danger = catalogue["suicidal_risk"].label.en, catalogue["immediate_danger"].label.en
    assert f"if: {risk} or {danger}" in text
    assert f"no: {catalogue['disability_certificate'].label.en}" in text


def test_profiles_contacts_and_joint_institutions_are_said() -> None:
    text = flat(km.recommend("city", ["temporary_protection_family"], (), "2475011").explain("en"))
    assert words.WORDS["contact"].en in text
    assert "profile: " in text
    sosnowiec, warszawa = (
        flat(km.recommend("city", ["refugee_integration"], (), code).explain("en")) for code in ("2475011", "1465011")
    )
    assert f"{words.WORDS['same'].en} social assistance centre" in sosnowiec
    assert words.WORDS["same"].en not in warszawa


def test_the_bases_asked_for_are_said_and_needs_without_advice_are_listed() -> None:
    answer = km.recommend("rural", ["prison_release", "low_income"], basis=["model"])
    text = flat(answer.explain("en"))
    assert "Only rules based on: description of the model" in text
    only = km.recommend("rural", ["low_income"], basis=["practice"])
    assert only.unserved == () or words.WORDS["unserved"].en in only.explain("en")
    bare = evolve(answer.model, rules=type(answer.model.rules)({}))
    nothing = km.recommend(bare, ["low_income"])
    assert words.WORDS["why_no_rule"].en in flat(nothing.explain("en"))


class _Checked(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_html_is_well_formed_escaped_and_says_the_same() -> None:
    page = _Checked()
    page.feed(FAMILY._repr_html_())
    page.close()
    assert page.open == []
    assert {"h2", "h3", "ol", "ul", "dl"} <= set(page.seen)
    assert "script" not in page.seen
    said = outline(FAMILY, "pl")
    for section in said.sections:
        for entry in section.entries:
            assert entry.line in page.text
            assert all(detail in page.text for detail in entry.details)


def test_html_in_a_label_is_escaped() -> None:
    need = FAMILY.model.catalogue.needs["alcohol_problem"]
    harmful = evolve(need, label=Label("<script>alert(1)</script>", "<b>"))
    answer = evolve(FAMILY, case=evolve(FAMILY.case, needs=(harmful,)))
    assert "<script>" not in answer._repr_html_()


@pytest.mark.parametrize(
    ("deadline", "polish", "english"),
    [
        ("PT0S", "niezwłocznie", "at once"),
        ("PT24H", "24 godziny", "24 hours"),
        ("P1D", "1 dzień", "1 day"),
        ("P3D", "3 dni", "3 days"),
        ("P7D", "7 dni", "7 days"),
        ("P1M", "1 miesiąc", "1 month"),
        ("P18M", "18 miesięcy", "18 months"),
        ("P2W", "2 tygodnie", "2 weeks"),
        ("P1Y2M", "1 rok 2 miesiące", "1 year 2 months"),
        ("PT90M", "90 minut", "90 minutes"),
        ("PT1H30S", "1 godzina 30 sekund", "1 hour 30 seconds"),
        (None, "", ""),
    ],
)
def test_durations_are_said_in_words(deadline: str | None, polish: str, english: str) -> None:
    duty = evolve(next(iter(FAMILY.model.duties.values())), deadline=deadline, deadline_note=None)
    assert (words.say_deadline(duty, "pl"), words.say_deadline(duty, "en")) == (polish, english)


def test_a_note_joins_the_deadline_or_stands_for_it() -> None:
    duty = next(iter(FAMILY.model.duties.values()))
    note = Label("dni robocze", "working days")
    assert words.say_deadline(evolve(duty, deadline="P5D", deadline_note=note), "pl") == "5 dni (dni robocze)"
    assert words.say_deadline(evolve(duty, deadline=None, deadline_note=note), "en") == "working days"
    again = Label("niezwłocznie, także w nocy", "at once, also at night")
    assert words.say_deadline(evolve(duty, deadline="PT0S", deadline_note=again), "pl") == "niezwłocznie, także w nocy"


def test_sources_say_basis_passage_and_how_sure_they_are() -> None:
    acts = FAMILY.model.catalogue.acts
    page = Page("p", "https://example.org/", Label("zebranie, Stalowa Wola", "a meeting, Stalowa Wola"), PLACE)
    statute, practice = Basis.STATUTE, Basis.PRACTICE
    said = {
        Source(statute, acts["ups"], "art. 45", verified=True): (
            "prawo: art. 45 ustawy o pomocy społecznej (tekst sprawdzony)"
        ),
        Source(statute, acts["ups"]): "prawo: ustawa o pomocy społecznej (do sprawdzenia w ustawie)",
        Source(statute, acts["ups"], "art. 7", page): (
            "prawo: art. 7 ustawy o pomocy społecznej (według strony: zebranie, Stalowa Wola)"
        ),
        Source(
            statute, acts["kpc"], "art. 572"
        ): "prawo: Kodeks postępowania cywilnego, art. 572 (do sprawdzenia w ustawie)",
        Source(statute, acts["kpc"]): "prawo: Kodeks postępowania cywilnego (do sprawdzenia w ustawie)",
        Source(practice, None, None, page): "praktyka, zaobserwowany przypadek, nie norma: zebranie, Stalowa Wola",
        Source(
            practice, None, "s. 3", page
        ): "praktyka, zaobserwowany przypadek, nie norma: zebranie, Stalowa Wola, s. 3",
        Source(Basis.DESIGN): "własna propozycja biblioteki",
    }
    assert [words.say_source(source, "pl") for source in said] == list(said.values())
    assert words.say_source(Source(statute, acts["ups"], "art. 45", verified=True), "en") == (
        "law: art. 45 of the act on social assistance (text read)"
    )


def test_an_abbreviation_is_shown_where_it_comes_from_the_name() -> None:
    types = FAMILY.model.catalogue.institution_types
    assert words.say_institution(types["pcpr"], "pl") == "powiatowe centrum pomocy rodzinie (PCPR)"
    assert words.say_institution(types["police_unit"], "pl") == "Policja"
    assert words.say_institution(types["pcpr"], "en") == "county family assistance centre (PCPR)"
    assert words.say_institution(types["family_assistant"], "pl") == "asystent rodziny"


def test_communes_are_said_with_kind_code_and_voivodeship() -> None:
    assert words.say_commune(km.Commune("1816122"), "en") == "rural commune, 1816122, podkarpackie voivodeship"
    assert words.say_commune(km.Commune("3021163"), "pl") == "gmina miejsko-wiejska, 3021163, województwo wielkopolskie"
    assert words.say_commune(km.Commune("2475011"), "pl") == (
        "miasto na prawach powiatu Sosnowiec, 2475011, województwo śląskie"
    )
    assert words.say_commune(km.Commune("2416021"), "en") == "urban commune, 2416021, śląskie voivodeship"
