"""Every door where an address can be written, and the requests that write one there."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from service.fhir.search_parameters import PARAMETERS
from service.fhir.served import SERVED
from service.identity.demo_issuer import CDS_ISSUER
from service.web.fhir_requests import APPLY, VALIDATE
from tests.conftest import FHIR, JSON
from tests.doors.asking import BASE_URL, FORM, Doors, Request
from tests.posted import a_condition, an_encounter
from tests.web.hooks import DISCHARGE, START, VIEW, a_call, found

ISSUER = "https://login.clinic.example"
APPLIED = "/fhir/PlanDefinition/lumbar-spinal-stenosis/$apply"


def in_query(
    path: str, names: tuple[str, ...], **fixed: str
) -> Callable[[Doors, str], Iterator[Request]]:
    """Each parameter of a GET in turn."""

    def requests(doors: Doors, address: str) -> Iterator[Request]:
        for name in names:
            query = urlencode({**fixed, name: address})
            yield "GET", f"{path}?{query}", doors.bearer(), b""

    return requests


def hook_server(doors: Doors, address: str) -> Iterator[Request]:
    token = {"access_token": address, "token_type": "Bearer", "expires_in": 300, "scope": address}
    yield doors.hook(START, a_call(prefetch=None, fhirServer=address))
    call = a_call(VIEW, prefetch=None, fhirServer=address)
    yield doors.hook(VIEW, call | {"fhirAuthorization": token | {"subject": address}})


def hook_body(doors: Doors, address: str) -> Iterator[Request]:
    yield doors.hook(START, a_call(hook=address))
    yield doors.hook(START, a_call(hookInstance=address))
    context = a_call()["context"]
    for name in context:
        yield doors.hook(START, a_call(context=context | {name: address}))
    yield doors.hook(START, a_call(context=context | {"more": address, "url": address}))
    for value in (address, [address], {"resourceType": "Encounter", "url": address}):
        yield doors.hook(DISCHARGE, a_call(DISCHARGE, prefetch={"encounter": value}))
    page = found(a_condition()) | {"link": [{"relation": "next", "url": address}]}
    yield doors.hook(VIEW, a_call(VIEW, prefetch={address: page, "conditions": page}))
    yield doors.hook(VIEW, a_call(VIEW, extension={"callback": address}))


def feedback(doors: Doors, address: str) -> Iterator[Request]:
    told = {
        "card": "b6a2c6de-4a0a-4a62-8a2c-1f6d4c3f2d11",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-23T10:00:00Z",
        "overrideReason": {"reason": {"code": "x", "system": address}, "userComment": address},
    }
    yield doors.hook(VIEW, {"feedback": [told]}, "/feedback")
    for name in ("card", "outcome", "outcomeTimestamp"):
        yield doors.hook(VIEW, {"feedback": [told | {name: address}]}, "/feedback")
    accepted = told | {"outcome": "accepted", "acceptedSuggestions": [{"id": address}]}
    yield doors.hook(VIEW, {"feedback": [accepted]}, "/feedback")


def launch(_doors: Doors, address: str) -> Iterator[Request]:
    yield "GET", f"/smart/launch?{urlencode({'iss': address, 'launch': 'x'})}", {}, b""


def callback(_doors: Doors, address: str) -> Iterator[Request]:
    told = {"state": address, "code": address, "iss": address, "error_uri": address}
    yield "GET", f"/smart/callback?{urlencode(told)}", {}, b""


def _part(told: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def tokens(doors: Doors, address: str) -> Iterator[Request]:
    """Whatever a token says of where its key is. The signature is nobody's."""
    now = int(time.time())
    for issuer in (ISSUER, address):
        claims = {"iss": issuer, "aud": "education-plan", "sub": "x", "iat": now, "exp": now + 60}
        claims |= {"jti": "x", "scope": "system/*.cruds"}
        for head in (
            {"alg": "ES384", "kid": "login-1", "jku": address, "x5u": address},
            {"alg": "RS256", "kid": address, "jwk": {"kty": "RSA", "x5u": address, "kid": address}},
        ):
            token = f"{_part({'typ': 'JWT'} | head)}.{_part(claims)}.{'A' * 128}"
            headers = {"Authorization": f"Bearer {token}"}
            yield "GET", "/api/v1/plans?patient=Patient/p1", headers, b""
            path = f"/cds-services/{VIEW}"
            claims |= {"iss": CDS_ISSUER if issuer is ISSUER else address, "aud": BASE_URL + path}
            token = f"{_part({'typ': 'JWT'} | head)}.{_part(claims)}.{'A' * 128}"
            headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
            yield "POST", path, headers, orjson.dumps(a_call(VIEW))


def apply(doors: Doors, address: str) -> Iterator[Request]:
    headers = doors.bearer() | {"Content-Type": FHIR}
    for name in APPLY:
        query = urlencode({"subject": "Patient/p1", name: address})
        yield "GET", f"{APPLIED}?{query}", doors.bearer(), b""
        for value in ("valueString", "valueUri", "valueCanonical", "valueReference"):
            told = {"reference": address} if value == "valueReference" else address
            body = {"resourceType": "Parameters", "parameter": [{"name": name, value: told}]}
            yield "POST", APPLIED, headers, orjson.dumps(body)


def validate(doors: Doors, address: str) -> Iterator[Request]:
    headers = doors.bearer() | {"Content-Type": FHIR}
    plan = {"resourceType": "CarePlan", "meta": {"profile": [address]}, "implicitRules": address}
    for name in VALIDATE:
        yield (
            "POST",
            f"/fhir/CarePlan/$validate?{urlencode({name: address})}",
            headers,
            orjson.dumps(plan),
        )
        parameters = [{"name": "resource", "resource": plan}, {"name": name, "valueUri": address}]
        body = {"resourceType": "Parameters", "parameter": parameters}
        yield "POST", "/fhir/CarePlan/$validate", headers, orjson.dumps(body)


# Of any FHIR server, whether it is known here or not.
_RESULTS = (
    "_include",
    "_revinclude",
    "_include:iterate",
    "_has:Goal:subject:url",
    "_profile",
    "_source",
    "_query",
    "_filter",
    "_list",
    "_format",
    "_elements",
    "_sort",
    "_page",
    "_content",
    "_tag",
    "subject.identifier",
    "subject:Patient.url",
    "_id",
    "_lastUpdated",
    "_type",
    "_summary",
)


def searches(doors: Doors, address: str) -> Iterator[Request]:
    for kind in SERVED:
        for name in (*PARAMETERS.get(kind, {}), *(_RESULTS if kind == "CarePlan" else ())):
            query = urlencode({"patient": "Patient/p1", name: address})
            yield "GET", f"/fhir/{kind}?{query}", doors.bearer(), b""
    form = urlencode(dict.fromkeys(PARAMETERS["CarePlan"], address)).encode()
    headers = doors.bearer() | {"Content-Type": FORM}
    yield "POST", "/fhir/CarePlan/_search", headers, form


_INFOBUTTON = (
    "mainSearchCriteria.v.c",
    "mainSearchCriteria.v.cs",
    "mainSearchCriteria.v.dn",
    "mainSearchCriteria.v.ot",
    "mainSearchCriteria1.v.cs",
    "taskContext.c.c",
    "representedOrganization.id.root",
    "informationRecipient",
    "performer",
    "informationRecipient.languageCode.c",
    "knowledgeResponseType",
    "holder.assignedEntity.n",
    "transform",
    "xsltURL",
    "callback",
    "url",
    "xslt",
)


def infobutton(doors: Doors, address: str) -> Iterator[Request]:
    yield from in_query("/infobutton", _INFOBUTTON, **{"mainSearchCriteria.v.c": "18347007"})(
        doors, address
    )
    form = urlencode(dict.fromkeys(_INFOBUTTON, address)).encode()
    yield "POST", "/infobutton", doors.bearer() | {"Content-Type": FORM}, form


def told_by_hook(doors: Doors, address: str) -> Iterator[Request]:
    headers = doors.bearer() | {"Content-Type": FHIR}
    for more in ({"id": address}, {"subject": {"reference": address}}, {"fullUrl": address}):
        yield "POST", "/hooks/encounter", headers, orjson.dumps(an_encounter(**more))
    yield "PUT", f"/hooks/encounter/Encounter/{quote(address, safe='')}", headers, b"{}"
    yield "POST", f"/hooks/encounter?{urlencode({'subscription': address})}", doors.bearer(), b""


_HEADERS = (
    *("Origin", "Referer", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Server"),
    *("X-Original-URL", "X-Rewrite-URL", "X-Host", "Destination", "Link", "Content-Location"),
    *("Forwarded", "Via", "From", "Location", "True-Client-IP", "X-Wap-Profile", "Profile"),
    *("Idempotency-Key", "If-Match", "If-None-Exist", "Prefer", "Accept-Language", "Proxy"),
    *("X-Callback-URL", "X-Hub-Topic", "Refresh", "X-Provenance", "X-Request-Id", "traceparent"),
)  # fmt: skip


def headers(doors: Doors, address: str) -> Iterator[Request]:
    legal = quote(address.strip(), safe="!#$%&'()*+,/:;=?@[]~\\ ")
    for name in _HEADERS:
        yield "GET", "/api/v1/plans?patient=Patient/p1", doors.bearer() | {name: legal}, b""


def pages(_doors: Doors, address: str) -> Iterator[Request]:
    for path in ("/clinician/launch", "/portal/enter", "/clinician/plans", "/portal", "/docs"):
        query = urlencode(dict.fromkeys(("code", "next", "url", "return", "redirect_uri"), address))
        yield "GET", f"{path}?{query}", {"Cookie": f"education_plan_launch={quote(address)}"}, b""
