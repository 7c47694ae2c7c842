"""GET /api/v1/plans/{id}/note: the note of a visit, for the record or a letter."""

from flask import Response, g

from service.domain.errors import InvalidField, NotAllowed, NotFound
from service.domain.plan import EducationPlan
from service.domain.teaching import Session
from service.fhir.note import FORMS, note_text, signed_note
from service.usecases.read_plan import read_plan
from service.web.access import needs
from service.web.documented import Described, answers, as_json, parameter
from service.web.parts import Parts
from service.web.plans import PLAN_ID
from service.web.present import json_response
from service.web.requests import JSON, TEXT, accepted, parameters


def blueprint(parts: Parts) -> Described:
    """The route with its parts."""
    blp = Described("notes", __name__, url_prefix="/api/v1/plans", description="The visit")

    @blp.route("/<plan_id>/note", methods=["GET"])
    @blp.doc(
        operationId="readNote",
        parameters=[
            PLAN_ID,
            parameter("session", "id of the session; else the newest", {"type": "string"}),
            parameter("form", "plain or soap", {"type": "string", "enum": list(FORMS)}),
        ],
        **answers(
            _200=(
                "At most 120 words, unless a clinician edited it",
                {TEXT: {"schema": {"type": "string"}}} | as_json("Note"),
            )
        ),
    )
    @needs("*/CarePlan.r")
    def note(plan_id: str) -> Response:
        """Read the note of a visit, as text or as JSON. It is for clinicians."""
        representation = accepted(TEXT, TEXT, JSON)
        asked = parameters("session", "form")
        form = asked.get("form", "plain")
        if form not in FORMS:
            raise InvalidField("must be one of: plain, soap", pointer="?form")
        if g.caller.role == "patient":
            raise NotAllowed("the note is for clinicians")
        plan = read_plan(plan_id, g.caller, parts.store, parts.clock).plan
        session = _session(plan, asked.get("session", ""))
        text = _text(plan, session, form)
        if representation == JSON:
            told = {"note": text, "session": str(session.number), "words": len(text.split())}
            return json_response(told)
        headers = {"Cache-Control": "no-store", "Vary": "Accept"}
        return Response(text, headers=headers, mimetype=TEXT)

    return blp


def _session(plan: EducationPlan, number: str) -> Session:
    standing = [session for session in plan.sessions if not session.error]
    found = [s for s in plan.sessions if str(s.number) == number] if number else standing[-1:]
    if not found:
        raise NotFound(
            "there is no such session" if number else "nothing is documented yet",
            how_to_fix="Sign a visit first: POST …/teachings.",
        )
    return found[0]


def _text(plan: EducationPlan, session: Session, form: str) -> str:
    return signed_note(plan, session) if form == "plain" else note_text(plan, session, form=form)
