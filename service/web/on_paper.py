"""A visit on paper: the sheet that the patient takes home, and the ticks that come back on it."""

from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _
from markupsafe import Markup

from service.domain.assigning import standing
from service.domain.errors import IllegalTransition, InvalidField, NotFound, StalePlan
from service.domain.plan import EducationPlan, PlanState
from service.domain.teaching import (
    Learner,
    Method,
    Outcome,
    Session,
    Teaching,
    TopicState,
    Understanding,
)
from service.domain.values import dataclass
from service.usecases.own_pages import Mine
from service.usecases.read_plan import list_plans
from service.usecases.record_session import Signed
from service.web.desk import Desk, new_key, number_of
from service.web.faults import Fault
from service.web.own_summary import last_visit
from service.web.pages import go, page
from service.web.paper_code import as_printed, code_of, qr_code
from service.web.parts import Parts
from service.web.portal_pages import attached, paper_css, rendered


@dataclass(frozen=True, slots=True)
class Paper:
    """What is done with paper at one desk."""

    desk: Desk

    def sheet(self) -> Response:
        """The sheet as a page, for the browser to print; in the patient's language."""
        return page("sheet", plan=self.desk.plan, sheet=Markup(self._rendered()))  # noqa: S704

    def printed(self) -> Response:
        """The sheet as PDF."""
        html = rendered("sheet_paper", css=paper_css(), sheet=Markup(self._rendered()))  # noqa: S704
        content = self.desk.parts.press(html.encode())
        return attached(content, "application/pdf", "sheet.pdf")

    def ticks(self, errors: tuple[Fault, ...] = ()) -> Response:
        """The form for what was ticked."""
        return page(
            "ticks",
            422 if errors else 200,
            plan=self.desk.plan,
            errors=errors,
            key=request.form.get("key") or new_key(),
            rows=self._mine(unread=True),
            given=request.form,
            done=TopicState.DONE,
        )

    def sign(self) -> Response:
        """Sign what was ticked: topics as one visit, handouts as read by the patient's word."""
        desk, read = self.desk, request.form.getlist("read")
        teachings = tuple(self._teachings())
        if not teachings and not read:
            return self._refused(_("Tick what is ticked on the paper."))
        try:
            if teachings:
                self._sign(teachings, tuple(read))
            else:
                for handout in read:
                    desk.parts.assign_handout.says_read(desk.plan.id, handout, g.caller)
        except (IllegalTransition, InvalidField, NotFound, StalePlan):
            told = _("The plan is not as it was when the sheet was printed. Look at it first.")
            return self._refused(told)
        answer: Response = go("clinician.plan", plan_id=desk.plan.id)
        return answer

    def _refused(self, told: str) -> Response:
        """The form once more: nothing was signed, so it is a look at the plan."""
        self.desk.looked()
        return self.ticks((Fault("ticked", told),))

    def _sign(self, teachings: tuple[Teaching, ...], read: tuple[str, ...]) -> None:
        desk, key = self.desk, request.form.get("key", "")
        if any(session.key == key for session in desk.plan.sessions):
            desk.looked()
            return  # the second press of the button
        session = Session(
            encounter=desk.encounter,
            at=desk.parts.clock(),
            practitioner="",
            edition=desk.plan.edition,
            teachings=teachings,
            learners=(Learner.PATIENT,),
            methods=(Method.TALK,),
            key=key,
        )
        revision = desk.seen(number_of("revision"))
        desk.parts.record_session(
            [Signed(desk.plan.id, session, read=read, revision=revision)], g.caller
        )

    def _teachings(self) -> list[Teaching]:
        taught, own_words = (set(request.form.getlist(name)) for name in ("taught", "own_words"))
        return [
            Teaching(
                topic.id,
                Outcome.TAUGHT,
                Understanding.UNDERSTOOD if topic.id in own_words else Understanding.NOT_ASSESSED,
            )
            for topic in self.desk.plan.topics
            if topic.id in taught | own_words
        ]

    def _rendered(self) -> str:
        """The sheet itself, in the language of the plan and in patients' words."""
        plan, parts = self.desk.plan, self.desk.parts
        code = code_of(parts.secret, plan)
        spoken, g.language = g.get("language", ""), plan.language
        try:
            return rendered(
                "sheet",
                plan=plan,
                visit=last_visit([plan]),
                mine=self._mine(unread=False),
                code=code,
                image=Markup(qr_code(f"{parts.service_url}/clinician/paper/{code}")),  # noqa: S704
                portal=f"{parts.service_url}/portal",
                now=parts.clock(),
            )
        finally:
            g.language = spoken

    def _mine(self, *, unread: bool) -> list[Mine]:
        plan, today = self.desk.plan, self.desk.parts.clock().date()
        found = ((each, standing(plan, each.id, today)) for each in plan.handouts)
        mine = [Mine(plan, each, given) for each, given in found if given]
        return [each for each in mine if not (unread and each.given.read)]


def by_code(parts: Parts, code: str) -> Any:
    """The page that takes a code, or the way to the ticks of its plan."""
    errors: tuple[Fault, ...] = ()
    if code:
        for patient in (g.launch.patient, *g.launch.participants):
            for stored in list_plans(patient, g.caller, parts.store, parts.clock):
                if _is_of(parts, stored.plan, code):
                    return go("clinician.ticks", plan_id=stored.plan.id)
        text = _("The code is not of this patient. Open the patient whose sheet it is.")
        errors = (Fault("code", text),)
    return page("paper", 404 if errors else 200, errors=errors, code=code)


def _is_of(parts: Parts, plan: EducationPlan, code: str) -> bool:
    return plan.state is PlanState.ACTIVE and code_of(parts.secret, plan) == as_printed(code)
