"""All packs of a content folder, from frozen copies where nothing has changed.

Reading Markdown and YAML takes seconds and large libraries; a service that starts many
workers reads a frozen copy instead. What only the slow way needs is imported there.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from service.domain.content import Pack
from service.domain.errors import ContentError
from service.packs.folder import fingerprint
from service.packs.frozen import freeze, thaw
from service.packs.signatures import state_today

__all__ = ["freeze", "load_packs", "thaw"]

_ROOM = Path(__file__).parent


def load_packs(content_dir: Path, cache_dir: Path | None, today: date) -> tuple[Pack, ...]:
    """Return every pack below `content_dir`, checked, in the order of their ids.

    With a `cache_dir`, a pack whose files are as they were is not read again; its state
    is computed anew from its signatures and `today`.

    Raises:
        ContentError: a pack has a problem that stops it, or two have the same id.
    """
    if not content_dir.is_dir():
        raise ContentError(
            f"there is no content folder {content_dir}",
            how_to_fix="Set EDUPLAN_CONTENT_DIR to the folder that holds the packs.",
        )
    folders = sorted(header.parent for header in content_dir.glob("*/pack.yaml"))
    packs = sorted((_load(folder, cache_dir, today) for folder in folders), key=lambda p: p.id)
    refuse_twins(packs)
    return tuple(packs)


def _load(folder: Path, cache_dir: Path | None, today: date) -> Pack:
    if cache_dir is None:
        return _read_and_check(folder, today)
    copy = cache_dir / f"{folder.name}-{fingerprint(folder)}-{_maker()}.json"
    pack = _thaw_copy(copy, today)
    if pack is None:
        pack = _read_and_check(folder, today)
        _write(copy, freeze(pack))
    return pack


def _thaw_copy(copy: Path, today: date) -> Pack | None:
    """The frozen pack as it stands today, or None if there is no whole copy."""
    try:
        pack = thaw(copy.read_bytes())
    except (OSError, ContentError):
        return None
    return replace(pack, state=state_today(pack.extras["approvals"], today))


def _read_and_check(folder: Path, today: date) -> Pack:
    from service.packs.check import check_sources
    from service.packs.files import build_pack
    from service.packs.problems import Report
    from service.packs.sources import read_sources

    report = Report()
    sources = read_sources(folder, report)
    if sources is not None:
        check_sources(sources, report)
    if sources is None or report.stops:
        raise report.refusal(folder.name)
    return build_pack(sources, today)


@cache
def _maker() -> str:
    """What made the copies: a change to this room or to its page makes others."""
    total = sha256()
    for path in sorted(_ROOM.rglob("*")):
        if path.suffix in (".py", ".html"):
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


def _write(copy: Path, frozen: bytes) -> None:
    """Write all or nothing: a reader never sees half a pack."""
    part = copy.with_suffix(f".{os.getpid()}.part")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(frozen)
        part.replace(copy)
    except OSError as error:
        raise ContentError(
            f"the folder for frozen packs cannot be written: {error.strerror}",
            how_to_fix=f"Make {copy.parent} writable, or run without it.",
        ) from error


def refuse_twins(packs: Sequence[Pack]) -> None:
    """Names must tell packs apart, and topics of packs: `a-b` with `c` is `a` with `b-c`."""
    ids = [pack.id for pack in packs]
    topics = [f"{pack.id}-{topic.id}" for pack in packs for topic in pack.topics]
    for names in (ids, topics):
        for name, times in Counter(names).items():
            if times > 1:
                raise ContentError(
                    f"two packs have the id {name!r}",
                    how_to_fix="Give one of them another id in its pack.yaml.",
                )
