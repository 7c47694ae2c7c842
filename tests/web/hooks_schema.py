"""What CDS Hooks 2.0 says of answers, as JSON Schema written from its pages.

https://cds-hooks.hl7.org/2.0/: "Discovery", "CDS Service Response". Stricter than the pages in
what this service promises besides: `info` only, no `isRecommended`, no system actions, and no
member that the pages do not have.
"""

from typing import Any

import jsonschema_rs

_TEXT = {"type": "string", "minLength": 1}
_UUID = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}
_URL = {"type": "string", "pattern": "^https?://[^\\s]+$"}


def _object(required: str, optional: str = "", **members: Any) -> dict[str, Any]:
    """An object with these members and no others; those not given here are texts."""
    names = [*required.split(), *optional.split()]
    return {
        "type": "object",
        "required": required.split(),
        "properties": {name: members.get(name, _TEXT) for name in names},
        "additionalProperties": False,
    }


def _list(item: dict[str, Any]) -> dict[str, Any]:
    """The pages: a member with nothing in it is left out."""
    return {"type": "array", "minItems": 1, "items": item}


CODING = _object("code system", "display")
ACTION = _object(
    "type description resource",
    type={"const": "create"},
    resource={
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"const": "CarePlan"}},
    },
)
SUGGESTION = _object("label uuid actions", uuid=_UUID, actions=_list(ACTION))
LINK = _object("label url type", "appContext", url=_URL, type={"const": "smart"})
SOURCE = _object("label", "url icon topic", url=_URL, icon=_URL, topic=CODING)
CARD = _object(
    "uuid summary indicator source detail overrideReasons",
    "suggestions selectionBehavior links",
    uuid=_UUID,
    summary={"type": "string", "minLength": 1, "maxLength": 139},
    indicator={"const": "info"},
    source=SOURCE,
    overrideReasons=_list(CODING),
    suggestions={"type": "array", "minItems": 1, "maxItems": 1, "items": SUGGESTION},
    selectionBehavior={"const": "at-most-one"},
    links=_list(LINK),
) | {"dependentRequired": {"suggestions": ["selectionBehavior"]}}
CARDS = _object("cards", cards={"type": "array", "items": CARD})
SERVICE = _object(
    "hook title description id prefetch",
    id={"type": "string", "pattern": "^[A-Za-z0-9-]+$"},
    prefetch={"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
)
SERVICES = _object("services", services=_list(SERVICE))


def faults(answer: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with the answer by the schema."""
    validator = jsonschema_rs.validator_for(schema)
    return [f"{list(each.instance_path)}: {each.message}" for each in validator.iter_errors(answer)]
