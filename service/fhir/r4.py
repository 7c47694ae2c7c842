"""The only door to `fhir.resources`: is this FHIR by its R4B models? The oracle, not the checker.

It parses and does not validate: `status: "banana"` passes (docs/decisions/0003). R4B (4.3.0)
is the nearest to R4 that it has; our resource types are the same in both.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from service.domain.errors import InvalidResource, ResourceTypeNotAccepted

if TYPE_CHECKING:
    from fhir.resources.R4B.resource import Resource

# One module each: all of R4B would cost 2 s and 115 MB.
TYPES = frozenset(
    {
        "ActivityDefinition",
        "AuditEvent",
        "Binary",
        "Bundle",
        "CapabilityStatement",
        "CarePlan",
        "CodeSystem",
        "Communication",
        "Condition",
        "Device",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "Goal",
        "ImplementationGuide",
        "Library",
        "Location",
        "Observation",
        "ConceptMap",
        "SearchParameter",
        "OperationDefinition",
        "OperationOutcome",
        "Organization",
        "Patient",
        "PlanDefinition",
        "Practitioner",
        "PractitionerRole",
        "Provenance",
        "Questionnaire",
        "RelatedPerson",
        "ServiceRequest",
        "StructureDefinition",
        "Task",
        "QuestionnaireResponse",
        "Procedure",
        "ValueSet",
    }
)


# fhir.resources 8.3 does not only raise ValidationError (a ValueError): an unknown contained
# resourceType ends in KeyError, a type R4B has not in AttributeError.
_REFUSALS = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def parse(resource: dict[str, Any]) -> None:
    """Return when the R4B model of the resource's type accepts it.

    Raises:
        ResourceTypeNotAccepted: the type is not one of `TYPES`.
        InvalidResource: the model refuses it, at the place of the first fault.
    """
    name = resource.get("resourceType")
    if not isinstance(name, str) or name not in TYPES:
        raise ResourceTypeNotAccepted("no model for this resource type", pointer="/resourceType")
    try:
        _model(name).model_validate(resource)
    except _REFUSALS as error:
        raise _refused(error) from None


@cache
def _model(name: str) -> "type[Resource]":
    model: type[Resource] = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
    return model


def _refused(error: Exception) -> InvalidResource:
    # pydantic's own text repeats what was sent; only its kind and place are taken over.
    faults: list[Any] = getattr(error, "errors", list)()
    first = faults[0] if faults else {"type": type(error).__name__, "loc": ()}
    # A step can be a key that was sent: only indexes and what may be an element's name.
    steps = [step for step in first["loc"] if isinstance(step, int) or step.isidentifier()]
    pointer = "".join(f"/{step}" for step in steps)
    return InvalidResource(f"fhir.resources refuses it: {first['type']}", pointer=pointer)
