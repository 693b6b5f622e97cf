"""OpenFisca-Core: a variable for each fact, each condition and each column of the answer.

Setting the facts is not counted, only the calculation. The simulation keeps every variable that it has calculated, as
it does for its users.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from plain_rules import PlainModel, Wanted, When

from peers import BatchPeer

__all__ = ["OpenFisca"]

PERIOD = "2025-01"
Formula = Callable[[Any, Any], Any]


class OpenFisca(BatchPeer):
    """One person stands for one family."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        self.entity = build_entity("family", "families", "A family", is_person=True)
        self.system = TaxBenefitSystem([self.entity])
        for key in model.facts:
            self._add(key, None)
        lists = {keys: f"list_{number}" for number, keys in enumerate((*model.one_of, *model.none_of))}
        for keys, name in lists.items():
            self._add(name, _any(keys))
        names = {when: f"condition_{number}" for number, when in enumerate(model.conditions)}
        for when, name in names.items():
            self._add(name, _condition(when, lists))
        for wanted in self.columns:
            self._add(wanted.name, _column(model, wanted, names))

    def _add(self, name: str, formula: Formula | None) -> None:
        attributes: dict[str, Any] = {
            "value_type": bool,
            "entity": self.entity,
            "definition_period": DateUnit.MONTH,
            "label": name,
        }
        if formula is not None:
            attributes["formula"] = formula
        self.system.add_variable(type(name, (Variable,), attributes))

    def frame(self, table: Any) -> tuple[int, dict[str, Any]]:
        return table.num_rows, {key: table.column(key).to_numpy() for key in self.model.facts}

    def begin(self, frame: tuple[int, dict[str, Any]]) -> Any:
        """A new simulation with the facts set; not counted."""
        rows, facts = frame
        simulation = SimulationBuilder().build_default_simulation(self.system, rows)
        for key, values in facts.items():
            simulation.set_input(key, PERIOD, values)
        return simulation

    def answer(self, begun: Any) -> dict[str, Any]:
        return {wanted.name: begun.calculate(wanted.name, PERIOD) for wanted in self.columns}

    def arrow(self, answer: dict[str, Any]) -> Any:
        return pa.table({name: pa.array(np.asarray(values)) for name, values in answer.items()})


def _any(names: tuple[str, ...]) -> Formula:
    def formula(family: Any, period: Any) -> Any:
        column = family(names[0], period)
        for name in names[1:]:
            column = column + family(name, period)
        return column

    return formula


def _condition(when: When, lists: dict[tuple[str, ...], str]) -> Formula:
    needed = (*when.all, *(lists[keys] for keys in when.any))
    none = (lists[when.none] if len(when.none) > 1 else when.none[0]) if when.none else None

    def formula(family: Any, period: Any) -> Any:
        column = family(needed[0], period)
        for name in needed[1:]:
            column = column * family(name, period)
        return column if none is None else column * ~family(none, period)

    return formula


def _column(model: PlainModel, wanted: Wanted, names: dict[When, str]) -> Formula:
    key = wanted.competence
    if wanted.strength == "required":
        return _any(tuple(names[when] for when in model.required[key]))
    advised = _any(tuple(names[when] for when in model.advised[key]))
    if key not in model.required:
        return advised
    required = Wanted(key, "required").name

    def formula(family: Any, period: Any) -> Any:
        return advised(family, period) * ~family(required, period)

    return formula
