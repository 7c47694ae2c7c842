"""A whole course into a real record that searches no Goal: sekmet-fhir, in its own process."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from service.config.tenants import RecordLogin, RecordOf
from service.ehr.check import check_record
from service.ehr.trial import Verdict
from service.fhir.dialects import Dialect
from service.records import record_of
from tests.ehr.circle import circle_with, goes_round
from tests.ehr.sekmet import running_sekmet
from tests.ehr.story import deliver_a_course, differing, standing, stands_as_told, states_of
from tests.hapi.client import Record
from tests.live import live_service

pytestmark = pytest.mark.slow
WITHOUT = ("Goal",)


@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute references"])
@pytest.mark.parametrize("each_time", [True, False], ids=["step by step", "all at once"])
def test_a_whole_course_stands_in_the_record_once(tmp_path, absolute, each_time):
    behaviour = {"absolute_references": absolute}
    with (
        running_sekmet(tmp_path / "sekmet", server_behaviour=behaviour) as base,
        live_service(tmp_path / "var", EDUPLAN_DEMO_EHR=base) as live,
    ):
        record = Record(base)
        answers = deliver_a_course(live, record, each_time=each_time)
        last = answers[-1].json()
        assert set(standing(record, last, WITHOUT).values()) == {1}
        assert differing(record, last, WITHOUT) == []
        plan_id = answers[0].headers["Location"].rsplit("/", 1)[1]
        assert states_of(live, plan_id) == ["delivered"] * len(answers)
        goals_are_left_out_with_all_that_points_at_them(live, record, plan_id)


def goals_are_left_out_with_all_that_points_at_them(live, record, plan_id):
    """It keeps a Goal that is sent, and finds it by nothing: so it would be made each time."""
    kinds = {each["type"] for each in record.read("metadata")["rest"][0]["resource"]}
    assert "Goal" not in kinds
    assert record.found("Goal") == []
    told = live.call("GET", f"/api/v1/plans/{plan_id}/deliveries", live.token()).json()
    assert {tuple(each["left_out"]) for each in told["deliveries"]} == {("Goal",)}
    for kind in ("CarePlan", "ServiceRequest"):
        for resource in record.found(kind):
            assert "Goal/" not in json.dumps(resource)


@pytest.fixture
def sekmet(tmp_path):
    with running_sekmet(tmp_path / "sekmet") as base:
        yield base


@pytest.mark.parametrize("dialect", [Dialect.CORE, Dialect.INLINE, Dialect.FUT, Dialect.NOTE])
def test_the_course_stands_there_as_each_dialect_tells_it(sekmet, dialect):
    without = () if dialect is Dialect.NOTE else ("Goal",)
    assert stands_as_told(sekmet, dialect, without)


def test_every_row_of_the_check_is_well(sekmet):
    found = {step.name: step for step in check_record(record_of(RecordOf(sekmet)))}
    assert {step.verdict for step in found.values()} == {Verdict.OK}
    assert found["abilities"].seen.startswith("transaction; takes CarePlan, ServiceRequest")
    assert found["abilities"].seen.endswith("not Goal")


@pytest.mark.parametrize(
    ("payload", "absolute"),
    [(True, False), (False, True)],
    ids=["with a payload", "without a payload, absolute references"],
)
def test_what_the_record_tells_of_becomes_a_plan_that_stands_there(tmp_path, payload, absolute):
    behaviour = {"absolute_references": absolute}
    with (
        running_sekmet(tmp_path / "sekmet", server_behaviour=behaviour) as base,
        circle_with(base, tmp_path / "site") as circle,
    ):
        goes_round(circle, payload=payload, without=WITHOUT)


@pytest.mark.parametrize("kind", ["ES384", "RS384"])
def test_the_service_logs_in_with_its_key_and_not_without(tmp_path, kind):
    key = (
        ec.generate_private_key(ec.SECP384R1())
        if kind == "ES384"
        else rsa.generate_private_key(65537, 2048)
    )
    pem, public = tmp_path / "key.pem", tmp_path / "public.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    client = {"client_id": "education-plan", "public_key_path": str(public), "scopes": "system/*.*"}
    auth = {"types": ["smart"], "smart_clients": [client]}
    with running_sekmet(tmp_path / "sekmet", server_auth=auth) as base:
        login = RecordLogin("education-plan", str(pem), scope="system/*.read system/*.write")
        steps = list(check_record(record_of(RecordOf(base, login=login))))
        assert all(step.is_good for step in steps), json.dumps([str(step) for step in steps])
        assert [step.name for step in steps][-1] == "clean-up"
        assert [step.seen for step in steps if step.name == "hook"] == ["takes Subscriptions"]
        without = list(check_record(record_of(RecordOf(base))))
        assert not without[-1].is_good
        assert "login" in without[-1].seen
        stranger = RecordLogin("somebody-else", str(pem))
        refused = list(check_record(record_of(RecordOf(base, login=stranger))))
        assert [(step.name, step.is_good) for step in refused][-1] == ("login", False)
