"""The note on the page that checks a visit: as it was made, or as somebody edited it.

What is edited is kept with the draft, beside a hash of what it was made from. When the ticks
change afterwards, the note is made anew, and the edited text stands by to be copied from.
"""

import hashlib

from flask import request

from service.domain.plan import EducationPlan
from service.domain.values import dataclass
from service.fhir.note import FORMS, note_text
from service.web.typed_fields import NOTE, NOTE_OF, Fields, text

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ShownNote:
    """What stands in the box. `before` is a text that was edited before the ticks changed."""

    text: str
    form: str
    made_of: str
    shortened: bool
    before: str = ""


def shown_note(after: EducationPlan, fields: Fields) -> ShownNote:
    """Return the note of the newest session: as edited, else in the form that was asked for."""
    session = after.sessions[-1]
    plain = note_text(after, session)
    asked = request.args.get("form", "")
    form = asked if asked in FORMS else FORMS[0]
    made = note_text(after, session, form=form)
    edited, made_of = text(fields, NOTE), digest(plain)
    shortened = "…" in made and bool(session.text)
    if edited and text(fields, NOTE_OF) == made_of and not asked:
        return ShownNote(edited, "", made_of, shortened)
    return ShownNote(made, form, made_of, shortened, edited)


def sent_note() -> str:
    """The text as it was sent from the box."""
    return request.form.get("note", "").replace("\r\n", "\n").strip()[:_MOST]


def edited(made: str) -> str:
    """What was sent, when it is not what was made; "" means the generated one."""
    sent = sent_note()
    return "" if sent == made.strip() else sent


def with_note(fields: Fields) -> dict[str, list[str]] | None:
    """Return the fields of a draft with the edited note beside them; None when nobody edited."""
    sent, made_of = sent_note(), request.form.get("made_of", "")
    if not sent or digest(sent) == made_of:
        return None
    return {**fields, NOTE: [sent], NOTE_OF: [made_of[:64]]}


def digest(note: str) -> str:
    return hashlib.sha256(note.strip().encode()).hexdigest()
