"""Whatever is typed or sent in the forms of the pages, the pages show it as words.

The forms and their fields are those that are found in the pages.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import JSON
from tests.posted import a_visit
from tests.safety.forms import Form, forms_of
from tests.safety.site import Site, served
from tests.safety.strings import ALL, OWN, texts_for
from tests.safety.watching import Watched, watched

pytestmark = pytest.mark.real

STALE = {"revision": ["1"]}  # somebody has changed the plan since: refused, and shown as typed
# Sent by the script, or from a page of its own further down.
FOUND_ELSEWHERE = {
    "/clinician/plans/*/draft",
    "/clinician/plans/*/discard",
    "/clinician/plans/*/rebase",
    "/clinician/plans/*/confirm",
    "/clinician/plans/*/send",
    "/portal/handouts/*/read",
}


def signs(text: str) -> str:
    """What is left of a text in a form: no blanks, and nothing that cannot be seen."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())


@dataclass
class Visit:
    """A patient with a signed visit, a goal, a handout and a question, and the pages of both."""

    web: Any
    site: Site

    def __post_init__(self) -> None:
        headers = self.web.headers("clinician") | {"Accept": JSON}
        address = self.web.post(a_visit()).headers["Location"]
        told = {
            "topics": [{"id": "knowledge", "outcome": "taught"}],
            "methods": ["talk"],
            "goals": [{"text": "Gå", "steps": [{"text": "Til hjørnet"}]}],
        }
        post = self.site.client.post
        post(f"{address}/handouts/knowledge/assignments", json={}, headers=headers)
        self.plan: dict[str, Any] = post(f"{address}/teachings", json=told, headers=headers).json
        self.path = f"/clinician/plans/{self.plan['id']}"

    @property
    def pages(self) -> list[str]:
        session, goal = self.plan["sessions"][0], self.plan["goals"][-1]
        names = (
            f"entries/{session['id']}/correct",
            f"entries/{session['topics'][0]['id']}/correct",
            f"goals/{goal['id']}/correct",
            "handouts/1/withdraw",
            "close",
            "ticks",
        )
        return [*(f"{self.path}/{name}" for name in names), "/clinician/paper"]

    def open(self, seen: Watched | None, role: str = "clinician") -> None:
        """Log in, as the browser and its client without a line are one and the same."""
        link = self.site.link(role=role)
        if seen is None:
            self.site.client.get(link)
            return
        seen.go(link)
        for kept in seen.page.context.cookies():
            self.site.client.set_cookie(kept["name"], kept["value"], path=kept["path"])

    def forms(self, *paths: str) -> dict[str, Form]:
        """The forms of these pages by their kind; of two that are alike, the one with more."""
        found: dict[str, Form] = {}
        for path in paths:
            for form in forms_of(self.site.client.get(path).text, path):
                known = found.get(form.kind)
                if known is None or len(known.written) < len(form.written):
                    found[form.kind] = form
        return found


def texts_of(form: Form, first: int = 0) -> dict[str, list[str]]:
    """For each field that is written into, the texts that it is to hold, one after another."""
    rounds = None if ALL else 7
    return {
        name: texts_for(most, first + number)[:rounds]
        for number, (name, most) in enumerate(form.written.items())
        if most > 20
    }


def filled(form: Form, texts: dict[str, list[str]], round_: int) -> dict[str, list[str]]:
    told = {name: [many[round_]] for name, many in texts.items() if round_ < len(many)}
    short = {name: OWN[round_ % len(OWN)] for name in form.written if name not in texts}
    return form.sent | told | {name: [text] for name, text in short.items() if "minutes" in name}


def shows(seen: Watched, texts: dict[str, list[str]], round_: int, *names: str) -> list[str]:
    """The fields whose words are not on the page that is shown."""
    shown = signs(seen.text())
    return [
        name
        for name, many in texts.items()
        if (not names or name in names) and round_ < len(many) and signs(many[round_]) not in shown
    ]


def test_every_form_of_the_pages_is_found(web):
    with served(web) as site:
        visit = Visit(web, site)
        visit.open(None)
        found = set(visit.forms(visit.path, *visit.pages))
        visit.open(None, "patient")
        found |= set(visit.forms("/portal"))
        asked = {
            rule.rule
            for rule in site.client.application.url_map.iter_rules()
            if "POST" in rule.methods
        }
        pages = {rule for rule in asked if rule.startswith(("/clinician", "/portal"))}
    kinds = {re.sub("<[^>]*>", "*", rule) for rule in pages}
    given = {"/clinician/plans/*/check", "/portal/questions/remove"}  # their tests are below
    assert kinds - found == FOUND_ELSEWHERE | given


def test_what_is_typed_about_a_visit_is_words_in_the_draft_and_when_it_is_checked(web, browser):
    missing: list[Any] = []
    with served(web) as site, watched(browser, site.url) as seen:
        visit = Visit(web, site)
        visit.open(seen)
        begun = visit.forms(visit.path)["/clinician/plans/*"]
        texts = texts_of(begun)
        del texts["goal_date"]  # left empty, as are the other dates, so that it can be checked
        for round_ in range(max(map(len, texts.values()))):
            form = visit.forms(visit.path)["/clinician/plans/*"]
            told = filled(form, texts, round_) | {"minutes": [""], "goal_date": [""]}
            due = {name: [""] for name in told if name.startswith("due-")}
            site.client.post(visit.path, data=told | due | {"action": "save"})
            seen.go(visit.path)
            assert seen.caught() == [], round_
            missing += [(round_, name) for name in shows(seen, texts, round_)]
            if round_ % 3 and not ALL:
                continue
            taught = {
                "taught": ["knowledge", "prognosis", "work"],
                "method": ["talk"],
                "no_teaching": [""],
            }
            # A suggested goal with a blank in it (`__`) is not yet anybody's.
            taught |= {n: begun.sent[n] for n in told if n.startswith("words-")}
            seen.send(visit.path, _newest(visit, told | due | taught) | {"action": "review"})
            assert seen.page.url.endswith("/check"), seen.page.inner_text("main")[:300]
            assert seen.caught() == [], round_
            missing += [(round_, name) for name in shows(seen, texts, round_, "text", "mood_text")]
        note = "\n".join(OWN)
        check = forms_of(seen.page.content(), f"{visit.path}/check")[-1]
        seen.send(check.action, check.sent | {"note": note, "action": "keep"})
        seen.go(f"{visit.path}/check")
        assert (seen.caught(), signs(note) in signs(seen.text())) == ([], True)
        assert missing == []
        conflicts(visit, seen, note)


def _newest(visit: Visit, told: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same, in the version of the draft that is kept."""
    form = visit.forms(visit.path)["/clinician/plans/*"]
    return told | {name: form.sent[name] for name in ("version", "key", "revision")}


def conflicts(visit: Visit, seen: Watched, note: str) -> None:
    """Two windows, and a colleague who was faster: both versions are shown."""
    other = visit.forms(visit.path)["/clinician/plans/*"]
    mine = "".join(reversed(note))
    seen.send(visit.path, other.sent | {"version": "0", "text": mine, "action": "save"})
    assert _status(seen) == 409
    assert (seen.caught(), signs(mine) in signs(seen.text())) == ([], True)
    headers = visit.web.headers("clinician")
    note = note[:2_000]
    told = {"topics": [{"id": "prognosis", "outcome": "taught", "note": note}], "methods": ["talk"]}
    answer = visit.site.client.post(
        f"/api/v1/plans/{visit.plan['id']}/teachings", json=told, headers=headers
    )
    assert answer.status_code == 201
    seen.go(f"{visit.path}/check")
    check = forms_of(seen.page.content(), f"{visit.path}/check")[-1]
    seen.send(check.action, check.sent | {"action": "sign"})
    assert (_status(seen), seen.caught()) == (409, [])
    assert signs(note) in signs(seen.text())


def _status(seen: Watched) -> int:
    found: int = seen.page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    return found


def test_what_cannot_be_chosen_is_words_in_the_draft_too(web, browser):
    """A draft keeps whatever a browser sends; what it means is said when it is checked."""
    with served(web) as site, watched(browser, site.url) as seen:
        visit = Visit(web, site)
        before = site.stored
        visit.open(seen)
        for turn in range(len(OWN) if ALL else 3):
            form = visit.forms(visit.path)["/clinician/plans/*"]
            chosen = [n for n in form.sent if n not in (*form.written, "csrf", "key", "version")]
            wrong = {n: OWN[(turn * 7 + i) % len(OWN)] for i, n in enumerate(sorted(chosen))}
            wrong |= {"taught": OWN[turn], "attended": OWN[turn], "cue": OWN[turn], OWN[turn]: "x"}
            for action in ("save", "review"):
                seen.send(visit.path, _newest(visit, form.sent | wrong) | {"action": action})
                assert seen.caught() == [], (turn, action)
            assert _status(seen) == 422
    after = site.stored
    assert after == before | {"draft": after["draft"]}


@pytest.mark.parametrize("role", ["clinician", "patient"])
def test_every_other_form_shows_what_was_typed_as_words_when_it_is_refused(web, browser, role):
    with served(web) as site, watched(browser, site.url) as seen:
        visit = Visit(web, site)
        visit.open(seen, role)
        pages = visit.pages if role == "clinician" else ["/portal"]
        tried = 0
        for number, (kind, form) in enumerate(visit.forms(*pages).items()):
            texts = texts_of(form, number * 4)
            if form.method != "post" or not texts:
                continue
            tried += 1
            longest = max(map(len, texts.values()))
            for round_ in range(longest) if ALL else range(number % 3, longest, 3):
                seen.send(form.action, filled(form, texts, round_) | STALE)
                assert seen.caught() == [], (kind, round_)
                if _status(seen) in (409, 422):
                    assert shows(seen, texts, round_) == [], (kind, round_)
                else:
                    assert (kind, _status(seen)) == ("/portal/questions", 200)
        assert tried >= (4 if role == "clinician" else 1)
        if role == "patient":
            visit.open(seen)
            seen.go(visit.path)
            assert (seen.caught(), bool(seen.page.locator("[name=talked]").all())) == ([], True)


@pytest.mark.parametrize("role", ["clinician", "patient"])
def test_a_string_in_any_field_of_any_form_stores_nothing_and_runs_nothing(web, browser, role):
    with served(web) as site, watched(browser, site.url) as seen:
        visit = Visit(web, site)
        visit.open(seen, role)
        before = site.stored
        pages = visit.pages if role == "clinician" else ["/portal"]
        for number, (kind, form) in enumerate(visit.forms(*pages).items()):
            if form.method != "post" or set(form.sent) | set(form.pressed) == {"csrf"}:
                continue  # nothing can be sent with it
            for turn in range(len(OWN) if ALL else 2):
                text = OWN[(number * 3 + turn) % len(OWN)]
                names = [*(set(form.sent) - {"csrf"}), *form.pressed, "text", "outcome", "read"]
                wrong = dict.fromkeys(names, text) | ({"reason": ""} if "reason" in names else {})
                wrong |= {"text": ""} if kind == "/portal/questions" else {}
                seen.send(form.action, {"csrf": form.sent["csrf"]} | wrong)
                assert seen.caught() == [], (kind, text)
                assert _status(seen) < 500, (kind, text)
    after = site.stored
    opened = {"plan_history", "outbox"} if role == "patient" else set()
    assert {n: v for n, v in after.items() if n not in opened} == {
        n: v for n, v in before.items() if n not in opened
    }
