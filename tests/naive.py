"""A second, independent answer to every question that `recommend` answers: dictionaries and `if`.

It reads the YAML files with `yaml.safe_load` and imports nothing of the package. Truth is `True`,
`False` or `None` for unknown. It is slow and plain on purpose: it is the oracle of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MODELS = ("rural", "urban_rural", "city")
FOLDER = Path(__file__).parents[1] / "models"

REQUIRED, ADVISED, CONDITIONAL = "required", "advised", "conditional"
RANK = {REQUIRED: 0, ADVISED: 1, CONDITIONAL: 2}

Truth = bool | None
Facts = dict[str, bool]


@dataclass
class Knowledge:
    """What the files say, as dictionaries; `rules` and `rules_of_need` by model."""

    catalogue: dict[str, Any]
    duties: dict[str, Any]
    rules: dict[str, dict[str, Any]]
    own_rules: dict[str, tuple[str, ...]]
    subjects: dict[str, tuple[str, ...]]
    rules_of_need: dict[str, dict[str, list[str]]]


@dataclass
class Answer:
    """What a recommendation must say, apart from order and wording."""

    institutions: dict[str, str] = field(default_factory=dict)
    competences: dict[str, str] = field(default_factory=dict)
    sectors: dict[str, str] = field(default_factory=dict)
    duties: dict[str, str] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    unserved: dict[str, str] = field(default_factory=dict)


@cache
def knowledge() -> Knowledge:
    """All model files, read once."""
    catalogue = _read("catalogue")
    shared = _read("rules")["rules"]
    rules: dict[str, dict[str, Any]] = {}
    own: dict[str, tuple[str, ...]] = {}
    by_need: dict[str, dict[str, list[str]]] = {}
    subjects: dict[str, tuple[str, ...]] = {}
    for model in MODELS:
        its = _read(model)["rules"]
        own[model] = tuple(its)
        rules[model] = {**shared, **its}
        by_need[model] = {need: [] for need in catalogue["needs"]}
        for key, rule in rules[model].items():
            subjects[key] = _subjects(catalogue, rule["when"])
            for need in subjects[key]:
                by_need[model][need].append(key)
    return Knowledge(catalogue, _read("duties")["duties"], rules, own, subjects, by_need)


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


def _subjects(catalogue: dict[str, Any], when: dict[str, list[str]]) -> tuple[str, ...]:
    """The needs a rule serves: those in `all`, or if there are none, those in `any`."""
    in_all = tuple(key for key in when.get("all", []) if key in catalogue["needs"])
    in_any = tuple(key for key in when.get("any", []) if key in catalogue["needs"])
    return in_all or in_any


# -- what is known -----------------------------------------------------------------------------


def known_facts(model: str, needs: Iterable[str], circumstances: Mapping[str, bool], commune: str | None) -> Facts:
    """Needs, circumstances with all that follows from them, and features of the commune."""
    catalogue = knowledge().catalogue
    reported = set(needs)
    facts = {need: need in reported for need in catalogue["needs"]}
    known = dict(circumstances)
    for need in reported:
        for implied in catalogue["needs"][need].get("implies", []):
            assert known.get(implied, True), f"{need} contradicts {implied}"
            known[implied] = True
    facts.update(close(known))
    facts.update(features(model, commune))
    return facts


def close(circumstances: Mapping[str, bool]) -> Facts:
    """Circumstances and all that follows from them, until nothing new follows."""
    terms = knowledge().catalogue["circumstances"]
    known = dict(circumstances)
    size = -1
    while len(known) != size:
        size = len(known)
        for key, term in terms.items():
            for implied in term.get("implies", []):
                if known.get(key) is True:
                    assert known.get(implied, True), f"{key} contradicts {implied}"
                    known[implied] = True
                if known.get(implied) is False:
                    known[key] = False
            if "one_of" in term and known.get(key) is True:
                for other, its in terms.items():
                    if other != key and its.get("one_of") == term["one_of"]:
                        assert not known.get(other, False), f"{key} excludes {other}"
                        known[other] = False
    return known


def features(model: str, commune: str | None) -> Facts:
    """Features of the commune; in a city of which nothing is known, three of them are unknown."""
    known = {"rural": model == "rural", "urban_rural": model == "urban_rural", "city": model == "city"}
    known["villages"] = model in ("rural", "urban_rural")
    known["town"] = model in ("urban_rural", "city")
    if model != "city":
        known.update({"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False})
    elif commune is not None:
        powiat_rights = int(commune[2:4]) > 60
        known["land_powiat"] = not powiat_rights
        known["city_with_powiat_rights"] = powiat_rights
        known["joint_ops_pcpr"] = powiat_rights and commune[:4] != "1465"
    return known


def suppose(facts: Facts, key: str, value: bool) -> Facts:
    """The facts if one more circumstance or feature were known."""
    catalogue = knowledge().catalogue
    if key in catalogue["circumstances"]:
        known = {name: facts[name] for name in catalogue["circumstances"] if name in facts}
        return {**facts, **close({**known, key: value})}
    more = {key: value}
    if key == "joint_ops_pcpr" and value:
        more.update({"city_with_powiat_rights": True, "land_powiat": False})
    if key == "city_with_powiat_rights":
        more["land_powiat"] = not value
    if key == "land_powiat":
        more["city_with_powiat_rights"] = not value
    if more.get("city_with_powiat_rights") is False:
        more["joint_ops_pcpr"] = False
    return {**facts, **more}


# -- three-valued truth ------------------------------------------------------------------------


def all_of(truths: list[Truth]) -> Truth:
    if False in truths:
        return False
    if None in truths:
        return None
    return True


def any_of(truths: list[Truth]) -> Truth:
    if True in truths:
        return True
    if None in truths:
        return None
    return False


def none_of(truths: list[Truth]) -> Truth:
    if True in truths:
        return False
    if None in truths:
        return None
    return True


def holds(when: Mapping[str, list[str]], facts: Facts) -> Truth:
    """Whether a condition holds: all of `all`, one of `any` if there are any, none of `none`."""
    parts = []
    if "all" in when:
        parts.append(all_of([facts.get(key) for key in when["all"]]))
    if "any" in when:
        parts.append(any_of([facts.get(key) for key in when["any"]]))
    if "none" in when:
        parts.append(none_of([facts.get(key) for key in when["none"]]))
    return all_of(parts)


def waits_for(when: Mapping[str, list[str]], facts: Facts) -> set[str]:
    """The unknown facts on which an undecided condition depends."""
    if holds(when, facts) is not None:
        return set()
    keys = when.get("all", []) + when.get("none", [])
    if "any" in when and any_of([facts.get(key) for key in when["any"]]) is None:
        keys = keys + when["any"]
    return {key for key in keys if key not in facts}


# -- the answer --------------------------------------------------------------------------------


def evaluate(model: str, needs: Iterable[str], facts: Facts, basis: Iterable[str] | None = None) -> Answer:
    """Everything that the rules and duties say for these facts."""
    data = knowledge()
    answer = Answer()
    reported = list(needs)
    rules = data.rules[model]
    for key in {key for need in reported for key in data.rules_of_need[model][need]}:
        rule = rules[key]
        truth = holds(rule["when"], facts)
        if truth is False or not on_basis(rule, basis):
            continue
        if truth:
            answer.fired.add(key)
        else:
            answer.undecided.add(key)
        for list_name, strength in (("require", REQUIRED), ("advise", ADVISED)):
            for name, competences in rule.get(list_name, {}).items():
                institution = data.catalogue["profiles"][name]["of"] if name in data.catalogue["profiles"] else name
                sector = data.catalogue["institution_types"][institution]["sector"]
                reached = strength if truth else CONDITIONAL
                _put(answer.institutions, institution, reached)
                _put(answer.sectors, sector, reached)
                for competence in competences:
                    _put(answer.competences, competence, reached)
    for key, duty in data.duties.items():
        truth = duty_holds(duty, facts)
        if truth is not False:
            answer.duties[key] = REQUIRED if truth else CONDITIONAL
    for need in reported:
        its = data.rules_of_need[model][need]
        if any(key in answer.fired for key in its):
            continue
        if any(key in answer.undecided for key in its):
            answer.unserved[need] = "undecided"
        elif any(holds(rules[key]["when"], facts) is not False for key in its):
            answer.unserved[need] = "basis"
        else:
            answer.unserved[need] = "no_rule"
    return answer


def _put(strengths: dict[str, str], key: str, strength: str) -> None:
    if key not in strengths or RANK[strength] < RANK[strengths[key]]:
        strengths[key] = strength


def on_basis(rule: Mapping[str, Any], basis: Iterable[str] | None) -> bool:
    return basis is None or any(source["basis"] in basis for source in rule["sources"])


def duty_holds(duty: Mapping[str, Any], facts: Facts) -> Truth:
    if any(facts.get(key) for key in duty.get("when_reported", [])):
        return True
    return any_of([holds(condition, facts) for condition in duty["when"]])


def questions(model: str, needs: Iterable[str], facts: Facts, basis: Iterable[str] | None = None) -> list[str]:
    """The unknown facts that an undecided rule or duty waits for and whose answer changes the outcome.

    First those that decide about most duties, then about most required institutions, then those
    that change most, then the order of the catalogue.
    """
    data = knowledge()
    now = evaluate(model, needs, facts, basis)
    waited: set[str] = set()
    for key in now.undecided:
        waited |= waits_for(data.rules[model][key]["when"], facts)
    for key, strength in now.duties.items():
        if strength == CONDITIONAL:
            for condition in data.duties[key]["when"]:
                waited |= waits_for(condition, facts)
    found = []
    for place, key in enumerate([*data.catalogue["circumstances"], *data.catalogue["features"]]):
        if key in waited:
            yes, no = (evaluate(model, needs, suppose(facts, key, value), basis) for value in (True, False))
            changed = changes(now, yes) + changes(now, no)
            heavy = [kind for kind, _, old, new in changed if REQUIRED in (old, new)]
            if changed:
                found.append((-heavy.count("duty"), -heavy.count("institution"), -len(changed), place, key))
    return [key for *_, key in sorted(found)]


def changes(before: Answer, after: Answer) -> list[tuple[str, str, str | None, str | None]]:
    """What differs between two answers: kind, key, strength before and after."""
    found = []
    for kind, old, new in (
        ("duty", before.duties, after.duties),
        ("institution", before.institutions, after.institutions),
        ("competence", before.competences, after.competences),
    ):
        for key in {**old, **new}:
            if old.get(key) != new.get(key):
                found.append((kind, key, old.get(key), new.get(key)))
    return found
