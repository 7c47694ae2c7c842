"""`education-plan demo`: the whole story, on a service, a database and a record of its own."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from service.demo_run import Story, Unexpected, expect, running_service
from service.fhir import r4

PATIENT = {
    "resourceType": "Patient",
    "id": "nancy",
    "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "0101519999"}],
    "name": [{"family": "Testesen", "given": ["Nancy"]}],
}
_JSON = {"Accept": "application/json"}
SNOMED_LUMBAR = ("http://snomed.info/sct", "18347007")
SKS_STENOSIS = ("urn:oid:1.2.208.176.2.4.12", "DM480")


def play() -> int:
    """Play every step, print each readably, and return 0 when all went as told."""
    folder = Path(tempfile.mkdtemp(prefix="education-plan-demo-"))
    try:
        with running_service(folder) as story:
            for number, step in enumerate(STEPS, 1):
                print(f"\n{number}. {step.__doc__}", flush=True)
                step(story)
        print("\nThat is the whole story. `make run` serves it, `make test` proves it.")
    except (Unexpected, requests.RequestException) as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        print(f"The service's log is {folder / 'log'}.", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def post_an_encounter(story: Story) -> None:
    """The EHR posts an encounter: a patient with lumbar spinal stenosis (SNOMED CT 18347007)."""
    answer = story.post(_bundle("nancy", "visit-1", SNOMED_LUMBAR))
    plan = expect(answer, 201)
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
    bundle = expect(answer, 200)
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
    plan = expect(
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
    plan = expect(
        story.post(_bundle("noah", "visit-9", SNOMED_LUMBAR), query="?edition=pixi&language=en"),
        201,
    )
    _tell(f"{plan['edition']} edition, all topics of the guideline:")
    _list(topic["title"] for topic in plan["topics"])


def post_again(story: Story) -> None:
    """The same encounter again, as happens when an answer was lost on the way."""
    answer = story.post(_bundle("nancy", "visit-1", SNOMED_LUMBAR))
    expect(answer, 200)
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
    plan = expect(story.call("POST", path, role="clinician", json=taught), 201)
    for topic in plan["topics"]:
        if topic["history"]:
            _tell(f"{topic['title']}: {topic['history'][-1]['understanding']}, {topic['state']}")
    expect(story.call("POST", path, role="clinician", json=taught), 200)
    _tell("Sent once more, as happens: 200 OK, nothing new was stored.")
    note = story.call("GET", f"{story.plans['full']}/note", role="clinician")
    _tell(f"The note for the record ({len(note.text.split())} words):")
    _tell(f"“{note.text}”")


def give_a_handout(story: Story) -> None:
    """The physiotherapist gives a handout; the patient opens it, and says that it was read."""
    path = f"{story.plans['full']}/handouts/self-management"
    steps = (
        ("assignments", "clinician", {"until": _in_weeks(12)}),
        ("receipts", "patient", {"state": "opened"}),
        ("receipts", "patient", {"state": "read"}),
    )
    for what, role, told in steps:
        plan = expect(story.call("POST", f"{path}/{what}", role=role, json=told), 201)
        handout = next(each for each in plan["handouts"] if each["assignments"])
        _tell(f"{role}: {handout['title']}: {handout['assignments'][-1]['state']}")
    seen = expect(story.call("GET", story.plans["full"], role="patient", headers=_JSON), 200)
    if "mood" in json.dumps(seen["sessions"]):
        raise Unexpected("the patient is told what is for clinicians")
    _tell("The patient sees the plan, and nothing that is for clinicians only.")


def post_the_next_visit(story: Story) -> None:
    """The next visit of the same patient continues the course."""
    plan = expect(story.post(_bundle("nancy", "visit-2", SNOMED_LUMBAR)), 200)
    _tell("200 OK, the plan goes on: " + ", ".join(visit["title"] for visit in plan["encounters"]))
    _tell("What is open or not yet understood comes first: " + plan["topics"][0]["title"])


def post_a_possible_match(story: Story) -> None:
    """A Danish record says DM480 (no level of the spine): a clinician decides."""
    answer = story.post(_bundle("ole", "visit-5", SKS_STENOSIS))
    plan = expect(answer, 200)
    _tell(f"200 OK, {plan['state']}: {plan['reason']['why']}")
    path = f"{answer.headers['Location']}/confirm"
    headers = {"Accept": "application/json"}
    refused = story.call("POST", path, headers=headers)
    _tell(f"The EHR tries to confirm it: {refused.status_code}, {expect(refused, 403)['code']}")
    confirmed = expect(story.call("POST", path, role="clinician", headers=headers), 200)
    _tell(f"The physiotherapist confirms it: 200, {confirmed['state']}, queued for the record.")


def search_the_facade(story: Story) -> None:
    """Another system reads the plan as FHIR, with its goals and topics, and its history."""
    asked = "patient=nancy&_include=CarePlan:goal&_include=CarePlan:activity-reference"
    found = expect(story.call("GET", f"/fhir/CarePlan?{asked}"), 200)
    kinds = [entry["resource"]["resourceType"] for entry in found["entry"]]
    _tell(", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)))
    plan = found["entry"][0]["resource"]
    history = expect(story.call("GET", f"/fhir/CarePlan/{plan['id']}/_history"), 200)
    _tell(f"It is at version {plan['meta']['versionId']}; {history['total']} of them can be read.")


def apply_the_definition(story: Story) -> None:
    """A system that knows FHIR's $apply asks for a proposal; nothing of it is stored."""
    path = "/fhir/PlanDefinition/lumbar-spinal-stenosis/$apply?subject=Patient/nancy"
    careplan = expect(story.call("GET", path), 200)
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
    if found["CarePlan"] != 1 or found["Communication"] < 3 or not found["Goal"]:
        raise Unexpected("the record does not hold what was documented")
    _tell(f"That the handout was opened stands there: {_received(story)}")


def _received(story: Story) -> str:
    """When the record says that the patient opened the handout."""
    bundle = requests.get(f"{story.record}/Communication?patient=nancy", timeout=10).json()
    for each in (entry["resource"] for entry in bundle["entry"]):
        if "handout-assignment" in json.dumps(each["category"]):
            return f"{each['status']}, received {each['received']}"
    raise Unexpected("the record does not hold the handout that was given")


def lose_the_record(story: Story) -> None:
    """The record is away; what is documented meanwhile waits, and comes when it is back."""
    story.stop_record()
    path = f"{story.plans['full']}/goals"
    goal = {"text": "cykle til stranden igen"}
    expect(story.call("POST", path, role="clinician", json=goal), 201)
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
    problem = expect(story.post(bundle), 422)
    _tell(f"422 {problem['code']} at {problem['pointer']}")
    _tell(f"{problem['detail'].capitalize()}. {problem['how_to_fix']}")


STEPS: tuple[Callable[[Story], None], ...] = (
    post_an_encounter,
    see_the_bundle,
    read_a_handout,
    post_pixi,
    post_again,
    document_the_visit,
    give_a_handout,
    post_the_next_visit,
    post_a_possible_match,
    search_the_facade,
    apply_the_definition,
    post_something_wrong,
    see_it_in_the_record,
    lose_the_record,
)


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{many} {kind}" for kind, many in found.items())


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


def _tell(text: str) -> None:
    print(f"   {text}", flush=True)


def _list(items: Iterator[str]) -> None:
    for item in items:
        print(f"     · {item}", flush=True)
