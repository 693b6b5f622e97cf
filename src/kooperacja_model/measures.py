"""What the network of a commune can serve, and on whom that hangs.

The needs are measured by the competences that the rules require; the ties between institutions by
what they signed. All of it is this library's own calculation, a start for a talk and not a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from attrs import frozen

from kooperacja_model.catalogue import Need
from kooperacja_model.gaps import Gap, find_network_gaps, required_alone
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import Institution, LocalNetwork
from kooperacja_model.provenance import Lang

__all__ = [
    "Broker",
    "Coverage",
    "Dependence",
    "Hit",
    "Measures",
    "NeedCoverage",
    "measure_network",
]


class Coverage(StrEnum):
    """How far the required competences of a need are held; `OPEN`: none is required for it alone."""

    FULL = "full"
    PARTLY = "partly"
    NOT_AT_ALL = "not_at_all"
    OPEN = "open"


@frozen
class NeedCoverage:
    """A need and the competences that are required for it alone.

    Attributes:
        need: the need.
        required: keys of the competences, in the order of the recommendation.
        missing: those that nobody who serves the commune holds.
    """

    need: Need
    required: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def key(self) -> str:
        """Key of the need."""
        return self.need.key

    @property
    def coverage(self) -> Coverage:
        """Whether all, some or none of the required competences are held."""
        return _coverage(self.required, self.missing)


@frozen
class Hit:
    """What the leaving of one institution does to one need; `lost` are keys of required competences."""

    need: Need
    before: Coverage
    after: Coverage
    lost: tuple[str, ...]

    @property
    def drops(self) -> bool:
        """Whether the need can no longer be served as far as before."""
        return self.before is not self.after


@frozen
class Dependence:
    """What depends on one institution alone.

    Attributes:
        institution: the institution.
        sole: keys of the competences that nobody else who serves the commune holds.
        hits: what its leaving would do to needs, those that drop first, then in catalogue order.
    """

    institution: Institution
    sole: tuple[str, ...]
    hits: tuple[Hit, ...]

    @property
    def key(self) -> str:
        """Key of the institution."""
        return self.institution.key

    @property
    def drops(self) -> tuple[Hit, ...]:
        """The needs that could no longer be served as far as before."""
        return tuple(hit for hit in self.hits if hit.drops)


@frozen
class Broker:
    """An institution through which agreements join others.

    Attributes:
        institution: the institution.
        betweenness: share of the pairs of other institutions whose shortest way through agreements
            leads over it (0 to 1, betweenness centrality, nine places).
        cuts: without it others would not be joined any more (it is an articulation point).
    """

    institution: Institution
    betweenness: float
    cuts: bool

    @property
    def key(self) -> str:
        """Key of the institution."""
        return self.institution.key


@frozen
class Measures:
    """What a network can serve, on whom that hangs, and who is joined with whom.

    Attributes:
        model: the model whose rules were asked.
        network: the network that was measured.
        needs: every need of the catalogue, in order.
        gaps: the required competences that are missing, those for most needs first.
        dependences: institutions on which something depends, the most important first.
        brokers: institutions between others, the most important first.
        isolated: institutions that signed nothing with anybody, in order.
        groups: institutions that agreements join, directly or through others, the largest group first.
    """

    model: CooperationModel
    network: LocalNetwork
    needs: tuple[NeedCoverage, ...]
    gaps: tuple[Gap, ...]
    dependences: tuple[Dependence, ...]
    brokers: tuple[Broker, ...]
    isolated: tuple[Institution, ...]
    groups: tuple[tuple[Institution, ...], ...]

    @property
    def single_points(self) -> tuple[Dependence, ...]:
        """The single points of failure: institutions without which some need drops."""
        return tuple(dependence for dependence in self.dependences if dependence.drops)

    def of(self, coverage: Coverage) -> tuple[NeedCoverage, ...]:
        """The needs that can be served so far."""
        return tuple(entry for entry in self.needs if entry.coverage is coverage)

    def explain_needs(self, lang: Lang = "pl") -> str:
        """Which needs can be served, what is missing, and what can be done, as a text."""
        from kooperacja_model.views.measures import explain_needs

        return explain_needs(self, lang)

    def explain(self, lang: Lang = "pl") -> str:
        """On whom the network rests, as a text: each measure explained in a sentence."""
        from kooperacja_model.views.measures import explain_measures

        return explain_measures(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """The measures as plain data (format `kooperacja_model/measures/1`)."""
        from kooperacja_model.views.measures import measures_to_dict

        return measures_to_dict(self)


def measure_network(model: CooperationModel, network: LocalNetwork) -> Measures:
    """What the network of a commune can serve, and on whom that hangs.

    Each need is taken alone, without circumstances; only competences that are certainly required
    count, not those that depend on a question.

    Args:
        model: the model whose rules are asked.
        network: the institutions of a commune.

    Raises:
        NetworkError: the model and the network use different catalogues.

    >>> from kooperacja_model import Commune, Institution, LocalNetwork, load_catalogue, load_model
    >>> ops = Institution("gops", "GOPS", ["social_assistance_centre"], serves=["1816122"])
    >>> network = LocalNetwork("Świlcza", Commune("1816122"), [ops], [], load_catalogue())
    >>> measures = measure_network(load_model("rural"), network)
    >>> [entry.key for entry in measures.of(Coverage.FULL)][0], measures.single_points[0].key
    ('household_management_helplessness', 'gops')
    """
    gaps = find_network_gaps(model, network)
    needs = tuple(
        NeedCoverage(model.catalogue.needs[key], tuple(required), tuple(c for c in required if not network.holders[c]))
        for key, required in required_alone(model, network.commune).items()
    )
    brokers, isolated, groups = _ties(network)
    return Measures(model, network, needs, gaps, _dependences(network, needs), brokers, isolated, groups)


def _coverage(required: tuple[str, ...], missing: tuple[str, ...]) -> Coverage:
    if not required:
        return Coverage.OPEN
    if not missing:
        return Coverage.FULL
    return Coverage.NOT_AT_ALL if len(missing) == len(required) else Coverage.PARTLY


def _dependences(network: LocalNetwork, needs: tuple[NeedCoverage, ...]) -> tuple[Dependence, ...]:
    """What each institution alone holds, and what its leaving would do."""
    found = []
    for key in network.serving:
        sole = tuple(competence for competence, holders in network.holders.items() if holders == (key,))
        if sole:
            hits = sorted(_hits(needs, frozenset(sole)), key=lambda hit: not hit.drops)
            found.append(Dependence(network.institutions[key], sole, tuple(hits)))
    return tuple(sorted(found, key=lambda its: (-len(its.drops), -len(its.hits), -len(its.sole), its.key)))


def _hits(needs: tuple[NeedCoverage, ...], gone: frozenset[str]) -> Iterator[Hit]:
    for entry in needs:
        lost = tuple(competence for competence in entry.required if competence in gone)
        if lost:
            yield Hit(entry.need, entry.coverage, _coverage(entry.required, entry.missing + lost), lost)


def _ties(
    network: LocalNetwork,
) -> tuple[tuple[Broker, ...], tuple[Institution, ...], tuple[tuple[Institution, ...], ...]]:
    """Who stands between others, who signed nothing, and who is joined."""
    import networkx as nx

    from kooperacja_model.graph import agreement_graph

    graph = agreement_graph(network)
    rank = network.institutions.rank
    cuts = set(nx.articulation_points(graph))
    brokers = [
        Broker(network.institutions[key], round(value, 9), key in cuts)
        for key, value in nx.betweenness_centrality(graph).items()
        if round(value, 9) > 0
    ]
    joined = [sorted(group, key=rank) for group in nx.connected_components(graph) if len(group) > 1]
    joined.sort(key=lambda group: (-len(group), rank(group[0])))
    return (
        tuple(sorted(brokers, key=lambda broker: (-broker.betweenness, broker.key))),
        tuple(institution for key, institution in network.institutions.items() if not graph.degree(key)),
        tuple(tuple(network.institutions[key] for key in group) for group in joined),
    )
