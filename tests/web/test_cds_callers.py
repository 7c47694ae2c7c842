"""CDS Hooks: who may call, from which browsers, and what became of cards."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import BROWSER, SERVICE_URL
from tests.web.hooks import START, VIEW, a_call, refused


def test_a_token_is_good_for_one_call(web):
    path = f"/cds-services/{START}"
    token = web.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
    same = {"Authorization": f"Bearer {token}"}
    assert web.hook(START, a_call(), **same).status_code == 200
    again = web.hook(START, a_call(), **same)
    assert refused(again)[:2] == (401, "not-authenticated")
    assert again.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_good_for_the_address_it_was_signed_for(web):
    token = web.issuer.call_token(f"{SERVICE_URL}/cds-services/{VIEW}", tenant="demo")
    answer = web.hook(START, a_call(), Authorization=f"Bearer {token}")
    assert refused(answer)[:2] == (401, "not-authenticated")


def test_of_calls_with_one_token_at_once_one_is_answered(web):
    token = web.issuer.call_token(f"{SERVICE_URL}/cds-services/{START}", tenant="demo")
    same = {"Authorization": f"Bearer {token}"}
    with ThreadPoolExecutor(6) as threads:
        calls = [threads.submit(web.hook, START, a_call(), **same) for _ in range(6)]
    assert sorted(call.result().status_code for call in calls) == [200, *[401] * 5]


def test_of_calls_with_one_token_to_two_replicas_one_is_answered(make_web):
    """Each has its own connections; the database that they share decides."""
    replicas = [make_web(), make_web()]
    token = replicas[0].issuer.call_token(f"{SERVICE_URL}/cds-services/{START}", tenant="demo")
    same = {"Authorization": f"Bearer {token}"}
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(replicas[n % 2].hook, START, a_call(), **same) for n in range(8)]
    assert sorted(call.result().status_code for call in calls) == [200, *[401] * 7]


def test_a_token_of_a_feedback_is_good_once_and_for_no_call(web):
    path = f"/cds-services/{START}/feedback"
    token = web.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
    same = {"Authorization": f"Bearer {token}"}
    told = {"feedback": [an_answer()]}
    assert web.hook(f"{START}/feedback", told, **same).status_code == 200
    assert refused(web.hook(f"{START}/feedback", told, **same))[:2] == (401, "not-authenticated")
    assert refused(web.hook(START, a_call(), **same))[:2] == (401, "not-authenticated")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/cds-services/{START}", 405),
        ("PUT", f"/cds-services/{START}/feedback", 405),
        ("POST", "/cds-services/none", 401),
        ("POST", "/cds-services/none/at/all", 404),
        ("GET", "/cds-services?x=1", 422),
    ],
)
def test_every_refusal_is_an_operation_outcome(web, method, path, status):
    assert refused(web.client.open(path, method=method))[0] == status


# Browsers


@pytest.mark.parametrize("path", ["", f"/{START}", f"/{START}/feedback"])
def test_a_browser_of_the_clinic_may_call(web, path):
    asked = {"Origin": BROWSER, "Access-Control-Request-Method": "POST"}
    answer = web.client.options(f"/cds-services{path}", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == BROWSER
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_browser_reads_answers_and_refusals_alike(web):
    good = web.hook(START, a_call(), Origin=BROWSER)
    bad = web.hook(START, a_call(), Origin=BROWSER, Authorization="Bearer x")
    assert (good.status_code, bad.status_code) == (200, 401)
    for answer in (good, bad):
        assert answer.headers["Access-Control-Allow-Origin"] == BROWSER
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{BROWSER}.evil.example", ""])
def test_no_other_page_reads_an_answer(web, origin):
    answer = web.hook(START, a_call(), Origin=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers


# What became of cards


def an_answer(outcome="overridden", **more):
    told = {
        "card": str(uuid.uuid4()),
        "outcome": outcome,
        "outcomeTimestamp": "2026-11-26T10:00:00+01:00",
    }
    return told | more


def reason(code):
    return {"reason": {"code": code, "system": "x"}, "userComment": "Nancy Testesen vil ikke"}


@pytest.fixture
def tell(web):
    def of(*answers, service=START):
        return web.hook(f"{service}/feedback", {"feedback": list(answers)})

    return of


@pytest.fixture
def counted(web):
    def of(service=START):
        answer = web.get(f"/cds-services/{service}/feedback", role="monitor")
        assert answer.status_code == 200
        return {(each["outcome"], each["reason"]): each["count"] for each in answer.json["counts"]}

    return of


def test_what_became_of_cards_is_counted_by_service_and_reason(tell, counted):
    accepted = an_answer("accepted", acceptedSuggestions=[{"id": str(uuid.uuid4())}])
    assert tell(accepted, an_answer(overrideReason=reason("no-time"))).status_code == 200
    assert tell(an_answer(overrideReason=reason("no-time")), an_answer()).json == {}
    assert tell(an_answer(overrideReason=reason("17")), service=VIEW).status_code == 200
    assert counted() == {
        ("accepted", ""): 1,
        ("overridden", "no-time"): 2,
        ("overridden", ""): 1,
    }
    assert counted(VIEW) == {("overridden", "other"): 1}


def test_the_newest_answer_to_a_card_counts(tell, counted):
    card = an_answer(overrideReason=reason("no-time"))
    later = {"outcome": "accepted", "acceptedSuggestions": [], "overrideReason": None}
    tell(card | later | {"outcomeTimestamp": "2026-11-26T11:00:00Z"})
    tell(card)
    assert counted() == {("accepted", ""): 1}


def test_nothing_that_was_typed_is_kept(web, tell):
    tell(an_answer(overrideReason=reason("deferred")))
    with web.database.reading() as connection:
        rows = connection.execute("SELECT * FROM card_answer WHERE tenant = ?", ("demo",))
        assert "Nancy" not in str(rows.fetchall())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"card": "1"}, "card"),
        ({"outcome": "liked"}, "outcome"),
        ({"outcome": "accepted"}, "acceptedSuggestions"),
        ({"outcomeTimestamp": "yesterday"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2026-11-26T10:00:00"}, "outcomeTimestamp"),
        ({"overrideReason": "no"}, "overrideReason"),
    ],
)
def test_an_answer_that_says_nothing_is_refused_and_none_is_kept(tell, counted, change, place):
    status, _, found_place = refused(tell(an_answer(), an_answer() | change))
    assert (status, found_place) == (422, f"request.feedback[1].{place}")
    assert counted() == {}


def test_an_empty_feedback_is_refused(web):
    for body in ({}, {"feedback": []}, {"feedback": {}}):
        answer = web.hook(f"{START}/feedback", body)
        assert refused(answer) == (422, "invalid-field", "request.feedback")
