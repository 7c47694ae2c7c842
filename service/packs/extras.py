"""The tools beside the topics: ladder, job card, glossary, conversations, open questions, card.

They stay plain lists and keys, in the words of their files; pages show them as they are.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from service.domain.values import dataclass
from service.packs.schema_fields import (
    KEBAB,
    NOT_EMPTY,
    ByLanguage,
    editions,
    fact_ids,
    ids,
    web_link,
    words,
)


class GlossaryEntrySchema(Schema):
    word = ByLanguage(required=True)
    plain = ByLanguage(required=True)


class ConversationSchema(Schema):
    id = fields.String(required=True, validate=KEBAB)
    label = ByLanguage(required=True)
    link = web_link()
    note = ByLanguage()
    topics = ids()
    covers = fact_ids()
    editions = editions()


class StepSchema(Schema):
    id = fields.String(required=True, validate=KEBAB)
    text = ByLanguage(required=True)


class LadderSchema(Schema):
    title = ByLanguage(required=True)
    intro = ByLanguage()
    steps = fields.List(fields.Nested(StepSchema), required=True)


class JobCardSchema(Schema):
    title = ByLanguage(required=True)
    intro = ByLanguage()
    fields_ = fields.List(fields.Nested(StepSchema), data_key="fields")


class UrgentSchema(Schema):
    """The one card on what cannot wait; shown only when the pack is signed."""

    heading = ByLanguage(required=True)
    signs = fields.List(ByLanguage(), required=True, validate=NOT_EMPTY)
    act = ByLanguage(required=True)
    handouts = ids()
    covers = fact_ids()
    source = words()


class QuestionSchema(Schema):
    id = words()
    question = words()
    facts = fact_ids()
    note = words(required=False)


@dataclass(frozen=True, slots=True)
class Extra:
    key: str
    file: str
    schema: Schema
    empty: Callable[[], Any]


EXTRAS = (
    Extra("glossary", "glossary.yaml", GlossaryEntrySchema(many=True), list),
    Extra("conversations", "conversations.yaml", ConversationSchema(many=True), list),
    Extra("ladder", "ladder.yaml", LadderSchema(), dict),
    Extra("job_card", "job-card.yaml", JobCardSchema(), dict),
    Extra("urgent", "urgent.yaml", UrgentSchema(), dict),
    Extra("questions", "questions.yaml", QuestionSchema(many=True), list),
)
