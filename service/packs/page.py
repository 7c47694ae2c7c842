"""A rendered page, before it is put on the shelf. Knows no template and no folder."""

import hashlib

from service.domain.content import Edition, HandoutFile
from service.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `language` is who it is for, `text_language` what its words are in.

    `style` is the source that a Content-Security-Policy must allow to show it.
    """

    handout: str
    edition: Edition
    language: str
    text_language: str
    title: str
    minutes: int
    style: str
    html: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.html).hexdigest()

    @property
    def file(self) -> HandoutFile:
        """What a pack says of the page."""
        # FHIR's Attachment.hash is SHA-1 by definition.
        sha1 = hashlib.sha1(self.html, usedforsecurity=False).hexdigest()
        return HandoutFile(self.sha256, sha1, len(self.html), self.text_language)
