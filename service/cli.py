"""The command `education-plan`: serve, work, demo, migrate, token, content and more."""

import ipaddress
import os
import socket
import subprocess
import sys
from dataclasses import replace

import click

from service import __version__
from service.audit_commands import audit
from service.config.settings import PREFIX, Settings, WrongSetting
from service.content_commands import content
from service.database_commands import copy_database, migrate
from service.delivery_commands import (
    Commands,
    Problem,
    check_ehr,
    check_worker,
    deliveries,
    require_fit,
    settings_or_problem,
    stand_in,
    work,
)
from service.domain.errors import ServiceError
from service.operator_commands import backup, restore
from service.page_commands import close_pages
from service.patient_commands import erase_patient, export_patient

CDS = "cds"
ROLES = ("system", "clinician", "patient", "admin", "auditor", "monitor", CDS)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Turns an encounter into a patient education plan and documents it as FHIR."""


for command in (
    *(migrate, copy_database, backup, restore),
    *(audit, export_patient, erase_patient, close_pages),
    *(work, check_worker, deliveries, check_ehr, stand_in, content),
):
    main.add_command(command)


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--sample", is_flag=True, help="Demo mode: with sample patients, and their links.")
def serve(host: str, port: int, workers: int, threads: int, *, sample: bool) -> None:
    """Serve the API and the pages (gunicorn). In demo mode on loopback only."""
    settings = settings_or_problem()
    if settings.is_demo and not _is_loopback(host):
        raise Problem(f"demo mode serves on loopback only, not on {host}; set EDUPLAN_MODE")
    _prepare(settings)
    from service.app import create_app
    from service.serving import run

    if settings.is_demo and f"{PREFIX}BASE_URL" not in os.environ:
        # Else links would lead to another port.
        settings = replace(settings, base_url=f"http://{host}:{port}")
    try:
        app = create_app(settings)
    except WrongSetting as error:
        raise Problem(str(error)) from error
    if settings.is_demo:
        _greet(host, port)
        if sample:
            _run("sample", BASE_URL=settings.base_url)
            _beside(settings)
    run(app, host=host, port=port, workers=workers, threads=threads)


@main.command()
@click.option("--role", type=click.Choice(ROLES), default="system", show_default=True)
@click.option("--tenant", default="demo", show_default=True, help="The clinic.")
@click.option("--patient", default="", help="Id of the only patient it may see.")
@click.option("--scope", default=None, help="SMART v2 scopes; else the usual ones of the role.")
@click.option(
    "--service",
    default="",
    help="For --role cds: the hook service that is called, by id or address.",
)
def token(role: str, tenant: str, patient: str, scope: str | None, service: str) -> None:
    """Sign a token of the built-in demo issuer and print it, and nothing else.

    One of the role cds is good for one call: `--service education-plan-patient-view`.
    """
    settings = settings_or_problem()
    if not settings.is_demo:
        raise Problem("there are demo tokens in demo mode only (EDUPLAN_MODE=demo)")
    if role == "patient" and not patient:
        raise Problem("a patient's token needs --patient")
    if (role == CDS) != bool(service):
        raise Problem(f"--role {CDS} and --service go together")
    from service.identity.demo_issuer import DemoIssuer

    issuer = DemoIssuer(settings.var_dir / "demo-issuer")
    issuer.ensure_keys()
    if role == CDS:
        address = service if "://" in service else f"{settings.base_url}/cds-services/{service}"
        click.echo(issuer.call_token(address, tenant=tenant))
        return
    click.echo(
        issuer.token(role, tenant=tenant, patient=patient, scope=scope, audience=settings.audience)
    )


@main.command()
def sample() -> None:
    """Put sample patients into the demo's database, and print the links to their pages."""
    settings = settings_or_problem()
    if not settings.is_demo:
        raise Problem("there are sample patients in demo mode only (EDUPLAN_MODE=demo)")
    _prepare(settings)
    from service.app import build_parts
    from service.sample import links, put_sample

    parts = build_parts(settings)
    try:
        put_sample(parts)
    except ServiceError as error:
        raise Problem(f"{error.detail} {error.how_to_fix}") from error
    for name, link in links(parts).items():
        click.echo(f"{name}:\n  {link}\n")


@main.command()
def demo() -> None:
    """Play the whole story once, on a service and a database of its own."""
    from service.demo import play

    sys.exit(play())


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _prepare(settings: Settings) -> None:
    """Make database and content ready in processes of their own, so that workers stay small."""
    from service.store.migrate import is_current

    if not is_current(settings.database):
        _run("migrate", quiet=True)
    require_fit(settings)
    _run("content", "build", quiet=True)


def _run(*words: str, quiet: bool = False, **settings: str) -> None:
    """Run another command of ours in a process of its own; stop when it fails."""
    environment = os.environ | {f"{PREFIX}{name}": value for name, value in settings.items()}
    command = [sys.executable, "-P", "-m", "service", *words]
    shown = subprocess.DEVNULL if quiet else None
    done = subprocess.run(command, stdout=shown, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _beside(settings: Settings) -> None:
    """Start what a clinic has besides: a record, of which there is a stand-in, and the worker."""
    clinic = settings.tenants.get("demo")
    if clinic and clinic.ehr:
        base = clinic.ehr.base
    else:
        port = _free_port()
        base = f"http://127.0.0.1:{port}"
        _start("stand-in", "--port", str(port))
        click.echo(f"The record (a stand-in):\n  {base}/\n", err=True)
    _start("work", DEMO_EHR=base)


def _start(*words: str, **settings: str) -> None:
    """Start another command of ours that ends with this process."""
    environment = os.environ | {f"{PREFIX}{name}": value for name, value in settings.items()}
    command = [sys.executable, "-P", "-m", "service", *words, "--with-parent"]
    # Its stdin ends when the last process that holds the other end does.
    subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _greet(host: str, port: int) -> None:
    click.echo(
        f"""Demo mode: demo identities and draft content, which no clinician has approved.

  The API        http://{host}:{port}/docs
  A token        education-plan token --role system
  Stop           Ctrl-C
""",
        err=True,
    )
