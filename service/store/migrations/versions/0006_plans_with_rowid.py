"""Give the table of plans SQLite's rowid back.

A table without one keeps its rows in the inner pages of its tree as well. Those of a plan
are large: four to a page, so the tree branched in four, a look-up among a million plans
went through ten pages, and every fourth new plan moved whole pages about. SQLite advises
against it for rows over a twentieth of a page (https://sqlite.org/withoutrowid.html, 4).
The other tables have small rows, or few.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STAT = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
# As in 0002; the primary key is an index of its own now.
_FIGURES = {
    "sqlite_autoindex_plan_1": "1000000 100000 1",
    "one_open_course": "1000000 100000 2 2 1",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL keeps rows beside its keys
    op.create_table(
        "plan_anew",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("patient", sa.Text, nullable=False),
        sa.Column("pack", sa.Text, nullable=False),
        sa.Column("closed", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("stencil", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("bundle", sa.LargeBinary, nullable=False),
    )
    op.execute("INSERT INTO plan_anew SELECT * FROM plan ORDER BY tenant, id")
    op.drop_table("plan")  # its index and figures go with it
    op.rename_table("plan_anew", "plan")
    op.create_index("one_open_course", "plan", ["tenant", "patient", "pack", "closed"], unique=True)
    for index, stat in _FIGURES.items():
        op.get_bind().execute(sa.insert(_STAT).values(tbl="plan", idx=index, stat=stat))
