"""What stands on cards, Danish and English: what there is, never what somebody should do."""

from service.domain.teaching import Outcome, Reason
from service.fhir import urls

_WORDS = {
    "source": ("Uddannelsesplan-tjenesten", "Education plan service"),
    "offer": ("Materiale til patientuddannelse: {}", "Material for patient education: {}"),
    "possible": (
        "Koden kan dække {}; en kliniker afgør, om materialet passer",
        "The code may cover {}; a clinician decides whether the material fits",
    ),
    "open": (
        "Plan for patientuddannelse: {} af {} emner er ikke afsluttet",
        "Patient education plan: {} of {} topics are still open",
    ),
    "open-topics": ("Ikke afsluttet", "Still open"),
    "topics": ("Emner i materialet", "Topics in the material"),
    "version": ("Materialets version", "Version of the material"),
    "suggestion": (
        "Opret en kladde til uddannelsesplan i journalen",
        "Create a draft education plan in the record",
    ),
    "create": (
        "Opretter en CarePlan som kladde med alle materialets emner",
        "Creates a CarePlan as a draft with all topics of the material",
    ),
    "link": ("Åbn uddannelsesplanen", "Open the education plan"),
}
PATIENT_OBJECTION = "patient-objection"  # HL7 communication-not-done-reason
# Why a card is set aside: the words of the code systems that teaching is documented in.
OVERRIDE_REASONS = {
    (urls.NOT_DONE_REASON, Reason.ALREADY_KNOWN.value): ("Kendt i forvejen", "Already known"),
    (urls.NOT_DONE, PATIENT_OBJECTION): ("Patienten ønsker det ikke", "The patient declines"),
    (urls.NOT_DONE_REASON, Outcome.NOT_RELEVANT.value): (
        "Ikke relevant",
        "Not relevant for this patient",
    ),
    (urls.NOT_DONE_REASON, Outcome.DEFERRED.value): ("Udsat", "Deferred to a later visit"),
    (urls.NOT_DONE_REASON, Reason.NO_TIME.value): ("Ikke tid", "Not enough time"),
}


def card_word(language: str, name: str) -> str:
    """The words in this language; Danish for one that cards are not written in."""
    return _WORDS[name][language == "en"]


def override_reasons(language: str) -> list[dict[str, str]]:
    """The reasons as codings of CDS Hooks."""
    return [
        {"system": system, "code": code, "display": words[language == "en"]}
        for (system, code), words in OVERRIDE_REASONS.items()
    ]
