"""The fields of every route, read from the routes' own shapes, so that a new one is noticed.

A field is named by route and place, as `POST /api/v1/plans/{plan_id}/goals#/steps/0/text`.
"""

import re
from collections.abc import Iterator
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
_CLOSED = ("enum", "pattern", "format", "const")
_ARGUMENT = re.compile(r"<(?:[a-z]+:)?([a-z0-9_]+)>")


def open_fields(document: dict[str, Any]) -> set[str]:
    """The fields of all bodies in an OpenAPI document that take any words."""
    return {name for name, schema in _fields(document) if not _is_closed(schema)}


def limits(document: dict[str, Any]) -> dict[str, int]:
    """How many characters the open fields of a document take, those that say so."""
    return {
        name: schema["maxLength"] for name, schema in _fields(document) if "maxLength" in schema
    }


def closed_fields(document: dict[str, Any]) -> set[str]:
    """Those that take codes, ids, dates and the like only."""
    return {name for name, schema in _fields(document) if _is_closed(schema)}


def asked_fields(document: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Method, address, place and name of each parameter: of address, query and header."""
    return {
        (method.upper(), path, each["in"], each["name"])
        for path, method, operation in _operations(document)
        for each in operation.get("parameters", ())
    }


def addresses(app: Any, *methods: str) -> list[tuple[str, str]]:
    """Method and address of each route of these methods, arguments as `{name}`."""
    return sorted(
        (method, _ARGUMENT.sub(r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & set(methods)
    )


def _is_closed(schema: dict[str, Any]) -> bool:
    return any(word in schema for word in _CLOSED)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def _fields(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method, operation in _operations(document):
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/fhir+json":
                continue  # R4's own shapes: tests/safety/test_told_by_the_record.py
            for place, schema in _leaves(document, media["schema"], ""):
                yield f"{method.upper()} {path}#{place}", schema


def _leaves(
    document: dict[str, Any], schema: dict[str, Any], place: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _leaves(document, document["components"]["schemas"][name], place)
    for either in ("oneOf", "anyOf", "allOf"):
        for each in schema.get(either, ()):
            yield from _leaves(document, each, place)
    kinds = schema.get("type", "string" if "enum" in schema else "")
    if "object" in kinds and not schema.get("properties"):
        yield f"{place}/*", {}
    elif "object" in kinds:
        for name, inner in schema.get("properties", {}).items():
            yield from _leaves(document, inner, f"{place}/{name}")
    elif "array" in kinds:
        yield from _leaves(document, schema.get("items", {}), f"{place}/0")
    elif "string" in kinds:
        yield place, schema
