"""A course of visits, and its resources as examples: one for each row of the lifecycle."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from fhir_profiles.build.plans import AT, PLAN, Json, a_plan, resources
from service.domain.asking import ask, take_back, talk_about
from service.domain.assigning import assign, opened, read, withdraw
from service.domain.codes import SNOMED, Coding
from service.domain.correcting import correct_goal, correct_plan, correct_session, correct_teaching
from service.domain.documenting import add_goal, change_goal, close_plan, record_session
from service.domain.goal import Goal, GoalChange, GoalState, Progress, Step
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.teaching import (
    Barrier,
    Job,
    JobSituation,
    Learner,
    Method,
    Mood,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Session,
    Teaching,
    Understanding,
)
from service.fhir import urls

_BY = Change("Practitioner/fys1", AT)
_PATIENT = Change("Patient/anna", AT)
_WRONG = "Skrevet på den forkerte patient"
_WALK = Goal(
    "",
    "Gå til bageren og hjem igen uden pause",
    topics=("self-management",),
    measure=Coding(urls.LOINC, "64098-7"),
    target="400 meter",
    due=date(2027, 2, 1),
    steps=(Step("Til hjørnet", date(2026, 12, 7), date(2026, 12, 6)), Step("Til kirken")),
)


def documented() -> Iterator[tuple[str, str, Json]]:
    """Yield (profile, name, resource) of what becomes of a plan in its visits."""
    taught = visited()
    yield from _of_visit(resources(taught))
    yield from _wrong(taught)
    yield from _goals()
    yield from _ends(taught)
    yield from _handed()
    yield from _asked()


def visited() -> EducationPlan:
    """The plan after one visit in which everything was said that can be."""
    return record_session(a_plan("18347007", SNOMED), _session(), _BY)


def given() -> EducationPlan:
    """A plan with one handout in the patient's hands."""
    plan = a_plan("18347007", SNOMED)
    return assign(plan, plan.handouts[0].id, _BY, until=date(2027, 2, 1))


def _handed() -> Iterator[tuple[str, str, Json]]:
    plan = given()
    name = plan.handouts[0].id
    seen = opened(plan, name, _PATIENT)
    for told, after in (
        ("assigned", plan),
        ("opened", seen),
        ("ended", read(seen, name, _PATIENT)),
        ("withdrawn", withdraw(plan, name, "Erstattet af en ny udgave", _BY)),
        ("entered-in-error", correct_plan(plan, _WRONG, _BY)),
    ):
        yield "edu-handout-communication", f"handout-{told}", resources(after)[_named("h", 1)]


def _asked() -> Iterator[tuple[str, str, Json]]:
    plan = ask(a_plan("18347007", SNOMED), "Må jeg cykle?", _PATIENT)
    for told, after in (
        ("asked", plan),
        ("talked-about", talk_about(plan, 1, _BY)),
        ("taken-back", take_back(plan, 1, _PATIENT)),
        ("entered-in-error", correct_plan(plan, _WRONG, _BY)),
    ):
        yield "edu-patient-question", f"question-{told}", resources(after)[_named("q", 1)]


def _session() -> Session:
    results = (
        ("pain-mechanisms", Understanding.UNDERSTOOD),
        ("knowledge", Understanding.WITH_HELP),
        ("prognosis", Understanding.PARTIAL),
        ("self-management", Understanding.NOT_UNDERSTOOD),
    )
    missed = (
        ("mood", Outcome.DEFERRED),
        ("work", Outcome.NOT_RELEVANT),
        ("treatment", Outcome.DECLINED),
    )
    return Session(
        encounter="Encounter/visit-1",
        at=AT,
        practitioner="Practitioner/fys1",
        edition=a_plan("18347007", SNOMED).edition,
        teachings=(
            *(Teaching(topic, Outcome.TAUGHT, result) for topic, result in results),
            *(Teaching(topic, outcome) for topic, outcome in missed),
        ),
        learners=(Learner.PATIENT, Learner.RELATIVE),
        interpreter=True,
        readiness=Readiness.ACCEPTING,
        methods=(Method.TALK, Method.PRACTICE),
        barriers=(Barrier.HEARING,),
        barriers_met="Talte langsomt og skrev stikord ned.",
        minutes=15,
        mood=Mood((MoodCue.FEAR, MoodCue.AVOIDANCE), "Utryg ved at gå alene."),
        job=Job(JobSituation.PART_TIME_SICK, "Møde på arbejdspladsen 1.12."),
        next_step=NextStep.FOLLOW_UP,
    )


def _of_visit(found: dict[str, Json]) -> Iterator[tuple[str, str, Json]]:
    communication, observation = "edu-topic-communication", "edu-teach-back"
    yield communication, "taught", found[_named("c", 2)]
    for number, name in ((6, "deferred"), (7, "not-relevant"), (8, "declined")):
        yield communication, f"not-taught-{name}", found[_named("c", number)]
    for number, result in ((2, "understood"), (3, "understood-with-help"), (4, "partial")):
        yield observation, f"teach-back-{result}", found[_named("o", number)]
    yield observation, "teach-back-not-understood", found[_named("o", 5)]
    yield "edu-visit-observation", "mood", found[_named("m", 1)]
    yield "edu-visit-observation", "job", found[_named("j", 1)]
    yield "edu-note", "note", found[_named("n", 1)]
    for name, topic in (
        ("completed", "knowledge"),
        ("partly-understood", "prognosis"),
        ("deferred", "mood"),
        ("revoked", "work"),
        ("declined", "treatment"),
    ):
        yield "edu-topic-request", f"topic-{name}", found[f"ServiceRequest/{PLAN}.t.{topic}"]


def _wrong(taught: EducationPlan) -> Iterator[tuple[str, str, Json]]:
    one = resources(correct_teaching(taught, 2, _WRONG, None, _BY))
    yield "edu-topic-communication", "taught-entered-in-error", one[_named("c", 2)]
    yield "edu-teach-back", "teach-back-entered-in-error", one[_named("o", 2)]
    yield "edu-provenance", "provenance-correction", one[f"Provenance/{PLAN}.p.3"]
    whole = resources(correct_session(taught, 1, _WRONG, _BY))
    yield "edu-visit-observation", "mood-entered-in-error", whole[_named("m", 1)]
    yield "edu-note", "note-entered-in-error", whole[_named("n", 1)]


def _named(letter: str, number: int) -> str:
    kinds = {"n": "DocumentReference"} | dict.fromkeys("chq", "Communication")
    return f"{kinds.get(letter, 'Observation')}/{PLAN}.{letter}.{number}"


def _goals() -> Iterator[tuple[str, str, Json]]:
    plan = add_goal(a_plan("18347007", SNOMED), _WALK, _BY)
    goal = plan.goals[-1].id
    ends = {
        "goal-active": plan,
        "goal-improving": change_goal(plan, goal, GoalChange(progress=Progress.IMPROVING), _BY),
        "goal-achieved": change_goal(plan, goal, GoalChange(state=GoalState.ACHIEVED), _BY),
        "goal-not-achieved": change_goal(plan, goal, GoalChange(state=GoalState.NOT_ACHIEVED), _BY),
        "goal-cancelled": change_goal(
            plan,
            goal,
            GoalChange(state=GoalState.CANCELLED, reason="Patienten vil hellere cykle."),
            _BY,
        ),
        "goal-entered-in-error": correct_goal(plan, goal, _WRONG, _BY),
    }
    for name, each in ends.items():
        yield "edu-goal", name, resources(each)[f"Goal/{PLAN}.g.{goal}"]
    measured = {"outcomeReference": [{"reference": "Observation/walked-400-metres"}]}
    reached = resources(ends["goal-achieved"])[f"Goal/{PLAN}.g.{goal}"]
    yield "edu-goal", "goal-achieved-measured", reached | measured


def _ends(taught: EducationPlan) -> Iterator[tuple[str, str, Json]]:
    again = replace(_session(), teachings=_clear(), mood=None, job=None)
    understood = record_session(taught, again, _BY)
    number = understood.sessions[-1].teachings[0].number
    taught_again = resources(understood)[_named("c", number)]
    yield "edu-topic-communication", "taught-again", taught_again
    plans = {
        "plan-documented": taught,
        "plan-completed": close_plan(understood, "Mål nået; humør tages hos egen læge.", _BY),
        "plan-revoked": close_plan(taught, "Patienten er flyttet.", _BY, revoked=True),
        "plan-entered-in-error": correct_plan(taught, _WRONG, _BY),
    }
    for name, plan in plans.items():
        yield "edu-careplan", name, resources(plan)[f"CarePlan/{PLAN}"]
    wrong = resources(plans["plan-entered-in-error"])
    request = wrong[f"ServiceRequest/{PLAN}.t.knowledge"]
    yield "edu-topic-request", "topic-entered-in-error", request


def _clear() -> tuple[Teaching, ...]:
    topics = ("prognosis", "self-management")
    return tuple(Teaching(t, Outcome.TAUGHT, Understanding.UNDERSTOOD) for t in topics)
