"""Every constraint of our profiles, each with an example that breaks it and nothing else.

What can be broken by rule (missing, too many, another value, another code) is derived from
the differentials, so that no constraint is without its example. Invariants are broken by
hand, in `INVARIANTS`.
"""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fhir_profiles.build.profiles import GENERATED
from service.fhir import urls
from service.fhir.fut import EHEALTH

Json = dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """A way to break an example; `complaint` must stand in what is complained of."""

    name: str
    profile: str
    resource: Json
    complaint: str


# What is put where nothing may stand.
FILLERS: dict[str, Any] = {
    "CarePlan.activity.detail": {"status": "not-started"},
    "CarePlan.basedOn": [{"reference": "CarePlan/x"}],
    "CarePlan.goal": [{"reference": "Goal/x"}],
    "CarePlan.replaces": [{"reference": "CarePlan/x"}],
    "CarePlan.activity.reference": {"reference": "ServiceRequest/x"},
    "ServiceRequest.basedOn": [{"reference": "ServiceRequest/x"}],
    "ServiceRequest.replaces": [{"reference": "ServiceRequest/x"}],
    "PlanDefinition.action.condition": [{"kind": "applicability"}],
    "PlanDefinition.action.trigger": [{"type": "named-event", "name": "x"}],
}
EDITION = urls.EXT_EDITION
SHA = urls.EXT_SHA256


def _change(**more: Any) -> Callable[[Json], None]:
    return lambda resource: resource.update(more)


def _drop(name: str, **more: Any) -> Callable[[Json], None]:
    def change(resource: Json) -> None:
        resource.pop(name, None)
        resource.update(more)

    return change


def _bad_sha(resource: Json) -> None:
    attachment = resource["content"][0]["attachment"]
    attachment["extension"] = [{"url": SHA, "valueString": "ABC"}]


def _without_sha_value(resource: Json) -> None:
    attachment = resource["content"][0]["attachment"]
    attachment["extension"] = [{"url": SHA}]


def _bad_edition(resource: Json) -> None:
    resource["extension"] = [{"url": EDITION, "valueCode": "short"}]


def _first_code_of_snomed(resource: Json) -> None:
    resource["code"]["coding"] = resource["code"]["coding"][::-1]


def _unconditional(resource: Json) -> None:
    del resource["entry"][0]["request"]["ifNoneExist"]


def _second_plan(resource: Json) -> None:
    resource["entry"].append(copy.deepcopy(resource["entry"][0]))


def _not_contained(resource: Json) -> None:
    resource["activity"][0]["reference"]["reference"] = "RequestGroup/1"


def _plan_in_activity(resource: Json) -> None:
    resource["activity"][0]["reference"] = {"reference": "CarePlan/other"}


def _without_their_codes(resource: Json) -> None:
    resource["code"]["coding"].pop()


def _without_their_type(resource: Json) -> None:
    resource["type"]["coding"].pop()


def _without_their_category(resource: Json) -> None:
    resource["category"][0]["coding"].pop()


def _without_their_extensions(resource: Json) -> None:
    resource["extension"] = [e for e in resource["extension"] if EHEALTH not in e["url"]]


# Invariant: the example it is broken in, and how.
INVARIANTS: dict[tuple[str, str], tuple[str, Callable[[Json], None]]] = {
    ("edu-careplan", "edu-canonical"): (
        "plan-active",
        _change(instantiatesCanonical=["https://x/PlanDefinition/y"]),
    ),
    ("edu-careplan", "edu-cp-1"): ("plan-active", _drop("period")),
    ("edu-careplan", "edu-cp-2"): ("plan-active", _change(intent="proposal")),
    ("edu-careplan", "edu-cp-3"): ("plan-active", _plan_in_activity),
    ("edu-careplan-inline", "edu-canonical"): (
        "plan-inline",
        _change(instantiatesCanonical=["https://x/PlanDefinition/y"]),
    ),
    ("edu-careplan-inline", "edu-cp-1"): ("plan-inline", _drop("period")),
    ("edu-applied-careplan", "edu-canonical"): (
        "plan-applied",
        _change(instantiatesCanonical=["https://x/PlanDefinition/y"]),
    ),
    ("edu-applied-careplan", "edu-ap-1"): ("plan-applied", _not_contained),
    ("edu-topic-request", "edu-canonical"): (
        "topic-planned",
        _change(instantiatesCanonical=["https://x/ActivityDefinition/y"]),
    ),
    ("edu-topic-request", "edu-sr-1"): ("topic-planned", _change(status="draft")),
    ("edu-topic-request", "edu-sr-2"): (
        "topic-planned",
        _change(basedOn=[{"reference": "CarePlan/1"}]),
    ),
    ("edu-topic-request", "edu-sr-3"): ("topic-planned", _change(status="revoked")),
    ("edu-topic-request", "edu-sr-4"): ("topic-planned", _first_code_of_snomed),
    ("edu-topic-communication-alone", "edu-canonical"): (
        "taught",
        _change(instantiatesCanonical=["https://x/ActivityDefinition/y"]),
    ),
    ("edu-topic-communication-alone", "edu-com-1"): (
        "taught-alone",
        _change(statusReason={"text": "x"}),
    ),
    ("edu-topic-communication-alone", "edu-com-2"): ("taught-alone", _drop("sender")),
    ("edu-topic-communication", "edu-com-3"): (
        "taught",
        _change(basedOn=[{"reference": "Goal/1"}]),
    ),
    ("edu-handout-communication", "edu-han-1"): (
        "handout-assigned",
        _change(recipient=[{"reference": "Patient/other"}]),
    ),
    ("edu-handout-communication", "edu-han-2"): ("handout-assigned", _change(status="stopped")),
    ("edu-handout", "edu-doc-1"): (
        "handout-general",
        _change(subject={"reference": "Patient/anna"}),
    ),
    ("edu-goal", "edu-goal-2"): ("goal-active", _change(lifecycleStatus="cancelled")),
    ("edu-goal", "edu-goal-3"): ("goal-active", _change(lifecycleStatus="completed")),
    ("edu-goal", "edu-goal-4"): ("goal-achieved", _change(lifecycleStatus="proposed")),
    ("edu-teach-back", "edu-tb-1"): (
        "teach-back-partial",
        _change(basedOn=[{"reference": "Goal/1"}]),
    ),
    ("edu-visit-observation-alone", "edu-vo-1"): ("mood-alone", _drop("meta")),
    ("edu-note", "edu-note-1"): ("note", _change(securityLabel=[{"text": "open"}])),
    ("edu-procedure", "edu-canonical"): (
        "procedure",
        _change(instantiatesCanonical=["https://x/ActivityDefinition/y"]),
    ),
    ("edu-procedure", "edu-pro-1"): ("procedure", _drop("performedDateTime")),
    ("edu-procedure", "edu-pro-2"): ("procedure-not-done", _drop("statusReason")),
    ("edu-topic-request-fut", "edu-fut-1"): ("topic-fut", _without_their_codes),
    ("edu-topic-request-fut", "edu-fut-2"): ("topic-fut", _without_their_extensions),
    ("edu-handout-fut", "edu-fut-3"): ("handout-fut", _without_their_type),
    ("edu-handout-fut", "edu-fut-4"): ("handout-fut", _without_their_category),
    ("edu-handout-communication-fut", "edu-fut-5"): (
        "handout-assigned-fut",
        _without_their_extensions,
    ),
    ("edu-handout-communication-fut", "edu-fut-6"): (
        "handout-assigned-fut",
        _without_their_category,
    ),
    ("edu-provenance", "edu-prov-1"): ("provenance", _change(meta={"tag": [{"code": "x"}]})),
    ("edu-transaction-bundle", "edu-bun-1"): ("bundle", _unconditional),
    ("edu-transaction-bundle", "edu-bun-2"): ("bundle", _second_plan),
    ("content-sha256", "edu-sha"): ("handout-general", _bad_sha),
}
# Constraints of extensions, broken in a resource that carries them.
EXTENSIONS: dict[str, tuple[str, Callable[[Json], None], str]] = {
    "content-edition value": ("plan-active", _bad_edition, "short"),
    "content-sha256 value": ("handout-general", _without_sha_value, "value"),
}
# pyrofile 0.3.0 looks into no extension of ours, and counts every extension to each slice.
# HL7's validator refuses these (tests/hapi/test_examples.py).
NOT_SEEN_BY_PYROFILE = {
    "edu-topic-request ServiceRequest.extension:edition missing",
    "edu-topic-request-fut ServiceRequest.extension:episodeOfCare missing",
    "edu-handout-communication-fut Communication.extension:episodeOfCare missing",
    "content-sha256 edu-sha",
    "content-edition value",
}
# Warnings are not refused: a goal may be set before its date is agreed.
WARNINGS = {("edu-goal", "edu-goal-1")}


def broken(examples: dict[str, tuple[str, Json]]) -> Iterator[Broken]:
    """Yield every broken example; `examples` are the good ones by their id."""
    first: dict[str, tuple[str, Json]] = {}
    for name, (canonical, resource) in examples.items():
        first.setdefault(canonical.rpartition("/")[2], (name, resource))
    for profile, differential in differentials().items():
        if profile not in first:
            continue
        canonical = f"{urls.BASE}/StructureDefinition/{profile}"
        for what, element, change in _by_rule(differential):
            resource = copy.deepcopy(first[profile][1])
            change(resource)
            names = [name.partition(":")[0] for name in element["id"].split(".")[1:]]
            in_slice = ":" in element["id"].rpartition(".")[0]
            told = names[-2] if in_slice else names[-1].removesuffix("[x]")
            yield Broken(f"{profile} {element['id']} {what}", canonical, resource, told)
    for (profile, key), (name, change) in INVARIANTS.items():
        yield _by_hand(examples, f"{profile} {key}", name, change, key)
    for label, (name, change, complaint) in EXTENSIONS.items():
        yield _by_hand(examples, label, name, change, complaint)


def _by_hand(
    examples: dict[str, tuple[str, Json]],
    label: str,
    name: str,
    change: Callable[[Json], None],
    complaint: str,
) -> Broken:
    canonical, good = examples[name]
    resource = copy.deepcopy(good)
    change(resource)
    return Broken(label, canonical, resource, complaint)


def differentials() -> dict[str, list[Json]]:
    """The elements that each of our definitions changes, by the definition's id."""
    found = {}
    for path in sorted(GENERATED.glob("StructureDefinition-*.json")):
        definition = json.loads(path.read_bytes())
        found[definition["id"]] = definition["differential"]["element"]
    return found


def _by_rule(differential: list[Json]) -> Iterator[tuple[str, Json, Callable[[Json], None]]]:
    for element in differential:
        if "." not in element["path"]:
            continue
        if element.get("min", 0) > 0:
            yield "missing", element, _remover(element)
        if element.get("max") == "0":
            yield "too much", element, _filler(element)
        if ":" not in element["id"] and any(k.startswith(("pattern", "fixed")) for k in element):
            yield "other value", element, _alterer(element)
        if element.get("binding", {}).get("strength") == "required":
            yield "other code", element, _alterer(element)


def _remover(element: Json) -> Callable[[Json], None]:
    names = element["path"].split(".")[1:]
    slice_name = element["id"].rpartition(".")[2].partition(":")[2]

    def change(resource: Json) -> None:
        for holder in _holders(resource, names[:-1]):
            for key in _keys(holder, names[-1]):
                if slice_name and isinstance(holder[key], list):
                    holder[key] = [e for e in holder[key] if not _is_slice(e, slice_name)]
                else:
                    del holder[key]
                    holder.pop(f"_{key}", None)  # its translations say that it is there

    return change


def _is_slice(value: Json, slice_name: str) -> bool:
    """Tell slices apart by what they are patterns of; extensions by the end of their url."""
    told = json.dumps(value)
    signs = {
        "education": "311401005",
        "plan": "education-plan",
        "topic": "education-topic",
        "instruction": "instruction",
        "handout": "handout-assignment",
        "author": '"author"',
        "assembler": '"assembler"',
        "edition": "content-edition",
        "sha256": "content-sha256",
        "episodeOfCare": "workflow-episodeOfCare",
    }
    return signs[slice_name] in told


def _filler(element: Json) -> Callable[[Json], None]:
    names = element["path"].split(".")[1:]

    def change(resource: Json) -> None:
        for holder in _holders(resource, names[:-1]):
            holder[names[-1]] = FILLERS[element["path"]]

    return change


def _alterer(element: Json) -> Callable[[Json], None]:
    names = element["path"].split(".")[1:]

    def change(resource: Json) -> None:
        for holder in _holders(resource, names[:-1]):
            for key in _keys(holder, names[-1]):
                holder[key] = _other(holder[key], key)

    return change


def _other(value: Any, key: str) -> Any:
    lawful = {"status": "on-hold", "intent": "plan", "action": "C", "type": "batch"}
    if isinstance(value, list):
        return [_other(value[0], key), *value[1:]]
    if isinstance(value, str):
        return lawful.get(key, {"kind": "Task"}.get(key, f"{value}-other"))
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
