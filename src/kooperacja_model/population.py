"""A made-up population: how many households, which of them need help, for which reasons, in which circumstances.

Pure data, read from a YAML file such as `models/population.yaml`. Every figure carries its sources;
one of basis `DESIGN` is assumed by this library. Nobody is meant: families are drawn from shares.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from attrs import field, frozen

from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, CommuneKind, TerytCode
from kooperacja_model.provenance import Label, Place, Source, Table, content_hash

__all__ = [
    "CircumstanceShare",
    "CommuneClass",
    "Households",
    "Pair",
    "Population",
    "PresencePrior",
    "ReasonShare",
    "Region",
    "Share",
    "Shares",
    "Unused",
]


class CommuneClass(StrEnum):
    """Kind of a commune, with cities with powiat rights apart from the other towns."""

    RURAL = "rural"
    URBAN_RURAL = "urban_rural"
    TOWN = "town"
    CITY_WITH_POWIAT_RIGHTS = "city_with_powiat_rights"

    @classmethod
    def of(cls, code: TerytCode) -> CommuneClass:
        """The class of a commune.

        >>> CommuneClass.of(TerytCode("2475011")).value
        'city_with_powiat_rights'
        """
        if code.kind is CommuneKind.URBAN:
            return cls.CITY_WITH_POWIAT_RIGHTS if code.has_powiat_rights else cls.TOWN
        return cls.RURAL if code.kind is CommuneKind.RURAL else cls.URBAN_RURAL


@frozen
class Region:
    """How many communes of each kind a voivodeship has, and how many land powiats.

    Attributes:
        key: the two digits of the voivodeship.
    """

    key: str
    land_powiats: int
    urban: int
    rural: int
    urban_rural: int
    place: Place = field(eq=False, repr=False)

    def count(self, kind: CommuneClass) -> int:
        """How many communes of a class it has."""
        cities = sum(code[:2] == self.key for code in CITIES_WITH_POWIAT_RIGHTS)
        return {
            CommuneClass.RURAL: self.rural,
            CommuneClass.URBAN_RURAL: self.urban_rural,
            CommuneClass.TOWN: self.urban - cities,
            CommuneClass.CITY_WITH_POWIAT_RIGHTS: cities,
        }[kind]


@frozen
class Share:
    """One number with its sources."""

    value: float
    sources: tuple[Source, ...]
    note: Label | None = None


@frozen
class Shares:
    """Numbers by key, with the sources that they have in common."""

    values: Table[float]
    sources: tuple[Source, ...]


@frozen
class Households:
    """The households of towns or of the countryside.

    Attributes:
        number: how many there are in the country.
        in_need: share of them that needs help.
        per_commune: how many a commune of a class has of them, in proportion to the others.
        sources: of the number.
    """

    number: int
    in_need: Share
    per_commune: Shares
    sources: tuple[Source, ...]
    note: Label | None


@frozen
class ReasonShare:
    """One published reason of help, and the needs behind it.

    Attributes:
        reasons: the reasons of art. 7 that it stands for.
        share: share of the families in need that have it.
        needs: the need that is behind it, with the share of these families.
        sources: of the share of families.
    """

    key: str
    reasons: tuple[str, ...]
    share: float
    needs: Shares
    sources: tuple[Source, ...]
    note: Label | None
    place: Place = field(eq=False, repr=False)


@frozen
class Pair:
    """Two reasons that come together more (or, with odds below 1, less) often than by chance."""

    key: str
    reasons: tuple[str, ...]
    odds: float
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class CircumstanceShare:
    """How often a circumstance is present in the families in need.

    Attributes:
        share: share by class of commune. If the circumstance implies others, it is the share of the
            families in which these are present.
        given: share of the families that have a need; of several shares the highest holds.
    """

    key: str
    share: Table[float]
    given: Table[float]
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class PresencePrior:
    """How probable it is that a commune has an institution of a type.

    Attributes:
        words: probability of each word of the catalogue: `always`, `common`, `some`, `rare`.
        types: types of which a share of communes is published.
    """

    words: Shares
    types: Table[Share]


@frozen
class Unused:
    """A published figure that no family is drawn from, and why."""

    key: str
    note: Label
    sources: tuple[Source, ...]


@frozen(eq=False)
class Population:
    """Figures from which families are drawn.

    Attributes:
        regions: by voivodeship, how many communes it has.
        regions_state: date of these numbers.
        urban: households of towns.
        rural: households of the countryside.
        factors: voivodeships in which more (or fewer) households need help than elsewhere.
        sizes: how many reasons a family has, in proportion; the shares of the reasons come first.
        reasons, pairs: reasons, and which of them come together.
        circumstances: how often each is present; one that is not listed is never present by itself.
        presence: how probable it is that a commune has an institution of a type.
        not_used: published figures that are left out.
        hash: SHA-256 of the whole content, in hexadecimal digits.
    """

    label: Label
    regions: Table[Region]
    regions_state: str
    regions_sources: tuple[Source, ...]
    urban: Households
    rural: Households
    factors: Table[Share]
    sizes: Shares
    reasons: Table[ReasonShare]
    pairs: Table[Pair]
    circumstances: Table[CircumstanceShare]
    presence: PresencePrior
    not_used: Table[Unused]
    catalogue: Catalogue = field(repr=False)
    place: Place = field(repr=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the whole content, in hexadecimal digits; the same wherever the file lies."""
        return content_hash(self)

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, Population) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"Population({self.label.en!r}, hash={self.hash[:12]!r})"

    @property
    def households(self) -> tuple[Households, Households]:
        """Households of towns, and of the countryside."""
        return self.urban, self.rural
