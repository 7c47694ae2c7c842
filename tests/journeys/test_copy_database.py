"""A clinic moves from SQLite to PostgreSQL: everything answers alike, and work goes on."""

import json
import re
import shutil

import pytest

from service.stand_in.rest import create_stand_in
from tests.conftest import FHIR, JSON
from tests.ehr.faults import serving
from tests.ehr.story import differing, standing, states_of
from tests.hapi.client import Record
from tests.hapi.clinic import Clinic, Course
from tests.live import Live, live_service

pytestmark = [pytest.mark.slow, pytest.mark.real]

TYPES = (
    *("CarePlan", "ServiceRequest", "Communication", "Goal", "Observation", "DocumentReference"),
    *("Provenance", "PlanDefinition", "ActivityDefinition", "Questionnaire"),
)
# What an answer draws anew each time it is given.
DRAWN = re.compile(
    rb'"id":"[0-9a-f-]{36}","meta":\{"lastUpdated":"[^"]*"\}|"timestamp":"[^"]*"|_page=[\w.~-]+|"trace_id":"\w+"'
)


def answers(live: Live, patients, plans) -> dict[str, bytes]:
    """All that can be asked about these patients, byte by byte."""
    tokens = {role: live.token(role) for role in ("system", "clinician", "auditor")}
    asked = [("auditor", "/fhir/AuditEvent?_sort=_id&_count=200", FHIR)]
    asked += [("system", f"/fhir/{kind}?_count=200", FHIR) for kind in TYPES]
    for patient in patients:
        asked.append(("system", f"/api/v1/plans?patient={patient}", JSON))
        asked.append(("clinician", f"/fhir/CarePlan?subject=Patient/{patient}", FHIR))
    for plan, careplan in plans.items():
        path = f"/api/v1/plans/{plan}"
        asked += [("system", path, FHIR), ("system", path, JSON)]
        asked += [("system", f"{path}/deliveries", JSON), ("clinician", f"{path}/note", JSON)]
        asked.append(("system", f"/fhir/CarePlan/{careplan}/_history", FHIR))
    told = {}
    for role, path, kind in asked:
        answer = live.call("GET", path, tokens[role], headers={"Accept": kind})
        told[f"{role} {path} {kind}"] = DRAWN.sub(b"*", answer.content)
        assert answer.ok or answer.status_code == 404, f"{path}: {answer.text}"
    return told


def careplan_of(answer) -> str:
    return answer.json()["entry"][0]["fullUrl"].removeprefix("urn:uuid:")


def test_everything_answers_alike_after_the_move_and_work_goes_on(tmp_path, postgres):
    target = postgres.make("moved")
    with serving(create_stand_in(tmp_path / "record.sqlite")) as base:
        record, old = Record(base), tmp_path / "old"
        settings = {"EDUPLAN_DEMO_EHR": base, "EDUPLAN_BASE_URL": "http://127.0.0.1:8080"}
        told, others = Course(), [Course(), Course()]
        with live_service(old, **settings) as live:
            clinic = Clinic(live, record)
            first = clinic.sees(told)
            whole = clinic.sees(others[0])
            list(clinic.documents(whole))
            live.run("work", "--until-empty")
            later = clinic.sees(others[1])  # waits when the clinic moves
            made = (first, whole, later)
            plans = {
                each.headers["Location"].rpartition("/")[2]: careplan_of(each) for each in made
            }
            patients = [f"p-{course.name}" for course in (told, *others)]
        said = live.run("copy-database", target)
        assert said.splitlines()[-1] == "Copied."
        moved = tmp_path / "moved"
        shutil.copytree(old, moved, ignore=shutil.ignore_patterns("*.sqlite*", "log"))
        with (
            live_service(old, **settings) as before,
            live_service(moved, EDUPLAN_DATABASE_URL=target, **settings) as after,
        ):
            expected = answers(before, patients, plans)
            found = answers(after, patients, plans)
            assert [what for what in expected if found[what] != expected[what]] == []
            assert len(expected) > 20
            goes_on(Clinic(after, record), told, first, later)
    postgres.drop("moved")


def goes_on(clinic: Clinic, course: Course, first, later) -> None:
    """The same encounter is known, the next one continues its course, and all is delivered."""
    live, record = clinic.live, clinic.record
    assert clinic.sees(course).content == first.content
    second = clinic.sees(course, 2)
    assert second.status_code == 200
    assert second.headers["Location"] == first.headers["Location"]
    last = list(clinic.documents(second))[-1]
    live.run("work", "--until-empty")
    for answer in (last, later):
        plan = answer.headers.get("Location") or second.headers["Location"]
        assert set(states_of(live, plan.rpartition("/")[2])) == {"delivered"}
        bundle = json.loads(answer.content)
        assert set(standing(record, bundle).values()) == {1}
        assert differing(record, bundle) == []
