"""The resources of the stand-in in one SQLite file: every version, found by what names them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from service.domain.values import dataclass

Resource = dict[str, Any]
TYPES = (
    "Patient",
    "Practitioner",
    "Organization",
    "Encounter",
    "Condition",
    "CarePlan",
    "ServiceRequest",
    "Communication",
    "Goal",
    "Observation",
    "DocumentReference",
    "Provenance",
)
SEARCHED = ("identifier", "_tag", "_id", "subject", "patient", "encounter", "category")
_OF_PAGES = ("_count", "_sort", "_offset", "_elements")  # what a search does not choose by
_TABLES = """
    CREATE TABLE IF NOT EXISTS resource (
      kind TEXT, id TEXT, version INTEGER, body BLOB, PRIMARY KEY (kind, id, version));
    CREATE TABLE IF NOT EXISTS token (
      kind TEXT, name TEXT, value TEXT, id TEXT, PRIMARY KEY (kind, name, value, id));"""
_VERSIONS = "SELECT version, body FROM resource WHERE kind = ? AND id = ? ORDER BY version DESC"
_LAST = "SELECT coalesce(max(CAST(substr(id, 3) AS INTEGER)), 0) FROM resource WHERE kind = ?"
_IDS = "SELECT DISTINCT id FROM resource WHERE kind = ?"
_NAMED = "SELECT id FROM token WHERE kind = ? AND name = ? AND value = ?"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What it says it can, and can; less than all of it stands for a lesser record."""

    types: tuple[str, ...] = TYPES
    transaction: bool = True
    batch: bool = True
    unsearched: tuple[str, ...] = ()  # types that it finds by no identifier
    update_create: bool = False
    made_once: tuple[str, ...] = ()  # types that it lets nobody change


class Refusal(Exception):
    """An answer that is an OperationOutcome."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class Shelf:
    """One file of resources; writers take turns."""

    def __init__(self, path: Path, abilities: Abilities) -> None:
        self.abilities = abilities
        self._turn = threading.RLock()
        self._given: dict[str, int] = {}
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_TABLES}")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """All of what is done inside, or nothing."""
        with self._turn, self._file:  # commits, or takes back
            self._file.execute("BEGIN")
            yield

    def all(self, kind: str) -> list[Resource]:
        """Every resource of a type in its newest version."""
        with self._turn:
            names = self._file.execute(_IDS, (kind,)).fetchall()
            return [self.read(kind, name) for (name,) in names]

    def read(self, kind: str, name: str, version: str = "") -> Resource:
        with self._turn:
            rows = self._file.execute(_VERSIONS, (kind, name)).fetchall()
        for number, body in rows:
            if version in ("", str(number)):
                found: Resource = orjson.loads(body)
                return found
        raise Refusal(404, "not-found", f"there is no {kind} of this id")

    def found(self, kind: str, query: str) -> list[Resource]:
        """What a search finds that has all the parameters; each may have several values.

        `_lastUpdated=ge…` finds what changed since, the oldest change first.
        """
        self._must_keep(kind, 404)
        given = [(name, values) for name, values in parse_qsl(query) if name not in _OF_PAGES]
        since = [values.removeprefix("ge") for name, values in given if name == "_lastUpdated"]
        asked = [(name, values) for name, values in given if name != "_lastUpdated"]
        found = self._with_all(kind, asked) if asked else self.all(kind)
        if not since:
            return found
        late = [each for each in found if each["meta"]["lastUpdated"] >= max(since)]
        return sorted(late, key=lambda each: str(each["meta"]["lastUpdated"]))

    def _with_all(self, kind: str, asked: list[tuple[str, str]]) -> list[Resource]:
        names: list[set[str]] = []
        for name, values in asked:
            if name not in SEARCHED or kind in self.abilities.unsearched:
                raise Refusal(400, "not-supported", f"{kind} is not searched by {name}")
            names.append(
                {found for value in values.split(",") for found in self._named(kind, name, value)}
            )
        return [self.read(kind, name) for name in sorted(set.intersection(*names))]

    def keep(self, resource: Resource, name: str = "", match: str = "") -> tuple[int, Resource]:
        """Make or replace a resource within a turn; 201 or 200, and what is kept now."""
        kind = str(resource.get("resourceType", ""))
        self._must_keep(kind, 422)
        rows = self._file.execute(_VERSIONS, (kind, name)).fetchall() if name else []
        if match and (not rows or match != f'W/"{rows[0][0]}"'):
            raise Refusal(412, "conflict", "it has another version by now")
        if rows and kind in self.abilities.made_once:
            raise Refusal(405, "not-supported", f"{kind} is not changed here")
        version = rows[0][0] + 1 if rows else 1
        name = name or self._new_name(kind)
        meta = resource.get("meta", {}) | {"versionId": str(version), "lastUpdated": _now()}
        kept = resource | {"id": name, "meta": meta}
        row = (kind, name, version, orjson.dumps(kept))
        self._file.execute("INSERT INTO resource VALUES (?, ?, ?, ?)", row)
        self._file.execute("DELETE FROM token WHERE kind = ? AND id = ?", (kind, name))
        for token in set(_tokens(kept)):
            self._file.execute("INSERT INTO token VALUES (?, ?, ?, ?)", (kind, *token, name))
        return (200 if rows else 201), kept

    def drop(self, kind: str, name: str) -> None:
        """Forget a resource with all its versions, within a turn."""
        for table in ("resource", "token"):
            self._file.execute(f"DELETE FROM {table} WHERE kind = ? AND id = ?", (kind, name))  # noqa: S608

    def _must_keep(self, kind: str, status: int) -> None:
        if kind not in self.abilities.types:
            raise Refusal(status, "not-supported", f"{kind or 'this'} is not kept here")

    def _named(self, kind: str, name: str, value: str) -> list[str]:
        with self._turn:
            return [found for (found,) in self._file.execute(_NAMED, (kind, name, value))]

    def _new_name(self, kind: str) -> str:
        """The next of its type; counted on, for a name is never given twice."""
        if kind not in self._given:
            (self._given[kind],) = self._file.execute(_LAST, (kind,)).fetchone()
        self._given[kind] += 1
        return f"{kind[:2].lower()}{self._given[kind]}"


def _tokens(resource: Resource) -> Iterator[tuple[str, str]]:
    named = [*_list(resource.get("identifier")), resource.get("masterIdentifier", {})]
    for each in named:
        yield "identifier", f"{each.get('system', '')}|{each.get('value', '')}"
    for tag in resource["meta"].get("tag", []):
        yield "_tag", f"{tag.get('system', '')}|{tag.get('code', '')}"
    yield "_id", resource["id"]
    subject = resource.get("subject", {}).get("reference", "")
    for name in ("subject", "patient"):
        yield name, subject
        yield name, subject.removeprefix("Patient/")
    encounter = resource.get("encounter", {}).get("reference", "")
    yield "encounter", encounter
    for code in (c for each in _list(resource.get("category")) for c in each.get("coding", ())):
        yield "category", code.get("code", "")


def _list(value: Any) -> list[Resource]:
    return value if isinstance(value, list) else [value] if value else []


def _now() -> str:
    return f"{datetime.now(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
