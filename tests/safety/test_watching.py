"""What watches the pages sees what it is there for: shown as markup, the strings are caught."""

import pytest
from flask import Flask, Response
from playwright.sync_api import Error

from tests.safety.site import serving
from tests.safety.strings import ADDRESSES, HANDLERS, SCRIPTS, STYLES, VECTORS
from tests.safety.watching import watched

pytestmark = pytest.mark.real

POLICY = "default-src 'none'; script-src 'self'"
MARKUP = (
    *(SCRIPTS[0], SCRIPTS[2], SCRIPTS[4], HANDLERS[0], VECTORS[0], VECTORS[14], STYLES[3]),
    f'<a href="{ADDRESSES[0]}">x</a>',
)


@pytest.fixture(scope="module")
def careless():
    """A page that shows each string as it is; below /lawful with a policy."""
    app = Flask("careless")

    def page(number: int) -> str:
        return f"<!doctype html><title>x</title><textarea></textarea><p>{MARKUP[number]}"

    app.add_url_rule("/lawless/<int:number>", "lawless", page)
    app.add_url_rule(
        "/lawful/<int:number>",
        "lawful",
        lambda number: Response(page(number), headers={"Content-Security-Policy": POLICY}),
    )
    with serving(app) as url:
        yield url


@pytest.mark.parametrize("under", ["lawless", "lawful"])
def test_a_string_that_is_shown_as_markup_is_caught(careless, browser, under):
    missed = []
    for number, markup in enumerate(MARKUP):
        with watched(browser, careless, bypass_csp=under == "lawless") as seen:
            seen.page.goto(f"{careless}/{under}/{number}", wait_until="commit")
            seen.page.wait_for_timeout(30)
            try:
                found = seen.caught()
            except Error:  # the string led the browser away meanwhile
                found = seen.outside
            missed += [markup] * (not found)
    assert missed == []


def test_what_is_shown_as_text_is_not_caught(browser):
    app = Flask("careful")
    told = "".join(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}" for text in MARKUP)
    app.add_url_rule("/", "page", lambda: f"<!doctype html><title>x</title>{told}")
    with serving(app) as url, watched(browser, url, bypass_csp=True) as seen:
        seen.go("/")
        assert seen.caught() == []
