"""How strongly a person logged in, where the clinic asks for it."""

import pytest

from service.domain.errors import Unopened
from tests.smart.conftest import a_world
from tests.smart.test_launch import asked_of

STRONG = ("urn:two-factors", "urn:a-card")


@pytest.fixture
def strict(make_web, logins, tmp_path):
    return a_world(make_web(), *logins, tmp_path, acr=STRONG)


def test_the_login_is_asked_for_the_strength_that_the_clinic_wants(strict):
    assert asked_of(strict.leave())["acr_values"] == " ".join(STRONG)


@pytest.mark.parametrize(
    "acr", [None, "", "0", "urn:password", "urn:two-factors urn:a-card", [], 1]
)
def test_a_weaker_login_opens_nothing(strict, acr):
    strict.login.bent.claims = lambda told: told | ({} if acr is None else {"acr": acr})
    answer = strict.arrive()
    assert (answer.status_code, strict.why(answer)) == (400, Unopened.WRONG_IDENTITY)
    assert strict.launches == 0


@pytest.mark.parametrize("acr", STRONG)
def test_a_login_that_is_strong_enough_opens_the_pages(strict, acr):
    strict.login.bent.claims = lambda told: told | {"acr": acr}
    assert strict.arrive().status_code == 303


def test_a_clinic_that_asks_for_nothing_takes_the_login_as_it_is(world):
    assert "acr_values" not in asked_of(world.leave())
    assert world.arrive().status_code == 303
