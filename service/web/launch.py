"""Into the pages: a launch becomes a cookie, and the cookie is all that a browser holds.

The demo's link stands in for a record's launch; SMART App Launch will start the same
launches. What a page may show hangs on the launch, never on the address.
"""

import hmac
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, redirect, request

from service.domain.errors import NotAllowed, NotAuthenticated, NotFound
from service.usecases.ports import Caller, Launch
from service.web.access import launched, public
from service.web.parts import Parts

COOKIE = "education_plan_launch"


def blueprint(parts: Parts) -> Blueprint:
    """The way in, and the way out."""
    blp = Blueprint("launch", __name__, url_prefix="/clinician")

    @blp.get("/launch")
    @public
    def launch() -> Any:
        if not parts.is_demo:
            raise NotFound("there is nothing at this address")
        opened = parts.launches.find(request.args.get("code", ""), parts.clock())
        if opened is None:
            raise NotAuthenticated("this link is not known, or has expired")
        return enter(parts, opened)

    @blp.post("/leave")
    @launched
    def leave() -> Any:
        parts.launches.end(g.launch)
        answer = redirect("/clinician/left", 303)
        answer.delete_cookie(COOKIE, path="/clinician")
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    return blp


def enter(parts: Parts, opened: Launch) -> Response:
    """Start the launch and send the browser to its patient's plans."""
    answer: Response = redirect("/clinician/plans", 303)  # type: ignore[assignment]
    answer.set_cookie(
        COOKIE,
        parts.launches.start(opened, parts.clock()),
        expires=opened.expires,
        path="/clinician",
        httponly=True,
        samesite="Lax",
        secure=urlsplit(parts.service_url).scheme == "https",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True, slots=True)
class Opened(Launch):
    """The launch of a request; `csrf` belongs into every form of its pages."""

    csrf: str = ""


def open_page(parts: Parts) -> tuple[Caller, Opened]:
    """Return who the cookie of this request speaks for.

    Raises:
        NotAuthenticated: there is no launch, or it has expired.
        NotAllowed: a form was sent without the token of its page.
    """
    found = parts.launches.find(request.cookies.get(COOKIE, ""), parts.clock())
    if found is None:
        raise NotAuthenticated(
            "this page is not open any more", how_to_fix="Open it from the record again."
        )
    csrf = hmac.new(parts.secret, f"csrf {found.id}".encode(), "sha256").hexdigest()
    if request.method == "POST":
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), csrf.encode()):
            raise NotAllowed(
                "the form was not sent from a page of this launch",
                how_to_fix="Open the page again and send the form from there.",
            )
    caller = Caller(
        tenant=found.tenant,
        role="clinician",
        name=found.name,
        patient=found.patient,
        practitioner=found.practitioner,
        also=found.participants,
    )
    return caller, Opened(**{f.name: getattr(found, f.name) for f in fields(Launch)}, csrf=csrf)
