"""The two clinics that the authorization matrix is asked in, and everybody who asks there.

Ids are the same in both clinics: the patient, the encounter and its codes. Each number gives a
world of its own, so that what one role changes is not what the next one sees.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from service.fhir.assigned import assignment_urn
from service.identity.demo_issuer import CDS_ISSUER, SCOPES
from service.usecases.ports import CLINICIAN, PATIENT, Caller, Draft, Launch
from service.web.launch import COOKIE, csrf_of
from service.web.paper_code import code_of
from service.web.portal_login import COOKIE as LOGIN_COOKIE
from tests.builders import NOW
from tests.conftest import SERVICE_URL, Web
from tests.posted import a_visit
from tests.web.authorization import DEFINITION
from tests.web.test_access import forged

MISSING = "00000000-0000-7000-8000-000000000000"
QUESTION = "Må jeg cykle i morgen?"


@dataclass
class World:
    """Two clinics with the same patient and encounter, and another patient in the first.

    `given` is the name of a handout on the patient's pages, `code` what stands on the sheet of
    paper; both belong to `plan`.
    """

    web: Web
    patient: str
    other: str
    plan: str
    given: str = ""
    entry: str = ""
    question: str = ""
    code: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What tells of the plan, wherever it stands."""
        return (self.plan, QUESTION, *([self.given] if self.given else []))

    @property
    def places(self) -> dict[str, str]:
        """What stands in an address for the names in braces."""
        return {
            "plan": self.plan,
            "patient": self.patient,
            "definition": DEFINITION,
            "given": self.given,
            "entry": self.entry,
            "question": self.question,
            "code": self.code,
        }

    @property
    def nowhere(self) -> dict[str, str]:
        """The same for what never was."""
        return self.places | {"plan": MISSING, "given": MISSING, "code": "0000-0000"}

    @property
    def link(self) -> str:
        """The address of a page that Infobutton gives to a code, with its key."""
        code = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.96&mainSearchCriteria.v.c=18347007"
        asked = f"/infobutton?{code}&knowledgeResponseType=application/json"
        told = self.web.client.get(asked, headers=self.web.headers()).text
        found = re.search(rf"{SERVICE_URL}(/infobutton/handouts/[^\"]+)", told)
        assert found, told
        return found[1]


def a_world(web: Web, number: int) -> World:
    """A visit in each clinic, and one of the other patient; a topic, and a handout given."""
    patient, other = f"anna{number}", f"bodil{number}"
    plans = [
        web.post(a_visit(who, f"e-{who}"), Authorization=bearer(web, "system", tenant=tenant))
        for tenant, who in (("demo", patient), ("other", patient), ("demo", other))
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
    return World(web, patient, other, mine)


def a_world_of_pages(web: Web, number: int) -> World:
    """The same with what pages show besides: a question, a goal, and what is typed so far."""
    world = a_world(web, number)
    physio = Caller("demo", CLINICIAN, "fys1", practitioner="Practitioner/fys1")
    person = Caller("demo", PATIENT, "patient", patient=f"Patient/{world.patient}")
    web.parts.ask_question.ask(world.plan, QUESTION, person)
    adopted = {"agreed": True}
    path = f"/api/v1/plans/{world.plan}/goals/walk"
    assert web.client.patch(path, json=adopted, headers=web.headers("clinician")).status_code < 300
    with web.parts.store.reading("demo") as transaction:
        stored = transaction.plan(world.plan)
    assert stored is not None
    plan = stored.plan
    fields = {"taught": ["knowledge"], "learner": ["patient"], "method": ["talk"]}
    key = MISSING.replace("0000-7", "0001-7")
    typed = Draft(
        plan.id,
        f"Encounter/e-{world.patient}",
        physio.practitioner,
        fields,
        plan.revision,
        key,
        NOW,
    )
    web.parts.drafts.keep(typed, physio)
    world.given = assignment_urn(plan, plan.assignments[0]).removeprefix("urn:uuid:")
    world.entry = str(plan.sessions[-1].teachings[0].number)
    world.question = str(plan.questions[0].number)
    world.code = code_of(web.parts.secret, plan)
    return world


@dataclass(frozen=True)
class Agent:
    """Who stands in the audit trail; `of` is whose data may be seen: `mine`, `other`, any."""

    tenant: str
    role: str
    name: str
    of: str = ""

    def patient(self, world: World) -> str:
        """Whose data this one sees, who asks for the patient's."""
        return f"Patient/{world.other if self.of == 'other' else world.patient}"


_PHYSIO, _PERSON = (
    Agent("demo", CLINICIAN, "fys1", "mine"),
    Agent("demo", PATIENT, "patient", "mine"),
)
AGENTS = {
    "sysA": Agent("demo", "system", "demo-system"),
    "sys0": Agent("demo", "system", "demo-system"),
    "sysB": Agent("other", "system", "demo-system"),
    "D1": Agent("demo", CLINICIAN, "demo-clinician"),
    "D2": Agent("other", CLINICIAN, "demo-clinician"),
    "P1": Agent("demo", PATIENT, "demo-patient", "mine"),
    "P2": Agent("demo", PATIENT, "demo-patient", "other"),
    "G1": Agent("demo", PATIENT, "a-relative", "mine"),
    "PB": Agent("other", PATIENT, "demo-patient", "mine"),
    "adm": Agent("demo", CLINICIAN, "demo-admin"),
    "mon": Agent("demo", "monitor", "demo-monitor"),
    "dpo": Agent("demo", CLINICIAN, "demo-auditor"),
    "cds": Agent("demo", "system", CDS_ISSUER),
    "L1": _PHYSIO,
    "LG": _PHYSIO,
    "L2": replace(_PHYSIO, of="other"),
    "LB": replace(_PHYSIO, tenant="other"),
    "LX": _PHYSIO,
    "O1": _PERSON,
    "OG": replace(_PERSON, name="a-relative"),
    "O2": replace(_PERSON, of="other"),
    "OB": replace(_PERSON, tenant="other"),
    "OX": _PERSON,
}


def bearer(web: Web, role: str, **more: str) -> str:
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
        "P2": lambda: web.headers("patient", patient=world.other),
        "G1": lambda: _forged(web, sub="a-relative", patient=patient, scope=SCOPES["patient"]),
        "PB": lambda: web.headers("patient", patient=patient, tenant="other"),
        "adm": lambda: web.headers("admin"),
        "dpo": lambda: web.headers("auditor"),
        "mon": lambda: web.headers("monitor"),
    }[role]()


def _forged(web: Web, **claims: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {forged(web, **claims)}"}


@dataclass(frozen=True)
class Session:
    """A browser with what it holds; `csrf` is what its pages' forms carry."""

    client: Any
    csrf: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_session(world: World, who: str) -> Session:
    """The browser of one of SESSIONS. The cookie is sent to all pages, whosever it is."""
    web, client = world.web, world.web.client.application.test_client()
    opened = launch_of(world, who)
    if opened is None:
        return Session(client, headers=web.headers() if who == "tok" else {})
    launches = web.parts.launches
    secret = launches.start(opened, NOW - timedelta(days=1))
    for name in (COOKIE, LOGIN_COOKIE):
        client.set_cookie(f"__Host-{name}", secret)
    found = launches.find(secret, NOW - timedelta(hours=2))
    assert found is not None
    if who == "left":
        launches.end(found)
    csrf = csrf_of(web.parts, found)
    return Session(client, csrf[::-1] if who.endswith("X") else csrf)


def launch_of(world: World, who: str) -> Launch | None:
    """What opened the session of one of SESSIONS; None for nothing."""
    mine, others = f"Patient/{world.patient}", f"Patient/{world.other}"
    visit = f"Encounter/e-{world.patient}"
    physio = Launch("demo", "fys1", "Practitioner/fys1", mine, NOW + timedelta(hours=8), visit)
    person = replace(physio, role=PATIENT, name="patient", practitioner="", encounter="")
    return {
        "none": None,
        "tok": None,
        "old": replace(physio, expires=NOW - timedelta(hours=1)),
        "left": physio,
        "L1": physio,
        "LG": replace(physio, patient=others, encounter="", participants=(mine,)),
        "L2": replace(physio, patient=others, encounter=f"Encounter/e-{world.other}"),
        "LB": replace(physio, tenant="other"),
        "LX": physio,
        "O1": person,
        "OG": replace(person, name="a-relative"),
        "O2": replace(person, patient=others),
        "OB": replace(person, tenant="other"),
        "OX": person,
    }[who]
