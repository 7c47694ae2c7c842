"""A clinic's audit trail is held to its seals: what was changed, removed or added is named."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from enum import StrEnum
from itertools import islice
from typing import Protocol

from service.domain.values import dataclass
from service.fhir.audit_event import ERASED
from service.usecases.audit_chain import AuditRow, Seal, digest, hash_of, not_before

ERASURE = "patient.erased"  # the act whose row says that a patient's name is gone


class What(StrEnum):
    """What is wrong with a row or a seal."""

    CHANGED = "was changed after it was sealed"
    REMOVED = "was removed after it was sealed"
    ADDED = "was added later: it stands among sealed rows and no seal holds it"
    TWICE = "is held by two seals"
    NOT_ERASED = "has its patient's name hidden, and no erasure says so"
    LOST = "cannot be held to its seal: the secret of its patient is gone"
    SEAL_REMOVED = "is missing"
    SEAL_CHANGED = "was changed, moved or forged: its hash is not that of what it holds"
    OTHER_HEAD = "is not the one that was written down"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was sealed: a row by its id, or a seal by its number."""

    what: What
    entry: str = ""
    seal: int = 0

    def __str__(self) -> str:
        named = f"row {self.entry}" if self.entry else f"seal {self.seal}"
        held = f" (seal {self.seal})" if self.entry and self.seal else ""
        return f"{named}{held} {self.what}"


class Trail(Protocol):
    """One clinic's rows and seals, as they stand at one moment."""

    def rows(self) -> Iterator[AuditRow]:
        """All rows, by their ids."""

    def seals(self) -> Iterator[Seal]:
        """All seals, by their numbers."""

    def secrets(self, patients: Sequence[str]) -> Mapping[str, bytes]:
        """The secrets of these patients, as far as they are there."""


class Trails(Protocol):
    def trail(self, tenant: str) -> AbstractContextManager[Trail]: ...


Digested = tuple[AuditRow, bytes | None]  # None: its digest cannot be known
_TIDY = 50  # seals between which what is long claimed is forgotten
_AHEAD = 500  # rows whose secrets are looked up at once


@dataclass(slots=True)
class Verification:
    """One walk over seals and rows; the figures are right when `faults` has ended.

    `open` are the rows passed by that no seal has claimed so far: of some minutes at most.
    """

    trail: Trail
    heads: Mapping[int, str] = field(default_factory=dict)  # written down elsewhere, by number
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    _open: dict[str, Digested] = field(default_factory=dict)
    _hidden: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _passed: str = ""

    def faults(self) -> Iterator[Fault]:
        """Yield all that is wrong; what is not sealed yet is counted and no fault."""
        coming = self._digested()
        before: Seal | None = None
        claimed: set[str] = set()
        until = ""
        for seal in self.trail.seals():
            yield from self._chain(seal, before)
            entries = _entries(seal)
            until = max(until, *entries, "")
            self._pass(coming, until)
            for entry, sealed in entries.items():
                if entry in claimed:
                    yield Fault(What.TWICE, entry, seal.number)
                else:
                    yield from self._hold(entry, sealed, seal)
            old = not_before(until)
            claimed.update(entries)
            if self.seals % _TIDY == 0:
                claimed = {each for each in claimed if each > old}
            yield from self._strangers(old)
            before, self.seals, self.head = seal, self.seals + 1, seal.head
        self._pass(coming, "")
        self.unsealed = len(self._open)
        yield from self._left_over(before.number if before else 0)

    def _chain(self, seal: Seal, before: Seal | None) -> Iterator[Fault]:
        expected = before.number + 1 if before else 1
        for number in range(expected, min(seal.number, expected + 100)):
            yield Fault(What.SEAL_REMOVED, seal=number)
        if hash_of(seal, before) != seal.sha256:
            yield Fault(What.SEAL_CHANGED, seal=seal.number)
        if self.heads.get(seal.number, seal.sha256) != seal.sha256:
            yield Fault(What.OTHER_HEAD, seal=seal.number)

    def _hold(self, entry: str, sealed: bytes, seal: Seal) -> Iterator[Fault]:
        self.rows += 1
        if entry not in self._open:
            yield Fault(What.REMOVED, entry, seal.number)
            return
        _, found = self._open.pop(entry)
        if found is None:
            yield Fault(What.LOST, entry, seal.number)
        elif found != sealed:
            yield Fault(What.CHANGED, entry, seal.number)

    def _strangers(self, old: str) -> Iterator[Fault]:
        """What no seal has claimed by now, none ever will."""
        for entry in [each for each in self._open if each <= old]:
            del self._open[entry]
            yield Fault(What.ADDED, entry)

    def _left_over(self, last: int) -> Iterator[Fault]:
        for number, _ in sorted(self.heads.items()):
            if number > last:
                yield Fault(What.SEAL_REMOVED, seal=number)
        for name, entry in sorted(self._hidden.items()):
            if name not in self._told:
                yield Fault(What.NOT_ERASED, entry)

    def _pass(self, coming: Iterator[Digested], until: str) -> None:
        """Take in the rows up to this one; "" for all."""
        while not until or self._passed < until:
            each = next(coming, None)
            if each is None:
                return
            row = each[0]
            self._passed = row.id
            self._open[row.id] = each
            if row.patient.startswith(ERASED):
                self._hidden.setdefault(row.patient, row.id)
                if row.action == ERASURE:
                    self._told.add(row.patient)

    def _digested(self) -> Iterator[Digested]:
        rows = self.trail.rows()
        while page := list(islice(rows, _AHEAD)):
            named = {row.patient for row in page if row.patient}
            names = {each for each in named if not each.startswith(ERASED)}
            secrets = self.trail.secrets(sorted(names))
            for row in page:
                lacks = row.patient in names and row.patient not in secrets
                yield row, None if lacks else digest(row, secrets)


def _entries(seal: Seal) -> Mapping[str, bytes]:
    try:
        return seal.digests()
    except ValueError:
        return {}  # its hash tells
