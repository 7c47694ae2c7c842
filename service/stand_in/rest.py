"""The REST of the stand-in: reads, writes, and both kinds of Bundle (FHIR R4 http.html)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from flask import Flask, Response, request

from service.fhir.for_record import references
from service.fhir.record import renamed
from service.stand_in.shelf import SEARCHED, Abilities, Refusal, Resource, Shelf


def create_stand_in(path: Path, abilities: Abilities | None = None) -> Flask:
    """Return the server as a WSGI application; its base is the root."""
    shelf = Shelf(path, abilities or Abilities())
    app = Flask(__name__, static_folder=None)
    app.register_error_handler(Refusal, lambda refusal: _answer(refusal.status, _outcome(refusal)))
    _serve_system(app, shelf)
    _serve_types(app, shelf)
    return app


def _serve_system(app: Flask, shelf: Shelf) -> None:
    @app.route("/", methods=["POST"])
    def together() -> Response:
        bundle = _body()
        if bundle.get("type") == "batch" and shelf.abilities.batch:
            return _answer(200, _batch(shelf, bundle))
        if bundle.get("type") == "transaction" and shelf.abilities.transaction:
            with shelf.turn():
                return _answer(200, _transaction(shelf, bundle))
        raise Refusal(400, "not-supported", "no such Bundle is taken here")

    @app.route("/", methods=["GET"])
    def overview() -> Response:
        return Response(_overview(shelf), mimetype="text/html")

    @app.route("/metadata")
    def metadata() -> Response:
        return _answer(200, _statement(shelf.abilities))


def _overview(shelf: Shelf) -> str:
    """What a person sees who opens the address: how much there is of each type."""
    counted = ((kind, len(shelf.all(kind))) for kind in shelf.abilities.types)
    rows = "".join(f'<li><a href="/{kind}">{kind}</a>: {many}</li>' for kind, many in counted)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A stand-in for a record'
        f"</title><h1>A stand-in for a record</h1><ul>{rows}</ul></html>"
    )


def _serve_types(app: Flask, shelf: Shelf) -> None:
    @app.route("/<kind>", methods=["GET", "POST", "PUT"])
    def of_type(kind: str) -> Response:
        query = request.query_string.decode()
        if request.method == "GET":
            return _answer(200, _searchset(shelf.found(kind, query)))
        once = request.headers.get("If-None-Exist", "") if request.method == "POST" else ""
        with shelf.turn():
            status, kept = _do(shelf, request.method, f"{kind}?{query}", _body(), once=once)
        return _answer(status, kept)

    @app.route("/<kind>/<name>", methods=["GET", "PUT", "DELETE"])
    def one(kind: str, name: str) -> Response:
        if request.method == "GET":
            return _answer(200, shelf.read(kind, name))
        if request.method == "DELETE":
            with shelf.turn():
                shelf.drop(kind, name)
            return Response(status=204)
        match = request.headers.get("If-Match", "")
        with shelf.turn():
            status, kept = _do(shelf, "PUT", f"{kind}/{name}", _body(), match=match)
        return _answer(status, kept)

    @app.route("/<kind>/<name>/_history/<version>")
    def earlier(kind: str, name: str, version: str) -> Response:
        return _answer(200, shelf.read(kind, name, version))


def _do(
    shelf: Shelf, method: str, url: str, resource: Resource, *, once: str = "", match: str = ""
) -> tuple[int, Resource]:
    """One write: POST, POST if there is none, PUT to a place, PUT to what a search finds."""
    address = urlsplit(url)
    kind, _, name = address.path.partition("/")
    query = once or (address.query if method == "PUT" else "")
    if not name and query:
        there = shelf.found(kind, query)
        if len(there) > 1:
            raise Refusal(412, "multiple-matches", "more than one is found")
        if there and method == "POST":
            return 200, there[0]
        name = there[0]["id"] if there else ""
    return shelf.keep(resource, name, match)


def _transaction(shelf: Shelf, bundle: Resource) -> Resource:
    """First all that is referred to, then what refers: as often as it takes to know the ids."""
    entries = bundle.get("entry", [])
    places: dict[str, str] = {}
    told: dict[int, Resource] = {}
    while len(told) < len(entries):
        open_urns = {e.get("fullUrl", "") for n, e in enumerate(entries) if n not in told}
        ready = [
            number
            for number, entry in enumerate(entries)
            if number not in told and not _refers(entry.get("resource"), open_urns, entry)
        ]
        if not ready:
            raise Refusal(400, "processing", "the entries refer to each other in a circle")
        for number in ready:
            told[number] = _entry(shelf, entries[number], places)
    answers = [told[number] for number in range(len(entries))]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}


def _refers(value: Any, urns: set[str], entry: Resource) -> bool:
    return bool(set(references(value)) & (urns - {entry.get("fullUrl", "")}))


def _batch(shelf: Shelf, bundle: Resource) -> Resource:
    answers = []
    for entry in bundle.get("entry", []):
        try:
            with shelf.turn():
                answers.append(_entry(shelf, entry, {}))
        except Refusal as refusal:
            outcome = _outcome(refusal)
            answers.append({"response": {"status": str(refusal.status), "outcome": outcome}})
    return {"resourceType": "Bundle", "type": "batch-response", "entry": answers}


def _entry(shelf: Shelf, entry: Resource, places: dict[str, str]) -> Resource:
    asked = entry["request"]
    if asked["method"] == "GET":
        kind, _, name = asked["url"].partition("/")
        return {"resource": shelf.read(kind, name), "response": {"status": "200 OK"}}
    resource = renamed(entry["resource"], places)
    once, match = asked.get("ifNoneExist", ""), asked.get("ifMatch", "")
    status, kept = _do(shelf, asked["method"], asked["url"], resource, once=once, match=match)
    place = f"{kept['resourceType']}/{kept['id']}"
    places[entry.get("fullUrl", "")] = place
    version = kept["meta"]["versionId"]
    location = f"{place}/_history/{version}"
    reason = "201 Created" if status == 201 else "200 OK"
    return {"response": {"status": reason, "location": location, "etag": f'W/"{version}"'}}


def _statement(abilities: Abilities) -> Resource:
    does = ("transaction",) * abilities.transaction + ("batch",) * abilities.batch
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-24",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "software": {"name": "Stand-in for a clinic's record"},
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": code} for code in does],
                "resource": [_of_type(kind, abilities) for kind in abilities.types],
            }
        ],
    }


def _of_type(kind: str, abilities: Abilities) -> Resource:
    searched = () if kind in abilities.unsearched else SEARCHED
    does = ("create", "read", "vread", *(() if kind in abilities.made_once else ("update",)))
    return {
        "type": kind,
        "interaction": [{"code": code} for code in does],
        "updateCreate": abilities.update_create,
        "searchParam": [{"name": name, "type": "token"} for name in searched],
    }


def _searchset(resources: list[Resource]) -> Resource:
    """One page of what was found, as many as `_count` says, and where the next one is."""
    found: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(resources)}
    first = request.args.get("_offset", 0, int)
    end = first + request.args.get("_count", len(resources), int)
    if end < len(resources):
        asked = urlencode(request.args.to_dict() | {"_offset": str(end)})
        found["link"] = [{"relation": "next", "url": f"{request.base_url}?{asked}"}]
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources[first:end]]
    return found | {"entry": entries} if entries else found


def _outcome(refusal: Refusal) -> Resource:
    issue = {"severity": "error", "code": refusal.code, "diagnostics": str(refusal)}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _body() -> Resource:
    try:
        found = orjson.loads(request.get_data())
    except ValueError as error:
        raise Refusal(400, "invalid", "the body is not JSON") from error
    if not isinstance(found, dict):
        raise Refusal(400, "invalid", "the body is not a resource")
    return found


def _answer(status: int, resource: Resource) -> Response:
    answer = Response(orjson.dumps(resource), status, mimetype="application/fhir+json")
    if status == 201:
        meta = resource["meta"]
        place = f"{resource['resourceType']}/{resource['id']}"
        answer.headers["Location"] = f"/{place}/_history/{meta['versionId']}"
    return answer
