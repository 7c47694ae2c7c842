"""What clinicians do with cards is kept and counted: by service, outcome and reason.

Nothing of a patient: a card's id names nobody, and what a clinician types is left where it was
typed (data minimisation, GDPR art. 5).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from service.domain.values import dataclass
from service.usecases.ports import Caller


class CardOutcome(StrEnum):
    """CDS Hooks 2.0, "Feedback": what became of a card."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class CardAnswer:
    """One answer to one card. `reason` is a code that the card offered, or ""; `at` is UTC."""

    service: str
    card: str
    outcome: CardOutcome
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """How many cards were answered so, and when the last of them was."""

    outcome: str
    reason: str
    many: int
    last: datetime


class CardAnswers(Protocol):
    """The answers of all clinics. One card has one answer: the newest."""

    def keep(self, tenant: str, answers: Iterable[CardAnswer]) -> None:
        """Keep them all, or none. Raises StoreBusy when the database cannot be written."""

    def count(self, tenant: str, service: str) -> list[Count]:
        """How often a service's cards were answered how, in a fixed order."""

    def tenants(self) -> list[str]:
        """The clinics that have answered any."""


@dataclass(frozen=True, slots=True)
class CountAnswers:
    """The story with its parts; `clinics` are those that are set up."""

    answers: CardAnswers
    clinics: Collection[str]

    def __call__(self, service: str, caller: Caller) -> dict[str, list[Count]]:
        """Return the counts by clinic: of the caller's, or of all for the operator's own caller.

        Raises:
            StoreBusy: the database cannot be read at the moment.
        """
        if caller.tenant:
            names = [caller.tenant]
        else:
            names = sorted({*self.clinics, *self.answers.tenants()})
        return {name: self.answers.count(name, service) for name in names}
