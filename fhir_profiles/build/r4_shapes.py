"""Generates the tables of R4 in service/fhir/ from the official R4 4.0.1 definitions.

    python fhir_profiles/build/r4_shapes.py PACKAGE

    r4_shapes.json          the types that are taken in, read at every start
    r4_facade_shapes.json   these and the types that are given out, read by $validate only

PACKAGE is the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0): the .tgz, or the folder
it was unpacked into. It holds every core StructureDefinition, ValueSet and CodeSystem.
The same package always gives the same bytes.
"""

import json
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

Json = dict[str, Any]

INBOUND = (
    "Bundle",
    "Condition",
    "Encounter",
    "EpisodeOfCare",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
    "ServiceRequest",
)
GIVEN_OUT = (  # and what R4's own examples of these contain
    "ActivityDefinition",
    "AuditEvent",
    "Binary",
    "CarePlan",
    "CareTeam",
    "Communication",
    "CommunicationRequest",
    "Device",
    "DocumentReference",
    "Goal",
    "Library",
    "Medication",
    "Observation",
    "OperationOutcome",
    "PlanDefinition",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RequestGroup",
    "Specimen",
    "Substance",
    "Task",
    "ValueSet",
)
# The other primitives have no regex in R4, or one that is too wide or that backtracks
# without end (base64Binary): service/fhir/primitives.py checks those in code.
TAKEN_REGEXES = ("date", "dateTime", "id", "instant", "oid", "time", "uuid")
KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
CORE = "http://hl7.org/fhir/StructureDefinition/"
FOLDER = Path(__file__).resolve().parents[2] / "service" / "fhir"
TABLE = FOLDER / "r4_shapes.json"
TABLES = {TABLE: INBOUND, FOLDER / "r4_facade_shapes.json": (*INBOUND, *GIVEN_OUT)}


class Definitions:
    """The definitions of one package, by canonical URL without version."""

    def __init__(self, package: Path) -> None:
        self.by_url: dict[str, Json] = {}
        for name, body in _files(package):
            if name.split("-")[0] in KINDS:
                definition = json.loads(body)
                self.by_url.setdefault(definition.get("url", name), definition)

    def structure(self, type_name: str) -> Json:
        return self.by_url[CORE + type_name]

    def resource_types(self) -> list[str]:
        """Every concrete resource type of R4."""
        return sorted(
            found["type"]
            for found in self.by_url.values()
            if found["resourceType"] == "StructureDefinition"
            and found["kind"] == "resource"
            and found.get("derivation") == "specialization"
            and not found["abstract"]
        )

    def codes(self, value_set: str) -> list[str] | None:
        """Return the codes of a value set; None when they cannot be listed from the package."""
        found = self.by_url.get(value_set.split("|")[0])
        if found is None or "exclude" in found.get("compose", {"exclude": ()}):
            return None
        parts = [self._included(part) for part in found["compose"]["include"]]
        return None if None in parts else list(dict.fromkeys(c for p in parts for c in p or ()))

    def _included(self, part: Json) -> list[str] | None:
        if "filter" in part or ("system" in part and "valueSet" in part):
            return None
        if "concept" in part:
            return [concept["code"] for concept in part["concept"]]
        if "system" in part:
            system = self.by_url.get(part["system"], {})
            whole = system.get("content") == "complete"
            return list(_concepts(system["concept"])) if whole else None
        return self.codes(part["valueSet"][0]) if len(part["valueSet"]) == 1 else None


def _files(package: Path) -> Iterator[tuple[str, bytes]]:
    if package.is_dir():
        for path in sorted(package.rglob("*.json")):
            yield path.name, path.read_bytes()
        return
    with tarfile.open(package) as archive:
        for member in archive:
            body = archive.extractfile(member) if member.name.endswith(".json") else None
            if body:
                yield PurePosixPath(member.name).name, body.read()


def _concepts(concepts: Iterable[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _concepts(concept.get("concept", ()))


class Table:
    """Collects the types, codes and regexes that these resources reach."""

    def __init__(self, definitions: Definitions, resources: Sequence[str]) -> None:
        self.definitions = definitions
        self.resources = resources
        self.types: dict[str, Json] = {}
        self.codes: dict[str, list[str]] = {}
        self.regexes: dict[str, str] = {}
        # Siblings such as `_birthDate` are plain Elements: id and extension.
        waiting = [*resources, "Element"]
        while waiting:
            name = waiting.pop()
            if name not in self.types and name not in self.regexes:
                waiting += self._add(name)

    def _add(self, name: str) -> list[str]:
        structure = self.definitions.structure(name)
        if structure["kind"] == "primitive-type":
            if name in TAKEN_REGEXES:
                self.regexes[name] = _regex(structure)
            return []
        if structure["kind"] == "resource" and structure["abstract"]:
            return []
        reached: list[str] = []
        self.types[name] = self._children(structure["snapshot"]["element"], name, reached)
        return reached

    def _children(self, elements: list[Json], parent: str, reached: list[str]) -> Json:
        """Return the children of `parent` by their JSON name, backbone elements inline."""
        children: Json = {}
        for element in elements:
            above, _, name = element["path"].rpartition(".")
            if above != parent or element["max"] == "0":
                continue
            for type_ in element.get("type", [{}]):
                child = _how_many(element)
                json_name = name
                if name.endswith("[x]"):
                    child["choice"] = name
                    json_name = name[:-3] + type_["code"][0].upper() + type_["code"][1:]
                # Bundle.entry.link is written once, as Bundle.link.
                if "contentReference" in element:
                    child["same"] = element["contentReference"].removeprefix("#")
                elif any(e["path"].startswith(element["path"] + ".") for e in elements):
                    child["of"] = self._children(elements, element["path"], reached)
                else:
                    child |= self._typed(element, type_)
                    reached.append(child["type"])
                children[json_name] = child
        return children

    def _typed(self, element: Json, type_: Json) -> Json:
        name = _type_name(element["path"], type_, self.resources)
        typed: Json = {"type": name}
        if str(type_["code"]).endswith("System.String") and name != "id":
            typed["plain"] = True  # a bare string that has no `_name` sibling
        targets = [target.removeprefix(CORE) for target in type_.get("targetProfile", ())]
        if name == "Reference" and targets and "Resource" not in targets:
            typed["targets"] = sorted(targets)
        binding = element.get("binding", {})
        if name == "code" and binding.get("strength") == "required":
            value_set = binding["valueSet"].split("|")[0]
            codes = self.definitions.codes(value_set)
            if codes:
                typed["codes"] = value_set.rpartition("/")[2]
                self.codes[typed["codes"]] = codes
        return typed


def _how_many(element: Json) -> Json:
    child: Json = {}
    if element["min"]:
        child["min"] = element["min"]
    if element["max"] != "1":
        child["many"] = True
    return child


def _type_name(path: str, type_: Json, resources: Sequence[str]) -> str:
    if path.endswith(".id") and path.count(".") == 1 and path.split(".")[0] in resources:
        # The definitions say "string" here by mistake; R4 Resource.id is of type id.
        return "id"
    for extension in type_.get("extension", ()):
        if extension["url"] == FHIR_TYPE:
            return str(extension["valueUrl"])
    # Narrative.div and the like name their own type; System.String only stands for values.
    code = str(type_["code"])
    return "string" if code.endswith("System.String") else code


def _regex(structure: Json) -> str:
    value = next(e for e in structure["snapshot"]["element"] if e["path"].endswith(".value"))
    extensions = value["type"][0]["extension"]
    return str(next(e["valueString"] for e in extensions if e["url"] == REGEX))


def render(package: Path, resources: Sequence[str]) -> str:
    """Return the table as JSON with one line for each type, code set and regex."""
    definitions = Definitions(package)
    table = Table(definitions, resources)
    parts = {
        "regexes": _lines(table.regexes),
        "codes": _lines(table.codes),
        "types": _lines(table.types),
    }
    body = ",\n".join(f'"{name}":{{\n{lines}\n}}' for name, lines in parts.items())
    inbound = _compact(list(resources))
    known = _compact(definitions.resource_types())
    return f'{{"fhirVersion":"4.0.1",\n"inbound":{inbound},\n"resources":{known},\n{body}}}\n'


def _lines(entries: Json) -> str:
    return ",\n".join(f"{_compact(key)}:{_compact(entries[key])}" for key in sorted(entries))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    for target, types in TABLES.items():
        target.write_text(render(Path(sys.argv[1]), types), encoding="utf-8")
