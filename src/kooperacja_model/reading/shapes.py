"""Nodes to typed values: the shapes that files are made of.

A reading function takes a node and returns a value, or notes what is wrong and raises `Wrong`.
Lists, tables and records go on after a wrong part, so that all problems of a file are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeVar, cast

from kooperacja_model.provenance import Label, Place, Table
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Items, Node, Pairs, Problems, Scalar, Stop, read_nodes

__all__ = [
    "Fields",
    "Read",
    "Reading",
    "Wrong",
    "address",
    "answer",
    "boolean",
    "date_text",
    "duration",
    "entries",
    "has_invisible",
    "is_empty",
    "label",
    "list_of",
    "one_of",
    "read_file",
    "reference",
    "sections",
    "table_of",
    "term_of",
    "text",
    "whole_number",
]

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Wrong(Exception):
    """A part could not be read; its problems are noted."""


class Reading:
    """One reading of one file: its problems, the words known so far, and what it is about.

    Attributes:
        known: for each section the keys (and, where needed, the terms) that may be named.
        about: what is being read, for messages: `"rule 'r12': "`.
    """

    def __init__(self, problems: Problems, known: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.problems = problems
        self.known: dict[str, Mapping[str, Any]] = dict(known or {})
        self.about = ""

    def wrong(self, message: Message, node: Node, **values: object) -> Wrong:
        """Note a problem at a node; the result is to be raised."""
        self.note(message, node.line, node.column, **values)
        return Wrong()

    def note(self, message: Message, line: int, column: int, **values: object) -> None:
        """Note a problem at a place."""
        self.problems.add(message, line, column, about=self.about, **values)

    def place(self, node: Node) -> Place:
        """The place of a node."""
        return Place(self.problems.file, node.line, node.column)

    def quote(self, word: str) -> str:
        """A word of the file as messages show it."""
        return self.problems.quote(word)


def read_file(
    data: bytes, problems: Problems, known: Mapping[str, Mapping[str, Any]], read: Callable[[Node, Reading], T]
) -> T | None:
    """What `read` makes of a file, or `None` if there are problems."""
    node = read_nodes(data, problems)
    if node is None:
        return None
    try:
        value = read(node, Reading(problems, known))
    except (Wrong, Stop):
        return None
    return None if problems.found else value


Read = Callable[[Node, Reading, str], T]
"""Takes a node, the reading and what to call the node in messages."""


def hint(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the nearest known one, or the few there are."""
    keys = list(known)
    close = get_close_matches(word, keys, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known are " + ", ".join(sorted(keys)) if 0 < len(keys) <= 16 else "see the catalogue for the known ones"


def scalar(node: Node, reading: Reading, what: str) -> Scalar:
    """A single value that is not empty."""
    if not isinstance(node, Scalar):
        raise reading.wrong(Message.NOT_TEXT, node, what=what)
    if node.empty or not node.text.strip():
        raise reading.wrong(Message.EMPTY_VALUE, node, what=what)
    return node


def is_empty(node: Node) -> bool:
    """Whether a list or mapping has nothing in it (`[]`, `{}` or nothing at all)."""
    if isinstance(node, Scalar):
        return node.empty
    return not (node.items if isinstance(node, Items) else node.pairs)


def has_invisible(text: str) -> bool:
    """Whether a text has control or format characters in it."""
    return not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text)


def text(node: Node, reading: Reading, what: str) -> str:
    """A text of one line without invisible characters."""
    found = scalar(node, reading, what).text.strip()
    if has_invisible(found):
        raise reading.wrong(Message.CONTROL_CHARACTER, node, what=what)
    return found


def label(node: Node, reading: Reading, what: str) -> Label:
    """A text in both languages: `{pl: ..., en: ...}`."""
    fields = Fields(node, reading, what)
    polish = fields.need("pl", text)
    english = fields.need("en", text)
    fields.end()
    return Label(polish, english)


_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "tak": True, "nie": False}


def boolean(node: Node, reading: Reading, what: str) -> bool:
    """`yes` or `no` (also `true`, `false`, `tak`, `nie`)."""
    found = text(node, reading, what)
    if found.lower() not in _BOOLEANS:
        raise reading.wrong(Message.NOT_BOOLEAN, node, what=what, value=reading.quote(found))
    return _BOOLEANS[found.lower()]


def answer(node: Node, reading: Reading, what: str) -> bool | None:
    """`yes`, `no`, or `unknown` as `None`."""
    found = text(node, reading, what).lower()
    if found in ("unknown", "nie wiadomo"):
        return None
    if found not in _BOOLEANS:
        raise reading.wrong(Message.NOT_ANSWER, node, what=what, value=reading.quote(found))
    return _BOOLEANS[found]


def whole_number(node: Node, reading: Reading, what: str) -> int:
    """A whole number above 0, at most twelve digits."""
    found = text(node, reading, what)
    if not re.fullmatch(r"[0-9]{1,12}", found) or int(found) == 0:
        raise reading.wrong(Message.NOT_WHOLE_NUMBER, node, what=what, value=reading.quote(found))
    return int(found)


def date_text(node: Node, reading: Reading, what: str) -> str:
    """A date `YYYY-MM-DD`, as text."""
    found = text(node, reading, what)
    try:
        correct = date.fromisoformat(found).isoformat() == found
    except ValueError:
        correct = False
    if not correct:
        raise reading.wrong(Message.NOT_DATE, node, what=what, value=reading.quote(found))
    return found


_DURATION = re.compile(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", re.ASCII)


def duration(node: Node, reading: Reading, what: str) -> str:
    """An ISO 8601 duration, as text."""
    found = text(node, reading, what)
    if not _DURATION.fullmatch(found):
        raise reading.wrong(Message.NOT_DURATION, node, what=what, value=reading.quote(found))
    return found


def address(node: Node, reading: Reading, what: str) -> str:
    """A web address."""
    found = text(node, reading, what)
    if not re.fullmatch(r"https?://[^\s]+", found):
        raise reading.wrong(Message.NOT_ADDRESS, node, what=what)
    return found


def one_of(kinds: type[E]) -> Read[E]:
    """One of the values of an enumeration."""
    values = {str(kind.value): kind for kind in kinds}

    def read(node: Node, reading: Reading, what: str) -> E:
        found = text(node, reading, what)
        if found not in values:
            raise reading.wrong(
                Message.NOT_ONE_OF, node, what=what, value=reading.quote(found), hint=hint(found, values)
            )
        return values[found]

    return read


def term_of(section: str, kind: str) -> Read[Any]:
    """A term named by its key."""

    def read(node: Node, reading: Reading, what: str) -> Any:
        found = text(node, reading, what)
        known = reading.known[section]
        if found not in known:
            raise reading.wrong(
                Message.UNKNOWN_REFERENCE, node, kind=kind, value=reading.quote(found), hint=hint(found, known)
            )
        return known[found]

    return read


def reference(section: str, kind: str) -> Read[str]:
    """The key of a term that exists."""
    find = term_of(section, kind)

    def read(node: Node, reading: Reading, what: str) -> str:
        find(node, reading, what)
        return text(node, reading, what)

    return read


def list_of(read_item: Read[T]) -> Read[tuple[T, ...]]:
    """A list with at least one entry, none of them twice."""

    def read(node: Node, reading: Reading, what: str) -> tuple[T, ...]:
        if not isinstance(node, Items):
            raise reading.wrong(Message.NOT_LIST, node, what=what)
        if not node.items:
            raise reading.wrong(Message.EMPTY_LIST, node, what=what)
        found: dict[T, None] = {}
        failed = False
        for item in node.items:
            try:
                value = read_item(item, reading, f"an entry of {what}")
            except Wrong:
                failed = True
                continue
            if value in found:
                word = item.text if isinstance(item, Scalar) else "the same"
                reading.note(Message.REPEATED_ENTRY, item.line, item.column, what=what, value=reading.quote(word))
                failed = True
            found[value] = None
        if failed:
            raise Wrong
        return tuple(found)

    return read


_KEY = re.compile(r"[A-Za-z0-9_]+")


def entries(node: Node, reading: Reading, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a mapping with at least one."""
    if not isinstance(node, Pairs):
        raise reading.wrong(Message.NOT_MAPPING, node, what=what)
    if not node.pairs:
        raise reading.wrong(Message.EMPTY_LIST, node, what=what)
    return node.pairs


def table_of(read_entry: Callable[[Scalar, Node, Reading], T], kind: str) -> Read[Table[T]]:
    """A mapping from new keys to entries of one kind."""

    def read(node: Node, reading: Reading, what: str) -> Table[T]:
        found: dict[str, T] = {}
        failed = False
        for key, value in entries(node, reading, what):
            before = reading.about
            reading.about = f"{kind} {reading.quote(key.text)}: "
            if not _KEY.fullmatch(key.text):
                reading.note(Message.BAD_KEY, key.line, key.column, key=reading.quote(key.text))
                failed = True
            try:
                found[key.text] = read_entry(key, value, reading)
            except Wrong:
                failed = True
            reading.about = before
        if failed:
            raise Wrong
        return Table(found)

    return read


class Fields:
    """The fields of a record: ask for each, then call `end` before the values are used.

    Args:
        node: should be a mapping.
        what: what to call it in messages.

    Raises:
        Wrong: the node is no mapping.
    """

    def __init__(self, node: Node, reading: Reading, what: str) -> None:
        if not isinstance(node, Pairs):
            raise reading.wrong(Message.NOT_MAPPING, node, what=what)
        self.node = node
        self.reading = reading
        self.values = {key.text: value for key, value in node.pairs}
        self.asked: list[str] = []
        self.failed = False

    def need(self, key: str, read: Read[T]) -> T:
        """A field that must be there."""
        if key not in self.values:
            self.asked.append(key)
            self.reading.note(Message.MISSING_KEY, self.node.line, self.node.column, key=repr(key))
            self.failed = True
            return cast(T, None)
        return cast(T, self.may(key, read))

    def may(self, key: str, read: Read[T]) -> T | None:
        """A field that may be there."""
        self.asked.append(key)
        if key not in self.values:
            return None
        try:
            return read(self.values[key], self.reading, f"`{key}`")
        except Wrong:
            self.failed = True
            return None

    def end(self) -> None:
        """Refuse fields that nobody asked for.

        Raises:
            Wrong: a field is missing, unknown or wrong.
        """
        for key, _ in self.node.pairs:
            if key.text not in self.asked:
                self.failed = True
                self.reading.note(
                    Message.UNKNOWN_KEY,
                    key.line,
                    key.column,
                    key=self.reading.quote(key.text),
                    hint=hint(key.text, self.asked),
                )
        if self.failed:
            raise Wrong


def sections(node: Node, reading: Reading, expected: str) -> Fields:
    """The top of a file: a mapping whose `format` is the expected one."""
    fields = Fields(node, reading, "the file")

    def read_format(node: Node, reading: Reading, what: str) -> str:
        found = text(node, reading, what)
        if found != expected:
            raise reading.wrong(Message.WRONG_FORMAT, node, value=reading.quote(found), expected=expected)
        return found

    fields.need("format", read_format)
    return fields
