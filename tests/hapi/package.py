"""Our FHIR package as the tests at the real record see it: definitions, and which fits what."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fhir_profiles" / "generated"

DEFINITIONS = {
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "SearchParameter",
    "OperationDefinition",
    "CapabilityStatement",
    "Questionnaire",
}


def definitions() -> Mapping[str, Resource]:
    """Every definition of the package by `Type/id`."""
    found = (json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json")))
    return {f"{r['resourceType']}/{r['id']}": r for r in found if r["resourceType"] in DEFINITIONS}


def put_into(folder: Path) -> Path:
    """Write the definitions of the package into a folder, and return it."""
    for name, definition in definitions().items():
        (folder / f"{name.replace('/', '-')}.json").write_text(json.dumps(definition))
    return folder
