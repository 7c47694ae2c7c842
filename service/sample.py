"""Made-up patients for trying the pages: a second visit, after one that is documented."""

from dataclasses import replace
from datetime import timedelta

from service.domain.codes import SNOMED, Coding
from service.domain.encounter import Condition, Encounter
from service.domain.goal import GoalChange
from service.domain.teaching import Method, NextStep, Outcome, Session, Teaching, Understanding
from service.usecases.assign_handout import Given
from service.usecases.make_plan import Wish
from service.usecases.ports import PATIENT as PATIENT_ROLE
from service.usecases.ports import Caller, Launch
from service.usecases.record_session import Signed
from service.web.parts import Parts

TENANT = "demo"
PATIENT, PARTICIPANT = "Patient/sample-nancy", "Patient/sample-noah"
FIRST, SECOND, GROUP = "Encounter/sample-1", "Encounter/sample-2", "Encounter/sample-3"
PHYSIO = "Practitioner/demo-clinician"
_LUMBAR = Coding(SNOMED, "18347007")
_SYSTEM = Caller(TENANT, "system", "sample")
_CLINICIAN = Caller(TENANT, "clinician", "demo-clinician", practitioner=PHYSIO)


def put_sample(parts: Parts) -> None:
    """Put the sample visits into the database; a second time changes nothing."""
    for patient, encounter, days in (
        (PATIENT, FIRST, 14),
        (PATIENT, SECOND, 0),
        (PARTICIPANT, GROUP, 0),
    ):
        condition = Condition((_LUMBAR,), reference=f"{patient.replace('Patient', 'Condition')}-1")
        started = parts.clock() - timedelta(days=days)
        posted = Encounter(encounter, patient, (condition,), started, practitioner=PHYSIO)
        made = parts.make_plan(posted, Wish(), _SYSTEM)
        if encounter == FIRST and made.stored is not None:
            parts.record_session([_first_visit(parts, made.stored.plan.id)], _CLINICIAN)


def links(parts: Parts) -> dict[str, str]:
    """Make links that open the pages for a working day, by whose they are and what they show."""
    alone = Launch(
        tenant=TENANT,
        name="demo-clinician",
        practitioner=PHYSIO,
        patient=PATIENT,
        encounter=SECOND,
        expires=parts.clock() + timedelta(hours=8),
    )
    shown = {
        "Physiotherapist": alone,
        "Group session": replace(alone, participants=(PARTICIPANT,)),
    }
    opens = f"{parts.service_url}/clinician/launch?code="
    found = {
        name: opens + parts.launches.start(launch, parts.clock()) for name, launch in shown.items()
    }
    own = Launch(TENANT, "sample-nancy", "", PATIENT, alone.expires, role=PATIENT_ROLE)
    enter = f"{parts.service_url}/portal/enter?code={parts.launches.start(own, parts.clock())}"
    return found | {"Patient": enter}


def _first_visit(parts: Parts, plan_id: str) -> Signed:
    teachings = (
        Teaching("knowledge", Outcome.TAUGHT, Understanding.UNDERSTOOD),
        Teaching("self-management", Outcome.TAUGHT, Understanding.NOT_UNDERSTOOD),
        Teaching("mood", Outcome.DEFERRED),
    )
    session = Session(
        encounter=FIRST,
        at=parts.clock() - timedelta(days=14),
        practitioner=PHYSIO,
        edition=parts.clinic(TENANT).edition,
        teachings=teachings,
        methods=(Method.TALK,),
        next_step=NextStep.FOLLOW_UP,
        key="sample",
    )
    agreed = GoalChange(agreed=True, text="Jeg går til bageren og hjem igen hver dag.")
    return Signed(
        plan_id,
        session,
        changed_goals=(("daily-walk", agreed),),
        given=(Given("knowledge"), Given("self-management", on_paper=True)),
    )
