"""What every page is shown with: its language, its words, its headers."""

from enum import StrEnum
from typing import Any

from flask import Response, current_app, g, redirect, render_template, url_for
from flask_babel import gettext as _

from service.domain.errors import LaunchRefused, ServiceError, TooManyRequests
from service.domain.plan import PlanState
from service.domain.teaching import TopicState
from service.fhir.note_words import quoted, said
from service.web.languages import LANGUAGES, clock, day, moment, register, spoken

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)
# In app.config, by clinic: whose windows may hold its pages, and those of its patients.
FRAMES, PORTAL_FRAMES = "EDUCATION_PLAN_FRAMES", "EDUCATION_PLAN_PORTAL_FRAMES"
_LONG = 10  # letters of an id: as many as a Danish personal number has


def headers() -> dict[str, str]:
    """The headers of a page. It may stand inside the windows of its clinic's record only."""
    return {
        "Content-Security-Policy": CSP + ancestors(FRAMES),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }


def ancestors(*whose: str) -> str:
    """Return who may show this page inside its own, as a policy writes it: FRAMES and the like.

    A page that tells of nobody, such as a refusal, may stand in the windows of any clinic.
    """
    allowed: set[str] = set()
    for frames in (current_app.config[each] for each in whose):
        for clinic in (g.launch.tenant,) if "launch" in g else frames:
            allowed.update(frames.get(clinic, ()))
    return " ".join(sorted(allowed)) or "'none'"


def page(name: str, status: int = 200, **more: Any) -> Response:
    """Return a page in the language that is spoken."""
    g.language = spoken()
    shown = render_template(
        f"clinician/{'message' if name in MESSAGES else name}.html",
        languages=LANGUAGES,
        day=day,
        moment=moment,
        clock=clock,
        say=_say,
        marks=quoted(g.language, " ").split(),
        who=lambda reference: reference.rpartition("/")[2],
        masked=_masked,
        plan_states=plan_states(),
        topic_states=topic_states(),
        delivery_reasons=delivery_reasons(),
        **(MESSAGES[name]() if name in MESSAGES else {}),
        **more,
    )
    return Response(shown, status, headers())


def _masked(reference: str) -> str:
    """An id of the record; of a long one, which may be a person's number, the last four letters."""
    local = reference.rpartition("/")[2]
    return local if len(local) < _LONG else f"…{local[-4:]}"


def go(endpoint: str, **values: Any) -> Any:
    """Send the browser on with GET, so that going back sends nothing twice."""
    answer = redirect(url_for(endpoint, **values), 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def problem_page(error: ServiceError, status: int) -> Response:
    """Return an error as a page, in plain words; what was typed stays in the draft."""
    register(current_app)
    titles = {
        401: _("This page is closed"),
        403: _("The form was not sent from this page"),
        404: _("There is no such page"),
        503: _("The service is busy for a moment"),
    }
    texts = {
        401: _("Open it from the record again. A draft that was saved is still there."),
        403: _("Open the page again and send the form from there."),
        404: _("It may belong to another patient than the one you opened, or never have been."),
        503: _(
            "Go back and try again: what you typed is still there, and nothing is stored twice."
        ),
    }
    title = titles.get(status, _("That did not work"))
    text = texts.get(status, _("Go back and try again."))
    shown = page("problem", status, title=title, texts=[text])
    shown.headers["X-Error-Code"] = error.code
    return shown


def unopened_page(error: ServiceError, status: int) -> Response:
    """Return what came of a SMART launch that opened nothing, for whoever sits there."""
    from service.web.launch_words import words_of

    register(current_app)
    if isinstance(error, LaunchRefused):
        texts, again = words_of(error.reason), error.again
    elif isinstance(error, TooManyRequests):
        texts, again = [_("Too many pages are being opened just now. Try again in a minute.")], ""
    else:
        texts, again = [_("The record's login does not answer. Try again in a moment.")], ""
    title = _("The plan could not be opened")
    shown = page("unopened", status, title=title, texts=texts, again=again)
    # Whether a clinician or a patient sits there is not known, and nobody is told of.
    shown.headers["Content-Security-Policy"] = CSP + ancestors(FRAMES, PORTAL_FRAMES)
    shown.headers["X-Error-Code"] = error.code
    if status in (429, 503):
        shown.headers["Retry-After"] = str(getattr(error, "wait", 1))
    return shown


def plan_states() -> dict[str, str]:
    return {
        PlanState.PROPOSED: _("proposed"),
        PlanState.ACTIVE: _("active"),
        PlanState.COMPLETED: _("completed"),
        PlanState.REVOKED: _("given up"),
        PlanState.IN_ERROR: _("made in error"),
    }


def topic_states() -> dict[str, str]:
    return {
        TopicState.OPEN: _("open"),
        TopicState.REPEAT: _("to be taken up again"),
        TopicState.DONE: _("done"),
        TopicState.DECLINED: _("declined"),
        TopicState.NOT_RELEVANT: _("not relevant"),
    }


def delivery_reasons() -> dict[str, str]:
    """Why a revision is not in the record (usecases.delivering.REASONS), for a clinician."""
    mend = _("Tell whoever runs the service; it is kept until then.")
    there = _("Look at it in the record, then send it again.")
    unreachable = _("The record cannot be reached.")
    return {
        "refused": _("The record refused it.") + f" {mend}",
        "not-allowed": _("The record does not let this service write there.") + f" {mend}",
        "not-found": _("The record does not know the patient or the visit.") + f" {there}",
        "login": _("The record does not let this service in.") + f" {mend}",
        "unreachable": unreachable,
        "busy": _("The record is busy."),
        "paced": _("The record is busy."),
        "failing": _("The record has a fault."),
        "not-fhir": _("What answers there is not the record.") + f" {mend}",
        "moved": _("The record has another address by now.") + f" {mend}",
        "conflict": _("Somebody wrote in the record at the same time."),
        "changed-in-record": _("Somebody changed the same thing in the record.") + f" {there}",
        "not-as-sent": _("The record does not show what was sent.") + f" {mend}",
        "unknown-course": _("The record has a course of this patient that is not known here.")
        + f" {there}",
        "another-life": _("The record has something else in its place.") + f" {mend}",
        "duplicate": _("It stands in the record more than once.") + f" {there}",
        "no-episode": _("The visit names no episode of care.") + f" {mend}",
        "gave-up": f"{unreachable} {mend}",
        "worker-died": _("A fault of this service keeps it back.") + f" {mend}",
        "unexpected": _("A fault of this service keeps it back.") + f" {mend}",
    }


def _say(code: StrEnum) -> str:
    return said(g.language, code)


def _left() -> dict[str, Any]:
    return {
        "title": _("You are logged out"),
        "texts": [_("Open the plan from the record again to go on.")],
    }


MESSAGES = {"left": _left, "problem": dict}
