"""A PostgreSQL database as a whole: by pg_dump and pg_restore, and put in place by its name.

The dump is of the very snapshot that the rows were counted in. A restore makes a database of
its own; that it takes the place of the other is two renames in one transaction.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from service.domain.values import dataclass
from service.store.archive import POSTGRES
from service.store.vault import Facts, InUse, Tell, Unsound

_AT_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
_REACHED = "SELECT version_num FROM alembic_version"
_LIKE = "SELECT datcollate, datctype FROM pg_database WHERE datname = %s"
_USERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
_LONGEST_NAME = 63  # of a database; PostgreSQL cuts off the rest without a word


@dataclass(frozen=True, slots=True)
class PostgresVault:
    """The database of this URL; what it replaces is kept on the server, with `stamp` in its name.

    Restoring needs the right to make databases (CREATEDB).
    """

    url: str
    stamp: str
    installed: Path = Path("/usr/lib/postgresql")  # where Debian has the programs, by version
    member: str = field(default=POSTGRES, init=False)

    def copy(self, target: Path, tell: Tell) -> Facts:
        by_hand = f"pg_dump --format=custom --file=FILE '{_shown(self.url)}'"
        program = _program("pg_dump", self.installed, by_hand)
        with _told(), psycopg.connect(self.url) as connection:
            connection.execute(_AT_ONE_MOMENT)
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            facts = _facts(connection)
            snapshot = f"--snapshot={row[0] if row else ''}"
            words = [program, "--format=custom", "--no-owner", "--no-privileges", snapshot]
            _run([*words, f"--file={target}"], self.url, lambda: tell(_size(target), 0))
        return facts

    def facts(self) -> Facts:
        with _told(), psycopg.connect(self.url) as connection:
            return _facts(connection)

    @contextmanager
    def prepared(self, file: Path, wanted: Facts) -> Iterator["PreparedDatabase"]:
        by_hand = f"pg_restore --no-owner --dbname='{_shown(self.url)}' FILE"
        program = _program("pg_restore", self.installed, by_hand)
        made = PreparedDatabase(self.url, self.stamp)
        with _told():
            made.make()
        try:
            words = [program, "--exit-on-error", "--no-owner", "--no-privileges", str(file)]
            _run(words, made.where, lambda: None, to="--dbname")
            with _told(), psycopg.connect(made.where) as connection:
                if _facts(connection) != wanted:
                    raise Unsound("the database does not hold what its manifest says")
            yield made
        finally:
            made.drop()


@dataclass(slots=True)
class PreparedDatabase:
    """A restored database on the same server, under a name of its own."""

    url: str
    stamp: str
    is_in_place: bool = False

    @property
    def where(self) -> str:
        return _named(self.url, self._own)

    def make(self) -> None:
        """Make it, empty, sorting and encoded as the one it is to replace."""
        with self._server() as server:
            row = server.execute(_LIKE, (self._name,)).fetchone()
            if row is None:
                raise Unsound(f"there is no database {self._name} on the server; make it first")
            statement = sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} LC_CTYPE {}"
            )
            server.execute(statement.format(sql.Identifier(self._own), *map(sql.Literal, row)))

    def put_in_place(self) -> str:
        with psycopg.connect(self.url) as connection:
            was_empty = _facts(connection).is_empty
        with _told(), self._server() as server:
            try:
                self._rename(server)
            except psycopg.errors.ObjectInUse as error:
                raise self._in_use() from error
            self.is_in_place = True
            if was_empty:
                server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(self._aside)))
        return "" if was_empty else f"the database {self._aside}"

    def drop(self) -> None:
        if not self.is_in_place:
            with _told(), self._server() as server:
                statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                server.execute(statement.format(sql.Identifier(self._own)))

    def _rename(self, server: psycopg.Connection[Any]) -> None:
        row = server.execute(_USERS, (self._name,)).fetchone()
        if row and row[0]:
            raise self._in_use()
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        pairs = ((self._name, self._aside), (self._own, self._name))
        with server.transaction():
            for old, new in pairs:
                server.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))

    def _in_use(self) -> InUse:
        return InUse(
            f"something is connected to the database {self._name}; stop the services and workers"
        )

    def _server(self) -> psycopg.Connection[Any]:
        return psycopg.connect(_named(self.url, "postgres"), autocommit=True)

    @property
    def _name(self) -> str:
        return unquote(urlsplit(self.url).path.lstrip("/"))

    @property
    def _own(self) -> str:
        return f"{self._name[: _LONGEST_NAME - 40]}_restored_{self.stamp}".lower()

    @property
    def _aside(self) -> str:
        return f"{self._name[: _LONGEST_NAME - 40]}_before_{self.stamp}".lower()


def _facts(connection: psycopg.Connection[Any]) -> Facts:
    tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
    count = sql.SQL("SELECT count(*) FROM {}")
    rows = {}
    for name in tables:
        found = connection.execute(count.format(sql.Identifier(name))).fetchone()
        rows[name] = int(found[0]) if found else 0
    schema = connection.execute(_REACHED).fetchone() if "alembic_version" in tables else None
    return Facts(str(schema[0]) if schema else "", rows)


def _program(name: str, installed: Path, by_hand: str) -> str:
    """The newest of PostgreSQL's client programs here: an older one than the server refuses."""
    newest = sorted(installed.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if not found:
        raise Unsound(
            f"there is no {name} on this machine; install PostgreSQL's client programs "
            f"(Debian: postgresql-client), or run where they are: {by_hand}"
        )
    return found


def _run(words: list[str], url: str, tell: Any, to: str = "--dbname") -> None:
    """Run a client program; the password goes by the environment, where nobody lists it."""
    parts = urlsplit(url)
    secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    process = subprocess.Popen(
        [*words, f"{to}={_shown(url)}"],
        env=os.environ | secret,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while process.poll() is None:
            tell()
            time.sleep(0.1)
        _, said = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode:
        why = " ".join(said.split())[:500]
        raise Unsound(f"{Path(words[0]).name} failed: {why}")


def _shown(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    user, _, rest = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return parts._replace(netloc=f"{name}@{rest}" if name else rest).geturl()


def _named(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise Unsound(f"PostgreSQL says: {said}") from error
