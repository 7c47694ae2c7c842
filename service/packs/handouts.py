"""A handout as one HTML page: the patient's points of its topics, in one edition and language.

Physiotherapist's text never enters: only patient points are ever selected here. The page
has no script and no inline style, and reads without either.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from service.domain.content import Audience, Edition, Handout, HandoutFile, Pack, Point
from service.packs.inline_markdown import to_html
from service.packs.labels import banner, direction, labels
from service.packs.readability import plain

TEMPLATE = Path(__file__).with_name("templates") / "handout.html"
CONTENTS_FROM = 4

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATE.parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class PointList:
    """Points that follow each other with the same mark: "do", "dont" or ""."""

    mark: str
    label: str
    points: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The points under one heading; `words` is "" for points before the first heading."""

    words: str
    anchor: str
    lists: tuple[PointList, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One topic. `level` is the HTML element of its headings."""

    title: str
    level: str
    groups: tuple[Group, ...]


def with_handouts(pack: Pack) -> Pack:
    """Return the pack with every handout rendered in every edition and language."""
    return replace(
        pack,
        handouts=tuple(
            replace(
                handout,
                files={
                    (edition, language): render(pack, handout, edition, language)
                    for edition in pack.editions
                    for language in pack.languages
                    if _has_points(pack, handout, edition, language)
                },
            )
            for handout in pack.handouts
        ),
    )


def render(pack: Pack, handout: Handout, edition: Edition, language: str) -> HandoutFile:
    """Render one page; the same pack gives the same bytes."""
    sections = _sections(pack, handout, edition, language)
    headings = [group for section in sections for group in section.groups if group.words]
    questions = _questions(pack, handout, language)
    page = _PAGES.get_template(TEMPLATE.name).render(
        language=language,
        direction=direction(language),
        labels=labels(language),
        banner=banner(pack.state, language),
        title=handout.title.in_language(language),
        contents=headings if len(headings) >= CONTENTS_FROM else [],
        sections=sections,
        glossary=list(_explained(pack, handout, edition, language)),
        questions=questions,
        pack_title=pack.title[Audience.PATIENT].in_language(language),
        edition=labels(language)[edition.value],
        version=pack.version,
        date=pack.date.isoformat(),
        publisher=pack.publisher,
        sources=_sources(pack.extras),
        licence=pack.licence,
    )
    html = page.encode()
    return HandoutFile(
        html=html,
        sha256=hashlib.sha256(html).hexdigest(),
        sha1=hashlib.sha1(html, usedforsecurity=False).hexdigest(),  # FHIR Attachment.hash
    )


def _patient_points(
    pack: Pack, topic_id: str, edition: Edition, language: str
) -> tuple[Point, ...]:
    topic = pack.topic(topic_id)
    return topic.in_language(language).select(edition, Audience.PATIENT) if topic else ()


def _has_points(pack: Pack, handout: Handout, edition: Edition, language: str) -> bool:
    return any(_patient_points(pack, topic, edition, language) for topic in handout.topics)


def _sections(pack: Pack, handout: Handout, edition: Edition, language: str) -> list[Section]:
    alone = len(handout.topics) == 1
    sections = []
    for topic_id in handout.topics:
        points = _patient_points(pack, topic_id, edition, language)
        topic = pack.topic(topic_id)
        if topic and points:
            title = topic.in_language(language).title[Audience.PATIENT]
            groups = tuple(_groups(topic_id, points, edition, language))
            sections.append(Section("" if alone else title, "h2" if alone else "h3", groups))
    return sections


def _groups(
    topic_id: str, points: Sequence[Point], edition: Edition, language: str
) -> Iterator[Group]:
    by_heading = groupby(points, key=lambda point: point.heading)
    for number, (heading, under) in enumerate(by_heading, start=1):
        lists = tuple(_lists(under, edition, language))
        yield Group(plain(heading), f"{topic_id}-{number}", lists)


def _lists(points: Iterator[Point], edition: Edition, language: str) -> Iterator[PointList]:
    told: set[str] = set()  # "Do" is said once under a heading, the sign before each line
    for mark, run in groupby(points, key=_mark):
        shown = tuple(Markup(to_html(point.words(edition))) for point in run)  # noqa: S704 - cleaned
        yield PointList(mark, "" if mark in told else labels(language).get(mark, ""), shown)
        told.add(mark)


def _mark(point: Point) -> str:
    return next((mark for mark in ("do", "dont") if mark in point.marks), "")


def _questions(pack: Pack, handout: Handout, language: str) -> list[str]:
    topics = [topic for name in handout.topics if (topic := pack.topic(name))]
    asked = (question for topic in topics for question in topic.in_language(language).questions)
    return list(dict.fromkeys(asked))


def _explained(
    pack: Pack, handout: Handout, edition: Edition, language: str
) -> Iterator[Mapping[str, str]]:
    text = " ".join(
        plain(point.words(edition))
        for topic_id in handout.topics
        for point in _patient_points(pack, topic_id, edition, language)
    )
    for entry in _entries(pack.extras, "glossary"):
        word = entry["word"].get(language, "")
        # A Danish word may carry its article or plural: rygmarvskanal, rygmarvskanalen.
        meaning = entry["plain"].get(language, "")
        if word and meaning and re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE):
            yield {"word": word, "plain": meaning}


def _sources(extras: Mapping[str, object]) -> list[str]:
    return [
        ". ".join(part for part in (source["title"], source["publisher"], source["year"]) if part)
        for source in _entries(extras, "source")
    ]


def _entries(extras: Mapping[str, object], key: str) -> list[Any]:
    entries = extras.get(key)
    return entries if isinstance(entries, list) else []
