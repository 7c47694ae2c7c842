"""SQLAlchemy on our databases, for what only commands do: migrating and copying."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.store.opening import Where

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_TURN = 60  # seconds that a second writer waits for its turn on a file


def on(where: Where, *, writes: bool) -> "Engine":
    """Return an engine whose transactions are whole: of one that fails nothing stays.

    One that only reads sees a single snapshot, and keeps nobody from writing.
    """
    return _on_file(where, writes=writes) if isinstance(where, Path) else _on_server(where, writes)


def _on_file(path: Path, *, writes: bool) -> "Engine":
    """SQLite's driver would commit before every CREATE TABLE, so transactions are spelled out."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, timeout=_TURN)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda opened: opened.exec_driver_sql(begin))
    return engine


def _on_server(url: str, writes: bool) -> "Engine":  # noqa: FBT001
    """PostgreSQL by the URL as it is: SQLAlchemy would read it its own way."""
    import psycopg
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from service.store.postgres import settled

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(url, **settled(url))

    level = "READ COMMITTED" if writes else "REPEATABLE READ"
    return create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=NullPool, isolation_level=level
    )
