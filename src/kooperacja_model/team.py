"""From a recommendation and the institutions of a commune to the smallest sufficient team, proven.

Who has to be there comes first: the types that the model's body always holds, and the required
types that a statutory duty binds. Then every required competence is covered by an institution of a
type that the rules name for it, or, where nobody local is of such a type, by another that holds it.
Of all teams that do this the best has, in this order,

1. the fewest institutions from outside the commune,
2. the fewest members,
3. the most advised competences; they come with the members and never bring one more,
4. the most members that signed an agreement,
5. the first keys in alphabetical order.

A team does not depend on the order of a file, and two runs never disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kooperacja_model.cover import Candidate, Cover, best_cover
from kooperacja_model.errors import NetworkError
from kooperacja_model.model import CooperationModel, Force, Strength
from kooperacja_model.network import Institution, LocalNetwork
from kooperacja_model.organisation import Body, Known, Part
from kooperacja_model.provenance import Lang
from kooperacja_model.recommendation import Recommendation

if TYPE_CHECKING:
    from kooperacja_model.gaps import Gap

__all__ = [
    "Consulted",
    "Mandate",
    "MissingMandate",
    "Team",
    "TeamBody",
    "TeamMember",
    "WhyConsulted",
    "WhyIn",
    "propose_team",
    "seated",
]

NODE_LIMIT = 200_000
"""Search steps after which a team is given with its gap instead of a proof."""


class WhyIn(StrEnum):
    """What makes a type a member whatever it covers: a body of the model, a statutory duty, or the caller."""

    BODY = "body"
    DUTY = "duty"
    CALLER = "caller"


@frozen
class Mandate:
    """An institution type that has to be in the team; `keys` are those of the bodies or duties that say so."""

    type: str
    why: WhyIn
    keys: tuple[str, ...]


@frozen
class MissingMandate:
    """A type that has to be there, and that nobody in the network is.

    Attributes:
        type: the institution type.
        mandates: why it has to be there.
        competences: required competences that it was to bring.
        stand_ins: members of the team that cover those.
    """

    type: str
    mandates: tuple[Mandate, ...]
    competences: tuple[str, ...]
    stand_ins: tuple[str, ...]


@frozen
class TeamMember:
    """One institution in the team.

    Attributes:
        institution: the institution.
        mandates: why it has to be there, if it has to.
        covers: required competences that it is there for.
        only: those of them that nobody else in the team covers.
        stands_in: those of them for which the rules name other types; nobody local is of these.
        advised: advised competences that come with it.
        outside: it comes from outside the commune.
        bound: it signed an agreement.
        alternatives: institutions that could come in its place without a loss.
    """

    institution: Institution
    mandates: tuple[Mandate, ...]
    covers: tuple[str, ...]
    only: tuple[str, ...]
    stands_in: tuple[str, ...]
    advised: tuple[str, ...]
    outside: bool
    bound: bool
    alternatives: tuple[str, ...]

    @property
    def key(self) -> str:
        """Key of the institution."""
        return self.institution.key


class WhyConsulted(StrEnum):
    """Why an institution is asked but is no member.

    `CONTACT`: of a type that is never a member; `COVERED`: what it is required for is covered by the
    members; `ADVISED`: it is advised and would bring a competence that the members lack.
    """

    CONTACT = "contact"
    COVERED = "covered"
    ADVISED = "advised"


@frozen
class Consulted:
    """An institution to consult, and the competences that the rules name it for."""

    institution: str
    why: WhyConsulted
    competences: tuple[str, ...]


@frozen
class TeamBody:
    """A body of the model and the institutions of this team in it.

    In a body that decides sit the heads of all partners, in one that works on the case the members.
    """

    body: Body
    institutions: tuple[str, ...]

    @property
    def decides(self) -> bool:
        """Whether heads of institutions decide here on the cooperation."""
        return self.body.part in (Part.DECIDES, Part.BOTH)

    @property
    def works(self) -> bool:
        """Whether it works on the family's case."""
        return self.body.part in (Part.WORKS, Part.BOTH)


@frozen
class Team:
    """A proposed team of real institutions; a proposal for the team and the family to weigh.

    Attributes:
        recommendation: what it is to cover.
        network: the institutions it was chosen from.
        members: who is in it: mandated ones first, then those that cover most, then by key.
        uncovered: required competences that nobody in the network holds, in catalogue order.
        missing: types that have to be there and that nobody in the network is.
        consulted: whom else to ask.
        optimal: whether it is proven that no team is better (see the module's order).
        cost: institutions from outside the commune, and members.
        bound: proven lower bound of that, equal to it if `optimal`.
    """

    recommendation: Recommendation
    network: LocalNetwork
    members: tuple[TeamMember, ...]
    uncovered: tuple[str, ...]
    missing: tuple[MissingMandate, ...]
    consulted: tuple[Consulted, ...]
    optimal: bool
    cost: tuple[int, int]
    bound: tuple[int, int]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the members, in order."""
        return tuple(member.key for member in self.members)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The competences that nobody local holds, each with a way out."""
        from kooperacja_model.gaps import find_gaps

        return find_gaps(self.recommendation, self.network)

    @cached_property
    def bodies(self) -> tuple[TeamBody, ...]:
        """The bodies that decide and that work on the case, with the institutions in each."""
        partners = tuple(entry.institution for entry in self.consulted if entry.why is not WhyConsulted.CONTACT)
        found = []
        for part in (Part.DECIDES, Part.BOTH, Part.WORKS):
            for body in self.recommendation.model.bodies.values():
                if body.part is part:
                    found.append(TeamBody(body, self.keys + partners if part is Part.DECIDES else self.keys))
        return tuple(found)

    def explain(self, lang: Lang = "pl") -> str:
        """The team as a text for the meeting: who, why, for what, what is missing and a way out."""
        from kooperacja_model.views.team import explain_team

        return explain_team(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """The team as plain data (format `kooperacja_model/team/1`)."""
        from kooperacja_model.views.team import team_to_dict

        return team_to_dict(self)


@frozen
class _Demand:
    """What the rules that hold ask for: competences with the types named for each, and the mandates."""

    required: Mapping[str, tuple[str, ...]]
    advised: Mapping[str, tuple[str, ...]]
    types: Mapping[str, Strength]
    mandates: Mapping[str, tuple[Mandate, ...]]


def propose_team(
    recommendation: Recommendation, network: LocalNetwork, include: Iterable[str] = (), limit: int = NODE_LIMIT
) -> Team:
    """The best team of real institutions for a recommendation.

    Conditional advice is left out: first the open questions are answered.

    Args:
        recommendation: what has to be covered, and by which types.
        network: the institutions of the family's commune.
        include: keys of institutions that are to be members anyway, for example the child's school.
        limit: search steps after which the best team so far is given, with its gap.

    Raises:
        NetworkError: the family lives in another commune, or `include` names an institution that
            does not serve the commune.

    >>> from kooperacja_model import load_model, network_from_availability, recommend
    >>> model = load_model("rural")
    >>> team = propose_team(recommend(model, ["truancy"]), network_from_availability(model, "1816122"))
    >>> team.optimal, team.keys[:2]
    (True, ('social_assistance_centre', 'municipal_office'))
    """
    commune = recommendation.case.commune
    if commune is not None and commune.code != network.commune.code:
        raise NetworkError(
            f"the family's commune is {commune.code}, the network is of {network.commune.code}; "
            f"give the network of the family's commune"
        )
    wanted = tuple(dict.fromkeys(include))
    for key in wanted:
        if key not in network.types:
            raise NetworkError(f"institution {key!r} does not serve the commune; known are {', '.join(network.types)}")
    return _Search(recommendation, network, wanted).team(limit)


def _demand(recommendation: Recommendation) -> _Demand:
    model = recommendation.model
    required: dict[str, dict[str, None]] = {}
    advised: dict[str, dict[str, None]] = {}
    types: dict[str, Strength] = {}
    brought = model.brought
    for rule in recommendation.fired:
        for kind, competences, strength in brought[rule.key]:
            if types.get(kind) is not Strength.REQUIRED:
                types[kind] = strength
            found = required if strength is Strength.REQUIRED else advised
            for competence in competences:
                found.setdefault(competence, {})[kind] = None
    rank = model.catalogue.competences.rank
    return _Demand(
        {key: tuple(required[key]) for key in sorted(required, key=rank)},
        {key: tuple(advised[key]) for key in sorted(advised, key=rank) if key not in required},
        types,
        _mandates(recommendation, types),
    )


def _mandates(recommendation: Recommendation, types: Mapping[str, Strength]) -> dict[str, tuple[Mandate, ...]]:
    """The types that have to be there, with the reasons, bodies before duties; contacts act on their own."""
    terms = recommendation.model.catalogue.institution_types
    bodies: dict[str, list[str]] = {}
    for body, kinds in seated(recommendation.model):
        for kind in kinds:
            bodies.setdefault(kind, []).append(body)
    duties: dict[str, list[str]] = {}
    for advice in recommendation.duties:
        if advice.strength is Strength.REQUIRED and advice.duty.force is Force.MUST:
            for kind in advice.duty.who:
                if types.get(kind) is Strength.REQUIRED and not terms[kind].outside_team:
                    duties.setdefault(kind, []).append(advice.key)
    found: dict[str, tuple[Mandate, ...]] = {kind: (Mandate(kind, WhyIn.BODY, tuple(k)),) for kind, k in bodies.items()}
    for kind, keys in duties.items():
        found[kind] = (*found.get(kind, ()), Mandate(kind, WhyIn.DUTY, tuple(keys)))
    return found


def seated(model: CooperationModel) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The bodies that work on a family's case, each with the types that always sit in it or lead it.

    >>> from kooperacja_model import load_model
    >>> seated(load_model("city"))
    (('zzk', ('social_assistance_centre',)),)
    """
    found = []
    for body in model.bodies.values():
        if body.part in (Part.WORKS, Part.BOTH):
            always = [key for key, member in body.members.items() if member.known is Known.ALWAYS]
            leads = () if body.led_by is None else body.led_by.institutions
            found.append((body.key, tuple(dict.fromkeys([*always, *leads]))))
    return tuple(found)


class _Search:
    """One search: the demand as bits, who covers which of them, and what the result means."""

    def __init__(self, recommendation: Recommendation, network: LocalNetwork, include: tuple[str, ...]) -> None:
        self.recommendation = recommendation
        self.network = network
        self.include = include
        self.demand = _demand(recommendation)
        self.types = recommendation.model.catalogue.institution_types
        self.able = network.eligible.union(include)
        self.masks: dict[str, int] = dict.fromkeys(include, 0)
        self.covers: dict[str, list[str]] = {key: [] for key in include}
        self.uncovered: list[str] = []
        self.stand_in: set[str] = set()
        self.bits = 0
        for kind in self.demand.mandates:
            self.ask([key for key in network.of_type[kind] if key in self.able])
        for competence, kinds in self.demand.required.items():
            self.ask_for(competence, kinds)
        self.keys = sorted(self.masks)
        self.advised = {competence: network.holding[competence] for competence in self.demand.advised}

    def ask(self, keys: Collection[str]) -> None:
        """One more bit that one of these has to cover."""
        if keys:
            for key in keys:
                self.masks[key] = self.masks.get(key, 0) | 1 << self.bits
            self.bits += 1

    def ask_for(self, competence: str, kinds: tuple[str, ...]) -> None:
        """A required competence: of the types named for it, or else of those that stand in."""
        holders = self.network.holders[competence]
        named = {key for kind in kinds for key in self.network.of_type[kind]}.intersection(holders)
        able = self.able.intersection(named or holders)
        if not named:
            (self.stand_in.add if able else self.uncovered.append)(competence)
        self.ask(able)
        for key in able:
            self.covers.setdefault(key, []).append(competence)

    def problem(self) -> tuple[list[Candidate], int, int]:
        """The candidates in the order of `keys`, the mask of what is required and that of what is advised.

        Only those who cover anything are candidates: nobody comes for an advised competence alone.
        """
        network = self.network
        outside, bound = network.outside, network.bound
        masks = dict(self.masks)
        for bit, holders in enumerate(self.advised.values(), self.bits):
            for key in holders.intersection(masks):
                masks[key] |= 1 << bit
        candidates = [Candidate(masks[key], key in outside, key in bound) for key in self.keys]
        return candidates, (1 << self.bits) - 1, (1 << len(self.advised)) - 1 << self.bits

    def team(self, limit: int) -> Team:
        candidates, demand, bonus = self.problem()
        fixed = [self.keys.index(key) for key in self.include]
        return self.result(best_cover(demand, candidates, bonus, fixed, limit))

    def result(self, cover: Cover) -> Team:
        chosen = [self.keys[index] for index in cover.chosen]
        times: dict[str, int] = {}
        for key in chosen:
            for competence in self.covers.get(key, ()):
                times[competence] = times.get(competence, 0) + 1
        members = [self.member(key, chosen, times) for key in chosen]
        members.sort(key=lambda member: (not member.mandates, -len(member.covers), member.key))
        return Team(
            recommendation=self.recommendation,
            network=self.network,
            members=tuple(members),
            uncovered=tuple(self.uncovered),
            missing=self.missing(chosen),
            consulted=self.consulted(chosen),
            optimal=cover.optimal,
            cost=cover.cost,
            bound=cover.bound,
        )

    def member(self, key: str, chosen: list[str], times: Mapping[str, int]) -> TeamMember:
        network = self.network
        mandates = [entry for kind in network.types[key] for entry in self.demand.mandates.get(kind, ())]
        if key in self.include:
            mandates.append(Mandate(network.types[key][0], WhyIn.CALLER, ()))
        covers = tuple(self.covers.get(key, ()))
        masks = self.masks
        alone = masks[key]
        for other in chosen:
            if other != key:
                alone &= ~masks[other]
        others = [other for other in self.keys if not alone & ~masks[other] and other not in chosen] if alone else ()
        return TeamMember(
            institution=network.institutions[key],
            mandates=tuple(mandates),
            covers=covers,
            only=tuple([competence for competence in covers if times[competence] == 1]),
            stands_in=tuple([competence for competence in covers if competence in self.stand_in]),
            advised=tuple([competence for competence, holders in self.advised.items() if key in holders]),
            outside=key in network.outside,
            bound=key in network.bound,
            alternatives=tuple(others),
        )

    def missing(self, chosen: list[str]) -> tuple[MissingMandate, ...]:
        found = []
        for kind, mandates in self.demand.mandates.items():
            if self.able.isdisjoint(self.network.of_type[kind]):
                competences = tuple(key for key, kinds in self.demand.required.items() if kind in kinds)
                stand_ins = tuple(key for key in chosen if set(competences) & set(self.covers.get(key, ())))
                found.append(MissingMandate(kind, mandates, competences, stand_ins))
        return tuple(found)

    def consulted(self, chosen: list[str]) -> tuple[Consulted, ...]:
        """One institution of each recommended type that no member is of: the nearest."""
        network = self.network
        present = {kind for key in chosen for kind in network.types[key]}
        held = {competence for key in chosen for competence in network.competences[key]}
        absent = [kind for kind in self.demand.types if kind not in present and network.of_type[kind]]
        absent.sort(key=lambda kind: (self.demand.types[kind].rank, self.types.rank(kind)))
        asked = [*self.demand.required.items(), *self.demand.advised.items()]
        outside, bound = network.outside, network.bound
        found: dict[str, Consulted] = {}
        for kind in absent:
            its = tuple([competence for competence, kinds in asked if kind in kinds])
            if self.types[kind].outside_team:
                why = WhyConsulted.CONTACT
            elif self.demand.types[kind] is Strength.REQUIRED:
                why = WhyConsulted.COVERED
            else:
                why = WhyConsulted.ADVISED
                its = tuple([competence for competence in its if competence not in held])
                if not its:
                    continue
            nearest = min(network.of_type[kind], key=lambda key: (key in outside, key not in bound, key))
            found.setdefault(nearest, Consulted(nearest, why, its))
        return tuple(found.values())
