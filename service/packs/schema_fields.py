"""The kinds of values that a pack's YAML files are made of: words, days, ids, links."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from service.domain.content import Edition
from service.packs.inline_markdown import is_web_link

KEBAB = validate.Regexp(
    re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z"),
    error="Use small letters, digits and hyphens, as in `self-management`.",
)
# FHIR ids have at most 64 characters, and 39 of them go to the plan (fhir/record.py).
SHORT = validate.Length(max=25, error="It is longer than 25 characters.")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
NOT_EMPTY = validate.Length(min=1, error="It is empty.")


class ByLanguage(fields.Field[dict[str, str]]):
    """The same words in each language, by language tag."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> dict[str, str]:  # noqa: ARG002
        if not isinstance(value, Mapping) or not value:
            raise ValidationError("Write one line per language: `da: …` and `en: …`.")
        for language, words in value.items():
            if not isinstance(language, str) or not LANGUAGE.match(language):
                raise ValidationError(f"`{language}` is not a language, such as `da`.")
            if not isinstance(words, str) or not words.strip():
                raise ValidationError(f"The words in `{language}` are missing.")
        return dict(value)


class Day(fields.Field[date]):
    """A day as YYYY-MM-DD, quoted or not."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> date:  # noqa: ARG002
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError("Write the day as 2026-12-31.") from None


def words(*, required: bool = True) -> fields.String:
    """A line of text; a missing one that is not required reads as ""."""
    if required:
        return fields.String(required=True, validate=NOT_EMPTY)
    return fields.String(load_default="")


def lines_of_text() -> fields.List[Any]:
    return fields.List(fields.String(validate=NOT_EMPTY), load_default=list)


def ids() -> fields.List[Any]:
    return fields.List(fields.String(validate=KEBAB), load_default=list)


def editions() -> fields.List[Any]:
    return fields.List(
        fields.Enum(Edition, by_value=True), load_default=lambda: list(Edition), validate=NOT_EMPTY
    )


def fact_ids() -> fields.List[Any]:
    return fields.List(fields.String(), load_default=list)


def web_link(*, required: bool = True) -> fields.String:
    return fields.String(
        required=required,
        validate=lambda address: is_web_link(address) or _refuse("Begin with https://."),
    )


def _refuse(message: str) -> bool:
    raise ValidationError(message)
