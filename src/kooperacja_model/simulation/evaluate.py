"""Runs the compiled rules over families, and writes families as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Evaluator, Facts
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.program import Program, compile_model
from kooperacja_model.model import CooperationModel
from kooperacja_model.scenario import Scenario
from kooperacja_model.simulation.communes import SimulatedCommune
from kooperacja_model.simulation.families import DrawnFamilies

__all__ = ["OUTPUTS", "STRENGTHS", "FamilyBlock", "RuleRunner", "block_of_drawn", "with_features", "write_parquet"]

OUTPUTS = ("sectors", "competences", "institutions", "duties")
STRENGTHS = ("required", "advised")

Bits = NDArray[np.uint8]


@frozen(eq=False)
class FamilyBlock:
    """Some families, in columns of bits.

    Attributes:
        commune: for each row the place of its commune in the list of communes, or -1 if it is left out.
        number: for each row the number of the family in its commune, or in its table.
        facts: needs and circumstances by their number in the catalogue; circumstances follow the needs.
        lot: a number for each row, by which samples are taken.
    """

    commune: NDArray[np.intp]
    number: NDArray[np.int64]
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
        self.names = tuple(column.name for column in self.program.columns)

    def run(self, block: FamilyBlock, communes: Sequence[SimulatedCommune]) -> tuple[Bits, Bits]:
        """The advice for some families, a row of packed bits for each of `names`; and whose facts are contradictory."""
        facts = with_features(block.facts, self.program, communes, block.commune)
        found = Evaluator(self.program).run(facts)  # one for each run: its registers are not for two threads at once
        matrix = np.empty((len(self.names) + 1, -(-facts.rows // 8)), dtype=np.uint8)
        for row, its in enumerate((*found.columns, found.conflict)):
            constant = its in (FALSE, TRUE)
            matrix[row] = (
                _packed(np.full(facts.rows, its == TRUE)) if constant else found.matrix[its, : matrix.shape[1]]
            )
        return matrix[:-1], matrix[-1]


def with_features(
    facts: Facts, program: Program, communes: Sequence[SimulatedCommune], places: NDArray[np.intp]
) -> Facts:
    """The facts of some families with the features of their communes that a model leaves open.

    Args:
        facts: needs and circumstances.
        program: knows which features are open.
        communes: some communes.
        places: for each family the place of its commune.
    """
    values = dict(facts.values)
    first = len(program.needs) + len(program.circumstances)
    here, which = np.unique(places, return_inverse=True)
    for number, key in enumerate(program.features, first):
        values[number] = _packed(np.array([communes[place].code.features[key] for place in here])[which])
    return Facts(facts.rows, values, facts.valid, facts.absent)


def _packed(values: NDArray[np.bool_]) -> Bits:
    return np.packbits(values, bitorder="little")


def block_of_drawn(families: DrawnFamilies) -> FamilyBlock:
    """Drawn families in columns of bits."""
    bits = np.packbits(families.facts.T, axis=1, bitorder="little")
    facts = Facts(len(families.commune), dict(enumerate(bits)), {}, frozenset())
    return FamilyBlock(families.commune, families.number, facts, families.lot)


def write_parquet(
    file: BinaryIO, scenario: Scenario, communes: Sequence[SimulatedCommune], blocks: Iterable[DrawnFamilies]
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
    with pq.ParquetWriter(file, schema.with_metadata(metadata)) as writer:
        for block in blocks:
            columns = [pa.array(np.array(values, dtype=object)[block.commune]) for values in places.values()]
            columns += [pa.array(np.ascontiguousarray(column)) for column in block.facts.T]
            writer.write_table(pa.table(columns, schema=writer.schema))
            rows += len(block.commune)
    return rows
