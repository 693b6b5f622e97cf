"""What teams have to cover, for many families at once: the rules and duties that hold, as bits of a few words.

What a team must cover for a family is fixed by three sets: the competences that certain rules require,
each for an institution type (a pair); the competences that they advise; and the types that have to be
there, for a body of the model or for a statutory duty. In each set a bit stands for a member, and the
bits of the three sets together are the family's demand. Open questions never matter here, as in `propose_team`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kooperacja_model.batch.columns import Bits, Bytes
from kooperacja_model.batch.dag import FALSE, TRUE
from kooperacja_model.batch.packed import transpose
from kooperacja_model.batch.program import Kind, Program, compile_model
from kooperacja_model.model import CooperationModel, Force, Strength
from kooperacja_model.provenance import Basis
from kooperacja_model.team import seated

__all__ = ["Demands", "Pair", "Words", "compile_demands"]

Words = NDArray[np.uint64]
"""A row of words for each family; bit `i` of the row is bit `i % 64` of word `i // 64`."""


class Pair(NamedTuple):
    """A required competence and a type that the rules name for it."""

    competence: str
    type: str


@frozen(eq=False)
class Demands:
    """The bits of a demand, and where they come from.

    Attributes:
        program: the compiled rules and duties.
        pairs: what the first bits stand for, ordered by competence in the order of the catalogue.
        advised: the competences that the bits from `first_advised` on stand for.
        mandated: the types that the bits from `first_mandated` on stand for.
        seated: those types that sit in a body of the model, whatever the family needs.
    """

    program: Program
    pairs: tuple[Pair, ...] = field(repr=False)
    advised: tuple[str, ...] = field(repr=False)
    mandated: tuple[str, ...] = field(repr=False)
    seated: frozenset[str]
    _required_by: Mapping[Pair, tuple[int, ...]] = field(repr=False)
    _advised_by: Mapping[str, tuple[int, ...]] = field(repr=False)
    _called_by: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(repr=False)

    @property
    def required(self) -> tuple[str, ...]:
        """The competences of the pairs, in order."""
        return tuple(dict.fromkeys(pair.competence for pair in self.pairs))

    @property
    def first_advised(self) -> int:
        """The first bit of the advised competences; always the first of a word."""
        return _whole_words(len(self.pairs))

    @property
    def first_mandated(self) -> int:
        """The first bit of the mandated types; always the first of a word."""
        return self.first_advised + _whole_words(len(self.advised))

    @property
    def words(self) -> int:
        """Number of words."""
        return (self.first_mandated + _whole_words(len(self.mandated))) // 64

    def of(self, bits: Bits) -> Words:
        """The demands of some families.

        Args:
            bits: the answer for them, with all columns of the program.
        """
        columns = _Columns(bits)
        matrix = np.zeros((64 * self.words, bits.matrix.shape[1]), dtype=np.uint8)
        required: dict[str, Bytes] = {}
        for bit, pair in enumerate(self.pairs):
            its = columns.any_of(self._required_by[pair], matrix[bit])
            required[pair.competence] = required.get(pair.competence, its) | its
        for bit, key in enumerate(self.advised, self.first_advised):
            columns.any_of(self._advised_by[key], matrix[bit])
            if key in required:
                matrix[bit] &= ~required[key]
        for bit, key in enumerate(self.mandated, self.first_mandated):
            if key in self.seated:
                matrix[bit] = 255
            else:
                rules, duties = self._called_by[key]
                columns.any_of(duties, matrix[bit])
                matrix[bit] &= columns.any_of(rules, np.empty_like(matrix[bit]))
        return _turned(matrix)[: bits.rows]


def compile_demands(model: CooperationModel, basis: Iterable[Basis | str] | None = None) -> Demands:
    """The demands of the families under a model.

    Args:
        model: the model.
        basis: keep only rules with a source on one of these bases. Duties always stay.

    >>> from kooperacja_model import load_model
    >>> demands = compile_demands(load_model("rural"))
    >>> demands.pairs[0], demands.words
    (Pair(competence='environmental_interview', type='social_assistance_centre'), 5)
    """
    program = compile_model(model, basis, ("rules", "duties"), ("required",))
    outputs = [program.outputs[column.output] for column in program.columns]
    rules = {its.key: number for number, its in enumerate(outputs) if its.kind is Kind.RULE}
    duties = {its.key: number for number, its in enumerate(outputs) if its.kind is Kind.DUTY}
    required: dict[Pair, list[int]] = {}
    advised: dict[str, list[int]] = {}
    types: dict[str, list[int]] = {}
    for key, brought in model.brought.items():
        for kind, competences, strength in brought:
            if strength is Strength.REQUIRED:
                types.setdefault(kind, []).append(rules[key])
            for competence in competences:
                if strength is Strength.REQUIRED:
                    required.setdefault(Pair(competence, kind), []).append(rules[key])
                else:
                    advised.setdefault(competence, []).append(rules[key])
    terms = model.catalogue.institution_types
    called: dict[str, list[int]] = {}
    for duty in model.duties.values():
        if duty.force is Force.MUST:
            for kind in (kind for kind in duty.who if kind in types and not terms[kind].outside_team):
                called.setdefault(kind, []).append(duties[duty.key])
    always = [kind for _, kinds in seated(model) for kind in kinds]
    rank = model.catalogue.competences.rank
    return Demands(
        program=program,
        pairs=tuple(sorted(required, key=lambda pair: rank(pair.competence))),
        advised=tuple(sorted(advised, key=rank)),
        mandated=tuple(dict.fromkeys([*always, *called])),
        seated=frozenset(always),
        required_by={pair: tuple(its) for pair, its in required.items()},
        advised_by={key: tuple(its) for key, its in advised.items()},
        called_by={kind: (tuple(types[kind]), tuple(its)) for kind, its in called.items()},
    )


class _Columns:
    """The columns of an answer, by number."""

    def __init__(self, bits: Bits) -> None:
        self.rows = bits.columns
        self.matrix = bits.matrix

    def any_of(self, numbers: Iterable[int], found: Bytes) -> Bytes:
        """Write into `found` where any of some columns is true."""
        rows = {self.rows[number] for number in numbers}
        found[:] = 255 if TRUE in rows else 0
        for row in rows - {TRUE, FALSE}:
            found |= self.matrix[row]
        return found


def _whole_words(bits: int) -> int:
    return -(-bits // 64) * 64


def _turned(matrix: Bytes) -> Words:
    """Columns of bits as rows of words: squares of 64 bits by 64 are mirrored."""
    squares = matrix.view("<u8").astype(np.uint64, copy=False).reshape(-1, 64, matrix.shape[1] // 8)
    for square in squares:
        transpose(square)
    return np.ascontiguousarray(squares.transpose(2, 1, 0)).reshape(-1, len(squares))
