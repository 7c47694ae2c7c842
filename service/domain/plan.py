"""The education plan and its lawful changes. Knows no FHIR, HTTP or SQL.

A plan is a course (decision 8): the next encounter of the same patient continues it.
It pins the version and the hash of its pack, so a newer pack never changes it.

    proposed ──confirm──▶ active          (a possible match waits for a clinician)
                          active ──continue──▶ active   (the next visit)
                          active ──close──▶ completed | revoked
    any ──correct──▶ entered in error

What happens in the visits is in `documenting`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from service.domain.assignment import Assignment
from service.domain.codes import Coding
from service.domain.content import Audience, Edition, HandoutCopy
from service.domain.encounter import Encounter
from service.domain.errors import IllegalTransition
from service.domain.goal import Goal
from service.domain.matching import Confidence, Match
from service.domain.question import Question
from service.domain.selection import Selection
from service.domain.teaching import Round, Session, TopicState, rounds, teachings_of
from service.domain.values import dataclass

Part = TypeVar("Part", "PlannedTopic", Goal)


class PlanState(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    COMPLETED = "completed"
    REVOKED = "revoked"
    IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    id: str
    title: str
    patient_title: str
    codes: tuple[Coding, ...]
    objectives: tuple[str, ...] = ()
    state: TopicState = TopicState.OPEN
    knowledge: Coding | None = None
    changed: int = 1


@dataclass(frozen=True, slots=True)
class PlannedHandout:
    """The exact page a patient would get: its hash pins the words for years to come.

    `copies` are the other forms of this page that were there when the plan was made.
    """

    id: str
    title: str
    topics: tuple[str, ...]
    sha256: str
    sha1: str
    size: int
    copies: tuple[HandoutCopy, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter of the course. `at` is when the record says it began, else when posted."""

    encounter: str
    at: datetime
    practitioner: str = ""
    virtual: bool = False
    accompanied: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the plan exists: the condition's code, and its reference when the record has one."""

    coding: Coding
    condition: str
    confidence: Confidence
    why: str


@dataclass(frozen=True, slots=True)
class PinnedPack:
    """The one version of a pack that this plan is made of, for as long as it lives."""

    id: str
    version: str
    sha256: str
    title: str
    patient_title: str
    is_draft: bool
    date: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What every new plan of one selection has in common: all that names no patient."""

    pack: PinnedPack
    edition: Edition
    language: str
    topics: tuple[PlannedTopic, ...]
    goals: tuple[Goal, ...]
    handouts: tuple[PlannedHandout, ...]


@dataclass(frozen=True, slots=True)
class EducationPlan:
    """What is to be taught to one patient, from one pack, over a course of visits.

    `id` is a UUID; `patient` a reference of the clinic's record; `created` and
    `updated` are UTC. `revision` grows by one with every change; `editor` is who
    made the newest one, as a reference of the record.
    `ended` says why the plan was closed or is in error; `last_number` is the newest number
    given to a session or a teaching; `episode` is the episode of care that the record counts
    the course to, "" when no encounter named one. `heard` are the first and the last of the
    newest revisions in a row that the patient made, none while the patient has made none.
    """

    id: str
    tenant: str
    patient: str
    pack: PinnedPack
    edition: Edition
    language: str
    state: PlanState
    reason: Reason
    topics: tuple[PlannedTopic, ...]
    goals: tuple[Goal, ...]
    handouts: tuple[PlannedHandout, ...]
    visits: tuple[Visit, ...]
    created: datetime
    updated: datetime
    author: str = ""
    organization: str = ""
    revision: int = 1
    sessions: tuple[Session, ...] = ()
    editor: str = ""
    ended: str = ""
    last_number: int = 0
    episode: str = ""
    assignments: tuple[Assignment, ...] = ()
    questions: tuple[Question, ...] = ()
    heard: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in (PlanState.PROPOSED, PlanState.ACTIVE)

    def topic(self, topic_id: str) -> PlannedTopic | None:
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def stands_since(self, revision: int) -> bool:
        """Whether only the patient has changed the plan after this revision, if anybody has."""
        by_patient = self.heard[-1:] == (self.revision,) and revision >= self.heard[0] - 1
        return revision == self.revision or (by_patient and revision < self.revision)

    def goal(self, goal_id: str) -> Goal | None:
        return next((goal for goal in self.goals if goal.id == goal_id), None)

    def rounds(self, topic: PlannedTopic) -> tuple[Round, ...]:
        """How often the topic was asked for, and what came of it; what stands is last."""
        return rounds(teachings_of(topic.id, self.sessions))


def outline(selection: Selection) -> Outline:
    """Return what plans of this selection have in common."""
    return Outline(
        pack=_pin(selection),
        edition=selection.edition,
        language=selection.language,
        topics=_plan_topics(selection),
        goals=_propose_goals(selection),
        handouts=_plan_handouts(selection),
    )


def draft_plan(
    plan_id: str,
    tenant: str,
    encounter: Encounter,
    match: Match,
    common: Outline,
    now: datetime,
) -> EducationPlan:
    """Return a new plan: active for an exact match, proposed for a possible one."""
    exact = match.confidence is Confidence.EXACT
    return EducationPlan(
        id=plan_id,
        tenant=tenant,
        patient=encounter.patient,
        pack=common.pack,
        edition=common.edition,
        language=common.language,
        state=PlanState.ACTIVE if exact else PlanState.PROPOSED,
        reason=_reason(match, common.language),
        topics=common.topics,
        goals=common.goals,
        handouts=common.handouts,
        visits=(_visit(encounter, now),),
        created=now,
        updated=now,
        author=encounter.practitioner,
        organization=encounter.organization,
        episode=encounter.episode,
    )


def continue_plan(
    plan: EducationPlan, encounter: Encounter, match: Match, now: datetime
) -> EducationPlan:
    """Return the plan with this visit added and its topics in carry-forward order.

    The same encounter again returns the plan as it was, so a resent post is harmless. The
    first episode of care that an encounter names stays the plan's.
    A proposal whose condition is now coded exactly becomes active: the record itself
    says what a clinician was to confirm.

    Raises:
        IllegalTransition: the plan is closed.
    """
    if any(visit.encounter == encounter.reference for visit in plan.visits):
        return plan
    if not plan.is_open:
        raise IllegalTransition(f"a plan that is {plan.state.value} takes no more visits")
    topics = carry_forward(plan.topics)
    settled = plan.state is PlanState.PROPOSED and match.confidence is Confidence.EXACT
    return replace(
        plan,
        state=PlanState.ACTIVE if settled else plan.state,
        reason=_reason(match, plan.language) if settled else plan.reason,
        visits=(*plan.visits, _visit(encounter, now)),
        topics=_anew(topics, plan) if settled else topics,
        goals=_anew(plan.goals, plan) if settled else plan.goals,
        updated=now,
        revision=plan.revision + 1,
        editor=encounter.practitioner,
        episode=plan.episode or encounter.episode,
    )


def confirm_plan(plan: EducationPlan, practitioner: str, now: datetime) -> EducationPlan:
    """Return the proposed plan as active: a clinician says the pack applies.

    Confirming an active plan again returns it as it was.

    Raises:
        IllegalTransition: the plan is closed.
    """
    if plan.state is PlanState.ACTIVE:
        return plan
    if plan.state is not PlanState.PROPOSED:
        raise IllegalTransition(f"a plan that is {plan.state.value} cannot be confirmed")
    return replace(
        plan,
        state=PlanState.ACTIVE,
        author=practitioner or plan.author,
        topics=_anew(plan.topics, plan),
        goals=_anew(plan.goals, plan),
        updated=now,
        revision=plan.revision + 1,
        editor=practitioner,
    )


def carry_forward(topics: Iterable[PlannedTopic]) -> tuple[PlannedTopic, ...]:
    """Return the topics with the not-understood first, then the open, then the settled.

    Within each the guideline's order is kept: nothing is ranked by the patient.
    """
    order = (TopicState.REPEAT, TopicState.OPEN)
    return tuple(sorted(topics, key=lambda t: 2 if t.state.is_resolved else order.index(t.state)))


def _anew(parts: tuple[Part, ...], plan: EducationPlan) -> tuple[Part, ...]:
    """All of them written anew: a proposal that is accepted is another thing to the record."""
    return tuple(replace(part, changed=plan.revision + 1) for part in parts)


def _visit(encounter: Encounter, now: datetime) -> Visit:
    return Visit(
        encounter.reference,
        encounter.started or now,
        encounter.practitioner,
        encounter.virtual,
        encounter.accompanied,
    )


def _reason(match: Match, language: str) -> Reason:
    return Reason(
        coding=match.coding,
        condition=match.condition.reference,
        confidence=match.confidence,
        why=match.why.in_language(language),
    )


def _pin(selection: Selection) -> PinnedPack:
    pack = selection.pack
    return PinnedPack(
        id=pack.id,
        version=pack.version,
        sha256=pack.sha256,
        title=selection.title,
        patient_title=selection.words(pack.title[Audience.PATIENT]),
        is_draft=not pack.is_approved,
        date=pack.date.isoformat(),
    )


def _plan_topics(selection: Selection) -> tuple[PlannedTopic, ...]:
    return tuple(
        PlannedTopic(
            id=chosen.topic.id,
            title=chosen.text.title[Audience.PHYSIO],
            patient_title=chosen.text.title.get(
                Audience.PATIENT, chosen.text.title[Audience.PHYSIO]
            ),
            codes=chosen.topic.codes,
            objectives=chosen.text.learning_objectives,
            knowledge=chosen.topic.knowledge_code,
        )
        for chosen in selection.topics
    )


def _propose_goals(selection: Selection) -> tuple[Goal, ...]:
    return tuple(
        Goal(goal.id, selection.words(goal.text), goal.topics, goal.measure)
        for goal in selection.goals
    )


def _plan_handouts(selection: Selection) -> tuple[PlannedHandout, ...]:
    return tuple(
        PlannedHandout(
            id=chosen.handout.id,
            title=selection.words(chosen.handout.title),
            topics=chosen.handout.topics,
            sha256=chosen.file.sha256,
            sha1=chosen.file.sha1,
            size=chosen.file.size,
            copies=chosen.file.copies,
        )
        for chosen in selection.handouts
    )
