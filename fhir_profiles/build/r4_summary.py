"""Generates service/fhir/r4_summary.json: which elements R4 counts to a summary of a resource.

    python fhir_profiles/build/r4_summary.py PACKAGE

PACKAGE is the npm package `hl7.fhir.r4.examples` 4.0.1, as for r4_shapes.py. For each type
of the façade: `summary`, the top-level elements that are marked `isSummary`, and `required`,
those that must be there and so stay in every subset (R4 3.1.1.5.8).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from fhir_profiles.build.r4_shapes import FOLDER, Definitions  # noqa: E402
from service.fhir.served import SERVED  # noqa: E402

TABLE = FOLDER / "r4_summary.json"


def render(package: Path) -> str:
    """Return the table as JSON, a line for each type."""
    definitions = Definitions(package)
    lines = (f'"{name}":{json.dumps(_row(definitions, name))}' for name in sorted(SERVED))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _row(definitions: Definitions, name: str) -> dict[str, list[str]]:
    elements = [
        element
        for element in definitions.structure(name)["snapshot"]["element"]
        if element["path"].count(".") == 1
    ]
    required = [each for e in elements if e["min"] for each in _names(e)]
    summary = [each for e in elements if e.get("isSummary") for each in _names(e)]
    return {"summary": list(dict.fromkeys([*summary, *required])), "required": required}


def _names(element: dict[str, Any]) -> Iterator[str]:
    """The JSON names: `effective[x]` may be effectiveDateTime, effectivePeriod, …"""
    name = element["path"].partition(".")[2]
    if not name.endswith("[x]"):
        yield name
        return
    for type_ in element["type"]:
        yield name[:-3] + type_["code"][0].upper() + type_["code"][1:]


if __name__ == "__main__":
    TABLE.write_text(render(Path(sys.argv[1])), encoding="utf-8")
