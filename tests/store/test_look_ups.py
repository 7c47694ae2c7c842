"""Nothing is looked for by going through a clinic's rows: SQLite is asked how it would do it."""

import sqlite3
from contextlib import closing

import pytest

from service.store import plans

LOOK_UPS = {
    name: statement
    for name, statement in vars(plans).items()
    if name.startswith("_") and isinstance(statement, str) and "SELECT" in statement
}
# Pages by age: from a place in the key onwards.
BY_AGE = {"_OLDER", "_YOUNGER", "_AUDIT_OLDER", "_AUDIT_YOUNGER"}
FRAGMENTS = {"_PLAN", "_AUDITED", "_KEEP_AS_IT_WAS"}


@pytest.mark.parametrize("name", sorted(LOOK_UPS.keys() - FRAGMENTS))
def test_a_look_up_goes_by_a_key_and_more_of_it_than_the_tenant(database, name):
    statement = LOOK_UPS[name]
    values = [""] * (3 if "?3" in statement else statement.count("?"))
    with closing(sqlite3.connect(database)) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    told = [step[3] for step in steps]
    assert not [step for step in told if step.startswith("SCAN")]
    searches = [step for step in told if step.startswith("SEARCH")]
    assert searches
    assert all("(tenant=? AND" in step for step in searches), told
    assert name not in BY_AGE or not any("TEMP B-TREE" in step for step in told)
