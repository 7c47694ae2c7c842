"""Every page of the physiotherapist in a real browser, in each state and both languages."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser import SPACING, Seen, new_page
from tests.clinician import TOPICS, Clinic, Window
from tests.clinician_states import REFUSED, STATES, arrive

pytestmark = pytest.mark.real

WIDE = {"width": 1280, "height": 900}
REFLOW = {"width": 320, "height": 256}  # 1280 by 1024 at 400 %, WCAG 1.4.10
FOCUS = """() => {
    const each = document.activeElement;
    const box = each.getBoundingClientRect();
    const style = getComputedStyle(each);
    return {
        name: each.outerHTML.slice(0, 90),
        seen: each.matches(':focus-visible') && parseFloat(style.outlineWidth) >= 2,
        inside: box.bottom > 0 && box.top < innerHeight,
    };
}"""


@pytest.fixture(scope="module")
def clinic(live, system_token) -> Clinic:
    return Clinic(live, system_token)


@pytest.fixture
def window(browser, clinic):
    """Open a window of its own; it remembers what goes wrong in it."""
    contexts = []

    def make(language: str = "da", **settings) -> tuple[Window, Seen]:
        told = {"viewport": WIDE, "locale": "da-DK" if language == "da" else "en-GB"} | settings
        context = browser.new_context(**told)
        contexts.append(context)
        seen = new_page(context, clinic.live.url)
        return Window(clinic, seen.page, language), seen

    yield make
    for context in contexts:
        context.close()


def expected(state: str, faults: dict) -> dict:
    """What went wrong, without the refusal that is the state itself."""
    refusals = re.compile(r"40[149]|422")
    if state in REFUSED:
        faults = {
            name: [w for w in said if not refusals.search(w)] for name, said in faults.items()
        }
    return {name: said for name, said in faults.items() if said}


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("state", STATES)
def test_nobody_is_kept_out_of_any_page_wide_or_narrow_or_with_wide_letters(
    window, state, language
):
    shown, seen = window(language)
    STATES[state](shown)
    assert expected(state, seen.faults) == {}
    assert shown.page.locator("h1").count() == 1
    assert shown.page.locator("html").get_attribute("lang") == language
    assert (seen.barriers(), seen.small_targets, seen.overflow) == ([], [], 0)
    shown.page.set_viewport_size(REFLOW)
    assert (seen.barriers(), seen.small_targets, seen.overflow) == ([], [], 0)
    space_out(shown.page)
    assert (cut_off(shown.page), seen.overflow) == ([], 0)


def space_out(page) -> None:
    """Put WCAG 1.4.12's spacing on the page, by the browser's tools: its policy refuses styles."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    frame = tools.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    sheet = tools.send("CSS.createStyleSheet", {"frameId": frame})["styleSheetId"]
    tools.send("CSS.setStyleSheetText", {"styleSheetId": sheet, "text": SPACING})


@pytest.mark.parametrize("state", ["filled", "all-open", "check", "signed", "error"])
def test_the_page_is_whole_at_twice_the_size(window, state):
    shown, seen = window(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    STATES[state](shown)
    assert seen.overflow == 0
    assert cut_off(shown.page) == []


def cut_off(page) -> list[str]:
    """Whatever hides a part of its own text."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(each => {
            const style = getComputedStyle(each);
            const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
            const field = ['TEXTAREA', 'INPUT', 'SELECT'].includes(each.tagName);
            return hides && !field && !each.classList.contains('hidden')
                && (each.scrollWidth > each.clientWidth + 1
                    || each.scrollHeight > each.clientHeight + 1);
        }).map(each => each.outerHTML.slice(0, 90))"""
    )


def test_a_dark_window_is_as_open_as_a_light_one(window):
    shown, seen = window(color_scheme="dark")
    STATES["all-open"](shown)
    assert seen.barriers() == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_forced_colours_leave_every_control_its_words_and_its_edge(window, scheme):
    shown, _seen = window(color_scheme=scheme, forced_colors="active")
    STATES["all-open"](shown)
    assert (
        shown.page.evaluate(
            """() => [...document.querySelectorAll('main button, main input, main summary')]
        .filter(each => each.checkVisibility() && !each.classList.contains('hidden'))
        .filter(each => {
            const style = getComputedStyle(each);
            const edge = each.tagName === 'SUMMARY' || style.borderTopStyle !== 'none'
                || ['checkbox', 'radio'].includes(each.type);
            return style.color === style.backgroundColor || !edge;
        }).map(each => each.outerHTML)"""
        )
        == []
    )


def test_a_visit_is_documented_with_the_keyboard_alone_in_forty_keys(window, clinic):
    shown, seen = window()
    patient = shown.open()
    keyboard = Keyboard(shown.page)
    keyboard.press("Tab", "Enter")  # skip to the first topic
    for _ in range(3):
        keyboard.press("Space", "Tab", "Space", "Tab", "Tab")
    while shown.page.evaluate("document.activeElement.id") != "goal_text":
        keyboard.press("Tab")
    keyboard.type("Jeg vil kunne gå til bageren")
    keyboard.press("Tab", "Space", "Enter")  # in 4 weeks; show the note
    shown.page.wait_for_url("**/check")
    keyboard.press("Tab", "Tab", "Enter", "Enter")  # skip to signing; sign
    shown.page.wait_for_url(re.compile(r"/plans/[^/]+$"))
    assert shown.page.locator("[aria-current=step]").inner_text().startswith("Signeret")
    assert recorded(clinic, patient) == (3, ["understood"] * 3, "Jeg vil kunne gå til bageren")
    assert keyboard.unseen == []
    assert keyboard.presses <= 40
    assert seen.faults == {}


class Keyboard:
    """Counts the keys, and looks where each of them leads."""

    def __init__(self, page) -> None:
        self.page = page
        self.presses = 0
        self.unseen: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1
            if key == "Tab":
                focus = self.page.evaluate(FOCUS)
                if not (focus["seen"] and focus["inside"]):
                    self.unseen.append(focus["name"])

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)


def recorded(clinic, patient) -> tuple[int, list[str], str]:
    """How many topics are in the record, how they were understood, and the last goal."""
    token = clinic.live.token("clinician")
    (found,) = asked(clinic, f"?patient={patient}", token)["plans"]
    plan = asked(clinic, f"/{found['id']}", token)
    topics = [topic for session in plan["sessions"] for topic in session["topics"]]
    results = [topic["understanding"] for topic in topics]
    return len(topics), results, plan["goals"][-1]["title"]


def asked(clinic, path: str, token: str) -> dict:
    headers = {"Accept": "application/json"}
    return clinic.live.call("GET", f"/api/v1/plans{path}", token, headers=headers).json()


def test_a_visit_is_documented_with_the_mouse_in_twelve_clicks(window, clinic):
    shown, _seen = window()
    patient = shown.open()
    clicks = 0
    for topic in TOPICS:
        for place in (f"#taught-{topic}", f"#result-{topic}-understood"):
            shown.page.click(place)
            clicks += 1
    for place, text in (
        ("#goal_text", "Jeg vil cykle"),
        ("[name=goal_by][value='4']", ""),
        ("button[value=review]:not(.hidden)", ""),
        ("#sign", ""),
    ):
        shown.page.click(place)
        clicks += 1
        shown.page.keyboard.type(text)
    shown.page.wait_for_url(re.compile(r"/plans/[^/]+$"))
    assert recorded(clinic, patient) == (3, ["understood"] * 3, "Jeg vil cykle")
    assert clicks <= 12


def test_every_page_works_without_a_script(window, clinic):
    shown, seen = window(java_script_enabled=False)
    patient = shown.open()
    shown.fill()
    shown.page.locator("details:has(#minutes) > summary").click()
    shown.page.fill("#minutes", "15")
    shown.press("save")
    assert "Kladde gemt" in shown.page.locator("#kept").inner_text()
    shown.press("review")
    shown.press("sign")
    assert recorded(clinic, patient)[0] == 3
    shown.follow("a.small[href$='/correct']", 1)
    shown.page.fill("#reason", "Forkert linje")
    shown.page.check("[name=outcome][value=taught]")
    shown.page.check("[name=understanding][value=not-understood]")
    shown.send()
    assert "Forkert linje" in shown.page.locator(".card").inner_text()
    shown.follow("a[href$='/close']")
    shown.page.fill("#reason", "Flyttet")
    shown.send()
    assert "gennemført" in shown.page.locator(".banner").last.inner_text()
    assert seen.faults == {}


def test_what_is_typed_is_kept_while_typing_and_survives_a_closed_window(window, clinic):
    shown, _seen = window()
    patient = shown.open()
    shown.page.fill("#text", "Skrevet, men aldrig gemt med en knap")
    expect(shown.page.locator("#kept")).to_contain_text("Kladde gemt")
    shown.page.close()
    again, _seen = window()
    again.open(patient)
    assert again.page.input_value("#text") == "Skrevet, men aldrig gemt med en knap"


def test_whoever_leaves_at_once_takes_the_last_words_along(window):
    shown, _seen = window()
    shown.open()
    shown.page.fill("#text", "Skrevet i farten")
    shown.follow("a[href$='/print']")
    shown.follow("main a")
    assert shown.page.input_value("#text") == "Skrevet i farten"


def test_what_could_not_be_kept_is_never_told_to_be(window):
    shown, _seen = window()
    shown.open()
    kept = shown.page.locator("#kept")
    shown.page.context.set_offline(True)
    shown.page.fill("#text", "Uden forbindelse")
    expect(kept).to_contain_text("Ikke gemt endnu")
    shown.page.context.set_offline(False)
    expect(kept).to_contain_text("Kladde gemt")
    shown.page.context.clear_cookies()
    shown.page.fill("#text", "Efter at siden blev lukket")
    expect(kept).to_contain_text("Ikke gemt: siden er lukket")


def test_a_signed_visit_is_seen_to_arrive_in_the_record_without_a_press(window):
    shown, seen = window()
    STATES["signed"](shown)
    step = shown.page.locator("[aria-current=step]")
    expect(step).to_contain_text("venter på journalen")
    arrive(shown)
    expect(step).to_contain_text("I journalen")
    assert seen.faults == {}


def test_after_signing_the_page_is_short_and_more_can_be_written(window, clinic):
    shown, _seen = window()
    patient = shown.open()
    shown.sign()
    assert not shown.page.locator("#goal_text").is_visible()
    shown.page.click("details.again > summary")
    shown.page.check("#taught-work")
    shown.press("review")
    shown.press("sign")
    assert recorded(clinic, patient)[0] == 4


def test_typing_in_two_windows_is_told_before_anything_is_lost(window):
    shown, _seen = window()
    patient = shown.open()
    other = Window(shown.clinic, shown.page.context.new_page())
    other.open(patient)
    other.page.fill("#text", "Det andet vindue")
    other.press("save")
    shown.page.fill("#text", "Dette vindue")
    expect(shown.page.locator("#kept")).to_contain_text("Et andet vindue")
    shown.press("save")
    assert "Dette vindue" in shown.page.locator("main").inner_text()
    assert "Det andet vindue" in shown.page.locator("main").inner_text()


@pytest.mark.parametrize("state", ["error", "field-error", "correct-error", "close-error"])
def test_a_mistake_takes_the_focus_to_its_summary_and_from_there_to_the_field(window, state):
    shown, _seen = window()
    STATES[state](shown)
    shown.page.wait_for_function("document.activeElement.id === 'errors'")
    link = shown.page.locator(".errors a").first
    target = link.get_attribute("href").removeprefix("#")
    link.click()
    assert shown.page.locator(f"[id='{target}']").is_visible()


def test_the_edition_changes_the_wording_on_the_spot(window):
    shown, _seen = window()
    STATES["all-open"](shown)
    pixi, full = (shown.page.locator(f".of-{name} >> visible=true") for name in ("pixi", "full"))
    assert (pixi.count() > 0, full.count()) == (True, 0)
    shown.page.check("#edition-full")
    assert (pixi.count(), full.count() > 0) == (0, True)


def test_the_note_is_copied_as_it_is_edited(window, clinic):
    shown, _seen = window(permissions=["clipboard-read", "clipboard-write"])
    STATES["check"](shown)
    shown.page.fill("#note", "Mine egne ord.")
    shown.page.click("#copy")
    expect(shown.page.locator("#copy")).to_have_text("Kopieret")
    assert shown.page.evaluate("navigator.clipboard.readText()") == "Mine egne ord."


@contextmanager
def on_paper(page):
    page.emulate_media(media="print")
    yield
    page.emulate_media(media="screen")


@pytest.mark.parametrize("state", ["signed", "check", "paper"])
def test_paper_has_the_words_and_no_buttons(window, state):
    shown, _seen = window()
    STATES[state](shown)
    with on_paper(shown.page):
        assert shown.page.locator("main").inner_text().count("Jeg vil kunne gå til bageren") >= 1
        assert shown.page.locator("button >> visible=true").count() == 0
        assert shown.page.locator("nav >> visible=true").count() == 0


def test_pressing_sign_twice_at_once_signs_once(window, clinic):
    shown, _seen = window()
    patient = shown.open()
    shown.fill()
    shown.press("review")
    shown.page.dblclick("#sign")
    shown.page.wait_for_url(re.compile(r"/plans/[^/]+$"))
    assert recorded(clinic, patient)[0] == 3


def test_going_back_after_signing_signs_nothing_again(window, clinic):
    shown, _seen = window()
    patient = shown.open()
    shown.sign()
    shown.page.go_back()
    if shown.page.locator("#sign").count():
        shown.press("sign")
    assert recorded(clinic, patient)[0] == 3
