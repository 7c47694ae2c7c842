"""Whether a running service may use its database, and if not, why, for the operator."""

from pathlib import Path

from service.domain.errors import StoreBusy
from service.store.engine import Connection, Engine
from service.store.migrate import HEAD, reached
from service.store.opening import Where

_REACHED = "SELECT version_num FROM alembic_version"
_SETTING = "SELECT current_setting(?)"
# Without these a 2xx could be answered for what a power cut takes back.
_SAFE = {
    "fsync": "the server does not sync to its disk",
    "full_page_writes": "the server's pages may be torn by a power cut",
}
_MIGRATE = "not at this release's schema; run `education-plan migrate`"


def why_unfit(where: Where, engine: Engine) -> str:
    """What is wrong with the database, "" when it may be used."""
    if isinstance(where, Path):
        return "" if reached(where) == HEAD else _MIGRATE
    try:
        with engine.reading() as connection:
            return unsafe(connection) or _of_server(connection)
    except StoreBusy as busy:
        return busy.detail


def unsafe(connection: Connection) -> str:
    """Which setting of a PostgreSQL server breaks the promise, "" for none."""
    for name, what in _SAFE.items():
        (value,) = connection.execute(_SETTING, (name,)).fetchone()
        if value != "on":
            return f"{what}: set {name} = on"
    return ""


def _of_server(connection: Connection) -> str:
    row = connection.execute(_REACHED).fetchone()
    return "" if row and row[0] == HEAD else _MIGRATE
