"""The result of a scenario as a short text with tables, in Polish or English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, median

import numpy as np

from kooperacja_model.provenance import Lang
from kooperacja_model.scenario import Grouping
from kooperacja_model.simulation.counting import BASE
from kooperacja_model.simulation.result import KINDS, ScenarioResult

__all__ = ["number", "percent", "summary", "whole_percent"]

_MOST = 10

_WORDS: dict[str, tuple[str, str]] = {
    "seed": ("ziarno {seed}; suma kontrolna populacji {hash}", "seed {seed}; content hash of the population {hash}"),
    "families": ("Rodziny w potrzebie", "Families in need"),
    "kind": ("rodzaj gmin", "kind of communes"),
    "communes": ("gminy", "communes"),
    "households": ("gospodarstwa", "households"),
    "in_need": ("rodziny", "families"),
    "of_households": ("% gospodarstw", "% of households"),
    "short": ("z brakiem", "with a gap"),
    "of_families": ("% rodzin", "% of families"),
    "all": ("razem", "all"),
    "sectors": ("Sektory wymagane", "Required sectors"),
    "sector": ("sektor", "sector"),
    "gaps": ("Kompetencje wymagane, których nikt na miejscu nie ma", "Required competences that nobody there holds"),
    "competence": ("kompetencja", "competence"),
    "no_gaps": ("Nie brakuje żadnej.", "None is missing."),
    "teams": ("Wielkość zespołu", "Size of the team"),
    "sampled": ("rodziny w próbie", "families sampled"),
    "mean": ("średnio", "mean"),
    "median": ("mediana", "median"),
    "most": ("najwięcej", "most"),
    "outside": ("w tym spoza gminy", "of them from outside"),
    "variants": ("Warianty", "Variants"),
    "variant": ("wariant", "variant"),
    "changed": ("inna propozycja", "other advice"),
    "coverage": ("inne braki", "other gaps"),
    "assumed": ("Co założono", "What is assumed"),
    "too_few": ("<{limit}", "<{limit}"),
}

_ASSUMED: dict[str, tuple[str, str]] = {
    "invented": (
        "Rodziny są wylosowane z udziałów; nikt nie jest opisany. Udziały i ich źródła stoją w pliku populacji.",
        "Families are drawn from shares; nobody is meant. The shares and their sources are in the population file.",
    ),
    "all_households": (
        "Wylosowano, które z {households} gospodarstw są w potrzebie; reguły działają tylko tam, gdzie jest potrzeba.",
        "It was drawn which of {households} households are in need; rules hold only where there is a need.",
    ),
    "spread": (
        "Nie ma liczby gospodarstw według gmin: sumy z NSP 2021 rozłożono równo na gminy tego samego rodzaju.",
        "Households by commune are not known: totals of the 2021 census are spread evenly over communes of one kind.",
    ),
    "nameless": (
        "Gminy bez nazw, według liczby gmin każdego rodzaju w województwie ({state}); prawdziwe daje plik TERC.",
        "Communes without names, as many of each kind as a voivodeship has ({state}); a TERC file gives real ones.",
    ),
    "register": ("Gminy z rejestru TERC, stan na {state}.", "Communes of the TERC register, state of {state}."),
    "towns_city": (
        "Miasta bez praw powiatu o nieznanej liczbie ludności ({count}) wzięto za objęte modelem miejskim.",
        "Towns without powiat rights of unknown population ({count}) are taken to be covered by the city model.",
    ),
    "left_out": (
        "Pominięte gminy, o których nie wiadomo, czy obejmuje je któryś z modeli: {count}.",
        "Communes left out, because it is not known whether one of the models covers them: {count}.",
    ),
    "networks": (
        "Instytucje nieobowiązkowe wylosowano z przybliżonych szans według rodzaju gminy; pozostałe uznano za obecne.",
        "Optional institutions are drawn from rough odds by kind of commune; the others are taken to be there.",
    ),
    "networks_known": ("Sieci z plików: {count}.", "Networks from files: {count}."),
    "sample": (
        "Zespoły dobrano dla wylosowanej próby, najwyżej {count} rodzin z każdego rodzaju gmin.",
        "Teams are worked out for a drawn sample of at most {count} families of each kind of communes.",
    ),
    "largest": (
        "Najwięcej: największy zespół, jaki ma lub przekracza co najmniej {limit} rodzin próby.",
        "Most: the largest team that at least {limit} sampled families have or exceed.",
    ),
    "suppressed": (
        "Liczb rodzin mniejszych niż {limit} nie pokazano (dotyczy to {count} liczb).",
        "Numbers of families below {limit} are not shown (this concerns {count} numbers).",
    ),
}


def number(value: float, lang: Lang, digits: int = 0) -> str:
    """A number as it is written in a language.

    >>> number(12516459, "pl"), number(12516459, "en"), number(2.5, "pl", 1)
    ('12 516 459', '12,516,459', '2,5')
    """
    english = f"{value:,.{digits}f}"
    return english if lang == "en" else english.replace(",", " ").replace(".", ",")


def percent(part: float, whole: float, lang: Lang) -> str:
    """A share in per cent with one digit.

    >>> percent(1, 8, "pl"), percent(1, 0, "en")
    ('12,5%', '-')
    """
    return f"{number(100 * part / whole, lang, 1)}%" if whole else "-"


def whole_percent(part: float, whole: float, lang: Lang) -> str:
    """A share in whole per cent, without the sign; what is there is never shown as nothing.

    >>> whole_percent(1, 8, "pl"), whole_percent(1, 200, "pl"), whole_percent(0, 200, "pl")
    ('12', '<1', '0')
    """
    return "<1" if 0 < part / whole <= 0.005 else number(100 * part / whole, lang)


def summary(result: ScenarioResult, lang: Lang) -> str:
    """The result as a text; see `ScenarioResult.summary`."""
    return "\n".join(_Summary(result, lang).lines()) + "\n"


class _Summary:
    def __init__(self, result: ScenarioResult, lang: Lang) -> None:
        self.result = result
        self.lang = lang
        self.base = result.counts[BASE.key]

    def say(self, key: str, **values: object) -> str:
        return {**_WORDS, **_ASSUMED}[key][self.lang == "en"].format(**values)

    def count(self, value: int) -> str:
        """A number of families, if it is large enough to be shown."""
        if self.result.shown(value) is None:
            return self.say("too_few", limit=self.result.scenario.suppress_below)
        return number(value, self.lang)

    def share(self, part: int, whole: int) -> str:
        shown = self.result.shown(part) is not None and self.result.shown(whole) is not None
        return percent(part, whole, self.lang) if shown else "-"

    def lines(self) -> Iterator[str]:
        """All lines."""
        scenario = self.result.scenario
        title = scenario.label.text(self.lang)
        yield title
        yield "=" * len(title)
        yield self.say("seed", seed=scenario.seed, hash=scenario.population.hash[:12])
        for key, lines in (
            ("families", self.families()),
            ("sectors", self.sectors()),
            ("gaps", self.gaps()),
            ("teams", self.teams()),
            ("variants", self.variants()),
            ("assumed", self.assumed()),
        ):
            found = list(lines)
            if found:
                name = self.say(key)
                yield from ("", name, "-" * len(name), *found)

    def families(self) -> Iterator[str]:
        """Households and families by kind of communes."""
        rows = []
        for group in (*self.result.grouped(Grouping.KIND), self.result.groups[0]):
            families = int(self.base.families[group.places].sum())
            short = int(self.base.short[group.places].sum())
            households = sum(self.result.communes[place].households for place in group.places)
            rows.append(
                (
                    group.label.text(self.lang),
                    number(len(group.places), self.lang),
                    number(households, self.lang),
                    self.count(families),
                    self.share(families, households),
                    self.count(short),
                    self.share(short, families),
                )
            )
        heads = ("kind", "communes", "households", "in_need", "of_households", "short", "of_families")
        yield from _table([self.say(head) for head in heads], rows)

    def sectors(self) -> Iterator[str]:
        """The sectors that most families require."""
        keys, demand = self.result.demand("sector", "required")
        yield from self.top("sector", keys, demand.sum(axis=0).tolist())

    def gaps(self) -> Iterator[str]:
        """The competences that are short for most families."""
        totals = self.base.gaps.sum(axis=0).tolist()
        if any(totals):
            yield from self.top("competence", self.result.competences, totals)
        else:
            yield self.say("no_gaps")

    def top(self, kind: str, keys: Sequence[str], totals: Sequence[int]) -> Iterator[str]:
        """The things with the largest numbers."""
        order = sorted(range(len(keys)), key=lambda place: -totals[place])[:_MOST]
        rows = [
            (
                self.result.label(kind, keys[place])[self.lang == "en"],
                self.count(totals[place]),
                self.share(totals[place], self.result.families),
            )
            for place in order
            if totals[place]
        ]
        yield from _table([self.say(kind), self.say("in_need"), self.say("of_families")], rows)

    def teams(self) -> Iterator[str]:
        """The sizes of teams by variant and kind of communes."""
        rows = []
        for sizes in self.result.teams:
            most = self.result.largest_shown(sizes)
            if most is None:
                continue
            variant = self.result.variants[sizes.variant].label.text(self.lang)
            kind = KINDS[sizes.kind].text(self.lang)
            rows.append(
                (
                    f"{kind}: {variant}" if self.result.scenario.variants else kind,
                    number(len(sizes.members), self.lang),
                    number(fmean(sizes.members), self.lang, 1),
                    number(median(sizes.members), self.lang, 1),
                    number(most, self.lang),
                    number(fmean(sizes.outside), self.lang, 1),
                )
            )
        if rows:
            yield from _table([self.say(key) for key in ("kind", "sampled", "mean", "median", "most", "outside")], rows)

    def variants(self) -> Iterator[str]:
        """How many families each variant concerns."""
        rows = []
        families = self.result.families
        for key, variant in self.result.scenario.variants.items():
            counts = self.result.counts[key]
            changed, coverage, short = (
                int(found.sum()) for found in (counts.changed, counts.coverage_changed, counts.short)
            )
            rows.append(
                (
                    variant.label.text(self.lang),
                    self.count(changed),
                    self.share(changed, families),
                    self.count(coverage),
                    self.share(coverage, families),
                    self.count(short),
                    self.share(short, families),
                )
            )
        if rows:
            heads = ("variant", "changed", "of_families", "coverage", "of_families", "short", "of_families")
            yield from _table([self.say(head) for head in heads], rows)

    def assumed(self) -> Iterator[str]:
        """What is assumed."""
        result, scenario = self.result, self.result.scenario
        if scenario.table is None:
            yield "- " + self.say("invented")
            yield "- " + self.say("all_households", households=number(result.households, self.lang))
            yield "- " + self.say("spread")
        if result.register_state is not None:
            yield "- " + self.say("register", state=result.register_state)
        if any(commune.name is None for commune in result.communes):
            yield "- " + self.say("nameless", state=scenario.population.regions_state)
        towns = result.assumed_towns
        if towns:
            yield "- " + self.say("towns_city", count=towns)
        if result.left_out:
            yield "- " + self.say("left_out", count=len(result.left_out))
        if len(scenario.networks) < len(result.communes):
            yield "- " + self.say("networks")
        if scenario.networks:
            yield "- " + self.say("networks_known", count=len(scenario.networks))
        if result.teams:
            yield "- " + self.say("sample", count=scenario.teams)
            if scenario.suppress_below > 1 and any(map(result.largest_shown, result.teams)):
                yield "- " + self.say("largest", limit=scenario.suppress_below)
        if result.suppressed:
            yield "- " + self.say("suppressed", limit=scenario.suppress_below, count=result.suppressed)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns of a text: the first to the left, numbers to the right."""
    widths = np.array([[len(cell) for cell in row] for row in (heads, *rows)]).max(axis=0).tolist()
    for row in (heads, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
