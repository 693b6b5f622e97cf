"""Reads tables of families against a program: columns are checked, rows become columns of bits.

Everything that is wrong with the columns is said at once, and everything that is wrong with the
values too: with names of columns, numbers of rows, and never a value. A table has one of three
layouts: `Wide`, `Lists` or `Long`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from kooperacja_model.batch.arrow import (
    MAX_ROWS,
    ArrowTable,
    Flags,
    Labels,
    Numbers,
    bits_of,
    duplicates,
    is_flag,
    is_label,
    is_list_of_texts,
    is_text,
    joined,
    labels_of,
    nulls_of,
    one_batch,
    open_table,
)
from kooperacja_model.batch.columns import Bytes, Facts
from kooperacja_model.batch.program import Program, did_you_mean, features_of, texts_of
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CommuneError, TableError

__all__ = ["Batch", "Families", "Layout", "Lists", "Long", "Missing", "Wide"]

Missing = Literal["unknown", "absent"]
"""What a circumstance is that a table does not mention."""


@frozen
class Wide:
    """One row for each family; a boolean column for each fact, named by its key.

    Null in a circumstance means unknown, in a need it is an error. A need without a column is absent.
    """


@frozen
class Lists:
    """One row for each family, with a list of the keys of what is present.

    Attributes:
        present: name of the column of lists of keys of needs and circumstances.
        absent: name of a column of lists of keys of circumstances that are absent, if there is one.
    """

    present: str
    absent: str | None = None


@frozen
class Long:
    """One row for each fact of a family; the `id` column tells of which.

    Attributes:
        key: name of the column with the keys of needs and circumstances.
        present: name of a boolean column that tells whether the fact is present, if there is one.
    """

    key: str
    present: str | None = None


Layout = Wide | Lists | Long


@frozen(eq=False)
class Batch:
    """Some families of a table.

    Attributes:
        facts: what is given.
        ids: the Arrow array of their ids, or `None`.
        communes: the TERYT codes of their communes, or `None`.
        groups: the columns to group by.
    """

    facts: Facts
    ids: Any
    communes: Labels | None
    groups: tuple[Labels, ...]


class Families:
    """A table of families that is read against a program.

    Args:
        program: knows the facts.
        table: the table.
        layout: how it is laid out.
        id: name of the column that identifies families.
        commune: name of the column of TERYT codes.
        by: names of columns to group by.
        ignore: names of columns that are not read.
        missing: what circumstances are that have no column, or are in no list, and that do not follow from others.
        shown: names of all columns that come out, of which no two may be the same; `None` is no name.

    Raises:
        TableError: the columns cannot be used; all reasons are given.
    """

    def __init__(
        self,
        program: Program,
        table: ArrowTable,
        layout: Layout,
        id: str | None = None,  # noqa: A002
        commune: str | None = None,
        by: Sequence[str] = (),
        ignore: Iterable[str] = (),
        missing: Missing = "unknown",
        shown: Iterable[str | None] = (),
    ) -> None:
        if not isinstance(layout, Layout):
            raise TableError(("`layout` is none of Wide(), Lists(...), Long(...); import one from this package",))
        self.program = program
        self.layout = layout
        self.id = id
        self.commune = commune
        self.by = texts_of(by, "by")
        self._table = open_table(table)
        self.schema = self._table.schema
        self.rows = self._table.rows
        self._roles = list(_roles(layout, id, commune, self.by))
        for role, name in self._roles:
            texts_of((name,), role)
        self._types = {field.name: field.type for field in self.schema}
        self._numbers = {key: number for number, key in enumerate(program.facts)}
        named = {name for _, name in self._roles}
        ignored = set(texts_of(ignore, "ignore"))
        others = [name for name in self._types if name not in named | ignored]
        problems = [*duplicates(self.schema.names), *self._role_problems(), *self._column_problems(others)]
        problems += [
            f"column {name!r} would come out {times} times; name it once, or rename it if the answer has such a column"
            for name, times in Counter(shown).items()
            if times > 1 and name is not None
        ]
        if problems:
            raise TableError(tuple(problems))
        read = {*named, *others}
        self._columns = [name for name in self._types if name in read]
        self._facts: dict[str, int] = {}
        if isinstance(layout, Wide):
            facts = {*others, *self.by} & self._numbers.keys()
            self._facts = {name: self._numbers[name] for name in self._columns if name in facts}
        needs, circumstances = len(program.needs), len(program.needs) + len(program.circumstances)
        self._keys = {key: number for key, number in self._numbers.items() if number < circumstances}
        mentioned = set(self._facts.values())
        self._absent = frozenset(set(range(circumstances if missing == "absent" else needs)) - mentioned)
        self._sources = {number: program.sources(number) for number in self._absent}

    # -- columns -----------------------------------------------------------------------------

    def _role_problems(self) -> Iterator[str]:
        """What is wrong with the columns that are named by arguments."""
        if isinstance(self.layout, Long) and self.id is None:
            yield "layout Long needs to know the family; name its column with `id=`"
        for role, name in self._roles:
            fits, todo = _TYPES[role]
            if name not in self._types:
                hint = did_you_mean(name, self._types) or "name one of the columns of the table"
                yield f"`{role}` names the column {name!r}, which is not there; {hint}"
            elif not fits(self._types[name]):
                yield f"column {name!r} is of type {self._types[name]}; {todo}"
        if isinstance(self.layout, Wide):
            for name in self.by:
                if name in self._numbers and name in self._types and not is_flag(self._types[name]):
                    yield f"column {name!r} is of type {self._types[name]}; make it boolean"

    def _column_problems(self, names: Iterable[str]) -> Iterator[str]:
        """What is wrong with the columns that no argument names."""
        fixed = dict(self.program.fixed)
        for name in names:
            if not isinstance(self.layout, Wide):
                if name in self._numbers:
                    yield f"column {name!r} is not read in this layout; add it to `ignore`"
            elif name in fixed:
                yield f"column {name!r} is fixed by the model {self.program.model!r}; add it to `ignore`"
            elif name not in self._numbers:
                hint = did_you_mean(name, self._numbers) or "add it to `ignore` if it is meant to be none"
                yield f"column {name!r} is no key of a need, circumstance or feature; {hint}"
            elif self.commune is not None and name in self.program.features:
                yield f"column {name!r} follows from the commune; add it to `ignore`"
            elif not is_flag(self._types[name]):
                yield f"column {name!r} is of type {self._types[name]}; make it boolean"

    # -- rows --------------------------------------------------------------------------------

    def all(self) -> list[Batch]:
        """All families, in batches.

        Raises:
            TableError: values cannot be used; all reasons are given.
        """
        faults = _Faults()
        found = list(self._batches(self._table.batches(self._columns), faults))
        if self.id is not None and not isinstance(self.layout, Long) and found:
            faults.start = 0
            self._check_ids([batch.ids for batch in found], faults)
        faults.raise_any()
        return found

    def stream(self, first: int = 0) -> Iterator[Batch]:
        """Batches of bounded size, one after the other; ids are compared within a batch only.

        Args:
            first: number of the first row, for the reader of an error.

        Raises:
            TableError: values of a batch cannot be used.
        """
        pieces = (
            batch.slice(start, MAX_ROWS)
            for batch in self._table.batches(self._columns)
            for start in range(0, batch.num_rows, MAX_ROWS)
        )
        faults = _Faults(first)
        for batch in self._batches(pieces, faults):
            if self.id is not None:
                self._check_ids([batch.ids], faults)
            faults.raise_any()
            yield batch

    def _batches(self, source: Iterable[Any], faults: _Faults) -> Iterator[Batch]:
        whole = len(self._columns) == len(self._types)
        selected = source if whole else (batch.select(self._columns) for batch in source)
        if isinstance(self.layout, Long):
            fields = [self.schema.field(name) for name in self._columns]
            yield self._long(one_batch([*selected], pa.schema(fields)), self.layout, faults)
            return
        for batch in joined(selected):
            if isinstance(self.layout, Lists):
                facts = self._lists(batch, self.layout, faults)
            else:
                facts = self._wide(batch, faults)
            communes = None if self.commune is None else labels_of(batch.column(self.commune))
            facts = self._with_features(facts, communes, faults)
            ids = None if self.id is None else batch.column(self.id)
            yield Batch(facts, ids, communes, tuple(labels_of(batch.column(name)) for name in self.by))
            faults.start += batch.num_rows

    # -- layouts -----------------------------------------------------------------------------

    def _wide(self, batch: Any, faults: _Faults) -> Facts:
        rows: int = batch.num_rows
        values: dict[int, Bytes] = {}
        valid: dict[int, Bytes] = {}
        for name, column in zip(self._columns, batch.columns, strict=True):
            number = self._facts.get(name)
            if number is None:
                continue
            unknown: int = column.null_count
            if unknown and number < len(self.program.needs):
                what = "no value in {rows}; a need is reported or not, write true or false"
                faults.note(f"column {name!r}", what, np.flatnonzero(nulls_of(column)))
            if unknown < rows:
                known, present = column.buffers()
                values[number] = bits_of(present, column.offset, rows)
                if unknown:
                    valid[number] = bits_of(known, column.offset, rows)
        return self._completed(Facts(rows, values, valid, self._absent), {})

    def _lists(self, batch: Any, layout: Lists, faults: _Faults) -> Facts:
        said = []
        for name in (layout.present, layout.absent):
            if name is not None:
                lists = batch.column(name)
                what = "no list in {rows}; write an empty one"
                faults.note(f"column {name!r}", what, np.flatnonzero(nulls_of(lists)))
                rows: Numbers = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.intp)
                numbers = self._named(name, labels_of(pc.list_flatten(lists)), rows, faults)
                said.append((rows[numbers >= 0], numbers[numbers >= 0]))
        count: int = batch.num_rows
        present, absent = [_scattered(count, *pairs) for pairs in (*said, (_NONE, _NONE))][:2]
        return self._said(count, present, absent, layout.present, np.arange(count), faults)

    def _long(self, batch: Any, layout: Long, faults: _Faults) -> Batch:
        ids = batch.column(self.id)
        if pa.types.is_dictionary(ids.type):
            ids = ids.dictionary_decode()
        faults.note(f"column {self.id!r}", "no id in {rows}; name the family", np.flatnonzero(nulls_of(ids)))
        encoded = ids.dictionary_encode(null_encoding="encode")
        families: Numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
        rows, count = len(families), len(encoded.dictionary)
        first = np.unique(families, return_index=True)[1]

        numbers = self._named(layout.key, labels_of(batch.column(layout.key)), np.arange(rows), faults)
        named = numbers >= 0
        present, absent = named, np.zeros(rows, dtype=bool)
        if layout.present is not None:
            given = batch.column(layout.present).cast(pa.bool_())
            unknown = nulls_of(given)
            what = "no value for a need in {rows}; a need is reported or not, write true or false"
            empty = named & unknown & (numbers < len(self.program.needs))
            faults.note(f"column {layout.present!r}", what, np.flatnonzero(empty))
            yes: Flags = given.fill_null(False).to_numpy(zero_copy_only=False)
            present, absent = named & yes, named & ~yes & ~unknown
        said = [_scattered(count, families[pairs], numbers[pairs]) for pairs in (present, absent)]
        facts = self._said(count, said[0], said[1], layout.key, first, faults)

        communes = None if self.commune is None else self._one_each(batch, self.commune, families, first, faults)
        groups = tuple(self._one_each(batch, name, families, first, faults) for name in self.by)
        facts = self._with_features(facts, communes, faults, first)
        return Batch(facts, encoded.dictionary, communes, groups)

    def _one_each(self, batch: Any, name: str, families: Numbers, first: Numbers, faults: _Faults) -> Labels:
        """The label of each family, which must be the same in all of its rows."""
        labels = labels_of(batch.column(name))
        codes = labels.codes[first]
        differing = np.flatnonzero(labels.codes != codes[families])
        faults.note(f"column {name!r}", "not the same as in the first row of the family in {rows}", differing)
        return evolve(labels, codes=codes)

    def _named(self, name: str, labels: Labels, rows: Numbers, faults: _Faults) -> Numbers:
        """The number of the fact that each key names, or a negative one."""
        found = [_NO_KEY if key is None else self._keys.get(str(key), _UNKNOWN_KEY) for key in labels.values]
        numbers = np.array(found, dtype=np.intp)[labels.codes]
        strange = [str(key) for key, number in zip(labels.values, found, strict=True) if number == _UNKNOWN_KEY]
        hints = [hint for hint in (did_you_mean(key, self._keys) for key in strange) if hint]
        hint = hints[0] if hints else "`kooperacja list needs` and `kooperacja list circumstances` show the keys"
        what = "no key of a need or circumstance in {rows}; " + hint
        faults.note(f"column {name!r}", what, rows[numbers == _UNKNOWN_KEY])
        faults.note(f"column {name!r}", "null instead of a key in {rows}; leave it out", rows[numbers == _NO_KEY])
        return numbers

    def _said(
        self,
        count: int,
        present: dict[int, Bytes],
        absent: dict[int, Bytes],
        place: str,
        first: Numbers,
        faults: _Faults,
    ) -> Facts:
        """Facts from what is said to be present and what is said to be absent."""
        none = np.zeros(-(-count // 8), dtype=np.uint8)
        both = none.copy()
        values, valid = {}, {}
        for number in sorted(present.keys() | absent.keys()):
            yes, no = present.get(number, none), absent.get(number, none)
            both |= yes & no
            values[number] = yes
            if number not in self._absent:
                valid[number] = yes | no
        rows = first[np.flatnonzero(np.unpackbits(both, count=count, bitorder="little"))]
        what = "a fact is given as present and as absent in {rows}; give it once"
        faults.note(f"column {place!r}", what, rows)
        return self._completed(Facts(count, values, valid, self._absent), absent)

    def _completed(self, facts: Facts, denied: Mapping[int, Bytes]) -> Facts:
        """The facts with what follows from those that are known; a fact may be said to be absent for some families."""
        values = dict(facts.values)
        for number, sources in self._sources.items():
            for source in sources:
                if source in facts.values:
                    known = facts.values[source] & facts.valid.get(source, _ALL) & ~denied.get(number, _NOT_ANY)
                    values[number] = values.get(number, _NOT_ANY) | known
        return evolve(facts, values=values)

    def _with_features(
        self, facts: Facts, communes: Labels | None, faults: _Faults, rows: Numbers | None = None
    ) -> Facts:
        """The facts with the features of the communes; `rows` are rows of the table if they are not the families."""
        if communes is None:
            return facts
        known, wrong = np.zeros((2, len(communes.values)), dtype=bool)
        features = np.zeros((len(self.program.features), len(communes.values)), dtype=bool)
        for place, text in enumerate(communes.values):
            if text is not None:
                try:
                    its = features_of(Commune(str(text)).code)
                except CommuneError:
                    wrong[place] = True
                else:
                    known[place] = True
                    features[:, place] = [its[key] for key in self.program.features]
        what = "no TERYT code of a commune in {rows}; write seven digits, or null if it is not known"
        places = np.flatnonzero(wrong[communes.codes])
        faults.note(f"column {self.commune!r}", what, places if rows is None else rows[places])
        values, valid = dict(facts.values), dict(facts.valid)
        is_known = known[communes.codes]
        first = len(self.program.facts) - len(self.program.features)
        for number, row in enumerate(features, first):
            values[number] = np.packbits(row[communes.codes], bitorder="little")
            if not is_known.all():
                valid[number] = np.packbits(is_known, bitorder="little")
        return evolve(facts, values=values, valid=valid)

    def _check_ids(self, arrays: Sequence[Any], faults: _Faults) -> None:
        """Note ids that are missing or were there before."""
        ids = pa.chunked_array(arrays)
        place = f"column {self.id!r}"
        if _all_differ(ids):
            return
        missing = nulls_of(ids)
        faults.note(place, "no id in {rows}; name the family", np.flatnonzero(missing))
        codes = labels_of(ids.combine_chunks()).codes
        again = ~missing
        again[np.unique(codes, return_index=True)[1]] = False
        faults.note(place, "an id that was there before in {rows}; give each family one row", np.flatnonzero(again))


_NONE = np.empty(0, dtype=np.intp)
_NOT_ANY, _ALL = np.zeros(1, dtype=np.uint8), np.full(1, 255, dtype=np.uint8)
_UNKNOWN_KEY, _NO_KEY = -1, -2

_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (is_label, "make it text or numbers"),
    "by": (is_label, "make it text or numbers"),
    "commune": (is_text, "write TERYT codes as text, with the leading zero"),
    "Lists.present": (is_list_of_texts, "make it lists of texts"),
    "Lists.absent": (is_list_of_texts, "make it lists of texts"),
    "Long.key": (is_text, "make it text"),
    "Long.present": (is_flag, "make it boolean"),
}


def _roles(layout: Layout, id_: str | None, commune: str | None, by: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The arguments that name a column, and the columns."""
    named: list[tuple[str, str | None]] = [("id", id_), ("commune", commune), *(("by", name) for name in by)]
    if isinstance(layout, Lists):
        named += [("Lists.present", layout.present), ("Lists.absent", layout.absent)]
    if isinstance(layout, Long):
        named += [("Long.key", layout.key), ("Long.present", layout.present)]
    for role, name in named:
        if name is not None:
            yield role, name


def _all_differ(ids: Any) -> bool:
    """Whether it is seen at once that no id is missing or there twice; in order, so that little memory is taken."""
    if ids.null_count:
        return False
    try:
        return _grow(ids) or _grow(ids.take(pc.sort_indices(ids)))
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError):  # a type without an order
        return False


def _grow(values: Any) -> bool:
    grow: bool = pc.all(pc.greater(values[1:], values[:-1]), min_count=0).as_py()
    return grow


def _scattered(count: int, families: Numbers, numbers: Numbers) -> dict[int, Bytes]:
    """For each fact the families that have it, as bits."""
    order = np.argsort(numbers, kind="stable")
    facts, starts = np.unique(numbers[order], return_index=True)
    found = {}
    for fact, its in zip(facts.tolist(), np.split(families[order], starts[1:]), strict=False):
        row = np.zeros(count, dtype=bool)
        row[its] = True
        found[fact] = np.packbits(row, bitorder="little")
    return found


class _Faults:
    """What is wrong with the values of a table, counted.

    Attributes:
        start: number of the first row of the batch that is looked at.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self._found: dict[tuple[str, str], list[int]] = {}

    def note(self, place: str, what: str, rows: Numbers) -> None:
        """Note what is wrong in some rows; `{rows}` in the text stands for their number."""
        if len(rows):
            entry = self._found.setdefault((place, what), [0, self.start + int(rows.min())])
            entry[0] += len(np.unique(rows))

    def raise_any(self) -> None:
        """Raise one error with all faults."""
        problems = []
        for (place, what), (count, first) in self._found.items():
            rows = f"row {first}" if count == 1 else f"{count} rows, the first is row {first}"
            problems.append(f"{place}: {what.format(rows=rows)}")
        if problems:
            raise TableError(tuple(problems))
