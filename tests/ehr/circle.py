"""The whole circle with a real record: Subscription, notification, plan, write-back, read-back."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import FHIR, HOOK_SECRET
from tests.ehr.story import differing, standing, states_of
from tests.hapi.client import Record
from tests.live import ROOT, Live, live_service
from tests.posted import a_condition, a_patient, an_encounter

EXAMPLE = ROOT / "docs" / "examples" / "subscription.json"
SYSTEM = "urn:oid:2.16.840.1.113883.19"
PATIENCE = 180  # seconds; a record tells when it gets round to it


@dataclass
class Circle:
    """A service whose clinic has this record, and visits that only one Subscription is about."""

    live: Live
    record: Record
    mark: str

    def subscribe(self, *, payload: bool) -> str:
        """Keep the Subscription of the documentation in the record, and return where it stands."""
        resource = json.loads(EXAMPLE.read_text())
        channel = resource["channel"] | {"endpoint": f"{self.live.url}/hooks/encounter"}
        channel["header"] = [f"Authorization: Bearer {HOOK_SECRET}"]
        if not payload:
            del channel["payload"]
        told = {"criteria": f"{resource['criteria']}&{criteria(self.mark)}", "channel": channel}
        answer = self.record("POST", "Subscription", json=resource | told)
        assert answer.status_code == 201, answer.text
        place = f"Subscription/{answer.json()['id']}"
        until(lambda: self.record.read(place)["status"] == "active")
        return place

    def sees(self, number: int) -> str:
        """Keep a visit with its reason in the record, and say which patient's it is."""
        patient, subject = f"p-{self.mark}", {"reference": f"Patient/p-{self.mark}"}
        self.record.keep(
            a_patient(id=patient),
            {"resourceType": "Practitioner", "id": "fys1"},
            a_condition(id=f"c-{self.mark}", subject=subject),
            an_encounter(
                id=f"e-{self.mark}-{number}",
                subject=subject,
                identifier=[{"system": SYSTEM, "value": self.mark}],
                diagnosis=[{"condition": {"reference": f"Condition/c-{self.mark}"}}],
            ),
        )
        return patient

    def plans(self, patient: str) -> list[dict[str, Any]]:
        """The patient's plans, after what is due was worked on."""
        self.live.run("work", "--until-empty")
        token = self.live.token("system")
        answer = self.live.call("GET", f"/api/v1/plans?patient={patient}", token)
        return answer.json()["plans"]

    def bundle(self, plan_id: str) -> dict[str, Any]:
        headers = {"Accept": FHIR}
        path = f"/api/v1/plans/{plan_id}"
        return self.live.call("GET", path, self.live.token("system"), headers=headers).json()


def goes_round(circle: Circle, *, payload: bool, without: tuple[str, ...] = ()) -> None:
    """Two visits of a patient become a course that stands in the very record, once, read back."""
    subscription = circle.subscribe(payload=payload)
    try:
        for number in (1, 2):
            patient = circle.sees(number)
            until(partial(_has_visits, circle, patient, number))
        assert told_by(circle.live, payload=payload) >= 2
        (plan,) = circle.plans(patient)
        assert states_of(circle.live, plan["id"]) == ["delivered"] * 2
        last = circle.bundle(plan["id"])
        assert set(standing(circle.record, last, without).values()) == {1}
        assert differing(circle.record, last, without) == []
        assert "from the record" not in circle.live.run("deliveries", "list")
    finally:
        circle.record("DELETE", subscription)


@contextmanager
def circle_with(base: str, folder: Path, **settings: str) -> Iterator[Circle]:
    """Start a service whose clinic has the record at `base`, and its hook."""
    folder.mkdir(exist_ok=True)
    mark = uuid.uuid4().hex[:12]
    (folder / "secret").write_text(HOOK_SECRET)
    hook = {"secret_file": str(folder / "secret"), "criteria": f"Encounter?{criteria(mark)}"}
    (folder / "clinics.yaml").write_text(yaml.safe_dump({"demo": {"hook": hook}}))
    clinics = str(folder / "clinics.yaml")
    var = folder / "var"
    with live_service(var, EDUPLAN_DEMO_EHR=base, EDUPLAN_TENANTS=clinics, **settings) as live:
        yield Circle(live, Record(base), mark)


def criteria(mark: str) -> str:
    """What only the visits of one test are found by."""
    return f"identifier={SYSTEM}|{mark}"


def told_by(live: Live, *, payload: bool) -> int:
    """How often the record told of something, in the one way or the other."""
    route = "/hooks/encounter" + ("/Encounter/<encounter_id>" if payload else "")
    lines = [json.loads(line) for line in live.log.splitlines() if '"event":"request"' in line]
    return sum((line["route"], line["status"]) == (route, 202) for line in lines)


def until(happened: Callable[[], bool]) -> None:
    """Wait for what a record does when it gets round to it."""
    patience = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < patience, "the record did not tell in time"
        time.sleep(0.2)


def _has_visits(circle: Circle, patient: str, many: int) -> bool:
    return sum(len(plan["encounters"]) for plan in circle.plans(patient)) == many
