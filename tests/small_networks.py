"""Small networks of Świlcza on the words of the package, made by hand or by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kooperacja_model import Commune, Institution, LocalNetwork, load_catalogue

CATALOGUE = load_catalogue()
SWILCZA = "1816122"
TYPES = tuple(CATALOGUE.institution_types)
COMPETENCES = tuple(CATALOGUE.competences)


def institution(key: str, *types: str, serves: str = SWILCZA, **more: Any) -> Institution:
    return Institution(key, f"name of {key}", types or (key,), serves=[serves], **more)


def network(*institutions: Institution, commune: str = SWILCZA, **more: Any) -> LocalNetwork:
    return LocalNetwork("the network", Commune(commune), institutions, [], CATALOGUE, **more)


@st.composite
def institutions(draw: st.DrawFn, key: str) -> Institution:
    changed = draw(st.lists(st.sampled_from(COMPETENCES), max_size=4, unique=True))
    added = draw(st.integers(0, len(changed)))
    return Institution(
        key,
        f"name of {key}",
        draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)),
        serves=draw(
            st.lists(st.sampled_from((SWILCZA, "1816", "18", "PL", "1863", "1816132")), min_size=1, max_size=2)
        ),
        added=dict.fromkeys(changed[:added], "has it"),
        removed=dict.fromkeys(changed[added:], "lacks it"),
    )


@st.composite
def networks(draw: st.DrawFn) -> LocalNetwork:
    size = draw(st.integers(0, 12))
    return network(*(draw(institutions(f"i{number}")) for number in range(size)))


def flat(text: str) -> str:
    return " ".join(text.split())


def keys_of(data: Any) -> set[str]:
    if isinstance(data, dict):
        return {str(key) for key in data} | {name for value in data.values() for name in keys_of(value)}
    return {name for value in data for name in keys_of(value)} if isinstance(data, list) else set()
