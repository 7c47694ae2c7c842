"""The API as a page: rendered here from OpenAPI, with no script and nothing from outside."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import Blueprint, Response, json, redirect, render_template

from service.web.access import public
from service.web.documented import Described

_METHODS = ("get", "post", "put", "patch", "delete")


def blueprint(rooms: Sequence[Described]) -> Blueprint:
    """The document of these rooms, its page, and the root that leads to it."""
    blp = Blueprint("docs", __name__)

    @cache
    def document() -> dict[str, Any]:
        from service.web.openapi import describe  # with its libraries, not at the start

        return describe(rooms)

    @blp.get("/openapi.json")
    @public
    def openapi() -> Response:
        return Response(
            json.dumps(document(), indent=2, sort_keys=False), mimetype="application/json"
        )

    @blp.get("/docs")
    @public
    def docs() -> Response:
        spec = document()
        page = render_template("docs.html", spec=spec, operations=_operations(spec))
        csp = (
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )
        return Response(page, headers={"Content-Security-Policy": csp})

    @blp.get("/")
    @public
    def root() -> Any:
        return redirect("/docs")

    return blp


def _operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
