"""Commands about content packs: content check, new, translated, build."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.delivery_commands import Problem, settings_or_problem
from service.domain.content import ANY_OTHER, HandoutForm, Pack
from service.domain.errors import ContentError, ServiceError

if TYPE_CHECKING:
    from service.packs.freeze import Prepared


@click.group()
def content() -> None:
    """Check, begin and prepare content packs."""


@content.command("check")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
def content_check(folders: tuple[Path, ...]) -> None:
    """Tell what is wrong in the packs (all of them unless named), and how to mend it."""
    from service.packs.check import check_pack

    stops = 0
    for folder in folders or _pack_folders():
        if not folder.is_dir():
            raise Problem(f"{folder} is not a folder")
        problems = check_pack(folder)
        for problem in problems:
            click.echo(str(problem))
        found = sum(problem.level == "stop" for problem in problems)
        click.echo(f"{folder.name}: {_verdict(found, len(problems) - found)}")
        stops += found
    if stops:
        raise Problem(f"{stops} to mend before this content can be used")


@content.command("new")
@click.argument("pack_id")
@click.option("--title", required=True, help="What the condition is called, in Danish.")
@click.option("--code", default="", help="ICPC-2 code that calls for the pack.")
@click.option("--into", type=click.Path(path_type=Path), help="Folder of packs; else the setting.")
def content_new(pack_id: str, title: str, code: str, into: Path | None) -> None:
    """Begin a new pack: a folder with everything in its place, ready to be written."""
    from service.packs.scaffold import new_pack

    try:
        folder = new_pack(into or settings_or_problem().content_dir, pack_id, title, code=code)
    except ContentError as error:
        raise Problem(f"{error.detail} {error.how_to_fix}") from error
    click.echo(f"Made {folder}. Write the topics, then run: education-plan content check {folder}")


@content.command("translated")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("topics", nargs=-1)
@click.option("--language", "languages", multiple=True, help="Only this one; may be repeated.")
def content_translated(folder: Path, topics: tuple[str, ...], languages: tuple[str, ...]) -> None:
    """Note that translations are of the source text as it is now (all topics unless named)."""
    from service.packs.translated import note_translated

    try:
        noted = note_translated(folder, languages, topics)
    except ContentError as error:
        raise Problem(f"{error.detail} {error.how_to_fix}") from error
    for name in noted:
        click.echo(f"{name}: up to date")


@content.command("build")
@click.option("--pdf/--no-pdf", default=True, help="Print the PDFs that are not there yet.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="Copy the handouts to look at."
)
def content_build(*, pdf: bool, into: Path | None) -> None:
    """Check and prepare every pack and its handouts, so that the service only reads them."""
    from datetime import date

    from service.packs.freeze import Prepared, load_packs

    settings = settings_or_problem()
    prepared = Prepared.below(settings.var_dir, draft_content=settings.draft_content)
    try:
        packs = load_packs(settings.content_dir, prepared, date.today())  # noqa: DTZ011
        if pdf:
            packs = _printed(packs, prepared)
        for pack in packs:
            click.echo(f"{pack.id} {pack.version} ({pack.state}) {pack.sha256[:12]}")
            click.echo(f"  {_told(pack, prepared)}")
            if into and prepared.keeps(pack):
                _copy(pack, prepared, into)
    except ServiceError as error:
        raise Problem(f"{error.detail} {error.how_to_fix}") from error


def _printed(packs: tuple[Pack, ...], prepared: "Prepared") -> tuple[Pack, ...]:
    from service.packs.paper import NoPress
    from service.packs.printing import print_handouts

    try:
        with _progress("Printing handouts") as tell:
            return print_handouts(packs, prepared, tell)
    except NoPress as error:
        click.echo(f"No PDFs are made: {error}", err=True)
        return packs


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is, on stderr: a bar to a person, a few lines to a log."""
    bar = None

    def tell(done: int, of: int) -> None:
        nonlocal bar
        if not sys.stderr.isatty():
            if done * 4 // of > (done - 1) * 4 // of:
                click.echo(f"{what}: {done} of {of}", err=True)
        elif bar is None:
            bar = click.progressbar(length=of, label=what, file=sys.stderr)
            bar.render_progress()
        else:
            bar.update(1)

    yield tell
    if bar is not None:
        bar.render_finish()


def _told(pack: Pack, prepared: "Prepared") -> str:
    """What there is of the pack, and how far its translations are."""
    if not prepared.keeps(pack):
        return "not in use, so no handouts are kept of it"
    files = {f.sha256: f for handout in pack.handouts for f in handout.files.values()}
    printed = (HandoutForm.PDF, HandoutForm.LARGE)
    pdfs = sum(copy.form in printed for file in files.values() for copy in file.copies)
    told = [f"{len(files)} pages, {pdfs} PDFs"]
    for language in (*pack.languages[1:], *pack.translating):
        found = [pack.translation(topic, language) for topic in pack.topics]
        states = (f"{found.count(state)} {state}" for state in dict.fromkeys(found))
        told.append(f"{language}: {', '.join(states)}")
    return "; ".join(told)


def _copy(pack: Pack, prepared: "Prepared", into: Path) -> None:
    """Put every form of every handout into a folder, under names that a person can read."""
    endings = {HandoutForm.LARGE: "-large.pdf"}
    place = into / pack.id
    place.mkdir(parents=True, exist_ok=True)
    for handout in pack.handouts:
        for (edition, language), file in handout.files.items():
            spoken = "other" if language == ANY_OTHER else language
            for form, path in prepared.handouts.paths(file.sha256).items():
                ending = endings.get(form, f".{form}")
                shutil.copyfile(path, place / f"{handout.id}-{edition}-{spoken}{ending}")


def _pack_folders() -> list[Path]:
    folder = settings_or_problem().content_dir
    found = sorted(path.parent for path in folder.glob("*/pack.yaml"))
    if not found:
        raise Problem(f"there is no pack in {folder}")
    return found


def _verdict(stops: int, others: int) -> str:
    if stops:
        return f"{stops} to mend, {others} to consider"
    return f"good, {others} to consider" if others else "good"
