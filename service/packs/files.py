"""A folder to one domain.Pack, and the pages of its handouts. Checks the shape, not the words."""

from datetime import date
from pathlib import Path

from service.domain.content import Audience, Edition, Handout, Pack, PackState, Text
from service.packs.handouts import pages_of, with_files
from service.packs.page import Page
from service.packs.problems import Report
from service.packs.signatures import plain_approvals, state_of
from service.packs.sources import Sources, read_sources


def read_pack(folder: Path, today: date = date.min) -> Pack:
    """Read the pack in this folder; `today` decides if its review is due or past.

    Raises:
        ContentError: the files do not make a pack; names the first file and line.
    """
    report = Report()
    sources = read_sources(folder, report)
    if sources is None:
        raise report.refusal(folder.name)
    return build_pack(sources, today)[0]


def build_pack(sources: Sources, today: date) -> tuple[Pack, tuple[Page, ...]]:
    """Make the domain's pack of sources that hold together, and its pages.

    A pack that was withdrawn has no pages: nobody is to read them.
    """
    pack = _assemble(sources, today)
    pages = () if pack.state is PackState.WITHDRAWN else pages_of(pack)
    return with_files(pack, pages), pages


def _assemble(sources: Sources, today: date) -> Pack:
    header = sources.header
    return Pack(
        id=header["id"],
        version=header["version"],
        sha256=sources.sha256,
        date=header["date"],
        title={Audience(reader): Text(words) for reader, words in header["title"].items()},
        description=Text(header["description"]),
        publisher=header["publisher"],
        licence=header["licence"],
        languages=sources.languages,
        editions=tuple(Edition(edition) for edition in header["editions"]),
        triggers=header["triggers"],
        topics=sources.topics,
        goals=sources.goals,
        handouts=tuple(
            Handout(h["id"], Text(h["title"]), tuple(h["topics"]), {}) for h in header["handouts"]
        ),
        state=state_of(sources.approvals, sources.signed_sha256, today, header["review"]["due"]),
        extras=_extras(sources),
        translating=tuple(sources.header["translating"]),
    )


def _extras(sources: Sources) -> dict[str, object]:
    return {
        **sources.extras,
        "source": list(sources.header["source"]),
        "approvals": plain_approvals(
            sources.approvals, sources.signed_sha256, sources.header["review"]["due"]
        ),
    }
