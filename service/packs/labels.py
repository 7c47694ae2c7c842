"""The fixed words of a handout, per language. Everything else on it is the pack's own."""

from service.domain.content import Edition, PackState

_DRAFT = {
    "da": "Kladde. Teksten er ikke godkendt af en kliniker.",
    "en": "Draft. Not approved by a clinician.",
}
_UNAPPROVED = frozenset({PackState.DRAFT, PackState.IN_REVIEW})

_LABELS = {
    "da": {
        "contents": "Indhold",
        "do": "Gør",
        "dont": "Pas på",
        "glossary": "Ord, der er forklaret",
        "questions": "Spørg din fysioterapeut",
        "version": "Version",
        "source": "Kilde",
        "licence": "Licens",
        Edition.FULL: "Hele teksten",
        Edition.PIXI: "Kort udgave (PIXI)",
    },
    "en": {
        "contents": "Contents",
        "do": "Do",
        "dont": "Take care",
        "glossary": "Words explained",
        "questions": "Ask your physiotherapist",
        "version": "Version",
        "source": "Source",
        "licence": "Licence",
        Edition.FULL: "Full text",
        Edition.PIXI: "Short edition (PIXI)",
    },
}

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ku", "ps", "ur"})


def labels(language: str) -> dict[str, str]:
    """The words in this language, in English where we have none."""
    found = _LABELS.get(_base(language), _LABELS["en"])
    return {str(name): words for name, words in found.items()}


def banner(state: PackState, language: str) -> str:
    """The warning on a text that is not approved, or "".

    Nothing here may depend on today's date: plans pin the bytes of a handout.
    """
    return _DRAFT.get(_base(language), _DRAFT["en"]) if state in _UNAPPROVED else ""


def direction(language: str) -> str:
    return "rtl" if _base(language) in _RIGHT_TO_LEFT else "ltr"


def _base(language: str) -> str:
    return language.split("-", 1)[0]
