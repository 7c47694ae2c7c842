"""The words of a pack: plain, finished, open, within the intended purpose. No coverage here."""

from collections.abc import Iterator, Sequence

from service.domain.content import Audience, Edition, TopicText
from service.packs import wording
from service.packs.inline_markdown import unwelcome_words
from service.packs.problems import Report
from service.packs.readability import Limits, Readability, limits, measure
from service.packs.sources import Sources
from service.packs.yaml_text import Yaml

# Read by the team only; they may speak of risk, and quote what is not finished.
_INTERNAL = frozenset({"facts.yaml", "questions.yaml", "approvals.yaml"})
_OPEN_WORDS = "Begin with how, what, which, when, tell or show."


def check_words(sources: Sources, report: Report) -> None:
    """Check each text of each file by itself."""
    for read in sources.read.values():
        if read.file in _INTERNAL:
            continue
        for where, value in read.parts():
            if isinstance(value, str):
                line = read.line(*where)
                _check_text(read.file, line, value, report)
                for what, how in unwelcome_words(value):
                    report.stop(read.file, line, what, "It would be shown as typed.", how)
    for file, line, text in _point_texts(sources):
        _check_text(file, line, text, report)
        if wording.breaks_off(text):
            report.stop(file, line, "This sentence ends in dots.", "It is not finished.", "End it.")


def check_sections(
    file: str, text: TopicText, editions: Sequence[Edition], language: str, report: Report
) -> None:
    """Check how hard each section is to read, and whom it speaks to."""
    for audience in Audience:
        limit = limits(language, audience)
        points = [point for point in text.points if point.audience is audience]
        if limit and points:
            for edition in editions:
                shown = text.select(edition, audience)
                measured = measure([point.words(edition) for point in shown], language)
                where = f"The {edition.value} text for the {audience.value}"
                _report_reading(file, points[0].line, where, measured, limit, report)
    _hint_at_patient_words(file, text, language, report)
    _check_marked(file, text, language, report)


def check_topic_lists(read: Yaml, language: str, report: Report) -> None:
    """Check the prompts of the front matter: open questions, finished sentences."""
    for index, prompt in enumerate(read.value.get("teach_back") or ()):
        closed = wording.closed_question(prompt, language)
        if closed:
            report.stop(
                read.file,
                read.line("teach_back", index),
                f"“{closed}” can be answered with yes or no.",
                "Then nobody knows what was understood.",
                _OPEN_WORDS,
            )
    for name in ("learning_objectives", "teach_back", "questions", "observe"):
        for index, line in enumerate(read.value.get(name) or ()):
            if wording.breaks_off(line):
                report.stop(
                    read.file,
                    read.line(name, index),
                    "This sentence ends in dots.",
                    "It is not finished.",
                    "End it.",
                )


def _check_text(file: str, line: int, text: str, report: Report) -> None:
    left = wording.unfinished(text)
    if left:
        report.stop(
            file,
            line,
            f"This text is not written yet: {left}.",
            "A reader would see it like this.",
            "Write it, or take the line out.",
        )
    outside = wording.out_of_purpose(text)
    if outside:
        report.stop(
            file,
            line,
            f"“{outside}” is outside the intended purpose.",
            "The service shows a catalogue: it never recommends to one person or speaks of risk.",
            "Say what the guideline says, to everybody.",
        )


def _report_reading(
    file: str, line: int, where: str, measured: Readability, limit: Limits, report: Report
) -> None:
    found = f"{where} has {limit.index} {measured.score:g}"
    if measured.score > limit.most:
        report.stop(
            file,
            line,
            f"{found}; the most is {limit.most:g}.",
            "Many could not read it.",
            "Write shorter sentences and shorter words.",
        )
    elif measured.score > limit.aim:
        report.hint(
            file,
            line,
            f"{found}; aim at {limit.aim:g} or less.",
            "Shorter is easier.",
            "Split the longest sentence.",
        )


def _hint_at_patient_words(file: str, text: TopicText, language: str, report: Report) -> None:
    for point in text.points:
        word = wording.addresses_patient(point.text, language)
        if point.audience is Audience.PHYSIO and word:
            report.hint(
                file,
                point.line,
                f"This point is for the physiotherapist, but says “{word}”.",
                "It may be meant for the patient.",
                "If so, move it to `## patient`; if not, leave it.",
            )


def _check_marked(file: str, text: TopicText, language: str, report: Report) -> None:
    """A line under "Do not" says so itself; a summary is made of what PIXI says."""
    for point in text.points:
        said = [words for words in (point.text, point.short) if words]
        if "dont" in point.marks and not all(wording.says_not(w, language) for w in said):
            report.stop(
                file,
                point.line,
                f"The point `{point.id}` is marked `dont`, but does not say “not”.",
                "Read by itself, or aloud, it would be taken for something to do.",
                "Begin it with “do not” (“lad være med”), or take `dont` out.",
            )
        shown = point.in_edition(Edition.PIXI) and point.audience is Audience.PATIENT
        if "summary" in point.marks and not shown:
            report.stop(
                file,
                point.line,
                f"The point `{point.id}` is marked `summary`.",
                "A summary is made of points for the patient that the PIXI edition has.",
                "Take `summary` out, or mark the point `pixi`.",
            )


def _point_texts(sources: Sources) -> Iterator[tuple[str, int, str]]:
    for topic in sources.topics:
        for language, text in topic.texts.items():
            for point in text.points:
                for words in (point.text, point.short, point.heading):
                    if words:
                        yield f"{language}/{topic.id}.md", point.line, words
