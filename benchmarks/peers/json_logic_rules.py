"""JSON Logic (json-logic-qubit): one expression for each rule."""

from __future__ import annotations

from typing import Any

from json_logic import jsonLogic
from plain_rules import Family, PlainModel, When

from peers import Answer, FamilyPeer

__all__ = ["JsonLogic"]


def _logic(when: When) -> dict[str, Any]:
    all_ = [{"var": key} for key in when.all]
    none = [{"!": {"var": key}} for key in when.none]
    return {"and": [*all_, *none, *({"or": [{"var": key} for key in keys]} for keys in when.any)]}


class JsonLogic(FamilyPeer):
    """All rules one after the other."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.rules = [(rule, _logic(rule.when)) for rule in model.rules]

    def given(self, family: Family) -> dict[str, bool]:
        return {key: key in family.present for key in self.model.facts}

    def answer(self, given: dict[str, bool]) -> Answer:
        fired: list[str] = []
        required: set[str] = set()
        advised: set[str] = set()
        for rule, logic in self.rules:
            if jsonLogic(logic, given):
                fired.append(rule.key)
                required.update(rule.required)
                advised.update(rule.advised)
        return Answer(fired, required, advised)
