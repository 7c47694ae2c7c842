"""Generates the terminology that follows from the content and from the error table.

    python fhir_profiles/build/terminology.py

CodeSystem-topic and CodeSystem-goal have a code for every topic and goal of the packs in
content/, in Danish with an English designation; ConceptMap-topic-to-snomed leads from them
to SNOMED CT; a ValueSet for each pack and confidence has the codes that call for the pack.
CodeSystem-error has every code that an error or a notice may carry; CapabilityStatement-server
says what the façade can do.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fhir_profiles.build.error_words import DANISH
from service import __version__
from service.domain.content import Audience, Pack, Text
from service.fhir import urls
from service.fhir.capability import to_capability
from service.fhir.outcome import ERROR_CODES
from service.packs.files import read_pack
from service.web.errors import ERRORS
from service.web.fhir_api import RELEASED

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fhir_profiles" / "generated"
NOTICES = {
    "not-covered": "No pack covers the conditions of the encounter",
    "noted": "What the record told of is noted, and is read there later",
}


def terminology() -> dict[str, Json]:
    """Return everything that is generated here, by the name of its file."""
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
                *(_error(code, shown.title) for code, shown in ERRORS.items()),
                *(_error(code, title) for code, title in NOTICES.items()),
            ],
            "en",
        ),
        "CapabilityStatement-server.json": _server(),
        "ConceptMap-topic-to-snomed.json": _topics_to_snomed(packs),
        **{
            f"ValueSet-{value_set['id']}.json": value_set
            for pack in packs
            for value_set in _conditions(pack)
        },
    }


def write(folder: Path) -> None:
    """Write all of it into this folder."""
    for name, resource in terminology().items():
        (folder / name).write_text(render(resource), encoding="utf-8", newline="\n")


def render(resource: Json | list[Json]) -> str:
    return json.dumps(resource, ensure_ascii=False, indent=1) + "\n"


def _topics(pack: Pack) -> Iterable[Json]:
    for topic in pack.topics:
        titles = {name: text.title[Audience.PHYSIO] for name, text in topic.texts.items()}
        yield _concept(pack, topic.id, Text(titles))


def _goals(pack: Pack) -> Iterable[Json]:
    for goal in pack.goals:
        yield _concept(pack, goal.id, goal.text)


def _error(code: str, title: str) -> Json:
    designation = [{"language": "da", "value": DANISH[code]}]
    return {"code": code, "display": title, "designation": designation}


def _concept(pack: Pack, name: str, words: Text) -> Json:
    concept: Json = {"code": f"{pack.id}.{name}", "display": words.in_language("da")}
    if "en" in words.by_language:
        concept["designation"] = [{"language": "en", "value": words.in_language("en")}]
    return concept


def _conditions(pack: Pack) -> Iterable[Json]:
    """The codes that call for the pack: surely, perhaps, never."""
    says = {
        "exact": "say what the pack is about",
        "possible": "may be what the pack is about: a clinician confirms it",
        "never": "belong to a look-alike and keep the pack away",
    }
    for confidence, what in says.items():
        codings: dict[str, list[str]] = {}
        for trigger in getattr(pack.triggers, confidence):
            codings.setdefault(trigger.coding.system, []).append(trigger.coding.code)
        if codings:
            name = f"{pack.id}-condition-{confidence}"
            yield {
                **_header("ValueSet", name, _computer_name(name), f"Codes that {what}"),
                "description": f"Conditions that {what}: {pack.id}.",
                "compose": {
                    "include": [
                        {"system": system, "concept": [{"code": code} for code in codes]}
                        for system, codes in codings.items()
                    ]
                },
            }


def _topics_to_snomed(packs: list[Pack]) -> Json:
    """SNOMED CT is coarser than a pack: its concept is the wider one (fhir-model 3.1)."""
    nothing = [{"equivalence": "unmatched", "comment": "The pack names no concept."}]
    elements = [
        {
            "code": f"{pack.id}.{topic.id}",
            "target": [
                {"code": coding.code, "equivalence": "wider"}
                for coding in topic.codes
                if coding.system == urls.SNOMED
            ]
            or nothing,
        }
        for pack in packs
        for topic in pack.topics
    ]
    return {
        **_header("ConceptMap", "topic-to-snomed", "TopicToSnomed", "Topics to SNOMED CT"),
        "group": [{"source": urls.TOPIC, "target": urls.SNOMED, "element": elements}],
    }


def _server() -> Json:
    """What any installation can do; /fhir/metadata says it of one (R4 cpb-15, cpb-16)."""
    statement = to_capability(__version__, RELEASED, "")
    return {k: v for k, v in statement.items() if k != "implementation"} | {
        "kind": "capability",
        "publisher": "The education-plan service project",
        "experimental": False,
    }


def _computer_name(name: str) -> str:
    return "".join(part.title() for part in name.split("-"))


def _header(kind: str, name: str, computer_name: str, title: str) -> Json:
    return {
        "resourceType": kind,
        "id": name,
        "url": f"{urls.BASE}/{kind}/{name}",
        "version": __version__,
        "name": computer_name,
        "title": title,
        "status": "draft",
        "experimental": False,
        "publisher": "The education-plan service project",
    }


def _code_system(
    url: str, name: str, title: str, description: str, concepts: list[Json], language: str
) -> Json:
    return {
        **_header("CodeSystem", url.rpartition("/")[2], name, title),
        "language": language,
        "description": description,
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }


if __name__ == "__main__":
    write(FOLDER)
