"""Goals, corrections, the end of a course and the note, over REST."""

import orjson
import pytest

from tests.conftest import JSON
from tests.web.test_teachings import TAUGHT, states

GOAL = {"text": "Gå til bageren og hjem", "due": "2027-01-15"}


@pytest.fixture
def taught(send, plan):
    send(f"{plan}/teachings", TAUGHT)
    return plan


def goal(answer, goal_id):
    return next(each for each in answer.json["goals"] if each["id"] == goal_id)


def test_a_goal_is_agreed_once(send, plan):
    answer = send(f"{plan}/goals", GOAL)
    assert (answer.status_code, answer.json["goals"][-1]["state"]) == (201, "active")
    assert send(f"{plan}/goals", GOAL).status_code == 200


def test_a_suggested_goal_becomes_the_patients_own_and_is_followed(send, plan):
    path = f"{plan}/goals/walk"
    told = {"agreed": True, "text": "Jeg går hver dag", "due": "2027-01-15"}
    answer = send(path, told, method="PATCH")
    assert (answer.status_code, goal(answer, "walk")["title"]) == (200, "Jeg går hver dag")
    answer = send(path, {"progress": "improving", "due": None}, method="PATCH")
    assert (goal(answer, "walk")["progress"], goal(answer, "walk")["due"]) == ("improving", None)
    answer = send(path, {"state": "achieved"}, method="PATCH")
    assert goal(answer, "walk")["state"] == "achieved"
    refused = send(path, {"state": "not-achieved"}, method="PATCH")
    assert (refused.status_code, refused.json["code"]) == (409, "illegal-transition")


@pytest.mark.parametrize(
    ("told", "status", "pointer"),
    [
        ({"state": "achieved"}, 409, ""),
        ({"state": "cancelled"}, 422, "/reason"),
        ({"state": "active"}, 422, "/state"),
        ({"agreed": True, "text": ""}, 422, "/text"),
        ({"due": "i morgen"}, 422, "/due"),
    ],
)
def test_a_bad_change_of_a_goal_is_told_with_its_place(
    send,
    plan,
    told,
    status,
    pointer,
):
    answer = send(f"{plan}/goals/walk", told, method="PATCH")
    assert (answer.status_code, answer.json["pointer"]) == (status, pointer)


def test_a_goal_that_is_not_there_is_not_found(send, plan):
    assert send(f"{plan}/goals/fly", {"agreed": True}, method="PATCH").status_code == 404


def test_a_correction_keeps_the_original_and_puts_the_right_entry_beside_it(send, taught):
    told = {
        "entry": "teaching",
        "id": "3",
        "reason": "Tastefejl",
        "replacement": {"outcome": "taught", "understanding": "understood"},
    }
    answer = send(f"{taught}/corrections", told)
    assert answer.status_code == 200
    history = answer.json["topics"][1]["history"]
    assert [(e["id"], e["error"], e["understanding"]) for e in history] == [
        ("3", "Tastefejl", "not-understood"),
        ("4", "", "understood"),
    ]
    assert states(answer)["prognosis"] == "done"


def test_a_whole_session_is_replaced(send, taught):
    told = {
        "entry": "session",
        "id": "1",
        "reason": "Forkert besøg",
        "replacement": {"topic": "work", "outcome": "deferred"},
    }
    answer = send(f"{taught}/corrections", told)
    assert [session["error"] for session in answer.json["sessions"]] == ["Forkert besøg", ""]
    assert set(states(answer).values()) == {"open"}


def test_a_goal_and_a_plan_can_be_errors(send, taught):
    answer = send(f"{taught}/corrections", {"entry": "goal", "id": "walk", "reason": "Fejl"})
    assert goal(answer, "walk")["state"] == "entered-in-error"
    answer = send(f"{taught}/corrections", {"entry": "plan", "reason": "Forkert patient"})
    assert (answer.json["state"], answer.json["ended"]) == ("entered-in-error", "Forkert patient")


@pytest.mark.parametrize(
    ("told", "status", "pointer"),
    [
        ({"entry": "teaching", "reason": "x"}, 422, "/id"),
        ({"entry": "teaching", "id": "2"}, 422, "/reason"),
        ({"entry": "teaching", "id": "99", "reason": "x"}, 404, ""),
        ({"entry": "teaching", "id": "two", "reason": "x"}, 422, "/id"),
        ({"entry": "handout", "id": "2", "reason": "x"}, 422, "/entry"),
        (
            {"entry": "goal", "id": "walk", "reason": "x", "replacement": {}},
            422,
            "/replacement",
        ),
        (
            {"entry": "teaching", "id": "2", "reason": "x", "replacement": {"outcome": "?"}},
            422,
            "/replacement/outcome",
        ),
    ],
)
def test_a_bad_correction_is_told_with_its_place(send, taught, told, status, pointer):
    answer = send(f"{taught}/corrections", told)
    assert (answer.status_code, answer.json["pointer"]) == (status, pointer)


def test_a_course_with_open_topics_needs_a_reason_to_end(send, taught):
    refused = send(f"{taught}/close", {})
    assert (refused.status_code, refused.json["pointer"]) == (422, "/reason")
    answer = send(f"{taught}/close", {"reason": "Flyttet"})
    assert (answer.status_code, answer.json["state"]) == (200, "completed")
    assert send(f"{taught}/close", {"reason": "Flyttet"}).status_code == 200
    refused = send(f"{taught}/close", {"outcome": "revoked", "reason": "Fortrudt"})
    assert (refused.status_code, refused.json["code"]) == (409, "illegal-transition")


def test_the_note_is_text_or_json_and_never_over_120_words(web, send, taught):
    answer = web.get(f"{taught}/note", accept="*/*", role="clinician")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "Gennemgået i dag: Knowledge; Prognosis." in answer.text
    told = web.get(f"{taught}/note", accept=JSON, role="system")
    assert told.json["note"] == answer.text
    assert told.json["words"] <= 120
    soap = web.get(f"{taught}/note?form=soap", accept="text/plain", role="clinician")
    assert soap.text.startswith("A: Skal tages op igen: Prognosis.")


def test_a_note_that_was_edited_is_the_note(web, send, plan):
    send(f"{plan}/teachings", TAUGHT | {"note": "Som jeg skrev den."})
    assert web.get(f"{plan}/note", accept="*/*", role="clinician").text == "Som jeg skrev den."


@pytest.mark.parametrize(
    ("path", "status"),
    [("/note", 404), ("/note?session=9", 404), ("/note?form=sonnet", 422), ("/note?x=1", 422)],
)
def test_a_note_that_is_not_there(web, plan, path, status):
    assert web.get(f"{plan}{path}", accept="*/*", role="clinician").status_code == status


def test_the_note_is_not_the_patients(web, taught):
    answer = web.get(f"{taught}/note", accept="*/*", role="patient", patient="p1")
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/teachings", "/goals", "/corrections", "/close"])
def test_another_clinics_plan_is_not_there(web, plan, path):
    headers = web.headers("clinician", tenant="clinic-b") | {"Content-Type": JSON}
    bodies = {
        "/teachings": TAUGHT,
        "/goals": GOAL,
        "/corrections": {"entry": "plan", "reason": "x"},
        "/close": {"reason": "x"},
    }
    answer = web.client.post(f"{plan}{path}", data=orjson.dumps(bodies[path]), headers=headers)
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
