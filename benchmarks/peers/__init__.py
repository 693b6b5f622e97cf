"""The engines that answer the same question, each with the rules written the way that suits it best.

A peer of one family gets a family in the form that its engine reads, made beforehand, and returns the keys of the rules
that hold and the competences required and advised. A peer for tables gets its own kind of frame, made beforehand, and
returns whatever columns its engine makes. Neither reading nor writing is counted, except for ours, which takes an
Arrow table and gives one back.

All peers get facts that are complete: what follows from a fact stands there already. Ours looks for contradictions all
the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from plain_rules import Family, PlainModel

__all__ = [
    "BATCH_PEERS",
    "FAMILY_PEERS",
    "UNKNOWN_PEERS",
    "Answer",
    "BatchPeer",
    "FamilyPeer",
    "Peer",
    "is_installed",
    "load_batch_peer",
    "load_family_peer",
]


class Answer(NamedTuple):
    """What is said of one family; a competence that is required may be in `advised` as well."""

    fired: Iterable[str]
    required: Iterable[str]
    advised: Iterable[str]


class FamilyPeer(ABC):
    """Answers for one family at a time, everything known.

    Args:
        model: the rules.
    """

    def __init__(self, model: PlainModel) -> None:
        self.model = model

    @abstractmethod
    def given(self, family: Family) -> Any:
        """A family in the form that the engine reads."""

    @abstractmethod
    def answer(self, given: Any) -> Any:
        """What is measured."""

    def words(self, answer: Any) -> Answer:
        """The answer in a form that can be compared."""
        found: Answer = answer
        return found


class BatchPeer(ABC):
    """Answers for a table of families.

    Args:
        model: the rules.
        unknown: whether some circumstances are unknown (null).
    """

    def __init__(self, model: PlainModel, unknown: bool) -> None:
        self.model = model
        self.columns = model.columns(unknown)

    @abstractmethod
    def frame(self, table: Any) -> Any:
        """An Arrow table in the engine's own form."""

    def begin(self, frame: Any) -> Any:
        """What has to be done before each answer and is not measured."""
        return frame

    @abstractmethod
    def answer(self, begun: Any) -> Any:
        """What is measured."""

    def arrow(self, answer: Any) -> Any:
        """The answer as an Arrow table of booleans, for the comparison."""
        return answer


class Peer(NamedTuple):
    """Where a peer stands and what it needs.

    Attributes:
        name: what it is called in the table.
        module: module of this folder.
        maker: class in the module.
        package: what has to be installed, `""` for nothing.
        at_most: number of families beyond which it is only extrapolated.
        target: how many times faster ours should be, 0 for none.
    """

    name: str
    module: str
    maker: str
    package: str = ""
    at_most: int = 1_000_000_000
    target: float = 0


FAMILY_PEERS = (
    Peer("kooperacja_model", "ours", "OneFamily", at_most=400),
    Peer("kooperacja_model, answer left as sets of bits", "ours", "OneFamilyBits", at_most=400),
    Peer("kooperacja_model, every circumstance answered", "ours", "OneFamilyAnswers", at_most=400),
    Peer("Python written from the rules, nested `if`", "plain_python", "GeneratedPython", at_most=400),
    Peer("the same, strengths in a dictionary", "plain_python", "GeneratedPythonStrengths", at_most=400),
    Peer("Python over rule objects", "plain_python", "Interpreter", at_most=200),
    Peer("zen-engine `evaluate`, one table", "zen_decisions", "Engine", "zen", 200),
    Peer("zen-engine `evaluate`, a table for each need", "zen_decisions", "Routed", "zen", 200, 15),
    Peer("zen-engine `create_decision`, `evaluate`", "zen_decisions", "Decision", "zen", 50),
    Peer("clingo, grounded once, externals", "clingo_program", "MultiShot", "clingo", 200),
    Peer("json-logic", "json_logic_rules", "JsonLogic", "json_logic", 20),
    Peer("rule-engine", "rule_engine_rules", "RuleEngine", "rule_engine", 10),
)

BATCH_PEERS = (
    Peer("Polars, in stages", "polars_expressions", "Stages", "polars", target=5),
    Peer("Polars, one lazy expression a column", "polars_expressions", "OneSelect", "polars"),
    Peer("Polars, given our compiled graph", "polars_expressions", "Graph", "polars"),
    Peer("pyarrow.compute, in stages", "arrow_compute", "Stages", "pyarrow"),
    Peer("NumPy, a byte for each boolean, in stages", "numpy_bytes", "Stages", "numpy"),
    Peer("pandas, in stages", "pandas_series", "Stages", "pandas", target=20),
    Peer("DuckDB, SQL in stages", "duckdb_sql", "Stages", "duckdb", target=40),
    Peer("OpenFisca-Core", "openfisca_system", "OpenFisca", "openfisca_core", target=25),
    Peer("zen-engine `evaluate_batch`", "zen_decisions", "Batch", "zen", 2_000, 3_000),
)

UNKNOWN_PEERS = (
    Peer("Polars with nulls, in stages", "polars_expressions", "Stages", "polars", target=4),
    Peer("pyarrow.compute, Kleene, in stages", "arrow_compute", "KleeneStages", "pyarrow"),
)


def load_family_peer(peer: Peer, model: PlainModel) -> FamilyPeer:
    """Make a peer; its engine is imported now."""
    made: FamilyPeer = getattr(import_module(f"peers.{peer.module}"), peer.maker)(model)
    return made


def load_batch_peer(peer: Peer, model: PlainModel, unknown: bool) -> BatchPeer:
    """Make a peer; its engine is imported now."""
    made: BatchPeer = getattr(import_module(f"peers.{peer.module}"), peer.maker)(model, unknown)
    return made


def is_installed(peer: Peer) -> bool:
    """Whether its engine is there."""
    return not peer.package or find_spec(peer.package) is not None
