"""A real PostgreSQL on loopback, for the tests: its own cluster, a database for each test."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from service.store.migrate import migrate
from tests.live import free_port

_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
"""


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, "" when it is not installed."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(newest[-1]) if newest else "")


class Cluster:
    """One server, or the standby of another. It can be stopped, killed and started again."""

    def __init__(self, folder: Path, of: "Cluster | None" = None) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self._log = folder / "log"
        folder.mkdir(parents=True, exist_ok=True)
        self._as = []
        if os.geteuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as = ["runuser", "-u", "postgres", "--"]
        if of:
            source = ("-h", "127.0.0.1", "-p", str(of.port), "-U", "postgres")
            self._run("pg_basebackup", *source, "-D", str(self.data), "-R", "-c", "fast")
        else:
            self._make()
        own = f"{_CONFIG}port = {self.port}\n"
        subprocess.run(
            [*self._as, "tee", "-a", str(self.data / "postgresql.conf")],
            input=own,
            text=True,
            capture_output=True,
            check=True,
        )

    def _make(self) -> None:
        # Sorted as in Denmark, as on many a server: nothing may hang on how a server sorts.
        sorted_there = ("-E", "UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=da-DK")
        words = ("-D", str(self.data), "-U", "postgres", "-A", "trust", "-N", *sorted_there)
        self._run("initdb", *words)

    def start(self) -> None:
        self._run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self._log))

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is a crash, after which it recovers from its log."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self.data), "-m", mode)

    def promote(self) -> None:
        """Let a standby take over."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self.data))

    def set(self, name: str, value: str) -> None:
        """Change a setting of the running server."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")
            shown = ""
            for _ in range(100):
                (shown,) = connection.execute(f"SHOW {name}").fetchone()
                if shown == value.strip("'"):
                    return
                time.sleep(0.05)
        raise AssertionError(f"{name} is still {shown}")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def make(self, name: str, template: str = "template1") -> str:
        """A new database; its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _run(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [*self._as, program(name), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}{done.stdout}"


@contextmanager
def running_postgres(folder: Path) -> Iterator[Cluster]:
    """Start a server with a migrated database `migrated`, to be copied, and stop it at the end."""
    cluster = Cluster(folder)
    cluster.start()
    try:
        migrate(cluster.make("migrated"))
        yield cluster
    finally:
        cluster.stop("immediate")
