"""One visit told over REST, in which everything there is to say is said."""

from typing import Any

TOPICS = [
    {"id": "knowledge", "outcome": "taught", "understanding": "understood-with-help"},
    {"id": "prognosis", "outcome": "taught", "understanding": "not-understood", "note": "Hvorfor?"},
    {"id": "self-management", "outcome": "deferred", "reason": "no-time"},
    {"id": "work", "outcome": "declined", "note": "Er på pension"},
]


def the_whole_visit(**more: Any) -> dict[str, Any]:
    return {
        "topics": TOPICS,
        "edition": "pixi",
        "learners": ["patient", "relative"],
        "interpreter": True,
        "readiness": "accepting",
        "methods": ["talk", "practice"],
        "barriers": ["hearing"],
        "barriers_met": "Talte langsomt",
        "minutes": 15,
        "mood": {"cues": ["fear"], "text": "Utryg på trapper"},
        "job": {"situation": "sick", "next_agreement": "Møde 1.12.", "text": "Vil gerne tilbage"},
        "next_step": "follow-up",
        "text": "Kom til tiden",
        "goals": [
            {
                "text": "gå til bageren og hjem",
                "topics": ["self-management"],
                "target": "400 m",
                "due": "2027-01-15",
                "steps": [{"text": "til hjørnet", "due": "2026-12-01"}],
            }
        ],
    } | more


AGAIN = {
    "topic": "prognosis",
    "outcome": "repeated",
    "understanding": "understood",
    "methods": ["talk"],
}
# What is told later: what was understood, how a goal goes, an error, the end. Path and body.
AFTERWARDS = (
    ("teachings", AGAIN),
    ("goals", {"text": "cykle igen"}),
    ("corrections", {"entry": "teaching", "id": "2", "reason": "Tastefejl"}),
    ("close", {"reason": "Flyttet"}),
)
