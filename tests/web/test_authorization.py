"""Every route by every role: what comes back, and that "not yours" is "not there"."""

import json
import re
from dataclasses import dataclass

import orjson
import pytest

from service.identity.demo_issuer import SCOPES
from tests.conftest import JSON, SERVICE_URL, Web
from tests.posted import a_visit
from tests.web.authorization import BODIES, ROLES, rows
from tests.web.test_access import forged

MISSING = "00000000-0000-7000-8000-000000000000"


@dataclass
class World:
    """Two clinics with the same patient and encounter, and another patient in the first."""

    web: Web
    patient: str
    plan: str


def a_world(web, number: int) -> World:
    patient = f"anna{number}"
    plans = [
        web.post(a_visit(who, f"e-{who}"), Authorization=bearer(web, "system", tenant=tenant))
        for tenant, who in (("demo", patient), ("other", patient), ("demo", f"bodil{number}"))
    ]
    assert [each.status_code for each in plans] == [201] * 3
    mine = plans[0].headers["Location"].rpartition("/")[2]
    give = f"/api/v1/plans/{mine}/handouts/knowledge/assignments"
    given = web.client.post(give, json={}, headers=web.headers("clinician"))
    assert given.status_code == 201
    taught = {"topic": "prognosis", "outcome": "deferred", "reason": "no-time"}
    told = web.client.post(
        f"/api/v1/plans/{mine}/teachings", json=taught, headers=web.headers("clinician")
    )
    assert told.status_code == 201
    return World(web, patient, mine)


def _forged(web, **claims: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {forged(web, **claims)}"}


def bearer(web, role: str, **more: str) -> str:
    return web.headers(role, **more)["Authorization"]


def as_role(world: World, role: str, path: str) -> dict[str, str]:
    """The header with which this role comes."""
    web, patient = world.web, world.patient
    if role == "anon":
        return {}
    if role == "cds":
        token = web.issuer.call_token(f"{SERVICE_URL}{path.partition('?')[0]}", tenant="demo")
        return {"Authorization": f"Bearer {token}"}
    return {
        "sysA": lambda: web.headers(),
        "sys0": lambda: web.headers(scope="system/Slot.cruds"),
        "sysB": lambda: web.headers(tenant="other"),
        "D1": lambda: web.headers("clinician"),
        "D2": lambda: web.headers("clinician", tenant="other"),
        "P1": lambda: web.headers("patient", patient=patient),
        "P2": lambda: web.headers("patient", patient=patient.replace("anna", "bodil")),
        "G1": lambda: _forged(web, sub="a-relative", patient=patient, scope=SCOPES["patient"]),
        "PB": lambda: web.headers("patient", patient=patient, tenant="other"),
        "adm": lambda: web.headers("admin"),
        "dpo": lambda: web.headers("auditor"),
        "mon": lambda: web.headers("monitor"),
    }[role]()


def ask(world: World, method: str, template: str, role: str, plan: str = ""):
    path = template.format(plan=plan or world.plan, patient=world.patient)
    kind, body = BODIES.get(f"{method} {template}", (JSON, None))
    told = body(world) if callable(body) else body
    if told is not None and not isinstance(told, str):
        told = orjson.dumps(told)
    headers = as_role(world, role, path) | {
        "Content-Type": kind,
        "Accept": JSON if path.startswith("/api/") else "*/*",
    }
    return world.web.client.open(path, method=method, data=told, headers=headers)


def cell(world: World, answer) -> str:
    if answer.status_code < 300:
        return "2" if world.plan in answer.text else "F"
    return {401: "1", 403: "3", 404: "4", 400: "0", 422: "0"}.get(answer.status_code, "?")


def without_trace(answer) -> str:
    """The body without what is another at each request."""
    return re.sub("[0-9a-f]{32}", "", json.dumps(answer.json))


@pytest.mark.parametrize(("method", "path", "expected"), rows())
def test_each_role_gets_what_the_matrix_says(web, method, path, expected):
    seen = {}
    for number, role in enumerate(ROLES):
        world = a_world(web, number)
        answer = ask(world, method, path, role)
        seen[role] = cell(world, answer)
        if seen[role] == "4" and "{plan}" in path:
            never = ask(world, method, path, role, plan=MISSING)
            assert without_trace(answer).replace(world.plan, MISSING) == without_trace(never)
    assert seen == expected
