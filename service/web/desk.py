"""One plan on the physiotherapist's desk, with what is typed about the visit so far."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, g, request
from flask_babel import format_time
from flask_babel import gettext as _

from service.domain.errors import DraftConflict, IllegalTransition, InvalidField, ServiceError
from service.domain.plan import EducationPlan, PlanState
from service.domain.teaching import Session
from service.fhir.note import note_text
from service.usecases.correct_entry import Correction, Entry
from service.usecases.ports import Draft
from service.usecases.read_plan import list_plans, read_plan
from service.usecases.record_session import Signed
from service.web.faults import Fault, Refused, faults
from service.web.pages import page
from service.web.parts import Parts
from service.web.visit_answers import answers
from service.web.visit_differences import differences
from service.web.visit_form import Visit, begun, for_participant, to_signed, typed
from service.web.visit_screen import Person, right_entry, screen


@dataclass(frozen=True, slots=True)
class Desk:
    """The plan as it stands, and the draft of whoever opened it."""

    parts: Parts
    plan: EducationPlan
    encounter: str
    draft: Draft | None

    @classmethod
    def at(cls, parts: Parts, plan_id: str) -> "Desk":
        """Open the plan; it is audited as read.

        Raises:
            NotFound: it is not a plan of this launch's patient.
        """
        plan = read_plan(plan_id, g.caller, parts.store, parts.clock).plan
        visits = [visit.encounter for visit in plan.visits]
        encounter = g.launch.encounter if g.launch.encounter in visits else visits[-1]
        g.language = g.launch.language or plan.language
        return cls(parts, plan, encounter, parts.drafts.open(plan_id, encounter, g.caller))

    def show(self, errors: Sequence[ServiceError] = (), *, as_typed: bool = False) -> Response:
        """The page of the visit; with errors, what was typed stands as it was."""
        form = self._form(as_typed=as_typed)
        group = self._group()
        shown = screen(self.parts, self.plan, self.encounter, form, group)
        told = faults(errors)
        return page("plan", 422 if errors else 200, errors=told, **shown)

    def keep(self) -> Draft:
        """Keep what was typed.

        Raises:
            DraftConflict: another window has kept another version.
            InvalidField: a text is too long.
        """
        fields = typed(request.form.lists())
        revision = number_of("revision") or self.plan.revision
        draft = Draft(
            plan_id=self.plan.id,
            encounter=self.encounter,
            practitioner=g.caller.practitioner,
            fields=fields,
            revision=min(revision, self.plan.revision),
            key=_key(),
            at=self.parts.clock(),
            version=number_of("version"),
        )
        return self.parts.drafts.keep(draft, g.caller)

    def preview(self, draft: Draft) -> EducationPlan:
        """The plan as it would be after signing this draft.

        Raises:
            InvalidField, IllegalTransition: as signing it would.
        """
        return self.parts.record_session.preview(self._signed(draft), self.plan, g.caller)

    def check(self, draft: Draft) -> Response:
        """The page that shows all of it once more, before it is signed."""
        after = self.preview(draft)
        note, session = self._note(after), after.sessions[-1]
        return page(
            "check",
            plan=self.plan,
            draft=draft,
            note=note,
            shortened="…" in note and bool(session.text),
            answers=answers(after, session, self._attending(draft)),
        )

    def sign(self, draft: Draft) -> None:
        """Sign the draft for the patient, and for everybody in the group who took part.

        Raises:
            StalePlan: the plan was changed in the meantime.
            DraftConflict: the draft was changed in another window since it was checked.
            InvalidField, IllegalTransition: it cannot be signed.
        """
        if number_of("version") not in (0, draft.version):
            raise DraftConflict("the draft was changed in another window", draft)
        generated = self._note(self.preview(draft))
        note = request.form.get("note", "").replace("\r\n", "\n").strip()[:10_000]
        edited = note if note != generated.strip() else ""
        own = self._signed(draft, note=edited)
        others = [for_participant(own, p.plan, draft.fields) for p in self._attending(draft)]
        self.parts.record_session([own, *others], g.caller)
        self.parts.drafts.discard(self.plan.id, self.encounter, g.caller)

    def stale(self, draft: Draft) -> Response:
        """The friendly page of a conflict: what came in between, and how to go on."""
        newer = [session for session in self.plan.sessions if session.changed > draft.revision]
        titles = {topic.id: topic.title for topic in self.plan.topics}
        return page("conflict", 409, plan=self.plan, draft=draft, newer=newer, titles=titles)

    def two_drafts(self, conflict: DraftConflict) -> Response:
        """Both versions of the draft, to choose from."""
        theirs = conflict.theirs
        if not isinstance(theirs, Draft):  # it was signed or thrown away in between
            return self.show()
        mine = typed(request.form.lists())
        told = differences(self.plan, mine, theirs.fields)
        return page(
            "draft_conflict", 409, plan=self.plan, theirs=theirs, mine=mine, differences=told
        )

    def paper(self) -> Response:
        return page("print", plan=self.plan, note_of=self.note_of, now=self.parts.clock())

    def correct(self, number: int, errors: Sequence[Fault] = ()) -> Response:
        """The form that takes an entry back: a teaching, or a whole session."""
        entry = right_entry(self.plan, number)
        given = {name: request.form.get(name, "") for name in ("reason", "outcome")}
        given["understanding"] = request.form.get("understanding", "")
        return page(
            "correct",
            422 if errors else 200,
            plan=self.plan,
            errors=errors,
            given=given,
            revision=self.plan.revision,
            **entry,
        )

    def correct_now(self, number: int, revision: int) -> None:
        """Sign the correction.

        Raises:
            Refused: it lacks its reason, or cannot be taken back.
        """
        told = right_entry(self.plan, number)
        teaching, reason = told["teaching"], request.form.get("reason", "").strip()[:500]
        if not reason:
            raise Refused(Fault("reason", _("Say why it was an error.")))
        entry = Entry.TEACHING if teaching else Entry.SESSION
        correction = Correction(entry, reason, str(number))
        if teaching:
            instead = told["instead"](request.form)
            correction = Correction(entry, reason, str(number), teaching=instead)
        try:
            self.parts.correct_entry(self.plan.id, correction, g.caller, revision)
        except IllegalTransition as error:
            text = _("A later entry rests on this one. Correct the later one first.")
            raise Refused(Fault("reason", text)) from error
        except InvalidField as error:
            text = _("What is right does not fit together. Choose again.")
            raise Refused(Fault("instead", text)) from error

    def close(self, errors: Sequence[Fault] = ()) -> Response:
        left = [topic for topic in self.plan.topics if not topic.state.is_resolved]
        given = {name: request.form.get(name, "") for name in ("reason", "outcome")}
        return page(
            "close",
            422 if errors else 200,
            plan=self.plan,
            left=left,
            errors=errors,
            given=given,
            revision=self.plan.revision,
        )

    def close_now(self, revision: int) -> None:
        """Close the course.

        Raises:
            Refused: a reason is needed, or the plan is not active.
        """
        reason = request.form.get("reason", "").strip()[:500]
        revoked = request.form.get("outcome") == "revoked"
        try:
            self.parts.close_plan(
                self.plan.id, g.caller, reason=reason, revoked=revoked, revision=revision
            )
        except InvalidField as error:
            raise Refused(Fault("reason", _("Say why the course ends now."))) from error
        except IllegalTransition as error:
            raise Refused(Fault("reason", _("The plan is closed already."))) from error

    def note_of(self, session: Session) -> str:
        return session.note or note_text(self.plan, session)

    def saved_at(self, draft: Draft) -> str:
        return str(format_time(draft.at, "HH.mm"))

    def _form(self, *, as_typed: bool) -> Draft | None:
        if self.plan.state is not PlanState.ACTIVE:
            return None
        kept = self.draft or Draft(
            plan_id=self.plan.id,
            encounter=self.encounter,
            practitioner=g.caller.practitioner,
            fields=begun(self.plan, self.encounter),
            revision=self.plan.revision,
            key=str(uuid.uuid4()),
            at=self.parts.clock(),
        )
        if as_typed:  # too long to be kept: shown as it is, to be shortened
            texts = {name: values for name, values in request.form.lists() if any(values)}
            return replace(kept, fields=texts)
        return kept

    def _signed(self, draft: Draft, note: str = "") -> Signed:
        at = self.parts.clock()
        visit = Visit(self.encounter, at, at.date())
        return to_signed(
            self.plan, draft.fields, visit, key=draft.key, revision=draft.revision, note=note
        )

    def _note(self, after: EducationPlan) -> str:
        return note_text(after, after.sessions[-1])

    def _group(self) -> list[Person]:
        """The open plans of this pack of everybody else in the group."""
        people = []
        for patient in g.launch.participants:
            for stored in list_plans(patient, g.caller, self.parts.store, self.parts.clock):
                plan = stored.plan
                if plan.pack.id == self.plan.pack.id and plan.state is PlanState.ACTIVE:
                    people.append(Person(plan.id, patient.partition("/")[2], plan))
        return people

    def _attending(self, draft: Draft) -> list[Person]:
        """Those of the group who were ticked.

        Raises:
            InvalidField: somebody was ticked whose plan is not open any more.
        """
        attended = set(draft.fields.get("attended", ()))
        group = [person for person in self._group() if person.plan_id in attended]
        if len(group) != len(attended):
            raise InvalidField("not-in-group", pointer="/attended")
        return group


def number_of(name: str) -> int:
    """The number in a hidden field; 0 when there is none."""
    told = request.form.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


def _key() -> str:
    """The form's own name; a new one for whoever sends none of ours."""
    try:
        return str(uuid.UUID(request.form.get("key", "")))
    except ValueError:
        return str(uuid.uuid4())
