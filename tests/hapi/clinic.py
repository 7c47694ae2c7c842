"""A clinic: its record holds the patients, and its visits are posted to the service."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import orjson
import requests

from tests.conftest import FHIR, JSON
from tests.hapi.client import Record
from tests.hapi.package import Resource
from tests.live import Live
from tests.posted import LUMBAR, a_bundle, a_condition, a_patient, an_encounter
from tests.visit import AFTERWARDS, the_whole_visit


@dataclass(frozen=True)
class Course:
    """One patient's visits; every patient, encounter and condition is its own."""

    code: dict[str, str] = field(default_factory=lambda: LUMBAR)
    query: str = ""
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def visit(self, number: int) -> list[Resource]:
        """What the record holds about this visit."""
        subject = {"reference": f"Patient/p-{self.name}"}
        condition = {"condition": {"reference": f"Condition/c-{self.name}"}}
        return [
            a_patient(id=f"p-{self.name}"),
            {"resourceType": "Practitioner", "id": "fys1"},
            a_condition(self.code, id=f"c-{self.name}", subject=subject),
            an_encounter(id=f"e-{self.name}-{number}", subject=subject, diagnosis=[condition]),
        ]


@dataclass(frozen=True)
class Clinic:
    """The service and the record, with the clinic between them."""

    live: Live
    record: Record

    @cached_property
    def _token(self) -> str:
        return self.live.token("system")

    @cached_property
    def _clinician(self) -> str:
        return self.live.token("clinician")

    def sees(self, course: Course, number: int = 1) -> requests.Response:
        """Keep the visit in the record, post it, and return the service's answer."""
        held = course.visit(number)
        self.record.keep(*held)
        path = f"/api/v1/encounters{course.query}"
        headers = {"Content-Type": FHIR, "Accept": FHIR}
        body = orjson.dumps(a_bundle(*held))
        answer = self.live.call("POST", path, self._token, data=body, headers=headers)
        assert answer.json().get("type") == "transaction", answer.text
        return answer

    def documents(self, plan: requests.Response) -> Iterator[requests.Response]:
        """A clinician tells of a whole visit, follows it up, corrects it and closes the plan."""
        self.record.keep({"resourceType": "Practitioner", "id": "demo-clinician"})
        headers = {"Content-Type": JSON, "Accept": FHIR}
        for door, told in (("teachings", the_whole_visit()), *AFTERWARDS):
            path = f"{plan.headers['Location']}/{door}"
            body = orjson.dumps(told)
            answer = self.live.call("POST", path, self._clinician, data=body, headers=headers)
            assert answer.ok, answer.text
            yield answer

    def confirms(self, proposal: requests.Response) -> requests.Response:
        """A clinician, whom the record knows, says that the possible match applies."""
        self.record.keep({"resourceType": "Practitioner", "id": "demo-clinician"})
        path = f"{proposal.headers['Location']}/confirm"
        headers = {"Accept": FHIR, "If-Match": proposal.headers["ETag"]}
        answer = self.live.call("POST", path, self._clinician, headers=headers)
        assert answer.ok, answer.text
        return answer
