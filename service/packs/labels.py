"""The fixed words of a handout, per language. Everything else on it is the pack's own.

A language that has no row here gets the English words, marked as English.
"""

from collections.abc import Mapping
from datetime import date

from babel import Locale
from babel.dates import format_date

FALLBACK = "en"

_LABELS = {
    "da": {
        "draft": "Kladde. Teksten er ikke godkendt af en kliniker.",
        "draft-short": "Kladde, ikke godkendt",
        "other-language": "Pjecen findes ikke på det sprog, du bad om. Du får den på {source}.",
        "not-translated": "Dette afsnit er ikke oversat endnu.",
        "stale": "Teksten på {source} er ændret, efter at dette afsnit blev oversat.",
        "minutes": "min. læsning",
        "summary": "Kort fortalt",
        "contents": "Indhold",
        "do": "Gør",
        "dont": "Lad være",
        "urgent": "Haster",
        "glossary": "Ord, der er forklaret",
        "questions": "Spørg din fysioterapeut",
        "own-questions": "Dine egne spørgsmål",
        "clinic": "Din klinik",
        "phone": "Telefon",
        "about": "Om denne pjece",
        "made": "Lavet af",
        "written": "Skrevet af",
        "reviewed": "Gennemgået af en kliniker",
        "not-reviewed": "Nej, ikke endnu",
        "language-reviewed": "Sproget er gennemgået af",
        "next-review": "Gennemgås igen senest",
        "edition": "Udgave",
        "full": "Hele teksten",
        "pixi": "Kort udgave (PIXI)",
        "version": "Version",
        "translated": "Oversættelse",
        "current": "Fra {source}, ikke godkendt endnu",
        "unchecked": "Fra {source}, ikke godkendt endnu",
        "approved": "Fra {source}, godkendt",
        "source": "Kilde",
        "licence": "Licens",
        "page": "Side",
        "of": "af",
    },
    "en": {
        "draft": "Draft. Not approved by a clinician.",
        "draft-short": "Draft, not approved",
        "other-language": "This leaflet is not in the language you asked for. "
        "It is shown in {source}.",
        "not-translated": "This section is not translated yet.",
        "stale": "The {source} text was changed after this section was translated.",
        "minutes": "min. to read",
        "summary": "In short",
        "contents": "Contents",
        "do": "Do",
        "dont": "Do not",
        "urgent": "Urgent",
        "glossary": "Words explained",
        "questions": "Ask your physiotherapist",
        "own-questions": "Your own questions",
        "clinic": "Your clinic",
        "phone": "Phone",
        "about": "About this leaflet",
        "made": "Made by",
        "written": "Written by",
        "reviewed": "Reviewed by a clinician",
        "not-reviewed": "No, not yet",
        "language-reviewed": "Language reviewed by",
        "next-review": "To be reviewed again by",
        "edition": "Edition",
        "full": "Full text",
        "pixi": "Short edition (PIXI)",
        "version": "Version",
        "translated": "Translation",
        "current": "From {source}, not approved yet",
        "unchecked": "From {source}, not approved yet",
        "approved": "From {source}, approved",
        "source": "Source",
        "licence": "Licence",
        "page": "Page",
        "of": "of",
    },
}

_DATES = {"da": "da", "en": "en_GB"}
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ku", "ps", "ur"})


def labels(language: str, source: str = "da") -> tuple[str, Mapping[str, str]]:
    """The words for a page in this language, and the language that they are in.

    `source` is the language that the pack is written in first; the words name it.
    """
    found = _base(language) if _base(language) in _LABELS else FALLBACK
    named = Locale.parse(found).languages.get(_base(source), source)
    return found, {name: words.format(source=named) for name, words in _LABELS[found].items()}


def languages() -> tuple[str, ...]:
    """The languages that have words here."""
    return tuple(_LABELS)


def direction(language: str) -> str:
    """`rtl` for a language that is written from right to left, else `ltr`."""
    return "rtl" if _base(language) in _RIGHT_TO_LEFT else "ltr"


def spelled(day: date, language: str) -> str:
    """The day as a language that has words here writes it, such as 23. november 2026."""
    return str(format_date(day, "long", locale=_DATES[language]))


def _base(language: str) -> str:
    return language.partition("-")[0]
