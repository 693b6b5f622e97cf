"""Runs a program for one family with Python integers: all that is known of it is one number.

The number begins with a set of facts in two halves: bit `n` says that fact `n` is known to be present, bit `n` of the
upper half that it is known to be absent. Above stand the tests, that is what a need asks for besides itself, in rows
with a bit for each test: a row for each clause, where every present fact that meets the clause sets the bit, and a last
row for present facts that stand against the test. So each word that is given is one OR, and one shift for each row
decides all tests. Some bytes of the outcome belong to a need, and tables say what their values bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from operator import getitem, or_
from typing import Literal, NamedTuple

from kooperacja_model.batch.program import KINDS, CompiledCondition, CompiledRule, Program, features_of, near
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError, UnknownTermError
from kooperacja_model.model import Strength

__all__ = ["FamilyAnswer", "FamilyEvaluator"]

Effect = tuple[tuple[int, ...], int]
"""What some rules do: their numbers, and the outputs that they bring, as `_Words` has them."""

_NOTHING: Effect = ((), 0)
_TESTS_A_BYTE = 6
"""A table has a line for each subset of them."""


class _Condition(NamedTuple):
    """The condition of a duty as sets of facts.

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


class _Test(NamedTuple):
    """What a need asks for besides itself.

    Attributes:
        clauses: lists of facts; one of each must be present.
        against: facts that must all be absent, among them the needs for which the same rules count already.
    """

    clauses: tuple[tuple[int, ...], ...]
    against: tuple[int, ...]


class _Need(NamedTuple):
    """What a reported need brings.

    Attributes:
        state: what is then known, and the clauses that are met.
        brings: where its bytes are, and for each their effect by value.
    """

    state: int
    brings: tuple[tuple[int, Sequence[Effect]], ...]


class FamilyAnswer(NamedTuple):
    """What is recommended for a family; put into words when it is looked at.

    Attributes:
        evaluator: what answered.
        known: the known facts, with all that follows.
        certain: the rules that hold and what they bring.
        possible: the rules that depend on facts which are unknown, and what they would bring.
    """

    evaluator: FamilyEvaluator
    known: int
    certain: Effect
    possible: Effect

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
        if what == "duties":
            return self.evaluator.duties(self.known)
        return self.evaluator.outputs(what, self.certain, self.possible)


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
        self._facts = (1 << self._size) - 1
        self._both_halves = (1 << 2 * self._size) - 1
        self._all_needs = (1 << len(program.needs)) - 1
        self._all_circumstances = (1 << len(program.circumstances)) - 1 << len(program.needs)
        self._rules = tuple(rule.key for rule in program.rules)
        self._words = _Words(program)
        tests = _tests(program, self._words)
        self._rows = _Rows(program, [list(group) for its in tests for group in _groups(its)])
        places = iter(range(self._rows.bytes))
        tables = [tuple((next(places), _subsets(group.values())) for group in _groups(its)) for its in tests]
        states = [self._state((one, *others)) for one, others in enumerate(program.follows)]
        self._numbers = numbers = {key: number for number, key in enumerate(program.facts)}
        self._needs = {key: _Need(states[2 * fact], tables[fact]) for fact, key in enumerate(program.needs)}
        self._present = {key: states[2 * numbers[key]] for key in program.circumstances}
        self._absent = {key: states[2 * numbers[key] + 1] for key in program.circumstances}
        self._features = {key: states[2 * numbers[key] : 2 * numbers[key] + 2] for key in program.features}
        self._duties = [
            (duty.key, self._known(duty.reported), tuple(self._condition(when) for when in duty.when))
            for duty in program.duties
        ]

    def _known(self, literals: Iterable[int]) -> int:
        """The set of what is known if some literals hold."""
        return _set(one // 2 + (self._size if one % 2 else 0) for one in literals)

    def _state(self, literals: Sequence[int]) -> int:
        """What is known if some literals hold, and the clauses that are met."""
        return reduce(or_, (self._rows.met[one // 2] for one in literals if one % 2 == 0), self._known(literals))

    def _condition(self, when: CompiledCondition) -> _Condition:
        all_, any_ = when
        return _Condition(
            self._known(all_),
            self._known(one ^ 1 for one in all_),
            self._known(any_),
            self._known(one ^ 1 for one in any_),
        )

    # -- one family --------------------------------------------------------------------------

    def evaluate(
        self,
        needs: Iterable[str],
        circumstances: Iterable[str] | Mapping[str, bool | None] = (),
        commune: Commune | str | None = None,
        missing: Literal["unknown", "absent"] = "unknown",
    ) -> FamilyAnswer:
        """What is recommended for a family.

        Args:
            needs: at least one need, by key.
            circumstances: the keys of the present ones, or a mapping from keys to `True`, `False`, or `None`
                for unknown.
            commune: where the family lives.
            missing: what circumstances are that are not given and do not follow: `"unknown"` or `"absent"`.

        Raises:
            UnknownTermError: a word is no key.
            CaseError: no need is given, the facts contradict each other, or `missing` is another word.
            CommuneError: the commune's code is wrong.
        """
        if missing not in ("unknown", "absent"):
            raise CaseError("case: `missing` is none of 'unknown', 'absent'; give one of them")
        try:
            reported = [self._needs[key] for key in dict.fromkeys(needs)]
        except KeyError as error:
            raise UnknownTermError("need", tuple(near(error.args[0], self._needs))) from None
        if not reported:
            raise CaseError("case: no need is given; name at least one, `kooperacja list needs` shows them")
        state = self._rows.start
        for need in reported:
            state |= need.state
        state = self._with_circumstances(state, circumstances)
        if missing == "absent" and isinstance(circumstances, Mapping) and None in circumstances.values():
            state = self._with_rest_absent(state, circumstances)
            missing = "unknown"
        size = self._size
        known = state & self._both_halves
        if known & known >> size:
            raise self._contradiction(known)
        if commune is not None:
            state = self._with_features(state, commune)
            known = state & self._both_halves
        absent = self._all_needs | self._all_circumstances if missing == "absent" else self._all_needs
        known |= (absent & ~(known | known >> size)) << size

        unknown = self._facts & ~(known | known >> size)
        if not unknown:
            return FamilyAnswer(self, known, self._effect(reported, self._rows.holding(state, state)), _NOTHING)
        maybe = self._rows.with_present(state, unknown)
        certain = self._rows.holding(state, maybe)
        possible = self._rows.holding(maybe, state) & ~certain
        return FamilyAnswer(self, known, self._effect(reported, certain), self._effect(reported, possible))

    def _with_circumstances(self, state: int, given: Iterable[str] | Mapping[str, bool | None]) -> int:
        present, absent = self._present, self._absent
        known = 0
        try:
            if not isinstance(given, Mapping):
                for key in given:
                    state |= present[key]
                return state
            for key, answer in given.items():
                if answer is False:
                    known |= absent[key]
                elif answer is True:
                    state |= present[key]
                elif answer is not None or key not in present:
                    raise _not_an_answer(key, present)
        except KeyError as error:
            raise UnknownTermError("circumstance", tuple(near(error.args[0], present))) from None
        return state | known

    def _with_rest_absent(self, state: int, given: Mapping[str, bool | None]) -> int:
        """The state if what is not given and does not follow is absent, while some that is given is unknown."""
        for key in self._absent.keys() - given.keys():
            if not state >> self._numbers[key] & 1:
                state |= self._absent[key]
        return state

    def _with_features(self, state: int, commune: Commune | str) -> int:
        features = _features(commune)
        for key, (present, absent) in self._features.items():
            state |= present if features[key] else absent
        return state

    def _contradiction(self, known: int) -> CaseError:
        keys = ", ".join(repr(self.program.facts[number]) for number in _members(known & known >> self._size))
        return CaseError(f"case: {keys} both present and absent, as given or as it follows; correct one of the two")

    def _effect(self, reported: Iterable[_Need], holding: int) -> Effect:
        """What the tests that hold bring to the reported needs."""
        rules: list[int] = []
        outputs = 0
        values = holding.to_bytes(self._rows.bytes, "little")
        for need in reported:
            for place, effects in need.brings:
                if value := values[place]:
                    its_rules, its_outputs = effects[value]
                    rules += its_rules
                    outputs |= its_outputs
        rules.sort()
        return tuple(rules), outputs

    # -- numbers as keys ---------------------------------------------------------------------

    def rules(self, effect: Effect) -> tuple[str, ...]:
        """Keys of the rules of an effect, in order."""
        keys = self._rules
        return tuple([keys[number] for number in effect[0]])

    def outputs(self, what: str, certain: Effect, possible: Effect) -> dict[str, Strength]:
        """Strengths of the outputs of a list, from the effects of rules that hold and of undecided ones."""
        its, tables = self._words.lists[what]
        found: dict[str, Strength] = {}
        for table, value in zip(tables, certain[1].to_bytes(self._words.bytes, "little")[its], strict=False):
            if value:
                found |= table[value]
        if possible[1]:
            both = self.outputs(what, ((), certain[1] | possible[1]), _NOTHING)
            return dict.fromkeys(both, Strength.CONDITIONAL) | found
        return found

    def duties(self, known: int) -> dict[str, Strength]:
        """Strengths of the duties that arise or may arise from what is known."""
        found = {}
        for key, reported, conditions in self._duties:
            truths = [True] if known & reported else [condition.truth(known) for condition in conditions]
            if True in truths:
                found[key] = Strength.REQUIRED
            elif None in truths:
                found[key] = Strength.CONDITIONAL
        return found


class _Words:
    """The outputs that rules bring, two bits for each: whether it is required, and whether it is advised.

    Attributes:
        bits: number of the first bit of each output.
        bytes: number of bytes; four outputs of one list share one.
        lists: which bytes are those of a list, and for each what its values say.
    """

    def __init__(self, program: Program) -> None:
        brought = {number for rule in program.rules for number in (*rule.require, *rule.advise)}
        self.bits: dict[int, int] = {}
        self.lists: dict[str, tuple[slice, list[list[dict[str, Strength]]]]] = {}
        self.bytes = 0
        for what, kind in KINDS.items():
            its = [number for number in sorted(brought) if program.outputs[number].kind is kind]
            fours = [its[start : start + 4] for start in range(0, len(its), 4)]
            tables = [_combinations([program.outputs[number].key for number in four]) for four in fours]
            for byte, four in enumerate(fours, self.bytes):
                self.bits |= {number: 8 * byte + 2 * place for place, number in enumerate(four)}
            self.lists[what] = slice(self.bytes, self.bytes + len(fours)), tables
            self.bytes += len(fours)

    def of(self, rule: CompiledRule) -> int:
        """The bits of what a rule brings."""
        required = [self.bits[number] for number in rule.require]
        return _set([*required, *(self.bits[number] + 1 for number in rule.advise)])


class _Rows:
    """The tests as rows of bits above the two halves of known facts.

    Attributes:
        bytes: number of bytes of a row; the tests of a group share one.
        start: the bits of clauses that a test lacks; they count as met.
        met: the clauses that each fact meets and the tests that it stands against.
    """

    def __init__(self, program: Program, groups: Sequence[Sequence[_Test]]) -> None:
        self.bytes = len(groups)
        depth = max((len(test.clauses) for group in groups for test in group), default=0)
        first = 2 * len(program.facts)
        self._starts = [first + 8 * self.bytes * number for number in range(depth)]
        self._against = first + 8 * self.bytes * depth
        self._all = self.start = 0
        self.met = [0] * len(program.facts)
        for byte, group in enumerate(groups):
            for bit, test in enumerate(group, 8 * byte):
                self._all |= 1 << bit
                self.start |= _set(start + bit for start in self._starts[len(test.clauses) :])
                for start, clause in zip(self._starts, test.clauses, strict=False):
                    for fact in clause:
                        self.met[fact] |= 1 << start + bit
                for fact in test.against:
                    self.met[fact] |= 1 << self._against + bit
        self._unions = [_unions(self.met[start : start + 8]) for start in range(0, len(self.met), 8)]

    def with_present(self, state: int, facts: int) -> int:
        """The state if more facts were present."""
        return reduce(or_, map(getitem, self._unions, facts.to_bytes(len(self._unions), "little")), state)

    def holding(self, state: int, against: int) -> int:
        """The tests whose clauses one state meets while nothing in the other stands against them."""
        holding = self._all & ~(against >> self._against)
        for start in self._starts:
            holding &= state >> start
        return holding


def _tests(program: Program, words: _Words) -> list[dict[_Test, Effect]]:
    """For each need what it asks for besides itself, and the effect; a rule counts for the first reported need."""
    found: list[dict[_Test, Effect]] = [{} for _ in program.needs]
    for number, rule in enumerate(program.rules):
        brought = words.of(rule)
        one_of = tuple(one // 2 for one in rule.when.any)
        clauses = [*((one // 2,) for one in rule.when.all if one % 2 == 0), *([one_of] if one_of else [])]
        absent = tuple(one // 2 for one in rule.when.all if one % 2)
        for place, need in enumerate(rule.needs):
            rest = tuple(clause for clause in clauses if need not in clause)
            test = _Test(rest, absent + rule.needs[:place])
            rules, outputs = found[need].get(test, _NOTHING)
            found[need][test] = (*rules, number), outputs | brought
    return found


def _groups(tests: Mapping[_Test, Effect]) -> list[dict[_Test, Effect]]:
    """The tests spread evenly over as few bytes as will do."""
    parts = -(-len(tests) // _TESTS_A_BYTE)
    return [dict([*tests.items()][start::parts]) for start in range(parts)]


def _subsets(effects: Iterable[Effect]) -> list[Effect]:
    """The effect of each subset."""
    table = [_NOTHING]
    for more_rules, more in effects:
        table += [(rules + more_rules, outputs | more) for rules, outputs in table]
    return table


def _unions(sets: Iterable[int]) -> list[int]:
    """The union of each subset."""
    table = [0]
    for one in sets:
        table += [one | before for before in table]
    return table


def _combinations(keys: Iterable[str]) -> list[dict[str, Strength]]:
    """The strengths of some outputs for each value of their bits."""
    table: list[dict[str, Strength]] = [{}]
    for key in keys:
        either = [its | {key: Strength.REQUIRED} for its in table]
        table += [*either, *(its | {key: Strength.ADVISED} for its in table), *either]
    return table


@lru_cache(maxsize=4096)
def _features(commune: Commune | str) -> Mapping[str, bool]:
    return features_of((Commune(commune) if isinstance(commune, str) else commune).code)


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
