"""The authorization matrix: who gets what at which address, as data.

A cell says what the caller gets: `2` an answer that tells of the patient's plan, `F` one that
does not, `1` 401, `3` 403, `4` 404 and the same as of what never was, `0` 400 or 422.

Last stands what the audit trail says of it, with R4's letter of the AuditEvent: whoever is let in
leaves one row of it, `-` is for what tells of no patient.

Pages open
with a cookie instead: page_authorization.py.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.fhir.urls import BASE
from tests.conftest import FHIR, JSON
from tests.posted import a_visit, an_encounter
from tests.web.hooks import VIEW, a_call

ROLES = {
    "anon": "nobody",
    "sysA": "the record of the patient's clinic",
    "sys0": "that record, with a scope for something else",
    "sysB": "the record of another clinic, which has the same ids",
    "D1": "a clinician of the clinic",
    "D2": "a clinician of the other clinic",
    "P1": "the patient",
    "P2": "another patient of the clinic",
    "G1": "another person, let in as the patient",
    "PB": "the patient of the other clinic who has the same id",
    "adm": "who looks after the service",
    "dpo": "who looks after the audit trail",
    "mon": "who watches over the service",
    "cds": "a CDS client of the clinic, with a call signed for the address",
}

# The columns are ROLES in their order; then the method, and the address.
MATRIX = """
123F3333333331 POST /api/v1/encounters plan.same/R
123F2F2F2F3331 GET /api/v1/plans?patient={patient} plan.search/R
12342424243331 GET /api/v1/plans/{plan} plan.read/R
13332433333331 POST /api/v1/plans/{plan}/confirm plan.read/R
13332433333331 POST /api/v1/plans/{plan}/teachings plan.taught/U
13332433333331 POST /api/v1/plans/{plan}/goals plan.goal-agreed/U
13332433333331 PATCH /api/v1/plans/{plan}/goals/walk plan.goal-changed/U
13332433333331 POST /api/v1/plans/{plan}/corrections plan.corrected/U
13332433333331 POST /api/v1/plans/{plan}/close plan.closed/U
1F34F433333331 GET /api/v1/plans/{plan}/note plan.read/R
1F34F4F4F43331 GET /api/v1/plans/{plan}/deliveries plan.deliveries/R
1F34F433333331 POST /api/v1/plans/{plan}/deliveries/replay plan.replay/E
13332433333331 POST /api/v1/plans/{plan}/handouts/knowledge/assignments plan.read/R
13332424243331 POST /api/v1/plans/{plan}/handouts/knowledge/receipts plan.handout-read/U
1F3FFFFFFFF331 GET /api/v1/packs -
1F3FFFFFFFF331 GET /api/v1/packs/lumbar-spinal-stenosis -
1F3FFFFFFFF331 GET /api/v1/packs/lumbar-spinal-stenosis/handouts/knowledge.html -
14344444444331 GET /api/v1/packs/lumbar-spinal-stenosis/handouts/knowledge.pdf -
1F3FFFFFFFF331 GET /api/v1/packs/lumbar-spinal-stenosis/handouts/knowledge.txt -
12342424243331 GET /fhir/CarePlan/{plan} fhir.read/R
12342424243331 GET /fhir/CarePlan/{plan}/_history fhir.history/R
12342424243331 GET /fhir/CarePlan/{plan}/_history/1 fhir.vread/R
123F2F2F2F3331 GET /fhir/CarePlan?patient={patient} fhir.search/R
123F2F2F2F3331 POST /fhir/CarePlan/_search fhir.search/R
123F2F2F2F3331 GET /fhir/CarePlan?_include=CarePlan:activity-reference&patient={patient} fhir.search/R
10300000003331 GET /fhir/CarePlan?patient.name=anna -
123F2F2F2F3331 GET /fhir/Provenance?patient={patient} fhir.search/R
13333333333231 GET /fhir/AuditEvent?patient={patient} fhir.search/R
1F3FFFFFFFF331 GET /fhir/PlanDefinition/lumbar-spinal-stenosis -
123F2F232F2331 GET /fhir/PlanDefinition/lumbar-spinal-stenosis/$apply?subject=Patient/{patient} definition.apply/E
123F2F232F2331 POST /fhir/PlanDefinition/lumbar-spinal-stenosis/$apply definition.apply/E
123F2F232F2331 GET /fhir/PlanDefinition/$apply?planDefinition={definition}&subject={patient} definition.apply/E
123F2F232F2331 POST /fhir/PlanDefinition/$apply definition.apply/E
1F3FFFF3FFF331 GET /fhir/ActivityDefinition/lumbar-spinal-stenosis-work/$apply?subject={patient} definition.apply/E
1F3FFFF3FF3331 POST /fhir/$propose plan.propose/E
1F3FFFFFFF3331 POST /fhir/CarePlan/$validate -
1F3F3333333331 POST /hooks/encounter -
1F3F3333333331 PUT /hooks/encounter/Encounter/e9 -
FFFFFFFFFFFFFF GET /cds-services -
FFFFFFFFFFFFFF OPTIONS /cds-services -
FFFFFFFFFFFFFF OPTIONS /cds-services/education-plan-patient-view -
FFFFFFFFFFFFFF OPTIONS /cds-services/education-plan-patient-view/feedback -
1111111111111F POST /cds-services/education-plan-patient-view plan.propose/E
1111111111111F POST /cds-services/education-plan-patient-view/feedback -
133333333333F1 GET /cds-services/education-plan-patient-view/feedback -
1F3FFFFFFFF331 GET /infobutton?mainSearchCriteria.v.c=18347007 -
1F3FFFFFFFF331 POST /infobutton -
133333333333F1 GET /metrics -
FFFFFFFFFFFFFF GET /health/live -
FFFFFFFFFFFFFF GET /health/ready -
FFFFFFFFFFFFFF GET /fhir/metadata -
FFFFFFFFFFFFFF GET /openapi.json -
"""


def _visit(world: Any) -> dict[str, Any]:
    return a_visit(world.patient, f"e-{world.patient}")


def _applied(world: Any) -> dict[str, Any]:
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "subject", "valueString": f"Patient/{world.patient}"}],
    }


def _applied_by_name(world: Any) -> dict[str, Any]:
    named = {"name": "planDefinition", "valueString": DEFINITION}
    told = _applied(world)
    return told | {"parameter": [*told["parameter"], named]}


DEFINITION = f"{BASE}/PlanDefinition/lumbar-spinal-stenosis"
FORM = "application/x-www-form-urlencoded"
PLAN = "/api/v1/plans/{plan}"

ANSWERED = {
    "feedback": [
        {
            "card": "b6a2c6de-4a0a-4a62-8a2c-1f6d4c3f2d11",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-23T10:00:00Z",
        }
    ]
}

# What is sent along, with its type; a function is given the world.
BODIES = {
    "POST /api/v1/encounters": (FHIR, _visit),
    "POST /fhir/$propose": (FHIR, _visit),
    f"POST {PLAN}/teachings": (JSON, {"topic": "work", "outcome": "deferred", "reason": "no-time"}),
    f"POST {PLAN}/goals": (JSON, {"text": "Gå til bageren"}),
    f"PATCH {PLAN}/goals/walk": (JSON, {"agreed": True}),
    f"POST {PLAN}/corrections": (JSON, {"entry": "plan", "reason": "Forkert patient"}),
    f"POST {PLAN}/close": (JSON, {"reason": "completed"}),
    f"POST {PLAN}/handouts/knowledge/assignments": (JSON, {}),
    f"POST {PLAN}/handouts/knowledge/receipts": (JSON, {}),
    "POST /fhir/PlanDefinition/lumbar-spinal-stenosis/$apply": (FHIR, _applied),
    "POST /fhir/PlanDefinition/$apply": (FHIR, _applied_by_name),
    "POST /fhir/CarePlan/_search": (FORM, lambda world: f"patient={world.patient}"),
    "POST /fhir/CarePlan/$validate": (FHIR, {"resourceType": "CarePlan"}),
    "PUT /hooks/encounter/Encounter/e9": (FHIR, an_encounter(id="e9")),
    "POST /cds-services/education-plan-patient-view": (JSON, a_call(VIEW)),
    "POST /cds-services/education-plan-patient-view/feedback": (JSON, ANSWERED),
    "POST /infobutton": (FORM, lambda _world: "mainSearchCriteria.v.c=18347007"),
}


@dataclass(frozen=True)
class Row:
    """One address with one method: the cell of each who asks, and what is audited of it."""

    method: str
    path: str
    cells: dict[str, str]
    told: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def act(self) -> str:
        """What stands in the trail; "" for nothing."""
        return self.told.partition("/")[0].strip("-")

    @property
    def letter(self) -> str:
        """The action of its AuditEvent."""
        return self.told.partition("/")[2]

    @property
    def somewhere(self) -> str:
        """The address with something in every place, and without what is asked."""
        path = "/infobutton/handouts/x.html" if self.path == "{link}" else self.path
        return re.sub("{entry}", "1", re.sub("{(?!entry)[a-z]+}", "x", path)).partition("?")[0]


def read_rows(matrix: str, columns: Iterable[str]) -> list[Row]:
    split = (line.split() for line in matrix.strip().splitlines())
    return [
        Row(method, path, dict(zip(columns, cells, strict=True)), told)
        for cells, method, path, told in split
    ]


def rows() -> list[Row]:
    return read_rows(MATRIX, ROLES)


def routes(anon: str, cds: str | None = None) -> list[tuple[str, str]]:
    """The routes at which nobody gets this answer (and a CDS client that), of no plan there is."""
    return [
        (row.method, row.path.format(plan="x", patient="p1", definition=DEFINITION))
        for row in rows()
        if row.cells["anon"] == anon and cds in (None, row.cells["cds"])
    ]
