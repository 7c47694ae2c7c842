"""A record shows the pages inside its own, on another site: a real browser goes the whole way.

`localhost` and `127.0.0.1` are two sites to a browser, and both count as safe without TLS.
"""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

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


def test_the_pages_open_in_a_sandboxed_frame_of_another_site(make_web, logins, tmp_path, browser):
    login = logins[0]
    port = free_port()
    service = f"http://127.0.0.1:{port}"
    record = f"http://localhost:{urlsplit(login.base).port}"
    world = a_world(
        make_web(),
        *logins,
        tmp_path,
        service=service,
        now=datetime.now(UTC),
        frame_ancestors=(record,),
    )
    launch = f"{service}/smart/launch?iss={login.iss}&launch=xyz"
    login.page = f'<iframe sandbox="{SANDBOX}" src="{launch}" width="900" height="700"></iframe>'
    with served(world.browser.application, port), browser.new_context() as context:
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
