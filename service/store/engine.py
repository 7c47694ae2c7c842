"""What the store needs of a database: transactions, and its clock. SQLite and PostgreSQL give it.

Statements are written once, with `?` for a value, in the SQL that both speak.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Cursor(Protocol):
    """The result of a statement; `rowcount` is how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor: ...


class Engine(Protocol):
    """One database. Connections are opened on first use, and never across a fork.

    Texts are compared byte by byte, whatever language the database sorts by.
    """

    skip_locked: str  # ends a SELECT of rows to be changed, so that nobody waits for another's
    lock_plan: str  # ends a SELECT of a plan to be changed, so that the next waits for it

    overwrite: str  # makes what a connection deletes unreadable in the file, where that is possible

    def now(self, connection: Connection) -> int:
        """Microseconds since 1970 UTC by the clock that all who use the database share."""

    def hold(self, connection: Connection, name: str, *, shared: bool = False) -> None:
        """Make everybody else who holds this name wait until the transaction ends.

        Those who share it wait only for one who does not.
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """A write transaction: committed to the disk, or taken back on any error.

        Raises:
            StoreBusy: the database cannot be written at the moment.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection on one consistent snapshot, which never waits for writers.

        Raises:
            StoreBusy: the database cannot be read at the moment.
        """

    def close(self) -> None:
        """Close every connection of this process; the next use opens a new one."""


def different(engine: Engine, statement: str) -> list[str]:
    """The different values of a key's first column, without reading every row.

    `statement` gives the least one that is greater than its one value, or NULL.

    Raises:
        StoreBusy: the database cannot be read at the moment.
    """
    found: list[str] = []
    with engine.reading() as connection:
        while True:
            after = found[-1] if found else ""
            (name,) = connection.execute(statement, (after,)).fetchone()
            if name is None:
                return found
            found.append(name)
