"""What nobody in a network holds, in words and as plain data, each with its ways out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kooperacja_model.catalogue import Level
from kooperacja_model.gaps import (
    Gap,
    MissingType,
    Provider,
    Provision,
    StandIn,
    Step,
    WayOut,
    Without,
    find_gaps,
    find_missing_types,
)
from kooperacja_model.model import CooperationModel, Duty, Strength
from kooperacja_model.network import Institution, LocalNetwork
from kooperacja_model.provenance import Basis, Label, Lang
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.views.data import source_to_dict
from kooperacja_model.views.outline import MOST_NAMES, Entry, Section
from kooperacja_model.views.text import lines_of
from kooperacja_model.views.words import BASIS, STRENGTH, WORDS, say_commune, say_institution, say_sources

__all__ = [
    "GAPS_FORMAT",
    "explain_gaps",
    "gap_entries",
    "gap_to_dict",
    "gaps_to_dict",
    "missing_entries",
    "network_facts",
]

GAPS_FORMAT = "kooperacja_model/gaps/1"

_WORDS = {
    "title": Label(
        "Czego brakuje w okolicy dla tej rodziny: propozycja do rozważenia",
        "What is missing around for this family: a proposal to weigh",
    ),
    "remark": Label(
        "Zalecenie dla rodziny porównano z plikiem sieci. Brak w pliku nie znaczy, że czegoś nie ma w gminie: najpierw "
        "warto sprawdzić plik. Co można zrobić, to propozycja; przy instytucjach podano, na jakim prawie się opierają. "
        "Tego, co zależy od odpowiedzi na pytania, nie liczono.",
        "The recommendation for the family was compared with the network file. What is not in the file may well be "
        "there in the commune: look at the file first. What can be done is a proposal; the institutions carry the law "
        "they rest on. What depends on questions that are still open was not counted.",
    ),
    "about": Label("Dla kogo i gdzie", "For whom and where"),
    "network": Label("Sieć instytucji", "Network of institutions"),
    "invented": Label("przykład wymyślony", "an invented example"),
    "assumed": Label(
        "Tylko założono, że działają; trzeba to sprawdzić (liczba instytucji)",
        "Only assumed to exist; to be checked (number of institutions)",
    ),
    "required": Label("Czego nikt nie zapewnia, a jest konieczne", "What nobody provides and is required"),
    "advised": Label("Czego nikt nie zapewnia, a byłoby warto", "What nobody provides and would be worth having"),
    "types": Label("Jakich koniecznych instytucji nie ma w sieci", "Required institutions that are not in the network"),
    "nothing": Label("Niczego nie brakuje", "Nothing is missing"),
    "nothing_line": Label(
        "Wszystko, co zalecono, ktoś z tej sieci zapewnia. Czy ma na to czas i miejsce, trzeba zapytać.",
        "Somebody in this network provides all that is recommended. Whether they have time and room has to be asked.",
    ),
    "named": Label("proponowana instytucja", "proposed institution"),
    "exists": Label("dostępność", "availability"),
    "duties": Label(
        "obowiązki z ustawy, które taka instytucja ma w tej sprawie",
        "statutory duties of such an institution in this case",
    ),
    "not_lifted": Label("zastępstwo ich nie zdejmuje", "a stand-in does not lift them"),
    "meanwhile": Label("tymczasem może to zapewnić", "meanwhile it can be provided by"),
    "nobody": Label("nikt w sieci tego nie zapewnia", "nobody in the network provides it"),
    "reason": Label("powód podany w pliku", "reason given in the file"),
    "no_reason": Label("nie wpisano, że to robi; jeśli robi, dopisać", "not entered as doing it; if it does, add it"),
    "what": Label("co można zrobić", "what can be done"),
    "ask": Label(
        "zapytać instytucję, która jest w sieci i mogłaby to robić",
        "ask the institution that is in the network and might do it",
    ),
    "enter": Label(
        "zajrzeć do pliku sieci: pewnie brakuje tylko wpisu, trzeba go dodać",
        "look at the network file: probably only the entry is missing, add it",
    ),
    "check": Label(
        "sprawdzić, czy brakuje tylko wpisu w pliku sieci",
        "check whether only the entry in the network file is missing",
    ),
    "extend": Label(
        "porozumieć się z instytucją z pliku, która na razie nie obsługuje tej gminy",
        "agree with an institution of the file that does not serve this commune so far",
    ),
    "agree": Label("poprosić o pomoc spoza gminy", "ask for help from outside the commune"),
    "set_up": Label(
        "gmina mogłaby to zorganizować albo zlecić; kto mógłby to robić",
        "the commune could organise or commission it; who could do it",
    ),
    "invite": Label("zaprosić albo wesprzeć na miejscu", "invite or support on the spot"),
}

_LEVELS = {
    Level.GMINA: Label("gmina", "commune"),
    Level.POWIAT: Label("powiat", "powiat"),
    Level.WOJEWODZTWO: Label("województwo", "voivodeship"),
    Level.STATE: Label("państwo", "state"),
    Level.CIVIC: Label("organizacje", "organisations"),
}


def explain_gaps(recommendation: Recommendation, network: LocalNetwork, lang: Lang = "pl") -> str:
    """What is missing for a family in the network of its commune, as a text for the meeting.

    Args:
        recommendation: what the family needs.
        network: the institutions of the family's commune.
        lang: `"pl"` or `"en"`.

    Raises:
        NetworkError: the family lives in another commune, or the two use different catalogues.
    """
    model = recommendation.model
    gaps = find_gaps(recommendation, network)
    types = find_missing_types(recommendation, network)
    needs = "; ".join(need.label.text(lang) for need in recommendation.case.needs)
    sections = [
        Section(_say("about", lang), (*network_facts(model, network, lang), Entry(_fact("needs", needs, lang))))
    ]
    for name, strength in (("required", Strength.REQUIRED), ("advised", Strength.ADVISED)):
        its = [gap for gap in gaps if gap.strength is strength]
        sections.append(Section(_say(name, lang), tuple(gap_entries(its, model, lang)), numbered=True))
    sections.append(Section(_say("types", lang), tuple(missing_entries(types, model, lang)), numbered=True))
    if not gaps and not types:
        sections.append(Section(_say("nothing", lang), (Entry(_say("nothing_line", lang)),)))
    remark = f"{WORDS['disclaimer'].text(lang)} {_say('remark', lang)}"
    return "\n".join(lines_of(_say("title", lang), remark, [its for its in sections if its.entries])) + "\n"


def network_facts(model: CooperationModel, network: LocalNetwork, lang: Lang) -> tuple[Entry, ...]:
    """Model, commune and network, and how much of the network is only assumed."""
    invented = f" ({_say('invented', lang)})" if network.invented else ""
    facts = [
        Entry(_fact("model", model.label.text(lang), lang)),
        Entry(_fact("commune", say_commune(network.commune, lang), lang)),
        Entry(f"{_say('network', lang)}: {network.name}{invented}"),
    ]
    assumed = sum(institution.origin.basis is Basis.DESIGN for institution in network.institutions.values())
    if assumed:
        facts.append(Entry(f"{_say('assumed', lang)}: {assumed}"))
    return tuple(facts)


def gap_entries(gaps: Iterable[Gap], model: CooperationModel, lang: Lang) -> Iterator[Entry]:
    """Each gap: the competence, what it is for, who should have it, and what can be done."""
    speaker = _Speaker(model, lang)
    for gap in gaps:
        yield speaker.gap(gap)


def missing_entries(types: Iterable[MissingType], model: CooperationModel, lang: Lang) -> Iterator[Entry]:
    """Each missing institution type: who stands in for it meanwhile, and what can be done."""
    speaker = _Speaker(model, lang)
    for missing in types:
        yield speaker.missing(missing)


def _say(name: str, lang: Lang) -> str:
    return _WORDS[name].text(lang)


def _fact(name: str, value: str, lang: Lang) -> str:
    return f"{WORDS[name].text(lang)}: {value}"


class _Speaker:
    def __init__(self, model: CooperationModel, lang: Lang) -> None:
        self.catalogue = model.catalogue
        self.lang: Lang = lang

    def say(self, name: str) -> str:
        return _say(name, self.lang)

    def gap(self, gap: Gap) -> Entry:
        strength = STRENGTH[gap.strength].text(self.lang)
        details = [self.needs(gap.needs)]
        details += [f"{self.say('named')}: {self.provision(provision)}" for provision in gap.provisions]
        if gap.duties:
            details.append(self.duties(gap.duties))
        details += self.steps(gap.steps, gap.present)
        return Entry(f"{_upper(gap.term.label.text(self.lang))} ({strength})", tuple(details))

    def missing(self, missing: MissingType) -> Entry:
        details = [self.needs(missing.needs), f"{self.say('exists')}: {self.existence(missing.provision)}"]
        if missing.part_of is not None:
            whole = say_institution(self.catalogue.institution_types[missing.part_of], self.lang)
            details.append(f"{WORDS['same'].text(self.lang)} {whole}")
        details += self.stand_ins(missing.stand_ins)
        if missing.duties:
            details.append(f"{self.duties(missing.duties)} ({self.say('not_lifted')})")
        details += self.steps(missing.steps, ())
        return Entry(_upper(say_institution(missing.provision.term, self.lang)), tuple(details))

    def needs(self, needs: tuple[str, ...]) -> str:
        names = self.some([self.catalogue.needs[key].label.text(self.lang) for key in needs])
        return f"{WORDS['serves'].text(self.lang)}: {names}"

    def provision(self, provision: Provision) -> str:
        return f"{say_institution(provision.term, self.lang)} — {self.existence(provision)}"

    def existence(self, provision: Provision) -> str:
        """How sure it is that there is one, and on which law that rests."""
        said = self.availability(provision.term.availability)
        if provision.sources:
            said += f" [{say_sources(provision.sources, self.lang)}]"
        return said

    def availability(self, code: str) -> str:
        return self.catalogue.availability[code].label.text(self.lang)

    def duties(self, duties: tuple[Duty, ...]) -> str:
        return f"{self.say('duties')}: {self.some([duty.label.text(self.lang) for duty in duties])}"

    def stand_ins(self, stand_ins: tuple[StandIn, ...]) -> Iterator[str]:
        """Who holds the competences of a missing type; those with the same holders in one line."""
        groups: dict[tuple[Institution, ...], list[str]] = {}
        for stand_in in stand_ins:
            groups.setdefault(stand_in.institutions, []).append(stand_in.competence.label.text(self.lang))
        for institutions, competences in groups.items():
            who = f"{self.say('meanwhile')}: {self.names(institutions)}" if institutions else self.say("nobody")
            yield f"{'; '.join(competences)} — {who}"

    def steps(self, steps: tuple[Step, ...], present: tuple[Without, ...]) -> Iterator[str]:
        own = BASIS[Basis.DESIGN].text(self.lang)
        yield f"{self.say('what')} [{own}]:"
        for number, step in enumerate(steps, 1):
            if step.way is WayOut.ASK:
                who = "; ".join(self.without(entry) for entry in present)
            elif step.way is WayOut.EXTEND:
                who = self.names(step.institutions)
            elif step.way in (WayOut.ENTER, WayOut.CHECK):
                who = self.by_availability(step.providers)
            else:
                who = self.some([self.provider(provider, step.way) for provider in step.providers])
            yield f"{number}) {self.say(step.way.value)}: {who}"

    def without(self, entry: Without) -> str:
        why = self.say("no_reason") if entry.reason is None else f"{self.say('reason')}: „{entry.reason}”"
        return f"{entry.institution.name} ({why})"

    def by_availability(self, providers: tuple[Provider, ...]) -> str:
        """Types, those that are as sure to be there together."""
        groups: dict[str, list[str]] = {}
        for provider in providers:
            groups.setdefault(provider.term.availability, []).append(self.provider(provider, WayOut.CHECK))
        return "; ".join(f"{self.some(names)} ({self.availability(code)})" for code, names in groups.items())

    def provider(self, provider: Provider, way: WayOut) -> str:
        name = say_institution(provider.term, self.lang)
        if provider.profile is not None:
            name = provider.profile.label.text(self.lang)
        if way is not WayOut.AGREE:
            return name
        return f"{name} ({', '.join(_LEVELS[level].text(self.lang) for level in provider.levels)})"

    def names(self, institutions: tuple[Institution, ...]) -> str:
        return self.some([institution.name for institution in institutions])

    def some(self, names: list[str]) -> str:
        """The first ones of many names."""
        if len(names) <= MOST_NAMES + 1:
            return "; ".join(names)
        return f"{'; '.join(names[:MOST_NAMES])} {WORDS['others'].text(self.lang)} ({len(names) - MOST_NAMES})"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def gaps_to_dict(recommendation: Recommendation, network: LocalNetwork) -> dict[str, Any]:
    """What is missing for a family as plain data (format `kooperacja_model/gaps/1`), every list in its order."""
    from kooperacja_model import __version__

    model, case = recommendation.model, recommendation.case
    return {
        "format": GAPS_FORMAT,
        "model": {"key": model.key, "version": __version__, "hash": model.hash},
        "commune": network.commune.code.text,
        "network": network.name,
        "invented": network.invented,
        "needs": [need.key for need in case.needs],
        "circumstances": {answer.circumstance.key: answer.present for answer in case.answers},
        "gaps": [gap_to_dict(gap) for gap in find_gaps(recommendation, network)],
        "missing_types": [
            {
                **_provision(missing.provision),
                "label": _label(missing.provision.term.label),
                "needs": list(missing.needs),
                "stand_ins": [
                    {"competence": its.competence.key, "institutions": [holder.key for holder in its.institutions]}
                    for its in missing.stand_ins
                ],
                "duties": [duty.key for duty in missing.duties],
                "part_of": missing.part_of,
                "ways_out": [_step(step) for step in missing.steps],
            }
            for missing in find_missing_types(recommendation, network)
        ],
    }


def gap_to_dict(gap: Gap) -> dict[str, Any]:
    """One gap as plain data."""
    return {
        "key": gap.key,
        "label": _label(gap.term.label),
        "strength": gap.strength.value,
        "needs": list(gap.needs),
        "named": [_provision(provision) for provision in gap.provisions],
        "duties": [duty.key for duty in gap.duties],
        "present": [{"institution": entry.institution.key, "reason": entry.reason} for entry in gap.present],
        "elsewhere": [institution.key for institution in gap.elsewhere],
        "nearby": [_provider(provider) for provider in gap.nearby],
        "local": [_provider(provider) for provider in gap.local],
        "ways_out": [_step(step) for step in gap.steps],
    }


def _label(label: Label) -> dict[str, str]:
    return {"pl": label.pl, "en": label.en}


def _provision(provision: Provision) -> dict[str, Any]:
    return {
        "type": provision.key,
        "availability": provision.term.availability,
        "guaranteed": provision.guaranteed,
        "there": provision.there,
        "sources": [source_to_dict(source) for source in provision.sources],
    }


def _provider(provider: Provider) -> dict[str, Any]:
    return {
        "type": provider.key,
        "profile": None if provider.profile is None else provider.profile.key,
        "levels": [level.value for level in provider.levels],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "way": step.way.value,
        "basis": Basis.DESIGN.value,
        "types": [_provider(provider) for provider in step.providers],
        "institutions": [institution.key for institution in step.institutions],
    }
