"""Taking back and ending, on the page: an entry, a goal, the course, or the whole plan.

Whatever is refused comes back as the form it was, with what was typed and the place to mend.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _

from service.domain.assignment import Assignment
from service.domain.errors import IllegalTransition, InvalidField, NotFound, StalePlan
from service.domain.goal import Goal, GoalState
from service.domain.plan import EducationPlan, PlanState
from service.domain.teaching import Outcome, Reason, Session, Teaching, Understanding
from service.domain.values import dataclass
from service.usecases.correct_entry import Correction, Entry
from service.usecases.ports import Draft
from service.web.desk import Desk, new_key, number_of
from service.web.faults import Fault, Refused
from service.web.pages import page
from service.web.visit_form import fields_of
from service.web.visit_screen import NOT_TAUGHT, not_today, result_names

NOTHING = "nothing"  # what is right, when nothing was said at all
_GIVEN = ("reason", "outcome", "understanding", "why_not", "note", "again")


class AlreadyDone(Exception):
    """What is to be taken back was taken back before."""


@dataclass(frozen=True, slots=True)
class Amending:
    """What is done to what was signed, at one desk."""

    desk: Desk

    def entry(self, number: int, errors: Sequence[Fault] = ()) -> Response:
        """The form that takes a teaching, or a whole session, back."""
        session, teaching = _entry(self.desk.plan, number)
        started = {"note": teaching.note} if teaching else {}
        return self._page(
            "correct",
            errors,
            started,
            session=session,
            teaching=teaching,
            titles={topic.id: topic.title for topic in self.desk.plan.topics},
            outcomes=_outcomes(),
            reasons=list(Reason),
            shown_results=result_names(),
            may_restart=session.encounter == self.desk.encounter,
        )

    def correct_entry(self, number: int) -> None:
        """Sign the correction of a teaching, or of a whole session.

        Raises:
            AlreadyDone: it is an error already.
            Refused: it lacks its reason or what is right, or cannot be taken back.
        """
        session, teaching = _entry(self.desk.plan, number)
        told = _reason(_("Say why it was an error."))
        if teaching is None:
            self._correct(Correction(Entry.SESSION, told, str(number)))
            if "again" in request.form and session.encounter == self.desk.encounter:
                self._start_again(session)
            return
        correction = Correction(Entry.TEACHING, told, str(number), teaching=_instead(teaching))
        self._correct(correction)

    def goal(self, goal_id: str, errors: Sequence[Fault] = ()) -> Response:
        """The form that takes a goal back."""
        return self._page("correct_goal", errors, {}, goal=_goal(self.desk.plan, goal_id))

    def correct_goal(self, goal_id: str) -> None:
        """Sign that the goal was an error. Raises as `correct_entry`."""
        _goal(self.desk.plan, goal_id)
        self._correct(Correction(Entry.GOAL, _reason(_("Say why it was an error.")), goal_id))

    def given(self, number: int, errors: Sequence[Fault] = ()) -> Response:
        """The form that takes a handout back."""
        found = _given(self.desk.plan, number)
        handout = next(each for each in self.desk.plan.handouts if each.id == found.handout)
        return self._page("withdraw", errors, {}, assignment=found, handout=handout)

    def withdraw(self, number: int) -> None:
        """Take a handout back.

        Raises:
            AlreadyDone: it is taken back already.
            Refused: it lacks its reason, or the plan was changed by somebody else.
        """
        found, desk = _given(self.desk.plan, number), self.desk
        told = _reason(_("Say why it is taken back."))
        try:
            desk.parts.assign_handout.withdraw(
                desk.plan.id, found.handout, told, g.caller, desk.seen(number_of("revision"))
            )
        except StalePlan as error:
            raise _stale() from error

    def end(self, errors: Sequence[Fault] = ()) -> Response:
        """The form that ends the course."""
        left = [topic for topic in self.desk.plan.topics if not topic.state.is_resolved]
        return self._page("close", errors, {"outcome": "completed"}, left=left)

    def end_now(self) -> None:
        """End the course: completed, given up, or never meant for this patient.

        Raises:
            AlreadyDone: the plan is an error already.
            Refused: a reason is needed, or the plan is not active.
        """
        if self.desk.plan.state is PlanState.IN_ERROR:
            raise AlreadyDone
        outcome = request.form.get("outcome", "")
        if outcome == "error":
            self._correct(Correction(Entry.PLAN, _reason(_("Say why it was an error."))))
            return
        try:
            self.desk.parts.close_plan(
                self.desk.plan.id,
                g.caller,
                reason=_text("reason", 500),
                revoked=outcome == "revoked",
                revision=self.desk.seen(number_of("revision")),
            )
        except InvalidField as error:
            raise Refused(Fault("reason", _("Say why the course ends now."))) from error
        except IllegalTransition as error:
            raise Refused(Fault("reason", _("The plan is closed already."))) from error
        except StalePlan as error:
            raise _stale() from error

    def _correct(self, correction: Correction) -> None:
        parts, revision = self.desk.parts, self.desk.seen(number_of("revision"))
        try:
            parts.correct_entry(self.desk.plan.id, correction, g.caller, revision)
        except IllegalTransition as error:
            text = _("A later entry rests on this one. Correct the later one first.")
            raise Refused(Fault("reason", text)) from error
        except InvalidField as error:
            text = _("What is right does not fit together. Choose again.")
            raise Refused(Fault("instead", text)) from error
        except StalePlan as error:
            raise _stale() from error

    def _start_again(self, session: Session) -> None:
        """Put what was taken back into a new draft, unless there is one already."""
        desk = self.desk
        if desk.draft is not None:
            return
        draft = Draft(
            plan_id=desk.plan.id,
            encounter=desk.encounter,
            practitioner=g.caller.practitioner,
            fields=fields_of(session),
            revision=desk.plan.revision + 1,
            key=new_key(),
            at=desk.parts.clock(),
        )
        desk.parts.drafts.keep(draft, g.caller)

    def _page(
        self, name: str, errors: Sequence[Fault], started: dict[str, str], **more: Any
    ) -> Response:
        sent = {each: request.form.get(each, "") for each in _GIVEN}
        given = sent if request.method == "POST" else dict.fromkeys(_GIVEN, "") | started
        plan = self.desk.plan
        return page(
            name,
            422 if errors else 200,
            plan=plan,
            errors=errors,
            given=given,
            revision=plan.revision,
            **more,
        )


def _reason(complaint: str) -> str:
    told = _text("reason", 500)
    if not told:
        raise Refused(Fault("reason", complaint))
    return told


def _instead(wrong: Teaching) -> Teaching | None:
    """The right entry as it was chosen; None for nothing in its place.

    Raises:
        Refused: nobody chose.
    """
    outcome = request.form.get("outcome", "")
    if outcome == NOTHING:
        return None
    try:
        return _teaching(wrong, Outcome(outcome))
    except ValueError as error:
        raise Refused(Fault("instead", _("Choose what is right."))) from error


def _teaching(wrong: Teaching, outcome: Outcome) -> Teaching:
    why, result = request.form.get("why_not", ""), request.form.get("understanding", "")
    return replace(
        Teaching(wrong.topic, outcome, note=_text("note", 2_000)),
        understanding=Understanding(result) if result else Understanding.NOT_ASSESSED,
        reason=Reason(why) if why and not outcome.was_taught else None,
    )


def _text(name: str, most: int) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()[:most]


def _stale() -> Refused:
    text = _("The plan was changed in the meantime. Nothing was signed; look at it and sign again.")
    return Refused(Fault("reason", text), stale=True)


def _outcomes() -> list[tuple[str, str]]:
    taught = (Outcome.TAUGHT.value, _("It was talked about"))
    missed = [(each.value, not_today()[each]) for each in NOT_TAUGHT]
    return [taught, *missed, (NOTHING, _("Nothing: it was never said"))]


def _goal(plan: EducationPlan, goal_id: str) -> Goal:
    goal = plan.goal(goal_id)
    if goal is None:
        raise NotFound("there is no such goal")
    if goal.state is GoalState.IN_ERROR:
        raise AlreadyDone
    return goal


def _given(plan: EducationPlan, number: int) -> Assignment:
    found = next((each for each in plan.assignments if each.number == number), None)
    if found is None or plan.state is PlanState.IN_ERROR:
        raise NotFound("there is no such handout")
    if found.withdrawn:
        raise AlreadyDone
    return found


def _entry(plan: EducationPlan, number: int) -> tuple[Session, Teaching | None]:
    """The entry of this number, and the teaching when it is one.

    Raises:
        NotFound: there is none.
        AlreadyDone: it is an error already.
    """
    for session in plan.sessions:
        teaching = next((t for t in session.teachings if t.number == number), None)
        if session.number == number or teaching:
            if (teaching or session).error:
                raise AlreadyDone
            return session, teaching
    raise NotFound("there is no such entry")
