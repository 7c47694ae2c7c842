"""Is the process alive, can it do its work, and how much of it. No detail but to a watcher."""

from typing import Any

from flask import Response, g, request

from service.domain.errors import NotAllowed, NotAuthenticated
from service.web.access import monitored, public, token_of, watcher
from service.web.documented import Described, answers
from service.web.parts import Parts
from service.web.present import json_response

_STATUS: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
_METRICS: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("health", __name__, description="Operations")

    @blp.route("/health/live", methods=["GET"])
    @blp.doc(operationId="live", security=[], **answers(_200=("The process answers", _STATUS)))
    @public
    def live() -> Response:
        """Tell that the process is alive."""
        return json_response({"status": "ok"})

    @blp.route("/health/ready", methods=["GET"])
    @blp.doc(
        operationId="ready",
        security=[],
        **answers(
            _200=("It can work", _STATUS),
            _503=("It cannot; with a monitor's token also what is missing", _STATUS),
        ),
    )
    @public
    def ready() -> Response:
        """Tell whether database and content are as they must be; to a monitor, what is not."""
        missing = parts.not_ready()
        told = missing if _is_watched(parts) else {}
        response = json_response({"status": "not-ready" if missing else "ok"} | told)
        response.status_code = 503 if missing else 200
        return response

    @blp.route("/metrics", methods=["GET"])
    @blp.doc(operationId="metrics", **answers(_200=("Prometheus' text format", _METRICS)))
    @monitored
    def metrics() -> Response:
        """Tell how much is asked, how fast it is answered, and what waits for the records."""
        answer = Response(parts.metrics(g.caller), mimetype="text/plain; version=0.0.4")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blp


def _is_watched(parts: Parts) -> bool:
    """Whether who asks may know more. Anybody may ask, so a bad token is no error here."""
    try:
        watcher(parts.verify(token_of(request.environ)))
    except (NotAuthenticated, NotAllowed):
        return False
    return True
