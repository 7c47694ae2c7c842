"""What is sent to every other route than the main job's: texts that trip, in every place."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from tests.conftest import FHIR, JSON
from tests.corpora.npm import naughty_strings
from tests.posted import a_visit

NEW_PLAN = "a new plan"
HANDOUT = "/api/v1/packs/lumbar-spinal-stenosis/handouts/knowledge"
FORM = "application/x-www-form-urlencoded"
# What databases, parsers and languages trip over, beside the naughty strings.
TRAPS = (
    *(
        "\0",
        "a\0b",
        "\x01",
        "\x7f",
        "\n",
        "\u2028",
        "\ufeff",
        "\uffff",
        "\U000107ff",
        "é",
        "e\u0301",
    ),
    *("'", '"', "\\", "%", "%s", "?", "$1", "--", ";", "~", "a" * 3_000),
    *("0", "-1", "007", "1e400", "NaN", "2147483648", "9223372036854775808", "9" * 40, "١"),
)
# Bytes of an address that are no text.
BYTES = ("%00", "%FF", "%ED%A0%80", "%C0%80", "%", "%zz", "%2F", "..%2f..")


@dataclass(frozen=True)
class Asked:
    """One request. `{plan}` in the path is the newest `NEW_PLAN` of a service; `role` asks."""

    origin: str
    path: str
    method: str = "GET"
    role: str = "system"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def every_nth(step: int) -> Iterator[Asked]:
    """Every trap, and every n-th of the naughty strings, at every door."""
    texts = [*TRAPS, *list(naughty_strings())[::step]]
    for number, text in enumerate(texts):
        yield _a_plan(number)
        for asked in _at_every_door(text):
            yield Asked(f"text {number} {asked.origin}", *_rest(asked))
    for raw in BYTES:
        for place, path in _addresses(raw):
            yield Asked(f"bytes {raw} {place}", path)


def _a_plan(number: int) -> Asked:
    """A new plan for the texts that come next, so that none grows large."""
    body = orjson.dumps(a_visit(f"text-{number}", f"text-{number}"))
    headers = {"Content-Type": FHIR, "Accept": JSON}
    return Asked(NEW_PLAN, "/api/v1/encounters", "POST", "system", body, headers)


def _rest(asked: Asked) -> tuple[Any, ...]:
    return asked.path, asked.method, asked.role, asked.body, asked.headers


def _at_every_door(text: str) -> Iterator[Asked]:
    said = quote(text.encode("utf-8", "surrogatepass"), safe="")
    for place, path in _addresses(said):
        yield Asked(place, path)
    yield from _written(text)
    yield from _told(text, said)
    yield from _pages(text)
    legal = "".join(sign for sign in text if sign.isprintable())[:3_000].strip()
    headers = {"If-Match": legal.encode().decode("latin-1")}
    yield Asked("as If-Match", "/api/v1/plans/{plan}/confirm", "POST", "clinician", b"", headers)
    form = urlencode({"subject": text}, errors="surrogatepass").encode()
    kind = {"Content-Type": FORM}
    yield Asked("in a posted search", "/fhir/CarePlan/_search", "POST", "system", form, kind)


def _addresses(said: str) -> Iterator[tuple[str, str]]:
    yield "as the id of a plan", f"/api/v1/plans/{said}"
    yield "as a plan's deliveries", f"/api/v1/plans/{said}/deliveries"
    yield "as a patient", f"/api/v1/plans?patient={said}"
    yield "as a pack", f"/api/v1/packs/{said}"
    for form in ("html", "pdf", "txt"):
        yield (
            f"as a handout, {form}",
            f"/api/v1/packs/lumbar-spinal-stenosis/handouts/{said}.{form}",
        )
    yield "as a handout's version", f"{HANDOUT}.txt?version={said}"
    yield "as a handout's language", f"{HANDOUT}.txt?language={said}"
    yield "as a note's visit", f"/api/v1/plans/{{plan}}/note?encounter={said}"
    yield "as an id of FHIR", f"/fhir/CarePlan/{said}"
    yield "as a row of the audit trail", f"/fhir/AuditEvent/{said}"
    yield "as a version", f"/fhir/CarePlan/{{plan}}/_history/{said}"
    yield "as a subject", f"/fhir/CarePlan?subject={said}"
    for name in ("_id", "identifier", "status", "date", "_count", "_lastUpdated"):
        yield f"as {name}", f"/fhir/CarePlan?subject=Patient/nobody&{name}={said}"
    yield "as a page", f"/fhir/CarePlan?_page={said}"
    yield "as a type", f"/fhir/{said}"
    yield "in $apply", f"/fhir/PlanDefinition/lumbar-spinal-stenosis/$apply?subject={said}"
    yield "as a hook service", f"/cds-services/{said}/feedback"
    system = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.96"
    yield "as a code to read of", f"/infobutton?{system}&mainSearchCriteria.v.c={said}"
    yield "as a language", f"/infobutton?mainSearchCriteria.v.c=1&performer.languageCode.c={said}"
    yield "as a page's key", f"/infobutton/handouts/{'0' * 64}.html?key={said}"
    yield "as a code", f"/clinician/launch?code={said}"
    yield "as a patient's code", f"/portal/enter?code={said}"
    yield "as a page of a patient's own", f"/portal/handouts/{said}"
    yield "as the code on a sheet", f"/clinician/paper/{said}"


def _written(text: str) -> Iterator[Asked]:
    """In the body of what a clinician tells."""
    topic = {"topic": "knowledge", "outcome": "taught", "understanding": "understood"}
    bodies = {
        "teachings": (
            topic | {"note": text},
            topic | {"encounter": text},
            topic | {"topic": text},
            topic | {"text": text, "barriers_met": text, "methods": [text]},
        ),
        "goals": ({"text": text}, {"text": "gå", "target": text}, {"text": "gå", "due": text}),
        "handouts/knowledge/assignments": (
            {"until": text},
            {"withdrawn": True, "reason": text},
            {"reason": text},
        ),
        "handouts/knowledge/receipts": ({"state": text},),
        "corrections": (
            {"entry": "teaching", "id": text, "reason": "Tastefejl"},
            {"entry": "teaching", "id": "1", "reason": text},
        ),
    }
    kind = {"Content-Type": JSON}
    for door, told in bodies.items():
        for body in told:
            path = f"/api/v1/plans/{{plan}}/{door}"
            # A lone surrogate cannot be written as UTF-8, only escaped.
            raw = orjson.dumps(body) if _is_text(text) else b'{"text":"\\ud800"}'
            yield Asked(f"in {door}", path, "POST", "clinician", raw, kind)
    raw = orjson.dumps({"resourceType": "CarePlan", "description": text}) if _is_text(text) else b""
    yield Asked("in $validate", "/fhir/CarePlan/$validate", "POST", "system", raw, _fhir())


def _told(text: str, said: str) -> Iterator[Asked]:
    """By the record, at the hook."""
    raw = orjson.dumps({"resourceType": "Encounter", "id": text}) if _is_text(text) else b"{}"
    yield Asked("told at the hook", "/hooks/encounter", "POST", "system", raw, _fhir())
    path = f"/hooks/encounter/Encounter/{said}"
    yield Asked("in the hook's address", path, "PUT", "system", raw, _fhir())


def _pages(text: str) -> Iterator[Asked]:
    """In what a browser holds and sends: it may hold anything."""
    told = text.encode("utf-8", "surrogatepass")
    secret = f"{base64.urlsafe_b64encode(told).decode()}.x"
    yield Asked("as a launch's clinic", f"/clinician/launch?code={secret}")
    cookie = _held("education_plan_launch", secret)
    yield Asked("in a cookie", "/clinician/plans", headers=cookie)
    cookie = _held("education_plan_portal", secret)
    yield Asked("in a patient's cookie", "/portal", headers=cookie)
    said = quote(told, safe="")
    yield Asked("as a record's address", f"/smart/launch?iss={said}&launch={said}")
    yield Asked("as a login's answer", f"/smart/callback?state={said}&code={said}&iss={said}")
    yield Asked("as the clinic of a state", f"/smart/callback?state={quote(secret)}&code=x")


def _held(name: str, secret: str) -> dict[str, str]:
    """As a cookie is named with TLS, and without."""
    return {"Cookie": f"{name}={secret}; __Host-{name}={secret}"}


def _fhir() -> dict[str, str]:
    return {"Content-Type": FHIR}


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
