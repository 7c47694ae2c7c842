"""The files of a pack put together into domain values. Judges only what must hold for that.

Whether the text is complete, plain and lawful is the matter of check.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.domain.content import Audience, GoalTemplate, Topic, TopicText, TranslationState
from service.domain.values import dataclass
from service.packs.coverage import Fact
from service.packs.extras import EXTRAS
from service.packs.folder import fingerprint, read_texts
from service.packs.problems import Report
from service.packs.references import check_references
from service.packs.schema import (
    ApprovalsSchema,
    FactSchema,
    FrontMatterSchema,
    GoalSchema,
    PackSchema,
    TranslatedSchema,
    load,
)
from service.packs.signatures import Approvals, sha256_of_signed_text
from service.packs.topic_markdown import TopicFile, parse_topic
from service.packs.translation import state_of_translation
from service.packs.yaml_text import Yaml, load_yaml

REQUIRED = ("pack.yaml", "facts.yaml", "approvals.yaml", "CHANGELOG.md")
TRANSLATED = "translations.yaml"


@dataclass(frozen=True, slots=True)
class Sources:
    """What a pack's folder says. `read` are its YAML texts with line numbers, by file."""

    sha256: str
    header: Mapping[str, Any]
    topics: tuple[Topic, ...]
    # By topic and language, the hash of the source text that was translated.
    translated: Mapping[tuple[str, str], str]
    goals: tuple[GoalTemplate, ...]
    facts: tuple[Fact, ...]
    approvals: Approvals
    signed_sha256: str
    extras: Mapping[str, Any]
    texts: Mapping[str, str]
    read: Mapping[str, Yaml]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.header["languages"])

    @property
    def source_language(self) -> str:
        return self.languages[0]


def read_sources(folder: Path, report: Report) -> Sources | None:
    """Read the folder, or return None with every fault reported that was in the way."""
    sha256 = fingerprint(folder)  # before reading: a file changed meanwhile is read anew next time
    texts = read_texts(folder, report)
    for name in REQUIRED:
        if name not in texts and not any(p.file == name for p in report):
            report.stop(name, 0, "The file is missing.", "Every pack has it.", "Add it.")
    if report.stops:
        return None
    return _Reading(sha256, texts, report, {}).sources()


@dataclass(slots=True)
class _Reading:
    sha256: str
    texts: Mapping[str, str]
    report: Report
    read: dict[str, Yaml]

    def sources(self) -> Sources | None:
        header = self._load("pack.yaml", PackSchema(), {})
        if self.report.stops:
            return None
        translated = self._translated()
        topics = self._topics(header, translated)
        goals = self._load("goals.yaml", GoalSchema(many=True), [])
        facts = self._load("facts.yaml", FactSchema(many=True), [])
        approvals = self._load("approvals.yaml", ApprovalsSchema(), None)
        extras = {
            extra.key: self._load(extra.file, extra.schema, extra.empty()) for extra in EXTRAS
        }
        self._note_strangers(header)
        tools, card = extras["conversations"] or [], extras["urgent"] or {}
        check_references(header, goals or [], tools, card, self.read, self.report)
        if self.report.stops:
            return None
        return Sources(
            sha256=self.sha256,
            header=header,
            topics=topics,
            translated=translated,
            goals=tuple(goals),
            facts=tuple(self._with_lines(facts)),
            approvals=approvals,
            signed_sha256=sha256_of_signed_text(self.texts),
            extras=extras,
            texts=self.texts,
            read=self.read,
        )

    def _load(self, file: str, schema: Any, empty: Any) -> Any:
        if file not in self.texts:
            return empty
        read = load_yaml(file, self.texts[file], self.report)
        if read is None:
            return empty
        self.read[file] = read
        return load(schema, read, self.report)

    def _with_lines(self, facts: Sequence[Fact]) -> Iterator[Fact]:
        for index, fact in enumerate(facts):
            yield replace(fact, line=self.read["facts.yaml"].line(index))

    def _translated(self) -> dict[tuple[str, str], str]:
        rows = self._load(TRANSLATED, TranslatedSchema(many=True), []) or []
        return {(row["topic"], row["language"]): row["source_sha256"] for row in rows}

    def _topics(
        self, header: Mapping[str, Any], translated: Mapping[tuple[str, str], str]
    ) -> tuple[Topic, ...]:
        found = []
        for entry in header["topics"]:
            texts = self._texts(header, entry["id"])
            states = _states(header, entry["id"], texts, translated)
            found.append(
                Topic(
                    id=entry["id"],
                    codes=tuple(entry["codes"]),
                    knowledge_code=entry["knowledge_code"],
                    texts=texts,
                    goals=tuple(entry["goals"]),
                    translations=states,
                )
            )
        return tuple(found)

    def _texts(self, header: Mapping[str, Any], topic_id: str) -> dict[str, TopicText]:
        texts = {}
        for language in (*header["languages"], *header["translating"]):
            text = self._topic_text(header, language, topic_id)
            if text is not None:
                texts[language] = text
        return texts

    def _topic_text(
        self, header: Mapping[str, Any], language: str, topic_id: str
    ) -> TopicText | None:
        file = f"{language}/{topic_id}.md"
        if file not in self.texts and language in header["translating"]:
            return None  # not translated yet
        if file not in self.texts:
            self.report.stop(
                file,
                0,
                "The file is missing.",
                f"pack.yaml lists the topic `{topic_id}` and the language `{language}`.",
                "Write it, or take the topic out of pack.yaml.",
            )
            return None
        parsed = parse_topic(file, self.texts[file], self.report)
        if parsed is None:
            return None
        self.read[file] = parsed.front
        front = load(FrontMatterSchema(), parsed.front, self.report)
        return self._join(file, topic_id, front, parsed) if front else None

    def _join(
        self, file: str, topic_id: str, front: Mapping[str, Any], parsed: TopicFile
    ) -> TopicText:
        if front["id"] != topic_id:
            self.report.stop(
                file,
                parsed.front.line("id"),
                f"The id is `{front['id']}`, the file is named `{topic_id}`.",
                "They are one name.",
                "Correct the one that is wrong.",
            )
        title = {Audience(reader): words for reader, words in front["title"].items() if words}
        if Audience.PATIENT not in title and any(
            point.audience is Audience.PATIENT for point in parsed.points
        ):
            self.report.stop(
                file,
                parsed.front.line("title"),
                "There is no title for the patient.",
                "The topic has text for patients.",
                "Add `patient:` under `title:`.",
            )
        return TopicText(
            title=title,
            points=parsed.points,
            learning_objectives=tuple(front["learning_objectives"]),
            teach_back=tuple(front["teach_back"]),
            questions=tuple(front["questions"]),
            observe=tuple(front["observe"]),
        )

    def _note_strangers(self, header: Mapping[str, Any]) -> None:
        known = {*REQUIRED, TRANSLATED, "goals.yaml", *(extra.file for extra in EXTRAS)}
        spoken = (*header["languages"], *header["translating"])
        known |= {f"{language}/{t['id']}.md" for language in spoken for t in header["topics"]}
        for name in sorted(self.texts.keys() - known):
            if name.endswith(".md") and "/" in name:
                self.report.stop(
                    name,
                    0,
                    "This topic is not in pack.yaml.",
                    "So nobody would ever see it.",
                    "List it under `topics:` (and its language under `languages:`).",
                )
            else:
                self.report.fix(
                    name, 0, "This file is not part of a pack.", "It is never read.", "Remove it."
                )


def _states(
    header: Mapping[str, Any],
    topic_id: str,
    texts: Mapping[str, TopicText],
    translated: Mapping[tuple[str, str], str],
) -> dict[str, TranslationState]:
    source, *others = header["languages"]
    if source not in texts:
        return {}
    return {source: TranslationState.SOURCE} | {
        language: state_of_translation(
            texts[source], texts.get(language), translated.get((topic_id, language))
        )
        for language in (*others, *header["translating"])
    }
