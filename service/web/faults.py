"""What is wrong with a form, in the words and at the fields that are on the page."""

from collections.abc import Sequence

from flask_babel import gettext as _

from service.domain.errors import InvalidField, ServiceError
from service.domain.values import dataclass
from service.web.typed_fields import most

# Fields of several boxes are one place on the page.
_PLACES = {"learner": "learners", "method": "methods", "barrier": "barriers"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to mend: the id of the field it is about, and what to do."""

    field: str
    text: str


class Refused(Exception):
    """A form cannot be signed as it is."""

    def __init__(self, *errors: Fault, stale: bool = False) -> None:
        super().__init__()
        self.errors = errors
        self.stale = stale


def faults(errors: Sequence[ServiceError]) -> list[Fault]:
    """What the form or the domain refuses, told where it is to be mended."""
    return [_of_form(error) or _of_domain(error) for error in errors]


def _of_form(error: ServiceError) -> Fault | None:
    """visit_form.py says of itself what is wrong, with a field's name as pointer."""
    name = error.pointer.removeprefix("/")
    words = {
        "either-or": _("The topic is ticked as talked about and as not today. Choose one."),
        "note-without-teaching": _("There is a note on this topic. Say what happened to it."),
        "goal-without-words": _("Write the goal in the patient's words."),
        "no-why": _("Say why the goal is given up."),
        "unfinished": _("Write the rest of the goal where there are lines."),
        "not-adopted": _("Tick the suggested goal, if it was agreed, or leave it as it was."),
        "signed-already": _("The very same is signed for this visit already."),
        "not-in-group": _("A plan of the group is not open any more. Tick again who took part."),
        "not-a-date": _("Write the date as year-month-day."),
        "not-minutes": _("Write the minutes as a number, at most 1440."),
        "unknown": _("This choice is not known. Choose again."),
        "too-long": _("The text is too long: at most %(most)s characters.", most=most(name)),
    }
    if not isinstance(error, InvalidField) or error.detail not in words:
        return None
    return Fault(_PLACES.get(name, name), words[error.detail])


def _of_domain(error: ServiceError) -> Fault:
    """The domain points into what was signed: by the beginning of its pointer."""
    words = {
        "topics": ("topics", _("Tick a topic, or say below why there was no teaching today.")),
        "learners": ("learners", _("Say who was taught.")),
        "methods": ("methods", _("Say how it was taught.")),
        "barriers": ("barriers", _("“None told of” goes with no other barrier.")),
        "handouts": ("handouts", _("A handout cannot be given as it is. Look at it again.")),
        "questions": ("questions", _("The patient took this question back.")),
        "goals": ("goal_text", _("The goal cannot be signed as it is. Look at it again.")),
        "goal_changes": ("goals", _("The goal cannot be signed as it is. Look at it again.")),
        "note": (
            "topics",
            _("The very same is signed already, with another note. Correct what is signed, above."),
        ),
        "no_teaching": ("no_teaching", _("Topics were taught, so leave this empty.")),
    }
    begin = error.pointer.removeprefix("/").partition("/")[0]
    unknown = ("main", _("This cannot be signed as it is. Look at the entry again."))
    return Fault(*words.get(begin, unknown))
