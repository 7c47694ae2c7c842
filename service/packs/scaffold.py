"""A new pack that already loads: two topics in Danish and English for its author to rewrite."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Template

from service.domain.codes import ICPC2, Coding
from service.domain.errors import ContentError

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TITLE = re.compile(r"[^\x00-\x1f\x7f<>{}]*[^\W_][^\x00-\x1f\x7f<>{}]*")
_SAMPLE = Path(__file__).with_name("templates") / "pack"
_REVIEW_AFTER = timedelta(days=2 * 365)
_NO_RECORDS_CODE = Coding("urn:example:codes", "example")


def new_pack(
    content_dir: Path, pack_id: str, title: str, *, code: str = "", today: date | None = None
) -> Path:
    """Write the folder of a new pack and return it; it passes its check as it is.

    `code` is the ICPC-2 code that calls for the pack; without one the pack has a code of
    an example system, which no record sends.

    Raises:
        ContentError: the id, title or code cannot be used, or the folder exists.
    """
    trigger = Coding(ICPC2, code) if code else _NO_RECORDS_CODE
    _refuse_unusable(pack_id, title, trigger)
    day = today or datetime.now(UTC).date()
    words = {
        "id": pack_id,
        "title": json.dumps(title, ensure_ascii=False),
        "system": trigger.system,
        "code": json.dumps(trigger.code),
        "date": day.isoformat(),
        "review": (day + _REVIEW_AFTER).isoformat(),
    }
    folder = content_dir / pack_id
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise ContentError(
            f"the folder {pack_id!r} exists already", how_to_fix="Choose another id."
        ) from None
    for sample in sorted(path for path in _SAMPLE.rglob("*") if path.is_file()):
        target = folder / sample.relative_to(_SAMPLE)
        target.parent.mkdir(exist_ok=True)
        text = Template(sample.read_text("utf-8")).substitute(words)
        target.write_text(text, "utf-8", newline="\n")
    return folder


def _refuse_unusable(pack_id: str, title: str, trigger: Coding) -> None:
    if not _ID.fullmatch(pack_id):
        raise ContentError(
            f"{pack_id!r} cannot be the id of a pack",
            how_to_fix="Use small letters, digits and hyphens, such as `knee-osteoarthritis`.",
        )
    if not _TITLE.fullmatch(title):
        raise ContentError(
            "the title must be one line of plain words",
            how_to_fix="Leave out line breaks and the signs < > { }.",
        )
    if not trigger.is_well_formed:
        raise ContentError(
            f"{trigger.code!r} is not an ICPC-2 code",
            how_to_fix="Give a code such as L86, or none.",
        )
