"""Commands about the audit trail: verify, export, seal."""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click
import orjson

from service.delivery_commands import Problem, require_fit, settings_or_problem
from service.store.audit_seals import DatabaseSeals
from service.store.engine import Engine
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.export_audit import ExportAudit
from service.usecases.ports import Caller
from service.usecases.seal_audit import SealAudit
from service.usecases.verify_audit import Verification

_MOST = 100  # faults of a clinic that are shown


@click.group()
def audit() -> None:
    """Hold the audit trail to its seals, and hand it out."""


@audit.command()
@click.option("--tenant", default="", help="The clinic; else all of them.")
@click.option(
    "--head",
    "heads",
    multiple=True,
    help="NUMBER:SHA256 of a seal as it was written down elsewhere. Needs --tenant.",
)
def verify(tenant: str, heads: Sequence[str]) -> None:
    """Find every row that was changed, removed or added since it was sealed.

    Nothing is written. The last line of each clinic names the head of its chain: kept
    elsewhere and given as --head, it proves that the whole chain before it is what it was.
    """
    if heads and not tenant:
        raise Problem("a head is of one clinic: name it with --tenant")
    wanted = dict(map(_head, heads))
    faulty = 0
    with open_database() as engine:
        seals = DatabaseSeals(engine)
        for name in [tenant] if tenant else seals.clinics():
            with seals.trail(name) as trail:
                faulty += _verify(name, Verification(trail, wanted))
    if faulty:
        raise Problem(f"the audit trail is not what was sealed: {faulty} faults")


@audit.command()
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--since", type=click.DateTime(), help="UTC; else from the beginning.")
def export(tenant: str, since: datetime | None) -> None:
    """Write the audit trail as FHIR AuditEvents, one a line (NDJSON). That is audited too."""
    with open_database() as engine:
        story = ExportAudit(DatabasePlans(engine, new_id), lambda: datetime.now(UTC))
        begin = since.replace(tzinfo=UTC) if since else None
        for event in story(operator(tenant), begin):
            sys.stdout.buffer.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))


@audit.command("seal")
def seal_now() -> None:
    """Seal what is not sealed yet. A worker does it every few seconds."""
    with open_database() as engine:
        story, many = SealAudit(DatabaseSeals(engine), lambda *_: None), 0
        while more := story():
            many += more
            click.echo(f"sealed: {many:,}", err=True)
    click.echo(f"{many:,} rows sealed")


def operator(tenant: str) -> Caller:
    """Whoever runs a command, for the audit trail: the name of their account on the machine."""
    return Caller(tenant, "operator", getpass.getuser())


@contextmanager
def open_database() -> Iterator[Engine]:
    """The database that the settings name, for as long as a command runs.

    Raises:
        Problem: it is not fit for this release.
    """
    settings = settings_or_problem()
    require_fit(settings)
    engine = open_engine(settings.database)
    try:
        yield engine
    finally:
        engine.close()


def _head(told: str) -> tuple[int, str]:
    number, _, sha256 = told.partition(":")
    if not number.isdecimal() or len(sha256) != 64:
        raise Problem(f"{told} is no head; `audit verify` prints one, as 12:0fa3…")
    return int(number), sha256.lower()


def _verify(tenant: str, walk: Verification) -> int:
    """Tell of one clinic, and return how many faults there are."""
    faulty = 0
    for fault in walk.faults():
        faulty += 1
        if faulty <= _MOST:
            click.echo(f"{tenant}: {fault}")
    if faulty > _MOST:
        click.echo(f"{tenant}: … and {faulty - _MOST:,} more")
    whole = "not whole" if faulty else "whole"
    young = f"{walk.unsealed:,} not sealed yet"
    click.echo(f"{tenant}: {walk.rows:,} rows, {walk.seals:,} seals, {whole}; {young}")
    click.echo(f"{tenant}: head {walk.head}" if walk.head else f"{tenant}: no seal yet")
    return faulty
