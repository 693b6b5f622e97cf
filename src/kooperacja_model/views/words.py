"""The library's own words in both languages, and how sources, terms and durations are said."""

from __future__ import annotations

import re

from kooperacja_model.catalogue import InstitutionType
from kooperacja_model.commune import VOIVODESHIPS, Commune, CommuneKind
from kooperacja_model.model import Consent, Duty, Force, Strength
from kooperacja_model.provenance import Basis, Label, Lang, Source

__all__ = [
    "BASIS",
    "CONSENT",
    "STRENGTH",
    "WORDS",
    "count",
    "say_bases",
    "say_commune",
    "say_deadline",
    "say_duration",
    "say_force",
    "say_institution",
    "say_source",
    "say_sources",
]

WORDS = {
    "title": Label(
        "Propozycja: kogo zaprosić do współpracy z rodziną",
        "Proposal: whom to invite to work with the family",
    ),
    "disclaimer": Label(
        "To propozycja do rozważenia przez zespół razem z rodziną, a nie decyzja. Rodzina bierze udział w ustaleniach.",
        "This is a proposal for the team to weigh together with the family, not a decision. "
        "The family takes part in what is agreed.",
    ),
    "model": Label("Model", "Model"),
    "commune": Label("Gmina", "Commune"),
    "needs": Label("Potrzeby", "Needs"),
    "present": Label("Wiadomo, że", "Known to be so"),
    "absent": Label("Wiadomo, że nie", "Known not to be so"),
    "caution": Label("Uwaga", "Mind"),
    "bases": Label("Tylko reguły na podstawie", "Only rules based on"),
    "duties": Label(
        "Co nakazuje prawo, niezależnie od spotkania zespołu", "What the law demands, whether the team meets or not"
    ),
    "required": Label("Kogo zaprosić koniecznie", "Whom to invite in any case"),
    "advised": Label("Kogo jeszcze warto zaprosić", "Whom else it is worth inviting"),
    "questions": Label("O co warto jeszcze zapytać", "What is worth asking"),
    "more_questions": Label("Dalsze pytania", "Further questions"),
    "conditional": Label("Zależy od odpowiedzi", "Depends on the answers"),
    "conditional_duties": Label("Obowiązki, które mogą dojść", "Duties that may arise"),
    "sectors_required": Label("Sektory do zaproszenia koniecznie", "Sectors to invite in any case"),
    "sectors_advised": Label("Sektory, które warto zaprosić", "Sectors worth inviting"),
    "bases_title": Label("Podstawy", "What this rests on"),
    "bases_remark": Label(
        "Prawo daje instytucji tę kompetencję; to, że powinna usiąść przy stole, jest propozycją. "
        "„Do sprawdzenia” znaczy, że tekstu ustawy nie czytano.",
        'The law gives the institution this competence; that it should sit at the table is a proposal. "To be checked" '
        "means that the text of the act was not read.",
    ),
    "short_remark": Label(
        "To skrót. Pełny tekst ma wszystkie powody, podstawy i pytania.",
        "This is the short form. The full text has all reasons, sources and questions.",
    ),
    "or": Label("lub", "or"),
    "not": Label("brak", "no"),
    "others": Label("i inne", "and others"),
    "all_needs": Label("wszystkie potrzeby", "all needs"),
    "unserved": Label("Potrzeby, dla których nic nie znaleziono", "Needs for which nothing was found"),
    "passed_over": Label("Czego nie wzięto pod uwagę i dlaczego", "What was not taken into account, and why"),
    "seats": Label("Kto przy którym stole", "Who sits where"),
    "part_decides": Label("decyduje o współpracy", "decides on the cooperation"),
    "part_works": Label("pracuje nad sprawą rodziny", "works on the family's case"),
    "part_both": Label(
        "decyduje o współpracy i pracuje nad sprawą rodziny",
        "decides on the cooperation and works on the family's case",
    ),
    "part_diagnoses": Label("przygotowuje diagnozę, gdy zostanie powołany", "prepares the diagnosis, if it is set up"),
    "convenes": Label("zwołuje", "convenes"),
    "leads": Label("prowadzi", "leads"),
    "not_found": Label("nie znaleziono", "not found"),
    "after": Label("dopiero po etapie", "only after the stage"),
    "note": Label("uwaga", "note"),
    "known_always": Label("zasiada w nim zawsze", "always sits there"),
    "known_usually": Label("zasiada w nim zwykle", "usually sits there"),
    "known_seen": Label("widziano w takim zespole", "seen in such a team"),
    "to_be_invited": Label(
        "nie ma wśród znanych członków, do zaproszenia", "not listed among the known members, to be invited"
    ),
    "standing": Label("zasiada w nim zawsze, choć tu nie zalecono", "always sits there, though not recommended here"),
    "proposed": Label(
        "proponowani do tej sprawy: wszyscy z listy „{required}”; osoby z listy „{advised}” do rozważenia",
        'proposed for this case: all of the list "{required}"; those of the list "{advised}" are to be weighed',
    ),
    "family_member": Label("rodzina jest członkiem", "the family is a member"),
    "consulted": Label("tylko do konsultacji, poza zespołami", "only consulted, outside the teams"),
    "for": Label("do czego", "for"),
    "serves": Label("potrzeby", "needs"),
    "yes": Label("jeśli tak", "if yes"),
    "no": Label("jeśli nie", "if no"),
    "who": Label("kto", "who"),
    "to": Label("do kogo", "to whom"),
    "deadline": Label("termin", "deadline"),
    "consent": Label("zgoda rodziny", "consent of the family"),
    "provided": Label("pod warunkiem", "provided"),
    "contact": Label("kontakt dla zespołu, nie jego członek", "a contact for the team, not a member of it"),
    "same": Label(
        "w tej gminie jest częścią tej samej instytucji co", "in this commune a part of the same institution as"
    ),
    "profile": Label("profil", "profile"),
    "if": Label("gdy", "if"),
    "missing": Label("zabrakło", "missing"),
    "excluded": Label("przeszkodziło", "in the way"),
    "may": Label("można (ustawa pozwala, nie nakazuje)", "may (the act allows it, it does not demand it)"),
    "becomes_required": Label("koniecznie", "in any case"),
    "becomes_advised": Label("warto", "worth inviting"),
    "becomes_conditional": Label("zależy jeszcze od innych odpowiedzi", "still depends on other answers"),
    "drops": Label("odpada", "drops out"),
    "duty_arises": Label("powstaje obowiązek", "a duty arises"),
    "duty_open": Label("obowiązek zależy jeszcze od innych odpowiedzi", "the duty still depends on other answers"),
    "why_undecided": Label("to zależy od pytań powyżej", "it depends on the questions above"),
    "why_basis": Label("są reguły, ale na innej podstawie niż wybrana", "there are rules, but not on the bases chosen"),
    "why_no_rule": Label("żadna reguła nie pasuje do tych okoliczności", "no rule fits these circumstances"),
}

STRENGTH = {
    Strength.REQUIRED: Label("koniecznie", "required"),
    Strength.ADVISED: Label("warto", "advised"),
    Strength.CONDITIONAL: Label("zależy", "conditional"),
}

BASIS = {
    Basis.STATUTE: Label("prawo", "law"),
    Basis.MODEL: Label("opis modelu", "description of the model"),
    Basis.PRACTICE: Label("praktyka", "practice"),
    Basis.DESIGN: Label("propozycja biblioteki", "the library's proposal"),
}
"""Short names of the bases, for reasons."""

_BASIS_IN_FULL = {
    Basis.STATUTE: BASIS[Basis.STATUTE],
    Basis.MODEL: Label("opublikowany opis modelu", "published description of the model"),
    Basis.PRACTICE: Label("praktyka, zaobserwowany przypadek, nie norma", "practice, an observed case, not a norm"),
    Basis.DESIGN: Label("własna propozycja biblioteki", "this library's own proposal"),
}

CONSENT = {
    Consent.NOT_NEEDED: Label("nie jest potrzebna", "not needed"),
    Consent.NEEDED: Label("jest potrzebna", "needed"),
    Consent.ON_APPLICATION: Label("na wniosek", "on application"),
    Consent.NOT_STATED: Label("nie podano", "not stated"),
}

_KINDS = {
    CommuneKind.RURAL: Label("gmina wiejska", "rural commune"),
    CommuneKind.URBAN_RURAL: Label("gmina miejsko-wiejska", "urban-rural commune"),
    CommuneKind.URBAN: Label("gmina miejska", "urban commune"),
}


def say_institution(term: InstitutionType, lang: Lang) -> str:
    """Name of an institution type, in Polish with its first abbreviation if that comes from the name."""
    name = term.label.text(lang)
    if lang == "en" or not term.abbreviations:
        return name
    initials = iter("".join(word[0] for word in re.findall(r"\w+", name.casefold())))
    fits = all(letter in initials for letter in term.abbreviations[0].casefold())
    return f"{name} ({term.abbreviations[0]})" if fits else name


def say_bases(sources: tuple[Source, ...], lang: Lang) -> str:
    """The bases of a statement in a word or two."""
    return ", ".join(label.text(lang) for basis, label in BASIS.items() if any(s.basis is basis for s in sources))


def say_commune(commune: Commune, lang: Lang) -> str:
    """Kind, code, name if known, and voivodeship of a commune."""
    voivodeship = VOIVODESHIPS[commune.code.voivodeship]
    kind = _KINDS[commune.kind].text(lang)
    if commune.code.has_powiat_rights:
        kind = Label("miasto na prawach powiatu", "city with powiat rights").text(lang)
    name = f" {commune.name}" if commune.name else ""
    area = f"województwo {voivodeship}" if lang == "pl" else f"{voivodeship} voivodeship"
    return f"{kind}{name}, {commune.code}, {area}"


def say_source(source: Source, lang: Lang) -> str:
    """One source in words: basis, act and passage or page, and how sure it is."""
    words = _BASIS_IN_FULL[source.basis].text(lang)
    if source.act is not None:
        act = source.act.label.text(lang)
        law = Label(f"ustawa {act}", f"the act {act}").text(lang)
        if source.passage:
            law = Label(f"{source.passage} ustawy {act}", f"{source.passage} of the act {act}").text(lang)
        if re.match(r"kodeks|prawo |rozporządzenie|konstytucja", source.act.label.pl, re.IGNORECASE):
            law = f"{act}, {source.passage}" if source.passage else act
        if source.verified:
            sure = Label("tekst sprawdzony", "text read").text(lang)
        elif source.page is not None:
            sure = Label("według strony", "according to a page").text(lang) + f": {source.page.label.text(lang)}"
        else:
            sure = Label("do sprawdzenia w ustawie", "to be checked in the act").text(lang)
        return f"{words}: {law} ({sure})"
    if source.page is not None:
        passage = f", {source.passage}" if source.passage else ""
        return f"{words}: {source.page.label.text(lang)}{passage}"
    return words


def say_sources(sources: tuple[Source, ...], lang: Lang) -> str:
    """All sources of a statement in one phrase."""
    return "; ".join(dict.fromkeys(say_source(source, lang) for source in sources))


_UNITS = {
    "H": (("godzina", "godziny", "godzin"), ("hour", "hours")),
    "D": (("dzień", "dni", "dni"), ("day", "days")),
    "W": (("tydzień", "tygodnie", "tygodni"), ("week", "weeks")),
    "M": (("miesiąc", "miesiące", "miesięcy"), ("month", "months")),
    "Y": (("rok", "lata", "lat"), ("year", "years")),
    "TM": (("minuta", "minuty", "minut"), ("minute", "minutes")),
    "S": (("sekunda", "sekundy", "sekund"), ("second", "seconds")),
}


def count(number: int, forms: tuple[str, str, str]) -> str:
    """A number with the Polish form of its noun.

    >>> count(3, ("dzień", "dni", "dni")), count(12, ("rok", "lata", "lat")), count(22, ("rok", "lata", "lat"))
    ('3 dni', '12 lat', '22 lata')
    """
    if number == 1:
        form = forms[0]
    elif number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        form = forms[1]
    else:
        form = forms[2]
    return f"{number} {form}"


def say_deadline(duty: Duty, lang: Lang) -> str:
    """The deadline of a duty in words, or an empty text if none is known.

    The note of a duty says what the bare duration cannot: whose deadline it is, what it counts from.
    """
    words = ""
    if duty.deadline is not None:
        words = say_duration(duty.deadline, lang)
    if duty.deadline_note is not None:
        note = duty.deadline_note.text(lang)
        words = f"{words} ({note})" if words and not note.startswith(words) else note
    return words


def say_duration(duration: str, lang: Lang) -> str:
    """An ISO 8601 duration in words.

    >>> say_duration("P1M14D", "pl"), say_duration("PT0S", "en")
    ('1 miesiąc 14 dni', 'at once')
    """
    days, _, hours = duration.removeprefix("P").partition("T")
    parts = [(int(number), unit) for number, unit in re.findall(r"(\d+)([YMWD])", days)]
    parts += [(int(number), "TM" if unit == "M" else unit) for number, unit in re.findall(r"(\d+)([HMS])", hours)]
    said = []
    for number, unit in parts:
        if number:
            polish, english = _UNITS[unit]
            said.append(count(number, polish) if lang == "pl" else f"{number} {english[number != 1]}")
    return " ".join(said) or Label("niezwłocznie", "at once").text(lang)


def say_force(duty: Duty, lang: Lang) -> str:
    """A remark for a duty that the law only allows, or an empty text."""
    return WORDS["may"].text(lang) if duty.force is Force.MAY else ""
