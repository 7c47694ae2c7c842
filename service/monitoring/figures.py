"""What is measured when /metrics is asked: queues, signs of life, whether it is ready.

Labels are clinics and names of ours; nothing of a patient has a way in.
"""

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.domain.errors import StoreBusy
from service.domain.values import dataclass
from service.monitoring.heartbeat import ALIVE, beats
from service.usecases.delivering import Backlog
from service.usecases.watch_queues import Waiting

LAST_BACKUP = "last-backup"  # below EDUPLAN_VAR_DIR; its time is that of the newest backup


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is asked for at the moment of asking."""

    version: str
    schema: str
    var_dir: Path
    not_ready: Callable[[], Mapping[str, str]]
    clock: Callable[[], float] = time.time

    def families(self, waiting: Callable[[], Mapping[str, Waiting]]) -> Iterator[Any]:
        """Yield what stands now; the queues only when the database can be read."""
        yield self._build()
        yield _gauge("ready", "1 when database and content are as they must be.", not self._lacks())
        try:
            found = waiting()
        except StoreBusy:
            found = None
        yield _gauge("store_up", "1 when the database could be read.", found is not None)
        yield from self._queues(found or {})
        yield from self._workers()
        yield from self._backup()

    def _build(self) -> Any:
        told = {"version": self.version, "schema": self.schema, "python": platform.python_version()}
        return _labelled("build_info", "What runs here.", tuple(told), {tuple(told.values()): 1.0})

    def _lacks(self) -> bool:
        try:
            return bool(self.not_ready())
        except StoreBusy:
            return True

    def _queues(self, found: Mapping[str, Waiting]) -> Iterator[Any]:
        outgoing = {name: each.outgoing for name, each in found.items()}
        incoming = {name: each.incoming for name, each in found.items()}
        yield from self._queue("outbox", "Revisions of plans on their way to the record", outgoing)
        yield from self._queue("inbox", "Encounters that the record told of", incoming)

    def _queue(self, queue: str, what: str, found: Mapping[str, Backlog]) -> Iterator[Any]:
        now = datetime.fromtimestamp(self.clock(), UTC)
        ages = {
            name: (now - each.oldest).total_seconds() if each.oldest else 0.0
            for name, each in found.items()
        }
        waiting = {name: each.waiting for name, each in found.items()}
        parked = {name: each.parked for name, each in found.items()}
        yield _of_clinics(f"{queue}_waiting", f"{what}: how many wait.", waiting)
        yield _of_clinics(f"{queue}_oldest_seconds", f"{what}: how long the oldest waits.", ages)
        yield _of_clinics(f"{queue}_parked", f"{what}: how many wait for a person.", parked)

    def _workers(self) -> Iterator[Any]:
        """Of the workers that share this EDUPLAN_VAR_DIR; others are on other machines."""
        found, now = beats(self.var_dir), self.clock()
        living = sum(now - each <= ALIVE for each in found)
        yield _gauge("workers", "Delivery workers that gave a sign within a minute.", living)
        if found:
            told = "When a delivery worker last gave a sign."
            yield _gauge("worker_last_beat_timestamp_seconds", told, found[0])

    def _backup(self) -> Iterator[Any]:
        try:
            at = (self.var_dir / LAST_BACKUP).stat().st_mtime
        except OSError:
            return
        yield _gauge("last_backup_timestamp_seconds", "When the newest backup was taken.", at)


def _gauge(name: str, told: str, value: float) -> Any:
    return _labelled(name, told, (), {(): float(value)})


def _of_clinics(name: str, told: str, values: Mapping[str, float]) -> Any:
    return _labelled(name, told, ("tenant",), {(key,): float(v) for key, v in values.items()})


def _labelled(
    name: str, told: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> Any:
    from prometheus_client.metrics_core import GaugeMetricFamily

    family = GaugeMetricFamily(f"education_plan_{name}", told, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
