"""Everything known of one term: what `kooperacja show` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from kooperacja_model.catalogue import (
    Catalogue,
    Circumstance,
    Feature,
    InstitutionType,
    Need,
    Profile,
    Reason,
    Sector,
    Term,
    fold,
)
from kooperacja_model.errors import UnknownTermError
from kooperacja_model.model import Condition, CooperationModel, Duty, Rule
from kooperacja_model.provenance import Label, Lang, Table
from kooperacja_model.views.organisation import Teller, all_things, model_sections, names_of, things_named
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.words import CONSENT, say_deadline, say_force, say_institution, say_sources

__all__ = ["Description", "describe"]

Description = tuple[str, tuple[Section, ...]]
"""A title and sections."""

_KIND = {
    "Need": Label("potrzeba", "need"),
    "Circumstance": Label("okoliczność", "circumstance"),
    "InstitutionType": Label("typ instytucji", "institution type"),
    "Profile": Label("profil organizacji", "profile of an organisation"),
    "Sector": Label("sektor", "sector"),
    "Competence": Label("kompetencja", "competence"),
    "Reason": Label("powód z art. 7 ustawy o pomocy społecznej", "reason of art. 7 of the act on social assistance"),
    "Area": Label("obszar kooperacji", "area of cooperation"),
    "Feature": Label("cecha gminy", "feature of a commune"),
    "Rule": Label("reguła", "rule"),
    "Duty": Label("obowiązek ustawowy", "statutory duty"),
    "CooperationModel": Label("model kooperacji", "model of cooperation"),
}
_ABOUT = Label("O tym", "About it")
_RULES = Label("Reguły, które tego używają", "Rules that use it")
_DUTIES = Label("Obowiązki, które tego dotyczą", "Duties that concern it")


def describe(models: Table[CooperationModel], word: str, lang: Lang) -> tuple[Description, ...]:
    """All terms that a word names, each with its sources and the rules and duties that use it.

    Args:
        models: the models by key; they share one catalogue.
        word: key, label or abbreviation; also the key of a rule, a duty or a model, and any name of a
            body, role, stage or document, which is shown for every model that has it.
        lang: `"pl"` or `"en"`.

    Raises:
        UnknownTermError: nothing has this name.
    """
    model = next(iter(models.values()))
    found: list[Description] = []
    speaker = _Speaker(models, lang)
    organisation = [Teller(its, lang).page(thing) for its, thing in things_named(models, word)]
    named: dict[str, Any] = {**models, **model.duties, **_all_rules(models)}
    for key, thing in named.items():
        label = thing.label if isinstance(thing, CooperationModel | Duty) else Label(key, key)
        if fold(word) in (fold(key), fold(label.pl), fold(label.en)):
            found.append(speaker.thing(thing))
    found += organisation
    try:
        terms = model.catalogue.look_up(word)
        features = [speaker.term(term) for term in terms if isinstance(term, Feature)]
        found = [speaker.term(term) for term in terms if not isinstance(term, Feature)] + found + features
    except UnknownTermError as error:
        if not found:
            near = dict.fromkeys((*_nearest_thing(models, word), *error.nearest))
            raise UnknownTermError(error.kind, tuple(near)[:3]) from None
    return tuple(found)


def _nearest_thing(models: Table[CooperationModel], word: str) -> tuple[str, ...]:
    """Keys of bodies, roles, stages and documents whose names look very much like a word."""
    names = {fold(name): thing.key for thing in all_things(models) for name in names_of(thing)}
    close = get_close_matches(fold(word), names, n=3, cutoff=0.8)
    return tuple(dict.fromkeys(names[name] for name in close))


def _all_rules(models: Table[CooperationModel]) -> dict[str, Rule]:
    return {key: rule for model in models.values() for key, rule in model.rules.items()}


class _Speaker:
    def __init__(self, models: Table[CooperationModel], lang: Lang) -> None:
        self.models = models
        self.model = next(iter(models.values()))
        self.catalogue: Catalogue = self.model.catalogue
        self.lang: Lang = lang

    def say(self, polish: str, english: str) -> str:
        return polish if self.lang == "pl" else english

    def title(self, kind: str, key: str, label: Label | None) -> str:
        name = f" — {label.text(self.lang)}" if label else ""
        return f"{key}{name} ({_KIND[kind].text(self.lang)})"

    def names(self, table: Mapping[str, Any], keys: Iterable[str]) -> str:
        return "; ".join(f"{table[key].label.text(self.lang)} [{key}]" for key in keys)

    # -- terms of the catalogue ------------------------------------------------------------------

    def term(self, term: Term) -> Description:
        about = tuple(Entry(line) for line in self.about(term))
        rules = tuple(self.rule_entry(rule) for rule in self.rules_with(term))
        duties = tuple(
            Entry(f"{duty.key}: {duty.label.text(self.lang)}")
            for duty in self.model.duties.values()
            if _names(duty, term)
        )
        sections = (
            Section(_ABOUT.text(self.lang), about),
            Section(_RULES.text(self.lang), rules),
            Section(_DUTIES.text(self.lang), duties),
        )
        title = self.title(type(term).__name__, term.key, term.label)
        return title, tuple(section for section in sections if section.entries)

    def about(self, term: Term) -> Iterator[str]:
        yield f"pl: {term.label.pl}"
        yield f"en: {term.label.en}"
        match term:
            case Need():
                yield self.say("powody: ", "reasons: ") + self.names(self.catalogue.reasons, term.reasons)
            case Circumstance() | Feature():
                yield self.say("pytanie: ", "question: ") + term.question.text(self.lang)
            case InstitutionType():
                yield from self.about_institution(term)
            case Profile():
                yield self.say("typ: ", "type: ") + self.names(self.catalogue.institution_types, [term.of])
                yield self.say("kompetencje: ", "competences: ") + self.names(
                    self.catalogue.competences, term.competences
                )
            case Sector():
                if term.area is not None:
                    near = self.say(" (najbliższy)", " (the nearest)") if term.nearest else ""
                    yield self.say("obszar: ", "area: ") + self.names(self.catalogue.areas, [term.area]) + near
                held = (t.key for t in self.catalogue.institution_types.values() if t.sector == term.key)
                yield self.say("typy instytucji: ", "institution types: ") + self.names(
                    self.catalogue.institution_types, held
                )
            case Reason():
                yield self.say("punkt art. 7: ", "point of art. 7: ") + term.point
        if isinstance(term, Need | Circumstance) and term.implies:
            yield self.say("z tego wynika: ", "implies: ") + self.names(self.catalogue.circumstances, term.implies)
        if isinstance(term, Circumstance) and term.one_of is not None:
            group = [c.key for c in self.catalogue.circumstances.values() if c.one_of == term.one_of and c is not term]
            yield self.say("wyklucza: ", "excludes: ") + self.names(self.catalogue.circumstances, group)
        if isinstance(term, Circumstance) and term.caution is not None:
            yield self.say("uwaga: ", "mind: ") + term.caution.text(self.lang)
        if type(term).__name__ == "Competence":
            held = (t.key for t in self.catalogue.institution_types.values() if term.key in t.competences)
            yield self.say("mają ją: ", "held by: ") + self.names(self.catalogue.institution_types, held)
        sources = getattr(term, "sources", ())
        if sources:
            yield self.say("podstawa: ", "basis: ") + say_sources(sources, self.lang)
        yield self.say("miejsce: ", "place: ") + str(term.place)

    def about_institution(self, term: InstitutionType) -> Iterator[str]:
        if term.abbreviations:
            yield self.say("skróty: ", "abbreviations: ") + ", ".join(term.abbreviations)
        yield self.say("sektor: ", "sector: ") + self.names(self.catalogue.sectors, [term.sector])
        yield self.say("szczebel: ", "level: ") + ", ".join(
            self.catalogue.levels[level.value].label.text(self.lang) for level in term.levels
        )
        yield self.say("dostępność: ", "availability: ") + self.names(self.catalogue.availability, [term.availability])
        yield self.say("kompetencje: ", "competences: ") + self.names(self.catalogue.competences, term.competences)
        if term.outside_team:
            yield self.say("kontakt dla zespołu, nie jego członek", "a contact for the team, not a member of it")
        if term.part_of is not None:
            yield self.say("część: ", "part of: ") + (
                self.names(self.catalogue.institution_types, [term.part_of.type])
                + self.say(", gdy: ", ", where: ")
                + self.names(self.catalogue.features, [term.part_of.where])
            )
        if term.stands_for is not None:
            whole = self.names(self.catalogue.institution_types, [term.stands_for])
            yield self.say(f"może działać zamiast: {whole}", f"may stand in the place of: {whole}")

    def rules_with(self, term: Term) -> Iterator[Rule]:
        for rule in _all_rules(self.models).values():
            brought = {**rule.require, **rule.advise}
            words = {*rule.when.facts, *brought, *(key for keys in brought.values() for key in keys)}
            words |= {self.catalogue.profiles[key].of for key in brought if key in self.catalogue.profiles}
            if isinstance(term, Sector):
                words = {
                    self.catalogue.institution_types[t].sector for t in words if t in self.catalogue.institution_types
                }
            if term.key in words and (isinstance(term, Sector) or _kind_fits(term, rule)):
                yield rule

    def rule_entry(self, rule: Rule) -> Entry:
        where = [key for key, model in self.models.items() if rule.key in model.own_rules]
        only = self.say(" (tylko model ", " (model ") + f"{where[0]})" if where else ""
        return Entry(f"{rule.key}{only}: {self.brings(rule)}", (rule.because.text(self.lang),))

    def brings(self, rule: Rule) -> str:
        parts = []
        for brought, word in (
            (rule.require, self.say("koniecznie", "required")),
            (rule.advise, self.say("warto", "advised")),
        ):
            if brought:
                parts.append(f"{word}: " + "; ".join(self.institution(key) for key in brought))
        return ". ".join(parts)

    def institution(self, key: str) -> str:
        profile = self.catalogue.profiles.get(key)
        if profile is not None:
            return profile.label.text(self.lang)
        return say_institution(self.catalogue.institution_types[key], self.lang)

    # -- rules, duties, models -------------------------------------------------------------------

    def thing(self, thing: Rule | Duty | CooperationModel) -> Description:
        if isinstance(thing, Rule):
            title = self.title("Rule", thing.key, None)
            lines = self.about_rule(thing)
        elif isinstance(thing, Duty):
            title = self.title("Duty", thing.key, thing.label)
            lines = self.about_duty(thing)
        else:
            title = self.title("CooperationModel", thing.key, thing.label)
            lines = self.about_model(thing)
        about = Section(_ABOUT.text(self.lang), tuple(Entry(line) for line in lines))
        rest = model_sections(thing, self.lang) if isinstance(thing, CooperationModel) else ()
        return title, (about, *rest)

    def condition(self, condition: Condition) -> str:
        facts = {**self.catalogue.needs, **self.catalogue.circumstances, **self.catalogue.features}
        parts = []
        for keys, word in (
            (condition.all, self.say("wszystkie z", "all of")),
            (condition.any, self.say("co najmniej jedno z", "at least one of")),
            (condition.none, self.say("żadne z", "none of")),
        ):
            if keys:
                parts.append(f"{word}: {self.names(facts, keys)}")
        return " | ".join(parts)

    def about_rule(self, rule: Rule) -> Iterator[str]:
        yield self.say("kiedy: ", "when: ") + self.condition(rule.when)
        yield self.brings(rule)
        for key, competences in {**rule.require, **rule.advise}.items():
            yield f"{self.institution(key)}: {self.names(self.catalogue.competences, competences)}"
        yield f"pl: {rule.because.pl}"
        yield f"en: {rule.because.en}"
        yield self.say("podstawa: ", "basis: ") + say_sources(rule.sources, self.lang)
        yield self.say("miejsce: ", "place: ") + str(rule.place)

    def about_duty(self, duty: Duty) -> Iterator[str]:
        yield f"pl: {duty.what.pl}"
        yield f"en: {duty.what.en}"
        for condition in duty.when:
            yield self.say("powstaje, gdy: ", "arises when: ") + self.condition(condition)
        for key in duty.when_reported:
            yield self.say("powstaje też, gdy ktoś zgłosi: ", "arises also when somebody reports: ") + self.names(
                {**self.catalogue.needs, **self.catalogue.circumstances, **self.catalogue.features}, [key]
            )
        if duty.provided is not None:
            yield self.say("pod warunkiem: ", "provided: ") + duty.provided.text(self.lang)
        note = f" ({duty.who_note.text(self.lang)})" if duty.who_note is not None else ""
        yield self.say("kto: ", "who: ") + self.names(self.catalogue.institution_types, duty.who) + note
        if duty.to:
            yield self.say("do kogo: ", "to whom: ") + self.names(self.catalogue.institution_types, duty.to)
        if deadline := say_deadline(duty, self.lang):
            yield self.say("termin: ", "deadline: ") + deadline
        yield self.say("zgoda rodziny: ", "consent of the family: ") + CONSENT[duty.consent].text(self.lang)
        if force := say_force(duty, self.lang):
            yield force
        yield self.say("podstawa: ", "basis: ") + say_sources(duty.sources, self.lang)
        yield self.say("miejsce: ", "place: ") + str(duty.place)

    def about_model(self, model: CooperationModel) -> Iterator[str]:
        yield f"pl: {model.label.pl}"
        yield f"en: {model.label.en}"
        yield (
            self.say("projekt: ", "project: ") + f"{model.project.text(self.lang)}, {model.macroregion.text(self.lang)}"
        )
        yield self.say("dla kogo: ", "for: ") + model.criterion.text.text(self.lang)
        yield self.say("podstawa kryterium: ", "basis of the criterion: ") + say_sources(
            model.criterion.sources, self.lang
        )
        yield (
            self.say("reguł: ", "rules: ")
            + f"{len(model.rules)}, "
            + self.say("w tym własnych: ", "its own: ")
            + str(len(model.own_rules))
        )
        yield self.say("skrót treści: ", "hash of the content: ") + model.hash
        yield self.say("podstawa: ", "basis: ") + say_sources(model.sources, self.lang)
        yield self.say("miejsce: ", "place: ") + str(model.place)


def _names(duty: Duty, term: Term) -> bool:
    """Whether a duty names a term."""
    if isinstance(term, InstitutionType):
        return term.key in (*duty.who, *duty.to)
    if isinstance(term, Need | Circumstance | Feature):
        return term.key in duty.when_reported or any(term.key in condition.facts for condition in duty.when)
    return False


def _kind_fits(term: Term, rule: Rule) -> bool:
    """Whether a rule names the term as what it is: a competence may have the key of a circumstance."""
    if isinstance(term, Need | Circumstance | Feature):
        return term.key in rule.when.facts
    return True
