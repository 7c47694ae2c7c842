"""What can be searched by, in every type: one table for search and CapabilityStatement.

R4's own parameters keep R4's names, types and paths (https://hl7.org/fhir/R4/searchparameter-registry.html).
Those of ours are defined in fhir_profiles/ and say so here.
"""

from service.domain.values import dataclass
from service.fhir import urls


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: how its values are compared, and where they stand in a resource."""

    kind: str  # token, reference, canonical, date, uri or string
    paths: tuple[str, ...]
    definition: str = ""
    note: str = ""  # what a client must know of it, for the CapabilityStatement

    @property
    def type(self) -> str:
        """What R4 calls it: a canonical is a reference there."""
        return "reference" if self.kind == "canonical" else self.kind


def _token(*paths: str) -> Parameter:
    return Parameter("token", paths)


def _reference(*paths: str) -> Parameter:
    return Parameter("reference", paths)


def _canonical(*paths: str) -> Parameter:
    return Parameter("canonical", paths)


def _date(*paths: str) -> Parameter:
    return Parameter("date", paths)


def _uri(*paths: str) -> Parameter:
    return Parameter("uri", paths)


def _string(*paths: str) -> Parameter:
    return Parameter("string", paths)


def _ours(name: str, kind: str, *paths: str) -> Parameter:
    return Parameter(kind, paths, f"{urls.BASE}/SearchParameter/{name}")


def _reason(resource: str) -> Parameter:
    return _ours(f"{resource}-reason-reference", "reference", "reasonReference")


def _edition(resource: str) -> Parameter:
    return _ours(f"{resource}-edition", "token", f"extension({urls.EXT_EDITION}).valueCode")


_SUBJECT = {"patient": _reference("subject"), "subject": _reference("subject")}
_DEFINITION = {
    "url": _uri("url"),
    "version": _token("version"),
    "status": _token("status"),
    "name": _string("name"),
    "title": _string("title"),
    "date": _date("date"),
    "identifier": _token("identifier"),
}

PARAMETERS: dict[str, dict[str, Parameter]] = {
    "CarePlan": {
        **_SUBJECT,
        "encounter": _reference("encounter"),
        "status": _token("status"),
        "intent": _token("intent"),
        "category": _token("category"),
        "date": _date("period"),
        "identifier": _token("identifier"),
        "instantiates-canonical": _canonical("instantiatesCanonical"),
        "condition": _reference("addresses"),
        "goal": _reference("goal"),
        "activity-reference": _reference("activity.reference"),
        "replaces": _reference("replaces"),
        "based-on": _reference("basedOn"),
        "edition": _edition("careplan"),
    },
    "ServiceRequest": {
        **_SUBJECT,
        "encounter": _reference("encounter"),
        "status": _token("status"),
        "intent": _token("intent"),
        "category": _token("category"),
        "code": _token("code"),
        "authored": _date("authoredOn"),
        "identifier": _token("identifier"),
        "instantiates-canonical": _canonical("instantiatesCanonical"),
        "requester": _reference("requester"),
        "based-on": _reference("basedOn"),
        "reason-reference": _reason("servicerequest"),
        "edition": _edition("servicerequest"),
    },
    "Communication": {
        **_SUBJECT,
        "encounter": _reference("encounter"),
        "status": _token("status"),
        "category": _token("category"),
        "medium": _token("medium"),
        "sent": _date("sent"),
        "received": _date("received"),
        "identifier": _token("identifier"),
        "instantiates-canonical": _canonical("instantiatesCanonical"),
        "sender": _reference("sender"),
        "recipient": _reference("recipient"),
        "based-on": _reference("basedOn"),
        "part-of": _reference("partOf"),
        "topic": _ours("communication-topic", "token", "topic"),
        "about": _ours("communication-about", "reference", "about"),
        "reason-reference": _reason("communication"),
        "edition": _edition("communication"),
    },
    "Goal": {
        **_SUBJECT,
        "lifecycle-status": _token("lifecycleStatus"),
        "achievement-status": _token("achievementStatus"),
        "category": _token("category"),
        "identifier": _token("identifier"),
        "start-date": _date("startDate"),
        "target-date": _date("target.dueDate"),
        "addresses": _ours("goal-addresses", "reference", "addresses"),
        "outcome": _ours("goal-outcome", "reference", "outcomeReference"),
    },
    "Observation": {
        **_SUBJECT,
        "encounter": _reference("encounter"),
        "status": _token("status"),
        "category": _token("category"),
        "code": _token("code"),
        "date": _date("effectiveDateTime", "effectivePeriod"),
        "identifier": _token("identifier"),
        "performer": _reference("performer"),
        "based-on": _reference("basedOn"),
        "derived-from": _reference("derivedFrom"),
        "value-concept": _token("valueCodeableConcept"),
        "component-code": _token("component.code"),
    },
    "DocumentReference": {
        **_SUBJECT,
        "status": _token("status"),
        "type": _token("type"),
        "category": _token("category"),
        "date": _date("date"),
        "identifier": _token("masterIdentifier", "identifier"),
        "language": _token("content.attachment.language"),
        "contenttype": _token("content.attachment.contentType"),
        "description": _string("description"),
        "author": _reference("author"),
        "encounter": _reference("context.encounter"),
        "security-label": _token("securityLabel"),
        "edition": _edition("documentreference"),
    },
    "Binary": {},
    "Provenance": {
        "patient": Parameter(
            "reference", ("target",), note="By whose plan it tells of; no target is the Patient."
        ),
        "target": _reference("target"),
        "agent": _reference("agent.who"),
        "recorded": _date("recorded"),
    },
    "AuditEvent": {
        "patient": _reference("entity.what"),
        "entity": _reference("entity.what"),
        "date": _date("recorded"),
        "action": _token("action"),
        "subtype": _token("subtype"),
        "agent-name": _string("agent.name"),
    },
    "PlanDefinition": {
        **_DEFINITION,
        "definition": _canonical("action.definitionCanonical"),
    },
    "ActivityDefinition": {**_DEFINITION, "topic": _token("topic")},
    "Library": {**_DEFINITION, "composed-of": _canonical("relatedArtifact(composed-of).resource")},
    "Questionnaire": {**_DEFINITION, "code": _token("item.code")},
}

# What may be added to an answer, `Type:parameter`: only what this service holds itself.
INCLUDES: dict[str, tuple[str, ...]] = {
    "CarePlan": ("CarePlan:activity-reference", "CarePlan:goal"),
    "ServiceRequest": (),
    "Communication": ("Communication:based-on",),
    "Observation": ("Observation:based-on",),
    "Provenance": ("Provenance:target",),
}
REVINCLUDES: dict[str, tuple[str, ...]] = {
    "CarePlan": ("Provenance:target",),
    "ServiceRequest": (
        "CarePlan:activity-reference",
        "Communication:based-on",
        "Observation:based-on",
        "Provenance:target",
    ),
    "Goal": ("CarePlan:goal", "Provenance:target"),
    "Communication": ("Provenance:target",),
    "Observation": ("Provenance:target",),
}
