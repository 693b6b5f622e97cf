"""The institutions of a real commune: who there is, whom it serves, what is signed between them.

A `LocalNetwork` is frozen data about institutions, never about persons. What-if questions are
asked by making another network from it: `without`, `with_institution`, `with_agreement`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from attrs import evolve, field, frozen

from kooperacja_model.catalogue import Catalogue, Level
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, VOIVODESHIPS, Commune, TerytCode
from kooperacja_model.errors import CommuneError, NetworkError
from kooperacja_model.provenance import Basis, Place, Table

__all__ = ["Agreement", "AgreementKind", "Institution", "LocalNetwork", "Origin", "is_area"]


class AgreementKind(StrEnum):
    """What is signed: an agreement (porozumienie) or a declaration of cooperation (deklaracja)."""

    AGREEMENT = "agreement"
    DECLARATION = "declaration"


@frozen
class Origin:
    """How it is known that an institution or an agreement exists.

    Attributes:
        basis: `STATUTE`: the law guarantees it; `PRACTICE`: seen in the place; `DESIGN`: assumed.
        address: page that shows it, if there is one.
        note: what to know about it.
    """

    basis: Basis = Basis.PRACTICE
    address: str | None = None
    note: str | None = None


def _table(values: Mapping[str, str]) -> Table[str]:
    return values if isinstance(values, Table) else Table(values)


def _code(code: str | TerytCode | None) -> TerytCode | None:
    return TerytCode(code) if isinstance(code, str) else code


def _level(level: str | Level | None) -> Level | None:
    return None if level is None else Level(level)


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


_KEY = re.compile(r"[A-Za-z0-9_]+")
_AREA = re.compile(r"PL|[0-9]{2}|[0-9]{4}|[0-9]{7}")


@frozen
class Institution:
    """One institution. A MOPS of a city with powiat rights has two types: OPS and PCPR.

    Attributes:
        key: its key in the network: letters a-z, digits and `_`.
        name: its proper name.
        types: keys of institution types of the catalogue, at least one.
        seat: where it sits, if known.
        serves: areas it serves: TERYT codes of communes (seven digits), powiats (four) or
            voivodeships (two), or `PL` for the whole country.
        level: level at which it is run; that of its first type if not given.
        added: competences it has beyond its types, each with the reason.
        removed: competences of its types that it does not have, each with the reason.
        capacity: families that it can take at a time, if known.
        distance_km: way from the commune in kilometres, if known.
        origin: how it is known.
        place: where it is written, if it was read from a file.

    >>> Institution("ppp", "PPP nr 2", ["pp_counselling_centre"], serves=["1816"]).serves_commune("1816122")
    True
    """

    key: str
    name: str
    types: tuple[str, ...] = field(converter=_words)
    serves: tuple[str, ...] = field(converter=_words)
    seat: TerytCode | None = field(default=None, converter=_code)
    level: Level | None = field(default=None, converter=_level)
    added: Table[str] = field(default=Table({}), converter=_table)
    removed: Table[str] = field(default=Table({}), converter=_table)
    capacity: int | None = None
    distance_km: int | None = None
    origin: Origin = Origin()
    place: Place | None = field(default=None, eq=False, repr=False)

    def serves_commune(self, commune: str | TerytCode) -> bool:
        """Whether it serves a commune: itself, or its powiat, its voivodeship or the country."""
        code = str(TerytCode(commune).commune if isinstance(commune, str) else commune.commune)
        return any(area == "PL" or area in (code, code[:4], code[:2]) for area in self.serves)


@frozen
class Agreement:
    """Something signed between institutions of the network; `since` is a date `YYYY-MM-DD`."""

    key: str
    kind: AgreementKind = field(converter=AgreementKind)
    between: tuple[str, ...] = field(converter=_words)
    since: str | None = None
    origin: Origin = Origin()
    place: Place | None = field(default=None, eq=False, repr=False)


E = TypeVar("E", Institution, Agreement)


def _by_key(kind: str, values: Iterable[E] | Mapping[str, E]) -> Table[E]:
    if isinstance(values, Table):
        return values
    entries = list(values.values()) if isinstance(values, Mapping) else list(values)
    keys = [entry.key for entry in entries]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise NetworkError("\n".join(f"{kind} {key!r}: the key is used twice; rename one" for key in twice))
    return Table(dict(zip(keys, entries, strict=True)))


def _institutions(values: Iterable[Institution] | Mapping[str, Institution]) -> Table[Institution]:
    return _by_key("institution", values)


def _agreements(values: Iterable[Agreement] | Mapping[str, Agreement]) -> Table[Agreement]:
    return _by_key("agreement", values)


@frozen
class LocalNetwork:
    """The institutions that matter for one commune, and what is signed between them.

    Args:
        name: what the network is of, in words.
        commune: the commune whose families it is for.
        institutions: institutions by key, or a list of them.
        agreements: agreements by key, or a list of them.
        catalogue: the vocabulary that the types and competences are of.
        invented: it is an example; nobody is meant.

    Raises:
        NetworkError: a type or competence is unknown, a key is used twice, or an agreement names an
            institution that is not there; all of that is said at once.

    >>> from kooperacja_model import load_catalogue
    >>> ops = Institution("gops", "GOPS", ["social_assistance_centre"], serves=["1816122"])
    >>> network = LocalNetwork("Świlcza", Commune("1816122"), [ops], [], load_catalogue())
    >>> network.holders["social_work"]
    ('gops',)
    """

    name: str
    commune: Commune
    institutions: Table[Institution] = field(converter=_institutions)
    agreements: Table[Agreement] = field(converter=_agreements)
    catalogue: Catalogue = field(eq=False, repr=False)
    invented: bool = False

    def __attrs_post_init__(self) -> None:
        wrong = [*self._wrong_institutions(), *self._wrong_agreements()]
        if wrong:
            raise NetworkError("\n".join(wrong))

    def _wrong_institutions(self) -> Iterable[str]:
        for key, institution in self.institutions.items():
            start = f"institution {key!r}: "
            if not _KEY.fullmatch(key):
                yield f"{start}its key is not made of letters a-z, digits and _; rename it"
            if not institution.name.strip():
                yield f"{start}it has no name; give one"
            if not institution.types:
                yield f"{start}it has no type; give at least one"
            for kind in institution.types:
                if kind not in self.catalogue.institution_types:
                    yield f"{start}unknown institution type {kind!r}; see `kooperacja list institutions`"
            for competence, reason in {**institution.added, **institution.removed}.items():
                if competence not in self.catalogue.competences:
                    yield f"{start}unknown competence {competence!r}; see `kooperacja list competences`"
                if not reason.strip():
                    yield f"{start}competence {competence!r} is added or removed without a reason; say why"
            for competence in institution.added:
                if competence in institution.removed:
                    yield f"{start}competence {competence!r} is added and removed; keep one of the two"
            if not institution.serves:
                yield f"{start}it serves nobody; give TERYT codes of communes, powiats or voivodeships, or PL"
            for area in institution.serves:
                if not is_area(area):
                    yield f"{start}area {area!r} is no code of a commune, powiat or voivodeship; correct it or write PL"

    def _wrong_agreements(self) -> Iterable[str]:
        for key, agreement in self.agreements.items():
            start = f"agreement {key!r}: "
            if not _KEY.fullmatch(key):
                yield f"{start}its key is not made of letters a-z, digits and _; rename it"
            if len(set(agreement.between)) < 2:
                yield f"{start}fewer than two institutions signed it; name both sides"
            for party in agreement.between:
                if party not in self.institutions:
                    yield f"{start}unknown institution {party!r}; add it to the network, or correct the key"

    # -- who holds what ------------------------------------------------------------------------

    @cached_property
    def serving(self) -> tuple[str, ...]:
        """Keys of the institutions that serve the commune, in order."""
        code = self.commune.code
        return tuple(key for key, institution in self.institutions.items() if institution.serves_commune(code))

    @cached_property
    def types(self) -> Table[tuple[str, ...]]:
        """The types of each serving institution, with those that it is as well.

        A CUS stands for the OPS; in a city with powiat rights (but Warszawa) the OPS is the PCPR too, and
        the city's office and council are those of the powiat.
        """
        return Table({key: self._types(self.institutions[key]) for key in self.serving})

    def _types(self, institution: Institution) -> tuple[str, ...]:
        catalogue = self.catalogue.institution_types
        found = dict.fromkeys(institution.types)
        found |= {
            stood: None for stood in (catalogue[key].stands_for for key in institution.types) if stood is not None
        }
        found |= {part: None for part, whole in self._parts if whole in found}
        return tuple(found)

    @cached_property
    def _parts(self) -> tuple[tuple[str, str], ...]:
        """The types that are parts of another type in this commune, with that type."""
        features = self.commune.code.features
        terms = self.catalogue.institution_types.values()
        joined = ((term.key, term.part_of) for term in terms if term.part_of is not None)
        return tuple((key, part_of.type) for key, part_of in joined if features.get(part_of.where))

    @cached_property
    def competences(self) -> Table[tuple[str, ...]]:
        """The competences of each serving institution, in the order of the catalogue."""
        return Table({key: self._competences(key) for key in self.serving})

    def _competences(self, key: str) -> tuple[str, ...]:
        institution = self.institutions[key]
        held = {c for name in self.types[key] for c in self.catalogue.institution_types[name].competences}
        held = (held | set(institution.added)) - set(institution.removed)
        return tuple(sorted(held, key=self.catalogue.competences.rank))

    @cached_property
    def holders(self) -> Table[tuple[str, ...]]:
        """The serving institutions that hold each competence of the catalogue, in order."""
        found: dict[str, list[str]] = {key: [] for key in self.catalogue.competences}
        for key, competences in self.competences.items():
            for competence in competences:
                found[competence].append(key)
        return Table({competence: tuple(keys) for competence, keys in found.items()})

    @cached_property
    def holding(self) -> Table[frozenset[str]]:
        """The same as `holders`, as sets."""
        return Table({competence: frozenset(keys) for competence, keys in self.holders.items()})

    @cached_property
    def of_type(self) -> Table[tuple[str, ...]]:
        """The serving institutions of each type of the catalogue, in order."""
        found: dict[str, list[str]] = {key: [] for key in self.catalogue.institution_types}
        for key, types in self.types.items():
            for name in types:
                found[name].append(key)
        return Table({name: tuple(keys) for name, keys in found.items()})

    @cached_property
    def eligible(self) -> frozenset[str]:
        """The serving institutions that can be members of a team: not only contacts by type."""
        terms = self.catalogue.institution_types
        return frozenset(key for key, types in self.types.items() if not all(terms[t].outside_team for t in types))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The institutions that signed an agreement or a declaration."""
        return frozenset(key for agreement in self.agreements.values() for key in agreement.between)

    @cached_property
    def outside(self) -> frozenset[str]:
        """The serving institutions from outside the commune.

        Where the seat is not known, an institution of the powiat, the voivodeship or the state
        counts as outside, unless the commune is a city with powiat rights.
        """
        return frozenset(key for key in self.serving if self._is_outside(self.institutions[key]))

    def _is_outside(self, institution: Institution) -> bool:
        if institution.seat is not None:
            return institution.seat.commune != self.commune.code
        return self.level(institution.key) not in (Level.GMINA, Level.CIVIC) and not self.commune.code.has_powiat_rights

    def level(self, key: str) -> Level:
        """The level of an institution, that of its first type if it does not say."""
        institution = self.institutions[key]
        return institution.level or self.catalogue.institution_types[institution.types[0]].levels[0]

    # -- what if -------------------------------------------------------------------------------

    def without(self, *keys: str) -> LocalNetwork:
        """The network if these institutions closed; what only they and one other signed ends.

        Raises:
            NetworkError: there is no such institution.
        """
        for key in keys:
            if key not in self.institutions:
                raise NetworkError(f"unknown institution {key!r}; known are {', '.join(self.institutions)}")
        left = [institution for key, institution in self.institutions.items() if key not in keys]
        signed = []
        for agreement in self.agreements.values():
            parties = tuple(party for party in agreement.between if party not in keys)
            if len(set(parties)) > 1:
                signed.append(evolve(agreement, between=parties))
        return evolve(self, institutions=left, agreements=signed)

    def with_institution(self, institution: Institution) -> LocalNetwork:
        """The network with one more institution, or another one in place of that of the same key."""
        return evolve(self, institutions={**self.institutions, institution.key: institution})

    def with_agreement(self, agreement: Agreement) -> LocalNetwork:
        """The network with one more agreement, or another one in place of that of the same key."""
        return evolve(self, agreements={**self.agreements, agreement.key: agreement})


def is_area(area: str) -> bool:
    """Whether a text is a TERYT code of a whole commune, a powiat or a voivodeship, or `PL`."""
    if not _AREA.fullmatch(area):
        return False
    if len(area) == 7:
        try:
            return TerytCode(area).commune.text == area
        except CommuneError:
            return False
    if len(area) == 4:
        powiat = int(area[2:])
        return area[:2] in VOIVODESHIPS and (0 < powiat < 61 or area in CITIES_WITH_POWIAT_RIGHTS)
    return area == "PL" or area in VOIVODESHIPS
