"""A handout that was given, as FHIR R4 Communication in the shape of FUT's material-communication.

In progress while the patient has it and is not done with it, received when it was first opened,
completed when the patient said that it was read or its time was over, stopped when withdrawn
(docs/decisions/0025).
"""

from service.domain.assignment import Assignment
from service.domain.plan import EducationPlan, PlannedHandout, PlanState
from service.fhir import urls
from service.fhir.communication import clinician
from service.fhir.elements import (
    JsonObject,
    edition_extension,
    handout_urn,
    identifier,
    instant,
    numbered_urn,
    own_code,
    plan_urn,
    reference,
)
from service.fhir.narrative import bold, narrative, paragraph, word

ROLE = "assignment"


def assignment_urn(plan: EducationPlan, given: Assignment) -> str:
    return numbered_urn(plan, ROLE, given.number)


def to_assignment(plan: EducationPlan, given: Assignment) -> JsonObject:
    """Return the Communication. Its text names the handout and holds nothing of what it says."""
    handout = next(each for each in plan.handouts if each.id == given.handout)
    urn = handout_urn(plan.pack, plan.edition.value, plan.language, handout)
    resource: JsonObject = {
        "resourceType": "Communication",
        "language": plan.language,
        "text": _text(plan, handout, given),
        "extension": [
            edition_extension(plan.edition.value),
            {"url": urls.EXT_AVAILABILITY, "valuePeriod": _period(given)},
        ],
        "identifier": [identifier(assignment_urn(plan, given))],
        "basedOn": [reference(plan_urn(plan))],
        "status": _status(plan, given),
        "category": [own_code(urls.CATEGORY, "handout-assignment")],
        "medium": [_medium("ONLINEWRIT"), *([_medium("WRITTEN")] if given.on_paper else [])],
        "subject": reference(plan.patient),
        "sent": instant(given.given),
        "recipient": [reference(plan.patient)],
        "sender": clinician(given.by, plan),
        "payload": [{"contentReference": reference(urn)}],
    }
    if given.opened:
        resource["received"] = instant(given.opened)
    if given.withdrawn:
        resource["statusReason"] = {"text": given.reason}
    if given.read:
        resource["note"] = [
            {
                "authorReference": reference(plan.patient),
                "time": instant(given.read),
                "text": word(plan.language, "says-read"),
            }
        ]
    return resource


def _status(plan: EducationPlan, given: Assignment) -> str:
    if plan.state is PlanState.IN_ERROR:
        return "entered-in-error"
    if given.withdrawn:
        return "stopped"
    is_over = given.until is not None and given.until < plan.updated.date()
    return "completed" if given.read or is_over else "in-progress"


def _period(given: Assignment) -> JsonObject:
    period: JsonObject = {"start": given.given.date().isoformat()}
    end = given.withdrawn.date() if given.withdrawn else given.until
    return period | {"end": end.isoformat()} if end else period


def _medium(code: str) -> JsonObject:
    return {"coding": [{"system": urls.PARTICIPATION_MODE, "code": code}]}


def _text(plan: EducationPlan, handout: PlannedHandout, given: Assignment) -> JsonObject:
    say = plan.language
    told = [f"{word(say, 'given')} {given.given:%d.%m.%Y}"]
    if given.until:
        told.append(f"{word(say, 'there-until')} {given.until:%d.%m.%Y}")
    if given.opened:
        told.append(f"{word(say, 'opened')} {given.opened:%d.%m.%Y}")
    if given.read:
        told.append(f"{word(say, 'says-read')} {given.read:%d.%m.%Y}")
    if given.withdrawn:
        told.append(f"{word(say, 'taken-back')} {given.withdrawn:%d.%m.%Y}: {given.reason}")
    return narrative(
        say,
        bold(f"{word(say, 'handout')}: {handout.title}"),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        paragraph("; ".join(told)),
    )
