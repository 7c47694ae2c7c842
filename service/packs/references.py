"""Does every id in the YAML files of a pack name one thing that is there?"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.content import GoalTemplate
from service.packs.problems import Report
from service.packs.yaml_text import Where, Yaml


def check_references(
    header: Mapping[str, Any],
    goals: Sequence[GoalTemplate],
    tools: Sequence[Mapping[str, Any]],
    card: Mapping[str, Any],
    read: Mapping[str, Yaml],
    report: Report,
) -> None:
    """Report ids used twice and ids that name nothing."""
    pack, goal_file = read["pack.yaml"], read.get("goals.yaml")
    topics = [entry["id"] for entry in header["topics"]]
    goal_ids = [goal.id for goal in goals]
    _expect_unique(pack, ("topics",), topics, report)
    _expect_unique(pack, ("handouts",), [entry["id"] for entry in header["handouts"]], report)
    for part, known in (("topics", goal_ids), ("handouts", topics)):
        inner = "goals" if part == "topics" else "topics"
        for index, entry in enumerate(header[part]):
            _expect_known(pack, (part, index, inner), entry[inner], known, report)
    for index, tool in enumerate(tools):
        where = (index, "topics")
        _expect_known(read["conversations.yaml"], where, tool["topics"], topics, report)
    if card:
        handouts = [entry["id"] for entry in header["handouts"]]
        _expect_known(read["urgent.yaml"], ("handouts",), card["handouts"], handouts, report)
    if goal_file:
        _expect_unique(goal_file, (), goal_ids, report)
        for index, goal in enumerate(goals):
            _expect_known(goal_file, (index, "topics"), goal.topics, topics, report)


def _expect_unique(read: Yaml, part: Where, found: Sequence[str], report: Report) -> None:
    for index, name in enumerate(found):
        if name in found[:index]:
            report.stop(
                read.file,
                read.line(*part, index),
                f"The id `{name}` is used twice.",
                "An id names one thing.",
                "Give this one an id of its own.",
            )


def _expect_known(
    read: Yaml, where: Where, named: Sequence[str], known: Sequence[str], report: Report
) -> None:
    for name in named:
        if name not in known:
            report.stop(
                read.file,
                read.line(*where),
                f"`{name}` is named under `{where[-1]}`, but the pack has none of that id.",
                "It would lead nowhere.",
                f"Use one of: {', '.join(known) or 'none yet'}.",
            )
