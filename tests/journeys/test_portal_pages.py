"""A patient's own pages in a real browser, on a phone, without a script; and a patient's week."""

import re

import pytest

from service.domain.content import Audience
from service.packs.files import read_pack
from tests.browser import new_page
from tests.clinician import Clinic, Window
from tests.journeys.test_clinician_pages import cut_off, space_out
from tests.live import ROOT
from tests.patient import Home

pytestmark = pytest.mark.real

PHONE = {"width": 320, "height": 640}
SMALL = """[...document.querySelectorAll('button, .links a, .back a, .title, .choice, textarea')]
  .filter(each => each.checkVisibility())
  .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""


@pytest.fixture(scope="module")
def clinic(live, system_token) -> Clinic:
    return Clinic(live, system_token)


@pytest.fixture
def window(browser, clinic):
    """Open a window of its own, a phone's without a script unless it is told otherwise."""
    contexts = []

    def make(**settings):
        told = {"viewport": PHONE, "locale": "da-DK", "java_script_enabled": False} | settings
        contexts.append(browser.new_context(**told))
        return new_page(contexts[-1], clinic.live.url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def patient(window, clinic) -> str:
    """A patient with one visit, two handouts, a goal and nothing opened yet."""
    physio = Window(clinic, window(viewport={"width": 1280, "height": 900}).page)
    patient = physio.open()
    physio.page.check("#taught-knowledge")
    physio.page.fill("#goal_text", "Jeg vil kunne gå til bageren og hjem igen")
    physio.page.locator("details:has([name=give]) > summary").click()
    for handout in ("knowledge", "self-management"):
        physio.page.check(f"[name=give][value={handout}]")
    physio.press("review")
    physio.press("sign")
    return patient


def pages_of(home, path=("/portal",)):
    """Every page that a patient can come to by links, with what it is shown as."""
    seen, waiting = set(), list(path)
    while waiting:
        each = waiting.pop()
        if each in seen or each.endswith((".pdf", ".json")):
            continue
        seen.add(each)
        home.page.goto(home.clinic.live.url + each)
        yield each
        links = home.page.eval_on_selector_all("a[href]", "all => all.map(a => a.pathname)")
        waiting += [link for link in links if link.startswith("/portal")]


def test_no_page_keeps_a_patient_out_narrow_or_with_wide_letters(window, clinic, patient):
    seen = window(java_script_enabled=True)
    home = Home(clinic, seen.page)
    home.log_in(patient)
    home.press("Det kan du selv gøre")
    looked = []
    for path in pages_of(home):
        looked.append(path)
        assert (seen.overflow, seen.barriers(), seen.pale_words()) == (0, [], []), path
        assert seen.page.evaluate(SMALL) == [], path
        space_out(seen.page)
        assert (seen.overflow, cut_off(seen.page)) == (0, []), path
    assert len(looked) >= 5
    assert seen.faults == {}


def test_no_word_for_clinicians_is_on_any_page_or_sheet(window, clinic, patient):
    seen = window()
    home = Home(clinic, seen.page)
    home.log_in(patient)
    home.press("Det kan du selv gøre")
    physio = {
        point.text
        for topic in read_pack(ROOT / "content" / "lumbar-spinal-stenosis").topics
        for point in topic.in_language("da").points
        if point.audience is Audience.PHYSIO
    }
    assert len(physio) > 20
    for path in pages_of(home):
        text = seen.page.content()
        assert not [words for words in physio if words in text], path
        assert "LSS-" not in text
        assert "M48" not in text


def test_a_patients_week_from_the_first_message_to_the_question_that_is_answered(
    window, clinic, patient
):
    seen = window()
    home = Home(clinic, seen.page)
    home.log_in(patient)
    assert home.page.title() == "Din information fra klinikken"
    assert "Nyt at læse (2)" in home.page.inner_text("main")
    home.press("Det kan du selv gøre")
    assert re.fullmatch(r"/portal/handouts/[0-9a-f-]{36}", home.page.evaluate("location.pathname"))
    assert home.page.locator("article h1").inner_text() == "Det kan du selv gøre"
    home.press("Jeg har læst dette")
    assert "Du har sagt: læst" in home.page.inner_text("main")
    home.page.check("[name=progress][value=improving]")
    home.press("Gem")
    home.ask("Må jeg cykle?")
    clinic.visit(patient, f"{patient}-2")
    physio = Window(clinic, window(viewport={"width": 1280, "height": 900}).page)
    physio.open(patient, f"{patient}-2")
    shown = physio.page.inner_text("main")
    assert "”Må jeg cykle?”" in shown
    physio.page.check("[name=talked]")
    physio.page.check("#taught-prognosis")
    details = physio.page.locator("details:has(.handouts ul), .handouts details")
    assert "patienten siger læst" in details.first.inner_html()
    physio.press("review")
    assert "Må jeg cykle?" in physio.page.inner_text("main")
    physio.press("sign")
    home.page.goto(f"{clinic.live.url}/portal")
    assert "Talt om\nMå jeg cykle?" in home.page.inner_text("main")
    home.press("Log ud")
    home.page.goto(f"{clinic.live.url}/portal")
    assert "Du er ikke logget ind" in home.page.inner_text("main")
    assert seen.outside == []


def test_a_sheet_goes_home_and_its_ticks_come_back(window, clinic, patient):
    physio = Window(clinic, window(viewport={"width": 1280, "height": 900}).page)
    physio.open(patient)
    physio.follow("text=Ark til patienten")
    code = physio.page.locator(".code strong").inner_text()
    physio.page.goto(f"{clinic.live.url}/clinician/paper")
    physio.page.fill("#code", code.lower())
    physio.send()
    physio.page.check("[name=read] >> nth=0")
    physio.page.check("[name=own_words] >> nth=1")
    physio.send()
    assert "patienten siger læst" in physio.page.content()
    assert "forklarer med egne ord" in physio.page.content()
