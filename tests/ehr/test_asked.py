"""A hook service asks the clinic's own record for what was not sent along, and nobody else."""

import socket
import time
from contextlib import contextmanager

import pytest

from service.ehr.record import FhirRecord
from service.ehr.wire import Wire
from service.usecases.in_time import InTime
from tests.ehr.faults import serving
from tests.ehr.visits import a_site, to
from tests.posted import LUMBAR, SNOMED, a_condition, a_patient, an_encounter, coding
from tests.web.hooks import DISCHARGE, START, VIEW, a_call, found

PROBLEM = {"category": [{"coding": [{"code": "problem-list-item"}]}]}
ACTIVE = {"clinicalStatus": {"coding": [{"code": "active"}]}}


def slow(site):
    """A clinic whose record is waited for: a busy machine is no record that is away."""
    return lambda **more: site(whole=30, **more)


def asks(make_web, record, **more):
    """An application whose clinic has this record."""
    return make_web(records={"demo": record}, **more)


def titles(answer):
    assert answer.status_code == 200, answer.text
    return [card["summary"] for card in answer.json["cards"]]


COVERED = ["Materiale til patientuddannelse: Lumbal spinalstenose"]


@pytest.mark.parametrize("service", [START, DISCHARGE])
@pytest.mark.parametrize("prefetch", [None, {"encounter": an_encounter()}, {"encounter": None}])
def test_an_encounter_is_read_there_with_its_reasons(site, make_web, service, prefetch):
    clinic = a_site(slow(site))
    web = asks(make_web, clinic.record)
    assert titles(web.hook(service, a_call(service, prefetch=prefetch))) == COVERED
    asked = [path for _, path in clinic.faulty.seen]
    assert asked == ["/Encounter/e1", "/Patient/p1", "/Condition/c1"]


def test_what_was_sent_is_not_asked_for(site, make_web):
    clinic = a_site(slow(site))
    assert titles(asks(make_web, clinic.record).hook(START, a_call())) == COVERED
    assert clinic.faulty.seen == []


def test_a_reason_that_was_not_sent_is_read_there(site, make_web):
    clinic = a_site(slow(site))
    other = a_condition(coding(SNOMED, "38341003"), id="c9")
    prefetch = {"encounter": an_encounter(), "conditions": found(other)}
    assert titles(asks(make_web, clinic.record).hook(START, a_call(prefetch=prefetch))) == COVERED
    assert clinic.faulty.seen


def test_for_the_view_of_a_patient_the_problem_list_is_read(site, make_web):
    old = {"clinicalStatus": {"coding": [{"code": "resolved"}]}}
    clinic = a_site(
        slow(site),
        a_patient(),
        a_condition(coding(SNOMED, "38341003"), id="c0", **PROBLEM, **ACTIVE),
        a_condition(LUMBAR, id="c1", **PROBLEM, **ACTIVE),
        a_condition(LUMBAR, id="c2", subject=to("Patient/p2"), **PROBLEM, **ACTIVE),
    )
    web = asks(make_web, clinic.record)
    assert titles(web.hook(VIEW, a_call(VIEW, prefetch=None))) == COVERED
    clinic.keep(a_condition(LUMBAR, id="c1", **PROBLEM, **old))
    assert titles(web.hook(VIEW, a_call(VIEW, prefetch=None))) == []


def test_no_address_of_a_call_is_ever_asked(site, make_web):
    """Ids of one record mean other people in another."""
    clinic, seen = a_site(slow(site)), []

    def elsewhere(environ, start):
        seen.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "application/fhir+json")])
        return [b"{}"]

    web = asks(make_web, clinic.record)
    with serving(elsewhere) as url:
        for server in (url, f"{clinic.record.base}.evil.example", f"{clinic.record.base}/x"):
            token = {"access_token": "secret", "token_type": "Bearer", "expires_in": 300}
            call = a_call(prefetch=None, fhirServer=server, fhirAuthorization=token)
            assert web.hook(START, call).status_code == 412
    assert (seen, clinic.faulty.seen) == ([], [])


def test_its_own_address_may_be_named(site, make_web):
    clinic = a_site(slow(site))
    call = a_call(prefetch=None, fhirServer=f"{clinic.record.base}/")
    assert titles(asks(make_web, clinic.record).hook(START, call)) == COVERED


def test_an_encounter_of_another_patient_is_refused(site, make_web):
    clinic = a_site(
        slow(site), a_patient(id="p2"), a_condition(subject=to("Patient/p2")),
        an_encounter(subject=to("Patient/p2")),
    )  # fmt: skip
    answer = asks(make_web, clinic.record).hook(START, a_call(prefetch=None))
    assert answer.status_code == 422


def test_what_the_record_does_not_show_is_told(site, make_web):
    clinic = a_site(slow(site), a_patient(), an_encounter(subject=to("Group/1")))
    answer = asks(make_web, clinic.record).hook(START, a_call(prefetch=None))
    assert answer.status_code == 412
    assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "data-missing"


def test_a_visit_that_does_not_take_place_is_no_card(site, make_web):
    clinic = a_site(slow(site), a_patient(), an_encounter(status="cancelled"))
    assert titles(asks(make_web, clinic.record).hook(START, a_call(prefetch=None))) == []


@pytest.mark.parametrize("fault", ["503", "500", "reset", "html", "401"])
def test_a_record_that_fails_is_no_card(site, make_web, fault):
    clinic = a_site(slow(site))
    clinic.faulty.reads[:] = [fault] * 9
    assert titles(asks(make_web, clinic.record).hook(START, a_call(prefetch=None))) == []


@contextmanager
def a_hole():
    """A server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_record_that_hangs_is_no_card_within_half_a_second(make_web):
    """By the clock, with room for a busy machine: the record would be waited for ten seconds."""
    with a_hole() as url:
        web = asks(make_web, FhirRecord(Wire(url)), within=InTime(0.4, 8))
        took = []
        for _ in range(3):
            began = time.monotonic()
            assert titles(web.hook(START, a_call(prefetch=None))) == []
            took.append(time.monotonic() - began)
    assert min(took) < 1.0


def test_a_database_that_is_held_is_no_card_and_no_token_is_good_twice(make_web):
    web = make_web(within=InTime(0.4, 8))
    path = f"/cds-services/{START}"
    token = web.issuer.call_token(f"https://education.example{path}", tenant="demo")
    same = {"Authorization": f"Bearer {token}"}
    with web.database.writing():
        assert titles(web.hook(START, a_call(), **same)) == []
    for _ in range(50):  # what went on unheard has used it
        if web.rows("used_token"):
            break
        time.sleep(0.1)
    assert web.hook(START, a_call(), **same).status_code == 401
