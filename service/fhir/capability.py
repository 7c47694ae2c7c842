"""The CapabilityStatement: made of the very tables that search and routes are made of.

A test holds it to the routes: what it lists answers, and what answers is listed.
Source: https://hl7.org/fhir/R4/capabilitystatement.html.
"""

from collections.abc import Mapping

from service.fhir import urls
from service.fhir.elements import JsonObject
from service.fhir.record import OTHER_PROFILES, profiles_of
from service.fhir.search_parameters import (
    INCLUDES,
    PARAMETERS,
    REVINCLUDES,
    Parameter,
)
from service.fhir.served import ONLY_KNOWLEDGE

INTERACTIONS = ("read", "vread", "history-instance", "search-type")
_R4 = "http://hl7.org/fhir/OperationDefinition"
# Operation by the type it is of, "" for the whole server.
OPERATIONS: dict[str, dict[str, str]] = {
    "": {"propose": f"{urls.BASE}/OperationDefinition/propose"},
    "PlanDefinition": {"apply": f"{urls.BASE}/OperationDefinition/plandefinition-apply"},
    "ActivityDefinition": {"apply": f"{urls.BASE}/OperationDefinition/activitydefinition-apply"},
}


def to_capability(version: str, date: str, base: str) -> JsonObject:
    """Return the statement of this release; `base` is where the façade is reached."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "server",
        "url": f"{urls.BASE}/CapabilityStatement/server",
        "version": version,
        "name": "EducationPlanServer",
        "title": "Education plan service",
        "status": "draft",
        "date": date,
        "kind": "instance",
        "software": {"name": "education-plan-service", "version": version},
        "implementation": {"description": "Patient education plans", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "A façade over education plans: what is written goes through "
                "the REST API or `$propose`. Unknown search parameters are refused, unless "
                "`Prefer: handling=lenient` asks to have them ignored.",
                "security": {
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/"
                                    "restful-security-service",
                                    "code": "OAuth",
                                }
                            ]
                        }
                    ],
                    "description": "Bearer tokens with SMART v2 scopes.",
                },
                "resource": [_resource(kind) for kind in PARAMETERS],
                "operation": _operations(OPERATIONS[""]),
            }
        ],
    }


def _resource(kind: str) -> JsonObject:
    resource: JsonObject = {"type": kind}
    if supported := profiles_of(kind):
        others = OTHER_PROFILES.get(kind, ())
        more = [f"{urls.BASE}/StructureDefinition/{other}" for other in others]
        resource["supportedProfile"] = [*supported["profile"], *more]
    interactions = [each for each in INTERACTIONS if kind != "Binary" or each != "search-type"]
    resource["interaction"] = [{"code": each} for each in interactions]
    resource["versioning"] = "no-version" if kind in ONLY_KNOWLEDGE else "versioned"
    resource["readHistory"] = True
    resource["conditionalRead"] = "full-support"
    operations = OPERATIONS.get(kind, {}) | {"validate": f"{_R4}/Resource-validate"}
    resource["operation"] = _operations(operations)
    if kind == "Binary":
        return resource
    if INCLUDES.get(kind):
        resource["searchInclude"] = list(INCLUDES[kind])
    if kind in REVINCLUDES:
        resource["searchRevInclude"] = list(REVINCLUDES[kind])
    resource["searchParam"] = _parameters(PARAMETERS[kind])
    return resource


def _parameters(parameters: Mapping[str, Parameter]) -> list[JsonObject]:
    every: list[JsonObject] = [
        {"name": "_id", "type": "token"},
        {"name": "_lastUpdated", "type": "date"},
    ]
    own: list[JsonObject] = []
    for name, parameter in parameters.items():
        told: JsonObject = {"name": name, "type": parameter.type}
        if parameter.definition:
            told["definition"] = parameter.definition
        if parameter.note:
            told["documentation"] = parameter.note
        own.append(told)
    return [*every, *own]


def _operations(operations: Mapping[str, str]) -> list[JsonObject]:
    return [{"name": name, "definition": definition} for name, definition in operations.items()]
