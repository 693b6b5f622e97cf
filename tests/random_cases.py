"""Random cases that never contradict themselves: a whole imagined family, of which a part is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

COMMUNES = (None, "1816122", "3021163", "2416021", "2475011", "1465011")
"""None, rural, urban-rural, town in a land powiat, city with powiat rights, Warszawa."""

BASES = ("statute", "model", "practice", "design")


@dataclass(frozen=True)
class RandomCase:
    needs: tuple[str, ...]
    circumstances: dict[str, bool]
    commune: str | None
    basis: tuple[str, ...] | None


def random_case(rng: Random, catalogue: Mapping[str, Any]) -> RandomCase:
    """One to four needs; circumstances present, absent or unknown at rates that differ from case to case."""
    needs = tuple(rng.sample(list(catalogue["needs"]), rng.randint(1, 4)))
    family = _imagined_family(rng, catalogue, needs, rng.choice((0.1, 0.3, 0.6)))
    told = rng.choice((0.0, 0.2, 0.5, 0.8, 1.0))
    circumstances = {key: present for key, present in family.items() if rng.random() < told}
    basis = tuple(rng.sample(BASES, rng.randint(1, 3))) if rng.random() < 0.2 else None
    return RandomCase(needs, circumstances, rng.choice(COMMUNES), basis)


def _imagined_family(rng: Random, catalogue: Mapping[str, Any], needs: tuple[str, ...], rate: float) -> dict[str, bool]:
    """Every circumstance present or absent, in accord with `implies` and `one_of`."""
    terms = catalogue["circumstances"]
    present: set[str] = set()
    for need in needs:
        present |= set(catalogue["needs"][need].get("implies", []))
    taken: set[str] = set()
    for key in rng.sample(list(terms), len(terms)):
        group = terms[key].get("one_of")
        if rng.random() < rate and group not in taken:
            present.add(key)
            if group is not None:
                taken.add(group)
    while True:
        more = {implied for key in present for implied in terms[key].get("implies", [])} - present
        if not more:
            return {key: key in present for key in terms}
        present |= more
