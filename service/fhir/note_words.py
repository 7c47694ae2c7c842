"""The words of the note: short, as a physiotherapist would write them in a record."""

from enum import StrEnum

from service.domain.goal import GoalState, Progress
from service.domain.teaching import (
    Barrier,
    JobSituation,
    Learner,
    Method,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Reason,
    Understanding,
)

Words = dict[str, tuple[str, str]]  # the code, then Danish and English

_NAMES: Words = {
    "education": ("Patientuddannelse", "Patient education"),
    "draft": ("Materialet er en kladde", "The material is a draft"),
    "minutes": ("ca. {} min", "about {} min"),
    "interpreter": ("tolk til stede", "interpreter present"),
    "taught": ("Gennemgået i dag", "Covered today"),
    "repeated": ("Taget op igen", "Taken up again"),
    "deferred": ("Udsat", "Postponed"),
    "declined": ("Ønsket ikke", "Declined"),
    "not-relevant": ("Ikke relevant", "Not relevant"),
    "nothing": ("Ingen undervisning i dag", "No teaching today"),
    "understanding": ("Forståelse", "Understanding"),
    "readiness": ("Parathed", "Readiness"),
    "barriers": ("Barrierer", "Barriers"),
    "met": ("imødekommet ved", "met by"),
    "mood": ("Humør og strategier", "Mood and strategies"),
    "work": ("Arbejde", "Work"),
    "agreement": ("næste aftale", "next agreement"),
    "goal": ("Mål (patientens ord)", "Goal (patient's words)"),
    "by": ("senest {}", "by {}"),
    "step-reached": ("trin nået", "step reached"),
    "remark": ("Bemærkning", "Remark"),
    "next": ("Næste", "Next"),
    "edition-full": ("fuld", "full"),
    "edition-pixi": ("PIXI", "PIXI"),
    "S": ("S", "S"),
    "O": ("O", "O"),
    "A": ("A", "A"),
    "P": ("P", "P"),
    "corrected": ("Rettet bagefter", "Corrected later"),
    "error": ("Det var en fejl", "It was an error"),
    "instead": ("I stedet", "Instead"),
    "again": ("Skal tages op igen", "To be taken up again"),
}

_CODES: dict[type[StrEnum], Words] = {
    Learner: {
        "patient": ("patient", "patient"),
        "relative": ("pårørende", "relative"),
        "other": ("anden person", "another person"),
    },
    Method: {
        "talk": ("samtale", "talk"),
        "demonstration": ("demonstration", "demonstration"),
        "practice": ("øvelse", "practice"),
        "leaflet": ("pjece", "leaflet"),
        "video": ("video", "video"),
        "group": ("gruppe", "group"),
        "phone": ("telefon", "phone"),
        "video-visit": ("videokonsultation", "video visit"),
    },
    Readiness: {
        "eager": ("motiveret", "eager"),
        "accepting": ("tager imod", "accepting"),
        "reluctant": ("tøvende", "reluctant"),
        "refusing": ("afvisende", "refusing"),
    },
    Barrier: {
        "none": ("ingen oplyst", "none told of"),
        "language": ("sprog", "language"),
        "hearing": ("hørelse", "hearing"),
        "sight": ("syn", "sight"),
        "reading": ("læsning", "reading"),
        "memory": ("hukommelse", "memory"),
        "pain": ("smerter lige nu", "pain at the moment"),
        "worry": ("bekymring", "worry"),
        "other": ("andet", "other"),
    },
    MoodCue: {
        "hopeless-words": ("håbløse ord", "hopeless words"),
        "fear": ("frygt", "fear"),
        "avoidance": ("undgår aktivitet", "avoids activity"),
        "own-strategies": ("egne strategier", "own strategies"),
        "family": ("familien har betydning", "family matters"),
        "work": ("arbejdet har betydning", "work matters"),
    },
    JobSituation: {
        "working": ("i arbejde", "working"),
        "part-time-sick": ("delvist sygemeldt", "part-time on sick leave"),
        "sick": ("sygemeldt", "on sick leave"),
        "not-working": ("uden arbejde", "not working"),
        "retired": ("på pension", "retired"),
    },
    NextStep: {
        "follow-up": ("følges op ved næste besøg", "follow up at the next visit"),
        "workplace-video": ("video om arbejdspladsen", "video about the workplace"),
        "send-leaflet": ("pjece sendes", "leaflet to be sent"),
        "contact-gp": ("egen læge kontaktes", "the GP is to be contacted"),
        "close": ("forløbet afsluttes", "the course is closed"),
    },
    Understanding: {
        "understood": ("forklarer med egne ord", "explains in own words"),
        "understood-with-help": ("forklarer med hjælp", "explains with help"),
        "partial": ("forklarer noget, tages op igen", "explains some, to be taken up again"),
        "not-understood": ("tages op igen", "to be taken up again"),
        "not-assessed": ("ikke afprøvet", "not checked"),
    },
    Reason: {
        "already-known": ("kender det i forvejen", "knows it already"),
        "no-time": ("manglende tid", "no time"),
        "language-barrier": ("sprogbarriere", "language barrier"),
        "patient-unwell": ("patienten havde det ikke godt", "the patient was unwell"),
    },
    Outcome: {
        "taught": ("gennemgået", "taught"),
        "repeated": ("gentaget", "repeated"),
        "deferred": ("udsat", "postponed"),
        "declined": ("ønskede det ikke", "declined"),
        "not-relevant": ("ikke relevant", "not relevant"),
    },
    GoalState: {
        "proposed": ("foreslået", "proposed"),
        "active": ("aftalt", "agreed"),
        "achieved": ("nået", "reached"),
        "not-achieved": ("ikke nået", "not reached"),
        "cancelled": ("opgivet", "given up"),
        "entered-in-error": ("fejl", "error"),
    },
    Progress: {
        "in-progress": ("i gang", "under way"),
        "improving": ("går fremad", "improving"),
        "no-change": ("uændret", "no change"),
        "worsening": ("går tilbage", "worsening"),
    },
}


def name(language: str, key: str) -> str:
    """A fixed word of the note; Danish where the language is not ours."""
    return _NAMES[key][language == "en"]


def quoted(language: str, text: str) -> str:
    """The patient's words in the quotation marks of the language."""
    return f"“{text}”" if language == "en" else f"”{text}”"


def said(language: str, code: StrEnum) -> str:
    """What a code says in the note."""
    return _CODES[type(code)][code.value][language == "en"]
