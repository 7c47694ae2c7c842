"""An answer to Infobutton: an Atom feed (RFC 4287), or the same as JSON as MedlinePlus writes it.

Only written here, never read: there is no parser of XML in the process.
"""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import orjson

from service.domain.codes import Coding
from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.narrative import word
from service.usecases.find_material import Material

_ATOM = "http://www.w3.org/2005/Atom"
_TITLE = {"da": "Patientuddannelse", "en": "Patient education"}
_NO_DATE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `link` is "" for what has no page of its own and stands here as a whole."""

    id: str
    title: str
    language: str
    updated: str
    html: str
    link: str


@dataclass(frozen=True, slots=True)
class Feed:
    """What was found. `categories` are what was asked for: scheme and term."""

    language: str
    service_url: str
    categories: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        return _TITLE.get(self.language, _TITLE["en"])

    @property
    def updated(self) -> str:
        return max((entry.updated for entry in self.entries), default=_NO_DATE)

    @property
    def id(self) -> str:
        return urls.urn("feed", *(f"{scheme} {term}" for scheme, term in self.categories))


def to_entry(found: Material, link: str, inline: Callable[[str], str]) -> Entry:
    """Return the entry of one thing to read; `inline` makes HTML of a point's Markdown."""
    say = "en" if found.language == "en" else "da"
    told = [word(say, "draft")] if found.is_draft else []
    told += [found.doubt] if found.doubt else []
    points = "".join(f"<li>{inline(point)}</li>" for point in found.points)
    return Entry(
        id=urls.urn("infobutton", found.pack, found.version, found.id, found.language),
        title=found.title,
        language=found.language,
        updated=f"{found.dated.isoformat()}T00:00:00Z",
        html="".join(f"<p><b>{escape(text)}</b></p>" for text in told) + f"<ul>{points}</ul>",
        link=link,
    )


def categories(codes: Iterable[Coding], recipient: str) -> tuple[tuple[str, str], ...]:
    """What was asked for, as the feed repeats it: codes of systems we know, and nothing else."""
    known = [code for code in codes if code.is_known_system and code.is_well_formed]
    return (
        *(
            pair
            for code in known
            for pair in (
                ("mainSearchCriteria.v.c", code.code),
                ("mainSearchCriteria.v.cs", code.system.removeprefix("urn:oid:")),
            )
        ),
        ("informationRecipient", recipient),
    )


def to_atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{_ATOM}"'
        f' xml:lang="{escape(feed.language)}">',
        _element("title", feed.title, type="text"),
        _element("id", feed.id),
        _element("updated", feed.updated),
        f"<author><name>{escape(feed.title)}</name><uri>{escape(feed.service_url)}</uri></author>",
        *(f'<category scheme="{escape(s)}" term="{escape(t)}"/>' for s, t in feed.categories),
        *map(_atom_entry, feed.entries),
        "</feed>\n",
    ]
    return "".join(parts).encode()


def to_json(feed: Feed) -> bytes:
    """Return the same feed as JSON: texts are `_value`, as MedlinePlus Connect has it."""
    told: dict[str, Any] = {
        "base": feed.service_url,
        "lang": feed.language,
        "title": _text(feed.title),
        "id": {"_value": feed.id},
        "updated": {"_value": feed.updated},
        "author": {"name": {"_value": feed.title}, "uri": {"_value": feed.service_url}},
        "category": [{"scheme": scheme, "term": term} for scheme, term in feed.categories],
        "entry": [_json_entry(entry) for entry in feed.entries],
    }
    return orjson.dumps({"feed": told})


def _atom_entry(entry: Entry) -> str:
    link = f'<link rel="alternate" type="text/html" href="{escape(entry.link)}"/>'
    body = _element("summary" if entry.link else "content", entry.html, type="html")
    return (
        f'<entry xml:lang="{escape(entry.language)}">{_element("title", entry.title, type="text")}'
        f"{link if entry.link else ''}{_element('id', entry.id)}"
        f"{_element('updated', entry.updated)}{body}</entry>"
    )


def _json_entry(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": _text(entry.title),
        "link": [{"href": entry.link, "rel": "alternate"}] if entry.link else [],
        "id": {"_value": entry.id},
        "updated": {"_value": entry.updated},
        "lang": entry.language,
        "summary": {"_value": entry.html, "type": "html"},
    }
    return told


def _text(value: str) -> dict[str, str]:
    return {"_value": value, "type": "text"}


def _element(name: str, text: str, **attributes: str) -> str:
    told = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{escape(text)}</{name}>"
