"""Seals over the audit trail, the secrets they are made with, and whose data each row is about.

Nothing is added to the table of rows, so that writing one costs what it did. A worker seals
(docs/decisions/0027). A seal holds up to some hundred entries, so its table has a rowid.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.Text, nullable=False),  # the youngest row that is sealed so far
        sa.Column("entries", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_secret",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("patient", sa.Text, primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_of_patient",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("patient", sa.Text, primary_key=True),
        sa.Column("entry", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
