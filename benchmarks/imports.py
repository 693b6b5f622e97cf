"""How long packages take to import, and how much memory the process then has more than a bare one."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from importlib.util import find_spec
from typing import NamedTuple

__all__ = ["Import", "measure_imports"]

IMPORTS = {
    "kooperacja_model": "import kooperacja_model",
    "kooperacja_model, `recommend`": "from kooperacja_model import load_model, recommend",
    "kooperacja_model, one family": "from kooperacja_model.batch import FamilyEvaluator, compile_model",
    "kooperacja_model, tables": "from kooperacja_model.batch import recommend_batch",
    "zen-engine": "import zen",
    "json-logic": "import json_logic",
    "clingo": "import clingo",
    "rule-engine": "import rule_engine",
    "NumPy": "import numpy",
    "pyarrow": "import pyarrow.compute",
    "DuckDB": "import duckdb",
    "Polars": "import polars",
    "OpenFisca-Core": "import openfisca_core.taxbenefitsystems",
    "pandas": "import pandas",
}
_CODE = """
import json, os, time
start = time.perf_counter()
{statement}
taken = time.perf_counter() - start
status = open("/proc/self/status").read() if os.path.exists("/proc/self/status") else "VmHWM: 0"
print(json.dumps([taken, int(status.split("VmHWM:")[1].split()[0])]))
"""
"""Lines that are run in a new process; the memory is in kilobytes and only known on Linux."""


class Import(NamedTuple):
    """Seconds, and megabytes more than the bare interpreter."""

    seconds: float
    megabytes: float


def measure_imports(repeats: int) -> dict[str, Import]:
    """Import the packages that are installed, each in new processes; the first time does not count."""
    bare = _measured("pass", repeats)
    return {
        name: Import(its.seconds, its.megabytes - bare.megabytes)
        for name, statement in IMPORTS.items()
        if find_spec(statement.split()[1].split(".")[0])
        for its in [_measured(statement, repeats)]
    }


def _measured(statement: str, repeats: int) -> Import:
    found = []
    for _ in range(repeats + 1):
        code = [sys.executable, "-c", _CODE.format(statement=statement)]
        done = subprocess.run(code, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(done.stdout))
    seconds, kilobytes = zip(*found[1:], strict=True)
    return Import(statistics.median(seconds), statistics.median(kilobytes) / 1000)
