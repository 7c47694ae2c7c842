"""A stored plan as resources that stand alone: what the FHIR façade reads and searches.

Nothing is written anew: each resource is taken from the Bundle that was answered for its
revision, so it says today what it said then. Only ids, versions and references are its own.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.domain.plan import EducationPlan
from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.asked import question_urn
from service.fhir.assigned import assignment_urn
from service.fhir.elements import (
    JsonObject,
    goal_urn,
    handouts_of,
    instant,
    numbered_urn,
    plan_urn,
    revision_urn,
    round_urn,
)

# What each type of the façade promises to meet, in fhir_profiles/.
PROFILES = {
    "CarePlan": "edu-careplan",
    "ServiceRequest": "edu-topic-request",
    "Communication": "edu-topic-communication",
    "Goal": "edu-goal",
    "Observation": "edu-teach-back",
    "DocumentReference": "edu-handout",
    "Provenance": "edu-provenance",
    "AuditEvent": "edu-audit-event",
    "PlanDefinition": "edu-plandefinition",
    "ActivityDefinition": "edu-activitydefinition",
    "Library": "edu-library",
    "Questionnaire": "edu-teach-back-questionnaire",
}


# And what a type's other resources meet, by the letter in their ids.
_OTHERS = {
    "m": "edu-visit-observation",
    "j": "edu-visit-observation",
    "n": "edu-note",
    "h": "edu-handout-communication",
    "q": "edu-patient-question",
}
OTHER_PROFILES = {
    "Observation": ("edu-visit-observation",),
    "DocumentReference": ("edu-note",),
    "Communication": ("edu-handout-communication", "edu-patient-question"),
}


def profiles_of(resource_type: str, resource_id: str = "") -> dict[str, list[str]]:
    """The `meta.profile` of a resource, in a dict to be joined; empty for one without."""
    letter = resource_id.rpartition(".")[0].rpartition(".")[2]
    other = _OTHERS.get(letter) if resource_type in OTHER_PROFILES else None
    name = other or PROFILES.get(resource_type)
    return {"profile": [f"{urls.BASE}/StructureDefinition/{name}"]} if name else {}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource, with its `id` and `meta`."""

    name: str  # Type/id
    number: int
    at: datetime
    resource: JsonObject

    @property
    def id(self) -> str:
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class PlanRevision:
    """A revision of a plan, and the bytes of its Bundle."""

    plan: EducationPlan
    bundle: bytes


_OF_TEACHINGS = (("teaching", "Communication", "c"), ("teach-back", "Observation", "o"))
_OF_SESSIONS = (
    ("mood", "Observation", "m"),
    ("job", "Observation", "j"),
    ("note", "DocumentReference", "n"),
)


def plan_id_of(resource_id: str) -> str:
    """The id of the plan that a resource of this id would belong to."""
    return resource_id.partition(".")[0]


def newest(history: Sequence[PlanRevision]) -> dict[str, Version]:
    """Return every resource of a plan in its newest version, by `Type/id`.

    `history` are all revisions of one plan, the oldest first.
    """
    return {name: versions[-1] for name, versions in versions_of(history).items()}


def versions_of(history: Sequence[PlanRevision]) -> dict[str, list[Version]]:
    """Return all versions of every resource of a plan, the oldest first.

    A revision of the plan is a new version of those resources only that it changed, and
    the number of the version is that of the revision.
    """
    found: dict[str, list[Version]] = {}
    bodies: dict[str, JsonObject] = {}
    for revision in history:
        for name, body in _resources(revision):
            if bodies.get(name) != body:
                bodies[name] = body
                found.setdefault(name, []).append(_version(name, revision.plan, body))
    return found


def names(plan: EducationPlan) -> dict[str, str]:
    """Return the `Type/id` that each urn of this revision goes by in the façade."""
    return {
        plan_urn(plan): f"CarePlan/{plan.id}",
        **dict(_requests(plan)),
        **{goal_urn(plan, g): f"Goal/{plan.id}.g.{g.id}" for g in plan.goals},
        **{urn: f"DocumentReference/{id_of_urn(urn)}" for _, urn in handouts_of(plan)},
        **dict(_of_sessions(plan)),
        **dict(_of_patient(plan)),
        revision_urn(plan, "provenance-entry"): f"Provenance/{plan.id}.p.{plan.revision}",
    }


def _requests(plan: EducationPlan) -> Iterator[tuple[str, str]]:
    for topic in plan.topics:
        for asked in plan.rounds(topic):
            own = f"r.{asked.opened_by}" if asked.opened_by else f"t.{topic.id}"
            yield round_urn(plan, topic, asked), f"ServiceRequest/{plan.id}.{own}"


def _of_sessions(plan: EducationPlan) -> Iterator[tuple[str, str]]:
    for session in plan.sessions:
        for teaching in session.teachings:
            for role, kind, letter in _OF_TEACHINGS:
                name = f"{kind}/{plan.id}.{letter}.{teaching.number}"
                yield numbered_urn(plan, role, teaching.number), name
        for role, kind, letter in _OF_SESSIONS:
            name = f"{kind}/{plan.id}.{letter}.{session.number}"
            yield numbered_urn(plan, role, session.number), name


def _of_patient(plan: EducationPlan) -> Iterator[tuple[str, str]]:
    for given in plan.assignments:
        yield assignment_urn(plan, given), f"Communication/{plan.id}.h.{given.number}"
    for asked in plan.questions:
        yield question_urn(plan, asked), f"Communication/{plan.id}.q.{asked.number}"


def id_of_urn(urn: str) -> str:
    return urn.removeprefix("urn:uuid:")


def _resources(revision: PlanRevision) -> Iterator[tuple[str, JsonObject]]:
    called = names(revision.plan)
    for entry in json.loads(revision.bundle)["entry"]:
        yield called[entry["fullUrl"]], renamed(entry["resource"], called)


def renamed(value: Any, called: Mapping[str, str]) -> Any:
    """Return the value with every reference to a urn of `called` by its other name."""
    if isinstance(value, dict):
        return {
            key: called.get(inner, inner)
            if key == "reference" and isinstance(inner, str)
            else renamed(inner, called)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [renamed(inner, called) for inner in value]
    return value


def _version(name: str, plan: EducationPlan, body: JsonObject) -> Version:
    kind, _, resource_id = name.partition("/")
    meta = {
        "versionId": str(plan.revision),
        "lastUpdated": instant(plan.updated),
        **profiles_of(kind, resource_id),
        **_meta(body),
    }
    resource = {"resourceType": kind, "id": resource_id, "meta": meta} | {
        key: value for key, value in body.items() if key not in ("resourceType", "id", "meta")
    }
    return Version(name, plan.revision, plan.updated, resource)


def _meta(body: JsonObject) -> dict[str, Any]:
    meta = body.get("meta", {})
    return meta if isinstance(meta, dict) else {}
