"""The real record for the tests beside this file, started once, and a service to write to it."""

from collections.abc import Iterator

import pytest

from fhir_profiles.build import profiles
from tests.conftest import missing
from tests.hapi.build import Unavailable, command
from tests.hapi.client import Record
from tests.hapi.clinic import Clinic
from tests.hapi.package import put_into
from tests.hapi.server import running_hapi
from tests.live import Live, live_service

# Handouts are nobody's own: all services of a record name them by one address.
BASE = "https://education.example"


@pytest.fixture(scope="session")
def hapi(tmp_path_factory) -> Iterator[str]:
    """The base URL of a running HAPI that knows our package."""
    try:
        command()
    except Unavailable as reason:
        missing(str(reason))
    try:
        package = put_into(tmp_path_factory.mktemp("package"))
    except profiles.Unavailable as reason:
        missing(str(reason))
    with running_hapi(package) as url:
        yield url


@pytest.fixture(scope="session")
def record(hapi) -> Record:
    return Record(hapi)


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    """The service whose answers are brought to the record."""
    var = tmp_path_factory.mktemp("live") / "var"
    with live_service(var, EDUPLAN_BASE_URL=BASE) as service:
        yield service


@pytest.fixture(scope="session")
def clinic(live, record) -> Clinic:
    return Clinic(live, record)
