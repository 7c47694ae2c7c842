"""The record tells that something changed: what it was is looked for there, and followed."""

import sqlite3
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from service.ehr.record import Looking
from tests.builders import NOW
from tests.ehr.visits import answering, kept, visits


@pytest.fixture
def looking(site):
    """A clinic by the clock of its record, which is the machine's."""

    def make(*resources, **more):
        clinic = site(**more)
        clinic.passes(datetime.now(UTC) - NOW)
        clinic.keep(*resources)
        return clinic

    return make


def searches(clinic):
    return [path for method, path in clinic.faulty.seen if path == "/Encounter"]


def test_when_something_changed_every_encounter_that_changed_is_followed(looking):
    clinic = looking(*visits(1, 2, 3))
    clinic.hear("", "")
    clinic.follow()
    for n in (1, 2, 3):
        assert len(clinic.made(f"Patient/p{n}")) == 1
    assert len(searches(clinic)) == 1
    assert clinic.notices() == []


def test_the_next_look_begins_where_the_last_one_ended(looking):
    clinic = looking(*visits(1, 2))
    clinic.hear("")
    clinic.follow()
    before = len(clinic.faulty.seen)
    clinic.keep(*visits(3))
    clinic.hear("")
    clinic.follow()
    assert len(clinic.made("Patient/p3")) == 1
    asked = [path for _, path in clinic.faulty.seen[before:]]
    assert asked == ["/Encounter", "/Encounter/e3", "/Patient/p3", "/Condition/c3"]


def test_an_encounter_that_changed_again_is_followed_again(looking):
    clinic = looking(*visits(1))
    clinic.hear("")
    clinic.follow()
    (encounter,) = [each for each in visits(1) if each["resourceType"] == "Encounter"]
    clinic.keep(encounter | {"status": "finished"})
    clinic.hear("")
    clinic.follow()
    assert [code for event, code in clinic.told if event == "encounter-followed"] == [
        "created",
        "same",
    ]


def test_what_the_record_dated_before_the_last_look_and_showed_after_it_is_found(looking):
    clinic = looking(*visits(1))
    clinic.hear("")
    clinic.follow()
    late = kept(clinic, "Encounter/e1")
    dated = datetime.fromisoformat(late["meta"]["lastUpdated"]) - timedelta(minutes=4)
    clinic.keep(*visits(2))
    backdate(clinic, "Encounter/e2", dated)
    clinic.hear("")
    clinic.follow()
    assert len(clinic.made("Patient/p2")) == 1


def backdate(clinic, place, at):
    """As a record does whose transactions end in another order than they began."""
    kind, name = place.split("/")
    with sqlite3.connect(clinic.folder / "record.sqlite") as file:
        (body,) = file.execute(
            "SELECT body FROM resource WHERE kind = ? AND id = ?", (kind, name)
        ).fetchone()
        resource = orjson.loads(body)
        resource["meta"]["lastUpdated"] = f"{at.isoformat(timespec='milliseconds')[:-6]}Z"
        file.execute(
            "UPDATE resource SET body = ? WHERE kind = ? AND id = ?",
            (orjson.dumps(resource), kind, name),
        )


def test_the_first_look_goes_back_an_hour(looking):
    clinic = looking(*visits(1, 2))
    backdate(clinic, "Encounter/e1", clinic.clock() - timedelta(hours=2))
    backdate(clinic, "Encounter/e2", clinic.clock() - timedelta(minutes=59))
    clinic.hear("")
    clinic.follow()
    assert (len(clinic.made("Patient/p1")), len(clinic.made("Patient/p2"))) == (0, 1)


def test_an_operator_may_look_further_back(looking):
    clinic = looking(*visits(1))
    backdate(clinic, "Encounter/e1", clinic.clock() - timedelta(days=2))
    clinic.hear("", as_of=clinic.clock() - timedelta(days=3))
    clinic.follow()
    assert len(clinic.made("Patient/p1")) == 1


def test_more_changes_than_one_page_holds_are_all_found(looking):
    clinic = looking(*visits(*range(120)))
    clinic.hear("")
    clinic.follow_once()
    assert len(searches(clinic)) == 3
    assert len(clinic.notices()) == 120


def test_a_look_that_is_interrupted_goes_on_at_its_last_page(looking):
    clinic = looking(*visits(*range(120)))
    clinic.faulty.reads[:] = ["well", "500"]
    clinic.hear("")
    clinic.follow_once()
    assert len(clinic.notices()) == 51  # the first page, and the look
    assert clinic.inbox.looked("demo").until is None
    clinic.passes(timedelta(minutes=1))
    clinic.follow()
    assert sum(len(clinic.made(f"Patient/p{n}")) for n in range(120)) == 120


@pytest.mark.parametrize("fault", ["500", "truncated", "html", "slow", "reset", "bad-json", "429"])
def test_after_a_fault_that_passes_a_look_finds_everything(looking, fault):
    clinic = looking(*visits(1, 2), whole=0.4)
    clinic.faulty.reads[:] = [fault]
    clinic.hear("")
    clinic.follow()
    assert len(clinic.made("Patient/p1")) == len(clinic.made("Patient/p2")) == 1
    assert clinic.notices() == []


def test_a_look_asks_for_what_the_subscription_asks_for(looking):
    criteria = Looking(criteria="_tag=urn:x|physio")
    physio, other = visits(1), visits(2)
    physio[2]["meta"] = {"tag": [{"system": "urn:x", "code": "physio"}]}
    clinic = looking(*physio, *other, looking=criteria)
    clinic.hear("")
    clinic.follow()
    assert (len(clinic.made("Patient/p1")), len(clinic.made("Patient/p2"))) == (1, 0)


def test_pages_that_lead_round_in_a_circle_come_to_an_end(looking):
    clinic = looking()
    loop = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "Encounter?page=1"}]}
    clinic.faulty.app = answering(loop)
    clinic.hear("")
    clinic.follow_once()
    assert clinic.notices() == [("", "parked", "not-as-asked")]


def test_what_is_no_encounter_in_a_searchset_is_passed_over(looking):
    clinic = looking()
    others = [
        {"resource": {"resourceType": "Patient", "id": "p1"}},
        {"resource": {"resourceType": "Encounter"}},
        {"resource": {"resourceType": "Encounter", "id": "../../x"}},
    ]
    clinic.faulty.app = answering({"resourceType": "Bundle", "entry": others})
    clinic.hear("")
    clinic.follow_once()
    assert clinic.notices() == []


@pytest.mark.parametrize(
    "nonsense", [7, {"resource": []}, {"resource": {"resourceType": "Encounter", "id": ["e1"]}}]
)
def test_a_searchset_of_no_resources_is_asked_for_again(looking, nonsense):
    clinic = looking()
    clinic.faulty.app = answering({"resourceType": "Bundle", "entry": [nonsense]})
    clinic.hear("")
    clinic.follow_once()
    assert clinic.notices() == [("", "waiting", "not-fhir")]
