"""Generates service/fhir/profiles.json: what our profiles ask for, in few words for `$validate`.

    python fhir_profiles/build/profile_table.py

For each profile and extension: its url, its type, its `rules` and its invariants. A rule is of
one element: `at` are the steps to it, each a name or, of a slice, a name and what the slice is
known by. `codes` are of a required binding, by system.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir_profiles.build.broken import definitions
from fhir_profiles.build.terminology import FOLDER, ROOT
from service.fhir import urls

Json = dict[str, Any]

TABLE = ROOT / "service" / "fhir" / "profiles.json"
_R4 = "http://hl7.org/fhir/StructureDefinition/"


def render(folder: Path) -> str:
    """Return the table as JSON, a line for each definition."""
    found = definitions(folder)
    lines = (
        f'"{name}":{json.dumps(_row(each, found, folder), ensure_ascii=False)}'
        for name, each in found.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _row(definition: Json, found: dict[str, Json], folder: Path) -> Json:
    elements = _elements(definition, found)
    return {
        "url": definition["url"],
        "version": definition["version"],
        "type": definition["type"],
        "rules": [rule for each in elements if (rule := _rule(each, elements, folder))],
        "invariants": [c for each in elements for c in _invariants(each)],
    }


def _elements(definition: Json, found: dict[str, Json]) -> list[Json]:
    """Those that the definition changes, after those of the profile of ours it is based on."""
    own: list[Json] = definition["differential"]["element"]
    base = found.get(definition["baseDefinition"].removeprefix(f"{urls.BASE}/StructureDefinition/"))
    return [*_elements(base, found), *own] if base else own


def _rule(element: Json, elements: list[Json], folder: Path) -> Json | None:
    rule: Json = {}
    if element.get("min"):
        rule["min"] = element["min"]
    if element.get("max", "*") != "*":
        rule["max"] = int(element["max"])
    types = element.get("type", [])
    if targets := [t.removeprefix(_R4) for each in types for t in _targets(each)]:
        rule["targets"] = targets
    if types and element["path"].endswith("[x]"):
        rule["types"] = [each["code"] for each in types]
    if pattern := _pattern(element):
        rule["pattern"] = pattern[0]
    if element.get("binding", {}).get("strength") == "required":
        rule["codes"] = _codes(element["binding"]["valueSet"], folder)
    if not rule or "." not in element["path"]:
        return None
    return {"at": list(_steps(element, elements)), **rule}


def _targets(type_: Json) -> list[str]:
    found: list[str] = type_.get("targetProfile", []) if type_["code"] == "Reference" else []
    return found


def _pattern(element: Json) -> list[Any]:
    return [value for key, value in element.items() if key.startswith(("pattern", "fixed"))]


def _steps(element: Json, elements: list[Json]) -> Iterator[str | list[Any]]:
    names = element["id"].split(".")
    for depth in range(1, len(names)):
        name, _, slice_name = names[depth].partition(":")
        yield [name, _sign(".".join(names[: depth + 1]), elements)] if slice_name else name


def _sign(slice_id: str, elements: list[Json]) -> Json:
    """What a slice is known by: an extension by its url, others by their pattern."""
    own = next(each for each in elements if each["id"] == slice_id)
    for type_ in own.get("type", ()):
        if type_["code"] == "Extension":
            return {"url": type_["profile"][0]}
    if pattern := _pattern(own):
        found: Json = pattern[0]
        return found
    inner = {e["id"].removeprefix(f"{slice_id}."): _pattern(e) for e in elements}
    return {name: pattern[0] for name, pattern in inner.items() if "." not in name and pattern}


def _codes(value_set: str, folder: Path) -> dict[str, list[str]]:
    """The codes of a value set of ours that includes whole code systems of ours."""
    included = _read(folder, value_set)["compose"]["include"]
    systems = {each["system"]: _read(folder, each["system"]) for each in included}
    return {url: [c["code"] for c in found["concept"]] for url, found in systems.items()}


def _read(folder: Path, url: str) -> Json:
    kind, name = url.split("/")[-2:]
    found: Json = json.loads((folder / f"{kind}-{name}.json").read_bytes())
    return found


def _invariants(element: Json) -> Iterator[Json]:
    for each in element.get("constraint", ()):
        if each["key"].startswith("edu-"):
            yield {key: each[key] for key in ("key", "severity", "human", "expression")}


if __name__ == "__main__":
    TABLE.write_text(render(FOLDER), "utf-8")
