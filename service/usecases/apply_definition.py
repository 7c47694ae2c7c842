"""$apply: a definition and a subject give a transient proposal. Nothing is ever stored."""

from dataclasses import dataclass

from service.domain.codes import Coding
from service.domain.content import Edition, Pack
from service.domain.errors import NotAllowed, NotFound
from service.domain.matching import Confidence
from service.domain.plan import EducationPlan, Outline, PlanState, Reason, Visit, outline
from service.domain.selection import Selection, select
from service.fhir import urls
from service.fhir.apply import Told, to_applied_activity, to_applied_plan
from service.fhir.elements import JsonObject
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore
from service.usecases.shelf import Shelf

_NO_REASON = Reason(Coding("", ""), "", Confidence.EXACT, "")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of $apply that are honoured; references as `Type/id`, "" for none.

    `definition` is the id of an instance, or a canonical with or without `|version`.
    """

    definition: str
    subject: str
    encounter: str = ""
    practitioner: str = ""
    organization: str = ""
    for_patient: bool = False
    language: str = "da"
    edition: Edition = Edition.FULL


@dataclass(frozen=True, slots=True)
class ApplyDefinition:
    """The story with its parts."""

    store: PlanStore
    shelf: Shelf
    clock: Clock

    def plan(self, asked: Asked, caller: Caller) -> JsonObject:
        """Return the CarePlan of a PlanDefinition.

        An open plan of the subject on the same definition is offered to be replaced.

        Raises:
            NotFound: there is no such definition, in this version, in this clinic.
            NotAllowed: the subject is not the caller's to plan for.
            InvalidField: the definition has no such edition or language.
        """
        pack = self._pack(asked.definition, caller)
        _refuse_foreign(asked, caller)
        selection = select(pack, asked.edition, asked.language)
        with self.store.writing(caller.tenant) as transaction:
            standing = transaction.open_plan(asked.subject, pack.id)
            transaction.audit(
                AuditEntry("definition.apply", pack.id, asked.subject, caller, self.clock())
            )
        told = Told(
            for_patient=asked.for_patient,
            organization=asked.organization,
            replaces=f"CarePlan/{standing.plan.id}" if standing else "",
            skipped=_skipped(selection),
        )
        return to_applied_plan(self._draft(outline(selection), asked, caller), told)

    def activity(self, asked: Asked, caller: Caller) -> JsonObject:
        """Return the ServiceRequest of an ActivityDefinition. Raises as `plan` does."""
        for pack in self.shelf.catalogue.packs(caller.tenant):
            for topic in pack.topics:
                canonical = urls.activity_definition(pack.id, topic.id, pack.version)
                if _is(asked.definition, canonical):
                    _refuse_foreign(asked, caller)
                    common = outline(select(pack, asked.edition, asked.language))
                    plan = self._draft(common, asked, caller)
                    planned = next(each for each in plan.topics if each.id == topic.id)
                    told = Told(asked.for_patient, asked.organization)
                    return to_applied_activity(plan, planned, told)
        raise _no_definition()

    def _pack(self, definition: str, caller: Caller) -> Pack:
        for pack in self.shelf.catalogue.packs(caller.tenant):
            if _is(definition, urls.plan_definition(pack.id, pack.version)):
                return pack
        raise _no_definition()

    def _draft(self, common: Outline, asked: Asked, caller: Caller) -> EducationPlan:
        now = self.clock()
        return EducationPlan(
            id="transient",
            tenant=caller.tenant,
            patient=asked.subject,
            pack=common.pack,
            edition=common.edition,
            language=common.language,
            state=PlanState.PROPOSED,
            reason=_NO_REASON,
            topics=common.topics,
            goals=common.goals,
            handouts=common.handouts,
            visits=(Visit(asked.encounter, now, asked.practitioner),),
            created=now,
            updated=now,
            author=asked.practitioner,
            organization=asked.organization,
        )


def _is(asked: str, canonical: str) -> bool:
    """By id, by canonical, or by canonical and version."""
    url = canonical.partition("|")[0]
    return asked in (canonical, url, url.rpartition("/")[2])


def _skipped(selection: Selection) -> tuple[tuple[str, str], ...]:
    pack, edition = selection.pack, selection.edition.value
    chosen = {goal.id for goal in selection.goals}
    shown = {each.handout.id for each in selection.handouts}
    goals = [
        (f"goal {g.id}", f"not in the {edition} edition") for g in pack.goals if g.id not in chosen
    ]
    handouts = [
        (f"handout {h.id}", f"not there as {edition} in {selection.language}")
        for h in pack.handouts
        if h.id not in shown
    ]
    return (*goals, *handouts)


def _refuse_foreign(asked: Asked, caller: Caller) -> None:
    if caller.patient not in ("", asked.subject):
        raise NotAllowed("the token is for another patient than the subject")


def _no_definition() -> NotFound:
    return NotFound(
        "there is no such definition here, or not in this version",
        how_to_fix="See /fhir/PlanDefinition and /fhir/ActivityDefinition for those that are.",
    )
