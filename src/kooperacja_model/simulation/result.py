"""What comes out of a scenario: numbers of families by group, written as tables, text and pictures."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.commune import VOIVODESHIPS
from kooperacja_model.errors import ScenarioError
from kooperacja_model.population import CommuneClass
from kooperacja_model.provenance import Label, Lang, Table, content_hash
from kooperacja_model.scenario import Grouping, Scenario, Variant
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.counting import BASE, Counts
from kooperacja_model.simulation.teams import TeamSizes

__all__ = ["KINDS", "RESULT_FORMAT", "Group", "Row", "ScenarioResult", "TeamRow"]

RESULT_FORMAT = "kooperacja_model/scenario_result/1"

COUNTRY = Label("razem", "all")
KINDS: Mapping[CommuneClass, Label] = {
    CommuneClass.RURAL: Label("gminy wiejskie", "rural communes"),
    CommuneClass.URBAN_RURAL: Label("gminy miejsko-wiejskie", "urban-rural communes"),
    CommuneClass.TOWN: Label("miasta bez praw powiatu", "towns without powiat rights"),
    CommuneClass.CITY_WITH_POWIAT_RIGHTS: Label("miasta na prawach powiatu", "cities with powiat rights"),
}

_NOTHING = ("", "", "", "")
_TABLES = {"sector": "sectors", "competence": "competences", "institution": "institution_types"}


@frozen(eq=False)
class Group:
    """Some communes that are counted together.

    Attributes:
        by: how they were grouped, or `"all"`.
        key: what they have in common.
        places: their places in the list of communes.
    """

    by: str
    key: str
    label: Label
    places: NDArray[np.intp]


class Row(NamedTuple):
    """One number of the result.

    Attributes:
        variant: key of the variant; `base` is the present state.
        by: how the communes were grouped.
        group: key of the group.
        group_pl: its name in Polish.
        group_en: its name in English.
        measure: `households`, `families` (in need), `demand`, `gap` (families that require the competence, and
            nobody who serves their commune holds it), `short` (families with a gap), `changed` (families with other
            advice than in the present state), `coverage_changed` (families with other gaps).
        kind: `sector`, `competence`, `institution` or `duty`, of demand and gaps.
        key: key of the sector, and so on.
        pl: its name in Polish.
        en: its name in English.
        strength: `required` or `advised`.
        families: the number; null if it is too small to be shown.
        share: of the families of the group, for `families` of its households; null if the number is.
    """

    variant: str
    by: str
    group: str
    group_pl: str
    group_en: str
    measure: str
    kind: str
    key: str
    pl: str
    en: str
    strength: str
    families: int | None
    share: float | None


class TeamRow(NamedTuple):
    """How many teams have so many members.

    Attributes:
        variant: key of the variant; `base` is the present state.
        kind: the kind of commune.
        members: how many institutions a team has; null for all sizes that too few teams have.
        teams: how many teams there are; null if that is too small to be shown.
        mean_from_outside: how many members come from outside the commune, in the mean; null if `teams` is.
    """

    variant: str
    kind: str
    members: int | None
    teams: int | None
    mean_from_outside: float | None


@frozen(eq=False, repr=False)
class ScenarioResult:
    """What comes out of a scenario.

    Attributes:
        scenario: what was worked out.
        communes: the communes, with their model and households.
        left_out: communes that no published model covers; their families are not counted.
        register_state: date of the TERC file, if there was one.
        names: names of the columns of `Counts.demand`, for example `sector__health__required`.
        counts: by key of the variant, `base` first.
        teams: the teams of a sample of families.
        table_hash: SHA-256 of the file that the families came from, or `None` if they were drawn.
    """

    scenario: Scenario
    communes: tuple[SimulatedCommune, ...]
    left_out: tuple[SimulatedCommune, ...]
    register_state: str | None
    names: tuple[str, ...]
    counts: Table[Counts]
    teams: tuple[TeamSizes, ...]
    table_hash: str | None = None

    @property
    def variants(self) -> dict[str, Variant]:
        """The variants by key, the present state first."""
        return {BASE.key: BASE, **self.scenario.variants}

    @property
    def households(self) -> int:
        """All households of the communes; 0 if the families came from a table."""
        return sum(commune.households for commune in self.communes)

    @property
    def families(self) -> int:
        """All families in need."""
        return int(self.counts[BASE.key].families.sum())

    @property
    def assumed_towns(self) -> int:
        """How many towns of unknown size are taken for cities."""
        scenario = self.scenario
        listed = scenario.communes.listed
        unknown = 0
        for commune in self.communes:
            given = listed.get(commune.code.text)
            chosen = scenario.model is not None or (given is not None and given.model is not None)
            sized = given is not None and given.commune.population is not None
            unknown += commune.kind is CommuneClass.TOWN and not chosen and not sized
        return unknown

    # -- groups ------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All communes together, then those of each grouping that was asked for."""
        everything = Group("all", "all", COUNTRY, np.arange(len(self.communes)))
        return (everything, *(group for by in self.scenario.by for group in self.grouped(by)))

    def grouped(self, by: Grouping) -> tuple[Group, ...]:
        """The communes by one grouping.

        Raises:
            ScenarioError: the communes are nameless, and are to be told apart.
        """
        if by in (Grouping.COMMUNE, Grouping.POWIAT) and any(commune.name is None for commune in self.communes):
            raise ScenarioError(f"`by: {by.value}` needs names of communes; give a TERC file, or list them")
        places: dict[str, list[int]] = {}
        labels: dict[str, Label] = {}
        for place, commune in enumerate(self.communes):
            key, label = self._group(by, commune)
            places.setdefault(key, []).append(place)
            labels[key] = label
        order = [kind.value for kind in KINDS] if by is Grouping.KIND else sorted(places)
        if by is Grouping.MODEL:
            order = list(self.scenario.models)
        return tuple(Group(by.value, key, labels[key], np.array(places[key])) for key in order if key in places)

    def _group(self, by: Grouping, commune: SimulatedCommune) -> tuple[str, Label]:
        code = commune.code
        if by is Grouping.KIND:
            return commune.kind.value, KINDS[commune.kind]
        if by is Grouping.VOIVODESHIP:
            return code.voivodeship, Label(VOIVODESHIPS[code.voivodeship], VOIVODESHIPS[code.voivodeship])
        if by is Grouping.POWIAT:
            return code.powiat, Label(code.powiat, code.powiat)
        if by is Grouping.COMMUNE:
            name = commune.name or code.text
            return code.text, Label(name, name)
        assert commune.model is not None
        return commune.model, self.scenario.models[commune.model].label

    # -- numbers -----------------------------------------------------------------------------

    def shown(self, count: int) -> int | None:
        """A number of families, or `None` if it is too small to be shown."""
        return None if 0 < count < self.scenario.suppress_below else count

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All numbers; a row of demand or gap that is not there stands for none."""
        return tuple(row for variant in self.variants for group in self.groups for row in self._rows(variant, group))

    def _rows(self, variant: str, group: Group) -> Iterator[Row]:
        counts = self.counts[variant]
        families = int(counts.families[group.places].sum())

        def row(
            measure: str, total: int, whole: int, thing: tuple[str, str, str, str] = _NOTHING, strength: str = ""
        ) -> Row:
            shown = total if measure == "households" else self.shown(total)
            share = None if shown is None or not whole else round(shown / whole, 6)
            name = group.label
            return Row(variant, group.by, group.key, name.pl, name.en, measure, *thing, strength, shown, share)

        households = sum(self.communes[place].households for place in group.places)
        if households:
            yield row("households", households, 0)
        yield row("families", families, households)
        for name, total in zip(self.names, counts.demand[group.places].sum(axis=0).tolist(), strict=True):
            kind, key, strength = name.split("__")
            if total:
                yield row("demand", total, families, (kind, key, *self.label(kind, key)), strength)
        for key, total in zip(self.competences, counts.gaps[group.places].sum(axis=0).tolist(), strict=True):
            if total:
                yield row("gap", total, families, ("competence", key, *self.label("competence", key)), "required")
        yield row("short", int(counts.short[group.places].sum()), families)
        if variant != BASE.key:
            yield row("changed", int(counts.changed[group.places].sum()), families)
            yield row("coverage_changed", int(counts.coverage_changed[group.places].sum()), families)

    @property
    def competences(self) -> tuple[str, ...]:
        """Keys of the competences, in the order of `Counts.gaps`."""
        return tuple(self.scenario.population.catalogue.competences)

    def label(self, kind: str, key: str) -> tuple[str, str]:
        """The Polish and the English name of something."""
        if kind == "duty":
            label = next(iter(self.scenario.models.values())).duties[key].label
        else:
            label = getattr(self.scenario.population.catalogue, _TABLES[kind])[key].label
        return label.pl, label.en

    def demand(self, kind: str, strength: str, variant: str = BASE.key) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Keys of one kind of things, and for each commune (first axis) the families that they are for."""
        parts = [name.split("__") for name in self.names]
        places = [place for place, part in enumerate(parts) if (part[0], part[2]) == (kind, strength)]
        return tuple(parts[place][1] for place in places), self.counts[variant].demand[:, places]

    @property
    def suppressed(self) -> int:
        """How many numbers are too small to be shown."""
        return sum(row.families is None for row in self.rows) + sum(row.teams is None for row in self.team_rows)

    # -- teams -------------------------------------------------------------------------------

    @cached_property
    def team_rows(self) -> tuple[TeamRow, ...]:
        """How many teams of each kind of commune have so many members; rare sizes are put together."""
        return tuple(row for sizes in self.teams for row in self._team_rows(sizes))

    def _team_rows(self, sizes: TeamSizes) -> Iterator[TeamRow]:
        outside: dict[int | None, list[int]] = {}
        shown = self.sizes_shown(sizes)
        for members, out in zip(sizes.members, sizes.outside, strict=True):
            outside.setdefault(members if members in shown else None, []).append(out)
        for size in (*shown, None):
            if size in outside:
                its = outside[size]
                teams = self.shown(len(its))
                mean = None if teams is None else sum(its) / teams
                yield TeamRow(sizes.variant, sizes.kind.value, size, teams, mean)

    def sizes_shown(self, sizes: TeamSizes) -> tuple[int, ...]:
        """The numbers of members that enough teams have to be shown, sorted."""
        return tuple(size for size, teams in sorted(Counter(sizes.members).items()) if self.shown(teams) is not None)

    def largest_shown(self, sizes: TeamSizes) -> int | None:
        """The largest number of members that enough teams have or exceed to be shown, if there is one."""
        enough = max(self.scenario.suppress_below, 1)
        return sorted(sizes.members)[-enough] if len(sizes.members) >= enough else None

    # -- as data -----------------------------------------------------------------------------

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the numbers depend on: seed, content hashes, versions."""
        scenario = self.scenario
        return {
            "format": RESULT_FORMAT,
            "label": {"pl": scenario.label.pl, "en": scenario.label.en},
            "seed": scenario.seed,
            "invented": scenario.table is None,
            "population": scenario.population.hash,
            "table": self.table_hash,
            "networks": {network.commune.code.text: content_hash(network) for network in scenario.networks},
            "register_state": self.register_state,
            "models": {
                variant.key: {key: variant.applied(scenario.models[key]).hash for key in self._models(variant)}
                for variant in self.variants.values()
            },
            "communes": len(self.communes),
            "communes_left_out": len(self.left_out),
            "households": self.households,
            "families": self.shown(self.families),
            "teams_of_each_kind": scenario.teams,
            "suppress_below": scenario.suppress_below,
            "suppressed": self.suppressed,
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("kooperacja_model", "numpy", "pyarrow")},
            },
        }

    def _models(self, variant: Variant) -> tuple[str, ...]:
        used = {variant.model or commune.model for commune in self.communes}
        return tuple(key for key in self.scenario.models if key in used)

    def to_arrow(self) -> Any:
        """All numbers as a `pyarrow.Table` with `metadata` in its schema."""
        return _arrow(Row, self.rows, self.metadata)

    def teams_to_arrow(self) -> Any:
        """The sizes of teams, with `metadata`: how many teams of each kind of commune have so many members."""
        return _arrow(TeamRow, self.team_rows, self.metadata)

    def summary(self, lang: Lang = "pl") -> str:
        """The result as a short text with tables.

        Args:
            lang: `"pl"` or `"en"`.
        """
        from kooperacja_model.simulation.summary import summary

        return summary(self, lang)

    def files(self, lang: Lang = "pl", pictures: bool = True) -> dict[str, bytes]:
        """The content of all files of the result, by name.

        Args:
            lang: language of the summary and the pictures.
            pictures: draw them; that needs the extra `plot`.
        """
        numbers = self.to_arrow()
        found = {
            "result.parquet": _parquet(numbers),
            "result.csv": _csv(numbers),
            "result.json": (json.dumps(self.metadata, ensure_ascii=False, indent=2) + "\n").encode(),
            "summary.txt": self.summary(lang).encode(),
        }
        if self.teams:
            found["teams.csv"] = _csv(self.teams_to_arrow())
        if pictures:
            if find_spec("matplotlib") is None:
                raise ScenarioError(
                    "pictures need matplotlib; install it with: pip install 'kooperacja_model[plot]', or leave them out"
                )
            from kooperacja_model.simulation.pictures import draw

            found |= draw(self, lang)
        return found

    def write(self, folder: str | Path, lang: Lang = "pl", pictures: bool = True) -> tuple[Path, ...]:
        """Write all files of the result; each is there as a whole or not at all.

        Args:
            folder: where to; it is made if it is not there.
            lang: language of the summary and the pictures.
            pictures: draw them; that needs the extra `plot`.

        Raises:
            OSError: a file cannot be written.
        """
        target = Path(folder)
        files = self.files(lang, pictures)
        target.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            part = target / f".{name}.part"
            part.write_bytes(data)
            os.replace(part, target / name)
        return tuple(target / name for name in files)


_TYPES: Mapping[object, Any] = {str: pa.string(), int | None: pa.int64(), float | None: pa.float64()}


def _arrow(kind: type[Row | TeamRow], rows: Sequence[Row | TeamRow], metadata: Mapping[str, Any]) -> Any:
    types = {name: _TYPES[its] for name, its in get_type_hints(kind).items()}
    schema = pa.schema(types, {"kooperacja_model": json.dumps(metadata, ensure_ascii=False)})
    return pa.Table.from_pylist([row._asdict() for row in rows], schema)


def _parquet(table: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _csv(table: Any) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.column_names)
    columns = [column.to_pylist() for column in table.columns]
    writer.writerows(["" if value is None else value for value in row] for row in zip(*columns, strict=True))
    return b"\xef\xbb\xbf" + text.getvalue().encode()
