"""Reads the file of a local network: institutions of a commune, and what is signed between them.

It is about institutions, so messages repeat its words. Texts with contact data are refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TypeVar

from attrs import evolve, frozen

from kooperacja_model.catalogue import Catalogue, Level, fold
from kooperacja_model.commune import Commune, TerytCode
from kooperacja_model.errors import CommuneError, UnknownTermError
from kooperacja_model.network import Agreement, AgreementKind, Institution, LocalNetwork, Origin, is_area
from kooperacja_model.provenance import Basis, Table
from kooperacja_model.reading.case import read_code, word_of
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Pairs, Problems, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    address,
    boolean,
    date_text,
    entries,
    hint,
    is_empty,
    list_of,
    one_of,
    read_file,
    scalar,
    sections,
    table_of,
    text,
    whole_number,
)

__all__ = [
    "AGREEMENT_KINDS",
    "NETWORK_FORMAT",
    "NetworkFile",
    "Unmapped",
    "did_you_mean",
    "has_contact_data",
    "network_of",
    "read_network",
]

NETWORK_FORMAT = "kooperacja_model/network/1"

T = TypeVar("T")


@frozen
class Unmapped:
    """Something of a file that a network has no place for; values are never repeated.

    Attributes:
        where: JSON pointer; `*` stands for every number of a list.
        what: why it is left out.
        count: entries that are left out there.
    """

    where: str
    what: str
    count: int = 1

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.count} times)" if self.count > 1 else "")


@frozen
class NetworkFile:
    """A network and what of its file did not map; nothing, unless the file is HSDS."""

    network: LocalNetwork
    unmapped: tuple[Unmapped, ...] = ()


def read_network(data: bytes, file: str, catalogue: Catalogue) -> tuple[LocalNetwork | None, Problems]:
    """The network of a YAML file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
        catalogue: the vocabulary it uses.
    """
    problems = Problems(file)
    return read_file(data, problems, {"catalogue": {"catalogue": catalogue}}, network_of), problems


# -- texts without contact data --------------------------------------------------------------

_E_MAIL = re.compile(r"(?:@|[\[(]\s?(?:at|małpa|malpa)\s?[\])])\s?[^\s@]{1,64}\.[^\s@]", re.IGNORECASE)
_PHONE = re.compile(
    r"""(?<![\w./-])(?:
        (?:(?:\+|00)[ .-]?48[ .-]?|48[ .-]|0[ .-])?(?:
            \(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{3}
            | \(?[0-9]{2}\)?[ ./-]?[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{2}
            | \([0-9]{2}\)[ ]?[0-9]{7}
        )
        | [0-9]{3}[ -][0-9]{2}[ -][0-9]{2}
        | \+[0-9][0-9 ().-]{7,}[0-9]
        | (?:tel|telefon|telefonu|kom|komórka|komórkowy|phone|mobile)(?![^\W\d])[.:\s(+]*[0-9][0-9 ().-]{4,}
    )(?![\w/-])""",
    re.VERBOSE | re.IGNORECASE,
)


def has_contact_data(text: str) -> bool:
    """Whether a text contains an e-mail address or what looks like a telephone number.

    >>> has_contact_data("dyżur: 17 867 01 00"), has_contact_data("TERYT 1816122, od 2022-05-04")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", text)
    return bool(_E_MAIL.search(plain) or _PHONE.search(plain))


def _words(node: Node, reading: Reading, what: str) -> str:
    """A text about an institution; line breaks become spaces."""
    found = scalar(node, reading, what)
    words = text(evolve(found, text=" ".join(found.text.split())), reading, what)
    if has_contact_data(words):
        raise reading.wrong(Message.CONTACT_DATA, node, what=what)
    return words


def _address(node: Node, reading: Reading, what: str) -> str:
    """The address of a page; digits in it are no telephone number."""
    found = address(node, reading, what)
    if _E_MAIL.search(found):
        raise reading.wrong(Message.CONTACT_DATA, node, what=what)
    return found


# -- codes, words, numbers -------------------------------------------------------------------

_TYPE = word_of("institution_types", "institution type", "institutions")
_COMPETENCE = word_of("competences", "competence")
AGREEMENT_KINDS = {
    "agreement": AgreementKind.AGREEMENT,
    "porozumienie": AgreementKind.AGREEMENT,
    "declaration": AgreementKind.DECLARATION,
    "deklaracja": AgreementKind.DECLARATION,
}


def _check_leading_zero(word: str, node: Node, reading: Reading, what: str) -> None:
    """Refuse a code whose first 0 is missing, with the cause that it mostly has."""
    if re.fullmatch(r"[0-9]{1,6}", word) and is_area("0" + word):
        raise reading.wrong(Message.LEADING_ZERO, node, what=what, value=reading.quote(word), right=repr("0" + word))


def _area(node: Node, reading: Reading, what: str) -> str:
    """A TERYT code of a commune, a powiat or a voivodeship, or `PL`."""
    word = text(node, reading, what)
    if is_area(word):
        return word
    _check_leading_zero(word, node, reading, what)
    try:
        whole = f"it is a part of a commune; write {TerytCode(word).commune.text!r}"
    except CommuneError:
        whole = "correct it, or write PL for the whole country"
    raise reading.wrong(Message.NOT_AREA, node, what=what, value=reading.quote(word), hint=whole)


def _code(node: Node, reading: Reading, what: str) -> TerytCode:
    """The code of a commune or of a part of one."""
    _check_leading_zero(text(node, reading, what), node, reading, what)
    return read_code(node, reading, what)


def _level(node: Node, reading: Reading, what: str) -> Level:
    word = text(node, reading, what)
    catalogue: Catalogue = reading.known["catalogue"]["catalogue"]
    try:
        return Level(catalogue.find("levels", word).key)
    except UnknownTermError:
        hinted = hint(word, [level.value for level in Level])
        raise reading.wrong(Message.NOT_ONE_OF, node, what=what, value=reading.quote(word), hint=hinted) from None


def _kind(node: Node, reading: Reading, what: str) -> AgreementKind:
    word = text(node, reading, what)
    kind = AGREEMENT_KINDS.get(fold(word))
    if kind is None:
        hinted = hint(word, AGREEMENT_KINDS)
        raise reading.wrong(Message.NOT_ONE_OF, node, what=what, value=reading.quote(word), hint=hinted)
    return kind


def _distance(node: Node, reading: Reading, what: str) -> int:
    word = text(node, reading, what)
    if not re.fullmatch(r"[0-9]{1,4}", word):
        raise reading.wrong(Message.NOT_DISTANCE, node, what=what, value=reading.quote(word))
    return int(word)


# -- institutions and agreements -------------------------------------------------------------


def _may_be_empty(full: Read[Table[T]]) -> Read[Table[T]]:
    """A mapping that may be empty."""

    def read(node: Node, reading: Reading, what: str) -> Table[T]:
        return Table({}) if is_empty(node) else full(node, reading, what)

    return read


def _reasons(node: Node, reading: Reading, what: str) -> Table[str]:
    """Competences, each with the reason why the institution has it or does not."""
    found: dict[str, str] = {}
    failed = False
    for key, value in () if is_empty(node) else entries(node, reading, what):
        try:
            word = _COMPETENCE(key, reading, what)
            if word in found:
                raise reading.wrong(Message.REPEATED_ENTRY, key, what=what, value=reading.quote(key.text))
            found[word] = _words(value, reading, f"the reason for {word!r}")
        except Wrong:
            failed = True
    if failed:
        raise Wrong
    return Table(found)


def _origin(node: Node, reading: Reading, what: str) -> Origin:
    fields = Fields(node, reading, what)
    basis = fields.may("basis", one_of(Basis)) or Basis.PRACTICE
    page = fields.may("address", _address)
    note = fields.may("note", _words)
    fields.end()
    return Origin(basis, page, note)


def _institution(key: Scalar, node: Node, reading: Reading) -> Institution:
    fields = Fields(node, reading, repr(key.text))
    name = fields.need("name", _words)
    types = fields.need("types", list_of(_TYPE))
    serves = fields.may("serves", list_of(_area)) or reading.known["commune"]["serves"]
    seat = fields.may("seat", _code)
    level = fields.may("level", _level)
    added = fields.may("add", _reasons) or Table({})
    removed = fields.may("remove", _reasons) or Table({})
    for competence in added:
        if competence in removed:
            place = fields.values["remove"]
            reading.note(Message.ADDED_AND_REMOVED, place.line, place.column, value=repr(competence))
    capacity = fields.may("capacity", whole_number)
    distance = fields.may("distance_km", _distance)
    origin = fields.may("origin", _origin) or Origin()
    fields.end()
    return Institution(
        key=key.text,
        name=name,
        types=types,
        serves=serves,
        seat=seat,
        level=level,
        added=added,
        removed=removed,
        capacity=capacity,
        distance_km=distance,
        origin=origin,
        place=reading.place(key),
    )


MOST_COMPARED = 500
"""Known words that an unknown one is compared with; among more, that would take too long."""


def did_you_mean(word: str, known: Collection[str], otherwise: str) -> str:
    """The question whether the most similar known word is meant, or what else to do."""
    close = get_close_matches(word, known, n=1, cutoff=0.6) if len(known) <= MOST_COMPARED else []
    return f"did you mean {close[0]!r}?" if close else otherwise


def _party(node: Node, reading: Reading, what: str) -> str:
    """The key of an institution of the network."""
    key = text(node, reading, what)
    known = reading.known["institutions"]
    if key not in known:
        hinted = did_you_mean(key, known, "add it to the institutions, or correct the key")
        values = {"kind": "institution", "value": reading.quote(key), "hint": hinted}
        raise reading.wrong(Message.UNKNOWN_REFERENCE, node, **values)
    return key


_PARTIES = list_of(_party)


def _between(node: Node, reading: Reading, what: str) -> tuple[str, ...]:
    parties = _PARTIES(node, reading, what)
    if len(parties) < 2:
        raise reading.wrong(Message.ONE_PARTY, node)
    return parties


def _agreement(key: Scalar, node: Node, reading: Reading) -> Agreement:
    fields = Fields(node, reading, repr(key.text))
    kind = fields.need("kind", _kind)
    between = fields.need("between", _between)
    since = fields.may("since", date_text)
    origin = fields.may("origin", _origin) or Origin()
    fields.end()
    return Agreement(key.text, kind, between, since, origin, reading.place(key))


_INSTITUTIONS = _may_be_empty(table_of(_institution, "institution"))
_AGREEMENTS = _may_be_empty(table_of(_agreement, "agreement"))


def network_of(node: Node, reading: Reading) -> LocalNetwork:
    """The network of a file that is read as nodes; `reading.known` has the catalogue.

    Raises:
        Wrong: something is wrong, and is noted.
    """
    fields = sections(node, reading, NETWORK_FORMAT)
    name = fields.need("name", _words)
    invented = bool(fields.may("invented", boolean))
    code = fields.need("commune", _code)
    population = fields.may("population", whole_number)
    reading.known["commune"] = {"serves": () if code is None else (code.commune.text,)}
    reading.known["institutions"] = _named(fields.values.get("institutions"))
    institutions = fields.need("institutions", _INSTITUTIONS)
    agreements = fields.may("agreements", _AGREEMENTS) or Table({})
    fields.end()
    if reading.problems.found:
        raise Wrong
    catalogue: Catalogue = reading.known["catalogue"]["catalogue"]
    return LocalNetwork(name, Commune(code, population), institutions, agreements, catalogue, invented)


def _named(node: Node | None) -> Mapping[str, None]:
    """The keys of a mapping, also of entries that turn out to be wrong."""
    return {key.text: None for key, _ in node.pairs} if isinstance(node, Pairs) else {}
