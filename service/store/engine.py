"""SQLite as one durable file: who may write, when it is safe, and what a failure means.

Writers take turns on a lock of ours, first among the threads of a process, then among
processes on a lock file: SQLite's own busy handler sleeps and retries with growing
waits, so under load some writers starve for hundreds of milliseconds (docs/decisions/0004).
`synchronous=FULL`: a 2xx is only sent after the commit has reached the disk.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.domain.errors import StoreBusy

_BUSY_MS = 2_000  # somebody outside our turns holds the file, such as a backup


class Engine:
    """One SQLite file. A connection per thread, opened on first use, never across a fork."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._local = threading.local()
        self._doors: list[_Door] = []

    def close(self) -> None:
        """Close every connection of this process; the next use opens a new one."""
        while self._doors:
            self._doors.pop().close()
        self._local = threading.local()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a write transaction; commit, or roll back on any error.

        Raises:
            StoreBusy: the disk is full, failing, or held by another program.
        """
        with self._threads, self._turn() as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise StoreBusy("the database cannot be written at the moment") from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection on one consistent snapshot; writers do not disturb it."""
        connection = self._door().connection
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.OperationalError as error:
            raise StoreBusy("the database cannot be read at the moment") from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def _turn(self) -> Iterator[sqlite3.Connection]:
        door = self._door()
        fcntl.flock(door.lock_file, fcntl.LOCK_EX)
        try:
            yield door.connection
        finally:
            fcntl.flock(door.lock_file, fcntl.LOCK_UN)

    def _door(self) -> "_Door":
        door: _Door | None = getattr(self._local, "door", None)
        if door is None or door.process != os.getpid():
            door = self._local.door = _Door(self._path)
            self._doors.append(door)
        return door


class _Door:
    """One thread's connection, and its handle on the lock file that orders the writers."""

    def __init__(self, path: Path) -> None:
        self.process = os.getpid()
        self.connection = connect(path)
        self.lock_file = open(f"{path}-turns", "wb")  # noqa: SIM115  # held as long as the thread

    def close(self) -> None:
        self.connection.close()
        self.lock_file.close()


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
