"""How a search compares: R4's rules for dates, tokens, references and canonicals as a table."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.search_values import (
    interval,
    is_date,
    is_reference,
    is_token,
    is_uri,
    values,
)

DAY = "2026-11-23"
EARLY, LATE = (datetime(year, 1, 1) for year in (1900, 2200))  # noqa: DTZ001  # hypothesis asks so
CONCEPT = {"coding": [{"system": "urn:s", "code": "a"}, {"code": "b"}], "text": "A"}
COURSE = {"start": "2026-11-23", "end": "2026-12-24"}


@pytest.mark.parametrize(
    ("value", "asked", "fits"),
    [
        (DAY, "2026", True),
        (DAY, "2026-11", True),
        ("2026-11", DAY, False),  # the month is more than the day that was asked for
        (DAY, "eq2026-11-24", False),
        (DAY, "ne2026-11-24", True),
        (DAY, "gt2026-11-22", True),
        (DAY, "gt2026-11-23", False),
        (DAY, "ge2026-11-23", True),
        (DAY, "lt2026-11-24", True),
        (DAY, "lt2026-11-23", False),
        (DAY, "le2026-11-23", True),
        (DAY, "sa2026-11-22", True),
        (DAY, "eb2026-11-24", True),
        (DAY, "ap2026-11-23T12:00", True),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00Z", True),
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00", True),
        (COURSE, "ge2026-12-01", True),
        (COURSE, "eq2026", True),
        (COURSE, "sa2026-11-22", True),
        (COURSE, "eb2026-12-24", False),
        ({"start": DAY}, "gt2099", True),
        ({"end": DAY}, "lt1900", True),
        ("2026-12", "lt2027", True),
        ("2024-02", "ge2024-02-29", False),  # nothing of the month lies beyond that day
        ({}, "eq2026", False),
        ("nonsense", "eq2026", False),
    ],
)
def test_a_date(value, asked, fits):
    assert is_date(value, asked) == fits


@given(
    st.datetimes(EARLY, LATE),
    st.integers(-400, 400),
    st.sampled_from([4, 7, 10, 16, 19]),
)
def test_each_date_is_one_of_equal_or_not_and_every_value_is_at_least_or_before(at, days, length):
    value = f"{at.isoformat()[:19]}Z"
    other = (at + timedelta(days=days)).isoformat()[:length]
    asked = f"{other}Z" if length > 10 else other
    assert is_date(value, f"eq{asked}") != is_date(value, f"ne{asked}")
    assert is_date(value, f"ge{asked}") or is_date(value, f"lt{asked}")
    assert is_date(value, f"le{asked}") or is_date(value, f"gt{asked}")
    assert not (is_date(value, f"sa{asked}") and is_date(value, f"eb{asked}"))


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-02-30", "2026-11-23T25:00", "x"])
def test_what_is_no_date_spans_nothing(text):
    assert interval(text) is None


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("a", True),
        ("urn:s|a", True),
        ("urn:s|", True),
        ("|a", False),  # it has a system
        ("|b", True),
        ("urn:s|b", False),
        ("c", False),
        ("A", False),  # the text is no code
        ("", False),
    ],
)
def test_a_token(asked, fits):
    assert is_token(CONCEPT, asked) == fits


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("Patient/1", True),
        ("1", True),
        ("https://ehr.example/fhir/Patient/1", True),
        ("Group/1", False),
        ("Patient/11", False),
        ("11", False),
    ],
)
def test_a_reference(asked, fits):
    value = {"reference": "https://other.example/Patient/1/_history/3"}
    assert is_reference(value, asked) == fits


def test_a_canonical_without_a_version_stands_for_all_of_them():
    assert is_uri("urn:x|1", "urn:x")
    assert is_uri("urn:x|1", "urn:x|1")
    assert not is_uri("urn:x|1", "urn:x|2")
    assert not is_uri("urn:x", "urn:x|1")


def test_a_path_goes_through_lists_and_picks_extensions_by_their_url():
    resource = {
        "activity": [{"reference": {"reference": "A/1"}}, {}, {"reference": {"reference": "A/2"}}],
        "extension": [{"url": "urn:e", "valueCode": "full"}, {"url": "urn:f", "valueCode": "no"}],
    }
    assert [v["reference"] for v in values(resource, "activity.reference")] == ["A/1", "A/2"]
    assert list(values(resource, "extension(urn:e).valueCode")) == ["full"]
    assert list(values(resource, "nothing.here")) == []
