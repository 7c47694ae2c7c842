"""What a visit has to do with the patient's own pages: handouts taken home, questions brought."""

from collections.abc import Iterable
from datetime import date

from service.domain.asking import open_questions
from service.domain.assigning import standing
from service.domain.assignment import Assignment
from service.domain.errors import InvalidField
from service.domain.plan import EducationPlan, PlannedHandout
from service.domain.values import dataclass
from service.usecases.assign_handout import Given
from service.web.typed_fields import Fields


@dataclass(frozen=True, slots=True)
class HandoutRow:
    """A handout as the page of a visit has it; `given` None when the patient has it not."""

    handout: PlannedHandout
    given: Assignment | None


def handout_rows(plan: EducationPlan, today: date) -> list[HandoutRow]:
    return [HandoutRow(each, standing(plan, each.id, today)) for each in plan.handouts]


def given_handouts(plan: EducationPlan, fields: Fields) -> Iterable[Given]:
    """The handouts that were ticked, each once, in the plan's order.

    Raises:
        InvalidField: one of them is none of the plan.
    """
    ticked, paper = (set(fields.get(name, ())) for name in ("give", "paper"))
    if not ticked | paper <= {each.id for each in plan.handouts}:
        raise InvalidField("unknown", pointer="/give")
    for each in plan.handouts:
        if each.id in ticked | paper:
            yield Given(each.id, on_paper=each.id in paper)


def answered_questions(plan: EducationPlan, fields: Fields) -> Iterable[int]:
    """The open questions that were ticked; one that the patient took back since is left out."""
    ticked = set(fields.get("talked", ()))
    return (each.number for each in open_questions(plan) if str(each.number) in ticked)
