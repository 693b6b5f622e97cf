"""Reads a local network from a table: CSV as Excel writes it in Poland, one row for each institution.

The cells become the nodes of a network file and are read as such. The line of a problem is the row
as Excel counts it, its column the number of the column, which the message names.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath

from attrs import evolve, frozen

from kooperacja_model.catalogue import Catalogue, fold
from kooperacja_model.commune import TerytCode
from kooperacja_model.network import LocalNetwork
from kooperacja_model.provenance import Label
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.network import AGREEMENT_KINDS, NETWORK_FORMAT, did_you_mean, network_of
from kooperacja_model.reading.nodes import Items, Node, Pairs, Problems, Scalar, Stop, read_text
from kooperacja_model.reading.shapes import Reading, Wrong, hint

__all__ = ["COLUMNS", "ROWS", "read_network_csv"]

COLUMNS = {
    "key": Label("klucz", "key"),
    "name": Label("nazwa", "name"),
    "types": Label("typy", "types"),
    "serves": Label("obsługuje", "serves"),
    "seat": Label("siedziba", "seat"),
    "level": Label("szczebel", "level"),
    "add": Label("dodatkowe", "add"),
    "remove": Label("bez", "remove"),
    "capacity": Label("pojemność", "capacity"),
    "distance_km": Label("odległość_km", "distance_km"),
    "signed": Label("podpisane", "signed"),
    "basis": Label("podstawa", "basis"),
    "address": Label("adres", "address"),
    "note": Label("uwaga", "note"),
}
"""The columns of the table, with their Polish and English names; only the first three are required."""

ROWS = {
    "name": Label("#nazwa", "#name"),
    "commune": Label("#gmina", "#commune"),
    "population": Label("#ludność", "#population"),
    "invented": Label("#przykład", "#invented"),
    "origin": Label("#źródło", "#origin"),
}
"""First cells of rows that are about the network itself, or about the origin of an agreement."""

_ANY_COMMUNE = "1465011"
"""Stands in where no commune is given, so that the rest is checked too; nothing comes of it."""

_REQUIRED = ("key", "name", "types")
_ORIGIN = ("basis", "address", "note")
_DATE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}")


def read_network_csv(
    data: bytes, file: str, catalogue: Catalogue, commune: str | None = None, name: str | None = None
) -> tuple[LocalNetwork | None, Problems]:
    """The network of a CSV file, or `None` and its problems.

    Args:
        data: content of the file: UTF-8, `;` between the columns.
        file: its name for messages.
        catalogue: the vocabulary it uses.
        commune: TERYT code of the commune, instead of the row `#commune`.
        name: name of the network, instead of the row `#name`; that of the file if neither is there.

    Raises:
        CommuneError: `commune` is no TERYT code.
    """
    problems = Problems(file)
    if commune is not None:
        commune = TerytCode(commune).text
    try:
        network = _Table(problems, catalogue, commune, name).network(data)
    except (Stop, Wrong):
        network = None
    return (None if problems.found else network), problems


@frozen
class _Row:
    """A row with its number, from 1, and its cells without spaces around them."""

    number: int
    cells: tuple[str, ...]

    def cell(self, index: int) -> Scalar:
        """The cell of a column, counted from 0; the text of a guarded formula without its guard."""
        text = self.cells[index] if index < len(self.cells) else ""
        if re.match(r"'+[=+\-@]", text):
            text = text[1:]
        return Scalar(unicodedata.normalize("NFC", text), False, self.number, index + 1)


class _Table:
    """Reads one table; `heads` are the keys of its columns and `titles` what stands above them."""

    def __init__(self, problems: Problems, catalogue: Catalogue, commune: str | None, name: str | None) -> None:
        self.problems = problems
        self.catalogue = catalogue
        self.commune = commune
        self.name = name
        self.heads: dict[str, int] = {}
        self.titles: tuple[str, ...] = ()
        self.table_rows: set[int] = set()

    def network(self, data: bytes) -> LocalNetwork:
        text = read_text(data, self.problems)
        if text is None:
            if self.problems.found[0].code == Message.NOT_UTF8.name.lower():
                wrong = self.problems.found.pop()
                self.note(Message.CSV_NOT_UTF8, wrong.line, wrong.column)
            raise Wrong
        rows = [row for row in self.rows(text) if any(row.cells)]
        about = [row for row in rows if row.cells[0].startswith("#")]
        table = [row for row in rows if not row.cells[0].startswith("#")]
        self.header(table[0] if table else _Row(1, ("",)))
        self.table_rows = {row.number for row in table[1:]}
        before = len(self.problems.found)
        nodes = self.nodes(about, table[1:])
        try:
            return network_of(nodes, Reading(self.problems, {"catalogue": {"catalogue": self.catalogue}}))
        finally:
            self.name_columns(before)

    def note(self, message: Message, row: int, column: int, **values: object) -> None:
        self.problems.add(message, row, column, about="", **values)

    def quote(self, word: str) -> str:
        return self.problems.quote(word)

    def rows(self, text: str) -> Iterator[_Row]:
        """The rows as Excel counts them: a line `sep=;` before the first one is none."""
        if text.startswith("sep=;\n"):
            text = text.removeprefix("sep=;\n")
        number = 0
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
        try:
            for number, cells in enumerate(reader, 1):
                yield _Row(number, tuple(cell.strip() for cell in cells) or ("",))
        except csv.Error:
            self.note(Message.NOT_CSV, number + 1, 1)
            raise Wrong from None

    def header(self, row: _Row) -> None:
        """Which column is which."""
        if len(row.cells) == 1 and re.search(r"[,\t]", row.cells[0]):
            self.note(Message.CSV_SEPARATOR, row.number, 1)
            raise Wrong
        self.titles = row.cells
        known = _names(COLUMNS)
        for index, title in enumerate(row.cells):
            key = known.get(fold(title))
            if key is None and title:
                names = [name for label in COLUMNS.values() for name in (label.en, label.pl)]
                hinted = did_you_mean(title, names, "known are " + ", ".join(COLUMNS))
                self.note(Message.CSV_COLUMN, row.number, index + 1, title=self.quote(title), hint=hinted)
            elif key in self.heads:
                self.note(Message.CSV_COLUMN_TWICE, row.number, index + 1, title=self.quote(title))
            elif key is not None:
                self.heads[key] = index
        missing = [key for key in _REQUIRED if key not in self.heads]
        if missing:
            self.note(Message.CSV_HEADER, row.number, 1, missing=", ".join(repr(key) for key in missing))
        if self.problems.found:
            raise Wrong

    def name_columns(self, before: int) -> None:
        """Say in each problem of a cell which column it stands in."""
        for index, problem in enumerate(self.problems.found[before:], before):
            title = self.title(problem.column - 1)
            if problem.line in self.table_rows and title:
                self.problems.found[index] = evolve(problem, what=f"column {title!r}: {problem.what}")

    def nodes(self, about: Iterable[_Row], rows: Iterable[_Row]) -> Pairs:
        """The network file that the table stands for."""
        given = {"format": NETWORK_FORMAT, "name": self.name, "commune": self.commune}
        pairs = {key: Scalar(value, False, 1, 1) for key, value in given.items() if value is not None}
        origins: dict[str, Pairs] = {}
        known, first = _names(ROWS), dict[str, int]()
        for row in about:
            key = known.get(fold(row.cells[0]))
            if key is None:
                hinted = hint(row.cells[0], [name for label in ROWS.values() for name in (label.en, label.pl)])
                self.note(Message.UNKNOWN_KEY, row.number, 1, key=self.quote(row.cells[0]), hint=hinted)
                continue
            name = f"{key} {row.cell(1).text}" if key == "origin" else key
            if name in first:
                self.note(Message.DUPLICATE_KEY, row.number, 1, key=self.quote(row.cells[0]), first=first[name])
            first.setdefault(name, row.number)
            if key == "origin":
                origins[row.cell(1).text] = self.origin(row, (2, 3, 4))
            else:
                pairs.setdefault(key, row.cell(1))
        pairs.setdefault("name", Scalar(PurePath(self.problems.file).stem, False, 1, 1))
        if "commune" not in pairs:
            self.note(Message.CSV_WITHOUT_COMMUNE, 1, 1)
            pairs["commune"] = Scalar(_ANY_COMMUNE, False, 1, 1)
        institutions, signed = self.institutions(rows)
        sections: dict[str, Node] = {**pairs, "institutions": institutions, "agreements": signed.node(origins, self)}
        return Pairs(tuple(_pair(key, node) for key, node in sections.items()), 1, 1)

    def institutions(self, rows: Iterable[_Row]) -> tuple[Pairs, _Signed]:
        found: dict[str, tuple[Scalar, Node]] = {}
        signed = _Signed()
        for row in rows:
            extra = next((index for index, cell in enumerate(row.cells) if cell and not self.title(index)), None)
            if extra is not None:
                self.note(Message.CSV_CELL_WITHOUT_COLUMN, row.number, extra + 1)
            key = row.cell(self.heads["key"])
            if not key.text:
                self.note(Message.EMPTY_VALUE, row.number, key.column, what="`key`")
            elif key.text in found:
                first = found[key.text][0].line
                self.note(Message.DUPLICATE_KEY, row.number, key.column, key=self.quote(key.text), first=first)
            else:
                found[key.text] = key, self.institution(row)
                if "signed" in self.heads:
                    signed.add(key, row.cell(self.heads["signed"]), self)
        return Pairs(tuple(found.values()), 1, 1), signed

    def title(self, index: int) -> str:
        return self.titles[index] if index < len(self.titles) else ""

    def institution(self, row: _Row) -> Pairs:
        pairs = []
        for key, read in _CELLS.items():
            cell = row.cell(self.heads[key]) if key in self.heads else None
            if cell is not None and (cell.text or key in _REQUIRED):
                pairs.append(_pair(key, read(cell, self.catalogue)))
        origin = self.origin(row, [self.heads.get(key) for key in _ORIGIN])
        if origin.pairs:
            pairs.append(_pair("origin", origin))
        return Pairs(tuple(pairs), row.number, 1)

    def origin(self, row: _Row, columns: Iterable[int | None]) -> Pairs:
        pairs = []
        for key, column in zip(_ORIGIN, columns, strict=True):
            cell = None if column is None else row.cell(column)
            if cell is not None and cell.text:
                pairs.append(_pair(key, cell))
        return Pairs(tuple(pairs), row.number, 1)


def _pair(key: str, node: Node) -> tuple[Scalar, Node]:
    return Scalar(key, False, node.line, node.column), node


def _names(labels: Mapping[str, Label]) -> dict[str, str]:
    """Folded names in both languages to keys."""
    return {fold(name): key for key, label in labels.items() for name in (label.pl, label.en)}


# -- cells with several values ---------------------------------------------------------------


def _parts(cell: Scalar) -> list[Scalar]:
    """What stands between `|` or line breaks; a `|` behind a backslash is a sign of the text."""
    parts = re.findall(r"(?:\\\\|\\\||[^|\n])+", cell.text)
    texts = [re.sub(r"\\([\\|])", r"\1", part).strip() for part in parts]
    return [evolve(cell, text=text) for text in texts if text]


def _list(cell: Scalar, catalogue: Catalogue) -> Items:
    """Values between `|` or `,`."""
    texts = [text.strip() for part in _parts(cell) for text in part.text.split(",")]
    return Items(tuple(evolve(cell, text=text) for text in texts if text), cell.line, cell.column)


def _types(cell: Scalar, catalogue: Catalogue) -> Items:
    """Words between `|` or `,`, unless the comma belongs to a label."""
    found: list[Node] = []
    for part in _parts(cell):
        known = catalogue.get("institution_types", part.text) is not None
        found += [part] if known else _list(part, catalogue).items
    return Items(tuple(found), cell.line, cell.column)


def _reasons(cell: Scalar, catalogue: Catalogue) -> Pairs:
    """`competence=reason`, several between `|`."""
    pairs = []
    for part in _parts(cell):
        word, sign, reason = (text.strip() for text in part.text.partition("="))
        pairs.append((evolve(cell, text=word), evolve(cell, text=reason, plain=not (sign and reason))))
    return Pairs(tuple(pairs), cell.line, cell.column)


def _one(cell: Scalar, catalogue: Catalogue) -> Scalar:
    return cell


_CELLS: dict[str, Callable[[Scalar, Catalogue], Node]] = {
    "name": _one,
    "types": _types,
    "serves": _list,
    "seat": _one,
    "level": _one,
    "add": _reasons,
    "remove": _reasons,
    "capacity": _one,
    "distance_km": _one,
}


_SAID = {"kind": "kind", "since": "date"}
"""Fields that the column `signed` may give, with what messages call them."""


class _Signed:
    """The documents of the column `signed`: `agreement p2022 2022-05-04 | p2019`; kind and date once are enough."""

    def __init__(self) -> None:
        self.between: dict[str, list[Scalar]] = {}
        self.said: dict[tuple[str, str], Scalar] = {}

    def add(self, institution: Scalar, cell: Scalar, table: _Table) -> None:
        for part in _parts(cell):
            words = part.text.split()
            said = {}
            if len(words) > 1 and fold(words[0]) in AGREEMENT_KINDS:
                said["kind"] = words.pop(0)
            if len(words) > 1 and _DATE.fullmatch(words[-1]):
                said["since"] = words.pop()
            if len(words) != 1:
                table.note(Message.CSV_SIGNED, cell.line, cell.column, value=table.quote(part.text))
                continue
            key = words[0]
            self.between.setdefault(key, []).append(evolve(cell, text=institution.text))
            for name, word in said.items():
                first = self.said.setdefault((key, name), evolve(cell, text=word))
                if fold(first.text) != fold(word):
                    values = {"key": table.quote(key), "what": _SAID[name], "first": first.line}
                    table.note(Message.CSV_SIGNED_DIFFERS, cell.line, cell.column, **values)

    def node(self, origins: dict[str, Pairs], table: _Table) -> Pairs:
        """The agreements, each with its origin if a row tells it."""
        found: list[tuple[Scalar, Node]] = []
        for key, parties in self.between.items():
            first = parties[0]
            said = [(name, self.said[key, name]) for name in _SAID if (key, name) in self.said]
            pairs = [_pair(name, word) for name, word in said]
            pairs.append(_pair("between", Items(tuple(parties), first.line, first.column)))
            if key in origins:
                pairs.append(_pair("origin", origins[key]))
            found.append((evolve(first, text=key), Pairs(tuple(pairs), first.line, first.column)))
        for key, origin in origins.items():
            if key not in self.between:
                hinted = did_you_mean(key, self.between, "name it in the column `signed`, or correct the key")
                values = {"kind": "agreement", "value": table.quote(key), "hint": hinted}
                table.note(Message.UNKNOWN_REFERENCE, origin.line, 2, **values)
        return Pairs(tuple(found), 1, 1)
