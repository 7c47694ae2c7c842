"""$apply: a definition and a subject give a transient proposal. Nothing is ever stored."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime

from service.domain.codes import Coding
from service.domain.content import Edition, Pack
from service.domain.errors import InvalidField, NotAllowed, NotFound
from service.domain.matching import Confidence
from service.domain.plan import EducationPlan, Outline, PlanState, Reason, Visit, outline
from service.domain.selection import Selection, select
from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.apply import Told, to_applied_activity, to_applied_plan
from service.fhir.elements import instant
from service.fhir.metadata import short
from service.fhir.template import Template, cut
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore
from service.usecases.shelf import Shelf

_NO_REASON = Reason(Coding("", ""), "", Confidence.EXACT, "")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of $apply that are honoured; references as `Type/id`, "" for none.

    `definition` is the id of an instance, or a canonical with or without `|version`.
    `places` are where each was said, by its name here, for errors.
    """

    definition: str
    subject: str
    encounter: str = ""
    practitioner: str = ""
    organization: str = ""
    for_patient: bool = False
    language: str = "da"
    edition: Edition = Edition.FULL
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    def place(self, name: str) -> str:
        return self.places.get(name, "")


# Stand in a template for what each caller says; an id of FHIR has no underscore.
_MARKS = Asked(
    definition="",
    subject="Patient/__subject__",
    encounter="Encounter/__encounter__",
    practitioner="Practitioner/__practitioner__",
    organization="Organization/__organization__",
)
_MARKED_PLAN = "CarePlan/__standing__"
_MARKED_TIME = datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC)
_TOLD = ("subject", "encounter", "practitioner", "organization")
_MOST = 500  # templates: definitions × editions × languages × what callers say


@dataclass(frozen=True, slots=True)
class ApplyDefinition:
    """The story with its parts. `encode` writes JSON."""

    store: PlanStore
    shelf: Shelf
    clock: Clock
    encode: Callable[[object], bytes]
    _templates: dict[tuple[object, ...], Template] = field(default_factory=dict, init=False)

    def plan(self, asked: Asked, caller: Caller) -> bytes:
        """Return the CarePlan of a PlanDefinition, as JSON.

        An open plan of the subject on the same definition is offered to be replaced.

        Raises:
            NotFound: there is no such definition, in this version, in this clinic.
            NotAllowed: the subject is not the caller's to plan for.
            InvalidField: the definition has no such edition or language.
        """
        pack = self._pack(asked, caller)
        _refuse_foreign(asked, caller)
        _require(pack, asked)
        with self.store.writing(caller.tenant) as transaction:
            standing = transaction.open_plan(asked.subject, pack.id)
            transaction.audit(
                AuditEntry("definition.apply", pack.id, asked.subject, caller, self.clock())
            )
        return self._fill(pack, "", asked, f"CarePlan/{standing.plan.id}" if standing else "")

    def activity(self, asked: Asked, caller: Caller) -> bytes:
        """Return the ServiceRequest of an ActivityDefinition, as JSON. Raises as `plan` does."""
        for pack in self.shelf.catalogue.packs(caller.tenant):
            for topic in pack.topics:
                canonical = urls.activity_definition(pack.id, topic.id, pack.version)
                if _is(asked.definition, canonical):
                    _refuse_foreign(asked, caller)
                    _require(pack, asked)
                    self._audit(f"ActivityDefinition/{pack.id}-{topic.id}", asked, caller)
                    return self._fill(pack, topic.id, asked, "")
        raise _no_definition(asked)

    def _audit(self, entity: str, asked: Asked, caller: Caller) -> None:
        with self.store.writing(caller.tenant) as transaction:
            transaction.audit(
                AuditEntry("definition.apply", entity, asked.subject, caller, self.clock())
            )

    def _pack(self, asked: Asked, caller: Caller) -> Pack:
        for pack in self.shelf.catalogue.packs(caller.tenant):
            if _is(asked.definition, urls.plan_definition(pack.id, pack.version)):
                return pack
        raise _no_definition(asked)

    def _fill(self, pack: Pack, topic: str, asked: Asked, standing: str) -> bytes:
        """Fill the template for those who say as much as this caller does."""
        told = {name: getattr(asked, name) for name in _TOLD}
        key = (
            *(pack.id, pack.sha256, topic, asked.edition, asked.language, asked.for_patient),
            *(bool(value) for value in (*told.values(), standing)),
        )
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= _MOST:
                self._templates.clear()
            template = self._templates[key] = self._cut(pack, topic, asked, bool(standing))
        now = instant(self.clock())
        return template.fill(told | {"standing": standing, "time": now, "date": now[:10]})

    def _cut(self, pack: Pack, topic: str, asked: Asked, stands: bool) -> Template:  # noqa: FBT001
        marked = {name: getattr(_MARKS, name) for name in _TOLD if getattr(asked, name)}
        selection = select(pack, asked.edition, asked.language)
        plan = _draft(outline(selection), replace(asked, **marked))
        said = Told(
            for_patient=asked.for_patient,
            organization=marked.get("organization", ""),
            replaces=_MARKED_PLAN if stands else "",
            skipped=() if topic else _skipped(selection),
        )
        made = to_applied_activity(plan, topic, said) if topic else to_applied_plan(plan, said)
        time = instant(_MARKED_TIME)  # before the date, which it begins with
        marks = marked | {"standing": _MARKED_PLAN, "time": time, "date": time[:10]}
        return cut(self.encode(made), marks)


def _draft(common: Outline, asked: Asked) -> EducationPlan:
    return EducationPlan(
        id="transient",
        tenant="",
        patient=asked.subject,
        pack=common.pack,
        edition=common.edition,
        language=common.language,
        state=PlanState.PROPOSED,
        reason=_NO_REASON,
        topics=common.topics,
        goals=common.goals,
        handouts=common.handouts,
        visits=(Visit(asked.encounter, _MARKED_TIME, asked.practitioner),),
        created=_MARKED_TIME,
        updated=_MARKED_TIME,
        author=asked.practitioner,
        organization=asked.organization,
    )


def _is(asked: str, canonical: str) -> bool:
    """By id, by canonical, or by canonical and version."""
    url = canonical.partition("|")[0]
    return asked in (canonical, url, short(url.rpartition("/")[2]))


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
    if not caller.may_see(asked.subject):
        raise NotAllowed(
            "the token is for another patient than the subject", pointer=asked.place("subject")
        )


def _require(pack: Pack, asked: Asked) -> None:
    if asked.edition not in pack.editions:
        raise InvalidField("the definition has no such edition", pointer=asked.place("edition"))
    if asked.language not in pack.languages:
        raise InvalidField(
            f"the definition has no such language; it has: {', '.join(pack.languages)}",
            pointer=asked.place("language"),
        )


def _no_definition(asked: Asked) -> NotFound:
    return NotFound(
        "there is no such definition here, or not in this version",
        pointer=asked.place("definition"),
        how_to_fix="See /fhir/PlanDefinition and /fhir/ActivityDefinition for those that are.",
    )
