"""What the clinics' file says of a record, and what comes of a slip in it."""

import pytest

from service.config.tenants import LEAVABLE, RecordLogin, RecordOf, WrongSetting, read_tenants
from service.ehr.record import OURS, Manner
from service.fhir.dialects import Dialect
from service.records import record_of

WHOLE = """
a:
  ehr:
    base: https://fhir.a.example/r4
    dialect: {dialect}
    manner: single
    leave_out: [Provenance, Goal]
    most_per_second: 5
"""


def told(tmp_path, text):
    path = tmp_path / "clinics.yaml"
    path.write_text(text)
    return read_tenants(path, "EDUPLAN_TENANTS")["a"].ehr


@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_may_be_asked_for(tmp_path, dialect):
    record = record_of(told(tmp_path, WHOLE.format(dialect=dialect)))
    assert record.wishes.dialect is dialect
    assert record.wishes.manner is Manner.SINGLE
    assert record.wishes.leave_out == {"Provenance", "Goal"}


def test_a_record_needs_nothing_but_its_address(tmp_path):
    found = told(tmp_path, "a:\n  ehr:\n    base: https://fhir.a.example/r4\n")
    assert found == RecordOf("https://fhir.a.example/r4")
    assert record_of(found).wishes.dialect is Dialect.AUTO


def test_whatever_may_be_written_may_be_left_out():
    assert LEAVABLE == OURS


@pytest.mark.parametrize(
    ("slip", "place"),
    [
        ("dialect: klingon", "dialect"),
        ("manner: twice", "manner"),
        ("leave_out: [Goals]", "leave_out"),
        ("most_per_second: -1", "most_per_second"),
        ("base: fhir.a.example", "base"),
        ("login: {client_id: x}", "key_file"),
        ("colour: red", "colour"),
    ],
)
def test_a_slip_is_told_with_its_place(tmp_path, slip, place):
    lines = {"base": "base: https://fhir.a.example/r4"} | {slip.partition(":")[0]: slip}
    with pytest.raises(WrongSetting, match=place):
        told(tmp_path, "a:\n  ehr:\n" + "".join(f"    {line}\n" for line in lines.values()))


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN CERTIFICATE-----"])
def test_a_key_that_is_none_is_told_by_its_file(tmp_path, content):
    path = tmp_path / "key.pem"
    path.write_text(content)
    with pytest.raises(WrongSetting, match="key_file"):
        record_of(RecordOf("https://fhir.a.example/r4", login=RecordLogin("me", str(path))))
