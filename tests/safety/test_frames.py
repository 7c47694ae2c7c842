"""A clinic's pages stand in the windows of its own record, and in nobody else's, in Chromium."""

from itertools import product
from urllib.parse import quote

import pytest
from flask import Flask, request

from tests.conftest import FHIR
from tests.posted import a_bundle
from tests.safety.site import served, serving

pytestmark = pytest.mark.real


def a_record() -> Flask:
    """A record that shows a page of the address that it is given."""
    app = Flask("record")
    app.add_url_rule("/", "home", lambda: f"<iframe src='{request.args['page']}'></iframe>")
    return app


def test_each_clinics_pages_are_framed_by_its_own_record_alone(web, browser):
    web.post(a_bundle())
    theirs = web.headers(tenant="other") | {"Content-Type": FHIR}
    posted = web.client.post("/api/v1/encounters", json=a_bundle(), headers=theirs)
    assert posted.status_code == 201
    shown = {}
    with (
        serving(a_record()) as one,
        serving(a_record()) as two,
        serving(a_record()) as nobody,
        served(web, frames={"demo": (one,), "other": (two,)}) as site,
        browser.new_context() as context,
    ):
        records = {"demo": one, "other": two, "nobody": nobody}
        for tenant, whose, role in product(("demo", "other"), records, ("clinician", "patient")):
            page = f"{site.url}{site.link(role=role, tenant=tenant)}"
            shown[tenant, whose, role] = is_framed(context, records[whose], page)
        refusal = f"{site.url}/smart/launch?iss=x"
        unknown = [is_framed(context, record, refusal) for record in records.values()]
    own = {("demo", "demo", "clinician"), ("other", "other", "clinician")}
    assert {each for each, is_shown in shown.items() if is_shown} == own
    assert unknown == [True, True, False]  # tells of nobody: whichever record it was


def is_framed(context, record: str, page: str) -> bool:
    """Whether the page is there when a record puts it into a frame."""
    context.clear_cookies()
    window = context.new_page()
    window.goto(f"{record}/?page={quote(page, safe='')}")
    inside = window.frames[1]
    inside.wait_for_load_state()
    found = inside.locator("main h1").count() == 1
    window.close()
    return found
