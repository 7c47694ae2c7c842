"""Every route by every role: what comes back, and that "not yours" is "not there"."""

import json
import re
from collections.abc import Callable

import orjson
import pytest
from werkzeug.test import TestResponse

from tests.builders import a_pack
from tests.conftest import JSON, Web
from tests.web.authorization import BODIES, ROLES, Row, rows
from tests.web.page_authorization import FORMS, SESSIONS, page_rows
from tests.web.test_handouts import printed
from tests.web.worlds import (
    World,
    a_world,
    a_world_of_pages,
    as_role,
    as_session,
)

# What an address may name that is somebody's.
FOREIGN = ("plan", "given", "code", "entry")


def ask(world: World, method: str, template: str, role: str, places: dict[str, str]):
    """What this role gets; `places` are the plan and the patient that it names."""
    path = template.format(**places)
    kind, body = BODIES.get(f"{method} {template}", (JSON, None))
    told = body(world) if callable(body) else body
    if told is not None and not isinstance(told, str):
        told = orjson.dumps(told)
    headers = as_role(world, role, path) | {
        "Content-Type": kind,
        "Accept": JSON if path.startswith("/api/") else "*/*",
    }
    return world.web.client.open(path, method=method, data=told, headers=headers)


def open_page(world: World, method: str, template: str, who: str, places: dict[str, str]):
    """What this browser gets; a form is sent with all that it holds."""
    session = as_session(world, who)
    form = FORMS.get(f"{method} {template}", {})
    told = {name: value.format(**places) for name, value in form.items()}
    sent = told | {"csrf": session.csrf} if method == "POST" else None
    path = world.link if template == "{link}" else template.format(**places)
    answer = session.client.open(path, method=method, data=sent, headers=session.headers)
    answer.get_data()  # a file is read to its end
    answer.close()
    return answer


def cell(world: World, answer) -> str:
    if answer.status_code < 300:
        return "2" if any(word in answer.text for word in world.words) else "F"
    told = {401: "1", 403: "3", 404: "4", 400: "0", 422: "0"}
    return ">" if answer.status_code < 400 else told.get(answer.status_code, "?")


def without_trace(answer) -> str:
    """The body without what is another at each request."""
    told = json.dumps(answer.json) if answer.is_json else answer.text
    return re.sub("[0-9a-f]{32}", "", told)


def is_as_never(answer, never, world: World) -> bool:
    """Whether both bodies are the same but for the id that each was asked for."""
    told = without_trace(answer)
    for name, place in world.nowhere.items():
        told = told.replace(world.places[name] or place, place)
    return told == without_trace(never)


Ask = Callable[..., TestResponse]


def in_turn(web: Web, row: Row, askers, make_world, ask_as: Ask) -> dict[str, str]:
    """The cell of each asker, in a new world whenever the one before changed something."""
    seen: dict[str, str] = {}
    world = None
    for number, who in enumerate(askers):
        world = world or make_world(web, number)
        answer = ask_as(world, row.method, row.path, who, world.places)
        seen[who] = cell(world, answer)
        if seen[who] == "4" and any(f"{{{name}}}" in row.path for name in FOREIGN):
            never = ask_as(world, row.method, row.path, who, world.nowhere)
            assert is_as_never(answer, never, world)
        if row.method != "GET" and seen[who] in "2F>":
            world = None
    return seen


@pytest.mark.parametrize("row", rows(), ids=str)
def test_each_role_gets_what_the_matrix_says(web, row):
    assert in_turn(web, row, ROLES, a_world, ask) == row.cells


@pytest.fixture
def pages(make_web):
    """A clinic that can print: what is printed is the page itself, so that it can be read."""
    return make_web(printed(a_pack()), press=lambda page: page)


@pytest.mark.parametrize("row", page_rows(), ids=str)
def test_each_session_gets_what_the_matrix_says(pages, row):
    assert in_turn(pages, row, SESSIONS, a_world_of_pages, open_page) == row.cells


def test_every_route_has_a_row_for_each_of_its_methods(web):
    app = web.client.application
    addresses = app.url_map.bind("localhost")
    covered = {
        (addresses.match(row.somewhere, method=row.method, return_rule=True)[0].rule, row.method)
        for row in (*rows(), *page_rows())
    }
    ours = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in set(rule.methods) - {"HEAD"}
        if method != "OPTIONS" or not rule.provide_automatic_options
    }
    assert ours - covered == set()


@pytest.mark.parametrize("path", sorted({row.somewhere for row in (*rows(), *page_rows())}))
def test_a_method_that_no_row_names_is_not_allowed(web, path):
    known = set(web.client.application.url_map.bind("localhost").allowed_methods(path))
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - known:
        for headers in ({}, web.headers()):
            answer = web.client.open(path, method=method, headers=headers)
            assert (answer.status_code, answer.headers["Allow"]) == (405, ", ".join(sorted(known)))


@pytest.mark.parametrize("row", [r for r in page_rows() if r.method == "GET"], ids=str)
def test_asking_for_the_head_only_opens_no_more(pages, row):
    world = a_world_of_pages(pages, 0)
    for who in ("none", "L1", "L2", "O1", "O2"):
        told = open_page(world, "GET", row.path, who, world.places)
        head = open_page(world, "HEAD", row.path, who, world.places)
        assert (head.status_code, head.data) == (told.status_code, b"")
