"""The plan that the examples are about, and its resources as the façade shows them."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from fhir_profiles.build.terminology import ROOT
from service.domain.codes import Coding
from service.domain.content import Edition
from service.domain.encounter import Condition, Encounter
from service.domain.matching import index_rules, match
from service.domain.plan import EducationPlan, draft_plan, outline
from service.domain.selection import select
from service.fhir.bundle import to_bundle
from service.fhir.record import PlanRevision, newest
from service.packs.files import read_pack

__all__ = ["AT", "PACK", "PLAN", "ROOT", "SERVICE", "Json", "a_plan", "resources"]

Json = dict[str, Any]

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SERVICE = "https://education.example"
PACK = "lumbar-spinal-stenosis"
PLAN = "0190a000-0000-7000-8000-000000000001"


@cache  # reading a pack takes a second
def a_plan(code: str, system: str) -> EducationPlan:
    """The plan that an encounter with this condition gives."""
    pack = read_pack(ROOT / "content" / PACK)
    condition = Condition((Coding(system, code),), reference="Condition/back")
    encounter = Encounter(
        "Encounter/visit-1", "Patient/anna", (condition,), AT, practitioner="Practitioner/fys1"
    )
    found = match(encounter, index_rules([pack], {}))
    assert found is not None
    return draft_plan(PLAN, "demo", encounter, found, outline(select(pack, Edition.FULL, "da")), AT)


def resources(plan: EducationPlan) -> dict[str, Json]:
    """Return the resources of a plan by `Type/id`."""
    bundle = orjson.dumps(to_bundle(plan, service_url=SERVICE, caller="ehr"))
    versions = newest([PlanRevision(plan, bundle)])
    return {name: dict(version.resource) for name, version in versions.items()}
