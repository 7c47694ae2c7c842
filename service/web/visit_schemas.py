"""Shapes of what is told of a visit: sessions, goals, corrections, the end of a plan."""

from typing import Any

from marshmallow import fields, validate

from service.domain.content import Edition
from service.domain.goal import GoalState, Progress
from service.domain.teaching import (
    Barrier,
    JobSituation,
    Learner,
    Method,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Reason,
    Understanding,
)
from service.usecases.correct_entry import Entry
from service.web.schemas import FHIR_ID, Strict, tellable_in_utc

_TOPIC = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,24}\Z", error="must be the id of a topic")
_GOAL = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,40}\Z", error="must be the id of a goal")
_PLAN = validate.Regexp(r"[A-Za-z0-9-]{1,64}\Z", error="must be the id of a plan")


def _code(kind: Any, description: str, **more: Any) -> fields.Enum:
    return fields.Enum(kind, by_value=True, metadata={"description": description}, **more)


def _codes(kind: Any, description: str) -> fields.List:
    return fields.List(
        fields.Enum(kind, by_value=True),
        validate=validate.Length(0, len(kind)),
        metadata={"description": description},
    )


def _words(most: int, description: str, **more: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(0, most), metadata={"description": description}, **more
    )


class TeachingSchema(Strict):
    outcome = _code(Outcome, "what happened to the topic", required=True)
    understanding = _code(Understanding, "the teach-back; nothing said means not checked")
    reason = _code(Reason, "why it was not taught, besides the outcome")
    note = _words(2_000, "the patient's own words, or what to make clearer")


class TopicTeachingSchema(TeachingSchema):
    id = fields.String(required=True, validate=_TOPIC, metadata={"examples": ["self-management"]})


class MoodSchema(Strict):
    """For clinicians only: no patient is shown it."""

    cues = _codes(MoodCue, "what was noticed")
    text = _words(2_000, "in the clinician's words")


class JobSchema(Strict):
    situation = _code(JobSituation, "where the patient stands with work")
    next_agreement = _words(500, "what is agreed next")
    text = _words(2_000, "in the clinician's words")


class StepSchema(Strict):
    text = _words(500, "the step, in the patient's words", required=True)
    due = fields.Date(metadata={"description": "by when"})
    reached = fields.Date(metadata={"description": "the day it was reached"})


class GoalSchema(Strict):
    """A goal of the patient's own, agreed in the visit."""

    text = fields.String(
        required=True,
        validate=validate.Length(1, 500),
        metadata={"description": "in the patient's words", "examples": ["Gå til bageren"]},
    )
    topics = fields.List(fields.String(validate=_TOPIC), validate=validate.Length(0, 50))
    target = _words(500, "what will show that it is reached")
    due = fields.Date(metadata={"description": "by when", "examples": ["2027-01-15"]})
    steps = fields.List(fields.Nested(StepSchema), validate=validate.Length(0, 20))


class GoalChangeSchema(Strict):
    """What changes of a goal; what is left out stays."""

    text = _words(500, "in the patient's words")
    agreed = fields.Boolean(metadata={"description": "true makes a proposed goal the patient's"})
    target = _words(500, "what will show that it is reached")
    due = fields.Date(allow_none=True, metadata={"description": "by when; null for no date"})
    progress = _code(Progress, "how it goes")
    steps = fields.List(fields.Nested(StepSchema), validate=validate.Length(0, 20))
    state = fields.String(
        validate=validate.OneOf(
            [GoalState.ACHIEVED.value, GoalState.NOT_ACHIEVED.value, GoalState.CANCELLED.value]
        ),
        metadata={"description": "how it ended"},
    )
    reason = _words(500, "why it was given up")


class ChangedGoalSchema(GoalChangeSchema):
    id = fields.String(
        required=True, validate=_GOAL, metadata={"description": "of the plan's goal"}
    )


class PersonSchema(Strict):
    """What may be told of one person in a visit."""

    topics = fields.List(fields.Nested(TopicTeachingSchema), validate=validate.Length(0, 100))
    learners = _codes(Learner, "who was taught; nothing said means the patient")
    interpreter = fields.Boolean(metadata={"description": "an interpreter was there"})
    readiness = _code(Readiness, "how the learner met the teaching")
    methods = _codes(Method, "how it was taught; needed when something was")
    barriers = _codes(Barrier, "what made learning harder; none means that it was asked about")
    barriers_met = _words(2_000, "how they were met")
    minutes = fields.Integer(
        strict=True,
        validate=validate.Range(1, 1_440),
        metadata={"description": "minutes spent, if somebody counted"},
    )
    mood = fields.Nested(MoodSchema)
    job = fields.Nested(JobSchema)
    next_step = _code(NextStep, "what is to happen next")
    text = _words(10_000, "anything else, for clinicians")
    no_teaching = _words(500, "why nothing was taught, when nothing was")
    note = _words(10_000, "the note as edited; nothing said means the generated one")
    goals = fields.List(
        fields.Nested(GoalSchema),
        validate=validate.Length(0, 10),
        metadata={"description": "new ones, agreed in the visit"},
    )
    goal_changes = fields.List(
        fields.Nested(ChangedGoalSchema),
        validate=validate.Length(0, 50),
        metadata={"description": "what came of those that the plan has"},
    )


class ParticipantSchema(PersonSchema):
    """One participant of a group: what is told here goes before what is told for all."""

    plan = fields.String(required=True, validate=_PLAN)


class TeachingsSchema(PersonSchema):
    """What is signed for a visit. One topic may also be told without the list."""

    topic = fields.String(validate=_TOPIC)
    outcome = _code(Outcome, "of the one topic")
    understanding = _code(Understanding, "of the one topic")
    reason = _code(Reason, "of the one topic")
    encounter = fields.String(validate=FHIR_ID, metadata={"description": "else the latest visit"})
    at = fields.AwareDateTime(
        format="iso",
        validate=tellable_in_utc,
        metadata={"description": "when it was taught, with a time zone; else now"},
    )
    edition = _code(Edition, "which edition was used; else the plan's")
    participants = fields.List(
        fields.Nested(ParticipantSchema),
        validate=validate.Length(1, 100),
        metadata={"description": "the further participants of a group session"},
    )


class CorrectionSchema(Strict):
    """Which entry was an error, and what is right."""

    entry = _code(Entry, "what is corrected", required=True)
    id = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "of the teaching, session or goal; none for the plan"},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(1, 500),
        metadata={"description": "why it was an error", "examples": ["Tastefejl"]},
    )
    replacement = fields.Dict(
        metadata={"description": "the right teaching (outcome …) or session (topics …)"}
    )


class AssignmentSchema(Strict):
    """A handout that is given to the patient, or taken back."""

    until = fields.Date(metadata={"description": "the last day on which it is there"})
    on_paper = fields.Boolean(metadata={"description": "handed over printed as well"})
    withdrawn = fields.Boolean(
        load_default=False, metadata={"description": "true takes it back; needs a reason"}
    )
    reason = _words(500, "why it is taken back")


class ReceiptSchema(Strict):
    """How far the patient has come with a handout."""

    state = fields.String(
        validate=validate.OneOf(["opened", "read"]),
        load_default="read",
        metadata={"description": "opened by the patient, or the patient says that it was read"},
    )


class CloseSchema(Strict):
    outcome = fields.String(
        validate=validate.OneOf(["completed", "revoked"]),
        load_default="completed",
        metadata={"description": "reached its end, or given up"},
    )
    reason = _words(500, "needed when topics are not settled, or the plan is given up")


# By the names that they have in OpenAPI, and those that stand in others.
SHAPES: dict[str, Strict] = {
    "Assignment": AssignmentSchema(),
    "Close": CloseSchema(),
    "Correction": CorrectionSchema(),
    "Goal": GoalSchema(),
    "GoalChange": GoalChangeSchema(),
    "Receipt": ReceiptSchema(),
    "Session": TeachingsSchema(exclude=("participants", "goals", "goal_changes")),
    "Teaching": TeachingSchema(),
    "Teachings": TeachingsSchema(),
}
