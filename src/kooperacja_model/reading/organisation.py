"""Reads how a model organises cooperation: bodies, roles, stages, documents, principles, pilot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kooperacja_model.catalogue import Level
from kooperacja_model.commune import TerytCode
from kooperacja_model.errors import CommuneError
from kooperacja_model.organisation import (
    Body,
    Document,
    Duration,
    Figure,
    Film,
    Holder,
    Known,
    Member,
    Milestone,
    Part,
    Pilot,
    PilotCommune,
    PilotTeam,
    Principle,
    Role,
    Seat,
    Stage,
    Statement,
    Unlisted,
)
from kooperacja_model.provenance import Label, Table
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Pairs, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    address,
    duration,
    entries,
    label,
    list_of,
    one_of,
    reference,
    table_of,
    text,
)
from kooperacja_model.reading.sources import sources

__all__ = ["know_own_words", "read_organisation"]

_INSTITUTIONS: Read[tuple[str, ...]] = list_of(reference("institution_types", "institution type"))
_OWN = ("bodies", "roles", "stages", "documents")


def know_own_words(node: Node, reading: Reading) -> None:
    """Let bodies, roles, stages, documents and figures name each other, whatever their order."""
    values = {key.text: value for key, value in node.pairs} if isinstance(node, Pairs) else {}
    for section in _OWN:
        found = values.get(section)
        reading.known[section] = {key.text: key.text for key, _ in found.pairs} if isinstance(found, Pairs) else {}
    pilot = values.get("pilot")
    inside = {key.text: value for key, value in pilot.pairs} if isinstance(pilot, Pairs) else {}
    figures = inside.get("figures")
    reading.known["figures"] = {key.text: key.text for key, _ in figures.pairs} if isinstance(figures, Pairs) else {}


def _statement(key: Scalar, node: Node, reading: Reading) -> Statement:
    fields = Fields(node, reading, f"the entry {key.text!r}")
    words = fields.need("text", label)
    found = fields.need("sources", sources)
    fields.end()
    return Statement(key.text, words, found, reading.place(key))


_STATEMENTS: Read[Table[Statement]] = table_of(_statement, "entry")


def _principle(key: Scalar, node: Node, reading: Reading) -> Principle:
    fields = Fields(node, reading, f"the entry {key.text!r}")
    name = fields.need("label", label)
    words = fields.need("text", label)
    found = fields.need("sources", sources)
    fields.end()
    return Principle(key.text, name, words, found, reading.place(key))


_PRINCIPLES: Read[Table[Principle]] = table_of(_principle, "entry")


def _holder(node: Node, reading: Reading, what: str) -> Holder:
    fields = Fields(node, reading, what)
    institutions = fields.may("institutions", _INSTITUTIONS) or ()
    words = fields.need("text", label)
    found = fields.need("sources", sources)
    fields.end()
    return Holder(institutions, words, found)


def _members(node: Node, reading: Reading, what: str) -> Table[Member]:
    find = reference("institution_types", "institution type")
    members: dict[str, Member] = {}
    failed = False
    for key, value in entries(node, reading, what):
        try:
            find(key, reading, what)
            fields = Fields(value, reading, f"`{key.text}`")
            known = fields.need("known", one_of(Known))
            seat = fields.need("seat", one_of(Seat))
            found = fields.need("sources", sources)
            fields.end()
            members[key.text] = Member(key.text, known, seat, found)
        except Wrong:
            failed = True
    if failed:
        raise Wrong
    return Table(members)


def _body(key: Scalar, node: Node, reading: Reading) -> Body:
    fields = Fields(node, reading, f"the body {key.text!r}")
    body = Body(
        key=key.text,
        label=fields.need("label", label),
        abbreviation=fields.may("abbreviation", text),
        also=fields.may("also", list_of(text)) or (),
        levels=fields.need("levels", list_of(one_of(Level))),
        part=fields.need("part", one_of(Part)),
        meaning=fields.need("meaning", label),
        note=fields.may("note", label),
        convened_by=fields.may("convened_by", _holder),
        led_by=fields.may("led_by", _holder),
        family=fields.may("family", _holder),
        members=fields.may("members", _members) or Table({}),
        tasks=fields.may("tasks", _STATEMENTS) or Table({}),
        before=fields.may("before", list_of(reference("stages", "stage"))) or (),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return body


def _role(key: Scalar, node: Node, reading: Reading) -> Role:
    fields = Fields(node, reading, f"the role {key.text!r}")
    role = Role(
        key=key.text,
        label=fields.need("label", label),
        held_by=fields.may("held_by", _holder),
        tasks=fields.may("tasks", _STATEMENTS) or Table({}),
        note=fields.may("note", label),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return role


def _duration(node: Node, reading: Reading, what: str) -> Duration:
    fields = Fields(node, reading, what)
    words = fields.need("text", label)
    iso = fields.may("iso", duration)
    fields.end()
    return Duration(words, iso)


def _stage(key: Scalar, node: Node, reading: Reading) -> Stage:
    fields = Fields(node, reading, f"the stage {key.text!r}")
    stage = Stage(
        key=key.text,
        label=fields.need("label", label),
        text=fields.need("text", label),
        input=fields.may("input", label),
        output=fields.may("output", label),
        bodies=fields.may("bodies", list_of(reference("bodies", "body"))) or (),
        roles=fields.may("roles", list_of(reference("roles", "role"))) or (),
        documents=fields.may("documents", list_of(reference("documents", "document"))) or (),
        tasks=fields.may("tasks", _STATEMENTS) or Table({}),
        duration=fields.may("duration", _duration),
        gate=fields.may("gate", label),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return stage


def _document(key: Scalar, node: Node, reading: Reading) -> Document:
    fields = Fields(node, reading, f"the document {key.text!r}")
    document = Document(
        key=key.text,
        label=fields.need("label", label),
        purpose=fields.need("purpose", label),
        signed_by=fields.may("signed_by", label),
        stage=fields.may("stage", reference("stages", "stage")),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return document


def _figure(key: Scalar, node: Node, reading: Reading) -> Figure:
    fields = Fields(node, reading, f"the figure {key.text!r}")
    figure = Figure(
        key=key.text,
        label=fields.need("label", label),
        value=fields.need("value", text),
        unit=fields.need("unit", label),
        note=fields.may("note", label),
        conflicts_with=fields.may("conflicts_with", list_of(reference("figures", "figure"))) or (),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    if figure.conflicts_with and figure.note is None:
        raise reading.wrong(Message.CONFLICT_WITHOUT_NOTE, key)
    return figure


def _code(node: Node, reading: Reading, what: str) -> str:
    found = text(node, reading, what)
    try:
        return TerytCode(found).text
    except CommuneError as error:
        raise reading.wrong(Message.COMMUNE_CODE, node, detail=error) from None


def _pilot_commune(key: Scalar, node: Node, reading: Reading) -> PilotCommune:
    _code(key, reading, "the code of a commune")
    fields = Fields(node, reading, f"the commune {key.text!r}")
    commune = PilotCommune(
        key=key.text,
        name=fields.need("name", text),
        stage=fields.need("stage", label),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return commune


def _unlisted(node: Node, reading: Reading, what: str) -> Unlisted:
    fields = Fields(node, reading, what)
    unlisted = Unlisted(fields.need("name", text), fields.need("note", label), fields.need("sources", sources))
    fields.end()
    return unlisted


_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


def _day(node: Node, reading: Reading, what: str) -> str:
    """A date of which only the year or the month may be known."""
    found = text(node, reading, what)
    try:
        known = bool(_DAY.fullmatch(found) and date.fromisoformat(f"{found}-01-01"[:10]))
    except ValueError:
        known = False
    if not known:
        raise reading.wrong(Message.NOT_DATE, node, what=what, value=reading.quote(found))
    return found


def _team(key: Scalar, node: Node, reading: Reading) -> PilotTeam:
    fields = Fields(node, reading, f"the team {key.text!r}")
    team = PilotTeam(
        key=key.text,
        label=fields.need("label", label),
        commune=fields.may("commune", _code),
        body=fields.need("body", reference("bodies", "body")),
        date=fields.may("date", _day),
        members=fields.may("members", _INSTITUTIONS) or (),
        other_members=fields.may("other_members", label),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return team


def _milestone(key: Scalar, node: Node, reading: Reading) -> Milestone:
    fields = Fields(node, reading, f"the milestone {key.text!r}")
    milestone = Milestone(
        key=key.text,
        label=fields.need("label", label),
        start=fields.may("from", _day),
        end=fields.may("to", _day),
        sources=fields.need("sources", sources),
        place=reading.place(key),
    )
    fields.end()
    return milestone


def _film(key: Scalar, node: Node, reading: Reading) -> Film:
    fields = Fields(node, reading, f"the film {key.text!r}")
    name = fields.need("label", label)
    where = fields.need("address", address)
    fields.end()
    return Film(key.text, name, where, reading.place(key))


def _pilot(node: Node, reading: Reading, what: str) -> Pilot:
    fields = Fields(node, reading, what)
    pilot = Pilot(
        figures=fields.may("figures", table_of(_figure, "figure")) or Table({}),
        communes=fields.may("communes", table_of(_pilot_commune, "commune")) or Table({}),
        names_only=fields.may("names_only", list_of(_unlisted)) or (),
        teams=fields.may("teams", table_of(_team, "team")) or Table({}),
        milestones=fields.may("milestones", table_of(_milestone, "milestone")) or Table({}),
        films=fields.may("films", table_of(_film, "film")) or Table({}),
    )
    fields.end()
    return pilot


def _plain(key: Scalar, node: Node, reading: Reading) -> Label:
    return label(node, reading, f"the entry {key.text!r}")


def read_organisation(fields: Fields) -> Mapping[str, Any]:
    """The sections of a model file that say how cooperation is organised, by name."""
    return {
        "purpose": fields.may("purpose", _STATEMENTS) or Table({}),
        "target": fields.may("target", _STATEMENTS) or Table({}),
        "entry": fields.may("entry", _STATEMENTS) or Table({}),
        "exit": fields.may("exit", _STATEMENTS) or Table({}),
        "principles": fields.may("principles", _PRINCIPLES) or Table({}),
        "levels": fields.may("levels", _PRINCIPLES) or Table({}),
        "bodies": fields.may("bodies", table_of(_body, "body")) or Table({}),
        "roles": fields.may("roles", table_of(_role, "role")) or Table({}),
        "stages": fields.may("stages", table_of(_stage, "stage")) or Table({}),
        "documents": fields.may("documents", table_of(_document, "document")) or Table({}),
        "pilot": fields.may("pilot", _pilot) or Pilot(),
        "not_known": fields.may("not_known", table_of(_plain, "entry")) or Table({}),
    }
