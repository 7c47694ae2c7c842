"""Notes in a pack that translations were made of the source text as it is now.

Writes translations.yaml, which nobody writes by hand.
"""

from collections.abc import Collection
from pathlib import Path

from service.domain.errors import ContentError
from service.packs.problems import Report
from service.packs.sources import TRANSLATED, read_sources
from service.packs.translation import wording_sha256

_HEAD = """\
# Of which source text each topic was translated, by its hash. Written by
# `education-plan content translated`; it says nothing about who has checked the words.
"""


def note_translated(
    folder: Path, languages: Collection[str] = (), topics: Collection[str] = ()
) -> list[str]:
    """Note it for these languages and topics (all unless named); return what was noted.

    Raises:
        ContentError: the folder is not a pack, or has no such language or topic.
    """
    report = Report()
    sources = read_sources(folder, report)
    if sources is None:
        raise report.refusal(folder.name)
    others = [name for topic in sources.topics for name in topic.texts]
    _expect(languages, set(others) - {sources.source_language}, "language")
    _expect(topics, {topic.id for topic in sources.topics}, "topic")
    rows, noted = dict(sources.translated), []
    for topic in sources.topics:
        for language in topic.texts:
            wanted = (not topics or topic.id in topics) and (not languages or language in languages)
            if wanted and language != sources.source_language:
                source = topic.texts[sources.source_language]
                rows[topic.id, language] = wording_sha256(source)
                noted.append(f"{language}/{topic.id}.md")
    lines = [
        f"- {{topic: {topic}, language: {language}, source_sha256: '{sha256}'}}\n"
        for (topic, language), sha256 in sorted(rows.items())
    ]
    (folder / TRANSLATED).write_text(_HEAD + "".join(lines), "utf-8", newline="\n")
    return noted


def _expect(named: Collection[str], known: Collection[str], what: str) -> None:
    for name in named:
        if name not in known:
            raise ContentError(
                f"the pack has no {what} {name!r} to be noted",
                how_to_fix=f"Use one of: {', '.join(sorted(known)) or 'none yet'}.",
            )
