"""A newcomer's story over real HTTP: the first encounter goes in, the first plan comes out."""

import base64
import hashlib
import uuid

import orjson
import pytest

from service.fhir import r4
from tests.conftest import FHIR, JSON
from tests.posted import LUMBAR, SKS, SNOMED, a_visit, coding, the_small_form
from tests.walk import references

SEVEN_TOPICS = [
    "knowledge",
    "prognosis",
    "self-management",
    "pain-mechanisms",
    "treatment",
    "mood",
    "work",
]
POSSIBLE = coding(SKS, "DM480")
HYPERTENSION = coding(SNOMED, "38341003")


def new_ids() -> tuple[str, str]:
    """A patient and an encounter that the running service has not met."""
    name = uuid.uuid4().hex[:12]
    return f"p-{name}", f"e-{name}"


@pytest.fixture
def post(live, system_token):
    def send(body, query="", *, kind=FHIR, accept=FHIR):
        headers = {"Content-Type": kind, "Accept": accept}
        path = f"/api/v1/encounters{query}"
        return live.call("POST", path, system_token, data=orjson.dumps(body), headers=headers)

    return send


def resources(bundle, kind=None):
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if kind in (None, resource["resourceType"])]


@pytest.mark.parametrize("edition", ["full", "pixi"])
@pytest.mark.parametrize("language", ["da", "en"])
def test_a_first_encounter_gives_a_plan_with_all_seven_topics(post, edition, language):
    query = f"?edition={edition}&language={language}"
    answer = post(a_visit(*new_ids(), LUMBAR), query, accept=JSON)
    plan = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/plans/{plan['id']}"
    assert [topic["id"] for topic in plan["topics"]] == SEVEN_TOPICS
    assert (plan["state"], plan["edition"], plan["language"]) == ("active", edition, language)
    assert all(topic["title"] and topic["state"] == "open" for topic in plan["topics"])


def test_the_small_form_gives_the_same_plan(post):
    patient, encounter = new_ids()
    small = the_small_form(patient={"id": patient}, encounter={"id": encounter})
    first = post(small, kind=JSON)
    again = post(a_visit(patient, encounter, LUMBAR))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content


def test_the_same_encounter_again_gives_the_same_bytes_and_stores_nothing(post):
    visit = a_visit(*new_ids(), LUMBAR)
    first, again = post(visit), post(visit)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]


def test_the_next_encounter_continues_the_course(live, system_token, post):
    patient, encounter = new_ids()
    first = post(a_visit(patient, encounter, LUMBAR))
    second = post(a_visit(patient, f"{encounter}-2", LUMBAR), accept=JSON)
    assert second.status_code == 200
    assert second.headers["Location"] == first.headers["Location"]
    assert [e["id"] for e in second.json()["encounters"]] == [encounter, f"{encounter}-2"]
    listed = live.call("GET", f"/api/v1/plans?patient={patient}", system_token).json()["plans"]
    assert [plan["id"] for plan in listed] == [second.json()["id"]]


def test_an_encounter_that_is_already_another_patients_never_gives_that_patients_plan(post):
    (nancy, encounter), (noah, _) = new_ids(), new_ids()
    assert post(a_visit(nancy, encounter, LUMBAR)).status_code == 201
    answer = post(a_visit(noah, encounter, LUMBAR))
    assert nancy not in answer.text
    assert answer.status_code == 422


def test_a_possible_match_waits_for_a_clinician(live, system_token, clinician_token, post):
    visit = a_visit(*new_ids(), POSSIBLE)
    proposed = post(visit, accept=JSON)
    assert (proposed.status_code, proposed.json()["state"]) == (200, "proposed")
    assert proposed.json()["reason"]["why"]
    path = f"{proposed.headers['Location']}/confirm"
    headers = {"Accept": JSON, "If-Match": proposed.headers["ETag"]}
    refused = live.call("POST", path, system_token, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    confirmed = live.call("POST", path, clinician_token, headers=headers)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "active")
    assert [topic["id"] for topic in confirmed.json()["topics"]] == SEVEN_TOPICS
    assert post(visit, accept=JSON).json()["state"] == "active"


def test_what_no_pack_covers_is_answered_with_what_is_covered(live, system_token, post):
    patient, encounter = new_ids()
    answer = post(a_visit(patient, encounter, HYPERTENSION))
    issue = answer.json()["issue"][0]
    assert answer.status_code == 200
    assert issue["severity"] == "information"
    assert LUMBAR["code"] in issue["details"]["text"]
    r4.parse(answer.json())
    assert live.call("GET", f"/api/v1/plans?patient={patient}", system_token).json() == {
        "plans": []
    }


@pytest.mark.parametrize("code", [LUMBAR, POSSIBLE], ids=["exact", "possible"])
@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_every_resource_is_fhir_and_every_reference_leads_somewhere(post, code, edition):
    patient, encounter = new_ids()
    posts = [
        post(a_visit(patient, visit, code), f"?edition={edition}")
        for visit in (encounter, f"{encounter}-2")
    ]
    for bundle in (answer.json() for answer in posts):
        assert bundle.get("type") == "transaction", bundle
        r4.parse(bundle)
        known = {entry["fullUrl"] for entry in bundle["entry"]}
        assert len(known) == len(bundle["entry"])
        known |= {f"Patient/{patient}", f"Encounter/{encounter}", f"Encounter/{encounter}-2"}
        known |= {"Condition/c1", "Practitioner/fys1"}
        assert references(bundle) <= known
        for resource in resources(bundle):
            r4.parse(resource)


@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_every_handout_is_there_and_is_what_its_size_and_hashes_say(
    live, system_token, post, edition
):
    bundle = post(a_visit(*new_ids(), LUMBAR), f"?edition={edition}").json()
    handouts = resources(bundle, "DocumentReference")
    assert handouts
    for attachment in (handout["content"][0]["attachment"] for handout in handouts):
        assert attachment["url"].startswith(f"{live.url}/")
        page = live.call("GET", attachment["url"].removeprefix(live.url), system_token)
        assert page.status_code == 200
        assert page.headers["Content-Type"].partition(";")[0] == attachment["contentType"]
        assert len(page.content) == attachment["size"]
        sha1 = hashlib.sha1(page.content).digest()
        assert attachment["hash"] == base64.b64encode(sha1).decode()
        [sha256] = [e["valueString"] for e in attachment["extension"] if "sha256" in e["url"]]
        assert sha256 == hashlib.sha256(page.content).hexdigest()
