"""Listeners where nothing may come, and what a watched process tells of its own calls."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.doors.watched_service import OUT, where
from tests.live import SERVE, Live, live_service

# In place of `python -m service`: the same, watched (watched_service.py).
WATCHED = [sys.executable, "-m", "tests.doors.watched_service"]
_WHERE = ("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "::1")


@dataclass
class Canaries:
    """Sockets that listen. `heard` is what was sent to each that was connected to."""

    heard: list[tuple[str, int, bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    _open: bool = True

    def listen(self, host: str, stack: ExitStack) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        try:
            server.bind((host, 0))
        except OSError:
            return  # this machine has no such address, so nothing leads there
        server.listen(64)
        server.settimeout(0.2)
        self.ports.append(server.getsockname()[1])
        thread = threading.Thread(target=self._hear, args=(host, server), daemon=True)
        thread.start()
        stack.callback(thread.join, 5)

    def close(self) -> None:
        self._open = False

    def _hear(self, host: str, server: socket.socket) -> None:
        while self._open:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(0.2)
                    said = b""
                    with suppress(OSError):
                        said = connection.recv(65_536)
                    self.heard.append((host, server.getsockname()[1], said))


@contextmanager
def canaries() -> Iterator[Canaries]:
    """Listen on several ports of loopback, also of IPv6 where there is one."""
    found = Canaries()
    with ExitStack() as stack:
        for host in _WHERE:
            found.listen(host, stack)
        stack.callback(found.close)
        yield found


@dataclass
class Calls:
    """What watched processes asked of the network since the last look."""

    path: Path
    _read: int = 0

    def new(self) -> list[list[str]]:
        """Each call once: what was done, and where to."""
        with self.path.open() as file:
            file.seek(self._read)
            lines = file.readlines()
            self._read = file.tell()
        return [list(each) for each in dict.fromkeys(tuple(json.loads(line)) for line in lines)]

    def elsewhere(self, *allowed: str) -> list[list[str]]:
        """Those that did not go to one of these (`host:port`)."""
        return [call for call in self.new() if call[-1] not in allowed]


@contextmanager
def watched_service(folder: Path, **settings: str) -> Iterator[tuple[Live, Calls]]:
    """The real service, each of whose calls to the network is kept."""
    path = folder / "calls"
    path.touch()
    words = (*WATCHED, str(path), *SERVE[3:])
    with live_service(folder / "var", words, **settings) as live:
        calls = Calls(path)
        calls.new()  # what a start needs: it binds its own address
        yield live, calls


_watching: list[list[tuple[str, str]]] = []
_hooked: list[bool] = []


@contextmanager
def own_calls() -> Iterator[list[tuple[str, str]]]:
    """What this process asks of the network meanwhile: what was done, and where to."""
    if not _hooked:
        sys.addaudithook(_note)  # which can never be taken away again
        _hooked.append(True)
    found: list[tuple[str, str]] = []
    _watching.append(found)
    try:
        yield found
    finally:
        _watching.remove(found)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in OUT:
        for found in _watching:
            found.append((event, where(event, arguments)))
