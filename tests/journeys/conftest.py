"""One running service for the journeys, and tokens to speak to it."""

from collections.abc import Iterator

import pytest

from tests.live import Live, live_service


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    """The service on a database that all journeys of this run share."""
    with live_service(tmp_path_factory.mktemp("live") / "var") as service:
        yield service


@pytest.fixture(scope="session")
def system_token(live: Live) -> str:
    return live.token("system")


@pytest.fixture(scope="session")
def clinician_token(live: Live) -> str:
    return live.token("clinician")
