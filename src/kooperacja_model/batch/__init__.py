"""The same rules for millions of families: compiled to bits, Arrow in, Arrow out.

>>> import pyarrow as pa
>>> from kooperacja_model.batch import recommend_batch
>>> families = pa.table({"truancy": [True, False], "alcohol_problem": [True, True]})
>>> result = recommend_batch("rural", families, outputs=["sectors"], strengths=["required"])
>>> result.to_arrow()["sector__education__required"].to_pylist()
[True, False]
>>> result.totals["sector__education__required"].to_pylist()
[1]

A table needs the extra `batch` (numpy and pyarrow); compiling a model and answering for one family
with `FamilyEvaluator` do not. Modules are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kooperacja_model.batch.cluster import ClusterResult
    from kooperacja_model.batch.columns import Evaluator
    from kooperacja_model.batch.dask import recommend_dask
    from kooperacja_model.batch.integers import FamilyAnswer, FamilyEvaluator
    from kooperacja_model.batch.packed import PackedAnswers, PackedFacts, pack_table, unpack_table
    from kooperacja_model.batch.program import Column, Kind, Program, compile_model
    from kooperacja_model.batch.result import BatchResult, recommend_batch, recommend_stream
    from kooperacja_model.batch.spark import pack_spark, recommend_spark
    from kooperacja_model.batch.tables import Lists, Long, Wide
    from kooperacja_model.batch.team_solver import Teams, TeamSolver
    from kooperacja_model.batch.teams import TeamBatch, teams_batch

__all__ = [
    "BatchResult",
    "ClusterResult",
    "Column",
    "Evaluator",
    "FamilyAnswer",
    "FamilyEvaluator",
    "Kind",
    "Lists",
    "Long",
    "PackedAnswers",
    "PackedFacts",
    "Program",
    "TeamBatch",
    "TeamSolver",
    "Teams",
    "Wide",
    "compile_model",
    "pack_spark",
    "pack_table",
    "recommend_batch",
    "recommend_dask",
    "recommend_spark",
    "recommend_stream",
    "teams_batch",
    "unpack_table",
]

_WHERE = {
    "BatchResult": "result",
    "ClusterResult": "cluster",
    "Column": "program",
    "Evaluator": "columns",
    "FamilyAnswer": "integers",
    "FamilyEvaluator": "integers",
    "Kind": "program",
    "Lists": "tables",
    "Long": "tables",
    "PackedAnswers": "packed",
    "PackedFacts": "packed",
    "Program": "program",
    "TeamBatch": "teams",
    "TeamSolver": "team_solver",
    "Teams": "team_solver",
    "Wide": "tables",
    "compile_model": "program",
    "pack_spark": "spark",
    "pack_table": "packed",
    "recommend_batch": "result",
    "recommend_dask": "dask",
    "recommend_spark": "spark",
    "recommend_stream": "result",
    "teams_batch": "teams",
    "unpack_table": "packed",
}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
