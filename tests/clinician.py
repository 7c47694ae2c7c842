"""The physiotherapist's pages in each state that somebody may meet them in."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson
from playwright.sync_api import Page

from service.store.launches import DatabaseLaunches
from service.store.outbox import DatabaseOutbox
from service.store.sqlite import SqliteEngine
from service.usecases.delivering import Place, Queued, Receipt
from service.usecases.ports import Launch
from tests.live import Live
from tests.posted import ICD10, LUMBAR, a_visit, coding

TOPICS = ("knowledge", "prognosis", "self-management")
POSSIBLE = coding(ICD10, "M48.0")


@dataclass
class Clinic:
    """Posts visits of made-up patients to a running service and opens them from the record."""

    live: Live
    token: str
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def patient(self, *codings: dict[str, str]) -> str:
        """A new patient with one visit: `page-7` has the visit `page-7-1`."""
        patient = f"page-{next(self.numbers)}"
        self.visit(patient, f"{patient}-1", *codings)
        return patient

    def visit(self, patient: str, encounter: str, *codings: dict[str, str]) -> None:
        posted = a_visit(patient, encounter, *(codings or (LUMBAR,)))
        answer = self.live.call(
            "POST",
            "/api/v1/encounters",
            self.token,
            data=orjson.dumps(posted),
            headers={"Content-Type": "application/fhir+json"},
        )
        assert answer.status_code in (200, 201), answer.text

    def link(self, patient: str, encounter: str = "", **more: object) -> str:
        """What opens the pages of this patient, as a record would."""
        engine = SqliteEngine(self.live.database)
        opened = Launch(
            **{
                "tenant": "demo",
                "name": "fys1",
                "practitioner": "Practitioner/fys1",
                "patient": f"Patient/{patient}",
                "encounter": f"Encounter/{encounter or f'{patient}-1'}",
                "expires": datetime.now(UTC) + timedelta(hours=8),
                **more,
            }
        )
        code = DatabaseLaunches(engine).start(opened, datetime.now(UTC))
        engine.close()
        return f"{self.live.url}/clinician/launch?code={code}"


@dataclass
class Window:
    """A window of a browser in which one patient is open."""

    clinic: Clinic
    page: Page
    language: str = "da"

    def open(self, patient: str = "", encounter: str = "", **more: object) -> str:
        """Open a patient, or a new one; the id."""
        patient = patient or self.clinic.patient()
        told = {"language": self.language} | more
        self.page.goto(self.clinic.link(patient, encounter, **told))
        return patient

    def fill(self) -> None:
        """Three topics, three teach-backs and a goal."""
        for topic, result in zip(
            TOPICS, ("understood", "understood-with-help", "not-understood"), strict=True
        ):
            self.page.check(f"#taught-{topic}")
            self.page.check(f"#result-{topic}-{result}")
        self.page.fill("#goal_text", "Jeg vil kunne gå til bageren og hjem igen")
        self.page.check("[name=goal_by][value='8']")

    def press(self, action: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(f"button[value={action}]:not(.hidden)").click()

    def send(self) -> None:
        """Press the last main button of the page."""
        with self.page.expect_navigation():
            self.page.locator("main button.main").last.click()

    def follow(self, css: str, number: int = 0) -> None:
        with self.page.expect_navigation():
            self.page.locator(css).nth(number).click()

    def sign(self) -> None:
        self.fill()
        self.press("review")
        self.press("sign")


def another(window: Window) -> Window:
    """A second window of the same browser."""
    return Window(window.clinic, window.page.context.new_page(), window.language)


def empty(window: Window) -> None:
    window.open()


def filled(window: Window) -> None:
    window.open()
    window.fill()


def all_open(window: Window) -> None:
    """Everything that is collapsed, with an edition and a suggestion chosen."""
    window.open()
    window.fill()
    window.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    window.page.check("[name=cue] >> nth=0")
    window.page.check("#edition-pixi")


def error(window: Window) -> None:
    window.open()
    window.page.fill("#text", "Kom for sent")
    window.press("review")


def field_error(window: Window) -> None:
    window.open()
    window.fill()
    window.page.locator("details:has(#minutes) > summary").click()
    window.page.fill("#minutes", "mang")
    window.press("review")


def saved(window: Window) -> None:
    window.open()
    window.fill()
    window.press("save")


def check(window: Window) -> None:
    window.open()
    window.fill()
    window.press("review")


def signed(window: Window) -> None:
    window.open()
    window.sign()


def delivered(window: Window) -> None:
    """As the worker leaves it when the record has it."""
    _answer_for(window, lambda outbox, queued: outbox.delivered(queued, _RECEIPT))


def refused(window: Window) -> None:
    """As the worker leaves it when the record refuses it."""
    _answer_for(window, lambda outbox, queued: outbox.park(queued, "changed-in-record"))


def not_kept(window: Window) -> None:
    _answer_for(window, lambda outbox, queued: outbox.delivered(queued, Receipt(())))


def unreachable(window: Window) -> None:
    hour = timedelta(hours=1)
    _answer_for(
        window, lambda outbox, queued: outbox.later(queued, hour, "unreachable", uncertain=False)
    )


_RECEIPT = Receipt((Place("urn:uuid:1", "CarePlan/1"),))


def _answer_for(window: Window, answer: Callable[[DatabaseOutbox, Queued], object]) -> None:
    """Sign a visit, and leave its newest revision as told."""
    signed(window)
    plan_id = urlsplit(window.page.url).path.rsplit("/", 1)[1]
    engine = SqliteEngine(window.clinic.live.database)
    outbox = DatabaseOutbox(engine)
    for _ in range(2):
        for queued in outbox.take("demo", 1_000, timedelta(seconds=60)):
            if queued.plan_id == plan_id and queued.revision == 2:
                answer(outbox, queued)
            elif queued.plan_id == plan_id:
                outbox.delivered(queued, _RECEIPT)
            else:
                outbox.later(queued, timedelta(0), "", uncertain=False, counts=False)
    engine.close()
    window.page.reload()


def next_visit(window: Window) -> None:
    patient = window.open()
    window.sign()
    window.clinic.visit(patient, f"{patient}-2")
    window.open(patient, f"{patient}-2", practitioner="Practitioner/fys2", name="fys2")


def stale(window: Window) -> None:
    patient = window.open()
    window.fill()
    window.press("review")
    colleague = Window(window.clinic, window.page.context.browser.new_page(), window.language)
    colleague.open(patient, practitioner="Practitioner/fys2", name="fys2")
    colleague.sign()
    colleague.page.close()
    window.press("sign")


def two_drafts(window: Window) -> None:
    patient = window.open()
    other = another(window)
    other.open(patient)
    other.page.fill("#text", "Skrevet i det andet vindue")
    other.press("save")
    other.page.close()
    window.fill()
    window.press("save")


def correct(window: Window) -> None:
    signed(window)
    window.follow("a.small[href$='/correct']", 1)


def correct_error(window: Window) -> None:
    correct(window)
    window.send()


def corrected(window: Window) -> None:
    correct(window)
    window.page.fill("#reason", "Det nåede vi ikke")
    window.page.check("[name=outcome][value=deferred]")
    window.send()


def take_back(window: Window) -> None:
    signed(window)
    window.follow("a.small[href$='/correct']")


def close(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.page.url}/close")


def close_error(window: Window) -> None:
    close(window)
    window.send()


def closed(window: Window) -> None:
    close(window)
    window.page.fill("#reason", "Flyttet til en anden by")
    window.send()


def paper(window: Window) -> None:
    signed(window)
    window.page.goto(re.sub(r"#.*", "", window.page.url) + "/print")


def plans(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans?all=1")


def no_plans(window: Window) -> None:
    window.open("nobody", "nobody-1")


def proposed(window: Window) -> None:
    window.open(window.clinic.patient(POSSIBLE))


def group(window: Window) -> None:
    others = tuple(f"Patient/{window.clinic.patient()}" for _ in range(2))
    window.open(participants=others)
    window.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def left(window: Window) -> None:
    window.open()
    window.follow("header form[action$=leave] button")


def not_launched(window: Window) -> None:
    window.page.context.clear_cookies()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans")


def not_found(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans/none")


STATES: dict[str, Callable[[Window], None]] = {
    state.__name__.replace("_", "-"): state
    for state in (
        empty,
        filled,
        all_open,
        error,
        field_error,
        saved,
        check,
        signed,
        delivered,
        refused,
        not_kept,
        unreachable,
        next_visit,
        stale,
        two_drafts,
        correct,
        correct_error,
        corrected,
        take_back,
        close,
        close_error,
        closed,
        paper,
        plans,
        no_plans,
        proposed,
        group,
        left,
        not_launched,
        not_found,
    )
}
REFUSED = {"error", "field-error", "stale", "two-drafts", "correct-error", "close-error"} | {
    "not-launched",
    "not-found",
}
