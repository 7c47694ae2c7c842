"""Commands that keep an installation safe: backup and restore."""

import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from service.delivery_commands import Problem, settings_or_problem

_SUFFIX = ".tar"
_EVERY = 2.0  # seconds between two words of progress


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; the file is named by the time. Else `backups` in EDUPLAN_VAR_DIR.",
)
@click.option(
    "--keep",
    default=0,
    type=click.IntRange(0),
    help="Remove the oldest in that folder, so that so many stay. 0 keeps all.",
)
def backup(file: Path | None, into: Path | None, keep: int) -> None:
    """Write the whole installation into one new file, also while it works."""
    settings = settings_or_problem()
    if file and (into or keep):
        raise Problem("name a file, or a folder with --into, and keep some of a folder only")
    from service.backups import Refused, back_up

    _end_at_sigterm()
    now = datetime.now(UTC)
    folder = into or settings.var_dir / "backups"
    target = file or folder / f"education-plan-{now:%Y%m%dT%H%M%SZ}{_SUFFIX}"
    try:
        taken = back_up(settings, target.absolute(), now, _Progress())
    except Refused as error:
        raise Problem(str(error)) from error
    if taken.manifest.wordless:
        click.echo(
            "The words of these versions, which plans pin, are not in EDUPLAN_VAR_DIR, so not in "
            f"the archive either: {', '.join(taken.manifest.wordless)}",
            err=True,
        )
    click.echo(f"{taken.sha256}  {taken.path}")
    if keep:
        _prune(folder, keep)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--replace", is_flag=True, help="Also over a database with plans in it; that one is kept aside."
)
@click.option("--sha256", default="", help="What `backup` printed; the file must have it.")
@click.option(
    "--nothing-since",
    is_flag=True,
    help="Nothing was done since the backup, as when moving: go on as if it had not been.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Only try whether the file could be restored."
)
def restore(
    file: Path, sha256: str, *, replace: bool, nothing_since: bool, only_check: bool
) -> None:
    """Put a backup in the place of the installation. Stop the service and the worker first."""
    settings = settings_or_problem()
    from service.backups import Refused, Wishes
    from service.backups import restore as put_back

    _end_at_sigterm()
    wishes = Wishes(replace, sha256, nothing_since, only_check)
    try:
        done = put_back(settings, file.absolute(), wishes, datetime.now(UTC), _Progress())
    except Refused as error:
        raise Problem(str(error)) from error
    taken = f"{done.manifest.taken:%Y-%m-%d %H:%M} UTC by {done.manifest.version}"
    if only_check:
        click.echo(f"Good: taken {taken}, {done.manifest.rows.get('plan', 0)} plans.")
        return
    click.echo(f"Restored what was taken {taken}.")
    if done.aside:
        click.echo(f"What stood before is kept as {done.aside}.")
    if done.erased:
        click.echo(f"{done.erased} patients who were erased since were erased again.")
    if not nothing_since:
        click.echo(
            f"{done.resumed} open plans go on beyond what their records may hold since. What was "
            "documented in between stands there and not here: see docs/operator.md."
        )


class _Progress:
    """Says on stderr what is done and how far, not oftener than one can read."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            click.echo(f"{what}: {100 * done // of} %" if of else f"{what}: {done:,}", err=True)


def _prune(folder: Path, keep: int) -> None:
    """Remove the oldest archives; their names are in the order of time."""
    found = sorted(folder.glob(f"education-plan-[0-9]*{_SUFFIX}"))
    for path in found[:-keep]:
        path.unlink(missing_ok=True)
        click.echo(f"removed {path}", err=True)


def _end_at_sigterm() -> None:
    """So that what was begun is cleared away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
