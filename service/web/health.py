"""Is the process alive, and can it do its work. No identity needed, no detail given away."""

from flask import Response
from flask_smorest import Blueprint

from service.web.access import public
from service.web.documented import answers
from service.web.parts import Parts
from service.web.present import json_response

_STATUS = {"application/json": {"schema": {"type": "object"}}}


def blueprint(parts: Parts) -> Blueprint:
    """The routes with their parts."""
    blp = Blueprint("health", __name__, url_prefix="/health", description="Operations")

    @blp.route("/live", methods=["GET"])
    @blp.doc(operationId="live", security=[], **answers(_200=("The process answers", _STATUS)))
    @public
    def live() -> Response:
        """Tell that the process is alive."""
        return json_response({"status": "ok"})

    @blp.route("/ready", methods=["GET"])
    @blp.doc(
        operationId="ready",
        security=[],
        **answers(_200=("It can work", _STATUS), _503=("It cannot, and what is missing", _STATUS)),
    )
    @public
    def ready() -> Response:
        """Tell whether database and content are as they must be."""
        missing = parts.not_ready()
        response = json_response({"status": "not-ready" if missing else "ok"} | missing)
        response.status_code = 503 if missing else 200
        return response

    return blp
