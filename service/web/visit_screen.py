"""Everything that the page of a visit is rendered with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import format_time
from flask_babel import gettext as _

from service.domain.content import Pack
from service.domain.errors import InvalidField, NotFound
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
    Session,
    Teaching,
    Understanding,
)
from service.fhir.note import note_text
from service.fhir.note_words import said
from service.usecases.ports import Draft
from service.web.parts import Parts
from service.web.visit_page import (
    active_goals,
    before,
    ended_goals,
    of_visit,
    suggestions,
    topic_rows,
)

RESULTS = (Understanding.UNDERSTOOD, Understanding.WITH_HELP, Understanding.NOT_UNDERSTOOD)
NOT_TAUGHT = (Outcome.DEFERRED, Outcome.DECLINED, Outcome.NOT_RELEVANT)
GOAL_WORDS = (
    Progress.IMPROVING,
    Progress.NO_CHANGE,
    GoalState.ACHIEVED,
    GoalState.NOT_ACHIEVED,
    GoalState.CANCELLED,
)
_CODES = {
    "cues": MoodCue,
    "jobs": JobSituation,
    "barriers": Barrier,
    "readiness": Readiness,
    "learners": Learner,
    "methods": Method,
    "next_steps": NextStep,
}
_NOTED = ("cue", "mood_text", "job", "job_next", "job_text", "barrier", "readiness")


@dataclass(frozen=True, slots=True)
class Person:
    """Another participant of the group, by the record's id and never by name."""

    plan_id: str
    label: str
    plan: EducationPlan


def screen(
    parts: Parts,
    plan: EducationPlan,
    encounter: str,
    form: Draft | None,
    group: list[Person],
) -> dict[str, Any]:
    """Return what the template needs; `form` None when nothing can be documented."""
    pack = _pack(parts, plan)
    rows = topic_rows(plan, pack, parts.inline)
    fields: Mapping[str, list[str]] = form.fields if form else {}
    visit = next(v for v in plan.visits if v.encounter == encounter)
    today = of_visit(plan, encounter)
    signed = [session for session in today if not session.error]
    return {
        "plan": plan,
        "form": form,
        "fields": fields,
        "rows": rows,
        "has_words": any(row.has_words for row in rows),
        "visit": visit,
        "visit_number": plan.visits.index(visit) + 1,
        "titles": {topic.id: topic.title for topic in plan.topics},
        "today": today,
        "signed_at": str(format_time(signed[-1].at, "HH.mm")) if signed else "",
        "delivery": parts.deliveries.newest(plan.id, g.caller),
        "note_of": lambda session: session.note or note_text(plan, session),
        "earlier": before(plan, encounter),
        "since": _since(plan, encounter),
        "shown_results": RESULTS,
        "not_taught": NOT_TAUGHT,
        "not_today": not_today(),
        "goals": active_goals(plan),
        "suggested": suggestions(plan),
        "ended": ended_goals(plan),
        "chosen_suggestions": any(name.startswith("adopt-") for name in fields),
        "goal_words": GOAL_WORDS,
        "codes": {name: list(kind) for name, kind in _CODES.items()},
        "barrier_names": _barrier_names(),
        "noted": sum(name in fields for name in _NOTED),
        "prefilled": _prefilled(fields),
        "opened": {
            "mood": any(name in fields for name in _NOTED),
            "learner": not (fields.get("learner") and fields.get("method")),
        },
        "group": group,
        "saved_at": str(format_time(form.at, "HH.mm")) if form and form.version else "",
    }


def not_today() -> dict[str, str]:
    return {
        Outcome.DEFERRED: _("Planned for later"),
        Outcome.DECLINED: _("The patient does not want it"),
        Outcome.NOT_RELEVANT: _("Not relevant for this patient"),
    }


def right_entry(plan: EducationPlan, number: int) -> dict[str, Any]:
    """Return what the correction of an entry is shown with.

    Raises:
        NotFound: there is no such entry, or it is an error already.
    """
    session, teaching = _entry(plan, number)
    outcomes = [("taught", _("It was talked about")), *not_today().items()]
    return {
        "session": session,
        "teaching": teaching,
        "titles": {topic.id: topic.title for topic in plan.topics},
        "outcomes": [*outcomes, ("", _("Nothing: it was never said"))],
        "shown_results": RESULTS,
        "instead": _instead(teaching.topic) if teaching else None,
    }


def _instead(topic: str) -> Callable[[Mapping[str, str]], Teaching | None]:
    def read(form: Mapping[str, str]) -> Teaching | None:
        outcome, result = form.get("outcome", ""), form.get("understanding", "")
        if not outcome:
            return None
        try:
            understanding = Understanding(result) if result else Understanding.NOT_ASSESSED
            return Teaching(topic, Outcome(outcome), understanding)
        except ValueError as error:
            raise InvalidField("unknown", pointer="/instead") from error

    return read


def _entry(plan: EducationPlan, number: int) -> tuple[Session, Teaching | None]:
    for session in plan.sessions:
        if session.number == number and not session.error:
            return session, None
        for teaching in session.teachings:
            if teaching.number == number and not teaching.error:
                return session, teaching
    raise NotFound("there is no such entry")


def _pack(parts: Parts, plan: EducationPlan) -> Pack | None:
    """The very version the plan is made of; its words alone may stand beside its topics."""
    packs = parts.catalogue.packs(plan.tenant)
    return next((pack for pack in packs if pack.sha256 == plan.pack.sha256), None)


def _since(plan: EducationPlan, encounter: str) -> str:
    again = [t.title for t in plan.topics if t.state.value == "repeat"]
    taught = {
        t.topic
        for session in before(plan, encounter)
        for t in session.teachings
        if t.outcome.was_taught and not t.error
    }
    told = [_("%(number)s topics talked about", number=len(taught))]
    if again:
        told.append(_("to be taken up again: %(titles)s", titles=", ".join(again)))
    return "; ".join(told) + "."


def _prefilled(fields: Mapping[str, list[str]]) -> str:
    words = [
        said(g.language, kind(value))
        for name, kind in (("learner", Learner), ("method", Method))
        for value in fields.get(name, ())
        if value in list(kind)
    ]
    return ", ".join(words)


def _barrier_names() -> dict[str, str]:
    named = {b.value: said(g.language, b) for b in Barrier}
    return {code: text[:1].upper() + text[1:] for code, text in named.items()}
