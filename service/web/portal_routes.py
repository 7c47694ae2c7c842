"""The routes of the patient's pages under /portal.

Their views, with the templates' languages, are loaded at the first page, as the
physiotherapist's are.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, current_app

from service.web.access import own, public
from service.web.parts import Parts

# Address, view, method. Every view is of `portal.Views`.
ROUTES = (
    ("", "home", "GET"),
    ("/handouts/<name>", "handout", "GET"),
    ("/handouts/<name>/open", "open", "POST"),
    ("/handouts/<name>/read", "read", "POST"),
    ("/handouts/<name>/normal.pdf", "pdf", "GET"),
    ("/handouts/<name>/large.pdf", "large_pdf", "GET"),
    ("/goals", "follow_goal", "POST"),
    ("/questions", "ask", "POST"),
    ("/questions/remove", "take_back", "POST"),
    ("/log", "log", "GET"),
    ("/data", "data", "GET"),
    ("/data/record.json", "bundle", "GET"),
    ("/data/record.pdf", "data_pdf", "GET"),
    ("/summary", "summary", "GET"),
    ("/summary.pdf", "summary_pdf", "GET"),
    ("/language", "language", "POST"),
    ("/leave", "leave", "POST"),
    ("/left", "left", "GET"),
)
_WITHOUT_LOGIN = {"left"}


def blueprint(parts: Parts) -> Blueprint:
    """The pages with their parts; all but the last open with a login only."""
    blp = Blueprint("portal", __name__, url_prefix="/portal")

    @cache
    def views() -> Any:
        from service.web.languages import register
        from service.web.portal import Views

        register(current_app)
        return Views(parts)

    def view(name: str) -> Callable[..., Any]:
        def answer(**arguments: Any) -> Any:
            return getattr(views(), name)(**arguments)

        return public(answer) if name in _WITHOUT_LOGIN else own(answer)

    for address, name, method in ROUTES:
        blp.add_url_rule(address, name, view(name), methods=[method])
    return blp
