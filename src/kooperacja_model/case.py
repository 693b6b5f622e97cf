"""A family's needs and circumstances, and the three-valued facts that follow from them.

A `Case` holds terms of the catalogue and a commune, nothing else: there is no field that could
take a name, a number or a free text about a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from kooperacja_model.catalogue import Catalogue, Circumstance, Need
from kooperacja_model.commune import Commune
from kooperacja_model.errors import CaseError
from kooperacja_model.model import CooperationModel

__all__ = ["Answer", "Case", "Facts", "make_case"]

Facts = dict[str, bool]
"""Known facts by key. Every need is known; a circumstance or feature that is missing is unknown."""


@frozen
class Answer:
    """A circumstance and whether it is present."""

    circumstance: Circumstance
    present: bool


@frozen
class Case:
    """What is known of a family, in terms of the catalogue only.

    Attributes:
        needs: reported needs, in the order of the catalogue; the others are absent.
        answers: circumstances that were asked for, in the order of the catalogue.
        commune: where the family lives, if that matters to the caller.
    """

    needs: tuple[Need, ...]
    answers: tuple[Answer, ...] = ()
    commune: Commune | None = None

    def facts(self, model: CooperationModel) -> Facts:
        """All known facts: needs, answers, what they imply, and features of the commune.

        Raises:
            CaseError: two facts contradict each other.
        """
        reported = {need.key for need in self.needs}
        facts: Facts = {key: key in reported for key in model.catalogue.needs}
        facts.update(model.features)
        if self.commune is not None and model.key == "city":
            facts.update(self.commune.code.features)
        facts.update(_known_circumstances(model.catalogue, self))
        return facts


def make_case(
    catalogue: Catalogue,
    needs: Iterable[str],
    circumstances: Iterable[str] | Mapping[str, bool | None] = (),
    commune: Commune | None = None,
) -> Case:
    """A case from words, each a key, a label or an abbreviation of the catalogue.

    Args:
        catalogue: the vocabulary.
        needs: at least one need.
        circumstances: the present ones, or a mapping to `True`, `False`, or `None` for unknown.
        commune: where the family lives.

    Raises:
        UnknownTermError: a word is not in the catalogue; the message does not repeat it.
        CaseError: no need is given, or two facts contradict each other.
    """
    if isinstance(needs, str) or isinstance(circumstances, str):
        raise CaseError("case: a single text was given; give a list of keys, for example ['truancy']")
    found = {catalogue.find("needs", word, number).key for number, word in enumerate(needs, 1)}
    if not found:
        raise CaseError("case: no need is given; name at least one, `kooperacja list needs` shows them")
    given = circumstances if isinstance(circumstances, Mapping) else dict.fromkeys(circumstances, True)
    answers: dict[str, bool] = {}
    for number, (word, present) in enumerate(given.items(), 1):
        key = catalogue.find("circumstances", word, number).key
        if present is None:
            continue
        if not isinstance(present, bool):
            raise CaseError(f"case: circumstance {key!r} is neither True, False nor None; give one of them")
        if answers.setdefault(key, present) != present:
            raise CaseError(f"case: circumstance {key!r} is given as present and as absent; give it once")
    case = Case(
        needs=tuple(need for key, need in catalogue.needs.items() if key in found),
        answers=tuple(Answer(term, answers[key]) for key, term in catalogue.circumstances.items() if key in answers),
        commune=commune,
    )
    _known_circumstances(catalogue, case)
    return case


def _known_circumstances(catalogue: Catalogue, case: Case) -> Facts:
    """Answers and what follows: implied circumstances are present, excluded ones are absent."""
    known: Facts = {}
    causes: dict[str, str] = {}
    given = [(implied, True, f"need {need.key!r}") for need in case.needs for implied in need.implies]
    given += [(a.circumstance.key, a.present, f"the answer on {a.circumstance.key!r}") for a in case.answers]
    for key, present, cause in given:
        for name, value in catalogue.follows[key, present].items():
            if known.setdefault(name, value) != value:
                words = ("present", "absent") if known[name] else ("absent", "present")
                raise CaseError(
                    f"case: circumstance {name!r} is {words[0]} by {causes[name]} "
                    f"but {words[1]} by {cause}; correct one of the two"
                )
            causes.setdefault(name, cause)
    return known
