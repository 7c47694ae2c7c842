"""Errors and notices as FHIR R4 OperationOutcome."""

import re

from service.domain.errors import ServiceError
from service.fhir import urls

JsonObject = dict[str, object]

ERROR_CODES = f"{urls.BASE}/CodeSystem/error"


def to_outcome(error: ServiceError, issue_type: str, root: str = "Bundle") -> JsonObject:
    """Return the error as an OperationOutcome; `expression` is FHIRPath to the place.

    `issue_type` is a code of R4's issue-type (required binding), from the error table;
    `root` is the type of the resource that was sent. A parameter is told as `http.<name>`
    (R4 OperationOutcome.issue.location).
    """
    issue: JsonObject = {
        "severity": "error",
        "code": issue_type,
        "details": {"coding": [{"system": ERROR_CODES, "code": error.code}]},
        "diagnostics": f"{error.detail[:1].upper()}{error.detail[1:]}. {error.how_to_fix}",
    }
    if error.pointer:
        issue["expression"] = [to_fhirpath(error.pointer, root)]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def notice(code: str, text: str) -> JsonObject:
    """Return an informational OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "information",
                "code": "informational",
                "details": {"coding": [{"system": ERROR_CODES, "code": code}], "text": text},
            }
        ],
    }


def to_fhirpath(pointer: str, root: str = "Bundle") -> str:
    """Rewrite `/entry/1/resource/status` as `Bundle.entry[1].resource.status`."""
    if pointer.startswith("?"):
        return f"http.{pointer[1:]}".rstrip(".")
    path = re.sub(r"/([0-9]+)(?=/|$)", r"[\1]", pointer)
    names = path.replace("/", ".").replace("~1", "/").replace("~0", "~")
    return f"{root}{names}"
