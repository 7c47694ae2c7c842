"""Translations: do two languages hold the same points, and was the source changed since?

Compares marks and hashes, never words.
"""

from collections.abc import Iterable
from hashlib import sha256
from itertools import zip_longest

from service.domain.content import Audience, Point, Topic, TopicText, TranslationState
from service.packs.problems import Report

_LISTS = ("learning_objectives", "teach_back", "questions", "observe")


def wording_sha256(text: TopicText) -> str:
    """The hash of all words of a topic in one language, in their order; marks do not count."""
    words = [*(text.title[reader] for reader in sorted(text.title))]
    for point in text.points:
        words += (point.heading, point.text, point.short)
    for name in _LISTS:
        words += getattr(text, name)
    total = sha256()
    for each in words:
        total.update(f"{len(each.encode())} {each}\n".encode())
    return total.hexdigest()


def state_of_translation(
    source: TopicText, other: TopicText | None, translated_from: str | None
) -> TranslationState:
    """How far a translation is; `translated_from` is the hash of what it was made from."""
    if other is None:
        return TranslationState.MISSING
    if translated_from is None:
        return TranslationState.UNCHECKED
    same = translated_from == wording_sha256(source)
    return TranslationState.CURRENT if same else TranslationState.STALE


def check_freshness(topic: Topic, source: str, report: Report) -> None:
    """Report translations whose source text was changed since."""
    for language, state in topic.translations.items():
        if state is TranslationState.STALE:
            report.fix(
                f"{language}/{topic.id}.md",
                0,
                f"The {source} text was changed after this was translated.",
                "Readers are told so on the page.",
                "Compare the two, mend this one, then run: education-plan content translated.",
            )


def check_translation(topic: Topic, source: str, other: str, report: Report) -> None:
    """Report where the topic in `other` differs from the source language."""
    first, second = topic.texts[source], topic.texts[other]
    file = f"{other}/{topic.id}.md"
    for ours, theirs in zip_longest(first.points, second.points):
        if not _same_id(ours, theirs):
            _report_order(file, source, ours, theirs, report)
            return
        _check_marks(file, source, ours, theirs, report)
    _check_lists(file, source, first, second, report)


def _same_id(ours: Point | None, theirs: Point | None) -> bool:
    return ours is not None and theirs is not None and ours.id == theirs.id


def _report_order(
    file: str, source: str, ours: Point | None, theirs: Point | None, report: Report
) -> None:
    wanted = f"`{ours.id}`" if ours else "no more points"
    found = f"`{theirs.id}`" if theirs else "no more points"
    report.stop(
        file,
        theirs.line if theirs else 0,
        f"Here comes {found}, but the {source} text has {wanted}.",
        "Both languages hold the same points in the same order.",
        "Add, remove or move the point.",
    )


def _check_marks(file: str, source: str, ours: Point, theirs: Point, report: Report) -> None:
    for what, one, two in (
        ("section", ours.audience, theirs.audience),
        ("editions", _listed(ours.editions), _listed(theirs.editions)),
        ("marks", _listed(ours.marks), _listed(theirs.marks)),
        ("covers", _listed(ours.covers), _listed(theirs.covers)),
    ):
        if one != two:
            report.stop(
                file,
                theirs.line,
                f"The {what} of `{ours.id}` differ: {two or 'none'}, in {source} {one or 'none'}.",
                "A point is the same point in every language.",
                "Copy the braces of the source language.",
            )


def _check_lists(
    file: str, source: str, first: TopicText, second: TopicText, report: Report
) -> None:
    for name in _LISTS:
        one, two = len(getattr(first, name)), len(getattr(second, name))
        if one != two:
            report.fix(
                file,
                1,
                f"`{name}` has {two} entries, in {source} {one}.",
                "A reader of one language would miss something.",
                "Translate what is missing, or take out what is too much.",
            )
    if first.title.keys() != second.title.keys():
        readers = ", ".join(sorted(Audience(a).value for a in first.title))
        report.stop(
            file,
            1,
            f"The title is not for the same readers as in {source} ({readers}).",
            "A title would be missing on a page.",
            "Give a title to the same readers.",
        )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
