"""Checks inbound FHIR against R4 4.0.1 and stops at the first fault. Knows no education.

The shapes are R4's own (service/fhir/shapes.py). Not checked: invariants other than ref-1
and ext-1's "not both", bindings of anything but `code`, narratives (we drop them), and what
lies behind a reference. Faults name places and rules, never a value that was sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from service.domain.errors import (
    BadInput,
    InvalidResource,
    ResourceTypeNotAccepted,
    may_be_told,
)
from service.fhir.plain import is_plain
from service.fhir.primitives import Format
from service.fhir.references import reference_type
from service.fhir.shapes import Child, Shape, Shapes, r4_shapes

MAX_DEPTH = 32

# Local references (`#x`) of one resource with the types they may have; None is any.
Targets = frozenset[str] | None
Locals = list[tuple[str, Targets]]

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_EMPTY = "Leave the element out when there is nothing to say."
_HOW_TO_REFER = "Write Type/id, https://…/Type/id, urn:uuid:…, urn:oid:… or #id."


class _Fault(Exception):
    """A fault on its way up; every level it passes adds where it came from."""

    def __init__(self, detail: str, how_to_fix: str = "", *path: str | int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.how_to_fix = how_to_fix
        self.upward: list[str | int] = list(reversed(path))
        self.error: type[BadInput] = InvalidResource

    def climb(self, key: str, index: int | None) -> None:
        if index is not None:
            self.upward.append(index)
        if may_be_told(key):
            self.upward.append(key)

    def as_error(self, pointer: str) -> BadInput:
        # No step holds "/" or "~", so nothing is to be escaped (RFC 6901, 3).
        place = "".join(f"/{step}" for step in reversed(self.upward))
        return self.error(self.detail, pointer=pointer + place, how_to_fix=self.how_to_fix)


def check(resource: object, pointer: str = "", shapes: Shapes | None = None) -> None:
    """Return when the parsed JSON is a resource we take and holds to R4.

    `pointer` is where the resource stands in what was sent, as a JSON Pointer; `shapes` are
    those that may be met, without them the ones that are taken in.

    Raises:
        InvalidResource: the first fault, with the pointer to its exact place.
        ResourceTypeNotAccepted: a resource, at any depth, that is not on the allow-list.

    Source: https://hl7.org/fhir/R4/json.html, /datatypes.html, /references.html.
    """
    if shapes is None and is_plain(resource):
        return  # nearly always
    try:
        _resource(resource, 0, None, (shapes or r4_shapes()).inbound)
    except _Fault as fault:
        raise fault.as_error(pointer) from None


def _resource(
    value: object, depth: int, container: Locals | None, accepted: Mapping[str, Shape]
) -> None:
    """Check a resource; `container` takes the local references of a contained one."""
    if type(value) is not dict:
        raise _Fault(f"a resource must be an object, not {_kind(value)}")
    shape = _shape_of(value, accepted)
    if container is not None:
        if "contained" in value:
            raise _Fault("a contained resource must not contain another", "", "contained")
        _object(value, shape, depth, container)
        return
    local: Locals = []
    _object(value, shape, depth, local)
    if local:
        _resolve(value, local)


def _shape_of(resource: dict[str, Any], accepted: Mapping[str, Shape]) -> Shape:
    name = resource.get("resourceType")
    if type(name) is str and name in accepted:
        return accepted[name]
    told = ", ".join(accepted)
    if type(name) is not str:
        raise _Fault(f'"resourceType" must be there, and be one of: {told}')
    called = name if name in r4_shapes().resources else "this resource type"
    fault = _Fault(f"{called} is not accepted; accepted are: {told}", "", "resourceType")
    fault.error = ResourceTypeNotAccepted
    raise fault


def _object(
    node: dict[str, Any], shape: Shape, depth: int, local: Locals, targets: Targets = None
) -> None:
    if not node or depth > MAX_DEPTH:
        raise _empty_or_deep(node)
    texts = shape.texts
    key, index = "", None
    try:
        for key, value in node.items():
            if key in texts and type(value) is str and texts[key](value):
                continue  # by far the most usual
            child = shape.children.get(key)
            if child is None:
                raise _unknown(key, shape)
            if not child.many:
                _value(value, child, depth, local)
                continue
            for index, item in enumerate(_items(value, child)):
                if item is not None or not _is_paired(node, child, index):
                    _value(item, child, depth, local)
            index = None
    except _Fault as fault:
        fault.climb(key, index)
        raise
    if shape.has_rules:
        _whole(node, shape, local, targets)


def _value(value: object, child: Child, depth: int, local: Locals) -> None:
    if type(value) is dict and child.shape is not None:
        _object(value, child.shape, depth + 1, local, child.targets)
    elif child.format is not None:
        if type(value) not in child.json or not child.holds(value):
            raise _refusal(value, child.name, child.format)
    elif child.shape is not None:
        raise _Fault(f'"{child.name}" must be an object ({child.shape.name}), not {_kind(value)}')
    else:
        container = local if child.name == "contained" else None
        _resource(value, depth + 1, container, child.resources)


def _items(value: object, child: Child) -> list[Any]:
    if type(value) is not list:
        raise _Fault(f'"{child.name}" must be a list, not {_kind(value)}')
    if not value:
        raise _Fault(f'"{child.name}" must not be an empty list', _EMPTY)
    return value


def _is_paired(node: dict[str, Any], child: Child, index: int) -> bool:
    """Tell whether a null in `given` stands for something in `_given`, or the other way."""
    other = node.get(child.pairs_with)
    return type(other) is list and index < len(other) and other[index] is not None


def _whole(node: dict[str, Any], shape: Shape, local: Locals, targets: Targets) -> None:
    """Check what holds of an object as a whole."""
    if shape.name == "Reference":
        _refer(node, local, targets)
    for label, names in shape.required:
        if names.isdisjoint(node):
            raise _Fault(f'"{label}" is missing: {shape.name} must have it')
    for label, forms in shape.choices:
        if forms.keys().isdisjoint(node):
            continue
        chosen = {forms[key] for key in node if key in forms}
        if len(chosen) > 1:
            raise _Fault(f'"{label}" must be given in one form only: {", ".join(sorted(chosen))}')
        # Invariant ext-1.
        if shape.name == "Extension" and "extension" in node:
            raise _Fault("an extension must have a value or extensions, not both")


def _refer(node: dict[str, Any], local: Locals, targets: Targets) -> None:
    reference = node.get("reference")
    told = node.get("type", "")
    if reference is not None:
        named = reference_type(reference)
        if named is None:
            detail = '"reference" is not a reference to an R4 resource that is taken here'
            raise _Fault(detail, _HOW_TO_REFER, "reference")
        if reference[0] == "#":
            local.append((reference, targets))
        told = named or told
    if targets is not None and told not in targets and told in r4_shapes().resources:
        raise _wrong_target(targets, "reference" if reference else "type")


def _resolve(resource: dict[str, Any], local: Locals) -> None:
    """Hold invariant ref-1: what `#x` points to is contained in the same resource."""
    inner = resource.get("contained", ())
    contained = {found.get("id"): found["resourceType"] for found in inner}
    for reference, targets in local:
        # "#" alone is the resource that contains (R4 references, 2.3.0.3).
        type_ = contained.get(reference[1:]) if reference != "#" else resource["resourceType"]
        if type_ is None:
            place = next(_places(resource, reference), ())
            raise _Fault("no contained resource has this id", "", *place)
        if targets is not None and type_ not in targets:
            raise _wrong_target(targets, *next(_places(resource, reference), ()))


def _places(node: object, reference: str) -> Iterator[tuple[str | int, ...]]:
    steps: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(node, dict):
        steps = iter(node.items())
    elif isinstance(node, list):
        steps = iter(enumerate(node))
    for step, value in steps:
        if step == "reference" and value == reference:
            yield (step,)
        for place in _places(value, reference):
            yield (step, *place)


def _wrong_target(targets: frozenset[str], *path: str | int) -> _Fault:
    return _Fault(f"the reference must be to one of: {', '.join(sorted(targets))}", "", *path)


def _empty_or_deep(node: dict[str, Any]) -> _Fault:
    if node:
        return _Fault(f"elements are nested deeper than {MAX_DEPTH}")
    return _Fault("an object must not be empty", _EMPTY)


def _unknown(key: str, shape: Shape) -> _Fault:
    called = f'"{key}"' if may_be_told(key) else "a key"
    return _Fault(f"{called} is not an element of {shape.name} in R4", "Leave it out.")


def _refusal(value: object, name: str, format_: Format) -> _Fault:
    wanted = f'"{name}" must be {format_.expected}'
    if type(value) not in format_.json:
        return _Fault(f"{wanted}, not {_kind(value)}", format_.how_to_fix)
    if value == "":
        return _Fault(f'"{name}" must not be empty', _EMPTY)
    return _Fault(wanted, format_.how_to_fix)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "this")
