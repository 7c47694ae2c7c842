"""What was wrong is taken back, and a course comes to its end."""

from typing import Any

from flask import Response, g

from service.domain.errors import InvalidField
from service.usecases.correct_entry import Correction, Entry
from service.usecases.read_plan import find_plan
from service.web.access import needs
from service.web.documented import BUNDLE, Described, answers, as_json, takes
from service.web.parts import Parts
from service.web.plans import IF_MATCH, PLAN_ID, looked_at
from service.web.requests import JSON, accepted, body, json_body, json_only, parameters, shaped
from service.web.teachings import changed_response
from service.web.told import to_session, to_teaching


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("corrections", __name__, url_prefix="/api/v1/plans", description="The visit")

    @blp.route("/<plan_id>/corrections", methods=["POST"])
    @blp.doc(
        operationId="correctEntry",
        parameters=[PLAN_ID, IF_MATCH],
        **takes(
            "Correction",
            {
                "entry": "teaching",
                "id": "2",
                "reason": "Tastefejl",
                "replacement": {"outcome": "taught", "understanding": "understood"},
            },
        ),
        **answers(_200=("The plan; the original stays readable, marked", BUNDLE | as_json("Plan"))),
    )
    @needs("user/CarePlan.u")
    def correct(plan_id: str) -> Response:
        """Mark an entry as an error, and put the right one beside it."""
        representation = accepted(JSON)
        parameters()
        json_only()
        told = shaped("Correction", json_body(body()))
        correction = _correction(plan_id, told, parts)
        done = parts.correct_entry(plan_id, correction, g.caller, looked_at())
        return changed_response(done, representation, parts.service_url)

    @blp.route("/<plan_id>/close", methods=["POST"])
    @blp.doc(
        operationId="closePlan",
        parameters=[PLAN_ID, IF_MATCH],
        **takes("Close", {"outcome": "completed", "reason": "Patienten er flyttet"}),
        **answers(_200=("The plan, closed", BUNDLE | as_json("Plan"))),
    )
    @needs("user/CarePlan.u")
    def close(plan_id: str) -> Response:
        """Complete a course, or give it up. Topics that are not settled need a reason."""
        representation = accepted(JSON)
        parameters()
        json_only()
        told = shaped("Close", json_body(body()))
        done = parts.close_plan(
            plan_id,
            g.caller,
            reason=told.get("reason", ""),
            revoked=told["outcome"] == "revoked",
            revision=looked_at(),
        )
        return changed_response(done, representation, parts.service_url)

    return blp


def _correction(plan_id: str, told: dict[str, Any], parts: Parts) -> Correction:
    entry: Entry = told["entry"]
    instead = told.get("replacement")
    if "id" not in told and entry is not Entry.PLAN:
        raise InvalidField("which entry is meant?", pointer="/id")
    correction = Correction(entry, told["reason"], told.get("id", ""))
    if instead is None:
        return correction
    if entry not in (Entry.TEACHING, Entry.SESSION):
        raise InvalidField("only a teaching or a session is replaced", pointer="/replacement")
    plan = find_plan(plan_id, g.caller, parts.store).plan
    if entry is Entry.TEACHING:
        given = shaped("Teaching", instead, "/replacement")
        topic = _topic_of(plan.sessions, correction.id)
        return Correction(*_first(correction), teaching=to_teaching(given | {"id": topic}))
    given = shaped("Session", instead, "/replacement")
    when = next((s.at for s in plan.sessions if str(s.number) == correction.id), parts.clock())
    session = to_session(given, at=when, edition=plan.edition)
    return Correction(*_first(correction), session=session)


def _first(correction: Correction) -> tuple[Entry, str, str]:
    return correction.entry, correction.reason, correction.id


def _topic_of(sessions: tuple[Any, ...], number: str) -> str:
    found = (t.topic for s in sessions for t in s.teachings if str(t.number) == number)
    return next(found, "")
