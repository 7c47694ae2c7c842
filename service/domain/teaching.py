"""What was taught in a visit and what was understood: two facts, never one tick.

A *session* is what one clinician signs for one visit; its *teachings* are the topics that
were talked about, or were not and why. The state of a topic is always computed from the
teachings that stand, so a correction takes back exactly what it corrects.

    what happened  │ open      repeat    done      declined   not relevant
    ───────────────┼──────────────────────────────────────────────────────
    taught, clear  │ done      done¹     done      done²      done²
    taught, unclear│ repeat    repeat    repeat²   repeat²    repeat²
    deferred       │ open      repeat    –         open²      open²
    declined       │ declined  declined  –         declined   –
    not relevant   │ not rel.  not rel.  –         –          not rel.

¹ only when it was checked; a topic that was not understood stays to be repeated until the
  patient has said it back. ² begins a new round: what was closed is asked for once more
  (FHIR R4 request pattern: a completed or revoked request never becomes active again).
– refused. Sources: fhir-model lifecycle; Joint Commission PC.02.03.01 as to the elements.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from service.domain.content import Edition
from service.domain.errors import IllegalTransition, InvalidField
from service.domain.goal import Goal
from service.domain.values import dataclass


class TopicState(StrEnum):
    """Where a topic stands in the course. `repeat`: taught, but not yet understood."""

    OPEN = "open"
    REPEAT = "repeat"
    DONE = "done"
    DECLINED = "declined"
    NOT_RELEVANT = "not-relevant"

    @property
    def is_resolved(self) -> bool:
        return self not in (TopicState.OPEN, TopicState.REPEAT)


class Outcome(StrEnum):
    """What happened to a topic in a visit. `repeated`: taught, and not for the first time."""

    TAUGHT = "taught"
    REPEATED = "repeated"
    DEFERRED = "deferred"
    DECLINED = "declined"
    NOT_RELEVANT = "not-relevant"

    @property
    def was_taught(self) -> bool:
        return self in (Outcome.TAUGHT, Outcome.REPEATED)


class Understanding(StrEnum):
    """How the teach-back went: what the patient could say in their own words."""

    UNDERSTOOD = "understood"
    WITH_HELP = "understood-with-help"
    PARTIAL = "partial"
    NOT_UNDERSTOOD = "not-understood"
    NOT_ASSESSED = "not-assessed"

    @property
    def is_clear(self) -> bool:
        return self in (Understanding.UNDERSTOOD, Understanding.WITH_HELP)

    @property
    def is_unclear(self) -> bool:
        return self in (Understanding.PARTIAL, Understanding.NOT_UNDERSTOOD)


class Reason(StrEnum):
    """Why a topic was not taught, besides its outcome (CodeSystem not-done-reason)."""

    ALREADY_KNOWN = "already-known"
    NO_TIME = "no-time"
    LANGUAGE_BARRIER = "language-barrier"
    PATIENT_UNWELL = "patient-unwell"


class Learner(StrEnum):
    PATIENT = "patient"
    RELATIVE = "relative"
    OTHER = "other"


class Readiness(StrEnum):
    """How the learner met the teaching, in the clinician's words for it."""

    EAGER = "eager"
    ACCEPTING = "accepting"
    RELUCTANT = "reluctant"
    REFUSING = "refusing"


class Barrier(StrEnum):
    """What made learning harder. `none`: it was asked about, and there was none."""

    NONE = "none"
    LANGUAGE = "language"
    HEARING = "hearing"
    SIGHT = "sight"
    READING = "reading"
    MEMORY = "memory"
    PAIN = "pain"
    WORRY = "worry"
    OTHER = "other"


class Method(StrEnum):
    TALK = "talk"
    DEMONSTRATION = "demonstration"
    PRACTICE = "practice"
    LEAFLET = "leaflet"
    VIDEO = "video"
    GROUP = "group"
    PHONE = "phone"
    VIDEO_VISIT = "video-visit"


class MoodCue(StrEnum):
    """What the clinician noticed. For clinicians only; it measures nothing."""

    HOPELESS_WORDS = "hopeless-words"
    FEAR = "fear"
    AVOIDANCE = "avoidance"
    OWN_STRATEGIES = "own-strategies"
    FAMILY = "family"
    WORK = "work"


class JobSituation(StrEnum):
    WORKING = "working"
    PART_TIME_SICK = "part-time-sick"
    SICK = "sick"
    NOT_WORKING = "not-working"
    RETIRED = "retired"


class NextStep(StrEnum):
    FOLLOW_UP = "follow-up"
    WORKPLACE_VIDEO = "workplace-video"
    SEND_LEAFLET = "send-leaflet"
    CONTACT_GP = "contact-gp"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Teaching:
    """One topic in one session.

    `number` is the plan's own, never used twice; `changed` the plan's revision in which it
    was last written; `opened` that the record was told of a round which began with it;
    `error` why it was entered in error, "" while it stands.
    """

    topic: str
    outcome: Outcome
    understanding: Understanding = Understanding.NOT_ASSESSED
    reason: Reason | None = None
    note: str = ""
    number: int = 0
    changed: int = 0
    opened: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Mood:
    """Mood and strategies as noticed; never shown to a patient."""

    cues: tuple[MoodCue, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    situation: JobSituation | None = None
    next_agreement: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What a clinician signs for one visit, for one patient (each participant of a group).

    `at` is when it was taught, in UTC; `minutes` 0 when nobody counted; `no_teaching` why
    nothing was taught; `note` the text as signed, "" for the generated one; `goals` those
    that were agreed or changed in it, as they were then; `key` names the form or request it
    came by, so that sending it twice stores it once.
    """

    encounter: str
    at: datetime
    practitioner: str
    edition: Edition
    teachings: tuple[Teaching, ...] = ()
    learners: tuple[Learner, ...] = (Learner.PATIENT,)
    interpreter: bool = False
    readiness: Readiness | None = None
    methods: tuple[Method, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    barriers_met: str = ""
    minutes: int = 0
    mood: Mood | None = None
    job: Job | None = None
    next_step: NextStep | None = None
    text: str = ""
    no_teaching: str = ""
    note: str = ""
    goals: tuple[Goal, ...] = ()
    key: str = ""
    number: int = 0
    changed: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One time a topic was asked for, from being planned to being settled.

    `opened_by` is the number of the teaching that began it, 0 for the plan itself;
    `teachings` are those that belong to it. A round `in_error` was begun by mistake.
    """

    opened_by: int = 0
    state: TopicState = TopicState.OPEN
    teachings: tuple[Teaching, ...] = ()
    in_error: bool = False


def check(session: Session) -> None:
    """Hold a session to what a signature needs.

    Raises:
        InvalidField: nothing was touched and no reason is given, a topic stands twice, the
            learner or the method is missing, or a value goes against another.
    """
    if not session.teachings and not session.no_teaching:
        raise InvalidField(
            "at least one topic, or the reason why nothing was taught, is needed",
            pointer="/topics",
            how_to_fix="Say what happened to a topic, or why there was no teaching today.",
        )
    topics = [teaching.topic for teaching in session.teachings]
    for place, topic in enumerate(topics):
        if topic in topics[:place]:
            raise InvalidField("this topic stands twice", pointer=f"/topics/{place}/id")
    if not session.learners:
        raise InvalidField("who was taught is needed", pointer="/learners")
    if any(teaching.outcome.was_taught for teaching in session.teachings):
        if not session.methods:
            raise InvalidField("how it was taught is needed", pointer="/methods")
        if session.no_teaching:
            raise InvalidField(
                "topics were taught, so there is no reason for no teaching", pointer="/no_teaching"
            )
    if Barrier.NONE in session.barriers and len(session.barriers) > 1:
        raise InvalidField("`none` goes with no other barrier", pointer="/barriers")
    for place, teaching in enumerate(session.teachings):
        _check_teaching(teaching, f"/topics/{place}")


def _check_teaching(teaching: Teaching, pointer: str) -> None:
    if teaching.outcome.was_taught:
        if teaching.reason:
            raise InvalidField(
                "a topic that was taught has no reason why not", pointer=f"{pointer}/reason"
            )
    elif teaching.understanding is not Understanding.NOT_ASSESSED:
        raise InvalidField(
            "what was not taught cannot have been checked", pointer=f"{pointer}/understanding"
        )


def after(state: TopicState, teaching: Teaching) -> TopicState:
    """Return the state of a topic in this state after this teaching: the table above.

    Raises:
        IllegalTransition: the table has no such step.
    """
    found = _next(state, teaching)
    if found is None:
        raise IllegalTransition(
            f"a topic that is {state.value} cannot become {teaching.outcome.value}",
            how_to_fix="Record it as repeated when it is taken up again, or correct the entry "
            "that made it so.",
        )
    return found


def _next(state: TopicState, teaching: Teaching) -> TopicState | None:
    if teaching.outcome.was_taught:
        return _taught(state, teaching.understanding)
    if teaching.outcome is Outcome.DEFERRED:
        if state is TopicState.DONE:
            return None
        return TopicState.REPEAT if state is TopicState.REPEAT else TopicState.OPEN
    wanted = TopicState(teaching.outcome.value)
    return wanted if not state.is_resolved or state is wanted else None


def _taught(state: TopicState, understanding: Understanding) -> TopicState:
    if understanding.is_unclear:
        return TopicState.REPEAT
    if state is TopicState.REPEAT and not understanding.is_clear:
        return TopicState.REPEAT
    return TopicState.DONE


def teachings_of(topic: str, sessions: Iterable[Session]) -> tuple[Teaching, ...]:
    """Every teaching of a topic, also those entered in error, in the order of the visits."""
    return tuple(
        teaching
        for session in sessions
        for teaching in session.teachings
        if teaching.topic == topic
    )


def rounds(teachings: Iterable[Teaching]) -> tuple[Round, ...]:
    """Return the rounds of one topic from its teachings: the one that stands comes last.

    Those begun by mistake come first: the record has heard of them, so they are told of.

    Raises:
        IllegalTransition: what stands does not follow from each other.
    """
    told = tuple(teachings)
    found = [Round()]
    for teaching in told:
        if not teaching.error:
            found = _go_on(found, teaching)
    begun = {each.opened_by for each in found}
    void = [Round(t.number, in_error=True) for t in told if t.opened and t.number not in begun]
    return (*void, *found)


def _go_on(found: list[Round], teaching: Teaching) -> list[Round]:
    last = found[-1]
    state = after(last.state, teaching)
    if last.state.is_resolved and state is not last.state:
        return [*found, Round(teaching.number, state, (teaching,))]
    return [*found[:-1], replace(last, state=state, teachings=(*last.teachings, teaching))]
