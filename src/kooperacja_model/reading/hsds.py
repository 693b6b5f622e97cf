"""Reads a local network from Open Referral HSDS 3 (Human Services Data Specification) as JSON.

Organizations become institutions. What a network has no place for is left out, and listed with its
place and the number of its entries, without its values; contacts, telephones and e-mail addresses
always are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from attrs import evolve

from kooperacja_model.catalogue import Catalogue, fold
from kooperacja_model.commune import TerytCode
from kooperacja_model.errors import CommuneError
from kooperacja_model.network import is_area
from kooperacja_model.reading.json_nodes import read_json
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.network import (
    NETWORK_FORMAT,
    NetworkFile,
    Unmapped,
    has_contact_data,
    network_of,
)
from kooperacja_model.reading.nodes import Items, Node, Pairs, Problems, Scalar, Stop
from kooperacja_model.reading.shapes import Reading, Wrong, has_invisible, is_empty

__all__ = ["EXTENSION", "KEY_TYPE", "LINK", "TAXONOMIES", "describe_types", "read_hsds"]

EXTENSION = "kooperacja_model"
"""Member of a page that holds what HSDS has no place for: the commune and the agreements."""

KEY_TYPE = "kooperacja_model key"
"""`identifier_type` of the key of an institution."""

LINK = "kooperacja_model:"
"""Begins the `link_type` of an attribute that is a field of a network file."""

TAXONOMIES = {
    "types": "kooperacja_model institution types",
    "level": "kooperacja_model levels",
    "competences": "kooperacja_model competences",
}

_ABOUT = ("name", "commune", "population", "invented", "agreements")
_VALUES = ("capacity", "distance_km", "basis", "address", "note")
_PAGE = ("total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty")
_SERVICE = ("status", "organization", "organization_id", "service_areas", "service_at_locations")
_CONTACT = ("contacts", "phones", "email", "assurer_email")

NOT_PART = "not part of a network"
CONTACT = "contact data, never read"
NO_AREA = "no TERYT code of a commune, powiat or voivodeship; left out"
NO_TERM = "no institution type of the catalogue; left out"
NO_ORGANIZATION = "a service without its organization; taken as an institution of its own"
NO_NAME = "an organization without a name, or with contact data in it; left out"
NO_TYPE = "an organization whose institution type is not known; left out"
NO_PLACE = "an organization that serves no known area; left out"
NO_SERVICE_AREA = "no service area; taken to serve the commune of the network"
NOT_ACTIVE = "a service that is not active; left out"
MORE_PAGES = "one page of several; the others are not in this file"
ANOTHER = "another value than before; left out"


def read_hsds(
    data: bytes, file: str, catalogue: Catalogue, commune: str | None = None, name: str | None = None
) -> tuple[NetworkFile | None, Problems]:
    """The network of a HSDS file with what did not map, or `None` and its problems.

    Args:
        data: content of the file: a service or an organization, a list of them, or a page with `contents`.
        file: its name for messages.
        catalogue: the vocabulary that its terms are looked up in.
        commune: TERYT code of the commune, instead of the one that the file says.
        name: name of the network, instead of the one that the file says; that of the file if it says none.

    Raises:
        CommuneError: `commune` is no TERYT code.
    """
    problems = Problems(file)
    given = {"commune": None if commune is None else TerytCode(commune).text, "name": name}
    root = read_json(data, problems)
    if root is None:
        return None, problems
    try:
        page = _Page(root, problems, catalogue)
        nodes = page.network({key: value for key, value in given.items() if value is not None})
        network = network_of(nodes, Reading(problems, {"catalogue": {"catalogue": catalogue}}))
    except (Stop, Wrong):
        return None, problems
    return NetworkFile(network, page.unmapped()), problems


def describe_types(types: tuple[str, ...], catalogue: Catalogue) -> str:
    """The description of an organization, which HSDS requires: the Polish labels of its types."""
    return ", ".join(catalogue.institution_types[key].label.pl for key in types)


class _Object:
    """A JSON object with its pointer; what is taken from it is noted in the page."""

    def __init__(self, page: _Page, node: Pairs, pointer: str) -> None:
        self.page = page
        self.node = node
        self.pointer = pointer
        self.members = {key.text: value for key, value in node.pairs}
        page.opened.add(id(node))

    def at(self, name: str) -> str:
        return f"{self.pointer}/{_escaped(name)}"

    def text(self, name: str) -> Scalar | None:
        """A member that is a text or a number."""
        value = self.members.get(name)
        if not isinstance(value, Scalar) or value.empty or not value.text.strip():
            return None
        return value

    def take(self, *names: str) -> None:
        """Note that members have their place in the network."""
        self.page.taken.update(id(self.members[name]) for name in names if name in self.members)

    def object(self, name: str) -> _Object | None:
        value = self.members.get(name)
        return _Object(self.page, value, self.at(name)) if isinstance(value, Pairs) else None

    def objects(self, name: str) -> Iterator[_Object]:
        """The objects of a list; anything else in it stays unmapped."""
        value = self.members.get(name)
        if isinstance(value, Items):
            self.page.opened.add(id(value))
            for number, item in enumerate(value.items):
                if isinstance(item, Pairs):
                    yield _Object(self.page, item, f"{self.at(name)}/{number}")


def _says(node: Node | None, other: Node | None) -> bool:
    """Whether two values are there and the same."""
    return isinstance(node, Scalar) and isinstance(other, Scalar) and node.text == other.text


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class _Organization:
    """What is known of an organization after all of its services."""

    def __init__(self, first: _Object) -> None:
        self.first = first
        self.seen: list[_Object] = []
        self.names: list[tuple[_Object, str]] = []
        self.types: dict[str, Scalar] = {}
        self.areas: dict[str, Scalar] = {}
        self.area_is_told = False
        self.fields: dict[str, Node] = {}
        self.reasons: dict[str, dict[str, tuple[Scalar, Node]]] = {"add": {}, "remove": {}}
        self.key: Scalar | None = None

    def name(self) -> Scalar | None:
        """Its name, unless that cannot be shown."""
        name = self.first.text("name")
        if name is None or name.plain or has_invisible(" ".join(name.text.split())) or has_contact_data(name.text):
            return None
        return name


class _Page:
    """Finds institutions in a file and keeps account of what was taken from it."""

    def __init__(self, root: Node, problems: Problems, catalogue: Catalogue) -> None:
        self.root = root
        self.problems = problems
        self.catalogue = catalogue
        self.opened: set[int] = set()
        self.taken: set[int] = set()
        self.remarks: list[Unmapped] = []
        self.organizations: dict[str, _Organization] = {}

    def remark(self, pointer: str, what: str) -> None:
        self.remarks.append(Unmapped(pointer, what))

    def network(self, given: Mapping[str, str]) -> Pairs:
        """The network file that the page stands for."""
        sections: dict[str, Node] = {key: Scalar(value, False, 1, 1) for key, value in given.items()}
        sections["format"] = Scalar(NETWORK_FORMAT, False, 1, 1)
        if isinstance(self.root, Pairs):
            self.about(_Object(self, self.root, ""), sections)
        for item in self.items():
            if any(name in item.members for name in _SERVICE):
                self.service(item)
            else:
                self.organization(item)
                for service in item.objects("services"):
                    self.service(service, item)
        sections.setdefault("name", Scalar(PurePath(self.problems.file).stem, False, 1, 1))
        if "commune" not in sections:
            self.problems.add(Message.HSDS_WITHOUT_COMMUNE, 1, 1)
            raise Wrong
        sections["institutions"] = self.institutions()
        return Pairs(tuple((Scalar(key, False, node.line, node.column), node) for key, node in sections.items()), 1, 1)

    def about(self, root: _Object, sections: dict[str, Node]) -> None:
        """The header of a page, and the member with what HSDS has no place for."""
        root.take(*_PAGE)
        pages = root.text("total_pages")
        if pages is not None and pages.text not in ("0", "1"):
            self.remark("/total_pages", MORE_PAGES)
        extension = root.object(EXTENSION)
        if extension is not None:
            extension.take("format", *_ABOUT)
            for key in ("format", *_ABOUT):
                if key in extension.members and not is_empty(extension.members[key]):
                    sections.setdefault(key, extension.members[key])
            if "format" in extension.members:
                sections["format"] = extension.members["format"]

    def items(self) -> Iterator[_Object]:
        """Services and organizations."""
        root, pointer = self.root, ""
        if isinstance(root, Pairs):
            members = {key.text: value for key, value in root.pairs}
            if "contents" in members:
                root, pointer = members["contents"], "/contents"
            elif "name" in members:
                yield _Object(self, root, pointer)
                return
        if not isinstance(root, Items) or not all(isinstance(item, Pairs) for item in root.items):
            self.problems.add(Message.NOT_HSDS, root.line, root.column)
            raise Wrong
        self.opened.add(id(root))
        for number, item in enumerate(root.items):
            assert isinstance(item, Pairs)
            yield _Object(self, item, f"{pointer}/{number}")

    # -- services and organizations ----------------------------------------------------------

    def organization(self, found: _Object) -> _Organization:
        """An organization; the same one may stand in many services."""
        named = found.text("id") or found.text("name")
        identity = found.pointer if named is None else named.text
        organization = self.organizations.setdefault(identity, _Organization(found))
        organization.seen.append(found)
        if _says(found.text("name"), organization.first.text("name")):
            found.take("name")
        organization.names += [(found, "name"), (found, "alternate_name")]
        for identifier in found.objects("organization_identifiers"):
            kind, key = identifier.text("identifier_type"), identifier.text("identifier")
            if kind is not None and kind.text == KEY_TYPE and key is not None:
                identifier.take("identifier_type", "identifier")
                organization.key = organization.key or key
        for location in found.objects("locations"):
            self.location(location, organization)
        self.attributes(found, organization)
        return organization

    def service(self, found: _Object, parent: _Object | None = None) -> None:
        status = found.text("status")
        if status is not None and status.text != "active":
            self.remark(found.at("status"), NOT_ACTIVE)
            self.taken.add(id(found.node))
            return
        found.take("status")
        nested = found.object("organization") or parent
        if nested is None:
            self.remark(found.pointer or "/", NO_ORGANIZATION)
            nested = found
        organization = self.organization(nested)
        if _says(found.text("name"), nested.text("name")):
            found.take("name")
        organization.names += [(found, "name"), (found, "alternate_name")]
        if nested is not found:
            self.attributes(found, organization)
        self.areas(found, organization)
        for place in found.objects("service_at_locations"):
            self.areas(place, organization)
            location = place.object("location")
            if location is not None:
                self.location(location, organization)

    def areas(self, found: _Object, organization: _Organization) -> None:
        for area in found.objects("service_areas"):
            organization.area_is_told = True
            code = self.area(area)
            if code is None:
                self.remark(area.pointer, NO_AREA)
                self.taken.add(id(area.node))
            else:
                area.take("name", "extent", "extent_type")
                organization.areas.setdefault(code.text, code)

    def area(self, area: _Object) -> Scalar | None:
        """The TERYT code that an area says in its extent or its name."""
        kind = area.text("extent_type")
        coded = kind is not None and fold(kind.text) in ("teryt", "text")
        for name in ("extent", "name"):
            said = area.text(name)
            found = None if said is None else re.fullmatch(r"(TERYT:? ?)?(PL|[0-9]{2,7})", said.text.strip())
            if said is None or found is None or not is_area(found[2]):
                continue
            if found[1] or len(found[2]) == 7 or (coded and name == "extent"):
                return evolve(said, text=found[2])
        return None

    def location(self, found: _Object, organization: _Organization) -> None:
        """The commune in which an organization sits, where a TERYT code says it."""
        found.take("location_type")
        kind = found.text("external_identifier_type")
        if kind is not None and fold(kind.text) == "teryt":
            self.seat(found, ("external_identifier", "external_identifier_type"), organization)
        for address in found.objects("addresses"):
            region = address.text("region")
            if region is not None and re.fullmatch(r"(TERYT:? ?)?[0-9]{7}", region.text.strip()):
                self.seat(address, ("region",), organization)

    def seat(self, found: _Object, names: tuple[str, ...], organization: _Organization) -> None:
        said = found.text(names[0])
        try:
            code = None if said is None else TerytCode(re.sub(r"TERYT:? ?", "", said.text.strip()))
        except CommuneError:
            code = None
        if said is None or code is None:
            self.remark(found.at(names[0]), NO_AREA)
        else:
            seat = evolve(said, text=code.text)
            first = organization.fields.setdefault("seat", seat)
            if not _says(first, seat):
                self.remark(found.at(names[0]), ANOTHER)
        found.take(*names)

    # -- attributes --------------------------------------------------------------------------

    def attributes(self, found: _Object, organization: _Organization) -> None:
        for attribute in found.objects("attributes"):
            kind = attribute.text("link_type")
            field = "" if kind is None or not kind.text.startswith(LINK) else kind.text.removeprefix(LINK)
            term = attribute.object("taxonomy_term")
            if field in _VALUES:
                self.value(attribute, field, organization)
            elif field == "level" and term is not None:
                self.level(attribute, term, organization)
            elif field in ("add", "remove") and term is not None:
                self.reason(attribute, term, field, organization)
            elif term is not None:
                self.type_of(term, organization)
                attribute.take("link_type", "link_entity")

    def value(self, attribute: _Object, field: str, organization: _Organization) -> None:
        value = attribute.text("value")
        if value is not None and _says(organization.fields.setdefault(field, value), value):
            attribute.take("link_type", "link_entity", "label", "value")

    def level(self, attribute: _Object, term: _Object, organization: _Organization) -> None:
        code = term.text("code")
        if code is not None and _says(organization.fields.setdefault("level", code), code):
            attribute.take("link_type", "link_entity", "taxonomy_term")

    def reason(self, attribute: _Object, term: _Object, field: str, organization: _Organization) -> None:
        code, value = term.text("code"), attribute.text("value")
        if code is None or value is None:
            return
        if _says(organization.reasons[field].setdefault(code.text, (code, value))[1], value):
            attribute.take("link_type", "link_entity", "taxonomy_term", "value")

    def type_of(self, term: _Object, organization: _Organization) -> None:
        """An institution type named by the code or the name of a term."""
        for name in ("code", "name"):
            word = term.text(name)
            key = None if word is None else self.find(word.text)
            if word is not None and key is not None:
                organization.types.setdefault(key, evolve(word, text=key))
                self.taken.add(id(term.node))
                return
        self.remark(term.pointer, NO_TERM)
        self.taken.add(id(term.node))

    def find(self, word: str) -> str | None:
        """The key of the institution type that a word names."""
        term = self.catalogue.get("institution_types", word)
        return None if term is None else term.key

    def find_in(self, name: str) -> str | None:
        """The institution type that a name is, or whose abbreviation in capitals it contains."""
        words = [word for word in re.findall(r"\w+", name) if len(word) > 1 and word.isupper()]
        types = self.catalogue.institution_types.values()
        known = {abbreviation: term.key for term in types for abbreviation in term.abbreviations}
        return self.find(name) or next((known[word] for word in words if word in known), None)

    # -- institutions ------------------------------------------------------------------------

    def institutions(self) -> Pairs:
        """The organizations that are institutions of the network."""
        found = [organization for organization in self.organizations.values() if self.is_whole(organization)]
        keys = {o.key.text for o in found if o.key is not None}
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for organization in found:
            name = organization.name()
            assert name is not None, "an organization without a name is not whole"
            key = organization.key
            if key is None or key.text in pairs:
                key = evolve(name, text=_new_key(name.text, {*keys, *pairs}))
            pairs[key.text] = key, self.institution(organization, name)
        return Pairs(tuple(pairs.values()), 1, 1)

    def is_whole(self, organization: _Organization) -> bool:
        """Whether name, type and area are known; what is missing is remarked."""
        pointer = organization.first.pointer
        if organization.name() is None:
            self.remark(pointer, NO_NAME)
        elif not organization.types and not self.type_by_name(organization):
            self.remark(pointer, NO_TYPE)
        elif organization.area_is_told and not organization.areas:
            self.remark(pointer, NO_PLACE)
        else:
            if not organization.areas:
                self.remark(pointer, NO_SERVICE_AREA)
            return True
        self.taken.update(id(found.node) for found in organization.seen)
        return False

    def type_by_name(self, organization: _Organization) -> bool:
        for found, member in organization.names:
            name = found.text(member)
            key = None if name is None else self.find_in(name.text)
            if name is not None and key is not None:
                organization.types[key] = evolve(name, text=key)
                found.take(member)
                return True
        return False

    def institution(self, organization: _Organization, name: Scalar) -> Pairs:
        line, column = organization.first.node.line, organization.first.node.column
        description = describe_types(tuple(organization.types), self.catalogue)
        for found in organization.seen:
            said = found.text("description")
            if said is not None and said.text == description:
                found.take("description")
        fields: dict[str, Node] = {"name": name, "types": Items(tuple(organization.types.values()), line, column)}
        if organization.areas:
            fields["serves"] = Items(tuple(organization.areas.values()), line, column)
        fields |= {key: node for key, node in organization.fields.items() if key in ("seat", "level", *_VALUES[:2])}
        for field, reasons in organization.reasons.items():
            if reasons:
                fields[field] = Pairs(tuple(reasons.values()), line, column)
        origin = {key: node for key, node in organization.fields.items() if key in _VALUES[2:]}
        if origin:
            fields["origin"] = _pairs(origin, line, column)
        return _pairs(fields, line, column)

    # -- the rest ----------------------------------------------------------------------------

    def unmapped(self) -> tuple[Unmapped, ...]:
        """What has no place in the network, remarks first, then fields with the number of their entries."""
        counts: Counter[tuple[str, str]] = Counter()
        for pointer, name, count in self.left(self.root, ""):
            counts[pointer, CONTACT if name in _CONTACT else NOT_PART] += count
        return (*self.remarks, *(Unmapped(pointer, what, count) for (pointer, what), count in counts.items()))

    def left(self, node: Node, pointer: str, name: str = "") -> Iterator[tuple[str, str, int]]:
        """Members that were not taken: pointer with `*` for the numbers of lists, name, entries."""
        blank = isinstance(node, Scalar) and not node.text.strip()
        if id(node) in self.taken or is_empty(node) or blank or name == "id" or name.endswith("_id"):
            return
        if id(node) not in self.opened:
            yield pointer, name, len(node.items) if isinstance(node, Items) else 1
            return
        for step, inner_name, inner in _inside(node):
            yield from self.left(inner, f"{pointer}/{step}", inner_name)


def _inside(node: Node) -> list[tuple[str, str, Node]]:
    """What a list or mapping holds: step of the pointer, name, node."""
    if isinstance(node, Items):
        return [("*", "", item) for item in node.items]
    return [(_escaped(key.text), key.text, value) for key, value in node.pairs] if isinstance(node, Pairs) else []


def _pairs(members: Mapping[str, Node], line: int, column: int) -> Pairs:
    return Pairs(
        tuple((Scalar(key, False, node.line, node.column), node) for key, node in members.items()), line, column
    )


def _new_key(name: str, used: set[str]) -> str:
    """A key made of a name, another one than those in use."""
    start = "_".join(re.findall("[a-z0-9]+", fold(name)))[:40].strip("_") or "institution"
    number = 1
    key = start
    while key in used:
        number += 1
        key = f"{start}_{number}"
    return key
