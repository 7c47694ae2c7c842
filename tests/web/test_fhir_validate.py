"""$validate tells what is wrong, and never breaks on what it is given."""

import json

import orjson
import pytest

from service.fhir.served import SERVED
from service.web.json_door import MAX_BYTES
from tests.conftest import FHIR
from tests.corpora.npm import r4_examples


def told(facade, resource_type, content, role="system"):
    scope = " ".join(f"system/{each}.r" for each in SERVED)
    answer = facade.web.client.post(
        f"/fhir/{resource_type}/$validate",
        data=content if isinstance(content, bytes) else orjson.dumps(content),
        headers=facade.web.headers(role, scope=scope) | {"Content-Type": FHIR},
    )
    assert answer.json["resourceType"] == "OperationOutcome"
    (issue,) = answer.json["issue"]
    return answer.status_code, issue["severity"], issue.get("expression", [""])[0]


def test_everything_the_facade_gives_out_is_found_well(facade):
    near = facade.json("CarePlan?patient=p1&_include=CarePlan:goal&_revinclude=Provenance:target")
    kinds = ("PlanDefinition", "ActivityDefinition", "Library", "DocumentReference")
    known = [entry for kind in kinds for entry in facade.json(kind)["entry"]]
    for entry in [*near["entry"], *known]:
        resource = entry["resource"]
        assert told(facade, resource["resourceType"], resource) == (200, "information", "")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"status": "banana"}, "CarePlan.status"),
        ({"subject": {"reference": "Medication/1"}}, "CarePlan.subject.reference"),
        ({"unheard": 1}, "CarePlan.unheard"),
        ({"created": "yesterday"}, "CarePlan.created"),
        ({"resourceType": "Goal"}, "resourceType"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(facade, change, place):
    plan = facade.json(f"CarePlan/{facade.plan}") | change
    assert told(facade, "CarePlan", plan) == (200, "error", place)


def test_what_is_missing_is_told(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    del plan["status"]
    assert told(facade, "CarePlan", plan)[1] == "error"


def test_the_resource_may_stand_in_parameters(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    posted = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": plan}]}
    assert told(facade, "CarePlan", posted) == (200, "information", "")
    empty = {"resourceType": "Parameters"}
    assert told(facade, "CarePlan", empty)[:2] == (422, "error")


def test_what_is_no_json_is_refused(facade):
    assert told(facade, "CarePlan", b"{")[:2] == (400, "error")


def test_a_type_outside_is_not_validated(facade):
    assert told(facade, "Medication", {"resourceType": "Medication"})[:2] == (404, "error")


# Larger than 1 MB; a performer that R4 does not allow; 20 digits; an item without linkId.
FAULTY = {
    "Library-library-fhir-model-definition.json",
    "Observation-clinical-gender.json",
    "Observation-decimal.json",
    "Questionnaire-qs1.json",
}


@pytest.mark.real
def test_the_official_examples_are_found_well_but_for_those_with_a_fault(facade):
    bad = set()
    for name, body in r4_examples(SERVED):
        status, severity, _ = told(facade, json.loads(body)["resourceType"], body)
        assert status == (413 if len(body) > MAX_BYTES else 200), name
        if severity != "information":
            bad.add(name)
    assert bad == FAULTY
