"""/openapi.json says what the service does, no more and no less."""

import re

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.conftest import SERVICE_URL
from tests.posted import LUMBAR, SKS, a_visit, coding

EXAMPLES = 60
OPERATIONS = [
    "postEncounter",
    "listPlans",
    "getPlan",
    "confirmPlan",
    "recordTeachings",
    "addGoal",
    "changeGoal",
    "correctEntry",
    "closePlan",
    "assignHandout",
    "receiptOfHandout",
    "readNote",
    "readDeliveries",
    "replayDeliveries",
    "tellEncounter",
    "putEncounter",
    "discoverServices",
    "callService",
    "giveFeedback",
    "countFeedback",
    "askInfobutton",
    "postInfobutton",
    "openHandout",
    "listPacks",
    "getPack",
    "getHandout",
    "getHandoutPdf",
    "getHandoutText",
    "live",
    "ready",
    "metrics",
]
PUBLIC = ["live", "ready", "discoverServices", "openHandout"]
CALLS = ["callService", "giveFeedback"]
VISIT = ["recordTeachings", "addGoal", "changeGoal", "correctEntry", "closePlan"]
HOOKS = ["tellEncounter", "putEncounter"]
CLINICIANS = ["confirmPlan", "readNote", *VISIT, "assignHandout"]
# What the document is not about: itself, its page, and style sheets.
UNDESCRIBED = {"/", "/docs", "/openapi.json", "/static/{filename}", "/.well-known/jwks.json"}

# All of schemathesis's checks are on, but for these.
SWITCHED_OFF = {
    # A Bundle can hold to JSON Schema and not to FHIR R4, and a code can be text and yet no
    # code of its system: both answer 400 or 422, which this check takes for a rejection of
    # what was promised. That bad input is refused rightly is tests/web's and bad_input's.
    "postEncounter": [positive_data_acceptance],
    # What a shape cannot say: a method is needed for what was taught and for nothing else, a
    # topic must be the plan's, an end is no beginning (the lifecycle, held by tests/domain).
    **{name: [positive_data_acceptance] for name in VISIT},
    # What is taken back needs a reason, and what is given an end to come (test_assignments.py).
    "assignHandout": [positive_data_acceptance],
    # The id inside must be that of the address, and no id is dots alone.
    **{name: [positive_data_acceptance] for name in HOOKS},
    # A recipient is one of two, and a code is needed; what is not known is passed over, since
    # HL7 has more parameters than anybody reads (0029).
    **{
        name: [positive_data_acceptance, negative_data_rejection]
        for name in ("askInfobutton", "postInfobutton")
    },
    "openHandout": [positive_data_acceptance],  # with the key of a feed
    # The hook must be the service's, and what is sent along be FHIR.
    **{name: [positive_data_acceptance] for name in CALLS},
}
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            # Beside the default: 412, for any ETag is lawful in If-Match, and none but the
            # plan's own is met; 413 and 414 for what is too long.
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422]
            },
            "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 404, 412]},
        }
    }
)


@pytest.fixture
def described(web):
    """The document as schemathesis reads it from the application."""
    application = web.client.application
    return schemathesis.openapi.from_wsgi("/openapi.json", application, config=CONFIG)


def operations(described):
    """The operations of the document, by their ids."""
    found = [result.ok() for result in described.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def ids_that_exist(web, operation):
    """Values for the operation's path that lead somewhere; None when it has none."""
    exact = web.post(a_visit("p1", "e1", LUMBAR)).headers["Location"]
    possible = web.post(a_visit("p2", "e2", coding(SKS, "DM480"))).headers["Location"]
    plan = possible if operation.path.endswith("/confirm") else exact
    known = {
        "plan_id": plan.rpartition("/")[2],
        "pack_id": "lumbar-spinal-stenosis",
        "handout_id": "knowledge",
        "goal_id": "walk",
        "encounter_id": "e1",
        "service_id": "education-plan-patient-view",
        "sha256": "0" * 64,
    }
    return {name: known[name] for name in known if f"{{{name}}}" in operation.path} or None


def token_of(web, name, path):
    if name in ("metrics", "countFeedback"):
        return web.headers("monitor")
    if name == "receiptOfHandout":
        return web.headers("patient", patient="p1")
    if name in CALLS:  # each call is signed anew, for its address
        token = web.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
        return {"Authorization": f"Bearer {token}"}
    return web.headers("clinician" if name in CLINICIANS else "system")


def requests_for(operation, mode, known):
    """Requests by the document; where an id is asked for, half of them with one that exists."""
    any_id = operation.as_strategy(generation_mode=mode)
    if mode is GenerationMode.NEGATIVE or known is None:
        return any_id
    return st.one_of(any_id, operation.as_strategy(generation_mode=mode, path_parameters=known))


# What takes no parameter, body or token cannot be asked wrongly.
HANDOUT = {"pack_id", "handout_id", "edition", "language", "audience", "version", "sha256"}
ASKED = [(name, GenerationMode.POSITIVE) for name in OPERATIONS]
ASKED += [(name, GenerationMode.NEGATIVE) for name in OPERATIONS if name not in PUBLIC]


@pytest.mark.parametrize(("name", "mode"), ASKED)
def test_every_operation_answers_as_described(web, described, name, mode):
    operation = operations(described)[name]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests_for(operation, mode, ids_that_exist(web, operation)))
    def answers_as_described(case):
        headers = token_of(web, name, case.formatted_path)
        case.call_and_validate(headers=headers, excluded_checks=SWITCHED_OFF.get(name, []))

    answers_as_described()


def test_the_list_of_operations_above_is_all_of_them(described):
    assert sorted(operations(described)) == sorted(OPERATIONS)


def test_the_document_is_valid_openapi_3_1(web, described):
    document = web.client.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described.validate()
    # `validate` holds the document to OpenAPI; the shapes in it are JSON Schema 2020-12.
    for name, shape in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(shape), name


def test_every_route_of_the_service_is_in_the_document(web):
    paths = web.client.get("/openapi.json").json["paths"]
    described = {
        (path, method.upper())
        for path, methods in paths.items()
        for method in methods
        if method != "parameters"
    }
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in web.client.application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    # FHIR describes itself: tests/journeys/test_capability.py holds /fhir/metadata to the routes.
    ours = {route for route in routes if not route[0].startswith("/fhir/")}
    # Nor are pages an API: tests/web/test_clinician_access_and_conflicts.py has them all.
    ours = {
        route for route in ours if not route[0].startswith(("/clinician/", "/smart/", "/portal"))
    }
    assert {route for route in ours if route[0] not in UNDESCRIBED} == described


@pytest.mark.parametrize("name", OPERATIONS)
def test_only_public_operations_say_that_no_token_is_needed(described, web, name):
    operation = operations(described)[name]
    needs_token = operation.definition.raw.get("security") != []
    path = operation.path.format(**(ids_that_exist(web, operation) or {}))
    answer = web.client.open(path, method=operation.method.upper())
    assert needs_token == (answer.status_code == 401) == (name not in PUBLIC)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("postEncounter", {"edition", "language", "pack", "Idempotency-Key"}),
        ("listPlans", {"patient"}),
        ("confirmPlan", {"plan_id", "If-Match"}),
        ("getPack", {"pack_id", "edition", "language", "audience"}),
        ("getHandout", HANDOUT),
        ("getHandoutPdf", HANDOUT | {"type"}),
        ("getHandoutText", HANDOUT),
    ],
)
def test_every_parameter_that_is_taken_is_described(described, name, parameters):
    raw = operations(described)[name].definition.raw
    assert {parameter["name"] for parameter in raw["parameters"]} == parameters
