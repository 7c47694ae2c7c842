"""Which database: a file of SQLite, or PostgreSQL by its URL."""

from pathlib import Path

from service.store.engine import Engine
from service.store.sqlite import SqliteEngine

Where = Path | str  # the file, or `postgresql://…`


def open_engine(where: Where) -> Engine:
    """Return the engine of a database; nothing is opened yet.

    Raises:
        ImportError: PostgreSQL is asked for, and its driver is not installed.
    """
    if isinstance(where, Path):
        return SqliteEngine(where)
    from service.store.postgres import PostgresEngine  # an extra, see pyproject.toml

    return PostgresEngine(where)
