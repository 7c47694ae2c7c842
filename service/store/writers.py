"""Writers of one SQLite file: in turns, and those who wait share the next commit.

First the threads of a process take turns, then the processes, on a lock file: SQLite's own
busy handler sleeps and retries with growing waits, so under load some writers starve for
hundreds of milliseconds (docs/decisions/0004). A commit waits for the disk; whoever came
meanwhile goes into one transaction after the other's, and waits for the disk together.
Nobody is told "stored" before that commit, and nobody's failure takes another's work along.
"""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from service.domain.errors import StoreBusy

_BUSY = "the database cannot be written at the moment"
_MOST = 16  # transactions in one commit, so that the first need not wait for ever


class _Group:
    """Transactions that are committed together. `over` is set when it is known how it ended."""

    def __init__(self) -> None:
        self.members = 0
        self.stored = False
        self.over = threading.Event()


class Writers:
    """The one writing connection of a process."""

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection]) -> None:
        self.process = os.getpid()
        self._connection = connect(path)
        self._lock_file = open(f"{path}-turns", "wb")  # noqa: SIM115  # held as long as this
        self._turn = threading.Lock()
        self._waiting: deque[None] = deque()
        self._group: _Group | None = None

    def close(self) -> None:
        self._connection.close()
        self._lock_file.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a transaction; on leaving, it is on the disk.

        What an error inside did is taken back, and the error goes on.

        Raises:
            StoreBusy: the disk is full, failing, or held by another program.
        """
        group = self._join()
        done = False
        try:
            yield self._connection
            self._let_go(group)
            done = True
        except sqlite3.OperationalError as error:
            raise StoreBusy(_BUSY) from error
        finally:
            if not done:
                self._take_back(group)
                self._leave(group)
        group.members += 1
        self._leave(group)
        group.over.wait()
        if not group.stored:
            raise StoreBusy(_BUSY)

    def _join(self) -> _Group:
        self._waiting.append(None)
        self._turn.acquire()
        self._waiting.pop()
        group = self._group
        try:
            if group is None:
                group = self._group = self._begin()
            else:
                self._connection.execute("SAVEPOINT mine")
        except sqlite3.OperationalError as error:
            if group is None:
                self._turn.release()
            else:
                self._leave(group)
            raise StoreBusy(_BUSY) from error
        return group

    def _begin(self) -> _Group:
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
            raise
        return _Group()

    def _leave(self, group: _Group) -> None:
        """Hand the transaction on to whoever waits, or commit it."""
        goes_on = self._waiting and group.members < _MOST and self._connection.in_transaction
        if not goes_on:
            self._group = None
            self._end(group)
        self._turn.release()

    def _let_go(self, group: _Group) -> None:
        """End the savepoint of one who came later: with several open, SQLite keeps a copy of
        each page for each of them, and writes what is over 64 kB into a file."""
        if group.members:
            self._connection.execute("RELEASE mine")

    def _take_back(self, group: _Group) -> None:
        """SQLite may have taken back the whole group by itself, as on a full disk."""
        if not self._connection.in_transaction:
            return
        try:
            self._connection.execute("ROLLBACK TO mine" if group.members else "ROLLBACK")
            self._let_go(group)
        except sqlite3.Error:
            self._connection.rollback()  # rather all of the group than half of one

    def _end(self, group: _Group) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
                group.stored = True
        except sqlite3.Error:
            self._connection.rollback()  # each of its members tells its own caller
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
            group.over.set()
