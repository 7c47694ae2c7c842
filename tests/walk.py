"""Walking through JSON, for tests that look at all of it."""

from collections.abc import Iterator
from typing import Any


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object inside this value, itself first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def references(value: Any) -> set[str]:
    """Every literal reference anywhere inside."""
    found = (each.get("reference") for each in objects(value))
    return {reference for reference in found if isinstance(reference, str)}
