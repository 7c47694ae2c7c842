"""A folder to one domain.Pack, handouts rendered. Checks the shape, not the words."""

from datetime import date
from pathlib import Path

from service.domain.content import Audience, Edition, Handout, Pack, Text
from service.packs.handouts import with_handouts
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
    return build_pack(sources, today)


def build_pack(sources: Sources, today: date) -> Pack:
    """Make the domain's pack of sources that hold together."""
    header = sources.header
    return with_handouts(
        Pack(
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
                Handout(h["id"], Text(h["title"]), tuple(h["topics"]), {})
                for h in header["handouts"]
            ),
            state=state_of(
                sources.approvals, sources.signed_sha256, today, header["review"]["due"]
            ),
            extras=_extras(sources),
        )
    )


def _extras(sources: Sources) -> dict[str, object]:
    return {
        **sources.extras,
        "source": list(sources.header["source"]),
        "approvals": plain_approvals(
            sources.approvals, sources.signed_sha256, sources.header["review"]["due"]
        ),
    }
