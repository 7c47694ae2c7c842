"""What a patient wants to ask at the next visit: asked, talked about, or taken back."""

from datetime import datetime
from enum import StrEnum

from service.domain.values import dataclass


class QuestionState(StrEnum):
    OPEN = "open"
    TALKED_ABOUT = "talked-about"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the patient's words. Times are UTC.

    `by` is who talked about it with the patient, a reference of the record or "".
    """

    text: str
    asked: datetime
    talked_about: datetime | None = None
    by: str = ""
    taken_back: datetime | None = None
    number: int = 0
    changed: int = 1

    @property
    def state(self) -> QuestionState:
        if self.taken_back:
            return QuestionState.TAKEN_BACK
        return QuestionState.TALKED_ABOUT if self.talked_about else QuestionState.OPEN
