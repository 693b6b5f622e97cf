"""The family's programme: a draft from a recommendation, kept by hand, checked against its model.

A draft is a proposal. What the family and the team decide is written into it as free text; that
text belongs to them: it is in no message, no `repr` and no error of this library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from attrs import evolve, field, frozen

from kooperacja_model.case import Case
from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import Commune
from kooperacja_model.errors import Problem
from kooperacja_model.model import Consent, CooperationModel, Force, Strength
from kooperacja_model.organisation import Body, Figure, Part
from kooperacja_model.provenance import Basis, Label, Lang, Place, Table
from kooperacja_model.recommendation import CompetenceAdvice, Recommendation

__all__ = [
    "DESIGN_END",
    "DESIGN_REVIEW",
    "FAMILY",
    "PROGRAMME_FORMAT",
    "Defect",
    "DefectKind",
    "Diagnosis",
    "Goal",
    "LegalTask",
    "Participant",
    "Programme",
    "Task",
    "check_programme",
    "default_goal",
    "draft_programme",
    "one_line",
    "usual_duration",
]

PROGRAMME_FORMAT = "kooperacja_model/programme/1"

FAMILY = "family"
"""The first participant of every programme."""

DESIGN_REVIEW = "P3M"
"""When a draft is looked at again: this library's own proposal, no source gives a time."""

DESIGN_END = "P12M"
"""When a draft ends if nothing is known of its model: this library's own proposal."""


def one_line(text: str | None) -> str | None:
    """A free text as it is kept: one line without invisible characters, or `None` if nothing is left."""
    if text is None:
        return None
    seen = "".join(" " if char in "\t\n\r\x0b\x0c\x85\u2028\u2029" else char for char in text)
    seen = "".join(char for char in seen if unicodedata.category(char) not in ("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"))
    return " ".join(unicodedata.normalize("NFC", seen).split()) or None


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    kept = (one_line(text) for text in texts)
    return tuple(dict.fromkeys(text for text in kept if text is not None))


@frozen
class Participant:
    """Somebody who takes part: `FAMILY`, or the key of an institution type."""

    who: str
    place: Place | None = field(default=None, eq=False, repr=False)


@frozen
class Goal:
    """What is to change in one need; `text` is what the family and the team say (never shown by `repr`)."""

    need: str
    text: str | None = field(default=None, converter=one_line, repr=False)
    place: Place | None = field(default=None, eq=False, repr=False)


@frozen
class LegalTask:
    """A statutory duty in the programme; it does not wait for the programme.

    Attributes:
        duty: key of the duty.
        who: institution types that act.
        deadline: ISO 8601 duration from the day on which the duty arises, or `None` if none is known.
        consent: whether the law asks for the family's consent.
        provided: what must still be true and no fact tells.
    """

    duty: str
    who: tuple[str, ...]
    deadline: str | None
    consent: Consent
    provided: Label | None = None
    place: Place | None = field(default=None, eq=False, repr=False)


@frozen
class Task:
    """Something that an institution is asked to do; a proposal, unlike a `LegalTask`.

    Attributes:
        competence: what it is asked for.
        institution: the institution type that answers for it.
        together_with: institution types that hold the same competence and were named for it too.
        strength: as the recommendation has it; `None` for a task that the team added.
        basis: on what the rules behind it rest; `STATUTE` means that the law gives the institution this
            competence, not that it demands the task.
        needs: the needs it is for.
        deadline: ISO 8601 duration from day 0, if one was agreed.
        text: what was agreed (free text, never shown by `repr`).
    """

    competence: str
    institution: str
    together_with: tuple[str, ...] = ()
    strength: Strength | None = None
    basis: tuple[Basis, ...] = ()
    needs: tuple[str, ...] = ()
    deadline: str | None = None
    text: str | None = field(default=None, converter=one_line, repr=False)
    place: Place | None = field(default=None, eq=False, repr=False)


@frozen
class Diagnosis:
    """What the family and the team find out: lists of free text, empty in a draft.

    The parts are those reported from the workshops of the rural pilot; genogram and PSR
    (solution-focused approach) are the tools that were used there.
    """

    tools: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    causes: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    strengths: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    weaknesses: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    resources: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    deficits: tuple[str, ...] = field(default=(), converter=_lines, repr=False)
    expectations: tuple[str, ...] = field(default=(), converter=_lines, repr=False)


@frozen
class Programme:
    """The programme of a family: who takes part, goals, what the law demands, tasks, review.

    Day 0 is the day on which the family and the team agree on it; there are no dates.

    Attributes:
        model: the model it was made under.
        case: needs and known circumstances, in terms of the catalogue.
        lang: language of the texts that the draft brought.
        reviews: when it is looked at again, ISO 8601 durations from day 0.
        end: when it ends, ISO 8601 duration from day 0.
        questions: facts that are still to be asked for.
        places: where lists of the file name something (`"need:truancy"`, `"review:P3M"`) and begin.
    """

    model: CooperationModel
    case: Case
    lang: Lang
    participants: tuple[Participant, ...]
    diagnosis: Diagnosis
    goals: tuple[Goal, ...]
    legal_tasks: tuple[LegalTask, ...]
    tasks: tuple[Task, ...]
    reviews: tuple[str, ...]
    end: str | None
    questions: tuple[str, ...]
    places: Table[Place] = field(default=Table({}), eq=False, repr=False)

    @property
    def name(self) -> Label:
        """Name of the plan in its model, or a neutral one where no source tells it."""
        document = self.model.documents.get(_PLAN)
        return document.label if document is not None else _NEUTRAL

    @property
    def name_known(self) -> bool:
        """Whether a source tells how the model names the plan."""
        return _PLAN in self.model.documents

    @property
    def team(self) -> Body | None:
        """The body of the model that works on the case, if it is known."""
        bodies = self.model.bodies.values()
        return next((body for body in bodies if body.part in (Part.WORKS, Part.BOTH)), None)

    def to_dict(self) -> dict[str, Any]:
        """The programme as plain data (format `kooperacja_model/programme/1`), with its free texts."""
        from kooperacja_model.views.programme import to_dict

        return to_dict(self)

    def to_yaml(self) -> str:
        """The programme as a YAML file to be edited by hand; `load_programme` reads it back."""
        from kooperacja_model.views.programme import to_yaml

        return to_yaml(self)

    def to_markdown(self, lang: Lang | None = None) -> str:
        """The programme as a Markdown text to be printed and talked over.

        Args:
            lang: `"pl"` or `"en"`, the programme's own language by default. Free text stays as it is.
        """
        from kooperacja_model.views.programme import to_markdown

        return to_markdown(self, lang or self.lang)


_PLAN = "ipw"
_NEUTRAL = Label("program współpracy z rodziną", "programme of cooperation with the family")
_DURATION_FIGURE = "family_cooperation_time"
_PILOT_TOOLS = (
    Label("genogram", "genogram"),
    Label("PSR (podejście skoncentrowane na rozwiązaniach)", "PSR (solution-focused approach)"),
)


def usual_duration(model: CooperationModel) -> tuple[str, str, Figure] | None:
    """The shortest and longest usual cooperation with a family, with the figure that reports it.

    >>> from kooperacja_model import load_model
    >>> usual_duration(load_model("rural"))[:2], usual_duration(load_model("city"))
    (('P10M', 'P13M'), None)
    """
    figure = model.pilot.figures.get(_DURATION_FIGURE)
    if figure is None:
        return None
    shortest, _, longest = figure.value.partition("-")
    return f"P{shortest}M", f"P{longest}M", figure


def default_goal(label: str, lang: Lang) -> str:
    """The sentence that a draft puts in the place of a goal.

    >>> default_goal("wagary", "pl")
    'Zmiana na lepsze w sprawie: wagary. Po czym ją poznamy, ustala rodzina z zespołem.'
    """
    return Label(
        f"Zmiana na lepsze w sprawie: {label}. Po czym ją poznamy, ustala rodzina z zespołem.",
        f"A change for the better in: {label}. The family and the team agree on how it will be noticed.",
    ).text(lang)


def draft_programme(recommendation: Recommendation, lang: Lang = "pl") -> Programme:
    """A draft of the family's programme, for the family and the team to work on.

    A goal for each need; every duty that certainly arises; a task for each competence that is
    required or advised, with one institution that answers for it (the one most strongly named, then
    in the order of the recommendation) and the others named for it; the family and the institutions
    with a task as participants, except those that are only contacts of a team; a review; and what
    is still to be asked.

    Args:
        recommendation: whom to involve for the family.
        lang: language of the texts it brings, `"pl"` or `"en"`.

    >>> from kooperacja_model import recommend
    >>> programme = draft_programme(recommend("rural", ["truancy"]), "en")
    >>> [task.institution for task in programme.tasks][:3]
    ['social_assistance_centre', 'social_assistance_centre', 'social_assistance_centre']
    >>> check_programme(programme)
    ()
    """
    model, case = recommendation.model, recommendation.case
    if case.commune is not None:  # the file keeps code and population
        case = evolve(case, commune=Commune(case.commune.code, case.commune.population))
    tasks = tuple(_tasks(recommendation))
    busy = {key for task in tasks for key in (task.institution, *task.together_with)}
    members = (a.key for a in recommendation.institutions if a.key in busy and not a.term.outside_team)
    usual = usual_duration(model)
    return Programme(
        model=model,
        case=case,
        lang=lang,
        participants=(Participant(FAMILY), *(Participant(key) for key in members)),
        diagnosis=Diagnosis(tools=tuple(tool.text(lang) for tool in _PILOT_TOOLS) if _PLAN in model.documents else ()),
        goals=tuple(Goal(need.key, default_goal(need.label.text(lang), lang)) for need in case.needs),
        legal_tasks=tuple(
            LegalTask(a.key, a.duty.who, a.duty.deadline, a.duty.consent, a.duty.provided)
            for a in recommendation.duties
            if a.strength is Strength.REQUIRED
        ),
        tasks=tasks,
        reviews=(DESIGN_REVIEW,),
        end=DESIGN_END if usual is None else usual[1],
        questions=tuple(question.key for question in recommendation.questions),
    )


def _tasks(recommendation: Recommendation) -> Iterator[Task]:
    order = {advice.key: rank for rank, advice in enumerate(recommendation.institutions)}
    types = recommendation.model.catalogue.institution_types

    def key(advice: CompetenceAdvice, institution: str) -> tuple[int, bool, int]:
        ranks = (reason.strength.rank for reason in advice.reasons if reason.institution == institution)
        return min(ranks), types[institution].outside_team, order[institution]

    for advice in recommendation.competences:
        if advice.strength is Strength.CONDITIONAL:
            continue
        first, *others = sorted(advice.institutions, key=lambda institution: key(advice, institution))
        bases = {source.basis for reason in advice.reasons for source in reason.rule.sources}
        yield Task(
            competence=advice.key,
            institution=first,
            together_with=tuple(others),
            strength=advice.strength,
            basis=tuple(basis for basis in Basis if basis in bases),
            needs=advice.needs,
        )


class DefectKind(Enum):
    """Kind of defect: (what is wrong, what to do)."""

    NEED_WITHOUT_GOAL = "need {need} has no goal", "write one under `goals`, together with the family"
    NEED_NOT_NAMED = "{entry} is for need {need}, which is not among the needs", "add it to `needs`, or remove it here"
    COMPETENCE_NOT_HELD = "{institution} does not hold competence {competence}", "choose one that does: {holders}"
    DUTY_MISSING = (
        "the statutory duty {duty} arises and is missing",
        "add it under `required_by_law`; it arises whether the programme names it or not",
    )
    DUTY_CHANGED = "duty {duty}: `{part}` is not what the law says", "write {expected}"
    FAMILY_MISSING = "the family does not take part", "add `family` to `participants`"
    NOT_INVITED = "{institution} has a task, but nobody invited it", "add it to `participants`"
    REVIEW_MISSING = "there is no review", "write `reviews: [P3M]` or the like"
    REVIEW_TOO_LATE = (
        "`{part}` {duration} is after the usual {limit} of cooperation with a family under this model",
        "choose an earlier time",
    )
    REVIEW_AFTER_END = "review {duration} is after the end of the programme, {limit}", "choose an earlier time"


@frozen
class Defect:
    """Something of a programme that needs another look.

    Attributes:
        kind: what kind of defect it is.
        what: what is wrong, in keys of the catalogue; never with a free text.
        todo: what to do about it.
        place: where, if the programme came from a file.
    """

    kind: DefectKind
    what: str
    todo: str
    place: Place | None = None

    def __str__(self) -> str:
        where = "" if self.place is None else f"{self.place}: "
        return f"{where}{self.what}; {self.todo}"

    def problem(self) -> Problem:
        """The defect of a programme file as a problem of that file."""
        assert self.place is not None, "only the defects of a file are problems of a file"
        place = self.place
        return Problem(place.file, place.line, place.column, self.what, self.todo, self.kind.name.lower())


def check_programme(programme: Programme, model: CooperationModel | None = None) -> tuple[Defect, ...]:
    """All defects of a programme, in the order of their places.

    A need without a goal, a goal or task for a need that is not named, a task for an institution
    without the competence or that nobody invited, a statutory duty that arises and is missing or was
    changed, the family not taking part, and reviews that are missing or too late. That there is no
    defect does not mean that the programme is good; the family and the team judge that.

    Args:
        programme: a draft, or what `load_programme` read.
        model: the model to check against; the programme's own by default.

    >>> from attrs import evolve
    >>> from kooperacja_model import recommend
    >>> programme = draft_programme(recommend("rural", ["truancy"]))
    >>> for defect in check_programme(evolve(programme, participants=programme.participants[1:], goals=())):
    ...     print(defect)
    need 'truancy' has no goal; write one under `goals`, together with the family
    the family does not take part; add `family` to `participants`
    """
    model = model or programme.model
    found = (
        *_check_needs(programme),
        *_check_participants(programme, model.catalogue),
        *_check_duties(programme, model),
        *_check_tasks(programme, model.catalogue),
        *_check_reviews(programme, model),
    )
    return tuple(sorted(found, key=lambda d: (0, 0) if d.place is None else (d.place.line, d.place.column)))


def _defect(kind: DefectKind, place: Place | None, **values: str) -> Defect:
    what, todo = kind.value
    return Defect(kind, what.format(**values), todo.format(**values), place)


def _where(programme: Programme, *names: str) -> Place | None:
    return next((programme.places[name] for name in names if name in programme.places), None)


def _check_needs(programme: Programme) -> Iterator[Defect]:
    needs = {need.key for need in programme.case.needs}
    goals = {goal.need for goal in programme.goals}
    for need in programme.case.needs:
        if need.key not in goals:
            yield _defect(DefectKind.NEED_WITHOUT_GOAL, _where(programme, f"need:{need.key}"), need=repr(need.key))
    entries = [("a goal", goal.need, goal.place) for goal in programme.goals]
    entries += [("a task", need, task.place) for task in programme.tasks for need in task.needs]
    for entry, key, place in entries:
        if key not in needs:
            yield _defect(DefectKind.NEED_NOT_NAMED, place, entry=entry, need=repr(key))


def _check_participants(programme: Programme, catalogue: Catalogue) -> Iterator[Defect]:
    invited = {participant.who for participant in programme.participants}
    if FAMILY not in invited:
        yield _defect(DefectKind.FAMILY_MISSING, _where(programme, "participants"))
    for task in programme.tasks:
        for key in (task.institution, *task.together_with):
            if key not in invited and not catalogue.institution_types[key].outside_team:
                yield _defect(DefectKind.NOT_INVITED, task.place, institution=repr(key))


def _check_duties(programme: Programme, model: CooperationModel) -> Iterator[Defect]:
    facts = programme.case.facts(model)
    named = {task.duty for task in programme.legal_tasks}
    for duty in model.duties.values():
        if duty.force is Force.MUST and duty.truth(facts) and duty.key not in named:
            yield _defect(DefectKind.DUTY_MISSING, _where(programme, "required_by_law", "file"), duty=repr(duty.key))
    for task in programme.legal_tasks:
        duty = model.duties[task.duty]
        wrong = {}
        if not set(task.who) <= set(duty.who):
            wrong["who"] = "only " + ", ".join(duty.who)
        if duty.deadline is not None and (task.deadline is None or _hours(task.deadline) > _hours(duty.deadline)):
            wrong["deadline"] = f"{duty.deadline} or less" if _hours(duty.deadline) else duty.deadline
        if task.consent is not duty.consent:
            wrong["consent"] = duty.consent.value
        for part, expected in wrong.items():
            yield _defect(DefectKind.DUTY_CHANGED, task.place, duty=repr(duty.key), part=part, expected=expected)


def _check_tasks(programme: Programme, catalogue: Catalogue) -> Iterator[Defect]:
    for task in programme.tasks:
        holders = _holders(catalogue, task.competence)
        for key in (task.institution, *task.together_with):
            if key not in holders:
                yield _defect(
                    DefectKind.COMPETENCE_NOT_HELD,
                    task.place,
                    institution=repr(key),
                    competence=repr(task.competence),
                    holders=", ".join(holders),
                )


def _holders(catalogue: Catalogue, competence: str) -> tuple[str, ...]:
    """Institution types that hold a competence, some of them only in one of their profiles."""
    profiles = (profile.of for profile in catalogue.profiles.values() if competence in profile.competences)
    return tuple(dict.fromkeys((*catalogue.holders[competence], *profiles)))


def _check_reviews(programme: Programme, model: CooperationModel) -> Iterator[Defect]:
    if not programme.reviews:
        yield _defect(DefectKind.REVIEW_MISSING, _where(programme, "reviews", "file"))
    usual = usual_duration(model)
    times = [("reviews", review, _where(programme, f"review:{review}")) for review in programme.reviews]
    if programme.end is not None:
        times.append(("end", programme.end, _where(programme, "end")))
    for part, duration, place in times:
        if usual is not None and _hours(duration) > _hours(usual[1]):
            yield _defect(DefectKind.REVIEW_TOO_LATE, place, part=part, duration=duration, limit=usual[1])
        elif programme.end is not None and _hours(duration) > _hours(programme.end):
            yield _defect(DefectKind.REVIEW_AFTER_END, place, duration=duration, limit=programme.end)


_HOURS = {"Y": 8766.0, "M": 730.5, "W": 168.0, "D": 24.0}
_PARTS_OF_A_DAY = {"H": 1.0, "M": 1 / 60, "S": 1 / 3600}


def _hours(duration: str) -> float:
    """The length of an ISO 8601 duration; a year is 12 months, a month the twelfth part of 365.25 days."""
    days, _, clock = duration.removeprefix("P").partition("T")
    parts = [(number, _HOURS[unit]) for number, unit in re.findall(r"(\d+)([YMWD])", days)]
    parts += [(number, _PARTS_OF_A_DAY[unit]) for number, unit in re.findall(r"(\d+)([HMS])", clock)]
    return sum(float(number) * hours for number, hours in parts)
