"""Rules, duties and models of cooperation: frozen data and the three-valued truth of a condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property

from attrs import evolve, field, frozen

from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import Commune, CommuneKind
from kooperacja_model.errors import KooperacjaError
from kooperacja_model.organisation import Body, Document, Pilot, Principle, Role, Stage, Statement
from kooperacja_model.provenance import Label, Place, Source, Table, content_hash

__all__ = [
    "Condition",
    "Consent",
    "CooperationModel",
    "Criterion",
    "Duty",
    "Force",
    "ModelSector",
    "Rule",
    "Strength",
    "Truth",
]

Truth = bool | None
"""`True`, `False`, or `None` for unknown."""


class Strength(StrEnum):
    """How strongly something is advised. `CONDITIONAL`: it depends on a fact that nobody asked for."""

    REQUIRED = "required"
    ADVISED = "advised"
    CONDITIONAL = "conditional"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return _STRENGTHS[self]


_STRENGTHS = {Strength.REQUIRED: 0, Strength.ADVISED: 1, Strength.CONDITIONAL: 2}


class Consent(StrEnum):
    """Whether the law asks for the family's consent before a duty is carried out."""

    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    ON_APPLICATION = "on_application"
    NOT_STATED = "not_stated"


class Force(StrEnum):
    """Whether the law says that somebody must act, or that somebody may."""

    MUST = "must"
    MAY = "may"


@frozen
class Condition:
    """All of `all`, at least one of `any` (if there are any) and none of `none` are present.

    The lists hold keys of facts: needs, circumstances and features of the commune.

    >>> Condition(all=("truancy", "child_under_3")).truth({"truancy": True}) is None
    True
    """

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """All fact keys of the condition, in order."""
        return self.all + self.any + self.none

    def truth(self, facts: Mapping[str, bool]) -> Truth:
        """Three-valued (strong Kleene) truth; a fact that is not in `facts` is unknown."""
        unknown = False
        for key in self.all:
            value = facts.get(key)
            if value is False:
                return False
            unknown |= value is None
        for key in self.none:
            value = facts.get(key)
            if value:
                return False
            unknown |= value is None
        if self.any:
            undecided = False
            for key in self.any:
                value = facts.get(key)
                if value:
                    break
                undecided |= value is None
            else:
                if not undecided:
                    return False
                unknown = True
        return None if unknown else True

    def unknown(self, facts: Mapping[str, bool]) -> tuple[str, ...]:
        """The facts of an undecided condition that are unknown, in order."""
        met = any(facts.get(key) for key in self.any)
        keys = self.all + (() if met else self.any) + self.none
        return tuple(key for key in dict.fromkeys(keys) if key not in facts)


@frozen
class Rule:
    """A rule brings institution types, each for some competences, when its condition holds.

    Attributes:
        needs: the needs that the rule serves: those in `when.all`, or else those in `when.any`.
        require: institution type or profile -> competences, for required ones.
        advise: the same for advised ones.
    """

    key: str
    when: Condition
    needs: tuple[str, ...]
    require: Table[tuple[str, ...]]
    advise: Table[tuple[str, ...]]
    because: Label
    sources: tuple[Source, ...]
    place: Place = field(repr=False)


@frozen
class Duty:
    """Something that an act of law makes (or lets) somebody do; it never waits for a meeting.

    Attributes:
        when: fires when any of these conditions holds.
        when_reported: fires also when one of these facts is reported; nobody is asked for them.
        provided: what must still be true and no fact tells.
        who: institution types that act; `who_note` says which persons.
        to: institution types addressed.
        what: what has to be done.
        deadline: ISO 8601 duration from the moment the duty arises, `PT0S` for at once, or None.
    """

    key: str
    label: Label
    when: tuple[Condition, ...]
    when_reported: tuple[str, ...]
    provided: Label | None
    who: tuple[str, ...]
    who_note: Label | None
    to: tuple[str, ...]
    what: Label
    deadline: str | None
    deadline_note: Label | None
    consent: Consent
    consent_note: Label | None
    force: Force
    sources: tuple[Source, ...]
    place: Place = field(repr=False)

    def truth(self, facts: Mapping[str, bool]) -> Truth:
        """Whether the duty fires; `None` if that depends on facts which are unknown."""
        if any(facts.get(key) for key in self.when_reported):
            return True
        truths = [condition.truth(facts) for condition in self.when]
        return True if True in truths else None if None in truths else False

    def unknown(self, facts: Mapping[str, bool]) -> tuple[str, ...]:
        """The unknown facts of its undecided conditions, in order."""
        keys = (key for c in self.when if c.truth(facts) is None for key in c.unknown(facts))
        return tuple(dict.fromkeys(keys))


@frozen
class ModelSector:
    """A sector as the model itself names it, with the sectors of the catalogue it covers."""

    key: str
    label: Label
    sectors: tuple[str, ...]
    sources: tuple[Source, ...]
    place: Place = field(eq=False, repr=False)


@frozen
class Criterion:
    """Which communes a model is made for: kinds, and more than so many inhabitants."""

    kinds: tuple[CommuneKind, ...]
    population_over: int | None
    text: Label
    sources: tuple[Source, ...]

    def covers(self, commune: Commune) -> Truth:
        """Whether the model is made for the commune; `None` if its population is not known."""
        if commune.kind not in self.kinds:
            return False
        if self.population_over is None or commune.code.has_powiat_rights:
            return True
        return None if commune.population is None else commune.population > self.population_over


@frozen(eq=False)
class CooperationModel:
    """One published model of cooperation, with the vocabulary, rules and duties it works with.

    Two models are equal when their content is (see `hash`).

    Attributes:
        rules: the shared rules first, then the model's own.
        duties: statutory duties, the same under every model.
        features: features of the commune that hold or not under this model.
        purpose, target, entry, exit: what the model is for, for whom, how a family comes in and leaves.
        principles, levels: its principles and levels of cooperation.
        bodies, roles, stages, documents: who works together, as what, in which order, with which documents.
        pilot: figures, communes, teams, milestones and films of its pilot.
        not_known: what could not be found.
        hash: SHA-256 of the whole content, in hexadecimal digits.
    """

    key: str
    label: Label
    project: Label
    macroregion: Label
    voivodeships: tuple[str, ...]
    criterion: Criterion
    sectors: Table[ModelSector]
    own_rules: tuple[str, ...]
    rules: Table[Rule]
    duties: Table[Duty]
    catalogue: Catalogue
    sources: tuple[Source, ...]
    place: Place = field(repr=False)
    purpose: Table[Statement] = Table({})
    target: Table[Statement] = Table({})
    entry: Table[Statement] = Table({})
    exit: Table[Statement] = Table({})
    principles: Table[Principle] = Table({})
    levels: Table[Principle] = Table({})
    bodies: Table[Body] = Table({})
    roles: Table[Role] = Table({})
    stages: Table[Stage] = Table({})
    documents: Table[Document] = Table({})
    pilot: Pilot = Pilot()
    not_known: Table[Label] = Table({})

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the whole content, in hexadecimal digits; the same wherever the files lie."""
        return content_hash(self)

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, CooperationModel) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"CooperationModel({self.key!r}, hash={self.hash[:12]!r})"

    def with_rules(self, rules: Iterable[Rule] = (), without: Iterable[str] = ()) -> CooperationModel:
        """The model with other rules, for what-if questions; its hash tells it from the published one.

        Args:
            rules: rules to add; one with the key of a rule of the model takes its place.
            without: keys of rules to leave out.

        Raises:
            KooperacjaError: there is no rule of such a key.

        >>> from kooperacja_model import load_model
        >>> model = load_model("rural")
        >>> len(model.rules) - len(model.with_rules(without=list(model.rules)[:2]).rules)
        2
        """
        gone = tuple(without)
        for key in gone:
            if key not in self.rules:
                raise KooperacjaError(f"unknown rule {key!r} in `without`; see `kooperacja show NEED` for the rules")
        kept = {key: rule for key, rule in self.rules.items() if key not in gone}
        added = {rule.key: rule for rule in rules}
        own = (*(key for key in self.own_rules if key not in gone), *(key for key in added if key not in self.rules))
        return evolve(self, rules=Table({**kept, **added}), own_rules=own)

    @cached_property
    def rules_by_need(self) -> Table[tuple[Rule, ...]]:
        """The rules that serve each need, in order."""
        found: dict[str, list[Rule]] = {key: [] for key in self.catalogue.needs}
        for rule in self.rules.values():
            for need in rule.needs:
                found[need].append(rule)
        return Table({key: tuple(rules) for key, rules in found.items()})

    @cached_property
    def brought(self) -> Mapping[str, tuple[tuple[str, tuple[str, ...], Strength], ...]]:
        """What each rule brings: institution type (that of a profile for the profile), competences, strength."""
        profiles = self.catalogue.profiles
        return {
            key: tuple(
                (profiles[name].of if name in profiles else name, competences, strength)
                for brought, strength in ((rule.require, Strength.REQUIRED), (rule.advise, Strength.ADVISED))
                for name, competences in brought.items()
            )
            for key, rule in self.rules.items()
        }

    @cached_property
    def duties_by_fact(self) -> Mapping[str, tuple[Duty, ...]]:
        """For a fact the duties that can only arise if it is present; under the empty text those left.

        A need is never unknown, so a condition that asks for needs is out of the question without them.
        """
        found: dict[str, dict[str, Duty]] = {"": {}}
        for duty in self.duties.values():
            triggers = set(duty.when_reported)
            for condition in duty.when:
                needs = [key for key in condition.all if key in self.catalogue.needs][:1]
                if not needs and all(key in self.catalogue.needs for key in condition.any):
                    needs = list(condition.any)
                triggers |= set(needs or [""])
            for key in triggers:
                found.setdefault(key, {})[duty.key] = duty
        return {key: tuple(duties.values()) for key, duties in found.items()}

    @cached_property
    def features(self) -> Table[bool]:
        """Features that follow from the model alone, whatever the commune."""
        facts = {kind: kind == self.key for kind in ("rural", "urban_rural", "city")}
        facts["villages"] = self.key != "city"
        facts["town"] = self.key != "rural"
        if self.key != "city":
            facts |= {"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False}
        return Table(facts)
