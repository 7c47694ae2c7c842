"""What others publish is kept for a while: how often it is asked for, and how long believed."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.identity.published import AGAIN, FAILED, FRESH, GRACE, Published
from service.identity.tokens import NoKeys
from service.key_sets import MOST_BYTES, keys_at
from tests.doors.canaries import canaries, own_calls
from tests.ehr.faults import serving
from tests.identity.test_keys import jwks


class Server:
    """Publishes keys, counts who asks, and fails as it is told."""

    def __init__(self):
        self.asked, self.says = 0, ("200 OK", [], jwks())

    def __call__(self, environ, start):
        self.asked += 1
        status, headers, body = self.says
        start(status, headers)
        return [body if isinstance(body, bytes) else json.dumps(body).encode()]


@pytest.fixture
def world():
    """The server, what is kept of it, and a clock."""
    server, now = Server(), [0.0]
    with serving(server) as url:
        yield server, Published(keys_at(f"{url}/jwks/"), NoKeys, lambda: now[0]), now


GONE = {"keys": jwks()["keys"][1:]}
FAULTS = {
    "500": ("500 Internal Server Error", [], {}),
    "404": ("404 Not Found", [], {}),
    "a redirect": ("302 Found", [("Location", "http://127.0.0.1:9/x")], jwks()),
    "a page": ("200 OK", [("Content-Type", "text/html")], b"<html>"),
    "a list": ("200 OK", [], b"[]"),
    "no keys": ("200 OK", [], {"keys": []}),
    "no JWKS": ("200 OK", [], {"keys": "all"}),
    "too much": ("200 OK", [], b" " * (MOST_BYTES + 1) + json.dumps(jwks()).encode()),
}


def test_it_is_asked_once_while_it_is_fresh_and_once_more_then(world):
    server, kept, now = world
    for now[0] in (0.0, 1.0, FRESH):
        assert kept.newest().keys() == {key["kid"] for key in jwks()["keys"]}
    assert server.asked == 1
    now[0] = FRESH + 1
    kept.newest()
    assert server.asked == 2


def test_of_many_who_come_at_once_one_asks(world):
    server, kept, _ = world
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: kept.newest(), range(64)))
    assert server.asked == 1


def test_a_key_that_is_gone_is_not_believed_any_longer(world):
    server, kept, now = world
    assert "RS256" in kept.newest()
    server.says = ("200 OK", [], GONE)
    now[0] = FRESH + 1
    assert "RS256" not in kept.newest()


def test_a_key_that_is_new_is_found_and_one_that_never_comes_is_not_asked_for_all_the_time(world):
    server, kept, now = world
    server.says = ("200 OK", [], GONE)
    kept.newest()
    server.says = ("200 OK", [], jwks())
    now[0] = AGAIN + 1
    assert "RS256" in kept.newest(lambda keys: "RS256" not in keys)
    for _ in range(100):
        kept.newest(lambda keys: "unknown" not in keys)
    assert server.asked == 2


@pytest.mark.parametrize("fault", FAULTS)
def test_when_nothing_good_comes_the_last_good_is_believed_for_a_while(world, fault):
    server, kept, now = world
    good = kept.newest()
    server.says = FAULTS[fault]
    for now[0] in (FRESH + 1, FRESH + 2, FRESH + GRACE):
        assert kept.newest() == good
    assert server.asked == 3  # not by everybody who comes
    now[0] = FRESH + GRACE + 1
    with pytest.raises(NoKeys):
        kept.newest()
    server.says = ("200 OK", [], jwks())
    now[0] += FAILED + 1
    assert kept.newest().keys() == good.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_where_none_was_ever_good_those_who_come_share_the_failure(world, fault):
    server, kept, _ = world
    server.says = FAULTS[fault]
    for _ in range(20):
        with pytest.raises(NoKeys):
            kept.newest()
    assert server.asked == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leads_anywhere(world, status):
    server, kept, _ = world
    with canaries() as heard, own_calls() as calls:
        there = f"http://127.0.0.1:{heard.ports[0]}/jwks"
        server.says = (f"{status} Moved", [("Location", there)], b"")
        with pytest.raises(NoKeys):
            kept.newest()
    assert heard.heard == []
    assert there.split("/")[2] not in {place for _, place in calls}
