"""Ways in that are not there: files, TRACE, a token in an address, a line in the log."""

import json

import pytest

from service import logs
from tests.web.test_access import CALLS, PROTECTED, call, code_of

POSTED = [
    ("POST", "/fhir/CarePlan/_search"),
    ("POST", "/infobutton"),
    ("POST", "/api/v1/encounters"),
    ("POST", "/hooks/encounter"),
    ("POST", "/clinician/leave"),
    ("POST", "/portal/questions"),
    ("POST", "/portal/leave"),
]


@pytest.mark.parametrize(("method", "path"), [*POSTED, *CALLS])
def test_a_form_never_has_a_file(web, method, path):
    head = b'Content-Disposition: form-data; name="a"; filename="a.html"'
    part = b"--x\r\n" + head + b"\r\n\r\n<b>\r\n--x--\r\n"
    for kind in ("multipart/form-data; boundary=x", "Multipart/Mixed; boundary=x"):
        answer = web.client.open(path, method=method, data=part, headers={"Content-Type": kind})
        assert answer.status_code == 415
        told = answer.headers.get("X-Error-Code") or code_of(answer)
        assert told == "content-type-not-accepted"


def test_trace_is_answered_nowhere(web):
    rules = web.client.application.url_map.iter_rules()
    assert [rule.rule for rule in rules if rule.methods & {"TRACE", "CONNECT"}] == []
    for path in (
        "/",
        "/docs",
        "/clinician/plans",
        "/portal",
        "/api/v1/encounters",
        "/fhir/CarePlan",
    ):
        answer = web.client.open(path, method="TRACE", headers={"X-Mine": "mine"})
        assert answer.status_code == 405
        assert "mine" not in answer.text


@pytest.mark.parametrize("name", ["access_token", "token", "authorization"])
def test_no_token_is_taken_from_an_address(web, name):
    for method, path in PROTECTED:
        between = "&" if "?" in path else "?"
        answer = call(web, method, f"{path}{between}{name}={web.token()}", {})
        assert answer.status_code == 401


LINE = '\n{"event":"mine"}\r\n'


def test_nothing_that_is_sent_makes_a_line_of_its_own(web, capsys):
    logs.configure()
    web.client.get(f"/mine/{LINE}")
    web.client.get("/docs", query_string={"a": LINE})
    web.client.open("/docs", method="MINE")
    web.client.get("/api/v1/plans", headers={"Authorization": 'Bearer {"event":"mine"}'})
    web.client.get("/api/v1/packs/mine%0Amine", headers=web.headers("clinician"))
    lines = capsys.readouterr().err.splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events == ["request"] * 3 + ["access-refused"] + ["request"] * 2
    assert "mine" not in "".join(lines).lower()
