"""A small pack on disk that passes its check; a test says only what it has changed."""

from collections.abc import Callable
from pathlib import Path

from service.packs.check import Level, Problem, check_pack

Files = dict[str, str | bytes]
Change = Callable[[Files], None]

PACK_YAML = """\
id: knee
version: "1.0.0"
date: 2026-11-01
title:
  patient: {da: "Ondt i knæet", en: "A sore knee"}
  physio: {da: "Knæartrose", en: "Knee osteoarthritis"}
description: {da: "Et lille materiale.", en: "A small pack."}
publisher: "The Clinic"
licence: "CC-BY-4.0"
source:
  - title: "The knee sheet"
    url: "https://example.org/knee"
languages: [da, en]
editions: [full, pixi]
review:
  due: 2028-11-01
triggers:
  exact:
    - system: "http://hl7.org/fhir/sid/icpc-2"
      code: "L90"
      why: {da: "Koden er knæartrose.", en: "The code is knee osteoarthritis."}
topics:
  - id: moving
    codes:
      - {system: "http://snomed.info/sct", code: "311401005", display: "Patient education"}
    goals: [walk]
  - id: mood
handouts:
  - id: leaflet
    title: {da: "Rør dig", en: "Move"}
    topics: [moving]
"""

FACTS_YAML = """\
- {id: K-01, topic: moving, audience: patient, edition: both}
- {id: K-02, topic: moving, audience: both, edition: full}
- {id: K-03, topic: moving, audience: patient, edition: full}
- {id: K-04, topic: mood, audience: physio, edition: both}
"""

MOVING_DA = """\
---
id: moving
title:
  patient: "Rør dig"
  physio: "Bevægelse"
learning_objectives:
  - "Kan sige, hvad der hjælper."
teach_back:
  - "Hvad vil du gøre i morgen?"
questions:
  - "Hvor langt må jeg gå?"
observe:
  - "Se, hvordan patienten går."
---

## patient

### Hver dag

- Gå en tur hver dag. Brusken har godt af det. {#walk full pixi do covers=K-01}
  - pixi: Gå en tur hver dag.
- Sid lidt, når du er træt. {#rest full covers=K-02}

### Pas på

- Gå ikke videre, hvis det gør meget ondt. {#stop full dont always_show covers=K-03}
"""

MOVING_EN = """\
---
id: moving
title:
  patient: "Move"
  physio: "Movement"
learning_objectives:
  - "Can say what helps."
teach_back:
  - "What will you do tomorrow?"
questions:
  - "How far may I walk?"
observe:
  - "See how the patient walks."
---

## patient

### Each day

- Go for a walk each day. It is good for the cartilage. {#walk full pixi do covers=K-01}
  - pixi: Go for a walk each day.
- Sit down when you are tired. {#rest full covers=K-02}

### Take care

- Do not go on if it hurts a lot. {#stop full dont always_show covers=K-03}
"""

MOOD_DA = """\
---
id: mood
title:
  physio: "Humør"
---

## physio

- Spørg, hvordan patienten sover om natten. {#ask full pixi covers=K-04}
"""

MOOD_EN = """\
---
id: mood
title:
  physio: "Mood"
---

## physio

- Ask how the patient sleeps at night. {#ask full pixi covers=K-04}
"""

GOALS_YAML = """\
- id: walk
  text: {da: "Jeg vil gå til bageren.", en: "I want to walk to the baker."}
  topics: [moving]
"""

GLOSSARY_YAML = """\
- word: {da: "brusk", en: "cartilage"}
  plain: {da: "det glatte lag i et led", en: "the smooth layer in a joint"}
- word: {da: "menisk", en: "meniscus"}
  plain: {da: "en pude i knæet", en: "a cushion in the knee"}
"""


def the_files() -> Files:
    return {
        "pack.yaml": PACK_YAML,
        "facts.yaml": FACTS_YAML,
        "da/moving.md": MOVING_DA,
        "en/moving.md": MOVING_EN,
        "da/mood.md": MOOD_DA,
        "en/mood.md": MOOD_EN,
        "goals.yaml": GOALS_YAML,
        "glossary.yaml": GLOSSARY_YAML,
        "approvals.yaml": "signatures: []\n",
        "CHANGELOG.md": "# Changes\n\n## 1.0.0 (2026-11-01)\n\nThe first.\n",
    }


def a_folder(place: Path, *changes: Change, name: str = "knee") -> Path:
    """Write the small pack, changed, and return its folder."""
    files = the_files()
    for change in changes:
        change(files)
    folder = place / name
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def edit(file: str, old: str, new: str) -> Change:
    """Replace words that must be there, once."""

    def change(files: Files) -> None:
        text = files[file]
        assert isinstance(text, str)
        assert old in text, f"{old!r} is not in {file}"
        files[file] = text.replace(old, new, 1)

    return change


def put(file: str, content: str | bytes) -> Change:
    return lambda files: files.update({file: content})


def drop(file: str) -> Change:
    return lambda files: files.pop(file) and None


def add_point(file: str, line: str, section: str = "patient") -> Change:
    """Put a point first in a section of a topic file."""
    return edit(file, f"## {section}\n", f"## {section}\n\n- {line}\n")


def in_both(change: Callable[[str], Change]) -> Change:
    """The same change in the Danish and the English file of `moving`."""

    def both(files: Files) -> None:
        for language in ("da", "en"):
            change(f"{language}/moving.md")(files)

    return both


def found(folder: Path, level: Level | None = None) -> list[str]:
    """What the linter says, line by line."""
    return [str(p) for p in check_pack(folder) if level in (None, p.level)]


def the_problem(folder: Path, words: str) -> Problem:
    """The one problem that has these words; fails when there is none."""
    hits = [p for p in check_pack(folder) if words in str(p)]
    assert hits, f"nothing about {words!r} in {found(folder)}"
    return hits[0]
