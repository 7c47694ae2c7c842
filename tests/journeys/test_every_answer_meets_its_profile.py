"""Whatever FHIR leaves a door meets its profile, and no reference in it leads nowhere."""

import uuid

import orjson
import pytest

from tests.conftest import FHIR, JSON
from tests.posted import AMERICAN, SKS, a_visit, coding
from tests.profiles.validator import validate
from tests.visit import AFTERWARDS, the_whole_visit
from tests.walk import references
from tests.web.hooks import START, VIEW, a_call, found
from tests.web.hooks_schema import CARDS
from tests.web.hooks_schema import faults as faults_of_cards

pytestmark = pytest.mark.real

POSSIBLE = coding(SKS, "DM480")
PACK = "lumbar-spinal-stenosis"
TYPES = ("CarePlan", "ServiceRequest", "Goal", "Provenance")
VISIT = ("Communication", "Observation", "DocumentReference")
KNOWLEDGE = ("PlanDefinition", "ActivityDefinition", "Library", "DocumentReference")
SERVED = (*TYPES, *VISIT, *KNOWLEDGE)
INLINE = "https://w3id.org/education-plan/fhir/StructureDefinition/edu-careplan-inline"
APPLIED = "https://w3id.org/education-plan/fhir/StructureDefinition/edu-applied-careplan"


@pytest.fixture
def ask(live, system_token, clinician_token):
    def send(method, path, content=None, kind=FHIR):
        headers = {"Content-Type": kind, "Accept": FHIR}
        data = None if content is None else orjson.dumps(content)
        token = clinician_token if kind == JSON else system_token
        answer = live.call(method, path, token, data=data, headers=headers)
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


@pytest.mark.parametrize("edition", ["full", "pixi"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_visit_that_is_documented_followed_corrected_and_closed(ask, edition, language):
    patient, visit = a_new_visit()
    made = ask("POST", f"/api/v1/encounters?edition={edition}&language={language}", visit)
    path = plan_of(ask, patient)
    known = {entry["fullUrl"] for entry in made["entry"]}
    for door, told in (("teachings", the_whole_visit()), *AFTERWARDS):
        bundle = ask("POST", f"{path}/{door}", told, JSON)
        assert validate(bundle) == []
        assert faults(bundle) == []
        known |= {entry["fullUrl"] for entry in bundle["entry"]}
    assert {urn for urn in references(bundle) if urn.startswith("urn:")} <= known


def plan_of(ask, patient) -> str:
    """The address of a patient's plan."""
    (entry,) = ask("GET", f"/fhir/CarePlan?patient={patient}")["entry"]
    return f"/api/v1/plans/{entry['resource']['id']}"


def test_all_that_is_read_and_searched_of_a_plan(ask, live, system_token):
    patient, visit = a_new_visit()
    ask("POST", "/api/v1/encounters", visit)
    path = plan_of(ask, patient)
    for door, told in (("teachings", the_whole_visit()), *AFTERWARDS):
        ask("POST", f"{path}/{door}", told, JSON)
    for resource_type in (*TYPES, *VISIT):
        found = ask("GET", f"/fhir/{resource_type}?patient={patient}")
        assert found["total"]
        for entry in found["entry"]:
            resource = entry["resource"]
            assert validate(resource) == []
            name = f"{resource['resourceType']}/{resource['id']}"
            assert ask("GET", f"/fhir/{name}") == resource
            ours = [r for r in references(resource) if r.split("/")[0] in SERVED]
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


@pytest.mark.parametrize("service", [START, VIEW])
@pytest.mark.parametrize("codings", [(), tuple(AMERICAN), (POSSIBLE,)], ids=["", "US", "possible"])
def test_a_plan_that_a_card_suggests(ask, live, service, codings):
    """With the topics, their order and their reason as posting the encounter gives them."""
    path = f"/cds-services/{service}"
    token = live.run("token", "--role", "cds", "--service", f"{live.url}{path}")
    patient, visit = a_new_visit(*codings)
    _, met, condition = (entry["resource"] for entry in visit["entry"])
    named = {"userId": "Practitioner/fys1", "patientId": patient, "encounterId": met["id"]}
    sent = {"encounter": met, "conditions": found(condition)}
    call = a_call(service, context=named, prefetch=sent)
    headers = {"Content-Type": JSON}
    answer = live.call("POST", path, token, data=orjson.dumps(call), headers=headers)
    assert faults_of_cards(answer.json(), CARDS) == []
    (card,) = answer.json()["cards"]
    suggested = card["suggestions"][0]["actions"][0]["resource"]
    assert validate(suggested, INLINE) == []
    proposed = ask("POST", "/fhir/$propose", visit)["entry"]
    requests = [
        entry["resource"]
        for entry in proposed
        if entry["resource"]["resourceType"] == "ServiceRequest"
    ]
    details = [activity["detail"] for activity in suggested["activity"]]
    for name in ("code", "instantiatesCanonical", "reasonReference"):
        assert [each[name] for each in details] == [each[name] for each in requests]


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
