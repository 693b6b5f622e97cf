"""How long a model takes to load and a recommendation to make, side by side with plain Python.

Run `python benchmarks/recommendation.py`; `--quick` measures less. The peer is what a user would write without this
library: the rules of models/*.yaml read with `yaml.safe_load` and evaluated one after the other with `dict` and `if`.
Both answers are compared before any time is printed. Times are medians; the last column is the ratio to the first row.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import kooperacja_model as km
from kooperacja_model.reading.files import models_folder

FOLDER = Path(str(models_folder()))
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain_rules(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.load((FOLDER / name).read_bytes(), Loader=LOADER)["rules"]
    return data


def plain_answer(rules: dict[str, Any], facts: set[str]) -> set[str]:
    """Required institution types by plain Python; facts that are not present are absent."""
    required: set[str] = set()
    for rule in rules.values():
        when = rule["when"]
        if (
            all(key in facts for key in when.get("all", ()))
            and (not when.get("any") or any(key in facts for key in when["any"]))
            and not any(key in facts for key in when.get("none", ()))
        ):
            required.update(rule.get("require", ()))
    return required


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process_seconds(code: str, repeats: int) -> float:
    return median_seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True), repeats)


def cases(model: km.CooperationModel, number: int) -> list[tuple[list[str], dict[str, bool]]]:
    draw = random.Random(20)
    catalogue = model.catalogue
    found: list[tuple[list[str], dict[str, bool]]] = []
    while len(found) < number:
        needs = draw.sample(list(catalogue.needs), draw.randint(1, 3))
        present = {key for key in catalogue.circumstances if draw.random() < 0.12}
        answers = {key: key in present for key in catalogue.circumstances}
        try:
            km.make_case(catalogue, needs, answers)
        except km.CaseError:
            continue
        found.append((needs, answers))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less")
    quick = parser.parse_args().quick
    repeats, number = (3, 50) if quick else (15, 500)

    base = process_seconds("pass", repeats)
    rows = [("empty Python process", base)]
    rows += [
        ("import kooperacja_model", process_seconds("import kooperacja_model", repeats)),
        (
            "import and load one model",
            process_seconds("import kooperacja_model as km; km.load_model('rural')", repeats),
        ),
        (
            "the same files with yaml.load (C), no checks",
            process_seconds(
                "import yaml, pathlib\n"
                f"for name in ('catalogue', 'duties', 'rules', 'rural'): "
                f"yaml.load(pathlib.Path({str(FOLDER)!r}, name + '.yaml').read_bytes(), Loader=yaml.{LOADER.__name__})",
                repeats,
            ),
        ),
    ]
    print(f"{'whole process':48} {'ms':>8} {'ratio':>7}")
    for name, seconds in rows:
        print(f"{name:48} {seconds * 1e3:8.1f} {seconds / base:7.1f}")

    model = km.load_model("rural")
    drawn = cases(model, number)
    names = {key: profile.of for key, profile in model.catalogue.profiles.items()}
    rules = {**plain_rules("rules.yaml"), **plain_rules("rural.yaml")}
    for needs, answers in drawn:
        ours = km.recommend(model, needs, answers)
        facts = {key for key, value in ours.facts.items() if value}
        theirs = {names.get(key, key) for key in plain_answer(rules, facts)}
        assert theirs == {a.key for a in ours.institutions if a.strength == "required"}, (needs, answers)

    def per_case(work: Callable[[list[str], dict[str, bool]], object]) -> float:
        return median_seconds(lambda: [work(needs, answers) for needs, answers in drawn], 3 if quick else 7) / number

    certain = [
        ("recommend, institutions", lambda n, a: km.recommend(model, n, a).institutions),
        ("plain Python over all rules, types only", lambda n, a: plain_answer(rules, {*n, *(k for k in a if a[k])})),
        ("recommend, all lists", lambda n, a: km.recommend(model, n, a).to_dict()),
        ("recommend, nothing asked yet, with questions", lambda n, _: km.recommend(model, n).to_dict()),
        ("recommend and explain in Polish", lambda n, a: km.recommend(model, n, a).explain("pl")),
    ]
    print(f"\n{'one recommendation (mean over cases)':48} {'us':>8} {'ratio':>7}")
    first = 0.0
    for name, work in certain:
        seconds = per_case(work)
        first = first or seconds
        print(f"{name:48} {seconds * 1e6:8.0f} {seconds / first:7.2f}")


if __name__ == "__main__":
    main()
