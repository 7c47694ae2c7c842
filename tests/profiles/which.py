"""Which profile of ours a resource promises to meet, wherever it came from."""

import json
from typing import Any

from service.fhir import urls
from service.fhir.dialects import Dialect
from service.fhir.record import PROFILES

WRITTEN = PROFILES | {"Bundle": "edu-transaction-bundle"}
# What tells a type's other resources apart.
SIGNS = {
    ("Observation", urls.VISIT_OBSERVATION): "edu-visit-observation",
    ("DocumentReference", "clinical-note"): "edu-note",
    ("Communication", "handout-assignment"): "edu-handout-communication",
    ("Communication", "patient-question"): "edu-patient-question",
}


# What is written otherwise in another dialect than core.
OTHERWISE = {
    Dialect.INLINE: {
        "edu-careplan": "edu-careplan-inline",
        "edu-topic-communication": "edu-topic-communication-alone",
        "edu-teach-back": "edu-teach-back-alone",
    },
    Dialect.FUT: {
        "edu-careplan": "edu-careplan-fut",
        "edu-topic-request": "edu-topic-request-fut",
        "edu-handout": "edu-handout-fut",
        "edu-handout-communication": "edu-handout-communication-fut",
    },
}


def profile_in(dialect: Dialect, resource: dict[str, Any]) -> str:
    """The canonical of the profile that a resource meets in this dialect."""
    usual = profile_of(resource)
    base, _, name = usual.rpartition("/")
    return f"{base}/{OTHERWISE.get(dialect, {}).get(name, name)}"


def profile_of(resource: dict[str, Any]) -> str:
    """The canonical of the profile, or "" when there is none for the type."""
    kind = resource["resourceType"]
    name = WRITTEN.get(kind, "")
    for (of, sign), other in SIGNS.items():
        if kind == of and f'{sign}"' in json.dumps(resource):
            name = other
    return name and f"{urls.BASE}/StructureDefinition/{name}"
