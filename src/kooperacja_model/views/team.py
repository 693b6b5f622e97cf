"""A team in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kooperacja_model.organisation import Body
from kooperacja_model.provenance import Basis, Label, Lang
from kooperacja_model.recommendation import Recommendation
from kooperacja_model.team import Consulted, Mandate, MissingMandate, Team, TeamMember, WhyConsulted, WhyIn
from kooperacja_model.views.gaps import gap_entries
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of, section_lines, wrapped
from kooperacja_model.views.words import WORDS, count, say_commune, say_institution

__all__ = ["TEAM_FORMAT", "explain_team", "team_to_dict"]

TEAM_FORMAT = "kooperacja_model/team/1"

_WORDS = {
    "title": Label("Propozycja zespołu dla rodziny", "Proposed team for the family"),
    "network": Label("Sieć instytucji", "Network of institutions"),
    "invented": Label("przykład wymyślony", "an invented example"),
    "members": Label("Kto w zespole", "Who is in the team"),
    "always": Label("zawsze zasiada w zespole albo go prowadzi", "always sits in the team or leads it"),
    "duty": Label("ma obowiązek ustawowy", "has a statutory duty"),
    "caller": Label("wskazano, że ma być w zespole", "named to be in the team"),
    "covers": Label("wnosi to, co konieczne", "brings what is required"),
    "stands_in": Label(
        "w zastępstwie instytucji, której w okolicy nie ma",
        "stands in for an institution that is not there, for",
    ),
    "advised": Label("przy okazji wnosi", "brings along"),
    "outside": Label("spoza gminy", "from outside the commune"),
    "distance": Label("odległość", "distance"),
    "bound": Label("podpisano porozumienie lub deklarację", "signed an agreement or a declaration"),
    "alternatives": Label("zamiast tej instytucji może przyjść", "may come in its place"),
    "statute": Label("działa z mocy prawa; nazwę i siedzibę trzeba wpisać", "exists by law; enter its name and seat"),
    "assumed": Label("założono, że działa; trzeba to sprawdzić", "assumed to exist; check it"),
    "missing": Label("Kto powinien być, a nie ma go w sieci", "Who should be there and is not in the network"),
    "was_for": Label("chodzi o", "it is about"),
    "stand_ins": Label(
        "tymczasem wnoszą to inni, co nie przenosi na nich obowiązku",
        "meanwhile brought by others, to whom the duty does not pass",
    ),
    "no_stand_in": Label("nikt w zespole tego nie wnosi", "nobody in the team brings it"),
    "availability": Label("czy jest w każdej gminie", "whether every commune has it"),
    "gaps": Label("Czego nikt w okolicy nie zapewnia", "What nobody around provides"),
    "bodies": Label("Kto decyduje, a kto pracuje nad sprawą", "Who decides and who works on the case"),
    "heads": Label("kierownicy lub upoważnieni", "heads or those they authorise"),
    "specialists": Label("specjaliści", "specialists"),
    "all_members": Label("ze wszystkich instytucji w zespole", "of all institutions in the team"),
    "also": Label("a także", "and also"),
    "consulted": Label("Kogo tylko zapytać", "Whom only to consult"),
    "why_contact": Label("kontakt dla zespołu, nie jego członek", "a contact for the team, not a member of it"),
    "why_covered": Label("warto zapytać; zespół ma to także bez tego", "worth asking; the team has this without it"),
    "why_advised": Label("może dodać", "may add"),
    "proof": Label("Czy da się prościej", "Whether it can be simpler"),
    "proven": Label(
        "Sprawdzono wszystkie możliwości: żaden zespół z tej sieci nie obejmuje tych samych kompetencji z mniejszą "
        "liczbą instytucji spoza gminy, a przy tej samej ich liczbie żaden nie jest mniejszy.",
        "All possibilities were checked: no team from this network covers the same competences with fewer "
        "institutions from outside the commune, and with as many of them none is smaller.",
    ),
    "not_proven": Label(
        "Nie sprawdzono wszystkich możliwości. Dowiedziono tylko, że nie da się mniej niż: spoza gminy {outside}, "
        "a przy tej liczbie członków {members}.",
        "Not all possibilities were checked. It is only proven that there are no fewer than: from outside the commune "
        "{outside}, and with that number members {members}.",
    ),
    "open": Label(
        "Są jeszcze pytania bez odpowiedzi; odpowiedzi mogą zmienić zespół",
        "There are open questions; the answers may change the team",
    ),
    "family": Label(
        "Rodzina bierze udział w pracy zespołu i nie wlicza się do tej liczby.",
        "The family takes part in the team's work and is not counted here.",
    ),
}

_MEMBERS = (("instytucja", "instytucje", "instytucji"), ("institution", "institutions"))


def explain_team(team: Team, lang: Lang = "pl") -> str:
    """A team as a text for the meeting.

    Args:
        team: the team.
        lang: `"pl"` or `"en"`.
    """
    speaker = _Speaker(team, lang)
    lines = lines_of(speaker.word("title"), WORDS["disclaimer"].text(lang), [])
    lines.append("")
    for name, value in speaker.facts():
        lines += wrapped(f"{name}: {value}", "", "  ")
    for section in speaker.sections():
        if section.entries:
            lines += section_lines(section)
    return "\n".join(lines) + "\n"


class _Speaker:
    def __init__(self, team: Team, lang: Lang) -> None:
        self.team = team
        self.network = team.network
        self.recommendation: Recommendation = team.recommendation
        self.model = team.recommendation.model
        self.catalogue = team.recommendation.model.catalogue
        self.lang: Lang = lang

    def word(self, name: str) -> str:
        return _WORDS[name].text(self.lang)

    def competences(self, keys: Iterable[str]) -> str:
        return "; ".join(self.catalogue.competences[key].label.text(self.lang) for key in keys)

    def type(self, key: str) -> str:
        return say_institution(self.catalogue.institution_types[key], self.lang)

    def name(self, key: str) -> str:
        return self.network.institutions[key].name

    def facts(self) -> Iterator[tuple[str, str]]:
        case = self.recommendation.case
        invented = f" ({self.word('invented')})" if self.network.invented else ""
        yield WORDS["model"].text(self.lang), self.model.label.text(self.lang)
        yield WORDS["commune"].text(self.lang), say_commune(self.network.commune, self.lang)
        yield self.word("network"), f"{self.network.name}{invented}"
        yield WORDS["needs"].text(self.lang), "; ".join(need.label.text(self.lang) for need in case.needs)
        for circumstance in self.catalogue.circumstances.values():
            if circumstance.caution is not None and self.recommendation.facts.get(circumstance.key):
                yield WORDS["caution"].text(self.lang), circumstance.caution.text(self.lang)

    def sections(self) -> Iterator[Section]:
        team = self.team
        yield Section(self.word("members"), tuple(self.member(member) for member in team.members), numbered=True)
        yield Section(self.word("missing"), tuple(self.missing(entry) for entry in team.missing))
        yield Section(self.word("gaps"), tuple(gap_entries(team.gaps, self.model, self.lang)))
        yield Section(self.word("bodies"), tuple(self.bodies()))
        yield Section(self.word("consulted"), tuple(self.consulted(entry) for entry in team.consulted))
        yield Section(self.word("proof"), tuple(self.proof()))

    def member(self, member: TeamMember) -> Entry:
        network = self.network
        details = [self.mandate(mandate) for mandate in member.mandates]
        if member.covers:
            details.append(f"{self.word('covers')}: {self.competences(member.covers)}")
        if member.stands_in:
            details.append(f"{self.word('stands_in')}: {self.competences(member.stands_in)}")
        if member.advised:
            details.append(f"{self.word('advised')}: {self.competences(member.advised)}")
        where = [self.word("outside")] if member.outside else []
        if member.institution.distance_km is not None:
            where.append(f"{self.word('distance')}: {member.institution.distance_km} km")
        if member.bound:
            where.append(self.word("bound"))
        if where:
            details.append("; ".join(where))
        if member.alternatives:
            details.append(f"{self.word('alternatives')}: {'; '.join(self.name(key) for key in member.alternatives)}")
        if member.institution.origin.basis is Basis.STATUTE:
            details.append(self.word("statute"))
        elif member.institution.origin.basis is Basis.DESIGN:
            details.append(self.word("assumed"))
        types = "; ".join(self.type(key) for key in network.types[member.key])
        name = member.institution.name
        return Entry(name if self.same(name, types) else f"{name} — {types}", tuple(details))

    @staticmethod
    def same(name: str, types: str) -> bool:
        """Whether the name says the type already."""
        return name.casefold().startswith(types.partition(" (")[0].casefold())

    def mandate(self, mandate: Mandate) -> str:
        if mandate.why is WhyIn.CALLER:
            return self.word("caller")
        if mandate.why is WhyIn.BODY:
            names = "; ".join(self.body(self.model.bodies[key]) for key in mandate.keys)
            return f"{self.type(mandate.type)}: {self.word('always')}: {names}"
        names = "; ".join(self.model.duties[key].label.text(self.lang) for key in mandate.keys)
        return f"{self.type(mandate.type)}: {self.word('duty')}: {names}"

    def body(self, body: Body) -> str:
        name = body.label.text(self.lang)
        return f"{name} ({body.abbreviation})" if body.abbreviation else name

    def missing(self, entry: MissingMandate) -> Entry:
        term = self.catalogue.institution_types[entry.type]
        availability = self.catalogue.availability[term.availability].label.text(self.lang)
        details = [
            *(self.mandate(mandate) for mandate in entry.mandates),
            f"{self.word('availability')}: {availability}",
        ]
        if entry.competences:
            details.append(f"{self.word('was_for')}: {self.competences(entry.competences)}")
            names = "; ".join(self.name(key) for key in entry.stand_ins)
            details.append(f"{self.word('stand_ins')}: {names}" if names else self.word("no_stand_in"))
        return Entry(self.type(entry.type), tuple(details))

    def bodies(self) -> Iterator[Entry]:
        for entry in self.team.bodies:
            who = self.word("specialists" if entry.works else "heads")
            said = f"{who}: {self.word('all_members')} ({len(self.team.members)})"
            more = [self.name(key) for key in entry.institutions if key not in self.team.keys]
            if more:
                said += f"; {self.word('also')}: {'; '.join(more)}"
            part = WORDS[f"part_{entry.body.part.value}"].text(self.lang)
            yield Entry(f"{self.body(entry.body)}: {part}", (said,))

    def consulted(self, entry: Consulted) -> Entry:
        said = f"{self.name(entry.institution)}: {self.word(f'why_{entry.why.value}')}"
        if entry.why is not WhyConsulted.CONTACT:
            return Entry(f"{said}: {self.competences(entry.competences)}")
        return Entry(said, (self.competences(entry.competences),))

    def proof(self) -> Iterator[Entry]:
        team = self.team
        outside, size = team.cost
        polish, english = _MEMBERS
        said = count(size, polish) if self.lang == "pl" else f"{size} {english[size != 1]}"
        yield Entry(f"{said}, {self.word('outside')}: {outside}. {self.word('family')}")
        least = {"outside": team.bound[0], "members": team.bound[1]}
        yield Entry(self.word("proven") if team.optimal else self.word("not_proven").format(**least))
        if self.recommendation.undecided:
            questions = "; ".join(q.term.question.text(self.lang) for q in self.recommendation.questions[:4])
            yield Entry(f"{self.word('open')}: {questions}")


def team_to_dict(team: Team) -> dict[str, Any]:
    """A team as plain data, every list in its order."""
    case = team.recommendation.case
    return {
        "format": TEAM_FORMAT,
        "model": {"key": team.recommendation.model.key, "hash": team.recommendation.model.hash},
        "commune": team.network.commune.code.text,
        "network": team.network.name,
        "invented": team.network.invented,
        "needs": [need.key for need in case.needs],
        "circumstances": {answer.circumstance.key: answer.present for answer in case.answers},
        "members": [_member(member) for member in team.members],
        "missing": [
            {
                "type": entry.type,
                "mandates": [_mandate(mandate) for mandate in entry.mandates],
                "competences": list(entry.competences),
                "stand_ins": list(entry.stand_ins),
            }
            for entry in team.missing
        ],
        "uncovered": list(team.uncovered),
        "consulted": [
            {"institution": entry.institution, "why": entry.why.value, "competences": list(entry.competences)}
            for entry in team.consulted
        ],
        "bodies": [
            {
                "key": entry.body.key,
                "decides": entry.decides,
                "works": entry.works,
                "institutions": list(entry.institutions),
            }
            for entry in team.bodies
        ],
        "optimal": team.optimal,
        "cost": {"outside": team.cost[0], "members": team.cost[1]},
        "bound": {"outside": team.bound[0], "members": team.bound[1]},
        "open_questions": [question.key for question in team.recommendation.questions],
    }


def _member(member: TeamMember) -> dict[str, Any]:
    return {
        "key": member.key,
        "name": member.institution.name,
        "mandates": [_mandate(mandate) for mandate in member.mandates],
        "covers": list(member.covers),
        "only": list(member.only),
        "stands_in": list(member.stands_in),
        "advised": list(member.advised),
        "outside": member.outside,
        "bound": member.bound,
        "alternatives": list(member.alternatives),
    }


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {"type": mandate.type, "why": mandate.why.value, "keys": list(mandate.keys)}
