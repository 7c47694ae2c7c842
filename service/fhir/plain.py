"""Tells of most resources at once that they hold to R4, and of the others nothing.

Records write the same members again and again. So what must hold of an object is looked up by
its members' names, all together, and their values are tested without a step of Python between
them. What is not plain is for the checker (checks.py), which also tells what is wrong; a
property test holds that it takes all that is plain (docs/decisions/0031).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import call
from typing import Any

from service.fhir.references import reference_type
from service.fhir.shapes import Child, Shape, r4_shapes

Test = Callable[[Any], object]  # may raise _ODD of a value of another type

# What may hold its own kind again is not plain, so nothing plain is nested deeply. Beside
# these: an extension whose value is not a primitive, which may have an extension again.
NESTING = frozenset(
    {"contained", "Reference.identifier", "Bundle.entry.resource.Bundle", "Bundle.entry.response"}
)
_ODD = (TypeError, AttributeError, KeyError, IndexError)
_MOST = 100  # combinations of members remembered for a shape


def is_plain(resource: object) -> bool:
    """True only of a resource that is taken in and holds to R4; false of many that do, too."""
    try:
        return bool(_inbound()(resource))
    except _ODD:
        return False


@cache
def _inbound() -> Test:
    return _resource(r4_shapes().inbound)


def _resource(accepted: Mapping[str, Shape], place: str = "") -> Test:
    known = {
        name: _object(shape) for name, shape in accepted.items() if f"{place}.{name}" not in NESTING
    }
    return lambda node: known[node["resourceType"]](node)


@cache
def _object(shape: Shape) -> Test:
    """Return the test of objects of this shape."""
    known: dict[tuple[str, ...], tuple[Test, ...]] = {}

    def holds(node: dict[str, Any]) -> object:
        tests = known.get(members := tuple(node))
        if tests is None:
            tests = _tests(shape, members) if type(node) is dict else ()
            if not tests:
                return False
            if len(known) >= _MOST:
                known.clear()
            known[members] = tests
        return all(map(call, tests, node.values()))

    return holds


def _tests(shape: Shape, members: tuple[str, ...]) -> tuple[Test, ...]:
    """Return what each of these members must hold to; none when they cannot stand together."""
    if not shape.children.keys() >= set(members):
        return ()
    if any(names.isdisjoint(members) for _, names in shape.required):
        return ()
    for _, forms in shape.choices:
        if len({forms[name] for name in members if name in forms}) > 1:
            return ()
    return tuple(_member(shape, shape.children[name]) for name in members)


def _member(shape: Shape, child: Child) -> Test:
    place = f"{shape.name}.{child.name}"
    if {place, child.name} & NESTING or (shape.name == "Extension" and child.format is None):
        return _never
    one = _value(child, place)
    return _each(one) if child.many else one


def _value(child: Child, place: str) -> Test:
    if child.format is not None:
        return _primitive(child)
    if child.shape is None:
        return _resource(child.resources, place)
    if child.shape.name == "Reference":
        return _reference(child.shape, child.targets)
    return _object(child.shape)


def _primitive(child: Child) -> Test:
    json, holds = child.json, child.holds
    if json == (str,):
        return holds  # of another type it is false, or raises
    return lambda value: type(value) in json and holds(value)


def _reference(shape: Shape, targets: frozenset[str] | None) -> Test:
    """One that says where it points, and may point there; `#id` is for the checker."""
    plain = _object(shape)

    def holds(node: dict[str, Any]) -> object:
        literal = node["reference"]
        kind = reference_type(literal)
        if kind and targets is not None and kind not in targets:
            return False
        if not kind and (kind is None or literal[0] == "#" or "type" in node):
            return False
        return len(node) == 1 or plain(node)

    return holds


def _each(one: Test) -> Test:
    def hold(values: Iterable[Any]) -> object:
        return type(values) is list and values and all(map(one, values))

    return hold


def _never(_value: object) -> bool:
    return False
