"""A pack's words in the language of a resource, and beside them in its other languages.

R4 says the other languages by its own extension `translation`, on the primitive itself
(https://hl7.org/fhir/R4/extension-translation.html).
"""

from collections.abc import Callable

from service.domain.content import Pack, Text
from service.fhir.elements import JsonObject
from service.fhir.narrative import word

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def main_language(pack: Pack) -> str:
    """The language of a pack's definitions: Danish, or the pack's first without Danish."""
    return "da" if "da" in pack.languages else pack.languages[0]


def in_each_language(pack: Pack, words: Callable[[str], str]) -> Text:
    """What `words` gives for each language of the pack, but where it gives "" for it."""
    said = {language: words(language) for language in pack.languages}
    return Text({language: text for language, text in said.items() if text})


def our_words(pack: Pack, name: str) -> Text:
    """A fixed word of ours in those languages of the pack that we write ourselves."""
    ours = [language for language in ("da", "en") if language in pack.languages]
    return Text({language: word(language, name) for language in ours or ["da"]})


def string(element: str, text: Text, language: str) -> JsonObject:
    """Return `element` in this language and `_element` with the others; {} without words."""
    return _primitive(element, text, language, "valueString")


def markdown(element: str, text: Text, language: str) -> JsonObject:
    """The same for an element whose type is markdown."""
    return _primitive(element, text, language, "valueMarkdown")


def _primitive(element: str, text: Text, language: str, value: str) -> JsonObject:
    if not any(text.by_language.values()):
        return {}
    words: JsonObject = {element: text.in_language(language)}
    others = [
        _translation(other, said, value)
        for other, said in text.by_language.items()
        if other != language and said
    ]
    return words | ({f"_{element}": {"extension": others}} if others else {})


def _translation(language: str, words: str, value: str) -> JsonObject:
    return {
        "url": TRANSLATION,
        "extension": [
            {"url": "lang", "valueCode": language},
            {"url": "content", value: words},
        ],
    }
