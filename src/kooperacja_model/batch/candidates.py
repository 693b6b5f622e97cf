"""Who of a commune's institutions can meet each bit of a demand: a network made ready for many families.

An institution is a bit: the first one in key order is bit 0. Institutions that another one can always
take the place of, without any loss, are left out by `local_candidates`: they are in no best team.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from attrs import evolve, frozen

from kooperacja_model.batch.demands import Demands, Words
from kooperacja_model.network import LocalNetwork

__all__ = ["LocalCandidates", "Serving", "Tables", "local_candidates", "tables"]


@frozen
class LocalCandidates:
    """The institutions of a network as sets of bits, in the order of the bits of a demand.

    Attributes:
        keys: keys of all institutions that serve the commune, sorted; bit `i` is the institution `keys[i]`.
        named: for each pair of the demand who is of the type, holds the competence and can be a member.
        somebody: the pairs for which there is somebody of the type with the competence, member or not.
        holders: for each required competence who holds it and can be a member.
        advisers: the same for each advised competence.
        seats: for each mandated type who is of it and can be a member.
        far: who is from outside the commune.
        agreed: who signed an agreement.
    """

    keys: tuple[str, ...]
    named: tuple[int, ...]
    somebody: int
    holders: tuple[int, ...]
    advisers: tuple[int, ...]
    seats: tuple[int, ...]
    far: int
    agreed: int


@frozen
class Serving:
    """Institutions of communes as sets of bits, of which each commune may have other ones.

    Attributes:
        keys: keys of the institutions, sorted; bit `i` is the institution `keys[i]`.
        pairs: for each pair of the demand who is of the type and holds the competence.
        holders: for each required competence who holds it.
        advisers: the same for each advised competence.
        seats: for each mandated type who is of it.
        able: who can be a member.
        far: who is from outside the commune.
        agreed: who signed an agreement.
    """

    keys: tuple[str, ...]
    pairs: tuple[int, ...]
    holders: tuple[int, ...]
    advisers: tuple[int, ...]
    seats: tuple[int, ...]
    able: int
    far: int
    agreed: int

    @staticmethod
    def of(demands: Demands, network: LocalNetwork) -> Serving:
        """The institutions of a network, for the demands of a model."""
        keys = tuple(sorted(network.types))
        numbers = {key: number for number, key in enumerate(keys)}
        of_type = {key: _set(numbers, its) for key, its in network.of_type.items()}
        holders = {key: _set(numbers, its) for key, its in network.holders.items()}
        return Serving(
            keys=keys,
            pairs=tuple(of_type[kind] & holders[competence] for competence, kind in demands.pairs),
            holders=tuple(holders[competence] for competence in demands.required),
            advisers=tuple(holders[competence] for competence in demands.advised),
            seats=tuple(of_type[kind] for kind in demands.mandated),
            able=_set(numbers, network.eligible),
            far=_set(numbers, network.outside),
            agreed=_set(numbers, network.bound & numbers.keys()),
        )

    def only(self, there: int, near: int = 0) -> LocalCandidates:
        """A commune that has some of the institutions.

        Args:
            there: those that it has.
            near: those that are not from outside here, whatever `far` says.
        """
        able = self.able & there
        return LocalCandidates(
            keys=self.keys,
            named=tuple(its & able for its in self.pairs),
            somebody=sum(1 << bit for bit, its in enumerate(self.pairs) if its & there),
            holders=tuple(its & able for its in self.holders),
            advisers=tuple(its & able for its in self.advisers),
            seats=tuple(its & able for its in self.seats),
            far=self.far & there & ~near,
            agreed=self.agreed & there,
        )


def local_candidates(demands: Demands, network: LocalNetwork) -> LocalCandidates:
    """The institutions of a network, for the demands of a model."""
    serving = Serving.of(demands, network)
    numbers = {key: number for number, key in enumerate(serving.keys)}
    useful = _set(numbers, (key for key in network.eligible if not _is_replaceable(key, network)))
    return evolve(serving, able=useful).only((1 << len(serving.keys)) - 1)


def _set(numbers: Mapping[str, int], keys: Iterable[str]) -> int:
    found = 0
    for key in keys:
        found |= 1 << numbers[key]
    return found


def _is_replaceable(key: str, network: LocalNetwork) -> bool:
    """Whether another one that can be a member is of the same types with the same competences, and comes before it."""
    types, competences = network.types[key], network.competences[key]
    mine = _order(key, network)
    return any(
        other != key
        and other in network.eligible
        and set(types) <= set(network.types[other])
        and set(competences) <= set(network.competences[other])
        and _order(other, network) < mine
        for other in network.of_type[types[0]]
    )


def _order(key: str, network: LocalNetwork) -> tuple[bool, bool, str]:
    return key in network.outside, key not in network.bound, key


class Tables(NamedTuple):
    """Networks as arrays of words: what `LocalCandidates` has, with the number of the network as the first index."""

    named: Words
    somebody: Words
    holders: Words
    advisers: Words
    seats: Words
    far: Words
    agreed: Words


def tables(demands: Demands, networks: Sequence[LocalCandidates]) -> Tables:
    """Networks as arrays."""
    words = max((-(-len(its.keys) // 64) for its in networks), default=1)
    pairs = demands.first_advised // 64
    return Tables(
        named=_words([its.named for its in networks], len(demands.pairs), words),
        somebody=_words([(its.somebody,) for its in networks], 1, pairs).reshape(-1, pairs),
        holders=_words([its.holders for its in networks], len(demands.required), words),
        advisers=_words([its.advisers for its in networks], len(demands.advised), words),
        seats=_words([its.seats for its in networks], len(demands.mandated), words),
        far=_words([(its.far,) for its in networks], 1, words).reshape(-1, words),
        agreed=_words([(its.agreed,) for its in networks], 1, words).reshape(-1, words),
    )


def _words(sets: Sequence[Sequence[int]], count: int, words: int) -> Words:
    content = b"".join(its.to_bytes(8 * words, "little") for row in sets for its in row)
    return np.frombuffer(content, dtype="<u8").astype(np.uint64).reshape(len(sets), count, words)
