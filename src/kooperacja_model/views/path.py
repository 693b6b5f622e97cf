"""The way from nothing to a working team in one commune, under its model of cooperation."""

from __future__ import annotations

from collections.abc import Iterator

from kooperacja_model.commune import VOIVODESHIPS, Commune
from kooperacja_model.model import CooperationModel
from kooperacja_model.organisation import Role, Stage
from kooperacja_model.provenance import Lang
from kooperacja_model.views.marks import DESIGN
from kooperacja_model.views.organisation import Teller
from kooperacja_model.views.outline import Entry, Section
from kooperacja_model.views.text import lines_of
from kooperacja_model.views.words import say_commune

__all__ = ["explain_path"]


def explain_path(model: CooperationModel, commune: Commune, lang: Lang = "pl") -> str:
    """The stages of a model in a commune: what goes in and comes out, who does what, documents, gates.

    Args:
        model: the model to follow; see `model_for`.
        commune: where; it decides what applies (for example a separate PCPR).
        lang: `"pl"` or `"en"`.

    >>> from kooperacja_model import Commune, load_model
    >>> print(explain_path(load_model("city"), Commune("2475011"), "en").splitlines()[0])
    The way to a working team: Sosnowiec (2475011)
    """
    path = _Path(model, commune, lang)
    return "\n".join(lines_of(path.title(), path.remark(), path.sections())) + "\n"


class _Path:
    def __init__(self, model: CooperationModel, commune: Commune, lang: Lang) -> None:
        self.model = model
        self.commune = commune
        self.lang: Lang = lang
        self.teller = Teller(model, lang)
        self.say = self.teller.say
        self.marks = self.teller.marks

    def title(self) -> str:
        its = self.model.pilot.communes.get(self.commune.code.text)
        known = self.commune.name or (its.name if its is not None else "")
        name = f"{known} ({self.commune.code})" if known else str(self.commune.code)
        return self.say(f"Droga do działającego zespołu: {name}", f"The way to a working team: {name}")

    def remark(self) -> str:
        return self.say(
            "Tak szła współpraca według odczytanych źródeł, głównie relacji z pilotażu. Tekstu modelu nie udało się "
            "przeczytać. Projekt się skończył; to, co było jego częścią (na przykład nabór), dziś trzeba zastąpić "
            "własnymi ustaleniami. To propozycja, nie przepis.",
            "This is how cooperation went according to the sources read, mostly accounts of the pilot. The text of the "
            "model could not be read. The project is over; what belonged to it (for example the recruitment) has to be "
            "replaced by arrangements of your own. This is a proposal, not a rule.",
        )

    def sections(self) -> Iterator[Section]:
        model, teller = self.model, self.teller
        stages = model.stages.values()
        yield Section(self.say("W tej gminie", "In this commune"), tuple(Entry(line) for line in self.here()))
        order = tuple(Entry(line) for line in teller.order())
        if order:
            yield Section(self.say("O kolejności", "On the order"), order)
        yield Section(
            self.say("Etapy", "Stages"),
            tuple(Entry(teller.name(stage), tuple(self.stage(stage))) for stage in stages),
            numbered=True,
        )
        bodies = dict.fromkeys(key for stage in stages for key in stage.bodies)
        roles = dict.fromkeys(key for stage in stages for key in stage.roles)
        documents = dict.fromkeys(key for stage in stages for key in stage.documents)
        who = [
            Entry(teller.name(model.bodies[key]), tuple(teller.body(model.bodies[key], brief=True))) for key in bodies
        ]
        who += [Entry(teller.name(model.roles[key]), tuple(self.role(model.roles[key]))) for key in roles]
        yield Section(self.say("Kto co robi", "Who does what"), tuple(who))
        papers = (model.documents[key] for key in documents)
        yield Section(
            self.say("Dokumenty", "Documents"),
            tuple(Entry(teller.name(paper), tuple(teller.document(paper))) for paper in papers),
        )
        yield Section(self.say("Czego nie wiadomo", "What is not known"), (Entry(self.unknown()),))
        yield self.marks.section()

    def unknown(self) -> str:
        number = len(self.model.not_known)
        return self.say(
            f"o tym modelu nie znaleziono {number} rzeczy; wymienia je `kooperacja show {self.model.key}`",
            f"{number} things about this model were not found; `kooperacja show {self.model.key}` lists them",
        )

    # -- what holds here -----------------------------------------------------------------------------

    def here(self) -> Iterator[str]:
        """What is known of this commune, and what follows for the model."""
        model, code = self.model, self.commune.code
        criterion = self.marks.full(model.criterion.sources)
        yield f"{say_commune(self.commune, self.lang)} ({self.say('z kodu TERYT', 'from the TERYT code')})"
        made_for = model.criterion.text.text(self.lang)
        label = model.label.text(self.lang)
        yield f"{self.say('model', 'model')}: {label}; {self.say('dla kogo', 'made for')}: {made_for} {criterion}"
        covers = model.criterion.covers(self.commune)
        if covers is False:
            yield self.say(
                "ten model nie jest przeznaczony dla takiej gminy; wybrano go mimo to",
                "this model is not made for such a commune; it was chosen all the same",
            ) + f" {criterion}"  # fmt: skip
        elif covers is None:
            yield self.say(
                "nie podano liczby mieszkańców, więc nie wiadomo, czy model jest dla tej gminy (--population)",
                "the population is not given, so it is not known whether the model is for this commune (--population)",
            ) + f" {criterion}"  # fmt: skip
        yield from self.pcpr()
        yield from self.pilot()
        if code.voivodeship not in model.voivodeships:
            names = ", ".join(VOIVODESHIPS[key] for key in model.voivodeships)
            yield self.say(
                f"model powstał w innych województwach: {names}", f"the model was worked out in other places: {names}"
            ) + f" {self.marks.full(model.sources)}"  # fmt: skip

    def pcpr(self) -> Iterator[str]:
        """Whether the commune has a PCPR besides its OPS, and what that means for the roles that it holds."""
        term = self.model.catalogue.institution_types["pcpr"]
        mark = self.marks.full(term.sources)
        code = self.commune.code
        if not code.has_powiat_rights:
            yield self.say(
                f"gmina leży w powiecie ziemskim ({code.powiat}): PCPR jest instytucją powiatu, osobną od OPS",
                f"the commune lies in a land powiat ({code.powiat}): PCPR is an institution of the powiat, apart from "
                "the OPS",
            ) + f" {mark}"  # fmt: skip
        elif code.has_joint_ops_and_pcpr:
            yield self.say(
                "miasto na prawach powiatu: zadania PCPR prowadzi ta sama instytucja co OPS",
                "city with powiat rights: one institution does the work of OPS and PCPR",
            ) + f" {mark}"  # fmt: skip
        else:
            yield self.say(
                "miasto na prawach powiatu, w którym centrum pomocy rodzinie jest osobne od OPS",
                "city with powiat rights whose family assistance centre is apart from the OPS",
            ) + f" {mark}"  # fmt: skip
        for role in self.model.roles.values():
            if self.only_pcpr(role):
                name = self.teller.name(role)
                if code.has_powiat_rights:
                    words = self.say(
                        f"{name}: w źródłach to PCPR w powiecie ziemskim; w mieście na prawach powiatu "
                        "nie przewidujemy osobnej takiej roli",
                        f"{name}: in the sources the PCPR of a land powiat; in a city with powiat rights we foresee no "
                        "separate role of this kind",
                    )
                    yield f"{words} {self.marks.short(DESIGN)}"
                else:
                    assert role.held_by is not None
                    yield f"{name}: {self.teller.holder_text(role.held_by)} {self.marks.full(role.held_by.sources)}"

    def only_pcpr(self, role: Role) -> bool:
        """Whether a role is held by the PCPR and nobody else."""
        return role.held_by is not None and role.held_by.institutions == ("pcpr",)

    def pilot(self) -> Iterator[str]:
        """Whether the commune was in the pilot, with the teams seen there, or others of its powiat."""
        pilot, code = self.model.pilot, self.commune.code
        its = pilot.communes.get(code.text)
        if its is None:
            yield self.say(
                "wśród znanych gmin pilotażu jej nie znaleziono (lista nie jest pełna)",
                "not found among the known communes of the pilot (the list is not complete)",
            ) + f" {self.marks.short(DESIGN)}"  # fmt: skip
        else:
            mark = self.marks.full(its.sources)
            yield f"{self.say('w pilotażu', 'in the pilot')}: {self.teller.text(its.stage)} {mark}"
        for team in pilot.teams.values():
            if team.commune == code.text:
                said = self.teller.team(team)
                yield "; ".join((f"{self.say('widziany zespół', 'a team seen')}: {said.line}", *said.details))
        near = [c for key, c in pilot.communes.items() if key[:4] == code.powiat and key != code.text]
        if near:
            names = ", ".join(f"{c.name} ({c.key})" for c in near)
            sources = tuple(source for c in near for source in c.sources)
            words = self.say("z tego samego powiatu w pilotażu", "of the same powiat in the pilot")
            yield f"{words}: {names} {self.marks.full(sources)}"

    # -- stages and roles ------------------------------------------------------------------------------

    def stage(self, stage: Stage) -> Iterator[str]:
        """A stage, with what is different in this commune."""
        yield from self.teller.stage(stage)
        if self.commune.code.has_powiat_rights:
            dropped = [role for key in stage.roles if self.only_pcpr(role := self.model.roles[key])]
            for role in dropped:
                words = self.say("tu bez osobnej roli", "here without the separate role")
                yield f"{words}: {self.teller.name(role)} {self.marks.short(DESIGN)}"

    def role(self, role: Role) -> Iterator[str]:
        """A role, with what is different in this commune."""
        if self.commune.code.has_powiat_rights and self.only_pcpr(role):
            words = self.say("w tej gminie nie przewidujemy osobnej roli", "no separate role foreseen in this commune")
            yield f"{words} {self.marks.short(DESIGN)}"
        yield from self.teller.role(role)
