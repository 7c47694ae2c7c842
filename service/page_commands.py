"""The command that ends open pages: for who may not come in any more, or for everybody."""

import click

from service.delivery_commands import Problem, require_fit, settings_or_problem


@click.command("close-pages")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--who", default="", help="A person: Practitioner/1, Patient/1, or a token's name.")
@click.option("--everybody", is_flag=True, help="All of the clinic's.")
def close_pages(tenant: str, who: str, *, everybody: bool) -> None:
    """End the pages that are open, at once. What was typed stays as a draft.

    Who logs in at the record may open them again, so end the account there first.
    """
    if bool(who) == everybody:
        raise Problem("say --who, or --everybody")
    settings = settings_or_problem()
    require_fit(settings)
    from service.store.launches import DatabaseLaunches
    from service.store.opening import open_engine

    engine = open_engine(settings.database)
    try:
        ended = DatabaseLaunches(engine).end_all(tenant, who)
    finally:
        engine.close()
    click.echo(f"{ended} ended.")
