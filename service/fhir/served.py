"""The resource types of the façade. Small, because the guard needs it before any of the rest."""

# Those that belong to a patient: parts of a plan.
OF_PATIENTS = ("CarePlan", "ServiceRequest", "Communication", "Goal", "Observation", "Provenance")
# The service's own, the same for everybody of a clinic.
KNOWLEDGE = (
    "DocumentReference",
    "Binary",
    "PlanDefinition",
    "ActivityDefinition",
    "Library",
    "Questionnaire",
)
# Of a patient's documents only the clinician's notes are here: found by naming the patient.
ONLY_KNOWLEDGE = tuple(each for each in KNOWLEDGE if each != "DocumentReference")
SERVED = (*OF_PATIENTS, "AuditEvent", *KNOWLEDGE)
