"""The physiotherapist's pages: one screen for a visit, checked before it is signed.

A launch is the only way in (launch.py); every page is about its patient. All forms work
without a script, and whatever was typed is kept as a draft before anything else happens.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Response, g, jsonify, redirect, request, url_for

from service.domain.errors import DraftConflict, IllegalTransition, InvalidField, StalePlan
from service.domain.plan import EducationPlan
from service.domain.values import dataclass
from service.fhir.elements import plan_urn
from service.usecases.read_plan import list_plans
from service.web.amending import AlreadyDone, Amending
from service.web.desk import Desk, number_of
from service.web.faults import Fault, Refused
from service.web.languages import DEFAULT, LANGUAGES
from service.web.on_paper import Paper, by_code
from service.web.pages import go, page
from service.web.parts import Parts


@dataclass(frozen=True, slots=True)
class Views:
    """One method for each page or form; what they do with a plan is on its Desk."""

    parts: Parts

    def plans(self) -> Any:
        """All plans of the patient; straight to the plan when there is only one."""
        found = list_plans(g.launch.patient, g.caller, self.parts.store, self.parts.clock)
        plans = [stored.plan for stored in found]
        opens = self._opens(plans) if "all" not in request.args else None
        if opens is not None:
            return go("clinician.plan", plan_id=opens.id)
        g.language = g.launch.language or (plans[0].language if plans else DEFAULT)
        return page("plans", plans=plans)

    def _opens(self, plans: list[EducationPlan]) -> EducationPlan | None:
        """The plan that was open in the record, by identity or place; else the only one."""
        wanted = set(g.launch.care_plans)
        for plan in plans if wanted else ():
            if wanted & {plan_urn(plan), *self.parts.deliveries.places(plan.id, g.caller)}:
                return plan
        return plans[0] if len(plans) == 1 and plans[0].is_open else None

    def plan(self, plan_id: str) -> Any:
        """The page of the visit."""
        return Desk.at(self.parts, plan_id).show()

    def save(self, plan_id: str) -> Any:
        """Keep what was typed, then go where the button leads."""
        desk = Desk.at(self.parts, plan_id)
        try:
            draft = desk.keep()
        except DraftConflict as conflict:
            return desk.two_drafts(conflict) if conflict.theirs else desk.keep_anew().anew()
        except InvalidField as error:
            return desk.show([error], as_typed=True)
        if request.form.get("action") != "review":
            return go("clinician.plan", plan_id=plan_id, _anchor="kept")
        try:
            desk.preview(draft)
        except (InvalidField, IllegalTransition) as error:
            return replace(desk, draft=draft).show([error])
        return go("clinician.check", plan_id=plan_id)

    def autosave(self, plan_id: str) -> Any:
        """What the script sends while somebody types."""
        desk = Desk.at(self.parts, plan_id)
        try:
            draft = desk.keep()
        except DraftConflict:
            return Response(status=409)
        except InvalidField:
            return Response(status=422)
        answer = jsonify(version=draft.version, key=draft.key, saved=desk.saved_at(draft))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def discard(self, plan_id: str) -> Any:
        """Throw the draft away."""
        desk = Desk.at(self.parts, plan_id)
        self.parts.drafts.discard(plan_id, desk.encounter, g.caller)
        return go("clinician.plan", plan_id=plan_id)

    def check(self, plan_id: str) -> Any:
        """All that was documented once more, with the note, before it is signed."""
        desk = Desk.at(self.parts, plan_id)
        if desk.draft is None:
            return go("clinician.plan", plan_id=plan_id)
        try:
            return desk.check(desk.draft)
        except (InvalidField, IllegalTransition) as error:
            return desk.show([error])

    def sign(self, plan_id: str) -> Any:
        """Sign, unless the plan or the draft is no more what was checked."""
        desk = Desk.to_change(self.parts, plan_id)
        if desk.draft is None:
            desk.looked()
            return go("clinician.plan", plan_id=plan_id)
        if request.form.get("action") == "keep":
            desk.looked().with_note()
            return go("clinician.plan", plan_id=plan_id, _anchor="kept")
        try:
            desk.sign(desk.draft)
        except StalePlan:
            return desk.looked().with_note().stale()
        except DraftConflict:
            desk.looked().with_note()
            return go("clinician.check", plan_id=plan_id)
        except (InvalidField, IllegalTransition) as error:
            return desk.looked().with_note().show([error])
        return go("clinician.plan", plan_id=plan_id)

    def rebase(self, plan_id: str) -> Any:
        """Go on with the draft on the newest plan."""
        desk = Desk.at(self.parts, plan_id)
        if desk.draft is not None:
            with suppress(DraftConflict):  # another window went on already
                self.parts.drafts.keep(replace(desk.draft, revision=desk.plan.revision), g.caller)
        return go("clinician.plan", plan_id=plan_id)

    def confirm(self, plan_id: str) -> Any:
        """Say that a proposed plan applies to this patient."""
        with suppress(StalePlan, IllegalTransition):  # the plan shows what it has become
            self.parts.confirm_plan(plan_id, g.caller, number_of("revision"))
        return go("clinician.plan", plan_id=plan_id)

    def send_again(self, plan_id: str) -> Any:
        """Try once more to bring what was refused into the record."""
        self.parts.deliveries.again(plan_id, g.caller)
        return go("clinician.plan", plan_id=plan_id)

    def delivery(self, plan_id: str) -> Any:
        """How far the newest change is on its way into the record, for the script to look at."""
        found = self.parts.deliveries.glance(plan_id, g.caller)
        return page("delivery", plan_id=plan_id, delivery=found)

    def print_view(self, plan_id: str) -> Any:
        """The whole course for the physiotherapist, to be printed."""
        return Desk.at(self.parts, plan_id).paper()

    def correct(self, plan_id: str, number: int) -> Any:
        """The form that takes an entry back."""
        return self._form(plan_id, lambda amending, errors: amending.entry(number, errors))

    def correct_now(self, plan_id: str, number: int) -> Any:
        """Sign the correction; the original stays in the record."""
        return self._form(
            plan_id,
            lambda amending, errors: amending.entry(number, errors),
            lambda amending: amending.correct_entry(number),
        )

    def correct_goal(self, plan_id: str, goal_id: str) -> Any:
        """The form that takes a goal back."""
        return self._form(plan_id, lambda amending, errors: amending.goal(goal_id, errors))

    def correct_goal_now(self, plan_id: str, goal_id: str) -> Any:
        """Sign that a goal was an error; the original stays in the record."""
        return self._form(
            plan_id,
            lambda amending, errors: amending.goal(goal_id, errors),
            lambda amending: amending.correct_goal(goal_id),
        )

    def sheet(self, plan_id: str) -> Any:
        """The sheet that the patient takes home, with what can be ticked on it."""
        return Paper(Desk.at(self.parts, plan_id)).sheet()

    def sheet_pdf(self, plan_id: str) -> Any:
        """The same as PDF."""
        return Paper(Desk.at(self.parts, plan_id)).printed()

    def paper(self) -> Any:
        """The page that takes the code of a sheet."""
        return by_code(self.parts, request.args.get("code", ""))

    def paper_of(self, code: str) -> Any:
        """From the code on a sheet to what was ticked on it; what its QR code leads to."""
        return by_code(self.parts, code)

    def ticks(self, plan_id: str) -> Any:
        """The form for ticks made on paper."""
        return Paper(Desk.at(self.parts, plan_id)).ticks()

    def ticks_now(self, plan_id: str) -> Any:
        """Sign the ticks made on paper."""
        return Paper(Desk.to_change(self.parts, plan_id)).sign()

    def withdraw(self, plan_id: str, number: int) -> Any:
        """The form that takes a handout back."""
        return self._form(plan_id, lambda amending, errors: amending.given(number, errors))

    def withdraw_now(self, plan_id: str, number: int) -> Any:
        """Take a handout back, with the reason."""
        return self._form(
            plan_id,
            lambda amending, errors: amending.given(number, errors),
            lambda amending: amending.withdraw(number),
        )

    def close(self, plan_id: str) -> Any:
        """The form that ends the course."""
        return self._form(plan_id, Amending.end)

    def close_now(self, plan_id: str) -> Any:
        """End the course, with the reason when topics are left."""
        return self._form(plan_id, Amending.end, Amending.end_now)

    def _form(
        self,
        plan_id: str,
        show: Callable[[Amending, Sequence[Fault]], Any],
        sign: Callable[[Amending], None] | None = None,
    ) -> Any:
        """Show a form, or sign it; what is refused is the form once more, as it was typed.

        What is done already, as by a second press of the button, leads to the plan.
        """
        begin = Desk.at if sign is None else Desk.to_change
        amending = Amending(begin(self.parts, plan_id))
        try:
            if sign is None:
                return show(amending, ())
            sign(amending)
        except AlreadyDone:
            if sign is not None:
                amending.desk.looked()
        except Refused as refused:
            amending.desk.looked()
            answer = show(amending, refused.errors)
            answer.status_code = 409 if refused.stale else 422
            return answer
        return go("clinician.plan", plan_id=plan_id)

    def language(self) -> Any:
        """Speak another language for the rest of the launch, and show the page again."""
        wanted = request.form.get("language", "")
        if wanted in LANGUAGES:
            self.parts.launches.speak(g.launch, wanted)
        back = request.form.get("back", "")
        ours = back.startswith("/clinician/") and back.isprintable() and "//" not in back
        answer = redirect(back if ours else url_for("clinician.plans"), 303)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def left(self) -> Any:
        """What is shown after logging out."""
        return page("left")
