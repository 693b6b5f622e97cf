"""Teams for a sample of families: how large they are, and how many members come from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.demands import compile_demands
from kooperacja_model.batch.team_solver import TeamSolver
from kooperacja_model.model import CooperationModel
from kooperacja_model.population import CommuneClass
from kooperacja_model.scenario import Scenario, Variant
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.counting import RuleSet, rules_of, variants_of
from kooperacja_model.simulation.evaluate import with_features
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.simulation.sample import Sample, class_numbers

__all__ = ["TeamSizes", "team_sizes"]

COMPILED_FROM = 50_000
"""So many teams take as long in Python as numba takes to load what it has compiled."""

Told = Callable[[str, int, int], None]


@frozen
class TeamSizes:
    """The teams of a sample of families of one class of communes.

    Attributes:
        variant: key of the variant.
        kind: the class.
        members: how many members each team has.
        outside: how many of these come from outside the commune.
        unproven: teams of which it is not proven that no better one exists.
    """

    variant: str
    kind: CommuneClass
    members: tuple[int, ...]
    outside: tuple[int, ...]
    unproven: int


def team_sizes(
    scenario: Scenario, communes: Sequence[SimulatedCommune], networks: Networks, sample: Sample, tell: Told
) -> Iterator[TeamSizes]:
    """The teams of all variants; the best ones, as `propose_team` finds them."""
    variants = variants_of(scenario)
    total = len(variants) * len(sample)
    found = {key: np.zeros((3, len(sample)), dtype=np.int16) for key in variants}
    done = 0
    for its in _with_same_rules(variants.values()):
        keys = np.array([its[0].model or communes[place].model for place in sample.commune])
        for key in np.unique(keys).tolist():
            rows = np.flatnonzero(keys == key)
            model = its[0].applied(scenario.models[key])
            solved = _solved(model, its, communes, networks, sample.at(rows), total >= COMPILED_FROM)
            for variant, numbers in zip(its, solved, strict=True):
                found[variant.key][:, rows] = numbers
                done += len(rows)
                tell("teams", done, total)
    kinds = class_numbers(communes)[sample.commune]
    for key, numbers in found.items():
        for number, kind in enumerate(CommuneClass):
            members, outside, proven = numbers[:, kinds == number].tolist()
            if members:
                yield TeamSizes(key, kind, tuple(members), tuple(outside), proven.count(0))


def _with_same_rules(variants: Iterable[Variant]) -> list[list[Variant]]:
    """The variants, those together that differ in nothing but institutions."""
    found: dict[RuleSet, list[Variant]] = {}
    for variant in variants:
        found.setdefault(rules_of(variant), []).append(variant)
    return list(found.values())


def _solved(
    model: CooperationModel,
    variants: Sequence[Variant],
    communes: Sequence[SimulatedCommune],
    networks: Networks,
    sample: Sample,
    many: bool,
) -> Iterator[NDArray[np.int16]]:
    """For each variant: members, members from outside, and 1 where no better team exists."""
    demands = compile_demands(model)
    here, places = np.unique(sample.commune, return_inverse=True)
    its = [communes[place] for place in here]
    candidates = [one for variant in variants for one in networks.candidates(its, demands, variant)]
    solver = TeamSolver(demands, candidates, compiled=None if many else False)
    facts = with_features(sample.facts(), demands.program, communes, sample.commune)
    for number in range(len(variants)):
        teams = [*solver.solve(facts, places + number * len(its))]
        yield np.concatenate([np.array([block.size, block.outside, block.proven]) for block in teams], axis=1)
