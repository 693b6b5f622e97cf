"""The rules of a model as plain conditions, as a user of another engine would write them down.

What the model decides by itself (features such as `rural`) is already put in, conditions that stand in several rules
are found, and lists that stand in several conditions too: each engine may use of this what serves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, reduce
from typing import Generic, TypeVar

from attrs import frozen

import kooperacja_model as km

T = TypeVar("T")


@frozen
class Family:
    """What is known of one family, by key."""

    needs: tuple[str, ...]
    circumstances: Mapping[str, bool]
    features: Mapping[str, bool]

    @property
    def present(self) -> frozenset[str]:
        """The keys of everything that is present."""
        known = {**self.circumstances, **self.features}
        return frozenset(self.needs) | {key for key, present in known.items() if present}


@frozen
class When:
    """All of `all`, at least one of each list of `any`, none of `none`."""

    all: tuple[str, ...]
    any: tuple[tuple[str, ...], ...]
    none: tuple[str, ...]

    def holds(self, present: frozenset[str]) -> bool:
        """Whether it holds if everything that is not present is absent."""
        return (
            present.issuperset(self.all)
            and not any(present.isdisjoint(one_of) for one_of in self.any)
            and present.isdisjoint(self.none)
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """All keys."""
        return (*self.all, *(key for one_of in self.any for key in one_of), *self.none)


@frozen
class PlainRule:
    """A rule with the competences that it brings; it counts only if one of its needs is reported."""

    key: str
    when: When
    required: tuple[str, ...]
    advised: tuple[str, ...]


@frozen
class Wanted:
    """A column of the answer: where a competence has this strength."""

    competence: str
    strength: str

    @property
    def name(self) -> str:
        """Name of the column, as `recommend_batch` has it."""
        return f"competence__{self.competence}__{self.strength}"


@frozen
class PlainModel:
    """What an engine is given.

    Attributes:
        key: key of the model.
        needs: keys of the needs.
        circumstances: keys of the circumstances.
        features: keys of the features that the model leaves open.
        rules: the rules that can hold.
        competences: keys of all competences, in order.
    """

    key: str
    needs: tuple[str, ...]
    circumstances: tuple[str, ...]
    features: tuple[str, ...]
    rules: tuple[PlainRule, ...]
    competences: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """Keys of all facts."""
        return self.needs + self.circumstances + self.features

    def family(self, row: Mapping[str, bool | None]) -> Family:
        """A family from a row of a table."""
        return Family(
            tuple(key for key in self.needs if row[key]),
            {key: value for key in self.circumstances if (value := row[key]) is not None},
            {key: value for key in self.features if (value := row[key]) is not None},
        )

    @cached_property
    def conditions(self) -> tuple[When, ...]:
        """The conditions, each once."""
        return tuple(dict.fromkeys(rule.when for rule in self.rules))

    @cached_property
    def one_of(self) -> tuple[tuple[str, ...], ...]:
        """The lists of which one is asked for, each once."""
        return tuple(dict.fromkeys(keys for when in self.conditions for keys in when.any))

    @cached_property
    def none_of(self) -> tuple[tuple[str, ...], ...]:
        """The lists of several of which none may be present, each once."""
        return tuple(dict.fromkeys(when.none for when in self.conditions if len(when.none) > 1))

    @cached_property
    def required(self) -> Mapping[str, tuple[When, ...]]:
        """The conditions that require a competence."""
        return self._bring(lambda rule: rule.required)

    @cached_property
    def advised(self) -> Mapping[str, tuple[When, ...]]:
        """The conditions that advise a competence."""
        return self._bring(lambda rule: rule.advised)

    def _bring(self, brings: Callable[[PlainRule], tuple[str, ...]]) -> dict[str, tuple[When, ...]]:
        found: dict[str, dict[When, None]] = {}
        for rule in self.rules:
            for competence in brings(rule):
                found.setdefault(competence, {})[rule.when] = None
        return {key: tuple(found[key]) for key in self.competences if key in found}

    def columns(self, unknown: bool) -> tuple[Wanted, ...]:
        """The columns that can be true somewhere; `unknown` if there are unknown facts."""
        needs = frozenset(self.needs)
        found = []
        for key in self.competences:
            certain = (*self.required.get(key, ()), *self.advised.get(key, ()))
            found += [Wanted(key, "required")] if key in self.required else []
            found += [Wanted(key, "advised")] if key in self.advised else []
            if unknown and any(not needs.issuperset(when.facts) for when in certain):
                found.append(Wanted(key, "conditional"))
        return tuple(found)


def plain_model(model: km.CooperationModel) -> PlainModel:
    """The rules of a model as plain conditions."""
    catalogue = model.catalogue
    return PlainModel(
        model.key,
        tuple(catalogue.needs),
        tuple(catalogue.circumstances),
        tuple(key for key in catalogue.features if key not in model.features),
        tuple(
            PlainRule(rule.key, when, _competences(rule.require), _competences(rule.advise))
            for rule in model.rules.values()
            if (when := _when(rule, model.features)) is not None
        ),
        tuple(catalogue.competences),
    )


def _competences(brings: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for competences in brings.values() for key in competences))


def _when(rule: km.Rule, fixed: Mapping[str, bool]) -> When | None:
    """The condition without the features that the model decides; `None` if it cannot hold."""
    condition = rule.when
    if any(fixed.get(key) is False for key in condition.all) or any(fixed.get(key) for key in condition.none):
        return None
    lists = []
    if condition.any and not any(fixed.get(key) for key in condition.any):
        lists.append(tuple(key for key in condition.any if key not in fixed))
        if not lists[0]:
            return None
    if not set(rule.needs) & set(condition.all) and not any(set(rule.needs).issuperset(keys) for keys in lists):
        lists.append(rule.needs)
    return When(
        tuple(key for key in condition.all if key not in fixed),
        tuple(lists),
        tuple(key for key in condition.none if key not in fixed),
    )


@frozen
class Operations(Generic[T]):
    """How an engine says AND, OR, and AND NOT of two columns."""

    both: Callable[[T, T], T]
    either: Callable[[T, T], T]
    without: Callable[[T, T], T]

    def all(self, columns: Iterable[T]) -> T:
        """AND of any number."""
        return reduce(self.both, columns)

    def any(self, columns: Iterable[T]) -> T:
        """OR of any number."""
        return reduce(self.either, columns)


def in_stages(model: PlainModel, facts: Mapping[str, T], operations: Operations[T]) -> dict[str, T]:
    """The columns of the answer for known facts: lists first, then conditions, then competences, each once."""
    any_of = {keys: operations.any(facts[key] for key in keys) for keys in (*model.one_of, *model.none_of)}
    holds: dict[When, T] = {}
    for when in model.conditions:
        column = operations.all([*(facts[key] for key in when.all), *(any_of[keys] for keys in when.any)])
        if when.none:
            column = operations.without(column, any_of[when.none] if len(when.none) > 1 else facts[when.none[0]])
        holds[when] = column
    required = {key: operations.any(holds[when] for when in its) for key, its in model.required.items()}
    answer: dict[str, T] = {}
    for wanted in model.columns(unknown=False):
        if wanted.strength == "required":
            answer[wanted.name] = required[wanted.competence]
        else:
            advised = operations.any(holds[when] for when in model.advised[wanted.competence])
            key = wanted.competence
            answer[wanted.name] = operations.without(advised, required[key]) if key in required else advised
    return answer
