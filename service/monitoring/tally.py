"""Counts requests over all workers of a service; knows no web framework and no patient.

Prometheus' own client, in its form for several processes: each worker writes a file of its
own, and whichever is asked adds them up. It is loaded by `begin`, which a gunicorn worker
calls when it has started, so that a command, a test or a start does not pay for it.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# Seconds; p99 of what is promised lies among the first, the last is where callers give up.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
NAME = "education_plan.tally"  # under which an application has its tally
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where its client writes the files of several processes


class Tally:
    """Requests by method, route template and status; errors by code. All of them closed sets."""

    def __init__(self) -> None:
        self._seconds: Any = None
        self._errors: Any = None
        self._folder: Path | None = None
        self._known: dict[tuple[str, str, int], Any] = {}

    def begin(self, folder: Path, slot: int) -> None:
        """Count from now on, in the file of this slot, and add to what stands there.

        No two processes that run at once may have the same slot; a worker that takes the
        place of another takes its slot, so that there are as many files as workers.
        """
        os.environ[_FOLDER] = str(folder)
        from prometheus_client import CollectorRegistry, Counter, Histogram, values

        values.ValueClass = values.MultiProcessValue(lambda: slot)
        own = CollectorRegistry(auto_describe=False)
        labels = ("method", "route", "status")
        name, told = "education_plan_request_seconds", "Time to the answer, by route template."
        self._seconds = Histogram(name, told, labels, buckets=BUCKETS, registry=own)
        name, told = "education_plan_errors", "Errors that were answered, by code."
        self._errors = Counter(name, told, ("code",), registry=own)
        self._known.clear()
        self._folder = folder

    def request(self, line: Mapping[str, Any]) -> None:
        """Count a request by its line of the log; nothing before `begin`."""
        if self._seconds is None:
            return
        key = (line["method"] or "other", line["route"] or "none", line["status"])
        child = self._known.get(key)
        if child is None:
            child = self._known[key] = self._seconds.labels(*key)
        child.observe(line["ms"] / 1000)
        if code := line.get("code"):
            self._errors.labels(code).inc()

    def text(self, families: Iterable[Any] = ()) -> bytes:
        """Return what all workers counted, and these families, as Prometheus reads it."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry(auto_describe=False)
        if self._folder is not None:
            MultiProcessCollector(registry, str(self._folder))
        registry.register(_Fixed(tuple(families)))
        found: bytes = generate_latest(registry)
        return found


class _Fixed:
    """What was measured at the moment of asking."""

    def __init__(self, families: tuple[Any, ...]) -> None:
        self._families = families

    def collect(self) -> tuple[Any, ...]:
        return self._families
