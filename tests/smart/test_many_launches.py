"""Launches that nobody finishes: two replicas count them together, and say so in plain words."""

import json

import pytest
import requests

from tests.live import live_service
from tests.smart.conftest import SECRET
from tests.smart.login_server import login_server

pytestmark = pytest.mark.slow
MOST = 5


def clinics(folder, login):
    """The file of clinics: one, whose record opens pages."""
    (folder / "secret").write_text(f"{SECRET}\n")
    smart = {"iss": login.iss, "client_id": "pages", "secret_file": str(folder / "secret")}
    (folder / "clinics.yaml").write_text(json.dumps({"demo": {"smart": smart}}))
    return {"EDUPLAN_TENANTS": str(folder / "clinics.yaml")}


def test_two_replicas_let_so_many_launches_of_a_clinic_leave_and_no_more(tmp_path):
    with login_server() as login:
        settings = clinics(tmp_path, login) | {"EDUPLAN_LAUNCHES_UNDER_WAY": str(MOST)}
        database = f"sqlite:///{tmp_path / 'plans.sqlite'}"
        with (
            live_service(tmp_path / "one", **settings, EDUPLAN_DATABASE_URL=database) as one,
            live_service(tmp_path / "two", **settings, EDUPLAN_DATABASE_URL=database) as two,
        ):
            answers = [leave((one, two)[n % 2], login) for n in range(MOST + 2)]
    assert [each.status_code for each in answers] == [302] * MOST + [429] * 2
    refused = answers[-1]
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["X-Error-Code"] == "too-many-requests"
    assert "For mange sider bliver åbnet lige nu" in refused.text


def leave(service, login):
    told = {"iss": login.iss, "launch": "x"}
    return requests.get(
        f"{service.url}/smart/launch", params=told, allow_redirects=False, timeout=30
    )
