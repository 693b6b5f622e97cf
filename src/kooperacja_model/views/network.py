"""A local network as a text, as a YAML file, as a table (CSV) and as Open Referral HSDS 3 (JSON)."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kooperacja_model.network import Agreement, AgreementKind, Institution, LocalNetwork, Origin
from kooperacja_model.programme import one_line
from kooperacja_model.provenance import Basis, Label, Lang
from kooperacja_model.reading.hsds import EXTENSION, KEY_TYPE, LINK, TAXONOMIES, describe_types
from kooperacja_model.reading.network import NETWORK_FORMAT
from kooperacja_model.reading.network_csv import COLUMNS, ROWS
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of
from kooperacja_model.views.words import BASIS, say_commune

__all__ = ["explain_network", "network_to_csv", "network_to_hsds", "network_to_yaml"]


# -- YAML ------------------------------------------------------------------------------------

_HEADER = Label(
    "Sieć instytucji jednej gminy. Po # stoją objaśnienia. Bez danych osób i danych kontaktowych.\n"
    "Sprawdzenie: kooperacja network check PLIK",
    "Network of the institutions of one commune. Remarks follow a #. No data of persons, no contact data.\n"
    "To check it: kooperacja network check FILE",
)


def network_to_yaml(network: LocalNetwork, lang: Lang = "pl") -> str:
    """A network as a YAML file to be edited by hand; `load_network` reads it back.

    Args:
        network: the network.
        lang: language of the remarks.
    """
    return "\n".join(_yaml(network, lang)) + "\n"


def _plain(text: str) -> str:
    """A text as it is kept in files: one line without invisible characters."""
    return one_line(text) or ""


def _quoted(text: str) -> str:
    return '"' + _plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(key: str) -> str:
    """A key, in quotes where other readers (or this one) would not take it for a text."""
    plain = re.fullmatch(r"(?!(?:null|true|false|yes|no|on|off|y|n)$)[A-Za-z_]\w*", key, re.IGNORECASE | re.ASCII)
    return key if plain else f'"{key}"'


def _flow(values: Iterable[str]) -> str:
    return "[" + ", ".join(values) + "]"


def _yaml(network: LocalNetwork, lang: Lang) -> Iterator[str]:
    for line in _HEADER.text(lang).split("\n"):
        yield f"# {line}"
    yield f"format: {NETWORK_FORMAT}"
    yield f"name: {_quoted(network.name)}"
    if network.invented:
        yield "invented: yes"
    yield f'commune: "{network.commune.code}"  # {say_commune(network.commune, lang)}'
    if network.commune.population is not None:
        yield f"population: {network.commune.population}"
    yield "institutions:" if network.institutions else "institutions: {}"
    for institution in network.institutions.values():
        yield from _institution(institution, network, lang)
    yield "agreements:" if network.agreements else "agreements: {}"
    for agreement in network.agreements.values():
        yield f"  {_key(agreement.key)}:"
        yield f"    kind: {agreement.kind.value}  # {_KINDS[agreement.kind].text(lang)}"
        yield f"    between: {_flow(_key(key) for key in dict.fromkeys(agreement.between))}"
        if agreement.since is not None:
            yield f"    since: {agreement.since}"
        yield from _origin(agreement.origin)


def _institution(institution: Institution, network: LocalNetwork, lang: Lang) -> Iterator[str]:
    types = network.catalogue.institution_types
    competences = network.catalogue.competences
    labels = ", ".join(types[key].label.text(lang) for key in institution.types)
    yield f"  {_key(institution.key)}:"
    yield f"    name: {_quoted(institution.name)}"
    yield f"    types: {_flow(dict.fromkeys(institution.types))}  # {labels}"
    yield f"    serves: {_flow(_quoted(area) for area in dict.fromkeys(institution.serves))}"
    if institution.seat is not None:
        yield f'    seat: "{institution.seat}"'
    if institution.level is not None:
        yield f"    level: {institution.level.value}"
    for name, reasons in (("add", institution.added), ("remove", institution.removed)):
        if reasons:
            yield f"    {name}:"
        for competence, reason in reasons.items():
            yield f"      # {competences[competence].label.text(lang)}"
            yield f"      {competence}: {_quoted(reason)}"
    if institution.capacity is not None:
        yield f"    capacity: {institution.capacity}"
    if institution.distance_km is not None:
        yield f"    distance_km: {institution.distance_km}"
    yield from _origin(institution.origin)


def _origin(origin: Origin) -> Iterator[str]:
    yield "    origin:"
    for name, value in _origin_values(origin):
        yield f"      {name}: {value if name == 'basis' else _quoted(value)}"


def _origin_values(origin: Origin) -> Iterator[tuple[str, str]]:
    """Basis, address and note, as far as they are there."""
    yield "basis", origin.basis.value
    for name, text in (("address", origin.address), ("note", origin.note)):
        said = one_line(text)
        if said is not None:
            yield name, said


# -- CSV -------------------------------------------------------------------------------------


def network_to_csv(network: LocalNetwork, lang: Lang = "pl") -> str:
    """A network as a table for Excel; `load_network` reads it back.

    The text begins with a byte order mark and its lines end with CRLF, so write it with
    `newline=""` and as UTF-8. A cell that Excel would take for a formula begins with `'`.
    Agreements stand in the order in which the institutions name them.

    Args:
        network: the network.
        lang: language of the names of columns.
    """
    rows = [[ROWS["name"].text(lang), _plain(network.name)], [ROWS["commune"].text(lang), network.commune.code.text]]
    if network.commune.population is not None:
        rows.append([ROWS["population"].text(lang), str(network.commune.population)])
    if network.invented:
        rows.append([ROWS["invented"].text(lang), Label("tak", "yes").text(lang)])
    for agreement in network.agreements.values():
        if agreement.origin != Origin():
            rows.append([ROWS["origin"].text(lang), agreement.key, *_origin_cells(agreement.origin)])
    rows.append([label.text(lang) for label in COLUMNS.values()])
    rows += [_row(institution, network, lang) for institution in network.institutions.values()]
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + written.getvalue()


def _guarded(cell: str) -> str:
    """A cell that no program takes for a formula."""
    return "'" + cell if re.match(r"'*[=+\-@]", cell) else cell


def _cell(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return " | ".join(value.replace("\\", "\\\\").replace("|", "\\|") for value in values)


def _origin_cells(origin: Origin) -> list[str]:
    basis = "" if origin.basis is Basis.PRACTICE else origin.basis.value
    return [basis, _plain(origin.address or ""), _plain(origin.note or "")]


def _row(institution: Institution, network: LocalNetwork, lang: Lang) -> list[str]:
    reasons = [
        _cell(f"{competence}={_plain(reason)}" for competence, reason in table.items())
        for table in (institution.added, institution.removed)
    ]
    signed = (a for a in network.agreements.values() if institution.key in a.between)
    return [
        institution.key,
        _plain(institution.name),
        _cell(dict.fromkeys(institution.types)),
        _cell(dict.fromkeys(institution.serves)),
        "" if institution.seat is None else institution.seat.text,
        "" if institution.level is None else institution.level.value,
        *reasons,
        "" if institution.capacity is None else str(institution.capacity),
        "" if institution.distance_km is None else str(institution.distance_km),
        _cell(" ".join(filter(None, (_KINDS[a.kind].text(lang), a.key, a.since))) for a in signed),
        *_origin_cells(institution.origin),
    ]


# -- HSDS ------------------------------------------------------------------------------------

_IDS = uuid.uuid5(uuid.NAMESPACE_URL, NETWORK_FORMAT)


def network_to_hsds(network: LocalNetwork) -> dict[str, Any]:
    """A network as a page of services of HSDS 3, as plain data for `json.dumps`.

    Each institution is one service with its organization. Its key is an `organization_identifier`,
    its types are taxonomy terms, its areas and seat are TERYT codes; the other fields are attributes.
    The commune and the agreements are in the member `kooperacja_model` of the page. All identifiers
    are computed from commune and key, so that they are the same every time.
    """
    services = [_service(institution, network) for institution in network.institutions.values()]
    return {
        "total_items": len(services),
        "total_pages": 1,
        "page_number": 1,
        "size": len(services),
        "first_page": True,
        "last_page": True,
        "empty": not services,
        EXTENSION: _about(network),
        "contents": services,
    }


def _about(network: LocalNetwork) -> dict[str, Any]:
    return _known(
        {
            "format": NETWORK_FORMAT,
            "name": _plain(network.name),
            "commune": network.commune.code.text,
            "population": network.commune.population,
            "invented": network.invented,
            "agreements": {key: _agreement(agreement) for key, agreement in network.agreements.items()},
        }
    )


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return _known(
        {
            "kind": agreement.kind.value,
            "between": list(dict.fromkeys(agreement.between)),
            "since": agreement.since,
            "origin": dict(_origin_values(agreement.origin)),
        }
    )


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _service(institution: Institution, network: LocalNetwork) -> dict[str, Any]:
    catalogue = network.catalogue
    start = f"{network.commune.code}/{institution.key}"

    def identify(*parts: str) -> str:
        return str(uuid.uuid5(_IDS, "/".join((start, *parts))))

    def attribute(entity: str, field: str, *parts: str) -> dict[str, Any]:
        return {"id": identify("attribute", field, *parts), "link_type": LINK + field, "link_entity": entity}

    def term(kind: str, code: str, label: Label) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid5(_IDS, f"{TAXONOMIES[kind]}/{code}")),
            "code": code,
            "name": label.pl,
            "description": label.en,
            "taxonomy": TAXONOMIES[kind],
            "language": "pl",
        }

    types = tuple(dict.fromkeys(institution.types))
    labels = {key: catalogue.institution_types[key].label for key in types}
    its_types = [
        {**attribute("service", "type", key), "taxonomy_term": term("types", key, label)}
        for key, label in labels.items()
    ]
    about: list[dict[str, Any]] = []
    if institution.level is not None:
        level = catalogue.levels[institution.level.value]
        about.append({**attribute("organization", "level"), "taxonomy_term": term("level", level.key, level.label)})
    for field, reasons in (("add", institution.added), ("remove", institution.removed)):
        for key, reason in reasons.items():
            its_term = term("competences", key, catalogue.competences[key].label)
            about.append({**attribute("organization", field, key), "value": _plain(reason), "taxonomy_term": its_term})
    values = {"capacity": institution.capacity, "distance_km": institution.distance_km}
    for field, value in (*values.items(), *_origin_values(institution.origin)):
        if value is not None:
            about.append({**attribute("organization", field), "label": field, "value": str(value)})
    organization: dict[str, Any] = {
        "id": identify("organization"),
        "name": _plain(institution.name),
        "description": describe_types(types, catalogue),
        "organization_identifiers": [
            {"id": identify("key"), "identifier_type": KEY_TYPE, "identifier": institution.key}
        ],
        "attributes": about,
    }
    if institution.seat is not None:
        organization["locations"] = [
            {
                "id": identify("location"),
                "location_type": "physical",
                "external_identifier": institution.seat.text,
                "external_identifier_type": "TERYT",
            }
        ]
    return {
        "id": identify("service"),
        "name": _plain(institution.name),
        "status": "active",
        "service_areas": [
            {"id": identify("area", area), "name": f"TERYT {area}", "extent": area, "extent_type": "text"}
            for area in dict.fromkeys(institution.serves)
        ],
        "attributes": its_types,
        "organization": organization,
    }


# -- text ------------------------------------------------------------------------------------

_KINDS = {
    AgreementKind.AGREEMENT: Label("porozumienie", "agreement"),
    AgreementKind.DECLARATION: Label("deklaracja", "declaration"),
}

_WORDS = {
    "title": Label("Sieć instytucji", "Network of institutions"),
    "remark": Label(
        "Spis instytucji gminy, bez osób i danych kontaktowych. Przy każdej stoi, skąd o niej wiadomo.",
        "The institutions of a commune, without persons and contact data. Each says how it is known.",
    ),
    "invented": Label(" Przykład: nikogo naprawdę nie opisuje.", " An example: it describes nobody real."),
    "about": Label("Gmina", "Commune"),
    "population": Label("mieszkańcy", "inhabitants"),
    "institutions": Label("instytucje", "institutions"),
    "known": Label("skąd wiadomo", "how they are known"),
    "types": Label("rodzaj", "type"),
    "level": Label("szczebel", "level"),
    "outside": Label("spoza gminy", "from outside the commune"),
    "inside": Label("w gminie", "in the commune"),
    "distance": Label("odległość", "distance"),
    "capacity": Label("ile rodzin naraz", "families at a time"),
    "serves": Label("obsługuje", "serves"),
    "competences": Label("co może zrobić", "what it can do"),
    "added": Label("dodatkowo", "in addition"),
    "removed": Label("nie robi tego", "does not do this"),
    "signed": Label("podpisane", "signed"),
    "origin": Label("skąd wiadomo", "how it is known"),
    "agreements": Label("Co podpisano", "What is signed"),
    "elsewhere": Label("Nie obsługują tej gminy", "Not serving this commune"),
    "since": Label("od", "since"),
    "country": Label("cały kraj", "the whole country"),
}


def explain_network(network: LocalNetwork, lang: Lang = "pl") -> str:
    """A network as a text: its institutions by sector, what they can do, what is signed, how it is known.

    Args:
        network: the network.
        lang: `"pl"` or `"en"`.
    """
    return _Speaker(network, lang).text()


class _Speaker:
    def __init__(self, network: LocalNetwork, lang: Lang) -> None:
        self.network = network
        self.catalogue = network.catalogue
        self.lang: Lang = lang

    def word(self, name: str) -> str:
        return _WORDS[name].text(self.lang)

    def text(self) -> str:
        title = f"{self.word('title')}: {_plain(self.network.name)}"
        remark = self.word("remark") + (self.word("invented") if self.network.invented else "")
        return "\n".join(lines_of(title, remark, self.sections())) + "\n"

    def sections(self) -> Iterator[Section]:
        institutions = self.network.institutions
        yield Section(self.word("about"), tuple(self.facts()))
        for key, sector in self.catalogue.sectors.items():
            its = [institutions[name] for name in self.network.serving if self.sector(institutions[name]) == key]
            if its:
                yield Section(sector.label.text(self.lang), tuple(self.institution(one) for one in its))
        others = [one for key, one in institutions.items() if key not in self.network.serving]
        if others:
            yield Section(self.word("elsewhere"), tuple(self.institution(one) for one in others))
        if self.network.agreements:
            agreements = self.network.agreements.values()
            yield Section(self.word("agreements"), tuple(self.agreement(one) for one in agreements))

    def sector(self, institution: Institution) -> str:
        """The sector of an institution is that of its first type."""
        return self.catalogue.institution_types[institution.types[0]].sector

    def facts(self) -> Iterator[Entry]:
        commune = self.network.commune
        yield Entry(say_commune(commune, self.lang))
        if commune.population is not None:
            yield Entry(f"{self.word('population')}: {commune.population}")
        institutions = self.network.institutions.values()
        known = [(label, sum(one.origin.basis is basis for one in institutions)) for basis, label in BASIS.items()]
        bases = ", ".join(f"{label.text(self.lang)} {number}" for label, number in known if number)
        yield Entry(
            f"{self.word('institutions')}: {len(institutions)}" + (f" ({self.word('known')}: {bases})" if bases else "")
        )

    def institution(self, institution: Institution) -> Entry:
        return Entry(f"{_plain(institution.name)} [{institution.key}]", tuple(self.details(institution)))

    def details(self, institution: Institution) -> Iterator[str]:
        types = self.catalogue.institution_types
        yield f"{self.word('types')}: {', '.join(types[key].label.text(self.lang) for key in institution.types)}"
        yield self.where(institution)
        if institution.capacity is not None:
            yield f"{self.word('capacity')}: {institution.capacity}"
        held = self.network.competences.get(institution.key, ())
        if held:
            yield f"{self.word('competences')}: {', '.join(self.competence(key) for key in held)}"
        for name, reasons in (("added", institution.added), ("removed", institution.removed)):
            for key, reason in reasons.items():
                yield f"{self.word(name)}: {self.competence(key)} ({_plain(reason)})"
        signed = [a.key for a in self.network.agreements.values() if institution.key in a.between]
        if signed:
            yield f"{self.word('signed')}: {', '.join(signed)}"
        yield self.origin(institution.origin)

    def where(self, institution: Institution) -> str:
        """Level, inside or outside, distance and areas, in one line."""
        level = self.catalogue.levels[self.network.level(institution.key).value].label.text(self.lang)
        parts = [f"{self.word('level')}: {level}"]
        if institution.key in self.network.serving:
            parts.append(self.word("outside" if institution.key in self.network.outside else "inside"))
        if institution.distance_km is not None:
            parts.append(f"{self.word('distance')}: {institution.distance_km} km")
        areas = (self.word("country") if area == "PL" else area for area in institution.serves)
        parts.append(f"{self.word('serves')}: {', '.join(areas)}")
        return "; ".join(parts)

    def competence(self, key: str) -> str:
        return self.catalogue.competences[key].label.text(self.lang)

    def origin(self, origin: Origin) -> str:
        parts = [BASIS[origin.basis].text(self.lang)]
        parts += [_plain(said) for said in (origin.note, origin.address) if said is not None]
        return f"{self.word('origin')}: {'; '.join(parts)}"

    def agreement(self, agreement: Agreement) -> Entry:
        since = "" if agreement.since is None else f", {self.word('since')} {agreement.since}"
        parties = [_plain(self.network.institutions[key].name) for key in agreement.between]
        line = f"{_KINDS[agreement.kind].text(self.lang)} [{agreement.key}]{since}: {'; '.join(parties)}"
        return Entry(line, (self.origin(agreement.origin),))
