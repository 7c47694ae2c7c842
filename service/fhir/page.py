"""A page of what a search found: FHIR R4 searchset and history Bundles."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.elements import JsonObject, instant
from service.fhir.record import Version
from service.fhir.search import Query
from service.fhir.search_parameters import PARAMETERS
from service.fhir.search_values import values

_TABLE = Path(__file__).with_name("r4_summary.json")
# R4 2.1.0.2: says that this is not all there is of the resource.
SUBSETTED: JsonObject = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown now: matches, what was included with them, and where it goes on."""

    matches: tuple[Version, ...]
    included: tuple[Version, ...] = ()
    total: int | None = None
    more: bool = False


def to_page(query: Query, page: Page, base: str, links: Mapping[str, str]) -> JsonObject:
    """Return the searchset; `base` is the address of the façade, `links` by their relation."""
    bundle: JsonObject = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
    }
    if page.total is not None:
        bundle["total"] = page.total
    if query.summary == "count":
        return bundle
    entries = [_entry(each, "match", query, base) for each in page.matches]
    entries += [_entry(each, "include", query, base) for each in page.included]
    if query.ignored:
        entries.append({"resource": _ignored(query), "search": {"mode": "outcome"}})
    if entries:  # R4 has no empty lists
        bundle["entry"] = entries
    return bundle


def to_history(versions: Sequence[Version], base: str) -> JsonObject:
    """Return the versions of one resource as a history Bundle, the newest first."""
    return {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "entry": [
            {
                "fullUrl": f"{base}/{version.name}",
                "resource": version.resource,
                "request": {
                    "method": "POST" if place == 0 else "PUT",
                    "url": version.name.partition("/")[0] if place == 0 else version.name,
                },
                "response": {
                    "status": "201" if place == 0 else "200",
                    "etag": f'W/"{version.number}"',
                    "lastModified": instant(version.at),
                },
            }
            for place, version in reversed(list(enumerate(versions)))
        ],
    }


def included(
    query: Query, matches: Iterable[Version], near: Mapping[str, Version]
) -> tuple[Version, ...]:
    """Return what `_include` and `_revinclude` add, each once and never a match again.

    `near` are the resources of the plans that the matches belong to.
    """
    matched = {version.name: None for version in matches}  # in their order
    found: dict[str, Version] = {}
    for pointer in query.include:
        for name in matched:
            for target in _targets(near[name], pointer):
                if target in near:
                    found[target] = near[target]
    for pointer in query.revinclude:
        for version in near.values():
            if matched.keys() & set(_targets(version, pointer)):
                found[version.name] = version
    return tuple(version for name, version in found.items() if name not in matched)


def trimmed(resource: JsonObject, query: Query) -> JsonObject:
    """Return what `_summary` or `_elements` leaves of a resource, tagged as not the whole."""
    if query.summary == "false" and not query.elements:
        return resource
    kept = {"resourceType", "id", "meta"} | _kept(str(resource["resourceType"]), query)
    if query.summary == "data":
        kept = set(resource) - {"text"}
    meta = resource.get("meta")
    tagged = dict(meta) if isinstance(meta, dict) else {}
    tagged["tag"] = [*tagged.get("tag", ()), SUBSETTED]
    small = {key: value for key, value in resource.items() if key.lstrip("_") in kept}
    return small | {"meta": tagged}


def _kept(resource_type: str, query: Query) -> set[str]:
    known = _summary_table()[resource_type]
    if query.elements:
        return {*query.elements, *known["required"]}
    return {*known["required"], "text"} if query.summary == "text" else set(known["summary"])


@cache
def _summary_table() -> dict[str, dict[str, list[str]]]:
    """R4's own marks of what belongs to a summary: fhir_profiles/build/r4_summary.py."""
    table: dict[str, dict[str, list[str]]] = json.loads(_TABLE.read_bytes())
    return table


def _targets(version: Version, pointer: str) -> list[str]:
    resource_type, _, name = pointer.partition(":")
    if not version.name.startswith(f"{resource_type}/"):
        return []
    return [
        str(value.get("reference", ""))
        for path in PARAMETERS[resource_type][name].paths
        for value in values(version.resource, path)
    ]


def _entry(version: Version, mode: str, query: Query, base: str) -> JsonObject:
    return {
        "fullUrl": f"{base}/{version.name}",
        "resource": trimmed(version.resource, query),
        "search": {"mode": mode},
    }


def _ignored(query: Query) -> JsonObject:
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "warning",
                "code": "not-supported",
                "details": {
                    "coding": [{"system": f"{urls.BASE}/CodeSystem/error", "code": "invalid-field"}]
                },
                "diagnostics": f"{len(query.ignored)} unknown parameter(s) were ignored, as "
                "asked for by `Prefer: handling=lenient`.",
            }
        ],
    }
