"""DuckDB: boolean columns of a table in memory, one SQL query on one thread, Arrow out."""

from __future__ import annotations

from typing import Any

import duckdb
from plain_rules import PlainModel, When

from peers import BatchPeer

__all__ = ["Stages"]


def _sql(when: When, lists: dict[tuple[str, ...], str]) -> str:
    parts = [*when.all, *(lists[keys] for keys in when.any)]
    if when.none:
        parts.append(f"NOT {lists[when.none] if len(when.none) > 1 else when.none[0]}")
    return " AND ".join(parts)


class Stages(BatchPeer):
    """Lists in a first subquery, conditions in a second, competences in a third."""

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        super().__init__(model, unknown)
        self.connection = duckdb.connect(config={"threads": 1})
        lists = {keys: f"list_{number}" for number, keys in enumerate((*model.one_of, *model.none_of))}
        names = {when: f"condition_{number}" for number, when in enumerate(model.conditions)}
        first = [f"{' OR '.join(keys)} AS {name}" for keys, name in lists.items()]
        second = [f"{_sql(when, lists)} AS {name}" for when, name in names.items()]
        third = [
            f"{' OR '.join(names[when] for when in its)} AS {strength}_{key}"
            for strength, given in (("required", model.required), ("advised", model.advised))
            for key, its in given.items()
        ]
        last = []
        for wanted in self.columns:
            expression = f"{wanted.strength}_{wanted.competence}"
            if wanted.strength == "advised" and wanted.competence in model.required:
                expression += f" AND NOT required_{wanted.competence}"
            last.append(f"{expression} AS {wanted.name}")
        self.query = f"""
            WITH lists AS (SELECT *, {", ".join(first)} FROM families),
            conditions AS (SELECT {", ".join(second)} FROM lists),
            competences AS (SELECT {", ".join(third)} FROM conditions)
            SELECT {", ".join(last)} FROM competences
        """

    def frame(self, table: Any) -> None:
        self.connection.register("given", table)
        self.connection.execute("CREATE OR REPLACE TABLE families AS SELECT * FROM given")
        self.connection.unregister("given")

    def answer(self, begun: None) -> Any:
        return self.connection.sql(self.query).to_arrow_table()
