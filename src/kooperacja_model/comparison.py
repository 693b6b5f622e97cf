"""The models side by side: what they have in common, what differs, and which needs they answer differently.

The three projects published a comparison of their own (Księga rekomendacyjna). It could not be read;
this one is computed from the facts encoded in the model files. What one of them does not say is
*not found* there; it is never shown that the model does not have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from attrs import frozen

from kooperacja_model.catalogue import InstitutionType, Need, fold
from kooperacja_model.errors import KooperacjaError
from kooperacja_model.model import CooperationModel, Strength
from kooperacja_model.organisation import Body, Holder, Part, Statement
from kooperacja_model.provenance import Basis, Label, Lang, Source, Table
from kooperacja_model.recommendation import InstitutionAdvice, recommend

__all__ = ["Comparison", "Fact", "Match", "NeedDifference", "Topic", "compare"]

_DESIGN = (Source(Basis.DESIGN),)
TOPICS = {
    "criterion": Label("Dla jakich gmin", "For which communes"),
    "sectors": Label("Sektory", "Sectors"),
    "bodies": Label("Zespoły", "Bodies"),
    "lead": Label("Kto zwołuje i prowadzi", "Who convenes and leads"),
    "roles": Label("Role", "Roles"),
    "stages": Label("Etapy", "Stages"),
    "documents": Label("Dokumenty", "Documents"),
    "principles": Label("Zasady", "Principles"),
    "levels": Label("Poziomy kooperacji", "Levels of cooperation"),
    "entry": Label("Jak wchodzi rodzina i gmina", "How a family and a commune come in"),
    "exit": Label("Kiedy współpraca się kończy", "When cooperation ends"),
    "evidence": Label("Co wiadomo z pilotażu", "What is known of the pilot"),
}
"""The topics of a comparison, besides the needs."""


@frozen
class Fact:
    """What one model says of something.

    Attributes:
        key: key in the model, for example of a body.
        text: what is said, with the name if the name may differ between the models.
        sources: on what it rests; basis `DESIGN` for what this library counted or arranged.
    """

    key: str
    text: Label
    sources: tuple[Source, ...]


@frozen
class Match:
    """Something that one or more models have, found by key, name or abbreviation.

    The same name does not mean the same thing: `alike` says whether the texts are the same too.

    Attributes:
        key: key in the first model that has it.
        label: its name there.
        facts: what each model says; a model that is missing here was not found to have it.
    """

    key: str
    label: Label
    facts: Table[Fact]

    @property
    def models(self) -> tuple[str, ...]:
        """Keys of the models that have it."""
        return tuple(self.facts)

    @property
    def alike(self) -> bool:
        """Whether all models that have it say the same."""
        return len({fact.text for fact in self.facts.values()}) == 1


@frozen
class Topic:
    """One topic of the comparison.

    Attributes:
        matches: in the order of the first model, then what only the next ones have.
        models: keys of all models compared.
    """

    key: str
    label: Label
    matches: tuple[Match, ...]
    models: tuple[str, ...]

    @property
    def common(self) -> tuple[Match, ...]:
        """What was found in every model."""
        return tuple(match for match in self.matches if len(match.facts) == len(self.models))

    @property
    def partial(self) -> tuple[Match, ...]:
        """What was found in more than one model but not in all."""
        return tuple(match for match in self.matches if 1 < len(match.facts) < len(self.models))

    def only(self, model: str) -> tuple[Match, ...]:
        """What was found in this model alone."""
        return tuple(match for match in self.matches if match.models == (model,))

    @property
    def silent(self) -> tuple[str, ...]:
        """Models for which nothing was found."""
        return tuple(key for key in self.models if not any(key in match.facts for match in self.matches))


@frozen
class NeedDifference:
    """An institution type that the models do not advise alike for a need of which nothing else is known.

    Attributes:
        strengths: by model: `REQUIRED`, `ADVISED`, `CONDITIONAL` (it depends on an answer), or
            `None` if no rule for it was found.
        sources: those of the rules that bring it, under any of the models.
    """

    need: Need
    institution: InstitutionType
    strengths: Table[Strength | None]
    sources: tuple[Source, ...]


@frozen
class Comparison:
    """Two or more models side by side; see `compare`."""

    models: tuple[CooperationModel, ...]

    @property
    def remark(self) -> Label:
        """What this comparison is, and what it is not."""
        return Label(
            "Opublikowanego porównania modeli (Księga rekomendacyjna) nie udało się przeczytać. To porównanie "
            "obliczono z faktów zapisanych w plikach modeli. „Nie znaleziono” znaczy tylko, że nie ma tego w "
            "odczytanych źródłach. Ta sama nazwa nie musi znaczyć tego samego.",
            "The published comparison of the models (Księga rekomendacyjna) could not be read. This one is computed "
            'from the facts encoded in the model files. "Not found" means only that the sources that were read do '
            "not say it. The same name need not mean the same thing.",
        )

    @cached_property
    def topics(self) -> Table[Topic]:
        """Similarities and differences by topic."""
        keys = tuple(model.key for model in self.models)
        return Table({key: Topic(key, label, self._matches(key), keys) for key, label in TOPICS.items()})

    def _matches(self, topic: str) -> tuple[Match, ...]:
        found: list[tuple[set[str], str, Label, dict[str, Fact]]] = []
        for model in self.models:
            for names, label, fact in _FACTS[topic](model):
                folded = {fold(name) for name in names}
                its = next((each for each in found if each[0] & folded and model.key not in each[3]), None)
                if its is None:
                    found.append((folded, fact.key, label, {model.key: fact}))
                else:
                    its[0].update(folded)
                    its[3][model.key] = fact
        return tuple(Match(key, label, Table(facts)) for _, key, label, facts in found)

    @cached_property
    def needs(self) -> tuple[NeedDifference, ...]:
        """Institution types required or advised in one model and not, or not as strongly, in another.

        Each need is taken alone, without circumstances and commune, as `recommend` answers it.
        """
        catalogue = self.models[0].catalogue
        found = []
        for need in catalogue.needs.values():
            answers = [
                {advice.key: advice for advice in recommend(model, [need.key]).institutions} for model in self.models
            ]
            for key, term in catalogue.institution_types.items():
                advice = [answer.get(key) for answer in answers]
                strengths = [None if its is None else its.strength for its in advice]
                if len({None if its is Strength.CONDITIONAL else its for its in strengths}) > 1:
                    by_model = {model.key: its for model, its in zip(self.models, strengths, strict=True)}
                    found.append(NeedDifference(need, term, Table(by_model), _sources(advice)))
        return tuple(found)

    # -- how it is shown -------------------------------------------------------------------------

    def to_text(self, lang: Lang = "pl") -> str:
        """The comparison as a text."""
        from kooperacja_model.views.comparison import to_text

        return to_text(self, lang)

    def to_markdown(self, lang: Lang = "pl") -> str:
        """The comparison as Markdown tables, one for each topic."""
        from kooperacja_model.views.comparison import to_markdown

        return to_markdown(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data (format `kooperacja_model/comparison/1`)."""
        from kooperacja_model.views.comparison import to_dict

        return to_dict(self)


def compare(*models: CooperationModel | str) -> Comparison:
    """Models side by side: similarities and differences by topic, and needs that are answered differently.

    Args:
        models: two or more different models, or their keys.

    Raises:
        KooperacjaError: fewer than two models are given, one of them twice, or an unknown key.

    >>> comparison = compare("rural", "urban_rural", "city")
    >>> [match.label.pl for match in comparison.topics["bodies"].common]
    ['Partnerski Zespół Kooperacji', 'Komitet Sterujący']
    """
    from kooperacja_model.reading.files import load_model

    found = tuple(load_model(model) if isinstance(model, str) else model for model in models)
    keys = [model.key for model in found]
    if len(found) < 2:
        raise KooperacjaError("compare: fewer than two models; give at least two of rural, urban_rural, city")
    if len(set(keys)) < len(keys):
        raise KooperacjaError("compare: a model is given twice; give each model once")
    return Comparison(found)


def _sources(advice: Iterable[InstitutionAdvice | None]) -> tuple[Source, ...]:
    """The sources of all rules behind some advice."""
    reasons = (reason for its in advice if its is not None for reason in (*its.reasons, *its.depends))
    return tuple(dict.fromkeys(source for reason in reasons for source in reason.rule.sources))


# -- the facts of one model, by topic: names by which they match, label, fact ---------------------

_Named = tuple[tuple[str, ...], Label, Fact]


def _criterion(model: CooperationModel) -> Iterator[_Named]:
    criterion = model.criterion
    name = Label("przeznaczenie", "made for")
    yield ("criterion",), name, Fact("criterion", criterion.text, criterion.sources)
    area = Label("gdzie powstał", "where it was worked out")
    yield ("area",), area, Fact("area", model.macroregion, model.sources)


def _sectors(model: CooperationModel) -> Iterator[_Named]:
    """The sectors of the catalogue that the model covers; that its own names mean these is our reading."""
    sectors = model.catalogue.sectors
    for key, term in sectors.items():
        covering = [its for its in model.sectors.values() if key in its.sectors]
        sources = tuple(dict.fromkeys(source for its in covering for source in its.sources))
        if covering:
            yield (key,), term.label, Fact(key, term.label, (*sources, *_DESIGN))


def _bodies(model: CooperationModel) -> Iterator[_Named]:
    for body in model.bodies.values():
        yield _body_names(body), body.label, Fact(body.key, body.meaning, body.sources)


def _body_names(body: Body) -> tuple[str, ...]:
    return body.key, body.label.pl, body.abbreviation or body.key


def _lead(model: CooperationModel) -> Iterator[_Named]:
    """Who convenes and leads the bodies of the model itself."""
    for body in model.bodies.values():
        if body.part in (Part.PROJECT, Part.DESIGNS):
            continue
        name = body.abbreviation or body.label.pl
        holders: tuple[tuple[str, Holder | None, Label], ...] = (
            ("convenes", body.convened_by, Label(f"kto zwołuje: {name}", f"who convenes: {name}")),
            ("leads", body.led_by, Label(f"kto prowadzi: {name}", f"who leads: {name}")),
        )
        for what, holder, label in holders:
            if holder is not None:
                names = tuple(f"{what} {word}" for word in _body_names(body))
                yield names, label, Fact(f"{body.key}.{what}", holder.text, holder.sources)


def _things(section: str, text: Callable[[Any], Label]) -> Callable[[CooperationModel], Iterator[_Named]]:
    def facts(model: CooperationModel) -> Iterator[_Named]:
        for key, its in getattr(model, section).items():
            yield (key, its.label.pl), its.label, Fact(key, text(its), its.sources)

    return facts


def _role(role: Any) -> Label:
    if role.held_by is None:
        return Label("nie znaleziono, kto ją pełni", "who holds it was not found")
    text: Label = role.held_by.text
    return text


def _statements(section: str) -> Callable[[CooperationModel], Iterator[_Named]]:
    def facts(model: CooperationModel) -> Iterator[_Named]:
        statements: Iterable[Statement] = getattr(model, section).values()
        for its in statements:
            yield (f"{model.key} {its.key}",), its.text, Fact(its.key, its.text, its.sources)

    return facts


def _evidence(model: CooperationModel) -> Iterator[_Named]:
    """How much is known; counted by this library."""
    pilot = model.pilot
    counts = {
        "figures": (Label("zapisane liczby", "figures recorded"), len(pilot.figures)),
        "communes": (
            Label("gminy pilotażu znane z nazwy", "pilot communes known by name"),
            len(pilot.communes) + len(pilot.names_only),
        ),
        "teams": (Label("opisane zespoły", "teams described"), len(pilot.teams)),
    }
    bases = Counter(basis for sources in _all_sources(model) for basis in {source.basis for source in sources})
    names = {
        Basis.MODEL: Label("stwierdzenia z opisu modelu", "statements from descriptions of the model"),
        Basis.PRACTICE: Label("stwierdzenia z praktyki", "statements from practice"),
        Basis.DESIGN: Label("stwierdzenia tej biblioteki", "statements of this library"),
    }
    counts |= {f"basis_{basis.value}": (name, bases[basis]) for basis, name in names.items()}
    for key, (label, number) in counts.items():
        yield (key,), label, Fact(key, Label(str(number), str(number)), _DESIGN)


def _all_sources(model: CooperationModel) -> Iterator[tuple[Source, ...]]:
    """The sources of every statement on the organisation of a model."""
    for section in ("purpose", "target", "entry", "exit", "principles", "levels", "bodies", "roles", "stages"):
        for its in getattr(model, section).values():
            yield its.sources
            for name in ("convened_by", "led_by", "held_by"):
                holder = getattr(its, name, None)
                if holder is not None:
                    yield holder.sources
            for name in ("members", "tasks"):
                yield from (part.sources for part in getattr(its, name, Table({})).values())
    for document in model.documents.values():
        yield document.sources


_FACTS: dict[str, Callable[[CooperationModel], Iterator[_Named]]] = {
    "criterion": _criterion,
    "sectors": _sectors,
    "bodies": _bodies,
    "lead": _lead,
    "roles": _things("roles", _role),
    "stages": _things("stages", lambda stage: stage.text),
    "documents": _things("documents", lambda document: document.purpose),
    "principles": _things("principles", lambda principle: principle.text),
    "levels": _things("levels", lambda level: level.text),
    "entry": _statements("entry"),
    "exit": _statements("exit"),
    "evidence": _evidence,
}
