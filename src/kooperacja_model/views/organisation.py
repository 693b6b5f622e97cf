"""A model in words: bodies, roles, stages, documents, principles, pilot, each statement with its basis.

Absence is said as "not found": the texts of the models could not be read, so nothing here says that
a model does not have something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kooperacja_model.catalogue import fold
from kooperacja_model.model import CooperationModel, ModelSector
from kooperacja_model.organisation import (
    Body,
    Document,
    Figure,
    Holder,
    Known,
    Part,
    PilotTeam,
    Principle,
    Role,
    Seat,
    Stage,
    Statement,
)
from kooperacja_model.provenance import Label, Lang, Table
from kooperacja_model.views.marks import DESIGN, Marks
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.words import say_institution

__all__ = ["PART", "THINGS", "Teller", "Thing", "all_things", "model_sections", "names_of", "things_named"]

Thing = Body | Role | Stage | Document

PART = {
    Part.DECIDES: Label("instytucje uzgadniają współpracę", "institutions agree on the cooperation"),
    Part.WORKS: Label("praca z rodziną", "work with the family"),
    Part.BOTH: Label(
        "instytucje uzgadniają współpracę i pracują z rodziną",
        "institutions agree on the cooperation and work with the family",
    ),
    Part.DIAGNOSES: Label("przygotowanie diagnozy", "preparing the diagnosis"),
    Part.SUPPORTS: Label("wsparcie z województwa", "support from the voivodeship"),
    Part.DESIGNS: Label("opracowanie modelu", "working out the model"),
    Part.PROJECT: Label("zespół projektu, nie modelu", "a body of the project, not of the model"),
}

_KNOWN = {
    Known.ALWAYS: Label("zasiada zawsze", "always sits in it"),
    Known.USUALLY: Label("zasiada zwykle", "usually sits in it"),
    Known.SEEN: Label("widziano w nim", "was seen in it"),
}
_SEAT = {
    Seat.DECISION_MAKER: Label("jako osoba decyzyjna", "as a decision maker"),
    Seat.SPECIALIST: Label("jako specjalista", "as a specialist"),
}
_KINDS: tuple[tuple[type, str, Label], ...] = (
    (Body, "bodies", Label("zespół", "body")),
    (Role, "roles", Label("rola", "role")),
    (Stage, "stages", Label("etap", "stage")),
    (Document, "documents", Label("dokument", "document")),
)
_STATEMENTS = {
    "purpose": Label("Po co jest model", "What the model is for"),
    "target": Label("Dla kogo", "For whom"),
    "entry": Label("Jak się wchodzi", "How one comes in"),
    "exit": Label("Kiedy współpraca się kończy", "When cooperation ends"),
}
_PRINCIPLES = {
    "principles": Label("Zasady", "Principles"),
    "levels": Label("Poziomy kooperacji", "Levels of cooperation"),
}
THINGS = {
    "bodies": Label("Zespoły", "Bodies"),
    "roles": Label("Role", "Roles"),
    "stages": Label("Etapy, po kolei", "Stages, in order"),
    "documents": Label("Dokumenty", "Documents"),
}


def names_of(thing: Thing) -> tuple[str, ...]:
    """Key, labels, abbreviation and other names of a body, role, stage or document."""
    names = [thing.key, thing.label.pl, thing.label.en]
    if isinstance(thing, Body):
        names += [thing.abbreviation] if thing.abbreviation else []
        names += thing.also
    return tuple(names)


def things_named(models: Table[CooperationModel], word: str) -> Iterator[tuple[CooperationModel, Thing]]:
    """Bodies, roles, stages and documents of all models that bear a name, in any case, without diacritics."""
    wanted = fold(word)
    for _, section, _ in _KINDS:
        for model in models.values():
            for thing in getattr(model, section).values():
                if wanted in map(fold, names_of(thing)):
                    yield model, thing


def all_things(models: Table[CooperationModel]) -> Iterator[Thing]:
    """All bodies, roles, stages and documents."""
    for model in models.values():
        for _, section, _ in _KINDS:
            yield from getattr(model, section).values()


def model_sections(model: CooperationModel, lang: Lang) -> tuple[Section, ...]:
    """The organisation of a model in full: purpose to pilot, what is not known, and the sources."""
    return tuple(Teller(model, lang).sections())


class Teller:
    """Says the parts of one model in one language; `marks` gathers the sources that were used."""

    def __init__(self, model: CooperationModel, lang: Lang) -> None:
        self.model = model
        self.lang: Lang = lang
        self.marks = Marks(lang)

    def say(self, polish: str, english: str) -> str:
        """The text in the language of this teller."""
        return polish if self.lang == "pl" else english

    # -- names -----------------------------------------------------------------------------------

    def name(self, thing: Thing) -> str:
        """Name with abbreviation; in English with the Polish name, which is the one in use."""
        short = thing.abbreviation if isinstance(thing, Body) else None
        extra = [short] if short else []
        label, closing = thing.label.text(self.lang), ""
        if label.endswith(")"):
            label, _, closing = label[:-1].rpartition(" (")
        polish = thing.label.pl.removesuffix(f" ({closing})")
        if self.lang == "en" and polish not in label:
            extra.insert(0, polish)
        inside = [word for word in (closing, *extra) if word and word not in label]
        return f"{label} ({'; '.join(dict.fromkeys(inside))})" if inside else label

    def short_name(self, thing: Thing) -> str:
        """The abbreviation of a body that has one, or else the name."""
        return thing.abbreviation if isinstance(thing, Body) and thing.abbreviation else self.name(thing)

    def title(self, thing: Thing) -> str:
        """Key, name, kind and model, for a page about this alone."""
        kind = next(label for its, _, label in _KINDS if isinstance(thing, its))
        return f"{thing.key} — {self.name(thing)} ({kind.text(self.lang)}; {self.model.label.text(self.lang)})"

    def types(self, keys: Iterable[str]) -> str:
        """Names of institution types."""
        types = self.model.catalogue.institution_types
        return "; ".join(say_institution(types[key], self.lang) for key in keys)

    def labels(self, section: str, keys: Iterable[str]) -> str:
        """Names of bodies, roles, stages or documents by key."""
        table: Table[Thing] = getattr(self.model, section)
        return "; ".join(self.short_name(table[key]) for key in keys)

    def not_found(self, missing: Iterable[str]) -> Iterator[str]:
        """One line on what is not known, if anything."""
        words = "; ".join(missing)
        if words:
            yield self.say("nie znaleziono: ", "not found: ") + words

    # -- one thing -------------------------------------------------------------------------------

    def lines(self, thing: Thing) -> Iterator[str]:
        """What is known of a body, role, stage or document, each line with its basis."""
        match thing:
            case Body():
                yield from self.body(thing)
            case Role():
                yield from self.role(thing)
            case Stage():
                yield from self.stage(thing)
            case _:
                yield from self.document(thing)

    def body(self, body: Body, brief: bool = False) -> Iterator[str]:
        """A body: meaning, who convenes, leads and sits in it, tasks, what comes before.

        Args:
            body: the body.
            brief: leave out levels, other names, and the numbers of sources of members.
        """
        short = self.marks.short(body.sources)
        yield f"{body.meaning.text(self.lang)} {self.marks.full(body.sources)}"
        part = PART[body.part].text(self.lang)
        yield f"{self.say('do czego (nasz podział)', 'what for (our division)')}: {part} {self.marks.short(DESIGN)}"
        if not brief:
            levels = ", ".join(self.model.catalogue.levels[level.value].label.text(self.lang) for level in body.levels)
            yield f"{self.say('szczebel', 'level')}: {levels} {short}"
        if body.also and not brief:
            yield f"{self.say('inne nazwy w źródłach', 'other names in the sources')}: {'; '.join(body.also)} {short}"
        yield from self.holder(self.say("kto zwołuje", "who convenes"), body.convened_by)
        yield from self.holder(self.say("kto prowadzi", "who leads"), body.led_by)
        if body.family is not None:
            yield from self.holder(self.say("rodzina", "the family"), body.family)
        yield from self.members(body, brief)
        yield from self.tasks(body.tasks)
        if body.before:
            stages = self.labels("stages", body.before)
            yield f"{self.say('dopiero po etapie', 'only after the stage')}: {stages} {short}"
        yield from self.note(body)
        seats = {member.seat for member in body.members.values()}
        yield from self.not_found(
            word
            for word, known in (
                (self.say("kto zwołuje", "who convenes"), body.convened_by),
                (self.say("kto prowadzi", "who leads"), body.led_by),
                (self.say("kto zasiada", "who sits in it"), body.members),
                (self.say("zadania", "tasks"), body.tasks),
                (
                    self.say(
                        "czy zasiadają osoby decyzyjne, czy specjaliści", "whether decision makers or specialists sit"
                    ),
                    not body.members or seats != {Seat.NOT_STATED},
                ),
            )
            if not known
        )

    def members(self, body: Body, brief: bool = False) -> Iterator[str]:
        """Who sits in a body, grouped by how well it is known, as what, and on which bases."""
        groups: dict[tuple[Known, Seat, str], list[str]] = {}
        for member in body.members.values():
            numbers = "" if brief else self.marks.numbers(member.sources)
            said = self.types([member.institution]) + (f": {numbers}" if numbers else "")
            groups.setdefault((member.known, member.seat, self.marks.short(member.sources)), []).append(said)
        for known, label in _KNOWN.items():
            for (its, seat, mark), names in groups.items():
                if its is known:
                    role = f", {_SEAT[seat].text(self.lang)}" if seat in _SEAT else ""
                    yield f"{label.text(self.lang)}{role}: {'; '.join(names)} {mark}"

    def holder(self, what: str, holder: Holder | None) -> Iterator[str]:
        """Who convenes, leads or holds something, as the sources put it."""
        if holder is not None:
            yield f"{what}: {self.holder_text(holder)} {self.marks.full(holder.sources)}"

    def holder_text(self, holder: Holder) -> str:
        """How it is put, and the institution types that this library takes it to mean."""
        words = holder.text.text(self.lang)
        if not holder.institutions:
            return words
        types = self.say("typ instytucji", "institution type")
        return f"{words.removesuffix('.')} ({types}: {self.types(holder.institutions)})"

    def tasks(self, tasks: Table[Statement]) -> Iterator[str]:
        """One line per task."""
        for task in tasks.values():
            yield f"{self.say('zadanie', 'task')}: {self.statement(task)}"

    def statement(self, statement: Statement) -> str:
        """A statement with its mark."""
        return f"{statement.text.text(self.lang)} {self.marks.full(statement.sources)}"

    def note(self, thing: Body | Role | Figure) -> Iterator[str]:
        """A remark of this library on what the sources say."""
        if thing.note is not None:
            mark = self.marks.short((*thing.sources, *DESIGN))
            yield f"{self.say('nasza uwaga', 'our note')}: {thing.note.text(self.lang)} {mark}"

    def role(self, role: Role) -> Iterator[str]:
        """A role: who holds it and what it does."""
        named = self.say("nazwa w źródłach", "name in the sources")
        yield f"{named}: {role.label.pl} {self.marks.full(role.sources)}"
        yield from self.holder(self.say("kto", "who"), role.held_by)
        yield from self.tasks(role.tasks)
        yield from self.note(role)
        yield from self.not_found(
            word
            for word, known in (
                (self.say("kto ją pełni", "who holds it"), role.held_by),
                (self.say("zadania", "tasks"), role.tasks),
            )
            if not known
        )

    def stage(self, stage: Stage) -> Iterator[str]:
        """A stage: what goes in, comes out, who takes part, documents, duration, gate."""
        yield f"{stage.text.text(self.lang)} {self.marks.full(stage.sources)}"
        short = self.marks.short(stage.sources)
        parts = (
            (self.say("co jest potrzebne", "what goes in"), self.text(stage.input)),
            (self.say("zespół", "body"), self.labels("bodies", stage.bodies)),
            (self.say("kto", "who"), self.labels("roles", stage.roles)),
            (self.say("dokumenty", "documents"), self.labels("documents", stage.documents)),
            (self.say("co powstaje", "what comes out"), self.text(stage.output)),
            (self.say("czas", "time"), self.text(stage.duration.text if stage.duration else None)),
        )
        for name, words in parts:
            if words:
                yield f"{name}: {words} {short}"
        yield from self.tasks(stage.tasks)
        if stage.gate is not None:
            yield f"{self.say('warunek przejścia dalej', 'before the next stage')}: {self.text(stage.gate)} {short}"
        yield from self.not_found(name for name, words in parts if not words)

    def text(self, label: Label | None) -> str:
        """A text, or an empty one."""
        return "" if label is None else label.text(self.lang)

    def document(self, document: Document) -> Iterator[str]:
        """A document: what it is for, who signs it, at which stage."""
        yield f"{document.purpose.text(self.lang)} {self.marks.full(document.sources)}"
        short = self.marks.short(document.sources)
        signs = self.say("kto podpisuje", "who signs")
        stage = self.say("etap", "stage")
        if document.signed_by is not None:
            yield f"{signs}: {self.text(document.signed_by)} {short}"
        if document.stage is not None:
            yield f"{stage}: {self.labels('stages', [document.stage])} {short}"
        missing = ((signs, document.signed_by), (stage, document.stage))
        yield from self.not_found(name for name, known in missing if known is None)

    # -- one thing on a page of its own ------------------------------------------------------------

    def page(self, thing: Thing) -> tuple[str, tuple[Section, ...]]:
        """Title and sections of one body, role, stage or document, with all that refers to it."""
        place = self.say("miejsce: ", "place: ") + str(thing.place)
        about = [Entry(line) for line in self.lines(thing)]
        used = [Entry(line) for line in self.used_in(thing)]
        teams = self.teams(thing.key) if isinstance(thing, Body) else ()
        sections = (
            Section(self.say("O tym", "About it"), (*about, Entry(place))),
            Section(self.say("Na których etapach", "At which stages"), tuple(used)),
            Section(self.say("Zespoły widziane w pilotażu", "Teams seen in the pilot"), tuple(teams)),
            self.marks.section(),
        )
        return self.title(thing), tuple(section for section in sections if section.entries)

    def used_in(self, thing: Thing) -> Iterator[str]:
        """The stages that name a body, role or document."""
        section = next(name for its, name, _ in _KINDS if isinstance(thing, its))
        if section != "stages":
            for stage in self.model.stages.values():
                if thing.key in getattr(stage, section):
                    yield f"{self.name(stage)} [{stage.key}] {self.marks.full(stage.sources)}"

    def teams(self, body: str | None = None) -> tuple[Entry, ...]:
        """Real teams of the pilot: observed cases, not norms."""
        teams = self.model.pilot.teams.values()
        return tuple(self.team(team) for team in teams if body in (None, team.body))

    def team(self, team: PilotTeam) -> Entry:
        """A real team: when, where, who."""
        about = ", ".join(word for word in (team.date, team.commune and f"TERYT {team.commune}") if word)
        line = f"{self.text(team.label)}{f' ({about})' if about else ''} {self.marks.full(team.sources)}"
        short = self.marks.short(team.sources)
        details = []
        if team.members:
            details.append(f"{self.say('skład', 'members')}: {self.types(team.members)} {short}")
        if team.other_members is not None:
            details.append(f"{self.say('o składzie', 'on the members')}: {self.text(team.other_members)} {short}")
        return Entry(line, tuple(details))

    # -- the whole model ---------------------------------------------------------------------------

    def sections(self) -> Iterator[Section]:
        """All sections, those without an entry with the remark that nothing was found."""
        yield self.section(
            Label("Sektory, jak nazywa je projekt", "Sectors as the project names them"),
            [Entry(self.sector(sector)) for sector in self.model.sectors.values()],
        )
        for name, title in _STATEMENTS.items():
            statements: Table[Statement] = getattr(self.model, name)
            yield self.section(title, [Entry(self.statement(its)) for its in statements.values()])
        for name, title in _PRINCIPLES.items():
            principles: Table[Principle] = getattr(self.model, name)
            yield self.section(title, [Entry(self.principle(its)) for its in principles.values()])
        for name, title in THINGS.items():
            things: Table[Thing] = getattr(self.model, name)
            entries = [Entry(f"{self.name(its)} [{its.key}]", tuple(self.lines(its))) for its in things.values()]
            if name == "stages":
                entries = [*(Entry(line) for line in self.order()), *entries]
            yield self.section(title, entries)
        yield from self.pilot()
        yield self.section(
            Label("Czego nie znaleziono", "What was not found"),
            [Entry(self.text(label)) for label in self.model.not_known.values()],
        )
        yield self.marks.section()

    def sector(self, sector: ModelSector) -> str:
        """A sector of the model, and the sectors of the catalogue that we take it to cover."""
        covered = "; ".join(self.text(self.model.catalogue.sectors[key].label) for key in sector.sectors)
        ours = self.say("w naszym katalogu", "in our catalogue")
        words = f"{self.text(sector.label)} {self.marks.full(sector.sources)}"
        return f"{words}; {ours}: {covered} {self.marks.short(DESIGN)}"

    def section(self, title: Label, entries: list[Entry]) -> Section:
        """A section; an empty one says that nothing was found."""
        nothing = Entry(self.say("nie znaleziono w tym, co odczytano", "not found in what could be read"))
        return Section(title.text(self.lang), tuple(entries) or (nothing,))

    def principle(self, principle: Principle) -> str:
        """A principle or level with its mark."""
        words = f"{self.text(principle.label)}: {self.text(principle.text)}"
        return f"{words} {self.marks.full(principle.sources)}"

    def order(self) -> Iterator[str]:
        """A remark if the order of stages, or of some of them, is this library's own arrangement."""
        stages = self.model.stages.values()
        ours = [stage for stage in stages if any(source in DESIGN for source in stage.sources)]
        mark = self.marks.short(DESIGN)
        if not ours:
            return
        if len(ours) == len(stages):
            yield (
                self.say(
                    "Kolejność etapów to nasz układ zdarzeń widzianych w pilotażu; "
                    "nie znamy kolejności z tekstu modelu.",
                    "The order of the stages is our own arrangement of events seen in the pilot; "
                    "the order in the text of the model is not known.",
                )
                + f" {mark}"
            )
        else:
            names = "; ".join(stage.label.text(self.lang) for stage in ours)
            yield (
                self.say("Miejsce tych etapów w kolejności ustaliliśmy sami: ", "We placed these stages ourselves: ")
                + f"{names} {mark}"
            )

    def pilot(self) -> Iterator[Section]:
        """Figures, communes, teams, milestones and films of the pilot."""
        pilot = self.model.pilot
        yield self.section(
            Label("Pilotaż: liczby", "Pilot: figures"), [self.figure(figure) for figure in pilot.figures.values()]
        )
        communes = [
            Entry(f"{its.name} ({key}): {self.text(its.stage)} {self.marks.full(its.sources)}")
            for key, its in pilot.communes.items()
        ]
        communes += [
            Entry(f"{its.name}: {self.text(its.note)} {self.marks.full(its.sources)}") for its in pilot.names_only
        ]
        yield self.section(Label("Pilotaż: znane gminy", "Pilot: known communes"), communes)
        yield self.section(
            Label("Pilotaż: widziane zespoły (przypadki, nie normy)", "Pilot: teams seen (cases, not norms)"),
            list(self.teams()),
        )
        milestones = []
        for its in pilot.milestones.values():
            dates = " – ".join(dict.fromkeys(date or "?" for date in (its.start, its.end)))
            when = f"{dates}: " if dates != "?" else ""
            milestones.append(Entry(f"{when}{self.text(its.label)} {self.marks.full(its.sources)}"))
        yield self.section(Label("Kamienie milowe i zdarzenia projektu", "Milestones and events"), milestones)
        films = [Entry(f"{self.text(its.label)}: {its.address}") for its in pilot.films.values()]
        yield self.section(Label("Filmy", "Films"), films)

    def figure(self, figure: Figure) -> Entry:
        """A published number with its definition, and what it must not be computed with."""
        line = f"{self.text(figure.label)}: {figure.value} {self.text(figure.unit)} {self.marks.full(figure.sources)}"
        details = list(self.note(figure))
        if figure.conflicts_with:
            others = (self.model.pilot.figures[key] for key in figure.conflicts_with)
            names = "; ".join(f"{self.text(its.label)}: {its.value} {self.text(its.unit)}" for its in others)
            words = self.say("niezgodne z", "in conflict with")
            details.append(f"{words}: {names} {self.marks.short(figure.sources)}")
        return Entry(line, tuple(details))
