"""Where the main job is joined, for the web and for the worker: settings to make_plan.

Both tell the same story, so an encounter gives the same plan whichever way it comes in.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import orjson

from service.config.settings import Settings
from service.config.tenants import Tenant
from service.fhir.writer import BundleWriter
from service.packs.catalogue import Catalogue
from service.packs.freeze import Prepared, load_packs
from service.store.ids import new_id
from service.usecases.make_plan import MakePlan, Wish
from service.usecases.ports import PlanStore


def clock() -> datetime:
    return datetime.now(UTC)


def prepared(settings: Settings) -> Prepared:
    """Where content that was prepared lies, and the handouts that are kept."""
    return Prepared.below(settings.var_dir, draft_content=settings.draft_content)


def catalogue(settings: Settings) -> Catalogue:
    """Return the packs that the clinics may use.

    Raises:
        ContentError: a pack cannot be used.
    """
    packs = load_packs(settings.content_dir, prepared(settings), date.today())  # noqa: DTZ011
    codes = {name: tenant.codes for name, tenant in settings.tenants.items()}
    return Catalogue(packs, codes, draft_content=settings.draft_content)


def main_job(settings: Settings, store: PlanStore) -> MakePlan:
    """Return the story with its parts; opens nothing that a fork would break. Raises as above."""
    write = BundleWriter(orjson.dumps, settings.base_url)
    return MakePlan(catalogue(settings), store, clock, new_id, write)


def wish_of(tenants: Mapping[str, Tenant], name: str) -> Wish:
    """What a clinic wants of a plan when the encounter says nothing else."""
    tenant = tenants.get(name, Tenant(name))
    return Wish(tenant.edition, tenant.language)
