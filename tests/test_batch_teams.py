"""Teams in batch: the team of every row is the one that `propose_team` proposes, and what is counted adds up."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

pytest.importorskip("pyarrow")

import naive
import numpy as np
import pyarrow as pa
from attrs import evolve
from random_cases import RandomCase, random_case
from random_networks import random_network

from kooperacja_model import (
    Agreement,
    CaseError,
    Commune,
    CooperationModel,
    Institution,
    LocalNetwork,
    NetworkError,
    Recommendation,
    load_model,
    network_from_availability,
    propose_team,
    recommend,
)
from kooperacja_model.batch import compile_model, team_solver
from kooperacja_model.batch.candidates import local_candidates
from kooperacja_model.batch.columns import Evaluator
from kooperacja_model.batch.demands import Demands, compile_demands
from kooperacja_model.batch.tables import Families, Wide
from kooperacja_model.batch.team_solver import TeamSolver
from kooperacja_model.batch.teams import TeamBatch, teams_batch
from kooperacja_model.errors import TableError
from kooperacja_model.model import Force, Strength
from kooperacja_model.team import seated

COMMUNES = {
    "rural": ("1816122", "1816132", "0602022"),
    "urban_rural": ("3021163", "0416043", "1216113"),
    "city": ("2416021", "2475011", "1465011"),
}
CATALOGUE = naive.knowledge().catalogue


def random_families(rng: Random, communes: tuple[str | None, ...], number: int) -> list[RandomCase]:
    """Families of these communes, about half of their facts unknown."""
    found = []
    for _ in range(number):
        case = random_case(rng, CATALOGUE)
        found.append(RandomCase(case.needs, case.circumstances, rng.choice(communes), None))
    return found


def table_of(model: CooperationModel, families: list[RandomCase]) -> Any:
    """One boolean column for each fact; circumstances that were not told are null."""
    columns: dict[str, Any] = {"commune": pa.array([family.commune for family in families], pa.string())}
    for key in model.catalogue.needs:
        columns[key] = pa.array([key in family.needs for family in families])
    for key in model.catalogue.circumstances:
        columns[key] = pa.array([family.circumstances.get(key) for family in families], pa.bool_())
    return pa.table(columns)


def networks_of(rng: Random, model: CooperationModel) -> dict[str, LocalNetwork]:
    """A dense one, one of the legal minimum with additions, and one in which half is missing."""
    dense, minimum, few = COMMUNES[model.key]
    start = network_from_availability(model, minimum, likely=True)
    gone = rng.sample(list(start.institutions), len(start.institutions) // 3)
    return {
        dense: random_network(rng, model, dense, 60),
        minimum: start.without(*gone),
        few: random_network(rng, model, few, 9),
    }


def recommendation_of(model: CooperationModel, family: RandomCase) -> Recommendation:
    return recommend(model, family.needs, family.circumstances, family.commune)


def expected_row(model: CooperationModel, family: RandomCase, network: LocalNetwork) -> dict[str, Any]:
    """What `propose_team` says; missing types in the order of the demand are compared as a set."""
    team = propose_team(recommendation_of(model, family), network)
    assert team.optimal
    return {
        "size": team.cost[1],
        "outside": team.cost[0],
        "members": sorted(team.keys),
        "uncovered": list(team.uncovered),
        "missing": {entry.type for entry in team.missing},
    }


def rows_of(batch: TeamBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_arrow().to_pylist()
    return [row | {"missing": set(row["missing"])} for row in rows]


@pytest.mark.parametrize("key", naive.MODELS)
def test_each_row_has_the_team_that_is_proposed_for_its_recommendation(key: str) -> None:
    rng = Random(f"teams {key}")
    model = load_model(key)
    networks = networks_of(rng, model)
    families = random_families(rng, tuple(networks), 1200)
    batch = teams_batch(model, table_of(model, families), networks, commune="commune", compiled=False)
    found = rows_of(batch)
    assert batch.families == len(families)
    assert batch.unproven == batch.contradictory == 0
    for row, family in enumerate(families):
        assert family.commune is not None
        assert found[row] == expected_row(model, family, networks[family.commune]), row
    for row in range(0, len(families), 100):
        family = families[row]
        network = networks[str(family.commune)]
        assert batch.explain_row(row) == propose_team(recommendation_of(model, family), network)


def test_one_network_needs_no_column_of_communes_and_takes_families_whose_commune_is_not_known() -> None:
    model = load_model("city")
    network = random_network(Random(3), model, "2475011", 40)
    families = random_families(Random(4), (None,), 300)
    table = table_of(model, families)
    expected = [expected_row(model, family, network) for family in families]
    for given in (network, {"2475011": network}):
        without = teams_batch(model, table.drop_columns("commune"), given, compiled=False)
        unknown = teams_batch(model, table, given, commune="commune", compiled=False)
        assert rows_of(without) == rows_of(unknown) == expected


def test_only_rules_on_the_bases_asked_for_count() -> None:
    model = load_model("rural")
    network = network_from_availability(model, "1816122", likely=True)
    families = random_families(Random(5), ("1816122",), 200)
    batch = teams_batch(model, table_of(model, families), network, commune="commune", basis=["statute"], compiled=False)
    for row, family in enumerate(families):
        its = recommend(model, family.needs, family.circumstances, family.commune, ["statute"])
        assert set(batch.to_arrow()["members"][row].as_py()) == set(propose_team(its, network).keys)


# -- demands -------------------------------------------------------------------------------------


def demand_of(recommendation: Recommendation) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    """Pairs, advised competences and mandated types, from the rules that fired."""
    model = recommendation.model
    of = {key: profile.of for key, profile in model.catalogue.profiles.items()}
    pairs, advised, types = set(), set(), set()
    for rule in recommendation.fired:
        for name, competences in rule.require.items():
            types.add(of.get(name, name))
            pairs |= {(competence, of.get(name, name)) for competence in competences}
        for competences in rule.advise.values():
            advised |= set(competences)
    must = [
        its.duty for its in recommendation.duties if its.strength is Strength.REQUIRED and its.duty.force is Force.MUST
    ]
    terms = model.catalogue.institution_types
    called = {kind for duty in must for kind in duty.who if kind in types and not terms[kind].outside_team}
    always = {kind for _, kinds in seated(model) for kind in kinds}
    return pairs, advised - {competence for competence, _ in pairs}, called | always


def words_to_sets(demands: Demands, words: Any) -> tuple[set[tuple[str, str]], set[str], set[str]]:
    bits = {64 * word + bit for word, its in enumerate(words.tolist()) for bit in range(64) if its >> bit & 1}
    sections = (
        (demands.pairs, 0),
        (demands.advised, demands.first_advised),
        (demands.mandated, demands.first_mandated),
    )
    found: list[set[Any]] = [
        {its[bit - first] for bit in bits if 0 <= bit - first < len(its)} for its, first in sections
    ]
    assert sum(map(len, found)) == len(bits)
    return found[0], found[1], found[2]


@pytest.mark.parametrize("key", naive.MODELS)
def test_the_bits_of_a_demand_say_what_the_rules_that_hold_ask_for(key: str) -> None:
    model = load_model(key)
    demands = compile_demands(model)
    families = random_families(Random(f"demands {key}"), COMMUNES[key], 517)
    (batch,) = Families(demands.program, table_of(model, families), Wide(), commune="commune").all()
    evaluator = Evaluator(demands.program, block=64)
    words = np.concatenate([demands.of(bits) for _, bits in evaluator.blocks(batch.facts)])
    assert words.shape == (517, demands.words)
    for row, family in enumerate(families):
        assert words_to_sets(demands, words[row]) == demand_of(recommendation_of(model, family)), row


def test_a_rule_that_holds_for_all_families_is_a_bit_of_all() -> None:
    model = load_model("rural")
    rule = next(rule for rule in model.rules.values() if rule.require and not rule.when.none and not rule.when.any)
    demands = compile_demands(model)
    table = pa.table({need: [True, True] for need in rule.when.all if need in model.catalogue.needs})
    (batch,) = Families(demands.program, table, Wide()).all()
    ((_, bits),) = Evaluator(demands.program).blocks(batch.facts)
    always = [-2] * len(bits.columns)
    words = demands.of(evolve(bits, columns=tuple(always)))
    assert len(words_to_sets(demands, words[0])[0]) == len(demands.pairs)


# -- tables --------------------------------------------------------------------------------------


def swilcza() -> LocalNetwork:
    return network_from_availability(load_model("rural"), "1816122", likely=True)


def small_table(**columns: Any) -> Any:
    """Truant, in debt, nothing, both; of two kinds."""
    facts = {"truancy": [True, False, False, True], "eviction_risk": [False, True, False, True]}
    return pa.table({**facts, "kind": ["a", "b", "b", "a"], **columns})


def small_batch(**more: Any) -> TeamBatch:
    given: dict[str, Any] = {"compiled": False, "ignore": ("kind",), **more}
    return teams_batch("rural", given.pop("table", small_table()), given.pop("networks", swilcza()), **given)


def test_a_family_without_a_need_has_no_team() -> None:
    batch = small_batch()
    assert repr(batch) == "TeamBatch('rural', rows=4, families=3)"
    assert batch.to_arrow().to_pylist()[2] == dict.fromkeys(("size", "outside", "members", "uncovered", "missing"))
    with pytest.raises(CaseError, match="row 2: the family reports no need, so it has no team; ask for another row"):
        batch.explain_row(2)
    for row in (-1, 4):
        with pytest.raises(IndexError, match=f"row {row}: the table has 4 families, numbered from 0"):
            batch.explain_row(row)


@pytest.mark.parametrize("encoded", [False, True])
def test_ids_come_first_and_rows_keep_their_order_over_batches_and_blocks(encoded: bool) -> None:
    count = 70_000
    ids = pa.array([f"f{row}" for row in range(2 * count)])
    truancy = np.zeros(2 * count, dtype=bool)
    truancy[[3, 65_537, count, 2 * count - 1]] = True
    whole = pa.table({"id": ids.dictionary_encode() if encoded else ids, "truancy": truancy})
    pieces = [*whole.slice(0, count).combine_chunks().to_batches(), *whole.slice(count).combine_chunks().to_batches()]
    batch = small_batch(table=pa.Table.from_batches(pieces), id="id")
    found = pa.table(batch)
    assert found.schema.names == ["id", "size", "outside", "members", "uncovered", "missing"]
    assert found["id"].to_pylist() == ids.to_pylist()
    assert np.flatnonzero(found["size"].is_valid().to_numpy()).tolist() == [3, 65_537, count, 2 * count - 1]
    assert batch.explain_row(count).keys == batch.explain_row(3).keys
    with pytest.raises(CaseError):
        batch.explain_row(count + 1)


def test_an_empty_table_has_no_teams() -> None:
    batch = small_batch(table=small_table().slice(0, 0))
    assert batch.to_arrow().num_rows == batch.families == batch.sizes.num_rows == 0
    assert batch.totals.to_pylist()[0] == dict.fromkeys(batch.totals.schema.names, 0)


@pytest.mark.parametrize("by", [None, (), ("kind",), ("kind", "truancy")])
def test_totals_and_sizes_count_the_rows(by: tuple[str, ...] | None) -> None:
    families = random_families(Random(8), ("1816122",), 400)
    table = table_of(load_model("rural"), families)
    table = table.append_column("kind", pa.array([f"k{row % 3}" for row in range(400)]).dictionary_encode())
    given: dict[str, Any] = {"table": table, "commune": "commune"}
    rows = small_batch(**given).to_arrow().to_pylist()
    labels = [tuple(row.values()) for row in table.select(list(by or ())).to_pylist()] or [()] * len(rows)
    batch = small_batch(**given, by=by, ignore=() if by else ("kind",))
    counted = Counter((label, row["size"], row["outside"]) for label, row in zip(labels, rows, strict=True))
    names = list(by or ())
    sizes = batch.sizes.to_pylist()
    assert {(tuple(map(row.get, names)), row["size"], row["outside"]): row["families"] for row in sizes} == counted
    assert len(sizes) == len(counted) > 10
    assert batch.totals.num_rows == len(set(labels))
    for total in batch.totals.to_pylist():
        its = [row for label, row in zip(labels, rows, strict=True) if label == tuple(total[name] for name in names)]
        assert total["families"] == len(its)
        assert total["members"] == sum(row["size"] for row in its)
        assert total["outside"] == sum(row["outside"] for row in its)
        for what in ("uncovered", "missing"):
            times = Counter(key for row in its for key in row[what])
            found = {name.partition("__")[2]: count for name, count in total.items() if name.startswith(f"{what}__")}
            assert {key: count for key, count in found.items() if count} == times
            assert times


def test_only_totals_are_kept_if_they_are_asked_for() -> None:
    batch = small_batch(by=["kind"], ignore=())
    assert batch.totals["families"].to_pylist() == [2, 1]
    with pytest.raises(TableError, match="only totals were asked for; leave out `by` to get a row for each family"):
        batch.to_arrow()
    assert batch.explain_row(1).members


def test_one_name_to_group_by_need_not_be_put_in_a_list() -> None:
    assert small_batch(by="kind", ignore=()).totals.equals(small_batch(by=["kind"], ignore=()).totals)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"by": ["families"]}, "families"),
        ({"by": ["size"]}, "size"),
        ({"by": ["missing__pcpr"]}, "missing__pcpr"),
        ({"by": ["kind", "kind"]}, "kind"),
        ({"id": "members"}, "members"),
    ],
)
def test_a_column_that_would_come_out_twice_is_an_error(given: dict[str, Any], name: str) -> None:
    names = {*given.get("by", ()), given.get("id")} - {None, "kind"}
    table = small_table(**{its: pa.array(["a", "b", "c", "d"]) for its in names})
    used = {*given.get("by", ())}
    with pytest.raises(TableError, match=f"^table: column '{name}' would come out 2 times; name it once, or rename it"):
        small_batch(table=table, ignore=() if "kind" in used else ("kind",), **given)


def test_what_is_no_model_is_an_error() -> None:
    with pytest.raises(TableError, match="`model` is no model of cooperation"):
        teams_batch(compile_model("rural"), small_table(), swilcza())  # type: ignore[arg-type]


def test_families_whose_facts_contradict_each_other_have_no_team() -> None:
    needs = load_model("rural").catalogue.needs.items()
    need, circumstance = next((key, implied) for key, term in needs for implied in term.implies)
    table = small_table(**{need: [False, True, False, True], circumstance: [None, False, None, None]})
    with pytest.raises(TableError, match=r"facts contradict each other in row 1; correct what is given"):
        small_batch(table=table)
    both = table.set_column(table.schema.names.index(circumstance), circumstance, pa.array([None, False, None, False]))
    with pytest.raises(TableError, match=r"facts contradict each other in 2 rows, the first is row 1; correct"):
        small_batch(table=both)
    batch = small_batch(table=table, contradictions="null")
    assert (batch.contradictory, batch.families) == (1, 2)
    assert [size is None for size in batch.to_arrow()["size"].to_pylist()] == [False, True, True, False]
    with pytest.raises(TableError, match="`contradictions` is none of 'error', 'null'"):
        small_batch(contradictions="drop")


def test_the_network_of_every_family_has_to_be_given() -> None:
    with pytest.raises(NetworkError, match="networks: there is none; give that of each commune by its TERYT code"):
        small_batch(networks={})
    with pytest.raises(NetworkError, match="networks: under 1816132 there is that of 1816122; put it under its own"):
        small_batch(networks={"1816132": swilcza()})
    wrong: tuple[Any, ...] = ([swilcza()], "network.yaml", {"1816122": 1}, {"1816122": None, "1816132": swilcza()}, 3)
    for networks in wrong:
        with pytest.raises(NetworkError, match="networks: not all are local networks; give one, or a mapping of them"):
            small_batch(networks=networks)
    other = network_from_availability(load_model("rural"), "1816132")
    two = {"1816122": swilcza(), "1816132": other}
    with pytest.raises(TableError, match="there are several networks; name the column of TERYT codes"):
        small_batch(networks=two)

    def of(*codes: str | None, networks: Any = two) -> TeamBatch:
        return small_batch(
            table=small_table(commune=pa.array(codes, pa.string())), networks=networks, commune="commune"
        )

    with pytest.raises(TableError, match=r"'commune': no network is given for the commune of row 3; give it, or its"):
        of("1816122", "1816132", "1816132", "0602022")
    with pytest.raises(TableError, match=r"the commune of 2 rows, the first is row 1; give it"):
        of("1816122", None, "1816132", "0602022")
    with pytest.raises(TableError, match=r"the commune of 2 rows, the first is row 1; give it"):
        of("1816122", "1816132", "1816132", None, networks=swilcza())
    assert of("1816122", None, "1816122", None, networks=swilcza()).families == 3


def test_progress_is_told_block_by_block() -> None:
    told: list[tuple[int, int | None]] = []
    small_batch(progress=lambda done, total: told.append((done, total)))
    assert told == [(4, 4)]


# -- the search ----------------------------------------------------------------------------------


def test_a_search_that_is_too_long_gives_a_team_that_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model("rural")
    network = random_network(Random(10), model, "1816122", 60)
    families = random_families(Random(11), ("1816122",), 100)
    table = table_of(model, families)
    proven = teams_batch(model, table, network, commune="commune", compiled=False)
    monkeypatch.setattr(team_solver, "NODE_LIMIT", 1)
    batch = teams_batch(model, table, network, commune="commune", compiled=False)
    assert (proven.unproven, proven.families) == (0, 100)
    assert 10 < batch.unproven < 100
    for best, found in zip(proven.to_arrow().to_pylist(), batch.to_arrow().to_pylist(), strict=True):
        assert (found["uncovered"], found["missing"]) == (best["uncovered"], best["missing"])
        assert (found["outside"], found["size"]) >= (best["outside"], best["size"])


def test_equal_demands_are_searched_once() -> None:
    solver = TeamSolver(load_model("rural"), [swilcza()], compiled=False)
    table = pa.table({"truancy": [True] * 5, "shoplifting": [None] * 5}).drop_columns("shoplifting")
    (batch,) = Families(solver.demands.program, table, Wide()).all()
    (teams,) = solver.solve(batch.facts, np.zeros(5, dtype=np.intp))
    assert len(set(teams.members[:, 0].tolist())) == 1
    assert solver._best_team.cache_info().misses == 1


def test_without_numba_the_search_is_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_solver, "find_spec", lambda name: None)
    solver = TeamSolver(load_model("rural"), [swilcza()])
    assert not solver.compiled
    assert solver.keys == (tuple(sorted(swilcza().types)),)


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_tasks(threads: int) -> None:
    tasks = [lambda number=number: number for number in range(20)]
    assert list(team_solver._in_order(tasks, threads)) == list(range(20))


def test_an_institution_that_another_can_always_take_the_place_of_is_no_candidate() -> None:
    model = load_model("rural")
    here = {"serves": ["1816122"], "seat": "1816122"}
    school = Institution("b", "invented", ["primary_school"], **here)  # type: ignore[arg-type]
    others = {
        "same, later": (evolve(school, key="c"), {"b"}),
        "same, earlier": (evolve(school, key="a"), {"a"}),
        "from outside": (evolve(school, key="a", seat="1863011"), {"b"}),
        "more types": (evolve(school, key="c", types=("primary_school", "kindergarten")), {"b", "c"}),
        "more types, earlier": (evolve(school, key="a", types=("primary_school", "kindergarten")), {"a"}),
        "other type": (evolve(school, key="a", types=("kindergarten",)), {"a", "b"}),
        "fewer competences": (evolve(school, key="a", removed={"school_monitoring": "invented"}), {"a", "b"}),
    }
    demands = compile_demands(model)
    for what, (other, expected) in others.items():
        network = LocalNetwork("invented", Commune("1816122"), [school, other], [], model.catalogue)
        assert candidates_of(demands, network) == expected, what
    for signed, expected in ((("a", "d"), {"a"}), (("c", "d"), {"c"})):
        twins = [evolve(school, key=key) for key in ("a", "c")]
        office = Institution("d", "invented", ["municipal_office"], **here)  # type: ignore[arg-type]
        agreement = Agreement("x", "agreement", signed)
        network = LocalNetwork("invented", Commune("1816122"), [*twins, office], [agreement], model.catalogue)
        assert candidates_of(demands, network) == {*expected, "d"}


def candidates_of(demands: Demands, network: LocalNetwork) -> set[str]:
    local = local_candidates(demands, network)
    able = 0
    for those in (*local.named, *local.holders, *local.advisers, *local.seats):
        able |= those
    return {key for number, key in enumerate(local.keys) if able >> number & 1}
