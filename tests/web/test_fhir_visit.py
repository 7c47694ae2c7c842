"""What happened in a visit, read and searched through the façade."""

import json

import pytest

from tests.web.test_teachings import TAUGHT

MOOD = {"cues": ["fear"], "text": "Meget utryg"}


@pytest.fixture
def documented(facade, send):
    """The façade of a clinic whose only plan has one documented visit."""
    told = TAUGHT | {"mood": MOOD, "job": {"situation": "sick"}}
    assert send(f"/api/v1/plans/{facade.plan}/teachings", told).status_code == 201
    return facade


def kinds(page):
    return sorted(entry["resource"]["id"].rpartition(".")[0][-1] for entry in page["entry"])


def test_was_this_topic_taught(documented):
    found = documented.json("Communication?patient=p1&topic=lumbar-spinal-stenosis.knowledge")
    (entry,) = found["entry"]
    assert (entry["resource"]["status"], found["total"]) == ("completed", 1)
    assert documented.ids("Communication?patient=p1&topic=lumbar-spinal-stenosis.work") == []


def test_what_came_of_a_request_comes_with_it(documented):
    page = documented.json(
        f"ServiceRequest?_id={documented.plan}.t.prognosis"
        "&_revinclude=Communication:based-on&_revinclude=Observation:based-on"
    )
    assert {entry["resource"]["resourceType"] for entry in page["entry"]} == {
        "ServiceRequest",
        "Communication",
        "Observation",
    }


def test_how_teach_backs_went(documented):
    found = documented.json("Observation?patient=p1&value-concept=not-understood")
    assert kinds(found) == ["o"]


def test_the_notes_of_a_patient_are_documents_and_handouts_are_nobodys(documented):
    notes = documented.json("DocumentReference?patient=p1")
    assert kinds(notes) == ["n"]
    name = f"DocumentReference/{documented.plan}.n.1"
    assert documented.json(name) == notes["entry"][0]["resource"]
    general = documented.json("DocumentReference")
    assert general["total"] > 0
    assert all("subject" not in entry["resource"] for entry in general["entry"])


def test_a_request_has_a_history_of_what_became_of_it(documented):
    found = documented.json(f"ServiceRequest/{documented.plan}.t.knowledge/_history")
    assert [e["resource"]["status"] for e in found["entry"]] == ["completed", "active"]


@pytest.mark.parametrize(
    "path",
    [
        "Observation?patient=p1",
        "Observation",
        "DocumentReference?patient=p1",
        "Provenance?patient=p1",
        "Provenance?_include=Provenance:target",
        "Communication?_revinclude=Provenance:target",
        "CarePlan?patient=p1",
    ],
)
def test_a_patient_is_shown_nothing_that_is_for_clinicians(documented, path):
    page = documented.json(path, "patient")
    told = json.dumps(page)
    for secret in ("Meget utryg", ".m.1", ".n.1", "mood-and-strategies"):
        assert secret not in told
    assert ".m.1" in json.dumps(documented.json("Observation?patient=p1"))


@pytest.mark.parametrize("letter", ["m", "n"])
def test_what_is_for_clinicians_looks_to_a_patient_like_what_is_not_there(documented, letter):
    kind = "Observation" if letter == "m" else "DocumentReference"
    name = f"{kind}/{documented.plan}.{letter}.1"
    assert documented.get(name).status_code == 200
    for path in (name, f"{name}/_history", f"{name}/_history/2"):
        assert documented.refused(path, "patient")[:2] == (404, "not-found")
