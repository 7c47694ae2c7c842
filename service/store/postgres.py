"""PostgreSQL: several machines on one database. The same statements, the same promises.

`synchronous_commit` stays on: a 2xx is sent after the commit is on the server's disk. Where
SQLite's writers take turns, here a row that is read to be changed is locked.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from service.domain.errors import StoreBusy
from service.store.engine import Connection

_MOST = 10  # connections of a process
_PATIENCE = 2.0  # seconds to wait for one
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))"
_BUSY = "the database does not answer as it should at the moment"


class PostgresEngine:
    """One PostgreSQL database by its URL; each process has a pool of connections."""

    skip_locked = " FOR UPDATE SKIP LOCKED"
    lock_plan = " FOR UPDATE OF plan"

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._pool: ConnectionPool[psycopg.Connection[Any]] | None = None
        self._process = 0

    def now(self, connection: Connection) -> int:
        (micros,) = connection.execute(_NOW).fetchone()
        return int(micros)

    def hold(self, connection: Connection, name: str) -> None:
        connection.execute(_HOLD, (name,))

    def close(self) -> None:
        if self._pool is not None and self._process == os.getpid():
            self._pool.close()
        self._pool = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._connection() as connection, connection.transaction():
            yield _Spoken(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield _Spoken(connection)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            with self._opened().connection(_PATIENCE) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.errors.UniqueViolation, PoolTimeout) as error:
            # Also a deadlock, or two who added the same at once: who tries again finds it.
            raise StoreBusy(_BUSY) from error

    def _opened(self) -> "ConnectionPool[psycopg.Connection[Any]]":
        with self._opening:
            if self._pool is None or self._process != os.getpid():
                self._process = os.getpid()
                self._pool = ConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=_MOST,
                    kwargs={"autocommit": True, "connect_timeout": 3},
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool


class _Spoken:
    """A connection that takes our statements, which say `?` for a value."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[Any]:
        return self._connection.execute(_in_its_words(statement), values)


@lru_cache(maxsize=512)
def _in_its_words(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()
