"""Alembic's door: runs the versions on the connection that migrate.py hands over."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.compiler import compiles


@compiles(sa.Text, "postgresql")
def in_byte_order(*_: Any, **__: Any) -> str:
    """Ids are compared with < and >: as SQLite does it, not by the language of the server."""
    return 'TEXT COLLATE "C"'


context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
