"""A patient's question for the next visit, as FHIR R4 Communication.

In progress until it was talked about; completed and received then; stopped when the patient
took it back. No record has a place of its own for it, so it says by its category what it is.
"""

from service.domain.plan import EducationPlan, PlanState
from service.domain.question import Question, QuestionState
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    identifier,
    instant,
    numbered_urn,
    own_code,
    plan_urn,
    reference,
)
from service.fhir.narrative import bold, narrative, paragraph, word

ROLE = "question"
_STATUS = {
    QuestionState.OPEN: "in-progress",
    QuestionState.TALKED_ABOUT: "completed",
    QuestionState.TAKEN_BACK: "stopped",
}


def question_urn(plan: EducationPlan, question: Question) -> str:
    return numbered_urn(plan, ROLE, question.number)


def to_question(plan: EducationPlan, question: Question) -> JsonObject:
    """Return the Communication from the patient, in the patient's words."""
    in_error = plan.state is PlanState.IN_ERROR
    resource: JsonObject = {
        "resourceType": "Communication",
        "language": plan.language,
        "text": _text(plan, question),
        "identifier": [identifier(question_urn(plan, question))],
        "basedOn": [reference(plan_urn(plan))],
        "status": "entered-in-error" if in_error else _STATUS[question.state],
        "category": [own_code(urls.CATEGORY, "patient-question")],
        "subject": reference(plan.patient),
        "sent": instant(question.asked),
        "sender": reference(plan.patient),
        "payload": [{"contentString": question.text}],
    }
    if question.talked_about:
        resource["received"] = instant(question.talked_about)
        if question.by:
            resource["recipient"] = [reference(question.by)]
    if question.taken_back:
        resource["statusReason"] = {"text": word(plan.language, "question-taken-back")}
    return resource


def _text(plan: EducationPlan, question: Question) -> JsonObject:
    say, told = plan.language, ""
    if question.talked_about:
        told = f"{word(say, 'talked-about')} {question.talked_about:%d.%m.%Y}."
    if question.taken_back:
        told = word(say, "question-taken-back")
    return narrative(
        say,
        bold(f"{word(say, 'question')} {question.asked:%d.%m.%Y}"),
        paragraph(question.text),
        paragraph(told),
    )
