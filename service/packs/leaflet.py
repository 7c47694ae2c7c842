"""What stands on one page of a handout, in order, as values. Knows no HTML page and no file.

Only patient points are ever selected here, so the physiotherapist's text cannot enter; and
nothing depends on today's date, for plans pin the bytes of a page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, zip_longest
from typing import Any

from markupsafe import Markup

from service.domain.content import (
    Audience,
    Edition,
    Handout,
    Pack,
    Point,
    Text,
    Topic,
    TranslationState,
)
from service.domain.values import dataclass
from service.packs.inline_markdown import to_html
from service.packs.labels import direction, labels, spelled
from service.packs.readability import measure, plain

CONTENTS_FROM = 4
QUESTIONS = 3
WORDS_A_MINUTE = 150  # unhurried; a leaflet is not a novel


@dataclass(frozen=True, slots=True)
class Said:
    """Words; `language` is theirs when it is not the page's, else ""."""

    words: str
    language: str = ""

    @property
    def direction(self) -> str:
        return direction(self.language)


@dataclass(frozen=True, slots=True)
class PointList:
    """Points that follow each other with the same mark: "do", "dont" or ""."""

    mark: str
    label: str  # the name of a fixed word, or ""
    points: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The points under one heading; `words` is "" for points before the first heading."""

    words: str
    anchor: str
    lists: tuple[PointList, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One topic. `note` names the fixed words on its translation, or is ""."""

    title: Said
    anchor: str
    note: str
    summary: tuple[Markup, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What cannot wait: at most one on a page, and only of a signed pack."""

    heading: Said
    signs: tuple[Said, ...]
    act: Said


@dataclass(frozen=True, slots=True)
class Leaflet:
    """Everything on the page. `note` are words in the language that was asked for."""

    language: str
    title: Said
    subject: Said
    edition: Edition
    is_draft: bool
    note: Said
    minutes: int
    time: Said  # the minutes in words
    contents: tuple[tuple[str, Said], ...]
    urgent: Card | None
    sections: tuple[Section, ...]
    glossary: tuple[Mapping[str, str], ...]
    questions: tuple[str, ...]
    about: tuple[tuple[str, Said], ...]  # the name of a fixed word, and what is said of it

    @property
    def is_of_one_topic(self) -> bool:
        return len(self.sections) == 1


def has_points(pack: Pack, handout: Handout, edition: Edition) -> bool:
    """Whether the edition says anything to a patient on the handout's topics."""
    return any(_points(topic, edition, _source(pack)) for topic in _topics(pack, handout))


def is_translated(pack: Pack, handout: Handout, language: str) -> bool:
    """Whether any topic of the handout is written in the language."""
    return any(language in topic.texts for topic in _topics(pack, handout))


def compose(
    pack: Pack, handout: Handout, edition: Edition, language: str, note_in: str = ""
) -> Leaflet:
    """Return the page's content; `note_in` is who asked for another language than there is."""
    source = _source(pack)
    spoken, fixed = labels(language, source)
    noted, notes = labels(note_in or language, source)
    sections = tuple(_sections(pack, handout, edition, language))
    glossary = tuple(_explained(pack, handout, edition, language))
    questions = tuple(_questions(_topics(pack, handout), language))
    minutes = _minutes(pack, handout, edition, language)
    return Leaflet(
        language=language,
        title=_said(handout.title, language),
        subject=_said(pack.title[Audience.PATIENT], language),
        edition=edition,
        is_draft=not pack.is_signed,
        note=Said(notes["other-language"], noted if noted != language else "")
        if note_in
        else Said(""),
        minutes=minutes,
        time=Said(f"{minutes} {fixed['minutes']}", "" if spoken == language else spoken),
        contents=_contents(sections),
        urgent=_urgent(pack, handout, language),
        sections=sections,
        glossary=glossary,
        questions=questions,
        about=tuple(
            (name, Said(words, spoken if ours and spoken != language else ""))
            for name, words, ours in _about(pack, handout, language, spoken, fixed)
        ),
    )


def _source(pack: Pack) -> str:
    return pack.languages[0]


def _topics(pack: Pack, handout: Handout) -> list[Topic]:
    return [topic for name in handout.topics if (topic := pack.topic(name))]


def _points(topic: Topic, edition: Edition, language: str) -> tuple[Point, ...]:
    return topic.in_language(language).select(edition, Audience.PATIENT)


def _said(text: Text, language: str) -> Said:
    words = text.by_language.get(language)
    if words is not None:
        return Said(words)
    return Said(text.in_language(language), next(iter(text.by_language)))


def _sections(pack: Pack, handout: Handout, edition: Edition, language: str) -> Iterator[Section]:
    for topic in _topics(pack, handout):
        points = _points(topic, edition, language)
        if points:
            text = topic.in_language(language)
            spoken = language if language in topic.texts else _source(pack)
            yield Section(
                title=Said(text.title[Audience.PATIENT], spoken if spoken != language else ""),
                anchor=topic.id,
                note=_note(topic, language),
                summary=tuple(_summary(points, edition)),
                groups=tuple(_groups(topic.id, points, edition)),
            )


def _note(topic: Topic, language: str) -> str:
    found = topic.translations.get(language, TranslationState.SOURCE)
    notes = {TranslationState.MISSING: "not-translated", TranslationState.STALE: "stale"}
    return notes.get(found, "")


def _summary(points: Sequence[Point], edition: Edition) -> Iterator[Markup]:
    """The points that the author marked, in the short words.

    Where they would be half of the text or more, the text is short enough by itself.
    """
    marked = [point for point in points if "summary" in point.marks]
    if edition is Edition.FULL and 2 * len(marked) < len(points):
        yield from (_shown(point, Edition.PIXI) for point in marked)


def _groups(topic_id: str, points: Sequence[Point], edition: Edition) -> Iterator[Group]:
    by_heading = groupby(points, key=lambda point: point.heading)
    for number, (heading, under) in enumerate(by_heading, start=1):
        yield Group(plain(heading), f"{topic_id}-{number}", tuple(_lists(under, edition)))


def _lists(points: Iterator[Point], edition: Edition) -> Iterator[PointList]:
    told: set[str] = set()  # "Do" is said once under a heading, the sign before each line
    for mark, run in groupby(points, key=_mark):
        shown = tuple(_shown(point, edition) for point in run)
        yield PointList(mark, "" if mark in told else mark, shown)
        told.add(mark)


def _mark(point: Point) -> str:
    return next((mark for mark in ("do", "dont") if mark in point.marks), "")


def _shown(point: Point, edition: Edition) -> Markup:
    return Markup(to_html(point.words(edition)))  # noqa: S704 - cleaned


def _contents(sections: Sequence[Section]) -> tuple[tuple[str, Said], ...]:
    if len(sections) > 1:
        return tuple((section.anchor, section.title) for section in sections)
    headed = [group for section in sections for group in section.groups if group.words]
    found = tuple((group.anchor, Said(group.words)) for group in headed)
    return found if len(found) >= CONTENTS_FROM else ()


def _urgent(pack: Pack, handout: Handout, language: str) -> Card | None:
    """The pack's card, if clinicians have signed it: nothing urgent is said on a draft."""
    card: Any = pack.extras.get("urgent")
    if not card or not pack.is_signed or handout.id not in (card["handouts"] or [handout.id]):
        return None
    return Card(
        heading=_said(Text(card["heading"]), language),
        signs=tuple(_said(Text(sign), language) for sign in card["signs"]),
        act=_said(Text(card["act"]), language),
    )


def _explained(
    pack: Pack, handout: Handout, edition: Edition, language: str
) -> Iterator[Mapping[str, str]]:
    text = " ".join(_patient_words(pack, handout, edition, language))
    for entry in _entries(pack.extras, "glossary"):
        word, meaning = entry["word"].get(language, ""), entry["plain"].get(language, "")
        # A Danish word may carry its article or plural: rygmarvskanal, rygmarvskanalen.
        if word and meaning and re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE):
            yield {"word": word, "plain": meaning}


def _patient_words(pack: Pack, handout: Handout, edition: Edition, language: str) -> Iterator[str]:
    for topic in _topics(pack, handout):
        for point in _points(topic, edition, language):
            yield plain(point.words(edition))


def _questions(topics: Sequence[Topic], language: str) -> list[str]:
    """At most three, of each topic in turn: a long list is not read."""
    asked = [topic.texts[language].questions for topic in topics if language in topic.texts]
    in_turn = (question for turn in zip_longest(*asked) for question in turn if question)
    return list(dict.fromkeys(in_turn))[:QUESTIONS]


def _minutes(pack: Pack, handout: Handout, edition: Edition, language: str) -> int:
    words = measure(_patient_words(pack, handout, edition, language), language).words
    return max(1, round(words / WORDS_A_MINUTE))


def _about(
    pack: Pack, handout: Handout, language: str, spoken: str, fixed: Mapping[str, str]
) -> Iterator[tuple[str, str, bool]]:
    """Who made it, who has looked at it and when again, which text it is, from what.

    Each with whether the words are ours, in the language of the fixed words.
    """
    signatures = _signatures(pack)
    yield "made", pack.publisher, False
    for name, role in (("written", "author"), ("language-reviewed", "language-reviewer")):
        if signed := [each for each in signatures if each["role"] == role]:
            yield name, ", ".join(dict.fromkeys(each["name"] for each in signed)), False
    clinical = [each for each in signatures if each["role"] == "clinical-reviewer"]
    if pack.is_signed and clinical:
        last = max(clinical, key=lambda each: str(each["date"]))
        day = spelled(date.fromisoformat(last["date"]), spoken)
        yield "reviewed", f"{last['name']}, {day}", True
    else:
        yield "reviewed", fixed["not-reviewed"], True
    approvals: Any = pack.extras.get("approvals", {})
    if due := approvals.get("review_due"):
        yield "next-review", spelled(date.fromisoformat(due), spoken), True
    if state := _translation(pack, handout, language):
        yield "translated", fixed[state], True
    yield "version", f"{pack.version}, {spelled(pack.date, spoken)}", True
    for source in _entries(pack.extras, "source"):
        parts = (source["title"], source["publisher"], source["year"])
        yield "source", ". ".join(part for part in parts if part), False
    yield "licence", pack.licence, False


def _signatures(pack: Pack) -> list[Mapping[str, str]]:
    """Those that hold: over exactly this text."""
    approvals: Any = pack.extras.get("approvals", {})
    signed = approvals.get("signed_sha256")
    return [each for each in approvals.get("signatures", ()) if each["sha256"] == signed]


def _translation(pack: Pack, handout: Handout, language: str) -> str:
    """The least that is known of any topic's translation, or "" for what is none."""
    if language == _source(pack):
        return ""
    found = {pack.translation(topic, language) for topic in _topics(pack, handout)}
    order = (TranslationState.UNCHECKED, TranslationState.CURRENT, TranslationState.APPROVED)
    return next((state.value for state in order if state in found), "")


def _entries(extras: Mapping[str, object], key: str) -> list[Any]:
    entries = extras.get(key)
    return entries if isinstance(entries, list) else []
