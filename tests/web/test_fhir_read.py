"""Reading single resources of the façade: newest, earlier, history, conditions."""

from base64 import b64decode

import pytest

from service.fhir import r4
from tests.conftest import SERVICE_URL


def test_a_plan_is_read_by_the_id_it_has_in_the_rest_api(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    assert (plan["resourceType"], plan["id"]) == ("CarePlan", facade.plan)
    assert plan["meta"]["versionId"] == "1"
    assert plan["subject"] == {"reference": "Patient/p1"}


def test_every_reference_inside_a_plan_can_be_read(facade):
    plan = facade.json(f"CarePlan/{facade.plan}")
    near = [a["reference"]["reference"] for a in plan["activity"]]
    near += [goal["reference"] for goal in plan["goal"]]
    assert near
    for reference in near:
        found = facade.json(reference)
        assert f"{found['resourceType']}/{found['id']}" == reference
        r4.parse(found)


def test_what_is_read_says_what_was_answered_to_the_encounter(facade):
    answered = facade.web.get(f"/api/v1/plans/{facade.plan}", accept="application/fhir+json").json
    said = answered["entry"][0]["resource"]
    read = facade.json(f"CarePlan/{facade.plan}")
    for element in ("text", "title", "status", "intent", "identifier", "instantiatesCanonical"):
        assert read[element] == said[element]


def test_the_next_visit_is_a_new_version_of_what_it_changed_only(facade):
    assert facade.visit("p1", "e2") == facade.plan
    plan = facade.json(f"CarePlan/{facade.plan}")
    topic = facade.json(plan["activity"][0]["reference"]["reference"])
    assert (plan["meta"]["versionId"], topic["meta"]["versionId"]) == ("2", "1")


def test_the_history_has_every_version_the_newest_first(facade):
    facade.visit("p1", "e2")
    history = facade.json(f"CarePlan/{facade.plan}/_history")
    assert (history["type"], history["total"]) == ("history", 2)
    first, second = history["entry"]
    assert first["resource"]["meta"]["versionId"] == "2"
    assert first["request"] == {"method": "PUT", "url": f"CarePlan/{facade.plan}"}
    assert second["request"] == {"method": "POST", "url": "CarePlan"}
    assert second["resource"] == facade.json(f"CarePlan/{facade.plan}/_history/1")
    assert first["fullUrl"] == f"{SERVICE_URL}/fhir/CarePlan/{facade.plan}"
    r4.parse(history)


def test_each_change_has_its_provenance(facade):
    facade.visit("p1", "e2")
    for revision in ("1", "2"):
        provenance = facade.json(f"Provenance/{facade.plan}.p.{revision}")
        assert {"reference": f"CarePlan/{facade.plan}"} in provenance["target"]


def test_a_version_that_never_was_is_not_found(facade):
    assert facade.refused(f"CarePlan/{facade.plan}/_history/9")[:2] == (404, "not-found")


def test_a_reader_who_has_the_version_is_told_so(facade):
    answer = facade.get(f"CarePlan/{facade.plan}", **{"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == 'W/"1"'


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-None-Match": '"1"'}, 304),  # compared weakly (RFC 9110, 13.1.2)
        ({"If-None-Match": 'W/"7", W/"1"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": 'W/"11"'}, 200),
        ({"If-None-Match": "nonsense"}, 200),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 09:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 08:59:59 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        # What the tag says goes before what the clock says (RFC 9110, 13.2.2).
        ({"If-None-Match": 'W/"2"', "If-Modified-Since": "Mon, 23 Nov 2026 09:00:00 GMT"}, 200),
        ({"If-Match": '"1"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": 'W/"2", W/"3"'}, 412),
    ],
)
def test_a_condition_is_read_as_http_says(facade, condition, status):
    assert facade.get(f"CarePlan/{facade.plan}", **condition).status_code == status


def test_a_reader_who_needs_another_version_is_told_so(facade):
    assert facade.get(f"CarePlan/{facade.plan}", **{"If-Match": 'W/"1"'}).status_code == 200
    assert facade.get(f"CarePlan/{facade.plan}", **{"If-Match": 'W/"2"'}).status_code == 412


def test_a_patient_reads_their_own_plan_and_no_other(facade):
    other = facade.visit("p2", "e2")
    assert facade.get(f"CarePlan/{facade.plan}", "patient").status_code == 200
    theirs = facade.refused(f"CarePlan/{other}", "patient")
    assert (
        theirs
        == facade.refused("CarePlan/no-such-plan", "patient")
        == (404, "not-found", "http.id")
    )
    assert facade.refused(f"CarePlan/{other}/_history", "patient")[0] == 404


def test_another_clinic_sees_none_of_it(facade):
    headers = facade.web.headers("system", tenant="elsewhere")
    answer = facade.web.client.get(f"/fhir/CarePlan/{facade.plan}", headers=headers)
    assert answer.status_code == 404


def test_a_look_leaves_a_row_in_the_audit_trail_and_a_miss_a_refusal(facade):
    facade.get(f"CarePlan/{facade.plan}")
    facade.get("CarePlan/no-such-plan")
    with facade.web.database.reading() as connection:
        rows = connection.execute("SELECT action FROM audit ORDER BY id").fetchall()
    assert rows[-2:] == [("fhir.read",), ("refused.not-found",)]


def test_a_type_outside_is_not_served_whatever_the_token(facade):
    for path in ("Patient/p1", "Medication", "Foo/1", "Patient?name=x"):
        assert facade.refused(path) == (404, "not-found", "http.type")


def test_what_is_not_there_is_told_by_its_id_or_version(facade):
    assert facade.refused("CarePlan/no-such-plan")[2] == "http.id"
    assert facade.refused(f"CarePlan/{facade.plan}/_history/9")[2] == "http.versionId"


def test_the_foot_of_the_facade_answers_as_fhir_too(facade):
    for path in ("/fhir", "/fhir/"):
        answer = facade.web.client.get(path, headers=facade.web.headers())
        assert (answer.status_code, answer.json["resourceType"]) == (404, "OperationOutcome")


def test_a_type_that_a_token_has_no_scope_for_is_not_allowed(facade):
    assert facade.refused("CarePlan", "auditor")[:2] == (403, "not-allowed")


def test_xml_is_refused_and_json_may_be_asked_for_by_name(facade):
    assert facade.refused(f"CarePlan/{facade.plan}?_format=xml")[0] == 406
    assert facade.refused("CarePlan", Accept="application/fhir+xml")[0] == 406
    assert facade.get(f"CarePlan/{facade.plan}?_format=json", Accept="text/html").status_code == 200


def test_an_answer_can_be_made_for_the_eye(facade):
    assert b'\n  "resourceType"' in facade.get(f"CarePlan/{facade.plan}?_pretty=true").data


def test_knowledge_is_read_by_id_too_down_to_the_page(facade):
    definition = facade.json("PlanDefinition/lumbar-spinal-stenosis")
    assert definition["meta"]["versionId"] == "1"
    (document, *_) = facade.json("DocumentReference")["entry"]
    assert facade.json(f"DocumentReference/{document['resource']['id']}")
    attachment = document["resource"]["content"][0]["attachment"]
    page = facade.json(f"Binary/{attachment['extension'][0]['valueString']}")
    assert page["contentType"] == "text/html"
    assert len(b64decode(page["data"])) == attachment["size"]


def test_a_patient_reads_a_definition_without_the_physiotherapists_words(facade):
    name = "ActivityDefinition/lumbar-spinal-stenosis-knowledge"
    assert "usage" not in facade.json(name, "patient")
