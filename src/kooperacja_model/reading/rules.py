"""Reads rules and duties."""

from __future__ import annotations

from collections.abc import Iterable

from kooperacja_model.catalogue import Catalogue, InstitutionType, Profile
from kooperacja_model.model import Condition, Consent, Duty, Force, Rule
from kooperacja_model.provenance import Table
from kooperacja_model.reading.catalogue import catalogue_words
from kooperacja_model.reading.messages import Message
from kooperacja_model.reading.nodes import Node, Problems, Scalar
from kooperacja_model.reading.shapes import (
    Fields,
    Read,
    Reading,
    Wrong,
    duration,
    entries,
    hint,
    label,
    list_of,
    one_of,
    read_file,
    reference,
    sections,
    table_of,
)
from kooperacja_model.reading.sources import sources

__all__ = ["DUTIES_FORMAT", "RULES_FORMAT", "check_served", "read_duties", "read_rules", "rules_table"]

RULES_FORMAT = "kooperacja_model/rules/1"
DUTIES_FORMAT = "kooperacja_model/duties/1"

_FACTS: Read[tuple[str, ...]] = list_of(reference("facts", "need, circumstance or feature"))
_TYPES: Read[tuple[str, ...]] = list_of(reference("institution_types", "institution type"))
_COMPETENCES: Read[tuple[str, ...]] = list_of(reference("competences", "competence"))


def _condition(node: Node, reading: Reading, what: str) -> Condition:
    fields = Fields(node, reading, what)
    all_ = fields.may("all", _FACTS) or ()
    any_ = fields.may("any", _FACTS) or ()
    none = fields.may("none", _FACTS) or ()
    fields.end()
    contradictory = tuple(key for key in dict.fromkeys(all_ + any_) if key in none)
    for key in contradictory:
        reading.note(Message.CONTRADICTION, node.line, node.column, key=repr(key))
    if contradictory:
        raise Wrong
    if not all_ and not any_:
        raise reading.wrong(Message.NO_TRIGGER, node)
    return Condition(all_, any_, none)


def _brought(node: Node, reading: Reading, what: str) -> Table[tuple[str, ...]]:
    """Institution types or profiles, each with competences that it holds."""
    find = reference("bringable", "institution type or profile")
    found: dict[str, tuple[str, ...]] = {}
    failed = False
    for key, value in entries(node, reading, what):
        try:
            find(key, reading, what)
            found[key.text] = _COMPETENCES(value, reading, f"`{key.text}`")
        except Wrong:
            failed = True
            continue
        term: InstitutionType | Profile = reading.known["bringable"][key.text]
        held = term.competences
        if isinstance(term, Profile):
            held += reading.known["institution_types"][term.of].competences
        for competence in found[key.text]:
            if competence not in held:
                reading.note(
                    Message.COMPETENCE_NOT_HELD,
                    value.line,
                    value.column,
                    type=key.text,
                    value=repr(competence),
                    hint=hint(competence, held),
                )
                failed = True
    if failed:
        raise Wrong
    return Table(found)


def _rule(key: Scalar, node: Node, reading: Reading) -> Rule:
    fields = Fields(node, reading, f"the rule {key.text!r}")
    when = fields.need("when", _condition)
    require = fields.may("require", _brought) or Table({})
    advise = fields.may("advise", _brought) or Table({})
    because = fields.need("because", label)
    found = fields.need("sources", sources)
    fields.end()
    needs = tuple(fact for fact in when.all if fact in reading.known["needs"])
    needs = needs or tuple(fact for fact in when.any if fact in reading.known["needs"])
    if not needs:
        raise reading.wrong(Message.NO_SUBJECT, key)
    if not require and not advise:
        raise reading.wrong(Message.NOTHING_ADVISED, key)
    return Rule(key.text, when, needs, require, advise, because, found, reading.place(key))


rules_table: Read[Table[Rule]] = table_of(_rule, "rule")
"""A mapping from rule keys to rules."""


def _duty(key: Scalar, node: Node, reading: Reading) -> Duty:
    fields = Fields(node, reading, f"the duty {key.text!r}")
    name = fields.need("label", label)
    when = fields.may("when", list_of(_condition)) or ()
    reported = fields.may("when_reported", _FACTS) or ()
    provided = fields.may("provided", label)
    who = fields.need("who", _TYPES)
    who_note = fields.may("who_note", label)
    to = fields.may("to", _TYPES) or ()
    what = fields.need("what", label)
    deadline = fields.may("deadline", duration)
    deadline_note = fields.may("deadline_note", label)
    consent = fields.need("consent", one_of(Consent))
    consent_note = fields.may("consent_note", label)
    force = fields.need("force", one_of(Force))
    found = fields.need("sources", sources)
    fields.end()
    if not when and not reported:
        raise reading.wrong(Message.NO_TRIGGER, key)
    return Duty(
        key.text, name, when, reported, provided, who, who_note, to, what, deadline, deadline_note,
        consent, consent_note, force, found, reading.place(key),
    )  # fmt: skip


def read_duties(data: bytes, file: str, catalogue: Catalogue) -> tuple[Table[Duty] | None, Problems]:
    """The duties of a file, or `None` and its problems."""
    problems = Problems(file)
    return read_file(data, problems, catalogue_words(catalogue), _duties), problems


def _duties(node: Node, reading: Reading) -> Table[Duty]:
    fields = sections(node, reading, DUTIES_FORMAT)
    duties = fields.need("duties", table_of(_duty, "duty"))
    fields.end()
    return duties


def read_rules(data: bytes, file: str, catalogue: Catalogue) -> tuple[Table[Rule] | None, Problems]:
    """The shared rules of a file, or `None` and its problems."""
    problems = Problems(file)
    return read_file(data, problems, catalogue_words(catalogue), _rules), problems


def _rules(node: Node, reading: Reading) -> Table[Rule]:
    fields = sections(node, reading, RULES_FORMAT)
    rules = fields.need("rules", rules_table)
    fields.end()
    return rules


def check_served(catalogue: Catalogue, rules: Iterable[Rule], reading: Reading) -> None:
    """Every need is served by some rule."""
    served = {need for rule in rules for need in rule.needs}
    for key in catalogue.needs:
        if key not in served:
            reading.note(Message.NEED_UNSERVED, 1, 1, key=repr(key))
