"""Scenarios worked out: every number equals what is counted family by family with `recommend`."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from small_scenarios import (
    ROOT,
    advice_for,
    families_one_by_one,
    network_of,
    networks,
    result,
    scenario,
    variants_of,
)

from kooperacja_model import Commune, Strength, load_catalogue, load_models, load_terc
from kooperacja_model.batch.candidates import LocalCandidates
from kooperacja_model.batch.demands import Demands, compile_demands
from kooperacja_model.batch.team_solver import TeamSolver
from kooperacja_model.commune import VOIVODESHIPS
from kooperacja_model.errors import CommuneError, KooperacjaError, ScenarioError, TableError
from kooperacja_model.population import CommuneClass
from kooperacja_model.provenance import Label, Table
from kooperacja_model.reading.files import load_network, load_population
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.scenario import (
    CommuneChoice,
    Grouping,
    ListedCommune,
    Towns,
    Variant,
    run_scenario,
    write_families,
)
from kooperacja_model.simulation.communes import communes_of_the_country
from kooperacja_model.simulation.counting import BASE
from kooperacja_model.simulation.networks import Networks
from kooperacja_model.simulation.result import Row, ScenarioResult
from kooperacja_model.simulation.sample import Sample
from kooperacja_model.simulation.summary import number
from kooperacja_model.simulation.teams import TeamSizes
from kooperacja_model.team import propose_team

OFFICIAL = Path(__file__).parents[2] / "shared" / "data" / "TERC_Urzedowy_2024-01-01.csv"
with_official = pytest.mark.skipif(not OFFICIAL.exists(), reason="the official file is not part of the package")


# --- counted one by one


def told(recommendation: Recommendation) -> frozenset[str]:
    """What is required and advised, as names of columns."""
    found = {f"competence__{advice.key}__{advice.strength}" for advice in recommendation.competences}
    found |= {f"sector__{advice.key}__{advice.strength}" for advice in recommendation.sectors}
    found |= {f"institution__{advice.key}__{advice.strength}" for advice in recommendation.institutions}
    found |= {f"duty__{advice.key}__{advice.strength}" for advice in recommendation.duties}
    return frozenset(name for name in found if not name.endswith("__conditional"))


class Naive:
    """The numbers of one variant, counted family by family."""

    def __init__(self, variant: Variant) -> None:
        found = result()
        self.families: Counter[int] = Counter()
        self.demand: Counter[tuple[int, str]] = Counter()
        self.gaps: Counter[tuple[int, str]] = Counter()
        self.short: Counter[int] = Counter()
        self.changed: Counter[int] = Counter()
        self.coverage_changed: Counter[int] = Counter()
        for place, case in families_one_by_one(found):
            advice = advice_for(found, place, case, variant)
            names, missing = told(advice), self.missing(advice, place, variant)
            before = advice_for(found, place, case, BASE)
            self.families[place] += 1
            self.demand.update((place, name) for name in names)
            self.gaps.update((place, key) for key in missing)
            self.short[place] += bool(missing)
            self.changed[place] += told(before) != names
            self.coverage_changed[place] += self.missing(before, place, BASE) != missing

    @staticmethod
    def missing(advice: Recommendation, place: int, variant: Variant) -> set[str]:
        holders = network_of(place, variant).holders
        required = {one.key for one in advice.competences if one.strength is Strength.REQUIRED}
        return {key for key in required if not holders[key]}


@cache
def naive(variant: str) -> Naive:
    return Naive({one.key: one for one in variants_of(result())}[variant])


VARIANTS = ["base", "rules", "closed", "opened", "city"]


def by_place(counts: np.ndarray) -> dict[int, int]:
    return {place: total for place, total in enumerate(counts.tolist()) if total}


@pytest.mark.parametrize("variant", VARIANTS)
def test_demand_equals_a_naive_count(variant: str) -> None:
    found = result()
    counts = found.counts[variant]
    assert by_place(counts.families) == naive(variant).families
    got = {
        (place, name): total
        for place, row in enumerate(counts.demand.tolist())
        for name, total in zip(found.names, row, strict=True)
        if total
    }
    assert got == naive(variant).demand


@pytest.mark.parametrize("variant", VARIANTS)
def test_gaps_equal_a_naive_count(variant: str) -> None:
    counts = result().counts[variant]
    got = {
        (place, key): total
        for place, row in enumerate(counts.gaps.tolist())
        for key, total in zip(result().competences, row, strict=True)
        if total
    }
    assert got == naive(variant).gaps
    assert by_place(counts.short) == +naive(variant).short


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_families_that_a_variant_affects_equal_a_naive_comparison(variant: str) -> None:
    counts = result().counts[variant]
    assert by_place(counts.changed) == +naive(variant).changed
    assert by_place(counts.coverage_changed) == +naive(variant).coverage_changed


def test_each_variant_changes_what_it_is_about() -> None:
    changed = {key: (bool(c.changed.sum()), bool(c.coverage_changed.sum())) for key, c in result().counts.items()}
    assert changed == {
        "base": (False, False),
        "rules": (True, False),
        "closed": (False, True),
        "opened": (False, True),
        "city": (True, changed["city"][1]),
    }


# --- networks


@pytest.mark.parametrize("variant", variants_of(result()), ids=lambda variant: variant.key)
def test_who_holds_what_is_the_same_in_bits_and_in_the_networks(variant: Variant) -> None:
    held = networks().held(result().communes, variant)
    for place in range(len(result().communes)):
        holders = network_of(place, variant).holders
        assert held[place].tolist() == [bool(holders[key]) for key in load_catalogue().competences]


@cache
def country_networks() -> Networks:
    population = load_population()
    return Networks(population, 5, communes_of_the_country(population))


def test_in_a_sample_of_the_country_bits_and_networks_hold_the_same() -> None:
    communes = communes_of_the_country(load_population())
    places = [*range(0, len(communes), 83), *(n for n, c in enumerate(communes) if c.code.has_powiat_rights)]
    chosen = [communes[place] for place in places]
    model = load_models()["city"]
    held = country_networks().held(chosen, BASE)
    for row, commune in zip(held.tolist(), chosen, strict=True):
        holders = country_networks().network(commune, model, BASE).holders
        assert row == [bool(holders[key]) for key in load_catalogue().competences]


def test_what_the_law_gives_every_commune_is_always_there() -> None:
    types = load_catalogue().institution_types
    found = country_networks()
    for number_, term in enumerate(types.values()):
        if term.availability in ("G1", "P1", "T", "P2", "W1"):
            assert found.served[:, number_].all()


def test_optional_types_are_as_frequent_as_the_priors_say() -> None:
    population = load_population()
    communes = communes_of_the_country(population)
    rural = np.array([commune.kind is CommuneClass.RURAL for commune in communes])
    for key, share in (("night_shelter", 0.1), ("nursery", 0.4), ("ngo_local", 0.75), ("family_assistant", 0.929)):
        number_ = list(load_catalogue().institution_types).index(key)
        got = country_networks().seats[rural, number_].mean()
        assert got == pytest.approx(share, abs=5 * (share * (1 - share) / rural.sum()) ** 0.5)


def test_a_type_of_a_published_share_is_not_taken_for_granted() -> None:
    number_ = list(load_catalogue().institution_types).index("family_assistant")
    assert 0.9 < country_networks().served[:, number_].mean() < 0.96


def test_an_optional_county_unit_serves_all_communes_of_its_county() -> None:
    communes = communes_of_the_country(load_population())
    number_ = list(load_catalogue().institution_types).index("crisis_intervention_centre")
    seats: dict[str, list[bool]] = {}
    served: dict[str, set[bool]] = {}
    for row, commune in enumerate(communes):
        seats.setdefault(commune.code.powiat, []).append(bool(country_networks().seats[row, number_]))
        served.setdefault(commune.code.powiat, set()).add(bool(country_networks().served[row, number_]))
    assert served == {powiat: {any(found)} for powiat, found in seats.items()}
    assert any(0 < sum(found) < len(found) for found in seats.values())


def test_a_social_services_centre_takes_the_place_of_the_social_assistance_centre() -> None:
    network = network_of(0 if result().communes[0].code.text != "1816122" else 1, variants_of(result())[3])
    assert "social_services_centre" in network.institutions
    assert "social_assistance_centre" not in network.institutions
    assert network.of_type["social_assistance_centre"] == ("social_services_centre",)


def place_of(code: str) -> int:
    return next(place for place, commune in enumerate(result().communes) if commune.code.text == code)


def test_a_variant_changes_the_network_of_a_file() -> None:
    place = place_of("1816122")
    base, _, closed, opened, _ = (network_of(place, variant) for variant in variants_of(result()))
    assert base == load_network(ROOT / "examples/networks/rural_swilcza.yaml")
    assert set(base.institutions) - set(closed.institutions) == {"pcpr_rzeszow", *base.of_type["labour_office"],
                                                                 *base.of_type["pp_counselling_centre"]}  # fmt: skip
    assert not closed.of_type["labour_office"]
    assert set(opened.institutions) - set(base.institutions) == {"night_shelter", "social_services_centre"}


def test_a_closed_type_of_an_institution_with_several_leaves_the_others(tmp_path: Path) -> None:
    text = (
        'format: kooperacja_model/network/1\nname: Sosnowiec\ncommune: "2475011"\n'
        "institutions:\n  mops: {name: MOPS, types: [OPS, interdisciplinary_team]}\n"
    )
    (tmp_path / "net.yaml").write_text(text, "utf-8")
    given = scenario(networks=(load_network(tmp_path / "net.yaml"),), variants=Table({}))
    found = Networks(given.population, 1, result().communes, given.networks)
    commune = result().communes[place_of("2475011")]
    closed = Variant("closed", Label("a", "b"), close=("interdisciplinary_team",))
    network = found.network(commune, load_models()["city"], closed)
    assert network.institutions["mops"].types == ("social_assistance_centre",)


def test_a_network_of_a_commune_that_is_not_in_the_scenario_is_refused() -> None:
    other = load_network(ROOT / "examples/networks/city_sosnowiec.yaml")
    listed = Table({"1816122": ListedCommune(Commune("1816122"))})
    with pytest.raises(ScenarioError, match="not in the scenario: 2475011; leave them out"):
        run_scenario(scenario(networks=(other,), communes=CommuneChoice(listed=listed)))


# --- communes and models


def test_a_commune_is_worked_out_with_the_model_made_for_it() -> None:
    models = {commune.code.text: commune.model for commune in result().communes}
    assert models == {
        "1816122": "rural", "1816132": "rural", "1816143": "urban_rural", "2475011": "city", "1465011": "city",
        "2416021": "city",
    }  # fmt: skip


def codes(found: ScenarioResult) -> list[str]:
    return [commune.code.text for commune in found.communes]


def listed(**entries: ListedCommune) -> CommuneChoice:
    return CommuneChoice(listed=Table({code.strip("c"): entry for code, entry in entries.items()}))


def small_run(choice: CommuneChoice, **changes: object) -> ScenarioResult:
    given = {"variants": Table({}), "networks": (), "by": (Grouping.KIND,), "households": 500, **changes}
    return run_scenario(scenario(communes=choice, **given))


def test_a_town_of_unknown_size_is_left_out_or_taken_for_a_city_and_counted() -> None:
    towns = listed(c2416021=ListedCommune(Commune("2416021")), c2475011=ListedCommune(Commune("2475011")))
    out = small_run(towns)
    assert (codes(out), [c.code.text for c in out.left_out], out.assumed_towns) == (["2475011"], ["2416021"], 0)
    taken = small_run(evolve(towns, towns=Towns.CITY))
    assert (codes(taken), taken.left_out, taken.assumed_towns) == (["2416021", "2475011"], (), 1)
    assert "Pominięte gminy" in out.summary("pl")
    assert "of unknown population (1)" in taken.summary("en")


def test_a_small_town_is_left_out_even_if_towns_are_taken_for_cities() -> None:
    towns = listed(c2416021=ListedCommune(Commune("2416021", 9_000)), c2475011=ListedCommune(Commune("2475011")))
    assert codes(small_run(evolve(towns, towns=Towns.CITY))) == ["2475011"]


def test_a_model_can_be_chosen_for_one_commune_or_for_all() -> None:
    one = listed(c2416021=ListedCommune(Commune("2416021"), model="rural"), c2475011=ListedCommune(Commune("2475011")))
    found = small_run(one)
    assert {c.code.text: c.model for c in found.communes} == {"2416021": "rural", "2475011": "city"}
    assert found.assumed_towns == 0
    everywhere = small_run(one, model="urban_rural")
    assert {c.code.text: c.model for c in everywhere.communes} == {"2416021": "rural", "2475011": "urban_rural"}


def test_given_households_are_kept() -> None:
    one = listed(c1816122=ListedCommune(Commune("1816122"), 700), c2475011=ListedCommune(Commune("2475011"), 300))
    found = small_run(one, households=None)
    assert [commune.households for commune in found.communes] == [700, 300]


def test_nothing_left_is_said() -> None:
    with pytest.raises(ScenarioError, match="no commune is left that a published model covers"):
        small_run(listed(c2416021=ListedCommune(Commune("2416021"))))


def test_communes_are_chosen_by_voivodeship_kind_and_powiat() -> None:
    choice = CommuneChoice(voivodeships=("18", "24"), kinds=(CommuneClass.CITY_WITH_POWIAT_RIGHTS, CommuneClass.RURAL))
    found = small_run(choice)
    assert {c.code.voivodeship for c in found.communes} == {"18", "24"}
    assert Counter(c.kind for c in found.communes) == {
        CommuneClass.CITY_WITH_POWIAT_RIGHTS: 23, CommuneClass.RURAL: 199
    }  # fmt: skip
    some = listed(c1816122=ListedCommune(Commune("1816122")), c2475011=ListedCommune(Commune("2475011")))
    assert codes(small_run(evolve(some, powiats=("2475",)))) == ["2475011"]


def test_what_is_assumed_is_said() -> None:
    nameless = small_run(CommuneChoice(voivodeships=("16",)))
    assert "Communes without names, as many of each kind as a voivodeship has (2024-01-01)" in nameless.summary("en")
    one = listed(c1816122=ListedCommune(Commune("1816122")))
    known = small_run(one, networks=(load_network(ROOT / "examples/networks/rural_swilcza.yaml"),))
    assert "Networks from files: 1." in known.summary("en")
    assert "drawn from rough odds" not in known.summary("en")
    assert "drawn from rough odds" in nameless.summary("en")


def test_powiats_of_nameless_communes_cannot_be_chosen() -> None:
    with pytest.raises(ScenarioError, match="`powiats` needs to know their communes; give a TERC file"):
        small_run(CommuneChoice(powiats=("1816",)))


def test_nameless_communes_are_not_shown_one_by_one() -> None:
    with pytest.raises(ScenarioError, match="`by: commune` needs names of communes"):
        _ = small_run(CommuneChoice(voivodeships=("16",)), by=(Grouping.COMMUNE,)).groups


def test_the_list_may_name_communes_of_a_register_only() -> None:
    register = load_terc(Path(__file__).parent / "data" / "small_terc.csv")
    code = next(iter(register.communes))
    found = run_scenario(
        scenario(variants=Table({}), networks=(), model="city", households=100, by=(Grouping.COMMUNE,),
                 communes=CommuneChoice(listed=Table({code: ListedCommune(Commune(code))}))),
        register,
    )  # fmt: skip
    assert [(c.code.text, c.name) for c in found.communes] == [(code, register.communes[code].name)]
    assert f"Gminy z rejestru TERC, stan na {register.state}." in found.summary("pl")
    with pytest.raises(ScenarioError, match="commune 1816132 is not in the TERC file"):
        run_scenario(scenario(communes=listed(c1816132=ListedCommune(Commune("1816132")))), register)


@with_official
def test_on_the_official_register_all_households_are_there() -> None:
    found = run_scenario(scenario(communes=CommuneChoice(towns=Towns.CITY), variants=Table({}), networks=(),
                                  by=(Grouping.VOIVODESHIP,), households=None), load_terc(OFFICIAL))  # fmt: skip
    assert (len(found.communes), found.households, found.left_out) == (2_477, 12_516_459, ())
    assert found.families == pytest.approx(700_000, rel=0.02)
    assert [group.key for group in found.groups[1:]] == sorted(VOIVODESHIPS)


# --- numbers that are shown


def rows(found: ScenarioResult, **wanted: str) -> list[Row]:
    return [row for row in found.rows if all(getattr(row, key) == value for key, value in wanted.items())]


def test_the_rows_of_all_communes_are_the_sums_of_the_counts() -> None:
    found = result()
    got = {
        f"{row.kind}__{row.key}__{row.strength}": row.families
        for row in rows(found, variant="base", by="all", measure="demand")
    }
    sums = found.counts["base"].demand.sum(axis=0).tolist()
    expected = {name: total if total >= 5 else None for name, total in zip(found.names, sums, strict=True) if total}
    assert got == expected


@pytest.mark.parametrize("by", [grouping.value for grouping in Grouping])
def test_groups_of_every_grouping_add_up_to_all_communes(by: str) -> None:
    found = run_scenario(scenario(suppress_below=1, variants=Table({})))
    for measure in ("households", "families", "short"):
        parts = [row.families or 0 for row in rows(found, by=by, measure=measure)]
        (whole,) = rows(found, by="all", measure=measure)
        assert sum(parts) == whole.families
    assert found.suppressed == 0


def test_shares_are_of_the_families_of_the_group_and_families_of_its_households() -> None:
    found = result()
    (families,) = rows(found, variant="base", by="all", measure="families")
    assert families.share == round(found.families / found.households, 6)
    (work,) = rows(
        found, variant="base", by="all", measure="demand", key="social_assistance", kind="sector", strength="required"
    )
    assert work.share == 1.0
    assert (work.pl, work.en) == ("pomoc i integracja społeczna", "social assistance and integration")


@pytest.mark.parametrize("limit", [1, 5, 40])
def test_numbers_below_the_limit_are_not_shown_and_are_counted(limit: int) -> None:
    found = evolve(result(), scenario=evolve(result().scenario, suppress_below=limit))
    shown = [row.families for row in found.rows if row.measure != "households"]
    assert all(total is None or total == 0 or total >= limit for total in shown)
    assert found.suppressed == shown.count(None) == found.metadata["suppressed"]
    assert (limit == 1) == (found.suppressed == 0)
    assert all((row.share is None) == (row.families is None or row.measure == "households") for row in found.rows
               if row.families != 0)  # fmt: skip


def test_small_numbers_are_not_in_the_summary_either() -> None:
    found = evolve(result(), scenario=evolve(result().scenario, suppress_below=10_000))
    text = found.summary("en")
    assert "<10000" in text
    assert number(found.families, "en") not in text
    assert "%" not in text.split("Assumed")[0].replace("% of households", "").replace("% of families", "")


def test_groups_that_are_not_there_have_no_rows() -> None:
    assert {row.group for row in rows(result(), by="voivodeship")} == {"14", "18", "24"}


# --- teams


@cache
def with_teams() -> ScenarioResult:
    return run_scenario(scenario(teams=6, variants=Table({"city": variants_of(result())[4]})))


def test_teams_of_the_sample_are_those_of_propose_team() -> None:
    found = with_teams()
    lots: dict[CommuneClass, list[tuple[int, int]]] = {}
    wanted = {(sizes.variant, sizes.kind): sizes for sizes in found.teams}
    assert set(wanted) == {(key, kind) for key in ("base", "city") for kind in CommuneClass}
    for place, case in families_one_by_one(found):
        kind = found.communes[place].kind
        advice = advice_for(found, place, case, BASE)
        team = propose_team(advice, network_of(place, BASE))
        lots.setdefault(kind, []).append((len(team.members), sum(member.outside for member in team.members)))
    for kind in CommuneClass:
        sizes = wanted["base", kind]
        assert len(sizes.members) == min(6, len(lots[kind]))
        pairs = Counter(zip(sizes.members, sizes.outside, strict=True))
        assert pairs <= Counter(lots[kind])
        assert sizes.unproven == 0


def test_all_teams_of_all_variants_are_those_of_propose_team() -> None:
    found = run_scenario(scenario(teams=10_000, households=3_000))
    expected: dict[tuple[str, CommuneClass], Counter[tuple[int, int]]] = {}
    for place, case in families_one_by_one(found):
        for variant in variants_of(found):
            team = propose_team(advice_for(found, place, case, variant), network_of(place, variant))
            pair = len(team.members), sum(member.outside for member in team.members)
            expected.setdefault((variant.key, found.communes[place].kind), Counter())[pair] += 1
    assert expected == {
        (sizes.variant, sizes.kind): Counter(zip(sizes.members, sizes.outside, strict=True)) for sizes in found.teams
    }
    assert len(expected) == 5 * len({commune.kind for commune in found.communes})


def test_many_teams_may_be_searched_with_numba_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool | None] = []

    def solver(demands: Demands, networks: Iterable[LocalCandidates], compiled: bool | None) -> TeamSolver:
        asked.append(compiled)
        return TeamSolver(demands, networks, compiled=compiled)

    given = scenario(teams=6, variants=Table({"city": variants_of(result())[4]}))
    expected_teams = with_teams().teams
    monkeypatch.setattr("kooperacja_model.simulation.teams.TeamSolver", solver)
    for least, expected in ((1, None), (10**6, False)):
        monkeypatch.setattr("kooperacja_model.simulation.teams.COMPILED_FROM", least)
        asked.clear()
        assert run_scenario(given).teams == expected_teams
        assert asked == [expected] * 4


def changed(change: str, key: str) -> Variant:
    """A variant that closes or adds a type."""
    label = Label("a", "b")
    return Variant("x", label, close=(key,)) if change == "close" else Variant("x", label, add=(key,))


JOINT = ("social_assistance_centre", "social_services_centre", "pcpr", "municipal_office")
"""Types that are others as well."""


@pytest.mark.parametrize("change", ["close", "add"])
@pytest.mark.parametrize("key", [*JOINT, "night_shelter"])
def test_the_institutions_ready_for_teams_are_those_of_the_network(change: str, key: str) -> None:
    communes = [c for c in communes_of_the_country(load_population()) if c.code.voivodeship in ("02", "14")]
    cities = [c for c in communes if c.code.has_powiat_rights]
    warszawa = next(c for c in cities if c.code.text == "1465011")
    chosen = [communes[0], communes[60], *cities[:2], warszawa]
    demands = compile_demands(load_models()["city"])
    ready = country_networks().candidates(chosen, demands, changed(change, key))
    for commune, found in zip(chosen, ready, strict=True):
        network = country_networks().network(commune, load_models()["city"], changed(change, key))

        def those(bits: int, keys: tuple[str, ...] = found.keys) -> set[str]:
            return {key for place, key in enumerate(keys) if bits >> place & 1}

        able = network.eligible
        for place, (pair, bits) in enumerate(zip(demands.pairs, found.named, strict=True)):
            its = set(network.holders[pair.competence]).intersection(network.of_type[pair.type])
            assert those(bits) == its & able
            assert bool(found.somebody >> place & 1) == bool(its)
        for competence, bits in zip(demands.required, found.holders, strict=True):
            assert those(bits) == able.intersection(network.holders[competence])
        for competence, bits in zip(demands.advised, found.advisers, strict=True):
            assert those(bits) == able.intersection(network.holders[competence])
        for kind, bits in zip(demands.mandated, found.seats, strict=True):
            assert those(bits) == able.intersection(network.of_type[kind])
        assert those(found.far) == network.outside
        assert found.agreed == 0


@pytest.mark.parametrize("change", ["close", "add"])
@pytest.mark.parametrize("key", JOINT)
def test_in_bits_and_in_networks_the_same_is_held_where_institutions_are_joint(change: str, key: str) -> None:
    cities = [c for c in communes_of_the_country(load_population()) if c.code.has_powiat_rights]
    variant = changed(change, key)
    held = country_networks().held(cities, variant)
    for row, commune in zip(held.tolist(), cities, strict=True):
        holders = country_networks().network(commune, load_models()["city"], variant).holders
        assert row == [bool(holders[key]) for key in load_catalogue().competences]


def test_where_the_joint_institution_closes_as_one_it_stays_as_the_other() -> None:
    opened = Variant("x", Label("a", "b"), close=("social_services_centre",))
    closed = evolve(opened, close=("social_services_centre", "social_assistance_centre"))
    for city in (c for c in communes_of_the_country(load_population()) if c.code.has_joint_ops_and_pcpr):
        before, after = (country_networks().network(city, load_models()["city"], its) for its in (opened, closed))
        assert before.of_type["pcpr"] == before.of_type["social_assistance_centre"] == ("social_assistance_centre",)
        assert (after.of_type["pcpr"], after.of_type["social_assistance_centre"]) == (("pcpr",), ())


def test_a_sample_larger_than_all_families_has_all_of_them() -> None:
    found = run_scenario(scenario(teams=1_000, households=300, variants=Table({})))
    assert {sizes.kind: len(sizes.members) for sizes in found.teams} == {
        group_kind: total
        for group_kind in CommuneClass
        if (
            total := sum(
                int(found.counts["base"].families[place])
                for place, c in enumerate(found.communes)
                if c.kind is group_kind
            )
        )
    }


def test_sizes_of_fewer_teams_than_may_be_shown_are_not_in_the_summary() -> None:
    found = run_scenario(scenario(teams=3, variants=Table({})))
    assert found.teams
    assert "Size of the team" not in found.summary("en")
    assert "Size of the team" in with_teams().summary("en")


def test_the_sample_is_in_the_summary_and_in_the_table_of_teams() -> None:
    found = with_teams()
    assert "a drawn sample of at most 6 families" in found.summary("en")
    table = limited(found, 1).teams_to_arrow().to_pylist()
    assert sum(row["teams"] for row in table if row["variant"] == "base") == sum(
        len(sizes.members) for sizes in found.teams if sizes.variant == "base"
    )


def limited(found: ScenarioResult, limit: int) -> ScenarioResult:
    """The same numbers with another limit."""
    return evolve(found, scenario=evolve(found.scenario, suppress_below=limit))


def with_sizes(pairs: Iterable[tuple[int, int]], limit: int = 5) -> ScenarioResult:
    """A result with teams in rural communes: of so many members, so many of them from outside."""
    members, outside = zip(*pairs, strict=True)
    sizes = TeamSizes("base", CommuneClass.RURAL, members, outside, 0)
    return limited(evolve(result(), scenario=scenario(variants=Table({}), teams=30), teams=(sizes,)), limit)


def teams_of(found: ScenarioResult) -> list[tuple[object, ...]]:
    return [tuple(row.values())[2:] for row in found.teams_to_arrow().to_pylist()]


def test_rare_sizes_of_teams_are_in_one_row_without_a_size() -> None:
    pairs = [(2, 0)] * 3 + [(4, 1)] * 5 + [(5, 2)] * 6 + [(5, 0)] * 2 + [(7, 3), (9, 6)]
    assert teams_of(with_sizes(pairs)) == [(4, 5, 1.0), (5, 8, 1.5), (None, 5, 1.8)]
    assert teams_of(with_sizes(pairs, limit=1)) == [(2, 3, 0.0), (4, 5, 1.0), (5, 8, 1.5), (7, 1, 3.0), (9, 1, 6.0)]
    assert teams_of(with_sizes(pairs, limit=8)) == [(5, 8, 1.5), (None, 10, 1.4)]
    assert teams_of(with_sizes(pairs[1:])) == [(4, 5, 1.0), (5, 8, 1.5), (None, None, None)]
    assert teams_of(with_sizes(pairs[3:-2])) == [(4, 5, 1.0), (5, 8, 1.5)]


def test_a_number_of_teams_that_is_not_shown_is_counted_and_the_columns_keep_their_types() -> None:
    found = with_sizes([(7, 2)] * 3)
    assert found.suppressed == evolve(found, teams=()).suppressed + 1
    assert teams_of(found) == [(None, None, None)]
    for its in (found, with_sizes([(7, 2)] * 9), evolve(found, teams=())):
        assert list(map(str, its.teams_to_arrow().schema.types)) == ["string", "string", "int64", "int64", "double"]
    assert found.files(pictures=False)["teams.csv"].splitlines()[1:] == [b"base;rural;;;"]


def most_in_summary(found: ScenarioResult) -> list[str]:
    lines = found.summary("en").split("Size of the team")[1].splitlines()
    return lines[3].split()[-5:]


def test_the_largest_team_of_the_summary_is_one_that_enough_families_reach() -> None:
    pairs = [(3, 1)] * 10 + [(6, 1)] * 3 + [(8, 1), (12, 9)]
    for limit, most in ((1, 12), (2, 8), (3, 6), (5, 6), (6, 3), (15, 3)):
        found = with_sizes(pairs, limit)
        assert most_in_summary(found) == ["15", "4.5", "3.0", str(most), "1.5"]
        said = f"- Most: the largest team that at least {limit} sampled families have or exceed.\n"
        assert (said in found.summary("en")) == (limit > 1)
    few = with_sizes(pairs, 16).summary("en")
    assert "Size of the team" not in few
    assert "Most:" not in few


def test_of_a_table_of_seven_families_no_team_of_one_family_is_shown(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"commune": ["1816122"] * 7, "truancy": [True] * 7}
    for key in ("long_term_unemployment", "alcohol_problem", "prison_release"):
        columns[key] = [row == 0 for row in range(7)]
    found = table_run(tmp_path / "t.parquet", columns, teams=100)
    ((sizes, times), (extreme, one)) = Counter(found.teams[0].members).most_common()
    assert (times, one, extreme > sizes) == (6, 1, True)
    assert [row[:2] for row in teams_of(found)] == [(sizes, 6), (None, None)]
    shown = found.files(pictures=False)["summary.txt"].decode()
    assert shown.split("najwięcej")[1].splitlines()[1].split()[-2] == str(sizes)


def test_few_families_are_not_in_the_metadata_either(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"commune": ["1816122"] * 4, "truancy": [True] * 4}
    found = table_run(tmp_path / "t.parquet", columns)
    assert (found.families, found.metadata["families"]) == (4, None)
    assert json.loads(found.files(pictures=False)["result.json"])["families"] is None
    assert limited(found, 4).metadata["families"] == 4


# --- the same for the same seed


def test_the_same_scenario_gives_the_same_bytes() -> None:
    given = scenario(teams=3)
    first, second = (run_scenario(given).files("pl", pictures=False) for _ in range(2))
    assert first == second
    assert list(first) == ["result.parquet", "result.csv", "result.json", "summary.txt", "teams.csv"]
    assert run_scenario(evolve(given, seed=12)).files(pictures=False)["result.csv"] != first["result.csv"]


def test_the_result_says_what_it_depends_on() -> None:
    found = result()
    metadata = json.loads(found.files(pictures=False)["result.json"])
    assert metadata["seed"] == 11
    assert metadata["population"] == load_population().hash
    assert metadata["table"] is None
    assert metadata["models"]["base"] == {key: model.hash for key, model in load_models().items()}
    assert metadata["models"]["city"] == {"city": load_models()["city"].hash}
    assert metadata["models"]["rules"]["rural"] != load_models()["rural"].hash
    assert set(metadata["versions"]) == {"python", "kooperacja_model", "numpy", "pyarrow"}
    in_parquet = pq.read_table(io.BytesIO(found.files(pictures=False)["result.parquet"])).schema.metadata
    assert json.loads(in_parquet[b"kooperacja_model"]) == metadata


def test_the_result_says_which_table_and_which_networks_it_depends_on(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {"commune": ["1816122"] * 9, "truancy": [True] * 9}
    networks_ = tuple(load_network(ROOT / f"examples/networks/{name}.yaml") for name in ("rural_swilcza",))
    path = tmp_path / "t.parquet"
    found = table_run(path, columns, networks=networks_)
    assert found.metadata["table"] == hashlib.sha256(path.read_bytes()).hexdigest()
    its = found.metadata["networks"]
    assert list(its) == ["1816122"]
    assert len(its["1816122"]) == 64
    in_parquet = pq.read_table(io.BytesIO(found.files(pictures=False)["result.parquet"])).schema.metadata
    assert json.loads(in_parquet[b"kooperacja_model"])["networks"] == its

    text = (ROOT / "examples/networks/rural_swilcza.yaml").read_text("utf-8")
    (tmp_path / "same.yaml").write_text("# elsewhere\n" + text, "utf-8")
    same = evolve(found, scenario=evolve(found.scenario, networks=(load_network(tmp_path / "same.yaml"),)))
    assert same.metadata["networks"] == its
    key, *_ = networks_[0].institutions
    other = evolve(found, scenario=evolve(found.scenario, networks=(networks_[0].without(key),)))
    assert other.metadata["networks"] != its
    assert evolve(found, scenario=evolve(found.scenario, networks=())).metadata["networks"] == {}
    other_table = table_run(path, {**columns, "debts": [True] * 9}, networks=networks_)
    assert other_table.metadata["table"] != found.metadata["table"]


def test_the_tables_hold_the_rows() -> None:
    found = result()
    files = found.files(pictures=False)
    assert "teams.csv" not in files
    expected = [tuple(row) for row in found.rows]
    assert [tuple(row.values()) for row in pq.read_table(io.BytesIO(files["result.parquet"])).to_pylist()] == expected
    read = list(csv.reader(io.StringIO(files["result.csv"].decode("utf-8-sig")), delimiter=";"))
    assert tuple(read[0]) == Row._fields
    assert len(read) == 1 + len(expected)
    assert [row[11] for row in read[1:]] == ["" if row.families is None else str(row.families) for row in found.rows]


def test_progress_is_told_to_the_end() -> None:
    steps: list[tuple[str, int, int]] = []
    found = run_scenario(scenario(teams=2, variants=Table({})), progress=lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "families"][-1][1] == found.families
    teams = [step for step in steps if step[0] == "teams"]
    assert teams[-1][1] == teams[-1][2] == sum(len(sizes.members) for sizes in found.teams)


def test_a_number_of_households_can_be_given_to_the_run() -> None:
    assert run_scenario(scenario(variants=Table({})), households=123).households == 123


# --- tables of families


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "families.parquet"
    write_families(scenario(), path)
    return path


def test_the_families_that_are_written_are_those_that_are_counted(table: Path) -> None:
    written = pq.read_table(table)
    found = result()
    assert written.num_rows == found.families
    assert Counter(written["commune"].to_pylist()) == {
        c.code.text: int(found.counts["base"].families[place]) for place, c in enumerate(found.communes)
    }
    rows_ = written.to_pylist()
    catalogue = load_catalogue()
    for row, (place, case) in zip(
        sorted(rows_, key=lambda row: row["commune"]),
        sorted(families_one_by_one(found), key=lambda one: found.communes[one[0]].code.text),
        strict=True,
    ):
        assert row["commune"] == found.communes[place].code.text
        assert row["model"] == found.communes[place].model
        assert row["kind"] == found.communes[place].kind.value
        assert row["voivodeship"] == row["commune"][:2]
        assert [key for key in catalogue.needs if row[key]] == [need.key for need in case.needs]
    assert written.schema.metadata[b"invented"] == b"yes"


def test_a_table_of_families_gives_the_same_numbers_as_the_families_drawn(table: Path) -> None:
    found = run_scenario(scenario(table=str(table)))
    drawn = result()
    assert sorted(codes(found)) == sorted(codes(drawn))
    places = [codes(found).index(code) for code in codes(drawn)]
    for key, counts in drawn.counts.items():
        for name in ("families", "demand", "gaps", "short", "changed", "coverage_changed"):
            assert np.array_equal(getattr(found.counts[key], name)[places], getattr(counts, name))
    assert found.households == 0
    assert rows(found, measure="households") == []
    assert rows(found, by="all", measure="families", variant="base")[0].share is None
    assert "made up" not in found.summary("en")
    assert found.metadata["invented"] is False


def test_a_table_can_be_worked_out_without_a_list_of_communes(table: Path) -> None:
    given = scenario(table=str(table), communes=CommuneChoice(voivodeships=("18",)), by=(Grouping.KIND,))
    found = run_scenario(given)
    assert codes(found) == ["1816122", "1816132", "1816143"]
    drawn = result()
    expected = sum(int(drawn.counts["base"].families[place_of(code)]) for code in codes(found))
    assert found.families == expected


def written(path: Path, columns: dict[str, list[object]]) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def table_run(path: Path, columns: dict[str, list[object]], **changes: object) -> ScenarioResult:
    given = {"networks": (), "variants": Table({}), "by": (Grouping.KIND,), "communes": CommuneChoice(), **changes}
    return run_scenario(scenario(table=written(path, columns), **given))


def test_families_that_report_no_need_are_not_counted_and_unknown_facts_stay_unknown(tmp_path: Path) -> None:
    columns: dict[str, list[object]] = {
        "id": ["a", "b", "c"],
        "commune": ["1816122", "1816122", "2475011"],
        "truancy": [True, False, True],
        "debts": [True, True, None],
    }
    found = table_run(tmp_path / "t.parquet", columns, teams=5)
    assert found.families == 2
    assert by_place(found.counts["base"].families) == {0: 1, 1: 1}
    assert {sizes.kind for sizes in found.teams} == {CommuneClass.RURAL, CommuneClass.CITY_WITH_POWIAT_RIGHTS}


def test_the_sampled_family_of_a_table_has_its_known_answers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns: dict[str, list[object]] = {"commune": ["1816122"] * 2, "truancy": [True] * 2, "debts": [None, False],
                                        "pregnancy": [True] * 2}  # fmt: skip
    seen: list[Sample] = []

    def look(*given: object) -> list[object]:
        sample = given[3]
        assert isinstance(sample, Sample)
        seen.append(sample)
        return []

    monkeypatch.setattr("kooperacja_model.simulation.run.team_sizes", look)
    table_run(tmp_path / "t.parquet", columns, teams=5)
    catalogue = load_catalogue()
    keys = (*catalogue.needs, *catalogue.circumstances)
    (sample,) = seen
    answers = {
        int(number): {key: bool(present) for key, present, known in zip(keys, its, there, strict=True) if known}
        for number, its, there in zip(sample.number, sample.present, sample.known, strict=True)
    }
    absent = dict.fromkeys(catalogue.needs, False)
    first = {**absent, "truancy": True, "pregnancy": True}
    assert answers == {0: first, 1: {**first, "debts": False}}


def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with pytest.raises(TableError, match="truancyy"):
        table_run(path, {"commune": ["1816122"], "truancyy": [True]})
    with pytest.raises(TableError, match="column 'commune': a family without a commune"):
        table_run(path, {"commune": ["1816122", None], "truancy": [True, True]})
    with pytest.raises(CommuneError, match="digit 7 is no type of commune"):
        table_run(path, {"commune": ["1816127"], "truancy": [True]})
    with pytest.raises(TableError, match="the facts of 1 families contradict each other"):
        table_run(path, {"commune": ["1816122"] * 2, "truancy": [True, True], "child_under_18": [False, True]})
    missing = str(tmp_path / "none.parquet")
    with pytest.raises(TableError) as told_:
        run_scenario(scenario(table=missing))
    assert str(told_.value) == f"table: there is no file {missing!r}; correct the path"


def test_families_of_a_table_are_not_written_again(table: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="has a table of families already"):
        write_families(scenario(table=str(table)), tmp_path / "again.parquet")


# --- what is no scenario, and no number


def work(given: Any, path: Path, households: Any = None) -> Iterator[Callable[[], object]]:
    """Both kinds of work on something."""
    yield lambda: run_scenario(given, households=households)
    yield lambda: write_families(given, path, households=households)


@pytest.mark.parametrize("given", ["powiat.yaml", Path("powiat.yaml"), None, {"seed": 1}])
def test_what_is_no_scenario_is_refused(given: object, tmp_path: Path) -> None:
    for its in work(given, tmp_path / "f.parquet"):
        with pytest.raises(ScenarioError) as told_:
            its()
        expected = "`scenario` is no Scenario; read its file with `load_scenario` and give what that returns"
        assert str(told_.value) == expected


@pytest.mark.parametrize("number_", [-1, 0, "many", "100", 10.0, True, 10**12])
def test_numbers_of_households_that_there_cannot_be_are_refused(number_: object, tmp_path: Path) -> None:
    todo = "a whole number from 1 to 999,999,999,999; write for example 100000, or leave it out"
    for its in work(scenario(), tmp_path / "f.parquet", number_):
        with pytest.raises(ScenarioError) as told_:
            its()
        assert str(told_.value) == f"`households` is not {todo}"
    for its in work(scenario(households=number_), tmp_path / "f.parquet"):
        with pytest.raises(ScenarioError) as told_:
            its()
        assert str(told_.value) == f"`households` of the scenario is not {todo}"


def test_a_number_of_numpy_is_a_number() -> None:
    given = scenario(variants=Table({}))
    found = run_scenario(given, households=np.int64(900))  # type: ignore[arg-type]
    assert found.files(pictures=False) == run_scenario(given, households=900).files(pictures=False)


# --- families that cannot be written


def test_a_folder_that_is_not_there_is_said_with_the_path_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "no" / "f.parquet"
    with pytest.raises(FileNotFoundError) as told_:
        write_families(scenario(), path)
    assert (told_.value.filename, told_.value.strerror) == (str(path), "its folder does not exist")


def test_a_file_that_cannot_be_written_is_told_by_its_own_path_and_leaves_no_part(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    path.mkdir()
    with pytest.raises(IsADirectoryError) as told_:
        write_families(scenario(households=500), path)
    assert told_.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]


# --- without the extras


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    def hide(module: str, name: str) -> None:
        monkeypatch.setattr(f"{module}.find_spec", lambda found: None if found == name else found)

    return hide


def test_without_pyarrow_the_extra_is_named(without: Callable[[str, str], None], tmp_path: Path) -> None:
    without("kooperacja_model.scenario", "pyarrow")
    for its in work(scenario(), tmp_path / "f.parquet"):
        with pytest.raises(ScenarioError, match=r"pip install 'kooperacja_model\[batch\]'"):
            its()


def test_without_matplotlib_the_extra_is_named(without: Callable[[str, str], None]) -> None:
    without("kooperacja_model.simulation.result", "matplotlib")
    with pytest.raises(KooperacjaError, match=r"pip install 'kooperacja_model\[plot\]', or leave them out"):
        result().files()
