"""Bring a database to this release's schema, and tell whether it is there.

All versions are applied in one transaction: whoever is killed meanwhile leaves the database as
it was. Alembic is imported only to migrate: a web worker asks for the revision, which needs no
more than the driver (start-up time and memory, docs/decisions/0004).
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from service.domain.errors import StoreBusy, UnfitDatabase
from service.store.opening import Where

HEAD = "0009"  # a house test holds it to the newest file in migrations/versions
_FOLDER = Path(__file__).parent / "migrations"
VERSIONS = _FOLDER / "versions"
_REACHED = "SELECT version_num FROM alembic_version"
_ALONE = "SELECT pg_advisory_xact_lock(19770101)"  # two who migrate at once take turns


def is_current(where: Where) -> bool:
    """True when the database is there and has exactly this release's schema.

    Raises:
        StoreBusy: it cannot be reached.
    """
    return reached(where) == HEAD


def reached(where: Where) -> str:
    """The revision of the database's schema, "" for none.

    Raises:
        StoreBusy: it cannot be reached.
    """
    return _of_file(where) if isinstance(where, Path) else _of_server(where)


def migrate(where: Where, to: str = "head") -> str:
    """Apply what is missing, making a file if need be, and return the revision reached.

    Raises:
        StoreBusy: it cannot be reached.
        UnfitDatabase: it is of a newer release, or was made in a way that we cannot use.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy.exc import OperationalError

    from service.store.alchemy import on

    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    engine = on(where, writes=True)
    try:
        with engine.begin() as connection:
            if not isinstance(where, Path):
                connection.exec_driver_sql(_ALONE)
                _refuse_encoding(connection)
            _refuse_newer(MigrationContext.configure(connection).get_current_revision() or "")
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except OperationalError as error:
        raise StoreBusy(_told(error.orig)) from error
    finally:
        engine.dispose()
    return HEAD if to == "head" else to


def _refuse_newer(revision: str) -> None:
    known = {path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("*.py")}
    if revision and revision not in known:
        raise UnfitDatabase(
            f"the database is of another release: its schema is {revision}, ours is {HEAD}",
            how_to_fix="Run the newest release that ever ran on it.",
        )


def _refuse_encoding(connection: Any) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise UnfitDatabase(
            f"the encoding of the database is {encoding}",
            how_to_fix="Make it with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'.",
        )


def _told(error: BaseException | None) -> str:
    """What the driver says, in one line."""
    said = " ".join(str(error).split())
    return f"the database cannot be reached or migrated: {said}"


def _of_file(path: Path) -> str:
    if not path.exists():
        return ""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute(_REACHED).fetchone()
        except sqlite3.OperationalError:
            return ""
    return found[0] if found else ""


def _of_server(url: str) -> str:
    import psycopg

    from service.store.postgres import settled

    try:
        with psycopg.connect(url, **settled(url)) as connection:
            found = connection.execute(_REACHED).fetchone()
    except psycopg.errors.UndefinedTable:
        return ""
    except psycopg.OperationalError as error:
        raise StoreBusy(_told(error)) from error
    return found[0] if found else ""
