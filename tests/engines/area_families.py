"""The families of `random_families.many_families` in areas: the tables for which clusters are asked."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from random_families import MANY, many_families

from kooperacja_model.batch.packed import pack_table


@cache
def some_families(model: str, complete: bool) -> Any:
    """The 100,000 families of a model in three areas, of which one has no name."""
    table = many_families(model, complete)
    areas = ("north", "south", None)
    area = pa.array([areas[number * 7 % 3] for number in range(MANY)])
    return table.append_column("family", pa.array(range(MANY))).append_column("area", area)


@cache
def packed_families(model: str, complete: bool) -> Any:
    """The same packed; it is all one for which model."""
    families = some_families(model, complete)
    return pack_table("city", families, unknowns=not complete, id="family", keep=["area", "teryt"])


each_table = pytest.mark.parametrize("complete", [False, True], ids=["unknowns", "complete"])
