"""Random networks in which many teams are equally good: every level of the order decides some of them."""

from __future__ import annotations

from random import Random

from kooperacja_model import Agreement, Commune, CooperationModel, Institution, LocalNetwork

ELSEWHERE = "1863011"


def random_network(rng: Random, model: CooperationModel, commune: str, size: int) -> LocalNetwork:
    """Institutions of a few types each, from the commune and from outside, some of which signed something."""
    types = sorted(model.catalogue.institution_types)
    competences = sorted(model.catalogue.competences)
    institutions = []
    for number in rng.sample(range(1000), size):
        changed = rng.sample(competences, rng.choice((0, 0, 1, 4)))
        added = rng.randint(0, len(changed))
        institutions.append(
            Institution(
                f"i{number:03}",
                "invented",
                rng.sample(types, rng.choice((1, 1, 2, 3, 6))),
                rng.choice((["PL"], [commune], [commune], ["1465011"])),
                seat=rng.choice((commune, commune, ELSEWHERE, None)),
                added=dict.fromkeys(changed[:added], "invented"),
                removed=dict.fromkeys(changed[added:], "invented"),
            )
        )
    keys = [institution.key for institution in institutions]
    signed = [Agreement(f"a{n}", "agreement", rng.sample(keys, 2)) for n in range(rng.randint(0, 3)) if size > 1]
    return LocalNetwork("invented", Commune(commune), institutions, signed, model.catalogue, invented=True)
