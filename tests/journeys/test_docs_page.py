"""The pages a browser is given: nothing from outside, nothing broken, nothing too wide."""

from urllib.parse import urlsplit

import pytest

from tests.browser import Seen, new_page

pytestmark = pytest.mark.real

PACK = "/api/v1/packs/lumbar-spinal-stenosis"
WIDTHS = [320, 1280]
EDITIONS = ["full", "pixi"]
LANGUAGES = ["da", "en"]


@pytest.fixture
def visit(browser, live, system_token):
    """Open an address of the service in a window of its own, with the bearer header."""
    contexts = []

    def go(path: str, width: int) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        seen = new_page(context, live.url)
        seen.page.set_extra_http_headers({"Authorization": f"Bearer {system_token}"})
        answer = seen.page.goto(live.url + path, wait_until="networkidle")
        seen.status = answer.status
        return seen

    yield go
    for context in contexts:
        context.close()


def addresses(live, token) -> list[str]:
    """Every handout of the first pack, by edition and language."""
    return [
        handout["url"]
        for edition in EDITIONS
        for language in LANGUAGES
        for handout in live.call(
            "GET", f"{PACK}?edition={edition}&language={language}", token
        ).json()["handouts"]
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_api_docs_need_nothing_from_outside_and_fit_the_window(visit, width):
    seen = visit("/docs", width)
    assert (seen.status, seen.faults, seen.overflow) == (200, {}, 0)
    assert seen.page.locator("html").get_attribute("lang") == "en"
    assert seen.page.title()
    assert seen.page.locator("h1").count() == 1
    assert seen.page.get_by_text("POST /api/v1/encounters").count() >= 1


def test_every_link_of_the_api_docs_leads_somewhere(visit):
    page = visit("/docs", 1280).page
    targets = page.eval_on_selector_all("a[href^='#']", "all => all.map(a => a.hash.slice(1))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert targets
    assert set(targets) - set(ids) == set()
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_handout_needs_nothing_from_outside_and_fits_the_window(
    visit, live, system_token, width
):
    found = addresses(live, system_token)
    assert {urlsplit(path).query for path in found} == {
        f"edition={edition}&language={language}" for edition in EDITIONS for language in LANGUAGES
    }
    for path in found:
        seen = visit(path, width)
        assert (seen.status, seen.faults, seen.overflow) == (200, {}, 0), path
        assert f"language={seen.page.locator('html').get_attribute('lang')}" in path
        assert seen.page.title() == seen.page.locator("h1").inner_text()
        seen.page.close()  # four dozen open pages slow the next one down


def test_the_style_sheet_is_applied_under_the_pages_own_policy(visit, live, system_token):
    seen = visit(addresses(live, system_token)[0], 1280)
    sheets = seen.page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length)")
    assert sheets
    assert min(sheets) > 0


@pytest.mark.parametrize("path", ["/docs", "a handout"])
def test_a_script_that_got_into_a_page_would_not_run(visit, live, system_token, path):
    seen = visit(addresses(live, system_token)[0] if path != "/docs" else path, 1280)
    seen.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.head.append(script);
        }"""
    )
    assert seen.page.evaluate("window.ran") is None
    assert seen.errors
