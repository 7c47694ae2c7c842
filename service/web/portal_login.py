"""Into a patient's own pages: a login becomes a cookie, and the cookie is all a browser holds.

The demo's link stands in for a login; a SMART standalone launch will call `enter` with the
patient whom the record names. What the pages show hangs on the login, never on the address.
"""

import hmac
from dataclasses import fields
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request

from service.domain.errors import NotAuthenticated, NotFound
from service.usecases.ports import PATIENT, Caller, Launch
from service.web.access import public
from service.web.cookies import forget, keep, kept
from service.web.launch import Opened, csrf_of, foreign_form, require_own_page
from service.web.parts import Parts

COOKIE = "education_plan_portal"
PATH = "/portal"
IDLE = timedelta(minutes=30)  # between two pages: it may be a device that others use


def blueprint(parts: Parts) -> Blueprint:
    """The way in. The way out is a page like the others."""
    blp = Blueprint("portal_login", __name__, url_prefix=PATH)

    @blp.get("/enter")
    @public
    def begin() -> Any:
        """Open a patient's own pages with the code of a demo link."""
        if not parts.is_demo:
            raise NotFound("there is nothing at this address")
        opened = _patients(parts.launches.find(request.args.get("code", ""), parts.clock()))
        if opened is None:
            raise NotAuthenticated("this link is not known, or has expired")
        return enter(parts, opened)

    return blp


def enter(parts: Parts, opened: Launch) -> Response:
    """Start the login and send the browser to the patient's own pages.

    A login of this browser before is ended: on a shared device nobody reads as the one before.
    """
    if earlier := _open(parts):
        parts.launches.end(earlier)
    answer: Response = redirect(PATH, 303)  # type: ignore[assignment]
    secret = parts.launches.start(opened, parts.clock())
    keep(parts, answer, COOKIE, PATH, secret, expires=opened.expires)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def leave(parts: Parts, opened: Launch) -> Response:
    """End the login, and let the browser forget what it has seen."""
    parts.launches.end(opened)
    answer: Response = redirect(f"{PATH}/left", 303)  # type: ignore[assignment]
    forget(parts, answer, COOKIE, PATH)
    # Not "cookies": those of the whole site would go, a physiotherapist's launch with them.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def open_own(parts: Parts) -> tuple[Caller, Opened]:
    """Return the patient for whom the cookie of this request speaks.

    Raises:
        NotAuthenticated: nobody is logged in, or the login has expired.
        NotAllowed: a form was sent from elsewhere, or without the token of its page.
    """
    login = _open(parts)
    if login is None:
        raise NotAuthenticated("nobody is logged in", how_to_fix="Log in again.")
    caller = Caller(login.tenant, PATIENT, login.name, patient=login.patient)
    if request.method == "POST":
        require_own_page(parts, caller)
    csrf = csrf_of(parts, login)
    given = request.form.get("csrf", "") if request.method == "POST" else csrf
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        raise foreign_form("the form was not sent from a page of this login", caller)
    told = {field.name: getattr(login, field.name) for field in fields(Launch)}
    return caller, Opened(**told, csrf=csrf)


def _open(parts: Parts) -> Launch | None:
    """The login that the cookie still opens."""
    return _patients(parts.launches.use(kept(parts, COOKIE), parts.clock(), IDLE))


def _patients(found: Launch | None) -> Launch | None:
    """The login, if it is one; a clinician's launch is none."""
    return found if found and found.role == PATIENT and found.patient else None
