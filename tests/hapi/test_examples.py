"""HL7's validator, as HAPI runs it with our package, agrees on which examples are good."""

import pytest

from tests.profiles.examples import broken_examples, valid_examples

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize(
    ("profile", "resource"),
    [pytest.param(*rest, id=name) for name, *rest in valid_examples()],
)
def test_a_valid_example_meets_its_profile(record, profile, resource):
    assert record.complaints(resource, profile) == []


@pytest.mark.parametrize(
    ("profile", "resource"),
    [pytest.param(*rest[:2], id=name) for name, *rest in broken_examples()],
)
def test_a_broken_example_is_refused(record, profile, resource):
    assert record.complaints(resource, profile)
