"""Reads the official TERC file of GUS: names and codes of communes. Users bring the file."""

from __future__ import annotations

from attrs import field, frozen

from kooperacja_model.catalogue import fold
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CommuneError, ReadError
from kooperacja_model.provenance import Table
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Problems, Stop, read_text

__all__ = ["TERC_COLUMNS", "TercRegister", "read_terc"]

TERC_COLUMNS = ("WOJ", "POW", "GMI", "RODZ", "NAZWA", "NAZWA_DOD", "STAN_NA")


@frozen
class TercRegister:
    """The communes of a TERC file, by code.

    Attributes:
        communes: code -> commune (types 1, 2 and 3), in the order of the file.
        state: date of the register, `YYYY-MM-DD`.
    """

    communes: Table[Commune]
    powiats: Table[str]
    state: str
    _by_name: Table[tuple[str, ...]] = field(repr=False)

    def find(self, name: str) -> Commune:
        """The commune of a name, in any case, with or without diacritics.

        Raises:
            CommuneError: no commune has this name, or several have it; then all of them are listed.
        """
        found = self.candidates(name)
        if not found:
            raise CommuneError("commune: no commune in the register has this name; use its seven-digit TERYT code")
        if len(found) > 1:
            listed = ", ".join(self.describe(commune) for commune in found)
            raise CommuneError(f"commune: {len(found)} communes have this name; use the code of one: {listed}")
        return found[0]

    def candidates(self, name: str) -> tuple[Commune, ...]:
        """All communes of a name, in the order of their codes."""
        return tuple(self.communes[code] for code in sorted(self._by_name.get(fold(name), ())))

    def describe(self, commune: Commune) -> str:
        """Code, name, kind and powiat of a commune, in one phrase."""
        powiat = self.powiats.get(commune.code.powiat, commune.code.powiat)
        kind = commune.kind.value.replace("_", "-")
        return f"{commune.code} {commune.name} ({kind}, powiat {powiat})"


def read_terc(data: bytes, file: str) -> TercRegister:
    """The register of a TERC file (`;` between columns, UTF-8).

    Raises:
        ReadError: it is no TERC file; all wrong rows are named.
    """
    problems = Problems(file)
    try:
        register = _register(data, problems)
    except Stop:
        register = None
    if register is None or problems.found:
        raise ReadError(problems.sorted())
    return register


def _register(data: bytes, problems: Problems) -> TercRegister | None:
    text = read_text(data, problems)
    if text is None:
        return None
    rows = [line.split(";") for line in text.split("\n")]
    if tuple(rows[0]) != TERC_COLUMNS:
        problems.add(Message.TERC_HEADER, 1, 1, columns=";".join(TERC_COLUMNS))
        return None
    communes: dict[str, Commune] = {}
    powiats: dict[str, str] = {}
    lines: dict[str, int] = {}
    state = ""
    for number, row in enumerate(rows[1:], 2):
        if row == [""]:
            continue
        if len(row) != len(TERC_COLUMNS):
            problems.add(Message.TERC_ROW, number, 1, count=len(row), expected=len(TERC_COLUMNS))
            continue
        woj, pow_, gmi, kind, name, _, state = row
        if pow_ and not gmi:
            powiats[woj + pow_] = name
        elif kind in ("1", "2", "3"):
            try:
                commune = Commune(woj + pow_ + gmi + kind, name=name)
            except CommuneError as error:
                problems.add(Message.COMMUNE_CODE, number, 1, detail=error)
                continue
            code = commune.code.text
            first = lines.setdefault(code, number)
            if first != number:
                problems.add(Message.DUPLICATE_KEY, number, 1, key=repr(code), first=first)
            communes[code] = commune
    names: dict[str, list[str]] = {}
    for code, commune in communes.items():
        names.setdefault(fold(commune.name or ""), []).append(code)
    return TercRegister(
        Table(communes), Table(powiats), state, Table({name: tuple(codes) for name, codes in names.items()})
    )
