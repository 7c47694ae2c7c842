"""A pack: the education material for one condition, as clinicians wrote it.

A *point* is the smallest thing that can be taught. An edition is a selection of
points (PIXI: the short one), never a second text, so the two cannot drift apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from service.domain.codes import Coding

Language = NewType("Language", str)  # BCP 47, such as "da"


class Edition(StrEnum):
    FULL = "full"
    PIXI = "pixi"


class Audience(StrEnum):
    PATIENT = "patient"
    PHYSIO = "physio"


class PackState(StrEnum):
    """How far a pack has come. Always computed from signatures and dates, never typed."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    APPROVED = "approved"
    REVIEW_DUE = "review-due"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in every language of the pack, the source language first."""

    by_language: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The words in this language, or in the source language where it is missing."""
        words = self.by_language.get(language)
        return words if words is not None else next(iter(self.by_language.values()))


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to teach. `short` is the wording of the PIXI edition, "" for the same."""

    id: str
    audience: Audience
    editions: frozenset[Edition]
    covers: tuple[str, ...]
    text: str
    short: str = ""
    heading: str = ""
    marks: frozenset[str] = frozenset()
    line: int = 0

    @property
    def always_show(self) -> bool:
        return "always_show" in self.marks

    def in_edition(self, edition: Edition) -> bool:
        return edition in self.editions or self.always_show

    def words(self, edition: Edition) -> str:
        return self.short if edition is Edition.PIXI and self.short else self.text


@dataclass(frozen=True, slots=True)
class TopicText:
    """One topic in one language. `observe` is for the physiotherapist only."""

    title: Mapping[Audience, str]
    points: tuple[Point, ...]
    learning_objectives: tuple[str, ...] = ()
    teach_back: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    observe: tuple[str, ...] = ()

    def select(self, edition: Edition, audience: Audience) -> tuple[Point, ...]:
        """The points of this edition for this reader, in the author's order."""
        return tuple(p for p in self.points if p.audience is audience and p.in_edition(edition))


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the guideline. Its own code is its `id`; `codes` are in other systems."""

    id: str
    codes: tuple[Coding, ...]
    knowledge_code: Coding | None
    texts: Mapping[str, TopicText]
    goals: tuple[str, ...] = ()

    def in_language(self, language: str) -> TopicText:
        text = self.texts.get(language)
        return text if text is not None else next(iter(self.texts.values()))


@dataclass(frozen=True, slots=True)
class GoalTemplate:
    """A goal the patient may choose. Nobody has it until the patient says so."""

    id: str
    text: Text
    topics: tuple[str, ...]
    editions: frozenset[Edition]
    covers: tuple[str, ...] = ()
    measure: Coding | None = None


@dataclass(frozen=True, slots=True)
class HandoutFile:
    """The rendered patient text of one handout: one edition in one language.

    `sha256` and `sha1` are over the exact bytes of `html`; `creation` is the pack's date.
    """

    html: bytes
    sha256: str
    sha1: str

    @property
    def size(self) -> int:
        return len(self.html)


@dataclass(frozen=True, slots=True)
class Handout:
    """A leaflet for patients, made of the patient points of its topics."""

    id: str
    title: Text
    topics: tuple[str, ...]
    files: Mapping[tuple[Edition, str], HandoutFile]


@dataclass(frozen=True, slots=True)
class TriggerCode:
    """A diagnosis code a pack knows, and why it answers as it does."""

    coding: Coding
    why: Text


@dataclass(frozen=True, slots=True)
class Triggers:
    """Which codes call for the pack: surely, perhaps, or never (decision 6)."""

    exact: tuple[TriggerCode, ...] = ()
    possible: tuple[TriggerCode, ...] = ()
    never: tuple[TriggerCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of one pack. `sha256` is over the files it was read from."""

    id: str
    version: str
    sha256: str
    date: date
    title: Mapping[Audience, Text]
    description: Text
    publisher: str
    licence: str
    languages: tuple[str, ...]
    editions: tuple[Edition, ...]
    triggers: Triggers
    topics: tuple[Topic, ...]
    goals: tuple[GoalTemplate, ...]
    handouts: tuple[Handout, ...]
    state: PackState
    extras: Mapping[str, object]

    @property
    def is_approved(self) -> bool:
        return self.state in (PackState.APPROVED, PackState.REVIEW_DUE)

    def topic(self, topic_id: str) -> Topic | None:
        return next((t for t in self.topics if t.id == topic_id), None)

    def handout(self, handout_id: str) -> Handout | None:
        return next((h for h in self.handouts if h.id == handout_id), None)
