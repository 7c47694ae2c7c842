"""The drill: back up, work on, deliver, restore, deliver: the record keeps all, once, as it was.

What was documented between the backup and the restore stands in the record only. Nothing that
comes after may take it back, write over it, or put a second one beside it.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain.goal import Goal
from service.ehr.record import FhirRecord, Manner, Wishes
from service.ehr.wire import Wire
from service.fhir.for_record import references
from service.stand_in.rest import create_stand_in
from service.stand_in.shelf import Abilities
from service.usecases.deliver_outbox import DeliverOutbox
from service.usecases.delivering import DeliveryState
from tests.backups.installation import PHYSIO, Installation
from tests.ehr.faults import serving

KINDS = ("CarePlan", "ServiceRequest", "Communication", "Goal", "DocumentReference", "Provenance")
RUNGS: dict[str, tuple[Abilities, dict[str, Any]]] = {
    "transaction": (Abilities(), {}),
    "one by one": (Abilities(transaction=False), {}),
    "no requests": (
        Abilities(types=("CarePlan", "Communication", "Observation", "DocumentReference", "Goal")),
        {},
    ),
    "at our own ids": (Abilities(update_create=True, unsearched=("Goal", "Communication")), {}),
    "as the operator wants": (Abilities(), {"manner": Manner.SINGLE}),
}


@dataclass
class Clinic:
    """An installation before a record of its own, and the worker in between."""

    here: Installation
    record: FhirRecord
    client: Any
    told: list[tuple[str, str]] = field(default_factory=list)

    def work(self) -> None:
        """Deliver until nothing is due any more; waits are over at once."""
        for _ in range(60):
            outbox = self.here.outbox()
            deliver = DeliverOutbox(
                outbox,
                self.here.parts.store,
                lambda: datetime.now(UTC),
                lambda: 0.0,
                lambda event, said: self.told.append((event, said.get("code", ""))),
            )
            taken = deliver.take("demo", 50)
            for queued in taken:
                deliver(queued, self.record)
            if not taken and outbox.backlog("demo").waiting == 0:
                return
            with self.here.parts.store._engine.writing() as connection:
                connection.execute("UPDATE outbox SET due = 0 WHERE tenant = ?", ("demo",))
        raise AssertionError(f"something still waits: {self.told[-5:]}")

    def states(self, plan: str) -> list[str]:
        return [each.state.value for each in self.here.outbox().of_plan("demo", plan)]

    def reasons(self, plan: str) -> set[str]:
        return {each.reason for each in self.here.outbox().of_plan("demo", plan)} - {""}

    def kept(self) -> dict[str, dict[str, Any]]:
        """What stands in the record, by its place."""
        found = {}
        for kind in KINDS:
            answer = self.client.get(f"/{kind}")
            entries = answer.get_json().get("entry", []) if answer.status_code == 200 else []
            found |= {f"{kind}/{e['resource']['id']}": e["resource"] for e in entries}
        return found

    def change(self, place: str, **fields: Any) -> None:
        """Somebody changes a resource in the record."""
        resource = self.client.get(f"/{place}").json
        assert self.client.put(f"/{place}", json=resource | fields).status_code == 200


@pytest.fixture
def clinic(tmp_path, frozen) -> Iterator[Any]:
    with ExitStack() as stack:

        def make(rung: str = "transaction") -> Clinic:
            abilities, wishes = RUNGS[rung]
            app = create_stand_in(tmp_path / "record.sqlite", abilities)
            url = stack.enter_context(serving(app))
            here = Installation(tmp_path / "here" / "var", frozen=frozen)
            stack.callback(here.stop)
            return Clinic(here, FhirRecord(Wire(url), wishes=Wishes(**wishes)), app.test_client())

        yield make


def identities(kept: dict[str, dict[str, Any]]) -> list[str]:
    found = []
    for each in kept.values():
        named = each.get("identifier") or [each.get("masterIdentifier")]
        found += [name["value"] for name in named if name]
        found += [tag["code"] for tag in each["meta"].get("tag", [])]
    return found


def nothing_is_lost(before: dict[str, Any], after: dict[str, Any]) -> None:
    """All that stood there stands as it did; plans may have come to say more."""
    assert len(identities(after)) == len(set(identities(after)))
    for place, resource in before.items():
        now = after[place]
        assert now.get("status") == resource.get("status"), place
        assert now.get("lifecycleStatus") == resource.get("lifecycleStatus"), place
        lost = set(references(resource)) - set(references(now))
        assert not lost, f"{place} does not lead to {lost} any more"
        if not place.startswith(("CarePlan/", "ServiceRequest/", "Goal/")):
            assert _said(now) == _said(resource), place


def _said(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key not in ("meta", "text")}


def goal_of(here: Installation, plan: str, words: str) -> None:
    here.parts.follow_goals.agree(plan, Goal(id="", text=words), PHYSIO)


def came_through(site: Clinic, plan: str) -> bool:
    """Nothing waits for a person; a lesser record has no place for some of it."""
    return set(site.states(plan)) <= {"delivered", "not-kept"}


@dataclass
class Past:
    """Plans in every state that a backup may find them in, and what came of each after it."""

    untouched: str
    documented: str
    waiting: str
    behind: str
    closed: str
    lost: str = ""


def lived(clinic: Clinic) -> tuple[Past, Any]:
    """Make plans, back up, and go on; what stands in the record is ahead of the backup then."""
    here = clinic.here
    untouched, documented, closed = here.see("anna"), here.see("bent"), here.see("carl")
    behind = here.see("dora")
    here.teach(untouched)
    clinic.work()
    here.teach(behind)
    past = Past(untouched, documented, here.see("else"), behind, closed)
    taken = here.back_up()
    clinic.work()
    for plan in (past.documented, past.waiting):
        here.teach(plan, "prognosis")
        goal_of(here, plan, "gå til bageren")
    here.teach(past.behind, "prognosis")
    here.parts.close_plan(past.closed, PHYSIO, reason="flyttet")
    past.lost = here.see("finn")
    clinic.work()
    here.teach(past.lost)
    clinic.work()
    for plan in (past.documented, past.waiting, past.behind, past.closed, past.lost):
        assert came_through(clinic, plan)
    here.stop()
    return past, taken


@pytest.mark.parametrize("rung", RUNGS)
def test_the_worker_after_a_restore_changes_nothing_in_the_record(clinic, rung):
    site = clinic(rung)
    past, taken = lived(site)
    before = site.kept()
    site.here.now += timedelta(minutes=5)
    site.here.restore(taken, replace=True)
    site.work()
    after = site.kept()
    nothing_is_lost(before, after)
    new = {place.partition("/")[0] for place in after.keys() - before.keys()}
    assert new <= {"Provenance"}
    for plan in (past.untouched, past.documented, past.waiting, past.behind, past.closed):
        assert came_through(site, plan), site.reasons(plan)
    site.here.is_sound()


@pytest.mark.parametrize("rung", RUNGS)
def test_what_is_documented_after_a_restore_comes_beside_what_was_lost(clinic, rung):
    site = clinic(rung)
    past, taken = lived(site)
    site.here.now += timedelta(minutes=5)
    site.here.restore(taken, replace=True)
    site.work()
    before = site.kept()
    for plan in (past.untouched, past.documented, past.waiting, past.behind):
        site.here.teach(plan, "work")
        goal_of(site.here, plan, "gå til kirken")
    site.work()
    after = site.kept()
    changed = {place: each for place, each in before.items() if place.startswith("ServiceRequest/")}
    nothing_is_lost({p: e for p, e in before.items() if p not in changed}, after)
    for plan in (past.untouched, past.documented, past.waiting, past.behind):
        assert came_through(site, plan), site.reasons(plan)
    said = [place for place in after.keys() - before.keys() if place.startswith("Communication/")]
    assert len(said) == 4
    plans = [each for place, each in after.items() if place.startswith("CarePlan/")]
    led_to = {reference for each in plans for reference in references(each)}
    assert set(said) <= led_to


def test_a_topic_that_was_taught_in_between_may_be_taught_again(clinic):
    site = clinic()
    past, taken = lived(site)
    before = site.kept()
    site.here.now += timedelta(minutes=5)
    site.here.restore(taken, replace=True)
    site.work()
    site.here.teach(past.documented, "prognosis")
    site.work()
    after = site.kept()
    nothing_is_lost(before, after)
    assert set(site.states(past.documented)) == {"delivered"}


def test_a_plan_that_was_lost_is_not_made_twice_but_shown_to_a_person(clinic):
    site = clinic()
    past, taken = lived(site)
    site.here.now += timedelta(minutes=5)
    site.here.restore(taken, replace=True)
    site.work()
    before = site.kept()
    again = site.here.see("finn")
    assert again != past.lost
    site.work()
    assert site.kept() == before
    assert site.states(again) == [DeliveryState.PARKED]
    assert site.reasons(again) == {"unknown-course"}
    (place,) = [
        place
        for place, each in before.items()
        if place.startswith("CarePlan/") and each["subject"]["reference"] == "Patient/finn"
    ]
    site.change(place, status="completed")
    assert site.here.outbox().replay("demo", again) == 1
    site.work()
    assert site.states(again) == ["delivered"]


def test_a_patient_who_is_new_after_a_restore_is_no_cause_for_doubt(clinic):
    site = clinic()
    _, taken = lived(site)
    site.here.now += timedelta(minutes=5)
    site.here.restore(taken, replace=True)
    site.work()
    new = site.here.see("gerda")
    site.work()
    assert site.states(new) == ["delivered"]


def test_a_second_restore_of_the_same_backup_is_as_harmless(clinic):
    site = clinic()
    past, taken = lived(site)
    for minutes in (5, 60):
        site.here.now += timedelta(minutes=minutes)
        site.here.restore(taken, replace=True)
        site.work()
        site.here.teach(past.documented, "work")
        site.work()
        before = site.kept()
        site.here.stop()
    site.here.now += timedelta(minutes=90)
    site.here.restore(taken, replace=True)
    site.work()
    nothing_is_lost(before, site.kept())
    assert set(site.states(past.documented)) == {"delivered"}


def test_without_the_restore_being_told_nothing_is_written_over_either(clinic):
    """As when somebody put an old file in place by hand: in doubt a person must look."""
    site = clinic()
    past, taken = lived(site)
    before = site.kept()
    site.here.restore(taken, replace=True, nothing_since=True)
    site.here.teach(past.documented, "work")
    site.here.teach(past.waiting, "work")
    site.work()
    after = site.kept()
    kinds = ("Communication/", "Provenance/", "DocumentReference/")
    for place, each in before.items():
        if place.startswith(kinds):
            assert _said(after[place]) == _said(each), place
    assert "delivered" not in site.states(past.documented)[-1:]
