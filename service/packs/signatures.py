"""How far a pack has come, computed from signatures and dates. Reads no files."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from service.domain.content import PackState, Withdrawal
from service.domain.values import dataclass

REVIEW_NOTICE = timedelta(days=90)

# What nobody reads to a patient: signing it would void signatures for a spelling in a comment.
_NOT_READ = frozenset(
    {
        "pack.yaml",
        "facts.yaml",
        "questions.yaml",
        "approvals.yaml",
        "translations.yaml",
        "CHANGELOG.md",
    }
)


class Role(StrEnum):
    AUTHOR = "author"
    CLINICAL_REVIEWER = "clinical-reviewer"
    LANGUAGE_REVIEWER = "language-reviewer"


@dataclass(frozen=True, slots=True)
class Signature:
    """A named person vouches, in this role, for exactly the text with this SHA-256."""

    role: Role
    name: str
    date: date
    sha256: str


@dataclass(frozen=True, slots=True)
class Approvals:
    """`withdrawn` is the reason this and all earlier versions were taken back, or "".

    `successor` is the pack that takes its place then, or "". `withdrawn_versions` are earlier
    versions that this one takes the place of, with the reason.
    """

    signatures: tuple[Signature, ...] = ()
    withdrawn: str = ""
    successor: str = ""
    withdrawn_versions: Mapping[str, str] = field(default_factory=dict)


def sha256_of_signed_text(texts: Mapping[str, str]) -> str:
    """The hash that a signature is bound to: over the files that people read."""
    total = sha256()
    for name in sorted(texts.keys() - _NOT_READ):
        words = texts[name].encode()
        total.update(f"{len(name.encode())} {len(words)} {name}\n".encode() + words)
    return total.hexdigest()


def state_of(approvals: Approvals, signed_sha256: str, today: date, review: date) -> PackState:
    """Return the state on this day of a text that is due for review on the day `review`.

    Only signatures over the very text count. Three are needed: the author's, a clinical
    reviewer's who is not the author, and a language reviewer's.

    Source: decision 18; PIF TICK (review at least every third year).
    """
    if approvals.withdrawn:
        return PackState.WITHDRAWN
    if not approvals.signatures:
        return PackState.DRAFT
    if not _is_complete([s for s in approvals.signatures if s.sha256 == signed_sha256]):
        return PackState.IN_REVIEW
    if today > review:
        return PackState.EXPIRED
    return PackState.REVIEW_DUE if review - today <= REVIEW_NOTICE else PackState.APPROVED


def plain_approvals(approvals: Approvals, signed_sha256: str, review: date) -> dict[str, Any]:
    """The approvals as plain keys and lists, to be shown and to tell the state another day."""
    return {
        "signatures": [
            {"role": s.role.value, "name": s.name, "date": s.date.isoformat(), "sha256": s.sha256}
            for s in approvals.signatures
        ],
        "withdrawn": approvals.withdrawn,
        "successor": approvals.successor,
        "withdrawn_versions": dict(approvals.withdrawn_versions),
        "signed_sha256": signed_sha256,
        "review_due": review.isoformat(),
    }


def state_today(plain: Any, today: date) -> PackState:
    """The state on this day of a pack with these `plain_approvals`."""
    signatures = tuple(
        Signature(Role(s["role"]), s["name"], date.fromisoformat(s["date"]), s["sha256"])
        for s in plain["signatures"]
    )
    review = date.fromisoformat(plain["review_due"])
    return state_of(
        Approvals(signatures, plain["withdrawn"]), plain["signed_sha256"], today, review
    )


def withdrawal_of(pack_id: str, plain: Any, version: str) -> Withdrawal | None:
    """Why this version of the pack with these `plain_approvals` may not be read, or None."""
    if plain["withdrawn"]:
        return Withdrawal(plain["withdrawn"], plain["successor"])
    reason = plain["withdrawn_versions"].get(version)
    return Withdrawal(reason, pack_id) if reason else None


def _is_complete(current: Iterable[Signature]) -> bool:
    names: dict[Role, set[str]] = {role: set() for role in Role}
    for signature in current:
        names[signature.role].add(signature.name.strip().casefold())
    independent = names[Role.CLINICAL_REVIEWER] - names[Role.AUTHOR]
    return bool(names[Role.AUTHOR] and independent and names[Role.LANGUAGE_REVIEWER])
