"""Questions for the next visit: the patient asks, the clinician says that they were talked about.

The same thing done twice returns the plan as it was.
"""

from dataclasses import replace

from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.plan import EducationPlan, PlanState
from service.domain.question import Question, QuestionState
from service.domain.revising import Change, require_active, revised

MOST = 5  # open at a time: what there is room for at the top of a visit (users.md §3.2)
LONGEST = 500  # characters


def ask(plan: EducationPlan, text: str, change: Change) -> EducationPlan:
    """Return the plan with this question. Asked already and still open, it is asked once.

    Raises:
        IllegalTransition: the plan is not active, or as many are open as there may be.
        InvalidField: the question has no words, or too many.
    """
    require_active(plan)
    words = " ".join(text.split())
    if not words:
        raise InvalidField("a question needs words", pointer="/text")
    if len(words) > LONGEST:
        raise InvalidField(f"a question has at most {LONGEST} characters", pointer="/text")
    waiting = open_questions(plan)
    if any(each.text == words for each in waiting):
        return plan
    if len(waiting) >= MOST:
        raise IllegalTransition(
            f"{MOST} questions are open already", how_to_fix="Take one back first."
        )
    number = plan.last_number + 1
    asked = Question(words, change.at, number=number, changed=plan.revision + 1)
    more = replace(plan, questions=(*plan.questions, asked), last_number=number)
    return revised(more, change)


def take_back(plan: EducationPlan, number: int, change: Change) -> EducationPlan:
    """Return the plan with the question taken back by the patient.

    Raises:
        NotFound: there is no such question.
        IllegalTransition: it was talked about already.
    """
    question = _question(plan, number)
    if question.state is QuestionState.TALKED_ABOUT:
        raise IllegalTransition("this question was talked about already")
    if question.state is QuestionState.TAKEN_BACK:
        return plan
    return _with(plan, replace(question, taken_back=change.at), change)


def talk_about(plan: EducationPlan, number: int, change: Change) -> EducationPlan:
    """Return the plan with the question as talked about, by the clinician who says so.

    Raises:
        NotFound: there is no such question.
        IllegalTransition: the patient took it back.
    """
    question = _question(plan, number)
    if question.state is QuestionState.TAKEN_BACK:
        raise IllegalTransition("the patient took this question back")
    if question.state is QuestionState.TALKED_ABOUT:
        return plan
    return _with(plan, replace(question, talked_about=change.at, by=change.by), change)


def open_questions(plan: EducationPlan) -> list[Question]:
    return [each for each in plan.questions if each.state is QuestionState.OPEN]


def _question(plan: EducationPlan, number: int) -> Question:
    found = next((each for each in plan.questions if each.number == number), None)
    if found is None or plan.state is PlanState.IN_ERROR:
        raise NotFound("the plan has no such question")
    return found


def _with(plan: EducationPlan, question: Question, change: Change) -> EducationPlan:
    new = replace(question, changed=plan.revision + 1)
    found = tuple(new if each.number == question.number else each for each in plan.questions)
    return revised(replace(plan, questions=found), change)
