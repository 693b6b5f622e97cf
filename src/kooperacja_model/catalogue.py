"""The shared vocabulary: needs, circumstances, sectors, competences, institution types, acts.

Pure data, read from `models/catalogue.yaml`. Terms are looked up by key, by either label or by
abbreviation, with or without Polish diacritics.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TypeVar, Union

from attrs import field, frozen

from kooperacja_model.errors import UnknownTermError
from kooperacja_model.provenance import Act, Label, Page, Place, Source, Table

__all__ = [
    "Area",
    "Availability",
    "Catalogue",
    "Circumstance",
    "Competence",
    "Feature",
    "InstitutionType",
    "Level",
    "LevelTerm",
    "Need",
    "PartOf",
    "Presence",
    "Profile",
    "Reason",
    "Sector",
    "Term",
    "fold",
    "polish_order",
]


class Level(StrEnum):
    """Level of government (or none) at which an institution type works."""

    GMINA = "gmina"
    POWIAT = "powiat"
    WOJEWODZTWO = "wojewodztwo"
    STATE = "state"
    CIVIC = "civic"


class Presence(StrEnum):
    """Rough prior that a type has its seat in a commune of some kind; for synthetic data only."""

    ALWAYS = "always"
    COMMON = "common"
    SOME = "some"
    RARE = "rare"


@frozen
class Area:
    """One of the eight official areas of cooperation of the urban-rural model."""

    key: str
    label: Label
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class LevelTerm:
    """The name of a level."""

    key: str
    label: Label
    place: Place = field(eq=False, repr=False)


@frozen
class Availability:
    """How sure it is that an institution type exists for a commune (codes G1 ... X)."""

    key: str
    label: Label
    place: Place = field(eq=False, repr=False)


@frozen
class Feature:
    """A feature of the commune that rules may name; computed from its code and its model."""

    key: str
    label: Label
    question: Label
    place: Place = field(eq=False, repr=False)


@frozen
class Reason:
    """A reason of art. 7 of the act on social assistance; `point` is its number there."""

    key: str
    label: Label
    point: str
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Circumstance:
    """What changes the team without being a need.

    Attributes:
        question: how to ask for it.
        implies: circumstances that are present whenever this one is.
        one_of: name of a group of which only one can be present, or None.
        caution: what to mind in the work with the family when it is present, or None.
    """

    key: str
    label: Label
    question: Label
    implies: tuple[str, ...]
    one_of: str | None
    caution: Label | None
    place: Place = field(eq=False, repr=False)


@frozen
class Sector:
    """A sector of public policy; `area` is the official area, `nearest` that it only comes near."""

    key: str
    label: Label
    area: str | None
    nearest: bool
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Competence:
    """Something an institution can do for a family."""

    key: str
    label: Label
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class PartOf:
    """In communes with the feature `where`, the type is a part of the institution `type`."""

    type: str
    where: str


@frozen
class InstitutionType:
    """A type of institution, not a particular one.

    Attributes:
        abbreviations: usual Polish abbreviations.
        sector: key of its sector.
        levels: levels at which it is run.
        availability: key of the availability code.
        presence: prior by kind of commune (`rural`, `urban_rural`, `city`).
        competences: keys of the competences it holds.
        outside_team: a contact for the team, never a member of it.
        part_of: where it is a part of another institution.
        stands_for: a type in whose place a commune may have it, if any.
    """

    key: str
    label: Label
    abbreviations: tuple[str, ...]
    sector: str
    levels: tuple[Level, ...]
    availability: str
    presence: Table[Presence]
    competences: tuple[str, ...]
    outside_team: bool
    part_of: PartOf | None
    stands_for: str | None
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Profile:
    """A profile of an institution type: what some NGOs do that others do not."""

    key: str
    label: Label
    of: str
    competences: tuple[str, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Need:
    """A need of a family; `implies` are the circumstances that follow from it."""

    key: str
    label: Label
    reasons: tuple[str, ...]
    implies: tuple[str, ...]
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


Term = Union[
    Area, Availability, Circumstance, Competence, Feature, InstitutionType, LevelTerm, Need, Profile, Reason, Sector
]
AnyTerm = TypeVar("AnyTerm", bound=Term)


@frozen
class Catalogue:
    """The whole vocabulary; every attribute is a `Table` in the order of the file.

    >>> from kooperacja_model import load_catalogue
    >>> catalogue = load_catalogue()
    >>> catalogue.find("institution_types", "PCPR").key
    'pcpr'
    """

    acts: Table[Act]
    pages: Table[Page]
    areas: Table[Area]
    levels: Table[LevelTerm]
    availability: Table[Availability]
    features: Table[Feature]
    reasons: Table[Reason]
    circumstances: Table[Circumstance]
    sectors: Table[Sector]
    competences: Table[Competence]
    institution_types: Table[InstitutionType]
    profiles: Table[Profile]
    needs: Table[Need]

    def find(self, section: str, word: str, number: int = 0) -> Term:
        """The term that a word names.

        Args:
            section: name of the table, for example `"needs"`.
            word: key, Polish or English label, or abbreviation, in any case, with or without
                diacritics.
            number: position of the word in the user's list, for the message (from 1).

        Raises:
            UnknownTermError: no term of that section has this name.
        """
        found = self.get(section, word)
        if found is None:
            raise UnknownTermError(_singular(section), _nearest(word, _names(getattr(self, section))), number)
        return found

    def get(self, section: str, word: str) -> Term | None:
        """The term that a word names as for `find`, or `None`."""
        table: Mapping[str, Term] = getattr(self, section)
        if word in table:
            return table[word]
        key = _names(table).get(fold(word))
        return None if key is None else table[key]

    @cached_property
    def follows(self) -> Mapping[tuple[str, bool], Mapping[str, bool]]:
        """What follows from a circumstance being present (`True`) or absent (`False`), itself included.

        Implied circumstances are present, those that would imply an absent one are absent, and of
        circumstances that exclude each other only one is present.
        """
        return {(key, present): self._closure(key, present) for key in self.circumstances for present in (True, False)}

    @cached_property
    def holders(self) -> Table[tuple[str, ...]]:
        """The institution types that hold each competence, in order."""
        types = self.institution_types.values()
        return Table({key: tuple(t.key for t in types if key in t.competences) for key in self.competences})

    def _closure(self, key: str, present: bool) -> dict[str, bool]:
        known: dict[str, bool] = {}
        open_ = [(key, present)]
        while open_:
            name, value = open_.pop()
            if name in known:
                continue
            known[name] = value
            term = self.circumstances[name]
            if value:
                open_ += [(implied, True) for implied in term.implies]
                group = term.one_of
                others = (c.key for c in self.circumstances.values() if group is not None and c.one_of == group)
                open_ += [(other, False) for other in others if other != name]
            else:
                open_ += [(other.key, False) for other in self.circumstances.values() if name in other.implies]
        return known

    def look_up(self, word: str) -> tuple[Term, ...]:
        """All terms of any section that a word names, in the order of the file.

        Raises:
            UnknownTermError: nothing has this name.
        """
        found = tuple(self._look_up(word))
        if not found:
            names = {name: key for section in _SECTIONS for name, key in _names(getattr(self, section)).items()}
            raise UnknownTermError("term", _nearest(word, names))
        return found

    def _look_up(self, word: str) -> Iterator[Term]:
        for section in _SECTIONS:
            table: Mapping[str, Term] = getattr(self, section)
            key = _names(table).get(fold(word))
            if key is not None:
                yield table[key]


_SECTIONS = (
    "needs",
    "circumstances",
    "institution_types",
    "profiles",
    "sectors",
    "competences",
    "reasons",
    "areas",
    "features",
)
_SINGULAR = {"institution_types": "institution type", "competences": "competence"}


def _singular(section: str) -> str:
    return _SINGULAR.get(section, section.removesuffix("s"))


@lru_cache(maxsize=64)
def _names(table: Mapping[str, Term]) -> dict[str, str]:
    """Folded names of a table's terms to their keys; keys win over labels over abbreviations."""
    names: dict[str, str] = {}
    for key in table:
        names.setdefault(fold(key), key)
    for key, term in table.items():
        names.setdefault(fold(term.label.pl), key)
        names.setdefault(fold(term.label.en), key)
    for key, term in table.items():
        for abbreviation in getattr(term, "abbreviations", ()):
            names.setdefault(fold(abbreviation), key)
    return names


def _nearest(word: str, names: Mapping[str, str]) -> tuple[str, ...]:
    close = get_close_matches(fold(word), list(names), n=3, cutoff=0.6)
    return tuple(dict.fromkeys(names[name] for name in close))


_STROKE = str.maketrans({"ł": "l", "_": " ", "-": " "})


def fold(word: str) -> str:
    """A word without case, diacritics and differences of spacing.

    >>> fold("Ośrodek_Pomocy Społecznej")
    'osrodek pomocy spolecznej'
    """
    small = unicodedata.normalize("NFKD", word).casefold()
    split = unicodedata.normalize("NFKD", small).translate(_STROKE)
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())


_ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
_ORDER = {letter: chr(0x100 + rank) for rank, letter in enumerate(_ALPHABET)}


def polish_order(text: str) -> tuple[str, str]:
    """Sort key for Polish texts.

    >>> sorted(["zupa", "łan", "lato", "Ćma", "cel"], key=polish_order)
    ['cel', 'Ćma', 'lato', 'łan', 'zupa']
    """
    return "".join(_ORDER.get(letter, letter) for letter in text.lower()), text
