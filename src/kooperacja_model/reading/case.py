"""Reads the file of a case: needs, circumstances, commune. Messages do not repeat its values."""

from __future__ import annotations

from attrs import frozen

from kooperacja_model.case import Case, make_case
from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import Commune, TerytCode
from kooperacja_model.errors import CaseError, CommuneError, UnknownTermError
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.model import MODEL_KEYS
from kooperacja_model.reading.nodes import Node, Problems
from kooperacja_model.reading.shapes import (
    Read,
    Reading,
    Wrong,
    answer,
    boolean,
    entries,
    list_of,
    read_file,
    sections,
    text,
    whole_number,
)

__all__ = ["CASE_FORMAT", "CaseFile", "read_answers", "read_case", "read_code", "word_of"]

CASE_FORMAT = "kooperacja_model/case/1"


@frozen
class CaseFile:
    """A case and the model that its file asks for, if it does."""

    case: Case
    model: str | None
    invented: bool


def word_of(section: str, kind: str, listed: str | None = None) -> Read[str]:
    """The key of the term that a word names; `listed` is what `kooperacja list` calls the section."""

    def read(node: Node, reading: Reading, what: str) -> str:
        word = text(node, reading, what)
        catalogue: Catalogue = reading.known["catalogue"]["catalogue"]
        try:
            return catalogue.find(section, word).key
        except UnknownTermError as error:
            names = " or ".join(repr(key) for key in error.nearest)
            todo = f"did you mean {names}?" if names else f"list them with `kooperacja list {listed or section}`"
            raise reading.wrong(
                Message.UNKNOWN_REFERENCE, node, kind=kind, value=reading.quote(word), hint=todo
            ) from None

    return read


_NEED = word_of("needs", "need")
_CIRCUMSTANCE = word_of("circumstances", "circumstance")


def read_answers(node: Node, reading: Reading, what: str) -> dict[str, bool | None]:
    """Circumstances with their answers."""
    found: dict[str, bool | None] = {}
    failed = False
    for key, value in entries(node, reading, what):
        try:
            word = _CIRCUMSTANCE(key, reading, what)
            if word in found:
                raise reading.wrong(Message.REPEATED_ENTRY, key, what=what, value=reading.quote(key.text))
            reading.about = f"circumstance {word!r}: "
            found[word] = answer(value, reading, repr(word))
        except Wrong:
            failed = True
        reading.about = ""
    if failed:
        raise Wrong
    return found


def read_code(node: Node, reading: Reading, what: str) -> TerytCode:
    """The code of a commune."""
    try:
        return TerytCode(text(node, reading, what))
    except CommuneError as error:
        raise reading.wrong(Message.COMMUNE_CODE, node, detail=error) from None


def _model(node: Node, reading: Reading, what: str) -> str:
    found = text(node, reading, what)
    if found not in MODEL_KEYS:
        raise reading.wrong(
            Message.NOT_ONE_OF, node, what=what, value=reading.quote(found), hint="known are " + ", ".join(MODEL_KEYS)
        )
    return found


def read_case(data: bytes, file: str, catalogue: Catalogue) -> tuple[CaseFile | None, Problems]:
    """The case of a file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
        catalogue: the vocabulary it uses.
    """
    problems = Problems(file, private=True)
    return read_file(data, problems, {"catalogue": {"catalogue": catalogue}}, _case), problems


def _case(node: Node, reading: Reading) -> CaseFile:
    fields = sections(node, reading, CASE_FORMAT)
    invented = bool(fields.may("invented", boolean))
    code = fields.may("commune", read_code)
    population = fields.may("population", whole_number)
    model = fields.may("model", _model)
    needs = fields.need("needs", list_of(_NEED))
    answers = fields.may("circumstances", read_answers) or {}
    fields.end()
    commune = None if code is None else Commune(code, population)
    try:
        case = make_case(reading.known["catalogue"]["catalogue"], needs, answers, commune)
    except CaseError as error:
        raise reading.wrong(Message.CASE_CONTRADICTION, node, detail=str(error).rpartition(";")[0]) from None
    return CaseFile(case, model, invented)
