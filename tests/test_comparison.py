"""Models side by side: what matches, what differs, and needs against the naive evaluator."""

from __future__ import annotations

import json
from itertools import permutations

import naive
import pytest
from attrs import evolve, exceptions

import kooperacja_model as km
from kooperacja_model.comparison import TOPICS, Comparison, Match
from kooperacja_model.provenance import Lang, Table
from kooperacja_model.views.words import BASIS

LANGS: tuple[Lang, Lang] = ("pl", "en")
KEYS = ("rural", "urban_rural", "city")
ALL = km.compare(*KEYS)
PAIRS = tuple(permutations(KEYS, 2))


def flat(text: str) -> str:
    return " ".join(text.split())


def matched(comparison: Comparison) -> dict[str, set[frozenset[tuple[str, str]]]]:
    """By topic, which keys of which models were found to be the same thing."""
    return {
        topic.key: {frozenset((model, fact.key) for model, fact in match.facts.items()) for match in topic.matches}
        for topic in comparison.topics.values()
    }


def strengths(comparison: Comparison) -> set[tuple[str, str, frozenset[tuple[str, str | None]]]]:
    return {
        (d.need.key, d.institution.key, frozenset((key, s and s.value) for key, s in d.strengths.items()))
        for d in comparison.needs
    }


# -- needs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [KEYS, *PAIRS[:3]])
def test_differences_of_needs_are_those_of_the_naive_evaluator(keys: tuple[str, ...]) -> None:
    catalogue = naive.knowledge().catalogue
    expected = set()
    for need in catalogue["needs"]:
        facts = {key: naive.known_facts(key, [need], {}, None) for key in keys}
        answers = {key: naive.evaluate(key, [need], facts[key], None).institutions for key in keys}
        for institution in {name for answer in answers.values() for name in answer}:
            row = {key: answers[key].get(institution) for key in keys}
            certain = {value if value in ("required", "advised") else None for value in row.values()}
            if len(certain) > 1:
                expected.add((need, institution, frozenset(row.items())))
    assert expected == strengths(km.compare(*keys))


def test_every_difference_of_needs_names_the_sources_of_its_rules() -> None:
    for difference in ALL.needs:
        rules = [rule for model in ALL.models for rule in model.rules_by_need[difference.need.key]]
        known = {source for rule in rules for source in rule.sources}
        assert difference.sources
        assert set(difference.sources) <= known


# -- symmetry and identity ----------------------------------------------------------------------------


@pytest.mark.parametrize("keys", list(permutations(KEYS)))
def test_the_order_of_the_models_changes_neither_what_matches_nor_what_differs(keys: tuple[str, ...]) -> None:
    other = km.compare(*keys)
    assert matched(other) == matched(ALL)
    assert strengths(other) == strengths(ALL)
    assert {topic.key: set(topic.silent) for topic in other.topics.values()} == {
        topic.key: set(topic.silent) for topic in ALL.topics.values()
    }


@pytest.mark.parametrize("keys", PAIRS)
def test_what_two_models_share_alone_they_share_among_the_three(keys: tuple[str, str]) -> None:
    pair = km.compare(*keys)
    for topic in pair.topics.values():
        for match in topic.common:
            facts = {(key, fact.key) for key, fact in match.facts.items()}
            assert any(facts <= group for group in matched(ALL)[topic.key])


def test_a_model_is_not_different_from_its_copy_under_another_key() -> None:
    rural = km.load_model("rural")
    copy = evolve(rural, key="city", not_known=Table({}))
    twins = km.compare(rural, copy)
    for topic in twins.topics.values():
        if topic.key not in ("entry", "exit"):
            assert topic.common == topic.matches
            assert all(match.alike for match in topic.matches)
    assert "Potrzeby bez takich różnic" in twins.to_text()


def test_models_are_given_as_keys_or_models_two_at_least_and_each_once() -> None:
    assert km.compare(km.load_model("rural"), "city") == km.compare("rural", "city")
    with pytest.raises(km.KooperacjaError, match="fewer than two models"):
        km.compare("rural")
    with pytest.raises(km.KooperacjaError, match="given twice"):
        km.compare("rural", "city", "rural")
    with pytest.raises(km.KooperacjaError, match="unknown model; known are"):
        km.compare("rural", "village")


def test_a_comparison_cannot_be_changed_and_is_hashable() -> None:
    with pytest.raises(exceptions.FrozenInstanceError):
        ALL.models = ()  # type: ignore[misc]
    assert hash(ALL) == hash(km.compare(*KEYS))


# -- topics -------------------------------------------------------------------------------------------


def test_every_topic_is_there_and_every_match_is_common_partial_or_of_one_model() -> None:
    assert list(ALL.topics) == list(TOPICS)
    for topic in ALL.topics.values():
        parts: list[Match] = [*topic.common, *topic.partial]
        for key in KEYS:
            parts += topic.only(key)
        assert sorted(match.key for match in parts) == sorted(match.key for match in topic.matches)


def test_the_team_called_pzk_is_in_all_models_but_not_the_same() -> None:
    (pzk,) = [match for match in ALL.topics["bodies"].common if match.key == "pzk"]
    assert not pzk.alike
    assert pzk.models == KEYS


@pytest.mark.parametrize("section", ["bodies", "roles", "stages", "documents", "principles", "levels"])
def test_everything_of_a_model_is_in_its_topic_once(section: str) -> None:
    for model in ALL.models:
        facts = [match.facts[model.key].key for match in ALL.topics[section].matches if model.key in match.facts]
        assert sorted(facts) == sorted(getattr(model, section))


def test_a_role_of_which_no_holder_is_known_says_so() -> None:
    city = km.load_model("city")
    roles = Table({**city.roles, "coach": evolve(city.roles["coach"], held_by=None)})
    found = km.compare("rural", evolve(city, roles=roles)).topics["roles"].only("city")
    assert next(its for its in found if its.key == "coach").facts["city"].text.en == "who holds it was not found"


def test_what_is_not_in_the_data_is_silent() -> None:
    assert ALL.topics["principles"].silent == ("rural", "urban_rural")
    assert ALL.topics["exit"].silent == ("urban_rural", "city")


def test_evidence_counts_communes_teams_and_figures() -> None:
    for model in ALL.models:
        facts = {match.key: match.facts[model.key].text.en for match in ALL.topics["evidence"].matches}
        assert facts["figures"] == str(len(model.pilot.figures))
        assert facts["communes"] == str(len(model.pilot.communes) + len(model.pilot.names_only))
        assert facts["teams"] == str(len(model.pilot.teams))


# -- how it is said -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("keys", [KEYS, *PAIRS])
def test_text_and_table_say_that_the_published_comparison_was_not_read(keys: tuple[str, ...], lang: Lang) -> None:
    comparison = km.compare(*keys)
    for text in (comparison.to_text(lang), comparison.to_markdown(lang)):
        assert "Księga rekomendacyjna" in text
        assert comparison.remark.text(lang) in flat(text)


@pytest.mark.parametrize("lang", LANGS)
def test_absence_is_not_found_and_never_does_not_exist(lang: Lang) -> None:
    said = {"pl": ("nie znaleziono", "nie istnieje", "nie ma takie"), "en": ("not found", "does not exist", "no such")}
    for text in (ALL.to_text(lang), ALL.to_markdown(lang)):
        found, *never = said[lang]
        assert found in text
        assert not [word for word in never if word in text]


@pytest.mark.parametrize("lang", LANGS)
def test_every_fact_is_in_the_text_with_its_bases(lang: Lang) -> None:
    text = flat(ALL.to_text(lang))
    for topic in ALL.topics.values():
        for match in topic.matches:
            assert match.label.text(lang) in text or match.label.text(lang).removesuffix(")").split(" (")[0] in text
            if len(match.facts) > 1 and not match.alike and topic.key != "evidence":
                for fact in match.facts.values():
                    assert fact.text.text(lang).removesuffix(".") in text
    names = [label.text(lang) for label in BASIS.values()]
    assert all(name in text for name in names)


@pytest.mark.parametrize("lang", LANGS)
def test_each_table_has_a_column_for_each_model(lang: Lang) -> None:
    rows = [line for line in ALL.to_markdown(lang).splitlines() if line.startswith("|")]
    widths = {row.replace("\\|", "").count("|") for row in rows}
    assert widths == {3, 5}
    assert ALL.to_markdown(lang).count("\n## ") == len(TOPICS) + 1


def test_the_order_of_stages_is_said_to_be_ours_where_it_is() -> None:
    text = flat(ALL.to_text("en"))
    assert "rural: The order of the stages is our own arrangement" in text
    assert "city: We placed these stages ourselves: diagnosis and support; reports and evaluation" in text
    assert "urban-rural: The order" not in text


def test_data_is_plain_and_complete() -> None:
    data = ALL.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["format"] == "kooperacja_model/comparison/1"
    assert [model["hash"] for model in data["models"]] == [model.hash for model in ALL.models]
    assert [topic["key"] for topic in data["topics"]] == list(TOPICS)
    for topic in data["topics"]:
        for match in topic["matches"]:
            assert set(match["facts"]) | set(match["not_found"]) == set(KEYS)
            assert all(fact["sources"] for fact in match["facts"].values())
    assert len(data["needs"]) == len(ALL.needs)
