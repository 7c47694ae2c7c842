"""Calls of hook services, as a record makes them."""

import uuid
from typing import Any

from tests.conftest import FHIR
from tests.posted import a_condition, an_encounter

START = "education-plan-encounter-start"
VIEW = "education-plan-patient-view"
DISCHARGE = "education-plan-encounter-discharge"
HOOKS = {START: "encounter-start", VIEW: "patient-view", DISCHARGE: "encounter-discharge"}


def found(*resources: dict[str, Any]) -> dict[str, Any]:
    """A searchset, as a record answers."""
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def a_call(service: str = START, **more: Any) -> dict[str, Any]:
    """A call with all that the service asks for; `None` leaves a member out."""
    context = {"userId": "Practitioner/fys1", "patientId": "p1"}
    prefetch: dict[str, Any] = {"conditions": found(a_condition())}
    if service != VIEW:
        context["encounterId"] = "e1"
        prefetch["encounter"] = an_encounter()
    given = {
        "hook": HOOKS[service],
        "hookInstance": str(uuid.uuid4()),
        "context": context,
        "prefetch": prefetch,
    } | more
    return {name: value for name, value in given.items() if value is not None}


def refused(answer):
    """Status, code and place of a refusal, which is an OperationOutcome."""
    assert answer.content_type == FHIR
    (issue,) = answer.json["issue"]
    code = issue["details"]["coding"][0]["code"]
    return answer.status_code, code, issue.get("expression", [""])[0]
