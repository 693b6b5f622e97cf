"""Reads the sources of a statement."""

from __future__ import annotations

from kooperacja_model.provenance import Act, Basis, Page, Source
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node
from kooperacja_model.reading.shapes import Fields, Read, Reading, boolean, list_of, one_of, term_of, text

__all__ = ["sources"]

_ACT: Read[Act] = term_of("acts", "act")
_PAGE: Read[Page] = term_of("pages", "page")


def _source(node: Node, reading: Reading, what: str) -> Source:
    fields = Fields(node, reading, what)
    basis = fields.need("basis", one_of(Basis))
    act = fields.may("act", _ACT)
    passage = fields.may("place", text)
    page = fields.may("page", _PAGE)
    verified = bool(fields.may("verified", boolean))
    fields.end()
    source = Source(basis, act, passage, page, verified)
    if basis is Basis.STATUTE and act is None:
        raise reading.wrong(Message.SOURCE_WITHOUT_ACT, node)
    if basis in (Basis.MODEL, Basis.PRACTICE) and page is None:
        raise reading.wrong(Message.SOURCE_WITHOUT_PAGE, node, basis=basis.value)
    if basis is Basis.DESIGN and source != Source(Basis.DESIGN):
        raise reading.wrong(Message.SOURCE_OF_DESIGN, node)
    if verified and not _was_read(act, passage):
        raise reading.wrong(Message.SOURCE_NOT_VERIFIABLE, node)
    return source


def _was_read(act: Act | str | None, passage: str | None) -> bool:
    if isinstance(act, str):  # only its key is known, because the section `acts` has problems of its own
        return True
    return act is not None and (act.text_read or passage in act.passages_read)


sources: Read[tuple[Source, ...]] = list_of(_source)
"""A list of at least one source."""
