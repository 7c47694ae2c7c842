"""A pseudo-locale that is written from right to left: Latin letters told in Arabic ones.

It says nothing to anybody and needs no translator; it is shaped, joined and ordered as Arabic
is. Digits, addresses and one Latin word stay as they are, as in a real text.
"""

import re
from pathlib import Path

from tests.packs.builders import PACK_YAML, Files, a_folder

LANGUAGE = "ar-XB"
_LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyzæøå", "ابسدعفجهيجكلمنوبقرستثفوكيزاوع", strict=True))
_SPARED = re.compile(r"https?://\S+|\bMRI\b")


def told(text: str) -> str:
    """The text in the pseudo-locale."""
    pieces = []
    at = 0
    for spared in _SPARED.finditer(text):
        pieces += [_told(text[at : spared.start()]), spared[0]]
        at = spared.end()
    return "".join([*pieces, _told(text[at:])])


def _told(text: str) -> str:
    return "".join(_LETTERS.get(letter, letter) for letter in text.lower())


def pseudo_topic(markdown: str) -> str:
    """A topic file with its words told, its ids, marks and keys as they are."""
    lines = []
    for line in markdown.split("\n"):
        point = re.fullmatch(r"(\s*- (?:pixi: )?|### )(.*?)(\s*\{#.*\})?", line)
        titled = re.fullmatch(r'(\s+(?:patient|physio): )"(.*)"', line)
        if titled:
            line = f'{titled[1]}"{told(titled[2])}"'
        elif point and '"' not in line:
            line = f"{point[1]}{told(point[2])}{point[3] or ''}"
        elif quoted := re.fullmatch(r'(\s+- )"(.*)"', line):
            line = f'{quoted[1]}"{told(quoted[2])}"'
        lines.append(line)
    return "\n".join(lines)


def right_to_left(place: Path) -> Path:
    """The small pack with a third language, which is being translated: one topic is there."""

    def change(files: Files) -> None:
        files["pack.yaml"] = (
            PACK_YAML.replace(
                "languages: [da, en]", f"languages: [da, en]\ntranslating: [{LANGUAGE}]"
            )
            .replace(
                'title: {da: "Rør dig", en: "Move"}',
                f'title: {{da: "Rør dig", en: "Move", {LANGUAGE}: "{told("Move more")}"}}',
            )
            .replace("topics: [moving]", "topics: [moving, mood]")
        )
        files["da/mood.md"] = files["da/mood.md"].replace("title:\n", "title:\n  patient: Humør\n")
        files["en/mood.md"] = files["en/mood.md"].replace("title:\n", "title:\n  patient: Mood\n")
        for language, words in (("da", "Sov godt om natten."), ("en", "Sleep well at night.")):
            files[f"{language}/mood.md"] += f"\n## patient\n\n- {words} {{#sleep full}}\n"
        english = files["en/moving.md"].replace("when you are tired", "after 20 minutes of MRI")
        files[f"{LANGUAGE}/moving.md"] = pseudo_topic(english)

    return a_folder(place, change)
