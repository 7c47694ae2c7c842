"""Around every request: a trace id, the headers each answer has, a line in the log, a count.

WSGI, not Flask's hooks: it also covers what Flask answers by itself, at a fifth of the
cost per request.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from service.randomness import drawn

NOSNIFF = ("X-Content-Type-Options", "nosniff")
CSP = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
# What is shown as a page; the others say nothing to a browser that is told not to sniff. No page
# of another origin may load it as a part of itself (Fetch, Cross-Origin-Resource-Policy).
FOR_PAGES = (
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    CSP,
)
DATA = ("application/fhir+json", "application/json", "application/problem+json")

# Members of the WSGI environ that the rooms write and the log line reads.
TRACE_ID = "education_plan.trace_id"
ROUTE = "education_plan.route"
TENANT = "education_plan.tenant"
CODE = "education_plan.code"

# A method may be any word, also a person's number: only these are told or logged.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
WriteLine = Callable[[str, dict[str, Any]], None]  # the event, and its fields
Count = Callable[[dict[str, Any]], None]  # the same fields


def accompany(app: Flask, write_line: WriteLine, count: Count) -> None:
    """Put the companion around the application; `write_line` writes to the log."""
    app.wsgi_app = _Companion(app.wsgi_app, write_line, count)  # type: ignore[method-assign]


class _Companion:
    def __init__(self, application: Wsgi, write_line: WriteLine, count: Count) -> None:
        self._application = application
        self._write_line = write_line
        self._count = count

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        trace_id = environ[TRACE_ID] = drawn().hex()
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers += (NOSNIFF, ("X-Trace-Id", trace_id))
            given = dict(headers)
            if given.get("Content-Type") not in DATA:
                headers += (header for header in FOR_PAGES if header[0] not in given)
            line = _line(environ, int(status[:3]), trace_id, began)
            self._write_line("request", line)
            self._count(line)
            return start_response(status, headers, exc_info)

        return self._application(environ, start)


def _line(environ: dict[str, Any], status: int, trace_id: str, began: float) -> dict[str, Any]:
    """Route template, never the address: an address may hold an id of a patient."""
    method = environ["REQUEST_METHOD"]
    line = {
        "route": environ.get(ROUTE, ""),
        "method": method if method in _METHODS else "",
        "status": status,
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "trace_id": trace_id,
    }
    if tenant := environ.get(TENANT):
        line["tenant"] = tenant
    if code := environ.get(CODE):
        line["code"] = code
    return line
