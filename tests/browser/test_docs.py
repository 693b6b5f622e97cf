"""The pages that people read, in a real browser: the documentation and the table of a notebook.

Needs Chromium and the extra `browser`. Each page is built anew and examined with axe, which knows the rules of WCAG.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kooperacja_model as km
from kooperacja_model.provenance import Lang
from kooperacja_model.views.html import to_html

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytest.importorskip("furo")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("there is no Chromium", allow_module_level=True)

DOCS = Path(__file__).parents[2] / "docs"
DESKTOP, TELEPHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built documentation."""
    folder = tmp_path_factory.mktemp("html")
    subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(DOCS), str(folder)], check=True)
    return folder


def violations(page: Any) -> list[str]:
    """What axe finds wrong in a page, in words."""
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]


def wider_than_the_window(page: Any) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide


def test_axe_finds_nothing_wrong_in_any_page_of_the_documentation(browser: Any, pages: Path) -> None:
    page = browser.new_page(viewport=DESKTOP)
    wrong = {}
    names = sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.html"))
    assert "reference/models/rural.html" in names
    for name in names:
        page.goto((pages / name).as_uri())
        if found := violations(page):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("name", ["index", "tutorial", "how-to/clusters"])
def test_axe_finds_nothing_wrong_in_the_dark(browser: Any, pages: Path, name: str) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme="dark")
    page.goto((pages / f"{name}.html").as_uri())
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert violations(page) == []


@pytest.mark.parametrize(
    "name", ["index", "tutorial", "how-to/scenarios", "reference/models/comparison", "reference/api"]
)
def test_on_a_telephone_the_page_is_not_wider_than_the_screen(browser: Any, pages: Path, name: str) -> None:
    page = browser.new_page(viewport=TELEPHONE)
    page.goto((pages / f"{name}.html").as_uri())
    assert not wider_than_the_window(page)


def test_no_page_asks_for_anything_from_elsewhere_or_reports_an_error(browser: Any, pages: Path) -> None:
    page = browser.new_page(viewport=DESKTOP)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    for name in ("index.html", "search.html", "reference/yaml.html"):
        page.goto((pages / name).as_uri())
    assert [url for url in asked if not url.startswith("file:")] == []
    assert errors == []


def test_the_search_finds_a_page(browser: Any, pages: Path) -> None:
    page = browser.new_page(viewport=DESKTOP)
    page.goto((pages / "search.html").as_uri() + "?q=scenario")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() > 3


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_axe_finds_nothing_wrong_in_the_table_of_a_notebook(browser: Any, lang: Lang) -> None:
    recommendation = km.recommend(km.load_model("rural"), ["truancy", "over_indebtedness"])
    page = browser.new_page(viewport=DESKTOP)
    fragment = to_html(recommendation, lang)
    page.set_content(
        f'<!doctype html><html lang="{lang}"><head><title>Invented family</title></head>'
        f"<body><main><h1>Invented family</h1>{fragment}</main></body></html>"
    )
    assert "<" in fragment
    assert violations(page) == []
