"""Short marks for the bases and sources of statements, and the numbered list that they point to."""

from __future__ import annotations

from kooperacja_model.provenance import Basis, Label, Lang, Source
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.words import BASIS, say_bases, say_source

__all__ = ["DESIGN", "Marks"]

DESIGN = (Source(Basis.DESIGN),)
"""The source of what this library arranges or concludes itself."""

_TITLE = Label("Źródła", "Sources")


class Marks:
    """Marks such as `[opis modelu: 1, 2; praktyka: 3]`; the numbers are those of `section`.

    >>> marks = Marks("en")
    >>> marks.full(DESIGN), marks.sources
    ("[the library's proposal]", ())
    """

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._numbers: dict[str, int] = {}

    def full(self, sources: tuple[Source, ...]) -> str:
        """Bases of a statement, each with the numbers of its sources."""
        parts = []
        for basis, label in BASIS.items():
            its = tuple(source for source in sources if source.basis is basis)
            if its:
                parts.append(": ".join(word for word in (label.text(self.lang), self.numbers(its)) if word))
        return f"[{'; '.join(parts)}]"

    def numbers(self, sources: tuple[Source, ...]) -> str:
        """The numbers of the sources only."""
        return ", ".join(map(str, sorted({self._number(source) for source in sources if source.page or source.act})))

    def short(self, sources: tuple[Source, ...]) -> str:
        """Bases only, for further lines that rest on the sources of the same entry."""
        return f"[{say_bases(sources, self.lang)}]"

    def _number(self, source: Source) -> int:
        if source.act is not None:
            said = say_source(source, self.lang)
        else:
            assert source.page is not None
            place = f", {source.passage}" if source.passage else ""
            said = f"{source.page.label.text(self.lang)}{place}: {source.page.address}"
        return self._numbers.setdefault(said, len(self._numbers) + 1)

    @property
    def sources(self) -> tuple[str, ...]:
        """All sources that were marked, in the order of their numbers."""
        return tuple(self._numbers)

    def section(self) -> Section:
        """The numbered list of the sources."""
        return Section(_TITLE.text(self.lang), tuple(Entry(said) for said in self.sources), numbered=True)
