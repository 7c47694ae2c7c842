"""A pack: the education material for one condition, as clinicians wrote it.

A *point* is the smallest thing that can be taught. An edition is a selection of
points (PIXI: the short one), never a second text, so the two cannot drift apart.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import NewType

from service.domain.codes import Coding
from service.domain.values import dataclass

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


class TranslationState(StrEnum):
    """What is known of one topic in one language; computed from hashes, never typed."""

    SOURCE = "source"  # the text that the others are made from
    MISSING = "missing"
    UNCHECKED = "unchecked"  # nobody has said of which source text it was made
    STALE = "stale"  # the source text was changed after it was made
    CURRENT = "current"
    APPROVED = "approved"  # current, and the pack is signed


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the guideline. Its own code is its `id`; `codes` are in other systems.

    `translations` has every language that the pack is, or is being, translated into.
    """

    id: str
    codes: tuple[Coding, ...]
    knowledge_code: Coding | None
    texts: Mapping[str, TopicText]
    goals: tuple[str, ...] = ()
    translations: Mapping[str, TranslationState] = field(default_factory=dict)

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


class HandoutForm(StrEnum):
    """What a handout can be had as. The page is the master, the others are copies of it."""

    PAGE = "html"
    TEXT = "txt"
    PDF = "pdf"
    LARGE = "pdf-large"  # the same in large type


@dataclass(frozen=True, slots=True)
class HandoutCopy:
    """One form of a page, by the hashes of its own bytes."""

    form: HandoutForm
    sha256: str
    sha1: str
    size: int


@dataclass(frozen=True, slots=True)
class HandoutFile:
    """The rendered patient text of one handout: one edition in one language.

    `sha256`, `sha1` and `size` are those of the page's exact bytes, and the SHA-256 is what
    the text is known by, in every form. `language` is the one that the words are in.
    """

    sha256: str
    sha1: str
    size: int
    language: str = ""
    copies: tuple[HandoutCopy, ...] = ()


# Of a handout in a language that the pack is not written in: the source text, with a note.
ANY_OTHER = "*"


@dataclass(frozen=True, slots=True)
class Handout:
    """A leaflet for patients, made of the patient points of its topics."""

    id: str
    title: Text
    topics: tuple[str, ...]
    files: Mapping[tuple[Edition, str], HandoutFile]

    def file(self, edition: Edition, language: str) -> HandoutFile | None:
        """What a reader of this language gets: `en` for `en-GB`, else the source text.

        None when the edition says nothing of the handout's topics.
        """
        for spoken in (language, language.partition("-")[0], ANY_OTHER):
            if (edition, spoken) in self.files:
                return self.files[edition, spoken]
        return None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A version of a pack was taken back. `successor` is the id of what replaces it, or ""."""

    reason: str
    successor: str = ""


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
    translating: tuple[str, ...] = ()  # languages that not every topic has yet

    @property
    def is_approved(self) -> bool:
        return self.state in (PackState.APPROVED, PackState.REVIEW_DUE)

    @property
    def is_signed(self) -> bool:
        """Approved, now or until its review was due; this does not depend on the day."""
        return self.is_approved or self.state is PackState.EXPIRED

    def translation(self, topic: Topic, language: str) -> TranslationState:
        """How far the topic is in this language."""
        found = topic.translations.get(language, TranslationState.MISSING)
        checked = (TranslationState.CURRENT, TranslationState.UNCHECKED)
        return TranslationState.APPROVED if self.is_signed and found in checked else found

    def topic(self, topic_id: str) -> Topic | None:
        return next((t for t in self.topics if t.id == topic_id), None)

    def handout(self, handout_id: str) -> Handout | None:
        return next((h for h in self.handouts if h.id == handout_id), None)
