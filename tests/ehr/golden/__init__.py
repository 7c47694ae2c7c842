"""What a record is sent of one small course, dialect by dialect: committed, and made anew here.

`python -m tests.ehr.golden` writes the files. Each holds two transactions: of the new plan,
and of the plan after a visit with two topics, a teach-back, a goal and the note.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from service.domain.content import GoalTemplate
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


def new_plan() -> EducationPlan:
    """A plan whose topics and goal are codes of the published code systems."""
    walk = GoalTemplate("daily-walk", text("Jeg går en tur hver dag"), ("knowledge",), BOTH)
    return a_plan(an_encounter(episode="EpisodeOfCare/ep1"), a_pack(goals=(walk,)))


def after_the_visit() -> EducationPlan:
    """One revision: what a physiotherapist signs at the end of the first visit."""
    session = a_session(
        a_teaching("knowledge", understanding=Understanding.PARTIAL, note="Bliver det værre?"),
        a_teaching("work", Outcome.DECLINED),
        mood=Mood((MoodCue.FEAR,), "Utryg ved at gå alene."),
        next_step=NextStep.FOLLOW_UP,
    )
    goal = Goal("", "Gå til bageren og hjem", ("knowledge",), due=date(2027, 1, 15))
    signed = Signed(new_plan().id, session, new_goals=(goal,))
    story = RecordSession(ChangePlan(None, lambda: NOW, WRITE))  # a preview stores nothing
    return story.preview(signed, new_plan(), a_caller(practitioner="Practitioner/fys1"))


def made(dialect: Dialect) -> Json:
    """Both transactions, as they would be sent to a record that takes every type."""
    plans = {"a new plan": new_plan(), "a documented visit": after_the_visit()}
    return {name: to_transaction(entries(dialect, plan)) for name, plan in plans.items()}


def entries(dialect: Dialect, plan: EducationPlan):
    """The plan as a record of this dialect gets it that takes every type."""
    found, left_out = written_in(
        dialect, entries_of(WRITE.in_full(plan, "ehr")), lambda kind: kind != "Procedure"
    )
    assert left_out == ()
    return found


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
