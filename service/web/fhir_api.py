"""The FHIR façade under /fhir: read, history, search, $apply, $propose, $validate.

Nothing is written here but the audit trail. What each type can do is in one table
(fhir/search_parameters.py), of which the CapabilityStatement is made too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, g, request
from werkzeug.http import http_date

from service import __version__
from service.domain.content import Edition
from service.domain.errors import NotFound, StalePlan
from service.fhir.capability import to_capability
from service.fhir.encounter import from_bundle
from service.fhir.outcome import notice
from service.fhir.page import to_history, to_page
from service.fhir.record import Version
from service.fhir.restricted import bundle_for_patients
from service.fhir.search import Query, parse
from service.fhir.served import SERVED
from service.fhir.validation import validate
from service.usecases.apply_definition import ApplyDefinition
from service.usecases.make_plan import Wish
from service.usecases.propose_plan import ProposePlan
from service.usecases.read_record import ReadRecord
from service.usecases.search_record import Found, SearchRecord
from service.usecases.shelf import Shelf
from service.web.fhir_requests import (
    asked_to_apply,
    is_lenient,
    is_pretty,
    posted_to_validate,
    require_json,
    search_pairs,
)
from service.web.fhirpath import holds
from service.web.paging import Pages
from service.web.parts import Parts
from service.web.requests import FHIR, body, content_type, json_body, parameters
from service.web.schemas import load_wish

RELEASED = "2026-11-23"
_NONE: Mapping[str, str] = {}


class Views:
    """The views of web/fhir_routes.py, by their names there."""

    def __init__(self, parts: Parts) -> None:
        shelf = Shelf(parts.catalogue, parts.service_url, parts.find_handout.read_page, parts.forms)
        self._clinic = parts.clinic
        self._base = f"{parts.service_url}/fhir"
        self._read = ReadRecord(parts.store, shelf, parts.clock)
        self._search = SearchRecord(parts.store, shelf, parts.clock)
        self._apply = ApplyDefinition(parts.store, shelf, parts.clock, orjson.dumps)
        self._propose = ProposePlan(parts.make_plan)
        self._pages = Pages(parts.secret)

    def metadata(self) -> Response:
        """What this server can do, as a CapabilityStatement."""
        require_json()
        return _answer(to_capability(__version__, RELEASED, self._base))

    def read(self, resource_type: str, resource_id: str) -> Response:
        """A resource in its newest version."""
        require_json()
        return _resource(self._read(_served(resource_type), resource_id, g.caller))

    def history(self, resource_type: str, resource_id: str) -> Response:
        """All versions of a resource, the newest first."""
        require_json()
        found = self._read.history(_served(resource_type), resource_id, g.caller)
        return _answer(to_history(found, self._base))

    def vread(self, resource_type: str, resource_id: str, version: str) -> Response:
        """One version of a resource."""
        require_json()
        return _resource(self._read.version(_served(resource_type), resource_id, version, g.caller))

    def search(self, resource_type: str) -> Response:
        """A search, or a further page of one."""
        require_json()
        if _served(resource_type) == "Binary":
            raise NotFound("a Binary is read by its id, and not searched for")
        pairs, after = search_pairs(), None
        link = f"{self._base}/{resource_type}"
        here = f"{link}?{urlencode(pairs)}" if pairs else link
        if len(pairs) == 1 and pairs[0][0] == "_page":
            pairs, after = self._pages.open(pairs[0][1], g.caller, resource_type)
        query = parse(resource_type, pairs, lenient=is_lenient())
        found = self._search(query, g.caller, after)
        return _answer(to_page(query, found.page, self._base, self._links(query, found, here)))

    def _links(self, query: Query, found: Found, here: str) -> dict[str, str]:
        if found.next is None:
            return {"self": here}
        token = self._pages.seal(g.caller, query.resource_type, query.asked, found.next)
        turn = urlencode({"_page": token})
        return {"self": here, "next": f"{self._base}/{query.resource_type}?{turn}"}

    def apply(self, resource_type: str, resource_id: str = "") -> Response:
        """A definition applied to a subject: a proposal that is stored nowhere."""
        require_json()
        makers = {
            "PlanDefinition": self._apply.plan,
            "ActivityDefinition": self._apply.activity,
        }
        if resource_type not in makers:
            raise NotFound(
                f"$apply is an operation of {' and '.join(makers)} only", pointer="?type"
            )
        return _written(makers[resource_type](asked_to_apply(resource_id), g.caller))

    def validate(self, resource_type: str) -> Response:
        """What is wrong with a resource, as an OperationOutcome with 200."""
        require_json()
        content_type()
        resource, profiles = posted_to_validate()
        return _answer(validate(resource, _served(resource_type), profiles, holds))

    def propose(self) -> Response:
        """The transaction Bundle that the encounter would give, stored nowhere."""
        require_json()
        content_type()
        wishes = load_wish(parameters("edition", "language", "pack"))
        clinic = self._clinic(g.caller.tenant)
        wish = Wish(
            edition=Edition(wishes.get("edition", clinic.edition)),
            language=wishes.get("language", clinic.language),
            pack=wishes.get("pack", ""),
        )
        made = self._propose(from_bundle(json_body(body())), wish, g.caller)
        if made.stored is None:
            return _answer(notice("not-covered", "No pack covers what the encounter is about."))
        if g.caller.role == "patient":
            return _answer(bundle_for_patients(orjson.loads(made.stored.bundle)))
        return _written(made.stored.bundle)


def _served(resource_type: str) -> str:
    """Return the type when it is one of ours.

    Raises:
        NotFound: it is another; R4 asks for 404 then.
    """
    if resource_type not in SERVED:
        raise NotFound(
            "this type of resource is not served here",
            pointer="?type",
            how_to_fix=f"Served are: {', '.join(SERVED)}. See /fhir/metadata.",
        )
    return resource_type


def _resource(version: Version) -> Response:
    number = str(version.number)
    if "If-Match" in request.headers and not request.if_match.contains_weak(number):
        raise StalePlan("the resource is in another version by now")
    headers = {"ETag": f'W/"{number}"', "Last-Modified": http_date(version.at)}
    if _is_known(number, version.at):
        return Response(status=304, headers=headers | {"Cache-Control": "no-store"})
    return _answer(version.resource, headers)


def _is_known(number: str, at: datetime) -> bool:
    """Whether the reader has this version: by its tag, else by the clock (RFC 9110, 13.2.2)."""
    if "If-None-Match" in request.headers:
        return bool(request.if_none_match.contains_weak(number))
    since = request.if_modified_since
    return since is not None and at.replace(microsecond=0) <= since


def _written(content: bytes) -> Response:
    """What is JSON already."""
    if is_pretty():
        return _answer(orjson.loads(content))
    return Response(content, headers={"Cache-Control": "no-store"}, content_type=FHIR)


def _answer(content: dict[str, Any], headers: Mapping[str, str] = _NONE) -> Response:
    options = orjson.OPT_INDENT_2 if is_pretty() else None
    return Response(
        orjson.dumps(content, option=options),
        headers={"Cache-Control": "no-store", **headers},
        content_type=FHIR,
    )
