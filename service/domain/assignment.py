"""A handout that the patient was given, and how far it has come.

    given ──▶ opened ──▶ patient says read        (each is a fact of its own: users.md §3.5)
      └──────────┴──▶ withdrawn, with the reason why

Opening is not reading: nobody counts minutes or how far somebody scrolled.
"""

from datetime import date, datetime
from enum import StrEnum

from service.domain.values import dataclass


class AssignmentState(StrEnum):
    GIVEN = "given"
    OPENED = "opened"
    READ = "read"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One handout of the plan, given to the patient.

    `handout` is the id of a handout of the plan, which pins the exact page. `until` is the
    last day on which it is there, None for no end. `on_paper` says that it was handed over
    printed. `opened` is when the patient first opened it, `read` when the patient said that it
    was read (both UTC). `reason` is why it was withdrawn. `changed` is the plan's revision in
    which it was last written.
    """

    handout: str
    given: datetime
    by: str = ""
    until: date | None = None
    on_paper: bool = False
    opened: datetime | None = None
    read: datetime | None = None
    withdrawn: datetime | None = None
    reason: str = ""
    number: int = 0
    changed: int = 1

    @property
    def state(self) -> AssignmentState:
        if self.withdrawn:
            return AssignmentState.WITHDRAWN
        if self.read:
            return AssignmentState.READ
        return AssignmentState.OPENED if self.opened else AssignmentState.GIVEN

    def is_there(self, today: date) -> bool:
        """Whether the patient has it on this day."""
        return self.withdrawn is None and (self.until is None or today <= self.until)
