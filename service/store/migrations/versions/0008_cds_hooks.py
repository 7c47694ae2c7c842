"""Which tokens of CDS clients were used, and what clinicians answered to cards.

A token is used once, whichever replica it comes to (CDS Hooks 2.0, "jti"). A row goes when the
token has expired. Of an answer nothing of a patient is kept: the card's own id names nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "used_token",
        # In the order in which they expire: what goes lies together, and what comes at the end.
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("expires", sa.BigInteger, primary_key=True),
        sa.Column("client", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card_answer",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("card", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
