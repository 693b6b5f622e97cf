"""Models side by side: as a text, as Markdown tables and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kooperacja_model.comparison import Comparison, Fact, Match, NeedDifference, Topic
from kooperacja_model.model import Strength
from kooperacja_model.provenance import Label, Lang, Table
from kooperacja_model.views.data import source_to_dict
from kooperacja_model.views.marks import DESIGN, Marks
from kooperacja_model.views.organisation import PART, Teller
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of
from kooperacja_model.views.words import STRENGTH, say_institution

__all__ = ["COMPARISON_FORMAT", "NAMES", "to_dict", "to_markdown", "to_text"]

COMPARISON_FORMAT = "kooperacja_model/comparison/1"

NAMES = {
    "rural": Label("wiejski", "rural"),
    "urban_rural": Label("miejsko-wiejski", "urban-rural"),
    "city": Label("miejski", "city"),
}
"""Short names of the models."""

_NEEDS = Label("Potrzeby, na które modele odpowiadają różnie", "Needs that the models answer differently")
_NEEDS_REMARK = Label(
    "Każda potrzeba osobno, bez okoliczności i gminy. „Koniecznie” i „warto” jak w zaleceniu; „zależy” znaczy, że "
    "rozstrzyga odpowiedź na pytanie. Różnice wynikają z reguł zapisanych w tej bibliotece, nie z tekstu modeli",
    'Each need alone, without circumstances and commune. "Required" and "advised" as in a recommendation; '
    '"conditional" depends on the answer to a question. The differences follow from the rules of this library, '
    "not from the text of the models",
)
_REMARKS = {
    "sectors": Label(
        "Nazwy sektorów są z naszego katalogu; przyporządkowanie nazw użytych przez projekty jest nasze",
        "The names of the sectors are those of our catalogue; we assigned the names that the projects use",
    ),
    "lead": Label("Bez zespołów projektu i opracowania modelu", "Without bodies of the project and of the design"),
    "evidence": Label(
        "Policzone w plikach modeli; stwierdzenia bez pilotażu, te z kilkoma podstawami przy każdej z nich",
        "Counted in the model files; statements without the pilot, those with several bases under each of them",
    ),
}


def to_text(comparison: Comparison, lang: Lang = "pl") -> str:
    """The comparison as a text.

    Args:
        comparison: the comparison.
        lang: `"pl"` or `"en"`.
    """
    speaker = _Speaker(comparison, lang)
    return "\n".join(lines_of(speaker.title(), comparison.remark.text(lang), speaker.sections())) + "\n"


def to_markdown(comparison: Comparison, lang: Lang = "pl") -> str:
    """The comparison as Markdown, one table for each topic.

    Args:
        comparison: the comparison.
        lang: `"pl"` or `"en"`.
    """
    return "\n".join(_Speaker(comparison, lang).markdown()) + "\n"


class _Speaker:
    def __init__(self, comparison: Comparison, lang: Lang) -> None:
        self.comparison = comparison
        self.models = Table({model.key: model for model in comparison.models})
        self.lang: Lang = lang
        self.marks = Marks(lang)

    def say(self, polish: str, english: str) -> str:
        return polish if self.lang == "pl" else english

    def title(self) -> str:
        return self.say("Porównanie modeli: ", "The models compared: ") + self.names(self.models)

    def name(self, key: str) -> str:
        return NAMES[key].text(self.lang)

    def names(self, keys: Any) -> str:
        return ", ".join(self.name(key) for key in keys)

    def label(self, topic: Topic, match: Match) -> str:
        """The name of a match; in English with the Polish name that is in use."""
        label = match.label.text(self.lang)
        if topic.key in ("bodies", "roles", "documents"):
            model = self.models[match.models[0]]
            return Teller(model, self.lang).name(getattr(model, topic.key)[match.facts[model.key].key])
        return label

    def fact(self, topic: Topic, model: str, fact: Fact) -> str:
        """What a model says, with its bases."""
        words = fact.text.text(self.lang)
        if topic.key == "bodies":
            part = PART[self.models[model].bodies[fact.key].part].text(self.lang)
            words = f"{words.removesuffix('.')} ({self.say('nasz podział', 'our division')}: {part})"
        return f"{words} {self.marks.short(fact.sources)}"

    def remarks(self, topic: Topic) -> Iterator[str]:
        if topic.key in _REMARKS:
            yield f"{_REMARKS[topic.key].text(self.lang)} {self.marks.short(DESIGN)}"
        if topic.key == "stages":
            for key, model in self.models.items():
                yield from (f"{self.name(key)}: {line}" for line in Teller(model, self.lang).order())

    def only(self, topic: Topic, model: str) -> Iterator[str]:
        """What was found in one model alone; stages keep their number in the order of that model."""
        for match in topic.only(model):
            number = f"{self.models[model].stages.rank(match.key) + 1}. " if topic.key == "stages" else ""
            fact = match.facts[model]
            if topic.key in ("bodies", "lead", "levels"):
                yield f"{self.label(topic, match)}: {self.fact(topic, model, fact)}"
            else:
                yield f"{number}{self.label(topic, match)} {self.marks.short(fact.sources)}"

    # -- text --------------------------------------------------------------------------------------

    def sections(self) -> Iterator[Section]:
        for topic in self.comparison.topics.values():
            yield Section(topic.label.text(self.lang), tuple(self.entries(topic)))
        entries = [Entry(self.needs_remark())]
        for line, needs in self.need_groups():
            entries.append(Entry(line, (f"{self.say('potrzeby', 'needs')} ({len(needs)}): {'; '.join(needs)}",)))
        yield Section(_NEEDS.text(self.lang), tuple(entries))

    def entries(self, topic: Topic) -> Iterator[Entry]:
        yield from (Entry(line) for line in self.remarks(topic))
        alike: dict[tuple[str, ...], list[Match]] = {}
        for match in (*topic.common, *topic.partial):
            if match.alike and topic.key != "evidence":
                alike.setdefault(match.models, []).append(match)
        for models, matches in alike.items():
            every = self.say("we wszystkich modelach", "in all models")
            where = every if len(models) == len(self.models) else self.names(models)
            sources = tuple(source for match in matches for fact in match.facts.values() for source in fact.sources)
            names = "; ".join(self.label(topic, match) for match in matches)
            yield Entry(f"{where}: {names} {self.marks.short(sources)}")
        for match in (*topic.common, *topic.partial):
            if topic.key == "evidence":
                counts = ", ".join(f"{self.name(key)} {its.text.text(self.lang)}" for key, its in match.facts.items())
                yield Entry(f"{self.label(topic, match)}: {counts} {self.marks.short(DESIGN)}")
            elif not match.alike:
                details = [f"{self.name(key)}: {self.fact(topic, key, fact)}" for key, fact in match.facts.items()]
                missing = self.names(key for key in self.models if key not in match.facts)
                details += [f"{self.say('nie znaleziono', 'not found')}: {missing}"] if missing else []
                yield Entry(self.label(topic, match), tuple(details))
        for key in self.models:
            lines = tuple(self.only(topic, key))
            if lines:
                where = self.say("znaleziono tylko w modelu", "found only in the model")
                yield Entry(f"{where}: {self.name(key)}", lines)
        if topic.silent:
            yield Entry(f"{self.say('nie znaleziono w modelu', 'not found in the model')}: {self.names(topic.silent)}")

    def needs_remark(self) -> str:
        """What the differences are, and for how many needs there is none."""
        every = len(self.comparison.models[0].catalogue.needs)
        alike = every - len({difference.need.key for difference in self.comparison.needs})
        count = self.say(
            f"Potrzeby bez takich różnic: {alike} z {every}.", f"Needs without such differences: {alike} of {every}."
        )
        return f"{_NEEDS_REMARK.text(self.lang)}. {count} {self.marks.short(DESIGN)}"

    def need_groups(self) -> Iterator[tuple[str, list[str]]]:
        """Differences that are the same for several needs: what they say, and the needs."""
        groups: dict[tuple[str, Table[Strength | None]], list[NeedDifference]] = {}
        rank = self.comparison.models[0].catalogue.institution_types.rank
        for difference in sorted(self.comparison.needs, key=lambda its: rank(its.institution.key)):
            groups.setdefault((difference.institution.key, difference.strengths), []).append(difference)
        for (_, strengths), differences in groups.items():
            name = say_institution(differences[0].institution, self.lang)
            said = "; ".join(f"{self.name(key)}: {self.strength(its)}" for key, its in strengths.items())
            sources = tuple(source for difference in differences for source in difference.sources)
            needs = [difference.need.label.text(self.lang) for difference in differences]
            yield f"{name} — {said} {self.marks.short(sources)}", needs

    def strength(self, strength: Strength | None) -> str:
        if strength is None:
            return self.say("nie znaleziono reguły", "no rule found")
        return STRENGTH[strength].text(self.lang)

    # -- Markdown ----------------------------------------------------------------------------------

    def markdown(self) -> Iterator[str]:
        yield f"# {self.title()}"
        yield ""
        yield self.comparison.remark.text(self.lang)
        header = [self.say("o czym", "about"), *(self.name(key) for key in self.models)]
        for topic in self.comparison.topics.values():
            yield from ("", f"## {topic.label.text(self.lang)}", "")
            for line in self.remarks(topic):
                yield from (line, "")
            rows = [self.row(topic, match) for match in (*topic.common, *topic.partial)]
            only = [list(self.only(topic, key)) for key in self.models]
            nothing = self.say("nie znaleziono", "not found")
            if any(only):
                cells = ["<br>".join(lines) or ("" if key not in topic.silent else nothing) for key, lines in
                         zip(self.models, only, strict=True)]  # fmt: skip
                rows.append([self.say("znaleziono tylko tu", "found only here"), *cells])
            yield from _table(header, rows)
        yield from ("", f"## {_NEEDS.text(self.lang)}", "", self.needs_remark(), "")
        yield from _table([self.say("instytucja", "institution"), self.say("potrzeby", "needs")],
                          [[line, "; ".join(needs)] for line, needs in self.need_groups()])  # fmt: skip

    def row(self, topic: Topic, match: Match) -> list[str]:
        cells = []
        for key in self.models:
            fact = match.facts.get(key)
            if fact is None:
                cells.append(self.say("nie znaleziono", "not found"))
            elif match.alike:
                cells.append(f"{self.say('tak', 'yes')} {self.marks.short(fact.sources)}")
            else:
                cells.append(self.fact(topic, key, fact))
        return [self.label(topic, match), *cells]


def _table(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """A comparison as dictionaries, lists and texts, always in the same order."""
    from kooperacja_model import __version__

    return {
        "format": COMPARISON_FORMAT,
        "models": [{"key": model.key, "version": __version__, "hash": model.hash} for model in comparison.models],
        "remark": _label(comparison.remark),
        "topics": [
            {
                "key": topic.key,
                "label": _label(topic.label),
                "matches": [
                    {
                        "key": match.key,
                        "label": _label(match.label),
                        "alike": match.alike,
                        "facts": {model: _fact(fact) for model, fact in match.facts.items()},
                        "not_found": [key for key in topic.models if key not in match.facts],
                    }
                    for match in topic.matches
                ],
                "not_found": list(topic.silent),
            }
            for topic in comparison.topics.values()
        ],
        "needs": [
            {
                "need": difference.need.key,
                "institution": difference.institution.key,
                "strengths": {key: its and its.value for key, its in difference.strengths.items()},
                "sources": [source_to_dict(source) for source in difference.sources],
            }
            for difference in comparison.needs
        ],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "key": fact.key,
        "text": _label(fact.text),
        "sources": [source_to_dict(source) for source in fact.sources],
    }


def _label(label: Label) -> dict[str, str]:
    return {"pl": label.pl, "en": label.en}
