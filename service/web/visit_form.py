"""The form of a visit: what was typed, kept field by field, and what it means.

Nothing is pre-ticked: a field that was not touched says nothing. Only the learner and the
method begin filled, from the encounter (users.md §1.2).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from service.domain.content import Edition
from service.domain.errors import InvalidField
from service.domain.plan import EducationPlan
from service.domain.teaching import (
    Barrier,
    Job,
    JobSituation,
    Learner,
    Method,
    Mood,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Reason,
    Session,
    Teaching,
    Understanding,
)
from service.domain.values import dataclass
from service.usecases.record_session import Signed
from service.web.typed_fields import Fields, code, codes, text
from service.web.visit_goals import changed_goals, new_goals
from service.web.visit_patient import answered_questions, given_handouts


def begun(plan: EducationPlan, encounter: str, *, group: bool) -> dict[str, list[str]]:
    """What stands in a new form: who was taught and how, as the encounter has it."""
    visits = [visit for visit in plan.visits if visit.encounter == encounter]
    met = Method.VIDEO_VISIT if any(visit.virtual for visit in visits) else Method.TALK
    learners = [Learner.PATIENT]
    if any(visit.accompanied for visit in visits):
        learners.append(Learner.RELATIVE)
    return {
        "edition": [plan.edition.value],
        "learner": [each.value for each in learners],
        "method": [(Method.GROUP if group else met).value],
    }


@dataclass(frozen=True, slots=True)
class Visit:
    """Where and when the form is about."""

    encounter: str
    at: datetime
    today: date


def to_signed(
    plan: EducationPlan, fields: Fields, visit: Visit, *, key: str, revision: int, note: str = ""
) -> Signed:
    """Return what signing these fields means.

    Raises:
        InvalidField: a value cannot be read; the pointer is the field's name.
    """
    session = Session(
        encounter=visit.encounter,
        at=visit.at,
        practitioner="",
        edition=code(Edition, fields, "edition") or plan.edition,
        teachings=tuple(_teachings(plan, fields)),
        learners=codes(Learner, fields, "learner"),
        interpreter="interpreter" in fields,
        readiness=code(Readiness, fields, "readiness"),
        methods=codes(Method, fields, "method"),
        barriers=codes(Barrier, fields, "barrier"),
        barriers_met=text(fields, "barriers_met"),
        minutes=_minutes(fields),
        mood=_mood(fields),
        job=_job(fields),
        next_step=code(NextStep, fields, "next_step"),
        text=text(fields, "text"),
        no_teaching=text(fields, "no_teaching"),
        note=note,
        key=key,
    )
    return Signed(
        plan.id,
        session,
        new_goals=tuple(new_goals(fields, visit.today)),
        changed_goals=tuple(changed_goals(plan, fields, visit.today)),
        given=tuple(given_handouts(plan, fields)),
        talked_about=tuple(answered_questions(plan, fields)),
        revision=revision,
    )


def fields_of(session: Session) -> dict[str, list[str]]:
    """Return the form that says what this session says: `to_signed` read the other way.

    Goals are not in it: they are the plan's, and stay when a session is taken back.
    """
    found: dict[str, list[str]] = {
        "edition": [session.edition.value],
        "learner": [each.value for each in session.learners],
        "method": [each.value for each in session.methods],
        "barrier": [each.value for each in session.barriers],
        "barriers_met": [session.barriers_met],
        "interpreter": ["yes"] if session.interpreter else [],
        "minutes": [str(session.minutes or "")],
        "readiness": [session.readiness or ""],
        "next_step": [session.next_step or ""],
        "text": [session.text],
        "no_teaching": [session.no_teaching],
    }
    if session.mood:
        found |= {"cue": [c.value for c in session.mood.cues], "mood_text": [session.mood.text]}
    if job := session.job:
        found |= {"job": [job.situation or ""], "job_next": [job.next_agreement]}
        found["job_text"] = [job.text]
    for teaching in session.teachings:
        if not teaching.error:
            found |= _fields_of(teaching)
            if teaching.outcome.was_taught:
                found.setdefault("taught", []).append(teaching.topic)
    return {name: values for name, values in found.items() if any(values)}


def _fields_of(teaching: Teaching) -> dict[str, list[str]]:
    checked = teaching.understanding is not Understanding.NOT_ASSESSED
    other = "" if teaching.outcome.was_taught else teaching.outcome.value
    return {
        f"result-{teaching.topic}": [teaching.understanding.value if checked else ""],
        f"other-{teaching.topic}": [other],
        f"why_not-{teaching.topic}": [teaching.reason or ""],
        f"note-{teaching.topic}": [teaching.note],
    }


def for_participant(signed: Signed, plan: EducationPlan, fields: Fields) -> Signed:
    """Return the same for another participant of the group: their plan, their teach-backs.

    Goals, mood, work, barriers and the note are the first patient's own.
    """
    known = {topic.id for topic in plan.topics}
    teachings = tuple(
        replace(t, note="", understanding=_result(fields, f"result-{t.topic}-{plan.id}"))
        for t in signed.session.teachings
        if t.topic in known and t.outcome.was_taught
    )
    session = replace(
        signed.session,
        encounter="",
        teachings=teachings,
        learners=(Learner.PATIENT,),
        barriers=(),
        barriers_met="",
        readiness=None,
        interpreter=False,
        mood=None,
        job=None,
        text="",
        note="",
        key=f"{signed.session.key}-{plan.id}",
    )
    return Signed(plan.id, session)


def _teachings(plan: EducationPlan, fields: Fields) -> Iterable[Teaching]:
    taught = set(fields.get("taught", ()))
    for topic in plan.topics:
        other = code(Outcome, fields, f"other-{topic.id}")
        note = text(fields, f"note-{topic.id}")
        result = _result(fields, f"result-{topic.id}")
        checked = result is not Understanding.NOT_ASSESSED
        if topic.id in taught and other:
            raise InvalidField("either-or", pointer=f"/other-{topic.id}")
        if topic.id in taught or (checked and not other):  # who was asked was talked with
            yield Teaching(topic.id, Outcome.TAUGHT, result, note=note)
        elif other:
            reason = code(Reason, fields, f"why_not-{topic.id}")
            yield Teaching(topic.id, other, result, reason, note)
        elif note:
            raise InvalidField("note-without-teaching", pointer=f"/taught-{topic.id}")


def _result(fields: Fields, name: str) -> Understanding:
    return code(Understanding, fields, name) or Understanding.NOT_ASSESSED


def _minutes(fields: Fields) -> int:
    told = text(fields, "minutes")
    if told and not (told.isascii() and told.isdigit() and 0 < int(told[:5]) <= 1_440):
        raise InvalidField("not-minutes", pointer="/minutes")
    return int(told or 0)


def _mood(fields: Fields) -> Mood | None:
    mood = Mood(codes(MoodCue, fields, "cue"), text(fields, "mood_text"))
    return mood if mood != Mood() else None


def _job(fields: Fields) -> Job | None:
    situation = code(JobSituation, fields, "job")
    job = Job(situation, text(fields, "job_next"), text(fields, "job_text"))
    return job if job != Job() else None
