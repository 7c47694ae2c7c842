"""What the physiotherapist's page shows: topics with both wordings, last time, and the form."""

from collections.abc import Callable, Iterator
from datetime import datetime

from markupsafe import Markup

from service.domain.content import Audience, Edition, Pack, Point
from service.domain.goal import Goal, GoalState
from service.domain.plan import EducationPlan, PlannedTopic
from service.domain.teaching import Outcome, Session, Teaching, TopicState, Understanding
from service.domain.values import dataclass

Inline = Callable[[str], str]  # a point's Markdown as safe HTML


@dataclass(frozen=True, slots=True)
class Wording:
    """One point: its words, the shorter ones of PIXI, and in which editions it stands."""

    full: Markup
    short: Markup
    in_full: bool
    in_pixi: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What happened to a topic before: grey context, never input."""

    at: datetime
    outcome: Outcome
    understanding: Understanding
    note: str


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic as the page has it. `wordings` are by reader; empty when the text is not here."""

    id: str
    title: str
    patient_title: str
    state: TopicState
    last: Said | None
    for_physio: tuple[Wording, ...] = ()
    for_patient: tuple[Wording, ...] = ()
    prompts: tuple[str, ...] = ()
    observe: tuple[str, ...] = ()

    @property
    def has_words(self) -> bool:
        return bool(self.for_physio or self.for_patient or self.prompts)


def topic_rows(plan: EducationPlan, pack: Pack | None, inline: Inline) -> list[TopicRow]:
    """Return the topics in the plan's order: what is to be repeated first."""
    return [_row(plan, topic, pack, inline) for topic in plan.topics]


def standing(plan: EducationPlan) -> list[Session]:
    """The sessions that are no errors, the newest last."""
    return [session for session in plan.sessions if not session.error]


def elsewhere(plan: EducationPlan, encounter: str) -> list[Session]:
    """All that was signed for other visits, errors too, the newest first."""
    return [session for session in reversed(plan.sessions) if session.encounter != encounter]


def before(plan: EducationPlan, encounter: str) -> list[Session]:
    """The sessions of earlier visits."""
    return [session for session in standing(plan) if session.encounter != encounter]


def of_visit(plan: EducationPlan, encounter: str) -> list[Session]:
    """All that was signed for this visit, errors too."""
    return [session for session in plan.sessions if session.encounter == encounter]


def suggestions(plan: EducationPlan) -> list[Goal]:
    return [goal for goal in plan.goals if goal.state is GoalState.PROPOSED]


def active_goals(plan: EducationPlan) -> list[Goal]:
    return [goal for goal in plan.goals if goal.state is GoalState.ACTIVE]


def ended_goals(plan: EducationPlan) -> list[Goal]:
    ends = (GoalState.ACHIEVED, GoalState.NOT_ACHIEVED, GoalState.CANCELLED)
    return [goal for goal in plan.goals if goal.agreed and goal.state in ends]


def _row(plan: EducationPlan, topic: PlannedTopic, pack: Pack | None, inline: Inline) -> TopicRow:
    known = pack.topic(topic.id) if pack else None
    row = TopicRow(topic.id, topic.title, topic.patient_title, topic.state, _last(plan, topic.id))
    if known is None:
        return row
    text = known.in_language(plan.language)
    return TopicRow(
        row.id,
        row.title,
        row.patient_title,
        row.state,
        row.last,
        for_physio=tuple(_wordings(text.points, Audience.PHYSIO, inline)),
        for_patient=tuple(_wordings(text.points, Audience.PATIENT, inline)),
        prompts=text.teach_back,
        observe=text.observe,
    )


def _last(plan: EducationPlan, topic_id: str) -> Said | None:
    found = [
        Said(session.at, teaching.outcome, teaching.understanding, teaching.note)
        for session in standing(plan)
        for teaching in _about(session, topic_id)
    ]
    return found[-1] if found else None


def _about(session: Session, topic_id: str) -> Iterator[Teaching]:
    return (t for t in session.teachings if t.topic == topic_id and not t.error)


def _wordings(points: tuple[Point, ...], reader: Audience, inline: Inline) -> Iterator[Wording]:
    for point in points:
        if point.audience is reader:
            full, short = (Markup(inline(point.words(e))) for e in (Edition.FULL, Edition.PIXI))  # noqa: S704
            yield Wording(
                full, short, point.in_edition(Edition.FULL), point.in_edition(Edition.PIXI)
            )
