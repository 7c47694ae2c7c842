"""`$validate`: what is wrong with a resource, told as an OperationOutcome and not as an error.

Held against R4 4.0.1 as inbound FHIR is (fhir/checks.py): elements, types, how many, codes
of required bindings, where references point. It stops at the first fault. Invariants,
other bindings and slices are for a full validator (docs/integrator.md).
"""

from typing import Any

from service.domain.errors import BadInput
from service.fhir.checks import check
from service.fhir.elements import JsonObject
from service.fhir.outcome import to_outcome
from service.fhir.shapes import facade_shapes


def validate(resource: dict[str, Any], resource_type: str) -> JsonObject:
    """Return the OperationOutcome: one error, or that all is well as far as was looked.

    `resource_type` is what the resource must be; FHIR R4 Resource/$validate.
    """
    if resource.get("resourceType") != resource_type:
        return _issue("error", "invalid", f"a {resource_type} is expected", "resourceType")
    try:
        check(resource, shapes=facade_shapes())
    except BadInput as fault:
        return to_outcome(fault, "structure", resource_type)
    return _issue("information", "informational", "It holds to R4 4.0.1, as far as is looked here.")


def _issue(severity: str, code: str, text: str, place: str = "") -> JsonObject:
    issue: JsonObject = {"severity": severity, "code": code, "diagnostics": text}
    if place:
        issue["expression"] = [place]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
