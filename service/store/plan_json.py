"""EducationPlan to the JSON of its row, and back, loss-free."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from service.domain.codes import Coding
from service.domain.content import Edition
from service.domain.matching import Confidence
from service.domain.plan import (
    EducationPlan,
    PinnedPack,
    PlannedHandout,
    PlannedTopic,
    PlanState,
    ProposedGoal,
    Reason,
    TopicState,
    Visit,
)


def to_json(plan: EducationPlan) -> bytes:
    return orjson.dumps(plan)


def from_row(row: dict[str, Any]) -> EducationPlan:
    """Return the plan of its JSON, read."""
    return EducationPlan(
        **(
            {field.name: row[field.name] for field in fields(EducationPlan)}
            | {
                "pack": PinnedPack(**row["pack"]),
                "edition": Edition(row["edition"]),
                "state": PlanState(row["state"]),
                "reason": _reason(row["reason"]),
                "topics": tuple(map(_topic, row["topics"])),
                "goals": tuple(map(_goal, row["goals"])),
                "handouts": tuple(map(_handout, row["handouts"])),
                "visits": tuple(map(_visit, row["visits"])),
                "created": datetime.fromisoformat(row["created"]),
                "updated": datetime.fromisoformat(row["updated"]),
            }
        )
    )


def _coding(row: dict[str, Any]) -> Coding:
    return Coding(**row)


def _reason(row: dict[str, Any]) -> Reason:
    return Reason(
        coding=_coding(row["coding"]),
        condition=row["condition"],
        confidence=Confidence(row["confidence"]),
        why=row["why"],
    )


def _topic(row: dict[str, Any]) -> PlannedTopic:
    return PlannedTopic(
        **row
        | {
            "codes": tuple(map(_coding, row["codes"])),
            "objectives": tuple(row["objectives"]),
            "state": TopicState(row["state"]),
        }
    )


def _goal(row: dict[str, Any]) -> ProposedGoal:
    measure = row["measure"]
    return ProposedGoal(
        **row | {"topics": tuple(row["topics"]), "measure": measure and _coding(measure)}
    )


def _handout(row: dict[str, Any]) -> PlannedHandout:
    return PlannedHandout(**row | {"topics": tuple(row["topics"])})


def _visit(row: dict[str, Any]) -> Visit:
    return Visit(**row | {"at": datetime.fromisoformat(row["at"])})
