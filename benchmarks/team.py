"""How long a whole proposal takes: from the facts of a family to the team with its reasons.

Run `python benchmarks/team.py`; `--quick` measures less. The cases are random families on the example networks and the
nine example families on their own. The same recommendation is then given to other solvers for the team: CP-SAT, RC2,
HiGHS and a greedy choice. They get the lighter task of the first two levels of the order (fewest members from outside,
then fewest members), give no reasons, and their teams are checked before any time is printed. The ratio is that of the
means within one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
from importlib.metadata import version
from pathlib import Path

from attrs import frozen
from cover import (
    Instance,
    Solver,
    compared,
    cp_sat,
    greedy,
    highs,
    installed,
    measured,
    ours_without_pool,
    packages,
    rc2,
)

import kooperacja_model as km
from kooperacja_model.cover import CandidatePool
from kooperacja_model.team import _Search

SEED = 11
EXAMPLES = Path(__file__).parents[1] / "examples"
REQUIRED = "the rules, our team and its reasons"


@frozen(eq=False)
class Family(Instance):
    """A case and its network, with the covering problem that follows from them."""

    model: km.CooperationModel
    case: km.Case
    network: km.LocalNetwork

    def proposal(self) -> km.Team:
        team = km.propose_team(km.recommend_case(self.model, self.case), self.network)
        assert team.members or not team.recommendation.fired
        return team


def family(model: km.CooperationModel, case: km.Case, network: km.LocalNetwork) -> Family:
    search = _Search(km.recommend_case(model, case), network, ())
    candidates, demand, bonus = search.problem()
    return Family(tuple(candidates), CandidatePool(candidates), demand, bonus, (), model, case, network)


def families(number: int) -> list[Family]:
    """The nine example families and random ones: one to three needs, about one circumstance in ten present."""
    networks = [km.load_network(path) for path in sorted((EXAMPLES / "networks").glob("*.yaml"))]
    by_commune = {network.commune.code: network for network in networks}
    found = []
    for path in sorted((EXAMPLES / "cases").glob("*.yaml")):
        given = km.load_case(path)
        assert given.case.commune is not None
        model = km.load_model(given.model) if given.model else km.model_for(given.case.commune)
        found.append(family(model, given.case, by_commune[given.case.commune.code]))
    draw = random.Random(SEED)
    models = {network.name: next(m for m in km.load_models().values() if serves(m, network)) for network in networks}
    while len(found) < number:
        network = draw.choice(networks)
        model = models[network.name]
        needs = draw.sample(sorted(model.catalogue.needs), draw.choice((1, 2, 2, 3)))
        present = [key for key in model.catalogue.circumstances if draw.random() < 0.1]
        try:
            case = km.make_case(model.catalogue, needs, present, network.commune)
        except km.CaseError:
            continue
        found.append(family(model, case, network))
    return found


def serves(model: km.CooperationModel, network: km.LocalNetwork) -> bool:
    return network.commune.kind in model.criterion.kinds


def proposed(instance: Instance) -> list[int]:
    """The whole way, measured as a solver; what comes back is compared before."""
    assert isinstance(instance, Family)
    instance.proposal()
    return []


def with_reasons(solve: Solver) -> Solver:
    """The rules of the library, and then another solver for the team, without reasons."""

    def run(instance: Instance) -> list[int] | None:
        assert isinstance(instance, Family)
        _Search(km.recommend_case(instance.model, instance.case), instance.network, ()).problem()
        return solve(instance)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less")
    quick = parser.parse_args().quick

    peers = installed(
        {
            "RC2 (python-sat)": ("python-sat", rc2),
            "CP-SAT, 1 worker": ("ortools", lambda: cp_sat(levels=2)),
            "HiGHS (scipy milp)": ("scipy", highs),
        }
    )
    versions = [f"{package} {version(package)}" for package in packages(peers)]
    print(", ".join([f"Python {platform.python_version()}", f"{os.cpu_count()} cores", *versions]))
    instances: list[Instance] = list(families(40 if quick else 300))
    others: dict[str, Solver] = {"greedy": greedy, **peers}
    same = compared(instances, {"ours": ours_without_pool, **others}, ["ours", *peers])
    solvers: dict[str, Solver] = {REQUIRED: proposed, "only our team": ours_without_pool}
    solvers |= {f"the rules, {name}": with_reasons(solve) for name, solve in others.items()}
    solvers |= {f"only {name}": solve for name, solve in others.items()}

    members = statistics.mean(
        len(instance.proposal().members) for instance in instances if isinstance(instance, Family)
    )
    print(f"\n{len(instances)} families, {members:.1f} members on average")
    print(f"{'us':36} {'mean':>8} {'median':>8} {'p99':>8} {'ratio':>7} {'of least cost':>14}")
    means: dict[str, float] = {}
    for name, times in measured(instances, solvers, 3 if quick else 7).items():
        means[name] = mean = statistics.mean(times)
        first = means["only our team" if name.startswith("only") else REQUIRED]
        key = name.removeprefix("only ").removeprefix("the rules, ")
        share = statistics.mean(same.get(key, same["ours"]))
        p99 = sorted(times)[int(len(times) * 0.99)]
        print(
            f"{name:36} {mean * 1e6:8.0f} {statistics.median(times) * 1e6:8.0f} {p99 * 1e6:8.0f} "
            f"{mean / first:7.1f} {share:14.1%}"
        )
    print("the ratio is to the first line, for those that only make the team to `only our team`")


if __name__ == "__main__":
    main()
