"""Tables of random families, and which columns the naive evaluator says must be true for each."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import naive
import pyarrow as pa
from random_cases import COMMUNES, RandomCase, random_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LISTS = (
    ("competence", "competences"),
    ("sector", "sectors"),
    ("institution", "institutions"),
    ("duty", "duties"),
)


def random_families(seed: str, number: int, complete: bool = False) -> list[RandomCase]:
    """Random cases without a basis; if `complete`, every circumstance is known."""
    rng = Random(seed)
    catalogue = naive.knowledge().catalogue
    found: list[RandomCase] = []
    while len(found) < number:
        case = random_case(rng, catalogue)
        if complete:
            present = [key for key, value in case.circumstances.items() if value]
            known = naive.known_facts("rural", case.needs, dict.fromkeys(present, True), None)
            answers = {key: known.get(key, False) for key in catalogue["circumstances"]}
            case = RandomCase(case.needs, answers, rng.choice(COMMUNES[1:]), None)
        found.append(RandomCase(case.needs, case.circumstances, case.commune, None))
    return found


def wide_table(cases: Sequence[RandomCase]) -> Any:
    """One boolean column for each need and circumstance, and `teryt`."""
    catalogue = naive.knowledge().catalogue
    needs = {key: pa.array([key in case.needs for case in cases], pa.bool_()) for key in catalogue["needs"]}
    answers = {
        key: pa.array([case.circumstances.get(key) for case in cases], pa.bool_()) for key in catalogue["circumstances"]
    }
    return pa.table({**needs, **answers, "teryt": pa.array([case.commune for case in cases], pa.string())})


def expected_columns(model: str, case: RandomCase, basis: Iterable[str] | None = None) -> set[str]:
    """Names of the columns that must be true for a case."""
    facts = naive.known_facts(model, case.needs, case.circumstances, case.commune)
    answer = naive.evaluate(model, case.needs, facts, basis)
    names = {f"{kind}__{key}__{strength}" for kind, its in LISTS for key, strength in getattr(answer, its).items()}
    names |= {f"rule__{key}__fired" for key in answer.fired}
    return names | {f"rule__{key}__undecided" for key in answer.undecided}


def true_columns(table: Any) -> list[set[str]]:
    """For each row of a table of booleans the names of the columns that are true in it."""
    found: list[set[str]] = [set() for _ in range(table.num_rows)]
    for name in table.column_names:
        for row in table[name].to_numpy().nonzero()[0]:
            found[row].add(name)
    return found
