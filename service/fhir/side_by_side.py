"""The lists of a CarePlan, item by item: what the record has beside ours stays beside ours.

A plan leads to goals, to what was planned and to what came of it. The record may lead to more:
a goal that a colleague added there, or what this service itself told it before its database
was restored from a backup. So ours are written among theirs, and not in the place of all.
"""

import json
from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]
LISTS = frozenset({"activity", "addresses", "goal", "note", "supportingInfo"})
_CAME_OF_IT = "outcomeReference"


def is_listed(resource: Resource, name: str) -> bool:
    """Whether this field is a list whose items can stand beside others."""
    return resource["resourceType"] == "CarePlan" and name in LISTS


def joined(mine: Any, theirs: Any, before: Any) -> list[Any] | None:
    """Return our items with those that only the record has; what we took away is left out.

    `before` is what we wrote last, None when that is not known. The answer is None when the
    record lacks something of that: somebody took it away there, so the lists cannot be joined.
    """
    ours, others, last = _by_name(mine), _by_name(theirs), _by_name(before)
    if last.keys() - others.keys():
        return None
    own = [_item(item, others.get(name), last.get(name)) for name, item in ours.items()]
    beside = [item for name, item in others.items() if name not in ours and name not in last]
    return own + beside


def beside(ours: Resource, theirs: Resource) -> Resource:
    """Return the record's resource with the items of ours that it lacks, and otherwise as it is."""
    lists = {
        name: joined(ours[name], theirs.get(name), None) for name in ours if is_listed(ours, name)
    }
    return theirs | {name: items for name, items in lists.items() if items}


def _plain(value: Any) -> Any:
    """The value with each Reference as what it leads to: a record may put a name beside it."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            return _place(value["reference"])
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _item(mine: Any, theirs: Any, before: Any) -> Any:
    """One item: the record's own form of it, unless we have more to say of it now."""
    if theirs is None or _plain(mine) == _plain(theirs):
        return mine
    if mine == before:
        return theirs
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return mine
    known = before.get(_CAME_OF_IT) if isinstance(before, dict) else None
    came = joined(mine.get(_CAME_OF_IT), theirs.get(_CAME_OF_IT), known)
    return mine | {_CAME_OF_IT: came} if came else mine


def _by_name(items: Any) -> Mapping[str, Any]:
    """The items by what each is about; those about the same are told apart by their order."""
    found: dict[str, Any] = {}
    for item in items if isinstance(items, list) else ():
        name, number = _name(item), 0
        while f"{name} {number}" in found:
            number += 1
        found[f"{name} {number}"] = item
    return found


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return json.dumps(item, sort_keys=True)
    reference = item.get("reference")
    if isinstance(reference, dict):
        reference = reference.get("reference")
    if isinstance(reference, str):
        return _place(reference)
    detail = item.get("detail", item)
    about = detail.get("instantiatesCanonical") or detail.get("code") or detail.get("text")
    return json.dumps(about or item, sort_keys=True)


def _place(reference: str) -> str:
    """`Type/id`, which a record may write with its own address and a version around it."""
    if reference.startswith("urn:"):
        return reference
    return "/".join(reference.partition("/_history")[0].split("/")[-2:])
