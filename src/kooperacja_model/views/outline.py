"""A recommendation in words, in the order in which it is shown: what text and HTML have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from kooperacja_model.model import Condition, Duty, Strength
from kooperacja_model.organisation import Body, Holder, Known, Part
from kooperacja_model.provenance import Basis, Lang, Place, Source
from kooperacja_model.recommendation import (
    Change,
    DutyAdvice,
    InstitutionAdvice,
    PassedOver,
    Question,
    Reason,
    Recommendation,
)
from kooperacja_model.seats import BodySeats
from kooperacja_model.views.words import (
    BASIS,
    CONSENT,
    WORDS,
    say_bases,
    say_commune,
    say_deadline,
    say_force,
    say_institution,
    say_sources,
)

__all__ = ["Entry", "Outline", "Section", "outline"]

MOST_QUESTIONS = 8
MOST_QUESTIONS_SHORT = 4
MOST_PASSED_OVER = 8
MOST_NAMES = 5


@frozen
class Entry:
    """A heading line with further lines under it."""

    line: str
    details: tuple[str, ...] = ()


@frozen
class Section:
    """A titled list; `numbered` if the entries are counted aloud."""

    title: str
    entries: tuple[Entry, ...]
    numbered: bool = False


@frozen
class Outline:
    """Title, remark, facts of the case, sections, and a remark on the bases."""

    title: str
    disclaimer: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    remark: str


def outline(recommendation: Recommendation, lang: Lang, short: bool = False) -> Outline:
    """A recommendation in words.

    Args:
        recommendation: the recommendation.
        lang: `"pl"` or `"en"`.
        short: only what fits on one page: duties and whom to invite, each with one reason.
    """
    return _Speaker(recommendation, lang).outline(short)


class _Speaker:
    def __init__(self, recommendation: Recommendation, lang: Lang) -> None:
        self.recommendation = recommendation
        self.catalogue = recommendation.model.catalogue
        self.lang: Lang = lang
        self.notes: dict[str, int] = {}

    def word(self, name: str) -> str:
        return WORDS[name].text(self.lang)

    def label(self, section: str, key: str) -> str:
        text: str = getattr(self.catalogue, section)[key].label.text(self.lang)
        return text

    def fact(self, key: str) -> str:
        sections = ("needs", "circumstances", "features")
        return next(self.label(name, key) for name in sections if key in getattr(self.catalogue, name))

    def institution(self, key: str) -> str:
        return say_institution(self.catalogue.institution_types[key], self.lang)

    def some(self, keys: tuple[str, ...]) -> str:
        """The names of institution types, the first ones of many."""
        if len(keys) <= MOST_NAMES + 1:
            return "; ".join(self.institution(key) for key in keys)
        names = "; ".join(self.institution(key) for key in keys[:MOST_NAMES])
        return f"{names} {self.word('others')} ({len(keys) - MOST_NAMES})"

    def note(self, sources: tuple[Source, ...], key: str, place: Place) -> str:
        """The bases of a statement and the number of its note at the end."""
        text = f"{say_sources(sources, self.lang)} [{key}, {place.file}:{place.line}]"
        return f"[{say_bases(sources, self.lang)}; {self.notes.setdefault(text, len(self.notes) + 1)}]"

    def outline(self, short: bool) -> Outline:
        sections = self.short_sections() if short else self.sections()
        return Outline(
            title=self.word("title"),
            disclaimer=self.word("disclaimer"),
            facts=tuple(self.facts()),
            sections=tuple(section for section in sections if section.entries),
            remark=self.word("short_remark" if short else "bases_remark"),
        )

    def facts(self) -> Iterator[tuple[str, str]]:
        case = self.recommendation.case
        model = self.recommendation.model
        yield self.word("model"), f"{model.label.text(self.lang)} ({model.project.text(self.lang)})"
        if case.commune is not None:
            yield self.word("commune"), say_commune(case.commune, self.lang)
        yield self.word("needs"), "; ".join(need.label.text(self.lang) for need in case.needs)
        for name, present in (("present", True), ("absent", False)):
            found = [a.circumstance.label.text(self.lang) for a in case.answers if a.present is present]
            if found:
                yield self.word(name), "; ".join(found)
        for circumstance in self.catalogue.circumstances.values():
            if circumstance.caution is not None and self.recommendation.facts.get(circumstance.key):
                yield self.word("caution"), circumstance.caution.text(self.lang)
        for name, strength in (("sectors_required", Strength.REQUIRED), ("sectors_advised", Strength.ADVISED)):
            sectors = [s.term.label.text(self.lang) for s in self.recommendation.sectors if s.strength is strength]
            if sectors:
                yield self.word(name), "; ".join(sectors)
        if self.recommendation.basis is not None:
            bases = [label.text(self.lang) for basis, label in BASIS.items() if basis in self.recommendation.basis]
            yield self.word("bases"), "; ".join(bases)

    def sections(self) -> Iterator[Section]:
        found = self.recommendation
        certain = [advice for advice in found.duties if advice.strength is Strength.REQUIRED]
        open_ = [advice for advice in found.duties if advice.strength is Strength.CONDITIONAL]
        yield Section(self.word("duties"), tuple(self.duty(advice) for advice in certain))
        for strength in (Strength.REQUIRED, Strength.ADVISED):
            chosen = [advice for advice in found.institutions if advice.strength is strength]
            entries = tuple(self.advice(advice) for advice in chosen)
            yield Section(self.word(strength.value), entries, numbered=True)
        yield Section(self.word("seats"), tuple(self.seats()))
        yield Section(
            self.word("unserved"),
            tuple(
                Entry(f"{gap.need.label.text(self.lang)}: {self.word(f'why_{gap.why.value}')}")
                for gap in found.unserved
            ),
        )
        asked = found.questions[:MOST_QUESTIONS]
        rest = found.questions[MOST_QUESTIONS:]
        yield Section(self.word("questions"), tuple(self.question(question) for question in asked), numbered=True)
        if rest:
            names = "; ".join(question.term.question.text(self.lang) for question in rest)
            yield Section(self.word("more_questions"), (Entry(names),))
        conditional = [advice for advice in found.institutions if advice.strength is Strength.CONDITIONAL]
        yield Section(self.word("conditional"), tuple(self.conditional(advice) for advice in conditional))
        yield Section(self.word("conditional_duties"), tuple(self.open_duty(advice) for advice in open_))
        yield Section(self.word("passed_over"), tuple(self.passed_over(found.passed_over)))
        yield Section(self.word("bases_title"), tuple(Entry(text) for text in self.notes), numbered=True)

    def short_sections(self) -> Iterator[Section]:
        found = self.recommendation
        duties = (advice.duty for advice in found.duties if advice.strength is Strength.REQUIRED)
        yield Section(self.word("duties"), tuple(self.short_duty(duty) for duty in duties))
        entries = []
        for advice in found.institutions:
            if advice.strength is Strength.REQUIRED:
                rule = advice.reasons[0].rule
                reason = f"{rule.because.text(self.lang)} [{say_bases(rule.sources, self.lang)}]"
                entries.append(Entry(_upper(say_institution(advice.term, self.lang)), (reason,)))
        yield Section(self.word("required"), tuple(entries), numbered=True)
        advised = [advice for advice in found.institutions if advice.strength is Strength.ADVISED]
        names = "; ".join(say_institution(advice.term, self.lang) for advice in advised)
        yield Section(self.word("advised"), (Entry(names),) if names else ())
        asked = found.questions[:MOST_QUESTIONS_SHORT]
        yield Section(
            self.word("questions"), tuple(Entry(question.term.question.text(self.lang)) for question in asked)
        )

    def short_duty(self, duty: Duty) -> Entry:
        provided = f" ({duty.provided.text(self.lang)})" if duty.provided is not None else ""
        return Entry(duty.what.text(self.lang) + provided)

    def duty(self, advice: DutyAdvice) -> Entry:
        duty = advice.duty
        who = self.some(duty.who)
        if duty.who_note is not None:
            who += f" ({duty.who_note.text(self.lang)})"
        details = [f"{self.word('who')}: {who}"]
        if duty.to:
            details.append(f"{self.word('to')}: {self.some(duty.to)}")
        if duty.provided is not None:
            details.append(f"{self.word('provided')}: {duty.provided.text(self.lang)}")
        deadline = say_deadline(duty, self.lang)
        if deadline:
            details.append(f"{self.word('deadline')}: {deadline}")
        consent = CONSENT[duty.consent].text(self.lang)
        if duty.consent_note is not None:
            consent += f" ({duty.consent_note.text(self.lang)})"
        details.append(f"{self.word('consent')}: {consent}")
        force = say_force(duty, self.lang)
        if force:
            details.append(force)
        said = f"{_upper(duty.label.text(self.lang))}. {duty.what.text(self.lang)}"
        return Entry(f"{said} {self.note(duty.sources, duty.key, duty.place)}", tuple(details))

    def open_duty(self, advice: DutyAdvice) -> Entry:
        facts = self.recommendation.facts
        open_ = (condition for condition in advice.duty.when if condition.truth(facts) is None)
        said = dict.fromkeys(self.open_condition(condition) for condition in open_)
        return Entry(f"{advice.duty.label.text(self.lang)} — {self.word('if')}: " + " / ".join(said))

    def open_condition(self, condition: Condition) -> str:
        """What is still to be known of an undecided condition."""
        facts = self.recommendation.facts
        parts = [self.fact(key) for key in condition.all if key not in facts]
        if not any(facts.get(key) for key in condition.any):
            choices = [self.fact(key) for key in condition.any if key not in facts]
            parts += [f" {self.word('or')} ".join(choices)] if choices else []
        parts += [f"{self.word('not')}: {self.fact(key)}" for key in condition.none if key not in facts]
        return " + ".join(parts)

    def advice(self, advice: InstitutionAdvice) -> Entry:
        competences = (
            self.label("competences", key)
            for key, strength in advice.competences
            if strength is not Strength.CONDITIONAL
        )
        details = [f"{self.word('for')}: " + "; ".join(competences)]
        if len(self.recommendation.case.needs) > 1:
            every = len(advice.needs) == len(self.recommendation.case.needs)
            names = self.word("all_needs") if every else "; ".join(self.label("needs", key) for key in advice.needs)
            details.append(f"{self.word('serves')}: {names}")
        if advice.part_of is not None:
            details.append(f"{self.word('same')} {self.institution(advice.part_of)}")
        if advice.term.outside_team:
            details.append(self.word("contact"))
        if advice.profiles:
            profiles = ", ".join(self.label("profiles", key) for key in advice.profiles)
            details.append(f"{self.word('profile')}: {profiles}")
        for reason in advice.reasons:
            details.append(self.reason(reason))
        return Entry(_upper(say_institution(advice.term, self.lang)), tuple(details))

    def seats(self) -> Iterator[Entry]:
        seats = self.recommendation.seats
        for entry in seats.bodies:
            body = entry.body
            note = self.note(body.sources, body.key, body.place)
            yield Entry(f"{self.body(body)}: {self.word(f'part_{body.part.value}')} {note}", tuple(self.table(entry)))
        if seats.consulted:
            names = "; ".join(self.institution(key) for key in seats.consulted)
            yield Entry(f"{_upper(self.word('consulted'))}: {names}")

    def body(self, body: Body) -> str:
        name = body.label.text(self.lang)
        return f"{name} ({body.abbreviation})" if body.abbreviation else name

    def table(self, entry: BodySeats) -> Iterator[str]:
        """When a body may start, who convenes and leads it, and who sits in it."""
        body = entry.body
        stages = self.recommendation.model.stages
        if body.before:
            names = "; ".join(stages[key].label.text(self.lang) for key in body.before)
            yield f"{self.word('after')}: {names}"
        yield f"{self.word('convenes')}: {self.holder(body.convened_by, body)}"
        yield f"{self.word('leads')}: {self.holder(body.led_by, body)}"
        if entry.decides:
            yield from self.members(entry)
        if entry.standing:
            yield f"{self.word('standing')}: " + "; ".join(self.institution(key) for key in entry.standing)
        if entry.works:
            lists = {name: self.word(name) for name in ("required", "advised")}
            own = BASIS[Basis.DESIGN].text(self.lang)
            yield f"{self.word('proposed').format(**lists)} [{own}]"
            known = f"[{own}]" if body.family is None else self.holder(body.family, body)
            yield f"{self.word('family_member')}: {known}"
        if body.note is not None and body.part in (Part.BOTH, Part.DIAGNOSES):  # what it does there is a reading
            yield f"{self.word('note')}: {body.note.text(self.lang)}"

    def members(self, entry: BodySeats) -> Iterator[str]:
        """Which of those recommended are known as members of a body that decides."""
        named = {seat.institution for seat in entry.seats}
        seats = [seat for seat in entry.seats if seat.part_of not in named]
        for known in Known:
            found = [seat for seat in seats if seat.known is known]
            if found:
                names = "; ".join(self.institution(seat.institution) for seat in found)
                sources = tuple(source for seat in found for source in entry.body.members[seat.institution].sources)
                yield f"{self.word(f'known_{known.value}')}: {names} [{say_bases(sources, self.lang)}]"
        invited = [seat.institution for seat in seats if seat.known is None]
        if invited:
            yield f"{self.word('to_be_invited')}: " + "; ".join(self.institution(key) for key in invited)

    def holder(self, holder: Holder | None, body: Body) -> str:
        if holder is None:
            return self.word("not_found")
        return f"{holder.text.text(self.lang)} {self.note(holder.sources, body.key, body.place)}"

    def reason(self, reason: Reason) -> str:
        rule = reason.rule
        return f"{rule.because.text(self.lang)} {self.note(rule.sources, rule.key, rule.place)}"

    def conditional(self, advice: InstitutionAdvice) -> Entry:
        conditions = dict.fromkeys(self.open_condition(reason.rule.when) for reason in advice.depends)
        return Entry(f"{say_institution(advice.term, self.lang)} — {self.word('if')}: " + " / ".join(conditions))

    def question(self, question: Question) -> Entry:
        details = []
        for name, changes in (("yes", question.if_yes), ("no", question.if_no)):
            said = list(self.changes(changes))
            if said:
                details.append(f"{self.word(name)} — " + ". ".join(said))
        return Entry(question.term.question.text(self.lang), tuple(details))

    def changes(self, changes: Iterable[Change]) -> Iterator[str]:
        groups: dict[str, list[str]] = {}
        for change in changes:
            if change.kind == "duty":
                name = {Strength.REQUIRED: "duty_arises", None: "drops"}.get(change.after, "duty_open")
                groups.setdefault(name, []).append(self.recommendation.model.duties[change.key].label.text(self.lang))
            elif change.kind == "institution":
                name = f"becomes_{change.after.value}" if change.after else "drops"
                groups.setdefault(name, []).append(self.institution(change.key))
        for name, keys in groups.items():
            yield f"{self.word(name)}: " + "; ".join(keys)

    def passed_over(self, passed: tuple[PassedOver, ...]) -> Iterator[Entry]:
        lines = []
        listed = {
            advice.key for advice in self.recommendation.institutions if advice.strength is not Strength.CONDITIONAL
        }
        for gap in passed:
            if {self.type_of(key) for key in (*gap.rule.require, *gap.rule.advise)} <= listed:
                continue
            names = "; ".join(self.brought(key) for key in {**gap.rule.require, **gap.rule.advise})
            facts = " / ".join(self.fact(key) for key in gap.missing.facts)
            lines.append(f"{names}: {self.word('missing' if gap.missing.present else 'excluded')}: {facts}")
        distinct = list(dict.fromkeys(lines))
        for line in distinct[:MOST_PASSED_OVER]:
            yield Entry(line)
        if len(distinct) > MOST_PASSED_OVER:
            yield Entry(f"{self.word('others')} ({len(distinct) - MOST_PASSED_OVER})")

    def type_of(self, key: str) -> str:
        return self.catalogue.profiles[key].of if key in self.catalogue.profiles else key

    def brought(self, key: str) -> str:
        if key in self.catalogue.profiles:
            return self.label("profiles", key)
        return self.institution(key)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
