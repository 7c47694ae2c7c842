"""The plan as records get it that want it otherwise: in another dialect, or on a lower rung.

All of it is what the service writes there.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

from fhir_profiles.build.course import given, visited
from fhir_profiles.build.plans import SERVICE, Json
from service.fhir.bundle import to_bundle
from service.fhir.dialects import Dialect, written_in
from service.fhir.for_record import entries_of

_ALL = (
    *("CarePlan", "ServiceRequest", "Communication", "Goal"),
    *("Observation", "DocumentReference", "Provenance"),
)


def otherwise() -> Iterator[tuple[str, str, Json]]:
    """Yield (profile, name, resource)."""
    yield "edu-careplan-inline", "plan-inline", _the("CarePlan", "", Dialect.INLINE, *_ALL)
    events = (Dialect.CORE, "Communication", "Observation")
    yield (
        "edu-topic-communication-alone",
        "taught-alone",
        _the("Communication", "completed", *events),
    )
    yield "edu-teach-back-alone", "teach-back-alone", _the("Observation", "Teach-back", *events)
    mood = _the("Observation", "mood-and-strategies", *events)
    yield "edu-visit-observation-alone", "mood-alone", mood
    procedures = (Dialect.CORE, "Procedure")
    procedure = _the("Procedure", "performed", *procedures)
    yield "edu-procedure", "procedure", procedure
    wrong = procedure | {"status": "entered-in-error"}
    yield "edu-procedure", "procedure-entered-in-error", wrong
    yield "edu-procedure", "procedure-not-done", _the("Procedure", "not-done", *procedures)
    yield from _in_fut()


def _in_fut() -> Iterator[tuple[str, str, Json]]:
    fut = (Dialect.FUT, *_ALL)
    yield "edu-careplan-fut", "plan-fut", _the("CarePlan", "", *fut)
    yield "edu-topic-request-fut", "topic-fut", _the("ServiceRequest", "pain-mechanisms", *fut)
    yield "edu-handout-fut", "handout-fut", _the("DocumentReference", "general-material", *fut)
    shaped = _the("Communication", "handout-assignment", *fut)
    yield "edu-handout-communication-fut", "handout-assigned-fut", shaped


def _the(kind: str, told: str, dialect: Dialect, *taken: str) -> Json:
    """The first resource of this type that holds this word, as such a record gets it."""
    entries, _ = written_in(dialect, entries_of(_visited()), lambda each: each in taken)
    found = (entry.resource for entry in entries if entry.kind == kind)
    return next(each for each in found if told in json.dumps(each))


def _visited() -> bytes:
    plan = replace(visited(), episode="EpisodeOfCare/ep1", assignments=given().assignments)
    return json.dumps(to_bundle(plan, service_url=SERVICE, caller="ehr")).encode()
