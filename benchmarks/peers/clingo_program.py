"""clingo: the rules as an answer set program that is grounded once; a family switches external atoms on and off."""

from __future__ import annotations

import clingo
from plain_rules import Family, PlainModel

from peers import Answer, FamilyPeer

__all__ = ["MultiShot"]


class MultiShot(FamilyPeer):
    """The answer set has the rules that hold; their competences are put together in Python, which is faster here."""

    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        facts = {key: f"fact({number})" for number, key in enumerate(model.facts)}
        lists = {keys: f"list({number})" for number, keys in enumerate(model.one_of)}
        lines = [f"#external {fact}." for fact in facts.values()]
        lines += [f"{lists[keys]} :- {facts[key]}." for keys in model.one_of for key in keys]
        for number, rule in enumerate(model.rules):
            body = [facts[key] for key in rule.when.all] + [lists[keys] for keys in rule.when.any]
            body += [f"not {facts[key]}" for key in rule.when.none]
            lines.append(f"rule({number}) :- {', '.join(body)}.")
        lines.append("#show rule/1.")
        self.control = clingo.Control(["--warn=none"])
        self.control.add("base", [], "\n".join(lines))
        self.control.ground([("base", [])])
        self.literals = {key: self._literal(number) for number, key in enumerate(model.facts)}

    def _literal(self, number: int) -> int:
        atom = self.control.symbolic_atoms[clingo.Function("fact", [clingo.Number(number)])]
        assert atom is not None
        literal: int = atom.literal
        return literal

    def given(self, family: Family) -> list[int]:
        return [self.literals[key] for key in family.present]

    def answer(self, given: list[int]) -> Answer:
        for literal in given:
            self.control.assign_external(literal, True)
        with self.control.solve(yield_=True) as handle:
            (fired,) = ([atom.arguments[0].number for atom in model.symbols(shown=True)] for model in handle)
        for literal in given:
            self.control.assign_external(literal, False)
        required: set[str] = set()
        advised: set[str] = set()
        for number in fired:
            required.update(self.model.rules[number].required)
            advised.update(self.model.rules[number].advised)
        return Answer([self.model.rules[number].key for number in fired], required, advised)
