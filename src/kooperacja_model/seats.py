"""Who sits where for a family: the bodies of the model that decide and that work on the case.

The bodies, who convenes and leads them and whom they are known to hold come from the model; which
of the recommended institutions to bring to which of them is this library's proposal.
"""

from __future__ import annotations

from attrs import frozen

from kooperacja_model.catalogue import InstitutionType
from kooperacja_model.model import Strength
from kooperacja_model.organisation import Body, Known, Member, Part
from kooperacja_model.recommendation import Recommendation

__all__ = ["BodySeats", "InstitutionSeat", "Seats", "seats_for"]

_AT_THE_TABLE = (Part.DECIDES, Part.BOTH, Part.WORKS, Part.DIAGNOSES)


@frozen
class InstitutionSeat:
    """A recommended institution type in one body.

    Attributes:
        institution: key of the institution type.
        strength: `REQUIRED` or `ADVISED`, as recommended.
        member: what is known of its membership, or `None`: not among the known members, to be invited.
        proposed: it is proposed to work on this family's case there.
        part_of: the institution of which it is a part in this commune, if any.
    """

    institution: str
    strength: Strength
    member: Member | None
    proposed: bool
    part_of: str | None

    @property
    def known(self) -> Known | None:
        """How well its membership is known; `None` if it is not among the known members."""
        return None if self.member is None else self.member.known


@frozen
class BodySeats:
    """One body of the model, as it would meet for this family.

    Attributes:
        body: the body; `convened_by` and `led_by` are `None` where nothing was found.
        seats: the recommended institution types, in the order of the recommendation; empty for a
            body that only prepares the diagnosis, as nobody says who sits there.
        standing: types that always sit in it and are not recommended for this family.
    """

    body: Body
    seats: tuple[InstitutionSeat, ...]
    standing: tuple[str, ...]

    @property
    def decides(self) -> bool:
        """Whether heads of institutions decide here on the cooperation."""
        return self.body.part in (Part.DECIDES, Part.BOTH)

    @property
    def works(self) -> bool:
        """Whether it works on the family's case; then the family is a member."""
        return self.body.part in (Part.WORKS, Part.BOTH)

    @property
    def family(self) -> bool:
        """Whether the family is a member; `body.family` says what is known of that."""
        return self.works


@frozen
class Seats:
    """Who sits where for a family.

    Attributes:
        bodies: bodies that decide, then those that work on the case, then those that diagnose.
        consulted: recommended types that are contacts of the team and sit in none of its bodies.
    """

    bodies: tuple[BodySeats, ...]
    consulted: tuple[str, ...]


def seats_for(recommendation: Recommendation) -> Seats:
    """Who sits where, for this family; the same as `recommendation.seats`.

    Conditional advice has no seat: first the open questions are answered.

    >>> from kooperacja_model import recommend
    >>> [(entry.body.key, entry.decides, entry.works) for entry in recommend("city", ["truancy"]).seats.bodies]
    [('pzk', True, False), ('zzk', False, True)]
    """
    certain = [advice for advice in recommendation.institutions if advice.strength is not Strength.CONDITIONAL]
    bodies = [body for body in recommendation.model.bodies.values() if body.part in _AT_THE_TABLE]
    found = []
    for body in sorted(bodies, key=lambda body: _AT_THE_TABLE.index(body.part)):
        works = body.part in (Part.WORKS, Part.BOTH)
        seats = tuple(
            InstitutionSeat(
                institution=advice.key,
                strength=advice.strength,
                member=body.members.get(advice.key),
                proposed=works and advice.strength is Strength.REQUIRED,
                part_of=advice.part_of,
            )
            for advice in certain
            if _comes(advice.term, body)
        )
        named = {seat.institution for seat in seats}
        always = (key for key, member in body.members.items() if member.known is Known.ALWAYS)
        found.append(BodySeats(body, seats, tuple(key for key in always if key not in named)))
    seated = {seat.institution for entry in found for seat in entry.seats}
    return Seats(
        tuple(found), tuple(advice.key for advice in certain if advice.term.outside_team and advice.key not in seated)
    )


def _comes(term: InstitutionType, body: Body) -> bool:
    """Whether a recommended type sits in a body; a contact only in one that decides and is known to hold it."""
    if term.outside_team:
        return body.part is Part.DECIDES and term.key in body.members
    return body.part is not Part.DIAGNOSES
