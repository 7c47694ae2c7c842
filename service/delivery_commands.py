"""Commands about deliveries: work, deliveries list and replay, check-ehr, stand-in."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from service.config.settings import Settings, WrongSetting, read_settings
from service.config.tenants import RecordLogin, RecordOf

if TYPE_CHECKING:
    from service.usecases.delivering import Delivery

STATES = ("parked", "waiting", "delivered", "not-kept", "superseded")


class Problem(click.ClickException):
    """One clear line, and exit status 1."""

    def show(self, file: object = None) -> None:  # noqa: ARG002
        click.echo(f"education-plan: {self.message}", err=True)


def settings_or_problem() -> Settings:
    """The settings of the environment; a wrong one is told in one line."""
    try:
        return read_settings()
    except WrongSetting as error:
        raise Problem(str(error)) from error


@click.command()
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--until-empty", is_flag=True, help="End when nothing is due any more.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin ends.")
def work(threads: int, *, until_empty: bool, with_parent: bool) -> None:
    """Bring what waits into the clinics' records, until stopped. Any number may run."""
    settings = settings_or_problem()
    from service import logs
    from service.delivery import build_worker
    from service.store.migrate import is_current

    if not is_current(settings.database):
        raise Problem("the database is not at this release's schema; run `education-plan migrate`")
    logs.configure()
    stop = _stop_at_signals()
    if with_parent:
        _at_end_of_stdin(stop.set)
    try:
        worker = build_worker(settings, threads)
    except WrongSetting as error:
        raise Problem(str(error)) from error
    if not worker.records:
        click.echo("No clinic has a record (`ehr:`); what is queued waits.", err=True)
    worker.run(stop, until_empty=until_empty)


@click.group()
def deliveries() -> None:
    """See what waits for the records or was refused, and send it again."""


@deliveries.command("list")
@click.option("--tenant", default="", help="The clinic; else all of them.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Else parked.")
@click.option("--most", default=100, show_default=True, type=click.IntRange(1, 100_000))
def deliveries_list(tenant: str, states: tuple[str, ...], most: int) -> None:
    """List deliveries, those that wait for a person unless told otherwise."""
    settings = settings_or_problem()
    from service.delivery import open_outbox
    from service.usecases.delivering import DeliveryState

    outbox = open_outbox(settings)
    wanted = [DeliveryState(state) for state in states or ("parked",)]
    for name in _clinics(settings, tenant, outbox.clinics()):
        found = outbox.listed(name, wanted, most)
        for each in found:
            click.echo(_row(each))
        backlog = outbox.backlog(name)
        since = f", the oldest since {backlog.oldest:%Y-%m-%d %H:%M} UTC" if backlog.oldest else ""
        click.echo(f"{name}: {backlog.parked} parked, {backlog.waiting} waiting{since}")


@deliveries.command("replay")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--plan", default="", help="Id of the plan; else all of the clinic's.")
@click.option("--revision", default=0, type=click.IntRange(0), help="Else every parked one.")
def deliveries_replay(tenant: str, plan: str, revision: int) -> None:
    """Queue parked revisions anew, after what held them up is mended."""
    settings = settings_or_problem()
    from service.delivery import open_outbox

    many = open_outbox(settings).replay(tenant, plan, revision)
    click.echo(f"{many} queued anew" if many else "nothing is parked there")


@click.command("check-ehr")
@click.argument("url")
@click.option("--client-id", default="", help="Log in with SMART Backend Services as this client.")
@click.option("--key-file", default="", help="Its private key (PEM).")
@click.option("--key-id", default="", help="The `kid` of the key.")
@click.option("--token-url", default="", help="Else looked up at the record.")
def check_ehr(url: str, client_id: str, key_file: str, key_id: str, token_url: str) -> None:
    """Try a record as a delivery would, with a test document that is removed again."""
    from service.delivery import record_of
    from service.ehr.check import check_record

    if "://" not in url:
        raise Problem(f"{url} is no address; write it whole, as https://fhir.example/r4")
    login = RecordLogin(client_id, key_file, key_id, token_url) if client_id else None
    try:
        record = record_of(RecordOf(url.rstrip("/"), login=login))
    except WrongSetting as error:
        raise Problem(str(error)) from error
    went_well = True
    for step in check_record(record):
        click.echo(f"{'ok  ' if step.is_good else 'FAIL'}  {step.name:12} {step.seen}")
        went_well = went_well and step.is_good
    if not went_well:
        raise Problem("the record cannot be written to as it is")


@click.command("stand-in")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8081, show_default=True, type=click.IntRange(0, 65535))
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin ends.")
def stand_in(host: str, port: int, *, with_parent: bool) -> None:
    """Serve a stand-in for a record, to try the service without one. Demo mode only."""
    settings = settings_or_problem()
    if not settings.is_demo or host != "127.0.0.1":
        raise Problem("the stand-in is for demo mode (EDUPLAN_MODE=demo), on loopback only")
    from werkzeug.serving import WSGIRequestHandler, make_server

    from service.stand_in.rest import create_stand_in

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None: ...

    settings.var_dir.mkdir(parents=True, exist_ok=True)
    app = create_stand_in(settings.var_dir / "stand-in-record.sqlite")
    server = make_server(host, port, app, threaded=True, request_handler=Quiet)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if with_parent:
        _at_end_of_stdin(server.shutdown)
    else:
        click.echo(f"A stand-in for a record on http://{host}:{server.server_port}", err=True)
    server.serve_forever()


def _row(delivery: "Delivery") -> str:
    from service.usecases.delivering import REASONS

    why = f"  {delivery.reason}: {REASONS.get(delivery.reason, '')}" if delivery.reason else ""
    return (
        f"{delivery.tenant}  {delivery.plan_id}  revision {delivery.revision}  "
        f"{delivery.state}  {delivery.at:%Y-%m-%d %H:%M}  {delivery.tries} tries{why}"
    )


def _clinics(settings: Settings, tenant: str, queued: list[str]) -> list[str]:
    return [tenant] if tenant else sorted({*settings.tenants, *queued})


def _stop_at_signals() -> threading.Event:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


def _at_end_of_stdin(then: Callable[[], object]) -> None:
    def watch() -> None:
        sys.stdin.buffer.read()
        then()

    threading.Thread(target=watch, daemon=True).start()
