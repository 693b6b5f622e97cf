"""What a family needs and nobody in the network of its commune holds, and what can be done about it.

A gap is found by comparing the recommendation with the network as it is written down. What is
missing there may well exist in the commune; so where the law or common practice says that an
institution is there, the first way out is to look at the file. What an act says carries its source;
the ways out are this library's own proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache

from attrs import evolve, frozen

from kooperacja_model.catalogue import Catalogue, Competence, InstitutionType, Level, Profile
from kooperacja_model.commune import Commune
from kooperacja_model.errors import NetworkError
from kooperacja_model.model import CooperationModel, Duty, Strength
from kooperacja_model.network import Institution, LocalNetwork
from kooperacja_model.provenance import Basis, Source, Table
from kooperacja_model.recommendation import Recommendation, recommend

__all__ = [
    "Gap",
    "MissingType",
    "Provider",
    "Provision",
    "StandIn",
    "Step",
    "WayOut",
    "Without",
    "find_gaps",
    "find_missing_types",
    "find_network_gaps",
    "required_alone",
]

_GUARANTEED = ("G1", "P1", "T")
_USUAL = ("G2", "P2")
_ONE_FOR_ALL = "W1"


class WayOut(StrEnum):
    """What can be done about a gap, in the order in which it is worth trying.

    - `ASK`: somebody of the right type is in the network, but does not have the competence;
    - `ENTER`: by law every commune is served by such an institution, so the file probably lacks it;
    - `CHECK`: practically every commune or powiat is served by one, so the file may lack it;
    - `EXTEND`: somebody in the file has it, but serves other communes;
    - `AGREE`: an institution of the powiat, the voivodeship or the state could serve the commune;
    - `SET_UP`: the commune could set it up or commission it;
    - `INVITE`: an organisation or a person could be invited or supported.
    """

    ASK = "ask"
    ENTER = "enter"
    CHECK = "check"
    EXTEND = "extend"
    AGREE = "agree"
    SET_UP = "set_up"
    INVITE = "invite"


@frozen
class Provision:
    """What is known of the existence of an institution type.

    Attributes:
        term: the institution type, with its availability code.
        there: an institution of the network is of this type and serves the commune.
    """

    term: InstitutionType
    there: bool

    @property
    def key(self) -> str:
        """Key of the institution type."""
        return self.term.key

    @property
    def guaranteed(self) -> bool:
        """Whether an act alone makes one serve every commune (codes G1, P1, T)."""
        return self.term.availability in _GUARANTEED and len(self.sources) == len(self.term.sources)

    @property
    def usual(self) -> bool:
        """Whether practically every commune or powiat is served by one (G2, P2, or a net that is not only law)."""
        return self.term.availability in (*_GUARANTEED, *_USUAL) and not self.guaranteed

    @property
    def sources(self) -> tuple[Source, ...]:
        """The acts that it rests on."""
        return tuple(source for source in self.term.sources if source.basis is Basis.STATUTE)


@frozen
class Provider:
    """An institution type that could provide something.

    Attributes:
        term: the institution type.
        profile: the profile of that type that it takes, if the type alone is not enough.
        levels: the levels that are meant here, of those at which the type is run.
    """

    term: InstitutionType
    profile: Profile | None
    levels: tuple[Level, ...]

    @property
    def key(self) -> str:
        """Key of the institution type."""
        return self.term.key


@frozen
class Without:
    """An institution of the network from which one would expect a competence that it does not have.

    Attributes:
        institution: the institution.
        reason: why it does not have it, as the network says; `None` if nothing is said.
    """

    institution: Institution
    reason: str | None


@frozen
class Step:
    """One way out: institution types to look for, or institutions to talk to. Its basis is `DESIGN`."""

    way: WayOut
    providers: tuple[Provider, ...] = ()
    institutions: tuple[Institution, ...] = ()


@frozen
class Gap:
    """A competence that is needed and that nobody who serves the commune holds.

    Attributes:
        term: the competence.
        strength: `REQUIRED` or `ADVISED`.
        needs: keys of the needs that it is for.
        provisions: the institution types that the rules name for it, and whether they have to exist.
        duties: duties that arise for the family and bind one of these types.
        present: institutions of the network from which one would expect it.
        elsewhere: institutions of the network that have it, but do not serve the commune.
        nearby: types of the powiat, the voivodeship or the state that hold it, in catalogue order.
        local: types that the commune could set up, commission, invite or support, in catalogue order.
        steps: ways out, in the order of `WayOut`; there is at least one.
    """

    term: Competence
    strength: Strength
    needs: tuple[str, ...]
    provisions: tuple[Provision, ...]
    duties: tuple[Duty, ...]
    present: tuple[Without, ...]
    elsewhere: tuple[Institution, ...]
    nearby: tuple[Provider, ...]
    local: tuple[Provider, ...]
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """Key of the competence."""
        return self.term.key


@frozen
class StandIn:
    """A competence of a missing institution type, and who in the network holds it meanwhile."""

    competence: Competence
    institutions: tuple[Institution, ...]


@frozen
class MissingType:
    """A required institution type that nobody who serves the commune is.

    Attributes:
        provision: the type, and whether it has to exist.
        needs: keys of the needs that it is for.
        stand_ins: the competences it is there for, each with who else holds it (possibly nobody).
        duties: duties that arise for the family and bind this type; no stand-in takes them over.
        part_of: key of the type of which it is a part in this commune, if any.
        steps: ways out, in the order of `WayOut`; there is at least one.
    """

    provision: Provision
    needs: tuple[str, ...]
    stand_ins: tuple[StandIn, ...]
    duties: tuple[Duty, ...]
    part_of: str | None
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """Key of the institution type."""
        return self.provision.key


def find_gaps(recommendation: Recommendation, network: LocalNetwork) -> tuple[Gap, ...]:
    """The required and advised competences that nobody who serves the commune holds.

    Conditional ones are left out: first the open questions are answered.

    Args:
        recommendation: what the family needs.
        network: the institutions of the family's commune.

    Raises:
        NetworkError: the family lives in another commune, or the two use different catalogues.

    >>> from kooperacja_model import Commune, Institution, LocalNetwork, load_catalogue, recommend
    >>> school = Institution("school", "Primary school", ["primary_school"], serves=["1816122"])
    >>> network = LocalNetwork("Świlcza", Commune("1816122"), [school], [], load_catalogue())
    >>> gap = find_gaps(recommend("rural", ["truancy"]), network)[0]
    >>> gap.key, [provision.key for provision in gap.provisions], gap.steps[0].way.value
    ('environmental_interview', ['social_assistance_centre'], 'enter')
    """
    _check_fits(recommendation, network)
    seeker = _Seeker(network)
    return tuple(
        seeker.gap(advice.term, advice.strength, advice.needs, advice.institutions, _duties(recommendation))
        for advice in recommendation.competences
        if advice.strength is not Strength.CONDITIONAL and not network.holders[advice.key]
    )


def find_missing_types(recommendation: Recommendation, network: LocalNetwork) -> tuple[MissingType, ...]:
    """The required institution types that nobody who serves the commune is.

    Their competences may be held by others; these are named as stand-ins.

    Args:
        recommendation: what the family needs.
        network: the institutions of the family's commune.

    Raises:
        NetworkError: the family lives in another commune, or the two use different catalogues.
    """
    _check_fits(recommendation, network)
    seeker = _Seeker(network)
    found = []
    for advice in recommendation.institutions:
        if advice.strength is Strength.REQUIRED and not network.of_type[advice.key]:
            competences = (key for key, strength in advice.competences if strength is not Strength.CONDITIONAL)
            found.append(
                MissingType(
                    provision=seeker.provision(advice.key),
                    needs=advice.needs,
                    stand_ins=tuple(seeker.stand_in(key) for key in competences),
                    duties=tuple(duty for duty in _duties(recommendation) if advice.key in duty.who),
                    part_of=advice.part_of,
                    steps=seeker.steps_to_type(advice.key),
                )
            )
    return tuple(found)


def find_network_gaps(model: CooperationModel, network: LocalNetwork) -> tuple[Gap, ...]:
    """The competences that are required for some need alone and that nobody who serves the commune holds.

    Each need of the catalogue is taken alone, without circumstances. Duties are left out, as they
    depend on the family.

    Args:
        model: the model whose rules ask for the competences.
        network: the institutions of a commune.

    Raises:
        NetworkError: the model and the network use different catalogues.
    """
    _check_catalogue(model, network)
    seeker = _Seeker(network)
    needs: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    for need, required in required_alone(model, network.commune).items():
        for competence, institutions in required.items():
            if not network.holders[competence]:
                needs.setdefault(competence, []).append(need)
                named.setdefault(competence, []).extend(institutions)
    competences, types = model.catalogue.competences, model.catalogue.institution_types
    return tuple(
        seeker.gap(competences[key], Strength.REQUIRED, tuple(needs[key]), sorted(set(named[key]), key=types.rank), ())
        for key in sorted(needs, key=lambda key: (-len(needs[key]), competences.rank(key)))
    )


@lru_cache(maxsize=64)
def required_alone(model: CooperationModel, commune: Commune) -> Table[Table[tuple[str, ...]]]:
    """For each need alone: the competences that are certainly required, with the types named for each.

    >>> from kooperacja_model import load_model
    >>> list(required_alone(load_model("rural"), Commune("1816122"))["energy_poverty"])[:2]
    ['environmental_interview', 'social_work']
    """
    return Table(
        {
            need: Table(
                {
                    advice.key: advice.institutions
                    for advice in recommend(model, [need], commune=commune).competences
                    if advice.strength is Strength.REQUIRED
                }
            )
            for need in model.catalogue.needs
        }
    )


def _check_fits(recommendation: Recommendation, network: LocalNetwork) -> None:
    commune = recommendation.case.commune
    if commune is not None and commune.code != network.commune.code:
        raise NetworkError(
            f"the family's commune is {commune.code}, the network is of {network.commune.code}; "
            "give the network of the family's commune"
        )
    _check_catalogue(recommendation.model, network)


def _check_catalogue(model: CooperationModel, network: LocalNetwork) -> None:
    if network.catalogue is not model.catalogue and network.catalogue != model.catalogue:
        raise NetworkError(
            "the network was read with another catalogue than the model; read it with the catalogue of the model"
        )


def _duties(recommendation: Recommendation) -> tuple[Duty, ...]:
    """The duties that arise from what is known."""
    return tuple(advice.duty for advice in recommendation.duties if advice.strength is Strength.REQUIRED)


class _Seeker:
    """Looks in one network for who could provide what is missing there."""

    def __init__(self, network: LocalNetwork) -> None:
        self.network = network
        self.catalogue: Catalogue = network.catalogue
        self.own = (Level.GMINA, Level.POWIAT) if network.commune.code.has_powiat_rights else (Level.GMINA,)
        everywhere = [evolve(institution, serves=("PL",)) for institution in network.institutions.values()]
        self.if_all_served = evolve(network, institutions=everywhere)

    def gap(
        self,
        term: Competence,
        strength: Strength,
        needs: tuple[str, ...],
        named: Iterable[str],
        duties: tuple[Duty, ...],
    ) -> Gap:
        provisions = tuple(self.provision(key) for key in named)
        keys = {provision.key for provision in provisions}
        present = tuple(self.present(term.key, keys))
        elsewhere = self.institutions(self.if_all_served.holders[term.key])
        holding = sorted(self.holding(term.key), key=lambda holder: holder[0].key not in keys)
        asked = () if not present else (Step(WayOut.ASK, (), tuple(entry.institution for entry in present)),)
        rank = self.catalogue.institution_types.rank
        in_order = sorted(holding, key=lambda holder: rank(holder[0].key))
        return Gap(
            term=term,
            strength=strength,
            needs=needs,
            provisions=provisions,
            duties=tuple(duty for duty in duties if keys & set(duty.who)),
            present=present,
            elsewhere=elsewhere,
            nearby=tuple(self.nearby(in_order)),
            local=tuple(self.local(in_order)),
            steps=asked + tuple(self.steps(holding, elsewhere)),
        )

    def provision(self, key: str) -> Provision:
        return Provision(self.catalogue.institution_types[key], bool(self.network.of_type[key]))

    def institutions(self, keys: Iterable[str]) -> tuple[Institution, ...]:
        return tuple(self.network.institutions[key] for key in keys)

    def stand_in(self, competence: str) -> StandIn:
        holders = self.institutions(self.network.holders[competence])
        return StandIn(self.catalogue.competences[competence], holders)

    def present(self, competence: str, named: set[str]) -> Iterator[Without]:
        """Institutions that are of a type named for a competence, or had it taken away."""
        for key, types in self.network.types.items():
            institution = self.network.institutions[key]
            if competence in institution.removed or named & set(types):
                yield Without(institution, institution.removed.get(competence))

    def holding(self, competence: str) -> Iterator[tuple[InstitutionType, Profile | None]]:
        """The types of the catalogue that hold a competence, and the profiles that add it to their type."""
        for key, term in self.catalogue.institution_types.items():
            if competence in term.competences:
                yield term, None
            else:
                for profile in self.catalogue.profiles.values():
                    if profile.of == key and competence in profile.competences:
                        yield term, profile

    def nearby(self, holding: Iterable[tuple[InstitutionType, Profile | None]]) -> Iterator[Provider]:
        """Those that the powiat, the voivodeship or the state runs, or of which there is one for all."""
        for term, profile in holding:
            levels = tuple(level for level in term.levels if level not in (*self.own, Level.CIVIC))
            if term.availability == _ONE_FOR_ALL:
                levels = term.levels
            if levels:
                yield Provider(term, profile, levels)

    def local(self, holding: Iterable[tuple[InstitutionType, Profile | None]]) -> Iterator[Provider]:
        """Those that need not exist, and that the commune or its citizens could set up."""
        for term, profile in holding:
            levels = tuple(level for level in term.levels if level in (*self.own, Level.CIVIC))
            if levels and term.availability not in (*_GUARANTEED, _ONE_FOR_ALL):
                yield Provider(term, profile, levels)

    def steps(
        self, holding: Iterable[tuple[InstitutionType, Profile | None]], elsewhere: tuple[Institution, ...]
    ) -> Iterator[Step]:
        """Ways to an institution that the network lacks: look at the file, then outside, then set one up."""
        absent = [(term, profile) for term, profile in holding if profile or not self.network.of_type[term.key]]
        provisions = [(self.provision(term.key), Provider(term, profile, term.levels)) for term, profile in absent]
        enter = tuple(provider for provision, provider in provisions if provision.guaranteed and not provision.there)
        if enter:
            yield Step(WayOut.ENTER, enter)
        check = tuple(provider for provision, provider in provisions if provision.usual and not provision.there)
        if check:
            yield Step(WayOut.CHECK, check)
        if elsewhere:
            yield Step(WayOut.EXTEND, (), elsewhere)
        entered = {provider.key for provider in enter}
        agree = tuple(provider for provider in self.nearby(absent) if provider.key not in entered)
        if agree:
            yield Step(WayOut.AGREE, agree)
        local = tuple(self.local(absent))
        set_up = tuple(provider for provider in local if set(provider.levels) & set(self.own))
        if set_up:
            yield Step(WayOut.SET_UP, set_up)
        invite = tuple(provider for provider in local if provider not in set_up)
        if invite:
            yield Step(WayOut.INVITE, invite)

    def steps_to_type(self, key: str) -> tuple[Step, ...]:
        """Ways to an institution of one type."""
        elsewhere = self.institutions(self.if_all_served.of_type[key])
        return tuple(self.steps([(self.catalogue.institution_types[key], None)], elsewhere))
