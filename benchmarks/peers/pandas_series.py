"""pandas: boolean columns of a data frame."""

from __future__ import annotations

from operator import and_, or_
from typing import Any

import pandas as pd
import pyarrow as pa
from plain_rules import Operations, in_stages

from peers import BatchPeer

__all__ = ["Stages"]


class Stages(BatchPeer):
    """Lists, then conditions, then competences, each computed once."""

    def frame(self, table: Any) -> Any:
        return table.to_pandas()

    def answer(self, begun: Any) -> Any:
        facts = {key: begun[key] for key in self.model.facts}
        return pd.DataFrame(in_stages(self.model, facts, Operations[Any](and_, or_, lambda a, b: a & ~b)), copy=False)

    def arrow(self, answer: Any) -> Any:
        return pa.Table.from_pandas(answer, preserve_index=False)
