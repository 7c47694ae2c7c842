"""Where the rooms are joined: settings to parts, parts to the web application."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import orjson
from flask import Flask

from service import __version__, logs
from service.config.secret import secret
from service.config.settings import Settings
from service.config.tenants import WrongSetting
from service.identity.demo_issuer import ISSUER as DEMO_ISSUER
from service.identity.demo_issuer import DemoIssuer
from service.identity.hook_secrets import HookSecrets, read_secrets
from service.identity.operator_token import or_operator
from service.identity.tokens import Issuer, Verifier, keys_from_file, keys_published
from service.key_sets import keys_at
from service.main_job import clock, main_job, prepared
from service.monitoring import tally as tallies
from service.monitoring.figures import Figures
from service.monitoring.tally import Tally
from service.store.attempts import DatabaseAttempts
from service.store.engine import Engine
from service.store.fitness import why_unfit
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.launches import DatabaseLaunches
from service.store.migrate import HEAD
from service.store.opening import Where, open_engine
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.usecases.ask_question import AskQuestion
from service.usecases.assign_handout import AssignHandout
from service.usecases.change_plan import ChangePlan
from service.usecases.close_plan import ClosePlan
from service.usecases.confirm_plan import ConfirmPlan
from service.usecases.correct_entry import CorrectEntry
from service.usecases.find_handout import FindHandout
from service.usecases.follow_deliveries import FollowDeliveries
from service.usecases.follow_goals import FollowGoals
from service.usecases.hear_encounter import HearEncounter
from service.usecases.keep_draft import KeepDraft
from service.usecases.make_plan import MakePlan
from service.usecases.own_pages import OwnPages
from service.usecases.ports import CLINICIAN, PATIENT, Caller, Catalogue
from service.usecases.read_access_log import ReadAccessLog
from service.usecases.record_refusal import RecordRefusal
from service.usecases.record_session import RecordSession
from service.usecases.watch_queues import WatchQueues
from service.web import (
    access,
    assignments,
    cds_routes,
    clinician_routes,
    corrections,
    deliveries,
    docs,
    encounters,
    errors,
    fhir_routes,
    goals,
    handouts,
    health,
    hooks,
    infobutton,
    launch,
    notes,
    packs,
    plans,
    portal_login,
    portal_routes,
    smart,
    teachings,
)
from service.web.accompany import accompany
from service.web.json_door import MAX_BYTES
from service.web.lean import LeanFlask
from service.web.parts import CdsHooks, Clinic, Parts, SmartClient
from service.web.refusals import refusals


def create_app(settings: Settings) -> Flask:
    """Return the web application of these settings."""
    logs.configure()
    tally = Tally()
    return build_web(build_parts(settings, tally), tally)


def build_parts(settings: Settings, tally: Tally | None = None) -> Parts:
    """Join store, packs, identity and stories. Opens nothing that a fork would break.

    Raises:
        ContentError: a pack cannot be used.
        WrongSetting: the hook, a record to be asked, or the launches of a clinic are set up
            wrongly.
    """
    engine = open_engine(settings.database)
    store = DatabasePlans(engine, new_id)
    make_plan = main_job(settings, store)
    catalogue, write = make_plan.catalogue, make_plan.write
    change = ChangePlan(store, clock, write)
    outbox, inbox = DatabaseOutbox(engine), DatabaseInbox(engine)
    not_ready = partial(_not_ready, settings.database, engine, catalogue)
    figures = Figures(__version__, HEAD, settings.var_dir, not_ready)
    watch = WatchQueues(outbox, inbox, settings.tenants.keys())
    clinics = {name: Clinic(t.edition, t.language) for name, t in settings.tenants.items()}
    cds = cache(partial(_cds, settings, engine, make_plan))
    if any(tenant.cds_hooks.clients for tenant in settings.tenants.values()):
        cds()  # what is set up wrongly stops the start
    find_handout = FindHandout(catalogue, prepared(settings).handouts)
    launching = {name: t.smart for name, t in settings.tenants.items() if t.smart}
    return Parts(
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
        verify=or_operator(_verifier(settings).verify, settings.monitor_token),
        clinic_of_hook=_hook_secrets(settings).clinic_of,
        clinic=lambda tenant: clinics.get(tenant, Clinic()),
        not_ready=not_ready,
        service_url=settings.base_url,
        secret=secret(settings.var_dir),
        inline=_inline,
        metrics=partial(_metrics, tally or Tally(), figures, watch),
        cds=cds,
        press=_press,
        forms=_forms,
        is_demo=settings.is_demo,
        smart=_smart(settings, engine),
        frames={name: told.frame_ancestors for name, told in launching.items()},
        portal_frames={name: told.portal_ancestors for name, told in launching.items()},
    )


def build_web(parts: Parts, tally: Tally | None = None) -> Flask:
    """Register every room of `web/` behind the one guard; `tally` counts the requests."""
    app = LeanFlask(__name__, template_folder="web/templates", static_folder="web/static")
    # An address with `//` would be sent on to one without, on whichever host the request names.
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BYTES,
        EDUCATION_PLAN_FRAMES=parts.frames,  # web/pages.py
        EDUCATION_PLAN_PORTAL_FRAMES=parts.portal_frames,
    )
    described = [
        room.blueprint(parts)
        for room in (
            encounters,
            plans,
            teachings,
            goals,
            corrections,
            notes,
            assignments,
            deliveries,
            hooks,
            cds_routes,
            infobutton,
            packs,
            handouts,
            health,
        )
    ]
    pages = (
        docs.blueprint(described),
        fhir_routes.blueprint(parts),
        launch.blueprint(parts),
        smart.blueprint(parts, {CLINICIAN: launch.enter, PATIENT: portal_login.enter}),
        clinician_routes.blueprint(parts),
        portal_login.blueprint(parts),
        portal_routes.blueprint(parts),
    )
    for room in (*described, *pages):
        app.register_blueprint(room)
    record = RecordRefusal(parts.store, parts.clock, logs.write)
    errors.register(app, refusals(record, parts.secret))
    access.guard(
        app,
        parts.verify,
        partial(launch.open_page, parts),
        partial(portal_login.open_own, parts),
        parts.clinic_of_hook,
        lambda token, path: parts.cds().verify(token, f"{parts.service_url}{path}"),
    )
    app.extensions[tallies.NAME] = tally = tally or Tally()  # gunicorn's workers begin it
    accompany(app, logs.write, tally.request)
    return app


def _metrics(tally: Tally, figures: Figures, watch: WatchQueues, caller: Caller) -> bytes:
    return tally.text(figures.families(partial(watch, caller)))


def _verifier(settings: Settings) -> Verifier:
    issuers = {
        trusted.url: Issuer(trusted.url, tenant.id, keys_published(keys_at(trusted.jwks_url)))
        for tenant in settings.tenants.values()
        for trusted in tenant.issuers
    }
    if settings.is_demo:
        demo = DemoIssuer(settings.var_dir / "demo-issuer")
        demo.ensure_keys()
        issuers[DEMO_ISSUER] = Issuer(DEMO_ISSUER, "", keys_from_file(demo.jwks))
    return Verifier(issuers, settings.audience)


def _smart(settings: Settings, engine: Engine) -> Callable[[], SmartClient]:
    """Where a clinic's record opens pages a wrong setting stops the start; else it may wait."""

    @cache
    def client() -> SmartClient:
        from service.launching import smart_client  # with HTTP and keys, not at every start

        attempts = DatabaseAttempts(engine, settings.launches_under_way)
        return smart_client(settings.tenants, attempts, settings.base_url, clock)

    if any(tenant.smart for tenant in settings.tenants.values()):
        client()
    return client


def _hook_secrets(settings: Settings) -> HookSecrets:
    files = {
        name: tenant.hook.secret_file
        for name, tenant in settings.tenants.items()
        if tenant.hook is not None and tenant.hook.secret_file
    }
    try:
        return HookSecrets({name: read_secrets(Path(file)) for name, file in files.items()})
    except ValueError as error:
        raise WrongSetting(f"hook of a clinic: {error}") from error


def _cds(settings: Settings, engine: Engine, make_plan: MakePlan) -> CdsHooks:
    from service.cds_hooks import cds_hooks  # with what asks a record, not at the start

    return cds_hooks(settings, engine, make_plan)


def _inline(text: str) -> str:
    from service.packs.inline_markdown import to_html  # with its parser, not at the start

    return to_html(text)


def _press(page: bytes) -> bytes:
    from service.packs.paper import print_small  # with WeasyPrint, when somebody prints

    return print_small(page)


@cache
def _forms() -> dict[str, dict[str, Any]]:
    """The Questionnaires that came with the service (fhir_profiles/)."""
    here = Path(__file__).parent
    folders = (here.parent / "fhir_profiles", here / "_bundled" / "fhir_profiles")
    found = (p for f in folders for p in sorted((f / "generated").glob("Questionnaire-*.json")))
    forms = map(orjson.loads, (path.read_bytes() for path in found))
    return {f"Questionnaire/{form['id']}": form for form in forms}


def _not_ready(database: Where, engine: Engine, catalogue: Catalogue) -> dict[str, str]:
    missing = {}
    if why := why_unfit(database, engine):
        missing["database"] = why
    if not catalogue.packs(""):
        missing["content"] = "no pack may be used; see EDUPLAN_CONTENT_DIR, EDUPLAN_DRAFT_CONTENT"
    return missing
