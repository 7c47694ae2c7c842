"""Gunicorn as this service uses it: what is no HTTP, its log, and how `serve` starts it."""

import logging
import uuid
from contextlib import suppress
from typing import Any

import orjson
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker

from service import gunicorn_conf
from service.logs import JsonLines

_REFUSED = {
    LimitRequestLine: (414, "URI Too Long"),
    LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    UnsupportedTransferCoding: (501, "Not Implemented"),
    ExpectationFailed: (417, "Expectation Failed"),
}
log = logging.getLogger(__name__)


class Worker(ThreadWorker):
    """What is no HTTP is refused before the application sees it, and never repeated or logged.

    gunicorn's own answer and log line hold the header or request line that was sent.
    """

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """What was answered is not answered once more when the rest of its body is bent.

        A view that refuses does not read the body; gunicorn does afterwards, to find where the
        next request begins, and would answer what it finds there.
        """
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except ParseException:
            return False  # where the next request begins is not known, so there is none

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        of_client = type(exc).__module__.startswith("gunicorn.http")
        usual = (400, "Bad Request") if of_client else (500, "Internal Server Error")
        status, reason = _REFUSED.get(type(exc), usual)
        code = "malformed-http" if of_client else "unexpected"
        trace_id = uuid.uuid4().hex
        log.log(
            logging.INFO if of_client else logging.ERROR,
            "refused" if of_client else "unexpected",
            exc_info=None if of_client else exc,
            extra={"status": status, "code": code, "trace_id": trace_id},
        )
        body = orjson.dumps(
            {
                "type": "about:blank",
                "title": reason,
                "status": status,
                "code": code,
                "detail": "this is not a request in HTTP/1.1 that is taken here",
                "pointer": "",
                "how_to_fix": "Send it through an ordinary HTTP client.",
                "trace_id": trace_id,
            }
        )
        head = (
            f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
            f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):
            client.sendall(head.encode() + body)


class Log(Logger):
    """gunicorn's log in our form: its templates only, for their values may be what was sent."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Templates())


class Templates(JsonLines):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(logging.makeLogRecord(record.__dict__ | {"args": None}))


class _Server(BaseApplication):
    def __init__(self, options: dict[str, Any], app: Any) -> None:
        self._options = options
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        for name, value in (vars(gunicorn_conf) | self._options).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


def run(app: Any, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the application until stopped. Slow clients are the job of a proxy in front."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Server({"bind": bind, "workers": workers, "threads": threads}, app).run()
