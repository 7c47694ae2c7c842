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
        "made": "Lavet af uddannelsesplan-tjenesten",
        "updated": "Ændret af uddannelsesplan-tjenesten",
        "device": "Uddannelsesplan-tjenesten",
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
        "made": "Made by the education plan service",
        "updated": "Changed by the education plan service",
        "device": "Education plan service",
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
