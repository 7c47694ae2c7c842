"""A patient at home: a window of a browser in which the own pages are open."""

from dataclasses import dataclass

from playwright.sync_api import Page

from service.usecases.ports import PATIENT
from tests.clinician import Clinic


@dataclass
class Home:
    """A window in which one patient is logged in."""

    clinic: Clinic
    page: Page

    def log_in(self, patient: str, language: str = "") -> None:
        link = self.clinic.link(patient, role=PATIENT, name=patient, practitioner="")
        self.page.goto(link.replace("/clinician/launch", "/portal/enter"))
        if language == "en":
            self.press("English")

    def press(self, words: str) -> None:
        """Press a button by what it says."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words).first.click()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def ask(self, text: str) -> None:
        self.page.fill("textarea", text)
        self.press("Tilføj")
