"""A handout in a real browser: on a phone, on a wide screen, on paper, in either direction."""

from dataclasses import replace
from itertools import product

import pytest

from service.domain.content import Edition, PackState
from service.packs.files import read_pack
from tests.browser import SPACING, Seen, new_page
from tests.packs.builders import a_folder
from tests.packs.pages import page
from tests.packs.rtl import LANGUAGE, right_to_left
from tests.packs.test_handouts import summarised, with_card

pytestmark = pytest.mark.real

PACK = "/api/v1/packs/lumbar-spinal-stenosis/handouts"
HANDOUTS = ("knowledge", "prognosis", "self-management", "pain-mechanisms", "treatment", "complete")
PHONE, WIDE = 320, 1280
# Each handout once, and the one with all topics in every edition and language; in any other
# language it is Danish with a note.
PAGES = [f"{PACK}/{handout}.html?edition=full&language=da" for handout in HANDOUTS[:-1]] + [
    f"{PACK}/complete.html?edition={edition}&language={language}"
    for edition, language in product(Edition, ("da", "en", "ar"))
]
SOME = [PAGES[0], *PAGES[-3:]]
SMALL = """[...document.querySelectorAll('a[href]')].map(each => each.getBoundingClientRect())
  .filter(box => box.width > 0 && box.height < 44).length"""


@pytest.fixture
def visit(browser, live, system_token):
    """Open an address of the service, or a page that was rendered here, in its own window."""
    contexts = []

    def go(path: str, width: int = PHONE, **how) -> Seen:
        context = browser.new_context(viewport={"width": width, "height": 800}, **how)
        contexts.append(context)
        seen = new_page(context, live.url)
        if path.startswith("<!"):
            seen.page.set_content(path)
            return seen
        seen.page.set_extra_http_headers({"Authorization": f"Bearer {system_token}"})
        seen.status = seen.page.goto(live.url + path, wait_until="networkidle").status
        return seen

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_keeps_anybody_out_of_a_page(visit, path):
    seen = visit(path)
    assert (seen.status, seen.faults, seen.overflow) == (200, {}, 0)
    assert seen.barriers() == []
    assert seen.pale_words() == []
    assert seen.page.evaluate(SMALL) == 0


@pytest.mark.parametrize("path", SOME)
def test_it_fits_wide_screens_and_text_that_is_set_wider(visit, path):
    seen = visit(path, WIDE)
    assert (seen.overflow, seen.barriers()) == (0, [])
    # 1.4.10 and 1.4.12 of WCAG: 400 % is 320 pixels, with the reader's own spacing.
    narrow = visit(path)
    narrow.page.evaluate(
        """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
        document.adoptedStyleSheets = [sheet]; }""",
        SPACING,
    )
    assert narrow.overflow == 0


def test_the_style_that_is_inside_is_the_one_the_policy_allows(visit):
    seen = visit(PAGES[0], WIDE)
    assert seen.page.locator("h1").evaluate("each => getComputedStyle(each).fontSize") == "40px"


def test_it_is_all_there_without_scripts_in_the_dark_and_in_forced_colours(visit):
    plain = visit(PAGES[0]).page.locator("main").inner_text()
    for how in (
        {"java_script_enabled": False},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
        {"reduced_motion": "reduce"},
    ):
        assert visit(PAGES[0], **how).page.locator("main").inner_text() == plain


def test_on_paper_there_is_no_navigation_and_room_to_write(visit):
    page = visit(PAGES[-3], WIDE).page
    assert page.locator("nav").is_visible()
    assert not page.get_by_text("Telefon:").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.get_by_text("Telefon:").is_visible()
    assert page.locator(".banner.draft").evaluate(
        "each => [getComputedStyle(each).color, getComputedStyle(each).backgroundColor]"
    ) == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]


def test_a_contents_list_leads_to_its_headings_by_keyboard(visit):
    page = visit(f"{PACK}/complete.html?language=da").page
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#prognosis")
    assert page.locator("#prognosis").bounding_box()["y"] < 100


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_a_page_that_is_written_from_right_to_left_is_mirrored(visit, tmp_path, width):
    seen = visit(page(right_to_left(tmp_path), language=LANGUAGE), width)
    assert (seen.overflow, seen.barriers()) == (0, [])
    shown = seen.page
    assert shown.locator("html").get_attribute("dir") == "rtl"
    advice = shown.locator(".advice.do").first
    sides = (
        "each => [getComputedStyle(each).borderRightWidth, getComputedStyle(each).borderLeftWidth]"
    )
    assert advice.evaluate(sides) == ["6px", "0px"]
    # Danish, in a section that is not translated, keeps its own direction.
    danish = shown.locator("section[lang=da]")
    assert danish.evaluate("each => getComputedStyle(each).direction") == "ltr"
    assert danish.locator("[role=note]").get_attribute("dir") == "rtl"


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_the_card_of_a_signed_pack_says_how_urgent_it_is_in_words(visit, tmp_path, width):
    pack = replace(read_pack(a_folder(tmp_path, with_card, summarised)), state=PackState.APPROVED)
    seen = visit(page(pack), width)
    assert (seen.overflow, seen.barriers(), seen.pale_words()) == (0, [], [])
    card = seen.page.locator("section.urgent")
    assert card.count() == 1
    assert card.get_by_role("heading").inner_text() == "Haster: Ring til lægen nu, hvis"
