"""Bring a database to this release's schema, and tell whether it is there.

Alembic is imported only to migrate: a web worker asks `is_current`, which needs no more
than the driver (start-up time and memory, docs/decisions/0004).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from service.domain.errors import StoreBusy
from service.store.opening import Where, open_engine

HEAD = "0005"  # a house test holds it to the newest file in migrations/versions
_FOLDER = Path(__file__).parent / "migrations"
_REACHED = "SELECT version_num FROM alembic_version"
_ALONE = "SELECT pg_advisory_xact_lock(19770101)"  # two who migrate at once take turns


def is_current(where: Where) -> bool:
    """True when the database is there and has exactly this release's schema."""
    row = _of_file(where) if isinstance(where, Path) else _of_server(where)
    return row is not None and row[0] == HEAD


def migrate(where: Where) -> str:
    """Apply what is missing, making a file if need be, and return the revision reached."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    engine = create_engine(_url(where))
    with engine.begin() as connection:
        is_file = isinstance(where, Path)
        connection.exec_driver_sql("PRAGMA journal_mode=WAL" if is_file else _ALONE)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    return HEAD


def _url(where: Where) -> str:
    from sqlalchemy.engine import URL, make_url

    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        return URL.create("sqlite", database=str(where)).render_as_string(hide_password=False)
    url = make_url(where).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _of_file(path: Path) -> tuple[str] | None:
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found: tuple[str] | None = connection.execute(_REACHED).fetchone()
        except sqlite3.OperationalError:
            return None
    return found


def _of_server(url: str) -> tuple[str] | None:
    from psycopg.errors import UndefinedTable

    engine = open_engine(url)
    try:
        with engine.reading() as connection:
            found: tuple[str] | None = connection.execute(_REACHED).fetchone()
    except (UndefinedTable, StoreBusy):
        return None
    finally:
        engine.close()
    return found
