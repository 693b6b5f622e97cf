"""What a network can serve and on whom that hangs, in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kooperacja_model.measures import Broker, Coverage, Dependence, Hit, Measures, NeedCoverage
from kooperacja_model.network import Institution
from kooperacja_model.provenance import Basis, Label, Lang
from kooperacja_model.views.gaps import gap_entries, gap_to_dict, network_facts
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of
from kooperacja_model.views.words import count

__all__ = ["MEASURES_FORMAT", "explain_measures", "explain_needs", "measures_to_dict"]

MEASURES_FORMAT = "kooperacja_model/measures/1"

_WORDS = {
    "coverage_title": Label(
        "Co ta sieć może zapewnić, a czego w niej brakuje: propozycja do rozważenia",
        "What this network can provide and what it lacks: a proposal to weigh",
    ),
    "measures_title": Label(
        "Na kim opiera się ta sieć: propozycja do rozważenia", "On whom this network rests: a proposal to weigh"
    ),
    "coverage_remark": Label(
        "Każdą potrzebę wzięto osobno, bez innych okoliczności. Liczono tylko to, co jest na pewno konieczne; tego, co "
        "zależy od odpowiedzi na pytania, nie liczono. Brak w pliku sieci nie znaczy, że czegoś nie ma w gminie.",
        "Each need was taken alone, without other circumstances. Only what is certainly required was counted, not what "
        "depends on questions. What is not in the network file may well be there in the commune.",
    ),
    "measures_remark": Label(
        "To obliczenie z pliku sieci, nie ocena instytucji. Każdą potrzebę wzięto osobno i liczono tylko to, co jest "
        "na pewno konieczne; tego, co zależy od odpowiedzi na pytania, nie liczono. O tym, kto z kim współpracuje, "
        "mówią tu tylko podpisane porozumienia i deklaracje.",
        "This is calculated from the network file; it does not rate the institutions. Each need was taken alone, and "
        "only what is certainly required was counted, not what depends on questions. Who works with whom is seen here "
        "only by signed agreements and declarations.",
    ),
    "about": Label("O jakiej sieci mowa", "Which network this is about"),
    "full": Label("Potrzeby, dla których jest wszystko, co konieczne", "Needs for which all that is required is there"),
    "partly": Label("Potrzeby, dla których jest tylko część", "Needs for which only a part is there"),
    "not_at_all": Label(
        "Potrzeby, dla których nie ma nic z tego, co konieczne", "Needs for which nothing that is required is there"
    ),
    "open": Label(
        "Potrzeby, dla których bez dalszych pytań nic nie jest konieczne",
        "Needs for which nothing is required without further questions",
    ),
    "missing": Label("brakuje", "missing"),
    "gaps": Label("Czego brakuje i co można zrobić", "What is missing and what can be done"),
    "summary": Label("Ile potrzeb ta sieć może zapewnić", "How many needs this network can serve"),
    "single": Label(
        "Bez kogo nie dałoby się zapewnić tego, co konieczne", "Without whom what is required could not be provided"
    ),
    "sole_only": Label("Kto jeszcze ma coś, czego nie ma nikt inny", "Who else has something that nobody else has"),
    "only_here": Label("tylko ta instytucja to zapewnia", "only this institution provides"),
    "assumed": Label("tylko założono, że działa; trzeba to sprawdzić", "only assumed to exist; to be checked"),
    "if_gone_partly": Label(
        "gdyby jej zabrakło, dla tych potrzeb byłaby już tylko część tego, co konieczne",
        "if it left, only a part of what is required would be there for",
    ),
    "if_gone_not_at_all": Label(
        "gdyby jej zabrakło, dla tych potrzeb nie byłoby nic z tego, co konieczne",
        "if it left, nothing that is required would be there for",
    ),
    "if_gone_worse": Label(
        "gdyby jej zabrakło, dla tych potrzeb brakowałoby jeszcze więcej", "if it left, even more would be missing for"
    ),
    "brokers": Label("Kto łączy innych", "Who joins others"),
    "broker": Label(
        "pośrednik: najkrótsza droga porozumień prowadzi przez tę instytucję dla {share} na 100 par innych instytucji",
        "a go-between: the shortest way of agreements leads over it for {share} of 100 pairs of other institutions",
    ),
    "about_share": Label("około {number}", "about {number}"),
    "less_than_one": Label("mniej niż 1", "less than 1"),
    "cuts": Label(
        "bez niej część instytucji nie byłaby już połączona z pozostałymi",
        "without it some institutions would no longer be joined with the rest",
    ),
    "groups": Label("Kto jest połączony porozumieniami", "Who is joined by agreements"),
    "no_agreements": Label(
        "W pliku nie ma żadnego porozumienia ani deklaracji.", "The file has no agreement and no declaration."
    ),
    "isolated": Label("Kto z nikim niczego nie podpisał", "Who signed nothing with anybody"),
    "isolated_line": Label(
        "W pliku nie ma ich porozumienia ani deklaracji; jeśli coś podpisali, warto to dopisać",
        "The file has no agreement or declaration of theirs; if they signed something, add it",
    ),
}

_INSTITUTIONS = (("instytucja", "instytucje", "instytucji"), ("institution", "institutions"))


def explain_needs(measures: Measures, lang: Lang = "pl") -> str:
    """Which needs the network can serve, what is missing, and what can be done about it.

    Args:
        measures: what was measured.
        lang: `"pl"` or `"en"`.
    """
    speaker = _Speaker(measures, lang)
    return speaker.text("coverage", [*speaker.needs(), *speaker.gaps()])


def explain_measures(measures: Measures, lang: Lang = "pl") -> str:
    """On whom the network rests: single points of failure, who joins others, who is alone.

    Args:
        measures: what was measured.
        lang: `"pl"` or `"en"`.
    """
    speaker = _Speaker(measures, lang)
    return speaker.text("measures", [*speaker.summary(), *speaker.dependences(), *speaker.ties()])


class _Speaker:
    def __init__(self, measures: Measures, lang: Lang) -> None:
        self.measures = measures
        self.catalogue = measures.model.catalogue
        self.lang: Lang = lang

    def word(self, name: str) -> str:
        return _WORDS[name].text(self.lang)

    def text(self, name: str, sections: Iterable[Section]) -> str:
        """A text of sections, those without entries left out."""
        about = Section(self.word("about"), network_facts(self.measures.model, self.measures.network, self.lang))
        said = [about, *(section for section in sections if section.entries)]
        return "\n".join(lines_of(self.word(f"{name}_title"), self.word(f"{name}_remark"), said)) + "\n"

    # -- what can be served ------------------------------------------------------------------------

    def needs(self) -> Iterator[Section]:
        for coverage in Coverage:
            entries = tuple(Entry(self.need(entry)) for entry in self.measures.of(coverage))
            yield Section(self.word(coverage.value), entries, numbered=True)

    def need(self, entry: NeedCoverage) -> str:
        name = entry.need.label.text(self.lang)
        if entry.coverage is not Coverage.PARTLY:
            return name
        return f"{name} — {self.word('missing')}: {self.competences(entry.missing)}"

    def gaps(self) -> Iterator[Section]:
        entries = tuple(gap_entries(self.measures.gaps, self.measures.model, self.lang))
        yield Section(self.word("gaps"), entries, numbered=True)

    def summary(self) -> Iterator[Section]:
        counts = [(coverage, len(self.measures.of(coverage))) for coverage in Coverage]
        yield Section(
            self.word("summary"),
            tuple(Entry(f"{self.word(coverage.value)}: {number}") for coverage, number in counts if number),
        )

    # -- on whom it hangs --------------------------------------------------------------------------

    def dependences(self) -> Iterator[Section]:
        hit = [entry for entry in self.measures.dependences if entry.hits]
        rest = [entry for entry in self.measures.dependences if not entry.hits]
        yield Section(self.word("single"), tuple(self.dependence(entry) for entry in hit), numbered=True)
        yield Section(self.word("sole_only"), tuple(self.dependence(entry) for entry in rest))

    def dependence(self, entry: Dependence) -> Entry:
        details = [f"{self.word('only_here')}: {self.competences(entry.sole)}"]
        if entry.institution.origin.basis is Basis.DESIGN:
            details.append(self.word("assumed"))
        for name in ("partly", "not_at_all"):
            drops = [hit for hit in entry.drops if hit.after.value == name]
            if drops:
                details.append(f"{self.word(f'if_gone_{name}')} ({len(drops)}): {self.hits(drops)}")
        worse = [hit for hit in entry.hits if not hit.drops]
        if worse:
            details.append(f"{self.word('if_gone_worse')} ({len(worse)}): {self.hits(worse)}")
        return Entry(entry.institution.name, tuple(details))

    def hits(self, hits: list[Hit]) -> str:
        return "; ".join(hit.need.label.text(self.lang) for hit in hits)

    def competences(self, keys: tuple[str, ...]) -> str:
        return "; ".join(self.catalogue.competences[key].label.text(self.lang) for key in keys)

    # -- who is joined -----------------------------------------------------------------------------

    def ties(self) -> Iterator[Section]:
        yield Section(self.word("brokers"), tuple(self.broker(broker) for broker in self.measures.brokers))
        groups = tuple(
            Entry(f"{self.count(len(group), _INSTITUTIONS)}: {self.names(group)}") for group in self.measures.groups
        )
        yield Section(self.word("groups"), groups or (Entry(self.word("no_agreements")),))
        if self.measures.groups and self.measures.isolated:
            names = self.names(self.measures.isolated)
            yield Section(self.word("isolated"), (Entry(names, (self.word("isolated_line"),)),))

    def broker(self, broker: Broker) -> Entry:
        number = round(100 * broker.betweenness)
        share = self.word("about_share").format(number=number) if number else self.word("less_than_one")
        cuts = (self.word("cuts"),) if broker.cuts else ()
        return Entry(broker.institution.name, (self.word("broker").format(share=share), *cuts))

    def names(self, institutions: tuple[Institution, ...]) -> str:
        return "; ".join(institution.name for institution in institutions)

    def count(self, number: int, forms: tuple[tuple[str, str, str], tuple[str, str]]) -> str:
        polish, english = forms
        return count(number, polish) if self.lang == "pl" else f"{number} {english[number != 1]}"


def measures_to_dict(measures: Measures) -> dict[str, Any]:
    """The measures of a network as plain data (format `kooperacja_model/measures/1`), every list in its order."""
    from kooperacja_model import __version__

    model, network = measures.model, measures.network
    return {
        "format": MEASURES_FORMAT,
        "model": {"key": model.key, "version": __version__, "hash": model.hash},
        "commune": network.commune.code.text,
        "network": network.name,
        "invented": network.invented,
        "needs": [
            {
                "key": entry.key,
                "label": {"pl": entry.need.label.pl, "en": entry.need.label.en},
                "coverage": entry.coverage.value,
                "required": list(entry.required),
                "missing": list(entry.missing),
            }
            for entry in measures.needs
        ],
        "gaps": [gap_to_dict(gap) for gap in measures.gaps],
        "dependences": [
            {
                "institution": dependence.key,
                "name": dependence.institution.name,
                "sole": list(dependence.sole),
                "hits": [
                    {
                        "need": hit.need.key,
                        "before": hit.before.value,
                        "after": hit.after.value,
                        "lost": list(hit.lost),
                    }
                    for hit in dependence.hits
                ],
            }
            for dependence in measures.dependences
        ],
        "brokers": [
            {"institution": broker.key, "betweenness": broker.betweenness, "cuts": broker.cuts}
            for broker in measures.brokers
        ],
        "isolated": [institution.key for institution in measures.isolated],
        "groups": [[institution.key for institution in group] for group in measures.groups],
    }
