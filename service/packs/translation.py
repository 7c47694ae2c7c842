"""Do two languages of a topic hold the same points? Compares marks, never words."""

from collections.abc import Iterable
from itertools import zip_longest

from service.domain.content import Audience, Point, Topic, TopicText
from service.packs.problems import Report

_LISTS = ("learning_objectives", "teach_back", "questions", "observe")


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
