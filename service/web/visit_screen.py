"""Everything that the page of a visit is rendered with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from service.domain.asking import open_questions
from service.domain.content import Pack
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
from service.fhir.note import signed_note
from service.fhir.note_words import said
from service.usecases.ports import Draft
from service.web.faults import Fault
from service.web.languages import clock, day
from service.web.parts import Parts
from service.web.visit_page import (
    active_goals,
    before,
    elsewhere,
    ended_goals,
    of_visit,
    suggestions,
    topic_rows,
)
from service.web.visit_patient import handout_rows

NOT_TAUGHT = (Outcome.DEFERRED, Outcome.DECLINED, Outcome.NOT_RELEVANT)
GOAL_WORDS = (
    Progress.IMPROVING,
    Progress.NO_CHANGE,
    Progress.WORSENING,
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
    "reasons": Reason,
}
_NOTED = (
    "cue",
    "mood_text",
    "job",
    "job_next",
    "job_text",
    "barrier",
    "barriers_met",
    "readiness",
)


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
    errors: Sequence[Fault] = (),
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
        "elsewhere": g.launch.encounter not in ("", encounter),
        "titles": {topic.id: topic.title for topic in plan.topics},
        "today": today,
        "short_day": lambda at: _short_day(at, parts.clock()),
        "signed_at": clock(signed[-1].at) if signed else "",
        "delivery": parts.deliveries.newest(plan.id, g.caller),
        "note_of": lambda session: signed_note(plan, session),
        "earlier": elsewhere(plan, encounter),
        "since": _since(plan, encounter),
        "shown_results": result_names(),
        "partly": said(g.language, Understanding.PARTIAL),
        "not_taught": NOT_TAUGHT,
        "not_today": not_today(),
        "questions": open_questions(plan),
        "handouts": handout_rows(plan, parts.clock().date()),
        "goals": active_goals(plan),
        "suggested": suggestions(plan),
        "ended": ended_goals(plan),
        "goal_words": GOAL_WORDS,
        "codes": {name: list(kind) for name, kind in _CODES.items()},
        "barrier_names": _barrier_names(),
        "noted": sum(name in fields for name in _NOTED),
        "noted_names": _NOTED,
        "prefilled": _prefilled(fields),
        "opened": _opener(fields, errors),
        "mended": _opener({}, errors),
        "group": group,
        "saved_at": clock(form.at) if form and form.version else "",
    }


def result_names() -> dict[str, str]:
    """The teach-backs that a page offers, in the few words that there is room for."""
    return {
        Understanding.UNDERSTOOD: _("In own words"),
        Understanding.WITH_HELP: _("With help"),
        Understanding.NOT_UNDERSTOOD: _("Take up again"),
    }


def not_today() -> dict[str, str]:
    return {
        Outcome.DEFERRED: _("Planned for later"),
        Outcome.DECLINED: _("The patient does not want it"),
        Outcome.NOT_RELEVANT: _("Not relevant for this patient"),
    }


def _pack(parts: Parts, plan: EducationPlan) -> Pack | None:
    """The very version the plan is made of; its words alone may stand beside its topics."""
    packs = parts.catalogue.packs(plan.tenant)
    return next((pack for pack in packs if pack.sha256 == plan.pack.sha256), None)


def _short_day(at: datetime, now: datetime) -> str:
    """A day as people say it: with its year only when that is another one."""
    return day(at).removesuffix(f" {now.year}")


def _since(plan: EducationPlan, encounter: str) -> str:
    again = [t.title for t in plan.topics if t.state.value == "repeat"]
    taught = {
        t.topic
        for session in before(plan, encounter)
        for t in session.teachings
        if t.outcome.was_taught and not t.error
    }
    told = [
        ngettext("%(num)s topic talked about", "%(num)s topics talked about", len(taught)),
        _("to be taken up again: %(titles)s", titles=", ".join(again)) if again else "",
    ]
    return "; ".join(text for text in told if text) + "."


def _prefilled(fields: Mapping[str, list[str]]) -> str:
    words = [
        said(g.language, kind(value))
        for name, kind in (("learner", Learner), ("method", Method))
        for value in fields.get(name, ())
        if value in list(kind)
    ]
    return ", ".join(words)


def _opener(fields: Mapping[str, list[str]], errors: Sequence[Fault]) -> Callable[..., bool]:
    """Whether a part that is folded away holds something, or something to mend."""
    told = {*fields, *(error.field for error in errors)}
    return lambda *beginnings: any(name.startswith(beginnings) for name in told)


def _barrier_names() -> dict[str, str]:
    named = {b.value: said(g.language, b) for b in Barrier}
    return {code: text[:1].upper() + text[1:] for code, text in named.items()}
