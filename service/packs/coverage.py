"""Does every edition say the facts of the source, and only to those they are for?

A point that is only there because of `always_show` says its facts in the editions it
names (content/README.md), so the count of an edition stays what its authors selected.
"""

from collections.abc import Iterator, Sequence

from service.domain.content import Audience, Edition, Point, Topic
from service.domain.values import dataclass
from service.packs.problems import Report

EVERYBODY = "both"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of facts.yaml. `audience` is patient, physio or both."""

    id: str
    audience: str
    editions: frozenset[Edition]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A place that says facts: a point, a goal or a tool, and who may read it.

    Without `editions` it only speaks about facts, as an open question does.
    """

    file: str
    line: int
    covers: tuple[str, ...]
    editions: frozenset[Edition]
    audience: Audience


def covered(said: Sequence[Said], edition: Edition) -> frozenset[str]:
    """The ids of the facts that this edition says."""
    return frozenset(fact for place in said if edition in place.editions for fact in place.covers)


def said_by_points(topics: Sequence[Topic], language: str) -> Iterator[Said]:
    for topic in topics:
        for point in topic.texts[language].points:
            yield _said(f"{language}/{topic.id}.md", point)


def check_coverage(
    facts: Sequence[Fact],
    said: Sequence[Said],
    editions: Sequence[Edition],
    language: str,
    report: Report,
) -> None:
    """Hold what one language says against the list of facts."""
    by_id = {fact.id: fact for fact in facts}
    for place in said:
        for fact_id in place.covers:
            _check_place(place, fact_id, by_id.get(fact_id), report)
    for edition in editions:
        missing = covered(said, edition)
        for fact in facts:
            if edition in fact.editions and fact.id not in missing:
                report.stop(
                    "facts.yaml",
                    fact.line,
                    f"{fact.id} is not said in the {edition.value} edition ({language}).",
                    "That edition has it in the source.",
                    f"Add {fact.id} to `covers=` of a point marked `{edition.value}`.",
                )


def _check_place(place: Said, fact_id: str, fact: Fact | None, report: Report) -> None:
    if fact is None:
        report.stop(
            place.file,
            place.line,
            f"{fact_id} is not in facts.yaml.",
            "`covers=` names facts of the source.",
            "Correct the id, or add the fact to facts.yaml.",
        )
        return
    for edition in sorted(place.editions - fact.editions):
        report.stop(
            place.file,
            place.line,
            f"{fact_id} is not a fact of the {edition.value} edition.",
            "The edition would say more than its source.",
            f"Take `{edition.value}` out of the braces, or mark the point `always_show`.",
        )
    if fact.audience == Audience.PHYSIO and place.audience is Audience.PATIENT:
        report.stop(
            place.file,
            place.line,
            f"{fact_id} is for the physiotherapist, but stands where the patient reads it.",
            "The source says it to the physiotherapist only.",
            "Move the point to `## physio`.",
        )


def _said(file: str, point: Point) -> Said:
    return Said(file, point.line, point.covers, point.editions, point.audience)
