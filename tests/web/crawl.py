"""A random walk of every role through every address, held to an oracle that knows who may see what.

Two clinics have the same patients, encounters and practitioners. In every text that is stored
there is a canary, a word that stands nowhere else; so are the ids of plans. The oracle is written
anew here, from the roles' descriptions: it asks nothing of the service.
"""

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from service.fhir.assigned import assignment_urn
from service.fhir.served import SERVED
from service.web.paper_code import code_of
from tests.conftest import FHIR, JSON, Web
from tests.posted import a_visit
from tests.web.authorization import FORM, ROLES
from tests.web.hooks import VIEW, a_call
from tests.web.page_authorization import SESSIONS
from tests.web.worlds import AGENTS, Agent, World, as_role, as_session

CLINICS, PATIENTS = ("demo", "other"), ("anna", "bodil")
CLINICAL = "clinical"  # the kind of a canary that no patient is to read
ID = "id"  # the kind of one that stands in the audit trail too
_NEXT = re.compile(r"https?://education\.example(/[^\"'\s<>\\]+)|(?:href|action)=\"(/[^\"]+)\"")
_WORD = re.compile(r"k[0-9a-f]{15}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRICKS = (
    *("_include=*", "_revinclude=Provenance:target", "_include=CarePlan:activity-reference"),
    *("_has:CarePlan:patient:_id=x", "patient.name=a", "subject:Patient.name=a", "_count=0"),
    *("_count=999999", "_sort=_id", "_sort=-_lastUpdated", "_total=accurate", "_summary=count"),
    *("_elements=id", "_filter=patient eq 'x'", "_query=all", "_page=x", "status=active", "_id="),
    *(
        "_summary=true",
        "_format=xml",
        "_contained=both",
        "_type=CarePlan",
        "patient=",
        "edition=full",
    ),
)


@dataclass(frozen=True)
class Canary:
    """A word, whose it is, and of what kind."""

    word: str
    tenant: str
    patient: str
    kind: str = ""


@dataclass
class Crawl:
    """The walk: `seen` are addresses and ids met so far, by whomever."""

    web: Web
    seed: int
    worlds: dict[tuple[str, str], World] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    of_plans: list[str] = field(default_factory=list)  # resources, by their ids
    links: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sung: Counter[tuple[str, str]] = field(default_factory=Counter)  # asker and word, rightly
    wrong: list[str] = field(default_factory=list)
    typed: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # in forms, by person

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        for tenant in CLINICS:
            for patient in PATIENTS:
                self._settle(tenant, patient)
        self.rules = sorted(
            (rule.rule, method)
            for rule in self.web.client.application.url_map.iter_rules()
            for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
            if not rule.rule.endswith("/leave")
        )
        self.sessions: dict[str, Any] = {}
        self.tokens: dict[tuple[str, str], Mapping[str, str]] = {}

    def canary(self, tenant: str, patient: str, name: str, kind: str = "") -> str:
        word = "k" + sha256(f"{tenant} {patient} {name}".encode()).hexdigest()[:15]
        self.canaries[word] = Canary(word, tenant, patient, kind)
        return word

    def _settle(self, tenant: str, patient: str) -> None:
        """A patient of a clinic, with a canary in every text that can be stored."""
        web, headers = self.web, self.web.headers(tenant=tenant)
        told = web.post(a_visit(patient, f"e-{patient}"), Authorization=headers["Authorization"])
        plan = told.headers["Location"].rpartition("/")[2]
        self.canaries[plan] = Canary(plan, tenant, patient, ID)
        path, physio = f"/api/v1/plans/{plan}", web.headers("clinician", tenant=tenant)
        own = web.headers("patient", patient=patient, tenant=tenant)

        def say(name: str, kind: str = "") -> str:
            return f"Ord {self.canary(tenant, patient, name, kind)}"

        visit = {
            "topics": [{"id": "knowledge", "outcome": "taught", "note": say("note")}],
            "methods": ["talk"],
            "mood": {"text": say("mood", CLINICAL)},
            "job": {"text": say("job")},
            "text": say("text", CLINICAL),
            "goals": [{"text": say("goal")}],
        }
        sent = [
            web.client.post(f"{path}/teachings", json=visit, headers=physio),
            web.client.post(f"{path}/goals", json={"text": say("second goal")}, headers=physio),
            web.client.post(f"{path}/handouts/knowledge/assignments", json={}, headers=physio),
        ]
        assert [each.status_code for each in sent] == [201] * 3, [each.text for each in sent]
        with web.parts.store.reading(tenant) as transaction:
            stored = transaction.plan(plan)
        assert stored is not None
        world = World(web, patient, next(p for p in PATIENTS if p != patient), plan)
        world.given = assignment_urn(stored.plan, stored.plan.assignments[0])[len("urn:uuid:") :]
        world.code = code_of(web.parts.secret, stored.plan)
        self.canaries[world.given] = Canary(world.given, tenant, patient, ID)
        self.worlds[tenant, patient] = world
        self._ask(world, own, tenant, say("question"))
        self.ids += [plan, world.given, world.code, patient, f"e-{patient}", f"Patient/{patient}"]
        self.ids += [f"{plan}.t.work", f"{plan}.h.1", f"{plan}.s.1", f"{plan}.g.walk"]

    def _ask(self, world: World, _own: Any, tenant: str, text: str) -> None:
        from service.usecases.ports import PATIENT, Caller

        who = Caller(tenant, PATIENT, "patient", f"Patient/{world.patient}")
        self.web.parts.ask_question.ask(world.plan, text, who)

    def walk(self, requests: int) -> None:
        """Ask so many times; what nobody should have seen is in `wrong`."""
        for number in range(requests):
            who = self.chance.choice(ASKERS if self.chance.random() < 0.3 else LET_IN)
            method, path, sent, kind = self._request(who)
            answer = self._send(who, method, path, sent, kind)
            self.statuses[answer.status_code] += 1
            self._look(number, who, f"{method} {path}", f"{path} {sent!r}", answer.text)
            answer.close()

    def _look(self, number: int, who: str, what: str, sent: str, text: str) -> None:
        """Hold the answer to the oracle, and remember what it leads to.

        A draft shows a clinician again what they typed, in whichever window.
        """
        agent = AGENTS.get(who)
        person = (agent.tenant, agent.name) if agent else ("", who)
        typed = self.typed.setdefault(person, set())
        if what.startswith("POST"):
            typed.update(_WORD.findall(sent))
        for word in {*_WORD.findall(text)}:
            canary = self.canaries.get(word)
            if canary is None or word in sent or word in typed:
                continue  # nobody's, or told by who asks
            if may_see(who, canary):
                self.sung[who, word] += 1
            else:
                self.wrong.append(f"seed {self.seed}, request {number}: {who} {what}: {canary}")
        if len(self.of_plans) < 1_000:
            self.of_plans += re.findall(r'"id":"([^"]+\.[^"]+)"', text[:50_000])[:20]
        if len(self.links) < 2_000:
            found = (a or b for a, b in _NEXT.findall(text[:50_000]))
            self.links += [each.replace("&amp;", "&") for each in found if "/leave" not in each][
                :40
            ]

    def _request(self, who: str) -> tuple[str, str, Any, str]:
        """Mostly at a door of this asker's kind, or a link that somebody was given."""
        chance = self.chance
        doors = doors_of(who) if chance.random() < 0.9 else "/"
        links = [each for each in self.links if each.startswith(doors)]
        if links and chance.random() < 0.25:
            return "GET", chance.choice(links), None, JSON
        rule, method = chance.choice([each for each in self.rules if each[0].startswith(doors)])
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: self._place(name[1]), rule)
        if chance.random() < 0.6 or rule.startswith("/fhir/<"):
            path = f"{path}?{self._query(rule)}"
        if method == "GET":
            return method, path, None, JSON
        if rule.startswith(("/clinician", "/portal")) or "_search" in rule or rule == "/infobutton":
            return method, path, self._form(), FORM
        return method, path, self._body(rule), FHIR if "encounter" in rule else JSON

    def _place(self, name: str) -> str:
        chance = self.chance
        if name == "resource_type":
            return chance.choice([*SERVED, "Patient", "Encounter", "Bundle"])
        if name in ("number", "version"):
            return str(chance.randrange(4))
        fixed = {"pack_id": "lumbar-spinal-stenosis", "handout_id": "knowledge", "goal_id": "walk"}
        fixed |= {"service_id": VIEW, "filename": "plain.css"}
        world = chance.choice(list(self.worlds.values()))
        near = {"plan_id": world.plan, "name": world.given, "code": world.code}
        near["resource_id"] = chance.choice([world.plan, *self.of_plans])
        usual = near.get(name) if chance.random() < 0.8 else ""
        return fixed.get(name) or usual or chance.choice(self.ids)

    def _query(self, rule: str) -> str:
        chance = self.chance
        if not rule.startswith("/fhir"):
            mine = f"patient={chance.choice((*PATIENTS, *self.ids))}"
            return chance.choice([mine, mine, "all=1", "before=x", "x=y"])
        named = ("subject", "_id", "encounter", "_page", "entity", "target", "agent")
        parts = [
            f"patient={chance.choice(PATIENTS)}",
            f"{chance.choice(named)}={chance.choice(self.ids)}",
        ]
        parts = [each for each in parts if chance.random() < 0.6]
        parts += [chance.choice(_TRICKS) for _ in range(chance.choice((0, 0, 1, 2)))]
        return "&".join(parts)

    def _form(self) -> dict[str, str]:
        chance = self.chance
        plans = [world.plan for world in self.worlds.values()]
        told = {"plan": chance.choice((*plans, *self.ids)), "goal": "walk", "progress": "improving"}
        told |= {"question": str(chance.randrange(3)), "text": "Hej?", "language": "da"}
        return told | {"patient": chance.choice(self.ids), "name": chance.choice(self.ids)}

    def _body(self, rule: str) -> Any:
        patient = self.chance.choice(PATIENTS)
        if "encounter" in rule or "propose" in rule:
            return a_visit(patient, f"e-{self.chance.choice(PATIENTS)}")
        if "cds-services" in rule:
            return a_call(VIEW, context={"userId": "Practitioner/fys1", "patientId": patient})
        if "validate" in rule or "apply" in rule:
            told = [{"name": "subject", "valueString": f"Patient/{patient}"}]
            return {"resourceType": "Parameters", "parameter": told}
        if rule.endswith(("/close", "/corrections")):
            return {"reason": ""}  # or there would soon be nothing left to see
        return {"topic": "work", "outcome": "deferred", "reason": "no-time"}

    def _send(self, who: str, method: str, path: str, sent: Any, kind: str) -> Any:
        if who in SESSIONS:
            session = self.sessions.get(who) or as_session(self._world_of(who), who)
            self.sessions[who] = session
            form = (sent if isinstance(sent, dict) else {}) | {"csrf": session.csrf}
            told = form if method == "POST" else None
            return session.client.open(path, method=method, data=told, headers=session.headers)
        key = (who, path.partition("?")[0] if who == "cds" else "")
        headers = self.tokens.get(key) if who != "cds" else None
        if headers is None:
            headers = self.tokens[key] = as_role(self._world_of(who), who, path)
        body = sent if kind == FORM or sent is None else orjson.dumps(sent)
        accept = self.chance.choice([JSON, FHIR, "*/*"])
        given = {**headers, "Content-Type": kind, "Accept": accept}
        return self.web.client.open(path, method=method, data=body, headers=given)

    def _world_of(self, who: str) -> World:
        """Where this asker's patient is `anna`; `other` is `bodil`."""
        agent = AGENTS.get(who)
        return self.worlds[agent.tenant if agent else "demo", "anna"]


def doors_of(who: str) -> tuple[str, ...]:
    if who not in SESSIONS:
        return ("/api", "/fhir", "/cds", "/infobutton", "/hooks", "/metrics", "/docs")
    return ("/portal",) if who.startswith("O") else ("/clinician",)


ASKERS = [*ROLES, *(each for each in SESSIONS if not each.endswith("X"))]
LET_IN = [who for who in AGENTS if who not in ("sys0", "adm", "mon", "cds", "LX", "OX")]
_ANY = {"sysA", "sysB", "D1", "D2", "dpo", "cds"}


def may_see(who: str, canary: Canary) -> bool:
    """The oracle: whether this asker may ever be shown this word."""
    who = "sysA" if who == "tok" else who  # that is whose token it is
    agent: Agent | None = AGENTS.get(who)
    if agent is None or who in ("sys0", "mon", "adm") or agent.tenant != canary.tenant:
        return False
    if who == "dpo":
        return canary.kind == ID
    own = "bodil" if agent.of == "other" else "anna"
    if who not in _ANY and who != "LG" and canary.patient != own:
        return False
    return agent.role != "patient" or canary.kind != CLINICAL
