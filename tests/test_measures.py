"""What a network can serve and on whom that hangs: coverage, single points of failure, brokers, the graph."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path

import networkx as nx
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from small import small_catalogue, small_model
from small_networks import (
    CATALOGUE,
    COMPETENCES,
    SWILCZA,
    TYPES,
    flat,
    institution,
    keys_of,
    network,
    networks,
)

import kooperacja_model as km
from kooperacja_model import Agreement, Basis, Commune, LocalNetwork, NetworkError, Origin
from kooperacja_model.gaps import find_network_gaps, required_alone
from kooperacja_model.graph import agreement_graph, network_graph
from kooperacja_model.measures import Coverage, Hit, Measures, measure_network
from kooperacja_model.provenance import Lang, Table
from kooperacja_model.views.measures import explain_measures, explain_needs, measures_to_dict

RURAL = km.load_model("rural")
LANGS: tuple[Lang, Lang] = ("pl", "en")
ROOT = Path(__file__).parents[1]
TESTS = str(Path(__file__).parent)

POWIAT = network(
    institution("gops", "social_assistance_centre"),
    institution("pcpr", serves="1816"),
    institution("ppp", "pp_counselling_centre", serves="1816"),
    institution("school", "primary_school"),
    institution("special", "special_school", serves="1816"),
    institution("clinic", "poz_clinic"),
    institution("court", "family_court", serves="1816"),
    institution("probation", "probation_officer", serves="1816"),
    institution("police", "police_unit", serves="1816"),
    institution("team", "interdisciplinary_team"),
    institution("neighbours_ppp", "pp_counselling_centre", serves="1863"),
)
"""Hand-made: a rural commune with the only counselling centre of its powiat."""


def joined(*agreements: str, among: str = "abcde") -> LocalNetwork:
    """A network of institutions with one letter each, and of agreements written as `ab`, `abc`."""
    institutions = [institution(letter, "employer") for letter in among]
    signed = [Agreement(f"g{number}", "agreement", tuple(letters)) for number, letters in enumerate(agreements)]
    return LocalNetwork("joined", Commune(SWILCZA), institutions, signed, CATALOGUE)


def brokers(there: LocalNetwork) -> list[tuple[str, float, bool]]:
    return [(its.key, its.betweenness, its.cuts) for its in measure_network(RURAL, there).brokers]


class TestCoverage:
    def test_a_need_is_covered_as_far_as_its_required_competences_are_held(self) -> None:
        for entry in measure_network(RURAL, POWIAT).needs:
            required = list(required_alone(RURAL, POWIAT.commune)[entry.key])
            lacking = [key for key in required if POWIAT.holders[key] == ()]
            assert (list(entry.required), list(entry.missing)) == (required, lacking)
            expected = Coverage.FULL if not lacking else Coverage.PARTLY if lacking != required else Coverage.NOT_AT_ALL
            assert entry.coverage is expected

    def test_every_need_is_in_exactly_one_list(self) -> None:
        measures = measure_network(RURAL, POWIAT)
        keys = [entry.key for coverage in Coverage for entry in measures.of(coverage)]
        assert sorted(keys) == sorted(CATALOGUE.needs)
        assert [entry.key for entry in measures.needs] == list(CATALOGUE.needs)

    def test_an_empty_network_serves_nothing(self) -> None:
        measures = measure_network(RURAL, network())
        assert len(measures.of(Coverage.NOT_AT_ALL)) == len(CATALOGUE.needs)
        assert (measures.dependences, measures.brokers, measures.isolated, measures.groups) == ((), (), (), ())

    def test_a_need_for_which_nothing_is_required_is_open_and_not_full(self) -> None:
        without_rules = evolve(small_model(), rules=Table({}))
        there = LocalNetwork("x", Commune("2475011"), [institution("centre")], [], small_catalogue())
        measures = measure_network(without_rules, there)
        assert [entry.key for entry in measures.of(Coverage.OPEN)] == list(small_catalogue().needs)
        assert "nothing is required without further questions" in explain_needs(measures, "en")

    def test_the_gaps_are_those_of_the_whole_network(self) -> None:
        assert measure_network(RURAL, POWIAT).gaps == find_network_gaps(RURAL, POWIAT)

    def test_the_network_of_another_catalogue_is_refused(self) -> None:
        with pytest.raises(NetworkError, match="another catalogue"):
            measure_network(small_model(), POWIAT)


class TestClosingTheOnlyCounsellingCentre:
    """The centre alone writes opinions and rulings; early support is also given by the special school."""

    def test_it_hits_exactly_the_needs_that_require_its_opinion(self) -> None:
        before, after = measure_network(RURAL, POWIAT), measure_network(RURAL, POWIAT.without("ppp"))
        changed = {
            new.key: sorted(set(new.missing) - set(old.missing))
            for old, new in zip(before.needs, after.needs, strict=True)
            if old != new
        }
        required = required_alone(RURAL, POWIAT.commune)
        expected = [key for key in CATALOGUE.needs if "psychopedagogical_assessment" in required[key]]
        assert changed == {key: ["psychopedagogical_assessment"] for key in expected}
        assert {"truancy", "child_with_disability", "child_mental_health_crisis"} <= set(expected)

    def test_its_measure_says_so_before_it_closes(self) -> None:
        measures = measure_network(RURAL, POWIAT)
        dependence = next(its for its in measures.dependences if its.key == "ppp")
        assert dependence.sole == ("psychopedagogical_assessment",)
        after = {entry.key: entry.coverage for entry in measure_network(RURAL, POWIAT.without("ppp")).needs}
        hit = {its.need.key: its for its in dependence.hits}
        assert {key: its.after for key, its in hit.items()} == {key: after[key] for key in hit}
        assert hit["truancy"] == Hit(
            CATALOGUE.needs["truancy"], Coverage.FULL, Coverage.PARTLY, ("psychopedagogical_assessment",)
        )
        assert [its.need.key for its in dependence.drops] == [key for key, its in hit.items() if its.drops]

    def test_the_gap_that_opens_points_to_the_centre_next_door(self) -> None:
        closed = POWIAT.without("ppp")
        new = [its for its in find_network_gaps(RURAL, closed) if its.key == "psychopedagogical_assessment"]
        assert [its.key for its in find_network_gaps(RURAL, POWIAT) if its.key == "psychopedagogical_assessment"] == []
        assert [step.way.value for step in new[0].steps] == ["check", "extend", "agree"]
        assert [its.key for its in new[0].elsewhere] == ["neighbours_ppp"]

    def test_the_special_school_keeps_early_support(self) -> None:
        assert POWIAT.without("ppp").holders["early_support"] == ("special",)
        both = measure_network(RURAL, POWIAT.without("special"))
        lone = next(its for its in both.dependences if its.key == "ppp")
        assert set(lone.sole) == {"psychopedagogical_assessment", "early_support"}
        hit = next(its for its in lone.hits if its.need.key == "child_with_disability")
        assert set(hit.lost) == {"psychopedagogical_assessment", "early_support"}


def hits_by_removal(there: LocalNetwork, before: Measures) -> dict[str, dict[str, tuple[Coverage, Coverage, set[str]]]]:
    """For each serving institution what measuring again without it shows."""
    found: dict[str, dict[str, tuple[Coverage, Coverage, set[str]]]] = {}
    for key in there.serving:
        after = measure_network(before.model, there.without(key))
        found[key] = {
            old.key: (old.coverage, new.coverage, set(new.missing) - set(old.missing))
            for old, new in zip(before.needs, after.needs, strict=True)
            if set(new.missing) != set(old.missing)
        }
    return found


class TestDependences:
    @given(networks())
    @settings(max_examples=25, deadline=None)
    def test_they_are_what_measuring_without_each_institution_shows(self, there: LocalNetwork) -> None:
        before = measure_network(RURAL, there)
        expected = hits_by_removal(there, before)
        found = {its.key: its for its in before.dependences}
        for key in there.institutions:
            hits = found[key].hits if key in found else ()
            told = {hit.need.key: (hit.before, hit.after, set(hit.lost)) for hit in hits}
            assert told == expected.get(key, {})
            lost = [c for c in COMPETENCES if there.holders[c] and not there.without(key).holders[c]]
            assert list(found[key].sole if key in found else ()) == lost

    @given(networks())
    @settings(max_examples=25, deadline=None)
    def test_the_most_important_come_first_and_ties_by_key(self, there: LocalNetwork) -> None:
        found = measure_network(RURAL, there).dependences
        order = [(len(its.drops), len(its.hits), len(its.sole)) for its in found]
        assert order == sorted(order, reverse=True)
        for one, other in pairwise(found):
            if (len(one.drops), len(one.hits), len(one.sole)) == (len(other.drops), len(other.hits), len(other.sole)):
                assert one.key < other.key

    def test_needs_that_drop_come_before_those_that_only_lose_something(self) -> None:
        for its in measure_network(RURAL, POWIAT).dependences:
            drops = [hit.drops for hit in its.hits]
            assert drops == sorted(drops, reverse=True)

    def test_single_points_are_those_without_which_a_need_drops(self) -> None:
        measures = measure_network(RURAL, POWIAT)
        assert [its.key for its in measures.single_points] == [its.key for its in measures.dependences if its.drops]
        assert "gops" in [its.key for its in measures.single_points]
        assert "neighbours_ppp" not in [its.key for its in measures.dependences]

    def test_two_of_a_kind_depend_on_neither(self) -> None:
        two = POWIAT.with_institution(institution("second", "social_assistance_centre"))
        assert {"gops", "second"}.isdisjoint(its.key for its in measure_network(RURAL, two).dependences)


class TestTies:
    def test_a_chain_of_four_and_one_alone(self) -> None:
        # a-b-c-d, e alone. Of the 6 pairs of others, b lies between (a,c), (a,d), and c between (a,d), (b,d).
        there = joined("ab", "bc", "cd")
        third = round(float(Fraction(2, 6)), 9)
        assert brokers(there) == [("b", third, True), ("c", third, True)]
        measures = measure_network(RURAL, there)
        assert [its.key for its in measures.isolated] == ["e"]
        assert [[its.key for its in group] for group in measures.groups] == [["a", "b", "c", "d"]]

    def test_a_star_of_five(self) -> None:
        assert brokers(joined("ab", "cb", "db", "eb")) == [("b", 1.0, True)]

    def test_an_agreement_of_three_joins_each_with_each(self) -> None:
        # c lies between (a,d), (b,d), (a,e), (b,e), (d,e): 5 of 6 pairs; a and b reach each other directly.
        assert brokers(joined("abc", "cd", "ce")) == [("c", round(float(Fraction(5, 6)), 9), True)]

    def test_where_two_ways_are_equally_short_each_counts_half_and_nobody_cuts(self) -> None:
        # The square a-b-c-d: b and d share the pair (a,c), a and c share (b,d).
        half = round(float(Fraction(1, 2) / 6), 9)
        assert brokers(joined("ab", "bc", "cd", "da")) == [(letter, half, False) for letter in "abcd"]

    def test_the_larger_group_comes_first_then_the_earlier_one(self) -> None:
        measures = measure_network(RURAL, joined("fg", "ab", "cde", among="abcdefgh"))
        groups = ["".join(its.key for its in group) for group in measures.groups]
        assert groups == ["cde", "ab", "fg"]
        assert [its.key for its in measures.isolated] == ["h"]

    def test_two_agreements_of_the_same_two_join_them_once(self) -> None:
        assert brokers(joined("ab", "ba", "bc")) == [("b", round(float(Fraction(1, 6)), 9), True)]

    @given(st.lists(st.sets(st.sampled_from("abcdef"), min_size=2, max_size=4), max_size=6))
    @settings(max_examples=60, deadline=None)
    def test_articulation_points_are_those_whose_leaving_parts_others(self, parties: list[set[str]]) -> None:
        there = joined(*("".join(sorted(its)) for its in parties), among="abcdef")
        measures = measure_network(RURAL, there)
        edges = {frozenset(pair) for its in parties for pair in combinations(its, 2)}
        cuts = {key for key in "abcdef" if parts(edges, key) > parts(edges) - (not any(key in e for e in edges))}
        assert {its.key for its in measures.brokers if its.cuts} == cuts
        assert {its.key for its in measures.isolated} == {k for k in "abcdef" if not any(k in e for e in edges)}


def parts(edges: set[frozenset[str]], gone: str = "") -> int:
    """How many parts the letters a to f fall into without one of them."""
    part = {letter: letter for letter in "abcdef" if letter != gone}
    for _ in part:
        for one, other in (sorted(edge) for edge in edges if gone not in edge):
            part[one] = part[other] = min(part[one], part[other])
    return len(set(part.values()))


class TestGraphs:
    def test_the_agreement_graph_has_all_institutions_and_an_edge_for_a_common_document(self) -> None:
        graph = agreement_graph(joined("abc", "cd"))
        assert list(graph.nodes) == list("abcde")
        assert {frozenset(edge) for edge in graph.edges} == {frozenset(pair) for pair in ("ab", "ac", "bc", "cd")}
        assert nx.is_frozen(graph)

    def test_the_network_graph_has_institutions_types_areas_and_agreements(self) -> None:
        there = POWIAT.with_agreement(Agreement("p1", "declaration", ["gops", "ppp"]))
        graph = network_graph(there)
        assert graph.graph == {"name": "the network", "commune": SWILCZA}
        assert nx.is_frozen(graph)
        edges = {
            (f"institution:{key}", target, role)
            for key, its in there.institutions.items()
            for role, targets in (
                ("is_a", [f"institution_type:{kind}" for kind in its.types]),
                ("serves", [f"area:{area}" for area in its.serves]),
                ("signed", ["agreement:p1"] if key in ("gops", "ppp") else []),
            )
            for target in targets
        }
        assert {(source, target, data["role"]) for source, target, data in graph.edges(data=True)} == edges
        assert graph.nodes["institution:ppp"] == {"kind": "institution", "key": "ppp", "name": "name of ppp"}
        assert graph.nodes["institution_type:pcpr"]["pl"] == CATALOGUE.institution_types["pcpr"].label.pl
        assert graph.nodes["area:1816"] == {"kind": "area", "key": "1816"}
        assert graph.nodes["agreement:p1"] == {"kind": "agreement", "key": "p1", "signed_as": "declaration"}
        assert all(isinstance(value, str) for _, data in graph.nodes(data=True) for value in data.values())


EXAMPLE = evolve(
    POWIAT.with_institution(institution("ngo", "ngo_local", added={"peer_support": "a group on Fridays"}))
    .with_institution(institution("ozss", "employer"))
    .with_agreement(Agreement("p1", "agreement", ["gops", "ppp", "school"]))
    .with_agreement(Agreement("p2", "declaration", ["gops", "police"])),
    invented=True,
)


class TestText:
    @pytest.mark.parametrize("lang", LANGS)
    def test_the_needs_stand_under_how_far_they_are_covered(self, lang: Lang) -> None:
        measures = measure_network(RURAL, EXAMPLE)
        text = measures.explain_needs(lang)
        assert text == explain_needs(measures, lang)
        said = flat(text)
        assert ("propozycja do rozważenia" if lang == "pl" else "a proposal to weigh") in said
        positions = [said.index(flat(f"{entry.need.label.text(lang)} —")) for entry in measures.of(Coverage.PARTLY)]
        assert positions == sorted(positions)
        words = {"pl": ("wszystko, co konieczne", "tylko część"), "en": ("all that is required is", "only a part is")}
        for word, coverage in zip(words[lang], (Coverage.FULL, Coverage.PARTLY), strict=True):
            assert f"{word}" in said
            assert f"({len(measures.of(coverage))})" in said

    def test_what_is_missing_stands_beside_a_need_and_under_the_gaps(self) -> None:
        measures = measure_network(RURAL, POWIAT.without("ppp"))
        said = flat(measures.explain_needs("en"))
        name = CATALOGUE.competences["psychopedagogical_assessment"].label.en
        assert f"{CATALOGUE.needs['truancy'].label.en} — missing: {name}" in said
        assert f"{name[:1].upper()}{name[1:]} (required)" in said

    def test_conditional_competences_are_said_not_to_count(self) -> None:
        measures = measure_network(RURAL, EXAMPLE)
        assert "tego, co zależy od odpowiedzi na pytania, nie liczono" in flat(measures.explain_needs("pl"))
        assert "tego, co zależy od odpowiedzi na pytania, nie liczono" in flat(measures.explain("pl"))
        assert "not what depends on questions" in flat(measures.explain("en"))

    @pytest.mark.parametrize("lang", LANGS)
    def test_each_institution_is_named_with_what_its_leaving_would_do(self, lang: Lang) -> None:
        measures = measure_network(RURAL, EXAMPLE)
        said = flat(measures.explain(lang))
        assert said == flat(explain_measures(measures, lang))
        for its in measures.dependences:
            assert its.institution.name in said
        words = {
            "pl": ("byłaby już tylko część", "brakowałoby jeszcze więcej", "ma coś, czego nie ma nikt"),
            "en": ("only a part of what is required", "even more would be missing", "has something that nobody else"),
        }
        assert [word for word in words[lang] if word not in said] == []

    def test_what_is_only_assumed_is_said_to_be_so(self) -> None:
        known, assumed = institution("gops", "social_assistance_centre"), institution("zi", "interdisciplinary_team")
        there = network(known, evolve(assumed, origin=Origin(Basis.DESIGN)))
        lines = measure_network(RURAL, there).explain("en").splitlines()
        assert [line for line in lines if "assumed" in line] == [
            "- Only assumed to exist; to be checked (number of institutions): 1",
            "   only assumed to exist; to be checked",
        ]
        assert lines.index("   only assumed to exist; to be checked") > lines.index("2. name of zi")

    def test_where_nothing_would_be_left_that_is_said(self) -> None:
        there = network(institution("gops", "social_assistance_centre"))
        assert Coverage.NOT_AT_ALL in {hit.after for hit in measure_network(RURAL, there).dependences[0].hits}
        said = flat(measure_network(RURAL, there).explain("en"))
        assert "if it left, nothing that is required would be there for (" in said

    def test_who_joins_others_is_said_in_a_sentence(self) -> None:
        said = flat(measure_network(RURAL, joined("ab", "bc", "cd")).explain("pl"))
        assert (
            "pośrednik: najkrótsza droga porozumień prowadzi przez tę instytucję dla około 33 na 100 par innych "
            "instytucji bez niej część instytucji nie byłaby już połączona z pozostałymi"
        ) in said
        assert "4 instytucje: name of a; name of b; name of c; name of d" in said
        assert "W pliku nie ma ich porozumienia ani deklaracji" in said
        whole = flat(measure_network(RURAL, joined("ab", "bc", "cd", "da", among="abcd")).explain("en"))
        assert "4 institutions: name of a" in whole
        assert "would no longer be joined" not in whole
        assert "signed nothing" not in whole

    def test_a_small_share_is_not_said_to_be_nothing(self) -> None:
        many = "abcdefghijklmnopqrstuvwxyz"
        said = flat(measure_network(RURAL, joined("ab", "bc", among=many)).explain("en"))
        assert "for less than 1 of 100 pairs" in said

    @pytest.mark.parametrize("lang", LANGS)
    def test_a_network_without_agreements_is_said_to_be_so(self, lang: Lang) -> None:
        said = measure_network(RURAL, POWIAT).explain(lang)
        assert ("żadnego porozumienia" if lang == "pl" else "no agreement and no declaration") in said
        assert ("Kto łączy" if lang == "pl" else "Who joins others") not in said


class TestData:
    def test_it_is_versioned_and_survives_json(self) -> None:
        measures = measure_network(RURAL, EXAMPLE)
        data = measures.to_dict()
        assert data == measures_to_dict(measures)
        assert json.loads(json.dumps(data)) == data
        assert data["format"] == "kooperacja_model/measures/1"
        assert data["model"] == {"key": "rural", "version": km.__version__, "hash": RURAL.hash}
        assert (data["commune"], data["network"], data["invented"]) == (SWILCZA, "the network", True)

    def test_it_has_what_was_measured(self) -> None:
        measures = measure_network(RURAL, EXAMPLE)
        data = measures.to_dict()
        truancy = next(its for its in data["needs"] if its["key"] == "truancy")
        assert truancy["coverage"] == "full"
        assert truancy["required"] == list(required_alone(RURAL, EXAMPLE.commune)["truancy"])
        ppp = next(its for its in data["dependences"] if its["institution"] == "ppp")
        assert ppp["sole"] == ["psychopedagogical_assessment"]
        assert {"need": "truancy", "before": "full", "after": "partly", "lost": ppp["sole"]} in ppp["hits"]
        assert [its["key"] for its in data["gaps"]] == [its.key for its in measures.gaps]
        assert data["groups"] == [["gops", "ppp", "school", "police"]]
        assert data["brokers"][0]["institution"] == "gops"
        assert data["brokers"][0]["cuts"] is True
        assert "ngo" in data["isolated"]

    def test_every_field_is_on_the_page_of_the_json_format(self) -> None:
        page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
        fields = keys_of(measure_network(RURAL, EXAMPLE).to_dict()) - {"pl", "en"}
        assert [name for name in sorted(fields) if f"`{name}`" not in page] == []


def test_every_need_of_the_catalogue_is_measured_in_a_network_of_sixty_institutions() -> None:
    there = network(*(institution(f"i{number}", kind) for number, kind in enumerate(TYPES[:60])))
    measures = measure_network(RURAL, there)
    assert [need.key for need in measures.needs] == list(CATALOGUE.needs)


def test_text_and_data_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import json; from test_measures import *\n"
        "measures = measure_network(RURAL, EXAMPLE)\n"
        "print(measures.explain_needs(), measures.explain(), json.dumps(measures.to_dict()))\n"
        "for graph in (network_graph(EXAMPLE), agreement_graph(EXAMPLE)):\n"
        "    print(list(graph.nodes(data=True)), list(graph.edges(data=True)))"
    )
    printed = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": TESTS}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, env=environment, encoding="utf-8"
        )
        printed.add(done.stdout)
    assert len(printed) == 1
    assert "psychopedagogical_assessment" in printed.pop()
