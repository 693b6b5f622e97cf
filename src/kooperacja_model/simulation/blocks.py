"""The families of a scenario in blocks: which families a block has, and how they are drawn or read.

A block is a few numbers, so it can be sent anywhere. Its families are drawn, or read from the table of
the scenario, where they are counted: the same families whoever does it, and however they are grouped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Bytes, Facts
from kooperacja_model.batch.program import compile_model
from kooperacja_model.batch.tables import Families, Wide
from kooperacja_model.commune import Commune
from kooperacja_model.errors import TableError
from kooperacja_model.model import CooperationModel
from kooperacja_model.scenario import Scenario
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.evaluate import FamilyBlock
from kooperacja_model.simulation.families import CHUNK, FamilyGenerator, Part, together

__all__ = ["Block", "DrawnBlock", "TableBlock", "TableOfFamilies", "drawn_blocks"]

_READ = 1 << 16
"""Rows that are read at a time."""


@frozen
class DrawnBlock:
    """Families that are drawn; all of them are of communes with the same model.

    Attributes:
        parts: the parts of communes.
    """

    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many families it has."""
        return sum(part.families for part in self.parts)


@frozen
class TableBlock:
    """Families that stand next to each other in a Parquet file.

    Attributes:
        groups: number of the first row group, and of the one after the last.
        first: number of the first row.
        rows: how many rows it has.
    """

    groups: tuple[int, int]
    first: int
    rows: int


Block = DrawnBlock | TableBlock


def drawn_blocks(
    scenario: Scenario, communes: Sequence[SimulatedCommune], generator: FamilyGenerator, rows: int
) -> Iterator[DrawnBlock]:
    """The blocks of families that are drawn.

    Args:
        scenario: what is worked out.
        communes: its communes, each with a model.
        generator: of its families.
        rows: how many rows a block has, a little more or less.
    """
    for key in scenario.models:
        places = [place for place, commune in enumerate(communes) if commune.model == key]
        yield from map(DrawnBlock, together(generator.parts(communes, places), rows))


class TableOfFamilies:
    """A Parquet file of families: a column `commune` with TERYT codes, and boolean columns named by facts.

    Columns `id`, `kind`, `voivodeship` and `model` are not read. A need without a column is absent, a
    circumstance without one unknown.

    Args:
        path: the file.
        model: any model; needs and circumstances are the same for all.

    Raises:
        TableError: the file or its columns cannot be used.
    """

    def __init__(self, path: str, model: CooperationModel) -> None:
        if not Path(path).is_file():
            raise TableError((f"there is no file {path!r}; correct the path",))
        self._path = path
        self._program = compile_model(model, outputs=("sectors",), strengths=("required",))
        self._ignored = ("id", "kind", "voivodeship", "model", *self._program.features)
        self._read = [name for name in self._opened(path).schema.names if name not in self._ignored]

    def _opened(self, table: Any) -> Families:
        return Families(self._program, table, Wide(), commune="commune", ignore=self._ignored)

    def communes(self) -> tuple[str, ...]:
        """The codes of the communes in the table, sorted.

        Raises:
            TableError: a family has no commune.
            CommuneError: a code is wrong.
        """
        codes = pq.read_table(self._path, columns=["commune"]).column(0).unique().to_pylist()
        if None in codes:
            raise TableError(("column 'commune': a family without a commune; write its TERYT code",))
        return tuple(sorted({_code(code) for code in codes}))

    def blocks(self, rows: int) -> Iterator[TableBlock]:
        """The blocks of the table: row groups, several of them where they are small.

        Args:
            rows: how many rows a block has at least, but for the last one.
        """
        metadata = pq.read_metadata(self._path)
        sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
        first = start = 0
        for number in range(len(sizes)):
            waiting = sum(sizes[start : number + 1])
            if waiting >= rows or (waiting and number + 1 == len(sizes)):
                yield TableBlock((start, number + 1), first, waiting)
                start, first = number + 1, first + waiting

    def read(self, block: TableBlock, communes: Sequence[SimulatedCommune], seed: int) -> Iterator[FamilyBlock]:
        """The families of a block; those that report no need, or whose commune is not there, have no commune.

        Args:
            block: one of `blocks`.
            communes: the communes that are worked out.
            seed: of the lots.

        Raises:
            TableError: values cannot be used.
        """
        places = {commune.code.text: place for place, commune in enumerate(communes)}
        needs = len(self._program.needs)
        last = needs + len(self._program.circumstances)
        groups = pq.ParquetFile(self._path).iter_batches(_READ, row_groups=[*range(*block.groups)], columns=self._read)
        first = block.first
        for batch in self._opened(groups).stream(first):
            assert batch.communes is not None
            facts = batch.facts
            codes = batch.communes.values
            its = np.array([-1 if code is None else places.get(_code(code), -1) for code in codes], dtype=np.intp)
            reported = np.zeros(-(-facts.rows // 8), dtype=np.uint8)
            for need in range(needs):
                reported |= facts.values.get(need, np.uint8(0))
            in_need = np.unpackbits(reported, count=facts.rows, bitorder="little").astype(bool)
            yield FamilyBlock(
                commune=np.where(in_need, its[batch.communes.codes], -1),
                number=np.arange(first, first + facts.rows),
                facts=Facts(facts.rows, _below(last, facts.values), _below(last, facts.valid), facts.absent),
                lot=_lots(seed, first, facts.rows),
            )
            first += facts.rows


def _below(last: int, columns: Mapping[int, Bytes]) -> dict[int, Bytes]:
    return {number: bits for number, bits in columns.items() if number < last}


def _code(code: object) -> str:
    """The code of the whole commune."""
    return Commune(str(code)).code.text


def _lots(seed: int, first: int, rows: int) -> NDArray[np.float32]:
    """The lots of some rows of a table, the same whichever rows are read with them."""
    chunks = range(first // CHUNK, -(-(first + rows) // CHUNK))
    streams = [np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, chunk)))) for chunk in chunks]
    drawn = np.concatenate([random.random(CHUNK, dtype=np.float32) for random in streams])
    return drawn[first % CHUNK :][:rows]
