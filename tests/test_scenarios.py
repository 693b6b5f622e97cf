"""Scenarios that people of the field can read and add to: what must come out, no more and no less."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import naive
import pytest
import yaml
from attrs import Factory, define

from kooperacja_model import Recommendation, Strength, load_model, load_models, model_for, recommend

FOLDER = Path(__file__).parent / "scenarios"


@define(kw_only=True)
class Scenario:
    """One scenario; a field that the class does not know is refused."""

    file: str
    name: str
    needs: list[str]
    required: list[str]
    advised: list[str]
    conditional: list[str]
    duties: list[str]
    conditional_duties: list[str]
    model: str | None = None
    commune: str | None = None
    population: int | None = None
    present: list[str] = Factory(list)
    absent: list[str] = Factory(list)
    questions: list[str] | None = None

    def recommendation(self) -> Recommendation:
        assert (self.model is None) != (self.commune is None), "give either `model` or `commune`"
        circumstances = {**dict.fromkeys(self.present, True), **dict.fromkeys(self.absent, False)}
        if self.commune is None:
            assert self.model is not None
            return recommend(load_model(self.model), self.needs, circumstances)
        return recommend(model_for(self.commune, self.population), self.needs, circumstances, self.commune)

    def lists(self) -> list[list[str]]:
        """All lists in which a key may stand only once."""
        institutions = self.required + self.advised + self.conditional
        return [self.needs, self.present + self.absent, institutions, self.duties + self.conditional_duties]


def read(text: str, file: str) -> list[Scenario]:
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    assert list(data) == ["scenarios"], f"{file}: only `scenarios` is known at the top"
    return [Scenario(file=file, **fields) for fields in data["scenarios"]]


@cache
def scenarios() -> tuple[Scenario, ...]:
    paths = sorted(FOLDER.glob("*.yaml"))
    return tuple(scenario for path in paths for scenario in read(path.read_text(encoding="utf-8"), path.name))


@cache
def recommendations() -> tuple[Recommendation, ...]:
    return tuple(scenario.recommendation() for scenario in scenarios())


def keys_of(recommendation: Recommendation, strength: Strength) -> set[str]:
    return {advice.key for advice in recommendation.institutions if advice.strength is strength}


def duties_of(recommendation: Recommendation, strength: Strength) -> set[str]:
    return {advice.key for advice in recommendation.duties if advice.strength is strength}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: f"{scenario.file}: {scenario.name}")
def test_scenario_comes_out_as_written(scenario: Scenario) -> None:
    recommendation = scenario.recommendation()
    expected = {
        "required": set(scenario.required),
        "advised": set(scenario.advised),
        "conditional": set(scenario.conditional),
        "duties": set(scenario.duties),
        "conditional_duties": set(scenario.conditional_duties),
    }
    actual = {
        "required": keys_of(recommendation, Strength.REQUIRED),
        "advised": keys_of(recommendation, Strength.ADVISED),
        "conditional": keys_of(recommendation, Strength.CONDITIONAL),
        "duties": duties_of(recommendation, Strength.REQUIRED),
        "conditional_duties": duties_of(recommendation, Strength.CONDITIONAL),
    }
    assert expected == actual
    if scenario.questions is not None:
        assert scenario.questions == [question.key for question in recommendation.questions]


def test_there_are_at_least_eighty_scenarios_and_each_has_its_own_name() -> None:
    names = [scenario.name for scenario in scenarios()]
    assert len(names) >= 80
    assert sorted(set(names)) == sorted(names)


def test_no_key_stands_twice_in_a_scenario() -> None:
    doubles = [
        (scenario.name, key)
        for scenario in scenarios()
        for keys in scenario.lists()
        for key in keys
        if keys.count(key) > 1
    ]
    assert doubles == []


def test_scenarios_report_every_need() -> None:
    reported = {need for scenario in scenarios() for need in scenario.needs}
    assert set(naive.knowledge().catalogue["needs"]) == reported


def test_every_shared_rule_fires_in_a_scenario_and_every_own_rule_in_one_of_its_model() -> None:
    fired = {(made.model.key, rule.key) for made in recommendations() for rule in made.fired}
    anywhere = {key for _, key in fired}
    never = [
        (model.key, key)
        for model in load_models().values()
        for key in model.rules
        if ((model.key, key) not in fired if key in model.own_rules else key not in anywhere)
    ]
    assert never == []


def test_every_duty_arises_in_a_scenario() -> None:
    arisen = {key for made in recommendations() for key in duties_of(made, Strength.REQUIRED)}
    assert set(naive.knowledge().duties) == arisen


def test_some_scenarios_pin_the_order_of_all_questions() -> None:
    assert sum(scenario.questions is not None for scenario in scenarios()) >= 20


@pytest.mark.parametrize("field", ["requried", "circumstances", "expects"])
def test_an_unknown_field_of_a_scenario_is_refused(field: str) -> None:
    good = (FOLDER / "home.yaml").read_text(encoding="utf-8")
    bad = good.replace("    needs: ", f"    {field}: []\n    needs: ", 1)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{field}'"):
        read(bad, "bad.yaml")
