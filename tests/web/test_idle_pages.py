"""Pages that nobody uses close by themselves; a draft stays."""

from dataclasses import replace
from datetime import timedelta

from service.app import build_web
from service.web import launch, portal_login
from tests.builders import NOW
from tests.posted import a_visit


def at(web, since):
    """A browser in front of the same service, so much later."""
    clock = replace(web.parts, clock=lambda: NOW + since)
    return build_web(clock).test_client(use_cookies=False)


def held(answer):
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


def test_a_physiotherapists_pages_close_after_an_hour_without_a_press(web):
    web.post(a_visit())
    cookie = held(web.launch())
    for since, status in ((0, 200), (59, 200), (118, 200), (179, 401)):
        page = at(web, timedelta(minutes=since))
        assert page.get("/clinician/plans?all=1", headers=cookie).status_code == status
    assert timedelta(hours=1) == launch.IDLE


def test_a_patients_pages_close_after_half_an_hour_without_a_press(web):
    cookie = held(web.client.get(web.login_link()))
    for since, status in ((0, 200), (29, 200), (60, 401)):
        page = at(web, timedelta(minutes=since))
        assert page.get("/portal", headers=cookie).status_code == status
    assert timedelta(minutes=30) == portal_login.IDLE
