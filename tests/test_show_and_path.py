"""What `kooperacja show`, `path` and `compare` print of the organisation of the models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

import kooperacja_model as km
from kooperacja_model import cli
from kooperacja_model.organisation import Holder, Pilot
from kooperacja_model.provenance import Act, Basis, Label, Lang, Place, Source, Table
from kooperacja_model.views.marks import DESIGN, Marks
from kooperacja_model.views.organisation import Teller, Thing, all_things, model_sections, names_of, things_named
from kooperacja_model.views.outline import Section
from kooperacja_model.views.path import explain_path
from kooperacja_model.views.terms import describe
from kooperacja_model.views.words import BASIS

Run = Callable[..., tuple[int, str, str]]
LANGS: tuple[Lang, Lang] = ("pl", "en")
MODELS = km.load_models()
THINGS = [
    (key, section, name)
    for key, model in MODELS.items()
    for section in ("bodies", "roles", "stages", "documents")
    for name in getattr(model, section)
]
MARK = re.compile(r"\[([^\[\]]+)\]$")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def flat(text: str) -> str:
    return " ".join(text.split())


def thing(model: str, section: str, name: str) -> Thing:
    found: Thing = getattr(MODELS[model], section)[name]
    return found


def bases_said(line: str, lang: Lang) -> set[Basis]:
    """The bases of the mark at the end of a line."""
    match = MARK.search(line)
    assert match, line
    names = {label.text(lang): basis for basis, label in BASIS.items()}
    parts = re.split(r"[;,] ", re.sub(r": [\d, ]+", "", match[1]))
    return {names[part] for part in parts}


def lines_of(sections: tuple[Section, ...]) -> Iterator[str]:
    for section in sections:
        if not section.numbered:
            for entry in section.entries:
                yield entry.line
                yield from entry.details


# -- marks --------------------------------------------------------------------------------------------


def test_marks_say_bases_and_number_the_sources_once() -> None:
    marks = Marks("en")
    page = Source(Basis.PRACTICE, page=km.load_catalogue().pages["kes_u08"])
    passage = Source(Basis.MODEL, page=km.load_catalogue().pages["kes_u08"], passage="s. 3")
    act = Act("x", Label("o x", "on x"), "2004-03-12", None, None, False, (), Place("models/catalogue.yaml", 1, 1))
    law = Source(Basis.STATUTE, act=act, passage="art. 1")
    assert marks.full((page, *DESIGN)) == "[practice: 1; the library's proposal]"
    assert marks.full((law, passage, page)) == "[law: 2; description of the model: 3; practice: 1]"
    assert marks.short((page, page)) == "[practice]"
    assert marks.numbers((law, *DESIGN)) == "2"
    assert [entry.line for entry in marks.section().entries] == list(marks.sources)
    assert marks.sources[1] == "law: art. 1 of the act on x (to be checked in the act)"
    assert ", s. 3: https://" in marks.sources[2]


# -- show ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "section", "name"), THINGS)
def test_everything_can_be_shown_by_each_of_its_names(model: str, section: str, name: str) -> None:
    its = thing(model, section, name)
    for word in names_of(its):
        found = things_named(MODELS, word.upper().translate(str.maketrans("ĄĆĘŁŃÓŚŹŻ", "ACELNOSZZ")))
        assert (model, name) in [(owner.key, one.key) for owner, one in found]
    titles = [title for title, _ in describe(MODELS, name, "pl")]
    assert Teller(MODELS[model], "pl").title(its) in titles


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("model", "section", "name"), THINGS)
def test_each_line_says_a_basis_that_the_entry_has(model: str, section: str, name: str, lang: Lang) -> None:
    its: Any = thing(model, section, name)
    known = {source.basis for source in its.sources} | {Basis.DESIGN}
    for holder in ("convened_by", "led_by", "held_by"):
        known |= {source.basis for source in getattr(getattr(its, holder, None), "sources", ())}
    for table in ("members", "tasks"):
        known |= {s.basis for part in getattr(its, table, Table({})).values() for s in part.sources}
    lines = list(Teller(MODELS[model], lang).lines(its))
    assert lines
    for line in lines:
        if not line.startswith(("nie znaleziono: ", "not found: ")):
            assert bases_said(line, lang) <= known


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", MODELS)
def test_each_line_of_a_model_has_a_mark_unless_it_is_a_name_or_says_what_is_missing(key: str, lang: Lang) -> None:
    model = MODELS[key]
    free = {label.text(lang) for label in model.not_known.values()}
    names = {f"{Teller(model, lang).name(its)} [{its.key}]" for its in all_things(Table({key: model}))}
    films = {film.address for film in model.pilot.films.values()}
    for line in lines_of(model_sections(model, lang)):
        if line in free or line in names or line.startswith(("nie znaleziono", "not found")):
            continue
        if line.split(": ")[-1] not in films:
            assert bases_said(line, lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", MODELS)
def test_a_model_is_shown_in_full(run: Run, key: str, lang: Lang) -> None:
    code, out, err = run("show", key, "--lang", lang)
    text = flat(out)
    model = MODELS[key]
    assert (code, err) == (0, "")
    for section in ("purpose", "target", "entry", "exit", "principles", "levels"):
        assert all(its.text.text(lang) in text for its in getattr(model, section).values())
    for its in all_things(Table({key: model})):
        assert f"[{its.key}]" in text
    for body in model.bodies.values():
        assert all(task.text.text(lang) in text for task in body.tasks.values())
    for figure in model.pilot.figures.values():
        assert f"{figure.label.text(lang)}: {figure.value} {figure.unit.text(lang)}" in text
    for code_, commune in model.pilot.communes.items():
        assert f"{commune.name} ({code_})" in text
    assert all(film.address in text for film in model.pilot.films.values())
    assert all(label.text(lang) in text for label in model.not_known.values())


def test_show_pzk_has_the_three_meanings(run: Run) -> None:
    _, out, _ = run("show", "pzk")
    titles = [line for line in out.splitlines() if line.startswith("pzk — ")]
    assert titles == [
        "pzk — Partnerski Zespół Kooperacji (PZK) (zespół; model kooperacji w gminach wiejskich)",
        "pzk — Partnerski Zespół Kooperacji (PZK) (zespół; model kooperacji w gminach miejsko-wiejskich)",
        "pzk — Partnerski Zespół Kooperacyjny (PZK) (zespół; model kooperacji w miastach powyżej 20 tys. mieszkańców)",
    ]
    assert "Dwa znaczenia w źródłach" in out
    assert "partnerski zespol kooperacyjny" not in out
    assert run("show", "partnerski zespol kooperacyjny")[0] == 0


def test_a_misspelt_name_of_a_body_gets_the_nearest(run: Run) -> None:
    code, _, err = run("show", "zespol diagnostycny")
    assert code == 2
    assert err.startswith("kooperacja: unknown term; did you mean 'zespol_diagnostyczny'")


def test_what_is_not_known_of_a_thing_is_said_as_not_found() -> None:
    teller = Teller(MODELS["rural"], "en")
    team = MODELS["rural"].bodies["zespol_diagnostyczny"]
    assert list(teller.body(team))[-1] == "not found: who leads; who sits in it"
    pzk = MODELS["rural"].bodies["pzk"]
    assert list(teller.body(pzk))[-1] == "not found: whether decision makers or specialists sit"
    bare = evolve(MODELS["rural"].roles["animator_gminny"], held_by=None, tasks=Table({}), note=None)
    assert list(teller.role(bare))[1:] == ["not found: who holds it; tasks"]


def test_a_team_of_which_no_member_is_known_is_shown_without_a_line_on_members() -> None:
    team = evolve(MODELS["rural"].pilot.teams["wolka"], members=(), other_members=None)
    assert Teller(MODELS["rural"], "en").team(team).details == ()


def test_a_section_without_entries_says_that_nothing_was_found() -> None:
    empty = evolve(MODELS["rural"], stages=Table({}), bodies=Table({}), documents=Table({}), pilot=Pilot())
    said = {section.title: section.entries for section in model_sections(empty, "en")}
    for title in ("Principles", "Bodies", "Stages, in order", "Pilot: figures"):
        assert [entry.line for entry in said[title]] == ["not found in what could be read"]


# -- path ---------------------------------------------------------------------------------------------

VILLAGE, TOWN_AND_VILLAGES, TOWN, CITY, WARSZAWA = "1816122", "3021163", "2416021", "2475011", "1465011"
COMMUNES = [("rural", VILLAGE), ("urban_rural", TOWN_AND_VILLAGES), ("city", TOWN), ("city", CITY)]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("key", "commune"), COMMUNES)
def test_the_path_has_all_stages_in_order_with_who_and_what(run: Run, key: str, commune: str, lang: Lang) -> None:
    code, out, err = run("path", "--commune", commune, "--population", "49 000", "--lang", lang)
    assert (code, err) == (0, "")
    model, text = MODELS[key], flat(out)
    assert out == explain_path(model, km.Commune(commune, 49000), lang)
    teller = Teller(model, lang)
    places = [text.index(f"{number}. {teller.name(its)}") for number, its in enumerate(model.stages.values(), 1)]
    assert places == sorted(places)
    for stage in model.stages.values():
        for label in (stage.text, stage.input, stage.output, stage.gate):
            assert label is None or label.text(lang) in text
        assert stage.duration is None or stage.duration.text.text(lang) in text
        for role in stage.roles:
            assert all(task.text.text(lang) in text for task in model.roles[role].tasks.values())
        for document in stage.documents:
            assert model.documents[document].purpose.text(lang) in text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("key", "commune"), COMMUNES)
def test_each_line_of_the_path_that_states_something_has_a_basis(key: str, commune: str, lang: Lang) -> None:
    from kooperacja_model.views.path import _Path

    sections = tuple(_Path(MODELS[key], km.Commune(commune, 49000), lang).sections())
    for section in sections[1:-2]:
        for entry in section.entries:
            for line in entry.details or (entry.line,):
                if not line.startswith(("nie znaleziono: ", "not found: ")):
                    assert bases_said(line, lang)
    for entry in sections[0].entries[1:]:
        assert bases_said(entry.line, lang)


def test_the_strategic_partner_is_the_pcpr_in_a_land_powiat_only() -> None:
    city = MODELS["city"]
    land = flat(explain_path(city, km.Commune(TOWN, 48000)))
    assert "gmina leży w powiecie ziemskim (2416): PCPR jest instytucją powiatu, osobną od OPS [prawo" in land
    assert "partner strategiczny: PCPR, tylko w powiecie ziemskim" in land
    assert "nie przewidujemy" not in land
    rights = flat(explain_path(city, km.Commune(CITY)))
    assert "zadania PCPR prowadzi ta sama instytucja co OPS [prawo" in rights
    assert "tu bez osobnej roli: partner strategiczny [propozycja biblioteki]" in rights
    capital = flat(explain_path(city, km.Commune(WARSZAWA)))
    assert "centrum pomocy rodzinie jest osobne od OPS [prawo" in capital


def test_the_path_says_whose_order_it_is() -> None:
    assert "The order of the stages is our own arrangement" in flat(
        explain_path(MODELS["rural"], km.Commune(VILLAGE), "en")
    )
    assert "We placed these stages ourselves: diagnosis and support" in flat(
        explain_path(MODELS["city"], km.Commune(CITY), "en")
    )
    assert "On the order" not in explain_path(MODELS["urban_rural"], km.Commune(TOWN_AND_VILLAGES), "en")


def test_the_path_knows_the_pilot_of_the_commune_and_of_its_powiat() -> None:
    assert "spotkanie po zainicjowaniu PZK w Zawierciu (2019-09-27" in flat(
        explain_path(MODELS["city"], km.Commune(TOWN, 48000))
    )
    assert "of the same powiat in the pilot: Trzebownisko (1816132) [practice" in flat(
        explain_path(MODELS["rural"], km.Commune(VILLAGE), "en")
    )
    outside = flat(explain_path(MODELS["rural"], km.Commune("0201022"), "en"))
    assert outside.startswith("The way to a working team: 0201022")
    assert "not found among the known communes of the pilot" in outside
    assert "the model was worked out in other places: lubelskie, mazowieckie" in outside


def test_a_model_that_is_not_made_for_the_commune_says_so(run: Run) -> None:
    _, out, _ = run("path", "--commune", CITY, "--model", "rural", "--lang", "en")
    assert "this model is not made for such a commune; it was chosen all the same" in flat(out)
    assert "animator powiatowy" in out
    _, out, _ = run("path", "--commune", "2211011", "--model", "city", "--lang", "en")
    assert "the population is not given" in flat(out)


def test_a_role_held_by_many_stays_in_a_city_with_powiat_rights() -> None:
    city = MODELS["city"]
    partner = city.roles["partner_strategiczny"]
    assert partner.held_by is not None
    wider = Holder(("pcpr", "labour_office"), partner.held_by.text, partner.held_by.sources)
    roles = Table({**city.roles, "partner_strategiczny": evolve(partner, held_by=wider)})
    assert "nie przewidujemy" not in explain_path(evolve(city, roles=roles), km.Commune(CITY))


# -- the command line -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("path",), "say which commune with --commune CODE"),
        (("path", "--commune", "2211011"), "give the population, or choose a model yourself"),
        (("path", "--commune", VILLAGE, "--lang", "de"), "--lang: unknown language"),
        (("compare", "rural"), "compare: fewer than two models"),
        (("compare", "rural", "rural"), "compare: a model is given twice"),
        (("compare", "rural", "village"), "unknown model; known are rural, urban_rural, city"),
        (("compare", "rural", "city", "--table", "--json"), "--table and --json exclude each other"),
    ],
)
def test_bad_input_gets_one_clear_line(run: Run, words: tuple[str, ...], message: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_compare_prints_text_table_or_data(run: Run) -> None:
    comparison = km.compare("rural", "city")
    assert run("compare", "rural", "city", "--lang", "en") == (0, comparison.to_text("en"), "")
    assert run("compare", "rural", "city", "--table") == (0, comparison.to_markdown("pl"), "")
    code, out, _ = run("compare", "rural", "city", "--json")
    assert (code, json.loads(out)) == (0, comparison.to_dict())


def test_a_type_that_may_stand_in_the_place_of_another_says_so(run: Run) -> None:
    assert "may stand in the place of: social assistance centre (OPS)" in run("show", "CUS", "--lang", "en")[1]
