"""$validate tells what is wrong, and never breaks on what it is given."""

import json

import orjson
import pytest

from fhir_profiles.build.example_files import invalid, valid
from service.fhir import r4, urls
from service.fhir.profile_checks import our_profiles, profile_faults
from service.fhir.served import SERVED
from service.fhir.shapes import r4_shapes
from service.web.fhirpath import holds
from service.web.json_door import MAX_BYTES
from tests.conftest import FHIR
from tests.corpora.npm import r4_examples


def ask(facade, resource_type, content, query=""):
    scope = " ".join(f"system/{each}.r" for each in SERVED)
    answer = facade.web.client.post(
        f"/fhir/{resource_type}/$validate{query}",
        data=content if isinstance(content, bytes) else orjson.dumps(content),
        headers=facade.web.headers("system", scope=scope) | {"Content-Type": FHIR},
    )
    assert answer.json["resourceType"] == "OperationOutcome"
    r4.parse(answer.json)
    return answer


def told(facade, resource_type, content, query=""):
    answer = ask(facade, resource_type, content, query)
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


PROFILE = f"{urls.BASE}/StructureDefinition/edu-careplan"


@pytest.mark.parametrize(
    ("profile", "resource"), [pytest.param(*rest, id=name) for name, *rest in valid()]
)
def test_what_meets_a_profile_of_ours_is_found_well(profile, resource):
    found = profile_faults(resource, our_profiles()[profile], holds)
    assert [fault for fault in found if fault.severity == "error"] == []


@pytest.mark.parametrize("broken", [pytest.param(each, id=each.name) for each in invalid()])
def test_what_breaks_a_constraint_of_ours_is_told_and_for_that(broken):
    found = profile_faults(broken.resource, our_profiles()[broken.profile], holds)
    told = [f"{each.pointer} {each.text}" for each in found if each.severity == "error"]
    assert [each for each in told if any(word in each for word in broken.complaints)], told


def test_a_resource_is_held_against_the_profile_it_says_it_meets(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    del plan["title"], plan["period"]
    answer = ask(facade, "CarePlan", plan)
    issues = {(i["severity"], i["code"], *i["expression"]) for i in answer.json["issue"]}
    assert issues == {
        ("error", "required", "CarePlan.title"),
        ("error", "invariant", "CarePlan"),  # edu-cp-1: since when
    }
    del plan["meta"]
    assert told(facade, "CarePlan", plan) == (200, "information", "")


def test_a_resource_is_held_against_the_profile_that_is_asked_for(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    del plan["meta"]
    plan["activity"][0] = {"progress": [{"text": "godt på vej"}]}
    place = "CarePlan.activity[0].reference"
    assert told(facade, "CarePlan", plan, f"?profile={PROFILE}") == (200, "error", place)
    assert told(facade, "CarePlan", plan, f"?profile={PROFILE}|0.1.0") == (200, "error", place)
    posted = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": plan},
            {"name": "profile", "valueUri": PROFILE},
            {"name": "mode", "valueCode": "create"},
        ],
    }
    assert told(facade, "CarePlan", posted) == (200, "error", place)


def test_a_warning_is_no_error(facade):
    goal = facade.json(f"Goal/{facade.plan}.g.walk") | {"target": [{"detailString": "400 m"}]}
    goal["target"][0]["measure"] = {"text": "gang"}
    answer = ask(facade, "Goal", goal)
    assert [i["severity"] for i in answer.json["issue"]] == ["warning", "information"]


@pytest.mark.parametrize(
    ("query", "severity"),
    [
        (f"?profile={PROFILE}|9.9", "error"),
        ("?profile=https://example.org/StructureDefinition/other", "error"),
        (f"?profile={urls.BASE}/StructureDefinition/edu-goal", "error"),
        ("?mode=update", "information"),
    ],
)
def test_a_profile_that_is_not_known_is_never_taken_for_met(facade, query, severity):
    plan = facade.json(f"CarePlan/{facade.plan}")
    assert told(facade, "CarePlan", plan, query)[:2] == (200, severity)


def test_a_profile_of_others_that_a_resource_says_it_meets_is_only_pointed_out(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    plan["meta"]["profile"].append("https://example.org/StructureDefinition/other")
    answer = ask(facade, "CarePlan", plan)
    assert [i["severity"] for i in answer.json["issue"]] == ["warning", "information"]


@pytest.mark.parametrize("query", ["?foo=1", "?mode=delete", "?mode=banana"])
def test_a_parameter_that_is_not_known_is_refused(facade, query):
    plan = facade.json(f"CarePlan/{facade.plan}")
    assert told(facade, "CarePlan", plan, query)[:2] == (422, "error")


def test_a_fault_never_repeats_what_was_sent(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    plan["subject"] = {"reference": "Group/0101519999"}
    plan["category"] = [{"text": "0101519999"}]
    plan["extension"][0]["valueCode"] = "0101519999"
    plan["instantiatesCanonical"] = ["urn:x:0101519999"]
    answer = ask(facade, "CarePlan", plan)
    assert len(answer.json["issue"]) >= 5
    assert "0101519999" not in answer.text


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
        answer = ask(facade, json.loads(body)["resourceType"], body)
        assert answer.status_code == (413 if len(body) > MAX_BYTES else 200), name
        if any(issue["severity"] == "error" for issue in answer.json["issue"]):
            bad.add(name)
    assert bad == FAULTY


@pytest.mark.real
@pytest.mark.slow
def test_no_official_example_of_any_type_breaks_it(facade):
    """Those of types that are not served here, too, each at the address of its own type."""
    headers = facade.web.headers() | {"Content-Type": FHIR}
    seen = set()
    for name, body in r4_examples(r4_shapes().resources - set(SERVED)):
        kind = json.loads(body)["resourceType"]
        path = f"/fhir/{kind}/$validate"
        answer = facade.web.client.post(path, data=body, headers=headers)
        expected = (413, "too-long") if len(body) > MAX_BYTES else (404, "not-found")
        assert (answer.status_code, answer.json["issue"][0]["code"]) == expected, name
        seen.add(kind)
    assert len(seen) > 100
