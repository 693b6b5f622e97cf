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
from kooperacja_model.batch.candidates import LocalCandidates, Serving, local_candidates
from kooperacja_model.batch.demands import Demands
from kooperacja_model.catalogue import InstitutionType, PartOf, Presence
from kooperacja_model.commune import Commune
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
        self._catalogue = population.catalogue
        self.types = population.catalogue.institution_types
        self.competences = population.catalogue.competences
        self.known = {network.commune.code.text: network for network in known}
        self.rows = {commune.code.text: row for row, commune in enumerate(country)}
        self.seats, self.served = self._drawn(population, seed, country)
        self._optional = np.array([term.availability not in _MINIMUM for term in self.types.values()], dtype=bool)
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
        types = self._with_parts(self._changed(communes, variant), communes)
        held: NDArray[np.bool_] = (types.astype(np.uint8) @ self.holds.astype(np.uint8)) > 0
        for row, commune in enumerate(communes):
            if commune.code.text in self.known:
                holders = self._of_file(commune, variant).holders
                held[row] = [bool(holders[key]) for key in self.competences]
        return held

    def _changed(self, communes: Sequence[SimulatedCommune], variant: Variant) -> NDArray[np.bool_]:
        """The drawn types with those that a variant adds, and without those that it closes."""
        served = self.served[[self.rows[commune.code.text] for commune in communes]]
        numbers = {key: number for number, key in enumerate(self.types)}
        served[:, [numbers[key] for key in variant.add]] = True
        served[:, [numbers[key] for key in variant.close]] = False
        return served

    def _with_parts(self, types: NDArray[np.bool_], communes: Sequence[SimulatedCommune]) -> NDArray[np.bool_]:
        """The types that institutions are as well: for which they stand, and which are a part of them."""
        types = types.copy()
        numbers = {key: number for number, key in enumerate(self.types)}
        for key, term in self.types.items():
            if term.stands_for is not None:
                types[:, numbers[term.stands_for]] |= types[:, numbers[key]]
        for key, term in self.types.items():
            if term.part_of is not None:
                types[:, numbers[key]] |= types[:, numbers[term.part_of.type]] & _where(term.part_of, communes)
        return types

    def own(self, communes: Sequence[SimulatedCommune], variant: Variant) -> NDArray[np.bool_]:
        """For each commune and each type whether it has a drawn institution of its own.

        It has none where another institution stands for it, or is of that type as well.
        """
        types = self._changed(communes, variant)
        own = types.copy()
        numbers = {key: number for number, key in enumerate(self.types)}
        for key, term in self.types.items():
            if term.stands_for is not None:
                own[:, numbers[term.stands_for]] &= ~types[:, numbers[key]]
        everything = self._with_parts(types, communes)
        for key, term in self.types.items():
            if term.part_of is not None:
                own[:, numbers[key]] &= ~(everything[:, numbers[term.part_of.type]] & _where(term.part_of, communes))
        return own

    def network(self, commune: SimulatedCommune, model: CooperationModel, variant: Variant) -> LocalNetwork:
        """The network of a commune under a variant; drawn institutions have the names of their types."""
        if commune.code.text in self.known:
            return self._of_file(commune, variant)
        row = self.rows[commune.code.text]
        made = network_from_availability(model, commune.code)
        own = self.own([commune], variant)[0]
        institutions = []
        for number, (key, term) in enumerate(self.types.items()):
            if own[number]:
                here = self.seats[row, number] and self._optional[number]
                institutions.append(
                    made.institutions.get(key)
                    or Institution(
                        key=key,
                        name=term.label.pl,
                        types=(key,),
                        serves=(commune.code.text,),
                        seat=commune.code if here else None,
                        origin=Origin(Basis.DESIGN),
                    )
                )
        return evolve(made, institutions=institutions)

    def candidates(
        self, communes: Sequence[SimulatedCommune], demands: Demands, variant: Variant
    ) -> tuple[LocalCandidates, ...]:
        """Who can be in the teams of some communes: the institutions of `network`, ready for many families."""
        order = np.argsort([*self.types])
        own = self.own(communes, variant)[:, order]
        here = (self.seats & self._optional)[[self.rows[commune.code.text] for commune in communes]][:, order]
        serving: dict[object, Serving] = {}
        found = []
        for row, commune in enumerate(communes):
            if commune.code.text in self.known:
                found.append(local_candidates(demands, self._of_file(commune, variant)))
            else:
                kind = tuple(commune.code.features.values())
                if kind not in serving:
                    serving[kind] = Serving.of(demands, self._everything(commune))
                found.append(serving[kind].only(_number(own[row]), _number(here[row])))
        return tuple(found)

    def _everything(self, commune: SimulatedCommune) -> LocalNetwork:
        """A network with an institution of every type, with no seat that is known."""
        serves = (commune.code.text,)
        institutions = [Institution(key, term.label.pl, (key,), serves) for key, term in self.types.items()]
        return LocalNetwork("wszystkie", Commune(commune.code), institutions, [], self._catalogue)

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


def _number(flags: NDArray[np.bool_]) -> int:
    """Flags as the bits of a number."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def _where(part: PartOf, communes: Sequence[SimulatedCommune]) -> NDArray[np.bool_]:
    """In which communes a type is a part of another one."""
    return np.array([commune.code.features[part.where] for commune in communes], dtype=bool)


def _is_sure(term: InstitutionType, presence: Presence | None) -> bool:
    """Whether every commune of a kind is served by such an institution."""
    if term.availability == "G2":
        return presence in (Presence.ALWAYS, Presence.COMMON)
    return term.availability in _SERVED
