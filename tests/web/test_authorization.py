"""Every route by every role: what comes back, and that "not yours" is "not there"."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import pytest
from werkzeug.test import TestResponse

from service.domain.errors import StoreBusy
from service.fhir.audit_event import to_audit_event
from tests.builders import NOW, a_pack
from tests.conftest import JSON, Web
from tests.web.authorization import BODIES, ROLES, Row, rows
from tests.web.page_authorization import FORMS, SESSIONS, page_rows
from tests.web.test_handouts import printed
from tests.web.worlds import (
    AGENTS,
    MISSING,
    Session,
    World,
    a_world,
    a_world_of_pages,
    as_role,
    as_session,
)

# What an address may name that is somebody's.
CALLED_ABOUT = "p1"  # the patient of a call of a hook service
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
    return open_in(as_session(world, who), world, method, template, places)


def open_in(session: Session, world: World, method: str, template: str, places: dict[str, str]):
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
Left = list[tuple[str, str, str, str, str]]  # tenant, act, patient, role, name


@dataclass
class Seen:
    """What came of one row: the cell of each asker, and what each left in the audit trail."""

    cells: dict[str, str] = field(default_factory=dict)
    left: dict[str, Left] = field(default_factory=dict)
    expected: dict[str, Left] = field(default_factory=dict)
    refused: set[tuple[str, ...]] = field(default_factory=set)
    to_be_refused: set[tuple[str, ...]] = field(default_factory=set)


def in_turn(web: Web, row: Row, askers, make_world, ask_as: Ask) -> Seen:
    """Ask as each, in a new world whenever the one before changed something."""
    seen, world = Seen(), None
    for number, who in enumerate(askers):
        world = world or make_world(web, number)
        before = len(trail(web))
        answer = ask_as(world, row.method, row.path, who, world.places)
        found = seen.cells[who] = cell(world, answer)
        seen.left[who], told = apart(trail(web)[before:])
        seen.refused |= {(*each,) for each in told}
        seen.to_be_refused |= refusal_of(world, row, who, found)
        seen.expected[who] = on_the_record(world, row, who, found, seen.left[who])
        if found == "4" and any(f"{{{name}}}" in row.path for name in FOREIGN):
            never = ask_as(world, row.method, row.path, who, world.nowhere)
            assert is_as_never(answer, never, world)
        if row.method != "GET" and found in "2F>":
            world = None
    return seen


def trail(web: Web) -> Left:
    statement = "SELECT tenant, action, patient, role, actor FROM audit ORDER BY id"
    with web.database.reading() as connection:
        return connection.execute(statement).fetchall()


def apart(rows: Left) -> tuple[Left, Left]:
    """What was done, and what was refused."""
    refused = [each for each in rows if each[1].startswith("refused.")]
    return [each for each in rows if each not in refused], refused


def refusal_of(world: World, row: Row, who: str, found: str) -> set[tuple[str, ...]]:
    """What the trail says of a refusal, where it is known who was refused."""
    agent = AGENTS.get(who)
    code = {"3": "not-allowed", "4": "not-found"}.get(found, "")
    of_patient = row.act or any(f"{{{name}}}" in row.path for name in FOREIGN)
    if agent is None or not code or (not of_patient and code == "not-found"):
        return set()
    if row.path == "/clinician/paper/{code}":  # mistyped: a look through the patient's own plans
        return set()
    own = agent.patient(world) if agent.role == "patient" else ""
    return {(agent.tenant, f"refused.{code}", own, agent.role, agent.name)}


def on_the_record(world: World, row: Row, who: str, found: str, left: Left) -> Left:
    """What must stand in the trail after this answer.

    Who is refused may have looked at what is their own, and of a group the others are looked up.
    """
    agent = AGENTS.get(who)
    if not row.act or agent is None:
        return []
    about = f"Patient/{CALLED_ABOUT}" if who == "cds" else agent.patient(world)
    one = (agent.tenant, row.act, about, agent.role, agent.name)
    group = [f"Patient/{world.patient}", f"Patient/{world.other}"] if who == "LG" else []
    looked_up = [each for each in left if each[1] == "plan.search" and each[2] in group]
    if found not in "2F>":
        return [one] if agent.of and left == [one] and found == "4" else []
    return [one, *looked_up] if row.act != "plan.search" else looked_up or [one]


def check(seen: Seen, row: Row) -> None:
    assert seen.cells == row.cells
    assert {who: sorted(each) for who, each in seen.left.items()} == {
        who: sorted(each) for who, each in seen.expected.items()
    }
    assert seen.refused == seen.to_be_refused


@pytest.mark.parametrize("row", rows(), ids=str)
def test_each_role_gets_what_the_matrix_says_and_it_is_on_the_record(web, row):
    check(in_turn(web, row, ROLES, a_world, ask), row)


@pytest.fixture
def pages(make_web):
    """A clinic that can print: what is printed is the page itself, so that it can be read."""
    return make_web(printed(a_pack()), press=lambda page: page)


@pytest.mark.parametrize("row", page_rows(), ids=str)
def test_each_session_gets_what_the_matrix_says_and_it_is_on_the_record(pages, row):
    check(in_turn(pages, row, SESSIONS, a_world_of_pages, open_page), row)


ACTS = sorted({(row.act, row.letter) for row in (*rows(), *page_rows()) if row.act})


@pytest.mark.parametrize(("act", "letter"), ACTS)
def test_each_act_is_an_audit_event_that_says_who_did_what_to_whose_data(act, letter):
    event = to_audit_event("x", NOW, act, MISSING, "Patient/p1", ("clinician", "fys1"))
    assert (event["action"], event["outcome"]) == (letter, "0")
    assert [each["code"] for each in event["subtype"]] == [act]
    assert [(a["name"], a["requestor"]) for a in event["agent"]] == [("fys1", True)]
    whose = [each["what"]["reference"] for each in event["entity"]]
    assert whose == ["Patient/p1", f"CarePlan/{MISSING}"]


def first_let_in(row: Row) -> str:
    return next(who for who, found in row.cells.items() if found in "2F>" and who in AGENTS)


def everything(web: Web) -> dict[str, int]:
    with web.database.reading() as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
    return {name: web.rows(name) for (name,) in tables if name != "launch"}


def refuse() -> None:
    raise StoreBusy("the disk refuses")


@pytest.mark.parametrize("row", [row for row in (*rows(), *page_rows()) if row.act], ids=str)
def test_what_cannot_be_put_on_the_record_is_neither_done_nor_shown(pages, row):
    world, who = a_world_of_pages(pages, 0), first_let_in(row)
    session = as_session(world, who) if who in SESSIONS else None
    before = everything(pages)
    pages.watched.before_commit = refuse
    if session:
        answer = open_in(session, world, row.method, row.path, world.places)
    else:
        answer = ask(world, row.method, row.path, who, world.places)
    # A record that asks goes on without us, with no card.
    assert answer.status_code == (200 if who == "cds" else 503)
    assert who != "cds" or answer.json["cards"] == []
    asked = row.path.format(**world.places)  # which the page may say again
    assert not any(word in answer.text for word in world.words if word not in asked)
    assert everything(pages) == before


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
