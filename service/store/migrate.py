"""Bring a database file to this release's schema, and tell whether it is there.

Alembic is imported only to migrate: a web worker asks `is_current`, which needs no more
than SQLite (start-up time and memory, docs/decisions/0004).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

HEAD = "0004"  # a house test holds it to the newest file in migrations/versions
_FOLDER = Path(__file__).parent / "migrations"


def is_current(path: Path) -> bool:
    """True when the file exists and has exactly this release's schema."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return False
    return row is not None and row[0] == HEAD


def migrate(path: Path) -> str:
    """Create the file if need be, apply what is missing, and return the revision reached."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.engine import URL

    path.parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    engine = create_engine(URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    return HEAD
