"""An engine that is watched: no transaction may touch what belongs to two clinics (decision 12)."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from service.store.engine import Connection, Engine

_NAMED = re.compile(r"\btenant\s*(?:=|>)\s*\?|VALUES\s*\(\s*\?")
_OURS = re.compile(
    r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(?!alembic_version|clock_timestamp)[a-z_]+", re.IGNORECASE
)


def tenants_of(statement: str, values: Sequence[Any]) -> set[Any]:
    """The clinics whose rows a statement is about."""
    places = (statement.count("?", 0, found.end() - 1) for found in _NAMED.finditer(statement))
    return {values[place] for place in places}


class Watched:
    """Stands before an engine. `asks_for_clinics` are statements that look which clinics there are.

    Raises AssertionError where a transaction goes beyond one clinic.
    """

    asks_for_clinics = re.compile(r"SELECT min\(tenant\)|SELECT count\(\*\) FROM")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.before_commit: Callable[[], None] = lambda: None  # may refuse it, as a disk does

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._engine.writing() as connection:
            yield _Watching(connection, self)
            self.before_commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._engine.reading() as connection:
            yield _Watching(connection, self)


class _Watching:
    def __init__(self, connection: Connection, watched: Watched) -> None:
        self._connection = connection
        self._watched = watched
        self._tenants: set[Any] = set()

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Any:
        if _OURS.search(statement) and not self._watched.asks_for_clinics.match(statement):
            found = tenants_of(statement, values)
            assert found, f"names no clinic: {statement}"
            self._tenants |= found
            assert len(self._tenants) == 1, f"two clinics in one transaction: {statement}"
        return self._connection.execute(statement, values)
