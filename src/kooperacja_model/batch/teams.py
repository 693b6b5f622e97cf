"""Exact teams for a whole table of families: how many members, how many from outside, who, and what stays uncovered.

For every family that reports a need, the team is the one that `propose_team` proposes for its recommendation and the
network of its commune. The other families have no team. `explain_row` shows the team of a family with all reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.arrow import ArrowTable, Numbers, plain_type
from kooperacja_model.batch.demands import Demands, Words
from kooperacja_model.batch.program import model_of, texts_of
from kooperacja_model.batch.progress import Progress, reporter
from kooperacja_model.batch.result import WIDE, recommendation_of
from kooperacja_model.batch.tables import Batch, Families, Layout, Missing
from kooperacja_model.batch.team_solver import Teams, TeamSolver
from kooperacja_model.batch.totals import Groups
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError, NetworkError, TableError
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import LocalNetwork
from kooperacja_model.provenance import Basis
from kooperacja_model.team import Team, propose_team

__all__ = ["TeamBatch", "teams_batch"]

_MOST = 1 << 15
"""More institutions than any team has."""


@frozen(eq=False, repr=False, slots=False)
class TeamBatch:
    """The teams for the families of a table.

    Attributes:
        model: the model whose rules were used.
        networks: the institutions that the teams were chosen from.
        rows: number of families in the table.
        families: number of families that have a team.
        contradictory: number of families whose facts contradict each other; they have no team.
        unproven: number of teams that are not proven to be the best, because the search became too long.
        by: names of the columns that totals are grouped by, or `None` if each family was asked for.
    """

    model: CooperationModel
    networks: tuple[LocalNetwork, ...]
    rows: int
    families: int
    contradictory: int
    unproven: int
    by: tuple[str, ...] | None
    _solver: TeamSolver
    _table: Families
    _batches: tuple[tuple[Batch, Numbers], ...]
    _teams: tuple[tuple[Teams, ...], ...]
    _tally: _Tally
    _groups: tuple[tuple[object, ...], ...]

    def to_arrow(self) -> Any:
        """The teams as a pyarrow table with a row for each family, null for families without a team.

        Columns, after the id column if one was named: `size` and `outside` (numbers of members), and the lists
        `members` (keys of institutions), `uncovered` (competences) and `missing` (types that have to be there).

        Raises:
            TableError: only totals were asked for.
        """
        if self.by is not None:
            raise TableError(("only totals were asked for; leave out `by` to get a row for each family",))
        id_ = self._table.id
        fields = [] if id_ is None else [pa.field(id_, plain_type(self._table.schema.field(id_).type))]
        schema = pa.schema([*fields, *_FIELDS])
        lists = _Lists(self._solver)
        batches = []
        for (batch, _), blocks in zip(self._batches, self._teams, strict=True):
            for teams in blocks:
                arrays = lists.of(teams)
                if id_ is not None:
                    ids = batch.ids.slice(teams.start, teams.families)
                    arrays.insert(0, ids.dictionary_decode() if pa.types.is_dictionary(ids.type) else ids)
                batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        return pa.Table.from_batches(batches, schema)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The teams as an Arrow stream, for Polars, DuckDB and whatever else speaks Arrow."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    @cached_property
    def totals(self) -> Any:
        """A pyarrow table with a row for each group.

        Columns: the labels; `families` that have a team; `members` and `outside`, summed over their teams; and for
        how many families each competence is uncovered (`uncovered__KEY`) and each type missing (`missing__KEY`).
        """
        columns = {name: pa.array(its) for name, its in self._counted.columns.items()}
        return self._labelled(range(len(self._groups)), columns)

    @cached_property
    def sizes(self) -> Any:
        """A pyarrow table with how many `families` of a group have a team of a `size` with so many from `outside`."""
        cells = sorted(self._counted.cells.items())
        names = ("size", "outside", "families")
        numbers = [(size, outside, count) for (_, size, outside), count in cells]
        columns = {name: pa.array([row[place] for row in numbers], pa.int64()) for place, name in enumerate(names)}
        return self._labelled([group for (group, _, _), _ in cells], columns)

    def _labelled(self, groups: Iterable[int], columns: Mapping[str, Any]) -> Any:
        labels = [self._groups[group] for group in groups]
        by = self.by or ()
        kinds = [plain_type(self._table.schema.field(name).type) for name in by]
        arrays = [pa.array([its[place] for its in labels], kind) for place, kind in enumerate(kinds)]
        return pa.Table.from_arrays([*arrays, *columns.values()], names=[*by, *columns])

    @cached_property
    def _counted(self) -> _Tally:
        tally = self._tally
        if self.by is None:
            for blocks in self._teams:
                for teams in blocks:
                    tally.add(teams)
        return tally

    def explain_row(self, row: int) -> Team:
        """The team of a family with all reasons: what `propose_team` proposes for its recommendation.

        Args:
            row: number of the family in the table, from 0 (in layout `Long`: in the order of their first rows).

        Raises:
            IndexError: there is no such row.
            CaseError: the family reports no need, or its facts contradict each other.
        """
        if not 0 <= row < self.rows:
            raise IndexError(f"row {row}: the table has {self.rows} families, numbered from 0")
        place = row
        its = iter(self._batches)
        batch, places = next(its)
        while place >= batch.facts.rows:
            place -= batch.facts.rows
            batch, places = next(its)
        recommendation = recommendation_of(self._solver.demands.program, self.model, batch, place)
        if not recommendation.case.needs:
            raise CaseError(f"row {row}: the family reports no need, so it has no team; ask for another row")
        return propose_team(recommendation, self.networks[places[place]])

    def __repr__(self) -> str:
        return f"TeamBatch({self.model.key!r}, rows={self.rows}, families={self.families})"


def teams_batch(
    model: CooperationModel | str,
    table: ArrowTable,
    networks: LocalNetwork | Mapping[str, LocalNetwork],
    *,
    commune: str | None = None,
    basis: Iterable[Basis | str] | None = None,
    by: Sequence[str] | None = None,
    id: str | None = None,  # noqa: A002
    layout: Layout = WIDE,
    ignore: Iterable[str] = (),
    missing: Missing = "unknown",
    contradictions: Literal["error", "null"] = "error",
    compiled: bool | None = None,
    threads: int | None = None,
    progress: Progress = None,
) -> TeamBatch:
    """The best team for every family of a table.

    Args:
        model: a model, or the key of a published one.
        table: whatever `recommend_batch` reads.
        networks: the institutions of the commune of all families, or of each commune by its TERYT code.
        commune: name of a column of TERYT codes, from which the network and features of the commune follow.
        basis: keep only rules with a source on one of these bases. Duties always stay.
        by: names of columns to group by: only totals are kept. `()` gives totals of the whole table.
        id: name of a column that identifies each family.
        layout: how the table is laid out: `Wide()`, `Lists(...)` or `Long(...)`.
        ignore: names of columns that are not to be read.
        missing: what circumstances are that have no column, or are in no list.
        contradictions: what to do with families whose facts contradict each other: raise an error, or give no team.
        compiled: whether to search with numba (extra `fast`); `None` for yes if it is installed. Teams are the same.
        threads: threads of the compiled search; `None` for one for each processor.
        progress: show how far it is: `None` for on a terminal only, or a function of families done and total.

    Raises:
        TableError: the table cannot be used, facts contradict each other, or the network of a family is not given.
        NetworkError: a network is given for another commune than its own, or none is given.
        KooperacjaError: there is no such model.

    >>> import pyarrow as pa
    >>> from kooperacja_model import load_model, network_from_availability
    >>> families = pa.table({"truancy": [True, False], "alcohol_problem": [False, False]})
    >>> network = network_from_availability(load_model("rural"), "1816122")
    >>> batch = teams_batch("rural", families, network, compiled=False)
    >>> batch.to_arrow()["members"].to_pylist()
    [['municipal_office', 'pcpr', 'social_assistance_centre'], None]
    >>> batch.explain_row(0).keys[:2]
    ('social_assistance_centre', 'municipal_office')
    """
    if contradictions not in ("error", "null"):
        raise TableError(("`contradictions` is none of 'error', 'null'",))
    model = model_of(model)
    by = None if by is None else texts_of(by, "by")
    chosen = _checked(networks)
    if len(chosen) != 1 and commune is None:
        raise TableError(("there are several networks; name the column of TERYT codes with `commune=`",))
    solver = TeamSolver(model, chosen.values(), basis, compiled, threads)
    tally, groups = _Tally(solver.demands), Groups()
    own = [field.name for field in _FIELDS] if by is None else ["size", *tally.columns]
    shown = [*((id,) if by is None else by), *own]
    families = Families(solver.demands.program, table, layout, id, commune, by or (), ignore, missing, shown)
    batches = _with_places(families.all(), list(chosen), commune)
    rows = sum(batch.facts.rows for batch, _ in batches)
    tick = reporter(progress, rows)
    kept: list[tuple[Teams, ...]] = []
    found = contradictory = unproven = 0
    first = done = 0
    for batch, places in batches:
        numbers = groups.numbers(batch.groups) if by else None
        blocks = []
        for teams in solver.solve(batch.facts, places):
            if len(teams.contradictory) and not contradictory:
                first = done + teams.start + int(teams.contradictory[0])
            contradictory += len(teams.contradictory)
            found += len(teams.rows)
            unproven += int((~teams.proven).sum())
            if by is None:
                blocks.append(teams)
            else:
                tally.add(teams, numbers)
            tick(teams.families)
        kept.append(tuple(blocks))
        done += batch.facts.rows
    tick(0)
    if contradictory and contradictions == "error":
        where = f"in row {first}" if contradictory == 1 else f"in {contradictory} rows, the first is row {first}"
        todo = "correct what is given (`recommend_batch` names the facts), or pass contradictions='null'"
        raise TableError((f"facts contradict each other {where}; {todo}",))
    labels = tuple(groups.labels) if by else ((),)
    tally.grow(len(labels))
    return TeamBatch(
        model=model,
        networks=tuple(chosen.values()),
        rows=rows,
        families=found,
        contradictory=contradictory,
        unproven=unproven,
        by=by,
        solver=solver,
        table=families,
        batches=tuple(batches),
        teams=tuple(kept),
        tally=tally,
        groups=labels,
    )


def _checked(networks: LocalNetwork | Mapping[str, LocalNetwork]) -> dict[str, LocalNetwork]:
    """The networks by the code of their commune."""
    if isinstance(networks, LocalNetwork):
        return {networks.commune.code.text: networks}
    if not networks:
        raise NetworkError("networks: there is none; give that of each commune by its TERYT code")
    if not isinstance(networks, Mapping) or not all(isinstance(its, LocalNetwork) for its in networks.values()):
        raise NetworkError("networks: not all are local networks; give one, or a mapping of them by TERYT code")
    wrong = [
        f"networks: under {code} there is that of {network.commune.code}; put it under its own code"
        for code, network in networks.items()
        if code != network.commune.code.text
    ]
    if wrong:
        raise NetworkError("\n".join(wrong))
    return dict(networks)


def _with_places(batches: Iterable[Batch], codes: Sequence[str], commune: str | None) -> list[tuple[Batch, Numbers]]:
    """The batches, each with the number of every family's network.

    A family whose commune is not known may only be of the one commune that there is.
    """
    numbers = {code: number for number, code in enumerate(codes)}
    unknown = 0 if len(codes) == 1 else -1
    found = []
    strange: list[int] = []
    start = 0
    for batch in batches:
        if batch.communes is None:
            places = np.zeros(batch.facts.rows, dtype=np.intp)
        else:
            its = [unknown if code is None else numbers.get(_code(code), -1) for code in batch.communes.values]
            places = np.array(its, dtype=np.intp)[batch.communes.codes]
        strange += (start + np.flatnonzero(places < 0)).tolist()
        start += batch.facts.rows
        found.append((batch, places))
    if strange:
        where = f"row {strange[0]}" if len(strange) == 1 else f"{len(strange)} rows, the first is row {strange[0]}"
        raise TableError((f"column {commune!r}: no network is given for the commune of {where}; give it, or its code",))
    return found


def _code(label: object) -> str:
    """The code of the whole commune."""
    return Commune(str(label)).code.text


# -- counts --------------------------------------------------------------------------------------


class _Tally:
    """Teams counted by group."""

    def __init__(self, demands: Demands) -> None:
        self.families = self.members = self.outside = np.zeros(0, dtype=np.int64)
        self.uncovered = np.zeros((0, len(demands.required)), dtype=np.int64)
        self.missing = np.zeros((0, len(demands.mandated)), dtype=np.int64)
        self.cells: Counter[tuple[int, int, int]] = Counter()
        self._demands = demands

    @property
    def columns(self) -> dict[str, NDArray[np.int64]]:
        """The numbers of each group, by the name of their column."""
        return {
            "families": self.families,
            "members": self.members,
            "outside": self.outside,
            **{f"uncovered__{key}": self.uncovered[:, place] for place, key in enumerate(self._demands.required)},
            **{f"missing__{key}": self.missing[:, place] for place, key in enumerate(self._demands.mandated)},
        }

    def grow(self, groups: int) -> None:
        """Make room for so many groups."""
        more = groups - len(self.families)
        if more > 0:
            self.families, self.members, self.outside = (
                np.pad(its, (0, more)) for its in (self.families, self.members, self.outside)
            )
            self.uncovered, self.missing = (np.pad(its, ((0, more), (0, 0))) for its in (self.uncovered, self.missing))

    def add(self, teams: Teams, numbers: Numbers | None = None) -> None:
        """Count the teams of a block; `numbers`: the group of each family of the table, if not all are in group 0."""
        groups = np.zeros(len(teams.rows), dtype=np.intp) if numbers is None else numbers[teams.start + teams.rows]
        self.grow(int(groups.max(initial=0)) + 1)
        size = len(self.families)
        self.families += np.bincount(groups, minlength=size)
        self.members += np.bincount(groups, teams.size, size).astype(np.int64)
        self.outside += np.bincount(groups, teams.outside, size).astype(np.int64)
        for words, counts in ((teams.uncovered, self.uncovered), (teams.missing, self.missing)):
            which, places = _set_bits(words)
            np.add.at(counts, (groups[which], places), 1)
        cells, counted = np.unique((groups * _MOST + teams.size) * _MOST + teams.outside, return_counts=True)
        for cell, count in zip(cells.tolist(), counted.tolist(), strict=True):
            rest, outside = divmod(cell, _MOST)
            self.cells[*divmod(rest, _MOST), outside] += count


def _set_bits(words: Words) -> tuple[Numbers, Numbers]:
    """Rows and numbers of all bits that are set."""
    flags = np.unpackbits(words.astype("<u8", copy=False).view(np.uint8).reshape(-1), bitorder="little")
    places = np.flatnonzero(flags.view(np.bool_))
    rows, numbers = np.divmod(places, max(1, 64 * words.shape[1]))
    return rows, numbers


# -- Arrow out -----------------------------------------------------------------------------------

_KEYS = pa.list_(pa.dictionary(pa.int32(), pa.string()))
_FIELDS = (
    pa.field("size", pa.int16()),
    pa.field("outside", pa.int16()),
    pa.field("members", _KEYS),
    pa.field("uncovered", _KEYS),
    pa.field("missing", _KEYS),
)


class _Lists:
    """Makes Arrow columns of teams."""

    def __init__(self, solver: TeamSolver) -> None:
        keys = {key: None for its in solver.keys for key in its}
        numbers = {key: number for number, key in enumerate(keys)}
        self.institutions = pa.array(keys, pa.string())
        self.numbers = np.zeros((len(solver.keys), max((len(its) for its in solver.keys), default=0)), dtype=np.int32)
        for place, its in enumerate(solver.keys):
            self.numbers[place, : len(its)] = [numbers[key] for key in its]
        self.required = pa.array(solver.demands.required, pa.string())
        self.mandated = pa.array(solver.demands.mandated, pa.string())

    def of(self, teams: Teams) -> list[Any]:
        """The columns of `_FIELDS` for a block."""
        none = np.ones(teams.families, dtype=np.bool_)
        none[teams.rows] = False
        found = []
        for its in (teams.size, teams.outside):
            numbers = np.zeros(teams.families, dtype=np.int16)
            numbers[teams.rows] = its
            found.append(pa.array(numbers, mask=none))
        rows, bits = _set_bits(teams.members)
        found.append(_list(teams, none, rows, self.numbers[teams.places[rows], bits], self.institutions))
        found.append(_list(teams, none, *_set_bits(teams.uncovered), self.required))
        found.append(_list(teams, none, *_set_bits(teams.missing), self.mandated))
        return found


def _list(teams: Teams, none: NDArray[np.bool_], rows: Numbers, numbers: NDArray[Any], keys: Any) -> Any:
    """A column of lists of keys; `rows` and `numbers`: for each entry the number of its team, and of its key."""
    counts = np.zeros(teams.families + 1, dtype=np.int64)
    counts[teams.rows + 1] = np.bincount(rows, minlength=len(teams.rows))
    values = pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), keys)
    return pa.ListArray.from_arrays(pa.array(np.cumsum(counts), pa.int32()), values, mask=pa.array(none))
