"""Whether an answer of a record is built as R4 builds it, where this service looks into it.

A record may answer anything. What is asked here once, nobody after has to ask again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# A type, a mapping of members (each may be missing), a list of one form, or one of several.
Form = Any

_RESOURCE: Mapping[str, Form] = {
    "resourceType": str,
    "id": str,
    "meta": {"versionId": str, "lastUpdated": str, "tag": [{}]},
    "identifier": ([{}], {}),
    "masterIdentifier": {},
    "subject": {"reference": str},
    # CapabilityStatement
    "software": {},
    "rest": [
        {
            "interaction": [{}],
            "resource": [{"type": str, "interaction": [{}], "searchParam": [{}]}],
        }
    ],
}
_BUNDLE: Mapping[str, Form] = {
    "entry": [
        {
            "resource": _RESOURCE,
            "response": {"status": str, "location": str},
            "search": {"mode": str},
        }
    ]
}


def is_resource(body: Any) -> bool:
    """Whether it is a resource, or a Bundle of such, that can be looked into."""
    return (
        isinstance(body, dict) and "resourceType" in body and _fits(body, {**_RESOURCE, **_BUNDLE})
    )


def _fits(value: Any, form: Form) -> bool:
    if isinstance(form, tuple):
        return any(_fits(value, each) for each in form)
    if isinstance(form, Mapping):
        if not isinstance(value, dict):
            return False
        return all(_fits(value[name], form[name]) for name in form.keys() & value.keys())
    if isinstance(form, Sequence):
        return isinstance(value, list) and all(_fits(each, form[0]) for each in value)
    return isinstance(value, form)
