"""Whatever words are told over REST, a page shows them as words."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import pytest

from tests.conftest import JSON
from tests.posted import a_visit
from tests.safety.shapes import limits, open_fields
from tests.safety.site import served
from tests.safety.strings import ALL, OWN, texts_for, without_blanks
from tests.safety.telling import (
    GOAL,
    GROUP,
    LAST,
    OTHER,
    PLAN,
    SESSION,
    TEACHING,
    THEIRS,
    TOLD,
    filled,
    places,
)
from tests.safety.watching import Watched, watched

pytestmark = pytest.mark.real

ROUNDS = 6  # that one plan takes; a longer one is slow to show
# Words that no page shows; REST and FHIR do.
NOT_SHOWN = {
    f"PATCH {PLAN}/goals/{{goal_id}}#/reason",
    f"POST {PLAN}/teachings#/goal_changes/0/reason",
    f"POST {PLAN}/teachings#/participants/0/goal_changes/0/reason",
    f"POST {PLAN}/handouts/{{handout_id}}/assignments#/reason",
}
# Words of the generated note, which has room for 120: of a long text the beginning is shown.
IN_THE_NOTE = {
    f"POST {PLAN}/teachings#{whose}/{name}"
    for whose in ("", "/participants/0")
    for name in ("barriers_met", "mood/text", "job/next_agreement", "job/text", "text")
}
IS_AN_ID = {f"POST {PLAN}/corrections#/id"}


def fields_of(*told: tuple[str, str, dict[str, Any]]) -> list[str]:
    names = (f"{method} {path}#{place}" for method, path, body in told for place in places(body))
    return list(dict.fromkeys(names))


FIELDS = fields_of(*TOLD, *GROUP, LAST)


def test_every_field_that_takes_words_is_filled_here(web):
    document = web.client.get("/openapi.json").json
    taking = {name for name in open_fields(document) if f" {PLAN}" in name} - IS_AN_ID
    told = {name.replace("/replacement/note", "/replacement/*") for name in FIELDS}
    assert told == taking


@dataclass
class Course:
    """Two patients' plans, told of round after round. `said` is each text and its field."""

    web: Any
    most: dict[str, int]
    number: int
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    marks: Any = field(default_factory=lambda: count())

    def __post_init__(self) -> None:
        self.patients = (f"one-{self.number}", f"two-{self.number}")
        self.plans = [self._posted(patient) for patient in self.patients]
        self.newest: dict[str, dict[str, Any]] = {plan: self._read(plan) for plan in self.plans}

    def _posted(self, patient: str) -> str:
        answer = self.web.post(a_visit(patient, f"e-{patient}"))
        assert answer.status_code == 201
        return answer.headers["Location"].rpartition("/")[2]

    def _headers(self) -> dict[str, str]:
        return self.web.headers("clinician") | {"Accept": JSON}

    def _read(self, plan: str) -> dict[str, Any]:
        return self.web.client.get(f"/api/v1/plans/{plan}", headers=self._headers()).json

    def ids(self) -> dict[str, str]:
        one, two = (self.newest[plan] for plan in self.plans)
        return {
            GOAL: _goal(one),
            THEIRS: _goal(two),
            OTHER: self.plans[1],
            SESSION: one["sessions"][-1]["id"] if one["sessions"] else "",
            TEACHING: _teaching(one),
        }

    def tell(self, round_: int, told: tuple[str, str, dict[str, Any]]) -> None:
        method, path, body = told
        ids = self.ids()
        name = f"{method} {path}"
        sent = filled(body, lambda place: self._words(f"{name}#{place}", round_), ids)
        address = path.format(plan_id=self.plans[0], goal_id=ids[GOAL], handout_id="knowledge")
        answer = self.web.client.open(address, method=method, json=sent, headers=self._headers())
        assert answer.status_code in (200, 201), (name, answer.text)
        for plan in answer.json.get("plans", [answer.json]):  # those of a group, or the one
            self.newest[plan["id"]] = plan

    def _words(self, name: str, round_: int) -> str:
        texts = texts_of(self.most[name], FIELDS.index(name))
        if round_ >= len(texts):
            return "Ord"
        mark = f"M{self.number:02}{next(self.marks):05}"
        self.said[mark] = name, texts[round_]
        return f"{mark} {texts[round_]}"


@cache
def texts_of(most: int, number: int) -> tuple[str, ...]:
    return tuple(texts_for(most, number))


def _goal(plan: dict[str, Any]) -> str:
    return next((g["id"] for g in reversed(plan["goals"]) if g["state"] == "active"), "")


def _teaching(plan: dict[str, Any]) -> str:
    topics = [topic for session in plan["sessions"] for topic in session["topics"]]
    return next((topic["id"] for topic in reversed(topics) if not topic["error"]), "")


def courses(web: Any) -> Iterator[Course]:
    """Every text of every field, told of as many patients as it takes."""
    most = limits(web.client.get("/openapi.json").json)
    most |= {
        name: most[f"POST {PLAN}/teachings#/topics/0/note"] for name in FIELDS if name not in most
    }
    longest = max(len(texts_of(most[name], n)) for n, name in enumerate(FIELDS))
    for number, first in enumerate(range(0, longest, ROUNDS)):
        course = Course(web, most, number)
        for round_ in range(first, min(first + ROUNDS, longest)):
            for told in (*TOLD, *GROUP):
                course.tell(round_, told)
        yield course


@dataclass
class Looked:
    """What was seen on pages: whose words, whole or in part, and what should not have happened."""

    whole: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    part: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    caught: list[str] = field(default_factory=list)

    def at(self, seen: Watched, said: dict[str, tuple[str, str]], *paths: str) -> None:
        for path in paths:
            seen.go(path)
            self.caught += [f"{path}: {what}" for what in seen.caught()]
            text = without_blanks(seen.text())
            for mark in re.findall("M[0-9]{7}", text):
                name, told = said[mark]
                self.part[name].add(told)
                if mark + without_blanks(told) in text:
                    self.whole[name].add(told)


def pages_of(plan: dict[str, Any]) -> list[str]:
    """The physiotherapist's pages of a plan, with the forms of some entries, or of each."""
    path = f"/clinician/plans/{plan['id']}"
    right = [session for session in plan["sessions"] if not session["error"]]
    forms = (
        [f"entries/{each['id']}/correct" for each in right],
        [f"entries/{t['id']}/correct" for each in right for t in each["topics"] if not t["error"]],
        [f"goals/{each['id']}/correct" for each in plan["goals"]],
        [f"handouts/{g['id']}/withdraw" for each in plan["handouts"] for g in each["assignments"]],
    )
    shown = [form for found in forms for form in (found if ALL else found[-1:])]
    names = ("print", "close", "sheet", "ticks", "delivery", *shown)
    return [path, *(f"{path}/{name}" for name in names)]


OWN_PAGES = ("/portal", "/portal/data", "/portal/summary", "/portal/log")


def test_words_told_over_rest_are_words_on_every_page(web, browser):
    """The first course, which has most of our own strings, is shown on every page, and once more
    in a window that does not hold to the pages' policy: escaping alone keeps them words.
    """
    looked, told = Looked(), list(courses(web))
    with (
        served(web) as site,
        watched(browser, site.url) as seen,
        watched(browser, site.url, bypass_csp=True) as lawless,
    ):
        for course in told:
            for patient, plan in zip(course.patients, course.plans, strict=True):
                first = course.number == 0
                pages, most = pages_of(course.newest[plan]), None if ALL or first else 2
                for window in (seen, lawless) if first else (seen,):
                    most = 2 if window is lawless and not ALL else most
                    window.go(site.link(patient, encounter=f"Encounter/e-{patient}"))
                    looked.at(window, course.said, *pages[:most])
                    window.go(site.link(patient, role="patient"))
                    looked.at(window, course.said, *OWN_PAGES[:most])
    assert looked.caught == []
    for name in FIELDS:
        texts = {text for course in told for of, text in course.said.values() if of == name}
        shown = looked.part if name in IN_THE_NOTE else looked.whole
        assert (texts if name not in NOT_SHOWN else set()) <= shown[name], name
        assert name == _LAST or len(texts) > len(OWN) // 100


_LAST = fields_of(LAST)[0]


def test_why_a_course_ended_is_words_on_every_page(web, browser):
    """It is said once in the life of a plan: each text takes a plan of its own."""
    method, path, body = LAST
    texts = texts_for(500, 0) if ALL else texts_for(500, 0)[:4]
    headers, looked, said = web.headers("clinician") | {"Accept": JSON}, Looked(), {}
    with served(web) as site, watched(browser, site.url) as seen:
        for number, text in enumerate(texts):
            patient = f"p{number}"
            posted = web.post(a_visit(patient, f"e{number}")).headers["Location"]
            mark = f"M{number:07}"
            said[mark] = _LAST, text
            sent = filled(body, lambda _, mark=mark, text=text: f"{mark} {text}", {})
            address = path.format(plan_id=posted.rpartition("/")[2])
            answer = web.client.open(address, method=method, json=sent, headers=headers)
            assert answer.status_code == 200, answer.text
            seen.go(site.link(patient, encounter=f"Encounter/e{number}"))
            page = address.replace("/api/v1", "/clinician").removesuffix("/close")
            looked.at(seen, said, page, f"{page}/print")
    assert looked.caught == []
    assert looked.whole[_LAST] == set(texts)
