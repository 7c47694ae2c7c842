"""The API as OpenAPI 3.1, of what the routes say of themselves.

flask-smorest and marshmallow, which write it, are loaded when it is first asked for: a
worker that only makes plans needs neither, and a start does not wait for them.
"""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint

from service import __version__
from service.web import schemas, visit_schemas
from service.web.documented import Described

_ABOUT = {
    "info": {
        "description": "An encounter in, an education plan out, documented as FHIR. "
        "Every route but the public ones needs a bearer token.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "security": [{"bearer": []}],
    "components": {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    },
}


def describe(rooms: Iterable[Described]) -> dict[str, Any]:
    """Return the document that describes the routes of these rooms."""
    app = Flask(__name__)  # answers nobody: flask-smorest reads the routes off it
    app.config.update(
        API_TITLE="Education plan service",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS=_ABOUT,
    )
    api = Api(app)
    _name_schemas(api)
    for room in rooms:
        blp = Blueprint(
            room.name, __name__, url_prefix=room.url_prefix, description=room.description
        )
        for rule, view, options in room.routes:
            blp.route(rule, **options)(blp.doc(**view.operation)(view))
        api.register_blueprint(blp)
    document: dict[str, Any] = api.spec.to_dict()
    return document


def _name_schemas(api: Api) -> None:
    for schema in (
        schemas.EncounterSchema,
        schemas.PlanSchema,
        schemas.PlanListSchema,
        schemas.ProblemSchema,
        schemas.NoteSchema,
        schemas.DeliveriesSchema,
        visit_schemas.GoalSchema,
        visit_schemas.GoalChangeSchema,
        visit_schemas.CorrectionSchema,
        visit_schemas.CloseSchema,
        visit_schemas.TeachingsSchema,
        visit_schemas.AssignmentSchema,
        visit_schemas.ReceiptSchema,
    ):
        api.spec.components.schema(schema.__name__.removesuffix("Schema"), schema=schema)
    for name in ("Pack", "PackList"):
        api.spec.components.schema(name, {"type": "object"})
