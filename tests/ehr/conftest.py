"""A record on loopback, the service's queue before it, and a clock that can be moved."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.domain.plan import EducationPlan
from service.ehr.record import FhirRecord, Looking, Wishes
from service.ehr.wire import Wire
from service.fhir.writer import BundleWriter
from service.stand_in.rest import create_stand_in
from service.stand_in.shelf import Abilities
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.sqlite import SqliteEngine
from service.usecases.deliver_outbox import DeliverOutbox
from service.usecases.fetch_encounters import FetchEncounters
from service.usecases.make_plan import MakePlan, Wish
from service.usecases.noticing import NoticeState, Told
from service.usecases.ports import StoredPlan
from tests.builders import NOW, a_pack
from tests.ehr.faults import Faulty, serving
from tests.fakes import FixedCatalogue

OURS = (
    "CarePlan",
    "ServiceRequest",
    "Communication",
    "Procedure",
    "Goal",
    "Observation",
    "DocumentReference",
    "Provenance",
)


@dataclass
class Site:
    """A clinic: what waits for its record, the record, and the worker in between."""

    outbox: DatabaseOutbox
    inbox: DatabaseInbox
    plans: DatabasePlans
    record: FhirRecord
    faulty: Faulty
    clock: Callable[[], datetime]
    moved: list[timedelta]
    folder: Path
    told: list[tuple[str, str]] = field(default_factory=list)
    packs: tuple[Any, ...] = (a_pack(),)
    write: BundleWriter = field(
        default_factory=lambda: BundleWriter(orjson.dumps, "https://education.example")
    )

    def queue(self, *revisions: EducationPlan) -> None:
        """Store revisions of a plan and queue each."""
        with self.plans.writing("demo") as transaction:
            for plan in revisions:
                stored = StoredPlan(plan, self.write.in_full(plan, "ehr"))
                if plan.revision == 1:
                    assert transaction.add(stored)
                else:
                    transaction.replace(stored)
                transaction.queue(plan)

    def work(self, rounds: int = 60) -> None:
        """Deliver until nothing is due any more, moving the clock on over every wait."""
        for _ in range(rounds):
            taken = self.deliver.take("demo", 10)
            for queued in taken:
                self.deliver(queued, self.record)
            if not taken and self.outbox.backlog("demo").waiting == 0:
                return
            self.passes(timedelta(minutes=16))

    def once(self) -> None:
        """Deliver what is due now, once."""
        for queued in self.deliver.take("demo", 10):
            self.deliver(queued, self.record)

    @property
    def deliver(self) -> DeliverOutbox:
        return DeliverOutbox(
            self.outbox,
            self.plans,
            self.clock,
            lambda: 1.0,
            lambda event, said: self.told.append((event, said.get("code", ""))),
        )

    def passes(self, span: timedelta) -> None:
        self.moved.append(span)

    def keep(self, *resources: dict[str, Any]) -> None:
        """Put what a clinic wrote into the record, past all faults."""
        client = self.faulty.app.test_client()
        for resource in resources:
            path = f"/{resource['resourceType']}/{resource['id']}"
            assert client.put(path, json=resource).status_code in (200, 201)

    def hear(self, *encounters: str, as_of: datetime | None = None) -> None:
        """The record tells of these."""
        for encounter in encounters:
            self.inbox.hear("demo", Told(encounter, as_of, "ehr"))

    def follow_once(self) -> None:
        """Follow what is due now, once, as the worker does."""
        for notice in self.fetch.take("demo", 100):
            self.fetch(notice, self.record)

    def follow(self, rounds: int = 30) -> None:
        """Follow until nothing waits, moving the clock on over every wait."""
        for _ in range(rounds):
            self.follow_once()
            if self.inbox.backlog("demo").waiting == 0:
                return
            self.passes(timedelta(hours=5))

    @property
    def fetch(self) -> FetchEncounters:
        def main_job() -> MakePlan:
            return MakePlan(FixedCatalogue(*self.packs), self.plans, self.clock, new_id, self.write)

        return FetchEncounters(
            self.inbox,
            self.plans,
            main_job,
            lambda _: Wish(),
            self.clock,
            lambda: 1.0,
            lambda event, said: self.told.append((event, said.get("code", ""))),
        )

    def made(self, patient: str = "Patient/p1") -> list[EducationPlan]:
        """The plans of a patient."""
        with self.plans.reading("demo") as transaction:
            return [stored.plan for stored in transaction.plans_of_patient(patient)]

    def notices(self) -> list[tuple[str, str, str]]:
        """What is not followed yet: encounter, state and reason."""
        found = self.inbox.listed("demo", list(NoticeState), 1_000)
        return [(each.encounter, each.state.value, each.reason) for each in found]

    def states(self, plan: EducationPlan) -> list[str]:
        return [each.state.value for each in self.outbox.of_plan("demo", plan.id)]

    def reasons(self, plan: EducationPlan) -> list[str]:
        return [each.reason for each in self.outbox.of_plan("demo", plan.id)]

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        """What stands in the record, by type, past all faults."""
        client = self.faulty.app.test_client()
        found = {}
        for kind in OURS:
            answer = client.get(f"/{kind}")
            entries = answer.get_json().get("entry", []) if answer.status_code == 200 else []
            found[kind] = [entry["resource"] for entry in entries]
        return found


@pytest.fixture
def site(tmp_path: Path, database: Path) -> Iterator[Callable[..., Site]]:
    """Make a clinic whose record has these abilities, and whose operator has these wishes."""
    with ExitStack() as stack:

        def make(
            abilities: Abilities | None = None,
            whole: float = 1.0,
            looking: Looking | None = None,
            **wishes: Any,
        ) -> Site:
            faulty = Faulty(create_stand_in(tmp_path / "record.sqlite", abilities))
            url = stack.enter_context(serving(faulty))
            moved: list[timedelta] = []

            def clock() -> datetime:
                return NOW + sum(moved, timedelta(0))

            def micros() -> int:
                return (clock() - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)

            engine = SqliteEngine(database, micros)
            stack.callback(engine.close)
            return Site(
                outbox=DatabaseOutbox(engine),
                inbox=DatabaseInbox(engine),
                plans=DatabasePlans(engine, new_id),
                record=FhirRecord(
                    Wire(url, whole=whole), wishes=Wishes(**wishes), looking=looking or Looking()
                ),
                faulty=faulty,
                clock=clock,
                moved=moved,
                folder=tmp_path,
            )

        yield make
