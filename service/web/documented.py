"""Pieces of OpenAPI that several routes share."""

from typing import Any

PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
}
BUNDLE = {
    "application/fhir+json": {
        "schema": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string", "enum": ["Bundle"]}},
            "description": "FHIR R4 transaction Bundle",
        }
    }
}


def as_json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def takes(schema: str, example: dict[str, Any]) -> dict[str, Any]:
    """Return the `requestBody` of an operation that takes JSON of this shape."""
    content = {name: shape | {"example": example} for name, shape in as_json(schema).items()}
    return {"requestBody": {"required": True, "content": content}}


def answers(**by_status: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the `responses` of an operation: `_200=("what", content)`, and every error."""
    stated = {
        name.removeprefix("_"): {"description": description, "content": content}
        for name, (description, content) in by_status.items()
    }
    errors = {"default": {"description": "What is wrong, where, and the mend", "content": PROBLEM}}
    return {"responses": stated | errors}


def parameter(
    name: str, meaning: str, schema: dict[str, Any], where: str = "query"
) -> dict[str, Any]:
    return {"name": name, "in": where, "description": meaning, "schema": schema}
