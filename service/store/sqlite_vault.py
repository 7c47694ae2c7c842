"""A SQLite file as a whole: copied while it is used, made anew, put in place.

SQLite's online backup (https://sqlite.org/backup.html). The copy holds one read transaction
from beginning to end, so it is of one moment however long it takes, and nobody waits for it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from service.domain.values import dataclass
from service.store.archive import SQLITE, sync_folder
from service.store.vault import Facts, InUse, Tell, Unsound

_PAGES = 2_000  # 8 MB between two words of progress
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_REACHED = "SELECT version_num FROM alembic_version"
_BESIDE = ("-wal", "-shm")  # a log that stands beside a file is taken for that file's


@dataclass(frozen=True, slots=True)
class SqliteVault:
    """The file at `path`; what it replaces is kept beside it, with `stamp` in its name."""

    path: Path
    stamp: str
    member: str = SQLITE

    def copy(self, target: Path, tell: Tell) -> Facts:
        if not self.path.is_file():
            raise Unsound(f"there is no database {self.path}")
        with _told(), closing(_opened(self.path)) as source, closing(sqlite3.connect(target)) as to:
            source.execute("BEGIN")
            facts = _facts(source)  # the first read fixes the moment
            source.backup(to, pages=_PAGES, progress=lambda _, left, all_: tell(all_ - left, all_))
            source.execute("ROLLBACK")
            to.execute("PRAGMA journal_mode=DELETE")  # so that it is one file and no more
        _require(target, facts)
        return facts

    def facts(self) -> Facts:
        if not self.path.exists():
            return Facts("", {})
        with _told(), closing(_opened(self.path)) as connection:
            return _facts(connection)

    @contextmanager
    def prepared(self, file: Path, wanted: Facts) -> Iterator["PreparedFile"]:
        _require(file, wanted)
        yield PreparedFile(file, self.path, self.stamp)


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A restored file, beside the one that stands."""

    where: Path
    path: Path
    stamp: str

    def put_in_place(self) -> str:
        _close_up(self.where)
        _settle(self.path)
        _sync(self.where)
        aside = self.path.with_name(f"{self.path.name}.before-restore-{self.stamp}")
        was_there = self.path.exists()
        if was_there:
            self.where.chmod(self.path.stat().st_mode & 0o777)
            os.link(self.path, aside)
            sync_folder(self.path.parent)
        self.where.replace(self.path)
        sync_folder(self.path.parent)
        return str(aside) if was_there else ""


def _close_up(path: Path) -> None:
    """Make a database that nobody uses one file: all that stands in its log goes into it."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise InUse(f"something has {path} open; stop the service and the worker") from error
    if mode != "delete":
        raise InUse(f"something has {path} open; stop the service and the worker")


def _settle(path: Path) -> None:
    """Leave nothing beside the file that would be taken for the log of the new one."""
    if path.exists():
        with suppress(sqlite3.DatabaseError):  # it is damaged: perhaps that is why it is replaced
            _close_up(path)
    for ending in _BESIDE:
        left = path.with_name(path.name + ending)
        with suppress(FileNotFoundError):
            left.rename(left.with_name(f"{left.name}.damaged-{os.getpid()}"))


def _require(path: Path, wanted: Facts) -> None:
    with _told(), closing(_opened(path)) as connection:
        found = [row for (row,) in connection.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise Unsound("the database is damaged: SQLite's integrity check finds faults")
        if _facts(connection) != wanted:
            raise Unsound("the database does not hold what its manifest says")


def _facts(connection: sqlite3.Connection) -> Facts:
    tables = [name for (name,) in connection.execute(_TABLES)]
    rows = {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for name in sorted(tables)
    }
    schema = connection.execute(_REACHED).fetchone() if "alembic_version" in tables else None
    return Facts(str(schema[0]) if schema else "", rows)


def _opened(path: Path) -> sqlite3.Connection:
    """Open a file that is there. Its log is read as well, so it may be in use."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=10000")
    return connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise Unsound(f"the database cannot be read: {error}") from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
