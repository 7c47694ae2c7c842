"""How two versions of a draft differ, in the words of the form."""

from collections.abc import Mapping
from enum import StrEnum

from flask import g
from flask_babel import gettext as _

from service.domain.goal import GoalState, Progress
from service.domain.plan import EducationPlan
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
from service.domain.values import dataclass
from service.fhir.note_words import quoted, said
from service.web.typed_fields import NOTE, NOTE_OF, Fields

_KINDS: dict[str, tuple[type[StrEnum], ...]] = {
    "result": (Understanding,),
    "other": (Outcome,),
    "goal": (GoalState, Progress),
    "learner": (Learner,),
    "method": (Method,),
    "barrier": (Barrier,),
    "readiness": (Readiness,),
    "cue": (MoodCue,),
    "job": (JobSituation,),
    "next_step": (NextStep,),
    "why_not": (Reason,),
}


# Boxes that are ticked by what they are about, and what that is called among the names.
_LISTED = {"taught": "", "give": "handout ", "paper": "handout ", "talked": "question "}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that says one thing here and another there."""

    label: str
    mine: str
    theirs: str


def differences(plan: EducationPlan, mine: Fields, theirs: Fields) -> list[Difference]:
    """Return the fields that differ, by what they are about."""
    named = {topic.id: topic.title for topic in plan.topics}
    named |= {f"question {asked.number}": asked.text for asked in plan.questions}
    named |= {f"handout {handout.id}": handout.title for handout in plan.handouts}
    named |= {goal.id: quoted(g.language, goal.text) for goal in plan.goals}
    named |= {
        f"{name}-{goal.id} {place}": step.text
        for name in ("reached", "undone")
        for goal in plan.goals
        for place, step in enumerate(goal.steps)
    }
    return [
        Difference(_label(name, named), _shown(mine, name, named), _shown(theirs, name, named))
        for name in sorted({*mine, *theirs} - {NOTE, NOTE_OF})
        if mine.get(name) != theirs.get(name)
    ]


def _label(name: str, named: Mapping[str, str]) -> str:
    kind, _dash, about = name.partition("-")
    about = next((title for key, title in named.items() if about.startswith(key)), "")
    label = _labels().get(kind, kind)
    return f"{label}: {about}" if about else label


def _shown(fields: Fields, name: str, named: Mapping[str, str]) -> str:
    return ", ".join(_words(name, value, named) for value in fields.get(name, ()))


def _words(name: str, value: str, named: Mapping[str, str]) -> str:
    if name in _LISTED:
        return named.get(f"{_LISTED[name]}{value}", value)
    if f"{name} {value}" in named:  # a step of the ladder, by its place
        return named[f"{name} {value}"]
    for kind in _KINDS.get(name.partition("-")[0], ()):
        if value in list(kind):
            return said(g.language, kind(value))
    return _fixed().get((name, value), value)


def _fixed() -> dict[tuple[str, str], str]:
    return {
        ("goal_by", "4"): _("in 4 weeks"),
        ("goal_by", "8"): _("in 8 weeks"),
        ("edition", "pixi"): _("PIXI (short)"),
        ("edition", "full"): _("Full"),
    }


def _labels() -> dict[str, str]:
    return {
        "taught": _("Talked about"),
        "result": _("Understanding"),
        "note": _("Note"),
        "other": _("Not today, because"),
        "goal": _("Goal"),
        "why": _("Why, if it is given up"),
        "why_not": _("Reason (optional)"),
        "reached": _("Steps that are reached"),
        "undone": _("No longer holds"),
        "step": _("A new step of the ladder"),
        "due": _("By when"),
        "target": _("What will show that it is reached"),
        "adopt": _("Suggested goals: ticked, they are agreed with the patient"),
        "words": _("In the patient's own words"),
        "goal_text": _("New goal, in the patient's words"),
        "goal_by": _("By when"),
        "goal_date": _("Date"),
        "goal_target": _("What will show that it is reached"),
        "goal_step": _("Steps of the ladder, the smallest first"),
        "edition": _("Edition used today"),
        "learner": _("Who was taught"),
        "interpreter": _("Interpreter present"),
        "method": _("How"),
        "minutes": _("Minutes spent (optional)"),
        "barrier": _("Barriers to learning"),
        "barriers_met": _("How they were met"),
        "readiness": _("Readiness"),
        "cue": _("Mood and strategies (for clinicians)"),
        "mood_text": _("Mood and strategies (for clinicians)"),
        "job": _("Work"),
        "job_next": _("Next agreement"),
        "job_text": _("More about work"),
        "next_step": _("Next step"),
        "reworded": _("The goal in other words"),
        "text": _("Free text"),
        "no_teaching": _("No teaching today?"),
        "give": _("Give in the portal"),
        "paper": _("Also on paper"),
        "talked": _("Questions talked about"),
        "attended": _("Who took part in the group besides this patient"),
    }
