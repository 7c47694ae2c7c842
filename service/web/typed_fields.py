"""What was typed into a form, read field by field; what cannot be read names its field."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from service.domain.errors import InvalidField

Fields = Mapping[str, list[str]]
Code = TypeVar("Code", bound=StrEnum)

# The form's own, and not what was typed.
OWN = ("csrf", "action", "key", "version", "revision", "form")
# Kept beside what was typed: the note as edited, and what it was made from.
NOTE, NOTE_OF = "edited_note", "edited_note_of"
_LONG = ("note-", "mood_text", "job_text", "barriers_met")


def typed(form: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """Return what was typed, without empty fields, odd line ends and control characters.

    Raises:
        InvalidField: a text is too long.
    """
    found = {}
    for name, values in form:
        texts = [_clean(each) for each in values]
        if name in (*OWN, NOTE, NOTE_OF) or not any(texts):
            continue
        for number, text in enumerate(texts):
            if len(text) > most(name):
                place = f"{name}-{number}" if name == "goal_step" else name
                raise InvalidField("too-long", pointer=f"/{place}")
        found[name] = [text for text in texts if text]
    return found


def most(name: str) -> int:
    """How many characters a field may have; the same as over REST (visit_schemas.py)."""
    if name == "text":
        return 10_000
    return 2_000 if name.startswith(_LONG) else 500


def text(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def codes(kind: type[Code], fields: Fields, name: str) -> tuple[Code, ...]:
    """The codes that were ticked, each once.

    Raises:
        InvalidField: one of them is none.
    """
    return tuple(_read(kind, each, name) for each in dict.fromkeys(fields.get(name, ())))


def code(kind: type[Code], fields: Fields, name: str) -> Code | None:
    """The code that was chosen, if any. Raises as `codes`."""
    told = text(fields, name)
    return _read(kind, told, name) if told else None


def day(fields: Fields, name: str) -> date | None:
    """The date that was written, if any.

    Raises:
        InvalidField: it is none.
    """
    told = text(fields, name)
    try:
        return date.fromisoformat(told) if told else None
    except ValueError as error:
        raise InvalidField("not-a-date", pointer=f"/{name}") from error


def _clean(told: str) -> str:
    lines = told.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or c.isprintable()).strip()


def _read(kind: Callable[[str], Code], told: str, name: str) -> Code:
    try:
        return kind(told)
    except ValueError as error:
        raise InvalidField("unknown", pointer=f"/{name}") from error
