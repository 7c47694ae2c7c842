"""Two things with one number: told apart by when they were and what they are about."""

import pytest

from service.fhir.another_life import ahead, is_another


def coded(*codes):
    return {"coding": [{"system": "urn:x", "code": code} for code in codes]}


SAID = {"resourceType": "Communication", "sent": "2026-11-23T09:00:00Z", "topic": coded("work")}


@pytest.mark.parametrize(
    "there",
    [
        SAID,
        SAID | {"status": "entered-in-error", "note": [{"text": "fejl"}]},
        SAID | {"sent": "2026-11-23T10:00:00+01:00"},
        SAID | {"sent": "2026-11-23T09:00:00.417Z"},
        SAID | {"topic": coded("work", "311401005")},
        {name: SAID[name] for name in ("resourceType", "topic")},
    ],
    ids=[
        "the same",
        "taken back since",
        "in another zone",
        "to the millisecond",
        "with a code more",
        "without a time",
    ],
)
def test_what_a_record_makes_of_the_same_thing_is_the_same_thing(there):
    assert not is_another(SAID, there)


@pytest.mark.parametrize(
    "there",
    [SAID | {"sent": "2026-11-24T09:00:00Z"}, SAID | {"topic": coded("prognosis")}],
    ids=["another time", "about something else"],
)
def test_another_thing_under_its_number_is_found_out(there):
    assert is_another(SAID, there)


def test_a_goal_may_be_put_in_other_words_and_is_the_same_goal():
    goal = {"resourceType": "Goal", "description": {"text": "gå til bageren"}}
    assert not is_another(goal, goal | {"description": {"text": "gå til bageren hver dag"}})


def test_a_provenance_is_known_by_when_it_was_recorded():
    mine = {"resourceType": "Provenance", "recorded": "2026-11-23T09:00:00Z"}
    assert is_another(mine, mine | {"recorded": "2026-11-23T09:05:00Z"})


def test_the_state_in_which_a_record_is_ahead_is_named():
    ours = {"status": "active", "intent": "order"}
    assert ahead(ours, ours | {"status": "completed"}) == ("status",)
    assert ahead(ours, dict(ours)) == ()
