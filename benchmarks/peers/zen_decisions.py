"""zen-engine: a decision table with one row for each rule that collects the keys of those that hold."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import zen
from plain_rules import Family, PlainModel, When

from peers import Answer, BatchPeer, FamilyPeer

__all__ = ["Batch", "Decision", "Engine"]


def _expression(when: When) -> str:
    parts = [*when.all, *(f"not({key})" for key in when.none), *("(" + " or ".join(keys) + ")" for keys in when.any)]
    return " and ".join(parts)


def _table(model: PlainModel) -> str:
    """One column of expressions; a column for each fact is no faster."""
    rows = [
        {"_id": str(number), "when": _expression(rule.when), "then": json.dumps(rule.key)}
        for number, rule in enumerate(model.rules)
    ]
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": "then", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "first", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "second", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


class _Rules:
    """The table in an engine, and the competences of its rules."""

    def __init__(self, model: PlainModel) -> None:
        self.rules = {rule.key: rule for rule in model.rules}
        self.table = _table(model)
        content = zen.ZenDecisionContent(self.table)
        self.engine = zen.ZenEngine({"loader": lambda key: content})

    def together(self, rows: list[dict[str, str]]) -> Answer:
        fired = [row["rule"] for row in rows]
        required: set[str] = set()
        advised: set[str] = set()
        for key in fired:
            rule = self.rules[key]
            required.update(rule.required)
            advised.update(rule.advised)
        return Answer(fired, required, advised)


class Engine(FamilyPeer):
    """`ZenEngine.evaluate` with a loader that gives a decision parsed once."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.rules = _Rules(model)

    def given(self, family: Family) -> dict[str, bool]:
        """All facts: a fact that is left out would not count as absent."""
        return {key: key in family.present for key in self.model.facts}

    def answer(self, given: dict[str, bool]) -> Answer:
        result: Any = self.rules.engine.evaluate("rules", given)["result"]
        return self.rules.together(result)


class Decision(Engine):
    """`ZenDecision.evaluate`, as in the introduction of zen-engine."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.decision = self.rules.engine.create_decision(self.rules.table)

    def answer(self, given: dict[str, bool]) -> Answer:
        result: Any = self.decision.evaluate(given)["result"]
        return self.rules.together(result)


class Batch(BatchPeer):
    """`ZenEngine.evaluate_batch`, 200 families a call; only the rules, their competences are not counted."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        self.rules = _Rules(model)

    def frame(self, table: Any) -> list[list[Any]]:
        requests = [{"key": "rules", "context": row} for row in table.to_pylist()]
        return [requests[start : start + 200] for start in range(0, len(requests), 200)]

    def answer(self, begun: list[list[Any]]) -> list[Any]:
        return [result for requests in begun for result in self.rules.engine.evaluate_batch(requests)]

    def arrow(self, answer: list[Any]) -> Any:
        answers = [self.rules.together(result["data"]["result"]) for result in answer]
        columns: dict[str, list[bool]] = {}
        for wanted in self.columns:
            if wanted.strength == "required":
                columns[wanted.name] = [wanted.competence in {*its.required} for its in answers]
            else:
                columns[wanted.name] = [wanted.competence in {*its.advised} - {*its.required} for its in answers]
        return pa.table(columns)
