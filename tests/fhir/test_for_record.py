"""What is taken out, put inside and merged when a plan is made to fit a record."""

import pytest

from service.fhir.for_record import (
    Entry,
    FieldConflict,
    fitted,
    in_order,
    merged,
    outstanding,
    references,
    without,
)

A, B = "urn:uuid:a", "urn:uuid:b"


def points(kind="CarePlan", **fields):
    return Entry(A, {"resourceType": kind, "status": "active"} | fields)


def to(urn):
    return {"reference": urn}


def test_with_what_is_left_out_goes_every_reference_to_it():
    entry = points(
        goal=[to(B)],
        activity=[
            {"reference": to(B)},
            {"reference": to("urn:uuid:c"), "outcomeReference": [to(B)]},
        ],
        extension=[{"url": "x", "valueReference": to(B)}, {"url": "y", "valueCode": "full"}],
    )
    (kept,) = without([entry], [B])
    assert kept.resource == {
        "resourceType": "CarePlan",
        "status": "active",
        "activity": [{"reference": to("urn:uuid:c")}],
        "extension": [{"url": "y", "valueCode": "full"}],
    }


def test_a_provenance_of_nothing_is_left_out():
    assert without([points("Provenance", target=[to(B)])], [B]) == []


def test_the_types_that_were_left_out_are_told():
    goal = Entry(B, {"resourceType": "Goal"})
    kept, left_out = fitted([points(goal=[to(B)]), goal], lambda kind: kind != "Goal")
    assert [entry.kind for entry in kept] == ["CarePlan"]
    assert left_out == ("Goal",)
    assert list(references(kept[0].resource)) == []


def test_what_stands_there_is_not_sent_again_and_is_named_by_its_place():
    goal = Entry(B, {"resourceType": "Goal", "note": "x"}, changes=True)
    plan = Entry(A, {"resourceType": "CarePlan", "goal": [to(B)]}, changes=True)
    before = [goal, Entry(A, {"resourceType": "CarePlan"}, changes=True)]
    (sent,) = outstanding([plan, goal], before, {A: "CarePlan/1", B: "Goal/2"})
    assert (sent.urn, sent.place, sent.resource["goal"]) == (A, "CarePlan/1", [to("Goal/2")])


def test_nobody_is_written_before_what_he_refers_to():
    plan, goal = points(goal=[to(B)]), Entry(B, {"resourceType": "Goal"})
    assert [entry.urn for entry in in_order([plan, goal])] == [B, A]
    with pytest.raises(ValueError, match="circle"):
        in_order([plan, Entry(B, {"resourceType": "Goal", "x": to(A)})])


BEFORE = {"resourceType": "Goal", "status": "active", "note": "first", "id": "1"}


def test_our_change_goes_in_and_what_the_record_added_stays():
    theirs = BEFORE | {"careTeam": "x", "meta": {"versionId": "3"}}
    result, kept = merged(BEFORE | {"status": "completed"}, theirs, BEFORE, None)
    assert (result["status"], result["careTeam"], result["meta"]) == (
        "completed",
        "x",
        {"versionId": "3"},
    )
    assert kept == ()


def test_what_only_the_record_changed_stays_and_is_remembered():
    theirs = BEFORE | {"note": "theirs"}
    result, kept = merged(BEFORE | {"status": "completed"}, theirs, BEFORE, BEFORE)
    assert (result["note"], result["status"], kept) == ("theirs", "completed", ("note",))


def test_what_both_changed_is_a_conflict_also_later():
    theirs = BEFORE | {"note": "theirs"}
    with pytest.raises(FieldConflict, match="note"):
        merged(BEFORE | {"note": "ours"}, theirs, BEFORE, BEFORE)
    with pytest.raises(FieldConflict, match="note"):
        merged(BEFORE | {"note": "ours"}, theirs, BEFORE, None, ["note"])


def test_the_same_change_on_both_sides_is_none():
    both = BEFORE | {"note": "same"}
    assert merged(both, both, BEFORE, BEFORE) == (both, ())


def test_what_we_no_longer_say_is_taken_out():
    ours = {key: value for key, value in BEFORE.items() if key != "note"}
    assert "note" not in merged(ours, dict(BEFORE), BEFORE, None)[0]
