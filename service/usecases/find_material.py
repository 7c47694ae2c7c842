"""What there is to read for a code, by the same look-up as every plan (Infobutton).

Codes, audience, language and edition decide; a person's age or sex is never asked for here.
"""

from collections.abc import Iterable
from datetime import date

from service.domain.codes import Coding
from service.domain.content import Audience, Edition, Handout, Pack, Point, Topic
from service.domain.matching import Confidence
from service.domain.values import dataclass
from service.usecases.ports import Catalogue


@dataclass(frozen=True, slots=True)
class Question:
    """For what, for whom, in which words. `by_clinician`: one who can judge whether it fits.

    A code that may mean the condition shows its pack to a clinician only, with why: nobody
    else is there to say whether it applies (docs/decisions/0029).
    """

    codes: tuple[Coding, ...]
    audience: Audience
    by_clinician: bool
    language: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to read: for patients a handout, by the SHA-256 of its page; else a topic.

    `points` are what it says in short, or, of a topic, all that the edition says. `doubt` is
    why the code may not mean the condition, "" when it surely does.
    """

    id: str
    pack: str
    version: str
    title: str
    language: str
    points: tuple[str, ...]
    dated: date
    is_draft: bool
    sha256: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FindMaterial:
    """The story with its parts."""

    catalogue: Catalogue

    def __call__(self, question: Question, tenant: str) -> list[Material]:
        """Return what there is in the guideline's order; nothing when no pack covers the codes."""
        found: list[Material] = []
        for pack, doubt in self._packs(question, tenant).values():
            if question.audience is Audience.PATIENT:
                found += _handouts(pack, question, doubt)
            else:
                found += _topics(pack, question, doubt)
        return found

    def _packs(self, question: Question, tenant: str) -> dict[str, tuple[Pack, str]]:
        """The packs by id, each with the doubt about it; those without doubt stand first."""
        rules = self.catalogue.rules(tenant)
        hits = [rule for code in question.codes for rule in rules.get(code.key, ())]
        found: dict[str, tuple[Pack, str]] = {}
        for rule in hits:
            if rule.confidence is Confidence.EXACT:
                found.setdefault(rule.pack.id, (rule.pack, ""))
        for rule in hits:
            if rule.confidence is Confidence.POSSIBLE and question.by_clinician:
                why = rule.why.in_language(question.language)
                found.setdefault(rule.pack.id, (rule.pack, why))
        return found


def _handouts(pack: Pack, question: Question, doubt: str) -> Iterable[Material]:
    for handout in pack.handouts:
        file = handout.file(question.edition, question.language) or handout.file(
            question.edition, pack.languages[0]
        )
        if file is not None:
            yield Material(
                id=handout.id,
                pack=pack.id,
                version=pack.version,
                title=handout.title.in_language(file.language),
                language=file.language,
                points=_in_short(pack, handout, question.edition, file.language),
                dated=pack.date,
                is_draft=not pack.is_approved,
                sha256=file.sha256,
                doubt=doubt,
            )


def _in_short(pack: Pack, handout: Handout, edition: Edition, language: str) -> tuple[str, ...]:
    """The points that are marked as its summary; else the titles of what it is about."""
    texts = [t.in_language(language) for t in pack.topics if t.id in handout.topics]
    points = [point for text in texts for point in text.select(edition, Audience.PATIENT)]
    marked = tuple(point.words(edition) for point in points if "summary" in point.marks)
    return marked or tuple(text.title[Audience.PATIENT] for text in texts)


def _topics(pack: Pack, question: Question, doubt: str) -> Iterable[Material]:
    language = _spoken(pack, question.language)
    for topic in pack.topics:
        points = _for_physio(topic, question.edition, language)
        if points:
            yield Material(
                id=topic.id,
                pack=pack.id,
                version=pack.version,
                title=topic.in_language(language).title[Audience.PHYSIO],
                language=language,
                points=tuple(point.words(question.edition) for point in points),
                dated=pack.date,
                is_draft=not pack.is_approved,
                doubt=doubt,
            )


def _for_physio(topic: Topic, edition: Edition, language: str) -> tuple[Point, ...]:
    return topic.in_language(language).select(edition, Audience.PHYSIO)


def _spoken(pack: Pack, language: str) -> str:
    """The language that the pack has: `en` for `en-GB`, else the one it is written in."""
    plain = language.partition("-")[0]
    return next((each for each in (language, plain) if each in pack.languages), pack.languages[0])
