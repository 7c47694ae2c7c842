"""The service as a browser has it: in this process, on a free port, by the clock of today."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from service.app import build_web
from service.usecases.ports import PATIENT, Launch
from service.web.parts import Parts
from tests.conftest import Web, browser_of

TABLES = ("plan", "plan_history", "visit", "outbox", "draft", "idempotency_key", "inbox")


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Addresses hold what tests send; none of it is to stand in an output."""


@dataclass
class Site:
    """A running service. `client` speaks to the same application without a line between."""

    web: Web
    url: str
    parts: Parts
    client: FlaskClient

    def link(self, patient: str = "p1", role: str = "clinician", **more: Any) -> str:
        """What opens a physiotherapist's pages of a patient, or a patient's own."""
        now = datetime.now(UTC)
        told = {
            "tenant": "demo",
            "name": "fys1",
            "practitioner": "" if role == PATIENT else "Practitioner/fys1",
            "patient": f"Patient/{patient}",
            "encounter": "" if role == PATIENT else "Encounter/e1",
            "expires": now + timedelta(hours=8),
            "role": role,
        }
        code = self.parts.launches.start(Launch(**(told | more)), now)
        return f"/portal/enter?code={code}" if role == PATIENT else f"/clinician/launch?code={code}"

    @property
    def stored(self) -> dict[str, int]:
        """How many rows there are of everything that is told."""
        return {table: self.web.rows(table) for table in TABLES}


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve an application on loopback; its address."""
    running = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@contextmanager
def served(web: Web, **more: Any) -> Iterator[Site]:
    """Serve the application of these parts."""
    parts = replace(web.parts, **{"clock": lambda: datetime.now(UTC)} | more)
    app = build_web(parts)
    with serving(app) as url:
        yield Site(web, url, parts, browser_of(app))
