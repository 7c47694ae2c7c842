"""A visit in rows, to be checked before it is signed."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from flask import g
from flask_babel import gettext as _

from service.domain.goal import Goal
from service.domain.plan import EducationPlan
from service.domain.teaching import Job, Mood, Session, Teaching, Understanding
from service.domain.values import dataclass
from service.fhir.note_words import name, quoted, said
from service.web.languages import day
from service.web.visit_screen import Person


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of the check: what it is, what was said, and where it is changed."""

    label: str
    texts: tuple[str, ...]
    anchor: str


def answers(
    plan: EducationPlan, session: Session, group: Sequence[tuple[Person, Session]]
) -> list[Answer]:
    """Return the rows, in the order of the form; `group` is what is signed for the others."""
    titles = {topic.id: topic.title for topic in plan.topics}
    topics = tuple(f"{titles[t.topic]}: {_came_of(t)}" for t in session.teachings)
    nothing = (session.no_teaching,) if session.no_teaching else ()
    rows = [
        Answer(_("Topics"), topics or nothing, "topics"),
        Answer(_("Understanding"), _checked(titles, session), "topics"),
        Answer(_("Goals"), tuple(map(_goal, session.goals)), "goals"),
        Answer(_("Handouts given"), _given(plan), "handouts"),
        Answer(_("Mood, work, barriers"), _noticed(session), "barriers"),
        Answer(_("Learner and method"), _how(session), "learners"),
        Answer(_("Next step"), _said(session.next_step), "next_step"),
        Answer(_("Free text"), (session.text,) if session.text else (), "text"),
    ]
    if answered := _talked_about(plan):
        rows.insert(0, Answer(_("Questions talked about"), answered, "questions"))
    if group:
        people = tuple(
            ": ".join(_some(person.label, "; ".join(_checked(titles, own))))
            for person, own in group
        )
        rows.append(Answer(_("Also signed for"), people, "attended"))
    return rows


def _came_of(teaching: Teaching) -> str:
    reason = f" ({_say(teaching.reason)})" if teaching.reason else ""
    note = f" – {teaching.note}" if teaching.note else ""
    return f"{_say(teaching.outcome)}{reason}{note}"


def _checked(titles: Mapping[str, str], session: Session) -> tuple[str, ...]:
    return tuple(
        f"{titles[t.topic]}: {_say(t.understanding)}"
        for t in session.teachings
        if t.understanding is not Understanding.NOT_ASSESSED
    )


def _goal(goal: Goal) -> str:
    progress = _say(goal.progress) if goal.progress else ""
    told = ", ".join(_some(_say(goal.state), progress, _by(goal.due)))
    reached = [step.text for step in goal.steps if step.reached]
    steps = _("steps reached: %(steps)s", steps=", ".join(reached)) if reached else ""
    return f"{quoted(g.language, goal.text)} ({'; '.join(_some(told, steps))})"


def _given(plan: EducationPlan) -> tuple[str, ...]:
    """Those that are given with what is to be signed."""
    new = [each for each in plan.assignments if each.changed == plan.revision]
    titles = {each.id: each.title for each in plan.handouts}
    paper = _("also on paper")
    return tuple(f"{titles[a.handout]} ({paper})" if a.on_paper else titles[a.handout] for a in new)


def _talked_about(plan: EducationPlan) -> tuple[str, ...]:
    return tuple(each.text for each in plan.questions if each.changed == plan.revision)


def _noticed(session: Session) -> tuple[str, ...]:
    """What was noticed, each kind by its name."""
    mood, job = session.mood or Mood(), session.job or Job()
    kinds = {
        _("Mood and strategies"): (*map(_say, mood.cues), mood.text),
        _("Work"): (*_said(job.situation), job.next_agreement, job.text),
        _("Barriers"): (*map(_say, session.barriers), session.barriers_met),
        _("Readiness"): _said(session.readiness),
    }
    return tuple(f"{name}: {', '.join(_some(*told))}" for name, told in kinds.items() if any(told))


def _how(session: Session) -> tuple[str, ...]:
    words = [*(_say(learner) for learner in session.learners), *(map(_say, session.methods))]
    if session.interpreter:
        words.append(_("Interpreter present"))
    if session.minutes:
        words.append(_("%(number)s minutes", number=session.minutes))
    edition = name(g.language, f"edition-{session.edition.value}")
    words.append(_("edition: %(name)s", name=edition))
    return (", ".join(words),)


def _by(due: date | None) -> str:
    return day(due) if due else ""


def _some(*texts: str) -> list[str]:
    return [text for text in texts if text]


def _said(code: StrEnum | None) -> tuple[str, ...]:
    return (_say(code),) if code else ()


def _say(code: StrEnum) -> str:
    return said(g.language, code)
