"""Sphinx settings; build with `sphinx-build -W -b html docs docs/_build`. Nothing is fetched."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import attrs  # noqa: F401  (before the next step, so that it keeps its own idea of a cached property)

# attrs turns cached properties into slots and drops their docstrings; plain properties keep them.
_cached_property = functools.cached_property
functools.cached_property = property  # type: ignore[misc,assignment]
import kooperacja_model  # noqa: E402

for _module in pkgutil.walk_packages(kooperacja_model.__path__, "kooperacja_model."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)
functools.cached_property = _cached_property  # type: ignore[misc]

project = "kooperacja_model"
author = "the authors of kooperacja_model"
release = kooperacja_model.__version__
language = "en"

sys.path.insert(0, str(Path(__file__).parent))
extensions = ["accessible", "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "kooperacja_model"
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "literal"  # docstrings write `code` with single backticks
add_module_names = False
python_use_unqualified_type_names = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {"Lang": "Lang", "Truth": "Truth", "Facts": "Facts"}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def _keep_values(app: Any, what: str, name: str, thing: object, skip: bool, options: Any) -> bool | None:
    """The values of an enumeration are shown, though they have no docstrings of their own."""
    return False if isinstance(thing, Enum) else None


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-skip-member", _keep_values)
