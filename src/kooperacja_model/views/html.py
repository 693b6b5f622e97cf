"""A recommendation as an HTML fragment, for notebooks."""

from __future__ import annotations

from html import escape

from kooperacja_model.provenance import Lang
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.views.outline import Section, outline

__all__ = ["to_html"]


def to_html(recommendation: Recommendation, lang: Lang = "pl") -> str:
    """A recommendation as an HTML fragment: headings and lists, no script and no style.

    Args:
        recommendation: the recommendation.
        lang: `"pl"` or `"en"`.
    """
    said = outline(recommendation, lang)
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said.facts)
    return (
        f'<section lang="{lang}" class="kooperacja-recommendation">'
        f"<h2>{escape(said.title)}</h2><p>{escape(said.disclaimer)}</p><dl>{facts}</dl>"
        + "".join(_section(section) for section in said.sections)
        + f"<p>{escape(said.remark)}</p></section>"
    )


def _section(section: Section) -> str:
    tag = "ol" if section.numbered else "ul"
    items = []
    for entry in section.entries:
        details = "".join(f"<li>{escape(detail)}</li>" for detail in entry.details)
        items.append(f"<li>{escape(entry.line)}" + (f"<ul>{details}</ul>" if details else "") + "</li>")
    return f"<h3>{escape(section.title)}</h3><{tag}>{''.join(items)}</{tag}>"
