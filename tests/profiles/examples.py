"""The examples as the tests take them: those that are good, and those that are not."""

import json
from collections.abc import Iterator
from typing import Any

from fhir_profiles.build.examples import examples
from fhir_profiles.build.profiles import GENERATED
from tests.profiles.broken import broken

Json = dict[str, Any]


def valid_examples() -> Iterator[tuple[str, str, Json]]:
    """Yield (name, profile, resource) of every example, as it is committed."""
    for name, (profile, resource) in examples().items():
        path = GENERATED / "examples" / f"{resource['resourceType']}-{name}.json"
        yield name, profile, json.loads(path.read_bytes())


def broken_examples() -> Iterator[tuple[str, str, Json, str]]:
    """Yield (name, profile, resource, what must be complained of) for every constraint."""
    good = {name: (profile, resource) for name, profile, resource in valid_examples()}
    for each in broken(good):
        yield each.name, each.profile, each.resource, each.complaint
