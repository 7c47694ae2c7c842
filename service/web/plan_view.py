"""A plan as the JSON of PlanSchema: what is planned, and what happened in its visits."""

from collections.abc import Sequence
from typing import Any

from service.domain.assignment import Assignment
from service.domain.content import HandoutCopy, HandoutForm
from service.domain.goal import Goal
from service.domain.plan import EducationPlan, PlannedHandout, PlannedTopic
from service.domain.teaching import Session, Teaching, TopicState
from service.fhir.elements import instant
from service.fhir.handout import form_path, handout_url

_VISIT = {"da": "Besøg", "en": "Visit"}
_FIRST = (TopicState.REPEAT, TopicState.OPEN)  # what is taken up first


def to_view(plan: EducationPlan, service_url: str, *, for_patient: bool = False) -> dict[str, Any]:
    """Return the plan as JSON; `for_patient` leaves out what is for clinicians only."""
    reason, pack = plan.reason, plan.pack
    return {
        "id": plan.id,
        "title": pack.title,
        "state": plan.state,
        "patient": plan.patient,
        "pack": {
            "id": pack.id,
            "title": pack.title,
            "version": pack.version,
            "sha256": pack.sha256,
            "draft": pack.is_draft,
        },
        "edition": plan.edition,
        "language": plan.language,
        "reason": {
            "system": reason.coding.system,
            "code": reason.coding.code,
            "condition": reason.condition,
            "confidence": reason.confidence,
            "why": reason.why,
        },
        "topics": [_topic(plan, topic) for topic in plan.topics],
        "next": [t.id for state in _FIRST for t in plan.topics if t.state is state],
        "goals": [_goal(goal) for goal in plan.goals],
        "handouts": [_handout(plan, each, service_url) for each in plan.handouts],
        "questions": [
            {
                "id": str(each.number),
                "title": each.text,
                "state": each.state,
                "asked": instant(each.asked),
                "talked_about": each.talked_about and instant(each.talked_about),
            }
            for each in plan.questions
        ],
        "encounters": [
            {
                "id": visit.encounter.partition("/")[2],
                "title": f"{_VISIT.get(plan.language, _VISIT['da'])} {visit.at:%d.%m.%Y}",
                "start": instant(visit.at),
            }
            for visit in plan.visits
        ],
        "sessions": [_session(session, for_patient=for_patient) for session in plan.sessions],
        "ended": plan.ended,
        "revision": plan.revision,
        "created": instant(plan.created),
        "updated": instant(plan.updated),
    }


def forms(
    pack_id: str,
    handout_id: str,
    edition: str,
    language: str,
    copies: Sequence[HandoutCopy],
    service_url: str = "",
) -> list[dict[str, Any]]:
    """Every form of one page, the page first, each at an address that never changes."""
    sha256 = copies[0].sha256
    return [
        {
            "form": copy.form,
            "url": service_url
            + form_path(pack_id, handout_id, edition, language, sha256, copy.form),
            "sha256": copy.sha256,
            "size": copy.size,
        }
        for copy in copies
    ]


def _handout(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> dict[str, Any]:
    page = HandoutCopy(HandoutForm.PAGE, handout.sha256, handout.sha1, handout.size)
    edition, language = plan.edition.value, plan.language
    copies = (page, *handout.copies)
    return {
        "id": handout.id,
        "title": handout.title,
        "url": handout_url(plan, handout, service_url),
        "sha256": handout.sha256,
        "forms": forms(plan.pack.id, handout.id, edition, language, copies, service_url),
        "assignments": [_given(a) for a in plan.assignments if a.handout == handout.id],
    }


def _given(given: Assignment) -> dict[str, Any]:
    return {
        "id": str(given.number),
        "state": given.state,
        "given": instant(given.given),
        "until": given.until,
        "on_paper": given.on_paper,
        "opened": given.opened and instant(given.opened),
        "read": given.read and instant(given.read),
        "withdrawn": given.withdrawn and instant(given.withdrawn),
        "reason": given.reason,
    }


def _topic(plan: EducationPlan, topic: PlannedTopic) -> dict[str, Any]:
    history = [
        {"session": str(session.number), "at": instant(session.at)} | _teaching(teaching)
        for session in plan.sessions
        for teaching in session.teachings
        if teaching.topic == topic.id
    ]
    return {
        "id": topic.id,
        "title": topic.title,
        "patient_title": topic.patient_title,
        "state": topic.state,
        "history": history,
    }


def _teaching(teaching: Teaching) -> dict[str, Any]:
    return {
        "id": str(teaching.number),
        "outcome": teaching.outcome,
        "understanding": teaching.understanding,
        "reason": teaching.reason,
        "note": teaching.note,
        "error": teaching.error,
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "id": goal.id,
        "title": goal.text,
        "state": goal.state,
        "agreed": goal.agreed,
        "topics": goal.topics,
        "target": goal.target,
        "due": goal.due,
        "progress": goal.progress,
        "steps": [
            {"text": step.text, "due": step.due, "reached": step.reached} for step in goal.steps
        ],
        "reason": goal.reason,
    }


def _session(session: Session, *, for_patient: bool) -> dict[str, Any]:
    told = {
        "id": str(session.number),
        "at": instant(session.at),
        "encounter": session.encounter.partition("/")[2],
        "practitioner": session.practitioner,
        "edition": session.edition,
        "learners": session.learners,
        "interpreter": session.interpreter,
        "methods": session.methods,
        "minutes": session.minutes,
        "next_step": session.next_step,
        "error": session.error,
        "topics": [{"topic": t.topic} | _teaching(t) for t in session.teachings],
    }
    return told if for_patient else told | _noted(session)


def _noted(session: Session) -> dict[str, Any]:
    """What the clinician noted for clinicians."""
    mood, job = session.mood, session.job
    return {
        "readiness": session.readiness,
        "barriers": session.barriers,
        "barriers_met": session.barriers_met,
        "mood": mood and {"cues": mood.cues, "text": mood.text},
        "job": job
        and {
            "situation": job.situation,
            "next_agreement": job.next_agreement,
            "text": job.text,
        },
        "text": session.text,
        "no_teaching": session.no_teaching,
        "note": session.note,
    }
