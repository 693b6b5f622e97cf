"""What if: what changes for families when institutions, agreements, rules, the model or the commune change.

Two situations are compared over cases. Every change has its reason: the rules that brought the
advice before or after, the institutions that came or went, the facts of the commune that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from attrs import evolve, frozen

from kooperacja_model.case import Case
from kooperacja_model.errors import KooperacjaError
from kooperacja_model.model import CooperationModel, Rule
from kooperacja_model.network import LocalNetwork
from kooperacja_model.provenance import Lang
from kooperacja_model.recommendation import Recommendation, recommend_case
from kooperacja_model.team import Team, propose_team

__all__ = ["Aspect", "CaseOutcome", "OutcomeChange", "Outcomes", "Situation", "compare_outcomes"]


@frozen
class Situation:
    """A model and, if teams matter, the network of a commune.

    >>> from kooperacja_model import load_model
    >>> Situation(load_model("rural")).network is None
    True
    """

    model: CooperationModel
    network: LocalNetwork | None = None


class Aspect(StrEnum):
    """What changed: advice of a type, a competence or a sector; a duty; the team; or a gap."""

    SECTOR = "sector"
    INSTITUTION = "institution"
    COMPETENCE = "competence"
    DUTY = "duty"
    MEMBER = "member"
    MISSING = "missing"
    GAP = "gap"


@frozen
class OutcomeChange:
    """One thing that is different.

    Attributes:
        aspect: of which kind it is.
        key: key of the sector, institution type, competence, duty, or institution of the network.
        before: strength or state before; `None` if it was not there.
        after: the same afterwards.
        rules: keys of the rules behind it that hold in one of the two situations only.
        institutions: keys of institutions that came or went and matter for it.
        features: features of the commune or model behind it that differ.
    """

    aspect: Aspect
    key: str
    before: str | None
    after: str | None
    rules: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


@frozen
class CaseOutcome:
    """What is different for one case; `number` is its position in the list, from 1."""

    number: int
    case: Case
    changes: tuple[OutcomeChange, ...]


@frozen
class Outcomes:
    """What is different between two situations.

    Attributes:
        before: the situation before.
        after: the situation afterwards.
        cases: all cases, with what changes for each (possibly nothing).
    """

    before: Situation
    after: Situation
    cases: tuple[CaseOutcome, ...]

    @cached_property
    def affected(self) -> tuple[CaseOutcome, ...]:
        """The cases for which anything changes."""
        return tuple(entry for entry in self.cases if entry.changes)

    def explain(self, lang: Lang = "pl") -> str:
        """What changes, for whom and why, as a text."""
        from kooperacja_model.views.outcomes import explain_outcomes

        return explain_outcomes(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """What changes, as plain data (format `kooperacja_model/outcomes/1`)."""
        from kooperacja_model.views.outcomes import outcomes_to_dict

        return outcomes_to_dict(self)


def compare_outcomes(before: Situation, after: Situation, cases: Case | Iterable[Case]) -> Outcomes:
    """What changes for these families between two situations.

    Where a situation has a network, a case is taken to live in its commune.

    Args:
        before: model and network before.
        after: model and network afterwards; networks in both, or in neither.
        cases: one case or several.

    Raises:
        KooperacjaError: only one of the situations has a network, or there is no case.
        CaseError: a case contradicts itself.

    >>> from kooperacja_model import load_model, make_case, network_from_availability
    >>> model = load_model("rural")
    >>> network = network_from_availability(model, "1816122", likely=True)
    >>> case = make_case(model.catalogue, ["truancy"])
    >>> closed = Situation(model, network.without("pp_counselling_centre"))
    >>> outcomes = compare_outcomes(Situation(model, network), closed, case)
    >>> [(change.aspect.value, change.key) for change in outcomes.cases[0].changes][0]
    ('member', 'pp_counselling_centre')
    """
    chosen = (cases,) if isinstance(cases, Case) else tuple(cases)
    if not chosen:
        raise KooperacjaError("compare_outcomes: no case is given; give at least one")
    if (before.network is None) != (after.network is None):
        raise KooperacjaError("compare_outcomes: only one of the situations has a network; give both one, or neither")
    compared = []
    for number, case in enumerate(chosen, 1):
        sides = _Side(before, case), _Side(after, case)
        compared.append(CaseOutcome(number, case, tuple(_changes(*sides))))
    return Outcomes(before, after, tuple(compared))


class _Side:
    """A case in one situation."""

    def __init__(self, situation: Situation, case: Case) -> None:
        if situation.network is not None:
            case = evolve(case, commune=situation.network.commune)
        self.network = situation.network
        self.recommendation: Recommendation = recommend_case(situation.model, case)
        self.team: Team | None = None
        if situation.network is not None:
            self.team = propose_team(self.recommendation, situation.network)
        self.rules = {rule.key: rule for rule in self.recommendation.fired}

    def states(self) -> dict[Aspect, dict[str, str]]:
        """The state of everything, by aspect and key."""
        found = self.recommendation
        states = {
            Aspect.SECTOR: {advice.key: advice.strength.value for advice in found.sectors},
            Aspect.INSTITUTION: {advice.key: advice.strength.value for advice in found.institutions},
            Aspect.COMPETENCE: {advice.key: advice.strength.value for advice in found.competences},
            Aspect.DUTY: {advice.key: advice.strength.value for advice in found.duties},
        }
        if self.team is not None:
            states[Aspect.MEMBER] = dict.fromkeys(self.team.keys, "member")
            states[Aspect.MISSING] = dict.fromkeys((entry.type for entry in self.team.missing), "missing")
            states[Aspect.GAP] = {gap.key: gap.strength.value for gap in self.team.gaps}
        return states


def _changes(before: _Side, after: _Side) -> Iterable[OutcomeChange]:
    old, new = before.states(), after.states()
    for aspect in old:
        for key in {**old[aspect], **new[aspect]}:
            states = old[aspect].get(key), new[aspect].get(key)
            if states[0] != states[1]:
                rules = _rules_behind(aspect, key, before, after)
                features = _features_behind(aspect, key, rules, before, after)
                yield OutcomeChange(
                    aspect, key, *states, tuple(rules), _institutions_behind(aspect, key, before, after), features
                )


def _rules_behind(aspect: Aspect, key: str, before: _Side, after: _Side) -> dict[str, Rule]:
    """The rules that hold in one of the two situations only, or differ, and bring the thing."""
    found = {}
    for one, other in ((before, after), (after, before)):
        for rule in one.rules.values():
            if other.rules.get(rule.key) != rule and key in _brought(aspect, rule, one):
                found[rule.key] = rule
    return found


def _brought(aspect: Aspect, rule: Rule, side: _Side) -> Iterable[str]:
    catalogue = side.recommendation.model.catalogue
    brought = {**rule.require, **rule.advise}
    types = [catalogue.profiles[name].of if name in catalogue.profiles else name for name in brought]
    if aspect is Aspect.SECTOR:
        return [catalogue.institution_types[kind].sector for kind in types]
    if aspect in (Aspect.COMPETENCE, Aspect.GAP):
        return [competence for competences in brought.values() for competence in competences]
    if aspect is Aspect.MEMBER and side.network is not None:
        return [key for kind in types for key in side.network.of_type[kind]]
    return types


def _institutions_behind(aspect: Aspect, key: str, before: _Side, after: _Side) -> tuple[str, ...]:
    """The institutions that came, went or are other than before, and matter for the thing."""
    found: dict[str, None] = {}
    for one, other in ((before, after), (after, before)):
        if one.network is None or other.network is None:
            continue
        for name, institution in one.network.institutions.items():
            same = other.network.institutions.get(name) == institution
            if name in one.network.types and not same and _matters(aspect, key, name, one, (before, after)):
                found[name] = None
    return tuple(found)


def _matters(aspect: Aspect, key: str, name: str, side: _Side, sides: tuple[_Side, _Side]) -> bool:
    """Whether an institution matters for a change of a member, a missing type or a gap."""
    assert side.network is not None
    if aspect is Aspect.GAP:
        return key in side.network.competences[name]
    if aspect is Aspect.MISSING:
        return key in side.network.types[name]
    if aspect is Aspect.MEMBER:
        teams = [one.team for one in sides if one.team is not None]
        asked = {c for team in teams for member in team.members if member.key == key for c in member.covers}
        return name == key or bool(asked & set(side.network.competences[name]))
    return False


def _features_behind(
    aspect: Aspect, key: str, rules: Mapping[str, Rule], before: _Side, after: _Side
) -> tuple[str, ...]:
    """The facts of the commune or the model that differ and that the rules or the duty name."""
    old, new = before.recommendation.facts, after.recommendation.facts
    named = {fact for rule in rules.values() for fact in rule.when.facts}
    if aspect is Aspect.DUTY:
        duties = [side.recommendation.model.duties.get(key) for side in (before, after)]
        named |= {fact for duty in duties if duty is not None for when in duty.when for fact in when.facts}
    features = before.recommendation.model.catalogue.features
    return tuple(name for name in features if name in named and old.get(name) != new.get(name))
