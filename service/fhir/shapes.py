"""R4's resource and data types as Python structures, made once from generated tables.

The tables are made by fhir_profiles/build/r4_shapes.py.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Any

from service.domain.values import dataclass
from service.fhir.primitives import Format, formats

TABLE = Path(__file__).with_name("r4_shapes.json")
FACADE_TABLE = Path(__file__).with_name("r4_facade_shapes.json")


@dataclass(slots=True, eq=False)
class Shape:
    """A resource, data type or backbone element: what it may and must hold.

    `required` and `choices` name an element as R4 does (`status`, `value[x]`) beside the
    JSON names it may go by. `choices` leads from each JSON name to the one without `_`.
    `texts` has what each single text must hold to, once more: most members are that.
    `has_rules` is false where nothing is required of the whole, as of most.
    """

    name: str
    children: dict[str, "Child"] = field(default_factory=dict)
    required: tuple[tuple[str, frozenset[str]], ...] = ()
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()
    texts: dict[str, Callable[[str], object]] = field(default_factory=dict)
    has_rules: bool = False

    def add(self, child: "Child") -> None:
        self.children[child.name] = child
        if child.json == (str,) and not child.many:
            self.texts[child.name] = child.holds


@dataclass(slots=True)
class Child:
    """An element of a shape: a primitive (`format`), a complex one (`shape`) or a resource.

    `targets` are the resource types a Reference may point to; None is any.
    `resources` are those that a resource in here may be, by type.
    `pairs_with` is the other half of a primitive list: `given` and `_given`.
    """

    name: str
    many: bool
    format: Format | None = None
    shape: Shape | None = None
    targets: frozenset[str] | None = None
    resources: Mapping[str, Shape] = field(default_factory=dict)
    pairs_with: str = ""
    # Copies of format.json and format.holds: one attribute less on the hot path.
    json: tuple[type, ...] = ()
    holds: Callable[..., object] = bool


@dataclass(frozen=True, slots=True)
class Shapes:
    """`inbound` are the resource types we take; `resources` all that R4 knows."""

    inbound: Mapping[str, Shape]
    resources: frozenset[str]


@cache
def r4_shapes() -> Shapes:
    """Return the shapes of R4 4.0.1 that are taken in, the same object each time."""
    return _read(TABLE)


@cache
def facade_shapes() -> Shapes:
    """Return these and the shapes of what is given out. Takes a moment: only for `$validate`."""
    return _read(FACADE_TABLE)


def _read(path: Path) -> Shapes:
    table = json.loads(path.read_bytes())
    return Shapes(_Compiler(table).accepted, frozenset(table["resources"]))


class _Compiler:
    """Turns the table into shapes; a shape exists before its children, as types nest."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.formats = formats(table["regexes"])
        self.codes = {name: _one_of(codes) for name, codes in table["codes"].items()}
        self.shapes: dict[str, Shape] = {}
        self.accepted: dict[str, Shape] = {}
        for name, elements in table["types"].items():
            self._fill(name, elements)
        for name in table["inbound"]:
            kind = _primitive(Child("resourceType", many=False), _one_of([name]))
            self.shapes[name].add(kind)
            self.accepted[name] = self.shapes[name]

    def _shape(self, name: str) -> Shape:
        if name not in self.shapes:
            self.shapes[name] = Shape(name)
        return self.shapes[name]

    def _fill(self, path: str, elements: dict[str, Any]) -> Shape:
        shape = self._shape(path)
        for name, element in elements.items():
            child = self._child(f"{path}.{name}", name, element)
            shape.add(child)
            if child.format and not element.get("plain") and element["type"] != "xhtml":
                child.pairs_with = f"_{name}"
                shape.add(
                    Child(f"_{name}", child.many, shape=self._shape("Element"), pairs_with=name)
                )
        shape.required = _required(elements)
        shape.choices = _choices(elements)
        shape.has_rules = bool(shape.required or shape.choices) or path == "Reference"
        return shape

    def _child(self, path: str, name: str, element: dict[str, Any]) -> Child:
        child = Child(name, element.get("many", False))
        if "of" in element:
            child.shape = self._fill(path, element["of"])
        elif "same" in element:
            child.shape = self._shape(element["same"])
        elif "codes" in element:
            return _primitive(child, self.codes[element["codes"]])
        elif element["type"] in self.formats:
            return _primitive(child, self.formats[element["type"]])
        elif element["type"] == "Resource":
            child.resources = self.accepted
        else:
            child.shape = self._shape(element["type"])
        if "targets" in element:
            child.targets = frozenset(element["targets"])
        return child


def _primitive(child: Child, format_: Format) -> Child:
    child.format, child.json, child.holds = format_, format_.json, format_.holds
    return child


def _one_of(codes: list[str]) -> Format:
    return Format((str,), frozenset(codes).__contains__, "one of: " + ", ".join(codes))


def _names(elements: dict[str, Any], label: str) -> dict[str, str]:
    names = [name for name, element in elements.items() if element.get("choice", name) == label]
    return {written: name for name in names for written in (name, f"_{name}")}


def _required(elements: dict[str, Any]) -> tuple[tuple[str, frozenset[str]], ...]:
    labels = {e.get("choice", name): None for name, e in elements.items() if e.get("min")}
    return tuple((label, frozenset(_names(elements, label))) for label in labels)


def _choices(elements: dict[str, Any]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    labels = {e["choice"]: None for e in elements.values() if "choice" in e}
    return tuple((label, _names(elements, label)) for label in labels)
