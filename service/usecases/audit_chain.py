"""The chain over a clinic's audit trail: what a seal says of its rows, and of all seals before.

A seal holds the digest of each of its rows, and its own hash goes over them and over the hash
of the seal before. So whoever changes, removes, adds or moves a row breaks a seal, and whoever
mends that seal changes the hash of the last one, which others have seen (docs/decisions/0027).

A digest holds who the patient is only as a hash with a secret of that patient's. When the
patient is erased, the hash takes the name's place in the row and the secret is destroyed: the
digest stays true, and nobody can find out the name by trying.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from service.domain.values import dataclass
from service.fhir.audit_event import ERASED

LATE = timedelta(minutes=5)  # how much later than younger ones a row may become visible
_ENTRY = 16 + 32  # bytes: the id, the digest
_LETTERS = 12  # hexadecimal digits of a UUIDv7 that count milliseconds (RFC 9562, 5.7)


class AuditRow(NamedTuple):
    """A row of the audit trail as it is stored; `at` in microseconds since 1970 UTC."""

    id: str
    at: int
    action: str
    entity: str
    patient: str
    role: str
    actor: str


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: `until` is the youngest row sealed so far, `entries` ids with digests."""

    number: int
    at: int
    until: str
    entries: bytes
    sha256: str

    @property
    def head(self) -> str:
        """What to write down elsewhere, to hold the chain to."""
        return f"{self.number}:{self.sha256}"

    def digests(self) -> dict[str, bytes]:
        """The digest of each row, by its id.

        Raises:
            ValueError: these are no entries.
        """
        if len(self.entries) % _ENTRY:
            raise ValueError("the entries of a seal are cut off")
        each = range(0, len(self.entries), _ENTRY)
        return {
            _as_text(self.entries[n : n + 16].hex()): self.entries[n + 16 : n + _ENTRY]
            for n in each
        }


def _as_text(digits: str) -> str:
    """As `str(UUID)` writes it, many times faster."""
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return "-".join(parts)


def seal(
    rows: Sequence[AuditRow], before: Seal | None, at: int, secrets: Mapping[str, bytes]
) -> Seal:
    """Return the seal of these rows; `secrets` has one for each patient who is named in them."""
    number = before.number + 1 if before else 1
    ordered = sorted(rows)
    entries = b"".join(
        bytes.fromhex(row.id.replace("-", "")) + digest(row, secrets) for row in ordered
    )
    until = max(ordered[-1].id, before.until if before else "")
    new = Seal(number, at, until, entries, "")
    return replace(new, sha256=hash_of(new, before))


def hash_of(new: Seal, before: Seal | None) -> str:
    """What a seal must have as its hash when it follows on this one."""
    told = f"{new.number} {new.at} {new.until} {before.sha256 if before else ''} ".encode()
    return sha256(told + new.entries).hexdigest()


def digest(
    row: AuditRow, secrets: Mapping[str, bytes], names: dict[str, str] | None = None
) -> bytes:
    """The digest of a row: the same before its patient is erased and afterwards.

    `names` remembers what stands for whom; share it between rows that share their secrets.
    Written out, for a clinic has millions of rows: a loop over the columns takes twice as long.
    """
    name, at, action, entity, patient, role, actor = row
    if patient and not patient.startswith(ERASED):
        known = {} if names is None else names
        secret = secrets[patient]
        if role == "patient":
            actor = hidden(actor, secret)
        patient = known.get(patient) or known.setdefault(patient, hidden(patient, secret))
    time = str(at)
    told = (
        f"{len(name)}:{name}{len(time)}:{time}{len(action)}:{action}{len(entity)}:{entity}"
        f"{len(patient)}:{patient}{len(role)}:{role}{len(actor)}:{actor}"
    )
    return sha256(told.encode()).digest()


def hidden(name: str, secret: bytes) -> str:
    """What stands for a name after erasure: only who has the secret can tell for whom."""
    return ERASED + hmac.digest(secret, name.encode(), "sha256").hex()


def erased(row: AuditRow, secret: bytes) -> AuditRow:
    """The row without its patient's name, nor what the patient is called as a user."""
    actor = hidden(row.actor, secret) if row.role == "patient" else row.actor
    return row._replace(patient=hidden(row.patient, secret), actor=actor)


def not_before(entry_id: str) -> str:
    """The id that every row follows which may still become visible after this one did."""
    if not entry_id:
        return ""
    moment = int(entry_id.replace("-", "")[:_LETTERS], 16) - LATE // timedelta(milliseconds=1)
    digits = f"{max(moment, 0):0{_LETTERS}x}"
    return f"{digits[:8]}-{digits[8:]}"
