"""Which rows of the audit trail are about one patient, without an index that writers pay for.

Sealing notes them (audit_seals.py). What is not sealed yet is gone through: with a worker
running, the rows of some minutes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from service.store.engine import Connection
from service.usecases.audit_chain import not_before
from service.usecases.ports import Audited, AuditEntry, Caller

_LAST = "~"  # beyond every id
_SEALED = "SELECT max(until) FROM audit_seal WHERE tenant = ?"
_ROW = "id, at, action, entity, audit.patient, role, actor"
_NOTED = f"""
    SELECT {_ROW} FROM audit_of_patient AS noted
    JOIN audit ON audit.tenant = noted.tenant AND audit.id = noted.entry
    WHERE noted.tenant = ? AND noted.patient = ? AND noted.entry < ?
    ORDER BY noted.entry DESC LIMIT ?"""  # noqa: S608  # ours
_YOUNG = f"""
    SELECT {_ROW} FROM audit WHERE tenant = ? AND id > ? AND id < ? AND patient = ?
    ORDER BY id DESC LIMIT ?"""  # noqa: S608


class PatientTrail:
    """The rows about a patient in one transaction; see usecases.ports.Transaction."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._execute = connection.execute
        self._tenant = tenant

    def audit_of_patient(self, patient: str, before: str, limit: int) -> list[Audited]:
        (until,) = self._execute(_SEALED, (self._tenant,)).fetchone()
        end, young = before or _LAST, not_before(until or "")
        rows = self._execute(_YOUNG, (self._tenant, young, end, patient, limit)).fetchall()
        rows += self._execute(_NOTED, (self._tenant, patient, end, limit)).fetchall()
        newest_first = sorted({row[0]: row for row in rows}.items(), reverse=True)
        return [audited(self._tenant, row) for _, row in newest_first[:limit]]


def audited(tenant: str, row: Sequence[Any]) -> Audited:
    """The entry of a row: id, at, action, entity, patient, role, actor."""
    entry_id, at, action, entity, patient, role, actor = row
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at)
    caller = Caller(tenant, role, actor)
    return Audited(entry_id, AuditEntry(action, entity, patient, caller, moment))
