"""Our FHIR package as the tests at the real record see it: definitions, and which fits what."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fhir_profiles.build import profiles

Resource = dict[str, Any]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fhir_profiles" / "generated"

EXTENSIONS = "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1"
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
    """Write the definitions of the package into a folder, and return it.

    With them goes what the package borrows of HL7's extensions, which HAPI does not bring.

    Raises:
        fhir_profiles.build.profiles.Unavailable: npm or its registry is out of reach.
    """
    for name, definition in definitions().items():
        (folder / f"{name.replace('/', '-')}.json").write_text(json.dumps(definition))
    borrowed = (
        profiles.packages() / EXTENSIONS / "package" / "StructureDefinition-cqf-messages.json"
    )
    shutil.copy(borrowed, folder)
    return folder
