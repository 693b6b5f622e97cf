"""What the engines are measured on: a model, families, and an answer that has been checked, kept in a folder."""

from __future__ import annotations

import pickle
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
from families import make_families
from plain_rules import PlainModel, plain_model

import kooperacja_model as km
from kooperacja_model.batch import Program, compile_model, recommend_batch

__all__ = ["Workload", "prepare"]


def prepare(folder: Path, model: km.CooperationModel, rows: int, unknown: float = 0.0) -> Workload:
    """Draw families, compile the model, and write both to a new folder.

    Args:
        folder: is made.
        model: the model.
        rows: number of families.
        unknown: share of circumstances that are unknown.
    """
    folder.mkdir()
    plain = plain_model(model)
    columns = [wanted.name for wanted in plain.columns(bool(unknown))]
    start = time.perf_counter()
    program = compile_model(model, outputs=columns)
    compiled = time.perf_counter() - start
    families = make_families(model, rows, unknown)
    (folder / "rules.pickle").write_bytes(pickle.dumps((plain, program, bool(unknown), families.means(), compiled)))
    _write(folder / "families.arrow", families.table())
    return Workload(folder)


class Workload:
    """A folder that `prepare` has made.

    Attributes:
        plain: the rules, as the peers get them.
        program: the rules, as this library compiles them.
        unknown: whether some circumstances are unknown.
        means: needs and circumstances per family, and the share of circumstances that are unknown.
        compiled: seconds that compiling took.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        read: tuple[PlainModel, Program, bool, tuple[float, float, float], float]
        read = pickle.loads((folder / "rules.pickle").read_bytes())
        self.plain, self.program, self.unknown, self.means, self.compiled = read

    @cached_property
    def table(self) -> Any:
        """The families as an Arrow table, in memory."""
        return _read(self.folder / "families.arrow")

    @cached_property
    def reference(self) -> Any:
        """The checked answer."""
        return _read(self.folder / "reference.arrow")

    def save_reference(self, answer: Any) -> None:
        """Keep an answer that has been checked."""
        _write(self.folder / "reference.arrow", answer)

    def answer(self, table: Any) -> Any:
        """What this library says: Arrow in, Arrow out."""
        return recommend_batch(self.program, table).to_arrow()


def _write(path: Path, table: Any) -> None:
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)


def _read(path: Path) -> Any:
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        return file.read_all()
