"""What a restored database must know of itself: that the records may be ahead of it.

Whatever was told the records between the backup and the restore, this database knows nothing
of. The mark that says so is a row of `delivery` for no plan, so that it is found by its key.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from service.store.engine import Connection, Engine

STATE = "restored"  # no DeliveryState: nothing lists it
TABLES = (
    "plan",
    "outbox",
    "delivery",
    "draft",
    "launch",
    "idempotency_key",
    "audit",
    "inbox",
    "looked",
)
_DOUBT = """
    UPDATE outbox SET uncertain = 1, until = 0, due = 0, lost = 0, tries = 0, queued = ?
    WHERE tenant = ?"""
_RELEASE = "UPDATE inbox SET until = 0, due = 0, lost = 0 WHERE tenant = ?"
# A page that was left after the backup must not be open again.
_CLOSE_PAGES = "DELETE FROM launch WHERE tenant = ?"
_FORGET = "DELETE FROM delivery WHERE tenant = ? AND plan_id = '' AND revision = 0"
_MARK = """
    INSERT INTO delivery (tenant, plan_id, revision, state, queued, at, tries, reason, receipt)
    VALUES (?, '', 0, ?, ?, ?, 0, '', ?)"""
_MARKED = "SELECT at FROM delivery WHERE tenant = ? AND plan_id = '' AND revision = 0"


def clinics(engine: Engine, tables: Sequence[str] = TABLES) -> list[str]:
    """Every clinic of which the database holds something, in these tables."""
    found: set[str] = set()
    with engine.reading() as connection:
        for table in tables:
            found |= _tenants(connection, table)
    return sorted(found)


def mark(engine: Engine, tenant: str, taken: datetime) -> None:
    """Say that this clinic's part was restored from what was taken then.

    What waits for its record may stand there already, and pages are opened anew.
    """
    with engine.writing() as connection:
        now = engine.now(connection)
        connection.execute(_DOUBT, (now, tenant))
        connection.execute(_RELEASE, (tenant,))
        connection.execute(_CLOSE_PAGES, (tenant,))
        connection.execute(_FORGET, (tenant,))
        connection.execute(_MARK, (tenant, STATE, _micros(taken), now, b"{}"))


def marked(connection: Connection, tenant: str) -> datetime | None:
    """When this clinic's part was last restored; None for never."""
    row = connection.execute(_MARKED, (tenant,)).fetchone()
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=row[0]) if row else None


def _tenants(connection: Connection, table: str) -> set[str]:
    """The different values of a key's first column, without reading every row."""
    statement = f"SELECT min(tenant) FROM {table} WHERE tenant > ?"  # noqa: S608  # ours
    found: set[str] = set()
    after = ""
    while True:
        (after,) = connection.execute(statement, (after,)).fetchone()
        if after is None:
            return found
        found.add(after)


def _micros(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
