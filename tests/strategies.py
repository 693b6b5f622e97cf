"""Hypothesis strategies: needs, cases without contradictions, cases of which more becomes known, local networks."""

from __future__ import annotations

from attrs import evolve, frozen
from hypothesis import strategies as st

from kooperacja_model import (
    Agreement,
    Basis,
    Commune,
    CooperationModel,
    Institution,
    LocalNetwork,
    Origin,
    Recommendation,
    load_catalogue,
    load_model,
    recommend,
)
from kooperacja_model.catalogue import Level
from kooperacja_model.network import AgreementKind
from kooperacja_model.programme import one_line
from kooperacja_model.reading.network import has_contact_data

CATALOGUE = load_catalogue()
NEEDS = tuple(CATALOGUE.needs)
CIRCUMSTANCES = tuple(CATALOGUE.circumstances)
TENURE = tuple(key for key, term in CATALOGUE.circumstances.items() if term.one_of is not None)
COMMUNES = (None, "1816122", "3021163", "2416021", "2475011", "1465011")
BASES = ("statute", "model", "practice", "design")

models = st.sampled_from(("rural", "urban_rural", "city")).map(load_model)
needs = st.lists(st.sampled_from(NEEDS), min_size=1, max_size=4, unique=True).map(tuple)
bases = st.none() | st.lists(st.sampled_from(BASES), min_size=1, max_size=3, unique=True).map(tuple)


@frozen
class Told:
    """A case in plain words, and the whole imagined family of which it tells a part."""

    model: CooperationModel
    needs: tuple[str, ...]
    circumstances: dict[str, bool]
    commune: str | None
    basis: tuple[str, ...] | None
    family: dict[str, bool]

    def recommendation(self) -> Recommendation:
        return recommend(self.model, self.needs, self.circumstances, self.commune, self.basis)


def _whole_family(reported: tuple[str, ...], present: set[str]) -> dict[str, bool]:
    """Every circumstance, present or absent, with all that follows."""
    found = {implied for need in reported for implied in CATALOGUE.needs[need].implies} | present
    while more := {implied for key in found for implied in CATALOGUE.circumstances[key].implies} - found:
        found |= more
    return {key: key in found for key in CIRCUMSTANCES}


@st.composite
def cases(draw: st.DrawFn, needs: st.SearchStrategy[tuple[str, ...]] = needs) -> Told:
    """A case of one to four needs, with circumstances present, absent and unknown."""
    reported = draw(needs)
    free = tuple(key for key in CIRCUMSTANCES if key not in TENURE)
    present = draw(st.sets(st.sampled_from(free), max_size=12))
    tenure = draw(st.sampled_from((None, *TENURE)))
    family = _whole_family(reported, present if tenure is None else present | {tenure})
    told = draw(st.sets(st.sampled_from(CIRCUMSTANCES), max_size=len(CIRCUMSTANCES)))
    circumstances = {key: value for key, value in family.items() if key in told}
    return Told(draw(models), reported, circumstances, draw(st.sampled_from(COMMUNES)), draw(bases), family)


@st.composite
def cases_of_which_more_becomes_known(draw: st.DrawFn) -> tuple[Told, Told]:
    """The same family twice; the second case tells at least what the first one tells."""
    first = draw(cases())
    more = draw(st.sets(st.sampled_from(CIRCUMSTANCES)))
    told = {key: value for key, value in first.family.items() if key in more or key in first.circumstances}
    return first, evolve(first, circumstances=told)


@st.composite
def cases_with_one_more_need(draw: st.DrawFn) -> tuple[Told, Told, str]:
    """The same answers twice, the second time with one more need, which is given."""
    both = draw(st.lists(st.sampled_from(NEEDS), min_size=2, max_size=4, unique=True))
    second = draw(cases(st.just(tuple(both))))
    return evolve(second, needs=tuple(both[:-1])), second, both[-1]


# -- local networks


def _words(text: str) -> str:
    return one_line(text) or ""


words = (
    st.text(st.sampled_from("aąbżÓ0159 ;|=,\\'\"#:-+@[]{}<>&*!%?\u0301\U0001f600"), min_size=1, max_size=12).map(_words)
    | st.sampled_from(("null", "yes", "~", "=1+1", "'=x", "-", "@a", "a | b", "a\\|b", "#nazwa", "GOPS", "1,5", "\\"))
).filter(lambda text: bool(text) and not has_contact_data(text))
"""Texts of one line without contact data, full of signs that mean something in YAML, CSV or JSON."""

keys = st.from_regex(r"[A-Za-z0-9_]{1,6}", fullmatch=True) | st.sampled_from(
    ("null", "yes", "agreement", "declaration")
)
origins = st.builds(
    Origin,
    basis=st.sampled_from(Basis),
    address=st.none() | st.sampled_from(("https://example.org/1?a=b#c", "http://example.org/600100200")),
    note=st.none() | words,
)


@st.composite
def institutions(draw: st.DrawFn, key: str, commune: str) -> Institution:
    """An institution that serves a commune or other areas."""
    areas = (commune, commune[:4], commune[:2], "PL", "0201011", "02")
    some = draw(st.lists(st.sampled_from(tuple(CATALOGUE.competences)), max_size=4, unique=True))
    half = len(some) // 2
    return Institution(
        key=key,
        name=draw(words),
        types=draw(st.lists(st.sampled_from(tuple(CATALOGUE.institution_types)), min_size=1, max_size=3, unique=True)),
        serves=draw(st.lists(st.sampled_from(areas), min_size=1, max_size=3, unique=True)),
        seat=draw(st.none() | st.sampled_from((commune, "0201011", "3021164", "1465028"))),
        level=draw(st.none() | st.sampled_from(Level)),
        added={competence: draw(words) for competence in some[:half]},
        removed={competence: draw(words) for competence in some[half:]},
        capacity=draw(st.none() | st.integers(1, 10**12 - 1)),
        distance_km=draw(st.none() | st.integers(0, 9999)),
        origin=draw(origins),
    )


@st.composite
def networks(draw: st.DrawFn) -> LocalNetwork:
    """A network of up to five institutions and three agreements."""
    commune = draw(st.sampled_from(tuple(code for code in COMMUNES if code is not None)))
    names = draw(st.lists(keys, max_size=5, unique=True))
    agreements = []
    for key in draw(st.lists(keys, max_size=3 if len(names) > 1 else 0, unique=True)):
        between = draw(st.lists(st.sampled_from(names), min_size=2, unique=True))
        since = draw(st.none() | st.dates().map(str))
        agreements.append(Agreement(key, draw(st.sampled_from(AgreementKind)), between, since, draw(origins)))
    population = draw(st.none() | st.integers(1, 10**12 - 1))
    its = [draw(institutions(key, commune)) for key in names]
    return LocalNetwork(draw(words), Commune(commune, population), its, agreements, CATALOGUE, draw(st.booleans()))
