"""Clients that send slowly, hundreds at once, from one thread: a third a head, the others a body.

Whoever takes too long over a head is thrown out by nginx, and comes again at once.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HEAD = b"POST /api/v1/encounters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 900000\r\n\r\n" + b" " * 10
EVERY = 1.0  # seconds between two bytes of a client


@dataclass
class Slow:
    """So many slow clients; who is thrown out comes again. `open` is how many stand now."""

    port: int
    many: int
    tls: bool
    stop: threading.Event = field(default_factory=threading.Event)
    _standing: list[socket.socket] = field(default_factory=list)

    @property
    def open(self) -> int:
        return len(self._standing)

    def run(self) -> None:
        while not self.stop.is_set():
            began = time.monotonic()
            while len(self._standing) < self.many and not self.stop.is_set():
                with suppress(OSError):
                    self._standing.append(self._come(len(self._standing)))
            self._standing = [each for each in self._standing if self._drips(each)]
            self.stop.wait(max(0.0, EVERY - (time.monotonic() - began)))
        for each in self._standing:
            each.close()

    def _come(self, number: int) -> socket.socket:
        plain = socket.create_connection(("localhost", self.port), timeout=10)
        client = _TLS.wrap_socket(plain, server_hostname="localhost") if self.tls else plain
        client.sendall(BODY if number % 3 else HEAD)
        client.setblocking(False)
        return client

    def _drips(self, client: socket.socket) -> bool:
        """Send one byte more; False when the server has closed, or answered."""
        try:
            client.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):  # nothing has come: it stands
            with suppress(OSError):
                client.send(b"x")
                return True
        except OSError:
            pass
        client.close()
        return False


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_TLS = _trusting()


@contextmanager
def slow_clients(port: int, many: int, *, tls: bool) -> Iterator[Slow]:
    """Let them come, and yield when all of them stand."""
    slow = Slow(port, many, tls)
    thread = threading.Thread(target=slow.run)
    thread.start()
    try:
        for _ in range(600):
            if slow.open >= many:
                break
            time.sleep(0.1)
        yield slow
    finally:
        slow.stop.set()
        thread.join(timeout=60)
