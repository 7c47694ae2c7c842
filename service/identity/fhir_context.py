"""`fhirContext` of a token answer: what is open in the record beside patient and encounter.

SMART App Launch 2.2, "fhirContext": an array of objects with `reference`, `identifier` or
`canonical`. Only CarePlans are of use here, for one of them may be a plan of ours; what else is
open there, and what is no reference, is left alone and never shown.
"""

import re
from typing import Any

MOST = 20  # entries that are looked at
_CAREPLAN = re.compile(r"CarePlan/[A-Za-z0-9.-]{1,64}")
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LAUNCH = "launch"  # the role of an entry that says none


def care_plans(told: Any, iss: str) -> tuple[tuple[str, ...], int]:
    """Return the CarePlans that are named, and how many entries were left alone.

    Each is `CarePlan/id` of the record at `iss`, or the urn that a CarePlan of ours has as its
    identifier.
    """
    if told is None:
        return (), 0
    entries = told if isinstance(told, list) else [told]
    found = [_care_plan(each, iss) for each in entries[:MOST]]
    kept = tuple(dict.fromkeys(filter(None, found)))
    return kept, len(entries) - sum(map(bool, found))


def _care_plan(entry: Any, iss: str) -> str:
    if not isinstance(entry, dict) or entry.get("role", _LAUNCH) != _LAUNCH:
        return ""
    reference = entry.get("reference")
    local = reference.removeprefix(f"{iss}/") if isinstance(reference, str) else ""
    if _CAREPLAN.fullmatch(local):
        return local
    identifier = entry.get("identifier")
    value = identifier.get("value") if isinstance(identifier, dict) else None
    is_plan = not local and entry.get("type", "CarePlan") == "CarePlan"
    return value if is_plan and isinstance(value, str) and _URN.fullmatch(value) else ""
