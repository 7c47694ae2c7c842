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


_TIDY = 10_000  # claimed rows more than before, until what is long claimed is forgotten
_AHEAD = 2_000  # rows that are digested at once
_NOT_THERE = b""
_PATIENTS = 50_000  # whose secrets are remembered


@dataclass(slots=True)
class Verification:
    """One walk over seals and rows; the figures are right when `faults` has ended.

    `open` are the digests of the rows passed by that no seal has claimed so far: of some minutes
    at most. None is of a row whose digest cannot be known.
    """

    trail: Trail
    heads: Mapping[int, str] = field(default_factory=dict)  # written down elsewhere, by number
    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    _open: dict[str, bytes | None] = field(default_factory=dict)
    _secrets: dict[str, bytes] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _hidden: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _passed: str = ""

    def faults(self) -> Iterator[Fault]:
        """Yield all that is wrong; what is not sealed yet is counted and no fault."""
        coming = self.trail.rows()
        before: Seal | None = None
        claimed: set[str] = set()
        until, old, tidied = "", "", 0
        for seal in self.trail.seals():
            yield from self._chain(seal, before)
            entries = _entries(seal)
            until = max(until, *entries, "")
            if self._pass(coming, until):
                yield from self._strangers(old)
            self.rows += len(entries)
            for entry, sealed in entries.items():
                found = self._open.pop(entry, _NOT_THERE)
                if found != sealed or entry <= old:  # as good as never
                    yield self._amiss(entry, found, seal, twice=entry in claimed)
            old = not_before(until)
            claimed.update(entries)
            if len(claimed) > tidied + _TIDY:
                claimed = {each for each in claimed if each > old}
                tidied = len(claimed)
            before, self.seals, self.head = seal, self.seals + 1, seal.head
        self._pass(coming, "")
        yield from self._strangers(old)
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

    def _amiss(self, entry: str, found: bytes | None, seal: Seal, *, twice: bool) -> Fault:
        """What is wrong with a row that this seal holds."""
        if twice:
            self.rows -= 1
            return Fault(What.TWICE, entry, seal.number)
        if found == _NOT_THERE:
            return Fault(What.REMOVED, entry, seal.number)
        if found is None:
            return Fault(What.LOST, entry, seal.number)
        # What is older than any row of a seal may be came into it by no sealing.
        old = found == seal.digests()[entry]
        return Fault(What.ADDED if old else What.CHANGED, entry, seal.number)

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

    def _pass(self, coming: Iterator[AuditRow], until: str) -> bool:
        """Take in the rows up to this one, and some beyond; "" for all. True if there were any."""
        began = self._passed
        while not until or self._passed < until:
            page = list(islice(coming, _AHEAD))
            if not page:
                break
            self._know({row.patient for row in page if row.patient})
            secrets, names, found = self._secrets, self._names, self._open
            for row in page:
                name, _, action, _, patient, _, _ = row
                if patient in secrets or not patient:
                    found[name] = digest(row, secrets, names)
                elif patient.startswith(ERASED):
                    found[name] = digest(row, secrets, names)
                    self._hidden.setdefault(patient, name)
                    if action == ERASURE:
                        self._told.add(patient)
                else:
                    found[name] = None
            self._passed = page[-1].id
        return self._passed != began

    def _know(self, patients: set[str]) -> None:
        """Look up the secrets of these patients that are not known yet."""
        if len(self._secrets) > _PATIENTS:
            self._secrets.clear()
            self._names.clear()
        lacking = (each for each in patients if each not in self._secrets)
        wanted = sorted(each for each in lacking if not each.startswith(ERASED))
        self._secrets.update(self.trail.secrets(wanted))


def _entries(seal: Seal) -> Mapping[str, bytes]:
    try:
        return seal.digests()
    except ValueError:
        return {}  # its hash tells
