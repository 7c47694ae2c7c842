"""The routes of the patient's pages under /portal.

Their views, with the templates' languages, are loaded at the first page, as the
physiotherapist's are.
"""

from typing import Any

from flask import Blueprint

from service.web.access import own
from service.web.late_pages import late_pages
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


def blueprint(parts: Parts) -> Blueprint:
    """The pages with their parts; all but the last open with a login only."""

    def load() -> Any:
        from service.web.portal import Views

        return Views(parts)

    return late_pages("portal", ROUTES, own, load)
