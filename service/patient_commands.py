"""Commands about one patient: export-patient, erase-patient."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from service.audit_commands import operator
from service.config.erased import ErasedList
from service.config.secret import secret
from service.config.settings import Settings
from service.delivery_commands import Problem, require_fit, settings_or_problem
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox
from service.store.patient_rows import DatabasePatients
from service.usecases.erase_patient import ErasePatient, Holding, NotErased
from service.usecases.export_patient import ExportPatient

_ID = re.compile(r"(?:Patient/)?[A-Za-z0-9.-]{1,64}")  # R4 id
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}|")
Stores = tuple[DatabasePatients, DatabaseOutbox]


@click.command("export-patient")
@click.argument("patient")
@click.option("--tenant", required=True, help="The clinic.")
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, a new one.",
)
def export_patient(patient: str, tenant: str, into: Path) -> None:
    """Write all that is kept about PATIENT, an id of the record, into one JSON file.

    It holds every resource as FHIR, all revisions, deliveries, drafts and the audit trail.
    """
    settings = settings_or_problem()
    if into.exists():
        raise Problem(f"{into} is there already, and is not written over")
    with _stores(settings) as (patients, outbox):
        story = ExportPatient(patients, outbox, _now)
        found = story(_reference(patient), operator(tenant))
    into.touch(mode=0o600)
    into.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    click.echo(f"{into}: {_shown(found['rows'])}")


@click.command("erase-patient")
@click.argument("patient")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be erased.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--undelivered-too", is_flag=True, help="Also what is not in the record yet.")
@click.option("--reference", default="", help="The case it was decided in, for the audit trail.")
def erase_patient(
    patient: str, tenant: str, reference: str, *, dry_run: bool, yes: bool, undelivered_too: bool
) -> None:
    """Erase all about PATIENT, an id of the record. What was done stays, under a pseudonym.

    Whether the law allows it is for a person to decide: what has to be kept as a record must
    not be erased before its time. The clinic's record is not touched.
    """
    settings = settings_or_problem()
    name = _reference(patient)
    if not _CASE.fullmatch(reference):
        raise Problem("--reference takes letters, digits, . and - only")
    with _stores(settings) as (patients, _):
        erased = ErasedList(settings.var_dir, secret(settings.var_dir))
        story = ErasePatient(patients, _now, erased.add)
        who = operator(tenant)
        _tell(story.look(name, who), settings)
        if dry_run:
            click.echo("Nothing was erased.")
            return
        if not yes:
            click.confirm(f"Erase all of it for {name} at {tenant}, for good?", abort=True)
        try:
            story(name, who, reference, undelivered_too=undelivered_too)
        except NotErased as refused:
            raise Problem(str(refused)) from refused
    click.echo("Erased.")


def _tell(found: Holding, settings: Settings) -> None:
    click.echo(f"Here: {_shown(found.rows)}")
    if found.undelivered:
        click.echo(f"Not in the record yet, and lost with it: {found.undelivered} revisions")
    if found.in_record:
        click.echo("Stays in the clinic's record, which has rules of its own:")
        for place in found.in_record:
            click.echo(f"  {place}")
    old = [*(settings.var_dir / "backups").glob("*.tar"), *settings.var_dir.glob("*.before-*")]
    if old:
        click.echo("Stays in what was copied before, until that is removed:")
        for path in sorted(old):
            click.echo(f"  {path}")
    click.echo("`restore` erases it again, by the list `erased` in EDUPLAN_VAR_DIR: keep that.")


def _shown(rows: object) -> str:
    told = rows if isinstance(rows, dict) else {}
    return ", ".join(f"{table} {many}" for table, many in sorted(told.items())) or "nothing"


def _reference(patient: str) -> str:
    if not _ID.fullmatch(patient):
        raise Problem("this is no id of a patient; write it as in the record, such as Patient/p1")
    return f"Patient/{patient.removeprefix('Patient/')}"


@contextmanager
def _stores(settings: Settings) -> Iterator[Stores]:
    require_fit(settings)
    engine = open_engine(settings.database)
    try:
        yield DatabasePatients(engine, new_id), DatabaseOutbox(engine)
    finally:
        engine.close()


def _now() -> datetime:
    return datetime.now(UTC)
