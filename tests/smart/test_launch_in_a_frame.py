"""A record shows the pages inside its own, on another site: a real browser goes the whole way.

`localhost` and `127.0.0.1` are two sites to a browser, and both count as safe without TLS.
"""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.serving import make_server

from tests.live import free_port
from tests.smart.conftest import a_world

pytestmark = pytest.mark.real
SANDBOX = "allow-scripts allow-forms allow-same-origin allow-popups"


@contextmanager
def served(app, port):
    running = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@pytest.fixture
def at(make_web, logins, tmp_path):
    """A function that serves a world, with the record's pages on another site than the service."""

    @contextmanager
    def serve(**given):
        login, port = logins[0], free_port()
        service = f"http://127.0.0.1:{port}"
        record = f"http://localhost:{urlsplit(login.base).port}"
        more = {"frame_ancestors": (record,)} | (given or {"portal_ancestors": (record,)})
        now = datetime.now(UTC)
        world = a_world(make_web(), *logins, tmp_path, service=service, now=now, **more)
        with served(world.browser.application, port):
            yield world, service, record

    return serve


def framed(address):
    return f'<iframe sandbox="{SANDBOX}" src="{address}" width="900" height="700"></iframe>'


def test_the_pages_open_in_a_sandboxed_frame_of_another_site(at, browser):
    with at() as (world, service, record), browser.new_context() as context:
        world.login.page = framed(f"{service}/smart/launch?iss={world.login.iss}&launch=xyz")
        page = context.new_page()
        page.goto(f"{record}/record")
        frame = page.frame_locator("iframe")
        frame.locator("form#visit").wait_for(timeout=30_000)
        inside = page.frames[1]
        assert inside.url.startswith(f"{service}/clinician/plans/")
        inside.goto(f"{service}/clinician/plans?all=1")
        assert "p1" in frame.locator(".banner").inner_text()
        window = context.new_page()
        answer = window.goto(f"{service}/clinician/plans?all=1")
        assert answer.status == 401  # the launch is the frame's, not the site's
        assert world.launches == 1


def test_a_patients_own_pages_open_in_a_frame_of_a_portal(at, browser):
    with at() as (world, service, portal), browser.new_context() as context:
        world.login.person, world.login.subject = "Patient/p1", "anna"
        world.login.page = framed(f"{service}/smart/launch?iss={world.login.iss}")
        page = context.new_page()
        page.goto(f"{portal}/record")
        frame = page.frame_locator("iframe")
        frame.locator("main h1").wait_for(timeout=30_000)
        assert page.frames[1].url == f"{service}/portal"
        (kept,) = [c for c in context.cookies() if c["name"] == "education_plan_portal"]
        assert (kept["sameSite"], kept["secure"], kept["httpOnly"]) == ("None", True, True)
        assert kept["partitionKey"], "the login is the frame's own"
        frame.locator("main a[href^='/portal/']").first.click()
        frame.locator("main h1").wait_for()
        window = context.new_page()
        assert window.goto(f"{service}/portal").status == 401
        assert world.launches == 1


def test_where_a_frame_keeps_no_cookie_a_window_of_its_own_opens_the_patients_pages(at, browser):
    with at() as (world, service, portal), browser.new_context() as context:
        world.login.person, world.login.subject = "Patient/p1", "anna"
        left = world.leave(None)  # with a cookie that the browser below does not have
        world.login.page = framed(f"{service}/smart/callback?{urlencode(world.log_in(left))}")
        page = context.new_page()
        page.goto(f"{portal}/record")
        way_out = page.frame_locator("iframe").locator("a[target=_blank]")
        way_out.wait_for(timeout=30_000)
        assert world.launches == 0
        with context.expect_page() as opened:
            way_out.click()
        window = opened.value
        window.locator("main h1").wait_for(timeout=30_000)
        assert window.url == f"{service}/portal"
        assert world.launches == 1


def test_a_frame_of_the_record_shows_no_patients_own_pages(at, browser):
    """The clinic's record may hold the clinicians' pages; a patient's are for the portal alone."""
    with at(portal_ancestors=()) as (world, service, record), browser.new_context() as context:
        world.login.person, world.login.subject = "Patient/p1", "anna"
        world.login.page = framed(f"{service}/smart/launch?iss={world.login.iss}")
        page = context.new_page()
        refused = []
        page.on("console", lambda told: refused.append(told.text))
        page.goto(f"{record}/record")
        page.wait_for_function("document.readyState === 'complete'")
        page.wait_for_timeout(500)
        assert any("frame-ancestors 'none'" in each for each in refused)
        assert "chrome-error" in page.frames[1].url
