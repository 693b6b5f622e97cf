"""The institutions that a commune has by law, and those that it is likely to have: a network for an empty start."""

from __future__ import annotations

from collections.abc import Mapping

from kooperacja_model.catalogue import InstitutionType, Presence
from kooperacja_model.commune import VOIVODESHIPS, Commune, TerytCode
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import Institution, LocalNetwork, Origin
from kooperacja_model.provenance import Basis

__all__ = ["network_from_availability"]

_MINIMUM = ("G1", "P1", "T")
"""Availability codes of the legal minimum."""

_SERVED_FROM_ELSEWHERE = ("P2", "W1")
"""Codes of types that serve nearly every commune, wherever they have their seat."""


def network_from_availability(
    model: CooperationModel, commune: Commune | TerytCode | str, likely: bool = False
) -> LocalNetwork:
    """The institutions that the law guarantees to a commune, one of each type, named by their type.

    A start for describing a real commune, not a description of it: of no institution are the seat, the proper
    name or the agreements known. Keys are the keys of the types, in the order of the catalogue.

    - Legal minimum: types obligatory in every commune (G1) or county (P1), and territorial nets (T). The origin is
      `STATUTE`, or `DESIGN` where the type itself rests on more than an act (mental health centres are a pilot).
    - In a city with powiat rights one institution is OPS and PCPR, and the city's office and council are also those
      of the county. Warszawa has an OPS in each district and a PCPR of its own.
    - Institutions of the county serve all of it; those of a territorial net serve the commune, as their area need
      not be the county.

    Args:
        model: the model; its key is the kind of commune for which the priors are taken.
        commune: the commune, or its TERYT code (a code of a part is resolved to its commune).
        likely: add what is only likely there, with the origin `DESIGN`: types that serve nearly every commune
            (G2, P2, W1) and types that are always or commonly found in communes of this kind.

    Raises:
        CommuneError: the code is wrong.

    >>> from kooperacja_model import load_model
    >>> network = network_from_availability(load_model("rural"), "1816122")
    >>> network.holders["social_work"], network.institutions["pcpr"].serves
    (('social_assistance_centre',), ('1816',))
    >>> network_from_availability(load_model("city"), "2475011").institutions["social_assistance_centre"].types
    ('social_assistance_centre', 'pcpr')
    """
    commune = commune if isinstance(commune, Commune) else Commune(commune)
    types = model.catalogue.institution_types
    chosen = {
        key: term
        for key, term in types.items()
        if term.availability in _MINIMUM or (likely and _is_likely(term, model.key))
    }
    facts = {**model.features, **commune.code.features}
    wholes = {key: whole for key, term in chosen.items() if (whole := _whole(term, facts)) in chosen}
    institutions = [
        Institution(
            key=key,
            name=f"{term.label.pl} ({_where(_area(term, commune.code), commune)})",
            types=(key, *(part for part, whole in wholes.items() if whole == key)),
            serves=(_area(term, commune.code),),
            origin=_origin(term, model, commune.code),
        )
        for key, term in chosen.items()
        if key not in wholes
    ]
    kept = "minimum ustawowe i to, co prawdopodobne" if likely else "minimum ustawowe"
    return LocalNetwork(f"{commune.name or commune.code.text}: {kept}", commune, institutions, [], model.catalogue)


def _is_likely(term: InstitutionType, kind: str) -> bool:
    """Whether such a commune is likely to have it; a type that stands for another one is never assumed."""
    if term.availability in _SERVED_FROM_ELSEWHERE:
        return True
    presence = term.presence.get(kind)
    if presence is None:
        return term.availability == "G2"
    return presence in (Presence.ALWAYS, Presence.COMMON) and term.stands_for is None


def _whole(term: InstitutionType, facts: Mapping[str, bool]) -> str | None:
    """The type of the institution that it is a part of in this commune, if any."""
    return term.part_of.type if term.part_of is not None and facts[term.part_of.where] else None


def _area(term: InstitutionType, code: TerytCode) -> str:
    """The area that it serves for sure: the county, the voivodeship, or no more than the commune."""
    areas = {"P1": code.powiat, "P2": code.powiat, "W1": code.voivodeship}
    return areas.get(term.availability, code.text)


def _where(area: str, commune: Commune) -> str:
    """An area in words, as far as its name is known."""
    if len(area) == 2:
        return f"województwo {VOIVODESHIPS[area]}"
    if len(area) == 4 and not commune.code.has_powiat_rights:
        return f"powiat {area}"
    return commune.name or commune.code.text


def _origin(term: InstitutionType, model: CooperationModel, code: TerytCode) -> Origin:
    """How it is known, with what to mind there."""
    by_law = term.availability in _MINIMUM and all(source.basis is Basis.STATUTE for source in term.sources)
    types = model.catalogue.institution_types.values()
    notes = [
        _note(term, model, by_law),
        *(f"{other.label.en} may stand in its place" for other in types if other.stands_for == term.key),
        *(note for key, note in _WARSZAWA if key == term.key and _is_warszawa(code)),
    ]
    return Origin(Basis.STATUTE if by_law else Basis.DESIGN, note="; ".join(notes))


def _note(term: InstitutionType, model: CooperationModel, by_law: bool) -> str:
    means = f"({term.availability}): {model.catalogue.availability[term.availability].label.en}"
    if by_law:
        return f"legal minimum {means}"
    if term.availability in _MINIMUM:
        return f"counted to the legal minimum {means}; no act alone says so"
    if term.availability in (*_SERVED_FROM_ELSEWHERE, "G2"):
        return f"assumed {means}"
    return f"assumed: {term.presence[model.key].value} in communes of this kind"


def _is_warszawa(code: TerytCode) -> bool:
    return code.has_powiat_rights and not code.has_joint_ops_and_pcpr


_WARSZAWA = (
    ("social_assistance_centre", "Warszawa has one in each of its 18 districts: this is that of the family's district"),
    ("pcpr", "in Warszawa it is an institution of its own, Warszawskie Centrum Pomocy Rodzinie"),
)
