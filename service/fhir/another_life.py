"""Whether what a record keeps under an identity of ours is of another life of this service.

Identities are counted (decision 11). A database that was put back to an earlier day counts once
more from there, and would give a new thing the identity of one that the record has already.
`education-plan restore` sees to it that it does not; whoever puts an old file in place by hand
is found out here, before anything is written over.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

Resource = dict[str, Any]
# What is said of a thing once and never changes: when, and what it is about.
_WHEN = ("recorded", "sent", "issued", "date", "effectiveDateTime", "performedDateTime")
_ABOUT = ("topic", "code")
# What a later revision changes: a record that says something else here may be ahead of ours.
_STATE = ("status", "lifecycleStatus", "intent")


def is_another(ours: Resource, theirs: Resource) -> bool:
    """Whether both have one identity and are not the same thing, whatever became of it since."""
    if any(_differ(ours.get(name), theirs.get(name)) for name in _WHEN):
        return True
    for name in _ABOUT:
        mine, others = set(_codes(ours.get(name))), set(_codes(theirs.get(name)))
        if mine and others and not mine & others:
            return True
    return False


def ahead(ours: Resource, theirs: Resource) -> tuple[str, ...]:
    """The fields in which the record tells another state than this revision of ours."""
    return tuple(name for name in _STATE if ours.get(name) != theirs.get(name))


def _differ(ours: Any, theirs: Any) -> bool:
    """Whether two times are different moments; a record may write one in another zone."""
    if not isinstance(ours, str) or not isinstance(theirs, str) or ours == theirs:
        return False
    try:
        mine, other = datetime.fromisoformat(ours), datetime.fromisoformat(theirs)
    except ValueError:
        return False
    if mine.tzinfo is None or other.tzinfo is None:
        return mine.replace(tzinfo=None) != other.replace(tzinfo=None)
    return mine.replace(microsecond=0) != other.replace(microsecond=0)


def _codes(concept: Any) -> Iterator[tuple[str, str]]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    for coding in codings:
        yield str(coding.get("system", "")), str(coding.get("code", ""))
