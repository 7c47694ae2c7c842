"""What an error of PostgreSQL means: come back in a moment, or a fault of ours.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import psycopg
from psycopg_pool import PoolTimeout

from service.domain.errors import StoreBusy

READ_ONLY = "25006"  # a standby, as after its roles were changed

_TAKEN_BACK = "40"  # a deadlock, a serialization failure
_GONE = ("08", "57P")  # the connection, or the server: restarted, or told to end this session
_TOO_LONG = ("25P03", "25P04")  # a transaction that did nothing, or did not end
_OTHER_SCHEMA = ("42P01", "42703")  # no such table, no such column

_INTERRUPTED = "the database interrupted this"
_BUSY = "the database does not answer as it should at the moment"
_NOT_MIGRATED = "the database is not at this release's schema; run `education-plan migrate`"


def meaning(error: psycopg.Error) -> StoreBusy | None:
    """What to tell whoever asked; None when the error is no matter of the database's state."""
    code = error.sqlstate or ""
    if isinstance(error, PoolTimeout):
        return StoreBusy(_BUSY)
    if code.startswith((_TAKEN_BACK, *_GONE)) or _is_lost(error):
        return StoreBusy(_INTERRUPTED, passing=True)
    if code in _OTHER_SCHEMA:
        return StoreBusy(_NOT_MIGRATED)
    if isinstance(error, psycopg.OperationalError) or code in (READ_ONLY, *_TOO_LONG):
        return StoreBusy(_BUSY)
    return None


def _is_lost(error: psycopg.Error) -> bool:
    """The connection broke: the driver says so without a code of the server."""
    return isinstance(error, psycopg.OperationalError) and not error.sqlstate
