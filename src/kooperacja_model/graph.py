"""The model as a graph: a view of the data in which a path is an explanation.

Nodes are `(kind, key)` written as `"kind:key"`: needs, circumstances, features, rules,
competences, institution types and sectors. Rules are nodes, so that two rules between the same
need and the same institution are both kept. Edges and their attribute `role`:

- fact -> rule: `all`, `any` or `none`, as in the rule's condition;
- rule -> competence and rule -> institution type: `require` or `advise`;
- competence -> institution type: `held_by`;
- institution type -> sector: `belongs_to`.

A local network is another graph: institutions, their types, the areas they serve and what they
signed. Edges and their attribute `role`:

- institution -> institution type: `is_a`;
- institution -> area (a commune, powiat, voivodeship or the country): `serves`;
- institution -> agreement: `signed`.

The tuples of the data are the truth; the graph is built from them, always in the same order, with
texts as attributes, and frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

from kooperacja_model.model import CooperationModel, Rule

if TYPE_CHECKING:
    from kooperacja_model.network import LocalNetwork
    from kooperacja_model.recommendation import Recommendation

__all__ = ["agreement_graph", "build_graph", "network_graph", "recommendation_graph"]

_KINDS = {
    "needs": "need",
    "circumstances": "circumstance",
    "features": "feature",
    "competences": "competence",
    "institution_types": "institution_type",
    "sectors": "sector",
}


def build_graph(model: CooperationModel) -> nx.DiGraph[str]:
    """The whole model as a frozen graph.

    >>> from kooperacja_model import load_model
    >>> graph = build_graph(load_model("rural"))
    >>> graph.nodes["sector:police"]["pl"]
    'policja i porządek publiczny'
    """
    graph: nx.DiGraph[str] = nx.DiGraph(model=model.key, model_hash=model.hash)
    for section, kind in _KINDS.items():
        for key, term in getattr(model.catalogue, section).items():
            graph.add_node(f"{kind}:{key}", kind=kind, key=key, pl=term.label.pl, en=term.label.en)
    for rule in model.rules.values():
        graph.add_node(_name(rule), kind="rule", key=rule.key, pl=rule.because.pl, en=rule.because.en)
    for rule in model.rules.values():
        for source, target, role in _rule_edges(model, rule):
            graph.add_edge(source, target, role=role)
    for source, target, role in _static_edges(model):
        graph.add_edge(source, target, role=role)
    nx.freeze(graph)
    return graph


def recommendation_graph(recommendation: Recommendation) -> nx.DiGraph[str]:
    """The part of `build_graph` that a recommendation walks, frozen.

    It has the reported needs, the facts that its rules name, the rules that hold or are
    undecided (attribute `status`: `holds` or `undecided`), and what these bring.
    """
    model = recommendation.model
    whole = build_graph(model)
    reported = {f"need:{need.key}" for need in recommendation.case.needs}
    graph: nx.DiGraph[str] = nx.DiGraph(model=model.key, model_hash=model.hash)
    statuses = [(rule, "holds") for rule in recommendation.fired]
    statuses += [(rule, "undecided") for rule in recommendation.undecided]
    nodes: dict[str, None] = dict.fromkeys(sorted(reported))
    edges: list[tuple[str, str]] = []
    for rule, _ in statuses:
        for source, target, _ in _rule_edges(model, rule):
            if source.startswith("need:") and source not in reported:
                continue
            edges.append((source, target))
            nodes.setdefault(source)
            nodes.setdefault(target)
    advised = {f"institution_type:{advice.key}" for advice in recommendation.institutions}
    needed = {f"competence:{advice.key}" for advice in recommendation.competences}
    sectors = {f"sector:{advice.key}" for advice in recommendation.sectors}
    for source, target, _ in _static_edges(model):
        if (target in advised and source in needed) or (source in advised and target in sectors):
            edges.append((source, target))
            nodes.setdefault(target)
    graph.add_nodes_from((name, whole.nodes[name]) for name in whole if name in nodes)
    graph.add_edges_from((source, target, whole.edges[source, target]) for source, target in edges)
    for rule, status in statuses:
        graph.nodes[_name(rule)]["status"] = status
    nx.freeze(graph)
    return graph


def network_graph(network: LocalNetwork) -> nx.DiGraph[str]:
    """A local network as a frozen graph of institutions, types, areas and agreements.

    Institutions that serve other communes are in it as well.

    >>> from kooperacja_model import Commune, Institution, LocalNetwork, load_catalogue
    >>> ppp = Institution("ppp", "PPP", ["pp_counselling_centre"], serves=["1816"])
    >>> graph = network_graph(LocalNetwork("Świlcza", Commune("1816122"), [ppp], [], load_catalogue()))
    >>> list(graph.successors("institution:ppp"))
    ['institution_type:pp_counselling_centre', 'area:1816']
    """
    graph: nx.DiGraph[str] = nx.DiGraph(name=network.name, commune=network.commune.code.text)
    institutions = network.institutions.values()
    for institution in institutions:
        name = f"institution:{institution.key}"
        graph.add_node(name, kind="institution", key=institution.key, name=institution.name)
    kinds = {kind for institution in institutions for kind in institution.types}
    for key, term in network.catalogue.institution_types.items():
        if key in kinds:
            name = f"institution_type:{key}"
            graph.add_node(name, kind="institution_type", key=key, pl=term.label.pl, en=term.label.en)
    for area in sorted({area for institution in institutions for area in institution.serves}):
        graph.add_node(f"area:{area}", kind="area", key=area)
    for key, agreement in network.agreements.items():
        graph.add_node(f"agreement:{key}", kind="agreement", key=key, signed_as=agreement.kind.value)
    for institution in institutions:
        for kind in institution.types:
            graph.add_edge(f"institution:{institution.key}", f"institution_type:{kind}", role="is_a")
        for area in institution.serves:
            graph.add_edge(f"institution:{institution.key}", f"area:{area}", role="serves")
    for key, agreement in network.agreements.items():
        for party in agreement.between:
            graph.add_edge(f"institution:{party}", f"agreement:{key}", role="signed")
    nx.freeze(graph)
    return graph


def agreement_graph(network: LocalNetwork) -> nx.Graph[str]:
    """All institutions of a local network by key, joined where both signed the same document; frozen."""
    graph: nx.Graph[str] = nx.Graph(name=network.name, commune=network.commune.code.text)
    graph.add_nodes_from(network.institutions)
    for agreement in network.agreements.values():
        graph.add_edges_from(combinations(dict.fromkeys(agreement.between), 2))
    nx.freeze(graph)
    return graph


def _name(rule: Rule) -> str:
    return f"rule:{rule.key}"


def _rule_edges(model: CooperationModel, rule: Rule) -> Iterator[tuple[str, str, str]]:
    for role, keys in (("all", rule.when.all), ("any", rule.when.any), ("none", rule.when.none)):
        for key in keys:
            yield f"{_fact_kind(model, key)}:{key}", _name(rule), role
    for role, brought in (("require", rule.require), ("advise", rule.advise)):
        for name, competences in brought.items():
            profile = model.catalogue.profiles.get(name)
            institution = name if profile is None else profile.of
            yield _name(rule), f"institution_type:{institution}", role
            for competence in competences:
                yield _name(rule), f"competence:{competence}", role


def _fact_kind(model: CooperationModel, key: str) -> str:
    if key in model.catalogue.needs:
        return "need"
    return "circumstance" if key in model.catalogue.circumstances else "feature"


def _static_edges(model: CooperationModel) -> Iterable[tuple[str, str, str]]:
    for key, term in model.catalogue.institution_types.items():
        for competence in term.competences:
            yield f"competence:{competence}", f"institution_type:{key}", "held_by"
        yield f"institution_type:{key}", f"sector:{term.sector}", "belongs_to"
