"""A goal to FHIR R4 Goal: proposed from the pack, then the patient's own."""

from service.domain.goal import Goal, GoalState, Step
from service.domain.plan import EducationPlan
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    coding,
    goal_urn,
    identifier,
    instant,
    own_code,
    reference,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.note_words import said

_LIFECYCLE = {
    GoalState.PROPOSED: "proposed",
    GoalState.ACTIVE: "active",
    GoalState.ACHIEVED: "completed",
    GoalState.NOT_ACHIEVED: "completed",
    GoalState.CANCELLED: "cancelled",
    GoalState.IN_ERROR: "entered-in-error",
}
_ENDED = (GoalState.ACHIEVED, GoalState.NOT_ACHIEVED)


def to_goal(plan: EducationPlan, goal: Goal) -> JsonObject:
    """Return the Goal. Nobody's acceptance is in it while it is only proposed.

    Steps of the ladder are targets, each in the patient's words and by its own date; R4 asks
    for a measure beside a detail (gol-1), so each says that it is a step.
    """
    resource: JsonObject = {
        "resourceType": "Goal",
        "language": plan.language,
        "text": _text(plan, goal),
        "identifier": [identifier(goal_urn(plan, goal))],
        "lifecycleStatus": _LIFECYCLE[goal.state],
        "description": _description(plan, goal),
        "subject": reference(plan.patient),
        "statusDate": goal.since.isoformat() if goal.since else instant(plan.created)[:10],
    }
    if targets := _targets(plan.language, goal):
        resource["target"] = targets
    if plan.reason.condition:
        resource["addresses"] = [reference(plan.reason.condition)]
    return resource | _agreement(plan, goal) | _progress(goal) | _why(plan, goal)


def _description(plan: EducationPlan, goal: Goal) -> JsonObject:
    """The patient's words; the pack's own code for a goal that was chosen from it."""
    if goal.id.startswith("own-"):
        return {"text": goal.text}
    return own_code(urls.GOAL, f"{plan.pack.id}.{goal.id}", goal.text)


def _agreement(plan: EducationPlan, goal: Goal) -> JsonObject:
    if not goal.agreed:
        return {}
    accepted: JsonObject = {
        "url": urls.EXT_ACCEPTANCE,
        "extension": [
            {"url": "individual", "valueReference": reference(plan.patient)},
            {"url": "status", "valueCode": "agree"},
        ],
    }
    return {"extension": [accepted], "expressedBy": reference(plan.patient)}


def _progress(goal: Goal) -> JsonObject:
    code = goal.state.value if goal.state in _ENDED else goal.progress
    if not code:
        return {}
    return {"achievementStatus": own_code(urls.GOAL_ACHIEVEMENT, str(code))}


def _why(plan: EducationPlan, goal: Goal) -> JsonObject:
    if goal.state is GoalState.CANCELLED:
        return {"statusReason": goal.reason or word(plan.language, "not-chosen")}
    if goal.state is GoalState.IN_ERROR:
        return {"note": [{"text": f"{word(plan.language, 'in-error')}: {goal.reason}"}]}
    return {"statusReason": goal.reason} if goal.reason else {}


def _targets(say: str, goal: Goal) -> list[JsonObject]:
    due: JsonObject = {"dueDate": goal.due.isoformat()} if goal.due else {}
    found: list[JsonObject] = []
    if goal.measure:
        found.append({"measure": {"coding": [coding(goal.measure)]}} | due)
    if goal.target:
        what = {"measure": {"text": word(say, "target")}, "detailString": goal.target}
        found.append(what | due)
    if due and not found:
        found.append(due)
    return [*found, *(_step(say, step) for step in goal.steps)]


def _step(say: str, step: Step) -> JsonObject:
    target: JsonObject = {"measure": {"text": word(say, "step")}, "detailString": step.text}
    if step.due:
        target["dueDate"] = step.due.isoformat()
    if step.reached:
        reached = {"url": urls.EXT_STEP_REACHED, "valueDate": step.reached.isoformat()}
        return {"extension": [reached]} | target
    return target


def _text(plan: EducationPlan, goal: Goal) -> JsonObject:
    say = plan.language
    if goal.state is GoalState.PROPOSED:
        return narrative(say, bold(f"{word(say, 'goal')}: {goal.text}"))
    state = said(say, goal.state)
    return narrative(
        say,
        bold(f"{word(say, 'own-goal')}: {goal.text} ({state})"),
        paragraph(f"{word(say, 'due')} {goal.due:%d.%m.%Y}." if goal.due else ""),
        listed(word(say, "steps"), (step.text for step in goal.steps)),
    )
