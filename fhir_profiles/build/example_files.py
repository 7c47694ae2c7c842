"""The examples as files: valid ones whole, invalid ones as what to change in a valid one.

generated/examples/<Type>-<name>.json
generated/invalid/<profile>.json       a list: what it breaks, of which example, the change
                                       (JSON Patch, RFC 6902) and what must be told of it
"""

import json
from collections.abc import Iterator
from pathlib import Path

from fhir_profiles.build.broken import Broken, broken, patch
from fhir_profiles.build.examples import Json, examples, profile
from fhir_profiles.build.terminology import FOLDER, render

# A definition that meets a profile of ours itself.
FORM = ("teach-back", "edu-teach-back-questionnaire", "Questionnaire-teach-back.json")


def valid() -> Iterator[tuple[str, str, Json]]:
    """Yield (name, profile, resource) of every valid example, as it is committed."""
    for name, (canonical, resource) in examples().items():
        yield name, canonical, json.loads((FOLDER / place(name, resource)).read_bytes())
    name, form, file = FORM
    yield name, profile(form), json.loads((FOLDER / file).read_bytes())


def invalid() -> Iterator[Broken]:
    """Yield an example for every constraint, which breaks it."""
    return broken(FOLDER, {name: (canonical, resource) for name, canonical, resource in valid()})


def invalid_by_profile() -> dict[str, list[Json]]:
    """Return what is written of the invalid ones."""
    good = {name: resource for name, _, resource in valid()}
    found: dict[str, list[Json]] = {}
    for each in invalid():
        row = {
            "breaks": each.name,
            "example": each.example,
            "patch": list(patch(good[each.example], each.resource)),
            "complaint": list(each.complaints),
        }
        found.setdefault(each.profile.rpartition("/")[2], []).append(row)
    return found


def place(name: str, resource: Json) -> str:
    """Where a valid example lies in the folder."""
    return f"examples/{resource['resourceType']}-{name}.json"


def write(folder: Path) -> None:
    """Write all of them into this folder; nothing old stays."""
    for kind in ("examples", "invalid"):
        (folder / kind).mkdir(exist_ok=True)
        for old in (folder / kind).glob("*.json"):
            old.unlink()
    for name, (_, resource) in examples().items():
        (folder / place(name, resource)).write_text(render(resource), "utf-8")
    for name, rows in invalid_by_profile().items():
        (folder / "invalid" / f"{name}.json").write_text(render(rows), "utf-8")
