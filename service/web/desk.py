"""One plan on the physiotherapist's desk, with what is typed about the visit so far."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import Response, g, request
from flask_babel import gettext as _

from service.domain.errors import DraftConflict, InvalidField, ServiceError
from service.domain.plan import EducationPlan, PlanState
from service.domain.teaching import Session
from service.domain.values import dataclass
from service.fhir.note import note_text, signed_note
from service.usecases.ports import Draft
from service.usecases.read_plan import find_plan, list_plans, read_plan
from service.usecases.record_session import Signed
from service.web.faults import faults
from service.web.languages import clock
from service.web.pages import page
from service.web.parts import Parts
from service.web.typed_fields import NOTE, NOTE_OF, typed
from service.web.visit_answers import answers
from service.web.visit_differences import differences
from service.web.visit_form import Visit, begun, for_participant, to_signed
from service.web.visit_note import edited, shown_note, with_note
from service.web.visit_screen import Person, screen


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
        return cls._with(parts, read_plan(plan_id, g.caller, parts.store, parts.clock).plan)

    @classmethod
    def to_change(cls, parts: Parts, plan_id: str) -> "Desk":
        """Open the plan for a form that signs: what it changes is audited, and not the look.

        Who shows the plan after all, because nothing was changed, calls `looked` first. Raises
        as `at`.
        """
        return cls._with(parts, find_plan(plan_id, g.caller, parts.store).plan)

    @classmethod
    def _with(cls, parts: Parts, plan: EducationPlan) -> "Desk":
        visits = [visit.encounter for visit in plan.visits]
        encounter = g.launch.encounter if g.launch.encounter in visits else visits[-1]
        g.language = g.launch.language or plan.language
        return cls(parts, plan, encounter, parts.drafts.open(plan.id, encounter, g.caller))

    def looked(self) -> "Desk":
        """Audit that the plan is looked at: the form that it was opened for changed nothing."""
        read_plan(self.plan.id, g.caller, self.parts.store, self.parts.clock)
        return self

    def show(
        self, errors: Sequence[ServiceError] = (), *, as_typed: bool = False, notice: str = ""
    ) -> Response:
        """The page of the visit; with errors, what was typed stands as it was."""
        form = self._form(as_typed=as_typed)
        group = self._group()
        told = faults(errors)
        shown = screen(self.parts, self.plan, self.encounter, form, group, told)
        return page("plan", 422 if errors else 200, errors=told, notice=notice, **shown)

    def keep(self) -> Draft:
        """Keep what was typed.

        Raises:
            DraftConflict: another window has kept another version.
            InvalidField: a text is too long.
        """
        return self._keep(self._typed())

    def keep_anew(self) -> "Desk":
        """Keep what was typed as a draft of its own: the one it was typed into is gone."""
        fresh = replace(self._typed(), version=0, key=new_key())
        return replace(self, draft=self._keep(fresh))

    def preview(self, draft: Draft) -> EducationPlan:
        """The plan as it would be after signing this draft.

        Raises:
            InvalidField: as signing it would, or the very same is signed already.
            IllegalTransition: as signing it would.
        """
        after = self._after(draft)
        if after is self.plan:
            raise InvalidField("signed-already", pointer="/topics")
        return after

    def check(self, draft: Draft) -> Response:
        """The page that shows all of it once more, before it is signed."""
        after, own = self.preview(draft), self._signed(draft)
        group = [
            (person, for_participant(own, person.plan, draft.fields).session)
            for person in self._attending(draft)
        ]
        return page(
            "check",
            plan=self.plan,
            draft=draft,
            note=shown_note(after, draft.fields),
            answers=answers(after, after.sessions[-1], group),
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
        after = self._after(draft)
        own = self._signed(draft, note=edited(note_text(after, after.sessions[-1])))
        others = [for_participant(own, p.plan, draft.fields) for p in self._attending(draft)]
        self.parts.record_session([own, *others], g.caller)
        self.parts.drafts.discard(self.plan.id, self.encounter, g.caller)

    def with_note(self) -> "Desk":
        """Keep the note as it was edited on the page that checks, whatever comes next."""
        fields = with_note(self.draft.fields) if self.draft else None
        if self.draft is None or fields is None:
            return self
        try:
            return replace(self, draft=self._keep(replace(self.draft, fields=fields)))
        except DraftConflict:
            return self

    def anew(self) -> Response:
        """The page with a draft that was kept anew, and why."""
        text = _("The draft was signed or thrown away in another window.")
        more = _("What you typed here is kept as a new draft.")
        return self.show(notice=f"{text} {more}")

    def stale(self) -> Response:
        """The friendly page of a conflict: what came in between, and how to go on.

        Call it for a desk with a draft.
        """
        draft = self.draft
        assert draft is not None  # noqa: S101  # only a draft can be behind its plan
        newer = [session for session in self.plan.sessions if session.changed > draft.revision]
        titles = {topic.id: topic.title for topic in self.plan.topics}
        return page("conflict", 409, plan=self.plan, draft=draft, newer=newer, titles=titles)

    def two_drafts(self, conflict: DraftConflict) -> Response:
        """Both versions of the draft, to choose from."""
        theirs = conflict.theirs
        assert isinstance(theirs, Draft)  # noqa: S101  # else there are no two
        mine = typed(request.form.lists())
        told = differences(self.plan, mine, theirs.fields)
        return page(
            "draft_conflict", 409, plan=self.plan, theirs=theirs, mine=mine, differences=told
        )

    def paper(self) -> Response:
        return page("print", plan=self.plan, note_of=self.note_of, now=self.parts.clock())

    def note_of(self, session: Session) -> str:
        return signed_note(self.plan, session)

    def seen(self, revision: int) -> int:
        """The revision that was looked at; what only the patient did since is no conflict."""
        return self.plan.revision if self.plan.stands_since(revision) else revision

    def saved_at(self, draft: Draft) -> str:
        return clock(draft.at)

    def _typed(self) -> Draft:
        revision = number_of("revision") or self.plan.revision
        kept = self.draft.fields if self.draft else {}
        note = {name: kept[name] for name in (NOTE, NOTE_OF) if name in kept}
        return Draft(
            plan_id=self.plan.id,
            encounter=self.encounter,
            practitioner=g.caller.practitioner,
            fields=typed(request.form.lists()) | note,
            revision=min(revision, self.plan.revision),
            key=_key(),
            at=self.parts.clock(),
            version=number_of("version"),
        )

    def _keep(self, draft: Draft) -> Draft:
        return self.parts.drafts.keep(draft, g.caller)

    def _form(self, *, as_typed: bool) -> Draft | None:
        if self.plan.state is not PlanState.ACTIVE:
            return None
        kept = self.draft or Draft(
            plan_id=self.plan.id,
            encounter=self.encounter,
            practitioner=g.caller.practitioner,
            fields=begun(self.plan, self.encounter, group=bool(g.launch.participants)),
            revision=self.plan.revision,
            key=new_key(),
            at=self.parts.clock(),
        )
        if as_typed:  # too long to be kept: shown as it is, to be shortened
            texts = {name: values for name, values in request.form.lists() if any(values)}
            return replace(kept, fields=texts)
        return kept

    def _after(self, draft: Draft) -> EducationPlan:
        return self.parts.record_session.preview(self._signed(draft), self.plan, g.caller)

    def _signed(self, draft: Draft, note: str = "") -> Signed:
        at = self.parts.clock()
        visit = Visit(self.encounter, at, at.date())
        return to_signed(
            self.plan,
            draft.fields,
            visit,
            key=draft.key,
            revision=self.seen(draft.revision),
            note=note,
        )

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


def new_key() -> str:
    return str(uuid.uuid4())


def _key() -> str:
    """The form's own name; a new one for whoever sends none of ours."""
    try:
        return str(uuid.UUID(request.form.get("key", "")))
    except ValueError:
        return new_key()
