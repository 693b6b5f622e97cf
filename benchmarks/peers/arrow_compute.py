"""pyarrow.compute: boolean arrays, one bit for each family, one kernel after the other on one core."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from plain_rules import Operations, PlainModel, When, in_stages

from peers import BatchPeer

__all__ = ["KleeneStages", "Stages"]


class Stages(BatchPeer):
    """Lists, then conditions, then competences, each computed once; all facts are known."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        pa.set_cpu_count(1)

    def frame(self, table: Any) -> dict[str, Any]:
        batch = table.combine_chunks().to_batches()[0]
        return {key: batch.column(key) for key in self.model.facts}

    def answer(self, begun: dict[str, Any]) -> Any:
        return pa.table(in_stages(self.model, begun, Operations(pc.and_, pc.or_, pc.and_not)))


class KleeneStages(Stages):
    """The same with the three-valued kernels; a null in the end is a competence that depends on unknown facts."""

    def answer(self, begun: dict[str, Any]) -> Any:
        operations = Operations[Any](pc.and_kleene, pc.or_kleene, pc.and_not_kleene)
        model = self.model
        any_of = {keys: operations.any(begun[key] for key in keys) for keys in (*model.one_of, *model.none_of)}
        holds: dict[When, Any] = {}
        for when in model.conditions:
            column = operations.all([*(begun[key] for key in when.all), *(any_of[keys] for keys in when.any)])
            if when.none:
                column = operations.without(column, any_of[when.none] if len(when.none) > 1 else begun[when.none[0]])
            holds[when] = column
        required = {key: operations.any(holds[when] for when in its) for key, its in model.required.items()}
        advised = {key: operations.any(holds[when] for when in its) for key, its in model.advised.items()}
        certain = {key: pc.fill_null(column, False) for key, column in required.items()}
        answer = {}
        for wanted in self.columns:
            key = wanted.competence
            if wanted.strength == "required":
                answer[wanted.name] = certain[key]
            elif wanted.strength == "advised":
                column = pc.fill_null(advised[key], False)
                answer[wanted.name] = pc.and_not(column, certain[key]) if key in certain else column
            else:
                either = [column[key] for column in (required, advised) if key in column]
                answer[wanted.name] = pc.is_null(operations.any(either))
        return pa.table(answer)
