"""What a SMART scope lets a client do: `system/CarePlan.cruds` (version 2), `.read`, `.write`."""

import re
from collections.abc import Iterable

NEEDED = "crus"  # create, read, update, search (SMART App Launch 2.x, scopes for FHIR resources)
_SCOPE = re.compile(r"system/(?P<kind>\*|[A-Z][A-Za-z]+)\.(?P<may>[a-z*]+)(\?.*)?")
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}


def lacking(granted: str, kinds: Iterable[str]) -> list[str]:
    """Return the scopes that are missing for these types, as version 2 writes them."""
    may: dict[str, set[str]] = {}
    for scope in granted.split():
        if found := _SCOPE.fullmatch(scope):
            told = _VERSION_1.get(found["may"], found["may"])
            may.setdefault(found["kind"], set()).update(told)
    missing = []
    for kind in kinds:
        letters = "".join(c for c in NEEDED if c not in may.get(kind, set()) | may.get("*", set()))
        if letters:
            missing.append(f"system/{kind}.{letters}")
    return missing
