"""EducationPlan to the JSON of its row, and back, loss-free.

A row of an earlier release lacks what plans had not yet; it reads as the empty value.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from service.domain.plan import EducationPlan

Read = Callable[[Any], Any]


def to_json(plan: EducationPlan) -> bytes:
    return orjson.dumps(plan)


def from_row(row: dict[str, Any]) -> EducationPlan:
    """Return the plan of its JSON, read."""
    plan: EducationPlan = _reader(EducationPlan)(row)
    return plan


@cache
def _reader(kind: Any) -> Read:
    """How values of a type are read back from JSON; the types of the domain are few."""
    if get_origin(kind) is UnionType:  # only `X | None`
        inner = _reader(next(each for each in get_args(kind) if each is not NoneType))
        return lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        each = _reader(get_args(kind)[0])
        return lambda values: tuple(map(each, values))
    if is_dataclass(kind):
        return _dataclass(kind)
    if kind in (datetime, date):
        return kind.fromisoformat
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    return lambda value: value


def _dataclass(kind: Any) -> Read:
    types = get_type_hints(kind)
    readers = {field.name: _reader(types[field.name]) for field in fields(kind)}

    def read(row: dict[str, Any]) -> Any:
        return kind(**{name: readers[name](value) for name, value in row.items()})

    return read
