"""Anybody learns that it lives and is ready; what is wrong, and how much waits, a monitor only."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.app import build_web
from service.domain.errors import StoreBusy
from service.identity.operator_token import or_operator
from service.monitoring.figures import Figures
from service.monitoring.heartbeat import Heartbeat
from service.monitoring.tally import Tally
from service.store.outbox import DatabaseOutbox
from tests.builders import NOW
from tests.posted import a_visit

LACKING = {"database": "not at this release's schema"}


@pytest.fixture
def lacking(web):
    """The same application, whose database has another schema."""
    return build_web(replace(web.parts, not_ready=lambda: LACKING)).test_client()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_that_it_is_not_ready_is_told_to_anybody_and_why_only_to_a_monitor(web, lacking):
    plain = lacking.get("/health/ready")
    assert (plain.status_code, plain.json) == (503, {"status": "not-ready"})
    for headers in (web.headers("system"), web.headers("admin"), bearer("nonsense")):
        assert lacking.get("/health/ready", headers=headers).json == {"status": "not-ready"}
    told = lacking.get("/health/ready", headers=web.headers("monitor"))
    assert (told.status_code, told.json) == (503, {"status": "not-ready"} | LACKING)


def test_that_it_lives_is_told_without_a_look_at_the_database(lacking):
    answer = lacking.get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def metrics(client, headers):
    """The figures without labels but the clinic's, by name."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    lines = (line for line in answer.text.splitlines() if not line.startswith("#"))
    return {
        name.removeprefix("education_plan_"): float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines)
    }


def test_a_monitor_sees_what_waits_and_what_is_parked_of_its_clinic(web):
    for number in range(3):
        web.post(a_visit(f"p{number}", f"e{number}"))
    outbox = DatabaseOutbox(web.database)
    outbox.park(outbox.take("demo", 1, timedelta(seconds=60))[0], "refused")
    seen = metrics(web.client, web.headers("monitor"))
    assert seen['outbox_waiting{tenant="demo"}'] == 2
    assert seen['outbox_parked{tenant="demo"}'] == 1
    assert seen['outbox_oldest_seconds{tenant="demo"}'] == 0
    assert seen['inbox_waiting{tenant="demo"}'] == 0
    assert (seen["ready"], seen["store_up"], seen["workers"]) == (1, 1, 0)


def test_a_monitor_of_one_clinic_does_not_learn_of_another(web):
    web.post(a_visit())
    seen = metrics(web.client, web.headers("monitor", tenant="other"))
    assert {name.partition("{")[2] for name in seen if "tenant" in name} == {'tenant="other"}'}
    assert seen['outbox_waiting{tenant="other"}'] == 0


def test_the_operators_token_sees_all_clinics_and_opens_nothing_else(web):
    web.post(a_visit())
    verify = or_operator(web.parts.verify, "0123456789abcdef0123456789abcdef")
    client = build_web(replace(web.parts, verify=verify)).test_client()
    own = bearer("0123456789abcdef0123456789abcdef")
    assert metrics(client, own)['outbox_waiting{tenant="demo"}'] == 1
    assert client.get("/api/v1/plans?patient=p1", headers=own).status_code == 403
    assert client.get("/metrics", headers=bearer("0123456789abcdef")).status_code == 401
    assert client.get("/metrics", headers=web.headers("monitor")).status_code == 200


@pytest.mark.parametrize("scope", ["system/*.cruds", "system/*.*", "education-plan/monitor2"])
def test_no_other_scope_watches_over_the_service(web, scope):
    answer = web.client.get("/metrics", headers=web.headers("system", scope=scope))
    assert (answer.status_code, answer.json["code"]) == (403, "not-allowed")


def test_the_age_of_what_waits_grows(web):
    web.post(a_visit())
    queued = int((NOW.timestamp() - 90) * 1_000_000)
    with web.database.writing() as connection:
        connection.execute("UPDATE outbox SET queued = ? WHERE tenant = ?", (queued, "demo"))
    seen = metrics(web.client, web.headers("monitor"))
    assert seen['outbox_oldest_seconds{tenant="demo"}'] == 90


def test_a_worker_that_lives_is_counted_and_one_that_is_silent_is_not(web, tmp_path):
    Heartbeat(tmp_path, lambda: NOW.timestamp() - 30).beat()
    seen = metrics(web.client, web.headers("monitor"))
    assert seen["workers"] == 1
    assert seen["worker_last_beat_timestamp_seconds"] == NOW.timestamp() - 30
    Heartbeat(tmp_path, lambda: NOW.timestamp() - 61).beat()
    assert metrics(web.client, web.headers("monitor"))["workers"] == 0


def test_a_database_that_cannot_be_read_is_a_figure_and_no_failure(tmp_path):
    def busy():
        raise StoreBusy("the database cannot be read at the moment")

    figures = Figures("0", "0", tmp_path, busy)
    told = Tally().text(figures.families(busy)).decode()
    assert "education_plan_store_up 0.0" in told
    assert "education_plan_ready 0.0" in told
    assert "outbox_waiting{" not in told
