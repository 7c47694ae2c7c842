"""What the records told of and is not followed yet, and how far looks for changes have come.

One row for each encounter, however often it is told of. The encounter "" stands for all that
changed. A row goes when it is followed, so the table stays as small as what waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("encounter", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("heard", sa.BigInteger, nullable=False),
        sa.Column("news", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),  # 0 for not dated
        sa.Column("told_by", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("until", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("tries", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lost", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("due_notice", "inbox", ["tenant", "state", "due"])
    op.create_table(
        "looked",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
