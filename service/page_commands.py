"""The command that ends open pages: for who may not come in any more, or for everybody."""

from datetime import UTC, datetime

import click

from service.audit_commands import open_database, operator
from service.delivery_commands import Problem
from service.store.ids import new_id
from service.store.plans import DatabasePlans
from service.usecases.close_pages import ClosePages


@click.command("close-pages")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--who", default="", help="A person: Practitioner/1, Patient/1, or a token's name.")
@click.option("--everybody", is_flag=True, help="All of the clinic's.")
def close_pages(tenant: str, who: str, *, everybody: bool) -> None:
    """End the pages that are open, at once. What was typed stays as a draft. That is audited.

    Who logs in at the record may open them again, so end the account there first.
    """
    if bool(who) == everybody:
        raise Problem("say --who, or --everybody")
    with open_database() as engine:
        story = ClosePages(DatabasePlans(engine, new_id), lambda: datetime.now(UTC))
        ended = story(operator(tenant), who)
    click.echo(f"{ended} ended.")
