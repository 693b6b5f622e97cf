"""Reads the file of a made-up population: figures, each with its sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import fsum

from kooperacja_model.catalogue import Catalogue, Presence
from kooperacja_model.commune import VOIVODESHIPS
from kooperacja_model.population import (
    CircumstanceShare,
    CommuneClass,
    Households,
    Pair,
    Population,
    PresencePrior,
    ReasonShare,
    Region,
    Share,
    Shares,
    Unused,
)
from kooperacja_model.provenance import Page, Source, Table
from kooperacja_model.reading.catalogue import catalogue_words
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Pairs, Problems, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    address,
    date_text,
    entries,
    hint,
    label,
    list_of,
    read_file,
    reference,
    sections,
    table_of,
    text,
    whole_number,
)
from kooperacja_model.reading.sources import sources

__all__ = ["POPULATION_FORMAT", "number_from", "read_population", "share"]

POPULATION_FORMAT = "kooperacja_model/population/1"

MOST_REASONS = 4
_CLASSES = tuple(kind.value for kind in CommuneClass)
_SIZES = tuple(str(size) for size in range(1, MOST_REASONS + 1))
_TOLERANCE = 1e-6


def read_population(data: bytes, file: str, catalogue: Catalogue) -> tuple[Population | None, Problems]:
    """The population of a YAML file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
        catalogue: the vocabulary it uses.
    """
    problems = Problems(file)
    known = {**catalogue_words(catalogue), "catalogue": {"catalogue": catalogue}}
    return read_file(data, problems, known, _population), problems


# -- numbers -----------------------------------------------------------------------------------


def number_from(low: float, high: float) -> Read[float]:
    """A number with a decimal point, not below `low` and not above `high`."""

    def read(node: Node, reading: Reading, what: str) -> float:
        found = text(node, reading, what)
        if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", found) or not low <= float(found) <= high:
            value = reading.quote(found)
            raise reading.wrong(Message.NOT_NUMBER, node, what=what, value=value, low=f"{low:g}", high=f"{high:g}")
        return float(found)

    return read


share = number_from(0, 1)
"""A share, from 0 to 1."""

_FACTOR = number_from(0.001, 1000)


def _by(keys: Iterable[str], kind: str, read_value: Read[float]) -> Read[Table[float]]:
    """Numbers by some of these keys."""
    known = tuple(keys)

    def read(node: Node, reading: Reading, what: str) -> Table[float]:
        found: dict[str, float] = {}
        failed = False
        for key, value in entries(node, reading, what):
            try:
                if key.text not in known:
                    quoted = reading.quote(key.text)
                    hinted = hint(key.text, known)
                    raise reading.wrong(Message.UNKNOWN_REFERENCE, key, kind=kind, value=quoted, hint=hinted)
                found[key.text] = read_value(value, reading, f"`{key.text}`")
            except Wrong:
                failed = True
        if failed:
            raise Wrong
        return Table(found)

    return read


_PER_CLASS = _by(_CLASSES, "kind of commune", share)


def _shares_by_class(node: Node, reading: Reading, what: str) -> Table[float]:
    """One share for all kinds of communes, or one for each."""
    if isinstance(node, Pairs):
        found = _PER_CLASS(node, reading, what)
        missing = [key for key in _CLASSES if key not in found]
        for key in missing:
            reading.note(Message.MISSING_SECTION_ENTRY, node.line, node.column, what=what, key=repr(key))
        if missing:
            raise Wrong
        return found
    return Table(dict.fromkeys(_CLASSES, share(node, reading, what)))


def _check_total(shares: Mapping[str, float], node: Node, reading: Reading, what: str) -> None:
    total = fsum(shares.values())
    if abs(total - 1) > _TOLERANCE:
        raise reading.wrong(Message.SHARES_NOT_ONE, node, what=what, value=f"{total:g}")


# -- communes and households ---------------------------------------------------------------------


def _page(key: Scalar, node: Node, reading: Reading) -> Page:
    fields = Fields(node, reading, repr(key.text))
    where = fields.need("address", address)
    name = fields.need("label", label)
    fields.end()
    return Page(key.text, where, name, reading.place(key))


def _voivodeship(key: Scalar, reading: Reading) -> None:
    if key.text not in VOIVODESHIPS:
        known = hint(key.text, VOIVODESHIPS)
        raise reading.wrong(
            Message.UNKNOWN_REFERENCE, key, kind="voivodeship", value=reading.quote(key.text), hint=known
        )


def _region(key: Scalar, node: Node, reading: Reading) -> Region:
    _voivodeship(key, reading)
    fields = Fields(node, reading, repr(key.text))
    land_powiats = fields.need("land_powiats", whole_number)
    urban = fields.need("urban", whole_number)
    rural = fields.need("rural", whole_number)
    urban_rural = fields.need("urban_rural", whole_number)
    fields.end()
    region = Region(key.text, land_powiats, urban, rural, urban_rural, reading.place(key))
    cities = region.count(CommuneClass.CITY_WITH_POWIAT_RIGHTS)
    if urban < cities:
        raise reading.wrong(Message.FEWER_THAN_CITIES, node, value=urban, cities=cities)
    return region


def _factor(key: Scalar, node: Node, reading: Reading) -> Share:
    _voivodeship(key, reading)
    fields = Fields(node, reading, repr(key.text))
    value = fields.need("factor", _FACTOR)
    note = fields.may("note", label)
    found = fields.need("sources", sources)
    fields.end()
    return Share(value, found, note)


def _share(node: Node, reading: Reading, what: str) -> Share:
    fields = Fields(node, reading, what)
    value = fields.need("share", share)
    note = fields.may("note", label)
    found = fields.need("sources", sources)
    fields.end()
    return Share(value, found, note)


def _shares(read_numbers: Read[Table[float]], whole: bool = False) -> Read[Shares]:
    """Numbers with their sources; `whole` if they have to add up to 1."""

    def read(node: Node, reading: Reading, what: str) -> Shares:
        fields = Fields(node, reading, what)
        numbers = fields.need("shares", read_numbers)
        found = fields.need("sources", sources)
        fields.end()
        if whole:
            _check_total(numbers, fields.values["shares"], reading, what)
        return Shares(numbers, found)

    return read


def _households_of(*classes: CommuneClass) -> Read[Households]:
    read_weights = _shares(_by((kind.value for kind in classes), "kind of commune", _FACTOR))

    def read(node: Node, reading: Reading, what: str) -> Households:
        fields = Fields(node, reading, what)
        number = fields.need("number", whole_number)
        note = fields.may("note", label)
        found = fields.need("sources", sources)
        in_need = fields.need("in_need", _share)
        per_commune = fields.need("per_commune", read_weights)
        fields.end()
        return Households(number, in_need, per_commune, found, note)

    return read


_URBAN = _households_of(CommuneClass.CITY_WITH_POWIAT_RIGHTS, CommuneClass.TOWN, CommuneClass.URBAN_RURAL)
_RURAL = _households_of(CommuneClass.RURAL, CommuneClass.URBAN_RURAL)


# -- reasons and circumstances -------------------------------------------------------------------


def _reason(key: Scalar, node: Node, reading: Reading) -> ReasonShare:
    fields = Fields(node, reading, repr(key.text))
    reasons = fields.need("reasons", list_of(reference("reasons", "reason")))
    value = fields.need("share", share)
    note = fields.may("note", label)
    found = fields.need("sources", sources)
    catalogue: Catalogue = reading.known["catalogue"]["catalogue"]
    named = tuple(need.key for need in catalogue.needs.values() if set(need.reasons) & set(reasons or need.reasons))
    needs = fields.need("needs", _shares(_by(named, "need with this reason", share), whole=True))
    fields.end()
    return ReasonShare(key.text, reasons, value, needs, found, note, reading.place(key))


def _pair(key: Scalar, node: Node, reading: Reading) -> Pair:
    fields = Fields(node, reading, repr(key.text))
    reasons = fields.need("reasons", list_of(reference("reason_shares", "entry of `reasons`")))
    odds = fields.need("odds", _FACTOR)
    found = fields.need("sources", sources)
    fields.end()
    if len(reasons) != 2:
        raise reading.wrong(Message.NOT_A_PAIR, fields.values["reasons"], value=len(reasons))
    return Pair(key.text, reasons, odds, found, reading.place(key))


def _circumstance(key: Scalar, node: Node, reading: Reading) -> CircumstanceShare:
    reference("circumstances", "circumstance")(key, reading, "the key")
    fields = Fields(node, reading, repr(key.text))
    its = fields.need("share", _shares_by_class)
    given = fields.may("given", _by(reading.known["needs"], "need", share)) or Table({})
    found = fields.need("sources", sources)
    fields.end()
    return CircumstanceShare(key.text, its, given, found, reading.place(key))


def _check_groups(circumstances: Table[CircumstanceShare], catalogue: Catalogue, reading: Reading) -> None:
    """Of circumstances that exclude each other the shares add up to 1 at most."""
    groups: dict[str, list[CircumstanceShare]] = {}
    for entry in circumstances.values():
        group = catalogue.circumstances[entry.key].one_of
        if group is not None:
            groups.setdefault(group, []).append(entry)
    for entries_ in groups.values():
        totals = [fsum(entry.share[kind] for entry in entries_) for kind in _CLASSES]
        if max(totals) > 1 + _TOLERANCE:
            place = entries_[-1].place
            names = ", ".join(entry.key for entry in entries_)
            reading.note(Message.SHARES_OVER_ONE, place.line, place.column, what=names, value=f"{max(totals):g}")


def _check_mean(reasons: Table[ReasonShare], sizes: Shares, node: Node, reading: Reading) -> None:
    """As many reasons as a family can have must come out in the mean."""
    possible = [int(size) for size, part in sizes.values.items() if part and int(size) <= len(reasons)] or [0]
    mean = fsum(reason.share for reason in reasons.values())
    if not min(possible) <= mean <= max(possible) or any(reason.share == 0 for reason in reasons.values()):
        limits = {"least": min(possible), "most": max(possible)}
        reading.note(Message.REASONS_PER_FAMILY, node.line, node.column, value=f"{mean:g}", **limits)


# -- presence ------------------------------------------------------------------------------------


def _type_share(key: Scalar, node: Node, reading: Reading) -> Share:
    reference("institution_types", "institution type")(key, reading, "the key")
    return _share(node, reading, repr(key.text))


def _words(node: Node, reading: Reading, what: str) -> Table[float]:
    found = _by((word.value for word in Presence), "word for presence", share)(node, reading, what)
    for word in Presence:
        if word.value not in found:
            reading.note(Message.MISSING_SECTION_ENTRY, node.line, node.column, what=what, key=repr(word.value))
    return found


def _presence(node: Node, reading: Reading, what: str) -> PresencePrior:
    fields = Fields(node, reading, what)
    words = fields.need("words", _words)
    found = fields.need("sources", sources)
    types = fields.may("types", table_of(_type_share, "institution type")) or Table({})
    fields.end()
    return PresencePrior(Shares(words, found), types)


def _unused(key: Scalar, node: Node, reading: Reading) -> Unused:
    fields = Fields(node, reading, repr(key.text))
    note = fields.need("note", label)
    found = fields.need("sources", sources)
    fields.end()
    return Unused(key.text, note, found)


# -- the file ------------------------------------------------------------------------------------


def _communes(node: Node, reading: Reading, what: str) -> tuple[str, tuple[Source, ...], Table[Region]]:
    fields = Fields(node, reading, what)
    state = fields.need("state", date_text)
    found = fields.need("sources", sources)
    regions = fields.need("voivodeships", table_of(_region, "voivodeship"))
    fields.end()
    return state, found, regions


def _both_households(node: Node, reading: Reading, what: str) -> tuple[Households, Households]:
    fields = Fields(node, reading, what)
    urban = fields.need("urban", _URBAN)
    rural = fields.need("rural", _RURAL)
    fields.end()
    return urban, rural


def _population(node: Node, reading: Reading) -> Population:
    catalogue: Catalogue = reading.known["catalogue"]["catalogue"]
    fields = sections(node, reading, POPULATION_FORMAT)
    name = fields.need("label", label)
    pages = fields.may("pages", table_of(_page, "page")) or Table({})
    reading.known["pages"] = {**reading.known["pages"], **_named(fields.values.get("pages")), **pages}
    communes = fields.need("communes", _communes)
    households = fields.need("households", _both_households)
    factors = fields.may("regions", table_of(_factor, "voivodeship")) or Table({})
    sizes = fields.need("sizes", _shares(_by(_SIZES, "number of reasons", share), whole=True))
    reasons = fields.need("reasons", table_of(_reason, "reason"))
    reading.known["reason_shares"] = _named(fields.values.get("reasons"))
    pairs = fields.may("pairs", table_of(_pair, "pair")) or Table({})
    circumstances = fields.may("circumstances", table_of(_circumstance, "circumstance")) or Table({})
    presence = fields.need("presence", _presence)
    not_used = fields.may("not_used", table_of(_unused, "figure")) or Table({})
    fields.end()
    _check_mean(reasons, sizes, fields.values["reasons"], reading)
    _check_groups(circumstances, catalogue, reading)
    state, communes_sources, regions = communes
    urban, rural = households
    return Population(
        name, regions, state, communes_sources, urban, rural, factors, sizes, reasons, pairs, circumstances,
        presence, not_used, catalogue, reading.place(node),
    )  # fmt: skip


def _named(node: Node | None) -> Mapping[str, str]:
    """The keys of a mapping, also of entries that turn out to be wrong."""
    return {key.text: key.text for key, _ in node.pairs} if isinstance(node, Pairs) else {}
