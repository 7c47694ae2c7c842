"""What the service is measured against, kept as code and never bettered."""

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

# A real answer of the service: the baselines answer as many bytes.
ANSWER = json.loads((Path(__file__).parent / "data" / "answer.json").read_text())
BODY = json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":")).encode()
ROW = "x" * 230


def hello(folder: Path) -> Flask:  # noqa: ARG001
    """Flask and a constant body."""
    app = Flask(__name__)

    @app.post("/")
    def answer() -> Response:
        return Response(BODY, mimetype="application/fhir+json")

    return app


def constant(folder: Path) -> Flask:
    """Flask and constant bodies, as large as a handout's page and PDF (in the folder)."""
    app = Flask(__name__)
    kinds = {"page": "text/html", "pdf": "application/pdf"}
    bodies = {name: (folder / name).read_bytes() for name in kinds}

    @app.get("/<name>")
    def answer(name: str) -> Response:
        return Response(bodies[name], mimetype=kinds[name])

    @app.post("/")
    def warm() -> Response:
        return Response(BODY, mimetype="application/fhir+json")

    return app


def bare_commit(folder: Path) -> Flask:
    """Flask, one durable row through the service's own writer, and a constant body."""
    engine = _engine(folder / "bare.sqlite", "bare (id TEXT PRIMARY KEY, row TEXT)")
    app = Flask(__name__)

    @app.post("/")
    def answer() -> Response:
        request.get_data(cache=False)
        with engine.writing() as connection:
            connection.execute("INSERT INTO bare VALUES (?, ?)", (uuid.uuid4().hex, ROW))
        return Response(BODY, mimetype="application/fhir+json")

    return app


def naive(folder: Path) -> Flask:
    """The main job as one would write it first: fhir.resources in and out, per request.

    The same resources with the same content as the service answers, each made and checked
    as an object and written once; stored in one commit as durable as the service's. It
    knows one code, and has no token, no course of visits, no audit and no outbox.
    """
    from fhir.resources.R4B.bundle import Bundle

    engine = _engine(folder / "naive.sqlite", "plan (id TEXT PRIMARY KEY, bundle BLOB)")
    app = Flask(__name__)

    @app.post("/")
    def answer() -> Response:
        posted = Bundle.model_validate_json(request.get_data())
        found = {entry.resource.get_resource_type(): entry.resource for entry in posted.entry}
        if "18347007" not in [coding.code for coding in found["Condition"].code.coding]:
            return Response(status=422)
        plan = str(uuid.uuid4())
        content = _answer_for(found, plan)
        bundle = Bundle.model_validate(content).model_dump_json().encode()
        with engine.writing() as connection:
            connection.execute("INSERT INTO plan VALUES (?, ?)", (plan, bundle))
        return Response(bundle, 201, mimetype="application/fhir+json")

    return app


def _answer_for(found: dict[str, Any], plan: str) -> dict[str, Any]:
    """The answer with this patient, encounter and condition, and urns of its own."""
    content = json.loads(BODY)
    old = {entry["fullUrl"]: f"urn:uuid:{uuid.uuid4()}" for entry in content["entry"]}
    careplan = content["entry"][0]["resource"]
    old[careplan["subject"]["reference"]] = f"Patient/{found['Patient'].id}"
    old[careplan["encounter"]["reference"]] = f"Encounter/{found['Encounter'].id}"
    old[careplan["addresses"][0]["reference"]] = f"Condition/{found['Condition'].id}"
    old[content["entry"][0]["fullUrl"]] = f"urn:uuid:{plan}"

    def renew(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renew(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [renew(inner) for inner in value]
        return old.get(value, value) if isinstance(value, str) else value

    renewed: dict[str, Any] = renew(content)
    return renewed


def _engine(path: Path, table: str) -> Any:
    from service.store.sqlite import SqliteEngine

    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
    connection.close()
    return SqliteEngine(path)
