"""Whatever words a record sends along, they become no markup: most of them are not even kept."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

from service.fhir.shapes import TABLE
from tests.conftest import JSON, SERVICE_URL
from tests.posted import LUMBAR, a_bundle, a_condition, an_encounter
from tests.safety.shapes import asked_fields
from tests.safety.site import served
from tests.safety.strings import ALL, OWN, every_string, is_taken, repeats, without_blanks
from tests.safety.watching import watched
from tests.web.hooks import START, a_call, found
from tests.web.test_access import forged

pytestmark = pytest.mark.real

WORDS = ("string", "markdown", "xhtml")
COMPLEX = ("HumanName", "Address", "CodeableConcept", "Coding", "Narrative", "Annotation")
LEFT_OUT = ("id", "extension", "modifierExtension", "contained", "implicitRules")
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
STRINGS = [text for text in (every_string() if ALL else OWN) if is_taken(text)]


@cache
def table() -> dict[str, Any]:
    """R4's elements, as the service reads them."""
    found: dict[str, Any] = json.loads(TABLE.read_bytes())["types"]
    return found


def worded(kind: str, text: str, depth: int = 2) -> dict[str, Any]:
    """A thing of this type in which every element says this that may, by R4's own table."""
    told: dict[str, Any] = {"status": "generated"} if kind == "Narrative" else {}
    chosen: set[str] = set()
    for name, element in table()[kind].items():
        if name in LEFT_OUT or element.get("choice") in chosen or "type" not in element:
            continue
        said = _said(element, text, depth)
        if said:
            chosen |= {element["choice"]} if "choice" in element else set()
            told[name] = [said] if element.get("many") else said
    return told


def _said(element: dict[str, Any], text: str, depth: int) -> Any:
    kind = element["type"]
    is_code = kind == "code" and "codes" not in element and _CODE.fullmatch(text)
    is_uri = kind == "uri" and not re.search(r"\s", text)
    if kind in WORDS or is_code or is_uri:
        return text
    return worded(kind, text, depth - 1) if kind in COMPLEX and depth else None


def a_wordy_visit(text: str, encounter: str) -> dict[str, Any]:
    """A visit whose every resource says this wherever it can say something."""
    said = {"display": text}
    coded = {"coding": [LUMBAR | said, worded("Coding", text)], "text": text}
    resources = (
        worded("Patient", text) | {"resourceType": "Patient", "id": "p1"},
        worded("Encounter", text)
        | an_encounter(
            id=encounter,
            subject={"reference": "Patient/p1"} | said,
            participant=[{"individual": {"reference": "Practitioner/fys1"} | said}],
            serviceProvider={"reference": "Organization/o1"} | said,
        ),
        worded("Condition", text)
        | a_condition(code=coded, subject={"reference": "Patient/p1"} | said),
        worded("Practitioner", text) | {"resourceType": "Practitioner", "id": "fys1"},
        worded("Organization", text) | {"resourceType": "Organization", "id": "o1"},
    )
    return a_bundle(*resources)


def test_what_a_record_says_in_words_is_taken_and_kept_nowhere(web, browser):
    assert len(json.dumps(a_wordy_visit("W", "e")).split('"W"')) > 40
    codes = {}
    for number, text in enumerate(STRINGS):
        answer = web.post(a_wordy_visit(text, f"e{number}"))
        codes[text] = answer.status_code
        assert not repeats(json.dumps(answer.json, ensure_ascii=False), text)
    # An address that runs a script is no URI to us, so the whole of it is refused.
    refused = [text for text, code in codes.items() if code not in (200, 201)]
    assert [text for text in refused if not re.match("(java|vb)script:", text, re.I)] == []
    assert len(refused) >= 3
    small = {"conditions": [{"codings": [LUMBAR, {"system": "urn:x", "code": "<b>__ran"}]}]}
    told = {"encounter": {"id": "small"}, "patient": {"id": "p1"}} | small
    assert web.post(told, kind=JSON).status_code == 200
    with served(web) as site, watched(browser, site.url) as seen:
        plan = web.get("/api/v1/plans?patient=p1").json["plans"][0]["id"]
        for role, paths in (
            ("clinician", (f"/clinician/plans/{plan}", f"/clinician/plans/{plan}/print")),
            ("patient", ("/portal", "/portal/data", "/portal/log")),
        ):
            seen.go(site.link(role=role))
            for path in paths:
                assert seen.go(path) == 200
                assert (seen.caught(), "__ran" in seen.page.content()) == ([], False), path


def test_what_is_told_to_a_hook_is_not_told_back(web):
    for text in STRINGS:
        sent = {"encounter": an_encounter(reasonCode=[{"text": text}])}
        sent["conditions"] = found(a_condition(LUMBAR | {"display": text}))
        answer = web.hook(START, a_call(prefetch=sent))
        assert (answer.status_code, repeats(answer.text, text)) == (200, False), text


def test_who_came_in_is_words_on_every_page(web, browser):
    """Names are a token's or a login's: whatever an issuer says of its users."""
    web.post(a_bundle())
    for text in STRINGS:
        headers = {"Authorization": f"Bearer {forged(web, sub=text)}"}
        answer = web.client.get("/api/v1/plans?patient=p1", headers=headers)
        assert answer.status_code == (200 if text.isprintable() else 401), text
    everything = "\n".join(STRINGS)
    told = {"name": everything, "practitioner": f"Practitioner/{everything}"}
    with served(web) as site, watched(browser, site.url) as seen:
        told |= {"intent": everything, "encounter": f"Encounter/{everything}", "banner": True}
        seen.go(site.link(**told))
        assert seen.caught() == []
        last = without_blanks(everything.rpartition("/")[2])
        assert last in without_blanks(seen.page.inner_text(".banner"))
        assert seen.page.get_attribute("body", "data-intent").split() == everything.split()
        seen.go(site.link(role="patient"))
        path, shown = "/portal/log", ""
        while path:
            assert seen.go(path) == 200
            assert seen.caught() == []
            shown += seen.text()
            earlier = seen.page.locator("main a[href*=before]")
            path = earlier.get_attribute("href") if earlier.count() else ""
    for text in (everything, *filter(str.isprintable, STRINGS)):
        assert without_blanks(text) in without_blanks(shown), text


def test_what_is_asked_of_infobutton_is_words_in_its_answers(web, browser):
    names = {name for _, path, _, name in asked_fields(_document(web)) if path == "/infobutton"}
    assert names >= {"mainSearchCriteria.v.c", "mainSearchCriteria.v.dn", "performer"}
    asked = {"mainSearchCriteria.v.cs": "2.16.840.1.113883.6.96"}
    asked["mainSearchCriteria.v.c"] = "18347007"
    headers = web.headers()
    answered = 0
    with served(web) as site, watched(browser, site.url, extra_http_headers=headers) as seen:
        for number, text in enumerate(STRINGS):
            for name in sorted(names):
                query = urlencode(asked | {name: text})
                for kind in ("text/xml", JSON) if ALL else (("text/xml", JSON)[number % 2],):
                    path = f"/infobutton?{query}&knowledgeResponseType={kind}"
                    answer = site.client.get(path, headers=headers)
                    assert answer.status_code < 500, (name, text)
                    answered += answer.status_code == 200
                    assert not repeats(answer.text, f">{text}")
                    assert not re.search("<[^>]*__ran", answer.text)
            if number % 8 == 0 or ALL:
                query = urlencode(asked | {"mainSearchCriteria1.v.c": text, "x": text})
                seen.go(f"/infobutton?{query}&knowledgeResponseType=text/xml")
                # Chromium's view of XML has a style, which the answer's policy refuses; and the
                # links of the feed lead to where the service says that it is.
                caught = [w for w in seen.caught() if "style" not in w and SERVICE_URL not in w]
                assert caught == []
    assert answered > len(STRINGS)


def _document(web: Any) -> dict[str, Any]:
    document: dict[str, Any] = web.client.get("/openapi.json").json
    return document
