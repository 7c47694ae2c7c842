"""The human text of a resource: small XHTML, every value escaped (FHIR R4 Narrative).

The narrative is the one thing every record shows, so it says all that matters, in the
language of the plan, and says "draft" wherever the content is not approved.
"""

from collections.abc import Iterable
from html import escape

JsonObject = dict[str, object]

_WORDS = {
    "da": {
        "draft": "Kladde: indholdet er ikke godkendt af en kliniker.",
        "plan": "Plan for patientuddannelse",
        "proposal": "Forslag: en kliniker skal bekræfte, at materialet passer.",
        "reason": "Grundlag",
        "topics": "Emner",
        "goals": "Forslag til mål (ikke aftalt)",
        "handouts": "Pjecer",
        "visits": "Besøg i forløbet",
        "content": "Indhold",
        "edition-full": "fuld udgave",
        "edition-pixi": "PIXI-udgave",
        "topic": "Planlagt emne",
        "objectives": "Patienten skal kunne",
        "goal": "Forslag til mål",
        "handout": "Pjece",
        "pdf": "PDF",
        "pdf-large": "PDF med stor skrift",
        "made": "Lavet af uddannelsesplan-tjenesten",
        "updated": "Ændret af uddannelsesplan-tjenesten",
        "device": "Uddannelsesplan-tjenesten",
        "expired": "Udløbet: indholdet skulle have været gennemgået igen.",
        "withdrawn": "Trukket tilbage: indholdet må ikke bruges mere.",
        "offered-goals": "Mål at vælge imellem",
        "catalogue": "Planen har alle materialets emner. Udgaven afgør, hvor meget der siges "
        "om hvert emne, og aldrig hvilke emner patienten får.",
        "physio": "Til fysioterapeuten",
        "teach-back": "Bed patienten sige det med egne ord",
        "observe": "Læg mærke til",
        "manifest": "Indholdsfortegnelse",
        "source-files": "Pakkens kildefiler",
        "exact": "Koder, som materialet passer til",
        "possible": "Koder, som materialet måske passer til; en kliniker skal bekræfte det",
        "never": "Koder, som materialet aldrig passer til",
        "barriers-met": "Imødekommet ved",
        "in-error": "Skrevet ved en fejl",
        "knowledge-of": "Viden om",
        "mood-and-strategies": "Humør og strategier",
        "job-situation": "Jobsituation",
        "next-agreement": "Næste aftale",
        "noticed": "Noteret",
        "note": "Note om patientuddannelse",
        "not-chosen": "Ikke valgt; planen er afsluttet.",
        "target": "Det skal vise, at målet er nået",
        "step": "Trin på stigen",
        "own-goal": "Patientens mål",
        "due": "Senest",
        "steps": "Trin",
        "agreed-goals": "Patientens mål",
        "next": "Næste skridt",
        "ended": "Planen er afsluttet",
        "void": "Planen er lavet ved en fejl",
        "said-of-topics": "Hvad der er sket",
        "given": "Udleveret",
        "there-until": "tilgængelig til og med",
        "opened": "åbnet",
        "says-read": "patienten siger: læst",
        "taken-back": "trukket tilbage",
        "question": "Patientens spørgsmål til næste besøg",
        "talked-about": "Talt om",
        "question-taken-back": "Patienten tog spørgsmålet tilbage.",
    },
    "en": {
        "draft": "Draft: the content is not approved by a clinician.",
        "plan": "Patient education plan",
        "proposal": "Proposal: a clinician is to confirm that the material applies.",
        "reason": "Reason",
        "topics": "Topics",
        "goals": "Suggested goals (not agreed)",
        "handouts": "Handouts",
        "visits": "Visits of the course",
        "content": "Content",
        "edition-full": "full edition",
        "edition-pixi": "PIXI (short) edition",
        "topic": "Planned topic",
        "objectives": "The patient should be able to",
        "goal": "Suggested goal",
        "handout": "Handout",
        "pdf": "PDF",
        "pdf-large": "PDF in large type",
        "made": "Made by the education plan service",
        "updated": "Changed by the education plan service",
        "device": "Education plan service",
        "expired": "Expired: the content should have been reviewed again.",
        "withdrawn": "Withdrawn: the content is not to be used any more.",
        "offered-goals": "Goals to choose from",
        "catalogue": "The plan has every topic of the material. The edition decides how much is "
        "said of each topic, and never which topics a patient gets.",
        "physio": "For the physiotherapist",
        "teach-back": "Ask the patient to say it in their own words",
        "observe": "Notice",
        "manifest": "Table of contents",
        "source-files": "The source files of the pack",
        "exact": "Codes that the material applies to",
        "possible": "Codes that the material may apply to; a clinician is to confirm it",
        "never": "Codes that the material never applies to",
        "barriers-met": "Met by",
        "in-error": "Entered in error",
        "knowledge-of": "Knowledge of",
        "mood-and-strategies": "Mood and strategies",
        "job-situation": "Job situation",
        "next-agreement": "Next agreement",
        "noticed": "Noted",
        "note": "Note on patient education",
        "not-chosen": "Not chosen; the plan has ended.",
        "target": "What will show that the goal is reached",
        "step": "Step of the ladder",
        "own-goal": "The patient's goal",
        "due": "By",
        "steps": "Steps",
        "agreed-goals": "The patient's goals",
        "next": "Next step",
        "ended": "The plan has ended",
        "void": "The plan was made in error",
        "said-of-topics": "What has happened",
        "given": "Given",
        "there-until": "there until",
        "opened": "opened",
        "says-read": "the patient says: read",
        "taken-back": "taken back",
        "question": "The patient's question for the next visit",
        "talked-about": "Talked about",
        "question-taken-back": "The patient took the question back.",
    },
}


def word(language: str, name: str) -> str:
    """A fixed word of ours in this language; Danish where the language is not ours."""
    return _WORDS.get(language, _WORDS["da"])[name]


def narrative(language: str, *blocks: str) -> JsonObject:
    """Return the `text` element of a resource from blocks that are XHTML already."""
    opening = f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">'
    return {"status": "generated", "div": f"{opening}{''.join(blocks)}</div>"}


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def bold(text: str) -> str:
    return f"<p><b>{escape(text)}</b></p>"


def listed(heading: str, items: Iterable[str]) -> str:
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<p>{escape(heading)}:</p><ul>{rows}</ul>" if rows else ""
