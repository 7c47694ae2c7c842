"""Every door that answers FHIR is known here, and all that it answers is valid, refusals too.

Which doors there are is read from OpenAPI and from the routes of the façade: a new one that is
not tried here makes the first test fail.
"""

import uuid
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from service.fhir import urls
from service.web.fhir_routes import ROUTES
from tests.conftest import FHIR, JSON
from tests.live import Live
from tests.posted import ICD10, SKS, a_visit, an_encounter, coding
from tests.profiles.validator import validate
from tests.visit import the_whole_visit
from tests.walk import references

pytestmark = pytest.mark.real

FORM = "application/x-www-form-urlencoded"
PACK = "lumbar-spinal-stenosis"
HANDOUT = "/handouts/knowledge"
R4_BUNDLE = "http://hl7.org/fhir/StructureDefinition/Bundle"
APPLIED = f"{urls.BASE}/StructureDefinition/edu-applied-careplan"
REQUEST = f"{urls.BASE}/StructureDefinition/edu-applied-request"
DEFINITION = f"PlanDefinition/{PACK}"


@dataclass
class Caller:
    """Somebody at the doors of a running service, with a plan of their own."""

    live: Live
    tokens: dict[str, str]
    patient: str = ""
    plan: str = ""

    def send(self, method, path, content=None, kind=FHIR, role="system", **headers):
        data = content if isinstance(content, str | None) else orjson.dumps(content)
        given = {"Accept": FHIR, "Content-Type": kind} | headers
        return self.live.call(method, path, self.tokens[role], data=data, headers=given)

    def get(self, path, **more):
        return self.send("GET", f"/fhir/{path}", **more)

    def tell(self, method, door, content):
        """A clinician tells something of the plan."""
        return self.send(method, f"/api/v1/plans/{self.plan}{door}", content, JSON, "clinician")

    def meet(self, *codings):
        """A new patient comes: an encounter, and what is answered to it."""
        self.patient = f"p-{uuid.uuid4().hex[:12]}"
        visit = a_visit(self.patient, f"e-{self.patient}", *codings)
        answer = self.send("POST", "/api/v1/encounters", visit)
        self.plan = answer.headers["Location"].rpartition("/")[2]
        return answer

    def goal(self):
        """The id of a goal that was agreed."""
        made = self.tell("POST", "/goals", {"text": "cykle igen"})
        assert made.status_code == 201, made.text
        goals = self.send("GET", f"/api/v1/plans/{self.plan}", Accept=JSON).json()["goals"]
        return next(goal["id"] for goal in goals if goal["id"].startswith("own-"))


@pytest.fixture
def caller(live, system_token, clinician_token) -> Caller:
    found = Caller(live, {"system": system_token, "clinician": clinician_token})
    assert found.meet().status_code == 201
    assert found.tell("POST", "/teachings", the_whole_visit()).status_code == 201
    return found


def confirmed(caller):
    assert caller.meet(coding(SKS, "DM480")).status_code == 200
    return caller.tell("POST", "/confirm", {})


def received(caller):
    assert caller.tell("POST", HANDOUT + "/assignments", {}).status_code == 201
    return caller.tell("POST", HANDOUT + "/receipts", {"state": "read"})


def validated(caller):
    plan = caller.get(f"CarePlan/{caller.plan}").json()
    return caller.send("POST", "/fhir/CarePlan/$validate", plan)


PARAMETERS = {
    "resourceType": "Parameters",
    "parameter": [{"name": "subject", "valueString": "Patient/p1"}],
}
NAMED = {
    "resourceType": "Parameters",
    "parameter": [
        *PARAMETERS["parameter"],
        {"name": "planDefinition", "valueCanonical": f"{urls.BASE}/{DEFINITION}"},
    ],
}
CANONICAL = f"planDefinition={urls.BASE}/{DEFINITION}"
# Each door, and somebody who goes through it.
DOORS = {
    "POST /api/v1/encounters": lambda c: c.meet(),
    "GET /api/v1/plans": lambda c: c.send("GET", f"/api/v1/plans?patient={c.patient}"),
    "GET /api/v1/plans/{plan_id}": lambda c: c.send("GET", f"/api/v1/plans/{c.plan}"),
    "POST /api/v1/plans/{plan_id}/confirm": confirmed,
    "POST /api/v1/plans/{plan_id}/teachings": lambda c: c.tell(
        "POST", "/teachings", {"topic": "mood", "outcome": "deferred", "reason": "no-time"}
    ),
    "POST /api/v1/plans/{plan_id}/goals": lambda c: c.tell("POST", "/goals", {"text": "gå"}),
    "PATCH /api/v1/plans/{plan_id}/goals/{goal_id}": lambda c: c.tell(
        "PATCH", f"/goals/{c.goal()}", {"progress": "improving"}
    ),
    "POST /api/v1/plans/{plan_id}/handouts/{handout_id}/assignments": lambda c: c.tell(
        "POST", HANDOUT + "/assignments", {"until": "2100-01-15", "on_paper": True}
    ),
    "POST /api/v1/plans/{plan_id}/handouts/{handout_id}/receipts": received,
    "POST /api/v1/plans/{plan_id}/corrections": lambda c: c.tell(
        "POST", "/corrections", {"entry": "teaching", "id": "2", "reason": "Tastefejl"}
    ),
    "POST /api/v1/plans/{plan_id}/close": lambda c: c.tell("POST", "/close", {"reason": "Flyttet"}),
    "POST /hooks/encounter": lambda c: c.send("POST", "/hooks/encounter", an_encounter()),
    "PUT /hooks/encounter/Encounter/{encounter_id}": lambda c: c.send(
        "PUT", "/hooks/encounter/Encounter/e1", an_encounter()
    ),
    "GET /fhir/metadata": lambda c: c.get("metadata"),
    "GET /fhir/{resource_type}": lambda c: c.get(
        f"CarePlan?patient={c.patient}&_include=CarePlan:goal&_include=CarePlan:activity-reference"
        "&_revinclude=Provenance:target"
    ),
    "POST /fhir/{resource_type}/_search": lambda c: c.send(
        "POST", "/fhir/Communication/_search", f"patient={c.patient}", FORM
    ),
    "GET /fhir/{resource_type}/{resource_id}": lambda c: c.get(f"CarePlan/{c.plan}"),
    "GET /fhir/{resource_type}/{resource_id}/_history": lambda c: c.get(
        f"CarePlan/{c.plan}/_history"
    ),
    "GET /fhir/{resource_type}/{resource_id}/_history/{version}": lambda c: c.get(
        f"CarePlan/{c.plan}/_history/1"
    ),
    "GET /fhir/{resource_type}/$apply": lambda c: c.get(
        f"PlanDefinition/$apply?subject={c.patient}&{CANONICAL}"
    ),
    "POST /fhir/{resource_type}/$apply": lambda c: c.send(
        "POST", "/fhir/PlanDefinition/$apply", NAMED
    ),
    "GET /fhir/{resource_type}/{resource_id}/$apply": lambda c: c.get(
        f"ActivityDefinition/{PACK}-work/$apply?subject={c.patient}"
    ),
    "POST /fhir/{resource_type}/{resource_id}/$apply": lambda c: c.send(
        "POST", f"/fhir/{DEFINITION}/$apply", PARAMETERS
    ),
    "POST /fhir/{resource_type}/$validate": validated,
    "POST /fhir/$propose": lambda c: c.send("POST", "/fhir/$propose", a_visit("p1", "e1")),
}


def test_every_door_that_answers_fhir_is_tried_here(live):
    answering = doors_with_fhir(live)
    doors = {door for door, statuses in answering.items() if statuses != {"default"}}
    facade = {
        f"{method} /fhir{rule}".replace("<", "{").replace(">", "}")
        for rule, methods, *_ in ROUTES
        for method in methods
    }
    assert doors - set(DOORS) == set()
    assert doors | facade == set(DOORS)
    assert set(answering) - doors == set(REFUSALS)


def doors_with_fhir(live):
    """What OpenAPI says of each door: for which statuses it answers FHIR."""
    found = {}
    for path, row in live.call("GET", "/openapi.json", "").json()["paths"].items():
        for method, operation in row.items():
            if method != "parameters":
                answers = operation["responses"].items()
                told = {status for status, each in answers if FHIR in each.get("content", {})}
                found[f"{method.upper()} {path}"] = told
    return {door: told for door, told in found.items() if told}


# Doors that speak CDS Hooks, and FHIR when they refuse.
VIEW = "/cds-services/education-plan-patient-view"
REFUSALS = {
    "GET /cds-services": ("/cds-services?x=1", 422),
    "POST /cds-services/{service_id}": (VIEW, 401),
    "POST /cds-services/{service_id}/feedback": (f"{VIEW}/feedback", 401),
    "GET /cds-services/{service_id}/feedback": (f"{VIEW}/feedback", 403),
}


@pytest.mark.parametrize("door", REFUSALS)
def test_a_door_that_refuses_in_fhir_refuses_validly(caller, door):
    path, status = REFUSALS[door]
    answer = caller.send(door.partition(" ")[0], path, {}, JSON)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, FHIR)
    assert validate(answer.json()) == []


@pytest.mark.parametrize("door", DOORS)
def test_what_a_door_answers_is_valid_and_leads_somewhere(caller, door):
    answer = DOORS[door](caller)
    assert answer.ok, answer.text
    assert answer.headers["Content-Type"] == FHIR
    assert faults(answer.json()) == []


def faults(resource: dict[str, Any]) -> list[str]:
    """What is wrong with an answer, and with each resource in it."""
    kind = resource["resourceType"]
    if kind == "Bundle":
        own = "" if resource["type"] == "transaction" else R4_BUNDLE
        inside = [fault for e in resource["entry"] for fault in validate(e["resource"])]
        return [*validate(resource, own), *inside, *lost(resource)]
    if resource.get("intent") == "proposal":
        contained = [r for r in resource["contained"] if r["resourceType"] == "ServiceRequest"]
        inside = [fault for each in contained for fault in validate(each, REQUEST)]
        return [*validate(resource, APPLIED if kind == "CarePlan" else REQUEST), *inside]
    return validate(resource)


def lost(bundle: dict[str, Any]) -> list[str]:
    """References by urn that lead to nothing: a Bundle brings all that it refers to so."""
    inside = {entry.get("fullUrl") for entry in bundle["entry"]}
    return sorted(r for r in references(bundle) if r.startswith("urn:") and r not in inside)


@pytest.mark.parametrize(
    ("path", "more", "status", "place"),
    [
        ("Patient/p1", {}, 404, "http.type"),
        ("CarePlan/no-such-plan", {}, 404, "http.id"),
        ("CarePlan?shoe-size=42", {}, 400, "http.shoe-size"),
        ("CarePlan?date=yesterday", {}, 400, "http.date"),
        (f"{DEFINITION}/$apply", {}, 422, "http.subject"),
        ("PlanDefinition/$apply?subject=p1&planDefinition=a%20b", {}, 422, "http.planDefinition"),
        (f"{DEFINITION}/$apply?subject=Group/1", {}, 422, "http.subject"),
        ("CarePlan", {"Accept": "application/fhir+xml"}, 406, None),
        ("CarePlan", {"Authorization": "Bearer nonsense"}, 401, None),
        ("AuditEvent", {"role": "clinician"}, 403, None),
    ],
)
def test_a_refusal_is_valid_too_and_names_its_place(caller, path, more, status, place):
    answer = caller.get(path, **more)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, FHIR)
    outcome = answer.json()
    assert validate(outcome) == []
    assert outcome["issue"][0].get("expression") == ([place] if place else None)


@pytest.mark.parametrize("door", ["/fhir/$propose", "/api/v1/encounters"])
def test_that_no_pack_covers_it_is_told_as_valid_fhir(caller, door):
    answer = caller.send("POST", door, a_visit("p1", f"e-{uuid.uuid4().hex}", coding(ICD10, "I10")))
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "OperationOutcome")
    assert validate(answer.json()) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_cannot_be_done_is_told_as_valid_fhir(caller, method):
    answer = caller.send(method, f"/fhir/CarePlan/{caller.plan}", {})
    assert answer.status_code == 405
    assert validate(answer.json()) == []
