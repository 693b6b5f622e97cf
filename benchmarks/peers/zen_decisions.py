"""zen-engine: one decision table with a row for each rule, and a switch with a table for each need."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import zen
from plain_rules import Family, PlainModel, When

from peers import Answer, BatchPeer, FamilyPeer

__all__ = ["Batch", "Decision", "Engine", "Routed"]


def _expression(when: When) -> str:
    parts = [*when.all, *(f"not({key})" for key in when.none), *("(" + " or ".join(keys) + ")" for keys in when.any)]
    return " and ".join(parts)


def _table(model: PlainModel) -> str:
    """One column of expressions; a column for each fact is no faster."""
    table = _collecting("table", ((_expression(rule.when), rule.key) for rule in model.rules))
    return _decision([table], [("in", "table", None), ("table", "out", None)])


def _collecting(name: str, rows: Iterable[tuple[str, object]]) -> dict[str, Any]:
    """A decision table that collects what stands in the rows whose expression holds."""
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": "then", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": str(number), "when": when, "then": json.dumps(then)} for number, (when, then) in enumerate(rows)
        ],
    }
    return {"id": name, "type": "decisionTableNode", "name": name, "content": content}


def _decision(nodes: list[dict[str, Any]], edges: list[tuple[str, str, str | None]]) -> str:
    """A decision of some nodes between the input and the output; an edge may leave a node by a handle."""
    ends = [{"id": "in", "type": "inputNode", "name": "in"}, {"id": "out", "type": "outputNode", "name": "out"}]
    lines = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        | ({"sourceHandle": handle} if handle else {})
        for source, target, handle in edges
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": [*ends, *nodes], "edges": lines})


def _routed(model: PlainModel) -> str:
    """A switch that leads to the table of each reported need; rows with the same expression are one.

    A fact that is left out is `null`, which is neither `true` nor an error if it is compared with it.
    """
    tables: dict[str, dict[str, list[str]]] = {need: defaultdict(list) for need in model.needs}
    for rule in model.rules:
        when = rule.when
        lists = [[key] for key in when.all] + [list(keys) for keys in when.any]
        for need in next(keys for keys in lists if set(keys) <= tables.keys()):
            parts = [" or ".join(f"{key} == true" for key in keys) for keys in lists if need not in keys]
            parts += [f"{key} != true" for key in when.none]
            tables[need][" and ".join(f"({part})" for part in parts)].append(rule.key)
    asked = [{"id": f"is {need}", "condition": f"{need} == true"} for need in tables]
    switch = {"id": "need", "type": "switchNode", "name": "need"}
    nodes = [switch | {"content": {"hitPolicy": "collect", "statements": asked}}]
    edges: list[tuple[str, str, str | None]] = [("in", "need", None)]
    for need, rows in tables.items():
        table = _collecting(f"for {need}", rows.items())
        table["content"]["outputPath"] = need
        nodes.append(table)
        edges += [("need", table["id"], f"is {need}"), (table["id"], "out", None)]
    return _decision(nodes, edges)


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


class Routed(Engine):
    """The same with a table for each need behind a switch, and a context of what is present.

    A rule that serves several needs can be found several times.
    """

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        content = zen.ZenDecisionContent(_routed(model))
        self.routed = zen.ZenEngine({"loader": lambda key: content})

    def given(self, family: Family) -> dict[str, bool]:
        return dict.fromkeys(family.present, True)

    def answer(self, given: dict[str, bool]) -> Answer:
        tables: Any = self.routed.evaluate("rules", given)["result"]
        keys = {key: None for rows in tables.values() for row in rows for key in row["rule"]}
        return self.rules.together([{"rule": key} for key in keys])


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
