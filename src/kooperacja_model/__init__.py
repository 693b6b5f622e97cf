"""The three published Polish models of cooperation (modele kooperacji) as data, with their reasons.

From a family's needs to the sectors and institutions to involve, the statutory duties, and the
reason and source of each:

>>> import kooperacja_model as km
>>> recommendation = km.recommend(km.model_for("1816122"), ["truancy", "alcohol_problem"])
>>> [advice.key for advice in recommendation.sectors][:3]
['social_assistance', 'family_support', 'education']

Modules that need YAML or networkx are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kooperacja_model.case import Case, make_case
from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import Commune, TerytCode
from kooperacja_model.comparison import Comparison, compare
from kooperacja_model.errors import (
    CaseError,
    CommuneError,
    KooperacjaError,
    NoPublishedModelError,
    Problem,
    ReadError,
    UnknownTermError,
)
from kooperacja_model.model import Condition, CooperationModel, Duty, Rule, Strength
from kooperacja_model.programme import Programme, check_programme, draft_programme
from kooperacja_model.provenance import Basis, Label, Place, Source
from kooperacja_model.recommendation import Recommendation, inputs_for, recommend, recommend_case

if TYPE_CHECKING:
    from kooperacja_model.graph import build_graph
    from kooperacja_model.reading.library import (
        check_files,
        load_case,
        load_catalogue,
        load_model,
        load_models,
        load_programme,
        load_terc,
        model_for,
    )

__version__ = "0.1.0"

__all__ = [
    "Basis",
    "Case",
    "CaseError",
    "Catalogue",
    "Commune",
    "CommuneError",
    "Comparison",
    "Condition",
    "CooperationModel",
    "Duty",
    "KooperacjaError",
    "Label",
    "NoPublishedModelError",
    "Place",
    "Problem",
    "Programme",
    "ReadError",
    "Recommendation",
    "Rule",
    "Source",
    "Strength",
    "TerytCode",
    "UnknownTermError",
    "build_graph",
    "check_files",
    "check_programme",
    "compare",
    "draft_programme",
    "inputs_for",
    "load_case",
    "load_catalogue",
    "load_model",
    "load_models",
    "load_programme",
    "load_terc",
    "make_case",
    "model_for",
    "recommend",
    "recommend_case",
]

_LATER = {
    "build_graph": "kooperacja_model.graph",
    "check_files": "kooperacja_model.reading.library",
    "load_case": "kooperacja_model.reading.library",
    "load_catalogue": "kooperacja_model.reading.library",
    "load_model": "kooperacja_model.reading.library",
    "load_models": "kooperacja_model.reading.library",
    "load_programme": "kooperacja_model.reading.library",
    "load_terc": "kooperacja_model.reading.library",
    "model_for": "kooperacja_model.reading.library",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
