"""Every key begins with the clinic, and no transaction goes beyond one (decision 12).

So an existing distributed PostgreSQL may keep each clinic on a machine of its own. All tests
that go through the web or a contract suite run on a watched engine, which holds the second.
"""

import ast
import re
from pathlib import Path

import psycopg
import pytest

from service import store
from tests.watched import Watched, tenants_of

ROOM = Path(store.__file__).parent
# What is no statement about a clinic's rows: which clinics there are, the schema's state, and
# the catalogue, which a backup asks for: it is of all that there is.
ACROSS = ("SELECT min(tenant) FROM", "alembic_version", "FROM pg_", "FROM sqlite_schema")
A_STATEMENT = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE)\b.*\b(?:FROM|INTO|SET)\b", re.DOTALL)
BY_CLINIC = re.compile(r"WHERE\s+(?:\w+\.)?tenant = \?|\(tenant, |AND other\.tenant|tenant = ANY")
WITHOUT_KEY = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND oid NOT IN (SELECT indrelid FROM pg_index WHERE indisprimary)"""


def statements() -> list[tuple[str, str]]:
    """Every statement of the store as it is written, with its place."""
    found = []
    for path in sorted(ROOM.glob("*.py")):
        module = __import__(f"service.store.{path.stem}", fromlist=["_"])
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                value = getattr(module, name, None)
                if isinstance(value, str) and A_STATEMENT.match(value):
                    found.append((f"{path.stem}.{name}", value))
    return found


def test_there_are_statements_to_look_at():
    assert len(statements()) > 40


@pytest.mark.parametrize(("name", "statement"), statements(), ids=lambda each: each[:40])
def test_every_statement_names_the_clinic(name, statement):
    if any(words in statement for words in ACROSS):
        return
    assert "%" not in statement, "PostgreSQL's driver reads it as the place of a value"
    # A fragment that ends before its WHERE gets it from whoever uses it.
    fragment = statement.upper().rstrip().endswith("FROM PLAN") or "WHERE" not in statement.upper()
    assert BY_CLINIC.search(statement) or (fragment and statement.lstrip().startswith("SELECT"))


def test_every_key_on_postgresql_begins_with_the_clinic(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename != 'alembic_version'"
        ).fetchall()
        without = connection.execute(WITHOUT_KEY).fetchall()
    assert len(rows) > 9
    assert [row for row in rows if "(tenant" not in row[0]] == []
    assert without == []


def test_a_transaction_of_two_clinics_would_be_found_out(any_engine):
    watched = Watched(any_engine())
    with watched.writing() as connection:
        connection.execute("DELETE FROM launch WHERE tenant = ? AND id = ?", ("a", "x"))
        with pytest.raises(AssertionError, match="two clinics"):
            connection.execute("DELETE FROM launch WHERE tenant = ? AND id = ?", ("b", "x"))
    with watched.reading() as connection, pytest.raises(AssertionError, match="no clinic"):
        connection.execute("SELECT body FROM launch WHERE id = ?", ("x",))


def test_the_clinic_of_a_statement_is_found_wherever_it_stands():
    moved = "INSERT INTO a (tenant, x) SELECT tenant, ? FROM b WHERE tenant = ? AND id = ?"
    assert tenants_of(moved, (1, "demo", 2)) == {"demo"}
    both = "SELECT 1 FROM a WHERE tenant = ? UNION SELECT 1 FROM b WHERE b.tenant = ?"
    assert tenants_of(both, ("demo", "other")) == {"demo", "other"}
    assert tenants_of("INSERT INTO a (tenant, x) VALUES (?, ?)", ("demo", 1)) == {"demo"}
