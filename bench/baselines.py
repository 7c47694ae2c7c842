"""What the service is measured against, kept as code and never bettered."""

import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, request

BODY = b'{"resourceType":"Bundle","filler":"' + b"x" * 25_000 + b'"}'
ROW = "x" * 230


def hello(folder: Path) -> Flask:  # noqa: ARG001
    """Flask and a constant body."""
    app = Flask(__name__)

    @app.post("/")
    def answer() -> Response:
        return Response(BODY, mimetype="application/fhir+json")

    return app


def bare_commit(folder: Path) -> Flask:
    """Flask, one durable row through the service's own writer, and a constant body."""
    from service.store.engine import Engine

    path = folder / "bare.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, row TEXT)")
    engine = Engine(path)
    app = Flask(__name__)

    @app.post("/")
    def answer() -> Response:
        request.get_data(cache=False)
        with engine.writing() as connection:
            connection.execute("INSERT INTO bare VALUES (?, ?)", (uuid.uuid4().hex, ROW))
        return Response(BODY, mimetype="application/fhir+json")

    return app


def naive(folder: Path) -> Flask:
    """The main job with fhir.resources in and out, each object made and written per request.

    It answers as many resources as the service does, with less said in each, stores them
    in one commit (as durable as the service's) and knows one code. No token, no checks.
    """
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.careplan import CarePlan
    from fhir.resources.R4B.documentreference import DocumentReference
    from fhir.resources.R4B.goal import Goal
    from fhir.resources.R4B.provenance import Provenance
    from fhir.resources.R4B.servicerequest import ServiceRequest

    from service.store.engine import Engine

    path = folder / "naive.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS plan (id TEXT PRIMARY KEY, bundle BLOB)")
    engine = Engine(path)
    app = Flask(__name__)

    def text(words: str) -> dict:
        div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{words * 8}</p></div>'
        return {"status": "generated", "div": div}

    @app.post("/")
    def answer() -> Response:
        posted = Bundle.model_validate_json(request.get_data())
        found = {entry.resource.get_resource_type(): entry.resource for entry in posted.entry}
        codes = [coding.code for coding in found["Condition"].code.coding]
        if "18347007" not in codes:
            return Response(status=422)
        subject = {"reference": f"Patient/{found['Patient'].id}"}
        now = datetime.now(UTC)
        plan, requests, goals, handouts = (
            uuid.uuid4().hex,
            *([uuid.uuid4().hex for _ in range(n)] for n in (7, 5, 6)),
        )
        resources = [
            CarePlan(
                id=plan,
                status="active",
                intent="plan",
                subject=subject,
                text=text("Plan "),
                activity=[{"reference": {"reference": f"ServiceRequest/{r}"}} for r in requests],
                goal=[{"reference": f"Goal/{g}"} for g in goals],
                created=now,
            ),
            *(
                ServiceRequest(
                    id=r,
                    status="active",
                    intent="plan",
                    subject=subject,
                    text=text("Emne "),
                    code={"coding": [{"system": "http://snomed.info/sct", "code": "311401005"}]},
                    reasonReference=[{"reference": f"Condition/{found['Condition'].id}"}],
                )
                for r in requests
            ),
            *(
                Goal(
                    id=g,
                    lifecycleStatus="proposed",
                    subject=subject,
                    description={"text": "Mål"},
                    text=text("Mål "),
                )
                for g in goals
            ),
            *(
                DocumentReference(
                    id=h,
                    status="current",
                    text=text("Pjece "),
                    content=[
                        {"attachment": {"contentType": "text/html", "url": f"http://127.0.0.1/{h}"}}
                    ],
                )
                for h in handouts
            ),
            Provenance(
                target=[{"reference": f"CarePlan/{plan}"}],
                recorded=now,
                agent=[{"who": subject}],
                text=text("Lavet "),
            ),
        ]
        entries = [
            {"resource": r, "request": {"method": "POST", "url": r.get_resource_type()}}
            for r in resources
        ]
        bundle = Bundle(type="transaction", entry=entries).model_dump_json().encode()
        with engine.writing() as connection:
            connection.execute("INSERT INTO plan VALUES (?, ?)", (plan, bundle))
        return Response(bundle, 201, mimetype="application/fhir+json")

    return app
