"""What a benchmark ran on: processor, memory, versions. No name of the machine and no path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["PACKAGES", "machine", "versions"]

PACKAGES = (
    "kooperacja_model",
    "numpy",
    "pyarrow",
    "polars",
    "pandas",
    "duckdb",
    "OpenFisca-Core",
    "zen-engine",
    "clingo",
    "rule-engine",
    "json-logic-qubit",
)


def machine() -> str:
    """Processor, memory and system."""
    return f"{_processor()}, {os.cpu_count()} cores, {_gigabytes()} GB, {platform.system()}"


def versions() -> str:
    """Python and the packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    return ", ".join(found + [f"{name} {its}" for name in PACKAGES if (its := _version(name))])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _gigabytes() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
