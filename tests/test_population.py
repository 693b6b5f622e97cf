"""Made-up families: shares that come out as given, nothing contradictory, the same for the same seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from small import small_catalogue, small_population
from small_scenarios import drawn_in_blocks

from kooperacja_model import Commune, TerytCode, load_catalogue, make_case
from kooperacja_model.commune import VOIVODESHIPS
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Basis, Source, Table
from kooperacja_model.reading.files import load_population
from kooperacja_model.simulation import families as families_module
from kooperacja_model.simulation.communes import (
    SimulatedCommune,
    communes_of_the_country,
    households_of,
    real_communes,
    with_households,
)
from kooperacja_model.simulation.families import DrawnFamilies, FamilyGenerator
from kooperacja_model.simulation.reasons import reason_sets

MANY = 200_000


def commune(code: str, households: int, in_need: float = 1.0) -> SimulatedCommune:
    found = TerytCode(code)
    return SimulatedCommune(found, None, CommuneClass.of(found), "rural", households, in_need)


COLUMNS = ("commune", "number", "facts", "reasons", "lot")


def drawn(population: Population, communes: list[SimulatedCommune], seed: int = 1, rows: int = 10_000) -> DrawnFamilies:
    """All families of some communes in one piece."""
    blocks = list(drawn_in_blocks(FamilyGenerator(population, seed), communes, range(len(communes)), rows))
    return DrawnFamilies(*(np.concatenate([getattr(block, name) for block in blocks]) for name in COLUMNS))


@cache
def many() -> DrawnFamilies:
    """Many families in need in one commune of each class."""
    codes = ("1816122", "3021163", "2416021", "2475011")
    return drawn(load_population(), [commune(code, MANY // 4) for code in codes], rows=50_000)


def facts_of(found: DrawnFamilies, population: Population) -> dict[str, np.ndarray]:
    keys = (*population.catalogue.needs, *population.catalogue.circumstances)
    return dict(zip(keys, found.facts.T, strict=True))


def near(share: float, count: int) -> float:
    """Five standard deviations."""
    return 5 * math.sqrt(share * (1 - share) / max(count, 1)) + 1e-9


# --- reasons


@pytest.mark.parametrize("population", [load_population(), small_population()], ids=["shipped", "small"])
def test_in_the_distribution_of_reasons_every_reason_has_its_share_exactly(population: Population) -> None:
    sets = reason_sets(population)
    assert sets.probability.sum() == pytest.approx(1)
    expected = [reason.share for reason in population.reasons.values()]
    assert sets.probability @ sets.members == pytest.approx(expected, abs=1e-8)


def test_most_families_have_two_reasons_and_none_has_more_than_four() -> None:
    sets = reason_sets(load_population())
    sizes = Counter[int]()
    for size, probability in zip(sets.members.sum(axis=1).tolist(), sets.probability, strict=True):
        sizes[size] += probability
    assert max(sizes, key=lambda size: sizes[size]) == 2
    assert set(sizes) == {1, 2, 3, 4}


def test_odds_make_a_pair_more_frequent_than_without_them() -> None:
    population = load_population()
    sets, plain = reason_sets(population), reason_sets(evolve(population, pairs=Table({})))
    keys = list(population.reasons)
    for pair in population.pairs.values():
        places = [keys.index(key) for key in pair.reasons]
        both = sets.members[:, places].all(axis=1)
        assert sets.probability[both].sum() > 1.2 * plain.probability[both].sum()


def test_the_three_pairs_of_the_notes_are_the_most_frequent_pairs_of_their_reasons() -> None:
    population = load_population()
    sets = reason_sets(population)
    keys = list(population.reasons)

    def share(first: str, second: str) -> float:
        return float(sets.probability[sets.members[:, [keys.index(first), keys.index(second)]].all(axis=1)].sum())

    for first, second in (
        ("disability", "illness"),
        ("unemployment", "poverty"),
        ("maternity_and_large_family", "poverty"),
    ):
        assert share(first, second) == max(share(first, other) for other in keys if other != first)


def test_a_size_that_no_family_has_is_left_out() -> None:
    population = small_population()
    alone = evolve(population, sizes=evolve(population.sizes, values=Table({"1": 0.5, "2": 0.5, "3": 0.0})))
    assert sorted(reason_sets(alone).members.sum(axis=1).tolist()) == [1, 1, 2]


def test_shares_at_the_edge_of_what_is_possible_are_met_nearly() -> None:
    population = small_population()
    reasons = Table({key: evolve(reason, share=0.5) for key, reason in population.reasons.items()})
    sets = reason_sets(evolve(population, reasons=reasons))
    assert sets.probability @ sets.members == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_reason_that_everybody_has_is_in_every_set() -> None:
    population = small_population()
    one = Table({"money": evolve(population.reasons["money"], share=1.0), "school": population.reasons["school"]})
    sets = reason_sets(evolve(population, reasons=one))
    assert sets.probability @ sets.members == pytest.approx([1.0, 0.4])


# --- families


def test_the_shares_of_drawn_reasons_converge_to_the_given_figures() -> None:
    found = many()
    for place, reason in enumerate(load_population().reasons.values()):
        assert found.reasons[:, place].mean() == pytest.approx(reason.share, abs=near(reason.share, MANY))


def test_the_shares_of_needs_behind_a_reason_converge_to_the_given_figures() -> None:
    population = small_population()
    found = drawn(population, [commune("0201022", 50_000)])
    school = found.reasons[:, 1] & ~found.reasons[:, 0]
    facts = facts_of(found, population)
    assert facts["truancy"][school].mean() == pytest.approx(0.9, abs=near(0.9, school.sum()))
    assert facts["low_income"][school].mean() == pytest.approx(0.1, abs=near(0.1, school.sum()))
    assert facts["low_income"][found.reasons[:, 0]].all()


def test_every_need_of_the_catalogue_is_drawn_for_somebody() -> None:
    facts = facts_of(many(), load_population())
    assert [key for key in load_catalogue().needs if not facts[key].any()] == []


def test_every_family_has_a_need() -> None:
    assert many().facts[:, : len(load_catalogue().needs)].any(axis=1).all()


def test_circumstances_converge_to_their_share_by_class_where_no_need_says_more() -> None:
    population = load_population()
    facts = facts_of(many(), population)
    kinds = many().commune
    for key in ("winter_period", "consent_given", "previous_ipw"):
        share = population.circumstances[key].share["rural"]
        assert facts[key].mean() == pytest.approx(share, abs=near(share, MANY))
    for place, kind in enumerate(CommuneClass):
        rows = (kinds == place) & ~facts["disaster_loss"]
        share = population.circumstances["farm_household"].share[kind.value]
        assert facts["farm_household"][rows].mean() == pytest.approx(share, abs=near(share, rows.sum()))


def test_a_circumstance_is_as_frequent_as_the_highest_share_that_is_given_for_a_need() -> None:
    facts = facts_of(many(), load_population())
    rows = facts["eviction_risk"] & ~facts["over_indebtedness"]
    assert facts["debts"][rows].mean() == pytest.approx(0.95, abs=near(0.95, rows.sum()))
    assert facts["debts"][facts["over_indebtedness"]].all()


def test_a_circumstance_that_implies_another_has_its_share_among_families_with_that_one() -> None:
    population = small_population()
    facts = facts_of(drawn(population, [commune("0201022", 50_000)]), population)
    rows = facts["child_under_18"]
    assert facts["child_under_3"][rows].mean() == pytest.approx(0.3, abs=near(0.3, rows.sum()))
    assert not facts["child_under_3"][~rows].any()


def test_of_circumstances_that_exclude_each_other_one_is_drawn_with_its_share() -> None:
    population = small_population()
    facts = facts_of(drawn(population, [commune("0201022", 50_000)]), population)
    rows = ~facts["low_income"]
    assert facts["tenant"][rows].mean() == pytest.approx(0.4, abs=near(0.4, rows.sum()))
    assert facts["owner"][rows].mean() == pytest.approx(0.6, abs=near(0.6, rows.sum()))
    assert not (facts["tenant"] & facts["owner"]).any()
    poor = facts["low_income"]
    assert facts["tenant"][poor].mean() == pytest.approx(0.6, abs=near(0.6, poor.sum()))


def cases(population: Population, found: DrawnFamilies, count: int) -> Iterator[tuple[list[str], dict[str, bool]]]:
    needs, circumstances = list(population.catalogue.needs), list(population.catalogue.circumstances)
    for row in found.facts[:: max(len(found.facts) // count, 1)].tolist():
        yield (
            [key for key, present in zip(needs, row, strict=False) if present],
            dict(zip(circumstances, row[len(needs) :], strict=True)),
        )


def test_no_family_is_contradictory_and_nothing_that_follows_is_missing() -> None:
    population = load_population()
    checked = 0
    for needs, circumstances in cases(population, many(), 4_000):
        case = make_case(population.catalogue, needs, circumstances)
        assert len(case.answers) == len(circumstances)
        checked += 1
    assert checked >= 4_000


def test_what_follows_from_a_need_is_present_whatever_is_drawn() -> None:
    population = evolve(load_population(), circumstances=Table({}))
    facts = facts_of(drawn(population, [commune("1816122", 20_000)]), population)
    for key, need in population.catalogue.needs.items():
        for implied in need.implies:
            assert facts[implied][facts[key]].all()
    assert not facts["debts"].any()


# --- the same for the same seed


def same(first: DrawnFamilies, second: DrawnFamilies) -> bool:
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in COLUMNS)


def test_the_families_do_not_depend_on_how_many_are_drawn_at_a_time() -> None:
    communes = [commune(code, 700) for code in ("1816122", "3021163", "2475011")]
    assert same(drawn(load_population(), communes, rows=1), drawn(load_population(), communes, rows=10**6))


def test_the_families_of_a_commune_do_not_depend_on_other_communes() -> None:
    alone = drawn(load_population(), [commune("2475011", 500)])
    both = drawn(load_population(), [commune("1816122", 900), commune("2475011", 500)])
    assert np.array_equal(alone.facts, both.facts[both.commune == 1])


def test_another_seed_gives_other_families() -> None:
    communes = [commune("2475011", 500)]
    assert same(drawn(load_population(), communes, 1), drawn(load_population(), communes, 1))
    assert not np.array_equal(drawn(load_population(), communes, 1).facts, drawn(load_population(), communes, 2).facts)


def test_a_large_commune_is_drawn_in_parts_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families_module, "CHUNK", 300)
    found = drawn(load_population(), [commune("2475011", 1_000)])
    assert len(found.commune) == 1_000
    assert len(np.unique(found.lot)) > 990


def test_a_commune_without_a_family_in_need_has_no_rows() -> None:
    generator = FamilyGenerator(load_population(), 1)
    assert list(drawn_in_blocks(generator, [commune("2475011", 1_000, 0.0)], [0], rows=100)) == []


def test_the_number_of_families_in_need_is_drawn_from_all_households() -> None:
    generator = FamilyGenerator(load_population(), 1)
    found = generator.families_in_need(commune("2475011", 10**6, 0.05))
    assert found == pytest.approx(50_000, rel=0.03)


# --- communes and households


def test_without_a_register_there_is_a_commune_for_each_that_there_is() -> None:
    population = load_population()
    communes = communes_of_the_country(population)
    assert len(communes) == len({commune.code for commune in communes}) == 2_477
    kinds = Counter(commune.kind for commune in communes)
    assert [kinds[kind] for kind in CommuneClass] == [1_464, 711, 236, 66]
    assert {commune.code.voivodeship for commune in communes} == set(VOIVODESHIPS)
    assert len({commune.code.powiat for commune in communes}) == 380
    assert {commune.name is not None for commune in communes if commune.code.has_powiat_rights} == {True}
    assert [CommuneClass.of(commune.code) for commune in communes] == [commune.kind for commune in communes]


def test_the_households_of_all_communes_are_the_published_total() -> None:
    population = load_population()
    communes = with_households(communes_of_the_country(population), households_of(population), population)
    assert sum(commune.households for commune in communes) == 12_516_459
    by_kind = {kind: [c.households for c in communes if c.kind is kind] for kind in CommuneClass}
    assert [max(found) - min(found) <= 1 for found in by_kind.values()] == [True] * 4


def test_households_are_spread_in_the_given_proportions() -> None:
    population = small_population()
    spread = households_of(population)
    # 5 and 2 towns... the small country has 4 + 19 cities, 2 + 1 towns, 9 rural and 5 urban-rural communes
    unit = 5_000 / (23 * 4 + 3 * 2 + 5)
    assert spread[CommuneClass.CITY_WITH_POWIAT_RIGHTS] == pytest.approx((4 * unit, 0))
    assert spread[CommuneClass.TOWN] == pytest.approx((2 * unit, 0))
    assert spread[CommuneClass.RURAL] == pytest.approx((0, 2_000 / 14))
    assert spread[CommuneClass.URBAN_RURAL] == pytest.approx((unit, 2_000 / 14))


def test_in_a_part_of_the_country_without_towns_nobody_lives_in_one() -> None:
    population = small_population()
    spread = households_of(population, real_communes([Commune("1816122")]))
    assert spread[CommuneClass.RURAL] == (0.0, 2_000.0)
    assert spread[CommuneClass.TOWN] == (0.0, 0.0)
    (found,) = with_households(real_communes([Commune("2416021")]), spread, population, None)
    assert (found.households, found.in_need) == (0, 0.0)


def test_the_share_in_need_is_that_of_town_and_country_times_the_factor_of_the_voivodeship() -> None:
    population = small_population()
    spread = households_of(population)
    codes = ("0201022", "0201033", "0261011", "2401022", "2475011")
    communes = with_households(real_communes(map(Commune, codes)), spread, population)
    urban, rural = spread[CommuneClass.URBAN_RURAL]
    mixed = (0.5 * urban + 0.25 * rural) / (urban + rural)
    assert [c.in_need for c in communes] == pytest.approx([0.25, mixed, 0.5, 0.375, 0.75])


def test_no_more_than_all_households_are_in_need() -> None:
    population = small_population()
    more = evolve(population, factors=Table({"24": evolve(population.factors["24"], value=9.0)}))
    (found,) = with_households(real_communes([Commune("2475011")]), households_of(more), more)
    assert found.in_need == 1.0


def test_a_given_total_is_kept_exactly_and_given_households_in_proportion() -> None:
    population = load_population()
    communes = real_communes(map(Commune, ("1816122", "1816132", "2475011")))
    one = evolve(communes[0], households=50_000)
    found = with_households((one, *communes[1:]), households_of(population), population, 1_001)
    assert sum(commune.households for commune in found) == 1_001
    assert found[0].households > 10 * found[1].households
    alone = with_households((one,), households_of(population), population)
    assert alone[0].households == 50_000


# --- the figures of the package


def test_every_figure_of_the_package_says_on_what_it_rests() -> None:
    population = load_population()
    sources: list[tuple[Source, ...]] = [population.regions_sources, population.sizes.sources]
    for part in population.households:
        sources += [part.sources, part.in_need.sources, part.per_commune.sources]
    for reason in population.reasons.values():
        sources += [reason.sources, reason.needs.sources]
    sources += [entry.sources for entry in population.circumstances.values()]
    sources += [entry.sources for entry in population.pairs.values()]
    sources += [entry.sources for entry in population.factors.values()]
    sources += [population.presence.words.sources, *(s.sources for s in population.presence.types.values())]
    sources += [entry.sources for entry in population.not_used.values()]
    assert all(sources)
    for source in (source for found in sources for source in found):
        assert (source.page is None) == (source.basis is Basis.DESIGN)


def test_the_published_shares_of_reasons_are_those_of_the_source() -> None:
    reasons = load_population().reasons
    published = {"illness": 0.54, "poverty": 0.447, "disability": 0.373, "maternity_and_large_family": 0.291,
                 "unemployment": 0.269}  # fmt: skip
    assert {key: reasons[key].share for key in published} == published
    assert {key for key, reason in reasons.items() if reason.sources[0].basis is Basis.PRACTICE} == {
        *published,
        "homelessness",
    }
    assert all(reason.share < 0.27 for key, reason in reasons.items() if key not in published)


def test_the_computed_shares_in_need_give_the_published_number_of_families() -> None:
    population = load_population()
    families = sum(part.number * part.in_need.value for part in population.households)
    assert families == pytest.approx(688_200, rel=0.002)
    urban, rural = population.households
    assert rural.in_need.value / urban.in_need.value == pytest.approx(3.9 / 3.0, rel=0.002)
    assert urban.number + rural.number == 12_516_459


def test_the_content_hash_does_not_depend_on_where_the_file_lies(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "models" / "population.yaml").read_text("utf-8")
    (tmp_path / "mine.yaml").write_text("# moved by a line\n" + text, "utf-8")
    (tmp_path / "other.yaml").write_text(text.replace("share: 0.54", "share: 0.55"), "utf-8")
    mine, other = load_population(tmp_path / "mine.yaml"), load_population(tmp_path / "other.yaml")
    assert mine == load_population()
    assert hash(mine) == hash(load_population())
    assert other != load_population()
    assert load_population() != "population"
    assert repr(mine).startswith("Population('families in need in Poland, made up from statistics', hash='")


def test_classes_of_communes_follow_from_the_code() -> None:
    codes = ("1816122", "3021163", "2416021", "2475011")
    assert [CommuneClass.of(TerytCode(code)) for code in codes] == list(CommuneClass)


def test_implied_circumstances_come_first_in_the_order_of_drawing() -> None:
    order = FamilyGenerator(small_population(), 1)._order()
    assert order.index("child_under_18") < order.index("child_under_3")
    assert set(order) == set(small_catalogue().circumstances)
