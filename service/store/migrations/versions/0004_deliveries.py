"""Leases and tries of what waits for the record, and what became of each revision.

What is done moves from `outbox` to `delivery`, so that the queue stays as small as what
waits, and adding to it writes one row and no index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("due", "until", "tries", "lost", "uncertain"):
        op.add_column("outbox", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("reason", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "delivery",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queued", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    # People ask for what is parked; it is rare, so the index is small.
    parked = sa.text("state = 'parked'")
    op.create_index(
        "parked_delivery",
        "delivery",
        ["tenant", "plan_id", "revision"],
        sqlite_where=parked,
        postgresql_where=parked,
    )
