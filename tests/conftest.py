"""Shared fixtures: the web application on a real SQLite file, and tokens for it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.app import build_web
from service.cds_hooks import demo_client
from service.fhir.cards import CardWriter
from service.fhir.writer import BundleWriter
from service.identity.cds_clients import CdsClients
from service.identity.demo_issuer import CDS_ISSUER, ISSUER, DemoIssuer
from service.identity.hook_secrets import HookSecrets
from service.identity.tokens import Issuer, Verifier, keys_from_file
from service.launching import smart_client
from service.monitoring.figures import Figures
from service.monitoring.tally import Tally
from service.packs.inline_markdown import to_html
from service.store.attempts import DatabaseAttempts
from service.store.cards import DatabaseCardAnswers
from service.store.engine import Connection, Engine
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.launches import DatabaseLaunches
from service.store.migrate import migrate
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.postgres import PostgresEngine
from service.store.sqlite import SqliteEngine
from service.usecases.answer_hook import AnswerHook
from service.usecases.ask_question import AskQuestion
from service.usecases.assign_handout import AssignHandout
from service.usecases.card_answers import CountAnswers
from service.usecases.change_plan import ChangePlan
from service.usecases.close_plan import ClosePlan
from service.usecases.confirm_plan import ConfirmPlan
from service.usecases.correct_entry import CorrectEntry
from service.usecases.find_handout import FindHandout
from service.usecases.follow_deliveries import FollowDeliveries
from service.usecases.follow_goals import FollowGoals
from service.usecases.hear_encounter import HearEncounter
from service.usecases.in_time import InTime
from service.usecases.keep_draft import KeepDraft
from service.usecases.make_plan import MakePlan
from service.usecases.own_pages import OwnPages
from service.usecases.ports import PATIENT, Launch
from service.usecases.propose_plan import ProposePlan
from service.usecases.read_access_log import ReadAccessLog
from service.usecases.record_session import RecordSession
from service.usecases.watch_queues import WatchQueues
from service.web.parts import CdsHooks, Clinic, Parts, no_press
from tests.builders import NOW, a_pack
from tests.canaries import all_below, lines_with_canaries
from tests.fakes import FixedCatalogue, MemoryHandouts
from tests.postgres import Cluster, program, running_postgres
from tests.watched import Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FHIR = "application/fhir+json"
JSON = "application/json"
SERVICE_URL = "https://education.example"
# As `openssl rand -base64 32` makes them.
HOOK_SECRET = "pTBHm1n0cGZUe0aQ0o1eNq8sXgC2yYlq3w5m2c9Rk8U="
OTHER_SECRET = "Zk3yV8mC0uQfT1xW7bLr5sJn9aEoHd2GiPq4tXwYv6M="
BROWSER = "https://ehr.example"  # calls hook services
LAUNCH_URL = "https://education.example/launch"
FORM = Path(__file__).parents[1] / "fhir_profiles" / "generated" / "Questionnaire-teach-back.json"


@pytest.fixture(scope="session", autouse=True)
def _no_canary_in_any_output(tmp_path_factory) -> Iterator[None]:
    """After the last test: nothing of a patient stands in what any server of the tests wrote."""
    yield
    assert all_below(tmp_path_factory.getbasetemp()) == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Nor in what a test's own process wrote meanwhile."""
    report = yield
    for name, text in report.sections if report.passed else ():
        if name.startswith("Captured std") and (lines := [*lines_with_canaries(text)]):
            report.outcome = "failed"
            report.longrepr = f"{name} holds what may stand in no log: {lines}"
    return report


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EDUPLAN_")]:
        monkeypatch.delenv(name)


class Browser(FlaskClient):
    """Tells that its forms come from the pages themselves, as a browser does."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"


def browser_of(app: Flask) -> FlaskClient:
    """A browser on this application, as is every other that a test opens on it."""
    app.test_client_class = Browser
    return app.test_client()


@dataclass
class Web:
    """The application and its database, spoken to as a client would."""

    client: FlaskClient
    issuer: DemoIssuer
    database: SqliteEngine
    parts: Parts
    watched: Watched

    def token(self, role: str = "system", **more: Any) -> str:
        return self.issuer.token(role, **({"tenant": "demo"} | more))

    def headers(self, role: str = "system", **more: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(role, **more)}"}

    def hook(self, service: str, body: Any, **headers: str):
        """Call a hook service, signed for its address unless told otherwise."""
        path = f"/cds-services/{service}"
        token = self.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        given = {"Authorization": f"Bearer {token}", "Content-Type": JSON} | headers
        return self.client.post(path, data=content, headers=given)

    def post(self, body: Any, *, kind: str = FHIR, accept: str = FHIR, path: str = "", **more: Any):
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = self.headers() | {"Content-Type": kind, "Accept": accept} | more
        return self.client.post(f"/api/v1/encounters{path}", data=content, headers=headers)

    def get(self, path: str, *, accept: str = JSON, role: str = "system", **more: Any):
        return self.client.get(path, headers=self.headers(role, **more) | {"Accept": accept})

    def launch_link(self, patient: str = "Patient/p1", encounter: str = "Encounter/e1", **more):
        """What opens the physiotherapist's pages for this patient, as a record would."""
        opened = Launch(
            tenant="demo",
            name="fys1",
            practitioner="Practitioner/fys1",
            patient=patient,
            encounter=encounter,
            expires=NOW + timedelta(hours=8),
        )
        code = self.parts.launches.start(replace(opened, **more), NOW)
        return f"/clinician/launch?code={code}"

    def login_link(self, patient: str = "Patient/p1", **more):
        """What opens this patient's own pages, as a login would."""
        told = {"role": PATIENT, "name": "patient", "practitioner": ""} | more
        link = self.launch_link(patient, "", **told)
        return link.replace("/clinician/launch", "/portal/enter")

    def launch(self, *who: str, **more: Any):
        return self.client.get(self.launch_link(*who, **more))

    def rows(self, table: str) -> int:
        with self.database.reading() as connection:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    @property
    def stored(self) -> dict[str, int]:
        tables = ("plan", "plan_history", "visit", "outbox", "idempotency_key")
        return {table: self.rows(table) for table in tables}


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, once for a process: Playwright runs only one loop in each."""
    from tests.browser import chromium  # which asks this file for `missing`

    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory) -> Path:
    """An empty database of this release, to be copied: migrating takes a moment each time."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    migrate(path)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of the tests' own; below /tmp, where its user may go."""
    if not program("initdb"):
        missing("there is no PostgreSQL (initdb)")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    with running_postgres(folder / "cluster") as cluster:
        yield cluster
    singing = all_below(folder)  # the server's log: what it said of statements that failed
    shutil.rmtree(folder, ignore_errors=True)
    assert singing == []


@pytest.fixture
def postgres_url(postgres) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield postgres.make(name, "migrated")
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_engine(request) -> Iterator[Callable[..., Engine]]:
    """Make an engine on a database of this test's own: every promise holds on both."""
    opened: list[Engine] = []

    def make(clock: Callable[[], int] | None = None) -> Engine:
        if request.param == "sqlite":
            given = (clock,) if clock else ()
            opened.append(SqliteEngine(request.getfixturevalue("database"), *given))
        else:
            opened.append(ClockedPostgres(request.getfixturevalue("postgres_url"), clock))
        return Watched(opened[-1])

    yield make
    for engine in opened:
        engine.close()


class ClockedPostgres(PostgresEngine):
    """PostgreSQL whose clock a test may move."""

    def __init__(self, url: str, clock: Callable[[], int] | None = None) -> None:
        super().__init__(url)
        self._clock = clock

    def now(self, connection: Connection) -> int:
        return self._clock() if self._clock else super().now(connection)


@pytest.fixture
def database(migrated_database, tmp_path) -> Path:
    """A migrated database file of this test's own."""
    return Path(shutil.copy(migrated_database, tmp_path / "plans.sqlite"))


@pytest.fixture
def make_web(tmp_path, database) -> Callable[..., Web]:
    """Build an application over the given packs; its database is this test's own."""
    opened = []

    def clock():
        return NOW

    def make(
        *packs: Any,
        clinic: Clinic | None = None,
        issued: Any = None,
        withdrawn: Any = None,
        records: Any = None,
        within: InTime | None = None,
        press: Callable[[bytes], bytes] = no_press,
    ) -> Web:
        opened.append(SqliteEngine(database))
        engine = Watched(opened[-1])
        write = BundleWriter(orjson.dumps, SERVICE_URL)
        store = DatabasePlans(engine, new_id)
        outbox, inbox, tally = DatabaseOutbox(engine), DatabaseInbox(engine), Tally()
        figures = Figures("0", "0", tmp_path, dict, NOW.timestamp)
        watch = WatchQueues(outbox, inbox, ())
        used = packs or (a_pack(),)
        catalogue = FixedCatalogue(*used, withdrawn=withdrawn)
        change = ChangePlan(store, clock, write)
        find_handout = FindHandout(catalogue, issued or MemoryHandouts(*used))
        issuer = DemoIssuer(tmp_path / "issuer")
        issuer.ensure_keys()
        verifier = Verifier(
            {ISSUER: Issuer(ISSUER, "", keys_from_file(issuer.jwks))}, "education-plan"
        )
        make_plan = MakePlan(catalogue, store, clock, new_id, write)
        parts = Parts(
            make_plan=make_plan,
            confirm_plan=ConfirmPlan(store, clock, write),
            record_session=RecordSession(change),
            follow_goals=FollowGoals(change),
            correct_entry=CorrectEntry(change),
            close_plan=ClosePlan(change),
            assign_handout=AssignHandout(change),
            ask_question=AskQuestion(change),
            deliveries=FollowDeliveries(outbox, store, clock),
            hear=HearEncounter(inbox),
            drafts=KeepDraft(store, clock),
            find_handout=find_handout,
            own_pages=OwnPages(store, clock, find_handout),
            access_log=ReadAccessLog(store, clock),
            launches=DatabaseLaunches(engine),
            store=store,
            catalogue=catalogue,
            clock=clock,
            verify=verifier.verify,
            clinic_of_hook=HookSecrets({"demo": [HOOK_SECRET], "other": [OTHER_SECRET]}).clinic_of,
            clinic=lambda tenant: clinic or Clinic(),
            not_ready=dict,
            service_url=SERVICE_URL,
            secret=b"a secret",
            inline=to_html,
            metrics=lambda caller: tally.text(figures.families(partial(watch, caller))),
            forms=lambda: {"Questionnaire/teach-back": orjson.loads(FORM.read_bytes())},
            cds=cache(lambda: a_hook_door(engine, make_plan, issuer, records or {}, within)),
            press=press,
            is_demo=True,
            smart=lambda: smart_client({}, DatabaseAttempts(engine), SERVICE_URL, clock),
        )
        return Web(browser_of(build_web(parts, tally)), issuer, opened[-1], parts, engine)

    yield make
    for engine in opened:
        engine.close()


def a_hook_door(engine, make_plan, issuer, records, within) -> CdsHooks:
    """CDS Hooks over this database, for the demo's own client; `records` are those to be asked."""
    answers = DatabaseCardAnswers(engine)
    return CdsHooks(
        verify=CdsClients({CDS_ISSUER: demo_client(issuer)}).verify,
        answer=AnswerHook(
            ProposePlan(make_plan), records.get, CardWriter(orjson.dumps, lambda: str(uuid.uuid4()))
        ),
        answers=answers,
        count=CountAnswers(answers, ()),
        # A machine that does other work is no dependency that is down.
        within=within or InTime(30, 4),
        origins=(BROWSER,),
        launch_url=lambda _: LAUNCH_URL,
    )


@pytest.fixture
def web(make_web) -> Web:
    return make_web()


REQUIRE_REAL = os.environ.get("REQUIRE_REAL") == "1"


def missing(reason: str) -> None:
    """Skip for want of a real component; with REQUIRE_REAL=1 (as in CI) fail instead."""
    if REQUIRE_REAL:
        pytest.fail(f"REQUIRE_REAL=1, but {reason}")
    pytest.skip(reason)
