"""The rules of a model compiled to one graph of ANDs and ORs: small, immutable, the same everywhere.

A `Program` holds all that is needed to answer for any number of families and none of the texts: the
keys of the facts, what follows from each fact, the rules as numbers, and one graph that all columns
asked for share. It can be pickled and sent to other processes. Two back ends read it: `integers`
for one family, `columns` for millions.
"""

from __future__ import annotations

import pickle
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import attrs
from attrs import field, frozen

from kooperacja_model.batch.dag import Dag, Term, build_dag
from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import TerytCode
from kooperacja_model.errors import CaseError, TableError
from kooperacja_model.model import Condition, CooperationModel, Duty, Rule, Strength
from kooperacja_model.provenance import Basis, Table
from kooperacja_model.recommendation import suppose_feature

__all__ = [
    "KINDS",
    "Column",
    "CompiledCondition",
    "CompiledDuty",
    "CompiledRule",
    "Kind",
    "Output",
    "Program",
    "compile_model",
    "did_you_mean",
    "features_of",
    "literal",
    "model_of",
    "near",
    "texts_of",
]


class Kind(StrEnum):
    """What a column is about."""

    COMPETENCE = "competence"
    SECTOR = "sector"
    INSTITUTION = "institution"
    DUTY = "duty"
    RULE = "rule"


KINDS: Mapping[str, Kind] = Table(
    {
        "competences": Kind.COMPETENCE,
        "sectors": Kind.SECTOR,
        "institutions": Kind.INSTITUTION,
        "duties": Kind.DUTY,
        "rules": Kind.RULE,
    }
)
"""The words for whole lists of columns."""

_ADVICE = {strength.value: strength for strength in Strength}
_WORDS: Mapping[Kind, Mapping[str, Strength]] = {
    Kind.COMPETENCE: _ADVICE,
    Kind.SECTOR: _ADVICE,
    Kind.INSTITUTION: _ADVICE,
    Kind.DUTY: {"required": Strength.REQUIRED, "conditional": Strength.CONDITIONAL},
    Kind.RULE: {"fired": Strength.REQUIRED, "undecided": Strength.CONDITIONAL},
}


class Column(NamedTuple):
    """A boolean column of the result.

    Attributes:
        name: `kind__key__strength`, for example `sector__health__required` or `rule__KEY__fired`.
        output: number of the output in `Program.outputs`.
        strength: its strength; of a rule, fired is `REQUIRED` and undecided is `CONDITIONAL`.
    """

    name: str
    output: int
    strength: Strength


class Output(NamedTuple):
    """Something that can be advised, with its formulas in the graph of the program.

    Attributes:
        kind: what it is.
        key: its key.
        required: holds if it is required.
        certain: holds if it is required or advised.
        possible: is not false if it is at least conditional.
    """

    kind: Kind
    key: str
    required: int
    certain: int
    possible: int


class CompiledCondition(NamedTuple):
    """All literals of `all` hold, and one of `any` if there are any."""

    all: tuple[int, ...]
    any: tuple[int, ...]


class CompiledRule(NamedTuple):
    """A rule as numbers.

    Attributes:
        key: its key.
        needs: the needs that it serves.
        when: its condition.
        require: the outputs that it requires.
        advise: the outputs that it advises.
    """

    key: str
    needs: tuple[int, ...]
    when: CompiledCondition
    require: tuple[int, ...]
    advise: tuple[int, ...]


class CompiledDuty(NamedTuple):
    """A duty as numbers: it arises if one of `when` holds, and if one of `reported` is known to."""

    key: str
    when: tuple[CompiledCondition, ...]
    reported: tuple[int, ...]


def literal(fact: int, present: bool) -> int:
    """The number that stands for a fact being present or absent."""
    return 2 * fact + (not present)


def features_of(code: TerytCode) -> Mapping[str, bool]:
    """The features that a commune's code decides where the model leaves them open."""
    return {
        "land_powiat": not code.has_powiat_rights,
        "city_with_powiat_rights": code.has_powiat_rights,
        "joint_ops_pcpr": code.has_joint_ops_and_pcpr,
    }


@frozen
class Program:
    """Rules and duties of a model, compiled for some columns.

    Facts have numbers: first the needs, then the circumstances, then the features of the commune
    that the model leaves open. Fact `n` being present is the literal `2 * n`, being absent `2 * n + 1`.

    Attributes:
        model: key of the model.
        model_hash: SHA-256 of the model's whole content.
        basis: bases of the rules asked for, or `None` for all.
        needs: keys of the needs.
        circumstances: keys of the circumstances.
        features: keys of the features that the model leaves open.
        fixed: the other features, with their value under this model.
        follows: for each literal the literals that follow from it, without itself.
        columns: the columns that can be asked for, in order.
        outputs: what the columns are about.
        rules: the rules that can hold under this model.
        duties: the duties that can arise.
        dag: the formulas of the outputs.

    >>> from kooperacja_model import load_model
    >>> program = compile_model(load_model("rural"), outputs=["sectors"], strengths=["required"])
    >>> program.columns[0].name
    'sector__social_assistance__required'
    """

    model: str
    model_hash: str
    basis: tuple[Basis, ...] | None
    needs: tuple[str, ...] = field(hash=False, repr=False)
    circumstances: tuple[str, ...] = field(hash=False, repr=False)
    features: tuple[str, ...] = field(hash=False, repr=False)
    fixed: tuple[tuple[str, bool], ...] = field(hash=False, repr=False)
    follows: tuple[tuple[int, ...], ...] = field(hash=False, repr=False)
    columns: tuple[Column, ...] = field(hash=False, repr=False)
    outputs: tuple[Output, ...] = field(hash=False, repr=False)
    rules: tuple[CompiledRule, ...] = field(hash=False, repr=False)
    duties: tuple[CompiledDuty, ...] = field(hash=False, repr=False)
    dag: Dag = field(hash=False, repr=False)

    @property
    def facts(self) -> tuple[str, ...]:
        """Keys of all facts, by number."""
        return self.needs + self.circumstances + self.features

    def __reduce__(self) -> tuple[object, ...]:
        fields = tuple(getattr(self, attribute.name) for attribute in attrs.fields(Program))
        return _unpacked, (zlib.compress(pickle.dumps(fields, protocol=5)),)

    def closure(self, literals: Iterable[int]) -> set[int]:
        """Literals with all that follows from them."""
        return {one for literal in literals for one in (literal, *self.follows[literal])}

    def sources(self, fact: int) -> tuple[int, ...]:
        """The needs and circumstances from which it follows that a fact is present."""
        given = range(len(self.needs) + len(self.circumstances))
        return tuple(other for other in given if 2 * fact in self.follows[2 * other])

    def conflicts(self) -> list[tuple[int, int]]:
        """The pairs of literals of different facts that contradict each other if both are given, in order."""
        causes: dict[int, list[int]] = defaultdict(list)
        for given, others in enumerate(self.follows):
            for one in (given, *others):
                causes[one].append(given)
        pairs = {(min(a, b), max(a, b)) for one in list(causes) for a in causes[one] for b in causes[one ^ 1]}
        return sorted((a, b) for a, b in pairs if a ^ 1 != b)

    def select(
        self, outputs: Iterable[str] | None = None, strengths: Iterable[Strength | str] | None = None
    ) -> tuple[Column, ...]:
        """Some of its columns, in order.

        Args:
            outputs: words for lists or names of columns as in `compile_model`, or `None` for all.
            strengths: of the lists, which strengths; `None` for all.

        Raises:
            TableError: a word names no column of this program.
        """
        if outputs is None:
            wanted = _strengths(strengths)
            return self.columns if strengths is None else tuple(c for c in self.columns if c.strength in wanted)
        words = texts_of(outputs, "outputs")
        kinds = {column.name.partition("__")[0] for column in self.columns}
        problems = [
            f"outputs: {word!r} is not there, the program was compiled without {name}; compile it with them"
            for word in words
            for name, kind in KINDS.items()
            if kind not in kinds and (word == name or word.startswith(f"{kind}__"))
        ]
        if problems:
            raise TableError(tuple(problems))
        return _picked(self.columns, words, _strengths(strengths))


def _unpacked(packed: bytes) -> Program:
    return Program(*pickle.loads(zlib.decompress(packed)))


def compile_model(
    model: CooperationModel | str,
    basis: Iterable[Basis | str] | None = None,
    outputs: Iterable[str] | None = None,
    strengths: Iterable[Strength | str] | None = None,
) -> Program:
    """Compile the rules and duties of a model.

    Args:
        model: a model, or the key of a published one.
        basis: keep only rules with a source on one of these bases. Duties always stay.
        outputs: which columns are wanted: `"competences"`, `"sectors"`, `"institutions"`, `"duties"`, `"rules"`, or
            names of single columns such as `"sector__health__required"`; `None` for all.
        strengths: of the lists named in `outputs`, which strengths are wanted; `None` for all. Fired rules count as
            required, undecided ones as conditional.

    Raises:
        KooperacjaError: there is no such model.
        CaseError: `basis` names no basis.
        TableError: a word of `outputs` or `strengths` names nothing.
    """
    words = tuple(KINDS) if outputs is None else texts_of(outputs, "outputs")
    return _compile(model_of(model), _bases(basis), words, _strengths(strengths))


def model_of(model: CooperationModel | str) -> CooperationModel:
    """A model, or the published one with a key.

    Raises:
        TableError: it is neither.
        KooperacjaError: there is no such model.
    """
    if isinstance(model, str):
        from kooperacja_model.reading.files import load_model

        return load_model(model)
    if not isinstance(model, CooperationModel):
        raise TableError(("`model` is no model of cooperation; give one, or the key of a published one",))
    return model


# -- what is asked for ---------------------------------------------------------------------------


def texts_of(given: Iterable[str], argument: str) -> tuple[str, ...]:
    """What is one text, or several.

    Raises:
        TableError: it is neither.
    """
    found = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    if not all(isinstance(text, str) for text in found):
        raise TableError((f"`{argument}` takes only names; give them as texts",))
    return found


def _bases(basis: Iterable[Basis | str] | None) -> tuple[Basis, ...] | None:
    if basis is None:
        return None
    try:
        chosen = {Basis(item) for item in basis}
    except ValueError:
        raise CaseError("basis: unknown basis; known are " + ", ".join(item.value for item in Basis)) from None
    return tuple(item for item in Basis if item in chosen)


def _strengths(strengths: Iterable[Strength | str] | None) -> frozenset[Strength]:
    if strengths is None:
        return frozenset(Strength)
    words = texts_of(strengths, "strengths")
    try:
        return frozenset(Strength(word) for word in words)
    except ValueError:
        known = ", ".join(item.value for item in Strength)
        raise TableError((f"strengths: unknown strength; known are {known}",)) from None


def _picked(columns: Sequence[Column], words: Sequence[str], strengths: frozenset[Strength]) -> tuple[Column, ...]:
    """The columns that the words name; a word that names none is an error."""
    lists: dict[str, list[Column]] = defaultdict(list)
    names: dict[str, list[Column]] = {}
    for column in columns:
        lists[column.name.partition("__")[0]].append(column)
        names[column.name] = [column]
    found: set[Column] = set()
    problems = []
    for word in words:
        its = lists[KINDS[word]] if word in KINDS else names.get(word, [])
        found.update(column for column in its if word in names or column.strength in strengths)
        if not its and word not in KINDS:
            hint = did_you_mean(word, [*KINDS, *names]) or "the lists are " + ", ".join(KINDS)
            problems.append(f"outputs: {word!r} is neither a list nor a column that can be had here; {hint}")
    if problems:
        raise TableError(tuple(problems))
    return tuple(column for column in columns if column in found)


def near(word: str, known: Iterable[str]) -> list[str]:
    """The known words that look most like a word."""
    return get_close_matches(word, list(known), n=2, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question with the nearest known words, or an empty text."""
    found = near(word, known)
    return "did you mean " + " or ".join(repr(key) for key in found) + "?" if found else ""


# -- compiling -----------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _compile(
    model: CooperationModel, basis: tuple[Basis, ...] | None, words: tuple[str, ...], strengths: frozenset[Strength]
) -> Program:
    catalogue = model.catalogue
    things = list(_things(model))
    everything = [
        Column(f"{kind}__{key}__{word}", number, strength)
        for number, (kind, key) in enumerate(things)
        for word, strength in _WORDS[kind].items()
    ]
    picked = _picked(everything, words, strengths)
    wanted = {things[column.output]: None for column in picked}
    numbers = {thing: number for number, thing in enumerate(wanted)}

    features = tuple(key for key in catalogue.features if key not in model.features)
    facts = _Facts((*catalogue.needs, *catalogue.circumstances, *features), model.features)
    rules = [
        compiled
        for rule in model.rules.values()
        if basis is None or any(source.basis in basis for source in rule.sources)
        if (compiled := _rule(rule, model, facts, numbers)) is not None
    ]
    duties = [duty for its in model.duties.values() if (duty := _duty(its, facts)) is not None]
    formulas = _formulas(numbers, rules, duties)
    dag = build_dag(2 * len(facts.keys), [formula for its in formulas.values() for formula in its])
    roots = iter(dag.roots)
    return Program(
        model=model.key,
        model_hash=model.hash,
        basis=basis,
        needs=tuple(catalogue.needs),
        circumstances=tuple(catalogue.circumstances),
        features=features,
        fixed=tuple((key, value) for key, value in model.features.items() if key in catalogue.features),
        follows=tuple(_follows(catalogue, facts)),
        columns=tuple(column._replace(output=numbers[things[column.output]]) for column in picked),
        outputs=tuple(Output(kind, key, next(roots), next(roots), next(roots)) for kind, key in numbers),
        rules=tuple(rules),
        duties=tuple(duties),
        dag=dag,
    )


Thing = tuple[Kind, str]


def _things(model: CooperationModel) -> Iterator[Thing]:
    """All that can be advised, in the order of the columns."""
    catalogue = model.catalogue
    for kind, keys in (
        (Kind.COMPETENCE, catalogue.competences),
        (Kind.SECTOR, catalogue.sectors),
        (Kind.INSTITUTION, catalogue.institution_types),
        (Kind.DUTY, model.duties),
        (Kind.RULE, model.rules),
    ):
        for key in keys:
            yield kind, key


class _Facts:
    """Numbers of facts, and the value of features that are fixed."""

    def __init__(self, keys: tuple[str, ...], fixed: Mapping[str, bool]) -> None:
        self.keys = keys
        self.fixed = fixed
        self.numbers = {key: number for number, key in enumerate(keys)}

    def condition(self, when: Condition) -> CompiledCondition | None:
        """A condition without the fixed features; `None` if they make it false."""
        literals = [*((key, True) for key in when.all), *((key, False) for key in when.none)]
        if any(self.fixed.get(key, present) is not present for key, present in literals):
            return None
        needed = tuple(literal(self.numbers[key], present) for key, present in literals if key not in self.fixed)
        if any(self.fixed.get(key) for key in when.any):
            return CompiledCondition(needed, ())
        one_of = tuple(literal(self.numbers[key], True) for key in when.any if key not in self.fixed)
        return CompiledCondition(needed, one_of) if one_of or not when.any else None


def _rule(rule: Rule, model: CooperationModel, facts: _Facts, numbers: Mapping[Thing, int]) -> CompiledRule | None:
    when = facts.condition(rule.when)
    if when is None:
        return None
    brought = []
    for given in (rule.require, rule.advise):
        things = {thing: None for name, keys in given.items() for thing in _brought(model.catalogue, name, keys)}
        brought.append(tuple(numbers[thing] for thing in things if thing in numbers))
    return CompiledRule(rule.key, tuple(facts.numbers[need] for need in rule.needs), when, *brought)


def _brought(catalogue: Catalogue, name: str, competences: Iterable[str]) -> Iterator[Thing]:
    """What a rule brings: competences, the institution type, its sector."""
    institution = catalogue.profiles[name].of if name in catalogue.profiles else name
    for key in competences:
        yield Kind.COMPETENCE, key
    yield Kind.SECTOR, catalogue.institution_types[institution].sector
    yield Kind.INSTITUTION, institution


def _duty(duty: Duty, facts: _Facts) -> CompiledDuty | None:
    when = tuple(compiled for its in duty.when if (compiled := facts.condition(its)) is not None)
    if any(facts.fixed.get(key) for key in duty.when_reported):
        when = (CompiledCondition((), ()),)
    reported = tuple(literal(facts.numbers[key], True) for key in duty.when_reported if key not in facts.fixed)
    return CompiledDuty(duty.key, when, reported) if when or reported else None


def _follows(catalogue: Catalogue, facts: _Facts) -> Iterator[tuple[int, ...]]:
    """For each literal what follows from it: circumstances, and features of the commune."""
    for number, key in enumerate(facts.keys):
        for present in (True, False):
            known: dict[str, bool] = {}
            if key in catalogue.circumstances:
                known.update(catalogue.follows[key, present])
            elif key in catalogue.features:
                known.update(suppose_feature(key, present))
            elif present:
                for implied in catalogue.needs[key].implies:
                    known.update(catalogue.follows[implied, True])
            others = (literal(facts.numbers[name], value) for name, value in known.items() if name in facts.numbers)
            yield tuple(sorted(other for other in others if other != literal(number, present)))


def _formulas(
    numbers: Mapping[Thing, int], rules: Sequence[CompiledRule], duties: Sequence[CompiledDuty]
) -> dict[Thing, tuple[list[Term], list[Term], list[Term]]]:
    """The terms of the three formulas of each output."""
    things = list(numbers)
    found: dict[Thing, tuple[list[Term], list[Term], list[Term]]] = {thing: ([], [], []) for thing in things}
    for rule in rules:
        term = _served(rule)
        required = {things[number] for number in rule.require} | ({(Kind.RULE, rule.key)} & found.keys())
        for thing in required:
            found[thing][0].append(term)
        for thing in required.union(things[number] for number in rule.advise):
            found[thing][1].append(term)
            found[thing][2].append(term)
    for duty in duties:
        thing = (Kind.DUTY, duty.key)
        if thing in found:
            when = [_term(condition) for condition in duty.when]
            sure = when + [Term(frozenset({one})) for one in duty.reported]
            found[thing] = (sure, sure, when)
    return found


def _term(when: CompiledCondition) -> Term:
    return Term(frozenset(when.all), frozenset({frozenset(when.any)}) if when.any else frozenset())


def _served(rule: CompiledRule) -> Term:
    """The rule's condition, and that a need that it serves is reported."""
    term = _term(rule.when)
    needs = frozenset(literal(need, True) for need in rule.needs)
    return term if needs & term.all else Term(term.all, term.any | {needs})
