"""What identifies a patient stands neither in the log nor in an answer to bad input.

The synthetic patient's family name, given name, CPR number and birth date are put where
they belong and where they do not: keys, codes, ids, addresses, headers, broken JSON.
"""

import json
import re
import socket

import orjson
import pytest
import requests

from service.identity.demo_issuer import DemoIssuer
from tests.canaries import IDENTIFYING
from tests.clinician import Clinic
from tests.conftest import FHIR, JSON
from tests.posted import (
    FAMILY,
    GIVEN,
    LUMBAR,
    SNOMED,
    SYNTHETIC_CPR,
    a_bundle,
    a_condition,
    a_patient,
    a_visit,
    an_encounter,
    coding,
    the_small_form,
)
from tests.web.hooks import START, a_call

WORDS = (FAMILY, GIVEN, SYNTHETIC_CPR, "1951-01-01")
ENCOUNTERS = "/api/v1/encounters"
NOWHERE = {"reference": f"Patient/{SYNTHETIC_CPR}"}


def private_in(text: str) -> list[str]:
    return [word for word in IDENTIFYING if word in text.lower()]


def bad_bodies(word: str) -> dict[str, object]:
    """Bodies that no plan can come of, with the word in one odd place each."""
    patient, encounter, condition = a_patient(), an_encounter(), a_condition()
    return {
        "no json": f'{{"family": "{word}" "{word}"'.encode(),
        "a plain string": json.dumps(word).encode(),
        "a key given twice": f'{{"{word}": 1, "{word}": 2}}'.encode(),
        "a key at the top": {word: 1},
        "a key of the bundle": a_bundle() | {word: 1},
        "a key of the patient": a_bundle(patient | {word: {"a": 1}}, encounter, condition),
        "a resource type": a_bundle(patient, encounter, condition, {"resourceType": word}),
        "a status": a_bundle(patient, an_encounter(status=f" {word}"), condition),
        "an id": a_bundle(patient | {"id": f"{word} {word}"}, encounter, condition),
        "a birth date": a_bundle(patient | {"birthDate": f"{word}x"}, encounter, condition),
        "a reference": a_bundle(patient, an_encounter(subject=NOWHERE), condition),
        "a type in a reference": a_bundle(
            patient, an_encounter(subject={"reference": f"{word}/p1"}), condition
        ),
        "a code": a_visit("p1", "e1", coding(SNOMED, f"0{word}")),
        "a system": a_visit("p1", "e1", coding(f"urn:{word}", word)),
        "an extension": a_bundle(
            patient | {"modifierExtension": [{"url": f"urn:{word}", "valueString": word}]},
            encounter,
            condition,
        ),
        "a display": a_bundle(
            patient, encounter, a_condition(LUMBAR | {"display": word}, subject=NOWHERE)
        ),
    }


def bad_small_forms(word: str) -> dict[str, object]:
    return {
        "a field": the_small_form(**{word: 1}),
        "a field of the patient": the_small_form(patient={"id": "p1", word: 1}),
        "an id with a blank": the_small_form(patient={"id": f"{word} {word}"}),
        "an edition": the_small_form(edition=word),
        "a language": the_small_form(language=word),
        "a pack": the_small_form(pack=word.lower()),
        "a code of no system": the_small_form(conditions=[{"codings": [coding(SNOMED, word)]}]),
        "a start": the_small_form(encounter={"id": "e1", "start": word}),
        "conditions": the_small_form(conditions=word),
    }


def bad_headers(word: str) -> list[dict[str, str]]:
    word = word.encode().decode("latin-1")
    return [
        {"Accept": f"application/{word}"},
        {"Content-Type": f"text/{word}"},
        {"Content-Type": f"application/json; charset={word}"},
        {"Content-Encoding": word},
        {"Idempotency-Key": word * 30},
        {"Authorization": f"Bearer {word}.{word}.{word}"},
        {"Authorization": f"{word} {word}"},
    ]


def bad_addresses(word: str) -> list[str]:
    queries = [f"edition={word}", f"{word}=1", f"language={word}", f"pack={word}", word]
    return [
        *[f"{ENCOUNTERS}?{query}" for query in queries],
        f"/api/v1/plans/{word}",
        f"/api/v1/plans/{word}/confirm",
        f"/api/v1/plans?patient={word}&{word}={word}",
        f"/api/v1/packs/{word}",
        f"/api/v1/packs/lumbar-spinal-stenosis?language={word}",
        f"/api/v1/packs/lumbar-spinal-stenosis?edition={word}&audience={word}",
        f"/api/v1/packs/{word}/handouts/{word}.html",
        f"/{word}/{word}?{word}={word}",
    ]


def ask(live, token, method="POST", path=ENCOUNTERS, body=b"", kind=FHIR, **headers):
    """Return status and everything that came back, the headers too."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    given = {"Content-Type": kind, "Accept": "*/*"} | headers
    answer = live.call(method, path, token, data=content, headers=given, allow_redirects=False)
    return answer.status_code, f"{answer.headers} {answer.text}"


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_a_bad_body_repeats_what_was_sent(live, system_token, word):
    cases = [(name, body, FHIR) for name, body in bad_bodies(word).items()]
    cases += [(name, body, JSON) for name, body in bad_small_forms(word).items()]
    answers = {name: ask(live, system_token, body=body, kind=kind) for name, body, kind in cases}
    assert {name: status for name, (status, _) in answers.items() if not 400 <= status < 500} == {}
    assert [name for name, (_, text) in answers.items() if private_in(text)] == []


def bad_notices(word: str) -> list[tuple[str, str, object]]:
    """What a record cannot tell, with the word in one odd place each."""
    encounter, address = an_encounter(), "/hooks/encounter/Encounter/e1"
    return [
        ("PUT", address, f'{{"id": "{word}" "{word}"'.encode()),
        ("PUT", address, encounter | {"resourceType": word}),
        ("PUT", address, encounter | {"id": word}),
        ("PUT", address, encounter | {"id": f"{word} {word}"}),
        ("PUT", f"/hooks/encounter/Encounter/{word}", encounter),
        ("PUT", f"/hooks/encounter/{word}/e1", encounter),
        ("PUT", f"{address}?{word}={word}", encounter),
        ("POST", "/hooks/encounter", {word: word}),
        ("POST", "/hooks/encounter", a_bundle()),
    ]


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_a_bad_notice_repeats_what_was_told(live, system_token, word):
    for method, path, body in bad_notices(word):
        status, text = ask(live, system_token, method, path, body=body)
        assert 400 <= status < 500, (method, path)
        assert private_in(text) == [], (method, path)


def test_an_encounter_that_is_told_of_keeps_names_out_of_answer_and_log(live, system_token):
    named = an_encounter(id=FAMILY, subject=NOWHERE | {"display": f"{GIVEN} {FAMILY}"})
    path = f"/hooks/encounter/Encounter/{FAMILY}"
    status, text = ask(live, system_token, "PUT", path, body=named)
    assert (status, private_in(text)) == (202, [])


def bad_calls(word: str) -> list[object]:
    """What no record can ask, with the word in one odd place each."""
    named = {"userId": "Practitioner/x", "patientId": "p1", "encounterId": "e1"}
    sent = {word: an_encounter(status=word), "conditions": a_condition()}
    return [
        f'{{"hook": "{word}" "{word}"'.encode(),
        a_call(hook=word),
        a_call(hookInstance=word),
        a_call(context=named | {"userId": f"{word} {word}"}),
        a_call(context=named | {"patientId": f"{word} {word}"}),
        a_call(prefetch=sent),
        a_call(prefetch={"encounter": an_encounter(**{word: word})}),
        a_call(prefetch={word: {"resourceType": word}}),
        a_call(fhirServer=word, prefetch=None),
        a_call(fhirAuthorization={"access_token": word}),
    ]


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_a_bad_call_of_a_hook_service_repeats_it(live, word):
    issuer = DemoIssuer(live.var / "demo-issuer")
    path = f"/cds-services/{START}"
    for number, body in enumerate(bad_calls(word)):
        token = issuer.call_token(f"{live.url}{path}", tenant="demo")
        status, text = ask(live, token, path=path, body=body, kind=JSON)
        assert 400 <= status < 500, number
        assert private_in(text) == [], number
    told = {"card": word, "outcome": word, "outcomeTimestamp": word, word: word}
    token = issuer.call_token(f"{live.url}{path}/feedback", tenant="demo")
    body = {"feedback": [told]}
    status, text = ask(live, token, path=f"{path}/feedback", body=body, kind=JSON)
    assert (status, private_in(text)) == (422, [])


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_of_infobutton_repeats_who_the_patient_is(live, system_token, word):
    code = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.96&mainSearchCriteria.v.c"
    for query, status in (
        (f"{code}=18347007&patientPerson.name.family={word}", 400),
        (f"{code}=18347007&patient.name.{word}={word}", 400),
        (f"{code}=18347007&informationRecipient={word}", 422),
        (f"{code}=18347007&{word}={word}&mainSearchCriteria.v.dn={word}", 200),
        (f"{code}={word}", 200),
    ):
        found, text = ask(live, system_token, "GET", f"/infobutton?{query}")
        assert (found, private_in(text)) == (status, []), query


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_bad_headers_repeats_them(live, system_token, word):
    for headers in bad_headers(word):
        status, text = ask(live, system_token, body=a_bundle(), **headers)
        assert 400 <= status < 500, headers
        assert private_in(text) == [], headers


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_a_bad_address_repeats_it(live, system_token, word):
    asked = [(method, path) for path in bad_addresses(word) for method in ("GET", "POST", "PUT")]
    answers = {each: ask(live, system_token, *each, body=a_bundle()) for each in asked}
    assert {each: status for each, (status, _) in answers.items() if not 400 <= status < 500} == {}
    assert [each for each, (_, text) in answers.items() if private_in(text)] == []


@pytest.mark.parametrize(
    "request_line",
    [
        f"{SYNTHETIC_CPR} / HTTP/1.1",
        f"GET /docs?{SYNTHETIC_CPR} HTTP/9.9",
        f"GET /{SYNTHETIC_CPR * 500} HTTP/1.1",
        f"GET /docs HTTP/1.1\r\n{FAMILY} {SYNTHETIC_CPR}: 1",
        f"GET /docs HTTP/1.1\r\n{FAMILY} {SYNTHETIC_CPR}",
        f"POST {ENCOUNTERS} HTTP/1.1\r\nContent-Length: {SYNTHETIC_CPR}x",
        f"POST {ENCOUNTERS} HTTP/1.1\r\nTransfer-Encoding: {FAMILY}",
        f"{FAMILY.upper()} {ENCOUNTERS} HTTP/1.1",
        FAMILY,
    ],
)
def test_no_answer_to_broken_http_repeats_it(live, request_line):
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"{request_line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    assert re.match(r"HTTP/1.1 [45]\d\d", answer)
    assert private_in(answer) == []


def test_no_answer_to_a_reused_idempotency_key_repeats_it(live, system_token):
    key = {"Idempotency-Key": SYNTHETIC_CPR}
    ask(live, system_token, body=a_visit("nothing-private-1", "nothing-private-1"), **key)
    status, text = ask(live, system_token, body=a_bundle(), **key)
    assert (status, private_in(text)) == (422, [])


def test_a_good_encounter_keeps_names_and_birth_dates_out_of_the_plan(live, system_token):
    status, text = ask(live, system_token, body=a_visit("nothing-private-2", "nothing-private-2"))
    assert (status, private_in(text)) == (201, [])


def bad_teachings(word: str) -> dict[str, object]:
    """What no visit can be, with the word in one odd place each."""
    topic = {"id": "knowledge", "outcome": "taught", "note": word}
    told = {"topics": [topic], "methods": ["talk"], "text": word}
    return {
        "a field": told | {word: 1},
        "a topic": told | {"topics": [topic | {"id": word}]},
        "an outcome": told | {"topics": [topic | {"outcome": word}]},
        "a topic twice": told | {"topics": [topic, topic]},
        "a method": told | {"methods": [word]},
        "a learner": told | {"learners": [word]},
        "an encounter": told | {"encounter": f"{word} {word}"},
        "a moment": told | {"at": word},
        "minutes": told | {"minutes": word},
        "a due date": told | {"goals": [{"text": word, "due": f"{word}x"}]},
        "a participant": told | {"participants": [{"plan": word}]},
        "a text that is too long": told | {"no_teaching": word * 100},
    }


@pytest.mark.parametrize("word", WORDS)
def test_no_answer_to_a_bad_visit_repeats_what_was_told(live, system_token, clinician_token, word):
    name = f"nothing-private-{WORDS.index(word)}-visit"
    posted = orjson.dumps(a_visit(name, name))
    headers = {"Content-Type": FHIR, "Accept": FHIR}
    answer = live.call("POST", ENCOUNTERS, system_token, data=posted, headers=headers)
    plan = answer.headers["Location"]
    for case, told in bad_teachings(word).items():
        path = f"{plan}/teachings"
        status, text = ask(live, clinician_token, path=path, body=told, kind=JSON)
        assert 400 <= status < 500, case
        assert private_in(text) == [], case
    good = {"no_teaching": word, "text": word, "goals": [{"text": word}], "mood": {"text": word}}
    status, _ = ask(live, clinician_token, path=f"{plan}/teachings", body=good, kind=JSON)
    assert status == 201


def test_the_pages_name_nobody_in_an_address_or_an_error(live, system_token):
    clinic = Clinic(live, system_token)
    clinic.visit("nothing-private-page", "nothing-private-page-1")
    with requests.Session() as browser:
        link = clinic.link("nothing-private-page", "nothing-private-page-1")
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        page = browser.get(link)
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        assert [each.url for each in page.history if "patient" in each.url.lower()] == []
        for word in WORDS:
            for path in ("", "/draft", "/check", "/close", "/entries/1/correct"):
                told = {"csrf": csrf, "revision": word, "version": word, "key": word}
                told |= {"taught": word, "result-knowledge": word, word: word, "action": "review"}
                answer = browser.post(page.url + path, data=told, allow_redirects=False)
                assert answer.status_code < 500
                assert private_in(str(answer.headers)) == []


def test_the_log_is_json_and_never_identifies_a_patient(live, system_token):
    """Last of all: the log now holds every bad request of the tests above."""
    ids = a_visit(SYNTHETIC_CPR, FAMILY)
    assert ask(live, system_token, body=ids)[0] == 201
    assert ask(live, system_token, "GET", f"/api/v1/plans?patient={SYNTHETIC_CPR}")[0] == 200
    assert [line for line in live.log.splitlines() if private_in(line)] == []
    after_greeting = live.log.partition("Ctrl-C\n")[2]
    lines = [line for line in after_greeting.splitlines() if line]
    assert lines
    assert [line for line in lines if not is_json_object(line)] == []


def is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
