"""From a family's needs to the sectors and institutions to involve, with the reasons.

A recommendation is fixed by its model, its case and the bases asked for; everything else in it is
worked out from these when it is looked at. It is a proposal for the team and the family to weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import field, frozen

from kooperacja_model.case import Case, Facts, make_case
from kooperacja_model.catalogue import Circumstance, Competence, Feature, InstitutionType, Need, Sector
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError
from kooperacja_model.model import CooperationModel, Duty, Rule, Strength
from kooperacja_model.provenance import Basis, Lang

if TYPE_CHECKING:
    import networkx as nx

    from kooperacja_model.seats import Seats

__all__ = [
    "Change",
    "CompetenceAdvice",
    "DutyAdvice",
    "Input",
    "InstitutionAdvice",
    "Missing",
    "PassedOver",
    "Question",
    "Reason",
    "Recommendation",
    "SectorAdvice",
    "Unserved",
    "WhyUnserved",
    "inputs_for",
    "recommend",
    "recommend_case",
    "suppose_feature",
]


@frozen
class Reason:
    """Why something is advised: one rule, seen from the case.

    Attributes:
        rule: the rule, with its text (`because`), sources and place in the files.
        institution: the institution type that it brings.
        profile: the profile of that type that it asks for, if any.
        competences: what the institution is there for.
        strength: `REQUIRED` or `ADVISED`, as the rule says.
        needs: reported needs that it serves.
        unknown: facts that decide whether it holds; empty if it does.
    """

    rule: Rule
    institution: str
    profile: str | None
    competences: tuple[str, ...]
    strength: Strength
    needs: tuple[str, ...]
    unknown: tuple[str, ...]


@frozen
class InstitutionAdvice:
    """An institution type to involve.

    Attributes:
        term: the institution type.
        strength: the strongest of its reasons, or `CONDITIONAL` if none holds yet.
        needs: reported needs that it serves.
        competences: what it is there for, each with its strength.
        profiles: profiles that the rules ask for.
        reasons: rules that hold, the stronger first (for conditional advice: none).
        depends: rules that are undecided.
        part_of: the institution that it is a part of in this commune, if any.
    """

    term: InstitutionType
    strength: Strength
    needs: tuple[str, ...]
    competences: tuple[tuple[str, Strength], ...]
    profiles: tuple[str, ...]
    reasons: tuple[Reason, ...]
    depends: tuple[Reason, ...]
    part_of: str | None

    @property
    def key(self) -> str:
        """Key of the institution type."""
        return self.term.key


@frozen
class CompetenceAdvice:
    """A competence that the family's needs ask for.

    Attributes:
        institutions: types named for it, as in the list of institutions.
        alternatives: other types of the catalogue that hold it and may stand in for them.
    """

    term: Competence
    strength: Strength
    needs: tuple[str, ...]
    institutions: tuple[str, ...]
    alternatives: tuple[str, ...]
    reasons: tuple[Reason, ...]
    depends: tuple[Reason, ...]

    @property
    def key(self) -> str:
        """Key of the competence."""
        return self.term.key


@frozen
class SectorAdvice:
    """A sector to involve, through the institution types listed."""

    term: Sector
    strength: Strength
    needs: tuple[str, ...]
    institutions: tuple[str, ...]
    reasons: tuple[Reason, ...]
    depends: tuple[Reason, ...]

    @property
    def key(self) -> str:
        """Key of the sector."""
        return self.term.key


@frozen
class DutyAdvice:
    """A statutory duty: `REQUIRED` if it arises from what is known, `CONDITIONAL` if it may."""

    duty: Duty
    strength: Strength
    unknown: tuple[str, ...]

    @property
    def key(self) -> str:
        """Key of the duty."""
        return self.duty.key


@frozen
class Change:
    """What an answer would do to one entry; `None` stands for not on the list."""

    kind: Literal["institution", "competence", "duty"]
    key: str
    before: Strength | None
    after: Strength | None


@frozen
class Question:
    """An unknown fact that would change the answer, and how."""

    term: Circumstance | Feature
    if_yes: tuple[Change, ...]
    if_no: tuple[Change, ...]

    @property
    def key(self) -> str:
        """Key of the circumstance or feature."""
        return self.term.key


@frozen
class Missing:
    """What kept a rule from holding: one of `facts` had to be present, or (`present=False`) absent."""

    facts: tuple[str, ...]
    present: bool


@frozen
class PassedOver:
    """A rule that only one fact kept from holding."""

    rule: Rule
    missing: Missing

    @property
    def key(self) -> str:
        """Key of the rule."""
        return self.rule.key


class WhyUnserved(StrEnum):
    """Why nothing is advised for a need."""

    UNDECIDED = "undecided"
    BASIS = "basis"
    NO_RULE = "no_rule"


@frozen
class Unserved:
    """A reported need for which no rule holds."""

    need: Need
    why: WhyUnserved

    @property
    def key(self) -> str:
        """Key of the need."""
        return self.need.key


_Outcome = dict[tuple[str, str], Strength]
A = TypeVar("A", InstitutionAdvice, CompetenceAdvice, SectorAdvice)


@frozen
class Recommendation:
    """Whom to involve for a family, for what, why, and what the law demands anyway.

    Two recommendations are equal when model, case and bases are.

    Attributes:
        model: the model it was made under.
        case: what is known of the family.
        basis: bases of the rules asked for, or `None` for all.
    """

    model: CooperationModel
    case: Case
    basis: tuple[Basis, ...] | None
    _facts: Facts = field(eq=False, repr=False)

    @property
    def facts(self) -> Mapping[str, bool]:
        """Known facts, with all that follows from the case; what is missing is unknown."""
        return MappingProxyType(self._facts)

    # -- which rules hold --------------------------------------------------------------------

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        """Rules on the bases asked for that serve a reported need, in order."""
        found = {rule.key: rule for need in self.case.needs for rule in self.model.rules_by_need[need.key]}
        rules = (found[key] for key in sorted(found, key=self.model.rules.rank))
        if self.basis is None:
            return tuple(rules)
        wanted = set(self.basis)
        return tuple(rule for rule in rules if any(source.basis in wanted for source in rule.sources))

    @cached_property
    def _truths(self) -> dict[str, bool | None]:
        return {rule.key: rule.when.truth(self._facts) for rule in self._rules}

    @cached_property
    def fired(self) -> tuple[Rule, ...]:
        """Rules that hold."""
        return tuple(rule for rule in self._rules if self._truths[rule.key])

    @cached_property
    def undecided(self) -> tuple[Rule, ...]:
        """Rules that depend on facts which are unknown."""
        return tuple(rule for rule in self._rules if self._truths[rule.key] is None)

    @cached_property
    def _reasons(self) -> tuple[Reason, ...]:
        reported = {need.key for need in self.case.needs}
        reasons = []
        for rules, decided in ((self.fired, True), (self.undecided, False)):
            for rule in rules:
                needs = tuple(need for need in rule.needs if need in reported)
                unknown = () if decided else rule.when.unknown(self._facts)
                for brought, strength in ((rule.require, Strength.REQUIRED), (rule.advise, Strength.ADVISED)):
                    for name, competences in brought.items():
                        profile = self.model.catalogue.profiles.get(name)
                        institution = name if profile is None else profile.of
                        tag = None if profile is None else name
                        reasons.append(Reason(rule, institution, tag, competences, strength, needs, unknown))
        return tuple(reasons)

    # -- what they bring ---------------------------------------------------------------------

    @cached_property
    def institutions(self) -> tuple[InstitutionAdvice, ...]:
        """Institution types to involve, the most useful first."""
        found = []
        for key, reasons in _grouped((reason.institution, reason) for reason in self._reasons):
            certain, open_ = _split(reasons)
            term = self.model.catalogue.institution_types[key]
            joined = term.part_of is not None and self._facts.get(term.part_of.where)
            found.append(
                InstitutionAdvice(
                    term=term,
                    strength=_strength(certain),
                    needs=self._needs(certain or open_),
                    competences=self._competences_of(certain or open_),
                    profiles=tuple(dict.fromkeys(r.profile for r in certain or open_ if r.profile)),
                    reasons=certain,
                    depends=open_,
                    part_of=term.part_of.type if joined and term.part_of is not None else None,
                )
            )
        return self._ordered(found, self.model.catalogue.institution_types.rank)

    @cached_property
    def competences(self) -> tuple[CompetenceAdvice, ...]:
        """Competences that are needed, with the types named for each and those that may stand in."""
        catalogue = self.model.catalogue
        found = []
        pairs = ((competence, reason) for reason in self._reasons for competence in reason.competences)
        for key, reasons in _grouped(pairs):
            certain, open_ = _split(reasons)
            named = self._in_order(reason.institution for reason in certain or open_)
            found.append(
                CompetenceAdvice(
                    term=catalogue.competences[key],
                    strength=_strength(certain),
                    needs=self._needs(certain or open_),
                    institutions=named,
                    alternatives=tuple(other for other in catalogue.holders[key] if other not in named),
                    reasons=certain,
                    depends=open_,
                )
            )
        return self._ordered(found, catalogue.competences.rank)

    @cached_property
    def sectors(self) -> tuple[SectorAdvice, ...]:
        """Sectors to involve."""
        catalogue = self.model.catalogue
        types = catalogue.institution_types
        found = []
        pairs = ((types[reason.institution].sector, reason) for reason in self._reasons)
        for key, reasons in _grouped(pairs):
            certain, open_ = _split(reasons)
            found.append(
                SectorAdvice(
                    term=catalogue.sectors[key],
                    strength=_strength(certain),
                    needs=self._needs(certain or open_),
                    institutions=self._in_order(reason.institution for reason in certain or open_),
                    reasons=certain,
                    depends=open_,
                )
            )
        return self._ordered(found, catalogue.sectors.rank)

    @cached_property
    def duties(self) -> tuple[DutyAdvice, ...]:
        """What the law makes somebody do, whatever bases were asked for; certain ones first."""
        by_fact = self.model.duties_by_fact
        present = [key for key, value in self._facts.items() if value and key in by_fact]
        possible = {duty.key: duty for key in ("", *present) for duty in by_fact[key]}
        found = []
        for duty in sorted(possible.values(), key=lambda duty: self.model.duties.rank(duty.key)):
            truth = duty.truth(self._facts)
            if truth:
                found.append(DutyAdvice(duty, Strength.REQUIRED, ()))
            elif truth is None:
                found.append(DutyAdvice(duty, Strength.CONDITIONAL, duty.unknown(self._facts)))
        return tuple(sorted(found, key=lambda advice: advice.strength.rank))

    @cached_property
    def unserved(self) -> tuple[Unserved, ...]:
        """Reported needs for which no rule holds."""
        served = {need for rule in self.fired for need in rule.needs}
        undecided = {need for rule in self.undecided for need in rule.needs}
        found = []
        for need in self.case.needs:
            if need.key in served:
                continue
            rules = self.model.rules_by_need[need.key]
            if need.key in undecided:
                why = WhyUnserved.UNDECIDED
            elif any(rule.when.truth(self._facts) is not False for rule in rules):
                why = WhyUnserved.BASIS
            else:
                why = WhyUnserved.NO_RULE
            found.append(Unserved(need, why))
        return tuple(found)

    @cached_property
    def seats(self) -> Seats:
        """Who sits where: which body of the model decides, which works on the case, and who comes to which."""
        from kooperacja_model.seats import seats_for

        return seats_for(self)

    # -- what is not known, and what nearly held ----------------------------------------------

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Unknown facts that would change the answer, the most decisive first.

        First come those that decide about most duties, then those that decide about most required
        institutions, then those that change most, then catalogue order.
        """
        keys = {key for rule in self.undecided for key in rule.when.unknown(self._facts)}
        keys |= {key for advice in self.duties for key in advice.unknown}
        before = self._outcome(self._facts)
        found = []
        for key, term in _askable(self.model).items():
            if key not in keys:
                continue
            yes, no = (_changes(before, self._outcome(self._supposing(key, value))) for value in (True, False))
            if yes or no:
                found.append(Question(term, yes, no))
        return tuple(sorted(found, key=_decisiveness))

    def _supposing(self, key: str, value: bool) -> Facts:
        """The facts if one more were known. What follows cannot contradict what is known already."""
        if key in self.model.catalogue.circumstances:
            return {**self._facts, **self.model.catalogue.follows[key, value]}
        return {**self._facts, **suppose_feature(key, value)}

    @cached_property
    def _certain(self) -> _Outcome:
        """The part of the outcome that no further answer can take away."""
        outcome: _Outcome = {}
        for reason in self._reasons:
            if not reason.unknown:
                _put(outcome, _entries(reason), reason.strength)
        _put(outcome, [("duty", a.key) for a in self.duties if not a.unknown], Strength.REQUIRED)
        return outcome

    @cached_property
    def _silent(self) -> tuple[Duty, ...]:
        """Duties that do not arise from what is known, but would if one of their facts were reported."""
        certain = {advice.key for advice in self.duties if not advice.unknown}
        return tuple(d for d in self.model.duties.values() if d.when_reported and d.key not in certain)

    def _outcome(self, facts: Mapping[str, bool]) -> _Outcome:
        """The strength of every institution, competence and duty, if these facts were known."""
        outcome = dict(self._certain)
        truths = {rule.key: rule.when.truth(facts) for rule in self.undecided}
        for reason in self._reasons:
            if reason.unknown and (truth := truths[reason.rule.key]) is not False:
                _put(outcome, _entries(reason), reason.strength if truth else Strength.CONDITIONAL)
        for advice in self.duties:
            if advice.unknown and (truth := advice.duty.truth(facts)) is not False:
                _put(outcome, [("duty", advice.key)], Strength.REQUIRED if truth else Strength.CONDITIONAL)
        reported = [("duty", d.key) for d in self._silent if any(facts.get(key) for key in d.when_reported)]
        _put(outcome, reported, Strength.REQUIRED)
        return outcome

    @cached_property
    def passed_over(self) -> tuple[PassedOver, ...]:
        """Rules for the reported needs that a single known fact kept from holding."""
        reported = {need.key for need in self.case.needs}
        found = []
        for rule in self._rules:
            if self._truths[rule.key] is not False or not set(rule.needs) & reported:
                continue
            missing = [Missing((key,), True) for key in rule.when.all if not self._facts.get(key)]
            missing += [Missing((key,), False) for key in rule.when.none if self._facts.get(key) is not False]
            if rule.when.any and not any(self._facts.get(key) for key in rule.when.any):
                missing.append(Missing(rule.when.any, True))
            subject = any(key in rule.needs for gap in missing for key in gap.facts)
            if len(missing) == 1 and not subject:
                found.append(PassedOver(rule, missing[0]))
        return tuple(found)

    # -- how it is shown ---------------------------------------------------------------------

    @property
    def graph(self) -> nx.DiGraph[str]:
        """The part of the model's graph that this recommendation walks; frozen."""
        from kooperacja_model.graph import recommendation_graph

        return recommendation_graph(self)

    def explain(self, lang: Lang = "pl", short: bool = False) -> str:
        """The recommendation as a text that can be read aloud in a meeting.

        Args:
            lang: `"pl"` or `"en"`.
            short: one page instead of the whole.
        """
        from kooperacja_model.views.text import explain

        return explain(self, lang, short)

    def to_dict(self) -> dict[str, Any]:
        """The recommendation as plain data (format `kooperacja_model/recommendation/1`)."""
        from kooperacja_model.views.data import to_dict

        return to_dict(self)

    def _repr_html_(self) -> str:
        from kooperacja_model.views.html import to_html

        return to_html(self, "pl")

    # -- order -------------------------------------------------------------------------------

    def _needs(self, reasons: Iterable[Reason]) -> tuple[str, ...]:
        found = {need for reason in reasons for need in reason.needs}
        return tuple(need.key for need in self.case.needs if need.key in found)

    def _in_order(self, institutions: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(institutions), key=self.model.catalogue.institution_types.rank))

    def _competences_of(self, reasons: tuple[Reason, ...]) -> tuple[tuple[str, Strength], ...]:
        found: dict[str, Strength] = {}
        for reason in reasons:
            strength = Strength.CONDITIONAL if reason.unknown else reason.strength
            for competence in reason.competences:
                if competence not in found or strength.rank < found[competence].rank:
                    found[competence] = strength
        rank = self.model.catalogue.competences.rank
        return tuple(sorted(found.items(), key=lambda item: (item[1].rank, rank(item[0]))))

    def _ordered(self, advice: Iterable[A], rank: Any) -> tuple[A, ...]:
        return tuple(sorted(advice, key=lambda entry: (entry.strength.rank, -len(entry.needs), rank(entry.key))))


def recommend(
    model: CooperationModel | str,
    needs: Iterable[str],
    circumstances: Iterable[str] | Mapping[str, bool | None] = (),
    commune: Commune | str | None = None,
    basis: Iterable[Basis | str] | None = None,
) -> Recommendation:
    """Whom to involve for a family with these needs.

    Args:
        model: a model, or the key of a published one (see `model_for` for a commune's model).
        needs: at least one need: keys, labels or abbreviations of the catalogue.
        circumstances: the present ones, or a mapping to `True`, `False`, or `None` for unknown.
            A circumstance that is not given is unknown, not absent.
        commune: where the family lives; it decides features such as city with powiat rights.
        basis: keep only rules with a source on one of these bases. Duties always stay.

    Raises:
        UnknownTermError: a word is not in the catalogue; the message does not repeat it.
        CaseError: the facts contradict each other, or `basis` names no basis.
        CommuneError: the commune's code is wrong.

    >>> recommendation = recommend("rural", ["truancy"], ["court_supervision"])
    >>> [advice.key for advice in recommendation.institutions][:3]
    ['social_assistance_centre', 'primary_school', 'pp_counselling_centre']
    """
    if isinstance(model, str):
        from kooperacja_model.reading.files import load_model

        model = load_model(model)
    if isinstance(commune, str):
        commune = Commune(commune)
    return recommend_case(model, make_case(model.catalogue, needs, circumstances, commune), basis)


def recommend_case(model: CooperationModel, case: Case, basis: Iterable[Basis | str] | None = None) -> Recommendation:
    """Whom to involve for a case; see `recommend`."""
    wanted = None
    if basis is not None:
        try:
            chosen = {Basis(item) for item in basis}
        except ValueError:
            raise CaseError("basis: unknown basis; known are " + ", ".join(item.value for item in Basis)) from None
        wanted = tuple(item for item in Basis if item in chosen)
    return Recommendation(model, case, wanted, case.facts(model))


@frozen
class Input:
    """A fact that matters; `asked` is false if it only counts when somebody reports it."""

    term: Circumstance | Feature
    asked: bool

    @property
    def key(self) -> str:
        """Key of the circumstance or feature."""
        return self.term.key


def inputs_for(model: CooperationModel, needs: Iterable[str]) -> tuple[Input, ...]:
    """Which circumstances and features matter for these needs, in catalogue order.

    Facts that follow from the needs are left out. Other circumstances have no effect, unless
    they imply or exclude one of these.

    Args:
        model: the model.
        needs: at least one need: keys, labels or abbreviations.

    Raises:
        UnknownTermError: a word names no need.

    >>> from kooperacja_model import load_model
    >>> [given.key for given in inputs_for(load_model("rural"), ["energy_poverty"]) if given.asked][:2]
    ['immediate_danger', 'municipal_tenant']
    """
    recommendation = recommend_case(model, make_case(model.catalogue, needs))
    facts = recommendation.facts
    asked = {key for rule in recommendation.undecided for key in rule.when.unknown(facts)}
    asked |= {key for advice in recommendation.duties for key in advice.unknown}
    signals = {key for duty in model.duties.values() if not duty.truth(facts) for key in duty.when_reported}
    return tuple(Input(term, key in asked) for key, term in _askable(model).items() if key in asked | signals)


def _askable(model: CooperationModel) -> dict[str, Circumstance | Feature]:
    """Facts that can be unknown, in the order of the catalogue."""
    return {**model.catalogue.circumstances, **model.catalogue.features}


def _grouped(pairs: Iterable[tuple[str, Reason]]) -> Iterable[tuple[str, list[Reason]]]:
    groups: dict[str, list[Reason]] = {}
    for key, reason in pairs:
        groups.setdefault(key, []).append(reason)
    return groups.items()


def _split(reasons: list[Reason]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Reasons that hold, the stronger first, and reasons that are undecided."""
    certain = sorted((reason for reason in reasons if not reason.unknown), key=lambda reason: reason.strength.rank)
    return tuple(certain), tuple(reason for reason in reasons if reason.unknown)


def _strength(certain: tuple[Reason, ...]) -> Strength:
    return certain[0].strength if certain else Strength.CONDITIONAL


def _entries(reason: Reason) -> list[tuple[str, str]]:
    return [("institution", reason.institution), *(("competence", key) for key in reason.competences)]


def _put(outcome: _Outcome, entries: Iterable[tuple[str, str]], strength: Strength) -> None:
    """Raise entries to at least a strength."""
    for entry in entries:
        old = outcome.get(entry)
        if old is None or strength.rank < old.rank:
            outcome[entry] = strength


_KINDS: tuple[Literal["duty", "institution", "competence"], ...] = ("duty", "institution", "competence")


def _changes(before: _Outcome, after: _Outcome) -> tuple[Change, ...]:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return tuple(
        Change(kind, key, before.get((kind, key)), after.get((kind, key)))
        for kind in _KINDS
        for its, key in keys
        if its == kind
    )


def _decisiveness(question: Question) -> tuple[int, int, int]:
    changes = question.if_yes + question.if_no
    heavy = [change.kind for change in changes if Strength.REQUIRED in (change.before, change.after)]
    return -heavy.count("duty"), -heavy.count("institution"), -len(changes)


def suppose_feature(key: str, value: bool) -> Facts:
    """Features of a city whose commune is not known, if one of them were."""
    if key == "joint_ops_pcpr":
        return {key: value, **({"land_powiat": False, "city_with_powiat_rights": True} if value else {})}
    land = value == (key == "land_powiat")
    return {"land_powiat": land, "city_with_powiat_rights": not land, **({"joint_ops_pcpr": False} if land else {})}
