"""A value of a primitive type is written as R4 says."""

import json

import pytest

from service.fhir.primitives import formats
from service.fhir.shapes import TABLE

FORMATS = formats(json.loads(TABLE.read_bytes())["regexes"])

GOOD_VALUES = [
    ("date", "2024"),
    ("date", "2024-02"),
    ("date", "2024-02-29"),
    ("dateTime", "2024-05-31"),
    ("dateTime", "2024-05-31T10:15:00+02:00"),
    ("dateTime", "2024-05-31T10:15:00.123456789Z"),
    ("instant", "2024-05-31T10:15:00.5-14:00"),
    ("time", "23:59:59"),
    ("id", "a" * 64),
    ("oid", "urn:oid:1.2.208.176.2.4"),
    ("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
    ("uri", "urn:x"),
    ("url", "https://example.org/a?b=c"),
    ("canonical", "https://example.org/a|1.0"),
    ("code", "in progress"),
    ("integer", -(2**31)),
    ("unsignedInt", 0),
    ("positiveInt", 1),
    ("decimal", 10),
    ("decimal", -0.5),
    ("boolean", False),
    ("base64Binary", "QUJD\n RA=="),
    ("string", "Æ\t\r\n😀"),
    ("markdown", "# x"),
]
BAD_VALUES = [
    ("date", "2023-02-29"),
    ("date", "2024-13"),
    ("date", "24-05-31"),
    ("date", "2024-05-31\n"),
    ("date", "٢٠٢٤"),
    ("date", "2024-05-31T10:15:00Z"),
    ("dateTime", "2024-05-31T10:15:00"),
    ("dateTime", "2024-05-31T10:15Z"),
    ("dateTime", "2024-05-31T25:15:00Z"),
    ("dateTime", "2024-04-31T10:15:00Z"),
    ("dateTime", "2016-12-31T23:59:60Z"),
    ("dateTime", "9999-12-31T23:59:59-12:00"),
    ("dateTime", "2024-05-31T10:15:00+15:00"),
    ("instant", "2024-05-31"),
    ("time", "24:00:00"),
    ("time", "10:15"),
    ("id", "a" * 65),
    ("id", "a b"),
    ("id", ".."),
    ("id", "a_b"),
    ("oid", "urn:oid:9.1"),
    ("uuid", "c757873d-ec9a-4326-a141-556f43239520"),
    ("uri", "a b"),
    ("uri", "javascript:alert(1)"),
    ("url", "JavaScript:alert(1)"),
    ("canonical", "a\u00a0b"),
    ("code", " a"),
    ("code", "a  b"),
    ("code", "a\tb"),
    ("integer", 2**31),
    ("unsignedInt", -1),
    ("positiveInt", 0),
    ("decimal", 10**18),
    ("decimal", float("inf")),
    ("base64Binary", "QUJ"),
    ("base64Binary", "QU=D"),
    ("base64Binary", " "),
    ("string", "a\x00b"),
    ("string", "a\x1bb"),
    ("markdown", "x" * (1024 * 1024 + 1)),
]


def is_taken(type_name: str, value: object) -> bool:
    format_ = FORMATS[type_name]
    return type(value) in format_.json and bool(format_.holds(value))


@pytest.mark.parametrize(("type_name", "value"), GOOD_VALUES)
def test_a_well_written_value_is_taken(type_name, value):
    assert is_taken(type_name, value)


@pytest.mark.parametrize(("type_name", "value"), BAD_VALUES)
def test_a_badly_written_value_is_not_taken(type_name, value):
    assert not is_taken(type_name, value)


def test_true_is_no_number_and_one_is_no_truth():
    assert not is_taken("integer", True)
    assert not is_taken("decimal", False)
    assert not is_taken("boolean", 1)


TEXT_TYPES = sorted(name for name in FORMATS if FORMATS[name].json == (str,))


@pytest.mark.parametrize("type_name", TEXT_TYPES)
@pytest.mark.parametrize("piece", ["A", "AAAA ", " ", "1.", "\n", "A=", "1"])
def test_no_text_can_be_made_to_measure_to_make_a_format_slow(type_name, piece):
    long = piece * 100_000
    assert not is_taken(type_name, long + "\x00")
