"""Shapes of our REST JSON, for reading, writing and OpenAPI; nothing of the database."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.domain.codes import Coding
from service.domain.content import HandoutForm
from service.domain.encounter import Condition, Encounter
from service.domain.errors import InvalidCode, InvalidField, may_be_told
from service.domain.goal import GoalState
from service.domain.plan import PlanState
from service.domain.teaching import TopicState
from service.usecases.delivering import DeliveryState
from service.web.documented import EDITIONS
from service.web.patient_schemas import PlanAssignmentSchema, PlanQuestionSchema

# FHIR R4 datatype id.
FHIR_ID = validate.Regexp(
    r"[A-Za-z0-9\-.]{1,64}\Z", error="must be 1 to 64 letters, digits, '-' or '.'"
)
_LANGUAGE = validate.Regexp(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z", error="must be like 'da'")
_PACK = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,99}\Z", error="must be the id of a pack")


def tellable_in_utc(moment: datetime) -> None:
    """As R4 dateTime (fhir/primitives.py): the calendar ends with the year 9999, in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValidationError("must be a moment that the calendar has in UTC too") from None


class Strict(Schema):
    class Meta:
        unknown = RAISE


class RefSchema(Strict):
    id = fields.String(required=True, validate=FHIR_ID, metadata={"examples": ["p1"]})


class CodingSchema(Strict):
    system = fields.String(
        required=True,
        validate=validate.Length(1, 255),
        metadata={"description": "URI of the code system", "examples": ["http://snomed.info/sct"]},
    )
    code = fields.String(
        required=True, validate=validate.Length(1, 64), metadata={"examples": ["18347007"]}
    )


class ConditionSchema(Strict):
    id = fields.String(
        validate=FHIR_ID, metadata={"description": "id of the Condition, if it has one"}
    )
    codings = fields.List(
        fields.Nested(CodingSchema), required=True, validate=validate.Length(1, 20)
    )


class EncounterContactSchema(RefSchema):
    start = fields.AwareDateTime(
        format="iso",
        validate=tellable_in_utc,
        metadata={"description": "when it began, with a time zone"},
    )
    virtual = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "by telephone or video"}
    )
    accompanied = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "a relative took part"}
    )


class EncounterSchema(Strict):
    """The small form of an encounter: ids of the clinic's record, and codes."""

    encounter = fields.Nested(EncounterContactSchema, required=True)
    patient = fields.Nested(RefSchema, required=True)
    conditions = fields.List(
        fields.Nested(ConditionSchema),
        required=True,
        validate=validate.Length(1, 50),
        metadata={"description": "the most important first"},
    )
    practitioner = fields.Nested(RefSchema)
    organization = fields.Nested(RefSchema)
    episode = fields.Nested(
        RefSchema, metadata={"description": "the EpisodeOfCare that the record counts it to"}
    )
    edition = fields.String(validate=validate.OneOf(EDITIONS))
    language = fields.String(validate=_LANGUAGE)
    pack = fields.String(validate=_PACK)


class WishSchema(Strict):
    """Query parameters of a posted encounter."""

    edition = fields.String(
        validate=validate.OneOf(EDITIONS),
        metadata={"description": "full, or the short PIXI edition; else as the clinic has it"},
    )
    language = fields.String(validate=_LANGUAGE, metadata={"description": "da or en"})
    pack = fields.String(
        validate=_PACK, metadata={"description": "only this pack, where several match"}
    )


class TitledSchema(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)


class PlanTeachingSchema(Schema):
    """One entry about a topic; `error` says why it was an error."""

    id = fields.String(required=True)
    outcome = fields.String(required=True)
    understanding = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    error = fields.String(required=True)


class PlanHistorySchema(PlanTeachingSchema):
    session = fields.String(required=True)
    at = fields.String(required=True)


class PlanSessionTopicSchema(PlanTeachingSchema):
    topic = fields.String(required=True)


class PlanTopicSchema(TitledSchema):
    patient_title = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(TopicState)})
    history = fields.List(fields.Nested(PlanHistorySchema), required=True)


class PlanStepSchema(Schema):
    text = fields.String(required=True)
    due = fields.String(required=True, allow_none=True)
    reached = fields.String(required=True, allow_none=True)


class PlanGoalSchema(TitledSchema):
    """A goal; `agreed` tells whether the patient ever said yes to it."""

    state = fields.String(required=True, metadata={"enum": list(GoalState)})
    agreed = fields.Boolean(required=True)
    topics = fields.List(fields.String(), required=True)
    target = fields.String(required=True)
    due = fields.String(required=True, allow_none=True)
    progress = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Nested(PlanStepSchema), required=True)
    reason = fields.String(required=True)


class PlanMoodSchema(Schema):
    cues = fields.List(fields.String(), required=True)
    text = fields.String(required=True)


class PlanJobSchema(Schema):
    situation = fields.String(required=True, allow_none=True)
    next_agreement = fields.String(required=True)
    text = fields.String(required=True)


class PlanSessionSchema(Schema):
    """What was signed for a visit. Patients are not shown what is for clinicians only."""

    id = fields.String(required=True)
    at = fields.String(required=True)
    encounter = fields.String(required=True)
    practitioner = fields.String(required=True)
    edition = fields.String(required=True)
    learners = fields.List(fields.String(), required=True)
    interpreter = fields.Boolean(required=True)
    methods = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True)
    next_step = fields.String(required=True, allow_none=True)
    error = fields.String(required=True)
    topics = fields.List(fields.Nested(PlanSessionTopicSchema), required=True)
    readiness = fields.String(allow_none=True)
    barriers = fields.List(fields.String())
    barriers_met = fields.String()
    mood = fields.Nested(PlanMoodSchema, allow_none=True)
    job = fields.Nested(PlanJobSchema, allow_none=True)
    text = fields.String()
    no_teaching = fields.String()
    note = fields.String()


class HandoutFormSchema(Schema):
    """One form of a handout: the page, or a copy of it. The address never says anything else."""

    form = fields.String(required=True, metadata={"enum": list(HandoutForm)})
    url = fields.String(required=True)
    sha256 = fields.String(required=True, metadata={"description": "of the form's own bytes"})
    size = fields.Integer(required=True, metadata={"description": "in bytes"})


class PlanHandoutSchema(TitledSchema):
    url = fields.String(required=True)
    sha256 = fields.String(
        required=True, metadata={"description": "of the page: it pins the text, in every form"}
    )
    forms = fields.List(fields.Nested(HandoutFormSchema), required=True)
    assignments = fields.List(
        fields.Nested(PlanAssignmentSchema),
        required=True,
        metadata={"description": "each time it was given to the patient, the newest last"},
    )


class PlanEncounterSchema(TitledSchema):
    start = fields.String(required=True)


class PlanPackSchema(TitledSchema):
    version = fields.String(required=True)
    sha256 = fields.String(required=True)
    draft = fields.Boolean(required=True)


class PlanReasonSchema(Schema):
    system = fields.String(required=True)
    code = fields.String(required=True)
    condition = fields.String(required=True)
    confidence = fields.String(required=True, metadata={"enum": ["exact", "possible"]})
    why = fields.String(required=True)


class PlanSchema(TitledSchema):
    """An education plan as JSON."""

    state = fields.String(required=True, metadata={"enum": list(PlanState)})
    patient = fields.String(required=True)
    pack = fields.Nested(PlanPackSchema, required=True)
    edition = fields.String(required=True, metadata={"enum": list(EDITIONS)})
    language = fields.String(required=True)
    reason = fields.Nested(PlanReasonSchema, required=True)
    topics = fields.List(fields.Nested(PlanTopicSchema), required=True)
    next = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "topics to take up first: not understood, then open"},
    )
    goals = fields.List(fields.Nested(PlanGoalSchema), required=True)
    handouts = fields.List(fields.Nested(PlanHandoutSchema), required=True)
    questions = fields.List(fields.Nested(PlanQuestionSchema), required=True)
    encounters = fields.List(fields.Nested(PlanEncounterSchema), required=True)
    sessions = fields.List(fields.Nested(PlanSessionSchema), required=True)
    ended = fields.String(required=True, metadata={"description": "why the plan ended"})
    revision = fields.Integer(required=True)
    created = fields.String(required=True)
    updated = fields.String(required=True)
    also_covered = fields.List(fields.String())


class PlanListSchema(Schema):
    plans = fields.List(fields.Nested(PlanSchema), required=True)


class NoteSchema(Schema):
    note = fields.String(required=True)
    session = fields.String(required=True)
    words = fields.Integer(required=True)


class DeliveredEntrySchema(Schema):
    identity = fields.String(required=True)
    reference = fields.String(required=True)
    version = fields.String(required=True)


class ReasonSchema(Schema):
    code = fields.String(required=True)
    text = fields.String(required=True)


class DeliverySchema(Schema):
    """A revision on its way into the record; `at` is when it came to this state."""

    revision = fields.Integer(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([state.value for state in DeliveryState]),
    )
    queued = fields.DateTime(required=True)
    at = fields.DateTime(required=True)
    tries = fields.Integer(required=True)
    reason = fields.Nested(ReasonSchema)
    entries = fields.List(fields.Nested(DeliveredEntrySchema), required=True)
    left_out = fields.List(fields.String(), required=True)


class DeliveriesSchema(Schema):
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class ProblemSchema(Schema):
    """RFC 9457, with what mends it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    pointer = fields.String(required=True)
    how_to_fix = fields.String(required=True)
    trace_id = fields.String(required=True)


_ENCOUNTER = EncounterSchema()
_WISH = WishSchema()


def load_encounter(body: dict[str, Any]) -> tuple[Encounter, dict[str, str]]:
    """Return the encounter of the small form, and the wishes that stand in it.

    Raises:
        InvalidField: a field is wrong; the pointer leads to it.
        InvalidCode: a code is not one of its system.
    """
    loaded = load(_ENCOUNTER, body, "")
    encounter = Encounter(
        reference=f"Encounter/{loaded['encounter']['id']}",
        patient=f"Patient/{loaded['patient']['id']}",
        conditions=tuple(_condition(i, each) for i, each in enumerate(loaded["conditions"])),
        started=loaded["encounter"].get("start"),
        virtual=loaded["encounter"].get("virtual", False),
        accompanied=loaded["encounter"].get("accompanied", False),
        practitioner=_reference(loaded, "practitioner", "Practitioner"),
        organization=_reference(loaded, "organization", "Organization"),
        episode=_reference(loaded, "episode", "EpisodeOfCare"),
    )
    return encounter, {name: loaded[name] for name in _WISH.fields if name in loaded}


def load_wish(parameters: dict[str, str]) -> dict[str, str]:
    return load(_WISH, parameters, "?") if parameters else {}


def load(schema: Schema, content: Any, root: str) -> dict[str, Any]:
    """Return what was sent, in the types of the schema; `root` is where it stood.

    Raises:
        InvalidField: a field is wrong; the pointer leads to it.
    """
    try:
        loaded: dict[str, Any] = schema.load(content)
    except ValidationError as error:
        pointer, message = _first(error.messages)
        place = root + (pointer[1:] if root == "?" else pointer)
        raise InvalidField(message, pointer=place) from error
    return loaded


def _first(messages: Any) -> tuple[str, str]:
    """The first fault as JSON Pointer and text; the texts are ours or marshmallow's, no values."""
    pointer = ""
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        if isinstance(key, int) or (key != "_schema" and may_be_told(key)):
            pointer += f"/{key}"
    return pointer, str(messages[0]) if isinstance(messages, list) else str(messages)


def _condition(index: int, loaded: dict[str, Any]) -> Condition:
    codings = tuple(Coding(each["system"], each["code"]) for each in loaded["codings"])
    for place, coding in enumerate(codings):
        if not coding.is_well_formed:
            raise InvalidCode(
                "this is not a code of its system",
                pointer=f"/conditions/{index}/codings/{place}/code",
            )
    reference = f"Condition/{loaded['id']}" if "id" in loaded else ""
    return Condition(codings, reference=reference, pointer=f"/conditions/{index}/codings")


def _reference(loaded: dict[str, Any], name: str, resource_type: str) -> str:
    return f"{resource_type}/{loaded[name]['id']}" if name in loaded else ""
