"""The CapabilityStatement tells no lie: all it lists answers, and nothing answers unlisted."""

import orjson
import pytest

from service.fhir import r4
from service.fhir.capability import INTERACTIONS, to_capability
from service.fhir.search_parameters import PARAMETERS
from service.fhir.served import SERVED
from service.web.fhir_routes import ROUTES
from tests.conftest import FHIR

STATEMENT = to_capability("0.1.0", "2026-11-23", "https://education.example/fhir")
(REST,) = STATEMENT["rest"]
RESOURCES = {each["type"]: each for each in REST["resource"]}
EVERYTHING = " ".join(f"system/{each}.rs" for each in SERVED)
# A value of each kind that is lawful to ask for.
VALUES = {"token": "x", "reference": "X/1", "date": "2026", "uri": "urn:x", "string": "x"}
# What each route does, as R4 calls it.
CALLED = {
    "metadata": "capabilities",
    "search": "search-type",
    "read": "read",
    "vread": "vread",
    "history": "history-instance",
    "apply": "apply",
    "validate": "validate",
    "propose": "propose",
}


def ask(facade, path, method="GET", content=None):
    headers = facade.web.headers("system", scope=EVERYTHING) | {"Accept": FHIR}
    if content is not None:
        headers["Content-Type"] = FHIR
    return facade.web.client.open(f"/fhir/{path}", method=method, headers=headers, data=content)


def test_it_is_answered_to_anybody_and_is_r4(facade):
    answer = facade.web.client.get("/fhir/metadata")
    assert answer.json["fhirVersion"] == "4.0.1"
    r4.parse(answer.json)


def test_it_lists_every_type_that_is_served_and_no_other(facade):
    assert set(RESOURCES) == set(SERVED) == set(PARAMETERS)
    assert ask(facade, "Patient/p1").status_code == 404


def test_every_route_is_listed_and_nothing_is_listed_without_a_route():
    listed = {each["code"] for r in RESOURCES.values() for each in r["interaction"]}
    listed |= {each["name"] for r in RESOURCES.values() for each in r["operation"]}
    listed |= {each["name"] for each in REST["operation"]} | {"capabilities"}
    assert listed == {CALLED[name] for _, _, name, _ in ROUTES}
    assert set(INTERACTIONS) <= listed


@pytest.mark.parametrize("resource_type", [t for t in SERVED if t != "Binary"])
def test_every_search_parameter_it_lists_is_understood(facade, resource_type):
    for parameter in RESOURCES[resource_type]["searchParam"]:
        value = VALUES[parameter["type"]]
        if parameter["name"] in ("patient", "subject"):
            value = "p1"
        answer = ask(facade, f"{resource_type}?{parameter['name']}={value}")
        assert answer.status_code == 200, (parameter["name"], answer.text)


@pytest.mark.parametrize("resource_type", [t for t in SERVED if t != "Binary"])
def test_every_inclusion_it_lists_is_understood(facade, resource_type):
    listed = RESOURCES[resource_type]
    for name, key in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        for pointer in listed.get(key, ()):
            assert ask(facade, f"{resource_type}?{name}={pointer}").status_code == 200


@pytest.mark.parametrize("resource_type", SERVED)
def test_every_type_can_be_read_as_it_says(facade, resource_type):
    """404 with our own outcome is an answer, too: nothing of the type may be there yet."""
    for path in ("x", "x/_history", "x/_history/1"):
        answer = ask(facade, f"{resource_type}/{path}")
        assert answer.status_code == 404
        assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "not-found"
    searched = {"code": "search-type"} in RESOURCES[resource_type]["interaction"]
    assert (ask(facade, resource_type).status_code == 200) == searched


@pytest.mark.parametrize("resource_type", SERVED)
def test_every_operation_it_lists_answers(facade, resource_type):
    body = orjson.dumps({"resourceType": resource_type})
    for operation in RESOURCES[resource_type]["operation"]:
        answer = ask(facade, f"{resource_type}/${operation['name']}", "POST", body)
        assert answer.status_code in (200, 422)  # understood, also where the body is not


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_nothing_can_be_written(facade, method):
    for path in ("CarePlan", f"CarePlan/{facade.plan}"):
        answer = ask(facade, path, method, b"{}")
        assert (answer.status_code, answer.json["resourceType"]) == (405, "OperationOutcome")
