"""What a record is sent of one small course, dialect by dialect: committed, and made anew here.

`python -m tests.ehr.golden` writes the files. Each holds two transactions: of the new plan,
and of the plan after a visit with two topics, a teach-back, a goal and the note.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from service.domain.content import Edition, GoalTemplate, Handout
from service.domain.goal import Goal
from service.domain.plan import EducationPlan
from service.domain.teaching import Mood, MoodCue, NextStep, Outcome, Understanding
from service.ehr.transaction import to_transaction
from service.fhir.dialects import Dialect, written_in
from service.fhir.for_record import entries_of
from service.fhir.writer import BundleWriter
from service.usecases.change_plan import ChangePlan
from service.usecases.record_session import RecordSession, Signed
from tests.builders import (
    BOTH,
    NOW,
    a_caller,
    a_file,
    a_pack,
    a_plan,
    a_session,
    a_teaching,
    an_encounter,
    text,
)

Json = dict[str, Any]

FOLDER = Path(__file__).parent
DIALECTS = (Dialect.CORE, Dialect.INLINE, Dialect.FUT, Dialect.NOTE)
WRITE = BundleWriter(orjson.dumps, "https://education.example")


PLAN = "0190a000-0000-7000-8000-000000000001"


def new_plan(plan_id: str = PLAN, words: str = "") -> EducationPlan:
    """A plan whose topics and goal are codes of the published code systems.

    Plans share their handouts where `words` are the same; else each has its own.
    """
    walk = GoalTemplate("daily-walk", text("Jeg går en tur hver dag"), ("knowledge",), BOTH)
    pack = a_pack(goals=(walk,), handouts=_handouts(words or plan_id))
    return a_plan(an_encounter(episode="EpisodeOfCare/ep1"), pack, id=plan_id)


def _handouts(words: str) -> tuple[Handout, ...]:
    content = f"<p>{words}</p>".encode()
    files = {
        (edition, language): a_file(content, language)
        for edition in Edition
        for language in ("da", "en")
    }
    topics = {"knowledge": ("knowledge",), "all": ("knowledge", "work")}
    return tuple(Handout(name, text(f"Pjece om {name}"), of, files) for name, of in topics.items())


def after_the_visit(plan_id: str = PLAN) -> EducationPlan:
    """One revision: what a physiotherapist signs at the end of the first visit."""
    session = a_session(
        a_teaching("knowledge", understanding=Understanding.PARTIAL, note="Bliver det værre?"),
        a_teaching("work", Outcome.DECLINED),
        mood=Mood((MoodCue.FEAR,), "Utryg ved at gå alene."),
        next_step=NextStep.FOLLOW_UP,
    )
    goal = Goal("", "Gå til bageren og hjem", ("knowledge",), due=date(2027, 1, 15))
    signed = Signed(plan_id, session, new_goals=(goal,))
    story = RecordSession(ChangePlan(None, lambda: NOW, WRITE))  # a preview stores nothing
    return story.preview(signed, new_plan(plan_id), a_caller(practitioner="Practitioner/fys1"))


def made(dialect: Dialect) -> Json:
    """Both transactions, as they would be sent to a record that takes every type."""
    plans = {"a new plan": new_plan(), "a documented visit": after_the_visit()}
    return {name: to_transaction(entries(dialect, plan)) for name, plan in plans.items()}


def entries(dialect: Dialect, plan: EducationPlan, without: tuple[str, ...] = ()):
    """The plan as a record of this dialect gets it that takes every type but some."""
    lacking = ("Procedure", *without)
    bundle = WRITE.in_full(plan, "ehr")
    return written_in(dialect, entries_of(bundle), lambda kind: kind not in lacking)[0]


def path_of(dialect: Dialect) -> Path:
    return FOLDER / f"{dialect}.json"


def kept(dialect: Dialect) -> Json:
    """Both transactions as they are committed."""
    found: Json = json.loads(path_of(dialect).read_bytes())
    return found


def main() -> None:
    for dialect in DIALECTS:
        written = json.dumps(made(dialect), ensure_ascii=False, indent=1)
        path_of(dialect).write_text(f"{written}\n", encoding="utf-8")
