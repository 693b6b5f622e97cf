"""Runs the compiled rules over families: the only module of the simulation that touches `batch`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Evaluator, Facts
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.program import compile_model
from kooperacja_model.batch.tables import Families, Wide
from kooperacja_model.commune import Commune
from kooperacja_model.errors import TableError
from kooperacja_model.model import CooperationModel
from kooperacja_model.scenario import Scenario
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.families import DrawnFamilies

__all__ = ["OUTPUTS", "STRENGTHS", "FamilyBlock", "RuleRunner", "TableOfFamilies", "block_of_drawn", "write_parquet"]

OUTPUTS = ("sectors", "competences", "institutions", "duties")
STRENGTHS = ("required", "advised")

Bits = NDArray[np.uint8]


@frozen(eq=False)
class FamilyBlock:
    """Some families, in columns of bits.

    Attributes:
        commune: for each row the place of its commune in the list of communes, or -1 if it is left out.
        facts: needs and circumstances by their number in the catalogue; circumstances follow the needs.
        lot: a number for each row, by which samples are taken.
    """

    commune: NDArray[np.intp]
    facts: Facts
    lot: NDArray[np.float32]


class RuleRunner:
    """The rules of one model, compiled.

    >>> from kooperacja_model import load_model
    >>> RuleRunner(load_model("rural")).names[:2]
    ('competence__environmental_interview__required', 'competence__environmental_interview__advised')
    """

    def __init__(self, model: CooperationModel) -> None:
        self.program = compile_model(model, outputs=OUTPUTS, strengths=STRENGTHS)
        self.evaluator = Evaluator(self.program)
        self.names = tuple(column.name for column in self.program.columns)

    def run(self, block: FamilyBlock, communes: Sequence[SimulatedCommune]) -> Bits:
        """The advice for some families: a row of packed bits for each of `names`.

        Raises:
            TableError: facts of families contradict each other.
        """
        facts = self._with_features(block, communes)
        found = self.evaluator.run(facts)
        matrix = np.empty((len(self.names), -(-facts.rows // 8)), dtype=np.uint8)
        for row, its in enumerate(found.columns):
            constant = its in (FALSE, TRUE)
            matrix[row] = _packed(np.full(facts.rows, its == TRUE)) if constant else _row(found.matrix, its, facts)
        if found.conflict != FALSE:
            wrong = int(
                np.unpackbits(_row(found.matrix, found.conflict, facts), count=facts.rows, bitorder="little").sum()
            )
            if wrong:
                raise TableError((f"the facts of {wrong} families contradict each other; correct them",))
        return matrix

    def _with_features(self, block: FamilyBlock, communes: Sequence[SimulatedCommune]) -> Facts:
        """The facts with the features of the communes that the model leaves open."""
        values = dict(block.facts.values)
        first = len(self.program.needs) + len(self.program.circumstances)
        for number, key in enumerate(self.program.features, first):
            values[number] = _packed(np.array([_feature(key, commune) for commune in communes])[block.commune])
        return Facts(block.facts.rows, values, block.facts.valid, block.facts.absent)


def _row(matrix: Bits, row: int, facts: Facts) -> Bits:
    return matrix[row, : -(-facts.rows // 8)]


def _packed(values: NDArray[np.bool_]) -> Bits:
    return np.packbits(values, bitorder="little")


def _feature(key: str, commune: SimulatedCommune) -> bool:
    code = commune.code
    return {
        "land_powiat": not code.has_powiat_rights,
        "city_with_powiat_rights": code.has_powiat_rights,
        "joint_ops_pcpr": code.has_joint_ops_and_pcpr,
    }[key]


def block_of_drawn(families: DrawnFamilies) -> FamilyBlock:
    """Drawn families in columns of bits."""
    bits = np.packbits(families.facts.T, axis=1, bitorder="little")
    facts = Facts(len(families.commune), dict(enumerate(bits)), {}, frozenset())
    return FamilyBlock(families.commune, facts, families.lot)


class TableOfFamilies:
    """A Parquet file of families: a column `commune` with TERYT codes, and boolean columns named by facts.

    Columns `id`, `kind`, `voivodeship` and `model` are not read. A need without a column is absent, a
    circumstance without one unknown.

    Args:
        path: the file.
        model: any model; needs and circumstances are the same for all.

    Attributes:
        total: number of rows, if it is known.
        communes: the codes of the communes in the table, sorted.

    Raises:
        TableError: the file or its columns cannot be used, or a family has no commune.
        CommuneError: a code is wrong.
    """

    def __init__(self, path: str, model: CooperationModel) -> None:
        program = compile_model(model, outputs=("sectors",), strengths=("required",))
        ignored = ("id", "kind", "voivodeship", "model", *program.features)
        self._families = Families(program, path, Wide(), commune="commune", ignore=ignored)
        self.total = self._families.rows
        codes = pq.read_table(path, columns=["commune"]).column(0).unique().to_pylist()
        if None in codes:
            raise TableError(("column 'commune': a family without a commune; write its TERYT code",))
        self._codes = {code: Commune(str(code)).code.text for code in codes}
        self.communes = tuple(sorted(set(self._codes.values())))

    def blocks(self) -> Iterator[tuple[Facts, tuple[str, ...], NDArray[np.intp]]]:
        """Facts, codes of communes, and for each row the place of its code.

        Raises:
            TableError: values cannot be used.
        """
        last = len(self._families.program.needs) + len(self._families.program.circumstances)
        for batch in self._families.stream():
            assert batch.communes is not None
            facts = batch.facts
            values = {number: bits for number, bits in facts.values.items() if number < last}
            valid = {number: bits for number, bits in facts.valid.items() if number < last}
            codes = tuple(self._codes.get(code, "") for code in batch.communes.values)
            yield Facts(facts.rows, values, valid, facts.absent), codes, batch.communes.codes


def write_parquet(
    path: Path, scenario: Scenario, communes: Sequence[SimulatedCommune], blocks: Iterable[DrawnFamilies]
) -> int:
    """Write drawn families as a table with their communes; the number of rows."""
    catalogue = scenario.population.catalogue
    keys = (*catalogue.needs, *catalogue.circumstances)
    places = {
        "commune": [commune.code.text for commune in communes],
        "kind": [commune.kind.value for commune in communes],
        "voivodeship": [commune.code.voivodeship for commune in communes],
        "model": [commune.model for commune in communes],
    }
    schema = pa.schema([*((name, pa.string()) for name in places), *((key, pa.bool_()) for key in keys)])
    metadata = {"seed": str(scenario.seed), "population": scenario.population.hash, "invented": "yes"}
    rows = 0
    with pq.ParquetWriter(path, schema.with_metadata(metadata)) as writer:
        for block in blocks:
            columns = [pa.array(np.array(values, dtype=object)[block.commune]) for values in places.values()]
            columns += [pa.array(np.ascontiguousarray(column)) for column in block.facts.T]
            writer.write_table(pa.table(columns, schema=writer.schema))
            rows += len(block.commune)
    return rows
