"""Drafts in the database: within the transaction of the plan they are about."""

from datetime import UTC, datetime, timedelta

import orjson

from service.store.engine import Connection
from service.usecases.ports import Draft

_GET = """
    SELECT fields, revision, key, at, version FROM draft
    WHERE tenant = ? AND plan_id = ? AND encounter = ? AND practitioner = ?"""
_ADD = """
    INSERT INTO draft (tenant, plan_id, encounter, practitioner, fields, revision, key, at, version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_CHANGE = """
    UPDATE draft SET fields = ?, revision = ?, key = ?, at = ?, version = ?
    WHERE tenant = ? AND plan_id = ? AND encounter = ? AND practitioner = ? AND version = ?"""
_DROP = """
    DELETE FROM draft WHERE tenant = ? AND plan_id = ? AND encounter = ? AND practitioner = ?"""


class Drafts:
    """The drafts of one clinic in one transaction; see usecases.ports.Transaction."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._execute = connection.execute
        self._tenant = tenant

    def draft(self, plan_id: str, encounter: str, practitioner: str) -> Draft | None:
        key = (self._tenant, plan_id, encounter, practitioner)
        row = self._execute(_GET, key).fetchone()
        if row is None:
            return None
        fields, revision, name, at, version = row
        return Draft(
            plan_id=plan_id,
            encounter=encounter,
            practitioner=practitioner,
            fields=orjson.loads(fields),
            revision=revision,
            key=name,
            at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at),
            version=version,
        )

    def keep_draft(self, draft: Draft) -> bool:
        key = (self._tenant, draft.plan_id, draft.encounter, draft.practitioner)
        content = (
            orjson.dumps(draft.fields),
            draft.revision,
            draft.key,
            int(draft.at.timestamp() * 1_000_000),
            draft.version,
        )
        if draft.version == 1:
            return self._execute(_ADD, (*key, *content)).rowcount == 1
        return self._execute(_CHANGE, (*content, *key, draft.version - 1)).rowcount == 1

    def drop_draft(self, plan_id: str, encounter: str, practitioner: str) -> None:
        self._execute(_DROP, (self._tenant, plan_id, encounter, practitioner))
