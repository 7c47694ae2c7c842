"""Nothing is looked for by going through a clinic's rows: each database is asked how it would."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from service.store import drafts, launches, outbox, plans

LOOK_UPS = {
    f"{module.__name__.rpartition('.')[2]}{name}": statement
    for module in (plans, drafts, launches)
    for name, statement in vars(module).items()
    if name.startswith("_") and isinstance(statement, str) and "SELECT" in statement
}
# Pages by age: from a place in the key onwards.
BY_AGE = {"plans_OLDER", "plans_YOUNGER", "plans_AUDIT_OLDER", "plans_AUDIT_YOUNGER"}
FRAGMENTS = {"plans_PLAN", "plans_AUDITED", "plans_KEEP_AS_IT_WAS"}
OF_AN_OPERATOR = {"launches_ALL"}  # who ends all that is open in a clinic wants all of it
LOOK_UPS |= {
    "outbox_OF_PLAN_WAITING": f"{outbox._WAITING} WHERE tenant = ? AND plan_id = ?",
    "outbox_OF_PLAN_DONE": f"{outbox._DONE} WHERE tenant = ? AND plan_id = ?",
}
NAMES = sorted(LOOK_UPS.keys() - FRAGMENTS - OF_AN_OPERATOR)


@pytest.mark.parametrize("name", NAMES)
def test_sqlite_goes_by_a_key_and_more_of_it_than_the_tenant(database, name):
    statement = LOOK_UPS[name]
    values = [""] * statement.count("?")
    with closing(sqlite3.connect(database)) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    told = [step[3] for step in steps]
    assert not [step for step in told if step.startswith("SCAN")]
    searches = [step for step in told if step.startswith("SEARCH")]
    assert searches
    assert all("(tenant=? AND" in step for step in searches), told
    assert name not in BY_AGE or not any("TEMP B-TREE" in step for step in told)


# Enough for PostgreSQL to think that a key is worth it: three clinics, `1` among them.
FILLED = """
    INSERT INTO plan SELECT (n % 3)::text, n::text, (n / 2)::text, 'lss', n, 1, n, n, '', '', ''
      FROM generate_series(1, 6000) AS n;
    INSERT INTO plan_history SELECT (n % 3)::text, n::text, 1, n, '', '', ''
      FROM generate_series(1, 6000) AS n;
    INSERT INTO visit SELECT (n % 3)::text, n::text, 'lss', n::text
      FROM generate_series(1, 6000) AS n;
    INSERT INTO audit SELECT (n % 3)::text, n::text, n, 'a', 'b', 'c', 'd', 'e'
      FROM generate_series(1, 6000) AS n;
    INSERT INTO outbox SELECT (n % 3)::text, n::text, 1, 'waiting', n
      FROM generate_series(1, 6000) AS n;
    INSERT INTO delivery SELECT (n % 3)::text, n::text, 1, 'delivered', n, n, 1, '', ''
      FROM generate_series(1, 6000) AS n;
    INSERT INTO idempotency_key SELECT (n % 3)::text, n::text, 'a', 'b', n::text, 1, n
      FROM generate_series(1, 6000) AS n;
    INSERT INTO draft SELECT (n % 3)::text, n::text, n::text, 'a', 1, 1, 'b', n, ''
      FROM generate_series(1, 6000) AS n;
    INSERT INTO launch SELECT (n % 3)::text, n::text, n, '' FROM generate_series(1, 6000) AS n;
    ANALYZE"""


@pytest.fixture(scope="module")
def server(postgres):
    url = postgres.make("look_ups", "migrated")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FILLED)
        yield connection
    postgres.drop("look_ups")


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_postgresql_goes_by_a_key_and_more_of_it_than_the_tenant(server, name):
    statement = LOOK_UPS[name].replace("?", "%s")
    values = ["1"] * statement.count("%s")
    ((told,),) = server.execute(f"EXPLAIN (FORMAT JSON) {statement}", values).fetchall()
    nodes = list(every_node(told[0]["Plan"]))
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
    keys = [node["Index Cond"] for node in nodes if "Index Cond" in node]
    assert keys
    assert all("tenant" in key and " AND " in key for key in keys), keys
    assert name not in BY_AGE or not any("Sort" in node["Node Type"] for node in nodes)


def every_node(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from every_node(inner)
