"""Commands about the database: migrate, copy-database."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from service.config.settings import WrongSetting, database_of
from service.delivery_commands import Problem, settings_or_problem


@click.command()
def migrate() -> None:
    """Bring the database to this release's schema; safe to repeat."""
    from service.store.migrate import migrate as apply

    settings = settings_or_problem()
    reached = apply(settings.database)
    click.echo(f"Database {shown(settings.database)} has schema {reached}.")


@click.command("copy-database")
@click.argument("target")
@click.option(
    "--running",
    is_flag=True,
    help="The service goes on meanwhile, as for a rehearsal: what it writes stays behind.",
)
def copy_database(target: str, *, running: bool) -> None:
    """Copy the database into TARGET, a new one: postgresql://… or sqlite:///….

    What is copied is one moment of the source, whole or not at all, and compared row by row
    before it is kept. Stop every service and worker first; a source that is written to
    meanwhile is refused.
    """
    settings = settings_or_problem()
    try:
        into = database_of(target, "TARGET")
    except WrongSetting as error:
        raise Problem(str(error)) from error
    from service.store.copying import copy_database as copy

    click.echo(f"From {shown(settings.database)} into {shown(into)}:")
    for each in copy(settings.database, into, _tell, running=running):
        click.echo(f"  {each.table:16} {each.rows:>12,} rows, the same on both: {each.sha256[:16]}")
    click.echo("Copied. What the service wrote meanwhile is not in it." if running else "Copied.")


def shown(database: Path | str) -> str:
    """Where the database is, without user, password and options."""
    if isinstance(database, Path):
        return str(database)
    url = urlsplit(database)
    return f"{url.netloc.rpartition('@')[2]}{url.path}"


def _tell(table: str, done: int, many: int) -> None:
    click.echo(f"  {table}: {done:,} of {many:,}", err=True)
