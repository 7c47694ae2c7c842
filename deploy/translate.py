"""Collects the words of the pages, and makes what the service reads: `make translations`.

    templates and code ──▶ translations/da/LC_MESSAGES/messages.po ──▶ messages.mo

A new sentence arrives in the .po without a translation: write it there, and run it again.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[1] / "service" / "web"
PO = WEB / "translations" / "da" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
_METHODS = [
    ("**.py", "python"),
    ("templates/clinician/**.html", "jinja2"),
    ("templates/portal/**.html", "jinja2"),
]


def collected() -> Catalog:
    """Every sentence that the pages say, in English."""
    found = Catalog(locale="da")
    as_shown = {"trim_blocks": "true", "lstrip_blocks": "true"}
    options = {f"templates/{room}/**.html": as_shown for room in ("clinician", "portal")}
    for _file, _line, message, comments, context in extract_from_dir(WEB, _METHODS, options):
        found.add(message, context=context, auto_comments=comments)
    return found


def known() -> Catalog:
    """The translations there are."""
    return read_po(io.BytesIO(PO.read_bytes()), locale="da")


def updated() -> Catalog:
    """The translations there are, for the sentences there are today."""
    wanted, there = collected(), known()
    for message in wanted:
        if message.id and message.id in there:
            message.string = there[message.id].string
    return wanted


def lacking(catalogue: Catalog) -> list[str]:
    """The sentences that have no Danish, or not for one and for many."""
    return [
        str(message.id)
        for message in catalogue
        if message.id
        and not all(message.string if isinstance(message.string, tuple) else [message.string])
    ]


def written(catalogue: Catalog) -> bytes:
    """The text of a .po file; the same catalogue gives the same bytes."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, omit_header=True)
    return b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """The bytes that gettext reads; the same catalogue gives the same."""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Write both files; return 1 when a sentence has no translation yet."""
    catalogue = updated()
    PO.write_bytes(written(catalogue))
    MO.write_bytes(compiled(known()))
    missing = lacking(catalogue)
    for text in missing:
        print(f"No Danish for: {text}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
