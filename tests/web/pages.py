"""A browser that runs no script: it shows pages, fills in forms and sends them (by lxml)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse


@dataclass
class Physio:
    """A physiotherapist's browser, with one patient open in it."""

    client: FlaskClient
    launch_link: Callable[..., str]

    def open(self, patient: str = "Patient/p1", encounter: str = "Encounter/e1", **more: Any):
        """Open the patient from the record; the page that comes first."""
        return self.get(self.launch_link(patient, encounter, **more))

    def get(self, path: str) -> "Shown":
        return Shown(self, self.client.get(path, follow_redirects=True))

    def post(self, path: str, fields: Any, *, follow: bool = True) -> "Shown":
        return Shown(self, self.client.post(path, data=fields, follow_redirects=follow))


class Shown:
    """A page as it is shown."""

    def __init__(self, physio: Physio, answer: TestResponse) -> None:
        self.physio = physio
        self.answer = answer
        self.path = answer.request.path
        self.status = answer.status_code
        self.doc = html.fromstring(answer.text or "<html></html>")
        self.text = " ".join(" ".join(self.doc.itertext()).split()).replace(" :", ":")

    def select(self, css: str) -> list[Any]:
        return self.doc.cssselect(css)

    def words(self, css: str) -> list[str]:
        """The text of whatever the selector finds."""
        return [" ".join(each.text_content().split()) for each in self.select(css)]

    @property
    def faults(self) -> dict[str, str]:
        """What the error summary says, by the field that it leads to."""
        return {a.get("href").removeprefix("#"): a.text for a in self.select(".errors a")}

    @property
    def visit(self) -> "Form":
        """The form of the visit."""
        (form,) = self.select("form#visit")
        return Form(self, form)

    @property
    def form(self) -> "Form":
        """The last form: what the page is for, when it is not the visit."""
        return Form(self, self.doc.forms[-1])

    def click(self, words: str, number: int = 0) -> "Shown":
        """Follow a link by its words."""
        link = [a for a in self.select("a") if words in a.text_content()][number]
        return self.physio.get(link.get("href"))


class Form:
    """A form to be filled in and sent."""

    def __init__(self, page: Shown, form: Any) -> None:
        self.page = page
        self.inputs = form.inputs
        self._form = form
        for empty in form.xpath(".//input[@type='radio'][@value='']"):
            empty.drop_tree()  # a browser sends nothing for it; lxml would send `on`

    @property
    def values(self) -> list[tuple[str, str]]:
        """What a browser would send, without the button."""
        return self._form.form_values()

    def __getitem__(self, name: str) -> str:
        return dict(self.values).get(name, "")

    def tick(self, name: str, *values: str) -> "Form":
        """Tick boxes; one that is not there fails."""
        boxes = {box.get("value"): box for box in self._form.xpath(f".//input[@name='{name}']")}
        for value in values:
            boxes[value].checked = True
        return self

    def fill(self, fields: dict[str, str]) -> "Form":
        """Choose in radio groups and lists, and write into fields."""
        for name, value in fields.items():
            self.inputs[name].value = value
        return self

    def send(self, action: str = "", *, follow: bool = True, **changed: str) -> Shown:
        """Press the button of this value, or the only one."""
        sent = [(name, value) for name, value in self.values if name not in changed]
        sent += [("action", action)] if action else []
        pairs: dict[str, list[str]] = {}
        for name, value in [*sent, *changed.items()]:
            pairs.setdefault(name, []).append(value)
        return self.page.physio.post(
            self._form.get("action") or self.page.path, pairs, follow=follow
        )
