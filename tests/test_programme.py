"""The family's programme: drafted, checked, written, read back; and the free text stays the user's."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small import small, small_model
from strategies import CATALOGUE, Told, cases

import kooperacja_model as km
from kooperacja_model import cli, load_model, load_models
from kooperacja_model.model import Consent, Strength
from kooperacja_model.programme import (
    DESIGN_END,
    DESIGN_REVIEW,
    FAMILY,
    Defect,
    DefectKind,
    Diagnosis,
    Goal,
    LegalTask,
    Participant,
    Programme,
    Task,
    check_programme,
    draft_programme,
    usual_duration,
)
from kooperacja_model.provenance import Basis, Lang, Place
from kooperacja_model.reading.programme import read_programme
from kooperacja_model.views.programme import DIAGNOSIS, VIOLENCE

ROOT = Path(__file__).parents[1]
CASES = sorted((ROOT / "examples" / "cases").glob("*.yaml"))
BAD = sorted((ROOT / "tests" / "bad_programmes").glob("*.yaml"))
EXPECT = "# expect: "
MARKER = "Xqzwowska80010112345"
LANGS: tuple[Lang, Lang] = ("pl", "en")
MODELS = ("rural", "urban_rural", "city")
Run = Callable[..., tuple[int, str, str]]

promise = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def drafted(file: Path, model: str | None = None, lang: Lang = "pl") -> Programme:
    given = km.load_case(file)
    assert given.case.commune is not None
    key = model or given.model
    chosen = load_model(key) if key else km.model_for(given.case.commune)
    return draft_programme(km.recommend_case(chosen, given.case), lang)


def read_back(programme: Programme) -> Programme:
    found, problems = read_programme(programme.to_yaml().encode(), "programme.yaml", load_models())
    assert found is not None, problems.sorted()
    return found


def truancy(model: str = "rural", lang: Lang = "en") -> Programme:
    return draft_programme(km.recommend(model, ["truancy"]), lang)


def kinds(programme: Programme) -> list[str]:
    return [defect.kind.name for defect in check_programme(programme)]


# --- the draft


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("file", CASES, ids=[file.stem for file in CASES])
def test_the_draft_of_an_example_case_has_no_defect_under_any_model(file: Path, model: str) -> None:
    for lang in LANGS:
        assert check_programme(drafted(file, model, lang)) == ()


class TestADraftHasNoDefect:
    @promise
    @given(cases())
    def test_whatever_the_case(self, told: Told) -> None:
        assert check_programme(draft_programme(told.recommendation())) == ()

    @promise
    @given(cases())
    def test_not_even_when_it_was_written_and_read_back(self, told: Told) -> None:
        assert check_programme(read_back(draft_programme(told.recommendation()))) == ()


class TestADraftFollowsTheRecommendation:
    @promise
    @given(cases())
    def test_every_need_has_a_goal(self, told: Told) -> None:
        found = told.recommendation()
        assert [goal.need for goal in draft_programme(found).goals] == [need.key for need in found.case.needs]

    @promise
    @given(cases())
    def test_every_required_or_advised_competence_has_one_task_with_all_institutions_named_for_it(
        self, told: Told
    ) -> None:
        found = told.recommendation()
        wanted = [c for c in found.competences if c.strength is not Strength.CONDITIONAL]
        tasks = draft_programme(found).tasks
        assert [(t.competence, t.strength, t.needs) for t in tasks] == [(c.key, c.strength, c.needs) for c in wanted]
        for task, advice in zip(tasks, wanted, strict=True):
            assert sorted((task.institution, *task.together_with)) == sorted(advice.institutions)

    @promise
    @given(cases())
    def test_required_tasks_come_before_advised_ones(self, told: Told) -> None:
        ranks = [t.strength.rank for t in draft_programme(told.recommendation()).tasks if t.strength is not None]
        assert ranks == sorted(ranks)

    @promise
    @given(cases())
    def test_every_duty_that_arises_is_in_it_with_its_deadline(self, told: Told) -> None:
        found = told.recommendation()
        certain = [a.duty for a in found.duties if a.strength is Strength.REQUIRED]
        tasks = draft_programme(found).legal_tasks
        assert [(t.duty, t.who, t.deadline, t.consent, t.provided) for t in tasks] == [
            (d.key, d.who, d.deadline, d.consent, d.provided) for d in certain
        ]

    @promise
    @given(cases())
    def test_the_family_comes_first_and_then_members_but_no_mere_contacts(self, told: Told) -> None:
        found = told.recommendation()
        first, *others = (participant.who for participant in draft_programme(found).participants)
        busy = [a for a in found.institutions if a.strength is not Strength.CONDITIONAL]
        assert first == FAMILY
        assert others == [advice.key for advice in busy if not advice.term.outside_team]

    @promise
    @given(cases())
    def test_it_keeps_the_questions_in_order(self, told: Told) -> None:
        found = told.recommendation()
        assert draft_programme(found).questions == tuple(question.key for question in found.questions)


def test_the_institution_that_answers_for_a_task_is_the_one_most_strongly_named() -> None:
    found = km.recommend("rural", ["truancy", "low_income"])
    named = {advice.key: advice for advice in found.competences}
    for task in draft_programme(found).tasks:
        ranks = {
            key: min(r.strength.rank for r in named[task.competence].reasons if r.institution == key)
            for key in (task.institution, *task.together_with)
        }
        assert ranks[task.institution] == min(ranks.values())


def test_a_goal_of_a_draft_is_a_sentence_with_the_name_of_the_need() -> None:
    for lang in LANGS:
        assert CATALOGUE.needs["truancy"].label.text(lang) in str(truancy(lang=lang).goals[0].text)


def test_the_diagnosis_of_a_draft_is_empty_and_names_the_tools_of_the_rural_pilot() -> None:
    rural, city = truancy("rural", "pl").diagnosis, truancy("city").diagnosis
    assert rural.tools == ("genogram", "PSR (podejście skoncentrowane na rozwiązaniach)")
    assert evolve(rural, tools=()) == city == Diagnosis()


def test_the_plan_has_the_name_that_its_model_gives_it_or_a_neutral_one() -> None:
    assert {key: (truancy(key).name.pl, truancy(key).name_known) for key in MODELS} == {
        "rural": ("Indywidualny Program Współpracy (IPW)", True),
        "urban_rural": ("program współpracy z rodziną", False),
        "city": ("program współpracy z rodziną", False),
    }


def test_the_team_is_the_body_that_works_on_the_case() -> None:
    teams = {key: truancy(key).team for key in MODELS}
    assert {key: team and team.key for key, team in teams.items()} == {
        "rural": "pzk",
        "urban_rural": "ggk",
        "city": "zzk",
    }


def test_the_end_follows_the_reported_duration_where_there_is_one() -> None:
    usual = usual_duration(load_model("rural"))
    assert usual is not None
    assert (usual[0], usual[1], usual[2].value) == ("P10M", "P13M", "10-13")
    assert {key: (truancy(key).reviews, truancy(key).end) for key in MODELS} == {
        "rural": ((DESIGN_REVIEW,), "P13M"),
        "urban_rural": ((DESIGN_REVIEW,), DESIGN_END),
        "city": ((DESIGN_REVIEW,), DESIGN_END),
    }


# --- the check


@cache
def problems_of(file: Path) -> tuple[km.Problem, ...]:
    return km.check_files((file,))


@pytest.mark.parametrize("file", BAD, ids=[file.stem for file in BAD])
def test_a_bad_programme_has_the_defects_that_it_announces(file: Path) -> None:
    expected = [x.removeprefix(EXPECT) for x in file.read_text("utf-8").splitlines() if x.startswith(EXPECT)]
    assert expected
    assert [str(p).removeprefix(f"{file}:") for p in problems_of(file)] == expected


def test_every_kind_of_defect_is_tripped_by_a_bad_programme() -> None:
    assert {p.code for file in BAD for p in problems_of(file)} == {kind.name.lower() for kind in DefectKind}


def test_a_defect_of_a_programme_that_came_from_no_file_has_no_place() -> None:
    broken = evolve(truancy(), participants=(), reviews=())
    assert [defect.place for defect in check_programme(broken)] == [None] * len(check_programme(broken))
    assert str(check_programme(broken)[-1]) == "there is no review; write `reviews: [P3M]` or the like"


def test_a_defect_with_a_place_is_a_problem_of_the_file() -> None:
    place = Place("p.yaml", 3, 4)
    defect = Defect(DefectKind.REVIEW_MISSING, "what", "todo", place)
    assert str(defect) == str(defect.problem()) == "p.yaml:3:4: what; todo"


def test_a_need_without_a_goal_stands_where_the_need_does() -> None:
    programme = read_back(evolve(truancy(), goals=()))
    (defect,) = check_programme(programme)
    assert defect.place is not None
    assert "truancy" in programme.to_yaml().splitlines()[defect.place.line - 1]


def test_each_change_of_a_draft_gives_its_defect() -> None:
    draft = truancy()
    first, *tasks = draft.tasks
    elsewhere = evolve(first, needs=("debts",))
    assert kinds(evolve(draft, goals=())) == ["NEED_WITHOUT_GOAL"]
    assert kinds(evolve(draft, tasks=(elsewhere, *tasks))) == ["NEED_NOT_NAMED"]
    assert kinds(evolve(draft, participants=draft.participants[1:])) == ["FAMILY_MISSING"]
    assert kinds(evolve(draft, legal_tasks=draft.legal_tasks[1:])) == ["DUTY_MISSING"]
    assert kinds(evolve(draft, reviews=())) == ["REVIEW_MISSING"]
    assert kinds(evolve(draft, reviews=("P14M",), end=None)) == ["REVIEW_TOO_LATE"]
    assert kinds(evolve(draft, reviews=("P1Y6W",), end="P400D")) == ["REVIEW_TOO_LATE", "REVIEW_TOO_LATE"]


def test_a_model_without_a_known_duration_has_no_usual_end() -> None:
    assert kinds(evolve(truancy("city"), reviews=("P14M",), end="P24M")) == []
    assert kinds(evolve(truancy("city"), reviews=("P14M",), end=None)) == []


def test_a_programme_can_be_checked_against_another_model() -> None:
    long = evolve(truancy("city"), end="P24M")
    assert [defect.kind.name for defect in check_programme(long, load_model("rural"))] == ["REVIEW_TOO_LATE"]


def test_a_duty_may_be_done_sooner_by_fewer_but_not_later_or_by_others() -> None:
    draft = truancy()
    info = next(task for task in draft.legal_tasks if task.deadline == "P7D")

    def with_(task: LegalTask) -> list[str]:
        others = tuple(other for other in draft.legal_tasks if other.duty != task.duty)
        return kinds(evolve(draft, legal_tasks=(*others, task)))

    assert with_(evolve(info, deadline="PT30H30M1S", who=info.who[:1])) == []
    assert with_(evolve(info, deadline=None)) == ["DUTY_CHANGED"]
    assert with_(evolve(info, deadline="P8D")) == ["DUTY_CHANGED"]
    assert with_(evolve(info, who=("parish",))) == ["DUTY_CHANGED"]
    assert with_(evolve(info, consent=Consent.NEEDED)) == ["DUTY_CHANGED"]


def test_a_duty_that_the_law_only_allows_may_be_left_out() -> None:
    draft = draft_programme(km.recommend("rural", ["dependent_senior"], ["mental_disorder"]))
    may = [task for task in draft.legal_tasks if draft.model.duties[task.duty].force.value == "may"]
    assert may
    kept = tuple(task for task in draft.legal_tasks if task not in may)
    assert check_programme(evolve(draft, legal_tasks=kept)) == ()


def test_a_contact_of_the_team_need_not_be_invited_for_its_task() -> None:
    key = next(key for key, term in CATALOGUE.institution_types.items() if term.outside_team and term.competences)
    task = Task(CATALOGUE.institution_types[key].competences[0], key)
    draft = truancy()
    programme = evolve(draft, tasks=(*draft.tasks, task))
    assert check_programme(programme) == ()
    assert CATALOGUE.institution_types[key].label.en in programme.to_markdown()


def test_a_competence_of_a_profile_is_held_by_its_institution_type() -> None:
    profile = next(
        p for p in CATALOGUE.profiles.values() if p.competences[0] not in CATALOGUE.institution_types[p.of].competences
    )
    draft = truancy()
    task = Task(profile.competences[0], profile.of)
    invited = (*draft.participants, Participant(profile.of))
    assert check_programme(evolve(draft, tasks=(*draft.tasks, task), participants=invited)) == ()


# --- written and read back

texts = st.text(max_size=30)
lists = st.lists(texts, max_size=3).map(tuple)
spans = st.builds("P{}{}".format, st.integers(0, 40), st.sampled_from("DWMY"))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """A draft that somebody worked on."""
    draft = draft_programme(draw(cases()).recommendation(), draw(st.sampled_from(LANGS)))
    goals = tuple(Goal(goal.need, draw(st.none() | texts)) for goal in draft.goals)
    tasks = tuple(
        evolve(
            task, text=draw(texts), deadline=draw(st.none() | spans), strength=draw(st.none() | st.just(task.strength))
        )
        for task in draft.tasks[:3]
    )
    return evolve(
        draft,
        goals=draw(st.sampled_from((goals, goals[:0]))),
        tasks=tasks,
        diagnosis=Diagnosis(*(draw(lists) for _ in DIAGNOSIS)),
        reviews=tuple(draw(st.lists(spans, max_size=3, unique=True))),
        end=draw(st.none() | spans),
        participants=draft.participants[: draw(st.integers(0, 3))],
        legal_tasks=draft.legal_tasks[: draw(st.integers(0, 3))],
        questions=draft.questions[: draw(st.integers(0, 3))],
    )


class TestAProgrammeIsReadBackAsItWasWritten:
    @promise
    @given(programmes())
    def test_as_data_and_as_text(self, programme: Programme) -> None:
        again = read_back(programme)
        assert again == programme
        assert hash(again) == hash(programme)
        assert again.to_yaml() == programme.to_yaml()
        assert again.to_dict() == programme.to_dict()

    @promise
    @given(texts)
    @example("a\nb\tc")
    @example("\" \\ # : {} [] & * ! | > ' % @ `")
    @example("\ufeff\u200b\x00\ud800\uffff\x7f")
    @example("~")
    @example("e\u0301 \u2000\u0301")
    def test_with_any_free_text(self, text: str) -> None:
        programme = evolve(truancy(), goals=(Goal("truancy", text),), diagnosis=Diagnosis(causes=(text, text)))
        assert read_back(programme) == programme

    @settings(promise, max_examples=10)
    @given(programmes())
    def test_and_can_be_pickled_and_written_as_json(self, programme: Programme) -> None:
        assert pickle.loads(pickle.dumps(programme)) == programme
        assert json.loads(json.dumps(programme.to_dict())) == programme.to_dict()


def test_the_commune_is_kept_with_its_population() -> None:
    given = km.recommend("city", ["truancy"], (), km.Commune("2416011", 49000, "somewhere"))
    programme = read_back(draft_programme(given))
    assert programme.case.commune == km.Commune("2416011", 49000)


def test_a_task_that_somebody_added_needs_no_more_than_a_competence_and_an_institution() -> None:
    programme = evolve(truancy(), tasks=(Task("social_work", "social_assistance_centre"),))
    assert read_back(programme) == programme


def test_a_free_text_is_kept_as_one_line_without_invisible_characters() -> None:
    assert Goal("truancy", " two\r\nlines\u200b\u2028end ").text == "two lines end"
    assert Goal("truancy", " \n").text is None
    assert Diagnosis(causes=("a", "", "a ")).causes == ("a",)


def test_words_of_the_file_may_be_labels_and_abbreviations() -> None:
    found, _ = read_programme(small("programme"), "small.yaml", {"city": small_model()})
    assert found is not None
    assert found.tasks == (
        Task(
            "teaching",
            "school",
            (),
            Strength.REQUIRED,
            (Basis.STATUTE,),
            ("truancy",),
            "P1M",
            "Two lines of text.",
        ),
        Task("cash_benefits", "centre", ("family_centre",)),
    )
    assert found.goals == (Goal("truancy", "Going to school again."), Goal("low_income"))
    assert found.diagnosis.causes == ("a cause: with a colon", "another")
    assert found.diagnosis.weaknesses == ()
    assert [str(goal.place) for goal in found.goals] == ["small.yaml:19:3", "small.yaml:20:3"]


def test_what_may_be_left_out_has_its_default() -> None:
    text = b"format: kooperacja_model/programme/1\nmodel: city\nneeds: [truancy]\nparticipants:\ncircumstances: {}\n"
    found, _ = read_programme(text, "f.yaml", {"city": small_model()})
    assert found is not None
    assert (found.lang, found.participants, found.goals, found.tasks, found.end) == ("pl", (), (), (), None)
    text += b"required_by_law: {T_SCHOOL: {who: [school]}}\ngoals: {}\ntasks: []\n"
    found, _ = read_programme(text, "f.yaml", {"city": small_model()})
    assert found is not None
    duty = small_model().duties["T_SCHOOL"]
    assert found.legal_tasks == (LegalTask("T_SCHOOL", ("school",), None, duty.consent, duty.provided),)


def test_a_given_model_file_is_the_one_that_a_programme_is_checked_with(tmp_path: Path) -> None:
    model = tmp_path / "rural.yaml"
    text = (ROOT / "models" / "rural.yaml").read_text("utf-8")
    model.write_text(text.replace('value: "10-13"', 'value: "10-16"'), encoding="utf-8")
    programme = tmp_path / "p.yaml"
    programme.write_text(evolve(truancy(), end="P15M").to_yaml(), encoding="utf-8")
    assert [p.code for p in km.check_files((programme,))] == ["review_too_late"]
    assert km.check_files((programme, model)) == ()


def test_with_a_catalogue_that_no_model_fits_a_programme_is_not_read(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_bytes(small("catalogue"))
    for name in ("duties", "rules"):
        (tmp_path / f"{name}.yaml").write_bytes(small(name))
    programme = tmp_path / "p.yaml"
    programme.write_bytes(small("programme"))
    files = (catalogue, tmp_path / "duties.yaml", tmp_path / "rules.yaml", programme)
    assert {Path(problem.file).name for problem in km.check_files(files)} == {f"{key}.yaml" for key in MODELS}


def test_with_a_broken_duties_file_a_programme_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "duties.yaml").write_text("format: kooperacja_model/duties/1\n", encoding="utf-8")
    (tmp_path / "p.yaml").write_text(truancy().to_yaml(), encoding="utf-8")
    problems = km.check_files((tmp_path / "duties.yaml", tmp_path / "p.yaml"))
    assert {Path(problem.file).name for problem in problems} == {"duties.yaml"}


# --- Markdown


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("file", CASES, ids=[file.stem for file in CASES])
def test_the_markdown_names_every_goal_duty_institution_task_and_question(file: Path, lang: Lang) -> None:
    programme = drafted(file)
    page = programme.to_markdown(lang).lower()
    model = programme.model
    said = [model.catalogue.needs[goal.need].label for goal in programme.goals]
    said += [model.duties[task.duty].what for task in programme.legal_tasks]
    said += [p.label for k, p in model.catalogue.institution_types.items() if Participant(k) in programme.participants]
    said += [model.catalogue.competences[task.competence].label for task in programme.tasks]
    said += [term.question for key, term in CATALOGUE.circumstances.items() if key in programme.questions]
    assert [label.text(lang) for label in said if label.text(lang).lower() not in page] == []


@pytest.mark.parametrize("lang", LANGS)
def test_the_markdown_is_a_proposal_in_which_the_family_takes_part(lang: Lang) -> None:
    page = truancy(lang=lang).to_markdown()
    assert {"pl": "To propozycja do rozmowy, a nie decyzja.", "en": "This is a proposal to talk over"}[lang] in page
    assert {"pl": "**Rodzina**", "en": "**The family**"}[lang] in page
    assert "None" not in page


def test_the_markdown_says_what_is_not_known_of_the_model() -> None:
    rural, city = truancy("rural").to_markdown(), truancy("city").to_markdown()
    assert "it is not known how this model names the plan" in city
    assert "How long the work with a family lasts in this model is not known" in city
    assert "10-13 months" in rural
    assert "not known" not in rural


def test_with_violence_the_markdown_asks_to_talk_separately() -> None:
    assert set(VIOLENCE) <= {*CATALOGUE.needs, *CATALOGUE.circumstances}
    assert "talk separately" in draft_programme(km.recommend("city", ["violence_perpetrator"]), "en").to_markdown()
    assert "talk separately" not in truancy().to_markdown()


def test_the_markdown_of_a_programme_that_was_worked_on() -> None:
    draft = draft_programme(km.recommend("city", ["truancy", "low_income"], (), "2475011"), "en")
    task = evolve(draft.tasks[0], strength=None, basis=(), deadline="P2W", text="ask *her* <b>", needs=("truancy",))
    open_ = evolve(draft.tasks[1], strength=Strength.CONDITIONAL, needs=("low_income",), text=None)
    page = evolve(
        draft,
        goals=(Goal("truancy", "to school [again]"),),
        legal_tasks=tuple(evolve(t, deadline="P2D") if t.deadline == "P7D" else t for t in draft.legal_tasks),
        tasks=(task, open_),
        diagnosis=Diagnosis(resources=("an aunt", "a_dog")),
        reviews=(),
        end=None,
        questions=(),
    ).to_markdown()
    assert "to school \\[again\\]" in page
    assert "ask \\*her\\* \\<b\\> (goal 1); until, from day 0: 2 weeks" in page.replace("; together with", "")
    assert "(lack of means for basic needs)" in page
    assert "Resources: an aunt; a\\_dog" in page
    assert "deadline: 2 days" in page
    assert "review to be agreed" in page
    assert "Tasks added by the family and the team" in page
    assert "depends on the answers" in page
    assert "What is still to be asked" not in page


def test_a_programme_with_nothing_in_it_can_still_be_shown() -> None:
    empty = evolve(truancy(), participants=(), legal_tasks=(), tasks=(), questions=())
    page = empty.to_markdown()
    assert "No duty arises from what is known." in page
    assert "no task is tied to it yet" in page
    assert "The family**" not in page
    assert read_back(empty) == empty


def test_many_institutions_of_a_duty_are_named_as_far_as_they_take_part() -> None:
    draft = truancy()
    assert "Social Insurance" not in draft.to_markdown()
    alone = evolve(draft, participants=(Participant(FAMILY),), tasks=())
    assert "and others (10)" in alone.to_markdown()
    info = next(task for task in draft.legal_tasks if len(task.who) > 10)
    all_of_them = evolve(draft, participants=tuple(Participant(key) for key in info.who))
    assert "and others (10)" not in all_of_them.to_markdown()


def test_an_institution_that_is_part_of_another_one_is_marked() -> None:
    def page(code: str) -> str:
        return draft_programme(km.recommend("city", ["violence_perpetrator"], (), code), "en").to_markdown()

    said = "(in this commune a part of the same institution as social assistance centre"
    assert said in page("2475011")
    assert said not in page("1465011")


def test_a_body_is_named_without_abbreviation_or_not_at_all_where_none_is_known() -> None:
    draft = truancy()
    bodies = draft.model.bodies
    unnamed = type(bodies)({"pzk": evolve(bodies["pzk"], abbreviation=None)})
    assert (
        "Body that works on the case: Partnership Team of Cooperation\n"
        in evolve(draft, model=evolve(draft.model, bodies=unnamed)).to_markdown()
    )
    nobody = evolve(draft, model=evolve(draft.model, bodies=type(bodies)({})))
    assert "Body that works" not in nobody.to_markdown()


# --- the free text stays the user's


def marked() -> Programme:
    draft = truancy()
    first, *tasks = draft.tasks
    return evolve(
        draft,
        goals=(Goal("truancy", MARKER),),
        diagnosis=Diagnosis(*((f"{MARKER} {name}",) for name in DIAGNOSIS)),
        tasks=(evolve(first, text=MARKER), *tasks),
    )


class TestFreeTextIsRepeatedNowhereButInTheProgrammeItself:
    def test_not_in_repr(self) -> None:
        programme = marked()
        parts = (programme, *programme.goals, *programme.tasks, programme.diagnosis, read_back(programme))
        assert [part for part in parts if MARKER in repr(part) + str(part)] == []

    def test_not_in_defects_or_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        broken = evolve(marked(), participants=(), legal_tasks=(), reviews=("P9Y",))
        assert check_programme(broken)
        assert MARKER not in "".join(f"{d} {d!r}" for d in check_programme(broken)) + caplog.text

    def test_not_in_problems_wherever_it_stands(self, tmp_path: Path) -> None:
        lines = marked().to_yaml().splitlines()
        for number, line in enumerate(lines):
            for damaged in (f"{line.partition(':')[0]}: {MARKER}", f"{MARKER}: {MARKER}", f"{line} {MARKER}", MARKER):
                text = "\n".join([*lines[:number], damaged, *lines[number + 1 :]])
                _, problems = read_programme(text.encode(), "p.yaml", load_models())
                assert MARKER not in str(problems.sorted())

    def test_but_the_programme_has_it(self) -> None:
        for text in (marked().to_yaml(), marked().to_markdown(), str(marked().to_dict())):
            assert text.count(MARKER) == 2 + len(DIAGNOSIS)


# --- the command line


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def test_the_command_line_prints_markdown_or_yaml(run: Run) -> None:
    file = CASES[0]
    assert run("programme", "--case", str(file)) == (0, drafted(file).to_markdown(), "")
    assert run("programme", "--case", str(file), "--lang", "en", "--model", "rural") == (
        0,
        drafted(file, "rural", "en").to_markdown(),
        "",
    )
    assert run("programme", "--case", str(file), "--yaml") == (0, drafted(file).to_yaml(), "")


def test_the_command_line_checks_a_programme_file(run: Run, tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text(marked().to_yaml(), encoding="utf-8")
    assert km.load_programme(good) == marked()
    assert run("check", str(good)) == (0, "1 file: no problems\n", "")
    bad = tmp_path / "bad.yaml"
    bad.write_text(evolve(marked(), goals=()).to_yaml(), encoding="utf-8")
    code, out, err = run("check", str(bad))
    assert (code, err) == (1, "")
    assert "need 'truancy' has no goal" in out
    assert MARKER not in out


def test_a_file_that_is_wrong_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(f"format: kooperacja_model/programme/1\nmodel: {MARKER}\n", encoding="utf-8")
    with pytest.raises(km.ReadError) as raised:
        km.load_programme(tmp_path / "p.yaml")
    assert MARKER not in str(raised.value)
