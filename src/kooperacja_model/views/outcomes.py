"""What changes between two situations, in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kooperacja_model.model import Strength
from kooperacja_model.outcomes import Aspect, CaseOutcome, OutcomeChange, Outcomes, Situation
from kooperacja_model.provenance import Label, Lang
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of, section_lines, wrapped
from kooperacja_model.views.words import STRENGTH, WORDS, say_bases, say_commune, say_institution

__all__ = ["OUTCOMES_FORMAT", "explain_outcomes", "outcomes_to_dict"]

OUTCOMES_FORMAT = "kooperacja_model/outcomes/1"

_WORDS = {
    "title": Label("Co się zmieni", "What changes"),
    "before": Label("Przed", "Before"),
    "after": Label("Po", "After"),
    "affected": Label("Rodziny, których to dotyczy", "Families affected"),
    "of": Label("z", "of"),
    "nothing": Label("Dla nikogo nic się nie zmienia.", "Nothing changes for anybody."),
    "same": Label("nic się nie zmienia", "nothing changes"),
    "case": Label("Rodzina nr", "Family no."),
    "sector": Label("sektor", "sector"),
    "institution": Label("instytucja", "institution"),
    "competence": Label("kompetencja", "competence"),
    "duty": Label("obowiązek", "duty"),
    "member": Label("zespół", "team"),
    "missing": Label("brak wymaganego członka", "a member that has to be there is missing"),
    "gap": Label("brak w okolicy", "not to be had around"),
    "none": Label("nie było na liście", "not on the list"),
    "gone": Label("wypada z listy", "drops off the list"),
    "member_in": Label("wchodzi", "comes in"),
    "member_out": Label("odchodzi", "leaves"),
    "gap_in": Label("powstaje", "arises"),
    "gap_out": Label("ustaje", "ends"),
    "rule": Label("reguła", "rule"),
    "institutions": Label("instytucje, które się zmieniły", "institutions that changed"),
    "features": Label("cechy gminy", "features of the commune"),
    "conditional": Label("zależy od pytań", "depends on questions"),
}
_COMES_AND_GOES = {Aspect.MEMBER: "member", Aspect.MISSING: "gap", Aspect.GAP: "gap"}


def explain_outcomes(outcomes: Outcomes, lang: Lang = "pl") -> str:
    """What changes, for whom and why.

    Args:
        outcomes: the two situations and what differs.
        lang: `"pl"` or `"en"`.
    """
    speaker = _Speaker(outcomes, lang)
    lines = lines_of(speaker.word("title"), WORDS["disclaimer"].text(lang), [])
    lines.append("")
    for name, situation in (("before", outcomes.before), ("after", outcomes.after)):
        lines += wrapped(f"{speaker.word(name)}: {speaker.situation(situation)}", "", "  ")
    number, total = len(outcomes.affected), len(outcomes.cases)
    lines.append(f"{speaker.word('affected')}: {number} {speaker.word('of')} {total}")
    if not outcomes.affected:
        lines.append(speaker.word("nothing"))
    for case in outcomes.affected:
        lines += section_lines(speaker.case(case))
    return "\n".join(lines) + "\n"


class _Speaker:
    def __init__(self, outcomes: Outcomes, lang: Lang) -> None:
        self.outcomes = outcomes
        self.lang: Lang = lang
        self.catalogue = outcomes.before.model.catalogue

    def word(self, name: str) -> str:
        return _WORDS[name].text(self.lang)

    def situation(self, situation: Situation) -> str:
        name = situation.model.label.text(self.lang)
        if situation.network is None:
            return name
        return f"{name}; {situation.network.name}; {say_commune(situation.network.commune, self.lang)}"

    def case(self, case: CaseOutcome) -> Section:
        needs = "; ".join(need.label.text(self.lang) for need in case.case.needs)
        return Section(
            f"{self.word('case')} {case.number}: {needs}", tuple(self.change(change) for change in case.changes)
        )

    def change(self, change: OutcomeChange) -> Entry:
        said = f"{self.word(change.aspect.value)}: {self.name(change)} — {self.states(change)}"
        return Entry(said, tuple(self.reasons(change)))

    def states(self, change: OutcomeChange) -> str:
        kind = _COMES_AND_GOES.get(change.aspect)
        if kind is not None and (change.before is None or change.after is None):
            return self.word(f"{kind}_in" if change.before is None else f"{kind}_out")
        before = self.word("none") if change.before is None else self.strength(change.before)
        after = self.word("gone") if change.after is None else self.strength(change.after)
        return f"{before} → {after}"

    def strength(self, value: str) -> str:
        if value == Strength.CONDITIONAL.value:
            return self.word("conditional")
        return STRENGTH[Strength(value)].text(self.lang)

    def name(self, change: OutcomeChange) -> str:
        match change.aspect:
            case Aspect.SECTOR:
                return self.catalogue.sectors[change.key].label.text(self.lang)
            case Aspect.INSTITUTION | Aspect.MISSING:
                return say_institution(self.catalogue.institution_types[change.key], self.lang)
            case Aspect.DUTY:
                models = (self.outcomes.before.model, self.outcomes.after.model)
                return next(m.duties[change.key].label.text(self.lang) for m in models if change.key in m.duties)
            case Aspect.MEMBER:
                return self.institution(change.key)
            case _:
                return self.catalogue.competences[change.key].label.text(self.lang)

    def institution(self, key: str) -> str:
        networks = (self.outcomes.before.network, self.outcomes.after.network)
        return next(n.institutions[key].name for n in networks if n is not None and key in n.institutions)

    def reasons(self, change: OutcomeChange) -> Iterator[str]:
        if change.institutions:
            yield f"{self.word('institutions')}: " + "; ".join(self.institution(key) for key in change.institutions)
        if change.features:
            names = "; ".join(self.catalogue.features[key].label.text(self.lang) for key in change.features)
            yield f"{self.word('features')}: {names}"
        for key in change.rules:
            models = (self.outcomes.before.model, self.outcomes.after.model)
            rule = next(model.rules[key] for model in models if key in model.rules)
            yield f"{self.word('rule')} {key}: {rule.because.text(self.lang)} [{say_bases(rule.sources, self.lang)}]"


def outcomes_to_dict(outcomes: Outcomes) -> dict[str, Any]:
    """What changes, as plain data, every list in its order."""
    return {
        "format": OUTCOMES_FORMAT,
        "before": _situation(outcomes.before),
        "after": _situation(outcomes.after),
        "affected": len(outcomes.affected),
        "cases": [
            {
                "number": case.number,
                "needs": [need.key for need in case.case.needs],
                "circumstances": {answer.circumstance.key: answer.present for answer in case.case.answers},
                "changes": [
                    {
                        "aspect": change.aspect.value,
                        "key": change.key,
                        "before": change.before,
                        "after": change.after,
                        "rules": list(change.rules),
                        "institutions": list(change.institutions),
                        "features": list(change.features),
                    }
                    for change in case.changes
                ],
            }
            for case in outcomes.cases
        ],
    }


def _situation(situation: Situation) -> dict[str, Any]:
    network = situation.network
    return {
        "model": {"key": situation.model.key, "hash": situation.model.hash},
        "network": None if network is None else {"name": network.name, "commune": network.commune.code.text},
    }
