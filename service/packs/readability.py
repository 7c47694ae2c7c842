"""How hard a text is to read: LIX for Danish, ARI for English. Pure arithmetic.

Sources: C. H. Björnsson, "Läsbarhet" (1968): LIX = words per sentence + per cent of words
of seven letters or more. Smith and Senter, AMRL-TR-66-220 (1967): ARI, a US school grade.
Both are only a hint on short texts; the limits are those of content/README.md.
"""

import re
from collections.abc import Iterable

from service.domain.content import Audience
from service.domain.values import dataclass

LONG_WORD = 7

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|<https?://[^>]*>")
_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
_SENTENCE_END = re.compile(r"[.!?]+[)\]\"”»’*_]*(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Limits:
    """`aim` is what authors try for, above `most` the text is refused."""

    index: str
    aim: float
    most: float


@dataclass(frozen=True, slots=True)
class Readability:
    index: str
    score: float
    words: int
    sentences: int


_LIMITS = {
    ("da", Audience.PATIENT): Limits("LIX", 30, 35),
    ("da", Audience.PHYSIO): Limits("LIX", 45, 45),
    ("en", Audience.PATIENT): Limits("ARI", 6, 8),
    ("en", Audience.PHYSIO): Limits("ARI", 14, 14),
}


def limits(language: str, audience: Audience) -> Limits | None:
    """The limits for this reader, or None for a language without a measure."""
    return _LIMITS.get((language, audience))


def measure(texts: Iterable[str], language: str) -> Readability:
    """Measure the texts together; a sentence ends at `.`, `!`, `?` or with its text.

    English is measured by ARI, every other language by LIX. Links count by their words.
    """
    sentences = [words for text in texts for words in _sentences(text) if words]
    words = [word for sentence in sentences for word in sentence]
    index = "ARI" if language == "en" else "LIX"
    if not words:
        return Readability(index, 0.0, 0, 0)
    score = (_ari if index == "ARI" else _lix)(words, len(sentences))
    return Readability(index, round(score, 1), len(words), len(sentences))


def plain(text: str) -> str:
    """The words of a Markdown line as a reader sees them."""
    return _LINK.sub(lambda link: link[1] or "", text).replace("**", "").replace("*", "")


def _sentences(text: str) -> list[list[str]]:
    return [_WORD.findall(part) for part in _SENTENCE_END.split(plain(text))]


def _lix(words: list[str], sentences: int) -> float:
    long_words = sum(_letters(word) >= LONG_WORD for word in words)
    return len(words) / sentences + 100 * long_words / len(words)


def _ari(words: list[str], sentences: int) -> float:
    signs = sum(sum(map(str.isalnum, word)) for word in words)
    return 4.71 * signs / len(words) + 0.5 * len(words) / sentences - 21.43


def _letters(word: str) -> int:
    return sum(map(str.isalpha, word))
