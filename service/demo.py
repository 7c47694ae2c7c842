"""`education-plan demo`: the story so far, on a service, a database and a record of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from service.fhir import r4

PATIENT = {
    "resourceType": "Patient",
    "id": "nancy",
    "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0101519999"}],
    "name": [{"family": "Testesen", "given": ["Nancy"]}],
}
_COMMAND = [sys.executable, "-P", "-m", "service"]
SNOMED_LUMBAR = ("http://snomed.info/sct", "18347007")
SKS_STENOSIS = ("urn:oid:1.2.208.176.2.4.12", "DM480")


class Unexpected(Exception):
    """A step of the story did not go as told."""


def play() -> int:
    """Play every step, print each readably, and return 0 when all went as told."""
    folder = Path(tempfile.mkdtemp(prefix="education-plan-demo-"))
    try:
        with _service(folder) as story:
            for number, step in enumerate(STEPS, 1):
                print(f"\n{number}. {step.__doc__}", flush=True)
                step(story)
        print("\nThat is the story so far. `make run` serves it, `make test` proves it.")
    except (Unexpected, requests.RequestException) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        print(f"The service's log is {folder / 'log'}.", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


@dataclass
class Story:
    """A running service, and what has come of the steps so far."""

    url: str
    record: str
    tokens: dict[str, str]
    start_record: Callable[[], None]
    stop_record: Callable[[], None]
    plans: dict[str, str] = field(default_factory=dict)

    def deliveries(self, plan: str) -> list[dict[str, Any]]:
        """What became of each revision of a plan on its way into the record."""
        answer = self.call("GET", f"{plan}/deliveries")
        found: list[dict[str, Any]] = _expect(answer, 200)["deliveries"]
        return found

    def delivered(self, plan: str) -> list[dict[str, Any]]:
        """The same, when all of it stands in the record."""
        for _ in range(300):
            found = self.deliveries(plan)
            if all(each["state"] == "delivered" for each in found):
                return found
            time.sleep(0.1)
        raise Unexpected(f"after half a minute it is not in the record: {found[-1]}")

    def call(
        self, method: str, path: str, *, role: str = "system", **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} | more.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=10, **more)

    def post(
        self, bundle: dict[str, Any], accept: str = "application/json", query: str = ""
    ) -> requests.Response:
        headers = {"Content-Type": "application/fhir+json", "Accept": accept}
        path = f"/api/v1/encounters{query}"
        return self.call("POST", path, data=json.dumps(bundle), headers=headers)


def post_an_encounter(story: Story) -> None:
    """The EHR posts an encounter: a patient with lumbar spinal stenosis (SNOMED CT 18347007)."""
    answer = story.post(_bundle("nancy", "visit-1", SNOMED_LUMBAR))
    plan = _expect(answer, 201)
    story.plans["full"] = answer.headers["Location"]
    _tell(f"201 Created, {answer.headers['Location']}")
    _tell(f"A plan from {plan['pack']['id']} {plan['pack']['version']}, {plan['edition']} edition:")
    _list(topic["title"] for topic in plan["topics"])
    _tell("Goals to choose from, none of them agreed:")
    _list(goal["title"] for goal in plan["goals"])
    if plan["pack"]["draft"]:
        _tell("The content is a draft: no clinician has approved it.")


def see_the_bundle(story: Story) -> None:
    """The same plan as FHIR: a transaction Bundle that an EHR can post as it is."""
    answer = story.call("GET", story.plans["full"], headers={"Accept": "application/fhir+json"})
    bundle = _expect(answer, 200)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    _tell(
        f"{len(answer.content) / 1000:.0f} kB, {len(kinds)} resources: "
        + ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    )
    for entry in bundle["entry"]:
        r4.parse(entry["resource"])
    _tell("Every resource parses with fhir.resources (R4B models, the same shapes as R4).")
    _tell("The plan, its audit row and an outbox row for the record are one transaction.")


def read_a_handout(story: Story) -> None:
    """A handout in both editions, with the hash that pins its words; and on paper."""
    plan = _expect(
        story.call("GET", story.plans["full"], headers={"Accept": "application/json"}), 200
    )
    handout = plan["handouts"][0]
    path = f"/api/v1/packs/{plan['pack']['id']}/handouts/{handout['id']}.html"
    for edition in ("full", "pixi"):
        page = story.call("GET", f"{path}?edition={edition}&language=da")
        if page.status_code != 200:
            raise Unexpected(f"the handout answered {page.status_code}")
        tag = page.headers["ETag"].strip('"')
        _tell(f"{handout['title']} ({edition}): {len(page.content)} bytes, SHA-256 {tag[:12]}…")
    printed = story.call("GET", f"{path.removesuffix('.html')}.pdf?language=da&type=large")
    if printed.status_code == 404:
        _tell("No PDF: WeasyPrint (the extra `pdf`) or a library that it needs is not installed.")
    elif printed.content.startswith(b"%PDF"):
        _tell(f"{handout['title']} as PDF in large type: {len(printed.content)} bytes")
    else:
        raise Unexpected(f"the PDF answered {printed.status_code}")


def post_pixi(story: Story) -> None:
    """Another patient's encounter, in the short PIXI edition and in English."""
    plan = _expect(
        story.post(_bundle("noah", "visit-9", SNOMED_LUMBAR), query="?edition=pixi&language=en"),
        201,
    )
    _tell(f"{plan['edition']} edition, all topics of the guideline:")
    _list(topic["title"] for topic in plan["topics"])


def post_again(story: Story) -> None:
    """The same encounter again, as happens when an answer was lost on the way."""
    answer = story.post(_bundle("nancy", "visit-1", SNOMED_LUMBAR))
    _expect(answer, 200)
    if answer.headers["Location"] != story.plans["full"]:
        raise Unexpected("the same encounter made another plan")
    _tell(f"200 OK, the same plan {answer.headers['Location']}; nothing new was stored.")


def document_the_visit(story: Story) -> None:
    """The physiotherapist documents two topics, what was understood, and a goal."""
    taught = {
        "topics": [
            {"id": "knowledge", "outcome": "taught", "understanding": "understood"},
            {"id": "self-management", "outcome": "taught", "understanding": "not-understood"},
        ],
        "methods": ["talk"],
        "goals": [{"text": "Jeg går til bageren og hjem igen.", "due": _in_weeks(8)}],
        "next_step": "follow-up",
    }
    path = f"{story.plans['full']}/teachings"
    plan = _expect(story.call("POST", path, role="clinician", json=taught), 201)
    for topic in plan["topics"]:
        if topic["history"]:
            _tell(f"{topic['title']}: {topic['history'][-1]['understanding']}, {topic['state']}")
    _expect(story.call("POST", path, role="clinician", json=taught), 200)
    _tell("Sent once more, as happens: 200 OK, nothing new was stored.")
    note = story.call("GET", f"{story.plans['full']}/note", role="clinician")
    _tell(f"The note for the record ({len(note.text.split())} words):")
    _tell(f"“{note.text}”")


def post_the_next_visit(story: Story) -> None:
    """The next visit of the same patient continues the course."""
    plan = _expect(story.post(_bundle("nancy", "visit-2", SNOMED_LUMBAR)), 200)
    _tell("200 OK, the plan goes on: " + ", ".join(visit["title"] for visit in plan["encounters"]))
    _tell("What is open or not yet understood comes first: " + plan["topics"][0]["title"])


def post_a_possible_match(story: Story) -> None:
    """A Danish record says DM480 (no level of the spine): a clinician decides."""
    answer = story.post(_bundle("ole", "visit-5", SKS_STENOSIS))
    plan = _expect(answer, 200)
    _tell(f"200 OK, {plan['state']}: {plan['reason']['why']}")
    path = f"{answer.headers['Location']}/confirm"
    headers = {"Accept": "application/json"}
    refused = story.call("POST", path, headers=headers)
    _tell(f"The EHR tries to confirm it: {refused.status_code}, {_expect(refused, 403)['code']}")
    confirmed = _expect(story.call("POST", path, role="clinician", headers=headers), 200)
    _tell(f"The physiotherapist confirms it: 200, {confirmed['state']}, queued for the record.")


def search_the_facade(story: Story) -> None:
    """Another system reads the plan as FHIR, with its goals and topics, and its history."""
    asked = "patient=nancy&_include=CarePlan:goal&_include=CarePlan:activity-reference"
    found = _expect(story.call("GET", f"/fhir/CarePlan?{asked}"), 200)
    kinds = [entry["resource"]["resourceType"] for entry in found["entry"]]
    _tell(", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)))
    plan = found["entry"][0]["resource"]
    history = _expect(story.call("GET", f"/fhir/CarePlan/{plan['id']}/_history"), 200)
    _tell(f"Version {plan['meta']['versionId']} of {history['total']}; both can be read.")


def apply_the_definition(story: Story) -> None:
    """A system that knows FHIR's $apply asks for a proposal; nothing of it is stored."""
    path = "/fhir/PlanDefinition/lumbar-spinal-stenosis/$apply?subject=Patient/nancy"
    careplan = _expect(story.call("GET", path), 200)
    group = careplan["contained"][0]
    _tell(f"A CarePlan with a {group['resourceType']} of {len(group['action'])} topics.")
    _tell(f"It would replace {careplan['replaces'][0]['reference']}, if a clinician wants it to.")


def see_it_in_the_record(story: Story) -> None:
    """The worker brings all of it into the record (a stand-in), and reads it back there."""
    for plan in sorted(set(story.plans.values())):
        for each in story.delivered(plan):
            kinds = [entry["reference"].partition("/")[0] for entry in each["entries"]]
            told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
            _tell(f"{plan}, revision {each['revision']}: in the record. {told}")
    where = "?patient=nancy"
    found = {
        kind: requests.get(f"{story.record}/{kind}{where}", timeout=10).json().get("total", 0)
        for kind in ("CarePlan", "ServiceRequest", "Communication", "Observation", "Goal")
    }
    _tell("Asked for Nancy, the record itself answers: " + _counted(found))
    if found["CarePlan"] != 1 or found["Communication"] < 2 or not found["Goal"]:
        raise Unexpected("the record does not hold what was documented")


def lose_the_record(story: Story) -> None:
    """The record is away; what is documented meanwhile waits, and comes when it is back."""
    story.stop_record()
    path = f"{story.plans['full']}/goals"
    goal = {"text": "cykle til stranden igen"}
    _expect(story.call("POST", path, role="clinician", json=goal), 201)
    while not (last := story.deliveries(story.plans["full"])[-1])["tries"]:
        time.sleep(0.1)
    _tell(f"201 Created without the record; tried {last['tries']} time, and it waits.")
    story.start_record()
    last = story.delivered(story.plans["full"])[-1]
    _tell(f"The record is back: {last['state']} after {last['tries']} tries.")


def post_something_wrong(story: Story) -> None:
    """A condition about somebody else has slipped into the Bundle."""
    bundle = _bundle("nancy", "visit-3", SNOMED_LUMBAR)
    bundle["entry"][2]["resource"]["subject"] = {"reference": "Patient/other"}
    problem = _expect(story.post(bundle), 422)
    _tell(f"422 {problem['code']} at {problem['pointer']}")
    _tell(f"{problem['detail'].capitalize()}. {problem['how_to_fix']}")


STEPS: tuple[Callable[[Story], None], ...] = (
    post_an_encounter,
    see_the_bundle,
    read_a_handout,
    post_pixi,
    post_again,
    document_the_visit,
    post_the_next_visit,
    post_a_possible_match,
    search_the_facade,
    apply_the_definition,
    post_something_wrong,
    see_it_in_the_record,
    lose_the_record,
)


@contextmanager
def _service(folder: Path) -> Iterator[Story]:
    """Start service, worker and a stand-in for the record, and stop them by their pids."""
    url, record = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
    environment = os.environ | {
        "EDUPLAN_MODE": "demo",
        "EDUPLAN_VAR_DIR": str(folder),
        "EDUPLAN_BASE_URL": url,
        "EDUPLAN_DEMO_EHR": record,
    }
    environment.pop("EDUPLAN_DATABASE_URL", None)
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(*words: str) -> None:
        with (folder / "log").open("a") as log:
            running[words[0]] = subprocess.Popen(
                [*_COMMAND, *words], env=environment, stdout=log, stderr=log
            )

    def stop(name: str) -> None:
        process = running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)

    def start_record() -> None:
        start("stand-in", "--port", record.rsplit(":", 1)[1])

    print(f"Starting the service on {url} with a database and a record of its own …", flush=True)
    try:
        start_record()
        start("serve", "--port", url.rsplit(":", 1)[1])
        _await(url, running["serve"])
        start("work")
        tokens = {role: _token(role, environment) for role in ("system", "clinician")}
        yield Story(url, record, tokens, start_record, lambda: stop("stand-in"))
    finally:
        for name in list(running):
            stop(name)


def _token(role: str, environment: dict[str, str]) -> str:
    command = [*_COMMAND, "token", "--role", role]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):  # the handouts are printed first
        if process.poll() is not None:
            raise Unexpected("the service did not start")
        try:
            if requests.get(f"{url}/health/ready", timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise Unexpected("the service was not ready within two minutes")


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{many} {kind}" for kind, many in found.items())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _bundle(patient: str, encounter: str, code: tuple[str, str]) -> dict[str, Any]:
    subject = {"reference": f"Patient/{patient}"}
    resources: list[dict[str, Any]] = [
        PATIENT | {"id": patient},
        {
            "resourceType": "Encounter",
            "id": encounter,
            "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": subject,
            "participant": [{"individual": {"reference": "Practitioner/fys1"}}],
            "diagnosis": [{"condition": {"reference": f"Condition/{patient}-back"}}],
        },
        {
            "resourceType": "Condition",
            "id": f"{patient}-back",
            "code": {"coding": [{"system": code[0], "code": code[1]}]},
            "subject": subject,
        },
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


def _in_weeks(weeks: int) -> str:
    return (date.today() + timedelta(weeks=weeks)).isoformat()  # noqa: DTZ011  # the patient's day


def _expect(answer: requests.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise Unexpected(f"expected {status}, got {answer.status_code}: {answer.text[:300]}")
    content: dict[str, Any] = answer.json()
    return content


def _tell(text: str) -> None:
    print(f"   {text}", flush=True)


def _list(items: Iterator[str]) -> None:
    for item in items:
        print(f"     · {item}", flush=True)
