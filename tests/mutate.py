"""Breaks the library on purpose, in copies, and counts how often the tests notice.

Run `python tests/mutate.py --budget 12`. Each mutant changes one operator or truth value in a module that decides what
is recommended; the scenarios and the unit tests of the recommendation must fail on it. Exits with 1 if fewer than four
in five are noticed, and names the survivors. The choice is drawn with a fixed seed, so a run can be repeated.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src") / "kooperacja_model"
TARGETS = ("model.py", "case.py", "catalogue.py", "recommendation.py", "seats.py")
TESTS = ("tests/test_scenarios.py", "tests/test_recommendation.py", "tests/test_seats.py")
LEAST_NOTICED = 0.8

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.Gt: ast.LtE,
}


def inside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of all function bodies; annotations and defaults are left alone."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                yield from ast.walk(statement)


def mutants(source: str) -> list[str]:
    """Every source that differs in one operator or truth value."""
    number = len(list(inside_functions(ast.parse(source))))
    found = []
    for index in range(number):
        tree = ast.parse(source)
        node = list(inside_functions(tree))[index]
        if isinstance(node, ast.BoolOp) and type(node.op) in SWAPPED:
            node.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
            node.ops = [SWAPPED[type(node.ops[0])]()]  # type: ignore[list-item]
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            node.value = not node.value
        else:
            continue
        found.append(ast.unparse(tree))
    return list(dict.fromkeys(found))


def noticed(module: str, source: str) -> bool:
    """Whether the tests fail on a copy of the library with this source in the module."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "src", copy / "src")
        shutil.copytree(ROOT / "models", copy / "models")
        shutil.copy(ROOT / "pyproject.toml", copy)
        (copy / PACKAGE / module).write_text(source, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=600)
        return done.returncode == 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=int, default=12, help="how many mutants to try")
    budget = parser.parse_args().budget
    whole = {name: (ROOT / PACKAGE / name).read_text(encoding="utf-8") for name in TARGETS}
    for name, source in whole.items():
        assert not noticed(name, ast.unparse(ast.parse(source))), f"the tests fail on {name} as it is"
        break
    every = [(name, mutant) for name, source in whole.items() for mutant in mutants(source)]
    chosen = Random(20).sample(every, min(budget, len(every)))
    survivors = []
    for name, mutant in chosen:
        if not noticed(name, mutant):
            plain = ast.unparse(ast.parse(whole[name])).splitlines()
            line = next(new for old, new in zip(plain, mutant.splitlines(), strict=True) if old != new)
            survivors.append(f"{name}: {line.strip()}")
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants noticed (of {len(every)} possible ones)")
    for survivor in survivors:
        print("not noticed:", survivor)
    if len(survivors) > (1 - LEAST_NOTICED) * len(chosen):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
