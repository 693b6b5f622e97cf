"""What a compiled model holds: facts, what follows, columns, rules; small, immutable, the same everywhere."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from itertools import combinations, product
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from small import small_catalogue, small_model

from kooperacja_model import (
    CaseError,
    Commune,
    CooperationModel,
    KooperacjaError,
    TerytCode,
    load_model,
    load_models,
    make_case,
)
from kooperacja_model.batch import Column, Kind, Program, compile_model
from kooperacja_model.batch.dag import FALSE
from kooperacja_model.batch.program import KINDS, did_you_mean, features_of, literal, near
from kooperacja_model.errors import TableError
from kooperacja_model.model import Condition, Strength
from kooperacja_model.provenance import Table

MODELS = ("rural", "urban_rural", "city")


def names(program: Program) -> list[str]:
    return [column.name for column in program.columns]


def digest(seed: str) -> str:
    code = (
        "import hashlib, pickle; from kooperacja_model.batch import compile_model; "
        "print(hashlib.sha256(pickle.dumps(compile_model('city'))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout


class TestAProgramIsSmallImmutableAndTheSameEverywhere:
    @pytest.mark.parametrize("key", MODELS)
    def test_it_survives_pickling(self, key: str) -> None:
        program = compile_model(key)
        again = pickle.loads(pickle.dumps(program))
        assert again == program
        assert hash(again) == hash(program)
        assert again is not program

    @pytest.mark.parametrize(("outputs", "limit"), [(None, 64_000), (["competences"], 32_000), (["sectors"], 24_000)])
    def test_it_is_small_when_pickled(self, outputs: list[str] | None, limit: int) -> None:
        assert max(len(pickle.dumps(compile_model(key, outputs=outputs))) for key in MODELS) < limit

    def test_it_cannot_be_changed(self) -> None:
        program = compile_model(small_model())
        with pytest.raises(FrozenInstanceError):
            program.model = "rural"  # type: ignore[misc]

    def test_its_bytes_do_not_depend_on_the_hash_seed(self) -> None:
        assert digest("1") == digest("2") == hashlib.sha256(pickle.dumps(compile_model("city"))).hexdigest() + "\n"

    def test_it_knows_the_model_and_its_content(self) -> None:
        model = load_model("rural")
        program = compile_model(model)
        assert (program.model, program.model_hash, program.basis) == ("rural", model.hash, None)
        assert repr(program) == f"Program(model='rural', model_hash={model.hash!r}, basis=None)"

    def test_other_columns_or_bases_make_another_program(self) -> None:
        programs = [
            compile_model("rural"),
            compile_model("rural", ["statute"]),
            compile_model("rural", outputs=["rules"]),
        ]
        assert len(set(programs)) == 3

    def test_a_model_is_compiled_once(self) -> None:
        assert compile_model("rural") is compile_model(load_model("rural"))

    def test_an_unknown_model_is_an_error(self) -> None:
        with pytest.raises(KooperacjaError, match="unknown model; known are rural"):
            compile_model("suburban")


class TestFacts:
    def test_facts_are_needs_then_circumstances_then_features_that_the_model_leaves_open(self) -> None:
        catalogue = load_model("city").catalogue
        city, rural = compile_model("city"), compile_model("rural")
        opened = ("land_powiat", "city_with_powiat_rights", "joint_ops_pcpr")
        assert city.facts == (*catalogue.needs, *catalogue.circumstances, *opened)
        assert rural.facts == (*catalogue.needs, *catalogue.circumstances)

    def test_the_other_features_are_fixed(self) -> None:
        assert dict(compile_model("rural").fixed) == dict(load_model("rural").features)
        assert dict(compile_model("city").fixed) == dict(load_model("city").features)

    def test_literals_of_a_fact_are_neighbours(self) -> None:
        assert (literal(3, True), literal(3, False)) == (6, 7)

    def test_what_follows_from_a_circumstance_is_what_the_catalogue_says(self) -> None:
        program = compile_model("rural")
        catalogue = load_model("rural").catalogue
        for key, present in product(catalogue.circumstances, (True, False)):
            one = literal(program.facts.index(key), present)
            follows = {program.facts[other // 2]: other % 2 == 0 for other in (one, *program.follows[one])}
            assert follows == catalogue.follows[key, present]

    def test_what_a_need_implies_follows_from_it_and_nothing_from_its_absence(self) -> None:
        program = compile_model(small_model())
        truancy, child = program.facts.index("truancy"), program.facts.index("child_under_18")
        assert program.follows[literal(truancy, True)] == (literal(child, True),)
        assert program.follows[literal(truancy, False)] == ()
        assert program.follows[literal(program.facts.index("low_income"), True)] == ()

    def test_features_of_a_city_follow_from_each_other_as_they_do_from_communes(self) -> None:
        program = compile_model("city")
        communes = [features_of(TerytCode(code)) for code in ("2416021", "2475011", "1465011")]
        for key, present in product(program.features, (True, False)):
            one = literal(program.facts.index(key), present)
            alike = [its for its in communes if its[key] is present]
            shared = {other: alike[0][other] for other in program.features if len({its[other] for its in alike}) == 1}
            assert {program.facts[n // 2]: n % 2 == 0 for n in (one, *program.follows[one])} == shared

    def test_features_of_a_code_are_those_that_a_case_has(self) -> None:
        model = load_model("city")
        for code in ("2416021", "2475011", "1465011"):
            facts = make_case(model.catalogue, ["truancy"], (), Commune(code)).facts(model)
            assert features_of(TerytCode(code)) == {key: facts[key] for key in compile_model(model).features}

    def test_the_closure_of_literals_holds_them_and_all_that_follows(self) -> None:
        program = compile_model(small_model())
        numbers = {key: number for number, key in enumerate(program.facts)}
        given = [literal(numbers["truancy"], True), literal(numbers["tenant"], True)]
        assert program.closure(given) == {
            *given,
            literal(numbers["child_under_18"], True),
            literal(numbers["owner"], False),
        }

    @pytest.mark.parametrize("model", [load_model("rural"), small_model()], ids=["rural", "small"])
    def test_two_given_facts_conflict_exactly_if_no_case_can_hold_both(self, model: CooperationModel) -> None:
        program = compile_model(model)
        catalogue = model.catalogue
        quiet = next(key for key, need in catalogue.needs.items() if not need.implies)
        given: list[tuple[int, list[str], dict[str, bool]]] = []
        for number, key in enumerate(program.needs + program.circumstances):
            if key in catalogue.needs:
                given.append((literal(number, True), [key], {}))
            else:
                given += [(literal(number, value), [], {key: value}) for value in (True, False)]
        found = []
        for (one, needs, answers), (other, other_needs, other_answers) in combinations(given, 2):
            if one // 2 == other // 2:
                continue
            try:
                make_case(catalogue, [quiet, *needs, *other_needs], {**answers, **other_answers})
            except CaseError:
                found.append((one, other))
        assert found
        features = len(program.needs + program.circumstances)
        assert [pair for pair in program.conflicts() if pair[1] < 2 * features] == found


class TestColumns:
    def test_columns_are_named_by_kind_key_and_strength_in_catalogue_order(self) -> None:
        catalogue = small_catalogue()
        three = ("required", "advised", "conditional")
        assert names(compile_model(small_model())) == [
            *(f"competence__{key}__{strength}" for key in catalogue.competences for strength in three),
            *(f"sector__{key}__{strength}" for key in catalogue.sectors for strength in three),
            *(f"institution__{key}__{strength}" for key in catalogue.institution_types for strength in three),
            *("duty__T_SCHOOL__required", "duty__T_SCHOOL__conditional"),
            *("rule__centre_for_low_income__fired", "rule__centre_for_low_income__undecided"),
            *("rule__school_for_truancy__fired", "rule__school_for_truancy__undecided"),
        ]

    def test_columns_are_the_same_under_every_model_but_for_its_own_rules(self) -> None:
        lists = ["competences", "sectors", "institutions", "duties"]
        assert len({tuple(names(compile_model(key, outputs=lists))) for key in MODELS}) == 1

    def test_a_list_can_be_asked_for_in_some_strengths(self) -> None:
        catalogue = small_catalogue()
        program = compile_model(small_model(), outputs=["sectors", "rules"], strengths=[Strength.REQUIRED])
        rules = ["rule__centre_for_low_income__fired", "rule__school_for_truancy__fired"]
        assert names(program) == [*(f"sector__{key}__required" for key in catalogue.sectors), *rules]

    def test_conditional_includes_undecided_rules(self) -> None:
        program = compile_model(small_model(), outputs=("duties", "rules"), strengths=["conditional"])
        assert names(program)[:2] == ["duty__T_SCHOOL__conditional", "rule__centre_for_low_income__undecided"]

    def test_a_single_column_can_be_asked_for_whatever_the_strengths(self) -> None:
        program = compile_model(small_model(), outputs="sector__ngo__advised", strengths=["required"])
        assert program.columns == (Column("sector__ngo__advised", 0, Strength.ADVISED),)
        assert [(output.kind, output.key) for output in program.outputs] == [(Kind.SECTOR, "ngo")]

    def test_only_what_is_asked_for_is_compiled(self) -> None:
        whole, part = compile_model("rural"), compile_model("rural", outputs=["sector__health__required"])
        assert len(part.dag.nodes) < len(whole.dag.nodes) / 10

    def test_columns_of_a_program_can_be_picked(self) -> None:
        program = compile_model(small_model())
        assert program.select() is program.columns
        assert program.select(strengths=["advised"]) == tuple(
            column for column in program.columns if column.strength is Strength.ADVISED
        )
        assert [column.name for column in program.select(["rules", "sector__ngo__required"], ["required"])] == [
            "sector__ngo__required",
            "rule__centre_for_low_income__fired",
            "rule__school_for_truancy__fired",
        ]

    def test_a_program_has_no_columns_that_it_was_not_compiled_for(self) -> None:
        program = compile_model(small_model(), outputs=["sectors"])
        with pytest.raises(TableError) as caught:
            program.select(["competences", "sectors", "rule__school_for_truancy__fired"])
        assert caught.value.problems == (
            "outputs: 'competences' is not there, the program was compiled without competences; compile it with them",
            (
                "outputs: 'rule__school_for_truancy__fired' is not there, "
                "the program was compiled without rules; compile it with them"
            ),
        )
        with pytest.raises(TableError, match=r"'sector__ngoo__required' is neither .*; did you mean 'sector__ngo__req"):
            program.select(["sector__ngoo__required"])

    def test_a_model_without_duties_has_no_columns_of_duties(self) -> None:
        program = compile_model(evolve(small_model(), duties=Table({})), outputs=["duties", "sectors"])
        assert names(program) == names(compile_model(small_model(), outputs=["sectors"]))

    @pytest.mark.parametrize("model", [None, 3, ["rural"]])
    def test_what_is_no_model_is_an_error(self, model: Any) -> None:
        with pytest.raises(TableError, match=r"^table: `model` is no model of cooperation; give one, or the key of a"):
            compile_model(model)

    @pytest.mark.parametrize("words", [3, [3], ["sectors", None]])
    def test_words_have_to_be_texts(self, words: Any) -> None:
        for argument in ("outputs", "strengths"):
            with pytest.raises(TableError, match=f"^table: `{argument}` takes only names; give them as texts"):
                compile_model(small_model(), **{argument: words})

    def test_all_words_that_name_nothing_are_said_with_the_nearest(self) -> None:
        with pytest.raises(TableError) as caught:
            compile_model(small_model(), outputs=["competence", "sector__ngoo__required", "sectors", "qqq"])
        assert caught.value.problems == (
            "outputs: 'competence' is neither a list nor a column that can be had here; did you mean 'competences'?",
            (
                "outputs: 'sector__ngoo__required' is neither a list nor a column that can be had here; "
                "did you mean 'sector__ngo__required' or 'sector__education__required'?"
            ),
            (
                "outputs: 'qqq' is neither a list nor a column that can be had here; "
                "the lists are competences, sectors, institutions, duties, rules"
            ),
        )

    def test_an_unknown_strength_is_an_error(self) -> None:
        with pytest.raises(TableError, match="unknown strength; known are required, advised, conditional"):
            compile_model(small_model(), strengths=["strong"])

    def test_the_lists_are_called_as_in_a_recommendation(self) -> None:
        assert list(KINDS) == ["competences", "sectors", "institutions", "duties", "rules"]

    def test_a_column_that_no_rule_can_make_true_is_constant(self) -> None:
        program = compile_model(small_model(), outputs=["sector__social_assistance__required", "sector__ngo__required"])
        roots = {output.key: output.required for output in program.outputs}
        assert roots["ngo"] == FALSE
        assert roots["social_assistance"] != FALSE


class TestRules:
    def test_bases_keep_rules_with_a_source_on_one_of_them(self) -> None:
        model = load_model("rural")
        kept = [rule.key for rule in compile_model(model, basis=["model", "statute"]).rules]
        wanted = [
            key for key, rule in model.rules.items() if {s.basis.value for s in rule.sources} & {"model", "statute"}
        ]
        assert set(kept) <= set(wanted)
        assert compile_model(model, basis=["model", "statute"]).basis == ("statute", "model")
        assert len(kept) < len(compile_model(model).rules)

    def test_duties_stay_on_whatever_basis(self) -> None:
        assert compile_model("rural", basis=["design"]).duties == compile_model("rural").duties

    def test_an_unknown_basis_is_an_error(self) -> None:
        with pytest.raises(CaseError, match="unknown basis; known are statute, model, practice, design"):
            compile_model("rural", basis=["hearsay"])

    def test_rules_that_a_fixed_feature_excludes_are_left_out(self) -> None:
        for key, model in load_models().items():
            fixed = model.features
            possible = [
                rule.key
                for rule in model.rules.values()
                if all(fixed.get(fact, True) for fact in rule.when.all)
                if not any(fixed.get(fact, False) for fact in rule.when.none)
                if not rule.when.any or any(fixed.get(fact, True) for fact in rule.when.any)
            ]
            assert [rule.key for rule in compile_model(key).rules] == possible
            assert len(possible) < len(model.rules)

    def test_fixed_features_are_taken_out_of_conditions(self) -> None:
        model = small_model()
        rule, duty = next(iter(model.rules.values())), next(iter(model.duties.values()))
        conditions = {
            "met_by_all": Condition(all=("low_income", "city")),
            "met_by_any": Condition(all=("low_income",), any=("tenant", "town")),
            "not_met_by_all": Condition(all=("low_income", "rural")),
            "not_met_by_any": Condition(all=("low_income",), any=("rural", "villages")),
            "not_met_by_none": Condition(all=("low_income",), none=("town",)),
            "open": Condition(all=("low_income",), any=("tenant", "rural"), none=("villages", "land_powiat")),
        }
        rules = Table({key: evolve(rule, key=key, when=when) for key, when in conditions.items()})
        duties = Table(
            {
                "never": evolve(duty, key="never", when=(Condition(all=("rural",)),), when_reported=("villages",)),
                "always": evolve(duty, key="always", when=(), when_reported=("town", "tenant")),
                "reported": evolve(duty, key="reported", when=(Condition(all=("rural",)),), when_reported=("tenant",)),
            }
        )
        program = compile_model(evolve(model, rules=rules, duties=duties))
        numbers = {key: number for number, key in enumerate(program.facts)}
        low_income, tenant = literal(numbers["low_income"], True), literal(numbers["tenant"], True)
        assert {rule.key: rule.when for rule in program.rules} == {
            "met_by_all": ((low_income,), ()),
            "met_by_any": ((low_income,), ()),
            "open": ((low_income, literal(numbers["land_powiat"], False)), (tenant,)),
        }
        assert {duty.key: (duty.when, duty.reported) for duty in program.duties} == {
            "always": ((((), ()),), (tenant,)),
            "reported": ((), (tenant,)),
        }
        never = [output for output in program.outputs if output.key in ("never", "not_met_by_all")]
        assert {root for output in never for root in output[2:]} == {FALSE}


def test_the_nearest_words_are_proposed() -> None:
    assert near("truency", ["truancy", "violence"]) == ["truancy"]
    assert did_you_mean("truency", ["truancy", "violence"]) == "did you mean 'truancy'?"
    assert did_you_mean("zzz", ["truancy", "violence"]) == ""
