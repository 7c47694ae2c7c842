"""Work that is waited for so long and no longer; what has not ended by then ends unheard.

For who cannot wait: a record's user who opens a chart. The work goes on by its own limits, in
threads of which there are few, so that what hangs can only hold up its like.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Told = TypeVar("Told")


class TooLate(Exception):
    """It did not end in time."""


class InTime:
    """Does work in threads of its own, at most `most` at once, and waits `seconds` for each."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._starting = threading.Lock()
        self._process = 0
        self._work: queue.SimpleQueue[_Piece] = queue.SimpleQueue()

    def __call__(self, work: Callable[[], Told]) -> Told:
        """Return what `work` returns, or raise what it raises.

        Raises:
            TooLate: it was not over in time; begun or not, nobody waits for it any more.
        """
        if self._process != os.getpid():
            self._start()
        piece = _Piece(work)
        self._work.put(piece)
        if not piece.over.acquire(timeout=self._seconds):
            piece.is_wanted = False
            raise TooLate
        if piece.fault is not None:
            raise piece.fault
        told: Told = piece.told
        return told

    def _start(self) -> None:
        """Threads do not outlive a fork, so each process begins its own, when it first asks."""
        with self._starting:
            if self._process == os.getpid():
                return
            self._work = queue.SimpleQueue()
            for _ in range(self._most):
                # A process that stops does not wait for what hangs.
                threading.Thread(target=self._go_on, args=(self._work,), daemon=True).start()
            self._process = os.getpid()

    @staticmethod
    def _go_on(waiting: "queue.SimpleQueue[_Piece]") -> None:
        while True:
            waiting.get().do()


class _Piece:
    __slots__ = ("fault", "is_wanted", "over", "told", "work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.over = threading.Lock()
        self.over.acquire()
        self.told: Any = None
        self.fault: BaseException | None = None
        self.is_wanted = True

    def do(self) -> None:
        if not self.is_wanted:
            return
        try:
            self.told = self.work()
        except BaseException as fault:  # noqa: BLE001  # it is raised where it is waited for
            self.fault = fault
        self.over.release()
