"""rule-engine: one expression for each rule."""

from __future__ import annotations

import rule_engine
from plain_rules import Family, PlainModel, When

from peers import Answer, FamilyPeer

__all__ = ["RuleEngine"]


def _expression(when: When) -> str:
    parts = [*when.all, *(f"not {key}" for key in when.none), *("(" + " or ".join(keys) + ")" for keys in when.any)]
    return " and ".join(parts)


class RuleEngine(FamilyPeer):
    """All rules one after the other."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.rules = [(rule, rule_engine.Rule(_expression(rule.when))) for rule in model.rules]

    def given(self, family: Family) -> dict[str, bool]:
        return {key: key in family.present for key in self.model.facts}

    def answer(self, given: dict[str, bool]) -> Answer:
        fired: list[str] = []
        required: set[str] = set()
        advised: set[str] = set()
        for rule, expression in self.rules:
            if expression.matches(given):
                fired.append(rule.key)
                required.update(rule.required)
                advised.update(rule.advised)
        return Answer(fired, required, advised)
