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
from service.domain.values import dataclass
from service.packs.catalogue import is_usable
from service.packs.folder import fingerprint
from service.packs.frozen import freeze, thaw
from service.packs.issued import HandoutStore
from service.packs.signatures import state_today

__all__ = ["Prepared", "freeze", "load_packs", "thaw"]

_ROOM = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Prepared:
    """Where prepared content lies: copies that can be made again, and handouts that are kept.

    Handouts are kept of packs that may be used: `draft_content` says if drafts may.
    """

    copies: Path
    handouts: HandoutStore
    draft_content: bool = True

    @classmethod
    def below(cls, var_dir: Path, *, draft_content: bool) -> "Prepared":
        """Return the places below the folder of the service's data."""
        return cls(var_dir / "packs", HandoutStore(var_dir / "handouts"), draft_content)

    def keeps(self, pack: Pack) -> bool:
        return is_usable(pack, draft_content=self.draft_content)

    def holds(self, pack: Pack) -> bool:
        """Whether every page of the pack is on the shelf that should be."""
        return not self.keeps(pack) or self.handouts.has(pages_in(pack))

    def with_copies(self, pack: Pack) -> Pack:
        """Return the pack with the forms of its pages that are on the shelf."""
        handouts = (
            replace(
                handout,
                files={
                    which: replace(file, copies=self.handouts.copies(file.sha256))
                    for which, file in handout.files.items()
                },
            )
            for handout in pack.handouts
        )
        return replace(pack, handouts=tuple(handouts))

    def write(self, pack: Pack) -> None:
        """Freeze the pack for the next start."""
        _write(self._copy(pack.sha256), freeze(pack))

    def read(self, fingerprint: str, today: date) -> Pack | None:
        """The frozen pack of these files as it stands today, or None if it must be made."""
        try:
            pack = thaw(self._copy(fingerprint).read_bytes())
        except (OSError, ContentError):
            return None
        pack = replace(pack, state=state_today(pack.extras["approvals"], today))
        return pack if self.holds(pack) else None

    def _copy(self, fingerprint: str) -> Path:
        return self.copies / f"{fingerprint}-{maker()}.json"


def pages_in(pack: Pack) -> list[str]:
    """The SHA-256 of every page of the pack, each once."""
    files = (file for handout in pack.handouts for file in handout.files.values())
    return list(dict.fromkeys(file.sha256 for file in files))


def load_packs(content_dir: Path, prepared: Prepared | None, today: date) -> tuple[Pack, ...]:
    """Return every pack below `content_dir`, checked, in the order of their ids.

    With a place for what is prepared, a pack whose files are as they were is not read again;
    its state is computed anew from its signatures and `today`. A pack that must be read gets
    its handouts as pages and plain text.

    Raises:
        ContentError: a pack has a problem that stops it, or two have the same id.
    """
    if not content_dir.is_dir():
        raise ContentError(
            f"there is no content folder {content_dir}",
            how_to_fix="Set EDUPLAN_CONTENT_DIR to the folder that holds the packs.",
        )
    folders = sorted(header.parent for header in content_dir.glob("*/pack.yaml"))
    packs = sorted((_load(folder, prepared, today) for folder in folders), key=lambda p: p.id)
    refuse_twins(packs)
    return tuple(packs)


def _load(folder: Path, prepared: Prepared | None, today: date) -> Pack:
    if prepared is None:
        return _make(folder, None, today)
    pack = prepared.read(fingerprint(folder), today)
    if pack is None:
        pack = _make(folder, prepared, today)
        prepared.write(pack)
    if prepared.keeps(pack):
        prepared.handouts.point(pack)
    return pack


def _make(folder: Path, prepared: Prepared | None, today: date) -> Pack:
    from service.packs.check import check_sources
    from service.packs.files import build_pack
    from service.packs.page_text import to_text
    from service.packs.problems import Report
    from service.packs.sources import read_sources

    report = Report()
    sources = read_sources(folder, report)
    if sources is not None:
        check_sources(sources, report)
    if sources is None or report.stops:
        raise report.refusal(folder.name)
    pack, pages = build_pack(sources, today)
    if prepared is None or not prepared.keeps(pack):
        return pack
    prepared.handouts.put(pack, pages, {page.sha256: to_text(page.html) for page in pages})
    return prepared.with_copies(pack)


@cache
def maker() -> str:
    """What made the copies: a change to this room, its page or its style makes others."""
    total = sha256()
    for path in sorted(_ROOM.rglob("*")):
        if path.suffix in (".py", ".html", ".css"):
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
