"""`$validate`: what is wrong with a resource, told as an OperationOutcome and not as an error.

First it is held against R4 4.0.1 as inbound FHIR is (fhir/checks.py), which stops at the first
fault; then against our profiles (fhir/profile_checks.py), every fault of which is told. R4's own
invariants and other's profiles are for a full validator (docs/integrator.md).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from service.domain.errors import BadInput
from service.fhir.checks import check
from service.fhir.elements import JsonObject
from service.fhir.outcome import to_fhirpath, to_outcome
from service.fhir.profile_checks import Holds, our_profiles, profile_faults
from service.fhir.shapes import facade_shapes

_ASKED, _CLAIMED = "http.profile", "meta.profile"


def validate(
    resource: dict[str, Any], resource_type: str, asked: Sequence[str], holds: Holds
) -> JsonObject:
    """Return the OperationOutcome: what is wrong, or that all is well as far as was looked.

    `resource_type` is what the resource must be; `asked` are the profiles to hold it against,
    without them those it says it meets. `holds` reads FHIRPath. FHIR R4 Resource/$validate.
    """
    if resource.get("resourceType") != resource_type:
        text = f"a {resource_type} is expected"
        return _outcome([_issue("error", "invalid", text, "resourceType")])
    try:
        check(resource, shapes=facade_shapes())
    except BadInput as fault:
        return to_outcome(fault, "structure", resource_type)
    names = list(dict.fromkeys(asked or _claimed(resource)))
    place = _ASKED if asked else _CLAIMED
    found = [issue for name in names for issue in _against(resource, name, place, holds)]
    if not any(issue["severity"] == "error" for issue in found):
        found.append(_issue("information", "informational", _well(names)))
    return _outcome(found)


def _claimed(resource: dict[str, Any]) -> list[str]:
    found: list[str] = resource.get("meta", {}).get("profile", [])
    return found


def _against(resource: dict[str, Any], name: str, place: str, holds: Holds) -> Iterator[JsonObject]:
    """Yield what the resource lacks of a profile; `place` is where the profile is named."""
    url, _, version = name.partition("|")
    profile = our_profiles().get(url)
    if profile is None or version not in ("", profile.version):
        severity = "error" if place == _ASKED else "warning"
        text = "a profile is not known here, or not in this version, and was not looked at"
        yield _issue(severity, "not-supported", text, place)
    elif profile.type != resource["resourceType"]:
        yield _issue("error", "invalid", f"{url} is a profile of {profile.type}", place)
    else:
        for fault in profile_faults(resource, profile, holds):
            where = to_fhirpath(fault.pointer, profile.type)
            yield _issue(fault.severity, fault.code, f"{fault.text} ({url})", where)


def _well(names: list[str]) -> str:
    if not names:
        return "It holds to R4 4.0.1, as far as is looked here. No profile was asked for."
    return "It holds to R4 4.0.1 and to the profiles that are known here, as far as is looked."


def _issue(severity: str, code: str, text: str, place: str = "") -> JsonObject:
    issue: JsonObject = {"severity": severity, "code": code, "diagnostics": text}
    if place:
        issue["expression"] = [place]
    return issue


def _outcome(issues: list[JsonObject]) -> JsonObject:
    return {"resourceType": "OperationOutcome", "issue": issues}
