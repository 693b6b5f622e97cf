"""Where a fact comes from: labels, places in files, acts, pages, sources and their basis."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from attrs import AttrsInstance, field, fields, frozen

__all__ = ["Act", "Basis", "Label", "Lang", "Page", "Place", "Source", "Table", "content_hash"]

Lang = Literal["pl", "en"]
T = TypeVar("T")


class Basis(StrEnum):
    """On what a statement rests.

    - `STATUTE`: an act of law gives the competence or sets the task;
    - `MODEL`: a text of the model's own project states it;
    - `PRACTICE`: reported from the pilot or from one place, an observed case and not a norm;
    - `DESIGN`: this library's own proposal.
    """

    STATUTE = "statute"
    MODEL = "model"
    PRACTICE = "practice"
    DESIGN = "design"


@frozen
class Label:
    """A text in Polish and in English.

    >>> Label("szkoła", "school").text("en")
    'school'
    """

    pl: str
    en: str

    def text(self, lang: Lang) -> str:
        """The text in one language (`"pl"` or `"en"`)."""
        return self.pl if lang == "pl" else self.en


@frozen
class Place:
    """Where in the files something is written.

    >>> str(Place("models/rules.yaml", 12, 3))
    'models/rules.yaml:12:3'
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Act:
    """An act of law that something cites.

    Attributes:
        date: date of the act, `YYYY-MM-DD`.
        journal: Dziennik Ustaw reference of the text that is known, if any.
        address: where that text can be read, if known.
        text_read: whether its text was read for this library.
        passages_read: passages that were read, where the whole text was not.
    """

    key: str
    label: Label
    date: str
    journal: str | None
    address: str | None
    text_read: bool
    passages_read: tuple[str, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Page:
    """A public page that reports a practice, a model, or what an act says."""

    key: str
    address: str
    label: Label
    place: Place = field(eq=False, repr=False)


@frozen
class Source:
    """The source of one statement.

    Attributes:
        basis: on what the statement rests.
        act: the act, for basis `STATUTE`.
        passage: the place in the act or page, in the Polish legal style ("art. 7 pkt 7").
        page: the page that reports it.
        verified: the text of the act was read for this statement.
    """

    basis: Basis
    act: Act | None = None
    passage: str | None = None
    page: Page | None = None
    verified: bool = False


class Table(Mapping[str, T], Generic[T]):
    """An immutable, hashable mapping from keys to terms that keeps its order.

    >>> table = Table({"b": 1, "a": 2})
    >>> list(table), table["a"], table.rank("a")
    (['b', 'a'], 2, 1)
    """

    __slots__ = ("_hash", "_items", "_ranks")
    _items: dict[str, T]
    _ranks: dict[str, int]
    _hash: int | None

    def __init__(self, items: Mapping[str, T]) -> None:
        object.__setattr__(self, "_items", dict(items))
        object.__setattr__(self, "_ranks", {key: rank for rank, key in enumerate(items)})
        object.__setattr__(self, "_hash", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Table cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Table cannot be changed")

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def keys(self) -> KeysView[str]:
        """The keys, in order."""
        return self._items.keys()

    def values(self) -> ValuesView[T]:
        """The terms, in order."""
        return self._items.values()

    def items(self) -> ItemsView[str, T]:
        """Keys with their terms, in order."""
        return self._items.items()

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(tuple(self._items.items())))
        assert self._hash is not None
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return tuple(self._items.items()) == tuple(other._items.items())

    def __reduce__(self) -> tuple[type[Table[T]], tuple[dict[str, T]]]:
        return type(self), (self._items,)

    def __repr__(self) -> str:
        return f"Table({self._items!r})"

    def rank(self, key: str) -> int:
        """The position of a key, from 0."""
        return self._ranks[key]


def content_hash(its: AttrsInstance) -> str:
    """SHA-256 of the content of a data class, in hexadecimal digits.

    What a class does not show when it is printed is no content: the places in files are not.

    >>> label = Label("strona", "page")
    >>> here, there = Page("key", "address", label, Place("a", 1, 1)), Page("key", "address", label, Place("b", 7, 3))
    >>> content_hash(here) == content_hash(there) != content_hash(Page("other", "address", label, Place("a", 1, 1)))
    True
    """
    from hashlib import sha256

    content = tuple(getattr(its, attribute.name) for attribute in fields(type(its)) if attribute.repr)
    return sha256(repr(content).encode()).hexdigest()
