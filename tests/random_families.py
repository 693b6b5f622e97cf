"""Tables of random families, and which columns the naive evaluator says must be true for each."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
import pyarrow as pa
from random_cases import COMMUNES, RandomCase, random_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

MANY = 100_000
"""So many families are the same question to every engine."""

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


@cache
def many_families(model: str, complete: bool) -> Any:
    """The 100,000 different families, as a wide table, that every engine answers under a model."""
    return random_table(f"{model} {complete}", MANY, complete)


def random_table(seed: str, number: int, complete: bool = False) -> Any:
    """A wide table of families no two of which are alike, drawn all at once; if `complete`, all is known.

    One to four needs; circumstances present and told at rates that differ from family to family. What is
    told is a part of a whole imagined family, which accords with `implies` and `one_of`.
    """
    rng = np.random.default_rng([*seed.encode()])
    catalogue = naive.knowledge().catalogue
    size = number + number // 5 + 10
    needs = _some_needs(rng, size, len(catalogue["needs"]))
    present = _imagined_families(rng, catalogue, needs)
    told = np.ones(size) if complete else np.clip(rng.uniform(-0.1, 1.1, size), 0.0, 1.0)
    known = rng.random(present.shape) < told[:, None]
    communes = rng.integers(1 if complete else 0, len(COMMUNES), size)

    alike = np.column_stack(
        [np.packbits(np.hstack([needs, known, known & present]), axis=1), communes.astype(np.uint8)]
    )
    _, first = np.unique(alike, axis=0, return_index=True)
    rows = np.sort(first)[:number]
    assert len(rows) == number, "too few different families"
    columns = {key: pa.array(column) for key, column in zip(catalogue["needs"], needs[rows].T, strict=True)}
    for key, column, its in zip(catalogue["circumstances"], present[rows].T, known[rows].T, strict=True):
        columns[key] = pa.array(column, mask=~its)
    return pa.table({**columns, "teryt": pa.array([COMMUNES[code] for code in communes[rows]], pa.string())})


def _some_needs(rng: np.random.Generator, families: int, needs: int) -> Bits:
    """One to four needs for each family."""
    order = rng.random((families, needs))
    last = np.sort(order, axis=1)[np.arange(families), rng.integers(0, 4, families)]
    return order <= last[:, None]


def _imagined_families(rng: np.random.Generator, catalogue: Mapping[str, Any], needs: Bits) -> Bits:
    """Every circumstance of every family present or absent, in accord with `implies` and `one_of`."""
    terms = catalogue["circumstances"]
    place = {key: number for number, key in enumerate(terms)}
    families = len(needs)
    present: Bits = rng.random((families, len(terms))) < rng.uniform(0.0, 0.7, families)[:, None]
    groups: dict[str, list[int]] = {}
    for key, term in terms.items():
        if "one_of" in term:
            groups.setdefault(term["one_of"], []).append(place[key])
    for its in groups.values():
        present[:, its] &= rng.integers(0, len(its), families)[:, None] == np.arange(len(its))
    for number, need in enumerate(catalogue["needs"].values()):
        for implied in need.get("implies", []):
            present[:, place[implied]] |= needs[:, number]
    before = -1
    while before != present.sum():
        before = present.sum()
        for key, term in terms.items():
            for implied in term.get("implies", []):
                present[:, place[implied]] |= present[:, place[key]]
    for its in groups.values():
        assert present[:, its].sum(axis=1).max() <= 1
    return present


def cases_of(table: Any) -> list[RandomCase]:
    """The families of a wide table, each with its needs in some order."""
    catalogue = naive.knowledge().catalogue
    rng = Random(table.num_rows)
    found = []
    for row in table.to_pylist():
        needs = [key for key in catalogue["needs"] if row[key]]
        rng.shuffle(needs)
        circumstances = {key: row[key] for key in catalogue["circumstances"] if row[key] is not None}
        found.append(RandomCase(tuple(needs), circumstances, row["teryt"], None))
    return found


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
