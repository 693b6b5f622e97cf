"""A team by trying every subset: slow, and written from the documented order alone."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from kooperacja_model.network import LocalNetwork
from kooperacja_model.recommendation import Recommendation


class NaiveTeam(NamedTuple):
    keys: tuple[str, ...]
    uncovered: tuple[str, ...]
    missing: tuple[str, ...]


def naive_team(recommendation: Recommendation, network: LocalNetwork) -> NaiveTeam:
    data = recommendation.to_dict()
    model = recommendation.model
    types = model.catalogue.institution_types
    people = {
        key: set(network.types[key])
        for key in network.types
        if any(not types[kind].outside_team for kind in network.types[key])
    }
    skills = {key: set(network.competences[key]) for key in network.types}

    required = [entry["key"] for entry in data["institutions"] if entry["strength"] == "required"]
    mandated = []
    for body in model.bodies.values():
        if body.part.value in ("works", "both"):
            mandated += [key for key, member in body.members.items() if member.known.value == "always"]
            mandated += body.led_by.institutions if body.led_by else ()
    for duty in data["duties"]:
        if duty["strength"] == "required" and model.duties[duty["key"]].force.value == "must":
            able_to_sit = [kind for kind in required if not types[kind].outside_team]
            mandated += [kind for kind in model.duties[duty["key"]].who if kind in able_to_sit]

    demands = []
    uncovered = []
    missing = []
    for kind in dict.fromkeys(mandated):
        able = {key for key, kinds in people.items() if kind in kinds}
        if able:
            demands.append(able)
        else:
            missing.append(kind)
    for competence, named in _wanted(recommendation, "require").items():
        exact = {key for key in skills if competence in skills[key] and named & set(network.types[key])}
        stand_ins = {key for key in people if competence in skills[key]}
        able = exact & set(people) if exact else stand_ins
        if able:
            demands.append(able)
        elif not exact:
            uncovered.append(competence)
    extras = set(_wanted(recommendation, "advise")) - set(_wanted(recommendation, "require"))

    best = None
    for size in range(len(people) + 1):
        for team in combinations(sorted(people), size):
            if all(demand & set(team) for demand in demands):
                brought = {c for key in team for c in skills[key]} & extras
                rank = (
                    sum(key in network.outside for key in team),
                    size,
                    -len(brought),
                    -sum(key in network.bound for key in team),
                    team,
                )
                if best is None or rank < best:
                    best = rank
    assert best is not None
    rank_of = model.catalogue.competences.rank
    return NaiveTeam(best[4], tuple(sorted(uncovered, key=rank_of)), tuple(sorted(missing)))


def _wanted(recommendation: Recommendation, word: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    profiles = recommendation.model.catalogue.profiles
    for rule in recommendation.fired:
        for name, competences in getattr(rule, word).items():
            kind = profiles[name].of if name in profiles else name
            for competence in competences:
                found.setdefault(competence, set()).add(kind)
    return found
