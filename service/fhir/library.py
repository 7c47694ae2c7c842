"""The manifest of a version of a pack: FHIR R4 Library, all that it is composed of.

Its type is `asset-collection`: it collects what belongs together, and has no logic
(https://hl7.org/fhir/R4/codesystem-library-type.html).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.content import Audience, Pack
from service.fhir import urls
from service.fhir.elements import JsonObject
from service.fhir.material import Material, artifacts
from service.fhir.metadata import named, published, warning
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.translation import in_each_language, main_language, markdown, our_words, string

_ASSET_COLLECTION: JsonObject = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/library-type",
            "code": "asset-collection",
        }
    ]
}


def library(pack_id: str, version: str) -> str:
    """The canonical of the manifest, with its version."""
    return f"{urls.BASE}/Library/{pack_id}|{version}"


def to_library(pack: Pack, found: Sequence[Material], service_url: str) -> JsonObject:
    """Return the manifest; `found` is all material of the pack.

    `content` names the source files, which are not passed on: it has their hash and no
    address. The hash is over their names and bytes, and the one that every plan pins.
    """
    say = main_language(pack)
    return {
        **named(pack, "Library", pack.id),
        "text": _text(pack),
        **string("title", in_each_language(pack, lambda at: _title(pack, at)), say),
        "type": _ASSET_COLLECTION,
        **published(pack),
        **markdown("description", pack.description, say),
        "relatedArtifact": [
            *_definitions(pack),
            *artifacts("composed-of", found, service_url),
            *citations(pack),
        ],
        "content": [
            {
                "extension": [{"url": urls.EXT_SHA256, "valueString": pack.sha256}],
                **string("title", our_words(pack, "source-files"), say),
                "creation": pack.date.isoformat(),
            }
        ],
    }


def citations(pack: Pack) -> list[JsonObject]:
    """Return where the facts of the pack come from, as its author wrote it."""
    sources: Any = pack.extras.get("source", ())
    return [_citation(source) for source in sources]


def _citation(source: Mapping[str, str]) -> JsonObject:
    parts = [source.get(part, "") for part in ("title", "publisher", "year", "note")]
    whole = ". ".join(part.rstrip(".") for part in parts if part) + "."
    said: JsonObject = {"type": "citation", "display": source["title"], "citation": whole}
    return said | ({"url": source["url"]} if source.get("url") else {})


def _definitions(pack: Pack) -> list[JsonObject]:
    topics = [urls.activity_definition(pack.id, topic.id, pack.version) for topic in pack.topics]
    return [
        {"type": "composed-of", "resource": canonical}
        for canonical in (urls.plan_definition(pack.id, pack.version), *topics)
    ]


def _title(pack: Pack, language: str) -> str:
    return f"{word(language, 'manifest')}: {pack.title[Audience.PATIENT].in_language(language)}"


def _text(pack: Pack) -> JsonObject:
    say = main_language(pack)
    return narrative(
        say,
        bold(_title(pack, say)),
        paragraph(warning(pack)),
        listed(word(say, "handouts"), (each.title.in_language(say) for each in pack.handouts)),
        paragraph(f"{word(say, 'content')}: {pack.id} {pack.version}, SHA-256 {pack.sha256}."),
    )
