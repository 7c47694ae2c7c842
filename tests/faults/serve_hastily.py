"""The service on a database that syncs later than it answers: what must be found out."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from service.app import build_parts, build_web
from service.config.settings import read_settings
from service.serving import run
from service.store.engine import Connection, Engine
from service.store.ids import new_id
from service.store.migrate import migrate
from service.store.plans import DatabasePlans
from service.store.postgres import PostgresEngine
from service.store.sqlite import SqliteEngine, connect
from service.store.writers import Writers


class Hasty(SqliteEngine):
    """`synchronous=NORMAL`: in WAL mode a commit is not synced."""

    _hasty: Writers | None = None

    def writing(self) -> AbstractContextManager[Connection]:
        if self._hasty is None:
            self._hasty = Writers(self._path, _connect_hastily)
        return self._hasty.transaction()


class HastyPostgres(PostgresEngine):
    """`synchronous_commit=off`: the server answers before its log is synced."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with super().writing() as connection:
            connection.execute("SET LOCAL synchronous_commit = off")
            yield connection


def _hasty(database: Path | str) -> Engine:
    return Hasty(database) if isinstance(database, Path) else HastyPostgres(database)


def _connect_hastily(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def main(port: str) -> None:
    settings = read_settings()
    migrate(settings.database)
    parts = build_parts(settings)
    store = DatabasePlans(_hasty(settings.database), new_id)
    hasty = replace(parts, store=store, make_plan=replace(parts.make_plan, store=store))
    run(build_web(hasty), host="127.0.0.1", port=int(port), workers=1, threads=4)


if __name__ == "__main__":
    main(*sys.argv[1:])
