"""The forms of a page, as they are found in it: what can be written, and what only chosen."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import html

_WRITTEN = ("text", "search", "date", "number", "")


@dataclass(frozen=True)
class Form:
    """One form. `sent` is what a browser sends of it without a button, `written` the longest text
    of each field that is written into, `pressed` the buttons that say something.
    """

    action: str
    method: str
    sent: dict[str, list[str]]
    written: dict[str, int]
    pressed: dict[str, list[str]]

    @property
    def kind(self) -> str:
        """Its address without ids and numbers."""
        return re.sub(r"/(?:[0-9a-f]{8}-[^/?]*|[0-9]+|own-[0-9]+)(?=/|$)", "/*", self.action)


def forms_of(page: str, path: str) -> list[Form]:
    """Every form of a page that was found at this path."""
    return [_form(each, path) for each in html.fromstring(page).forms]


def _form(form: Any, path: str) -> Form:
    for empty in form.xpath(".//input[@type='radio'][@value='']"):
        empty.drop_tree()  # a browser sends nothing for it; lxml would send `on`
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    fields = form.cssselect("input[name], textarea[name]")
    written = {
        each.get("name"): int(each.get("maxlength") or 500)
        for each in fields
        if each.tag == "textarea" or (each.get("type") or "") in _WRITTEN
    }
    pressed: dict[str, list[str]] = {}
    for button in form.cssselect("button[name]"):
        pressed.setdefault(button.get("name"), []).append(button.get("value") or "")
    return Form(
        form.get("action") or path, (form.get("method") or "get").lower(), sent, written, pressed
    )
