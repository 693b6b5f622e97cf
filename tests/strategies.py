"""Hypothesis strategies: needs, cases that never contradict themselves, and cases of which more becomes known."""

from __future__ import annotations

from attrs import evolve, frozen
from hypothesis import strategies as st

from kooperacja_model import CooperationModel, Recommendation, load_catalogue, load_model, recommend

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
