"""What each YAML file of a pack may say, to the field. Knows one file at a time.

Unknown keys are refused, so a misspelt one is found. A version or a code that is not
quoted is refused, for YAML reads 1.10 as 1.1.
"""

import re
from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from service.domain.codes import Coding
from service.domain.content import Edition, GoalTemplate, Text, TriggerCode, Triggers
from service.packs.coverage import Fact
from service.packs.problems import Report
from service.packs.schema_fields import (
    KEBAB,
    LANGUAGE,
    NOT_EMPTY,
    SHORT,
    ByLanguage,
    Day,
    editions,
    fact_ids,
    ids,
    lines_of_text,
    web_link,
    words,
)
from service.packs.signatures import Approvals, Role, Signature
from service.packs.yaml_text import Where, Yaml

_UNQUOTED: dict[str, Any] = {"invalid": 'Put it in quotes, as in "1.10".'}
# It is part of addresses and file names.
VERSION = validate.Regexp(
    re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,39}\Z"),
    error='Write it as "1.2.0": letters, digits, dots, hyphens; at most 40.',
)
_EDITIONS = tuple(edition.value for edition in Edition)

# marshmallow's words, and ours for people who do not write programs.
_PLAIN_WORDS = {
    "Missing data for required field.": "It is missing.",
    "Unknown field.": "This key is not known here; is it misspelt?",
    "Field may not be null.": "It is empty.",
    "Not a valid string.": "It must be text; put it in quotes.",
    "Not a valid list.": "It must be a list: lines that begin with `- `.",
    "Not a valid mapping type.": "It must be keys with values.",
    "Invalid input type.": "It must be keys with values.",
}


class CodingSchema(Schema):
    system = words()
    code = fields.String(required=True, validate=NOT_EMPTY, error_messages=_UNQUOTED)
    display = words(required=False)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Coding:
        return Coding(**loaded)


class TriggerSchema(CodingSchema):
    why = ByLanguage(required=True)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> TriggerCode:
        why = Text(loaded.pop("why"))
        return TriggerCode(Coding(**loaded), why)


class TriggersSchema(Schema):
    exact = fields.List(fields.Nested(TriggerSchema), load_default=list)
    possible = fields.List(fields.Nested(TriggerSchema), load_default=list)
    never = fields.List(fields.Nested(TriggerSchema), load_default=list)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Triggers:
        return Triggers(**{name: tuple(codes) for name, codes in loaded.items()})


class TopicEntrySchema(Schema):
    id = fields.String(required=True, validate=[KEBAB, SHORT])
    codes = fields.List(fields.Nested(CodingSchema), load_default=list)
    knowledge_code = fields.Nested(CodingSchema, load_default=None)
    goals = ids()


class HandoutSchema(Schema):
    id = fields.String(required=True, validate=KEBAB)
    title = ByLanguage(required=True)
    topics = fields.List(fields.String(validate=KEBAB), required=True, validate=NOT_EMPTY)


class TitleSchema(Schema):
    patient = ByLanguage(required=True)
    physio = ByLanguage(required=True)


class SourceSchema(Schema):
    """Where the facts come from; printed at the foot of every handout."""

    title = words()
    publisher = words(required=False)
    year = words(required=False)
    url = web_link(required=False)
    note = words(required=False)


class ReviewSchema(Schema):
    due = Day(required=True)


class PackSchema(Schema):
    id = fields.String(required=True, validate=KEBAB)
    version = fields.String(required=True, validate=VERSION, error_messages=_UNQUOTED)
    date = Day(required=True)
    title = fields.Nested(TitleSchema, required=True)
    description = ByLanguage(required=True)
    publisher = words()
    licence = words()
    source = fields.List(fields.Nested(SourceSchema), required=True, validate=NOT_EMPTY)
    languages = fields.List(
        fields.String(validate=validate.Regexp(LANGUAGE)), required=True, validate=NOT_EMPTY
    )
    translating = fields.List(fields.String(validate=validate.Regexp(LANGUAGE)), load_default=list)
    editions = editions()
    review = fields.Nested(ReviewSchema, required=True)
    triggers = fields.Nested(TriggersSchema, required=True)
    topics = fields.List(fields.Nested(TopicEntrySchema), required=True, validate=NOT_EMPTY)
    handouts = fields.List(fields.Nested(HandoutSchema), load_default=list)


class FrontMatterTitleSchema(Schema):
    patient = words(required=False)
    physio = words()


class FrontMatterSchema(Schema):
    id = fields.String(required=True, validate=KEBAB)
    title = fields.Nested(FrontMatterTitleSchema, required=True)
    learning_objectives = lines_of_text()
    teach_back = lines_of_text()
    questions = lines_of_text()
    observe = lines_of_text()


class FactSchema(Schema):
    id = words()
    topic = words()
    audience = fields.String(
        required=True,
        validate=validate.OneOf(
            ("patient", "physio", "both"), error="It is one of: patient, physio, both."
        ),
    )
    edition = fields.String(
        required=True,
        validate=validate.OneOf((*_EDITIONS, "both"), error="It is one of: full, pixi, both."),
    )
    text = words(required=False)
    note = words(required=False)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Fact:
        edition = loaded["edition"]
        held = frozenset(Edition) if edition == "both" else frozenset({Edition(edition)})
        return Fact(loaded["id"], loaded["audience"], held)


class GoalSchema(Schema):
    id = fields.String(required=True, validate=[KEBAB, SHORT])
    text = ByLanguage(required=True)
    topics = ids()
    editions = editions()
    covers = fact_ids()
    measure = fields.Nested(CodingSchema, load_default=None)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> GoalTemplate:
        return GoalTemplate(
            id=loaded["id"],
            text=Text(loaded["text"]),
            topics=tuple(loaded["topics"]),
            editions=frozenset(loaded["editions"]),
            covers=tuple(loaded["covers"]),
            measure=loaded["measure"],
        )


class SignatureSchema(Schema):
    role = fields.Enum(Role, by_value=True, required=True)
    name = words()
    date = Day(required=True)
    sha256 = fields.String(required=True, validate=validate.Regexp(re.compile(r"[0-9a-f]{64}\Z")))

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Signature:
        return Signature(**loaded)


class WithdrawnVersionSchema(Schema):
    version = fields.String(required=True, validate=VERSION, error_messages=_UNQUOTED)
    reason = words()


class ApprovalsSchema(Schema):
    signatures = fields.List(fields.Nested(SignatureSchema), load_default=list)
    withdrawn = words(required=False)
    successor = fields.String(load_default="", validate=KEBAB)
    withdrawn_versions = fields.List(fields.Nested(WithdrawnVersionSchema), load_default=list)

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> Approvals:
        return Approvals(
            signatures=tuple(loaded["signatures"]),
            withdrawn=loaded["withdrawn"],
            successor=loaded["successor"],
            withdrawn_versions={
                each["version"]: each["reason"] for each in loaded["withdrawn_versions"]
            },
        )


class TranslatedSchema(Schema):
    """Of which source text a topic was translated; written by the command, not by hand."""

    topic = fields.String(required=True, validate=KEBAB)
    language = fields.String(required=True, validate=validate.Regexp(LANGUAGE))
    source_sha256 = fields.String(
        required=True, validate=validate.Regexp(re.compile(r"[0-9a-f]{64}\Z"))
    )


def load(schema: Schema, read: Yaml, report: Report) -> Any:
    """Return what the schema makes of the file, or None with every fault reported."""
    try:
        return schema.load(read.value, many=schema.many)
    except ValidationError as error:
        for where, message in _faults(error.messages, ()):
            name = ".".join(str(part) for part in where if not isinstance(part, int))
            report.stop(
                read.file,
                read.line(*where),
                f"`{name}`:" if name else "This file:",
                _PLAIN_WORDS.get(message, message),
                "See content/README.md.",
            )
        return None


def _faults(messages: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = () if key in ("_schema", "key", "value") else (key,)
            yield from _faults(inner, (*where, *step))
    elif isinstance(messages, list):
        for message in messages:
            yield from _faults(message, where)
    else:
        yield where, str(messages)
