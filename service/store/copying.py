"""Copies a whole database into another, such as SQLite into PostgreSQL, and proves it.

Both are read in the same canonical form, in the order of their keys; the target is kept only
when every table has the same rows and the same hash on both sides.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.domain.errors import StoreBusy, UnfitDatabase
from service.domain.values import dataclass
from service.store.alchemy import on
from service.store.migrate import HEAD, migrate, reached
from service.store.opening import Where

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_VERSION = "alembic_version"
_MOST = 500  # rows in memory
_TELL_EVERY = 10_000  # rows

Tell = Callable[[str, int, int], None]  # the table, how many rows are done, of how many


@dataclass(frozen=True, slots=True)
class Copied:
    """One table as it stands on both sides."""

    table: str
    rows: int
    sha256: str


def copy_database(source: Where, target: Where, tell: Tell, *, running: bool) -> list[Copied]:
    """Copy all of one snapshot of the source in one transaction of the target.

    The target must be empty; its schema is made if need be. While it is `running`, what the
    service writes after the snapshot stays behind; otherwise that is refused.

    Raises:
        UnfitDatabase: the source has another schema or was written to meanwhile, the target is
            not empty, or what it keeps is not what was read.
        StoreBusy: one of them cannot be reached.
    """
    from sqlalchemy.exc import DBAPIError

    if isinstance(source, Path) and not source.exists():
        raise UnfitDatabase("there is no source", how_to_fix="See EDUPLAN_DATABASE_URL.")
    if (found := reached(source)) != HEAD:
        raise UnfitDatabase(
            f"the schema of the source is {found or 'none'}, this release's is {HEAD}",
            how_to_fix="Run `education-plan migrate` on the source first.",
        )
    migrate(target)
    reads, writes = on(source, writes=False), on(target, writes=True)
    try:
        with writes.begin() as into:
            with reads.begin() as out:
                tables = _tables(out)
                _refuse_filled(tables, into)
                copied = [_copy(table, out, into, tell) for table in tables]
            into.exec_driver_sql("ANALYZE")  # so that it is fast from the first request
            with reads.begin() as out:
                if not running and [_count(table, out) for table in tables] != _rows(copied):
                    raise UnfitDatabase(
                        "the source was written to meanwhile, so nothing was copied",
                        how_to_fix="Stop every service and worker on the source first.",
                    )
    except DBAPIError as error:
        # The driver's message may hold what stands in a row.
        raise StoreBusy(f"a database refused: {type(error.orig).__name__}") from error
    finally:
        reads.dispose()
        writes.dispose()
    return copied


def _tables(source: "Connection") -> list["Table"]:
    from sqlalchemy import MetaData

    found = MetaData()
    found.reflect(source)
    return [table for table in found.sorted_tables if table.name != _VERSION]


def _refuse_filled(tables: Sequence["Table"], target: "Connection") -> None:
    for table in tables:
        if _count(table, target):
            raise UnfitDatabase(
                f"the target is not empty: there are rows in {table.name}",
                how_to_fix="Copy into a new database.",
            )


def _copy(table: "Table", out: "Connection", into: "Connection", tell: Tell) -> Copied:
    many, done, seen = _count(table, out), 0, hashlib.sha256()
    tell(table.name, 0, many)
    for rows in _in_batches(table, out):
        _put(table, rows, into)
        done = _seen(seen, rows, done)
        if done % _TELL_EVERY == 0:
            tell(table.name, done, many)
    tell(table.name, done, many)
    kept = _proof(table, into)
    if (kept.rows, kept.sha256) != (done, seen.hexdigest()):
        raise UnfitDatabase(f"what the target keeps of {table.name} is not what was read")
    return kept


def _put(table: "Table", rows: Sequence[Any], into: "Connection") -> None:
    from sqlalchemy import insert
    from sqlalchemy.exc import DataError, IntegrityError

    try:
        into.execute(insert(table), [dict(row._mapping) for row in rows])
    except (DataError, IntegrityError) as error:
        raise UnfitDatabase(
            f"a row of {table.name} holds what the target cannot: {type(error.orig).__name__}",
            how_to_fix="Mend the row in the source; nothing was copied.",
        ) from error


def _proof(table: "Table", connection: "Connection") -> Copied:
    many, seen = 0, hashlib.sha256()
    for rows in _in_batches(table, connection):
        many = _seen(seen, rows, many)
    return Copied(table.name, many, seen.hexdigest())


def _in_batches(table: "Table", connection: "Connection") -> Iterator[Sequence[Any]]:
    """The rows in the order of their keys, which compare byte by byte on both sides."""
    from sqlalchemy import select

    columns = [table.c[name] for name in sorted(table.c.keys())]
    in_order = select(*columns).order_by(*table.primary_key.columns)
    statement = in_order.execution_options(stream_results=True, yield_per=_MOST)
    yield from connection.execute(statement).partitions()


def _seen(seen: Any, rows: Iterable[Sequence[Any]], many: int) -> int:
    for row in rows:
        many += 1
        for value in row:
            seen.update(canonical(value))
    return many


def canonical(value: str | bytes | int | None) -> bytes:
    """A value as the same bytes, whichever database and driver it comes from."""
    match value:
        case None:
            return b"n"
        case str():
            content, kind = value.encode(), b"t"
        case bytes():
            content, kind = value, b"b"
        case int():
            content, kind = str(value).encode(), b"i"
        case _:
            raise TypeError(f"no database of ours holds a {type(value).__name__}")
    return b"%s%d:%s" % (kind, len(content), content)


def _count(table: "Table", connection: "Connection") -> int:
    from sqlalchemy import func, select

    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _rows(copied: Sequence[Copied]) -> list[int]:
    return [each.rows for each in copied]
