"""A recommendation as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from kooperacja_model.provenance import Lang
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.views.outline import Section, outline

__all__ = ["explain", "lines_of", "section_lines", "wrapped"]

WIDTH = 100


def explain(recommendation: Recommendation, lang: Lang = "pl", short: bool = False) -> str:
    """A recommendation as a text that can be read aloud in a meeting.

    Args:
        recommendation: the recommendation.
        lang: `"pl"` or `"en"`.
        short: one page instead of the whole.
    """
    said = outline(recommendation, lang, short)
    lines = [said.title, "=" * len(said.title), ""]
    lines += wrapped(said.disclaimer, "", "")
    lines.append("")
    for name, value in said.facts:
        lines += wrapped(f"{name}: {value}", "", "  ")
    for section in said.sections:
        lines += section_lines(section)
    lines += ["", *wrapped(said.remark, "", "")]
    return "\n".join(lines) + "\n"


def lines_of(title: str, remark: str, sections: Iterable[Section]) -> list[str]:
    """A text as lines: the underlined title, a remark, and sections."""
    lines = [title, "=" * len(title), "", *wrapped(remark, "", "")]
    for section in sections:
        lines += section_lines(section)
    return lines


def section_lines(section: Section) -> list[str]:
    """A section as lines: an empty one, the underlined title, the entries."""
    title = f"{section.title} ({len(section.entries)})" if section.numbered else section.title
    lines = ["", title, "-" * len(title)]
    for number, entry in enumerate(section.entries, 1):
        mark = f"{number}. " if section.numbered else "- "
        lines += wrapped(entry.line, mark, " " * len(mark))
        for detail in entry.details:
            lines += wrapped(detail, " " * len(mark), " " * (len(mark) + 2))
    return lines


def wrapped(text: str, first: str, rest: str) -> list[str]:
    """A text as lines of at most 100 characters, the first and the others with their indent."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
