"""Log lines as JSON: an event name and ids; never a name, an identifier or free text.

Only the fields below may stand in a line, so patient data has no way in (house rule).
"""

import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

import orjson

FIELDS = (
    *("route", "method", "status", "ms", "trace_id", "tenant"),
    *("code", "answer", "pack", "plan", "place", "seal", "client", "count"),
)
_KNOWN = frozenset(FIELDS)
_log = logging.getLogger("service")
_log.addHandler(logging.NullHandler())  # until a service or worker configures it: commands talk


def write(event: str, fields: dict[str, Any]) -> None:
    """Write one line at once: for what happens at every request, where logging is dear."""
    if _log.isEnabledFor(logging.INFO):
        if not _KNOWN.issuperset(fields):
            fields = {name: fields[name] for name in FIELDS if name in fields}
        line = {"time": _time(time.time()), "level": "info", "event": event, **fields}
        sys.stderr.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode())


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, event, and the allowed fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= {
            name: value for name in FIELDS if (value := getattr(record, name, None)) is not None
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["place"] = _place(record)
        return orjson.dumps(line).decode()


def configure(level: int = logging.INFO) -> None:
    """Send the log of the service to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    # What a line never shows is not looked up either: it costs as much as the line itself.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    _log.handlers[:] = [handler]
    _log.setLevel(level)
    _log.propagate = False


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _place(record: logging.LogRecord) -> str:
    """Where it broke: file and line of each frame. The message may hold what was sent."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-6:])
