"""A real browser: Debian's Chromium, driven by Playwright, and what it says of a page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import missing
from tests.corpora.npm import axe

SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]
# The browser's word on a violation, whoever reports it.
VIOLATION = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e))"
# WCAG 2.2 AA and axe's own best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# WCAG 1.4.6: contrast of 7:1, which patients' text has.
ENHANCED = "color-contrast-enhanced"
TARGETS = """[...document.querySelectorAll(
    'a[href], button:not([aria-hidden]), input:not([type=hidden]), select, textarea, summary'
  )].map(each => {
    const boxes = [each, ...(each.labels || [])].map(one => one.getBoundingClientRect());
    const most = key => Math.max(...boxes.map(box => box[key]));
    return {name: each.outerHTML.slice(0, 90), width: most('width'), height: most('height')};
  }).filter(one => one.width > 0 && (one.width < 24 || one.height < 24))"""
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; skip the test, or fail where it is required, when there is none."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield opened
        opened.close()


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

    @property
    def small_targets(self) -> list[dict[str, Any]]:
        """What is to be clicked and is under 24 by 24 CSS pixels, its label included."""
        return self.page.evaluate(TARGETS)

    def barriers(self) -> list[str]:
        """What axe finds: the rule and the place. The page's own policy keeps scripts out,

        so axe is run by the browser's tools and not by the page.
        """
        return self._run_axe({"type": "tag", "values": RULES})

    def pale_words(self) -> list[str]:
        """Text with less than 7:1 contrast (4.5:1 where it is large)."""
        return self._run_axe({"type": "rule", "values": [ENHANCED]})

    def _run_axe(self, only: dict[str, Any]) -> list[str]:
        self.page.evaluate(axe())
        found = self.page.evaluate("only => axe.run(document, {runOnly: only})", only)
        return [
            f"{rule['id']}: {node['html'][:120]}"
            for rule in (*found["violations"], *found["incomplete"])
            for node in rule["nodes"]
        ]


def new_page(context: BrowserContext, origin: str) -> Seen:
    """Open a page that remembers what goes wrong in it."""
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.add_init_script(VIOLATION)
    seen = Seen(page, origin)
    watch(seen)
    return seen


def watch(seen: Seen) -> None:
    """Note each request to the outside, each failed one, and each word of the console."""

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
