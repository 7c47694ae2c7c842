"""Tell SQLite how selective the keys are.

Every key begins with the tenant (decision 12). Without statistics SQLite takes the first
column of any key for selective, and went through all plans of a clinic to find those of
one patient. `ANALYZE` at a later time replaces these figures by true ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STAT = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
# Rows, then rows for each value of the key's columns so far (SQLite file format, 2.6.3). In
# a table without rowid the primary key goes by the name of the table.
_FIGURES = {
    ("plan", "plan"): "1000000 100000 1",
    ("plan", "one_open_course"): "1000000 100000 2 2 1",
    ("visit", "visit"): "3000000 300000 2 1",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL keeps its own
    op.execute("ANALYZE")  # makes the table of figures
    for (table, index), stat in _FIGURES.items():
        named = {"tbl": table, "idx": index}
        op.get_bind().execute(sa.delete(_STAT).filter_by(**named))
        op.get_bind().execute(sa.insert(_STAT).values(stat=stat, **named))
