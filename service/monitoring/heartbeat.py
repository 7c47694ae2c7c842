"""A worker's sign of life: a file whose time is the last beat, and a word to systemd.

A worker has no address that could be asked. Whoever runs it looks at the file: the service
for its metrics, `education-plan check-worker` for a container's health check.
"""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from service.domain.values import dataclass

FOLDER = "workers"  # below EDUPLAN_VAR_DIR
EVERY = 5.0  # seconds between beats that are written
ALIVE = 60.0  # seconds; a worker that has not beaten for longer hangs or is gone
_FORGOTTEN = 86_400.0  # seconds; files of workers that were killed are swept away after a day


@dataclass(slots=True)
class Heartbeat:
    """The beats of one worker, below `var_dir`."""

    var_dir: Path
    clock: Callable[[], float] = time.time
    _last: float = 0.0
    _file: Path = field(init=False)

    def __post_init__(self) -> None:
        self._file = self.var_dir / FOLDER / f"{socket.gethostname()}-{os.getpid()}"

    def beat(self) -> None:
        """Leave a sign; as often as one likes. A disk that cannot be written stops no work."""
        now = self.clock()
        if now - self._last < EVERY:
            return
        with suppress(OSError):
            if not self._last:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                _sweep(self._file.parent, now)
            self._file.touch()
            os.utime(self._file, (now, now))
        _tell_systemd("READY=1" if not self._last else "WATCHDOG=1")
        self._last = now

    def end(self) -> None:
        """The worker stops in good order: nobody need miss it."""
        with suppress(OSError):
            self._file.unlink()


def beats(var_dir: Path, *, here: bool = False) -> list[float]:
    """When each worker of this folder last gave a sign, in seconds since 1970, newest first.

    Containers and machines may share the folder; `here` are those of this one.
    """
    found = []
    with suppress(OSError):
        for file in (var_dir / FOLDER).glob(f"{socket.gethostname()}-*" if here else "*"):
            with suppress(OSError):  # it ended meanwhile
                found.append(file.stat().st_mtime)
    return sorted(found, reverse=True)


def _sweep(folder: Path, now: float) -> None:
    for file in folder.iterdir():
        with suppress(OSError):
            if now - file.stat().st_mtime > _FORGOTTEN:
                file.unlink()


def _tell_systemd(state: str) -> None:
    if "NOTIFY_SOCKET" in os.environ:
        import logging

        from gunicorn.systemd import sd_notify  # knows the protocol, and is there anyway

        sd_notify(state, logging.getLogger(__name__))
