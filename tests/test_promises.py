"""The promises of the design, each as a class named after the sentence, its consequences as methods."""

from __future__ import annotations

import builtins
import io
import logging
import pickle
import socket
import time
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import networkx as nx
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import HealthCheck, given, settings
from strategies import (
    CATALOGUE,
    CIRCUMSTANCES,
    Told,
    cases,
    cases_of_which_more_becomes_known,
    cases_with_one_more_need,
)

from kooperacja_model import (
    Basis,
    Case,
    Commune,
    CooperationModel,
    KooperacjaError,
    Recommendation,
    Strength,
    build_graph,
    load_model,
    load_models,
    recommend,
)
from kooperacja_model.case import Answer
from kooperacja_model.catalogue import Circumstance, Need
from kooperacja_model.provenance import Lang

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
MODELS = ("rural", "urban_rural", "city")
LANGUAGES: tuple[Lang, ...] = ("pl", "en")

promise = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def objects_of(recommendation: Recommendation) -> list[Any]:
    """A recommendation and everything public that it holds."""
    return [
        recommendation,
        recommendation.case,
        *recommendation.case.needs,
        *recommendation.case.answers,
        *recommendation.institutions,
        *recommendation.competences,
        *recommendation.sectors,
        *recommendation.duties,
        *recommendation.questions,
        *recommendation.passed_over,
        *recommendation.unserved,
        *recommendation.fired,
        *(reason for advice in recommendation.institutions for reason in advice.reasons + advice.depends),
    ]


class TestPublicObjectsAreImmutableHashableAndPicklable:
    @promise
    @given(cases())
    def test_no_field_can_be_set_or_deleted(self, told: Told) -> None:
        for thing in objects_of(told.recommendation()):
            name = attrs.fields(type(thing))[0].name
            with pytest.raises(FrozenInstanceError):
                setattr(thing, name, None)
            with pytest.raises(FrozenInstanceError):
                delattr(thing, name)

    @promise
    @given(cases())
    def test_an_equal_case_gives_an_equal_recommendation_with_the_same_hash(self, told: Told) -> None:
        first, second = objects_of(told.recommendation()), objects_of(told.recommendation())
        assert first == second
        assert [hash(thing) for thing in first] == [hash(thing) for thing in second]

    @promise
    @given(cases())
    def test_a_pickled_recommendation_comes_back_equal_and_says_the_same(self, told: Told) -> None:
        made = told.recommendation()
        back = pickle.loads(pickle.dumps(made))
        assert made == back
        assert hash(made) == hash(back)
        assert made.to_dict() == back.to_dict()

    @pytest.mark.parametrize("key", MODELS)
    def test_models_and_their_parts_are_frozen_hashable_and_pickle(self, key: str) -> None:
        model = load_model(key)
        back = pickle.loads(pickle.dumps(model))
        assert model == back
        assert hash(model) == hash(back)
        assert {model: 1}[back] == 1
        things: list[Any] = [model, model.criterion, model.catalogue, *model.rules.values(), *model.duties.values()]
        for thing in things:
            hash(thing)
            with pytest.raises(FrozenInstanceError):
                setattr(thing, attrs.fields(type(thing))[0].name, None)

    def test_tables_cannot_be_changed(self) -> None:
        rules: Any = load_model("rural").rules
        with pytest.raises(TypeError):
            rules["new"] = None
        with pytest.raises(TypeError):
            del rules["social_assistance_centre_income_support"]
        with pytest.raises(AttributeError, match="cannot be changed"):
            rules._items = {}

    def test_changing_what_was_given_does_not_change_what_is_said(self) -> None:
        given_ = {"debts": True}
        made = recommend("rural", ["low_income"], given_)
        before = deepcopy(made.to_dict())
        given_["debts"] = False
        assert before == made.to_dict()

    def test_the_facts_cannot_be_changed(self) -> None:
        facts: Any = recommend("rural", ["low_income"]).facts
        with pytest.raises(TypeError):
            facts["debts"] = True


class TestPure:
    def test_no_file_socket_clock_or_log_is_touched(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        load_models()
        recommend("city", ["truancy"]).to_dict()
        recommend("city", ["truancy"]).explain()
        build_graph(load_model("city"))
        touched: list[str] = []

        def forbidden(name: str) -> Callable[..., None]:
            return lambda *_, **__: touched.append(name)

        caplog.set_level(logging.DEBUG)
        with monkeypatch.context() as patch:
            patch.setattr(builtins, "open", forbidden("open"))
            patch.setattr(io, "open", forbidden("io.open"))
            patch.setattr(socket, "socket", forbidden("socket"))
            patch.setattr(builtins, "print", forbidden("print"))
            for clock in ("time", "time_ns", "localtime", "gmtime", "strftime"):
                patch.setattr(time, clock, forbidden(clock))
            made = recommend("city", ["truancy", "alcohol_problem"], {"debts": True}, "2475011")
            made.explain("pl")
            made.explain("en")
            made.to_dict()
            assert len(made.graph) > 0
        assert touched == []
        assert caplog.records == []

    def test_reading_a_file_would_have_been_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        touched: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(io, "open", lambda *_, **__: touched.append("io.open"))
            with pytest.raises((AttributeError, TypeError)):
                Path(__file__).read_bytes()
        assert touched == ["io.open"]


class TestNoPersonalDataByType:
    MARKER = "Jan Kowalski 44051401359"

    def test_a_case_only_has_terms_of_the_catalogue_and_a_commune(self) -> None:
        assert {field.name: str(field.type) for field in attrs.fields(Case)} == {
            "needs": "tuple[Need, ...]",
            "answers": "tuple[Answer, ...]",
            "commune": "Commune | None",
        }
        assert {field.name: str(field.type) for field in attrs.fields(Answer)} == {
            "circumstance": "Circumstance",
            "present": "bool",
        }

    @promise
    @given(cases())
    def test_what_a_case_holds_comes_from_the_vocabulary(self, told: Told) -> None:
        case = told.recommendation().case
        assert all(isinstance(need, Need) and CATALOGUE.needs[need.key] is need for need in case.needs)
        for answer in case.answers:
            assert isinstance(answer.circumstance, Circumstance)
            assert CATALOGUE.circumstances[answer.circumstance.key] is answer.circumstance
            assert type(answer.present) is bool
        assert case.commune is None or isinstance(case.commune, Commune)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"needs": [MARKER]},
            {"needs": ["truancy", MARKER]},
            {"needs": MARKER},
            {"circumstances": [MARKER]},
            {"circumstances": MARKER},
            {"circumstances": {MARKER: True}},
            {"circumstances": {"debts": MARKER}},
            {"commune": MARKER},
            {"commune": MARKER[-7:]},
            {"basis": [MARKER]},
            {"basis": MARKER},
            {"model": MARKER},
        ],
        ids=str,
    )
    def test_no_error_repeats_what_was_typed(self, wrong: dict[str, Any]) -> None:
        arguments = {"model": "rural", "needs": ["truancy"], **wrong}
        with pytest.raises(KooperacjaError) as caught:
            recommend(**arguments)
        error: BaseException | None = caught.value
        while error is not None:
            said = f"{error} {error!r} {error.args} {vars(error)}"
            assert "Kowalski" not in said
            assert "4405140" not in said
            assert "1401359" not in said
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

    @promise
    @given(cases())
    def test_the_repr_of_a_case_only_has_words_of_the_files(self, told: Told) -> None:
        made = told.recommendation()
        for need in made.case.needs:
            assert need.key in repr(made.case)
        assert "facts" not in repr(made)


class TestEveryAdviceIsCited:
    @promise
    @given(cases())
    def test_every_institution_names_its_rules_with_source_basis_and_place(self, told: Told) -> None:
        for advice in told.recommendation().institutions:
            assert advice.reasons or advice.depends
            for reason in advice.reasons + advice.depends:
                assert reason.rule.sources
                assert all(isinstance(source.basis, Basis) for source in reason.rule.sources)
                assert reason.rule.because.pl
                assert reason.rule.because.en
                assert reason.rule is told.model.rules[reason.rule.key]

    @promise
    @given(cases())
    def test_the_data_form_repeats_rule_source_basis_and_place(self, told: Told) -> None:
        for advice in told.recommendation().to_dict()["institutions"]:
            for reason in advice["reasons"] + advice["depends_on"]:
                file, line, column = reason["place"].split(":")
                assert (file.startswith("models/"), int(line) > 0, int(column) > 0) == (True, True, True)
                assert {source["basis"] for source in reason["sources"]} <= {basis.value for basis in Basis}
                assert reason["sources"] != []
                assert reason["rule"] in told.model.rules

    @pytest.mark.parametrize("key", MODELS)
    def test_the_place_of_every_rule_and_duty_is_the_line_where_its_key_stands(self, key: str) -> None:
        model = load_model(key)
        lines = {
            name: (ROOT / name).read_text(encoding="utf-8").splitlines()
            for name in ("models/rules.yaml", "models/duties.yaml", f"models/{key}.yaml")
        }
        wrong = []
        places = {name: rule.place for name, rule in model.rules.items()}
        places |= {name: duty.place for name, duty in model.duties.items()}
        for name, place in places.items():
            line = lines[place.file][place.line - 1]
            if not line[place.column - 1 :].startswith(f"{name}:") or line[: place.column - 1].strip():
                wrong.append((name, str(place)))
        assert wrong == []


class TestANeedIsNeverSilentlyIgnored:
    @promise
    @given(cases())
    def test_a_reported_need_is_served_by_a_rule_that_holds_or_listed_as_unserved(self, told: Told) -> None:
        made = told.recommendation()
        served = {need for rule in made.fired for need in rule.needs}
        unserved = {gap.key for gap in made.unserved}
        for need in told.needs:
            assert (need in served) != (need in unserved)
        assert unserved <= set(told.needs)

    @promise
    @given(cases())
    def test_a_served_need_is_named_by_an_institution_that_is_not_conditional(self, told: Told) -> None:
        made = told.recommendation()
        named = {need for a in made.institutions if a.strength is not Strength.CONDITIONAL for need in a.needs}
        assert named == set(told.needs) - {gap.key for gap in made.unserved}

    @promise
    @given(cases())
    def test_the_explanation_names_every_need_in_both_languages(self, told: Told) -> None:
        made = told.recommendation()
        polish, english = (" ".join(made.explain(lang).split()) for lang in LANGUAGES)
        for need in made.case.needs:
            assert need.label.pl in polish
            assert need.label.en in english


class TestAddingANeedNeverRemovesASectorOrADutyUnlessARuleSaysNone:
    def test_no_duty_has_none(self) -> None:
        assert [key for key, duty in load_model("city").duties.items() if any(c.none for c in duty.when)] == []

    def test_only_rules_about_lay_people_and_mediation_have_a_need_or_what_follows_from_one_in_none(self) -> None:
        violence = {"domestic_violence_victim", "violence_perpetrator", "child_abuse", "trafficking_victim"}
        for model in load_models().values():
            for rule in model.rules.values():
                facts = set(rule.when.none) & {*CATALOGUE.needs, *follow_from_needs()}
                if facts:
                    assert facts in (violence, {"violence_suspected", "child_abuse"}), rule.key

    @promise
    @given(cases_with_one_more_need())
    def test_a_sector_or_institution_is_lost_only_by_a_rule_with_none(self, two: tuple[Told, Told, str]) -> None:
        before, after = (told.recommendation() for told in two[:2])
        came_with_none = [r for r in before.fired + before.undecided if ends_with(r.when.none, two[2])]
        excused = {type_of(before.model, name) for r in came_with_none for name in (*r.require, *r.advise)}
        lost = {a.key for a in before.institutions} - {a.key for a in after.institutions}
        assert lost <= excused
        sectors = {a.key for a in before.sectors} - {a.key for a in after.sectors}
        assert sectors <= {CATALOGUE.institution_types[key].sector for key in excused}

    @promise
    @given(cases_with_one_more_need())
    def test_no_duty_is_lost_or_weakened(self, two: tuple[Told, Told, str]) -> None:
        before, after = (told.recommendation() for told in two[:2])
        now = {advice.key: advice.strength.rank for advice in after.duties}
        assert [a.key for a in before.duties if now.get(a.key, 9) > a.strength.rank] == []


def follow_from_needs() -> set[str]:
    return {implied for need in CATALOGUE.needs.values() for implied in need.implies}


def ends_with(none: tuple[str, ...], need: str) -> bool:
    """Whether a `none` list names a need or something that follows from it."""
    return bool(set(none) & {need, *CATALOGUE.needs[need].implies})


def type_of(model: CooperationModel, name: str) -> str:
    profile = model.catalogue.profiles.get(name)
    return name if profile is None else profile.of


class TestMoreKnowledgeNeverChangesWhatIsDecided:
    @promise
    @given(cases_of_which_more_becomes_known())
    def test_rules_that_hold_keep_holding_and_those_that_do_not_stay_out(self, two: tuple[Told, Told]) -> None:
        before, after = (told.recommendation() for told in two)
        assert {rule.key for rule in before.fired} <= {rule.key for rule in after.fired}
        open_before = {rule.key for rule in before.fired + before.undecided}
        assert {rule.key for rule in after.fired + after.undecided} <= open_before

    @promise
    @given(cases_of_which_more_becomes_known())
    def test_certain_advice_and_duties_are_never_taken_back_or_weakened(self, two: tuple[Told, Told]) -> None:
        before, after = (told.recommendation() for told in two)
        pairs: list[tuple[Any, Any]] = [
            (before.institutions, after.institutions),
            (before.competences, after.competences),
            (before.sectors, after.sectors),
            (before.duties, after.duties),
        ]
        for old, new in pairs:
            now = {advice.key: advice.strength.rank for advice in new}
            certain = [advice for advice in old if advice.strength is not Strength.CONDITIONAL]
            assert [advice.key for advice in certain if now.get(advice.key, 9) > advice.strength.rank] == []

    @promise
    @given(cases())
    def test_when_everything_is_known_nothing_is_conditional_and_nothing_is_asked(self, told: Told) -> None:
        made = recommend(told.model, told.needs, told.family, "2475011", told.basis)
        assert made.undecided == ()
        assert made.questions == ()
        strengths = {advice.strength for advice in made.institutions} | {advice.strength for advice in made.duties}
        assert Strength.CONDITIONAL not in strengths

    @promise
    @given(cases())
    def test_an_institution_that_the_whole_family_needs_is_on_the_list_before_all_is_known(self, told: Told) -> None:
        early = {advice.key for advice in told.recommendation().institutions}
        late = recommend(told.model, told.needs, told.family, told.commune, told.basis)
        assert {advice.key for advice in late.institutions} <= early


class TestThePathInTheGraphIsTheExplanation:
    @promise
    @given(cases())
    def test_the_graph_of_a_recommendation_is_a_frozen_part_of_the_whole(self, told: Told) -> None:
        whole, part = build_graph(told.model), told.recommendation().graph
        assert nx.is_frozen(part)
        assert set(part.nodes) <= set(whole.nodes)
        assert set(part.edges) <= set(whole.edges)
        for name, attributes in part.nodes.items():
            assert {**whole.nodes[name], **attributes} == attributes
        assert all(whole.edges[edge] == attributes for edge, attributes in part.edges.items())

    @promise
    @given(cases())
    def test_nodes_and_edges_always_come_in_the_same_order(self, told: Told) -> None:
        first, second = told.recommendation().graph, told.recommendation().graph
        assert list(first.nodes(data=True)) == list(second.nodes(data=True))
        assert list(first.edges(data=True)) == list(second.edges(data=True))
        order = {name: rank for rank, name in enumerate(build_graph(told.model))}
        assert list(first) == sorted(first, key=order.__getitem__)

    @promise
    @given(cases())
    def test_every_advice_is_reached_from_a_reported_need_by_a_directed_path(self, told: Told) -> None:
        made = told.recommendation()
        graph = made.graph
        reached = {name for need in told.needs for name in nx.descendants(graph, f"need:{need}")}
        assert {f"institution_type:{advice.key}" for advice in made.institutions} <= reached
        assert {f"competence:{advice.key}" for advice in made.competences} <= reached
        assert {f"sector:{advice.key}" for advice in made.sectors} <= reached
        assert {name for name in graph if name.startswith("rule:")} <= reached

    @promise
    @given(cases())
    def test_the_graph_shows_exactly_the_institutions_sectors_and_rules_of_the_recommendation(self, told: Told) -> None:
        made = told.recommendation()
        graph = made.graph

        def shown(kind: str) -> set[str]:
            return {data["key"] for _, data in graph.nodes(data=True) if data["kind"] == kind}

        assert shown("institution_type") == {advice.key for advice in made.institutions}
        assert shown("competence") == {advice.key for advice in made.competences}
        assert shown("sector") == {advice.key for advice in made.sectors}
        assert shown("need") == set(told.needs)
        status = {data["key"]: data["status"] for _, data in graph.nodes(data=True) if data["kind"] == "rule"}
        expected = {rule.key: "holds" for rule in made.fired} | {rule.key: "undecided" for rule in made.undecided}
        assert expected == status

    @pytest.mark.parametrize("key", MODELS)
    def test_nothing_of_the_rules_is_lost_in_the_graph_of_the_model(self, key: str) -> None:
        model = load_model(key)
        graph = build_graph(model)
        assert nx.is_frozen(graph)
        lost: list[tuple[str, str]] = []

        def check(source: str, target: str, role: str) -> None:
            if graph.edges.get((source, target), {}).get("role") != role:
                lost.append((source, target))

        for rule in model.rules.values():
            name = f"rule:{rule.key}"
            for role, facts in (("all", rule.when.all), ("any", rule.when.any), ("none", rule.when.none)):
                for fact in facts:
                    check(f"{kind_of(model, fact)}:{fact}", name, role)
            for role, brought in (("require", rule.require), ("advise", rule.advise)):
                for institution, competences in brought.items():
                    check(name, f"institution_type:{type_of(model, institution)}", role)
                    for competence in competences:
                        assert graph.has_edge(name, f"competence:{competence}")
        assert lost == []
        for institution, term in model.catalogue.institution_types.items():
            check(f"institution_type:{institution}", f"sector:{term.sector}", "belongs_to")
            for competence in term.competences:
                check(f"competence:{competence}", f"institution_type:{institution}", "held_by")
        assert lost == []

    @pytest.mark.parametrize("key", MODELS)
    def test_the_graph_has_every_term_and_only_texts_as_attributes(self, key: str) -> None:
        model = load_model(key)
        graph = build_graph(model)
        catalogue = model.catalogue
        sections: tuple[Mapping[str, object], ...] = (
            catalogue.needs,
            catalogue.circumstances,
            catalogue.features,
            catalogue.competences,
            catalogue.institution_types,
            catalogue.sectors,
            model.rules,
        )
        assert len(graph) == sum(map(len, sections))
        values = [value for _, data in graph.nodes(data=True) for value in data.values()]
        values += [value for *_, data in graph.edges(data=True) for value in data.values()]
        assert {type(value) for value in (*values, *graph.graph.values())} == {str}
        assert nx.is_directed_acyclic_graph(graph)


def kind_of(model: CooperationModel, fact: str) -> str:
    if fact in model.catalogue.needs:
        return "need"
    return "circumstance" if fact in CIRCUMSTANCES else "feature"
