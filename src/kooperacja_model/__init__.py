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
    NetworkError,
    NoPublishedModelError,
    Problem,
    ReadError,
    UnknownTermError,
)
from kooperacja_model.model import Condition, CooperationModel, Duty, Rule, Strength
from kooperacja_model.network import Agreement, Institution, LocalNetwork, Origin
from kooperacja_model.programme import Programme, check_programme, draft_programme
from kooperacja_model.provenance import Basis, Label, Place, Source
from kooperacja_model.recommendation import Recommendation, inputs_for, recommend, recommend_case

if TYPE_CHECKING:
    from kooperacja_model.availability import network_from_availability
    from kooperacja_model.gaps import find_gaps, find_missing_types, find_network_gaps
    from kooperacja_model.graph import build_graph
    from kooperacja_model.measures import measure_network
    from kooperacja_model.outcomes import Outcomes, Situation, compare_outcomes
    from kooperacja_model.reading.files import (
        check_files,
        load_case,
        load_catalogue,
        load_model,
        load_models,
        load_network,
        load_population,
        load_programme,
        load_rules,
        load_scenario,
        load_terc,
        model_for,
    )
    from kooperacja_model.scenario import Scenario, run_scenario, write_families
    from kooperacja_model.team import Team, propose_team

__version__ = "0.1.0"

__all__ = [
    "Agreement",
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
    "Institution",
    "KooperacjaError",
    "Label",
    "LocalNetwork",
    "NetworkError",
    "NoPublishedModelError",
    "Origin",
    "Outcomes",
    "Place",
    "Problem",
    "Programme",
    "ReadError",
    "Recommendation",
    "Rule",
    "Scenario",
    "Situation",
    "Source",
    "Strength",
    "Team",
    "TerytCode",
    "UnknownTermError",
    "build_graph",
    "check_files",
    "check_programme",
    "compare",
    "compare_outcomes",
    "draft_programme",
    "find_gaps",
    "find_missing_types",
    "find_network_gaps",
    "inputs_for",
    "load_case",
    "load_catalogue",
    "load_model",
    "load_models",
    "load_network",
    "load_population",
    "load_programme",
    "load_rules",
    "load_scenario",
    "load_terc",
    "make_case",
    "measure_network",
    "model_for",
    "network_from_availability",
    "propose_team",
    "recommend",
    "recommend_case",
    "run_scenario",
    "write_families",
]

_LATER = {
    "Outcomes": "kooperacja_model.outcomes",
    "Scenario": "kooperacja_model.scenario",
    "Situation": "kooperacja_model.outcomes",
    "Team": "kooperacja_model.team",
    "build_graph": "kooperacja_model.graph",
    "check_files": "kooperacja_model.reading.files",
    "compare_outcomes": "kooperacja_model.outcomes",
    "find_gaps": "kooperacja_model.gaps",
    "find_missing_types": "kooperacja_model.gaps",
    "find_network_gaps": "kooperacja_model.gaps",
    "load_case": "kooperacja_model.reading.files",
    "load_catalogue": "kooperacja_model.reading.files",
    "load_model": "kooperacja_model.reading.files",
    "load_models": "kooperacja_model.reading.files",
    "load_network": "kooperacja_model.reading.files",
    "load_population": "kooperacja_model.reading.files",
    "load_programme": "kooperacja_model.reading.files",
    "load_rules": "kooperacja_model.reading.files",
    "load_scenario": "kooperacja_model.reading.files",
    "load_terc": "kooperacja_model.reading.files",
    "measure_network": "kooperacja_model.measures",
    "model_for": "kooperacja_model.reading.files",
    "network_from_availability": "kooperacja_model.availability",
    "propose_team": "kooperacja_model.team",
    "run_scenario": "kooperacja_model.scenario",
    "write_families": "kooperacja_model.scenario",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
