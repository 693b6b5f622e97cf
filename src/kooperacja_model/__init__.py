"""The three published Polish models of cooperation (modele kooperacji) as data, with their reasons.

From a family's needs to the sectors and institutions to involve, the statutory duties, and the
reason and source of each:

>>> import kooperacja_model as km
>>> recommendation = km.recommend(km.model_for("1816122"), ["truancy", "alcohol_problem"])
>>> [advice.key for advice in recommendation.sectors][:3]
['social_assistance', 'family_support', 'education']

Each name is imported when it is first used, so that a program pays only for what it needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kooperacja_model.availability import network_from_availability
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
    from kooperacja_model.gaps import find_gaps, find_missing_types, find_network_gaps
    from kooperacja_model.graph import build_graph
    from kooperacja_model.measures import measure_network
    from kooperacja_model.model import Condition, CooperationModel, Duty, Rule, Strength
    from kooperacja_model.network import Agreement, Institution, LocalNetwork, Origin
    from kooperacja_model.outcomes import Outcomes, Situation, compare_outcomes
    from kooperacja_model.programme import Programme, check_programme, draft_programme
    from kooperacja_model.provenance import Basis, Label, Place, Source
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
    from kooperacja_model.recommendation import Recommendation, inputs_for, recommend, recommend_case
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

_MODULES = {
    "Agreement": "network",
    "Basis": "provenance",
    "Case": "case",
    "CaseError": "errors",
    "Catalogue": "catalogue",
    "Commune": "commune",
    "CommuneError": "errors",
    "Comparison": "comparison",
    "Condition": "model",
    "CooperationModel": "model",
    "Duty": "model",
    "Institution": "network",
    "KooperacjaError": "errors",
    "Label": "provenance",
    "LocalNetwork": "network",
    "NetworkError": "errors",
    "NoPublishedModelError": "errors",
    "Origin": "network",
    "Outcomes": "outcomes",
    "Place": "provenance",
    "Problem": "errors",
    "Programme": "programme",
    "ReadError": "errors",
    "Recommendation": "recommendation",
    "Rule": "model",
    "Scenario": "scenario",
    "Situation": "outcomes",
    "Source": "provenance",
    "Strength": "model",
    "Team": "team",
    "TerytCode": "commune",
    "UnknownTermError": "errors",
    "build_graph": "graph",
    "check_files": "reading.files",
    "check_programme": "programme",
    "compare": "comparison",
    "compare_outcomes": "outcomes",
    "draft_programme": "programme",
    "find_gaps": "gaps",
    "find_missing_types": "gaps",
    "find_network_gaps": "gaps",
    "inputs_for": "recommendation",
    "load_case": "reading.files",
    "load_catalogue": "reading.files",
    "load_model": "reading.files",
    "load_models": "reading.files",
    "load_network": "reading.files",
    "load_population": "reading.files",
    "load_programme": "reading.files",
    "load_rules": "reading.files",
    "load_scenario": "reading.files",
    "load_terc": "reading.files",
    "make_case": "case",
    "measure_network": "measures",
    "model_for": "reading.files",
    "network_from_availability": "availability",
    "propose_team": "team",
    "recommend": "recommendation",
    "recommend_case": "recommendation",
    "run_scenario": "scenario",
    "write_families": "scenario",
}
"""Where each name is defined."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
