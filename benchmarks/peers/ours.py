"""This library, one family with Python integers; a table is answered by `recommend_batch` itself."""

from __future__ import annotations

from typing import Literal

from plain_rules import Family, PlainModel

from kooperacja_model import Strength
from kooperacja_model.batch import FamilyAnswer, FamilyEvaluator, compile_model
from peers import Answer, FamilyPeer

__all__ = ["OneFamily", "OneFamilyAnswers", "OneFamilyBits"]

COMMUNES = {(True, False): "2416021", (False, True): "2475011", (False, False): "1465011"}
"""Some commune for each combination of land powiat and joint centre; only a city's model asks for it."""

Missing = Literal["unknown", "absent"]
Given = tuple[tuple[str, ...], tuple[str, ...] | dict[str, bool], str | None, Missing]


class _Ours(FamilyPeer):
    def __init__(self, model: PlainModel) -> None:
        super().__init__(model)
        self.evaluator = FamilyEvaluator(compile_model(model.key, outputs=["competences"]))

    def given(self, family: Family) -> Given:
        """What is present, and that this is all."""
        present = tuple(key for key, its in family.circumstances.items() if its)
        return family.needs, present, _commune(family), "absent"


class OneFamilyBits(_Ours):
    """Words in, but the answer left as it is: numbers of rules, and the competences as bits of one number."""

    def answer(self, given: Given) -> FamilyAnswer:
        return self.evaluator.evaluate(*given)

    def words(self, answer: FamilyAnswer) -> Answer:
        return _words(answer.fired, answer.strengths("competences"))


class OneFamily(_Ours):
    """Words in, words out: keys of rules, and competences with their strengths."""

    def answer(self, given: Given) -> tuple[tuple[str, ...], dict[str, Strength]]:
        found = self.evaluator.evaluate(*given)
        return found.fired, found.strengths("competences")

    def words(self, answer: tuple[tuple[str, ...], dict[str, Strength]]) -> Answer:
        return _words(*answer)


class OneFamilyAnswers(OneFamily):
    """The same, but every circumstance is answered with `True` or `False`, as the context of zen-engine has it."""

    def given(self, family: Family) -> Given:
        return family.needs, dict(family.circumstances), _commune(family), "unknown"


def _commune(family: Family) -> str | None:
    return COMMUNES[family.features["land_powiat"], family.features["joint_ops_pcpr"]] if family.features else None


def _words(fired: tuple[str, ...], strengths: dict[str, Strength]) -> Answer:
    by_strength = {one: [key for key, its in strengths.items() if its is one] for one in Strength}
    return Answer(fired, by_strength[Strength.REQUIRED], by_strength[Strength.ADVISED])
