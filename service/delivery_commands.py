"""Commands about deliveries, both ways: work, deliveries, check-ehr, stand-in."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from service.config.settings import Settings, WrongSetting, read_settings
from service.config.tenants import RecordLogin, RecordOf
from service.domain.errors import ServiceError, StoreBusy

if TYPE_CHECKING:
    from service.store.inbox import DatabaseInbox
    from service.store.outbox import DatabaseOutbox
    from service.usecases.delivering import Backlog, Delivery
    from service.usecases.noticing import Listed

STATES = ("parked", "waiting", "delivered", "not-kept", "superseded")


class Problem(click.ClickException):
    """One clear line, and exit status 1."""

    def show(self, file: object = None) -> None:  # noqa: ARG002
        click.echo(f"education-plan: {self.message}", err=True)


class Commands(click.Group):
    """Commands of which each tells what it cannot do in one line, with what mends it."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except StoreBusy as error:
            raise Problem(error.detail) from error
        except ServiceError as error:
            raise Problem(f"{error.detail}. {error.how_to_fix}") from error


def require_fit(settings: Settings) -> None:
    """Refuse to work on a database that cannot be used as it is."""
    from service.store.fitness import why_unfit
    from service.store.opening import open_engine

    engine = open_engine(settings.database)
    try:
        why = why_unfit(settings.database, engine)
    finally:
        engine.close()
    if why:
        raise Problem(f"the database cannot be used: {why}")


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
    """Bring what waits into the clinics' records, and fetch what they told of, until stopped.

    Any number may run.
    """
    settings = settings_or_problem()
    from service import logs
    from service.delivery import build_worker
    from service.monitoring.heartbeat import Heartbeat

    require_fit(settings)
    logs.configure()
    stop = _stop_at_signals()
    if with_parent:
        _at_end_of_stdin(stop.set)
    heartbeat = Heartbeat(settings.var_dir)
    try:
        worker = build_worker(settings, threads, heartbeat.beat)
    except WrongSetting as error:
        raise Problem(str(error)) from error
    if not worker.records:
        click.echo("No clinic has a record (`ehr:`); what is queued waits.", err=True)
    try:
        worker.run(stop, until_empty=until_empty)
    finally:
        heartbeat.end()


@click.command("check-worker")
def check_worker() -> None:
    """Tell whether a worker lives on this machine, or in this container: for health checks."""
    settings = settings_or_problem()
    from service.monitoring.heartbeat import ALIVE, beats

    newest = next(iter(beats(settings.var_dir, here=True)), None)
    if newest is None:
        raise Problem(f"no worker has begun here (EDUPLAN_VAR_DIR={settings.var_dir})")
    silent = time.time() - newest
    if silent > ALIVE:
        raise Problem(f"the worker has given no sign for {silent:.0f} seconds")
    click.echo("alive")


@click.group()
def deliveries() -> None:
    """See what waits or was refused, to the records and from them, and try it again."""


@deliveries.command("list")
@click.option("--tenant", default="", help="The clinic; else all of them.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Else parked.")
@click.option("--most", default=100, show_default=True, type=click.IntRange(1, 100_000))
def deliveries_list(tenant: str, states: tuple[str, ...], most: int) -> None:
    """List deliveries, those that wait for a person unless told otherwise.

    What a record told of (see the hook in docs/operator.md) stands after a clinic's plans.
    """
    settings = settings_or_problem()
    from service.delivery import open_queues

    wanted = states or ("parked",)
    with open_queues(settings) as (outbox, inbox):
        for name in _clinics(settings, tenant, [*outbox.clinics(), *inbox.tenants()]):
            for line in _outgoing(outbox, name, wanted, most):
                click.echo(line)
            for line in _incoming(inbox, name, wanted, most):
                click.echo(line)


@deliveries.command("replay")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--plan", default="", help="Id of the plan; else all of the clinic's.")
@click.option("--revision", default=0, type=click.IntRange(0), help="Else every parked one.")
@click.option("--encounter", default="", help="Id of an encounter that the record told of.")
def deliveries_replay(tenant: str, plan: str, revision: int, encounter: str) -> None:
    """Try anew what is parked, after what held it up is mended."""
    settings = settings_or_problem()
    from service.delivery import open_queues

    many = 0
    with open_queues(settings) as (outbox, inbox):
        if not encounter:
            many += outbox.replay(tenant, plan, revision)
        if encounter or not (plan or revision):
            many += inbox.replay(tenant, _reference(encounter) if encounter else None)
    click.echo(f"{many} queued anew" if many else "nothing is parked there")


@deliveries.command("dismiss")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--encounter", required=True, help="Id of the encounter.")
def deliveries_dismiss(tenant: str, encounter: str) -> None:
    """Leave a parked encounter that the record told of alone; of plans nothing is dismissed."""
    settings = settings_or_problem()
    from service.delivery import open_queues

    with open_queues(settings) as (_, inbox):
        if not inbox.dismiss(tenant, _reference(encounter)):
            raise Problem(f"no encounter {encounter} of {tenant} is parked")
    click.echo("dismissed")


@deliveries.command("look")
@click.option("--tenant", required=True, help="The clinic.")
@click.option("--since", type=click.DateTime(), help="UTC; else where the last look ended.")
def deliveries_look(tenant: str, since: datetime | None) -> None:
    """Look in the record for encounters that changed, as after its notifications were lost."""
    settings = settings_or_problem()
    from service.delivery import open_queues
    from service.usecases.noticing import CHANGES, Told

    with open_queues(settings) as (_, inbox):
        ended = inbox.looked(tenant).until
        back_to = since and min(filter(None, (since.replace(tzinfo=UTC), ended)))
        inbox.hear(tenant, Told(CHANGES, back_to, "operator"))
    click.echo("noted; `education-plan work` looks")


@click.command("check-ehr")
@click.argument("url", default="")
@click.option("--tenant", default="", help="The record of this clinic, as its settings have it.")
@click.option("--patient", default="", help="A test patient there, such as Patient/test.")
@click.option("--client-id", default="", help="Log in with SMART Backend Services as this client.")
@click.option("--key-file", default="", help="Its private key (PEM).")
@click.option("--key-id", default="", help="The `kid` of the key.")
@click.option("--token-url", default="", help="Else looked up at the record.")
@click.option("--ca-file", default="", help="Who signs its certificate (PEM).")
def check_ehr(url: str, tenant: str, patient: str, ca_file: str, **login: str) -> None:
    """Try a record as a delivery would, with a test document that is removed again.

    URL is the record's FHIR base; else name a clinic.
    """
    from service.ehr.check import check_record
    from service.records import record_of

    told = _record_of_tenant(tenant) if tenant else _record_at(url, ca_file, **login)
    try:
        record = record_of(told)
    except WrongSetting as error:
        raise Problem(str(error)) from error
    click.echo(f"{told.base}\n")
    went_well = True
    for step in check_record(record, patient):
        click.echo(f"{step.verdict:4}  {step.name:11}  {step.seen}")
        if step.mend:
            click.echo(f"{'':19}-> {step.mend}")
        went_well = went_well and step.is_good
    if not went_well:
        raise Problem("plans cannot be brought to this record as it is")


def _record_at(
    url: str, ca_file: str, client_id: str, key_file: str, key_id: str, token_url: str
) -> RecordOf:
    if not url.startswith(("http://", "https://")):
        told = f"{url} is no address" if url else "name a record"
        raise Problem(f"{told}; write it whole, as https://fhir.example/r4, or use --tenant")
    if bool(client_id) != bool(key_file):
        raise Problem("a login needs both --client-id and --key-file")
    login = RecordLogin(client_id, key_file, key_id, token_url) if client_id else None
    return RecordOf(url.rstrip("/"), ca_file=ca_file, login=login)


def _record_of_tenant(tenant: str) -> RecordOf:
    tenants = settings_or_problem().tenants
    found = tenants[tenant].ehr if tenant in tenants else None
    if found is None:
        known = ", ".join(name for name, each in sorted(tenants.items()) if each.ehr) or "none"
        raise Problem(f"there is no clinic {tenant} with a record (`ehr:`); there are: {known}")
    return found


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


def _outgoing(
    outbox: "DatabaseOutbox", tenant: str, states: tuple[str, ...], most: int
) -> Iterator[str]:
    from service.usecases.delivering import DeliveryState

    found = outbox.listed(tenant, [DeliveryState(state) for state in states], most)
    yield from map(_row, found)
    yield _summary(tenant, outbox.backlog(tenant))


def _incoming(
    inbox: "DatabaseInbox", tenant: str, states: tuple[str, ...], most: int
) -> Iterator[str]:
    """Nothing for a clinic whose record told of nothing."""
    from service.usecases.noticing import NoticeState

    wanted = [state for state in NoticeState if state.value in states]
    yield from map(_told_row, inbox.listed(tenant, wanted, most))
    backlog = inbox.backlog(tenant)
    if backlog.parked or backlog.waiting:
        yield _summary(f"{tenant}, from the record", backlog)


def _summary(of: str, backlog: "Backlog") -> str:
    since = f", the oldest since {backlog.oldest:%Y-%m-%d %H:%M} UTC" if backlog.oldest else ""
    return f"{of}: {backlog.parked} parked, {backlog.waiting} waiting{since}"


def _row(delivery: "Delivery") -> str:
    from service.usecases.delivering import REASONS

    why = f"  {delivery.reason}: {REASONS.get(delivery.reason, '')}" if delivery.reason else ""
    return (
        f"{delivery.tenant}  {delivery.plan_id}  revision {delivery.revision}  "
        f"{delivery.state}  {delivery.at:%Y-%m-%d %H:%M}  {delivery.tries} tries{why}"
    )


def _told_row(told: "Listed") -> str:
    from service.usecases.noticing import REASONS

    why = f"  {told.reason}: {REASONS.get(told.reason, '')} {told.detail}" if told.reason else ""
    what = told.encounter or "changes"
    return (
        f"{told.tenant}  {what}  from the record  "
        f"{told.state}  {told.at:%Y-%m-%d %H:%M}  {told.tries} tries{why}"
    ).rstrip()


def _reference(encounter: str) -> str:
    """`e1` and `Encounter/e1` are the same; `changes` is the look for all of them."""
    if encounter == "changes":
        return ""
    return encounter if encounter.startswith("Encounter/") else f"Encounter/{encounter}"


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
