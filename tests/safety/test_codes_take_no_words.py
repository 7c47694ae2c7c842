"""Where a code, an id or a date is asked for, a string is refused, and nothing is half stored."""

from typing import Any

import pytest

from tests.conftest import JSON
from tests.posted import a_visit, the_small_form
from tests.safety.shapes import closed_fields, open_fields
from tests.safety.strings import ALL, OWN, every_string, is_taken, repeats
from tests.safety.telling import PLAN
from tests.web.hooks import START, a_call

CARD = {
    "card": "b6a2c6de-4a0a-4a62-8a2c-1f6d4c3f2d11",
    "outcome": "overridden",
    "outcomeTimestamp": "2026-11-23T10:00:00Z",
}
WORK = {"topics": [{"id": "work", "outcome": "taught"}], "methods": ["talk"]}
# What is lawful at each route, but for the one field.
LAWFUL: dict[str, dict[str, Any]] = {
    "POST /api/v1/encounters": the_small_form(encounter={"id": "e2"}),
    f"POST {PLAN}/goals": {"text": "Gå"},
    f"PATCH {PLAN}/goals/{{goal_id}}": {"text": "Gå"},
    f"POST {PLAN}/teachings": WORK,
    f"POST {PLAN}/corrections": {"entry": "plan", "reason": "Fejl"},
    f"POST {PLAN}/close": {"reason": "Flyttet"},
    f"POST {PLAN}/handouts/{{handout_id}}/assignments": {},
    f"POST {PLAN}/handouts/{{handout_id}}/receipts": {},
    "POST /cds-services/{service_id}": a_call(START),
    "POST /cds-services/{service_id}/feedback": {"feedback": [CARD]},
}
PER_FIELD = len(OWN) if ALL else 4


def put(body: Any, place: list[str], value: str) -> Any:
    """The body with this value at a place, which is made if it is not there."""
    if not place:
        return value
    name, *rest = place
    if name.isdigit():
        first = body[0] if isinstance(body, list) and body else {}
        return [put(first, rest, value)]
    kept = dict(body) if isinstance(body, dict) else {}
    return kept | {name: put(kept.get(name, {}), rest, value)}


def send(web: Any, route: str, plan: str, body: Any) -> Any:
    method, path = route.split()
    address = path.format(plan_id=plan, goal_id="walk", handout_id="knowledge", service_id=START)
    if path.startswith("/cds-services"):
        return web.hook(address.removeprefix("/cds-services/"), body)
    role = "system" if path == "/api/v1/encounters" else "clinician"
    headers = web.headers(role) | {"Accept": JSON}
    return web.client.open(address, method=method, json=body, headers=headers)


def test_a_string_in_the_place_of_a_code_is_refused_and_nothing_is_stored(web):
    plan = web.post(a_visit()).headers["Location"].rpartition("/")[2]
    before = web.stored
    fields = sorted(closed_fields(web.client.get("/openapi.json").json))
    assert len(fields) > 60
    for number, name in enumerate(fields):
        route, _, place = name.partition("#")
        for turn in range(PER_FIELD):
            text = OWN[(number * PER_FIELD + turn) % len(OWN)]
            sent = put(LAWFUL[route], place.strip("/").split("/"), text)
            answer = send(web, route, plan, sent)
            assert 400 <= answer.status_code < 500, (name, text)
            assert not repeats(answer.text, text), name
    assert web.stored == before
    assert web.rows("card_answer") == 0


def test_an_id_that_is_asked_for_without_a_pattern_is_looked_for_and_not_found(web):
    plan = web.post(a_visit()).headers["Location"].rpartition("/")[2]
    before = web.stored
    for text in every_string() if ALL else OWN:
        wrong = {"entry": "teaching", "id": text, "reason": "Fejl"}
        answer = send(web, f"POST {PLAN}/corrections", plan, wrong)
        assert 400 <= answer.status_code < 500, text
        for place in ("userId", "patientId", "encounterId"):
            call = a_call(START)
            call["context"] = call["context"] | {place: text}
            answer = send(web, "POST /cds-services/{service_id}", plan, call)
            assert answer.status_code < 500
            # Who looks is only looked at for its shape.
            assert place == "userId" or answer.status_code >= 400, text
            assert not repeats(answer.text, text)
        wrong_hook = a_call(START, hook=text)
        answer = send(web, "POST /cds-services/{service_id}", plan, wrong_hook)
        assert 400 <= answer.status_code < 500
    assert web.stored == before


def test_control_characters_come_in_by_no_field(web):
    plan = web.post(a_visit()).headers["Location"].rpartition("/")[2]
    before = web.stored
    refused = [text for text in every_string() if not is_taken(text)]
    assert refused
    for name in sorted(open_fields(web.client.get("/openapi.json").json)):
        route, _, place = name.partition("#")
        if route not in LAWFUL:
            continue
        for text in refused:
            place = place.replace("/*", "/x")
            sent = put(LAWFUL[route], place.strip("/").split("/"), text)
            assert send(web, route, plan, sent).status_code == 400, name
    assert web.stored == before


@pytest.mark.parametrize("name", ["open", "closed"])
def test_every_route_with_a_body_is_among_those(web, name):
    found = (open_fields if name == "open" else closed_fields)(web.client.get("/openapi.json").json)
    routes = {each.partition("#")[0] for each in found if not each.startswith("POST /infobutton")}
    assert routes <= set(LAWFUL)
