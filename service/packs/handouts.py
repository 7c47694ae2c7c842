"""Handouts as HTML pages, made once for each version of a pack: the master of every form.

A page stands by itself: its style is inside, it has no script and asks for nothing else, so
it looks years later as it did. Never made while a request waits.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import jinja2
from markupsafe import Markup

from service.domain.content import ANY_OTHER, Edition, Handout, HandoutFile, Pack
from service.packs.labels import FALLBACK, direction, labels, languages
from service.packs.leaflet import Leaflet, Said, compose, has_points, is_translated
from service.packs.page import Page

_TEMPLATES = Path(__file__).with_name("templates")
TEMPLATE = "handout.html"
STYLE = (_TEMPLATES / "handout.css").read_text("utf-8")

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def pages_of(pack: Pack) -> tuple[Page, ...]:
    """Render every page of the pack: each handout, edition and language.

    The same pack gives the same bytes. A language that has nothing of a handout gets the
    source text with a note, and so does, under `ANY_OTHER`, every language there is.
    """
    return tuple(page for handout in pack.handouts for page in _pages_of(pack, handout))


def with_files(pack: Pack, pages: Iterable[Page]) -> Pack:
    """Return the pack with what it must know of its pages."""
    files: dict[str, dict[tuple[Edition, str], HandoutFile]] = {h.id: {} for h in pack.handouts}
    for page in pages:
        files[page.handout][page.edition, page.language] = page.file
    return replace(pack, handouts=tuple(replace(h, files=files[h.id]) for h in pack.handouts))


def _pages_of(pack: Pack, handout: Handout) -> Iterator[Page]:
    source = pack.languages[0]
    own = dict.fromkeys((*pack.languages, *pack.translating))
    others = [language for language in languages() if language not in own]
    for edition in pack.editions:
        if not has_points(pack, handout, edition):
            continue
        for language in own:
            if is_translated(pack, handout, language):
                leaflet = compose(pack, handout, edition, language)
            else:
                leaflet = compose(pack, handout, edition, source, note_in=language)
            yield _page(pack, handout, leaflet, language)
        for language in others:
            leaflet = compose(pack, handout, edition, source, note_in=language)
            yield _page(pack, handout, leaflet, language)
        leaflet = compose(pack, handout, edition, source, note_in=FALLBACK)
        yield _page(pack, handout, leaflet, ANY_OTHER)


def _page(pack: Pack, handout: Handout, leaflet: Leaflet, language: str) -> Page:
    spoken, fixed = labels(leaflet.language, pack.languages[0])
    style = STYLE + _on_paper(leaflet, fixed, pack.version)
    html = _PAGES.get_template(TEMPLATE).render(
        leaflet=leaflet,
        fixed={
            name: Said(words, "" if spoken == leaflet.language else spoken)
            for name, words in fixed.items()
        },
        direction=direction(leaflet.language),
        style=Markup(style),  # noqa: S704 - ours, and what is the pack's is escaped below
    )
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Page(
        handout=handout.id,
        edition=leaflet.edition,
        language=language,
        text_language=leaflet.language,
        title=leaflet.title.words,
        minutes=leaflet.minutes,
        style=f"'sha256-{digest}'",
        html=html.encode(),
    )


def _on_paper(leaflet: Leaflet, fixed: Mapping[str, str], version: str) -> str:
    """The words in the margins of each sheet: what it is, which text, page x of y."""
    foot = f"{leaflet.subject.words} · {fixed['version']} {version}"
    page = f"{_css(fixed['page'] + ' ')}counter(page){_css(' ' + fixed['of'] + ' ')}counter(pages)"
    draft = _css(fixed["draft-short"]) if leaflet.is_draft else "none"
    start, end = ("right", "left") if direction(leaflet.language) == "rtl" else ("left", "right")
    return (
        f"@page{{@top-{end}{{font-weight:700;content:{draft}}}"
        f"@bottom-{start}{{content:{_css(foot)}}}@bottom-{end}{{content:{page}}}}}\n"
    )


def _css(words: str) -> str:
    """The words as a string of CSS that ends where it should, also inside `<style>`."""
    return '"' + "".join(c if c.isalnum() or c in " ·,." else f"\\{ord(c):x} " for c in words) + '"'
