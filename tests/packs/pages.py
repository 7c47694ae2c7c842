"""Pages of a pack for tests: rendered, signed, and read as a reader has them."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from service.domain.content import Edition, Pack, PackState
from service.packs.files import read_pack
from service.packs.handouts import pages_of
from service.packs.page import Page
from tests.packs.builders import Change, put

SIGNED = (("author", "Anna A"), ("clinical-reviewer", "Carl C"), ("language-reviewer", "Lis L"))


def rendered(pack: Pack) -> dict[tuple[str, str, str], Page]:
    """Every page by handout, edition and the language it is for."""
    return {(p.handout, p.edition.value, p.language): p for p in pages_of(pack)}


def page(folder: Path | Pack, edition: Edition = Edition.FULL, language: str = "da") -> str:
    """The page of the first handout."""
    pack = folder if isinstance(folder, Pack) else read_pack(folder)
    return rendered(pack)[pack.handouts[0].id, edition.value, language].html.decode()


def approved(folder: Path) -> Pack:
    """The pack as if it were signed, its files unread again."""
    return replace(read_pack(folder), state=PackState.APPROVED)


def signatures(folder: Path, when: str = "2026-11-02") -> Change:
    """The three signatures over the text of this folder as it is."""
    sha256 = read_pack(folder).extras["approvals"]["signed_sha256"]
    rows = "".join(
        f"  - {{role: {role}, name: {name}, date: {when}, sha256: '{sha256}'}}\n"
        for role, name in SIGNED
    )
    return put("approvals.yaml", "signatures:\n" + rows)


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]
