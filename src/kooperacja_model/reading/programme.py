"""Reads the programme of a family. Messages do not repeat what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve

from kooperacja_model.case import make_case
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError
from kooperacja_model.model import Consent, CooperationModel, Duty, Strength
from kooperacja_model.programme import (
    FAMILY,
    PROGRAMME_FORMAT,
    Diagnosis,
    Goal,
    LegalTask,
    Participant,
    Programme,
    Task,
)
from kooperacja_model.provenance import Basis, Lang, Place, Table
from kooperacja_model.reading.case import read_answers, read_code, word_of
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Items, Node, Problems, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    duration,
    entries,
    hint,
    is_empty,
    list_of,
    one_of,
    read_file,
    reference,
    scalar,
    sections,
    term_of,
    text,
    whole_number,
)

__all__ = ["read_programme"]

T = TypeVar("T")


def read_programme(data: bytes, file: str, models: Mapping[str, CooperationModel]) -> tuple[Programme | None, Problems]:
    """The programme of a file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
        models: the models that it may name, by key; they share catalogue and duties.
    """
    problems = Problems(file, private=True)
    model = next(iter(models.values()))
    catalogue = model.catalogue
    known: dict[str, Mapping[str, Any]] = {
        "catalogue": {"catalogue": catalogue},
        "models": models,
        "duties": model.duties,
        "questions": {**catalogue.circumstances, **catalogue.features},
    }
    return read_file(data, problems, known, _programme), problems


_NEED = word_of("needs", "need")
_INSTITUTION = word_of("institution_types", "institution type", "institutions")
_COMPETENCE = word_of("competences", "competence")
_MODEL: Read[CooperationModel] = term_of("models", "model")
_DUTY = reference("duties", "duty")
_QUESTION = reference("questions", "circumstance")


def _free(node: Node, reading: Reading, what: str) -> str:
    """A free text; line breaks become spaces."""
    found = scalar(node, reading, what)
    return text(evolve(found, text=" ".join(found.text.split())), reading, what)


def _list(read_item: Read[T]) -> Read[tuple[T, ...]]:
    """A list that may be empty."""
    full = list_of(read_item)

    def read(node: Node, reading: Reading, what: str) -> tuple[T, ...]:
        return () if is_empty(node) else full(node, reading, what)

    return read


def _mapping(read_key: Read[str], read_entry: Callable[[str, Scalar, Node, Reading], T]) -> Read[tuple[T, ...]]:
    """A mapping that may be empty, from words of the catalogue to entries, no word twice."""

    def read(node: Node, reading: Reading, what: str) -> tuple[T, ...]:
        found: dict[str, T] = {}
        failed = False
        for key, value in () if is_empty(node) else entries(node, reading, what):
            try:
                word = read_key(key, reading, what)
                if word in found:
                    raise reading.wrong(Message.REPEATED_ENTRY, key, what=what, value=reading.quote(key.text))
                reading.about = f"{word!r}: "
                found[word] = read_entry(word, key, value, reading)
            except Wrong:
                failed = True
            reading.about = ""
        if failed:
            raise Wrong
        return tuple(found.values())

    return read


def _duration(node: Node, reading: Reading, what: str) -> str:
    """A duration that can be computed with."""
    found = duration(node, reading, what)
    if len(found) > 20:
        raise reading.wrong(Message.NOT_DURATION, node, what=what, value=reading.quote(found))
    return found


def _language(node: Node, reading: Reading, what: str) -> Lang:
    found = text(node, reading, what)
    if found == "pl":
        return "pl"
    if found == "en":
        return "en"
    hinted = hint(found, ("en", "pl"))
    raise reading.wrong(Message.NOT_ONE_OF, node, what=what, value=reading.quote(found), hint=hinted)


def _answers(node: Node, reading: Reading, what: str) -> dict[str, bool | None]:
    return {} if is_empty(node) else read_answers(node, reading, what)


def _participant(node: Node, reading: Reading, what: str) -> Participant:
    if isinstance(node, Scalar) and node.text.strip() == FAMILY:
        return Participant(FAMILY, reading.place(node))
    return Participant(_INSTITUTION(node, reading, what), reading.place(node))


def _goal(need: str, key: Scalar, node: Node, reading: Reading) -> Goal:
    empty = isinstance(node, Scalar) and (node.empty or not node.text.strip())
    return Goal(need, None if empty else _free(node, reading, repr(need)), reading.place(key))


def _legal_task(name: str, key: Scalar, node: Node, reading: Reading) -> LegalTask:
    duty: Duty = reading.known["duties"][name]
    fields = Fields(node, reading, repr(name))
    who = fields.need("who", list_of(_INSTITUTION))
    deadline = fields.may("deadline", _duration)
    consent = fields.may("consent", one_of(Consent)) or duty.consent
    fields.end()
    return LegalTask(name, who, deadline, consent, duty.provided, reading.place(key))


def _task(node: Node, reading: Reading, what: str) -> Task:
    fields = Fields(node, reading, what)
    competence = fields.need("competence", _COMPETENCE)
    institution = fields.need("institution", _INSTITUTION)
    together_with = fields.may("together_with", _list(_INSTITUTION)) or ()
    strength = fields.may("strength", one_of(Strength))
    basis = fields.may("basis", _list(one_of(Basis))) or ()
    needs = fields.may("needs", _list(_NEED)) or ()
    deadline = fields.may("deadline", _duration)
    said = fields.may("text", _free)
    fields.end()
    return Task(competence, institution, together_with, strength, basis, needs, deadline, said, reading.place(node))


def _diagnosis(node: Node, reading: Reading, what: str) -> Diagnosis:
    fields = Fields(node, reading, what)
    free = _list(_free)
    found = Diagnosis(
        tools=fields.may("tools", free) or (),
        causes=fields.may("causes", free) or (),
        strengths=fields.may("strengths", free) or (),
        weaknesses=fields.may("weaknesses", free) or (),
        resources=fields.may("resources", free) or (),
        deficits=fields.may("deficits", free) or (),
        expectations=fields.may("expectations", free) or (),
    )
    fields.end()
    return found


def _programme(node: Node, reading: Reading) -> Programme:
    fields = sections(node, reading, PROGRAMME_FORMAT)
    model = fields.need("model", _MODEL)
    language = fields.may("language", _language) or "pl"
    code = fields.may("commune", read_code)
    population = fields.may("population", whole_number)
    needs = fields.need("needs", list_of(_NEED))
    answers = fields.may("circumstances", _answers) or {}
    participants = fields.need("participants", _list(_participant))
    diagnosis = fields.may("diagnosis", _diagnosis) or Diagnosis()
    goals = fields.may("goals", _mapping(_NEED, _goal)) or ()
    legal_tasks = fields.may("required_by_law", _mapping(_DUTY, _legal_task)) or ()
    tasks = fields.may("tasks", _list(_task)) or ()
    reviews = fields.may("reviews", _list(_duration)) or ()
    end = fields.may("end", _duration)
    questions = fields.may("questions", _list(_QUESTION)) or ()
    fields.end()
    commune = None if code is None else Commune(code, population)
    try:
        case = make_case(model.catalogue, needs, answers, commune)
    except CaseError as error:
        raise reading.wrong(Message.CASE_CONTRADICTION, node, detail=str(error).rpartition(";")[0]) from None
    return Programme(
        model=model,
        case=case,
        lang=language,
        participants=participants,
        diagnosis=diagnosis,
        goals=goals,
        legal_tasks=legal_tasks,
        tasks=tasks,
        reviews=reviews,
        end=end,
        questions=questions,
        places=Table(_places(fields, reading, needs, reviews)),
    )


def _places(fields: Fields, reading: Reading, needs: tuple[str, ...], reviews: tuple[str, ...]) -> dict[str, Place]:
    """Where the needs, the reviews and the sections stand."""
    places = {"file": reading.place(fields.node)}
    for key, value in fields.node.pairs:
        places[key.text] = reading.place(key)
        names = {"needs": needs, "reviews": reviews}.get(key.text, ())
        if isinstance(value, Items):
            for name, item in zip(names, value.items, strict=False):
                places[f"{key.text.removesuffix('s')}:{name}"] = reading.place(item)
    return places
