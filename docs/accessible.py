"""A Sphinx extension: what the theme lacks for people who use a keyboard or a screen reader.

`tests/browser/test_docs.py` looks at the pages with axe and says when this is not enough.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_MENDED = {
    # A heading needs a level; the captions of the navigation have none.
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    # What is wider than the page is scrolled; without a mouse it must first get the focus.
    '<div class="highlight"><pre>': '<div class="highlight"><pre tabindex="0">',
    # Two regions of one kind need names to be told apart.
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
}


def _mend(app: Any, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = mended = page.read_text(encoding="utf-8")
        for what, instead in _MENDED.items():
            mended = mended.replace(what, instead)
        if mended != text:
            page.write_text(mended, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
