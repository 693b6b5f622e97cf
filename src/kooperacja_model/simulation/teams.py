"""Teams for a sample of families: how large they are, and how many members come from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from attrs import frozen

from kooperacja_model.network import LocalNetwork
from kooperacja_model.population import CommuneClass
from kooperacja_model.recommendation import Recommendation, recommend_case
from kooperacja_model.scenario import Scenario, Variant
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.counting import BASE, SampledFamily
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.team import propose_team

__all__ = ["TeamSizes", "team_sizes"]

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
    scenario: Scenario,
    communes: Sequence[SimulatedCommune],
    networks: Networks,
    sample: Mapping[CommuneClass, Sequence[SampledFamily]],
    tell: Told,
) -> Iterator[TeamSizes]:
    """The teams of all variants; the best ones, as `propose_team` finds them."""
    variants = {BASE.key: BASE, **scenario.variants}
    total = len(variants) * sum(len(families) for families in sample.values())
    done = 0
    found: dict[tuple[str, CommuneClass], list[tuple[int, int, bool]]] = {}
    for kind, families in sample.items():
        for place, its in groupby(sorted(families, key=lambda family: family.place), lambda family: family.place):
            finder = _Finder(scenario, communes[place], networks)
            for family in its:
                for variant in variants.values():
                    found.setdefault((variant.key, kind), []).append(finder.team(family, variant))
                done += len(variants)
                tell("teams", done, total)
    for key in variants:
        for kind in sample:
            if (key, kind) in found:
                members, outside, optimal = zip(*found[key, kind], strict=True)
                yield TeamSizes(key, kind, members, outside, optimal.count(False))


class _Finder:
    """Finds the teams of one commune; what a variant leaves as it is is worked out once."""

    def __init__(self, scenario: Scenario, commune: SimulatedCommune, networks: Networks) -> None:
        self.scenario = scenario
        self.commune = commune
        self.networks = networks
        self.made: dict[object, LocalNetwork] = {}
        self.advised: dict[object, Recommendation] = {}

    def team(self, family: SampledFamily, variant: Variant) -> tuple[int, int, bool]:
        """Members, members from outside, and whether no better team exists."""
        assert self.commune.model is not None
        key = variant.model or self.commune.model
        rules = (family, key, variant.rules, variant.without)
        if rules not in self.advised:
            self.advised[rules] = recommend_case(variant.applied(self.scenario.models[key]), family.case)
        there = (key, variant.add, variant.close, variant.close_institutions)
        if there not in self.made:
            self.made[there] = self.networks.network(self.commune, self.scenario.models[key], variant)
        team = propose_team(self.advised[rules], self.made[there])
        return len(team.members), sum(member.outside for member in team.members), team.optimal
