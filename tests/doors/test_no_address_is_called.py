"""Whatever address is written wherever there is room for one: nobody is asked there (T5 to T7).

The service runs as shipped, and tells of every connection that it tries and every name that it
looks up; where the addresses lead, listeners wait. Which fields there are is taken from R4's
table, from the search parameters and from /openapi.json.
"""

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from service.fhir.served import SERVED
from service.identity.demo_issuer import DemoIssuer
from service.stand_in.rest import create_stand_in
from tests.conftest import FHIR
from tests.doors.addresses import lookalikes
from tests.doors.asking import BASE_URL, Doors, Request
from tests.doors.canaries import canaries, watched_service
from tests.doors.described import described
from tests.doors.doors import (
    ISSUER,
    apply,
    callback,
    feedback,
    headers,
    hook_body,
    hook_server,
    infobutton,
    launch,
    pages,
    searches,
    tokens,
    told_by_hook,
    validate,
)
from tests.doors.fields import Place, Table, given_out, taken_in
from tests.doors.form import FULL, OF_FIELDS
from tests.ehr.faults import Faulty, serving
from tests.posted import a_condition, a_patient, a_visit, an_encounter
from tests.smart.login_server import LoginServer, login_server
from tests.web.hooks import START, a_call, found

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def doors(tmp_path_factory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    with ExitStack() as stack:
        heard = stack.enter_context(canaries())
        login = stack.enter_context(login_server())
        record = Faulty(create_stand_in(folder / "record.sqlite"))
        base = stack.enter_context(serving(record))
        clinics = tenants(folder, login, base)
        live, calls = stack.enter_context(
            watched_service(folder, EDUPLAN_TENANTS=str(clinics), EDUPLAN_BASE_URL=BASE_URL)
        )
        issuer = DemoIssuer(live.var / "demo-issuer")
        opened = Doors(live, calls, heard, login, record, base, issuer)
        plant(opened)
        yield opened
        if opened._connection:
            opened._connection.close()


def tenants(folder: Path, login: LoginServer, base: str) -> Path:
    """The file of clinics: one, with every kind of outside that can be registered."""
    (folder / "secret").write_text("a-secret-of-this-client\n")
    clinic = {
        "issuers": [{"url": ISSUER, "jwks_url": f"{login.base}/jwks"}],
        "ehr": {"base": base, "most_per_second": 0},
        "cds_hooks": {"clients": [{"issuer": base, "jwks_url": f"{login.base}/jwks"}]},
        "smart": {"iss": login.iss, "client_id": "p", "secret_file": str(folder / "secret")},
    }
    path = folder / "clinics.yaml"
    path.write_text(json.dumps({"demo": clinic}))
    return path


def plant(doors: Doors) -> None:
    """One plan, so that addresses meet something that is there."""
    content = orjson.dumps(a_visit())
    headers = doors.bearer() | {"Content-Type": FHIR}
    assert doors.ask(("POST", "/api/v1/encounters", headers, content)).status == 201


# With the step through the spellings in the short form.
DOORS = {
    "a hook's fhirServer": (hook_server, 4),
    "a hook's call": (hook_body, 24),
    "a card's feedback": (feedback, 24),
    "iss of a launch": (launch, 1),
    "a login's answer": (callback, 6),
    "where a token's key is": (tokens, 6),
    "$apply": (apply, 72),
    "$validate": (validate, 16),
    "a search": (searches, 110),
    "Infobutton": (infobutton, 24),
    "what a record tells": (told_by_hook, 12),
    "a header": (headers, 40),
    "a page": (pages, 12),
}


def some(addresses: list[str], step: int) -> list[str]:
    """Every n-th; in the full form all."""
    return addresses[:: 1 if FULL else step]


def test_the_corpus_is_as_large_as_it_should_be(doors):
    assert len(doors.spellings) >= 300
    assert len(doors.canaries.ports) >= 4


def test_the_guard_sees_what_the_service_asks_of_those_it_may_ask(doors):
    """Or nothing below would be worth anything."""
    path = f"/smart/launch?{urlencode({'iss': doors.login.iss, 'launch': 'x'})}"
    assert doors.ask(("GET", path, {}, b"")).status == 302
    assert ["socket.connect", urlsplit(doors.login.base).netloc] in doors.calls.new()
    assert doors.canaries.heard == []


@pytest.mark.parametrize("door", DOORS)
def test_nobody_is_asked_at_an_address_that_is_sent(doors, door):
    requests, step = DOORS[door]
    doors.calls.new()
    addresses = some(doors.spellings, step)
    statuses = doors.at_each(
        request for address in addresses for request in requests(doors, address)
    )
    # What was not sent is asked of the clinic's own record, and keys at the issuer's one address.
    allowed = {hook_body: doors.base, tokens: doors.login.base}
    doors.nobody_was_called(*(urlsplit(url).netloc for f, url in allowed.items() if f is requests))
    if requests in (launch, callback):
        assert set(statuses) == {400}
    if requests is tokens:
        assert set(statuses) == {401}
    if requests is hook_server:
        assert set(statuses) == {412}


def test_what_only_looks_like_a_registered_address_is_none(doors):
    doors.calls.new()
    for address in lookalikes(doors.login.iss):
        request = next(launch(doors, address))
        assert doors.at_each(iter([request])) == {400: 1}, address
    for address in lookalikes(doors.base):
        assert set(doors.at_each(hook_server(doors, address))) == {412}, address
    doors.nobody_was_called()


# -- Every element of R4 that can hold one.

BASES = {"Patient": a_patient, "Encounter": an_encounter, "Condition": a_condition}


def _address_for(place: Place, address: str, of: int) -> str:
    """In a Reference, half of the time as one that R4 takes: with type and id at the end."""
    return f"{address.rstrip('/')}/Patient/p1" if place.holds == "Reference" and of % 2 else address


def _filled(
    table: Table, doors: Doors, kinds: tuple[str, ...], of_each: int
) -> Iterator[tuple[Place, dict]]:
    """Resources with an address in each place; together they go through all spellings."""
    addresses = itertools.cycle(doors.spellings)
    for number, place in enumerate(table.places(*kinds)):
        for turn in range(of_each):
            address = _address_for(place, next(addresses), number + turn)
            make = BASES.get(place.kind)
            base = make() if make else {"resourceType": place.kind, "id": "x1"}
            yield place, table.resource(place, address, base)


def _in_bundle(place: Place, resource: dict[str, Any]) -> dict[str, Any]:
    if place.kind == "Bundle":
        visit = a_visit()
        entries = [
            each | resource.get("entry", [{}])[0] | {"resource": each["resource"]}
            for each in visit["entry"]
        ]
        return visit | resource | {"type": "collection", "entry": entries}
    others = [make() for kind, make in BASES.items() if kind != place.kind]
    entries = [
        {"fullUrl": f"https://ehr.example/fhir/{r['resourceType']}/{r['id']}", "resource": r}
        for r in (resource, *others)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_no_element_of_what_is_posted_is_followed(doors):
    headers = doors.bearer() | {"Content-Type": FHIR}
    doors.calls.new()

    def requests() -> Iterator[Request]:
        for number, (place, resource) in enumerate(_filled(taken_in(), doors, (), OF_FIELDS)):
            content = orjson.dumps(_in_bundle(place, resource))
            door = "/fhir/$propose" if number % 4 else "/api/v1/encounters"
            yield "POST", door, headers, content

    statuses = doors.at_each(requests())
    doors.nobody_was_called()
    assert statuses[200] + statuses[201] > sum(statuses.values()) / 4, "too few were looked into"


def test_no_element_of_what_a_hook_brings_is_followed(doors):
    doors.calls.new()

    def requests() -> Iterator[Request]:
        kinds = ("Encounter", "Condition")
        for place, resource in _filled(taken_in(), doors, kinds, max(1, OF_FIELDS // 4)):
            name = "encounter" if place.kind == "Encounter" else "conditions"
            sent = {"encounter": an_encounter(), "conditions": found(a_condition())}
            sent[name] = resource if place.kind == "Encounter" else found(resource)
            yield doors.hook(START, a_call(prefetch=sent))
            headers = doors.bearer() | {"Content-Type": FHIR}
            if place.kind == "Encounter":
                path = "/hooks/encounter/Encounter/e1"
                yield "PUT", path, headers, orjson.dumps(resource)

    statuses = doors.at_each(requests())
    doors.nobody_was_called(urlsplit(doors.base).netloc)  # where what is missing is asked for
    assert statuses[200]
    assert statuses[202]


def test_no_element_of_what_is_validated_is_followed(doors):
    headers = doors.bearer() | {"Content-Type": FHIR}
    doors.calls.new()

    def requests() -> Iterator[Request]:
        kinds = tuple(kind for kind in SERVED if kind in given_out().told["inbound"])
        for place, resource in _filled(given_out(), doors, kinds, max(1, OF_FIELDS // 4)):
            yield "POST", f"/fhir/{place.kind}/$validate", headers, orjson.dumps(resource)

    statuses = doors.at_each(requests())
    doors.nobody_was_called()
    assert statuses[200] > sum(statuses.values()) / 2, statuses


def test_no_text_that_the_api_describes_is_followed(doors):
    told = json.loads(doors.ask(("GET", "/openapi.json", {}, b"")).content)
    texts = list(described(doors, told))
    assert len(texts) > 100
    doors.calls.new()
    addresses = itertools.cycle(doors.spellings)
    doors.at_each(make(next(addresses)) for make in texts for _ in range(OF_FIELDS // 2))
    doors.nobody_was_called()
