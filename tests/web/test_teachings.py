"""A physiotherapist documents a visit over REST."""

import orjson
import pytest

from service.fhir import r4
from tests.conftest import FHIR, JSON
from tests.house.tracked import ROOT
from tests.posted import a_bundle, a_visit
from tests.visit import the_whole_visit

TAUGHT = {
    "topics": [
        {"id": "knowledge", "outcome": "taught", "understanding": "understood"},
        {"id": "prognosis", "outcome": "taught", "understanding": "not-understood"},
    ],
    "methods": ["talk"],
}


def states(answer):
    return {topic["id"]: topic["state"] for topic in answer.json["topics"]}


def test_what_was_taught_and_understood_is_told_topic_by_topic(send, plan):
    answer = send(f"{plan}/teachings", TAUGHT)
    assert (answer.status_code, answer.headers["ETag"]) == (201, 'W/"2"')
    assert states(answer) == {"knowledge": "done", "prognosis": "repeat", "work": "open"}
    assert answer.json["next"] == ["prognosis", "work"]
    (entry,) = answer.json["topics"][1]["history"]
    assert (entry["outcome"], entry["understanding"]) == ("taught", "not-understood")


def test_the_example_in_the_docs_works_as_written(send, web):
    plan = web.post(a_bundle()).headers["Location"]
    example = (ROOT / "docs" / "integrator.md").read_text("utf-8")
    told = orjson.loads(example.partition("/teachings\" --data '")[2].partition("'\n```")[0])
    assert send(f"{plan}/teachings", told, If_Match='W/"1"').status_code == 201


def test_one_topic_is_told_without_a_list(send, plan):
    told = {"topic": "work", "outcome": "deferred", "reason": "no-time"}
    answer = send(f"{plan}/teachings", told)
    assert (answer.status_code, states(answer)["work"]) == (201, "open")
    assert answer.json["sessions"][0]["topics"][0]["reason"] == "no-time"


def test_the_same_teaching_twice_is_stored_once(send, plan, web):
    first = send(f"{plan}/teachings", TAUGHT, If_Match='W/"1"')
    before = web.stored
    again = send(f"{plan}/teachings", TAUGHT, If_Match='W/"1"')
    assert (again.status_code, again.json) == (200, first.json)
    assert web.stored == before


def test_an_old_revision_is_refused_and_nothing_is_stored(send, plan, web):
    send(f"{plan}/teachings", TAUGHT)
    before = web.stored
    answer = send(f"{plan}/teachings", {"topic": "work", "outcome": "declined"}, If_Match='W/"1"')
    assert (answer.status_code, answer.json["code"]) == (412, "stale-plan")
    assert web.stored == before


def test_the_answer_is_fhir_for_whoever_wants_it(send, plan):
    answer = send(f"{plan}/teachings", TAUGHT, Accept=FHIR)
    assert answer.json["type"] == "transaction"
    kinds = [entry["resource"]["resourceType"] for entry in answer.json["entry"]]
    assert (kinds.count("Communication"), kinds.count("Observation")) == (2, 2)
    for entry in answer.json["entry"]:
        r4.parse(entry["resource"])


def test_everything_that_can_be_told_comes_back(send, plan):
    told = the_whole_visit(topics=TAUGHT["topics"], at="2026-11-23T08:40:00+01:00")
    told["goals"][0]["topics"] = ["knowledge"]
    plan = send(f"{plan}/teachings", told).json
    (session,) = plan["sessions"]
    for name in told.keys() - {"topics", "goals", "at"}:
        assert session[name] == told[name], name
    assert session["at"] == "2026-11-23T07:40:00Z"
    goal = plan["goals"][-1]
    assert (goal["title"], goal["agreed"], goal["due"]) == (
        "gå til bageren og hjem",
        True,
        "2027-01-15",
    )
    assert goal["steps"] == [{"text": "til hjørnet", "due": "2026-12-01", "reached": None}]


def other_plans(web, *patients):
    return [web.post(a_visit(p, f"e-{p}")).headers["Location"].rpartition("/")[2] for p in patients]


def test_a_group_is_signed_for_every_participant_from_one_form(send, plan, web):
    second, third = other_plans(web, "p2", "p3")
    told = TAUGHT | {
        "methods": ["group"],
        "participants": [
            {"plan": second},
            {"plan": third, "topics": [{"id": "knowledge", "outcome": "declined"}]},
        ],
    }
    answer = send(f"{plan}/teachings", told)
    assert answer.status_code == 201
    found = [[t["state"] for t in each["topics"]] for each in answer.json["plans"]]
    assert found == [["done", "repeat", "open"]] * 2 + [["declined", "repeat", "open"]]
    assert web.rows("outbox") == 6
    assert send(f"{plan}/teachings", told).status_code == 200


def test_no_note_of_a_group_is_dropped(send, plan, web):
    """Also when something else of the group is new: all of it is refused, and the way is told."""
    (second,) = other_plans(web, "p2")
    told = TAUGHT | {"note": "Gik godt", "participants": [{"plan": second}]}
    assert send(f"{plan}/teachings", told).status_code == 201
    before = web.stored
    other = [{"id": "work", "outcome": "taught"}]
    more = told | {"note": "Ringer i morgen", "participants": [{"plan": second, "topics": other}]}
    answer = send(f"{plan}/teachings", more)
    assert (answer.status_code, answer.json["pointer"]) == (409, "/note")
    assert web.stored == before
    right = TAUGHT | {"note": "Ringer i morgen"}
    mended = {"entry": "session", "id": "1", "reason": "Notatet", "replacement": right}
    sessions = send(f"{plan}/corrections", mended).json["sessions"]
    assert [(each["error"], each["note"]) for each in sessions] == [
        ("Notatet", "Gik godt"),
        ("", "Ringer i morgen"),
    ]


def test_what_is_one_patients_own_stands_in_no_other_record(send, plan, web):
    other = web.post(a_visit("p2", "e-p2")).headers["Location"].rpartition("/")[2]
    own = {
        "mood": {"cues": ["fear"], "text": "Utryg"},
        "job": {"situation": "sick"},
        "barriers": ["hearing"],
        "readiness": "eager",
        "interpreter": True,
        "learners": ["patient", "relative"],
        "text": "Kun til den første",
        "note": "Den førstes note",
        "goals": [{"text": "Gå til bageren"}],
        "goal_changes": [{"id": "walk", "agreed": True}],
    }
    topics = [{"id": "knowledge", "outcome": "taught", "note": "Hvorfor mig?"}]
    told = own | {"topics": topics, "methods": ["group"], "participants": [{"plan": other}]}
    answer = send(f"{plan}/teachings", told)
    assert answer.status_code == 201, answer.text
    first, second = answer.json["plans"]
    for secret in ("Utryg", "Kun til den", "Den førstes", "bageren", "Hvorfor mig"):
        assert secret in str(first)
        assert secret not in str(second)
    (session,) = second["sessions"]
    assert (session["learners"], session["methods"], session["interpreter"]) == (
        ["patient"],
        ["group"],
        False,
    )
    assert [goal["state"] for goal in second["goals"]] == ["proposed"]


def test_goals_are_followed_in_the_visit_itself_and_a_fault_in_one_is_told_by_its_place(send, plan):
    agreed = {"id": "walk", "agreed": True, "text": "Gå en tur"}
    answer = send(f"{plan}/teachings", TAUGHT | {"goal_changes": [agreed]})
    assert answer.status_code == 201
    assert (answer.json["goals"][0]["state"], answer.json["revision"]) == ("active", 2)
    given_up = {"id": "walk", "state": "cancelled"}
    told = TAUGHT | {"text": "Mere", "goal_changes": [{"id": "walk"}, given_up]}
    answer = send(f"{plan}/teachings", told)
    assert (answer.status_code, answer.json["pointer"]) == (422, "/goal_changes/1/reason")


def test_a_group_with_one_who_is_not_there_is_not_signed_at_all(send, plan, web):
    before = web.stored
    told = TAUGHT | {"participants": [{"plan": "0190a000-0000-7000-8000-00000000dead"}]}
    assert send(f"{plan}/teachings", told).status_code == 404
    assert web.stored == before


BAD = [
    ({}, "/topics", "invalid-field"),
    ({"topics": []}, "/topics", "invalid-field"),
    (TAUGHT | {"methods": []}, "/methods", "invalid-field"),
    (TAUGHT | {"methods": ["telepathy"]}, "/methods/0", "invalid-field"),
    (TAUGHT | {"learners": []}, "/learners", "invalid-field"),
    (TAUGHT | {"minutes": 0}, "/minutes", "invalid-field"),
    (TAUGHT | {"minutes": "15"}, "/minutes", "invalid-field"),
    (TAUGHT | {"barriers": ["none", "sight"]}, "/barriers", "invalid-field"),
    (TAUGHT | {"encounter": "other"}, "/encounter", "invalid-field"),
    (TAUGHT | {"encounter": "../e1"}, "/encounter", "invalid-field"),
    (TAUGHT | {"at": "2026-11-23T09:00:00"}, "/at", "invalid-field"),
    (TAUGHT | {"at": "2026-11-24T09:00:00Z"}, "/at", "invalid-field"),
    (TAUGHT | {"topic": "work", "outcome": "taught"}, "/topic", "invalid-field"),
    (TAUGHT | {"topics": TAUGHT["topics"][:1] * 2}, "/topics/1/id", "invalid-field"),
    ({"topic": "work"}, "/outcome", "invalid-field"),
    ({"outcome": "taught"}, "/outcome", "invalid-field"),
    ({"topics": [{"id": "unknown", "outcome": "declined"}]}, "/topics/0/id", "invalid-field"),
    ({"topics": [{"id": "work", "outcome": "eaten"}]}, "/topics/0/outcome", "invalid-field"),
    ({"topics": [{"id": "work"}]}, "/topics/0/outcome", "invalid-field"),
    (
        {"topics": [{"id": "work", "outcome": "declined", "understanding": "partial"}]},
        "/topics/0/understanding",
        "invalid-field",
    ),
    (
        {"topics": [{"id": "work", "outcome": "repeated"}], "methods": ["talk"]},
        "/topics/0",
        "illegal-transition",
    ),
    (TAUGHT | {"goals": [{"text": ""}]}, "/goals/0/text", "invalid-field"),
    (TAUGHT | {"goals": [{"text": "x", "due": "snart"}]}, "/goals/0/due", "invalid-field"),
    (TAUGHT | {"diagnosis": "x"}, "/diagnosis", "invalid-field"),
    (TAUGHT | {"text": "x" * 10_001}, "/text", "invalid-field"),
    (b'{"topics": [', "", "malformed-json"),
]


@pytest.mark.parametrize(("told", "pointer", "code"), BAD)
def test_bad_input_is_told_with_its_place_and_nothing_is_stored(
    send, plan, web, told, pointer, code
):
    before = web.stored
    answer = send(f"{plan}/teachings", told)
    assert 400 <= answer.status_code < 500
    assert (answer.json["code"], answer.json["pointer"]) == (code, pointer)
    assert answer.json["how_to_fix"]
    assert web.stored == before


def test_only_plain_json_is_taken(send, plan):
    answer = send(f"{plan}/teachings", TAUGHT, Content_Type=FHIR)
    assert (answer.status_code, answer.json["code"]) == (415, "content-type-not-accepted")


@pytest.mark.parametrize("role", ["system", "auditor", "monitor"])
def test_only_a_clinician_documents(send, plan, role):
    assert send(f"{plan}/teachings", TAUGHT, role=role).status_code == 403


def test_what_is_for_clinicians_only_never_reaches_the_patient(send, plan, web):
    told = TAUGHT | {
        "mood": {"cues": ["fear"], "text": "Meget utryg"},
        "text": "Kun til kolleger",
        "readiness": "reluctant",
        "note": "Den rettede note",
    }
    send(f"{plan}/teachings", told)
    for accept in (JSON, FHIR):
        mine = web.get(plan, accept=accept, role="patient", patient="p1")
        assert mine.status_code == 200
        for secret in ("Meget utryg", "Kun til kolleger", "Den rettede note", "hopeless", "fear"):
            assert secret not in mine.text
    listed = web.get("/api/v1/plans?patient=p1", role="patient", patient="p1")
    assert "Meget utryg" not in listed.text
    assert "done" in listed.text


def test_a_closed_plan_is_documented_in_no_more(send, plan):
    assert send(f"{plan}/close", {"reason": "Flyttet"}).status_code == 200
    answer = send(f"{plan}/teachings", TAUGHT)
    assert (answer.status_code, answer.json["code"]) == (409, "illegal-transition")
