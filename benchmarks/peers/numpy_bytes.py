"""NumPy: boolean arrays, one byte for each family, as one writes it without thinking of bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from plain_rules import Operations, in_stages

from peers import BatchPeer

__all__ = ["Stages"]


class Stages(BatchPeer):
    """Lists, then conditions, then competences, each computed once."""

    def frame(self, table: Any) -> dict[str, Any]:
        return {key: table.column(key).to_numpy() for key in self.model.facts}

    def answer(self, begun: dict[str, Any]) -> dict[str, Any]:
        # where AND NOT is wanted, `>` says it in one step
        return in_stages(self.model, begun, Operations(np.logical_and, np.logical_or, np.greater))

    def arrow(self, answer: dict[str, Any]) -> Any:
        return pa.table(answer)
