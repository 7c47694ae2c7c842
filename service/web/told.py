"""What was told of a visit, from its JSON into the domain's own words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.content import Edition
from service.domain.errors import InvalidField
from service.domain.goal import Goal, GoalChange, GoalState, Step
from service.domain.teaching import (
    Job,
    Learner,
    Mood,
    Session,
    Teaching,
    Understanding,
)

Told = Mapping[str, Any]

_SHARED = ("edition", "methods", "minutes", "next_step", "at", "no_teaching")  # by a group
_SHORT = ("outcome", "understanding", "reason")  # of one topic, told without a list


def to_session(told: Told, *, at: datetime, edition: Edition) -> Session:
    """Return the session of one person; `at` and `edition` stand where nothing is told.

    Raises:
        InvalidField: one topic is told both beside the list and in it, or half.
    """
    encounter = told.get("encounter", "")
    return Session(
        encounter=encounter and f"Encounter/{encounter}",
        at=told.get("at", at),
        practitioner="",  # whoever signs it
        edition=told.get("edition", edition),
        teachings=tuple(map(to_teaching, _topics(told))),
        learners=tuple(dict.fromkeys(told.get("learners", (Learner.PATIENT,)))),
        interpreter=told.get("interpreter", False),
        readiness=told.get("readiness"),
        methods=tuple(dict.fromkeys(told.get("methods", ()))),
        barriers=tuple(dict.fromkeys(told.get("barriers", ()))),
        barriers_met=told.get("barriers_met", ""),
        minutes=told.get("minutes", 0),
        mood=_mood(told.get("mood")),
        job=_job(told.get("job")),
        next_step=told.get("next_step"),
        text=told.get("text", ""),
        no_teaching=told.get("no_teaching", ""),
        note=told.get("note", ""),
    )


def to_teaching(told: Told) -> Teaching:
    """Return one teaching; not checked unless it says so."""
    return Teaching(
        topic=told["id"],
        outcome=told["outcome"],
        understanding=told.get("understanding", Understanding.NOT_ASSESSED),
        reason=told.get("reason"),
        note=told.get("note", ""),
    )


def for_first(told: Told, own: Told) -> dict[str, Any]:
    """Return what is told of the patient whose plan a group session was sent to.

    A topic of their own, told among the participants, takes the place of the shared one.
    """
    kept = {k: v for k, v in told.items() if k not in (*_SHORT, "topic", "participants")}
    return kept | dict(own) | {"topics": _merged(_topics(told), own)}


def for_participant(told: Told, own: Told) -> dict[str, Any]:
    """Return what is told of another participant of a group: what is shared, and their own.

    Goals, mood, work, barriers, who was taught, free text, notes and the patient's own words
    belong to the first patient alone, as on the page: nobody's stands in another's record.
    """
    kept = {name: told[name] for name in _SHARED if name in told}
    topics = [{k: v for k, v in each.items() if k != "note"} for each in _topics(told)]
    return kept | dict(own) | {"topics": _merged(topics, own)}


def _merged(shared: Sequence[Told], own: Told) -> list[Told]:
    """Each shared topic, or what is told of it for this person; what stands twice stays so."""
    mine: list[Told] = own.get("topics", [])
    known = {each["id"] for each in shared}
    merged: list[Told] = []
    for each in shared:
        merged += [told for told in mine if told["id"] == each["id"]] or [each]
    return [*merged, *(told for told in mine if told["id"] not in known)]


def to_goals(told: Told) -> tuple[Goal, ...]:
    return tuple(map(to_goal, told.get("goals", ())))


def to_goal_changes(told: Told) -> tuple[tuple[str, GoalChange], ...]:
    """Return what came of goals in the visit, by their ids."""
    return tuple((each["id"], to_goal_change(each)) for each in told.get("goal_changes", ()))


def to_goal(told: Told) -> Goal:
    """Return a goal of the patient's own; its id is given when it is agreed."""
    return Goal(
        id="",
        text=told["text"],
        topics=tuple(told.get("topics", ())),
        target=told.get("target", ""),
        due=told.get("due"),
        steps=_steps(told) or (),
    )


def to_goal_change(told: Told) -> GoalChange:
    """Return the change; what is left out stays as it is."""
    return GoalChange(
        text=told.get("text"),
        agreed=told.get("agreed", False),
        target=told.get("target"),
        due=told.get("due"),
        no_due="due" in told and told["due"] is None,
        progress=told.get("progress"),
        steps=_steps(told),
        state=GoalState(told["state"]) if "state" in told else None,
        reason=told.get("reason", ""),
    )


def _topics(told: Told) -> list[Told]:
    topics: list[Told] = told.get("topics", [])
    short = {name: told[name] for name in _SHORT if name in told}
    if "topic" not in told:
        if short:
            raise InvalidField("of which topic is this?", pointer=f"/{next(iter(short))}")
        return topics
    if topics:
        raise InvalidField("a topic stands beside the list of topics", pointer="/topic")
    if "outcome" not in short:
        raise InvalidField("what happened to the topic is needed", pointer="/outcome")
    return [short | {"id": told["topic"]}]


def _mood(told: Told | None) -> Mood | None:
    if not told or not (told.get("cues") or told.get("text")):
        return None
    return Mood(tuple(dict.fromkeys(told.get("cues", ()))), told.get("text", ""))


def _job(told: Told | None) -> Job | None:
    if not told or not any(told.values()):
        return None
    return Job(told.get("situation"), told.get("next_agreement", ""), told.get("text", ""))


def _steps(told: Told) -> tuple[Step, ...] | None:
    if "steps" not in told:
        return None
    return tuple(Step(each["text"], each.get("due"), each.get("reached")) for each in told["steps"])
