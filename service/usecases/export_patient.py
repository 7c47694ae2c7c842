"""All that is kept about a patient, in one JSON document: as FHIR, and what is not FHIR."""

from collections.abc import Sequence

from service.domain.values import dataclass
from service.fhir.elements import JsonObject, instant
from service.fhir.record import newest
from service.usecases.delivering import Delivery, Outbox
from service.usecases.erase_patient import Patients
from service.usecases.ports import Audited, AuditEntry, Caller, Clock, StoredPlan, Transaction
from service.usecases.read_audit import event_of
from service.usecases.read_record import as_revisions

_PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportPatient:
    """The story with its parts. That it was handed out is in the audit trail, and in the export."""

    patients: Patients
    outbox: Outbox
    clock: Clock

    def __call__(self, patient: str, caller: Caller) -> JsonObject:
        """Return the document; its `fhir` is a Bundle of every resource, with the AuditEvents.

        `revisions` are all Bundles of every plan as they were answered; `drafts` is what
        clinicians typed and have not signed. What a clinician may have to withhold, such as
        notes about mood, is in it: a person decides before it is handed on.
        """
        with self.patients.writing(caller.tenant) as rows:
            told, now = rows.transaction, self.clock()
            told.audit(AuditEntry("patient.exported", "", patient, caller, now))
            found = rows.holding(patient)
            histories = [told.history(plan) for plan in found.plans]
            events = [event_of(row) for row in _trail(told, patient)]
            notices = list(rows.notices(patient))
            drafts = [each for plan in found.plans for each in rows.drafts(plan)]
        delivered = [
            each for plan in found.plans for each in self.outbox.of_plan(caller.tenant, plan)
        ]
        return {
            "patient": patient,
            "tenant": caller.tenant,
            "exported": instant(now),
            "rows": dict(found.rows),
            "fhir": _bundle(histories, events),
            "revisions": [_revisions(history) for history in histories],
            "deliveries": [_delivery(each) for each in delivered],
            "notices": notices,
            "drafts": drafts,
            "in_record": list(found.in_record),
        }


def _trail(transaction: Transaction, patient: str) -> list[Audited]:
    rows: list[Audited] = []
    while page := transaction.audit_of_patient(patient, rows[-1].id if rows else "", _PAGE):
        rows += page
    return rows


def _bundle(histories: Sequence[list[StoredPlan]], events: Sequence[JsonObject]) -> JsonObject:
    resources = [
        version.resource
        for history in histories
        for version in newest(as_revisions(history)).values()
    ]
    entries = [{"resource": each} for each in (*resources, *events)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _revisions(history: Sequence[StoredPlan]) -> JsonObject:
    return {
        "plan": history[-1].plan.id,
        "bundles": [stored.bundle.decode() for stored in history],
    }


def _delivery(delivery: Delivery) -> JsonObject:
    return {
        "plan": delivery.plan_id,
        "revision": delivery.revision,
        "state": delivery.state.value,
        "at": instant(delivery.at),
        "reason": delivery.reason,
        "places": [place.reference for place in delivery.receipt.places],
    }
