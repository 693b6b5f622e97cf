"""Plain Python: a loop over rule objects, and an `if` for every rule written out and compiled by Python itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from plain_rules import Family, PlainModel, PlainRule

from peers import Answer, FamilyPeer

__all__ = ["GeneratedPython", "GeneratedPythonStrengths", "Interpreter"]


class Interpreter(FamilyPeer):
    """All rules one after the other; present facts are a set."""

    def given(self, family: Family) -> frozenset[str]:
        return family.present

    def answer(self, given: frozenset[str]) -> Answer:
        fired: list[str] = []
        required: set[str] = set()
        advised: set[str] = set()
        for rule in self.model.rules:
            if rule.when.holds(given):
                fired.append(rule.key)
                required.update(rule.required)
                advised.update(rule.advised)
        return Answer(fired, required, advised)


class GeneratedPython(FamilyPeer):
    """One function of nested `if` statements: the rules stand under the first fact that they ask for."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        under: dict[str, list[str]] = defaultdict(list)
        for rule in model.rules:
            first = rule.when.all[:1]
            test = _test(rule, len(first))
            lines = [f"add({rule.key!r})", *_update("required", rule.required), *_update("advised", rule.advised)]
            block = [f"if {test}:", *(f"    {line}" for line in lines)] if test else lines
            under["".join(first)] += [f"    {line}" for line in block]
        source = ["def answer(facts):", "    fired = []", "    add = fired.append"]
        source += ["    required = set()", "    advised = set()"]
        for fact, lines in under.items():
            source += [f"    if {fact!r} in facts:" if fact else "    if True:", *(f"    {line}" for line in lines)]
        source.append("    return fired, required, advised")
        namespace: dict[str, Callable[[frozenset[str]], tuple[list[str], set[str], set[str]]]] = {}
        exec("\n".join(source), {}, namespace)
        self.function = namespace["answer"]

    def given(self, family: Family) -> frozenset[str]:
        return family.present

    def answer(self, given: frozenset[str]) -> Any:
        return Answer(*self.function(given))


class GeneratedPythonStrengths(GeneratedPython):
    """The same, with one strength for each competence in a dictionary, as ours has it, but in no order."""

    def answer(self, given: frozenset[str]) -> tuple[list[str], dict[str, str]]:
        fired, required, advised = self.function(given)
        return fired, dict.fromkeys(advised, "advised") | dict.fromkeys(required, "required")

    def words(self, answer: tuple[list[str], dict[str, str]]) -> Answer:
        fired, strengths = answer
        required = [key for key, strength in strengths.items() if strength == "required"]
        return Answer(fired, required, strengths.keys() - set(required))


def _test(rule: PlainRule, done: int) -> str:
    parts = [f"{key!r} in facts" for key in rule.when.all[done:]]
    parts += [f"{key!r} not in facts" for key in rule.when.none]
    parts += ["(" + " or ".join(f"{key!r} in facts" for key in keys) + ")" for keys in rule.when.any]
    return " and ".join(parts)


def _update(name: str, competences: tuple[str, ...]) -> list[str]:
    return [f"{name}.update({competences!r})"] if competences else []
