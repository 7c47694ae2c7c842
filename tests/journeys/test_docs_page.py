"""The pages a browser is given: nothing from outside, nothing broken, nothing too wide."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import missing

pytestmark = pytest.mark.real

PACK = "/api/v1/packs/lumbar-spinal-stenosis"
SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]
WIDTHS = [320, 1280]
EDITIONS = ["full", "pixi"]
LANGUAGES = ["da", "en"]
# The browser's word on a violation, whoever reports it.
VIOLATION = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e))"


@dataclass
class Seen:
    """A page as the browser has it, and what went wrong on the way."""

    page: Page
    origin: str
    status: int = 0
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        found = {"outside": self.outside, "failed": self.failed, "errors": self.errors}
        return {name: each for name, each in found.items() if each}

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, live, system_token):
    """Open an address of the service in a window of its own, with the bearer header."""
    contexts = []

    def go(path: str, width: int) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.set_extra_http_headers({"Authorization": f"Bearer {system_token}"})
        page.add_init_script(VIOLATION)
        seen = Seen(page, live.url)
        _watch(seen)
        answer = page.goto(live.url + path, wait_until="networkidle")
        seen.status = answer.status
        return seen

    yield go
    for context in contexts:
        context.close()


def _watch(seen: Seen) -> None:
    def request(each) -> None:
        if not each.url.startswith(f"{seen.origin}/"):
            seen.outside.append(each.url)

    def answered(each) -> None:
        # Chromium asks for /favicon.ico by itself; no page of ours names one.
        if each.status >= 400 and urlsplit(each.url).path != "/favicon.ico":
            seen.failed.append(f"{each.status} {each.url}")

    def said(each) -> None:
        if each.type in ("error", "warning") and "favicon" not in each.location.get("url", ""):
            seen.errors.append(each.text)

    seen.page.on("request", request)
    seen.page.on("response", answered)
    seen.page.on("requestfailed", lambda each: seen.failed.append(f"{each.failure} {each.url}"))
    seen.page.on("console", said)
    seen.page.on("pageerror", lambda each: seen.errors.append(str(each)))


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
