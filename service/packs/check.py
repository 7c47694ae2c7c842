"""The linter: everything that is wrong with a pack, in words its author understands.

First the shape (can the files be read as a pack at all?), then, if it holds, the words.
"""

from collections.abc import Iterator
from pathlib import Path

from service.domain.content import Audience, Edition
from service.packs.check_words import check_sections, check_topic_lists, check_words
from service.packs.coverage import Said, check_coverage, said_by_points
from service.packs.problems import Level, Problem, Report
from service.packs.sources import Sources, read_sources
from service.packs.translation import check_freshness, check_translation

__all__ = ["Level", "Problem", "check_pack", "check_sources"]


def check_pack(folder: Path) -> list[Problem]:
    """Return every problem of the pack in this folder, ordered by file and line.

    Nothing in the folder makes this raise: a file that cannot be read is a problem too.
    """
    report = Report()
    sources = read_sources(folder, report)
    if sources is not None:
        check_sources(sources, report)
    return sorted(report, key=lambda problem: (problem.file, problem.line))


def check_sources(sources: Sources, report: Report) -> None:
    """Judge sources that hold together."""
    for topic in sources.topics:
        for language in topic.texts:
            if language != sources.source_language:
                check_translation(topic, sources.source_language, language, report)
        check_freshness(topic, sources.source_language, report)
    for language in sources.languages:
        said = [*said_by_points(sources.topics, language), *_said_elsewhere(sources)]
        check_coverage(sources.facts, said, _editions(sources), language, report)
    for topic in sources.topics:
        for language, text in topic.texts.items():
            file = f"{language}/{topic.id}.md"
            check_sections(file, text, _editions(sources), language, report)
            check_topic_lists(sources.read[file], language, report)
    check_words(sources, report)
    _check_languages(sources, report)
    _check_handouts(sources, report)
    _check_changelog(sources, report)
    _check_signatures(sources, report)


def _editions(sources: Sources) -> tuple[Edition, ...]:
    return tuple(sources.header["editions"])


def _said_elsewhere(sources: Sources) -> Iterator[Said]:
    for index, goal in enumerate(sources.goals):
        line = sources.read["goals.yaml"].line(index)
        yield Said("goals.yaml", line, goal.covers, goal.editions, Audience.PATIENT)
    for index, tool in enumerate(sources.extras["conversations"]):
        line = sources.read["conversations.yaml"].line(index)
        editions = frozenset(tool["editions"])
        yield Said("conversations.yaml", line, tuple(tool["covers"]), editions, Audience.PHYSIO)
    if card := sources.extras["urgent"]:
        yield Said(
            "urgent.yaml", 1, tuple(card["covers"]), frozenset(_editions(sources)), Audience.PATIENT
        )
    for index, question in enumerate(sources.extras["questions"]):
        line = sources.read["questions.yaml"].line(index)
        yield Said("questions.yaml", line, tuple(question["facts"]), frozenset(), Audience.PHYSIO)


def _check_languages(sources: Sources, report: Report) -> None:
    wanted = set(sources.languages)
    for read in sources.read.values():
        for where, value in read.parts():
            if isinstance(value, dict) and wanted & value.keys() and wanted - value.keys():
                missing = ", ".join(sorted(wanted - value.keys()))
                report.stop(
                    read.file,
                    read.line(*where),
                    f"The words are missing in: {missing}.",
                    "The pack is written in " + ", ".join(sources.languages) + ".",
                    "Add the translation.",
                )


def _check_handouts(sources: Sources, report: Report) -> None:
    for_patients = {
        topic.id
        for topic in sources.topics
        if any(
            point.audience is Audience.PATIENT
            for text in topic.texts.values()
            for point in text.points
        )
    }
    for index, handout in enumerate(sources.header["handouts"]):
        for topic_id in handout["topics"]:
            if topic_id not in for_patients:
                report.stop(
                    "pack.yaml",
                    sources.read["pack.yaml"].line("handouts", index, "topics"),
                    f"The handout `{handout['id']}` has the topic `{topic_id}`.",
                    "That topic has no text for patients.",
                    "Take it out, or write its `## patient` section.",
                )


def _check_changelog(sources: Sources, report: Report) -> None:
    version = sources.header["version"]
    if version not in sources.texts["CHANGELOG.md"]:
        report.fix(
            "CHANGELOG.md",
            0,
            f"Version {version} is not mentioned.",
            "Readers want to know what has changed for patients.",
            "Add an entry: what patients will notice, why, who.",
        )


def _check_signatures(sources: Sources, report: Report) -> None:
    for index, signature in enumerate(sources.approvals.signatures):
        if signature.sha256 != sources.signed_sha256:
            report.fix(
                "approvals.yaml",
                sources.read["approvals.yaml"].line("signatures", index),
                f"The text was changed after {signature.name} signed it.",
                "A signature holds for exactly the text that was read.",
                f"Ask {signature.name} to read it again and sign.",
            )
