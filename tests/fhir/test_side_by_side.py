"""Lists of a CarePlan: what the record has beside ours stays, and what we took away goes."""

import pytest

from service.fhir.for_record import FieldConflict, merged
from service.fhir.side_by_side import beside, is_listed, joined


def to(*names, **more):
    return [{"reference": name, **more} for name in names]


def activity(request, *came):
    found = {"reference": {"reference": request}}
    return found | {"outcomeReference": to(*came)} if came else found


ONE, TWO, THREE = "Goal/1", "Goal/2", "Goal/3"


@pytest.mark.parametrize(
    ("mine", "theirs", "before", "comes"),
    [
        (to(ONE, TWO), to(ONE), to(ONE), to(ONE, TWO)),
        (to(ONE), to(ONE, TWO), to(ONE), to(ONE, TWO)),
        (to(ONE, TWO), to(ONE, THREE), to(ONE), to(ONE, TWO, THREE)),
        (to(ONE), to(ONE, TWO), to(ONE, TWO), to(ONE)),
        (to(ONE), to(TWO), None, to(ONE, TWO)),
        (None, to(TWO), None, to(TWO)),
        (to(ONE), None, None, to(ONE)),
    ],
    ids=[
        "we added one",
        "they added one",
        "both added one",
        "we took one away",
        "it is not known what we wrote",
        "we have none",
        "they have none",
    ],
)
def test_both_sides_stand_side_by_side(mine, theirs, before, comes):
    assert joined(mine, theirs, before) == comes


def test_what_somebody_took_away_there_is_for_a_person():
    assert joined(to(ONE, TWO), to(TWO), to(ONE)) is None


@pytest.mark.parametrize(
    "theirs",
    [
        "https://ehr.example/r4/Goal/1",
        "Goal/1/_history/7",
        "https://ehr.example/r4/Goal/1/_history/7",
    ],
)
def test_a_reference_that_is_written_in_full_is_no_second_one(theirs):
    assert joined(to(ONE, TWO), to(theirs, display="Gå en tur"), to(ONE)) == to(ONE, TWO)


def test_what_came_of_an_activity_is_joined_as_well():
    before = [activity("ServiceRequest/1", "Communication/1"), activity("ServiceRequest/2")]
    theirs = [activity("ServiceRequest/1", "Communication/1", "Communication/lost"), before[1]]
    mine = [activity("ServiceRequest/1", "Communication/1", "urn:uuid:new"), before[1]]
    first, second = joined(mine, theirs, before)
    came = [each["reference"] for each in first["outcomeReference"]]
    assert came == ["Communication/1", "urn:uuid:new", "Communication/lost"]
    assert second == before[1]


def test_an_activity_that_we_have_nothing_new_to_say_of_stays_as_it_is_there():
    ours = [activity("ServiceRequest/1")]
    theirs = [activity("ServiceRequest/1", "Communication/lost") | {"progress": [{"text": "Går."}]}]
    assert joined(ours, theirs, ours) == theirs


def test_activities_without_a_request_are_known_by_what_they_are_about():
    def detail(name, status):
        return {"detail": {"instantiatesCanonical": [name], "status": status}}

    before = [detail("a|1", "not-started"), detail("a|1", "not-started")]
    mine = [before[0], detail("a|1", "completed")]
    assert joined(mine, before, before) == mine
    assert joined(before, mine, before) == mine


def test_only_lists_of_a_plan_are_joined():
    assert is_listed({"resourceType": "CarePlan"}, "goal")
    assert not is_listed({"resourceType": "CarePlan"}, "category")
    assert not is_listed({"resourceType": "Goal"}, "note")


def a_careplan(*goals, **more):
    return {"resourceType": "CarePlan", "status": "active", "goal": to(*goals), **more}


def test_a_plan_that_both_changed_says_all_of_it_and_conflicts_in_nothing():
    before, seen = a_careplan(ONE), a_careplan(ONE)
    theirs = a_careplan(ONE, THREE, note=[{"text": "Husk krykkerne."}])
    result, kept = merged(a_careplan(ONE, TWO), theirs, before, seen)
    assert result["goal"] == to(ONE, TWO, THREE)
    assert result["note"] == theirs["note"]
    assert kept == ()


def test_a_list_that_is_empty_now_is_left_out():
    result, _ = merged(a_careplan(), a_careplan(ONE), a_careplan(ONE), None)
    assert "goal" not in result


def test_of_what_both_set_differently_the_newer_record_keeps_its_own():
    before, theirs = a_careplan(ONE), a_careplan(ONE, status="completed")
    ours = a_careplan(ONE, status="revoked")
    with pytest.raises(FieldConflict):
        merged(ours, theirs, before, before)
    result, kept = merged(ours, theirs, before, before, is_newer=True)
    assert (result["status"], kept) == ("completed", ("status",))


def test_beside_what_stands_there_ours_come_and_nothing_else_changes():
    theirs = a_careplan(ONE, TWO, status="completed", title="Plan")
    assert beside(a_careplan(ONE, THREE, title="Anden plan"), theirs) == theirs | {
        "goal": to(ONE, THREE, TWO)
    }
