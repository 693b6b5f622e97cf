"""Networks from Open Referral HSDS and back: what maps is kept, what does not is listed, persons never come in."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from small import DATA, small, small_catalogue
from strategies import CATALOGUE, networks

from kooperacja_model import (
    Commune,
    CommuneError,
    Institution,
    LocalNetwork,
    Problem,
    TerytCode,
    cli,
    load_network,
)
from kooperacja_model.catalogue import Catalogue
from kooperacja_model.reading.files import load_network_file
from kooperacja_model.reading.hsds import read_hsds
from kooperacja_model.reading.json_nodes import read_json
from kooperacja_model.reading.network import NetworkFile, Unmapped
from kooperacja_model.reading.nodes import Items, Node, Pairs, Problems, Scalar
from kooperacja_model.views.network import network_to_hsds

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples" / "networks").glob("*.yaml"))
SWILCZA = "1816122"
NO_AREA = "no TERYT code of a commune, powiat or voivodeship; left out"
Run = Callable[..., tuple[int, str, str]]
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def example_of(name: str) -> Any:
    return json.loads((DATA / "hsds" / f"{name}.json").read_bytes())


def opened(data: Any, commune: str | None = SWILCZA, catalogue: Catalogue | None = None) -> NetworkFile:
    found, problems = read_hsds(json.dumps(data).encode(), "feed.json", catalogue or small_catalogue(), commune)
    assert found is not None, [str(problem) for problem in problems.sorted()]
    assert problems.sorted() == ()
    return found


def refused(data: Any) -> tuple[Problem, ...]:
    found, problems = read_hsds(json.dumps(data).encode(), "feed.json", small_catalogue(), SWILCZA)
    assert found is None
    return problems.sorted()


def remarks(found: NetworkFile) -> list[str]:
    """What is listed, but for fields that no network has."""
    return [str(unmapped) for unmapped in found.unmapped if not unmapped.what.startswith("not part")]


def organization(name: str = "OPS", **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "description": "x", **more}


def service(**more: Any) -> dict[str, Any]:
    areas = [{"name": SWILCZA}]
    return {
        "id": "s",
        "name": "usługa",
        "status": "active",
        "service_areas": areas,
        "organization": organization(),
        **more,
    }


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


# --- JSON to nodes


def values(node: Node) -> Any:
    """The value of nodes, as `json` gives it."""
    if isinstance(node, Pairs):
        return {key.text: values(value) for key, value in node.pairs}
    if isinstance(node, Items):
        return [values(item) for item in node.items]
    return json.loads(node.text) if node.plain else node.text


def nodes_of(text: str) -> Node | None:
    return read_json(text.encode(), Problems("f"))


ascii_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=12,
)


@given(value=ascii_json, indent=st.none() | st.just(2) | st.just("\t"))
@quick
def test_json_is_read_as_the_standard_library_reads_it(value: Any, indent: int | str | None) -> None:
    node = nodes_of(json.dumps(value, indent=indent))
    assert node is not None
    assert values(node) == value


@given(text=st.text('[]{}:,"\\ u0123-+.eEtruefalsn\n', max_size=14))
@example("[1.]")
@example("-")
@example('"\\x"')
@example("[1 2]")
@example('{"a":1,}')
@example("truefalse")
@settings(quick, max_examples=600)
def test_what_the_standard_library_refuses_is_refused(text: str) -> None:
    def no_constant(word: str) -> float:
        raise ValueError(word)

    try:
        expected = json.loads(text, parse_constant=no_constant)
    except ValueError:
        assert nodes_of(text) is None
        return
    assume(json.dumps(expected).count("\\ud") == 0)
    problems = Problems("f")
    node = read_json(text.encode(), problems)
    if node is None:
        assert {problem.code for problem in problems.sorted()} <= {"duplicate_key", "too_deep"}
    else:
        assert values(node) == expected


def test_every_json_node_knows_its_line_and_column() -> None:
    assert nodes_of('{"a":\n  [1, "ż",\n null], "ó": {}}') == Pairs(
        (
            (
                Scalar("a", False, 1, 2),
                Items((Scalar("1", True, 2, 4), Scalar("ż", False, 2, 7), Scalar("null", True, 3, 2)), 2, 3),
            ),
            (Scalar("ó", False, 3, 9), Pairs((), 3, 14)),
        ),
        1,
        1,
    )


def test_escapes_become_letters_in_their_usual_form() -> None:
    assert values(nodes_of('"\\u017c\\ud83d\\ude00 o\\u0301 \\/"') or Items((), 1, 1)) == "ż\U0001f600 ó /"


def test_json_may_be_as_deep_as_the_limit() -> None:
    assert nodes_of("[" * 32 + "]" * 32) is not None


# --- what maps


def test_a_full_service_becomes_an_institution() -> None:
    found = opened(example_of("service_full"))
    assert found.network == LocalNetwork(
        "feed",
        Commune(SWILCZA),
        [
            Institution(
                "gminny_osrodek_w_przykladowie",
                "Gminny Ośrodek w Przykładowie",
                ["centre"],
                [SWILCZA, "1816"],
                seat=SWILCZA,
            )
        ],
        [],
        small_catalogue(),
    )


def members(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no list or mapping, with its pointer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from members(inner, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{pointer}/*")
    else:
        yield pointer, value


TAKEN = {
    "/status",
    "/service_areas/*/name",
    "/service_areas/*/extent",
    "/service_areas/*/extent_type",
    "/service_at_locations/*/service_areas/*/name",
    "/service_at_locations/*/location/location_type",
    "/service_at_locations/*/location/addresses/*/region",
    "/organization/name",
    "/organization/alternate_name",
    "/attributes/*/link_type",
    "/attributes/*/link_entity",
}
"""What of the full service is in the network, or tells how to read it."""


def test_everything_else_of_a_full_service_is_listed() -> None:
    listed = [
        unmapped.where.replace("/0", "/*").replace("/1", "/*")
        for unmapped in opened(example_of("service_full")).unmapped
    ]
    listed = [where.replace("/x*y~0z", "/x~1y~0z") for where in listed]
    for pointer, value in members(example_of("service_full")):
        name = pointer.rpartition("/")[2]
        if name != "id" and not name.endswith("_id") and value != "" and pointer not in TAKEN:
            assert [where for where in listed if pointer == where or pointer.startswith(f"{where}/")], pointer


def test_the_list_says_where_why_and_how_many() -> None:
    found = opened(example_of("service_full")).unmapped
    assert Unmapped("/schedules", "not part of a network", 2) in found
    assert Unmapped("/organization/contacts", "contact data, never read", 2) in found
    assert Unmapped("/attributes/0/taxonomy_term", "no institution type of the catalogue; left out") in found
    assert Unmapped("/service_at_locations/*/location/phones", "contact data, never read") in found
    assert str(found[-1]) == "/x~1y~0z: not part of a network"
    assert str(Unmapped("/a", "b", 2)) == "/a: b (2 times)"


def test_no_list_repeats_a_value() -> None:
    told = repr(opened(example_of("service_full")))
    for value in ("Osoba", "Wymyślona", "example.org", "17 000", "Przykładowa 1", "okolice", "counselling", "REGON"):
        assert value not in told


def test_organizations_that_cannot_be_institutions_are_listed() -> None:
    found = opened(example_of("organizations"))
    assert {key: (its.name, its.types) for key, its in found.network.institutions.items()} == {
        "osrodek_pomocy_spolecznej": ("Ośrodek Pomocy Społecznej", ("centre",)),
        "institution": ("!", ("family_centre",)),
    }
    assert found.network.institutions["osrodek_pomocy_spolecznej"].serves == (SWILCZA,)
    assert remarks(found) == [
        "/total_pages: one page of several; the others are not in this file",
        "/contents/0/services/1/status: a service that is not active; left out",
        "/contents/6/services/0/service_areas/0: no TERYT code of a commune, powiat or voivodeship; left out",
        "/contents/1: an organization whose institution type is not known; left out",
        "/contents/2: an organization whose institution type is not known; left out",
        "/contents/3: an organization whose institution type is not known; left out",
        "/contents/4: an organization without a name, or with contact data in it; left out",
        "/contents/5: an organization without a name, or with contact data in it; left out",
        "/contents/6: an organization that serves no known area; left out",
        "/contents/7: no service area; taken to serve the commune of the network",
    ]


def test_one_service_a_list_and_a_page_are_read_alike() -> None:
    one = opened(service()).network
    assert opened([service()]).network == opened({"contents": [service()]}).network == one
    assert list(one.institutions) == ["ops"]
    assert list(opened([]).network.institutions) == list(opened({"contents": []}).network.institutions) == []


def test_an_organization_with_services_is_the_same_as_services_with_an_organization() -> None:
    inner = {key: value for key, value in service().items() if key != "organization"}
    assert opened([organization(services=[inner])]).network == opened(service()).network


def test_the_services_of_one_organization_are_one_institution() -> None:
    found = opened(
        [
            service(service_areas=[{"name": "1816132"}], attributes=[{"taxonomy_term": {"code": "PCPR"}}]),
            service(attributes=[{"taxonomy_term": {"code": "?", "name": "Szkoła"}}]),
            service(organization=organization("OPS", id="other")),
        ]
    )
    assert {key: (its.types, its.serves) for key, its in found.network.institutions.items()} == {
        "ops": (("family_centre", "school"), ("1816132", SWILCZA)),
        "ops_2": (("centre",), (SWILCZA,)),
    }


def test_a_service_without_an_organization_is_an_institution_of_its_own() -> None:
    found = opened(
        {"name": "PCPR powiatu", "status": "active", "organization_id": "o", "service_areas": [{"name": SWILCZA}]}
    )
    assert list(found.network.institutions) == ["pcpr_powiatu"]
    assert remarks(found) == ["/: a service without its organization; taken as an institution of its own"]


@pytest.mark.parametrize("status", ["inactive", "defunct", "temporarily closed", 1])
def test_a_service_that_is_not_active_is_left_out_with_all_that_is_in_it(status: object) -> None:
    found = opened([service(status=status)])
    assert list(found.network.institutions) == []
    assert [str(unmapped) for unmapped in found.unmapped] == ["/0/status: a service that is not active; left out"]


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ({"name": SWILCZA}, SWILCZA),
        ({"name": "TERYT 18"}, "18"),
        ({"name": "TERYT: PL", "extent": "x"}, "PL"),
        ({"extent": "1816", "extent_type": "text"}, "1816"),
        ({"extent": "18", "extent_type": "TERYT", "name": "podkarpackie"}, "18"),
        ({"extent": f" {SWILCZA} "}, SWILCZA),
        ({"name": "18"}, None),
        ({"name": "PL"}, None),
        ({"extent": "18", "extent_type": "kml"}, None),
        ({"extent": "18"}, None),
        ({"name": "TERYT 03"}, None),
        ({"name": "TERYT 3021164"}, None),
        ({"name": "gmina Świlcza"}, None),
        ({}, None),
    ],
)
def test_an_area_is_a_teryt_code(area: dict[str, str], code: str | None) -> None:
    found = opened(service(service_areas=[{"name": "TERYT 0201011"}, area]))
    serves = ("0201011",) if code is None else ("0201011", code)
    assert found.network.institutions["ops"].serves == serves
    expected = ["/service_areas/1: no TERYT code of a commune, powiat or voivodeship; left out"]
    assert remarks(found) == (expected if code is None else [])


def location(**members: Any) -> dict[str, Any]:
    return service(organization=organization(locations=[{"id": "l", "location_type": "physical", **members}]))


@pytest.mark.parametrize(
    ("place", "seat", "remark"),
    [
        ({"external_identifier": "3021164", "external_identifier_type": "TERYT"}, "3021164", []),
        ({"external_identifier": "TERYT 3021164", "external_identifier_type": "teryt"}, "3021164", []),
        ({"addresses": [{"region": "1816132"}]}, "1816132", []),
        ({"addresses": [{"region": "podkarpackie"}]}, None, []),
        ({"addresses": ["1816132"]}, None, []),
        ({"external_identifier": SWILCZA, "external_identifier_type": "UPRN"}, None, []),
        (
            {"external_identifier": "x", "external_identifier_type": "TERYT"},
            None,
            [f"/organization/locations/0/external_identifier: {NO_AREA}"],
        ),
        (
            {"external_identifier_type": "TERYT"},
            None,
            [f"/organization/locations/0/external_identifier: {NO_AREA}"],
        ),
        (
            {"addresses": [{"region": "TERYT 1816132"}, {"region": SWILCZA}, {"region": "0300000"}]},
            "1816132",
            [
                "/organization/locations/0/addresses/1/region: another value than before; left out",
                f"/organization/locations/0/addresses/2/region: {NO_AREA}",
            ],
        ),
    ],
)
def test_the_seat_is_a_teryt_code_of_a_location(place: dict[str, Any], seat: str | None, remark: list[str]) -> None:
    found = opened(location(**place))
    assert found.network.institutions["ops"].seat == (None if seat is None else TerytCode(seat))
    assert remarks(found) == remark


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("OPS", "centre"),
        ("ops", "centre"),
        ("GOPS w Świlczy", "centre"),
        ("Szkoła", "school"),
        ("family assistance centre", "family_centre"),
        ("gops w Świlczy", None),
        ("Szkoła Podstawowa", None),
        ("OPSY", None),
    ],
)
def test_a_type_is_a_name_or_an_abbreviation_in_capitals(name: str, kind: str | None) -> None:
    found = opened(service(organization=organization(name)))
    assert [its.types for its in found.network.institutions.values()] == ([] if kind is None else [(kind,)])


def test_the_names_of_services_tell_the_type_too() -> None:
    found = opened(service(name="PCPR", organization=organization("Centrum")))
    assert found.network.institutions["centrum"].types == ("family_centre",)
    found = opened(service(alternate_name="PCPR", organization=organization("Centrum")))
    assert found.network.institutions["centrum"].types == ("family_centre",)


def test_terms_win_over_names() -> None:
    term = {"taxonomy_term": {"code": "school"}}
    found = opened(service(organization=organization("OPS", attributes=[term])))
    assert found.network.institutions["ops"].types == ("school",)


@pytest.mark.parametrize("name", [None, "", " ", 7, ["OPS"], "OPS a@example.org", "OPS\u200b", "OPS 600 100 200"])
def test_an_organization_without_a_good_name_is_left_out(name: object) -> None:
    found = opened(service(organization={"id": "o", "name": name, "alternate_name": "OPS"}))
    assert list(found.network.institutions) == []
    assert remarks(found) == ["/organization: an organization without a name, or with contact data in it; left out"]


def test_a_name_of_two_lines_becomes_one() -> None:
    assert [
        its.name for its in opened(service(organization=organization("OPS\n w X"))).network.institutions.values()
    ] == ["OPS w X"]


def test_new_keys_avoid_those_that_are_given() -> None:
    def keyed(name: str, key: str) -> dict[str, Any]:
        identifiers = [{"identifier_type": "kooperacja_model key", "identifier": key}]
        return service(organization=organization(name, organization_identifiers=identifiers))

    found = opened([service(organization=organization("OPS b")), keyed("OPS a", "ops_b"), keyed("OPS c", "ops_b")])
    assert {key: its.name for key, its in found.network.institutions.items()} == {
        "ops_b_2": "OPS b",
        "ops_b": "OPS a",
        "ops_c": "OPS c",
    }


def test_the_same_attributes_may_stand_in_every_service() -> None:
    attributes = [
        {"link_type": "kooperacja_model:capacity", "value": "4"},
        {"link_type": "kooperacja_model:level", "taxonomy_term": {"code": "powiat"}},
        {"link_type": "kooperacja_model:add", "taxonomy_term": {"code": "shelter"}, "value": "od 2020"},
    ]
    found = opened([service(organization=organization(attributes=attributes))] * 2)
    its = found.network.institutions["ops"]
    assert (its.capacity, its.level, dict(its.added)) == (4, "powiat", {"shelter": "od 2020"})
    assert [u.where for u in found.unmapped] == ["/*/name", "/*/organization/description"]


@pytest.mark.parametrize(
    "attribute",
    [
        {"link_type": "kooperacja_model:capacity", "value": "5"},
        {"link_type": "kooperacja_model:capacity", "value": None},
        {"link_type": "kooperacja_model:capacity"},
        {"link_type": "kooperacja_model:level", "taxonomy_term": {"code": "gmina"}},
        {"link_type": "kooperacja_model:level", "taxonomy_term": {"name": "x"}},
        {"link_type": "kooperacja_model:level", "value": "x"},
        {"link_type": "kooperacja_model:add", "taxonomy_term": {"code": "shelter"}, "value": "inny powód"},
        {"link_type": "kooperacja_model:add", "taxonomy_term": {"code": "teaching"}},
        {"link_type": "kooperacja_model:remove", "taxonomy_term": {"name": "x"}, "value": "x"},
        {"link_type": "kooperacja_model:remove", "value": "x"},
        {"link_type": "kooperacja_model:new", "value": "x"},
        {"link_type": 5, "value": "x"},
        {"value": "x"},
    ],
)
def test_an_attribute_that_says_another_thing_or_nothing_is_listed(attribute: dict[str, Any]) -> None:
    attributes = [
        {"link_type": "kooperacja_model:capacity", "value": "4"},
        {"link_type": "kooperacja_model:level", "taxonomy_term": {"code": "powiat"}},
        {"link_type": "kooperacja_model:add", "taxonomy_term": {"code": "shelter"}, "value": "od 2020"},
    ]
    without = opened(service(organization=organization(attributes=attributes)))
    found = opened(service(organization=organization(attributes=[*attributes, attribute])))
    assert found.network == without.network
    new = set(found.unmapped) - set(without.unmapped)
    assert {unmapped.where.partition("/attributes/")[0] for unmapped in new} == {"/organization"}


@pytest.mark.parametrize(
    "data",
    [
        [{**service(), "organization": "OPS"}],
        [{**service(), "service_areas": SWILCZA, "attributes": {}, "service_at_locations": [1, None]}],
        [service(organization=organization(locations=5, organization_identifiers=["x"], attributes=[None]))],
        [service(service_at_locations=[{"location": "x", "service_areas": [[]]}])],
        [{"services": 5}],
        {"contents": [], "kooperacja_model": 5},
        {"contents": [], "total_pages": [2]},
        [{}],
    ],
)
def test_members_of_another_shape_do_no_harm(data: Any) -> None:
    found = opened(data)
    assert len(found.network.institutions) <= 1


@given(data=st.data())
@settings(quick, max_examples=200)
def test_a_full_service_with_any_member_changed_gives_a_network_or_problems(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(("service_full", "organizations", "small")))
    value = json.loads(small("hsds")) if kind == "small" else example_of(kind)

    def change(inner: Any) -> Any:
        if data.draw(st.integers(0, 40)) == 0:
            other: Any = data.draw(
                st.sampled_from(
                    (None, True, 7, math.pi, "OPS", SWILCZA, "a@example.org", "", [], {}, [1], {"name": "x"})
                )
            )
            return other
        if isinstance(inner, dict):
            return {key: change(member) for key, member in inner.items()}
        return [change(member) for member in inner] if isinstance(inner, list) else inner

    changed = change(value)
    found, problems = read_hsds(json.dumps(changed).encode(), "feed.json", small_catalogue(), SWILCZA)
    assert (found is None) == bool(problems.sorted())
    assert found is None or "@" not in repr(found)


def test_an_empty_organization_is_left_out() -> None:
    found = opened([{}])
    assert remarks(found) == ["/0: an organization without a name, or with contact data in it; left out"]


# --- what the file or the caller says of the network


def test_commune_and_name_of_the_caller_win() -> None:
    data = json.loads(small("hsds"))
    found, _ = read_hsds(json.dumps(data).encode(), "f.json", small_catalogue(), "0201011", "Inna")
    assert found is not None
    assert (found.network.name, found.network.commune) == ("Inna", Commune("0201011", 5000))
    assert list(found.network.agreements) == ["p2022"]


def test_a_commune_that_is_no_code_is_an_error() -> None:
    with pytest.raises(CommuneError):
        read_hsds(b"[]", "f.json", small_catalogue(), "x")


def test_problems_of_the_extension_have_their_place() -> None:
    (problem,) = refused(
        {"kooperacja_model": {"agreements": {"p": {"kind": "agreement", "between": ["a", "a"]}}}, "contents": []}
    )[:1]
    assert (problem.line, problem.column) == (1, 77)
    assert "unknown institution 'a'" in problem.what


def test_unknown_members_of_the_extension_are_listed() -> None:
    found = opened({"kooperacja_model": {"name": None, "agreements": None, "more": 1}, "contents": []})
    assert [str(unmapped) for unmapped in found.unmapped] == ["/kooperacja_model/more: not part of a network"]
    assert found.network.name == "feed"


# --- what is written


@given(network=networks())
@quick
def test_a_network_survives_hsds_and_nothing_is_left_over(network: LocalNetwork) -> None:
    text = json.dumps(network_to_hsds(network))
    assert opened(json.loads(text), None, CATALOGUE) == NetworkFile(network, ())


@given(network=networks())
@quick
def test_what_is_written_has_the_shape_of_hsds(network: LocalNetwork) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((DATA / "hsds" / "schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(network_to_hsds(network))] == []


def test_the_schema_of_the_tests_refuses_what_is_no_hsds() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads((DATA / "hsds" / "schema.json").read_bytes()))
    page = network_to_hsds(load_network(EXAMPLES[0]))
    assert validator.is_valid(page)
    del page["contents"][0]["organization"]["description"]
    page["contents"][1]["status"] = "open"
    assert len(list(validator.iter_errors(page))) == 2


@given(network=networks())
@settings(quick, max_examples=40)
def test_identifiers_are_the_same_every_time_and_never_shared(network: LocalNetwork) -> None:
    page = network_to_hsds(network)
    assert page == network_to_hsds(network)
    terms: dict[str, Any] = {}
    ids: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                collect(inner)
        elif isinstance(value, dict):
            if "id" in value and "taxonomy" in value:
                assert terms.setdefault(value["id"], value) == value
            elif "id" in value:
                ids.append(value["id"])
            for inner in value.values():
                collect(inner)

    collect(page["contents"])
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(terms)
    assert all(uuid.UUID(word).version == 5 for word in (*ids, *terms))


def test_identifiers_depend_on_commune_and_key_only() -> None:
    def ids(commune: str, key: str, name: str) -> str:
        its = Institution(key, name, ["school"], [commune])
        page = network_to_hsds(LocalNetwork("n", Commune(commune), [its], [], small_catalogue()))
        return str(page["contents"][0]["organization"]["id"])

    assert ids(SWILCZA, "a", "A") == ids(SWILCZA, "a", "B")
    assert len({ids(SWILCZA, "a", "A"), ids(SWILCZA, "b", "A"), ids("0201011", "a", "A")}) == 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_networks_survive_hsds(path: Path) -> None:
    network = load_network(path)
    assert opened(network_to_hsds(network), None, CATALOGUE) == NetworkFile(network, ())


# --- the library and the command line


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_bytes((DATA / "hsds" / "service_full.json").read_bytes())
    return path


def test_a_load_that_leaves_something_out_warns(feed: Path) -> None:
    found = load_network_file(feed, SWILCZA, "Świlcza")
    assert found.network.name == "Świlcza"
    with pytest.warns(UserWarning, match=rf"feed\.json: {len(found.unmapped)} kinds of entries are not in the network"):
        assert load_network(feed, SWILCZA, "Świlcza") == found.network


def test_the_command_line_lists_what_is_left_out(feed: Path, run: Run, tmp_path: Path) -> None:
    found = load_network_file(feed, SWILCZA)
    listed = "".join(f"  {unmapped}\n" for unmapped in found.unmapped)
    code, out, err = run("network", "convert", feed, tmp_path / "n.yaml", "--commune", SWILCZA)
    assert (code, out) == (0, f"{tmp_path / 'n.yaml'}: 1 institution, 0 agreements\n")
    assert err == f"kooperacja: {feed}: not in the network are:\n{listed}"
    assert load_network(tmp_path / "n.yaml") == found.network
    assert run("network", "check", feed, "--commune", SWILCZA)[2] == err
    assert run("network", "show", feed, "--commune", SWILCZA, "--name", "N")[2] == err
