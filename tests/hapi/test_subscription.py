"""HAPI tells of encounters, with the resource or without; their plan comes to stand in HAPI."""

import pytest

from tests.ehr.circle import circle_with, goes_round
from tests.hapi.conftest import BASE

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize("payload", [True, False], ids=["with a payload", "without a payload"])
def test_what_hapi_tells_of_becomes_a_plan_that_stands_in_hapi(tmp_path, hapi, payload):
    with circle_with(hapi, tmp_path / "site", EDUPLAN_BASE_URL=BASE) as circle:
        goes_round(circle, payload=payload)
