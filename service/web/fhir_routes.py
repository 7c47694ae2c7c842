"""The routes of the FHIR façade under /fhir, and what each needs.

Their views are loaded at the first request: a worker that only makes plans needs none of
it, and the first plan after a start does not wait for it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, Response

from service.web.access import needs, public
from service.web.parts import Parts

_POST, _GET, _BOTH = ("POST",), ("GET",), ("GET", "POST")
_ONE = "/<resource_type>/<resource_id>"

# Rule, methods, view, scope ("" is public).
ROUTES = (
    ("/metadata", _GET, "metadata", ""),
    ("/<resource_type>", _GET, "search", "*/{resource_type}.s"),
    ("/<resource_type>/_search", _POST, "search", "*/{resource_type}.s"),
    (_ONE, _GET, "read", "*/{resource_type}.r"),
    (f"{_ONE}/_history", _GET, "history", "*/{resource_type}.r"),
    (f"{_ONE}/_history/<version>", _GET, "vread", "*/{resource_type}.r"),
    ("/<resource_type>/$apply", _BOTH, "apply", "*/{resource_type}.r"),
    (f"{_ONE}/$apply", _BOTH, "apply", "*/{resource_type}.r"),
    ("/<resource_type>/$validate", _POST, "validate", "*/{resource_type}.r"),
    ("/$propose", _POST, "propose", "*/CarePlan.r"),
)


def blueprint(parts: Parts) -> Blueprint:
    """The routes with their parts."""
    blp = Blueprint("fhir", __name__, url_prefix="/fhir")

    @cache
    def views() -> Any:
        from service.web.fhir_api import Views

        return Views(parts)

    def view(name: str, scope: str) -> Callable[..., Response]:
        def answer(**arguments: str) -> Response:
            response: Response = getattr(views(), name)(**arguments)
            return response

        return needs(scope)(answer) if scope else public(answer)

    shared = {(name, scope): view(name, scope) for _, _, name, scope in ROUTES}
    for rule, methods, name, scope in ROUTES:
        blp.add_url_rule(rule, name, shared[name, scope], methods=methods)
    return blp
