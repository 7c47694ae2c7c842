"""What a record says of its login is kept for a while: it is asked seldom, and may be away."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from service.identity.published import AGAIN, FRESH, GRACE

CONFIGURATION = "/fhir/.well-known/smart-configuration"


def passes(world, seconds):
    world.now[0] += timedelta(seconds=seconds)


def how_often(world, path):
    return [asked for asked, _ in world.login.asked].count(path)


def away(_told):
    return "", 503


def test_it_is_asked_once_for_many_launches_and_anew_when_it_is_old(world):
    for _ in range(3):
        assert world.arrive().status_code == 303
    assert (how_often(world, CONFIGURATION), how_often(world, "/jwks")) == (1, 1)
    passes(world, FRESH + 1)
    assert world.arrive().status_code == 303
    assert (how_often(world, CONFIGURATION), how_often(world, "/jwks")) == (2, 2)


def test_while_it_is_away_what_it_said_is_believed_for_an_hour_more(world):
    assert world.arrive().status_code == 303
    world.login.bent.configuration = world.login.bent.jwks = away
    passes(world, FRESH + 1)
    assert world.arrive().status_code == 303
    passes(world, GRACE)
    answer = world.leave()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("again", [0, 1, AGAIN + 1])
def test_when_it_says_something_that_is_no_good_it_is_taken_at_its_word(world, again):
    assert world.arrive().status_code == 303
    world.login.bent.configuration = lambda told: {**told, "token_endpoint": "https://x.example/"}
    passes(world, FRESH + 1)
    assert world.leave().status_code == 400
    passes(world, again)
    assert world.leave().status_code == 400


def test_a_key_that_is_new_is_looked_for(world):
    assert world.arrive().status_code == 303
    new = ECKey.generate_key("P-384", {"kid": "login-2"})
    world.login.bent.jwks = lambda _: KeySet([new]).as_dict(private=False)
    world.login.bent.id_token = lambda login, claims: _signed(login, claims, new)
    passes(world, AGAIN + 1)
    assert world.arrive().status_code == 303
    assert how_often(world, "/jwks") == 2


def _signed(_login, claims, key):
    return jwt.encode({"alg": "ES384", "kid": "login-2"}, claims, key, algorithms=["ES384"])
