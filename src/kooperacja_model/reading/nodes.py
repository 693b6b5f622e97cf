"""Text to nodes that know their place: a small, safe part of YAML.

Nodes are built from the events of the parser, one after the other and not recursively, so that no
file can crash or stall the reader. Anchors, aliases, tags, merge keys, directives and further
documents are refused; every scalar stays a text, the shapes give it a type.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Union

import yaml
from attrs import evolve, frozen

from kooperacja_model.errors import Problem
from kooperacja_model.reading.messages import Message

__all__ = ["Items", "Node", "Pairs", "Problems", "Scalar", "Stop", "read_nodes", "read_text"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_PROBLEMS = 1_000


@frozen
class Scalar:
    """A text, as written; `plain` if it stands without quotes."""

    text: str
    plain: bool
    line: int
    column: int

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@frozen
class Items:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int
    column: int


@frozen
class Pairs:
    """A mapping: keys with their nodes, no key twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int


Node = Union[Scalar, Items, Pairs]


class Stop(Exception):
    """A limit is reached and noted; reading on would only repeat problems."""


class Problems:
    """The problems of one file while it is read.

    Args:
        file: name of the file for messages.
        private: the file is about a family: messages do not repeat what it says.
    """

    def __init__(self, file: str, private: bool = False) -> None:
        self.file = file
        self.private = private
        self.found: list[Problem] = []

    def add(self, message: Message, line: int, column: int, **values: object) -> None:
        """Note a problem; values that quote the file go through `quote` before.

        Raises:
            Stop: there are more than 1,000 problems.
        """
        enough = len(self.found) >= MAX_PROBLEMS
        if enough:
            message, values = Message.TOO_MANY_PROBLEMS, {"limit": f"{MAX_PROBLEMS:,}"}
        what, todo = message.value
        self.found.append(
            Problem(self.file, line, column, what.format(**values), todo.format(**values), message.name.lower())
        )
        if enough:
            raise Stop

    def quote(self, text: str) -> str:
        """A word of the file as messages show it."""
        if self.private:
            return "'…'"
        return repr(text if len(text) <= 60 else text[:57] + "...")

    def sorted(self) -> tuple[Problem, ...]:
        """All problems, in the order of their places."""
        return tuple(sorted(set(self.found)))


_NOT_ALLOWED = re.compile("[^\n\r\t\x20-\x7e\xa0-\u2027\u202f-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONE_RETURN = re.compile("\r(?!\n)")
_BLOCK_COMMENT = re.compile(r"[|>][-+0-9]*#")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _position(text: str, index: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def read_text(data: bytes, problems: Problems, limit: int = MAX_BYTES) -> str | None:
    """Bytes as text, or `None` with a problem if they are too many or no clean UTF-8 text."""
    if len(data) > limit:
        problems.add(Message.FILE_TOO_LARGE, 1, 1, limit=f"{limit:,}")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        problems.add(Message.NOT_UTF8, *_position(before, len(before)))
        return None
    for wrong in (_NOT_ALLOWED.search(text), _LONE_RETURN.search(text)):
        if wrong:
            problems.add(Message.BAD_CHARACTER, *_position(text, wrong.start()), point=f"{ord(wrong.group()):04X}")
            return None
    return text.replace("\r\n", "\n")


def read_nodes(data: bytes, problems: Problems) -> Node | None:
    """The content of a YAML file as nodes, or `None` if there are problems.

    Args:
        data: the file; at most 1 MiB, 32 levels and 200,000 values.
        problems: takes what is wrong.
    """
    try:
        text = read_text(data, problems)
        root = None if text is None or _unusual(text, problems) else _build(text, problems)
    except Stop:
        return None
    if root is None and not problems.found:
        problems.add(Message.EMPTY_FILE, 1, 1)
    return None if problems.found else root


def _unusual(text: str, problems: Problems) -> bool:
    """Note what the two parsers of PyYAML do not agree on: tabs and directives."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            problems.add(Message.TAB, number, line.index("\t") + 1)
        if line.startswith("%"):
            problems.add(Message.DIRECTIVE, number, 1)
    return bool(problems.found)


def _build(text: str, problems: Problems) -> Node | None:
    """The root of the document.

    libyaml is fast, but it takes a little more than the pure parser and words its errors in another
    way. So it has the first say only, on files that are good and plain; the pure parser has the last.
    """
    if _LOADER is not yaml.SafeLoader:
        builder = _Builder(text, problems)
        try:
            root = builder.build(_LOADER(text))
            if not problems.found and not builder.doubtful:
                return root
        except Stop:
            if len(problems.found) == 1 and not builder.doubtful:
                raise
        except yaml.YAMLError:
            pass
        problems.found.clear()
    loader = yaml.SafeLoader(text)
    try:
        return _Builder(text, problems).build(loader)
    except yaml.MarkedYAMLError as error:
        mark, detail = error.problem_mark, error.problem
    except (ValueError, OverflowError):  # an escape such as "\\UFFFFFFFF" that is no character
        mark, detail = loader.get_mark(), "bad escape"
    assert mark is not None, "the parser marks every error"
    problems.add(Message.NOT_YAML, mark.line + 1, mark.column + 1, detail="syntax" if problems.private else detail)
    return None


def _start(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "the parser marks every event"
    return mark.line + 1, mark.column + 1


_REFUSED = "\ud800"
"""Stands for what could not be taken; no text of a file can be this."""


class _Builder:
    """Puts the events of one document together; a stack stands for the open collections.

    Attributes:
        doubtful: the document has something that libyaml takes and the pure parser may not: a
            question mark in a plain text between brackets, or `#` right after `|` or `>`.
    """

    def __init__(self, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems
        self.doubtful = False
        self.count = 0
        self.documents = 0
        self.root: Node | None = None
        self.stack: list[tuple[yaml.CollectionStartEvent, list[Node]]] = []

    def build(self, loader: Any) -> Node | None:
        while loader.check_event():
            self.take(loader.get_event())
        root = self.root
        return None if isinstance(root, Scalar) and root.empty else root

    def take(self, event: yaml.Event) -> None:
        line, column = _start(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.problems.add(Message.SECOND_DOCUMENT, line, column)
                raise Stop
        elif isinstance(event, yaml.AliasEvent):
            self.problems.add(Message.ALIAS, line, column)
            self.put(Scalar(_REFUSED, True, line, column))
        elif isinstance(event, yaml.ScalarEvent):
            self.refuse(event, line, column)
            text = unicodedata.normalize("NFC", event.value)
            if _SURROGATE.search(text):
                self.problems.add(Message.BAD_CHARACTER, line, column, point="D800")
                text = _REFUSED
            self.doubtful |= self.doubts(event)
            self.put(Scalar(text, not event.style, line, column))
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self.refuse(event, line, column)
            self.stack.append((event, []))
            if len(self.stack) > MAX_DEPTH:
                self.problems.add(Message.TOO_DEEP, line, column, limit=MAX_DEPTH)
                raise Stop
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self.put(self.close())

    def refuse(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int, column: int) -> None:
        if event.anchor is not None:
            self.problems.add(Message.ANCHOR, line, column)
        if event.tag is not None:
            self.problems.add(Message.TAG, line, column)

    def doubts(self, event: yaml.ScalarEvent) -> bool:
        if not event.style:
            return "?" in event.value and bool(self.stack) and bool(self.stack[-1][0].flow_style)
        mark = event.start_mark
        return event.style in "|>" and mark is not None and bool(_BLOCK_COMMENT.match(self.text, mark.index))

    def put(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.problems.add(Message.TOO_MANY_NODES, node.line, node.column, limit=f"{MAX_NODES:,}")
            raise Stop
        if self.stack:
            self.stack[-1][1].append(node)
        else:
            self.root = node

    def close(self) -> Node:
        start, nodes = self.stack.pop()
        line, column = _start(start)
        if isinstance(start, yaml.SequenceStartEvent):
            return Items(tuple(nodes), line, column)
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            word = key.text.strip() if isinstance(key, Scalar) else ""
            if word == _REFUSED:
                continue
            if not isinstance(key, Scalar):
                self.problems.add(Message.KEY_NOT_TEXT, key.line, key.column)
            elif key.empty or not word:
                self.problems.add(Message.EMPTY_KEY, key.line, key.column)
            elif key.plain and word == "<<":
                self.problems.add(Message.MERGE_KEY, key.line, key.column)
            elif word in pairs:
                first = pairs[word][0].line
                name = self.problems.quote(word)
                self.problems.add(Message.DUPLICATE_KEY, key.line, key.column, key=name, first=first)
            else:
                if isinstance(value, Scalar) and value.plain and not value.text:
                    value = evolve(value, line=key.line, column=key.column)  # the parsers differ in its place
                pairs[word] = (key if word == key.text else evolve(key, text=word)), value
        return Pairs(tuple(pairs.values()), line, column)
