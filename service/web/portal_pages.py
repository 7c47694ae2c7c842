"""What every page of a patient is shown with: its language, its words, its headers.

Titles are neutral: whoever looks over a shoulder, or into a history, learns of no diagnosis.
"""

from pathlib import Path
from typing import Any

from flask import Response, current_app, g, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from service.domain.errors import ServiceError
from service.domain.goal import Progress
from service.web.languages import LANGUAGES, day, moment, register, spoken
from service.web.pages import PORTAL_FRAMES, ancestors

_CSP = (
    "default-src 'none'; style-src 'self'{style}; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def page(name: str, status: int = 200, *, style: str = "", **more: Any) -> Response:
    """Return a page; `style` is the source of one more style that its policy allows."""
    shown = rendered(name, **more)
    policy = _CSP.format(style=f" {style}" if style else "", ancestors=ancestors(PORTAL_FRAMES))
    return Response(shown, status, HEADERS | {"Content-Security-Policy": policy})


def rendered(name: str, **more: Any) -> str:
    """Return the HTML of a page in the language that is spoken."""
    g.language = spoken()
    return render_template(
        f"portal/{name}.html",
        languages=LANGUAGES,
        day=day,
        moment=moment,
        progress_words=progress_words(),
        **more,
    )


def attached(content: bytes, kind: str, name: str) -> Response:
    """Return a file to be kept; its name tells nothing."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, HEADERS | headers, content_type=kind)


def go(endpoint: str, **values: Any) -> Any:
    """Send the browser on with GET, so that going back sends nothing twice."""
    answer = redirect(url_for(endpoint, **values), 303)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def problem_page(error: ServiceError, status: int) -> Response:
    """Return an error as a page in plain words; what is another's looks like what is missing."""
    register(current_app)
    told = {
        401: (_("You are not logged in"), _("Log in again to see your pages.")),
        403: (
            _("That did not come from your page"),
            _("Go back, open the page again, and try once more."),
        ),
        404: (_("There is no such page"), _("Go to the front page to see what you have.")),
        410: (
            _("This text was taken back"),
            _("Your clinic does not use it any more. Ask for the one that takes its place."),
        ),
        409: (_("That is not possible any more"), _("Go to the front page to see how it is now.")),
        503: (_("The service is busy for a moment"), _("Try again in a moment.")),
    }
    usual = (_("That did not work"), _("Go back and try again."))
    title, text = told.get(status, usual)
    shown = page("message", status, title=title, text=text)
    shown.headers["X-Error-Code"] = error.code
    return shown


def progress_words() -> dict[str, str]:
    """How it goes with a goal, in a patient's words; none of them is a fault."""
    return {
        Progress.IMPROVING.value: _("Well"),
        Progress.IN_PROGRESS.value: _("Partly"),
        Progress.NO_CHANGE.value: _("Not yet"),
    }


def paper_css() -> Markup:
    """The style of what is printed, to stand inside it."""
    folder = current_app.static_folder
    assert folder is not None  # noqa: S101  # build_web names it
    return Markup((Path(folder) / "paper.css").read_text(encoding="utf-8"))  # noqa: S704
