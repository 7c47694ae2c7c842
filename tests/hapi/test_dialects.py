"""Every dialect in HAPI: its validator agrees with the examples, and all of it stands there."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from service.ehr.record import OURS, FhirRecord
from service.ehr.talk import MOST_CONFLICTS
from service.ehr.wire import Wire
from service.usecases.delivering import NotNow, Parcel
from tests.ehr.golden import DIALECTS, WRITE, after_the_visit, kept, new_plan
from tests.ehr.story import identity, stands_as_told
from tests.profiles.which import profile_in

pytestmark = [pytest.mark.real, pytest.mark.slow]

AT_ONCE, ROUNDS = 8, 20
TEAM = [{"display": "Team 4"}]


@pytest.fixture(scope="module", autouse=True)
def _patient(record):
    """What the golden examples refer to: HAPI takes no reference into the void."""
    subject = {"reference": "Patient/p1"}
    visit = {"status": "in-progress", "class": {"code": "AMB"}, "subject": subject}
    record.keep(
        {"resourceType": "Patient", "id": "p1"},
        {"resourceType": "Practitioner", "id": "fys1"},
        {"resourceType": "Encounter", "id": "e1"} | visit,
        {"resourceType": "Condition", "id": "c1", "subject": subject},
        {"resourceType": "EpisodeOfCare", "id": "ep1", "status": "active", "patient": subject},
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_validator_finds_no_error_in_a_golden_example(record, dialect):
    found = {
        complaint
        for bundle in kept(dialect).values()
        for entry in bundle["entry"]
        for complaint in record.complaints(
            entry["resource"], profile_in(dialect, entry["resource"])
        )
    }
    assert found == set()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_course_stands_there_as_each_dialect_tells_it(hapi, dialect):
    assert stands_as_told(hapi, dialect)


def test_it_states_no_update_as_create_and_chooses_every_id_itself(hapi, record):
    there = FhirRecord(Wire(hapi))
    able = there.capabilities(there.talk())
    assert not [kind for kind in OURS if able.types[kind].creates_at_our_id]
    assert all(able.takes(kind) for kind in OURS)
    receipt = there.deliver(Parcel(WRITE.in_full(new_plan(), "ehr")))
    ours = [p for p in receipt.places if p.reference.endswith(p.urn.removeprefix("urn:uuid:"))]
    assert ours == []


def test_who_meets_another_writer_is_told_so_and_ends_once(hapi, record):
    """HAPI answers 409 to all but one who make the same at the same moment: here, handouts."""
    there = FhirRecord(Wire(hapi))  # as the threads of a worker share it
    there.capabilities(there.talk())
    for _ in range(ROUNDS):
        words = uuid.uuid4().hex
        plans = [new_plan(str(uuid.uuid4()), words) for _ in range(AT_ONCE)]
        bundles = [WRITE.in_full(plan, "ehr") for plan in plans]
        if met := at_once(there, bundles):
            break
    assert met, "nobody met anybody"
    assert set(met) == {("conflict", True, MOST_CONFLICTS)}
    receipts = [there.deliver(Parcel(bundle, uncertain=True)) for bundle in bundles]
    for entry in json.loads(bundles[0])["entry"]:
        assert len(record.found(identity(entry))) == 1
    handouts = [{p.reference for p in r.places if "DocumentRef" in p.reference} for r in receipts]
    assert len(set(map(frozenset, handouts))) == 1


def at_once(there: FhirRecord, bundles: list[bytes]) -> list[tuple[str, bool, int]]:
    """Deliver all at the same moment; what was not taken."""
    together = threading.Barrier(len(bundles))

    def one(bundle: bytes):
        together.wait(30)
        try:
            there.deliver(Parcel(bundle))
        except NotNow as delay:
            return (delay.reason, delay.uncertain, delay.most)
        return None

    with ThreadPoolExecutor(len(bundles)) as workers:
        return [told for told in workers.map(one, bundles) if told]


def test_a_change_between_our_look_and_our_update_is_met_and_kept(hapi, record):
    """The first update names a version that is out of date by then: HAPI refuses it."""
    plan_id = str(uuid.uuid4())
    first, last = (WRITE.in_full(p, "ehr") for p in (new_plan(plan_id), after_the_visit(plan_id)))
    begun = FhirRecord(Wire(hapi)).deliver(Parcel(first))
    places = {place.urn: place for place in begun.places}
    careplan = next(p.reference for p in begun.places if p.reference.startswith("CarePlan/"))

    class Interrupted(Wire):
        """Somebody writes in the record just before our transaction."""

        waits = True

        def send(self, method, path="", **more):
            if (
                method == "POST"
                and b'"method":"PUT"' in (more.get("content") or b"")
                and self.waits
            ):
                self.waits = False
                there = record.read(careplan)
                record("PUT", careplan, json=there | {"careTeam": TEAM})
            return super().send(method, path, **more)

    there, parcel = FhirRecord(Interrupted(hapi)), Parcel(last, first, places)
    with pytest.raises(NotNow) as told:
        there.deliver(parcel)
    assert (told.value.reason, told.value.uncertain) == ("conflict", True)
    assert "outcomeReference" not in record.read(careplan)["activity"][0]
    there.deliver(replace(parcel, uncertain=True))
    now = record.read(careplan)
    assert now["careTeam"] == TEAM
    assert "outcomeReference" in now["activity"][0]
