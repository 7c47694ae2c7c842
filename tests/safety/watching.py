"""What a browser notices when a text was taken for more than text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Error, Page

# The browser's own word on a violation of a page's policy, wherever in the page it is.
LISTEN = """window.__violations = [];
document.addEventListener('securitypolicyviolation', e =>
    window.__violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));"""
# What no text may become: a handler, an address that runs, an element of no template of ours.
FOREIGN = """() => [...document.querySelectorAll('*')].flatMap(each => {
    const found = [];
    for (const {name, value} of each.attributes) {
        if (name.startsWith('on') || name === 'style' || name === 'srcdoc') found.push(name);
        if (['href', 'src', 'action', 'formaction', 'data', 'xlink:href'].includes(name)
            && value && new URL(value, document.baseURI).origin !== location.origin)
            found.push(name + '=' + value);
    }
    const tag = each.tagName.toLowerCase();
    if (['iframe', 'object', 'embed', 'base', 'math', 'video', 'audio', 'marquee', 'img', 'frame']
        .includes(tag) || (tag === 'meta' && each.httpEquiv)
        || (tag === 'script' && each.textContent)) found.push(tag);
    return found.map(what => what + ' in ' + each.outerHTML.slice(0, 80));
})"""
TEXT = """() => document.documentElement.textContent + ' ' + [...document.querySelectorAll(
    'input, textarea, button')].map(each => each.value).join(' ')"""


@dataclass
class Watched:
    """A window of a browser, and all that must not happen in it."""

    page: Page
    origin: str
    dialogs: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def go(self, path: str) -> int:
        """Show a page; the status, 0 of what a browser only keeps as a file."""
        try:
            answer = self.page.goto(f"{self.origin}{path}", wait_until="load")
        except Error as error:
            if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
                return 0
            raise
        return answer.status if answer else 0

    def text(self) -> str:
        """All text of the page, that of its fields as well."""
        found: str = self.page.evaluate(TEXT)
        return found

    def caught(self) -> list[str]:
        """What a text was able to do in the page that is shown, or in one before it."""
        ran = self.page.evaluate("'__ran' in window ? ['__ran'] : []")
        violations = self.page.evaluate("window.__violations || []")
        foreign = self.page.evaluate(FOREIGN)
        found = [*ran, *violations, *foreign, *self.dialogs, *self.outside, *self.said]
        for kept in (self.dialogs, self.outside, self.said):
            kept.clear()
        return found

    def send(self, action: str, fields: dict[str, Any]) -> None:
        """Send a form from the page that is shown, as a browser does; the answer is shown."""
        with self.page.expect_navigation():
            self.page.evaluate(
                """([action, fields]) => {
                const form = document.createElement('form');
                form.method = 'post';
                form.action = action;
                for (const [name, values] of fields) for (const value of values) {
                    const field = document.createElement('textarea');
                    field.name = name;
                    field.value = value;
                    form.append(field);
                }
                document.body.append(form);
                HTMLFormElement.prototype.submit.call(form);
            }""",
                [action, [[n, v if isinstance(v, list) else [v]] for n, v in fields.items()]],
            )


@contextmanager
def watched(browser: Browser, origin: str, **settings: Any) -> Iterator[Watched]:
    """Open a window; nothing of it is left afterwards.

    With `bypass_csp=True` a page's policy is not held to: what only it keeps back, runs.
    """
    context = browser.new_context(**({"locale": "da-DK"} | settings))
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.add_init_script(LISTEN)
    seen = Watched(page, origin)

    def dialog(each) -> None:
        seen.dialogs.append(f"dialog: {each.message}")
        each.dismiss()

    def request(each) -> None:
        if not each.url.startswith(f"{origin}/"):
            seen.outside.append(f"asked for {each.url[:200]}")

    def said(each) -> None:
        # Chromium tells of each answer over 399 as an error; those are no script's words.
        if not each.text.startswith("Failed to load resource"):
            seen.said.append(f"console: {each.text}")

    page.on("dialog", dialog)
    page.on("request", request)
    page.on("console", said)
    page.on("pageerror", lambda each: seen.said.append(f"error: {each}"))
    try:
        yield seen
    finally:
        context.close()
