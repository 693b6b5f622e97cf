"""Reads `catalogue.yaml`: the shared vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kooperacja_model.catalogue import (
    Area,
    Availability,
    Catalogue,
    Circumstance,
    Competence,
    Feature,
    InstitutionType,
    Level,
    LevelTerm,
    Need,
    PartOf,
    Presence,
    Profile,
    Reason,
    Sector,
    fold,
)
from kooperacja_model.provenance import Act, Page, Table
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Pairs, Problems, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Reading,
    address,
    boolean,
    date_text,
    label,
    list_of,
    one_of,
    read_file,
    reference,
    sections,
    table_of,
    text,
)
from kooperacja_model.reading.sources import sources

__all__ = ["CATALOGUE_FORMAT", "FEATURES", "catalogue_words", "read_catalogue"]

CATALOGUE_FORMAT = "kooperacja_model/catalogue/1"
FEATURES = (
    "rural",
    "urban_rural",
    "city",
    "villages",
    "town",
    "land_powiat",
    "city_with_powiat_rights",
    "joint_ops_pcpr",
)
"""Features of a commune that the library computes; the catalogue names them."""

T = TypeVar("T")
Entry = Callable[[Scalar, Node, Reading], T]


def _entry(build: Callable[[Fields, dict[str, Any]], T]) -> Entry[T]:
    """An entry of a table: `build` asks for its fields; key, label and place are the same for all."""

    def read(key: Scalar, node: Node, reading: Reading) -> T:
        fields = Fields(node, reading, f"the entry {reading.quote(key.text)}")
        common = {"key": key.text, "label": fields.need("label", label), "place": reading.place(key)}
        return build(fields, common)

    return read


def _act(fields: Fields, common: dict[str, Any]) -> Act:
    day = fields.need("date", date_text)
    journal = fields.may("journal", text)
    where = fields.may("address", address)
    text_read = bool(fields.may("text_read", boolean))
    passages = fields.may("passages_read", list_of(text)) or ()
    fields.end()
    return Act(date=day, journal=journal, address=where, text_read=text_read, passages_read=passages, **common)


def _page(fields: Fields, common: dict[str, Any]) -> Page:
    where = fields.need("address", address)
    fields.end()
    return Page(address=where, **common)


def _area(fields: Fields, common: dict[str, Any]) -> Area:
    found = fields.need("sources", sources)
    fields.end()
    return Area(sources=found, **common)


def _level(fields: Fields, common: dict[str, Any]) -> LevelTerm:
    fields.end()
    return LevelTerm(**common)


def _availability(fields: Fields, common: dict[str, Any]) -> Availability:
    fields.end()
    return Availability(**common)


def _feature(fields: Fields, common: dict[str, Any]) -> Feature:
    question = fields.need("question", label)
    fields.end()
    return Feature(question=question, **common)


def _reason(fields: Fields, common: dict[str, Any]) -> Reason:
    point = fields.need("point", text)
    found = fields.need("sources", sources)
    fields.end()
    return Reason(point=point, sources=found, **common)


def _circumstance(fields: Fields, common: dict[str, Any]) -> Circumstance:
    question = fields.need("question", label)
    implies = fields.may("implies", list_of(reference("circumstances", "circumstance"))) or ()
    group = fields.may("one_of", text)
    caution = fields.may("caution", label)
    fields.end()
    return Circumstance(question=question, implies=implies, one_of=group, caution=caution, **common)


def _sector(fields: Fields, common: dict[str, Any]) -> Sector:
    area = fields.may("area", reference("areas", "area"))
    nearest = bool(fields.may("nearest", boolean))
    found = fields.need("sources", sources)
    fields.end()
    return Sector(area=area, nearest=nearest, sources=found, **common)


def _competence(fields: Fields, common: dict[str, Any]) -> Competence:
    found = fields.need("sources", sources)
    fields.end()
    return Competence(sources=found, **common)


def _presence(node: Node, reading: Reading, what: str) -> Table[Presence]:
    fields = Fields(node, reading, what)
    found = {kind: fields.may(kind, one_of(Presence)) for kind in ("rural", "urban_rural", "city")}
    fields.end()
    return Table({kind: value for kind, value in found.items() if value is not None})


def _part_of(node: Node, reading: Reading, what: str) -> PartOf:
    fields = Fields(node, reading, what)
    whole = fields.need("type", reference("institution_types", "institution type"))
    where = fields.need("where", reference("features", "feature"))
    fields.end()
    return PartOf(whole, where)


_COMPETENCES = list_of(reference("competences", "competence"))


def _institution_type(fields: Fields, common: dict[str, Any]) -> InstitutionType:
    abbreviations = fields.may("abbreviations", list_of(text)) or ()
    sector = fields.need("sector", reference("sectors", "sector"))
    levels = fields.need("levels", list_of(one_of(Level)))
    availability = fields.need("availability", reference("availability", "availability code"))
    presence = fields.may("presence", _presence) or Table({})
    competences = fields.need("competences", _COMPETENCES)
    outside = bool(fields.may("outside_team", boolean))
    part_of = fields.may("part_of", _part_of)
    stands_for = fields.may("stands_for", reference("institution_types", "institution type"))
    found = fields.need("sources", sources)
    fields.end()
    return InstitutionType(
        abbreviations=abbreviations,
        sector=sector,
        levels=levels,
        availability=availability,
        presence=presence,
        competences=competences,
        outside_team=outside,
        part_of=part_of,
        stands_for=stands_for,
        sources=found,
        **common,
    )


def _profile(fields: Fields, common: dict[str, Any]) -> Profile:
    of = fields.need("of", reference("institution_types", "institution type"))
    competences = fields.need("competences", _COMPETENCES)
    fields.end()
    return Profile(of=of, competences=competences, **common)


def _need(fields: Fields, common: dict[str, Any]) -> Need:
    reasons = fields.need("reasons", list_of(reference("reasons", "reason")))
    implies = fields.may("implies", list_of(reference("circumstances", "circumstance"))) or ()
    found = fields.need("sources", sources)
    fields.end()
    return Need(reasons=reasons, implies=implies, sources=found, **common)


_SECTIONS: dict[str, tuple[str, Callable[[Fields, dict[str, Any]], Any]]] = {
    "acts": ("act", _act),
    "pages": ("page", _page),
    "areas": ("area", _area),
    "levels": ("level", _level),
    "availability": ("availability code", _availability),
    "features": ("feature", _feature),
    "reasons": ("reason", _reason),
    "circumstances": ("circumstance", _circumstance),
    "sectors": ("sector", _sector),
    "competences": ("competence", _competence),
    "institution_types": ("institution type", _institution_type),
    "profiles": ("profile", _profile),
    "needs": ("need", _need),
}


def read_catalogue(data: bytes, file: str) -> tuple[Catalogue | None, Problems]:
    """The catalogue of a file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
    """
    problems = Problems(file)
    return read_file(data, problems, {}, _read), problems


def _read(node: Node, reading: Reading) -> Catalogue:
    fields = sections(node, reading, CATALOGUE_FORMAT)
    reading.known = {
        section: {key.text: key.text for key, _ in found.pairs}
        for section, found in ((section, fields.values.get(section)) for section in _SECTIONS)
        if isinstance(found, Pairs)
    }
    for section in _SECTIONS:
        reading.known.setdefault(section, {})
    tables: dict[str, Any] = {}
    for section, (kind, build) in _SECTIONS.items():
        table = fields.need(section, table_of(_entry(build), kind))
        if section in ("acts", "pages") and table is not None:
            reading.known[section] = table
        tables[section] = table
    fields.end()
    catalogue = Catalogue(**tables)
    _check(catalogue, reading)
    return catalogue


def _check(catalogue: Catalogue, reading: Reading) -> None:
    """What only shows when the whole catalogue is there."""
    for section, expected in (("features", FEATURES), ("levels", tuple(level.value for level in Level))):
        table = getattr(catalogue, section)
        for key in expected:
            if key not in table:
                reading.note(Message.MISSING_SECTION_ENTRY, 1, 1, what=f"`{section}`", key=repr(key))
        for key, term in table.items():
            if key not in expected:
                place = term.place
                reading.note(
                    Message.UNKNOWN_KEY,
                    place.line,
                    place.column,
                    key=repr(key),
                    hint="the library computes with " + ", ".join(expected),
                )
    _check_names(catalogue, reading)
    _check_facts(catalogue, reading)
    _check_implications(catalogue, reading)


def _check_names(catalogue: Catalogue, reading: Reading) -> None:
    for section, (kind, _) in _SECTIONS.items():
        if section in ("acts", "pages"):
            continue
        names: dict[str, str] = {}
        for key, term in getattr(catalogue, section).items():
            about = f"{kind} {key!r}: "
            for name in (term.label.pl, term.label.en):
                other = names.setdefault(fold(name), key)
                if other != key:
                    reading.about = about
                    reading.note(
                        Message.SAME_LABEL, term.place.line, term.place.column, value=repr(name), other=repr(other)
                    )
            for name in getattr(term, "abbreviations", ()):
                other = names.setdefault(fold(name), key)
                if other != key:
                    reading.about = about
                    reading.note(
                        Message.SAME_ABBREVIATION,
                        term.place.line,
                        term.place.column,
                        value=repr(name),
                        other=repr(other),
                    )
    reading.about = ""


def _check_facts(catalogue: Catalogue, reading: Reading) -> None:
    facts: dict[str, str] = {}
    for section, kind in (("needs", "need"), ("circumstances", "circumstance"), ("features", "feature")):
        for key, term in getattr(catalogue, section).items():
            other = facts.setdefault(key, kind)
            if other != kind:
                reading.note(
                    Message.SAME_FACT, term.place.line, term.place.column, key=repr(key), kind=kind, other=other
                )


def _check_implications(catalogue: Catalogue, reading: Reading) -> None:
    for key, term in catalogue.circumstances.items():
        reached: set[str] = set()
        open_ = list(term.implies)
        while open_:
            implied = open_.pop()
            if implied not in reached:
                reached.add(implied)
                open_ += catalogue.circumstances[implied].implies
        if key in reached:
            reading.about = f"circumstance {key!r}: "
            reading.note(Message.IMPLIES_ITSELF, term.place.line, term.place.column)
    reading.about = ""


def catalogue_words(catalogue: Catalogue) -> dict[str, Any]:
    """What files that build on a catalogue may name, by section."""
    known: dict[str, Any] = {section: getattr(catalogue, section) for section in _SECTIONS}
    known["facts"] = {**catalogue.needs, **catalogue.circumstances, **catalogue.features}
    known["bringable"] = {**catalogue.institution_types, **catalogue.profiles}
    return known
