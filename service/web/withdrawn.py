"""What a patient sees in the place of a handout that was withdrawn: a plain page, status 410."""

from flask import Flask, Response, g, render_template
from flask_babel import gettext as _

from service.domain.errors import Withdrawn
from service.fhir.handout import form_path
from service.usecases.find_handout import Successor
from service.web.languages import LANGUAGES, register, spoken

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def withdrawn_page(app: Flask, error: Withdrawn) -> Response:
    """Return the page, in the language of the handout; the reason is for clinicians only."""
    register(app)
    language = error.language.partition("-")[0]
    g.language = language if language in LANGUAGES else spoken()
    shown = render_template(
        "withdrawn.html",
        title=_("This leaflet is not used any more"),
        text=_("The clinic has taken it back, so please do not go by it."),
        successor=_address(error.successor),
        instead=_("Read this one instead:"),
        ask=_("Ask your physiotherapist if you are in doubt."),
    )
    answer = Response(shown, 410, _HEADERS)
    answer.headers["X-Error-Code"] = error.code
    return answer


def _address(successor: object) -> dict[str, str] | None:
    if not isinstance(successor, Successor):
        return None
    found = successor
    path = form_path(found.pack, found.handout, found.edition, found.language, found.sha256)
    return {"title": found.title, "path": path}
