"""Generates the code systems that follow from the content and from the error table.

    python fhir_profiles/build/terminology.py

CodeSystem-topic and CodeSystem-goal have a code for every topic and goal of the packs in
content/, in Danish with an English designation; CodeSystem-error has every code that an
error or a notice may carry.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service import __version__
from service.domain.content import Audience, Pack, Text
from service.fhir import urls
from service.fhir.outcome import ERROR_CODES
from service.packs.files import read_pack
from service.web.errors import ERRORS

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fhir_profiles"
NOTICES = {"not-covered": "No pack covers the conditions of the encounter"}


def code_systems() -> dict[str, Json]:
    """Return every generated code system by the name of its file."""
    packs = [read_pack(header.parent) for header in sorted(ROOT.glob("content/*/pack.yaml"))]
    return {
        "CodeSystem-topic.json": _code_system(
            urls.TOPIC,
            "EducationTopic",
            "Topics of patient education",
            "What a patient is taught: one code for each topic of each pack, `<pack>.<topic>`.",
            [concept for pack in packs for concept in _topics(pack)],
            "da",
        ),
        "CodeSystem-goal.json": _code_system(
            urls.GOAL,
            "EducationGoal",
            "Goals a patient may choose",
            "Goals that a pack suggests, in the patient's voice: one code each, `<pack>.<goal>`.",
            [concept for pack in packs for concept in _goals(pack)],
            "da",
        ),
        "CodeSystem-error.json": _code_system(
            ERROR_CODES,
            "ServiceErrorCode",
            "Errors and notices of the service",
            "What was wrong with a request, or what an answer without a plan tells.",
            [
                *({"code": code, "display": shown.title} for code, shown in ERRORS.items()),
                *({"code": code, "display": title} for code, title in NOTICES.items()),
            ],
            "en",
        ),
    }


def render(resource: Json) -> str:
    return json.dumps(resource, ensure_ascii=False, indent=2) + "\n"


def _topics(pack: Pack) -> Iterable[Json]:
    for topic in pack.topics:
        titles = {name: text.title[Audience.PHYSIO] for name, text in topic.texts.items()}
        yield _concept(pack, topic.id, Text(titles))


def _goals(pack: Pack) -> Iterable[Json]:
    for goal in pack.goals:
        yield _concept(pack, goal.id, goal.text)


def _concept(pack: Pack, name: str, words: Text) -> Json:
    concept: Json = {"code": f"{pack.id}.{name}", "display": words.in_language("da")}
    if "en" in words.by_language:
        concept["designation"] = [{"language": "en", "value": words.in_language("en")}]
    return concept


def _code_system(
    url: str, name: str, title: str, description: str, concepts: list[Json], language: str
) -> Json:
    return {
        "resourceType": "CodeSystem",
        "id": url.rpartition("/")[2],
        "language": language,
        "url": url,
        "version": __version__,
        "name": name,
        "title": title,
        "status": "draft",
        "experimental": False,
        "publisher": "The education-plan service project",
        "description": description,
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }


def main() -> None:
    for name, resource in code_systems().items():
        (FOLDER / name).write_text(render(resource), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
