"""How long the smallest sufficient team takes, side by side with solvers that a user would pick instead.

Run `python benchmarks/cover.py`; `--quick` measures less. The networks are made up: institutions of 70 types with 60
competences, as many as around a commune. Ours proves all five levels of the order; the peers get the lighter task of
the first two (fewest members from outside, then fewest members), CP-SAT once more four of them. A peer gets what a user
would give it: what fixed members cover is taken off, candidates who cover nothing else are left out, and making its
model counts. Every team is checked and its cost compared before any time is printed. The solvers take turns with
all instances, and a time is the median of the repeats of one instance; the ratio is that of the means.

A solver that is not installed is left out. highspy is none of them: it cannot be imported together with OR-Tools;
HiGHS is measured as it comes with SciPy.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

from attrs import frozen

from kooperacja_model.cover import Candidate, CandidatePool, best_cover

SEED = 7
COMPETENCES, TYPES = 60, 70
MANY = 300
"""Institutions around the largest communes."""
FAR = 1_000
"""What a member from outside weighs more than any number of members, for solvers that know one objective only."""
SECONDS = 10.0
"""How long a solver may take for one instance."""


@frozen(eq=False)
class Instance:
    """One demand on one network; the pool is made before any measuring, as for a network that is asked often."""

    candidates: tuple[Candidate, ...]
    pool: CandidatePool
    demand: int
    bonus: int
    fixed: tuple[int, ...]

    def rest(self) -> tuple[int, list[int]]:
        """What fixed members leave to cover, and the candidates who cover some of it."""
        held = everything = 0
        for index in self.fixed:
            held |= self.candidates[index].covers
        need = self.demand & ~held
        able = [index for index, candidate in enumerate(self.candidates) if candidate.covers & need]
        for index in able:
            everything |= self.candidates[index].covers
        return need & everything, able

    def covered(self, team: Sequence[int]) -> int:
        union = 0
        for index in team:
            union |= self.candidates[index].covers
        return union

    def cost(self, team: Sequence[int]) -> tuple[int, int]:
        return sum(self.candidates[index].far for index in team), len(team)

    def is_sufficient(self, team: Sequence[int]) -> bool:
        everything = self.covered(range(len(self.candidates)))
        return set(self.fixed) <= set(team) and not self.demand & everything & ~self.covered(team)

    def objective(self, team: Sequence[int]) -> tuple[tuple[int, int], int, int]:
        """Levels 1 to 4: the smaller, the better."""
        agreed = sum(self.candidates[index].agreed for index in team)
        return self.cost(team), -(self.covered(team) & self.bonus).bit_count(), -agreed


Team = list[int] | None
"""Indexes of a team with those that are fixed, or nothing where the time was over."""
Solver = Callable[[Instance], Team]


# -- solvers -------------------------------------------------------------------------------------


def ours(instance: Instance) -> Team:
    return list(instance.pool.best_cover(instance.demand, instance.bonus, instance.fixed).chosen)


def ours_without_pool(instance: Instance) -> Team:
    return list(best_cover(instance.demand, instance.candidates, instance.bonus, instance.fixed).chosen)


def greedy(instance: Instance) -> Team:
    """Whoever covers most of what is left, nobody from outside while somebody near covers any of it."""
    left, able = instance.rest()
    team = list(instance.fixed)
    near = [index for index in able if not instance.candidates[index].far]
    while left:
        best = max(near, key=lambda index: (instance.candidates[index].covers & left).bit_count(), default=-1)
        if best < 0 or not instance.candidates[best].covers & left:
            best = max(able, key=lambda index: (instance.candidates[index].covers & left).bit_count())
        team.append(best)
        left &= ~instance.candidates[best].covers
    return team


def bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1


def cp_sat(levels: int) -> Solver:
    cp_model: Any = import_module("ortools.sat.python.cp_model")

    def solve(instance: Instance) -> Team:
        need, able = instance.rest()
        candidates = instance.candidates
        model = cp_model.CpModel()
        members = {index: model.new_bool_var("") for index in able}
        for bit in bits(need):
            model.add_bool_or([members[index] for index in able if candidates[index].covers & bit])
        variables, weights = list(members.values()), [weigh(candidates[index]) for index in able]
        if levels == 4:
            # Fewer than MANY have an agreement, and all bonuses together weigh less than one member.
            weights = [FAR * MANY * weigh(candidates[index]) - candidates[index].agreed for index in able]
            for bit in bits(instance.bonus & ~instance.covered(instance.fixed)):
                got = model.new_bool_var("")
                model.add_bool_or([~got, *(members[index] for index in able if candidates[index].covers & bit)])
                variables.append(got)
                weights.append(-MANY)
        model.minimize(cp_model.LinearExpr.weighted_sum(variables, weights))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = SECONDS
        if solver.solve(model) != cp_model.OPTIMAL:
            return None
        return [*instance.fixed, *(index for index, member in members.items() if solver.value(member))]

    return solve


def rc2() -> Solver:
    wcnf: Any = import_module("pysat.formula").WCNF
    solver_class: Any = import_module("pysat.examples.rc2").RC2

    def solve(instance: Instance) -> Team:
        need, able = instance.rest()
        formula = wcnf()
        for bit in bits(need):
            formula.append([number for number, i in enumerate(able, 1) if instance.candidates[i].covers & bit])
        for number, index in enumerate(able, 1):
            formula.append([-number], weight=weigh(instance.candidates[index]))
        with solver_class(formula) as solver:
            chosen = solver.compute()
        return [*instance.fixed, *(able[number - 1] for number in chosen if number > 0)]

    return solve


def highs() -> Solver:
    np: Any = import_module("numpy")
    optimize: Any = import_module("scipy.optimize")

    def solve(instance: Instance) -> Team:
        need, able = instance.rest()
        if not need:
            return list(instance.fixed)
        covers = np.array([[bool(instance.candidates[i].covers & bit) for i in able] for bit in bits(need)], float)
        found = optimize.milp(
            [weigh(instance.candidates[index]) for index in able],
            constraints=optimize.LinearConstraint(covers, 1),
            integrality=np.ones(len(able)),
            bounds=optimize.Bounds(0, 1),
            options={"mip_rel_gap": 0, "time_limit": SECONDS},
        )
        if found.status:
            return None
        return [*instance.fixed, *(index for index, value in zip(able, found.x, strict=True) if value > 0.5)]

    return solve


def weigh(candidate: Candidate) -> int:
    return 1 + FAR * candidate.far


def installed(solvers: dict[str, tuple[str, Callable[[], Solver]]]) -> dict[str, Solver]:
    """The solvers whose package can be imported; the others are named."""
    found: dict[str, Solver] = {}
    for name, (package, make) in solvers.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name}: left out, {package} is not installed")
    return found


# -- instances -----------------------------------------------------------------------------------


def network(draw: random.Random, institutions: int) -> tuple[Candidate, ...]:
    """Institutions of types, some of which are frequent; one in seven has a competence beyond its type."""
    kinds = [sum({1 << draw.randrange(COMPETENCES) for _ in range(draw.randint(2, 7))}) for _ in range(TYPES)]
    return tuple(
        Candidate(
            kind | (draw.random() < 0.15) * (1 << draw.randrange(COMPETENCES)),
            far=draw.random() < 0.25,
            agreed=draw.random() < 0.3,
        )
        for kind in draw.choices(kinds, [1 / (rank + 3) for rank in range(TYPES)], k=institutions)
    )


def drawn(draw: random.Random, institutions: int, required: int, advised: int, fixed: int) -> Instance:
    candidates = network(draw, institutions)
    competences = [1 << bit for bit in draw.sample(range(COMPETENCES), required + advised)]
    return Instance(
        candidates,
        CandidatePool(candidates),
        sum(competences[:required]),
        sum(competences[required:]),
        tuple(draw.sample(range(institutions), fixed)),
    )


def everyday(number: int) -> list[Instance]:
    """About 64 institutions and 9 required competences, from no fixed member to many."""
    draw = random.Random(SEED)
    return [
        drawn(
            draw,
            min(MANY, max(34, round(draw.lognormvariate(4.1, 0.35)))),
            draw.randint(3, 15),
            draw.randint(0, 10),
            draw.choice((0, 0, 1, 2, 3, 6)),
        )
        for _ in range(number)
    ]


def large(required: int, number: int) -> list[Instance]:
    """The most institutions, nobody fixed."""
    draw = random.Random(SEED * 1_000 + required)
    return [drawn(draw, MANY, required, min(10, COMPETENCES - required), 0) for _ in range(number)]


# -- measuring -----------------------------------------------------------------------------------


def measured(instances: list[Instance], solvers: dict[str, Solver], repeats: int) -> dict[str, list[float]]:
    """Median seconds of each instance by solver."""
    times: dict[str, list[list[float]]] = {name: [[] for _ in instances] for name in solvers}
    gc.collect()
    gc.disable()
    for _ in range(repeats):
        for name, solve in solvers.items():
            for number, instance in enumerate(instances):
                start = time.perf_counter()
                solve(instance)
                times[name][number].append(time.perf_counter() - start)
    gc.enable()
    return {name: [statistics.median(of) for of in its] for name, its in times.items()}


def compared(instances: list[Instance], solvers: dict[str, Solver], exact: Sequence[str]) -> dict[str, list[bool]]:
    """Whether each answer has the cost of ours; one of an exact solver that has not is an error."""
    same: dict[str, list[bool]] = {name: [] for name in solvers}
    for number, instance in enumerate(instances):
        result = instance.pool.best_cover(instance.demand, instance.bonus, instance.fixed)
        assert result.optimal, number
        reference = list(result.chosen)
        for name, solve in solvers.items():
            team = solve(instance)
            assert team is None or instance.is_sufficient(team), (name, number)
            assert team is None or instance.cost(team) >= instance.cost(reference), (name, number)
            same[name].append(team is not None and instance.cost(team) == instance.cost(reference))
            assert team is None or name not in exact or same[name][-1], (name, number)
            if team is not None and "four levels" in name:
                assert instance.objective(team) == instance.objective(reference), (name, number)
    return same


def print_everyday(instances: list[Instance], solvers: dict[str, Solver], exact: Sequence[str], repeats: int) -> None:
    same = compared(instances, solvers, exact)
    institutions = statistics.mean(len(instance.candidates) for instance in instances)
    required = statistics.mean(instance.demand.bit_count() for instance in instances)
    print(
        f"\n{len(instances)} everyday demands: on average {institutions:.0f} institutions, {required:.1f} competences"
    )
    print(f"{'us':34} {'mean':>8} {'median':>8} {'p99':>8} {'ratio':>7} {'of least cost':>14}")
    first = 0.0
    for name, times in measured(instances, solvers, repeats).items():
        mean = statistics.mean(times)
        first = first or mean
        p99 = sorted(times)[int(len(times) * 0.99)]
        print(
            f"{name:34} {mean * 1e6:8.0f} {statistics.median(times) * 1e6:8.0f} {p99 * 1e6:8.0f} "
            f"{mean / first:7.1f} {sum(same[name]) / len(same[name]):14.1%}"
        )


def print_large(sizes: Sequence[int], number: int, solvers: dict[str, Solver], exact: Sequence[str]) -> None:
    print(
        f"\n{MANY} institutions, nobody fixed: median (largest) ms of {number} demands; each may take {SECONDS:.0f} s"
    )
    print(f"{'required competences':34}" + "".join(f"{size:>20}" for size in sizes))
    lines = {name: f"{name:34}" for name in solvers}
    for size in sizes:
        instances = large(size, number)
        same = compared(instances, solvers, exact)
        for name, times in measured(instances, solvers, 1).items():
            over = len(times) - sum(same[name])
            figure = f"{statistics.median(times) * 1e3:.1f} ({max(times) * 1e3:.1f})"
            lines[name] += f"{figure + '*' * over:>20}"
    print("\n".join(lines.values()))
    print("* one demand for which the time was over")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less")
    quick = parser.parse_args().quick

    peers = installed(
        {
            "RC2 (python-sat)": ("python-sat", rc2),
            "CP-SAT, 1 worker": ("ortools", lambda: cp_sat(levels=2)),
            "CP-SAT, 1 worker, four levels": ("ortools", lambda: cp_sat(levels=4)),
            "HiGHS (scipy milp)": ("scipy", highs),
        }
    )
    versions = [f"{package} {version(package)}" for package in packages(peers)]
    print(", ".join([f"Python {platform.python_version()}", f"{os.cpu_count()} cores", *versions]))

    solvers = {"ours": ours, "ours, network not made ready": ours_without_pool, "greedy": greedy, **peers}
    exact = [name for name in solvers if name != "greedy"]
    print_everyday(everyday(60 if quick else 400), solvers, exact, 3 if quick else 5)

    of_large = {"ours": ours, **{name: solve for name, solve in peers.items() if "four levels" not in name}}
    print_large((10, 20) if quick else (10, 20, 30, 40, 50), 3 if quick else 5, of_large, exact)


def packages(peers: dict[str, Solver]) -> list[str]:
    names = {"RC2 (python-sat)": "python-sat", "CP-SAT, 1 worker": "ortools", "HiGHS (scipy milp)": "scipy"}
    return [package for name, package in names.items() if name in peers]


if __name__ == "__main__":
    main()
