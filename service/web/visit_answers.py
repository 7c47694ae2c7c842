"""A visit in rows, to be checked before it is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import g
from flask_babel import format_date
from flask_babel import gettext as _

from service.domain.plan import EducationPlan
from service.domain.teaching import Session, Understanding
from service.fhir.note_words import said
from service.web.visit_screen import Person


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of the check: what it is, what was said, and where it is changed."""

    label: str
    texts: tuple[str, ...]
    anchor: str


def answers(plan: EducationPlan, session: Session, group: Sequence[Person]) -> list[Answer]:
    """Return the rows, in the order of the form."""
    titles = {topic.id: topic.title for topic in plan.topics}
    topics = tuple(f"{titles[t.topic]}: {_say(t.outcome)}" for t in session.teachings)
    checked = tuple(
        f"{titles[t.topic]}: {_say(t.understanding)}"
        for t in session.teachings
        if t.understanding is not Understanding.NOT_ASSESSED
    )
    nothing = (session.no_teaching,) if session.no_teaching else ()
    goals = tuple(f"“{goal.text}” ({_say(goal.state)}{_by(goal.due)})" for goal in session.goals)
    rows = [
        Answer(_("Topics"), topics or nothing, "topics"),
        Answer(_("Understanding"), checked, "topics"),
        Answer(_("Goals"), goals, "goals"),
        Answer(_("Mood, work, barriers"), _noticed(session), "barriers"),
        Answer(_("Learner and method"), _how(session), "learners"),
        Answer(_("Next step"), _said(session.next_step), "next_step"),
    ]
    if group:
        people = tuple(person.label for person in group)
        rows.append(Answer(_("Also signed for"), people, "end"))
    return rows


def _noticed(session: Session) -> tuple[str, ...]:
    told = [_say(barrier) for barrier in session.barriers]
    if session.readiness:
        told.append(_say(session.readiness))
    if session.mood:
        told += [*(_say(cue) for cue in session.mood.cues), session.mood.text]
    if session.job:
        told += [*_said(session.job.situation), session.job.next_agreement, session.job.text]
    return tuple(text for text in (*told, session.barriers_met) if text)


def _how(session: Session) -> tuple[str, ...]:
    words = [*(_say(learner) for learner in session.learners), *(map(_say, session.methods))]
    if session.interpreter:
        words.append(_("Interpreter present"))
    if session.minutes:
        words.append(_("%(number)s minutes", number=session.minutes))
    return (", ".join(words),)


def _by(due: object) -> str:
    return f", {format_date(due, 'd. MMM y')}" if due else ""


def _said(code: StrEnum | None) -> tuple[str, ...]:
    return (_say(code),) if code else ()


def _say(code: StrEnum) -> str:
    return said(g.language, code)
