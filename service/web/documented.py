"""What routes say of themselves, and pieces of it that several share. See web/openapi.py."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint

from service.domain.content import Edition

View = TypeVar("View", bound=Callable[..., Any])

EDITIONS = tuple(edition.value for edition in Edition)

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


class Described(Blueprint):
    """Routes that stand in OpenAPI: each view tells of its operation with `doc`."""

    def __init__(
        self, name: str, import_name: str, *, description: str, url_prefix: str | None = None
    ) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.description = description
        self.routes: list[tuple[str, Any, dict[str, Any]]] = []  # rule, view, Flask's options

    @staticmethod
    def doc(**operation: Any) -> Callable[[View], View]:
        """Mark a view with members of its Operation Object (OpenAPI 3.1)."""

        def mark(view: View) -> View:
            view.operation = getattr(view, "operation", {}) | operation  # type: ignore[attr-defined]
            return view

        return mark

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """As Flask's, and listed."""
        register = super().route(rule, **options)

        def listed(view: View) -> View:
            self.routes.append((rule, view, options))
            return register(view)

        return listed


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
