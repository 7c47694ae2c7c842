"""Words that must not stand in a pack, as patterns. Pure; Danish and English.

The intended purpose keeps the service a catalogue: it never recommends to one person and
never speaks of a person's risk (mission, "Intended purpose").
"""

import re

_UNFINISHED = re.compile(r"\b(?:todo|tbd|fixme|xxx+|lorem ipsum)\b", re.IGNORECASE)
_BROKEN_OFF = re.compile(r"(?:…|\.\.\.)\s*[.?!]?\s*$")
_LETTER = re.compile(r"[^\W_]")

_OUT_OF_PURPOSE = re.compile(
    r"\b(?:"
    r"anbefales (?:til|for) (?:dig|patienten|denne patient)|anbefalet (?:til|for) (?:dig|patienten)"
    r"|vi anbefaler dig|passer bedst til dig|(?:din|deres|patientens|høj|lav|øget) risiko"
    r"|(?:risiko|risikoen) for|risiko(?:score|vurdering|gruppe)\w*"
    r"|recommended (?:for|to) (?:you|your|this patient|the patient)|we recommend (?:you|that you)"
    r"|best for you|(?:your|their|high|low|increased) risk|(?:risk|risks) (?:of|for)|at risk"
    r"|risk (?:score|group|assessment)s?"
    r")\b",
    re.IGNORECASE,
)

# Danish and English yes/no questions begin with the verb.
_CLOSED_START = {
    "da": "er var har havde kan kunne vil ville skal skulle må måtte bør burde tør gør ved tror "
    "forstår føler synes husker kender bliver får går tager mærker træner sover giver "
    "mener ønsker bruger laver oplever behøver",
    "en": "am is are was were do does did has have had can could will would shall should may "
    "might must don't doesn't isn't aren't",
}
_CLOSED = {language: frozenset(words.split()) for language, words in _CLOSED_START.items()}
_QUESTION = re.compile(r"[^.!?]+\?")
_FIRST_WORD = re.compile(r"[\w'’]+")

_PATIENT_ADDRESSED = {
    "da": re.compile(r"\b(?:du|dig|din|dit|dine)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE),
}


_NEGATED = {
    "da": re.compile(r"\b(?:ikke|aldrig|undgå|lad være|hverken|ingen|intet)\b", re.IGNORECASE),
    "en": re.compile(r"\b(?:not|never|avoid|don['’]t|no)\b", re.IGNORECASE),
}


def unfinished(text: str) -> str:
    """The part that shows the text is not written yet, or ""."""
    found = _UNFINISHED.search(text)
    if found:
        return str(found[0])
    return "" if _LETTER.search(text) else text.strip() or "nothing"


def breaks_off(text: str) -> bool:
    """True for a sentence that ends in dots."""
    return _BROKEN_OFF.search(text) is not None


def out_of_purpose(text: str) -> str:
    """The words by which the text would leave the intended purpose, or ""."""
    found = _OUT_OF_PURPOSE.search(text)
    return str(found[0]) if found else ""


def closed_question(text: str, language: str) -> str:
    """The first question that can be answered with yes or no, or "". A guess by first word."""
    for question in (found[0].strip() for found in _QUESTION.finditer(text)):
        first = _FIRST_WORD.search(question)
        if first and first[0].lower().replace("’", "'") in _CLOSED.get(language, ()):
            return str(question)
    return ""


def says_not(text: str, language: str) -> bool:
    """False for a text without a word such as "not"; True in a language we cannot judge."""
    pattern = _NEGATED.get(language)
    return pattern is None or pattern.search(text) is not None


def addresses_patient(text: str, language: str) -> str:
    """The word that speaks to the reader as "you", or ""."""
    pattern = _PATIENT_ADDRESSED.get(language)
    found = pattern.search(text) if pattern else None
    return str(found[0]) if found else ""
