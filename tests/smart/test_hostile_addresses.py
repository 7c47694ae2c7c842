"""A record that opens pages names its login's addresses: only those of the settings are asked."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.doors.addresses import lookalikes, spellings
from tests.doors.canaries import canaries, own_calls
from tests.doors.form import FULL

STEP = 1 if FULL else 25
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_whatever_address_a_record_names_for_its_login_only_the_record_is_asked(world, endpoint):
    own = urlsplit(world.login.base).netloc
    with canaries() as heard, own_calls() as calls:
        for address in [*spellings(heard.ports)[::STEP], *lookalikes(world.login.base)]:
            bent = {endpoint: address}
            world.now[0] += timedelta(hours=2)  # what it said before is not believed any more
            world.login.bent.configuration = lambda told, bent=bent: {**told, **bent}
            answer = world.leave()
            if answer.status_code == 302:  # another address of the same server
                assert address.startswith("http://"), address
                assert urlsplit(address).netloc == own, address
                continue
            assert (answer.status_code, world.why(answer)) == (400, "not-smart"), address
            assert "Location" not in answer.headers
    assert {place for _, place in calls} == {own}
    assert heard.heard == []
    assert {path for path, _ in world.login.asked} == {"/fhir/.well-known/smart-configuration"}


@pytest.mark.parametrize("where", ["/fhir/.well-known/smart-configuration", "/jwks", "/token"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_the_login_is_followed_with_what_shows_who_we_are(world, where, status):
    with canaries() as heard, own_calls() as calls:
        there = f"http://127.0.0.1:{heard.ports[0]}/stolen"
        moved = ("", status, {"Location": there})
        bends = {"/jwks": "jwks", "/token": "token"}
        setattr(world.login.bent, bends.get(where, "configuration"), lambda told: moved)
        left = world.leave()
        answer = left if left.status_code != 302 else world.back(world.log_in(left))
    assert answer.status_code == 400
    assert heard.heard == []
    assert there.split("/")[2] not in {place for _, place in calls}
