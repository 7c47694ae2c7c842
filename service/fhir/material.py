"""The general handouts of a pack: DocumentReferences, and the Binaries with their pages.

Every handout in every edition and language of the pack, whether or not a plan names it.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace

from service.domain.content import Pack
from service.domain.errors import NotFound
from service.domain.plan import PinnedPack, PlannedHandout, outline
from service.domain.selection import select
from service.domain.values import dataclass
from service.fhir.elements import JsonObject, handout_urn
from service.fhir.handout import general_handout, to_attachment

ReadPage = Callable[[str], bytes]  # the bytes of the page with this SHA-256


@dataclass(frozen=True, slots=True)
class Material:
    """One handout in one edition and language, as a plan would name it."""

    pack: PinnedPack
    edition: str
    language: str
    handout: PlannedHandout

    @property
    def id(self) -> str:
        """The identity it has in every plan, as an R4 id: the UUID of its urn."""
        urn = handout_urn(self.pack, self.edition, self.language, self.handout)
        return urn.removeprefix("urn:uuid:")


def materials(pack: Pack) -> tuple[Material, ...]:
    """Return all material of the pack: by edition, then language, then the author's order."""
    found = []
    for edition in pack.editions:
        for language in pack.languages:
            # What a plan pins of a handout does not depend on its topics.
            planned = outline(replace(select(pack, edition, language), topics=()))
            found += [
                Material(planned.pack, edition.value, language, handout)
                for handout in planned.handouts
            ]
    return tuple(found)


def to_document(material: Material, service_url: str) -> JsonObject:
    """Return the DocumentReference that a plan's Bundle has for it, with an id of its own."""
    said = general_handout(*_of(material), service_url)
    return {"resourceType": said["resourceType"], "id": material.id, **said}


def artifacts(kind: str, found: Iterable[Material], service_url: str) -> list[JsonObject]:
    """Return the material as related artifacts of this kind, each with the exact file.

    The label tells handout, edition and language apart. R4 has no canonical for a
    DocumentReference, so the Attachment stands here as it stands there.
    """
    return [
        {
            "type": kind,
            "label": f"{each.handout.id}.{each.edition}.{each.language}",
            "display": each.handout.title,
            "document": to_attachment(*_of(each), service_url),
        }
        for each in found
    ]


def binary(pack: Pack, sha256: str, read_page: ReadPage) -> JsonObject:
    """Return the page with this SHA-256, which is its id; the same page is there once.

    Raises:
        NotFound: no handout of this version of the pack has it.
    """
    for handout in pack.handouts:
        for file in handout.files.values():
            if file.sha256 == sha256:
                return {
                    "resourceType": "Binary",
                    "id": sha256,
                    "language": file.language,
                    "contentType": "text/html",
                    "data": b64encode(read_page(sha256)).decode("ascii"),
                }
    raise NotFound("this version of the pack has no such page")


def _of(material: Material) -> tuple[PinnedPack, str, str, PlannedHandout]:
    return material.pack, material.edition, material.language, material.handout
