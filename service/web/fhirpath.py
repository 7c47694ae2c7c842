"""FHIRPath for `$validate`: whether an invariant of a profile is true of a resource."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


def holds(node: Mapping[str, Any], expression: str) -> bool:
    """Tell whether the expression is true of a resource, or of an extension.

    What it cannot be asked of, such as a number where it reads a text, it is not true of.
    """
    of = node if "resourceType" in node else {"resourceType": "Extension", **node}
    try:
        return bool(_compiled(expression)(of) == [True])
    except Exception:  # noqa: BLE001  # fhirpathpy raises nothing narrower, with values in its text
        return False


@cache  # as many as our profiles have invariants
def _compiled(expression: str) -> Callable[..., list[Any]]:
    # Imported when something is validated: it takes a third of a second.
    import fhirpathpy
    from fhirpathpy.models import models

    found: Callable[..., list[Any]] = fhirpathpy.compile(expression, model=models["r4"])
    return found
