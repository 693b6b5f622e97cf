"""How a model organises cooperation: bodies, roles, stages, documents, principles and its pilot.

Pure data, read from the file of the model. Every entry has its sources; what is not known is left
out here and listed in `CooperationModel.not_known`.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from kooperacja_model.catalogue import Level
from kooperacja_model.provenance import Label, Place, Source, Table

__all__ = [
    "Body",
    "Document",
    "Duration",
    "Figure",
    "Film",
    "Holder",
    "Known",
    "Member",
    "Milestone",
    "Part",
    "Pilot",
    "PilotCommune",
    "PilotTeam",
    "Principle",
    "Role",
    "Seat",
    "Stage",
    "Statement",
    "Unlisted",
]


class Part(StrEnum):
    """What a body is there for.

    `DECIDES`: heads of institutions agree on the cooperation; `WORKS`: people who work on the case;
    `BOTH`: one body does both; `DIAGNOSES`: prepares the diagnosis; `SUPPORTS`: supports from the
    voivodeship; `DESIGNS`: made the model; `PROJECT`: belongs to the project, not to the model.
    """

    DECIDES = "decides"
    WORKS = "works"
    BOTH = "both"
    DIAGNOSES = "diagnoses"
    SUPPORTS = "supports"
    DESIGNS = "designs"
    PROJECT = "project"


class Known(StrEnum):
    """How well it is known that a type sits in a body."""

    ALWAYS = "always"
    USUALLY = "usually"
    SEEN = "seen"


class Seat(StrEnum):
    """Whether a member decides for its institution or works as a specialist."""

    DECISION_MAKER = "decision_maker"
    SPECIALIST = "specialist"
    NOT_STATED = "not_stated"


@frozen
class Statement:
    """Something that is said of a model, with its sources."""

    key: str
    text: Label
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Principle:
    """A principle, or a level, of the model."""

    key: str
    label: Label
    text: Label
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Holder:
    """Who convenes, leads or holds something: institution types and how it is put."""

    institutions: tuple[str, ...]
    text: Label
    sources: tuple[Source, ...]


@frozen
class Member:
    """An institution type that sits in a body."""

    institution: str
    known: Known
    seat: Seat
    sources: tuple[Source, ...]


@frozen
class Body:
    """A team or group of the model.

    Attributes:
        also: other Polish names that occur.
        before: stages that must be done before it may start.
        note: what to know about its sources, for example two meanings.
        family: what is known of the family's place in it.
    """

    key: str
    label: Label
    abbreviation: str | None
    also: tuple[str, ...]
    levels: tuple[Level, ...]
    part: Part
    meaning: Label
    note: Label | None
    convened_by: Holder | None
    led_by: Holder | None
    family: Holder | None
    members: Table[Member]
    tasks: Table[Statement]
    before: tuple[str, ...]
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Role:
    """A role of a person or institution in the model."""

    key: str
    label: Label
    held_by: Holder | None
    tasks: Table[Statement]
    note: Label | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Duration:
    """How long something takes: in words, and as an ISO 8601 duration where that is possible."""

    text: Label
    iso: str | None


@frozen
class Stage:
    """A step of cooperation; `gate` is what must be true before the next one."""

    key: str
    label: Label
    text: Label
    input: Label | None
    output: Label | None
    bodies: tuple[str, ...]
    roles: tuple[str, ...]
    documents: tuple[str, ...]
    tasks: Table[Statement]
    duration: Duration | None
    gate: Label | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Document:
    """A document that the model uses; `stage` is where it is made or signed."""

    key: str
    label: Label
    purpose: Label
    signed_by: Label | None
    stage: str | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Figure:
    """A published number with its definition, exactly as published.

    Figures in `conflicts_with` define the same number differently; none of them may be computed
    with, and `note` says so.
    """

    key: str
    label: Label
    value: str
    unit: Label
    note: Label | None
    conflicts_with: tuple[str, ...]
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class PilotCommune:
    """A commune of the pilot, by TERYT code."""

    key: str
    name: str
    stage: Label
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Unlisted:
    """A commune of the pilot whose code is not certain."""

    name: str
    note: Label
    sources: tuple[Source, ...]


@frozen
class PilotTeam:
    """A real team as a page reports it; an observed case, not a norm."""

    key: str
    label: Label
    commune: str | None
    body: str
    date: str | None
    members: tuple[str, ...]
    other_members: Label | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Milestone:
    """A milestone of the project; dates as precise as they are known (`YYYY`, `YYYY-MM`, `YYYY-MM-DD`)."""

    key: str
    label: Label
    start: str | None
    end: str | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Film:
    """A film that was made to spread the model."""

    key: str
    label: Label
    address: str
    place: Place = field(eq=False, repr=False)


@frozen
class Pilot:
    """What is known of the pilot of a model."""

    figures: Table[Figure] = Table({})
    communes: Table[PilotCommune] = Table({})
    names_only: tuple[Unlisted, ...] = ()
    teams: Table[PilotTeam] = Table({})
    milestones: Table[Milestone] = Table({})
    films: Table[Film] = Table({})
