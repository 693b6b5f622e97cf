"""Reads the file of one model of cooperation."""

from __future__ import annotations

from kooperacja_model.catalogue import Catalogue
from kooperacja_model.commune import VOIVODESHIPS, CommuneKind
from kooperacja_model.model import CooperationModel, Criterion, Duty, ModelSector, Rule
from kooperacja_model.provenance import Table
from kooperacja_model.reading.catalogue import catalogue_words
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Problems, Scalar
from kooperacja_model.reading.organisation import know_own_words, read_organisation
from kooperacja_model.reading.rules import check_served, rules_table
from kooperacja_model.reading.shapes import (
    Fields,
    Reading,
    label,
    list_of,
    one_of,
    read_file,
    reference,
    sections,
    table_of,
    text,
    whole_number,
)
from kooperacja_model.reading.sources import sources

__all__ = ["MODEL_FORMAT", "MODEL_KEYS", "read_model"]

MODEL_FORMAT = "kooperacja_model/model/1"
MODEL_KEYS = ("rural", "urban_rural", "city")


def _key(node: Node, reading: Reading, what: str) -> str:
    found = text(node, reading, what)
    if found not in MODEL_KEYS:
        raise reading.wrong(
            Message.NOT_ONE_OF, node, what=what, value=reading.quote(found), hint="known are " + ", ".join(MODEL_KEYS)
        )
    return found


def _criterion(node: Node, reading: Reading, what: str) -> Criterion:
    fields = Fields(node, reading, what)
    kinds = fields.need("kinds", list_of(one_of(CommuneKind)))
    over = fields.may("population_over", whole_number)
    words = fields.need("text", label)
    found = fields.need("sources", sources)
    fields.end()
    return Criterion(kinds, over, words, found)


def _sector(key: Scalar, node: Node, reading: Reading) -> ModelSector:
    fields = Fields(node, reading, f"the sector {key.text!r}")
    name = fields.need("label", label)
    covered = fields.need("sectors", list_of(reference("sectors", "sector")))
    found = fields.need("sources", sources)
    fields.end()
    return ModelSector(key.text, name, covered, found, reading.place(key))


def read_model(
    data: bytes, file: str, catalogue: Catalogue, duties: Table[Duty], shared: Table[Rule]
) -> tuple[CooperationModel | None, Problems]:
    """The model of a file, or `None` and its problems.

    Args:
        data: content of the file.
        file: its name for messages.
        catalogue: the vocabulary it may use.
        duties: statutory duties.
        shared: rules that hold under every model.
    """

    def read(node: Node, reading: Reading) -> CooperationModel:
        return _model(node, reading, catalogue, duties, shared)

    problems = Problems(file)
    words = {**catalogue_words(catalogue), "voivodeships": VOIVODESHIPS}
    return read_file(data, problems, words, read), problems


def _model(
    node: Node, reading: Reading, catalogue: Catalogue, duties: Table[Duty], shared: Table[Rule]
) -> CooperationModel:
    fields = sections(node, reading, MODEL_FORMAT)
    key = fields.need("key", _key)
    name = fields.need("label", label)
    project = fields.need("project", label)
    macroregion = fields.need("macroregion", label)
    voivodeships = fields.need("voivodeships", list_of(reference("voivodeships", "voivodeship")))
    criterion = fields.need("criterion", _criterion)
    sectors = fields.need("sectors", table_of(_sector, "sector"))
    found = fields.need("sources", sources)
    know_own_words(node, reading)
    organisation = read_organisation(fields)
    own = fields.need("rules", rules_table)
    fields.end()
    for rule in own.values():
        if rule.key in shared:
            place = rule.place
            other = str(shared[rule.key].place)
            reading.note(Message.SAME_RULE, place.line, place.column, key=repr(rule.key), other=other)
    rules = Table({**shared, **own})
    check_served(catalogue, rules.values(), reading)
    return CooperationModel(
        key, name, project, macroregion, voivodeships, criterion, sectors,
        tuple(own), rules, duties, catalogue, found, reading.place(node), **organisation,
    )  # fmt: skip
