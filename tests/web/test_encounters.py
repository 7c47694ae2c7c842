"""POST /api/v1/encounters, as an integrator meets it."""

import re
from hashlib import sha256

import orjson
import pytest

from service.domain.content import Edition
from service.fhir import r4, urls
from service.web.parts import Clinic
from tests.builders import NECK, a_pack, a_page
from tests.conftest import FHIR, JSON
from tests.posted import (
    AMERICAN,
    DANISH,
    SNOMED,
    SYNTHETIC_CPR,
    a_bundle,
    a_condition,
    a_patient,
    a_visit,
    an_encounter,
    coding,
    the_small_form,
)

NOTHING = {"plan": 0, "plan_history": 0, "visit": 0, "outbox": 0, "idempotency_key": 0}
HYPERTENSION = coding(SNOMED, "38341003")


def resources(answer, kind=None):
    found = [entry["resource"] for entry in answer.json["entry"]]
    return [r for r in found if kind in (None, r["resourceType"])]


def test_a_new_encounter_answers_201_with_a_transaction_bundle_and_where_the_plan_is(web):
    answer = web.post(a_bundle())
    assert answer.status_code == 201
    assert answer.mimetype == FHIR
    assert answer.json["type"] == "transaction"
    assert re.fullmatch(r"/api/v1/plans/[0-9a-f-]{36}", answer.headers["Location"])
    kinds = [r["resourceType"] for r in resources(answer)]
    assert kinds == [
        "CarePlan",
        *["ServiceRequest"] * 3,
        "Goal",
        *["DocumentReference"] * 2,
        "Provenance",
    ]


@pytest.mark.parametrize("codings", [DANISH, AMERICAN], ids=["danish", "american"])
def test_danish_and_american_codes_are_understood(make_web, codings):
    from service.domain.codes import Coding
    from service.domain.content import TriggerCode, Triggers
    from tests.builders import STENOSIS_ANYWHERE, text

    american = Coding("http://hl7.org/fhir/sid/icd-10-cm", "M48.062")
    triggers = Triggers(
        exact=(TriggerCode(american, text("Lænden.")),),
        possible=(TriggerCode(STENOSIS_ANYWHERE, text("Måske lænden.")),),
    )
    web = make_web(a_pack(triggers=triggers))
    answer = web.post(a_visit("p1", "e1", *codings), accept=JSON)
    assert answer.json["state"] == ("active" if codings is AMERICAN else "proposed")


def test_the_same_encounter_again_answers_200_with_the_very_same_bytes(web):
    first, again = web.post(a_bundle()), web.post(a_bundle())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.data == again.data
    assert web.stored | {"idempotency_key": 0} == {
        "plan": 1,
        "plan_history": 0,
        "visit": 1,
        "outbox": 1,
        "idempotency_key": 0,
    }


def test_the_next_encounter_continues_the_course(web):
    first = web.post(a_bundle())
    second = web.post(a_visit("p1", "e2"), accept=JSON)
    assert second.status_code == 200
    assert second.headers["Location"] == first.headers["Location"]
    assert [e["id"] for e in second.json["encounters"]] == ["e1", "e2"]


def test_the_continued_plan_replaces_the_one_in_the_record(web):
    web.post(a_bundle())
    entry = web.post(a_visit("p1", "e2")).json["entry"][0]
    assert entry["request"]["method"] == "PUT"
    assert entry["request"]["url"] == f"CarePlan?identifier=urn:ietf:rfc:3986|{entry['fullUrl']}"
    assert {"reference": "Encounter/e2"} in entry["resource"]["supportingInfo"]


def test_a_possible_match_answers_200_with_a_proposal_that_says_why(web):
    answer = web.post(a_visit("p1", "e1", coding("urn:oid:1.2.208.176.2.4.12", "DM480")))
    careplan = resources(answer, "CarePlan")[0]
    assert answer.status_code == 200
    assert (careplan["status"], careplan["intent"]) == ("draft", "proposal")
    assert "Koden siger ikke hvor i ryggen." in careplan["text"]["div"]
    assert web.rows("outbox") == 0


@pytest.mark.parametrize("code", [HYPERTENSION, coding(NECK.system, NECK.code)])
def test_no_pack_answers_200_and_names_what_is_covered(web, code):
    answer = web.post(a_visit("p1", "e1", code))
    issue = answer.json["issue"][0]
    assert answer.status_code == 200
    assert answer.json["resourceType"] == "OperationOutcome"
    assert issue["severity"] == "information"
    assert "Lumbal spinalstenose (18347007, M48.0)" in issue["details"]["text"]
    assert web.stored == NOTHING


def test_no_pack_as_json_names_what_is_covered_too(web):
    answer = web.post(
        the_small_form(conditions=[{"codings": [HYPERTENSION]}]), kind=JSON, accept=JSON
    )
    assert (answer.status_code, answer.json["state"]) == (200, "not-covered")
    assert answer.json["covered"][0]["id"] == "lumbar-spinal-stenosis"


def test_the_small_form_gives_the_same_plan_as_fhir(web, make_web):
    ours = web.post(the_small_form(), kind=JSON, accept=JSON).json
    theirs = web.post(a_visit("p2", "e9"), accept=JSON).json
    for plan in (ours, theirs):
        for own in ("id", "patient", "encounters"):
            del plan[own]
    assert ours == theirs


def test_the_episode_of_care_stands_in_the_careplan_by_either_form(web):
    as_fhir = a_visit("p2", "e9")
    as_fhir["entry"][1]["resource"]["episodeOfCare"] = [{"reference": "EpisodeOfCare/ep1"}]
    for answer in (web.post(as_fhir), web.post(the_small_form(episode={"id": "ep1"}), kind=JSON)):
        (careplan,) = resources(answer, "CarePlan")
        (episode,) = (e for e in careplan["extension"] if e["url"] == urls.EXT_EPISODE)
        assert episode["valueReference"] == {"reference": "EpisodeOfCare/ep1"}


@pytest.mark.parametrize(
    ("path", "body"),
    [("?edition=pixi&language=en", {}), ("", {"edition": "pixi", "language": "en"})],
)
def test_edition_and_language_may_be_asked_for(web, path, body):
    plan = web.post(the_small_form(**body), kind=JSON, accept=JSON, path=path).json
    assert (plan["edition"], plan["language"]) == ("pixi", "en")


def test_a_clinic_has_its_own_usual_edition_and_language(make_web):
    web = make_web(clinic=Clinic(Edition.PIXI, "en"))
    plan = web.post(a_bundle(), accept=JSON).json
    assert (plan["edition"], plan["language"]) == ("pixi", "en")


def test_every_resource_parses_with_fhir_resources_and_no_reference_dangles(web):
    for bundle in (web.post(a_bundle()).json, web.post(a_visit("p1", "e2")).json):
        r4.parse(bundle)
        own = {entry["fullUrl"] for entry in bundle["entry"]}
        ehr = {"Patient/p1", "Encounter/e1", "Encounter/e2", "Condition/c1", "Practitioner/fys1"}
        found = set(re.findall(r'"reference":"([^"]+)"', orjson.dumps(bundle).decode()))
        assert found <= own | ehr
        assert len(own) == len(bundle["entry"])
        for entry in bundle["entry"]:
            r4.parse(entry["resource"])


def test_every_text_is_danish_and_says_that_the_content_is_a_draft(web):
    for resource in resources(web.post(a_bundle())):
        div = resource["text"]["div"]
        assert 'lang="da"' in div
        if resource["resourceType"] in ("CarePlan", "ServiceRequest", "DocumentReference"):
            assert "Kladde: indholdet er ikke godkendt af en kliniker." in div


def test_content_is_pinned_by_version_and_hash(web):
    answer = web.post(a_bundle())
    careplan = resources(answer, "CarePlan")[0]
    attachment = resources(answer, "DocumentReference")[0]["content"][0]["attachment"]
    assert careplan["instantiatesCanonical"] == [
        "https://w3id.org/education-plan/fhir/PlanDefinition/lumbar-spinal-stenosis|1.0.0"
    ]
    page = a_page("knowledge", "full", "da")
    pinned = sha256(page).hexdigest()
    assert attachment["extension"][0]["valueString"] == pinned
    assert attachment["url"].endswith(f"sha256={pinned}")


def test_goals_are_proposed_and_nobody_has_accepted_them(web):
    goal = resources(web.post(a_bundle()), "Goal")[0]
    assert goal["lifecycleStatus"] == "proposed"
    assert "extension" not in goal
    assert "achievementStatus" not in goal


def test_nothing_that_identifies_the_patient_comes_back_or_is_stored(web):
    answer = web.post(a_bundle())
    with web.database.reading() as connection:
        kept = "".join(str(row) for row in connection.execute("SELECT * FROM plan, audit, outbox"))
    stored = web.parts.store
    with stored.reading("demo") as transaction:
        plan = transaction.plans_of_patient("Patient/p1")[0]
    for private in ("Testesen", "Nancyprøve", SYNTHETIC_CPR, "1951"):
        for text in (answer.text, kept, repr(plan)):
            assert private not in text


def test_an_idempotency_key_replays_and_refuses_another_body(web):
    key = {"Idempotency-Key": "k-1"}
    first = web.post(a_bundle(), **key)
    again = web.post(a_bundle(), **key)
    other = web.post(a_visit("p2", "e7"), **key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json["code"] == "idempotency-key-reused"
    assert web.rows("plan") == 1


def test_several_packs_are_told_and_one_can_be_chosen(make_web):
    web = make_web(a_pack(), a_pack("spine-general"))
    first = web.post(a_bundle(), accept=JSON).json
    chosen = web.post(a_bundle(), accept=JSON, path="?pack=spine-general").json
    assert (first["pack"]["id"], first["also_covered"]) == (
        "lumbar-spinal-stenosis",
        ["spine-general"],
    )
    assert chosen["pack"]["id"] == "spine-general"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", FHIR),
        ("application/json", JSON),
        ("application/fhir+json; fhirVersion=4.0", FHIR),
        ("text/html, application/json;q=0.9, */*;q=0.1", JSON),
    ],
)
def test_the_representation_follows_accept(web, accept, expected):
    assert web.post(a_bundle(), accept=accept).mimetype == expected


BAD = {
    "xml wanted": ({"accept": "application/fhir+xml"}, a_bundle(), 406, "not-acceptable", ""),
    "wrong content type": (
        {"kind": "text/plain"},
        a_bundle(),
        415,
        "content-type-not-accepted",
        "",
    ),
    "xml sent": ({"kind": "application/fhir+xml"}, b"<a/>", 415, "content-type-not-accepted", ""),
    "compressed": (
        {"Content-Encoding": "gzip"},
        a_bundle(),
        415,
        "content-encoding-not-accepted",
        "",
    ),
    "too large": ({}, b"[" + b" " * 1_000_001, 413, "body-too-large", ""),
    "not json": ({}, b"{", 400, "malformed-json", ""),
    "empty": ({}, b"", 400, "malformed-json", ""),
    "a list": ({}, b"[]", 400, "malformed-json", ""),
    "deep": ({}, b'{"a":' * 100 + b"1" + b"}" * 100, 400, "malformed-json", ""),
    "duplicate key": ({}, b'{"a":1,"a":2}', 400, "malformed-json", ""),
    "NaN": ({}, b'{"a":NaN}', 400, "malformed-json", ""),
    "NUL": ({}, b'{"a":"\\u0000"}', 400, "malformed-json", ""),
    "lone surrogate": ({}, b'{"a":"\\ud800"}', 400, "malformed-json", ""),
    "not a bundle": ({}, a_patient(), 400, "invalid-resource", "/resourceType"),
    "wrong type": (
        {},
        a_bundle(a_patient(), an_encounter(status=5), a_condition()),
        400,
        "invalid-resource",
        "/entry/1/resource/status",
    ),
    "two patients": (
        {},
        a_bundle(a_patient(), an_encounter(), a_condition(subject={"reference": "Patient/p9"})),
        422,
        "patient-mismatch",
        "/entry/2/resource/subject",
    ),
    "dangling": (
        {},
        a_bundle(a_patient(), an_encounter()),
        422,
        "unresolved-reference",
        "/entry/1/resource/diagnosis/0/condition",
    ),
    "unknown system": (
        {},
        a_visit("p1", "e1", coding("https://elsewhere.example", "1")),
        422,
        "unknown-code-system",
        "/entry/2/resource/code",
    ),
    "an observation": (
        {},
        a_bundle(a_patient(), an_encounter(), a_condition(), {"resourceType": "Observation"}),
        422,
        "resource-type-not-accepted",
        "/entry/3/resource/resourceType",
    ),
    "small form, no patient": (
        {"kind": JSON},
        {"encounter": {"id": "e"}, "conditions": []},
        422,
        "invalid-field",
        None,
    ),
    "small form, unknown field": (
        {"kind": JSON},
        the_small_form(cpr="x"),
        422,
        "invalid-field",
        "/cpr",
    ),
    "small form, wrong code": (
        {"kind": JSON},
        the_small_form(conditions=[{"codings": [coding(SNOMED, "x")]}]),
        422,
        "invalid-code",
        "/conditions/0/codings/0/code",
    ),
    "wrong edition": ({"path": "?edition=long"}, a_bundle(), 422, "invalid-field", "?edition"),
    "unknown language": ({"path": "?language=sv"}, a_bundle(), 422, "invalid-field", "/language"),
    "unknown parameter": ({"path": "?editon=pixi"}, a_bundle(), 422, "invalid-field", "?editon"),
    "unknown pack": ({"path": "?pack=nope"}, a_bundle(), 422, "invalid-field", "/pack"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_place_and_mend_and_nothing_is_stored(web, case):
    options, body, status, code, pointer = BAD[case]
    answer = web.post(body, **options)
    problem = answer.json
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert pointer is None or problem["pointer"] == pointer
    assert problem["detail"]
    assert problem["how_to_fix"]
    assert problem["trace_id"] == answer.headers["X-Trace-Id"]
    assert web.stored == NOTHING
