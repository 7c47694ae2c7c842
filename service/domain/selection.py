"""Pack + edition + language to what a plan holds: all topics of the guideline.

A catalogue, on purpose: the edition decides how much is said of each topic, never
which topics a patient gets (mission, intended purpose).
"""

from service.domain.content import (
    Audience,
    Edition,
    GoalTemplate,
    Handout,
    HandoutFile,
    Pack,
    Point,
    Text,
    Topic,
    TopicText,
)
from service.domain.errors import InvalidField
from service.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class SelectedTopic:
    """One topic as this edition and language have it."""

    topic: Topic
    text: TopicText
    for_patient: tuple[Point, ...]
    for_physio: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class SelectedHandout:
    handout: Handout
    file: HandoutFile


@dataclass(frozen=True, slots=True)
class Selection:
    """What one edition of a pack says in one language."""

    pack: Pack
    edition: Edition
    language: str
    topics: tuple[SelectedTopic, ...]
    goals: tuple[GoalTemplate, ...]
    handouts: tuple[SelectedHandout, ...]

    @property
    def title(self) -> str:
        return self.words(self.pack.title[Audience.PHYSIO])

    def words(self, text: Text) -> str:
        return text.in_language(self.language)


def select(pack: Pack, edition: Edition, language: str) -> Selection:
    """Return everything the edition holds.

    Raises:
        InvalidField: the pack has no such edition or language.
    """
    if edition not in pack.editions:
        raise InvalidField(f"the pack has no edition {edition.value!r}", pointer="/edition")
    if language not in pack.languages:
        raise InvalidField(
            f"the pack is not written in this language; it has: {', '.join(pack.languages)}",
            pointer="/language",
        )
    return Selection(
        pack=pack,
        edition=edition,
        language=language,
        topics=tuple(_select_topic(topic, edition, language) for topic in pack.topics),
        goals=tuple(goal for goal in pack.goals if edition in goal.editions),
        handouts=tuple(
            SelectedHandout(handout, handout.files[edition, language])
            for handout in pack.handouts
            if (edition, language) in handout.files
        ),
    )


def _select_topic(topic: Topic, edition: Edition, language: str) -> SelectedTopic:
    text = topic.in_language(language)
    return SelectedTopic(
        topic=topic,
        text=text,
        for_patient=text.select(edition, Audience.PATIENT),
        for_physio=text.select(edition, Audience.PHYSIO),
    )
