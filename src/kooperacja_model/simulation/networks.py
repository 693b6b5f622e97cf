"""Which institutions serve each commune of a scenario: those of network files, and drawn ones for the rest.

What the law or common practice gives every commune is there (codes G1, P1, T, P2, W1, and G2 where the
catalogue finds it always or commonly). Whether a commune has an institution of another type is drawn
from the priors of the population. An optional county unit (PO) serves all communes of the county in
which it was drawn for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from kooperacja_model.availability import network_from_availability
from kooperacja_model.catalogue import InstitutionType, Presence
from kooperacja_model.errors import ScenarioError
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import Institution, LocalNetwork, Origin
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Basis
from kooperacja_model.scenario import Variant
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.families import stream

__all__ = ["Networks"]

_MINIMUM = ("G1", "P1", "T")
_SERVED = (*_MINIMUM, "P2", "W1")
_NETWORKS = 2
_PRIORS = {
    CommuneClass.RURAL: "rural",
    CommuneClass.URBAN_RURAL: "urban_rural",
    CommuneClass.TOWN: "city",
    CommuneClass.CITY_WITH_POWIAT_RIGHTS: "city",
}


class Networks:
    """The institutions of some communes.

    Args:
        population: has the priors.
        seed: of what is drawn.
        country: all communes of the country, for counties.
        known: networks of files.
    """

    def __init__(
        self, population: Population, seed: int, country: Sequence[SimulatedCommune], known: Iterable[LocalNetwork] = ()
    ) -> None:
        self.types = population.catalogue.institution_types
        self.competences = population.catalogue.competences
        self.known = {network.commune.code.text: network for network in known}
        self.rows = {commune.code.text: row for row, commune in enumerate(country)}
        self.seats, self.served = self._drawn(population, seed, country)
        self.holds = np.array(
            [[key in term.competences for key in self.competences] for term in self.types.values()], dtype=bool
        )

    def check(self, communes: Iterable[SimulatedCommune]) -> None:
        """Refuse networks of communes that are not in the scenario.

        Raises:
            ScenarioError: there is one.
        """
        strange = set(self.known) - {commune.code.text for commune in communes}
        if strange:
            listed = ", ".join(sorted(strange))
            raise ScenarioError(f"networks of communes that are not in the scenario: {listed}; leave them out")

    def _drawn(
        self, population: Population, seed: int, country: Sequence[SimulatedCommune]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which types have their seat in each commune, and which serve it."""
        priors = {kind: self._priors(population, kind) for kind in CommuneClass}
        numbers = np.array([stream(seed, commune, _NETWORKS).random(len(self.types)) for commune in country])
        seats = numbers < np.array([priors[commune.kind][0] for commune in country])
        served = seats | np.array([priors[commune.kind][1] for commune in country])
        shared = [row for row, term in enumerate(self.types.values()) if term.availability == "PO"]
        powiats: dict[str, list[int]] = {}
        for row, commune in enumerate(country):
            powiats.setdefault(commune.code.powiat, []).append(row)
        for rows in powiats.values():
            served[np.ix_(rows, shared)] = seats[np.ix_(rows, shared)].any(axis=0)
        return seats, served

    def _priors(self, population: Population, kind: CommuneClass) -> tuple[list[float], list[bool]]:
        """For each type how probable it is that its seat is in a commune, and whether it serves it anyway."""
        chances, sure = [], []
        for key, term in self.types.items():
            presence = term.presence.get(_PRIORS[kind])
            own = population.presence.types.get(key)
            word = 0.0 if presence is None else population.presence.words.values[presence.value]
            chances.append(word if own is None else own.value)
            sure.append(own is None and _is_sure(term, presence))
        return chances, sure

    # -- under a variant -------------------------------------------------------------------------

    def held(self, communes: Sequence[SimulatedCommune], variant: Variant) -> NDArray[np.bool_]:
        """For each commune and each competence whether somebody who serves the commune holds it."""
        rows = [self.rows[commune.code.text] for commune in communes]
        types = self._with_parts(self._changed(self.served[rows], variant), communes)
        held: NDArray[np.bool_] = (types.astype(np.uint8) @ self.holds.astype(np.uint8)) > 0
        for row, commune in enumerate(communes):
            if commune.code.text in self.known:
                holders = self._of_file(commune, variant).holders
                held[row] = [bool(holders[key]) for key in self.competences]
        return held

    def _changed(self, served: NDArray[np.bool_], variant: Variant) -> NDArray[np.bool_]:
        served = served.copy()
        numbers = {key: number for number, key in enumerate(self.types)}
        served[:, [numbers[key] for key in variant.add]] = True
        served[:, [numbers[key] for key in variant.close]] = False
        return served

    def _with_parts(self, types: NDArray[np.bool_], communes: Sequence[SimulatedCommune]) -> NDArray[np.bool_]:
        """The types that institutions are as well: for which they stand, and which are a part of them."""
        numbers = {key: number for number, key in enumerate(self.types)}
        joint = np.array([commune.code.has_joint_ops_and_pcpr for commune in communes], dtype=bool)
        for key, term in self.types.items():
            if term.stands_for is not None:
                types[:, numbers[term.stands_for]] |= types[:, numbers[key]]
        for key, term in self.types.items():
            if term.part_of is not None:
                types[:, numbers[key]] |= types[:, numbers[term.part_of.type]] & joint
        return types

    def network(self, commune: SimulatedCommune, model: CooperationModel, variant: Variant) -> LocalNetwork:
        """The network of a commune under a variant; drawn institutions have the names of their types."""
        if commune.code.text in self.known:
            return self._of_file(commune, variant)
        row = self.rows[commune.code.text]
        served = self._changed(self.served[row : row + 1], variant)[0]
        there = {key: bool(served[number]) for number, key in enumerate(self.types)}
        stood = {term.stands_for for key, term in self.types.items() if there[key] and term.stands_for is not None}
        base = network_from_availability(model, commune.code)
        institutions = [one for key, one in base.institutions.items() if there[key] and key not in stood]
        for number, (key, term) in enumerate(self.types.items()):
            if there[key] and term.availability not in _MINIMUM:
                institutions.append(
                    Institution(
                        key=key,
                        name=term.label.pl,
                        types=(key,),
                        serves=(commune.code.text,),
                        seat=commune.code if self.seats[row, number] else None,
                        origin=Origin(Basis.DESIGN),
                    )
                )
        return evolve(base, institutions=institutions)

    def _of_file(self, commune: SimulatedCommune, variant: Variant) -> LocalNetwork:
        network = self.known[commune.code.text]
        institutions: dict[str, Institution] = {}
        for key, institution in network.institutions.items():
            types = tuple(kind for kind in institution.types if kind not in variant.close)
            if types and key not in variant.close_institutions:
                institutions[key] = evolve(institution, types=types)
        network = network.without(*(key for key in network.institutions if key not in institutions))
        network = evolve(network, institutions=institutions)
        for key in variant.add:
            if not network.of_type[key]:
                name = self.types[key].label.pl
                network = network.with_institution(Institution(key, name, (key,), (commune.code.text,), commune.code))
        return network


def _is_sure(term: InstitutionType, presence: Presence | None) -> bool:
    """Whether every commune of a kind is served by such an institution."""
    if term.availability == "G2":
        return presence in (Presence.ALWAYS, Presence.COMMON)
    return term.availability in _SERVED
