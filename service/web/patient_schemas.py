"""Shapes of what the patient has and does: handouts that were given, questions."""

from marshmallow import Schema, fields

from service.domain.assignment import AssignmentState
from service.domain.question import QuestionState


class PlanAssignmentSchema(Schema):
    """What came of a handout that was given: times in UTC, null for what has not happened."""

    id = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(AssignmentState)})
    given = fields.String(required=True)
    until = fields.Date(allow_none=True, metadata={"description": "the last day it is there"})
    on_paper = fields.Boolean(required=True)
    opened = fields.String(allow_none=True)
    read = fields.String(allow_none=True, metadata={"description": "the patient says so"})
    withdrawn = fields.String(allow_none=True)
    reason = fields.String(required=True, metadata={"description": "why it was withdrawn"})


class PlanQuestionSchema(Schema):
    """What the patient wants to ask at the next visit, in the patient's words."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(QuestionState)})
    asked = fields.String(required=True)
    talked_about = fields.String(allow_none=True)
