"""Totals are what counting row by row gives, on every way of counting."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kooperacja_model.batch import totals as totals_module
from kooperacja_model.batch.arrow import Labels
from kooperacja_model.batch.columns import Bits
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.totals import Groups, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def bits_of(rows: Sequence[Sequence[bool]], columns: Sequence[int], conflict: int = FALSE) -> Bits:
    """An answer whose matrix has these rows."""
    size = len(rows[0])
    matrix = np.zeros((len(rows), -(-size // 512) * 64), dtype=np.uint8)
    for number, row in enumerate(rows):
        matrix[number, : -(-size // 8)] = np.packbits(np.array(row, dtype=bool), bitorder="little")
    return Bits(size, tuple(columns), conflict, matrix)


def draw(rng: Random, size: int, rate: float = 0.4) -> list[bool]:
    return [rng.random() < rate for _ in range(size)]


GROUPS: dict[str, Callable[[Random, int], list[int]]] = {
    "one run": lambda rng, size: [2] * size,
    "long runs": lambda rng, size: [(number // 100) % 3 for number in range(size)],
    "few": lambda rng, size: [rng.choice((0, 1, 5)) for _ in range(size)],
    "many": lambda rng, size: [rng.randrange(40) for _ in range(size)],
    "very many": lambda rng, size: [rng.randrange(100_000) for _ in range(size)],
}


@pytest.mark.parametrize("size", [1, 7, 64, 65, 700, 4097])
@pytest.mark.parametrize("kind", GROUPS)
@pytest.mark.parametrize("conflicts", [False, True])
def test_they_are_what_counting_row_by_row_gives(kind: str, size: int, conflicts: bool) -> None:
    rng = Random(f"{kind} {size}")
    rows = [draw(rng, size), draw(rng, size, 0.02), draw(rng, size, 0.1 * conflicts)]
    groups = GROUPS[kind](rng, size)
    totals = Totals(5)
    totals.add(bits_of(rows, (1, TRUE, 0, FALSE, 1), 2), np.array(groups))
    kept = [number for number in range(size) if not rows[2][number]]
    families = Counter(groups[number] for number in kept)
    counts = [Counter(groups[number] for number in kept if row[number]) for row in rows[:2]]
    for group in range(max(groups) + 1):
        assert totals.families[group] == families[group]
        expected = [counts[1][group], families[group], counts[0][group], 0, counts[1][group]]
        assert totals.counts[group].tolist() == expected


def test_every_way_of_counting_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random("ways")
    rows, groups = [draw(rng, 3000)], np.array([rng.randrange(4) for _ in range(3000)])
    found = []
    for run, few, rare in ((0, 0, 4), (64, 6, 4), (64, 0, 1), (64, 0, 9)):
        monkeypatch.setattr(totals_module, "RUN", run)
        monkeypatch.setattr(totals_module, "FEW", few)
        monkeypatch.setattr(totals_module, "RARE", rare)
        totals = Totals(1)
        totals.add(bits_of(rows, (0,)), groups)
        found.append((totals.families.tolist(), totals.counts.tolist()))
    assert found[0] == found[1] == found[2] == found[3]
    assert sum(found[0][0]) == 3000


def test_answers_add_up() -> None:
    totals = Totals(1)
    totals.add(bits_of([[True, False, True]], (0,)))
    totals.add(bits_of([[True, True]], (0,)), np.array([0, 3]))
    totals.add(bits_of([[True]], (TRUE,)), np.array([1]))
    assert totals.families.tolist() == [4, 1, 0, 1]
    assert totals.counts.tolist() == [[3], [1], [0], [1]]


def test_there_is_room_for_groups_that_have_no_family() -> None:
    totals = Totals(2)
    totals.grow(2)
    totals.grow(1)
    assert totals.families.tolist() == [0, 0]
    assert totals.counts.tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("many", [1 << 20, 1])
def test_groups_are_numbered_in_the_order_of_their_labels_over_all_batches(
    monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(totals_module, "MANY", many)
    groups = Groups()
    years = Labels(np.array([0, 1, 0, 2]), (2020, 2021, None))
    kinds = Labels(np.array([1, 0, 1, 0]), ("town", "village", None))
    first = groups.numbers([years, kinds])
    again = groups.numbers([Labels(np.array([1, 0]), (2021, 2020, None)), Labels(np.array([0, 0]), ("village", None))])
    labels = list(groups.labels)
    assert [labels[number] for number in first] == [
        (2020, "village"),
        (2021, "town"),
        (2020, "village"),
        (None, "town"),
    ]
    assert [labels[number] for number in again] == [(2020, "village"), (2021, "village")]
    assert list(groups.labels.values()) == list(range(4))


def test_a_batch_without_rows_has_no_groups() -> None:
    groups = Groups()
    assert groups.numbers([Labels(np.array([], dtype=np.intp), (None,))]).tolist() == []
    assert groups.labels == {}
