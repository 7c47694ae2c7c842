"""PostgreSQL: several machines on one database. The same statements, the same promises.

A 2xx is sent after the commit is on the server's disk. Where SQLite's writers take turns, here
a row that is read to be changed is locked. A server that was away costs the transactions that
were under way, and nothing later: the pool connects anew by itself.
"""

import atexit
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from service.store.engine import Connection
from service.store.postgres_faults import READ_ONLY, meaning

_MOST = 10  # connections of a process
_PATIENCE = 2.0  # seconds to wait for one
_ANEW = 1.0  # seconds after which the pool tries at once when asked, and backs off no further
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"
_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))"
# Nobody waits for ever, and a server that syncs later than it answers must not do so with us.
_SESSION = """
    SELECT set_config('lock_timeout', '2s', false), set_config('statement_timeout', '10s', false),
      set_config('idle_in_transaction_session_timeout', '10s', false),
      set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"""
# Unless the URL says otherwise. A machine that is gone without a word is noticed in seconds.
_CONNECT: dict[str, Any] = {
    "application_name": "education-plan",
    "client_encoding": "UTF8",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

log = logging.getLogger(__name__)
_of_driver = logging.getLogger("psycopg")  # its lines are free text, and one of ours says enough
_of_driver.addHandler(logging.NullHandler())
_of_driver.propagate = False


class PostgresEngine:
    """One PostgreSQL database by its URL; each process has a pool of connections."""

    skip_locked = " FOR UPDATE SKIP LOCKED"
    lock_plan = " FOR UPDATE OF plan"
    overwrite = "SELECT 1"  # VACUUM makes room of what was deleted, and that is written over

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._pool: ConnectionPool[_Session] | None = None
        self._process = 0
        self._of_parents: list[object] = []

    def now(self, connection: Connection) -> int:
        (micros,) = connection.execute(_NOW).fetchone()
        return int(micros)

    def hold(self, connection: Connection, name: str, *, shared: bool = False) -> None:
        connection.execute(_SHARE if shared else _HOLD, (name,))

    def close(self) -> None:
        if self._pool is not None and self._process == os.getpid():
            self._pool.close()
        self._pool = None
        atexit.unregister(self.close)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._connection() as connection:
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            connection.read_only = None
            with connection.transaction():
                yield _Spoken(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._connection() as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with connection.transaction():
                yield _Spoken(connection)

    @contextmanager
    def _connection(self) -> Iterator["_Session"]:
        try:
            with self._opened().connection(_PATIENCE) as connection:
                yield connection
        except psycopg.Error as error:
            busy = meaning(error)
            if busy is None:
                raise
            if error.sqlstate == READ_ONLY and self._pool is not None:
                self._pool.drain()  # the next connection may find who writes now
            raise busy from error

    def _opened(self) -> "ConnectionPool[_Session]":
        with self._opening:
            if self._pool is None or self._process != os.getpid():
                if self._pool is not None:
                    self._of_parents.append(self._pool)  # to end it here would end it there
                self._process = os.getpid()
                self._pool = ConnectionPool(
                    self._url,
                    connection_class=_Session,
                    min_size=1,
                    max_size=_MOST,
                    kwargs={"autocommit": True} | settled(self._url),
                    configure=_configure,
                    check=self._check,
                    reconnect_timeout=_ANEW,
                    open=True,
                )
                atexit.register(self.close)
            return self._pool

    def _check(self, connection: "_Session") -> None:
        """Before it is given out. When one is broken, the others of its age are as well."""
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            if self._pool is not None:
                self._pool.drain()
            raise


class _Session(psycopg.Connection[Any]):
    """A connection that tells the log when the server cannot be reached."""

    @classmethod
    def connect(cls, *words: Any, **more: Any) -> "_Session":
        try:
            return super().connect(*words, **more)
        except psycopg.Error as error:
            log.warning("database-away", extra={"code": error.sqlstate})
            raise


def settled(url: str) -> dict[str, Any]:
    """How to connect, but for what the URL says itself."""
    said = conninfo_to_dict(url)
    return {name: value for name, value in _CONNECT.items() if name not in said}


def _configure(connection: psycopg.Connection[Any]) -> None:
    connection.execute(_SESSION)


class _Spoken:
    """A connection that takes our statements, which say `?` for a value."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[Any]:
        return self._connection.execute(_in_its_words(statement), values)


@lru_cache(maxsize=512)
def _in_its_words(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()
