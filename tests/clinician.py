"""A clinic that posts visits, and windows in which its patients' pages are open."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from playwright.sync_api import Page

from service.store.launches import DatabaseLaunches
from service.store.sqlite import SqliteEngine
from service.usecases.ports import Launch
from tests.live import Live
from tests.posted import LUMBAR, a_visit

TOPICS = ("knowledge", "prognosis", "self-management")


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
