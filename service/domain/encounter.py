"""What we need to know of an encounter, and no more (data minimisation, GDPR art. 5)."""

from datetime import datetime

from service.domain.codes import Coding
from service.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """One reason for the encounter.

    `reference` is the record's own, such as `Condition/c1`; "" when the encounter
    names a code without a Condition behind it (Encounter.reasonCode).
    """

    codings: tuple[Coding, ...]
    reference: str = ""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Encounter:
    """One contact of one patient with the clinic.

    `reference`, `patient`, `practitioner` and `organization` are references of the
    clinic's record (`Encounter/e1`); names and identifiers are never taken over.
    `conditions` are in the record's own order: primary diagnosis first. `virtual` says that
    the two did not meet in one room, `accompanied` that a relative took part; `episode` is the
    record's episode of care, if it keeps any.
    """

    reference: str
    patient: str
    conditions: tuple[Condition, ...]
    started: datetime | None = None
    practitioner: str = ""
    organization: str = ""
    virtual: bool = False
    episode: str = ""
    accompanied: bool = False
