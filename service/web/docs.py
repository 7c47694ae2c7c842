"""The API as a page: rendered here from OpenAPI, with no script and nothing from outside."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template
from flask_smorest import Api

from service.web.access import public

_METHODS = ("get", "post", "put", "patch", "delete")


def blueprint(api: Api) -> Blueprint:
    """The page, and the root that leads to it."""
    blp = Blueprint("docs", __name__)

    @blp.get("/docs")
    @public
    def docs() -> Response:
        spec = api.spec.to_dict()
        page = render_template("docs.html", spec=spec, operations=_operations(spec))
        csp = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
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
