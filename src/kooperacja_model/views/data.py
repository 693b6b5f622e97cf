"""A recommendation as plain data, ready for JSON; the format is versioned."""

from __future__ import annotations

from typing import Any

from kooperacja_model.model import Condition, Duty
from kooperacja_model.organisation import Holder
from kooperacja_model.provenance import Label, Source
from kooperacja_model.recommendation import Change, Reason, Recommendation
from kooperacja_model.seats import BodySeats, InstitutionSeat

__all__ = ["RECOMMENDATION_FORMAT", "source_to_dict", "to_dict"]

RECOMMENDATION_FORMAT = "kooperacja_model/recommendation/1"


def to_dict(recommendation: Recommendation) -> dict[str, Any]:
    """A recommendation as dictionaries, lists, texts and truth values, always in the same order.

    See the page on the JSON format in the documentation for every field.
    """
    model, case = recommendation.model, recommendation.case
    return {
        "format": RECOMMENDATION_FORMAT,
        "model": {"key": model.key, "version": _version(), "hash": model.hash},
        "commune": None if case.commune is None else case.commune.code.text,
        "basis": None if recommendation.basis is None else [basis.value for basis in recommendation.basis],
        "needs": [need.key for need in case.needs],
        "circumstances": {answer.circumstance.key: answer.present for answer in case.answers},
        "sectors": [
            {
                "key": advice.key,
                "strength": advice.strength.value,
                "label": _label(advice.term.label),
                "needs": list(advice.needs),
                "institutions": list(advice.institutions),
                "rules": [reason.rule.key for reason in _distinct(advice.reasons)],
                "depends_on": [_depends(reason) for reason in _distinct(advice.depends)],
            }
            for advice in recommendation.sectors
        ],
        "institutions": [
            {
                "key": advice.key,
                "strength": advice.strength.value,
                "label": _label(advice.term.label),
                "sector": advice.term.sector,
                "needs": list(advice.needs),
                "competences": [{"key": key, "strength": strength.value} for key, strength in advice.competences],
                "profiles": list(advice.profiles),
                "part_of": advice.part_of,
                "outside_team": advice.term.outside_team,
                "reasons": [_reason(reason) for reason in advice.reasons],
                "depends_on": [_reason(reason) for reason in advice.depends],
            }
            for advice in recommendation.institutions
        ],
        "competences": [
            {
                "key": advice.key,
                "strength": advice.strength.value,
                "label": _label(advice.term.label),
                "needs": list(advice.needs),
                "institutions": list(advice.institutions),
                "alternatives": list(advice.alternatives),
                "rules": [reason.rule.key for reason in _distinct(advice.reasons)],
                "depends_on": [_depends(reason) for reason in _distinct(advice.depends)],
            }
            for advice in recommendation.competences
        ],
        "duties": [
            {
                "key": advice.key,
                "strength": advice.strength.value,
                "unknown": list(advice.unknown),
                **_duty(advice.duty),
            }
            for advice in recommendation.duties
        ],
        "questions": [
            {
                "key": question.key,
                "label": _label(question.term.label),
                "question": _label(question.term.question),
                "if_yes": [_change(change) for change in question.if_yes],
                "if_no": [_change(change) for change in question.if_no],
            }
            for question in recommendation.questions
        ],
        "passed_over": [
            {
                "key": gap.key,
                "missing": list(gap.missing.facts),
                "present": gap.missing.present,
                "place": str(gap.rule.place),
            }
            for gap in recommendation.passed_over
        ],
        "unserved": [{"key": gap.key, "why": gap.why.value} for gap in recommendation.unserved],
        "seats": {
            "bodies": [_body(entry) for entry in recommendation.seats.bodies],
            "consulted": list(recommendation.seats.consulted),
        },
    }


def source_to_dict(source: Source) -> dict[str, Any]:
    """A source as plain data."""
    return {
        "basis": source.basis.value,
        "act": None if source.act is None else source.act.key,
        "place": source.passage,
        "page": None if source.page is None else source.page.key,
        "address": None if source.page is None else source.page.address,
        "verified": source.verified,
    }


def _version() -> str:
    from kooperacja_model import __version__

    return __version__


def _label(label: Label) -> dict[str, str]:
    return {"pl": label.pl, "en": label.en}


def _distinct(reasons: tuple[Reason, ...]) -> list[Reason]:
    return list({reason.rule.key: reason for reason in reasons}.values())


def _depends(reason: Reason) -> dict[str, Any]:
    return {"rule": reason.rule.key, "unknown": list(reason.unknown)}


def _condition(condition: Condition) -> dict[str, list[str]]:
    return {"all": list(condition.all), "any": list(condition.any), "none": list(condition.none)}


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule.key,
        "strength": reason.strength.value,
        "needs": list(reason.needs),
        "competences": list(reason.competences),
        "profile": reason.profile,
        "unknown": list(reason.unknown),
        "because": _label(reason.rule.because),
        "when": _condition(reason.rule.when),
        "sources": [source_to_dict(source) for source in reason.rule.sources],
        "place": str(reason.rule.place),
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {
        "label": _label(duty.label),
        "what": _label(duty.what),
        "provided": None if duty.provided is None else _label(duty.provided),
        "who": list(duty.who),
        "who_note": None if duty.who_note is None else _label(duty.who_note),
        "to": list(duty.to),
        "deadline": duty.deadline,
        "deadline_note": None if duty.deadline_note is None else _label(duty.deadline_note),
        "consent": duty.consent.value,
        "consent_note": None if duty.consent_note is None else _label(duty.consent_note),
        "force": duty.force.value,
        "sources": [source_to_dict(source) for source in duty.sources],
        "place": str(duty.place),
    }


def _body(entry: BodySeats) -> dict[str, Any]:
    body = entry.body
    return {
        "key": body.key,
        "label": _label(body.label),
        "abbreviation": body.abbreviation,
        "part": body.part.value,
        "decides": entry.decides,
        "works": entry.works,
        "family": entry.family,
        "before": list(body.before),
        "note": None if body.note is None else _label(body.note),
        "convened_by": _holder(body.convened_by),
        "led_by": _holder(body.led_by),
        "family_known": _holder(body.family),
        "seats": [_seat(seat) for seat in entry.seats],
        "standing": list(entry.standing),
        "sources": [source_to_dict(source) for source in body.sources],
        "place": str(body.place),
    }


def _seat(seat: InstitutionSeat) -> dict[str, Any]:
    return {
        "key": seat.institution,
        "strength": seat.strength.value,
        "known": None if seat.member is None else seat.member.known.value,
        "seat": None if seat.member is None else seat.member.seat.value,
        "proposed": seat.proposed,
        "part_of": seat.part_of,
        "sources": [] if seat.member is None else [source_to_dict(source) for source in seat.member.sources],
    }


def _holder(holder: Holder | None) -> dict[str, Any] | None:
    if holder is None:
        return None
    return {
        "institutions": list(holder.institutions),
        "text": _label(holder.text),
        "sources": [source_to_dict(source) for source in holder.sources],
    }


def _change(change: Change) -> dict[str, str | None]:
    return {
        "kind": change.kind,
        "key": change.key,
        "before": None if change.before is None else change.before.value,
        "after": None if change.after is None else change.after.value,
    }
