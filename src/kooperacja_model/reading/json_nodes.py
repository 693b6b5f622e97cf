"""JSON text to nodes that know their place, one token after the other and not recursively.

The nodes are those of a YAML file: a JSON string is a quoted scalar; numbers, `true`, `false` and
`null` are plain ones.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right

from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import MAX_DEPTH, MAX_NODES, Items, Node, Pairs, Problems, Scalar, Stop, read_text

__all__ = ["read_json"]

MAX_JSON_BYTES = 8 * 1024 * 1024

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<mark>[\[\]{},:])
        | (?P<string>"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+")
        | (?P<plain>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9A-Za-z_.+-])|(?:true|false|null)\b)
    )""",
    re.VERBOSE,
)
_VALUE = ("{", "[", "string", "plain")
_BLANK = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(data: bytes, problems: Problems) -> Node | None:
    """The content of a JSON file as nodes, or `None` if there are problems.

    Args:
        data: the file; at most 8 MiB, 32 levels and 200,000 values.
        problems: takes what is wrong.
    """
    try:
        text = read_text(data, problems, MAX_JSON_BYTES)
        root = None if text is None else _Reader(text, problems).read()
    except Stop:
        return None
    return None if problems.found else root


class _Open:
    """A list or mapping that is not yet closed; `key` is the key whose value comes next."""

    def __init__(self, mapping: bool, line: int, column: int) -> None:
        self.mapping = mapping
        self.line = line
        self.column = column
        self.items: list[Node] = []
        self.pairs: dict[str, tuple[Scalar, Node]] = {}
        self.key: Scalar | None = None

    def closed(self) -> Node:
        if self.mapping:
            return Pairs(tuple(self.pairs.values()), self.line, self.column)
        return Items(tuple(self.items), self.line, self.column)


class _Reader:
    """Reads one JSON value; a stack stands for the open lists and mappings."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.index = 0
        self.count = 0
        self.stack: list[_Open] = []
        self.root: Node | None = None

    def place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def wrong(self, index: int, expected: str) -> Stop:
        self.problems.add(Message.NOT_JSON, *self.place(index), expected=expected)
        return Stop()

    def token(self, expected: str, allowed: tuple[str, ...]) -> tuple[str, str, int]:
        """The next token: its kind (a mark itself, `string` or `plain`), its text and where it begins."""
        found = _TOKEN.match(self.text, self.index)
        group = None if found is None else found.lastgroup
        if found is None or group is None:
            raise self.wrong(self.blank(), expected)
        kind = found[group] if group == "mark" else group
        if kind not in allowed:
            raise self.wrong(self.blank(), expected)
        self.index = found.end()
        return kind, found[group], found.start(group)

    def blank(self) -> int:
        """Where the next thing begins."""
        found = _BLANK.match(self.text, self.index)
        assert found is not None, "the pattern matches nothing too"
        return found.end()

    def read(self) -> Node | None:
        self.value("a value", _VALUE)
        while self.stack:
            self.member(self.stack[-1])
        if self.blank() < len(self.text):
            raise self.wrong(self.blank(), "the end of the file")
        return self.root

    def member(self, inner: _Open) -> None:
        """One entry of an open list or mapping, or its end."""
        end = "}" if inner.mapping else "]"
        first = not (inner.items or inner.key)
        if not first and self.token(f"a comma or {end}", (",", end))[0] == end:
            self.close()
            return
        expected, allowed = (f" or {end}", (end,)) if first else ("", ())
        if not inner.mapping:
            self.value("a value" + expected, (*_VALUE, *allowed))
            return
        kind, word, index = self.token("a key in double quotes" + expected, ("string", *allowed))
        if kind == end:
            self.close()
            return
        key = self.scalar(kind, word, index)
        if key.text in inner.pairs:
            line = inner.pairs[key.text][0].line
            quoted = self.problems.quote(key.text)
            self.problems.add(Message.DUPLICATE_KEY, key.line, key.column, key=quoted, first=line)
        inner.key = key
        self.token("a colon", (":",))
        self.value("a value", _VALUE)

    def value(self, expected: str, allowed: tuple[str, ...]) -> None:
        kind, word, index = self.token(expected, allowed)
        self.count += 1
        if self.count > MAX_NODES:
            self.problems.add(Message.TOO_MANY_NODES, *self.place(index), limit=f"{MAX_NODES:,}")
            raise Stop
        if kind == "]":
            self.close()
        elif kind in ("{", "["):
            self.stack.append(_Open(kind == "{", *self.place(index)))
            if len(self.stack) > MAX_DEPTH:
                self.problems.add(Message.TOO_DEEP, *self.place(index), limit=MAX_DEPTH)
                raise Stop
        else:
            self.put(self.scalar(kind, word, index))

    def scalar(self, kind: str, word: str, index: int) -> Scalar:
        line, column = self.place(index)
        if kind == "plain":
            return Scalar(word, True, line, column)
        text = unicodedata.normalize("NFC", json.loads(word))
        if _SURROGATE.search(text):
            self.problems.add(Message.BAD_CHARACTER, line, column, point="D800")
        return Scalar(text, False, line, column)

    def put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
        elif self.stack[-1].key is not None:
            key = self.stack[-1].key
            self.stack[-1].pairs.setdefault(key.text, (key, node))
        else:
            self.stack[-1].items.append(node)

    def close(self) -> None:
        self.put(self.stack.pop().closed())
