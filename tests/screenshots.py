"""Takes the pictures of the pages for the docs: `make screenshots`."""

import tempfile
from pathlib import Path

from tests.browser import chromium
from tests.clinician import STATES, Clinic, Window
from tests.live import live_service

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
WIDE, PHONE = (1280, 800), (320, 640)
PAGES = [
    "next-visit",
    "error",
    "check",
    "signed",
    "stale",
    "two-drafts",
    "correct",
    "close",
    "paper",
    "plans",
    "proposed",
    "no-plans",
]
PICTURES = [*((state, WIDE) for state in PAGES), ("next-visit", PHONE), ("check", PHONE)]


def main() -> None:
    """Bring each page into its state, and take its picture whole."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        live_service(Path(folder) / "var") as live,
        chromium() as browser,
    ):
        clinic = Clinic(live, live.token("system"))
        for state, (width, height) in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="da-DK"
            )
            window = Window(clinic, context.new_page())
            STATES[state](window)
            name = state if width == WIDE[0] else f"{state}-{width}"
            window.page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
            context.close()


if __name__ == "__main__":
    main()
