"""The Bundle of a new plan, quickly: the Bundle of a specimen, cut once and filled often.

New plans of one kind differ only in ids, references and times. So `to_bundle` writes a
specimen whose changing values are marks; the bytes are cut at the marks; and a plan is
its values joined between the pieces. `to_bundle` stays the one description of the
Bundle: a property test holds that both give the same bytes (docs/decisions/0011).
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import field, replace
from datetime import UTC, datetime
from operator import itemgetter

from service.domain.plan import EducationPlan, Visit
from service.domain.values import dataclass
from service.fhir.bundle import to_bundle
from service.fhir.elements import instant, shared_by_urns

Encode = Callable[[object], bytes]

_BETWEEN = b"\0"  # JSON has no NUL, so neither have the values


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in a specimen in place of the values that change."""

    name: str
    visited: datetime
    made: datetime


# Two sets: where the fixed text happened to hold a mark, the two cuts would differ.
_MARKS = Marks(
    "mark", datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(1902, 3, 4, 5, 6, 7, tzinfo=UTC)
)
_OTHERS = Marks(
    "other", datetime(1811, 8, 9, 1, 2, 3, tzinfo=UTC), datetime(1812, 9, 8, 3, 2, 1, tzinfo=UTC)
)


@dataclass(frozen=True, slots=True)
class Stencil:
    """The fixed pieces of a kind of Bundle; `holes` says which value goes between which two.

    `specimen` is the plan that was cut: it names nobody. `id` is a hash of all of it.
    """

    pieces: tuple[bytes, ...]
    holes: tuple[int, ...]
    specimen: EducationPlan
    id: str
    _in_holes: Callable[[list[bytes]], tuple[bytes, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_in_holes", itemgetter(*self.holes))

    def fill(self, texts: bytes) -> bytes:
        """Return the Bundle with these values in its holes; see Filled."""
        parts = list(self.pieces)
        parts[1::2] = self._in_holes(texts.split(_BETWEEN))
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Filled:
    """How a Bundle came about: `stencil.fill(texts)` gives its bytes again.

    `texts` are the values, with a NUL between.
    """

    stencil: Stencil
    texts: bytes


def kind_of(plan: EducationPlan) -> tuple[object, ...]:
    """What plans must have in common to share a stencil; see `is_new` for the rest."""
    return (
        plan.pack,
        plan.edition,
        plan.language,
        plan.state,
        plan.reason.coding,
        plan.reason.why,
        bool(plan.reason.condition),
        bool(plan.author),
        bool(plan.episode),
    )


def is_new(plan: EducationPlan) -> bool:
    """True for a plan as it is first made: later ones differ in more than values."""
    return plan.revision == 1 and len(plan.visits) == 1 and plan.created == plan.updated


def cut(plan: EducationPlan, *, service_url: str, encode: Encode) -> Stencil | None:
    """Return the stencil of this plan's kind, or None when it cannot be cut cleanly."""
    specimen = _specimen(plan, _MARKS)
    pieces, holes = _cut(specimen, _MARKS, service_url, encode)
    if _cut(_specimen(plan, _OTHERS), _OTHERS, service_url, encode) != (pieces, holes):
        return None
    name = hashlib.sha256(b"\0".join(pieces) + bytes(holes) + encode(specimen))
    return Stencil(pieces, holes, specimen, name.hexdigest()[:32])


def fill(stencil: Stencil, plan: EducationPlan, caller: bytes) -> Filled:
    """Return the stencil with this plan's values; `caller` as it stands in a JSON string."""
    return Filled(stencil, _texts(plan, caller))


def _cut(
    specimen: EducationPlan, marks: Marks, service_url: str, encode: Encode
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    whole = encode(to_bundle(specimen, service_url=service_url, caller=f"{marks.name}-caller"))
    values = _texts(specimen, f"{marks.name}-caller".encode()).split(_BETWEEN)
    number = {value: index for index, value in enumerate(values)}
    longest_first = sorted(values, key=len, reverse=True)
    pieces = re.split(b"(" + b"|".join(map(re.escape, longest_first)) + b")", whole)
    holes = tuple(number[mark] for mark in pieces[1::2])
    pieces[1::2] = [b""] * len(holes)
    return tuple(pieces), holes


def _specimen(plan: EducationPlan, marks: Marks) -> EducationPlan:
    return replace(
        plan,
        id=marks.name,
        tenant=marks.name,
        patient=f"Patient/{marks.name}-patient",
        author=plan.author and f"Practitioner/{marks.name}-author",
        episode=plan.episode and f"EpisodeOfCare/{marks.name}-episode",
        reason=replace(
            plan.reason, condition=plan.reason.condition and f"Condition/{marks.name}-condition"
        ),
        visits=(Visit(f"Encounter/{marks.name}-encounter", marks.visited),),
        created=marks.made,
        updated=marks.made,
    )


def _texts(plan: EducationPlan, caller: bytes) -> bytes:
    """Every value that differs between plans of a kind, always in this order.

    `caller` is JSON already; the others are of forms that JSON writes as they are:
    references and times. Optional ones have a stand-in, so that places stay the same.
    """
    visited, made = plan.visits[0].at, instant(plan.created)
    texts = (
        plan.patient,
        plan.visits[0].encounter,
        plan.reason.condition or "Condition/none",
        plan.author or "Practitioner/none",
        plan.episode or "EpisodeOfCare/none",
        instant(visited),
        f"{visited.day:02}.{visited.month:02}.{visited.year}",  # as the narrative has it
        made,
        made[:10],
        shared_by_urns(plan),
    )
    return caller + _BETWEEN + "\0".join(texts).encode()
