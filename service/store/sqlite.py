"""SQLite as one durable file: how it is opened, and what a failure means.

`synchronous=FULL`: a 2xx is only sent after the commit has reached the disk.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from service.domain.errors import StoreBusy
from service.store.engine import Connection
from service.store.writers import Writers

_BUSY_MS = 2_000  # somebody outside our turns holds the file, such as a backup


def _micros() -> int:
    return time.time_ns() // 1_000


class SqliteEngine:
    """One SQLite file; all writers of a process share a connection, each reader has its own.

    `clock` is that of the machine, in microseconds: all that use the file are on it.
    """

    skip_locked = lock_plan = ""  # there is one writer at a time
    overwrite = "PRAGMA secure_delete=ON"

    def __init__(self, path: Path, clock: Callable[[], int] = _micros) -> None:
        self._path = path
        self._clock = clock
        self._opening = threading.Lock()
        self._writers: Writers | None = None
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []

    def now(self, connection: Connection) -> int:  # noqa: ARG002
        return self._clock()

    def hold(self, connection: Connection, name: str, *, shared: bool = False) -> None: ...

    def close(self) -> None:
        """Close every connection of this process; the next use opens a new one."""
        while self._readers:
            self._readers.pop().close()
        self._local = threading.local()
        if self._writers is not None:
            self._writers.close()
            self._writers = None

    def writing(self) -> AbstractContextManager[Connection]:
        """A write transaction: committed to the disk, or taken back on any error.

        Raises:
            StoreBusy: the disk is full, failing, or held by another program.
        """
        writers = self._writers
        if writers is None or writers.process != os.getpid():
            with self._opening:
                writers = self._writers
                if writers is None or writers.process != os.getpid():
                    writers = self._writers = Writers(self._path, connect)
        return writers.transaction()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection on one consistent snapshot; writers do not disturb it."""
        connection = self._reader()
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.OperationalError as error:
            raise StoreBusy("the database cannot be read at the moment") from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _reader(self) -> sqlite3.Connection:
        process, connection = getattr(self._local, "opened", (0, None))
        if connection is None or process != os.getpid():
            connection = connect(self._path)
            self._local.opened = os.getpid(), connection
            self._readers.append(connection)
        return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open the file with our durability settings. Autocommit: transactions are spelled out.

    Raises:
        StoreBusy: the file cannot be opened.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.OperationalError as error:
        raise StoreBusy(f"the database file cannot be opened: {error}") from error
    return connection
