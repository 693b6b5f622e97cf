"""A programme as plain data, as a YAML file to be edited by hand, and as Markdown to be talked over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from kooperacja_model.catalogue import Circumstance, Feature, InstitutionType
from kooperacja_model.model import Force, Strength
from kooperacja_model.programme import (
    FAMILY,
    PROGRAMME_FORMAT,
    Diagnosis,
    Goal,
    LegalTask,
    Programme,
    Task,
    default_goal,
    usual_duration,
)
from kooperacja_model.provenance import Label, Lang
from kooperacja_model.views.words import (
    BASIS,
    CONSENT,
    STRENGTH,
    WORDS,
    say_commune,
    say_deadline,
    say_duration,
    say_institution,
    say_sources,
)

__all__ = ["to_dict", "to_markdown", "to_yaml"]

MOST_NAMES = 5

VIOLENCE = (
    "domestic_violence_victim",
    "violence_perpetrator",
    "blue_card_open",
    "violence_suspected",
)
"""Facts with which people of the family should not be talked to together."""

DIAGNOSIS = {
    "tools": Label("Narzędzia", "Tools"),
    "causes": Label("Przyczyny i źródła trudnej sytuacji", "Causes and sources of the difficult situation"),
    "strengths": Label("Mocne strony", "Strengths"),
    "weaknesses": Label("Słabe strony", "Weaknesses"),
    "resources": Label("Zasoby", "Resources"),
    "deficits": Label("Deficyty (czego brakuje)", "Deficits (what is missing)"),
    "expectations": Label("Oczekiwania i potrzeby, jak mówi o nich rodzina", "Expectations and needs in its own words"),
}

_WORDS = {
    "draft": Label("propozycja", "proposal"),
    "disclaimer": Label(
        "To propozycja do rozmowy, a nie decyzja. Rodzina bierze udział w ustaleniach od początku i może każdy punkt "
        "zmienić, dodać albo odrzucić. Wyjątkiem jest część „Co nakazuje prawo”: te działania nie czekają na program.",
        "This is a proposal to talk over, not a decision. The family takes part from the beginning and may change, add "
        'or reject any point. The exception is the part "What the law demands": that does not wait for the programme.',
    ),
    "name_known": Label(
        "nazwa z opisu modelu; wzoru tego dokumentu nie znaleziono, układ poniżej jest propozycją",
        "the name is from descriptions of the model; the form itself was not found, the layout below is a proposal",
    ),
    "name_unknown": Label(
        "nie wiadomo, jak ten model nazywa plan dla rodziny; nazwa i układ poniżej są propozycją",
        "it is not known how this model names the plan for a family; name and layout below are a proposal",
    ),
    "name": Label("Nazwa planu", "Name of the plan"),
    "team": Label("Zespół, który pracuje nad sprawą", "Body that works on the case"),
    "day_0": Label("Dzień 0 (dzień uzgodnienia programu)", "Day 0 (the day on which the programme is agreed)"),
    "participants": Label("Kto bierze udział", "Who takes part"),
    "family": Label("rodzina", "the family"),
    "family_first": Label(
        "współdecyduje o celach i zadaniach",
        "decides together with the others on goals and tasks",
    ),
    "proposed": Label("Do zaproszenia, za wiedzą rodziny", "To be invited, with the knowledge of the family"),
    "considered": Label("Warto rozważyć, z rodziną", "Worth considering, with the family"),
    "violence": Label(
        "W rodzinie jest przemoc albo jej podejrzenie. Z osobą doznającą przemocy i z osobą, która ją stosuje, "
        "proponujemy rozmawiać osobno, a tego wydruku nie dawać osobie stosującej przemoc (propozycja biblioteki).",
        "There is violence in the family, or a suspicion of it. We propose to talk separately with the person who "
        "suffers it and the person who uses it, and not to hand this print to the latter (this library's proposal).",
    ),
    "contacts": Label(
        "Do kontaktu w sprawie zadań (nie są członkami zespołu)",
        "To be contacted for tasks (not members of the team)",
    ),
    "diagnosis": Label("Diagnoza (wypełniają rodzina i zespół)", "Diagnosis (filled in by the family and the team)"),
    "diagnosis_note": Label(
        "Te części i narzędzia (genogram, PSR) znane są z warsztatów z rodzinami w pilotażu wiejskim.",
        "These parts and tools (genogram, PSR) are known from workshops with families in the rural pilot.",
    ),
    "diagnosis_elsewhere": Label(
        "Jak wygląda diagnoza w tym modelu, nie wiadomo.",
        "What the diagnosis looks like in this model is not known.",
    ),
    "goals": Label("Cele", "Goals"),
    "no_goal": Label(
        "co ma się zmienić i po czym to poznamy, ustala rodzina z zespołem",
        "what is to change and how it will be noticed, the family and the team agree",
    ),
    "goal": Label("cel", "goal"),
    "no_task": Label(
        "żadne zadanie nie jest jeszcze z tym związane; pomogą odpowiedzi na pytania z końca programu",
        "no task is tied to it yet; the answers to the questions at the end will help",
    ),
    "law": Label("Co nakazuje prawo", "What the law demands"),
    "law_note": Label(
        "Termin liczy się od dnia, w którym obowiązek powstał, a nie od uzgodnienia programu.",
        "The time runs from the day on which the duty arose, not from the agreement on the programme.",
    ),
    "law_may": Label(
        "Ustawa pozwala na to, ale nie nakazuje:",
        "The law allows this, but does not demand it:",
    ),
    "no_law": Label(
        "Z tego, co wiadomo, nie wynika żaden obowiązek. Zob. pytania na końcu.",
        "No duty arises from what is known. See the questions at the end.",
    ),
    "source": Label("podstawa", "source"),
    "required": Label("Zadania instytucji: propozycja podstawowa", "Tasks of institutions: the basic proposal"),
    "advised": Label("Zadania instytucji: warto rozważyć", "Tasks of institutions: worth considering"),
    "conditional": Label("Zadania instytucji: zależy od odpowiedzi", "Tasks of institutions: depends on the answers"),
    "added": Label("Zadania dodane przez rodzinę i zespół", "Tasks added by the family and the team"),
    "together": Label("razem z", "together with"),
    "until": Label("termin od dnia 0", "until, from day 0"),
    "also_law": Label("zob. też prawo, punkt", "see also the law, point"),
    "tasks_note": Label(
        "Pod każdą instytucją stoi, z czym do zespołu przychodzi. Robi to, jeżeli jest potrzebne i uzgodnione z "
        "rodziną; środki, których rodzina nie wybiera (sąd, zabezpieczenie dziecka, nakazy), tylko na zasadach "
        "ustawy. W nawiasie stoi, na czym opiera się propozycja: „prawo” znaczy, że ustawa daje instytucji tę "
        "kompetencję, a nie, że nakazuje to zadanie.",
        "Under each institution stands what it brings to the team. It does so where needed and agreed with the "
        "family; measures that the family does not choose (court, securing a child, orders) only as the law has it. "
        'In brackets stands what the proposal rests on: "law" means that the law gives the institution this '
        "competence, not that it demands the task.",
    ),
    "review": Label("Przegląd i zakończenie", "Review and end"),
    "reviews": Label("Przegląd z rodziną, licząc od dnia 0", "Review with the family, from day 0"),
    "no_review": Label("przegląd do ustalenia", "review to be agreed"),
    "end": Label("Zakończenie najpóźniej, licząc od dnia 0", "End at the latest, from day 0"),
    "review_note": Label(
        "Czas przeglądu jest propozycją biblioteki; na pierwszym przeglądzie ustala się następny.",
        "The time of the review is this library's proposal; the first review sets the next one.",
    ),
    "unknown_duration": Label(
        "Jak długo w tym modelu pracuje się z rodziną, nie wiadomo; czas zakończenia też jest propozycją biblioteki.",
        "How long the work with a family lasts in this model is not known; the end is a proposal of this library too.",
    ),
    "questions": Label("O co jeszcze zapytać", "What is still to be asked"),
    "questions_note": Label(
        "Każda odpowiedź może zmienić listę zadań lub obowiązków. Najważniejsze pytania są pierwsze.",
        "Each answer may change the list of tasks or duties. The most important questions come first.",
    ),
    "to_fill_in": Label("(do uzupełnienia)", "(to be filled in)"),
}


def to_dict(programme: Programme) -> dict[str, Any]:
    """A programme as dictionaries, lists and texts, always in the same order.

    The fields are those of the YAML file; see its page in the documentation.
    """
    case = programme.case
    return {
        "format": PROGRAMME_FORMAT,
        "model": programme.model.key,
        "language": programme.lang,
        "commune": None if case.commune is None else case.commune.code.text,
        "population": None if case.commune is None else case.commune.population,
        "needs": [need.key for need in case.needs],
        "circumstances": {answer.circumstance.key: answer.present for answer in case.answers},
        "participants": [participant.who for participant in programme.participants],
        "diagnosis": {name: list(getattr(programme.diagnosis, name)) for name in DIAGNOSIS},
        "goals": {goal.need: goal.text for goal in programme.goals},
        "required_by_law": {
            task.duty: {"who": list(task.who), "deadline": task.deadline, "consent": task.consent.value}
            for task in programme.legal_tasks
        },
        "tasks": [
            {
                "competence": task.competence,
                "institution": task.institution,
                "together_with": list(task.together_with),
                "strength": None if task.strength is None else task.strength.value,
                "basis": [basis.value for basis in task.basis],
                "needs": list(task.needs),
                "deadline": task.deadline,
                "text": task.text,
            }
            for task in programme.tasks
        ],
        "reviews": list(programme.reviews),
        "end": programme.end,
        "questions": list(programme.questions),
    }


# -- YAML ------------------------------------------------------------------------------------


_HEADER = Label(
    "Propozycja programu współpracy z rodziną. Zmieniać, dodawać i usuwać wolno wszystko; po # stoją objaśnienia.\n"
    "Teksty w cudzysłowach należą do rodziny i zespołu. Sprawdzenie: kooperacja check PLIK",
    "Proposal of a programme of cooperation with the family. Anything may be changed, added or removed; remarks\n"
    "follow a #. The texts in quotes belong to the family and the team. To check it: kooperacja check FILE",
)


def to_yaml(programme: Programme) -> str:
    """A programme as a YAML file, with the labels of its keys as comments."""
    return "\n".join(_yaml(programme)) + "\n"


def _quoted(text: str | None) -> str:
    return "" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _flow(keys: Iterable[str]) -> str:
    return "[" + ", ".join(keys) + "]"


def _block(name: str, lines: list[str], empty: str = "[]") -> list[str]:
    return [f"{name}:", *lines] if lines else [f"{name}: {empty}"]


def _yaml(programme: Programme) -> Iterator[str]:
    lang, case, catalogue = programme.lang, programme.case, programme.model.catalogue
    types = catalogue.institution_types

    def said(term: Any) -> str:
        return f"  # {term.label.text(lang)}"

    for line in _HEADER.text(lang).split("\n"):
        yield f"# {line}"
    yield f"format: {PROGRAMME_FORMAT}"
    yield f"model: {programme.model.key}{said(programme.model)}"
    yield f"language: {lang}"
    if case.commune is not None:
        yield f'commune: "{case.commune.code.text}"'
        if case.commune.population is not None:
            yield f"population: {case.commune.population}"
    yield ""
    yield from _block("needs", [f"  - {need.key}{said(need)}" for need in case.needs])
    answers = [f"  {a.circumstance.key}: {'yes' if a.present else 'no'}{said(a.circumstance)}" for a in case.answers]
    yield from _block("circumstances", answers, "{}")
    yield ""
    people = [
        f"  - {p.who}" + (f"  # {_WORDS['family'].text(lang)}" if p.who == FAMILY else said(types[p.who]))
        for p in programme.participants
    ]
    yield from _block("participants", people)
    yield ""
    yield "diagnosis:"
    for name, label in DIAGNOSIS.items():
        yield f"  # {label.text(lang)}"
        yield from _block(f"  {name}", [f"    - {_quoted(text)}" for text in getattr(programme.diagnosis, name)])
    yield ""
    yield from _block("goals", [f"  {goal.need}: {_quoted(goal.text)}".rstrip() for goal in programme.goals], "{}")
    yield ""
    yield from _block(
        "required_by_law", [line for task in programme.legal_tasks for line in _law(programme, task)], "{}"
    )
    yield ""
    yield from _block("tasks", [line for task in programme.tasks for line in _task(programme, task)])
    yield ""
    yield f"reviews: {_flow(programme.reviews)}"
    if programme.end is not None:
        yield f"end: {programme.end}"
    asked: dict[str, Circumstance | Feature] = {**catalogue.circumstances, **catalogue.features}
    yield ""
    yield from _block("questions", [f"  - {key}  # {asked[key].question.text(lang)}" for key in programme.questions])


def _law(programme: Programme, task: LegalTask) -> Iterator[str]:
    duty, lang = programme.model.duties[task.duty], programme.lang
    yield f"  # {duty.what.text(lang)}"
    if task.provided is not None:
        yield f"  # {WORDS['provided'].text(lang)}: {task.provided.text(lang)}"
    yield f"  {task.duty}:"
    yield f"    who: {_flow(task.who)}"
    if task.deadline is not None:
        yield f"    deadline: {task.deadline}  # {say_duration(task.deadline, lang)}"
    yield f"    consent: {task.consent.value}  # {WORDS['consent'].text(lang)}: {CONSENT[task.consent].text(lang)}"


def _task(programme: Programme, task: Task) -> Iterator[str]:
    lang, catalogue = programme.lang, programme.model.catalogue
    yield f"  - competence: {task.competence}  # {catalogue.competences[task.competence].label.text(lang)}"
    yield f"    institution: {task.institution}  # {catalogue.institution_types[task.institution].label.text(lang)}"
    if task.together_with:
        yield f"    together_with: {_flow(task.together_with)}"
    if task.strength is not None:
        yield f"    strength: {task.strength.value}  # {STRENGTH[task.strength].text(lang)}"
    if task.basis:
        yield f"    basis: {_flow(basis.value for basis in task.basis)}"
    if task.needs:
        yield f"    needs: {_flow(task.needs)}"
    if task.deadline is not None:
        yield f"    deadline: {task.deadline}"
    if task.text is not None:
        yield f"    text: {_quoted(task.text)}"


# -- Markdown --------------------------------------------------------------------------------


def to_markdown(programme: Programme, lang: Lang) -> str:
    """A programme as Markdown, numbered for the talk with the family."""
    return "\n".join(_Page(programme, lang).lines()) + "\n"


_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~&]")


def _plain(text: str) -> str:
    """A free text that Markdown shows as it stands (it never begins a line)."""
    return _MARKS.sub(r"\\\g<0>", text)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Page:
    def __init__(self, programme: Programme, lang: Lang) -> None:
        self.programme = programme
        self.lang: Lang = lang
        self.model = programme.model
        self.catalogue = programme.model.catalogue
        self.facts = programme.case.facts(programme.model)
        self.part = 0
        self.legal_tasks = sorted(
            programme.legal_tasks, key=lambda task: programme.model.duties[task.duty].force is Force.MAY
        )

    def word(self, name: str) -> str:
        return _WORDS[name].text(self.lang)

    def title(self, name: str) -> list[str]:
        self.part += 1
        return ["", f"## {self.part}. {self.word(name)}", ""]

    def type(self, key: str) -> InstitutionType:
        return self.catalogue.institution_types[key]

    def institution(self, key: str) -> str:
        return say_institution(self.type(key), self.lang)

    def need(self, key: str) -> str:
        return self.catalogue.needs[key].label.text(self.lang)

    def lines(self) -> Iterator[str]:
        yield f"# {self.programme.name.text(self.lang)} — {self.word('draft')}"
        yield ""
        yield f"> {self.word('disclaimer')}"
        yield ""
        yield from self.head()
        yield from self.participants()
        yield from self.diagnosis(self.programme.diagnosis)
        yield from self.goals()
        yield from self.law()
        yield from self.tasks()
        yield from self.review()
        yield from self.questions()

    def head(self) -> Iterator[str]:
        case, lang = self.programme.case, self.lang
        known = self.word("name_known" if self.programme.name_known else "name_unknown")
        yield f"- {WORDS['model'].text(lang)}: {self.model.label.text(lang)}"
        yield f"- {self.word('name')}: {self.programme.name.text(lang)} ({known})"
        team = self.programme.team
        if team is not None:
            short = f" ({team.abbreviation})" if team.abbreviation else ""
            yield f"- {self.word('team')}: {team.label.text(lang)}{short}"
        if case.commune is not None:
            yield f"- {WORDS['commune'].text(lang)}: {say_commune(case.commune, lang)}"
        yield f"- {WORDS['needs'].text(lang)}: " + "; ".join(need.label.text(lang) for need in case.needs)
        for name, present in (("present", True), ("absent", False)):
            found = [a.circumstance.label.text(lang) for a in case.answers if a.present is present]
            if found:
                yield f"- {WORDS[name].text(lang)}: " + "; ".join(found)
        yield f"- {self.word('day_0')}: ______________"

    def participants(self) -> Iterator[str]:
        yield from self.title("participants")
        keys = [participant.who for participant in self.programme.participants]
        if FAMILY in keys:
            yield f"- **{_upper(self.word('family'))}** — {self.word('family_first')}"
        advised = {key for key in keys if self.strength(key) is Strength.ADVISED}
        groups = (
            ("proposed", [key for key in keys if key != FAMILY and key not in advised]),
            ("considered", [key for key in keys if key in advised]),
        )
        for name, members in groups:
            if members:
                yield f"- {self.word(name)}:"
            for key in members:
                yield f"    - {self.institution(key)}{self.joined(key)}"
        busy = dict.fromkeys(key for task in self.programme.tasks for key in (task.institution, *task.together_with))
        contacts = [key for key in busy if self.type(key).outside_team and key not in keys]
        if contacts:
            yield f"- {self.word('contacts')}:"
            for key in contacts:
                yield f"    - {self.institution(key)}"
        if any(self.facts.get(key) for key in VIOLENCE):
            yield ""
            yield f"**{self.word('violence')}**"

    def strength(self, key: str) -> Strength | None:
        """The strongest strength of the tasks that a type has a part in."""
        strengths = [task.strength for task in self.programme.tasks if key in (task.institution, *task.together_with)]
        return min((s for s in strengths if s is not None), key=lambda s: s.rank, default=None)

    def joined(self, key: str) -> str:
        """A remark on a type that is a part of another institution in this commune."""
        part_of = self.type(key).part_of
        if part_of is None or not self.facts.get(part_of.where):
            return ""
        return f" ({WORDS['same'].text(self.lang)} {self.institution(part_of.type)})"

    def diagnosis(self, diagnosis: Diagnosis) -> Iterator[str]:
        yield from self.title("diagnosis")
        note = self.word("diagnosis_note")
        yield note if self.programme.name_known else f"{note} {self.word('diagnosis_elsewhere')}"
        yield ""
        for name, label in DIAGNOSIS.items():
            texts = getattr(diagnosis, name)
            said = "; ".join(_plain(text) for text in texts) if texts else self.word("to_fill_in")
            yield f"- {label.text(self.lang)}: {said}"

    def goals(self) -> Iterator[str]:
        yield from self.title("goals")
        served = {need for task in self.programme.tasks for need in task.needs}
        for number, goal in enumerate(self.programme.goals, 1):
            yield f"{number}. **{_upper(self.need(goal.need))}** — {self.goal(goal)}"
            if goal.need not in served:
                yield f"    - {self.word('no_task')}"

    def goal(self, goal: Goal) -> str:
        label = self.catalogue.needs[goal.need].label
        if goal.text is None or goal.text == default_goal(label.text(self.programme.lang), self.programme.lang):
            return self.word("no_goal")
        return _plain(goal.text)

    def law(self) -> Iterator[str]:
        yield from self.title("law")
        yield self.word("law_note" if self.programme.legal_tasks else "no_law")
        allowed = False
        for number, task in enumerate(self.legal_tasks, 1):
            yield ""
            if not allowed and self.model.duties[task.duty].force is Force.MAY:
                allowed = True
                yield self.word("law_may")
                yield ""
            yield from self.legal_task(number, task)

    def legal_task(self, number: int, task: LegalTask) -> Iterator[str]:
        duty, lang = self.model.duties[task.duty], self.lang
        yield f"{number}. **{_upper(duty.label.text(lang))}.** {duty.what.text(lang)}"
        note = f" — {duty.who_note.text(lang)}" if duty.who_note is not None else ""
        yield f"    - {WORDS['who'].text(lang)}: {self.some(task.who)}{note}"
        if task.provided is not None:
            yield f"    - {WORDS['provided'].text(lang)}: {task.provided.text(lang)}"
        deadline = say_deadline(duty, lang)
        if task.deadline is not None and task.deadline != duty.deadline:
            deadline = say_duration(task.deadline, lang)
        if deadline:
            yield f"    - {WORDS['deadline'].text(lang)}: {deadline}"
        note = f" ({duty.consent_note.text(lang)})" if duty.consent_note is not None else ""
        yield f"    - {WORDS['consent'].text(lang)}: {CONSENT[task.consent].text(lang)}{note}"
        yield f"    - {self.word('source')}: {say_sources(duty.sources, lang)}"

    def some(self, keys: tuple[str, ...]) -> str:
        """The names of institution types; of many only those that take part, or else the first ones."""
        if len(keys) <= MOST_NAMES + 1:
            return "; ".join(self.institution(key) for key in keys)
        members = {participant.who for participant in self.programme.participants}
        chosen = [key for key in keys if key in members] or list(keys[:MOST_NAMES])
        rest = len(keys) - len(chosen)
        names = "; ".join(self.institution(key) for key in chosen)
        return f"{names} {WORDS['others'].text(self.lang)} ({rest})" if rest else names

    def tasks(self) -> Iterator[str]:
        groups: dict[Strength | None, str] = {
            Strength.REQUIRED: "required",
            Strength.ADVISED: "advised",
            Strength.CONDITIONAL: "conditional",
            None: "added",
        }
        first = True
        for strength, name in groups.items():
            chosen = [task for task in self.programme.tasks if task.strength is strength]
            if not chosen:
                continue
            yield from self.title(name)
            if first:
                yield self.word("tasks_note")
                yield ""
                first = False
            institutions: dict[str, list[Task]] = {}
            for task in chosen:
                institutions.setdefault(task.institution, []).append(task)
            for key, its in institutions.items():
                yield f"- **{_upper(self.institution(key))}**{self.duties_of(key)}"
                for task in its:
                    yield f"    - {self.task(task)}"

    def duties_of(self, key: str) -> str:
        numbers = [str(n) for n, task in enumerate(self.legal_tasks, 1) if key in task.who]
        return f" ({self.word('also_law')}: {', '.join(numbers)})" if numbers else ""

    def task(self, task: Task) -> str:
        said = self.catalogue.competences[task.competence].label.text(self.lang)
        if task.text is not None:
            said += f": {_plain(task.text)}"
        if task.needs and len(task.needs) < len(self.programme.case.needs):
            said += f" ({self.goals_of(task.needs)})"
        if task.together_with:
            said += f"; {self.word('together')}: " + ", ".join(self.institution(key) for key in task.together_with)
        if task.deadline is not None:
            said += f"; {self.word('until')}: {say_duration(task.deadline, self.lang)}"
        bases = ", ".join(BASIS[basis].text(self.lang) for basis in task.basis)
        return f"{said} [{bases}]" if bases else said

    def goals_of(self, needs: tuple[str, ...]) -> str:
        """The numbers of the goals for some needs, or the names of the needs where one has no goal."""
        numbers = {goal.need: str(number) for number, goal in enumerate(self.programme.goals, 1)}
        if any(key not in numbers for key in needs):
            return "; ".join(self.need(key) for key in needs)
        return f"{self.word('goal')} " + ", ".join(numbers[key] for key in needs)

    def review(self) -> Iterator[str]:
        yield from self.title("review")
        programme, lang = self.programme, self.lang
        if programme.reviews:
            times = "; ".join(say_duration(review, lang) for review in programme.reviews)
            yield f"- {self.word('reviews')}: {times}"
        else:
            yield f"- {self.word('no_review')}"
        if programme.end is not None:
            yield f"- {self.word('end')}: {say_duration(programme.end, lang)}"
        yield ""
        usual = usual_duration(self.model)
        if usual is None:
            known = self.word("unknown_duration")
        else:
            figure = usual[2]
            value = f"{figure.value} {figure.unit.text(lang)}"
            known = f"{_upper(figure.label.text(lang))}: {value} ({say_sources(figure.sources, lang)})."
        yield f"{self.word('review_note')} {known}"

    def questions(self) -> Iterator[str]:
        if not self.programme.questions:
            return
        yield from self.title("questions")
        yield self.word("questions_note")
        yield ""
        asked: dict[str, Circumstance | Feature] = {**self.catalogue.circumstances, **self.catalogue.features}
        for key in self.programme.questions:
            yield f"- [ ] {asked[key].question.text(self.lang)}"
