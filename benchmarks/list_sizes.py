"""How long the lists are: random families with one, two and three needs, and the nine example families.

Run `python benchmarks/list_sizes.py`. The needs of a random family are drawn without regard to each other, so they
rarely belong together as those of a real family do, and each circumstance is present with the same chance; the rest is
known to be absent. The figures compare one state of the rules with another, they say nothing about real families.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import kooperacja_model as km

SEED = 20
NUMBERS_OF_NEEDS = (1, 2, 3)
SHARES_PRESENT = (0.10, 0.12, 0.25)
COMMUNES = {
    "rural": km.Commune("1816122", 16000),
    "urban_rural": km.Commune("3021163", 50000),
    "city": km.Commune("2416021", 49000),
}
"""One of each kind, all in a land powiat; the numbers of inhabitants are only examples."""
LONG = 20
EXAMPLES = Path(__file__).parents[1] / "examples" / "cases"

Size = tuple[int, int]
"""Number of required institution types, and of required and advised ones together."""


def size(made: km.Recommendation) -> Size:
    strengths = [advice.strength for advice in made.institutions]
    required = strengths.count(km.Strength.REQUIRED)
    return required, required + strengths.count(km.Strength.ADVISED)


def random_answers(catalogue: km.Catalogue, needs: Sequence[str], share: float, draw: random.Random) -> dict[str, bool]:
    """Every circumstance, present with the given chance or because it follows from what is present."""
    present: set[str] = set()
    taken: set[str] = set()  # of terms that exclude each other, the first one drawn stays
    for key, term in catalogue.circumstances.items():
        if draw.random() < share and term.one_of not in taken:
            present.add(key)
            taken |= {term.one_of} if term.one_of else set()
    present |= {implied for need in needs for implied in catalogue.needs[need].implies}
    before: set[str] = set()
    while before != present:
        before = set(present)
        present |= {implied for key in before for implied in catalogue.circumstances[key].implies}
    return {key: key in present for key in catalogue.circumstances}


def random_sizes(families: int, number: int, share: float) -> Iterator[Size]:
    draw = random.Random(f"{SEED} {number} {share}")
    models = km.load_models()
    for _ in range(families):
        model = models[draw.choice(sorted(COMMUNES))]
        needs = draw.sample(sorted(model.catalogue.needs), number)
        answers = random_answers(model.catalogue, needs, share, draw)
        yield size(km.recommend(model, needs, answers, commune=COMMUNES[model.key]))


def described(values: Sequence[int]) -> str:
    ninth_decile = sorted(values)[int(len(values) * 0.9)]
    return f"{statistics.mean(values):6.1f} {ninth_decile:4} {max(values):4}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=1000, help="random families for each line (1000)")
    parser.add_argument("--quick", action="store_true", help="100 random families for each line")
    given = parser.parse_args()
    families = 100 if given.quick else given.families

    print(f"{families} random families for each line")
    print(f"{'':14} {'required':^16}   {'required and advised':^16}")
    print(f"{'needs present':14} {'mean':>6} {'90%':>4} {'max':>4}   {'mean':>6} {'90%':>4} {'max':>4} {'over 20':>8}")
    for share in SHARES_PRESENT:
        for number in NUMBERS_OF_NEEDS:
            required, all_ = zip(*random_sizes(families, number, share), strict=True)
            over = sum(value > LONG for value in all_) / families
            print(f"{number:5} {share:8.0%} {described(required)}   {described(all_)} {over:8.1%}")

    print(f"\n{'example family':32} {'required':>8} {'in all':>8}")
    for file in sorted(EXAMPLES.glob("*.yaml")):
        found = km.load_case(file)
        model = km.load_model(found.model) if found.model else km.model_for(found.case.commune or "")
        here, in_all = size(km.recommend_case(model, found.case))
        print(f"{file.stem:32} {here:8} {in_all:8}")


if __name__ == "__main__":
    main()
