"""The databases that the bench measures on: a file of SQLite, or a PostgreSQL of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import Cluster, program, running_postgres

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Databases:
    """Where the servers of a run have their data; without a cluster in files of SQLite."""

    cluster: Cluster | None = None

    def make(self, name: str) -> str:
        """Make the database of a server; its URL, or "" for a file in the server's folder."""
        return self.cluster.make(name) if self.cluster else ""

    def settle(self, url: str) -> None:
        """Let what was filled in come to rest, so that nobody measures the rest of the filling."""
        if not url:
            return
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Yield the databases of this kind.

    Raises:
        SystemExit: PostgreSQL is not installed.
    """
    if kind == "sqlite":
        yield Databases()
        return
    if not program("initdb"):
        raise SystemExit("there is no PostgreSQL (initdb); Debian: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its server is another user's
        with running_postgres(folder / "cluster") as cluster:
            yield Databases(cluster)
