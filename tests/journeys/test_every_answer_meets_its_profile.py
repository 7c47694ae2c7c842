"""Whatever FHIR leaves a door meets its profile, and no reference in it leads nowhere."""

import uuid

import orjson
import pytest

from tests.conftest import FHIR
from tests.posted import SKS, a_visit, coding
from tests.profiles.validator import validate
from tests.walk import references

pytestmark = pytest.mark.real

POSSIBLE = coding(SKS, "DM480")
PACK = "lumbar-spinal-stenosis"
TYPES = ("CarePlan", "ServiceRequest", "Goal", "Provenance")
KNOWLEDGE = ("PlanDefinition", "ActivityDefinition", "Library", "DocumentReference")
APPLIED = "https://w3id.org/education-plan/fhir/StructureDefinition/edu-applied-careplan"


@pytest.fixture
def ask(live, system_token):
    def send(method, path, content=None):
        headers = {"Content-Type": FHIR, "Accept": FHIR}
        data = None if content is None else orjson.dumps(content)
        answer = live.call(method, path, system_token, data=data, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    return send


def a_new_visit(*codings):
    name = uuid.uuid4().hex[:12]
    return f"p-{name}", a_visit(f"p-{name}", f"e-{name}", *codings)


def faults(bundle):
    """What is wrong with a Bundle's resources, and which of its references lead nowhere."""
    found = [fault for e in bundle["entry"] for fault in validate(e["resource"])]
    inside = {entry["fullUrl"] for entry in bundle["entry"]}
    urns = {r for r in references(bundle) if r.startswith("urn:")}
    return found + [f"{urn} leads nowhere" for urn in sorted(urns - inside)]


@pytest.mark.parametrize("edition", ["full", "pixi"])
@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("codings", [(), (POSSIBLE,)], ids=["exact", "possible"])
def test_an_encounter_posted_or_proposed(ask, edition, language, codings):
    patient, visit = a_new_visit(*codings)
    query = f"?edition={edition}&language={language}"
    for path in (f"/fhir/$propose{query}", f"/api/v1/encounters{query}"):
        bundle = ask("POST", path, visit)
        assert validate(bundle) == []
        assert faults(bundle) == []
    following = a_visit(patient, f"next-{patient}", *codings)
    assert faults(ask("POST", f"/api/v1/encounters{query}", following)) == []


def test_all_that_is_read_and_searched_of_a_plan(ask, live, system_token):
    patient, visit = a_new_visit()
    ask("POST", "/api/v1/encounters", visit)
    for resource_type in TYPES:
        found = ask("GET", f"/fhir/{resource_type}?patient={patient}")
        assert found["total"]
        for entry in found["entry"]:
            resource = entry["resource"]
            assert validate(resource) == []
            name = f"{resource['resourceType']}/{resource['id']}"
            assert ask("GET", f"/fhir/{name}") == resource
            ours = [r for r in references(resource) if r.split("/")[0] in (*TYPES, *KNOWLEDGE)]
            for reference in ours:
                ask("GET", f"/fhir/{reference}")


@pytest.mark.parametrize("resource_type", KNOWLEDGE)
def test_all_that_the_service_knows(ask, resource_type):
    found = ask("GET", f"/fhir/{resource_type}")
    assert found["total"]
    assert [fault for e in found["entry"] for fault in validate(e["resource"])] == []


def test_the_form_for_a_teach_back(ask):
    assert validate(ask("GET", "/fhir/Questionnaire/teach-back")) == []


@pytest.mark.parametrize("edition", ["full", "pixi"])
@pytest.mark.parametrize("user", ["patient", "provider"])
def test_an_applied_definition(ask, edition, user):
    path = f"/fhir/PlanDefinition/{PACK}/$apply?subject=p1&edition={edition}&userType={user}"
    assert validate(ask("GET", path), APPLIED) == []


def test_the_audit_trail(ask, live):
    patient, visit = a_new_visit()
    ask("POST", "/api/v1/encounters", visit)
    token = live.run("token", "--role", "auditor")
    answer = live.call("GET", f"/fhir/AuditEvent?patient=Patient/{patient}", token)
    assert [f for e in answer.json()["entry"] for f in validate(e["resource"])] == []


def test_what_the_server_says_of_itself_and_where_it_is_in_demo_mode(ask, live):
    statement = ask("GET", "/fhir/metadata")
    assert validate(statement) == []
    assert statement["implementation"]["url"] == f"{live.url}/fhir"
