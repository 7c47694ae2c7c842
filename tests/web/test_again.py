"""What the database interrupts is done again before the caller hears of it."""

from dataclasses import replace

import orjson
import pytest

from service.app import build_web
from service.domain.errors import StoreBusy
from tests.conftest import FHIR
from tests.posted import a_visit


class Interrupted:
    """Stands before a part of the service; its first calls are interrupted."""

    def __init__(self, part, times, *, passing=True):
        self._part = part
        self._left = times
        self._passing = passing
        self.calls = 0

    def __call__(self, *given):
        self.calls += 1
        if self._left:
            self._left -= 1
            raise StoreBusy("interrupted", passing=self._passing)
        return self._part(*given)

    def use(self, *given):
        return Interrupted.__call__(self, *given)


def posted_to(web, make_plan):
    client = build_web(replace(web.parts, make_plan=make_plan)).test_client()
    headers = web.headers() | {"Content-Type": FHIR}
    return client.post("/api/v1/encounters", data=orjson.dumps(a_visit()), headers=headers)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_encounter_that_is_interrupted_is_answered_as_if_nothing_had_been(web, times):
    make_plan = Interrupted(web.parts.make_plan, times)
    assert posted_to(web, make_plan).status_code == 201
    assert make_plan.calls == times + 1
    assert web.stored["plan"] == 1


def test_what_is_interrupted_again_and_again_is_answered_with_503(web):
    answer = posted_to(web, Interrupted(web.parts.make_plan, 99))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json["code"] == "store-busy"
    assert web.stored["plan"] == 0


def test_a_database_that_is_busy_otherwise_is_told_at_once(web):
    make_plan = Interrupted(web.parts.make_plan, 1, passing=False)
    assert posted_to(web, make_plan).status_code == 503
    assert make_plan.calls == 1


def test_a_page_opens_although_the_look_at_its_launch_was_interrupted(web):
    web.post(a_visit())
    cookie = web.launch().headers["Set-Cookie"].partition(";")[0]
    launches = web.parts.launches
    use = Interrupted(launches.use, 1)
    client = build_web(replace(web.parts, launches=use)).test_client(use_cookies=False)
    assert client.get("/clinician/plans", headers={"Cookie": cookie}).status_code in (200, 303)
    assert use.calls == 2
