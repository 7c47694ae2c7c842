"""A restored database is older than the records: what waits is in doubt, and plans go on."""

from datetime import timedelta

from service.store import restored
from service.store.inbox import DatabaseInbox
from service.usecases.delivering import DeliveryState
from service.usecases.make_plan import Wish
from service.usecases.noticing import CHANGES, Looked, Told
from tests.backups.installation import PHYSIO
from tests.builders import STENOSIS_ANYWHERE, a_caller, a_condition, an_encounter


def test_waiting_deliveries_are_in_doubt_and_pages_are_closed(here, there):
    plan = here.see("anna")
    secret = here.launch()
    here.outbox().take("demo", 1, timedelta(minutes=1))
    there.restore(here.back_up())
    waits = "SELECT plan_id, revision, uncertain, until FROM outbox WHERE revision = 1"
    assert there.rows(waits) == [(plan, 1, 1, 0)]
    assert there.parts.launches.find(secret, there.now) is None


def test_every_open_plan_goes_on_beyond_what_may_have_come_since(here, there):
    plan = here.see("anna")
    here.teach(plan)
    taken = here.back_up()
    for topic in ("prognosis", "work"):
        here.teach(plan, topic)
    there.now += timedelta(hours=1)
    assert there.restore(taken).resumed == 1
    there.teach(plan, "prognosis")
    lost, kept = here.history(plan), there.history(plan)
    assert [stored.plan.revision for stored in lost[:2]] == [1, 2]
    numbers = {each.number for stored in lost for each in stored.plan.sessions[1:]}
    assert kept[1] == lost[1]
    assert not {s.plan.revision for s in kept[2:]} & {s.plan.revision for s in lost}
    assert kept[-1].plan.sessions[-1].number not in numbers
    states = [d.state for d in there.outbox().of_plan("demo", plan)]
    assert states == [DeliveryState.WAITING] * 4
    assert there.rows("SELECT action FROM audit ORDER BY id")[-2:] == [
        ("plan.resumed",),
        ("plan.taught",),
    ]


def test_two_restores_of_one_archive_do_not_meet_either(here, there, tmp_path):
    plan = here.see("anna")
    taken = here.back_up()
    seen: list[set[int]] = []
    for hours in (1, 2):
        there.now = here.now + timedelta(hours=hours)
        there.restore(taken, replace=True)
        for topic in ("knowledge", "prognosis", "work"):
            there.teach(plan, topic)
        seen.append({stored.plan.revision for stored in there.history(plan)} - {1})
        there.stop()
    assert not seen[0] & seen[1]


def test_a_closed_plan_stays_as_it_is(here, there):
    plan = here.see("anna")
    here.parts.close_plan(plan, PHYSIO, reason="færdig")
    before = here.history(plan)
    assert there.restore(here.back_up()).resumed == 0
    assert there.history(plan) == before


def test_a_proposal_goes_on_but_is_for_no_record(here, there):
    seen = an_encounter(a_condition(STENOSIS_ANYWHERE))
    plan = here.parts.make_plan(seen, Wish(), a_caller()).stored.plan.id
    assert there.restore(here.back_up()).resumed == 1
    assert there.plan(plan).plan.revision > 1_000
    assert there.outbox().of_plan("demo", plan) == []


def test_that_it_was_restored_is_remembered_for_every_clinic(here, there):
    here.see("anna", tenant="clinic-a")
    here.see("bent", tenant="clinic-b")
    there.restore(here.back_up())
    engine = there.parts.store._engine
    with engine.reading() as connection:
        assert {restored.marked(connection, name) for name in ("clinic-a", "clinic-b")} != {None}
        assert restored.marked(connection, "clinic-c") is None
    assert there.outbox().clinics() == ["clinic-a", "clinic-b"]
    assert there.outbox().listed("clinic-a", tuple(DeliveryState), 10)[0].plan_id


def test_what_the_record_told_of_since_is_asked_for_once_more(here, there):
    inbox = DatabaseInbox(here.parts.store._engine)
    inbox.hear("demo", Told(CHANGES, here.now, "Subscription"))
    (notice,) = inbox.take("demo", 1, timedelta(minutes=1))
    ended = here.now.replace(microsecond=0)
    inbox.finished(notice, Looked(ended))
    there.restore(here.back_up())
    waits = there.rows("SELECT encounter, told_by, as_of, until FROM inbox")
    assert waits == [("", "restore", int(ended.timestamp() * 1_000_000), 0)]
