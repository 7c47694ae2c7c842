"""What became of a plan on its way into the record, over REST and on the page."""

from datetime import timedelta

import pytest

from service.store.outbox import DatabaseOutbox
from service.usecases.delivering import REASONS, Place, Receipt
from service.web.pages import delivery_reasons
from tests.conftest import FHIR, JSON
from tests.posted import a_visit

LEASE = timedelta(seconds=60)


@pytest.fixture
def outbox(web):
    return DatabaseOutbox(web.database)


@pytest.fixture
def plan(web):
    answer = web.post(a_visit(), accept=JSON)
    assert answer.status_code == 201
    return answer.json["id"]


def told(web, plan, **more):
    return web.get(f"/api/v1/plans/{plan}/deliveries", **more)


def test_what_is_queued_waits(web, plan):
    (delivery,) = told(web, plan).json["deliveries"]
    assert (delivery["revision"], delivery["state"], delivery["tries"]) == (1, "waiting", 0)
    assert delivery["queued"] == "2026-11-23T09:00:00Z"
    assert "reason" not in delivery


def test_what_the_record_accepted_is_told_entry_by_entry(web, plan, outbox):
    (queued,) = outbox.take("demo", 1, LEASE)
    outbox.delivered(queued, Receipt((Place("urn:uuid:1", "CarePlan/7", "3"),), ("Goal",)))
    (delivery,) = told(web, plan).json["deliveries"]
    assert (delivery["state"], delivery["left_out"]) == ("delivered", ["Goal"])
    assert delivery["entries"] == [
        {"identity": "urn:uuid:1", "reference": "CarePlan/7", "version": "3"}
    ]


def test_what_was_refused_says_why_and_can_be_sent_once_more(web, plan, outbox):
    outbox.park(outbox.take("demo", 1, LEASE)[0], "not-allowed")
    (delivery,) = told(web, plan).json["deliveries"]
    assert delivery["state"] == "parked"
    assert delivery["reason"] == {"code": "not-allowed", "text": REASONS["not-allowed"]}
    path = f"/api/v1/plans/{plan}/deliveries/replay"
    again = web.client.post(path, headers=web.headers("clinician"))
    assert [each["state"] for each in again.json["deliveries"]] == ["waiting"]


def test_another_patient_and_another_clinic_see_nothing_of_it(web, plan):
    assert told(web, plan, role="patient", patient="p2").status_code == 404
    assert told(web, plan, tenant="other").status_code == 404
    path = f"/api/v1/plans/{plan}/deliveries/replay"
    assert web.client.post(path, headers=web.headers("patient", patient="p1")).status_code == 403
    assert web.client.post(path, headers=web.headers(tenant="other")).status_code == 404


def test_it_is_told_as_json_only(web, plan):
    assert told(web, plan, accept=FHIR).status_code == 406


def signed(physio):
    form = physio.open().visit.tick("taught", "knowledge")
    return form.send("review").form.send("sign")


def answer_for_the_newest(web, outbox, answer):
    outbox.delivered(outbox.take("demo", 1, LEASE)[0], Receipt((Place("urn:uuid:1", "C/1"),)))
    answer(outbox.take("demo", 1, LEASE)[0])


def test_the_page_says_in_the_record_only_when_it_is(web, physio, outbox):
    page = signed(physio)
    assert page.words(".steps [aria-current]") == ["Signeret, venter på journalen 10.00"]
    receipt = Receipt((Place("urn:uuid:1", "CarePlan/1"),))
    answer_for_the_newest(web, outbox, lambda queued: outbox.delivered(queued, receipt))
    (step,) = physio.get(page.path).words(".steps [aria-current]")
    assert step.startswith("I journalen")


def test_the_page_says_why_it_waits(web, physio, outbox):
    page = signed(physio)
    hour = timedelta(hours=1)
    answer_for_the_newest(
        web, outbox, lambda queued: outbox.later(queued, hour, "unreachable", uncertain=False)
    )
    assert "Journalen kan ikke nås. Der prøves igen automatisk." in physio.get(page.path).text


def test_the_page_shows_what_was_refused_and_sends_it_again(web, physio, outbox):
    page = signed(physio)
    answer_for_the_newest(web, outbox, lambda queued: outbox.park(queued, "changed-in-record"))
    shown = physio.get(page.path)
    assert "Ikke i journalen. Nogen har ændret det samme i journalen." in shown.text
    fields = {"csrf": shown.select("input[name=csrf]")[0].get("value")}
    sent = physio.post(f"{page.path}/send", fields)
    assert sent.words(".steps [aria-current]") == ["Signeret, venter på journalen 10.00"]


def test_every_reason_has_words_on_the_page(web, physio):
    physio.open()
    with web.client.application.test_request_context():
        assert set(delivery_reasons()) == set(REASONS)


def test_the_page_says_when_the_record_has_no_place_for_it(web, physio, outbox):
    page = signed(physio)
    answer_for_the_newest(web, outbox, lambda queued: outbox.delivered(queued, Receipt(())))
    assert "Journalen kan ikke tage imod det" in physio.get(page.path).text
