"""Takes the pictures of the pages for the docs: `make screenshots`."""

import tempfile
from pathlib import Path

from tests.browser import chromium
from tests.clinician import Clinic, Window
from tests.clinician_states import STATES
from tests.live import live_service

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
WIDE, PHONE = (1280, 800), (320, 640)
PAGES = [
    "next-visit",
    "error",
    "check",
    "signed",
    "delivered",
    "refused",
    "stale",
    "two-drafts",
    "correct",
    "correct-goal",
    "close",
    "paper",
    "plans",
    "proposed",
    "no-plans",
    "left",
]
PICTURES = [
    *((state, WIDE, "da") for state in PAGES),
    ("next-visit", PHONE, "da"),
    ("check", PHONE, "da"),
    ("next-visit", WIDE, "en"),
    ("check", WIDE, "en"),
]


def main() -> None:
    """Bring each page into its state, and take its picture whole."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        live_service(Path(folder) / "var") as live,
        chromium() as browser,
    ):
        clinic = Clinic(live, live.token("system"))
        for state, (width, height), language in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale=language
            )
            window = Window(clinic, context.new_page(), language)
            STATES[state](window)
            narrow = f"-{width}" if width != WIDE[0] else ""
            name = f"{state}{narrow}{'-en' if language == 'en' else ''}"
            window.page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
            context.close()


if __name__ == "__main__":
    main()
