"""The ImplementationGuide: the table of contents of the package, made from what is in it.

python fhir_profiles/build/guide.py
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir_profiles.build.example_files import place, valid
from fhir_profiles.build.terminology import FOLDER, render
from service import __version__
from service.fhir import urls

Json = dict[str, Any]

PACKAGE = "education-plan.fhir"
FILE = f"ImplementationGuide-{PACKAGE}.json"
DEPENDS_ON = [
    {
        "uri": "http://terminology.hl7.org/ImplementationGuide/hl7.terminology",
        "packageId": "hl7.terminology.r4",
        "version": "7.0.1",
    },
    {
        "uri": "http://hl7.org/fhir/extensions/ImplementationGuide/hl7.fhir.uv.extensions",
        "packageId": "hl7.fhir.uv.extensions.r4",
        "version": "5.3.0-ballot-tc1",
    },
]


def guide(folder: Path) -> Json:
    """Return the guide of the definitions and examples in this folder."""
    return {
        "resourceType": "ImplementationGuide",
        "id": PACKAGE,
        "url": f"{urls.BASE}/ImplementationGuide/{PACKAGE}",
        "version": __version__,
        "name": "EducationPlan",
        "title": "Education plan",
        "status": "draft",
        "experimental": False,
        "publisher": "The education-plan service project",
        "description": "Patient education planned, taught and understood.",
        "packageId": PACKAGE,
        "license": "Apache-2.0",
        "fhirVersion": ["4.0.1"],
        "dependsOn": DEPENDS_ON,
        "definition": {"resource": [*_definitions(folder), *_examples(folder)]},
    }


def write(folder: Path) -> None:
    """Write the guide into this folder."""
    (folder / FILE).write_text(render(guide(folder)), "utf-8")


def _definitions(folder: Path) -> Iterator[Json]:
    for path in sorted(folder.glob("*.json")):
        if path.name != FILE:
            found = json.loads(path.read_bytes())
            yield _row(found, found.get("title", found["name"])) | {"exampleBoolean": False}


def _examples(folder: Path) -> Iterator[Json]:
    for name, profile, resource in valid():
        if (folder / place(name, resource)).exists():  # a definition is no example beside itself
            yield _row(resource, name) | {"exampleCanonical": profile}


def _row(resource: Json, name: str) -> Json:
    return {
        "reference": {"reference": f"{resource['resourceType']}/{resource['id']}"},
        "name": name,
    }


if __name__ == "__main__":
    write(FOLDER)
