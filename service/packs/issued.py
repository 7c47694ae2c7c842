"""The shelf of handouts: every page that was made for use, for good. Imports nothing slow.

    pages/<SHA-256 of the page>/   about.json and one file for each form
    versions/<pack>/<version>.json the pages last made of a version

A form is written once and never again, so what a plan pinned reads the same years later.
Several processes and machines may share the folder.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import orjson

from service.domain.content import HandoutCopy, HandoutForm, Pack
from service.domain.errors import ContentError, NotFound
from service.packs.page import Page
from service.usecases.ports import IssuedHandout

FORMAT = 1
FILES = {
    HandoutForm.PAGE: "page.html",
    HandoutForm.TEXT: "page.txt",
    HandoutForm.PDF: "page.pdf",
    HandoutForm.LARGE: "page-large.pdf",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,127}")  # a longer one is no file's name
_HELD = 96  # records and files held in memory: those of a few packs


class HandoutStore:
    """The folder, to be read and added to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # What was written once never changes, so it may be held; what is missing is not.
        self._record = lru_cache(_HELD)(self._read_record)
        self._bytes = lru_cache(_HELD)(self._read_bytes)

    def page(self, sha256: str) -> IssuedHandout | None:
        """The page whose SHA-256 this is."""
        try:
            return self._record(sha256) if _SHA256.fullmatch(sha256) else None
        except FileNotFoundError:
            return None

    def of_version(self, pack_id: str, version: str) -> Mapping[tuple[str, str, str], str]:
        """The pages last made of a version: their SHA-256 by handout, edition, language."""
        if not (_NAME.fullmatch(pack_id) and _NAME.fullmatch(version)):
            return {}
        try:
            rows = orjson.loads(self._version(pack_id, version).read_bytes())
        except FileNotFoundError:
            return {}
        return {(handout, edition, language): page for handout, edition, language, page in rows}

    def read(self, page: IssuedHandout, form: HandoutForm) -> bytes:
        """The bytes of one form.

        Raises:
            NotFound: the page is not there in this form.
        """
        if form not in page.forms:
            raise NotFound("this handout was not made in this form")
        return self._bytes(page.sha256, form)

    def has(self, pages: Iterable[str]) -> bool:
        """Whether all of these pages are there, whole."""
        return all((self._place(page) / "about.json").is_file() for page in pages)

    def put(self, pack: Pack, pages: Iterable[Page], texts: Mapping[str, bytes]) -> None:
        """Keep these pages of a pack; `texts` are their words alone, by the page's SHA-256.

        Raises:
            ContentError: the folder cannot be written.
        """
        made = tuple(pages)
        try:
            for page in made:
                if not self.has([page.sha256]):
                    self._write(page.sha256, HandoutForm.PAGE, page.html)
                    self._write(page.sha256, HandoutForm.TEXT, texts[page.sha256])
                    self._describe(page.sha256, _about(pack, page, made))
        except OSError as error:
            raise self._unwritable(error) from error

    def point(self, pack: Pack) -> None:
        """Say which pages are those of this version of the pack now."""
        rows = [
            [handout.id, edition.value, language, file.sha256]
            for handout in pack.handouts
            for (edition, language), file in handout.files.items()
        ]
        place, content = self._version(pack.id, pack.version), orjson.dumps(rows)
        try:
            if rows and not (place.is_file() and place.read_bytes() == content):
                _replace(place, content)
        except OSError as error:
            raise self._unwritable(error) from error

    def add(self, sha: str, form: HandoutForm, content: bytes) -> None:
        """Keep another form of a page; one that is there already stays as it is.

        Raises:
            ContentError: the folder cannot be written.
        """
        try:
            self._write(sha, form, content)
            self._describe(sha, orjson.loads((self._place(sha) / "about.json").read_bytes()))
        except OSError as error:
            raise self._unwritable(error) from error

    def page_bytes(self, sha: str) -> bytes:
        """The page itself."""
        return self._read_bytes(sha, HandoutForm.PAGE)

    def paths(self, sha: str) -> dict[HandoutForm, Path]:
        """Where the forms of a page lie that there are."""
        return {form: self._place(sha) / FILES[form] for form in self._read_record(sha).forms}

    def copies(self, sha: str) -> tuple[HandoutCopy, ...]:
        """The forms of a page beside the page itself."""
        forms = self._read_record(sha).forms
        return tuple(copy for form, copy in forms.items() if form is not HandoutForm.PAGE)

    def _place(self, sha: str) -> Path:
        return self._folder / "pages" / sha

    def _version(self, pack_id: str, version: str) -> Path:
        return self._folder / "versions" / pack_id / f"{version}.json"

    def _read_record(self, sha: str) -> IssuedHandout:
        about = orjson.loads((self._place(sha) / "about.json").read_bytes())
        if about.pop("format") != FORMAT:
            raise ContentError("a kept handout was written by a newer release")
        copies = [HandoutCopy(HandoutForm(c.pop("form")), **c) for c in about.pop("forms")]
        others = {(edition, language): page for edition, language, page in about.pop("others")}
        forms = {copy.form: copy for copy in copies}
        return IssuedHandout(**about, sha256=sha, forms=forms, others=others)

    def _read_bytes(self, sha: str, form: HandoutForm) -> bytes:
        return (self._place(sha) / FILES[form]).read_bytes()

    def _write(self, sha: str, form: HandoutForm, content: bytes) -> None:
        """Write the file unless it is there: of two who write at once, the first wins."""
        place = self._place(sha) / FILES[form]
        if place.exists():
            return
        part = _part(place, content)
        try:
            os.link(part, place)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            part.replace(place)
        part.unlink(missing_ok=True)

    def _describe(self, sha: str, about: dict[str, Any]) -> None:
        """Write what the page is, with the hashes of what stands there by now."""
        place = self._place(sha)
        forms = []
        for form, name in FILES.items():
            if (place / name).is_file():
                content = (place / name).read_bytes()
                forms.append(_copy(form, content))
        _replace(place / "about.json", orjson.dumps(about | {"format": FORMAT, "forms": forms}))

    def _unwritable(self, error: OSError) -> ContentError:
        return ContentError(
            f"the folder for handouts cannot be written: {error.strerror}",
            how_to_fix=f"Make {self._folder} writable.",
        )


def _about(pack: Pack, page: Page, made: Iterable[Page]) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "version": pack.version,
        "handout": page.handout,
        "title": page.title,
        "edition": page.edition,
        "language": page.language,
        "text_language": page.text_language,
        "minutes": page.minutes,
        "style": page.style,
        "others": [
            [other.edition, other.language, other.sha256]
            for other in made
            if other.handout == page.handout
        ],
    }


def _copy(form: HandoutForm, content: bytes) -> dict[str, Any]:
    return {
        "form": form,
        "sha256": sha256(content).hexdigest(),
        "sha1": sha1(content, usedforsecurity=False).hexdigest(),
        "size": len(content),
    }


def _part(place: Path, content: bytes) -> Path:
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    place.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part


def _replace(place: Path, content: bytes) -> None:
    _part(place, content).replace(place)
