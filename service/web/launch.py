"""Into the pages: a launch becomes a cookie, and the cookie is all that a browser holds.

The demo's link stands in for a record's launch; SMART App Launch (smart.py) starts the same
launches. What a page may show hangs on the launch, never on the address.
"""

import hmac
from dataclasses import fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request

from service.domain.errors import NotAllowed, NotAuthenticated, NotFound
from service.domain.values import dataclass
from service.usecases.ports import CLINICIAN, Caller, Launch
from service.web import banner
from service.web.access import launched, public
from service.web.cookies import forget, keep, kept
from service.web.parts import Parts

COOKIE = "education_plan_launch"
PATH = "/clinician"
BETWEEN, MOST = "~", 5  # launches in one cookie
IDLE = timedelta(hours=1)  # between two pages; a visit may take as long without a press


def blueprint(parts: Parts) -> Blueprint:
    """The way in, and the way out."""
    blp = Blueprint("launch", __name__, url_prefix=PATH)

    @blp.get("/launch")
    @public
    def begin() -> Any:
        """Open the pages of a patient with the code of a launch."""
        if not parts.is_demo:
            raise NotFound("there is nothing at this address")
        opened = _clinicians(parts.launches.find(request.args.get("code", ""), parts.clock()))
        if opened is None:
            raise NotAuthenticated("this link is not known, or has expired")
        return enter(parts, opened)

    @blp.post("/leave")
    @launched
    def leave() -> Any:
        """Log out: end this launch, and every other of this browser."""
        answer: Response = redirect("/clinician/left", 303)  # type: ignore[assignment]
        for _secret, launch in _open(parts):
            parts.launches.end(launch)
            banner.forget(parts, answer, launch)
        forget(parts, answer, COOKIE, PATH)
        answer.headers["Clear-Site-Data"] = '"cache"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blp


def enter(parts: Parts, opened: Launch) -> Response:
    """Start the launch and send the browser to its patient's plans.

    The same person's earlier launches stay open beside it, for two patients in two windows.
    Another person's do not: on a shared computer nobody signs as the one before.
    """
    earlier = [
        secret
        for secret, launch in _open(parts)
        if (launch.tenant, launch.practitioner) == (opened.tenant, opened.practitioner)
    ]
    secrets = [parts.launches.start(opened, parts.clock()), *earlier]
    answer: Response = redirect("/clinician/plans", 303)  # type: ignore[assignment]
    keep(parts, answer, COOKIE, PATH, BETWEEN.join(secrets[:MOST]), expires=opened.expires)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dataclass(frozen=True, slots=True)
class Opened(Launch):
    """The launch of a request; `csrf` belongs into every form of its pages.

    `shown` is what the banner has beside the patient's id.
    """

    csrf: str = ""
    shown: str = ""


def open_page(parts: Parts) -> tuple[Caller, Opened]:
    """Return who the cookie of this request speaks for.

    Of several launches, a form belongs to the one whose token it carries, a plan to the one
    of its patient, and anything else to the newest.

    Raises:
        NotAuthenticated: there is no launch, or it has expired.
        NotAllowed: a form was sent from elsewhere, or without the token of its page.
    """
    found = [launch for _secret, launch in _open(parts)]
    if not found:
        raise NotAuthenticated(
            "this page is not open any more", how_to_fix="Open it from the record again."
        )
    launch = _sent_by(parts, found) if request.method == "POST" else _showing(parts, found)
    told = {field.name: getattr(launch, field.name) for field in fields(Launch)}
    shown = banner.shown_in(parts, launch)
    return _caller(launch), Opened(**told, csrf=csrf_of(parts, launch), shown=shown)


def _open(parts: Parts) -> list[tuple[str, Launch]]:
    """The secrets in the cookie that still open a launch, the newest first."""
    secrets = kept(parts, COOKIE).split(BETWEEN)[:MOST]
    now = parts.clock()
    found = [(each, _clinicians(parts.launches.use(each, now, IDLE))) for each in secrets]
    return [(secret, launch) for secret, launch in found if launch is not None]


def _clinicians(found: Launch | None) -> Launch | None:
    """The launch, if it is one; a patient's login is none."""
    return found if found and found.role == CLINICIAN else None


def require_own_page(parts: Parts, caller: Caller) -> None:
    """Refuse a form of `caller`'s browser that no page of ours sent, whatever token it carries.

    A browser says where a form comes from in Sec-Fetch-Site (W3C Fetch Metadata), an older one
    in Origin (WHATWG Fetch, 3.2). What says neither is no browser that has a page of ours open.

    Raises:
        NotAllowed: it comes from elsewhere.
    """
    told = request.headers
    ours = urlsplit(parts.service_url)._replace(path="").geturl()
    if told.get("Sec-Fetch-Site", "") != "same-origin" and (
        "Sec-Fetch-Site" in told or told.get("Origin") != ours
    ):
        raise foreign_form("the form was not sent from a page of this service", caller)


def _sent_by(parts: Parts, found: list[Launch]) -> Launch:
    require_own_page(parts, _caller(found[0]))
    given = request.form.get("csrf", "").encode()
    for launch in found:
        if hmac.compare_digest(given, csrf_of(parts, launch).encode()):
            return launch
    raise foreign_form("the form was not sent from a page of this launch", _caller(found[0]))


def foreign_form(why: str, caller: Caller) -> NotAllowed:
    """The refusal of a form, with whose browser sent it, for the audit trail."""
    error = NotAllowed(why, how_to_fix="Open the page again and send the form from there.")
    error.by = caller
    return error


def _showing(parts: Parts, found: list[Launch]) -> Launch:
    plan_id = (request.view_args or {}).get("plan_id")
    if plan_id and len(found) > 1:
        for launch in found:
            with parts.store.reading(launch.tenant) as transaction:
                stored = transaction.plan(plan_id)
            if stored and _caller(launch).may_see(stored.plan.patient):
                return launch
    return found[0]


def csrf_of(parts: Parts, launch: Launch) -> str:
    """What every form of this launch's pages carries."""
    return hmac.new(parts.secret, f"csrf {launch.id}".encode(), "sha256").hexdigest()


def _caller(launch: Launch) -> Caller:
    return Caller(
        tenant=launch.tenant,
        role=CLINICIAN,
        name=launch.name,
        patient=launch.patient,
        practitioner=launch.practitioner,
        also=launch.participants,
    )
