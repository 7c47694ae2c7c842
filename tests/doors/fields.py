"""Every element of R4 that can hold an address, each in a resource that holds to R4.

Taken from the tables that the service itself checks by, so a type or element that is taken in
one day is tried from that day on.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.fhir.shapes import FACADE_TABLE, TABLE

ADDRESSES = ("uri", "url", "canonical", "Reference")
SAMPLES: dict[str, Any] = {
    **dict.fromkeys(("string", "markdown"), "x"),
    **dict.fromkeys(("uri", "url", "canonical"), "https://ehr.example/x"),
    "code": "en",
    "id": "x1",
    "boolean": True,
    "base64Binary": "eA==",
    "oid": "urn:oid:1.2",
    "date": "2026-11-23",
    "dateTime": "2026-11-23",
    "instant": "2026-11-23T10:00:00Z",
    **dict.fromkeys(("integer", "decimal", "positiveInt", "unsignedInt"), 1),
    "time": "10:00:00",
    "uuid": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
    "Reference": {"display": "x"},
}


@dataclass(frozen=True)
class Place:
    """An element of a type's, by the way there: each step's name and whether it is a list."""

    kind: str
    steps: tuple[tuple[str, bool], ...]
    holds: str

    @property
    def label(self) -> str:
        return ".".join((self.kind, *(name for name, _ in self.steps)))


@dataclass(frozen=True)
class Table:
    """One of the service's tables of R4."""

    told: dict[str, Any]

    def places(self, *kinds: str) -> list[Place]:
        """Each element that can hold an address once, where it is first met in each type."""
        wanted = kinds or tuple(self.told["inbound"])
        return [place for kind in wanted for place in self._of(kind)]

    def _of(self, kind: str) -> Iterator[Place]:
        types, seen = self.told["types"], {kind}
        todo: list[tuple[dict[str, Any], tuple[tuple[str, bool], ...]]] = [(types[kind], ())]
        while todo:
            elements, way = todo.pop(0)
            for name, element in elements.items():
                steps = (*way, (name, element.get("many", False)))
                holds = element.get("type", "")
                if holds in ADDRESSES and "codes" not in element:
                    yield Place(kind, steps, holds)
                if "of" in element:
                    todo.append((element["of"], steps))
                elif holds in types and holds not in seen and holds not in self.told["inbound"]:
                    seen.add(holds)
                    todo.append((types[holds], steps))

    def resource(self, place: Place, address: str, base: dict[str, Any]) -> dict[str, Any]:
        """The resource with the address there, and what R4 requires around it."""
        whole = copy.deepcopy(base)
        node, elements = whole, self.told["types"][place.kind]
        self._complete(node, elements)
        for number, (name, many) in enumerate(place.steps):
            element = elements[name]
            _leave_one_form(node, elements, name)
            if number == len(place.steps) - 1:
                value = {"reference": address} if place.holds == "Reference" else address
                node[name] = [value] if many else value
                break
            inner: dict[str, Any] = {}
            elements = element.get("of") or self.told["types"][element["type"]]
            self._complete(inner, elements)
            if many:
                node[name] = [inner, *node.get(name, [])[1:]]
            else:
                node[name] = inner
            node = inner
        return whole

    def _complete(self, node: dict[str, Any], elements: dict[str, Any]) -> None:
        done: set[str] = set()
        for name, element in elements.items():
            label = element.get("choice", name)
            held = any(
                other in node for other, e in elements.items() if e.get("choice", other) == label
            )
            if element.get("min") and label not in done and not held:
                value = self._sample(element)
                node[name] = [value] if element.get("many") else value
            done.add(label)

    def _sample(self, element: dict[str, Any]) -> Any:
        if "codes" in element:
            return self.told["codes"][element["codes"]][0]
        if "of" in element:
            inner: dict[str, Any] = {}
            self._complete(inner, element["of"])
            return inner or {"id": "x"}
        if element.get("type") in SAMPLES:
            return copy.deepcopy(SAMPLES[element["type"]])
        inner = {}
        self._complete(inner, self.told["types"].get(element.get("type", ""), {}))
        return inner or {"id": "x"}


def _leave_one_form(node: dict[str, Any], elements: dict[str, Any], name: str) -> None:
    """Of `value[x]` only one form may be there."""
    label = elements[name].get("choice")
    for other, element in elements.items():
        if label and other != name and element.get("choice") == label:
            node.pop(other, None)


def taken_in() -> Table:
    return _table(TABLE)


def given_out() -> Table:
    return _table(FACADE_TABLE)


def _table(path: Path) -> Table:
    return Table(json.loads(path.read_bytes()))
