"""A store with many plans of many patients, quickly: the rows the service would have written."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path

from service.app import build_parts
from service.config.settings import read_settings
from service.domain.matching import match
from service.fhir.encounter import from_bundle
from service.store.engine import Connection
from service.store.ids import new_id
from service.store.keeping import Keeper, Stencils
from service.store.opening import open_engine
from service.store.plans import DatabaseTransaction
from service.usecases.make_plan import Wish
from service.usecases.ports import Caller
from service.web.json_door import load

ENCOUNTER = (Path(__file__).parent / "data" / "encounter.json").read_bytes()
AT_ONCE = 5_000  # plans in one transaction
WHO = Caller("demo", "system", "demo-system")


def fill(environment: dict[str, str], plans: int) -> None:
    """Put this many plans into the store, each of a patient `Patient/f-<n>` of its own."""
    settings = read_settings(environment)
    parts = build_parts(settings)
    make, numbers = parts.make_plan, count(1)
    encounter = from_bundle(load(ENCOUNTER.replace(b"@N@", b"1")))
    found = match(encounter, parts.catalogue.rules(WHO.tenant), "")
    assert found is not None
    engine, stencils = open_engine(settings.database), Stencils()
    for begin in range(0, plans, AT_ONCE):
        with engine.writing() as connection, _without_waiting(connection):
            keeper = Keeper(connection, WHO.tenant, stencils)
            transaction = DatabaseTransaction(connection, WHO.tenant, new_id, keeper)
            for number in (next(numbers) for _ in range(min(AT_ONCE, plans - begin))):
                mine = replace(
                    encounter, reference=f"Encounter/f-{number}", patient=f"Patient/f-{number}"
                )
                transaction.add(make.draft(mine, found, Wish(), WHO))
        stencils.remember(WHO.tenant, keeper.seen)
    engine.close()


def _without_waiting(connection: Connection) -> AbstractContextManager[object]:
    """On PostgreSQL nobody waits for the answer to each row: a million takes an hour else."""
    psycopg = getattr(connection, "_connection", None)
    return psycopg.pipeline() if psycopg else nullcontext()
