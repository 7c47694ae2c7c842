"""The form of a visit: what was typed, kept field by field, and what it means.

Nothing is pre-ticked: a field that was not touched says nothing. Only the learner and the
method begin filled, from the encounter (users.md §1.2).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from service.domain.content import Edition
from service.domain.errors import InvalidField
from service.domain.goal import Goal, GoalChange, GoalState, Progress, Step
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
    Session,
    Teaching,
    Understanding,
)
from service.usecases.record_session import Signed

Fields = Mapping[str, list[str]]
Code = TypeVar("Code", bound=StrEnum)

OWN = ("csrf", "action", "key", "version", "revision")  # the form's, not what was typed
_LONG = ("note-", "mood_text", "job_text", "barriers_met")
_PROGRESS = {each.value: each for each in Progress}
_ENDS = (GoalState.ACHIEVED.value, GoalState.NOT_ACHIEVED.value, GoalState.CANCELLED.value)


def typed(form: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """Return what was typed, without empty fields, odd line ends and control characters.

    Raises:
        InvalidField: a text is too long.
    """
    found = {}
    for name, values in form:
        texts = [_clean(each) for each in values]
        if name in OWN or not any(texts):
            continue
        for number, text in enumerate(texts):
            if len(text) > most(name):
                place = f"{name}-{number}" if name == "goal_step" else name
                raise InvalidField("too-long", pointer=f"/{place}")
        found[name] = [text for text in texts if text]
    return found


def most(name: str) -> int:
    """How many characters a field may have; the same as over REST (visit_schemas.py)."""
    if name == "text":
        return 10_000
    return 2_000 if name.startswith(_LONG) else 500


def begun(plan: EducationPlan, encounter: str) -> dict[str, list[str]]:
    """What stands in a new form: who was taught and how, as the encounter has it."""
    virtual = any(v.virtual for v in plan.visits if v.encounter == encounter)
    return {
        "edition": [plan.edition.value],
        "learner": [Learner.PATIENT.value],
        "method": [(Method.VIDEO_VISIT if virtual else Method.TALK).value],
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
        edition=_code(Edition, fields, "edition") or plan.edition,
        teachings=tuple(_teachings(plan, fields)),
        learners=_codes(Learner, fields, "learner"),
        interpreter="interpreter" in fields,
        readiness=_code(Readiness, fields, "readiness"),
        methods=_codes(Method, fields, "method"),
        barriers=_codes(Barrier, fields, "barrier"),
        barriers_met=_text(fields, "barriers_met"),
        minutes=_minutes(fields),
        mood=_mood(fields),
        job=_job(fields),
        next_step=_code(NextStep, fields, "next_step"),
        text=_text(fields, "text"),
        no_teaching=_text(fields, "no_teaching"),
        note=note,
        key=key,
    )
    return Signed(
        plan.id,
        session,
        new_goals=tuple(_new_goals(fields, visit.today)),
        changed_goals=tuple(_changed_goals(plan, fields)),
        revision=revision,
    )


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


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or c.isprintable()).strip()


def _teachings(plan: EducationPlan, fields: Fields) -> Iterable[Teaching]:
    taught = set(fields.get("taught", ()))
    for topic in plan.topics:
        other = _code(Outcome, fields, f"other-{topic.id}")
        note = _text(fields, f"note-{topic.id}")
        result = _result(fields, f"result-{topic.id}")
        checked = result is not Understanding.NOT_ASSESSED
        if topic.id in taught and other:
            raise InvalidField("either-or", pointer=f"/other-{topic.id}")
        if topic.id in taught or (checked and not other):  # who was asked was talked with
            yield Teaching(topic.id, Outcome.TAUGHT, result, note=note)
        elif other:
            yield Teaching(topic.id, other, result, note=note)
        elif note:
            raise InvalidField("note-without-teaching", pointer=f"/taught-{topic.id}")


def _result(fields: Fields, name: str) -> Understanding:
    return _code(Understanding, fields, name) or Understanding.NOT_ASSESSED


def _new_goals(fields: Fields, today: date) -> Iterable[Goal]:
    text = _text(fields, "goal_text")
    steps = tuple(Step(each) for each in fields.get("goal_step", ()))
    due, target = _due(fields, "goal", today), _text(fields, "goal_target")
    if text:
        yield Goal("", text, target=target, due=due, steps=steps)
    elif due or target or steps:
        raise InvalidField("goal-without-words", pointer="/goal_text")


def _changed_goals(plan: EducationPlan, fields: Fields) -> Iterable[tuple[str, GoalChange]]:
    for goal in plan.goals:
        if not goal.state.is_open:
            continue
        told = _text(fields, f"goal-{goal.id}")
        words = _text(fields, f"words-{goal.id}")
        if f"adopt-{goal.id}" in fields:
            yield goal.id, GoalChange(agreed=True, text=words or goal.text)
        elif goal.state is GoalState.ACTIVE and told:
            why = _text(fields, f"why-{goal.id}")
            if told == GoalState.CANCELLED and not why:
                raise InvalidField("no-why", pointer=f"/why-{goal.id}")
            yield goal.id, _told_of_goal(told, why)


def _told_of_goal(told: str, why: str) -> GoalChange:
    if told in _ENDS:
        return GoalChange(state=GoalState(told), reason=why)
    if told not in _PROGRESS:
        raise InvalidField("unknown", pointer="/goals")
    return GoalChange(progress=_PROGRESS[told])


def _due(fields: Fields, name: str, today: date) -> date | None:
    by, written = _text(fields, f"{name}_by"), _text(fields, f"{name}_date")
    if not written:  # a date that is written out is the more exact one
        return today + timedelta(weeks=int(by)) if by in ("4", "8") else None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise InvalidField("not-a-date", pointer=f"/{name}_date") from error


def _minutes(fields: Fields) -> int:
    told = _text(fields, "minutes")
    if told and not (told.isascii() and told.isdigit() and 0 < int(told[:5]) <= 1_440):
        raise InvalidField("not-minutes", pointer="/minutes")
    return int(told or 0)


def _mood(fields: Fields) -> Mood | None:
    mood = Mood(_codes(MoodCue, fields, "cue"), _text(fields, "mood_text"))
    return mood if mood != Mood() else None


def _job(fields: Fields) -> Job | None:
    situation = _code(JobSituation, fields, "job")
    job = Job(situation, _text(fields, "job_next"), _text(fields, "job_text"))
    return job if job != Job() else None


def _text(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def _codes(kind: type[Code], fields: Fields, name: str) -> tuple[Code, ...]:
    return tuple(_read(kind, each, name) for each in dict.fromkeys(fields.get(name, ())))


def _code(kind: type[Code], fields: Fields, name: str) -> Code | None:
    told = _text(fields, name)
    return _read(kind, told, name) if told else None


def _read(kind: Callable[[str], Code], told: str, name: str) -> Code:
    try:
        return kind(told)
    except ValueError as error:
        raise InvalidField("unknown", pointer=f"/{name}") from error
