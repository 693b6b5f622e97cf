"""Runs a program for one family with Python integers: a set of facts, rules or outputs is one number.

A set of facts has two halves: bit `n` says that fact `n` is known to be present, bit `n` of the upper
half that it is known to be absent. What a rule does is one number too, its effect: the rule itself, the
outputs that it requires and those that it advises. Rules that ask for nothing but a reported need are
added as a whole; only the conditions of the others are tested, and equal ones once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kooperacja_model.batch.program import KINDS, CompiledCondition, CompiledRule, Kind, Program, features_of, near
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError, UnknownTermError
from kooperacja_model.model import Strength

__all__ = ["FamilyAnswer", "FamilyEvaluator"]


class _Test(NamedTuple):
    """A condition as sets of facts.

    Attributes:
        all: what must be known.
        broken: if one of these is known, the condition is false.
        any: one of these must be known, if there are any.
        none_of_any: if all of these are known, none of `any` holds.
    """

    all: int
    broken: int
    any: int
    none_of_any: int

    def truth(self, known: int) -> bool | None:
        """Three-valued truth of the condition."""
        if known & self.broken:
            return False
        if self.any and not known & self.any:
            return False if known & self.none_of_any == self.none_of_any else None
        return True if known & self.all == self.all else None


class _Need(NamedTuple):
    """What a reported need brings.

    Attributes:
        known: what is then known.
        effect: the effect of the rules that ask for nothing else.
        plain: what else has to be tested: `(all, broken, effect)`.
        grouped: the same for conditions with `any`: `(all, broken, any, none_of_any, effect)`.
    """

    known: int
    effect: int
    plain: tuple[tuple[int, int, int], ...]
    grouped: tuple[tuple[int, int, int, int, int], ...]


class FamilyAnswer(NamedTuple):
    """What is recommended for a family; worked out from four numbers when it is looked at.

    Attributes:
        evaluator: what answered.
        known: the known facts, with all that follows.
        certain: the effect of the rules that hold.
        possible: the effect of the rules that depend on facts which are unknown.
    """

    evaluator: FamilyEvaluator
    known: int
    certain: int
    possible: int

    @property
    def fired(self) -> tuple[str, ...]:
        """Keys of the rules that hold, in order."""
        return self.evaluator.rules(self.certain)

    @property
    def undecided(self) -> tuple[str, ...]:
        """Keys of the rules that depend on facts which are unknown, in order."""
        return self.evaluator.rules(self.possible)

    def strengths(self, what: str) -> dict[str, Strength]:
        """The strength of each competence, sector, institution type or duty that is advised, in catalogue order.

        Args:
            what: `"competences"`, `"sectors"`, `"institutions"` or `"duties"`.
        """
        if KINDS[what] is Kind.DUTY:
            return self.evaluator.duties(self.known)
        return self.evaluator.outputs(KINDS[what], self.certain, self.possible)


class FamilyEvaluator:
    """Answers for one family after the other.

    Args:
        program: the compiled model.

    >>> from kooperacja_model.batch.program import compile_model
    >>> evaluator = FamilyEvaluator(compile_model("rural"))
    >>> answer = evaluator.evaluate(["truancy"], {"court_supervision": True})
    >>> answer.strengths("institutions")["probation_officer"]
    <Strength.REQUIRED: 'required'>
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._size = len(program.facts)
        self._all_needs = (1 << len(program.needs)) - 1
        closures = [self._known((one, *others)) for one, others in enumerate(program.follows)]
        numbers = {key: number for number, key in enumerate(program.facts)}
        self._present = {key: closures[2 * numbers[key]] for key in program.circumstances}
        self._absent = {key: closures[2 * numbers[key] + 1] for key in program.circumstances}
        self._features = {key: closures[2 * numbers[key] : 2 * numbers[key] + 2] for key in program.features}
        self._needs = {key: self._need(fact, closures[2 * fact]) for fact, key in enumerate(program.needs)}
        self._duties = [
            (duty.key, self._known(duty.reported), tuple(self._test(when) for when in duty.when))
            for duty in program.duties
        ]

    def _known(self, literals: Iterable[int]) -> int:
        """The set of what is known if some literals hold."""
        return _set(one // 2 + (self._size if one % 2 else 0) for one in literals)

    def _test(self, when: CompiledCondition) -> _Test:
        all_, any_ = when
        return _Test(
            self._known(all_),
            self._known(one ^ 1 for one in all_),
            self._known(any_),
            self._known(one ^ 1 for one in any_),
        )

    def _effect(self, number: int, rule: CompiledRule) -> int:
        rules, outputs = len(self.program.rules), len(self.program.outputs)
        return 1 << number | _set(rule.require) << rules | _set(rule.advise) << rules + outputs

    def _need(self, fact: int, known: int) -> _Need:
        reported = 2 * fact
        effects: dict[_Test, int] = {}
        for number, rule in enumerate(self.program.rules):
            if fact in rule.needs:
                rest = tuple(one for one in rule.when.all if one != reported)
                any_ = () if reported in rule.when.any else rule.when.any
                test = self._test(CompiledCondition(rest, any_))
                effects[test] = effects.get(test, 0) | self._effect(number, rule)
        return _Need(
            known,
            effects.pop(_Test(0, 0, 0, 0), 0),
            tuple((test.all, test.broken, effect) for test, effect in effects.items() if not test.any),
            tuple((*test, effect) for test, effect in effects.items() if test.any),
        )

    # -- one family --------------------------------------------------------------------------

    def evaluate(
        self,
        needs: Iterable[str],
        circumstances: Iterable[str] | Mapping[str, bool | None] = (),
        commune: Commune | str | None = None,
    ) -> FamilyAnswer:
        """What is recommended for a family.

        Args:
            needs: at least one need, by key.
            circumstances: the keys of the present ones, or a mapping from keys to `True`, `False`, or `None`
                for unknown; one that is not given is unknown.
            commune: where the family lives.

        Raises:
            UnknownTermError: a word is no key.
            CaseError: no need is given, or the facts contradict each other.
            CommuneError: the commune's code is wrong.
        """
        try:
            reported = [self._needs[key] for key in needs]
        except KeyError as error:
            raise UnknownTermError("need", tuple(near(error.args[0], self._needs))) from None
        if not reported:
            raise CaseError("case: no need is given; name at least one, `kooperacja list needs` shows them")
        known = 0
        for need in reported:
            known |= need.known
        known = self._with_circumstances(known, circumstances)
        if known & known >> self._size:
            raise self._contradiction(known)
        if commune is not None:
            known = self._with_features(known, commune)
        known |= (self._all_needs & ~known) << self._size

        certain = possible = 0
        for need in reported:
            certain |= need.effect
            for all_, broken, effect in need.plain:
                if known & all_ == all_:
                    certain |= effect
                elif not known & broken:
                    possible |= effect
            for all_, broken, any_, none_of_any, effect in need.grouped:
                if not known & broken:
                    if not known & any_:
                        if known & none_of_any != none_of_any:
                            possible |= effect
                    elif known & all_ == all_:
                        certain |= effect
                    else:
                        possible |= effect
        return FamilyAnswer(self, known, certain, possible)

    def _with_circumstances(self, known: int, given: Iterable[str] | Mapping[str, bool | None]) -> int:
        present, absent = self._present, self._absent
        try:
            if not isinstance(given, Mapping):
                for key in given:
                    known |= present[key]
                return known
            for key, answer in given.items():
                if answer is True:
                    known |= present[key]
                elif answer is False:
                    known |= absent[key]
                elif answer is not None or key not in present:
                    raise _not_an_answer(key, present)
        except KeyError as error:
            raise UnknownTermError("circumstance", tuple(near(error.args[0], present))) from None
        return known

    def _with_features(self, known: int, commune: Commune | str) -> int:
        features = features_of((Commune(commune) if isinstance(commune, str) else commune).code)
        for key, (present, absent) in self._features.items():
            known |= present if features[key] else absent
        return known

    def _contradiction(self, known: int) -> CaseError:
        keys = ", ".join(repr(self.program.facts[number]) for number in _members(known & known >> self._size))
        return CaseError(f"case: {keys} both present and absent, as given or as it follows; correct one of the two")

    # -- sets as keys ------------------------------------------------------------------------

    def rules(self, effect: int) -> tuple[str, ...]:
        """Keys of the rules of an effect, in order."""
        rules = self.program.rules
        return tuple(rules[number].key for number in _members(effect & (1 << len(rules)) - 1))

    def outputs(self, kind: Kind, certain: int, possible: int) -> dict[str, Strength]:
        """Strengths of the outputs of a kind, from the effects of rules that hold and of undecided ones."""
        rules, size = len(self.program.rules), len(self.program.outputs)
        brought = (1 << size) - 1
        required, advised = certain >> rules & brought, certain >> rules + size
        open_ = (possible >> rules & brought) | possible >> rules + size
        found = {}
        for number in _members(required | advised | open_):
            output = self.program.outputs[number]
            if output.kind is kind:
                certain_one = Strength.ADVISED if advised >> number & 1 else Strength.CONDITIONAL
                found[output.key] = Strength.REQUIRED if required >> number & 1 else certain_one
        return found

    def duties(self, known: int) -> dict[str, Strength]:
        """Strengths of the duties that arise or may arise from what is known."""
        found = {}
        for key, reported, tests in self._duties:
            truths = [True] if known & reported else [test.truth(known) for test in tests]
            if True in truths:
                found[key] = Strength.REQUIRED
            elif None in truths:
                found[key] = Strength.CONDITIONAL
        return found


def _not_an_answer(key: str, known: Iterable[str]) -> CaseError | UnknownTermError:
    if key not in known:
        return UnknownTermError("circumstance", tuple(near(key, known)))
    return CaseError(f"case: circumstance {key!r} is neither True, False nor None; give one of them")


def _set(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def _members(numbers: int) -> Iterator[int]:
    """The members of a set, in order."""
    while numbers:
        lowest = numbers & -numbers
        yield lowest.bit_length() - 1
        numbers ^= lowest
