"""The little Markdown a text may hold: **bold**, *italics* and web links.

Knows one line of text at a time; what a line is for is the caller's matter.
"""

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

# HTML is off at the source: `<b>` is four characters of text and is refused as such.
MARKDOWN = MarkdownIt("commonmark", {"html": False})

_HTML = re.compile(r"</?[A-Za-z]|<!|<\?")
_ALLOWED = frozenset({"text", "softbreak", "strong", "em", "link"})


def unwelcome(line: SyntaxTreeNode) -> Iterator[tuple[str, str]]:
    """Yield what this line may not hold, and how to write it instead."""
    for node in line.walk(include_self=False):
        if node.type == "image":
            yield "There is a picture here.", "Pictures are not shown; say it in words."
        elif node.type not in _ALLOWED:
            yield (
                f"There is Markdown of the kind `{node.type}` here.",
                "Use only **bold**, *italics* and [links](https://…).",
            )
        elif node.type == "link" and not is_web_link(str(node.attrs.get("href", ""))):
            yield "This link is not to a web page.", "Begin the address with https://."
        elif node.type == "text":
            yield from unwelcome_words(node.content)


def unwelcome_words(text: str) -> Iterator[tuple[str, str]]:
    """The same for text without Markdown, such as a title."""
    if _HTML.search(text):
        yield "There is HTML here.", "Write plain text; for a 'less than' sign use words."
    if "](" in text:
        yield "This link is not to a web page.", "Begin the address with https://."


def is_web_link(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def to_html(text: str) -> str:
    """One line of Markdown as safe inline HTML."""
    return nh3.clean(
        MARKDOWN.renderInline(text),
        tags={"strong", "em", "a"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
