"""Every constraint of our profiles, each with an example that breaks it and nothing else.

What can be broken by rule (missing, twice, another value, code, type or target) is derived
from the differentials, so that no constraint is without its example. Invariants are broken
by hand, in `invariants`.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_profiles.build.invariants import INVARIANTS
from service.fhir import urls

Json = dict[str, Any]
Change = Callable[[Json], None]
Examples = Mapping[str, tuple[str, Json]]  # canonical of the profile and resource, by name


@dataclass(frozen=True)
class Broken:
    """A way to break an example; one of `complaints` must stand in what is complained of."""

    name: str
    profile: str
    example: str
    resource: Json
    complaints: tuple[str, ...]


# What is put where nothing may stand, and where an example has nothing to be doubled.
FILLERS: dict[str, Any] = {
    "CarePlan.activity.detail": {"status": "not-started"},
    "CarePlan.activity.reference": {"reference": "ServiceRequest/x"},
    "CarePlan.basedOn": [{"reference": "CarePlan/x"}],
    "CarePlan.goal": [{"reference": "Goal/x"}],
    "CarePlan.replaces": [{"reference": "CarePlan/x"}],
    "ServiceRequest.basedOn": [{"reference": "ServiceRequest/x"}],
    "ServiceRequest.identifier": [{"system": urls.URI, "value": "urn:uuid:x"}],
    "ServiceRequest.reasonCode": [{"text": "ondt i ryggen"}],
    "ServiceRequest.reasonReference": [{"reference": "Condition/x"}],
    "ServiceRequest.replaces": [{"reference": "ServiceRequest/x"}],
    "PlanDefinition.action.condition": [{"kind": "applicability"}],
    "PlanDefinition.action.trigger": [{"type": "named-event", "name": "x"}],
    "Extension.extension": [{"url": urls.EXT_EDITION, "valueCode": "full"}],
    "extension:episodeOfCare": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare",
            "valueReference": {"reference": "EpisodeOfCare/course"},
        }
    ],
}
# A type that R4 allows there, and the profile does not.
OTHER_TARGETS = {
    "subject": "Group",
    "for": "Group",
    "recipient": "Organization",
    "sender": "Organization",
    "owner": "Organization",
    "who": "Organization",
    "content": "Observation",
    "focus": "Observation",
    "basedOn": "MedicationRequest",
    "reference": "NutritionOrder",
}
OTHER_TYPES = {
    "content": ("contentString", "Læs pjecen"),
    "definition": ("definitionUri", "https://example.org/definition"),
    "occurrence": ("occurrenceTiming", {"event": ["2026-11-23"]}),
    "value": ("valueInteger", 1),
}
# What follows from it is seen first: what is not contained any more is referred to.
ALSO_TOLD = {"CarePlan.contained missing": ("invalid reference",)}
EXTENSION = "Extension"


def broken(folder: Path, examples: Examples) -> Iterator[Broken]:
    """Yield every broken example of the definitions in the folder; `examples` are the good ones."""
    for name, definition in definitions(folder).items():
        for element in definition["differential"]["element"]:
            for what, change in _by_rule(element, _base(definition, element)):
                yield _in_example(name, definition, element, what, change, examples)
    for (profile, key), (name, change) in INVARIANTS.items():
        canonical, good = examples[name]
        label = f"{profile} {key}"
        yield Broken(label, canonical, name, _changed(good, change), (key,))


def definitions(folder: Path) -> dict[str, Json]:
    """Our definitions by their ids."""
    found = (json.loads(p.read_bytes()) for p in sorted(folder.glob("StructureDefinition-*.json")))
    return {definition["id"]: definition for definition in found}


def patch(good: Any, bad: Any, place: str = "") -> Iterator[Json]:
    """Yield what turns the good example into the bad one, as JSON Patch (RFC 6902)."""
    if isinstance(good, dict) and isinstance(bad, dict):
        for key in sorted(good.keys() | bad.keys()):
            at = f"{place}/{key}"
            if key not in bad:
                yield {"op": "remove", "path": at}
            elif key not in good:
                yield {"op": "add", "path": at, "value": bad[key]}
            else:
                yield from patch(good[key], bad[key], at)
    elif isinstance(good, list) and isinstance(bad, list) and len(good) == len(bad):
        for index, pair in enumerate(zip(good, bad, strict=True)):
            yield from patch(*pair, f"{place}/{index}")
    elif good != bad:
        yield {"op": "replace", "path": place, "value": bad}


def _base(definition: Json, element: Json) -> Json:
    """The element in the snapshot, which says what R4 lets it be."""
    return next(e for e in definition["snapshot"]["element"] if e["id"] == element["id"])


def _in_example(
    name: str, definition: Json, element: Json, what: str, change: Change, examples: Examples
) -> Broken:
    of_extension = definition["type"] == EXTENSION
    mine = {
        each: (canonical, good)
        for each, (canonical, good) in examples.items()
        if of_extension or canonical.endswith(f"/{name}")
    }
    url = definition["url"] if of_extension else ""
    chosen = next((n for n, (_, good) in mine.items() if _has(good, element, url)), None)
    chosen = chosen or next(iter(mine))
    canonical, good = mine[chosen]
    label = f"{name} {element['id']} {what}"
    return Broken(
        label, canonical, chosen, _changed(good, _inside(change, url)), _told(element, what)
    )


def _has(good: Json, element: Json, url: str) -> bool:
    if url:
        return any(True for _ in _extensions(good, url))
    *above, last = element["path"].split(".")[1:]
    slice_ = _slice_name(element)
    found = [h[key] for h in _holders(good, above) for key in _keys(h, last)]
    return any(any(_is_slice(e, slice_) for e in each) if slice_ else True for each in found)


def _inside(change: Change, url: str) -> Change:
    """Change the extension of this url wherever it stands, or the resource where it is none."""

    def change_all(resource: Json) -> None:
        for found in list(_extensions(resource, url)):
            change(found)

    return change_all if url else change


def _extensions(node: Any, url: str) -> Iterator[Json]:
    if isinstance(node, dict):
        if node.get("url") == url:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _extensions(each, url)


def _changed(good: Json, change: Change) -> Json:
    bad = copy.deepcopy(good)
    change(bad)
    assert bad != good
    return bad


def _told(element: Json, what: str) -> tuple[str, ...]:
    """What must be named: the element, or the list where one of its slices is at fault.

    Of a type that is not allowed, a validator may name those that are.
    """
    names = [name.partition(":")[0] for name in element["id"].split(".")]
    in_slice = ":" in element["id"].rpartition(".")[0] and what != "other target"
    told = names[-2] if in_slice else names[-1].removesuffix("[x]")
    types = [each["code"] for each in element.get("type", ()) if what == "other type"]
    return (told, *types, *ALSO_TOLD.get(f"{element['id']} {what}", ()))


def _by_rule(element: Json, base: Json) -> Iterator[tuple[str, Change]]:
    if "." not in element["path"] or element["path"] == "Extension.url":
        return
    if element.get("min", 0) > 0:
        yield "missing", _remover(element)
    if element.get("max") == "0":
        yield "too much", _filler(element)
    if element.get("max") == "1" and base["base"]["max"] == "*":
        yield "twice", _doubler(element)
    if ":" not in element["id"] and any(k.startswith(("pattern", "fixed")) for k in element):
        yield "other value", _alterer(element)
    if element.get("binding", {}).get("strength") == "required":
        yield "other code", _alterer(element)
    if any(each["code"] == "Reference" for each in element.get("type", ())):
        yield "other target", _misleader(element)
    if element["path"].endswith("[x]") and "type" in element:
        yield "other type", _retyper(element)


def _remover(element: Json) -> Change:
    *above, last = element["path"].split(".")[1:]
    slice_ = _slice_name(element)

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            for key in _keys(holder, last):
                if slice_ and isinstance(holder[key], list):
                    holder[key] = [e for e in holder[key] if not _is_slice(e, slice_)]
                else:
                    del holder[key]
                    holder.pop(f"_{key}", None)  # its translations say that it is there

    return change


def _filler(element: Json) -> Change:
    *above, last = element["path"].split(".")[1:]

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            holder[last] = FILLERS[element["path"]]

    return change


def _doubler(element: Json) -> Change:
    *above, last = element["path"].split(".")[1:]
    slice_ = _slice_name(element)

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            held = holder.get(last, [])
            same = [e for e in held if not slice_ or _is_slice(e, slice_)]
            more = same or FILLERS.get(f"{last}:{slice_}", []) * 2
            if more:
                holder[last] = [*held, *copy.deepcopy(more)]

    return change


def _alterer(element: Json) -> Change:
    *above, last = element["path"].split(".")[1:]

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            for key in _keys(holder, last):
                holder[key] = _other(holder[key], key)

    return change


def _misleader(element: Json) -> Change:
    """Point to a resource of a type that the profile does not allow there."""
    *above, last = element["path"].removesuffix("[x]").split(".")[1:]
    other = {"reference": f"{OTHER_TARGETS[last]}/other"}
    slices = [name.partition(":")[2] for name in element["id"].split(".")[1:-1]]

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            if any(slices) and not _is_slice(holder, "".join(slices)):
                continue
            key = f"{last}Reference" if element["path"].endswith("[x]") else last
            holder[key] = [other] if isinstance(holder.get(key), list) else other

    return change


def _retyper(element: Json) -> Change:
    *above, last = element["path"].removesuffix("[x]").split(".")[1:]
    allowed = {f"{last}{each['code'].capitalize()}" for each in element["type"]}
    name, value = OTHER_TYPES[last]
    if name in allowed:
        name, value = f"{last}Reference", {"reference": "DocumentReference/other"}

    def change(resource: Json) -> None:
        for holder in _holders(resource, above):
            for key in _keys(holder, f"{last}[x]"):
                del holder[key]
            holder[name] = value

    return change


def _slice_name(element: Json) -> str:
    name: str = element["id"].rpartition(".")[2].partition(":")[2]
    return name


def _is_slice(value: Json, slice_name: str) -> bool:
    """Tell slices apart by what they are patterns of; extensions by the end of their url."""
    told = json.dumps(value)
    signs = {
        "education": "311401005",
        "plan": "education-plan",
        "topic": "education-topic",
        "instruction": "instruction",
        "handout": "handout-assignment",
        "question": "patient-question",
        "author": '"author"',
        "assembler": '"assembler"',
        "edition": "content-edition",
        "sha256": "content-sha256",
        "availability": "handout-availability",
        "acceptance": "goal-acceptance",
        "barrier": "learning-barrier",
        "readiness": "learner-readiness",
        "interpreter": "interpreter-present",
        "minutes": "teaching-minutes",
        "reached": "step-reached",
        "messages": "cqf-messages",
        "pertainsToGoal": "resource-pertainsToGoal",
        "episodeOfCare": "workflow-episodeOfCare",
        "statusReason": "request-statusReason",
    }
    return signs[slice_name] in told


def _other(value: Any, key: str) -> Any:
    lawful = {"status": "on-hold", "intent": "plan", "action": "C", "type": "batch"}
    if isinstance(value, list):
        return [_other(value[0], key), *value[1:]]
    if isinstance(value, str):
        return lawful.get(key, {"kind": "Task", "subjectType": "Group"}.get(key, f"{value}-other"))
    if "coding" in value:
        return {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}
    return value | {"code": "other"}


def _holders(resource: Json, names: list[str]) -> list[Json]:
    found = [resource]
    for name in names:
        inner: list[Any] = []
        for holder in found:
            value = holder.get(name, [])
            inner += value if isinstance(value, list) else [value]
        found = inner
    return found


def _keys(holder: Json, name: str) -> list[str]:
    if name.endswith("[x]"):
        return [key for key in holder if key.startswith(name[:-3])]
    return [name] if name in holder else []
