"""The words of a handout's page: as blocks to be measured, and as a plain text file.

Read from the page itself, so that a copy can say nothing else than its master.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import field
from html.parser import HTMLParser
from typing import Any

from service.domain.values import dataclass

WIDTH = 72

_BLOCKS = frozenset({"h1", "h2", "h3", "p", "li", "dt", "dd"})
_NO_PROSE = frozenset({"h1", "h2", "h3", "dt"})
_UNREAD = frozenset({"style", "title", "nav"})
_RULES = {"h1": "=", "h2": "-"}
_ON_PAPER = frozenset({"lines", "clinic"})  # room to write in
_NO_END = frozenset({"meta", "br", "link"})


@dataclass(slots=True)
class Block:
    """One heading, paragraph or item; `inside` are the elements and classes around it."""

    tag: str
    inside: frozenset[str]
    words: str = ""


@dataclass
class _Reader(HTMLParser):
    blocks: list[Block] = field(default_factory=list)
    open: list[tuple[str, frozenset[str], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NO_END:
            return
        given = {name: value or "" for name, value in attrs}
        self.open.append((tag, frozenset(given.get("class", "").split()), given.get("href", "")))
        if tag in _BLOCKS:
            names = {name for opened, classes, _ in self.open for name in (opened, *classes)}
            self.blocks.append(Block(tag, frozenset(names)))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - our pages are well-formed
        _, _, link = self.open.pop()
        if link.startswith("http"):
            self.blocks[-1].words += f" ({link})"

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _, _ in self.open}
        if tags & _BLOCKS and not tags & _UNREAD:
            self.blocks[-1].words += data


def blocks(html: bytes) -> list[Block]:
    """Return the blocks of a page of ours in their order, their white space made one space."""
    reader = _Reader()
    reader.feed(html.decode())
    reader.close()
    for block in reader.blocks:
        block.words = " ".join(block.words.split())
    return [block for block in reader.blocks if block.words and not block.inside & _ON_PAPER]


def prose(html: bytes) -> list[str]:
    """The sentences a patient reads: no headings, and not where the page tells of itself.

    Source: readability is measured without headings (content/README.md).
    """
    return [
        block.words
        for block in blocks(html)
        if block.tag not in _NO_PROSE and not block.inside & {"footer", "subject", "kind", "label"}
    ]


def to_text(html: bytes) -> bytes:
    """Return the page as plain text in UTF-8, in lines of at most 72 characters."""
    lines: list[str] = []
    before = ""
    for block in blocks(html):
        if block.tag != "dd" and not (block.tag == "li" and before == "li"):
            lines.append("")
        lines += _lines(block)
        before = block.tag
    return ("\n".join(lines).strip() + "\n").encode()


def _lines(block: Block) -> Iterator[str]:
    if block.tag in _RULES:
        wrapped = textwrap.wrap(block.words, WIDTH)
        yield from wrapped
        yield _RULES[block.tag] * max(map(len, wrapped))
    elif block.tag == "li":
        yield from textwrap.wrap(
            block.words, WIDTH, initial_indent="- ", subsequent_indent="  ", **_WHOLE
        )
    elif block.tag == "dd":
        yield from textwrap.wrap(
            block.words, WIDTH, initial_indent="  ", subsequent_indent="  ", **_WHOLE
        )
    else:
        ended = ":" if block.tag == "dt" or "label" in block.inside else ""
        yield from textwrap.wrap(block.words + ended, WIDTH, **_WHOLE)


# A word or an address stays whole, however long it is.
_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
