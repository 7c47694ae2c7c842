"""Where CDS Hooks is joined: the clinics' clients, their records, and the story.

It is joined when a hook service is first called: a worker that only makes plans needs none of
it, and a start does not wait for the libraries that ask a record.
"""

import uuid
from collections.abc import Mapping

import orjson

from service.config.settings import Settings
from service.config.tenants import CdsHooksOf
from service.fhir.cards import CardWriter
from service.identity.cds_clients import CdsClient, CdsClients
from service.identity.demo_issuer import CDS_ISSUER, DemoIssuer
from service.identity.published import Published
from service.identity.tokens import NoKeys, keys_in
from service.key_sets import keys_at
from service.records import records
from service.store.cards import DatabaseCardAnswers
from service.store.engine import Engine
from service.usecases.answer_hook import AnswerHook
from service.usecases.card_answers import CountAnswers
from service.usecases.in_time import InTime
from service.usecases.make_plan import MakePlan
from service.usecases.propose_plan import ProposePlan
from service.web.parts import CdsHooks

# A clinician waits: CDS Hooks asks for half a second, of which the network takes some.
IN_TIME, AT_ONCE = 0.4, 8


def cds_hooks(settings: Settings, engine: Engine, make_plan: MakePlan) -> CdsHooks:
    """Return the parts of the hook services.

    Raises:
        WrongSetting: a clinic's record is set up wrongly.
    """
    within = InTime(IN_TIME, AT_ONCE)
    told = {name: tenant.cds_hooks for name, tenant in settings.tenants.items()}
    none = CdsHooksOf()
    # No card leads to where there is nothing: the pages open where the record's login is known.
    here = f"{settings.base_url}/smart/launch"
    own = {name: here for name, tenant in settings.tenants.items() if tenant.smart}
    answers = DatabaseCardAnswers(engine)
    return CdsHooks(
        verify=CdsClients(clients_of(settings, InTime(IN_TIME, 2))).verify,
        answer=AnswerHook(
            ProposePlan(make_plan),
            records(settings.tenants).get,
            CardWriter(orjson.dumps, lambda: str(uuid.uuid4())),
        ),
        answers=answers,
        count=CountAnswers(answers, settings.tenants.keys()),
        within=within,
        origins=frozenset(origin for each in told.values() for origin in each.origins),
        launch_url=lambda tenant: told.get(tenant, none).launch_url or own.get(tenant, ""),
    )


def clients_of(settings: Settings, within: InTime) -> Mapping[str, CdsClient]:
    """The clients that the clinics trust, by issuer."""
    found: dict[str, CdsClient] = {}
    for name, tenant in settings.tenants.items():
        for client in tenant.cds_hooks.clients:
            keys = Published(keys_at(client.jwks_url), NoKeys)
            found[client.url] = CdsClient(client.url, name, client.jwks_url, keys, within)
    if settings.is_demo:
        demo = DemoIssuer(settings.var_dir / "demo-issuer")
        demo.ensure_keys()
        found[CDS_ISSUER] = demo_client(demo)
    return found


def demo_client(issuer: DemoIssuer) -> CdsClient:
    """The demo's own client, whose tokens name their clinic."""
    keys = Published(lambda: keys_in(orjson.loads(issuer.jwks.read_bytes())), NoKeys)
    return CdsClient(CDS_ISSUER, "", "", keys)
