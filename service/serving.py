"""Gunicorn, set up for this service: threads, small workers, a polite end."""

from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # gunicorn's heartbeat must not wait for a disk


class _Server(BaseApplication):
    def __init__(self, options: dict[str, Any], app: Any) -> None:
        self._options = options
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


def run(app: Any, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the application until stopped. Slow clients are the proxy's job (deploy/nginx.conf)."""
    options: dict[str, Any] = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": threads,
        "preload_app": True,
        "graceful_timeout": 30,
        "keepalive": 15,
        "max_requests": 50_000,
        "max_requests_jitter": 5_000,
        "control_socket_disable": True,
        "limit_request_line": 4094,
    }
    if _SHARED_MEMORY.is_dir():
        options["worker_tmp_dir"] = str(_SHARED_MEMORY)
    _Server(options, app).run()
