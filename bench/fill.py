"""A store with many plans of many patients, quickly: the rows the service would have written."""

from dataclasses import replace
from itertools import count
from pathlib import Path

from service.app import build_parts
from service.config.settings import read_settings
from service.domain.matching import match
from service.fhir.encounter import from_bundle
from service.usecases.make_plan import Wish
from service.usecases.ports import Caller
from service.web.json_door import load

ENCOUNTER = (Path(__file__).parent / "data" / "encounter.json").read_bytes()
AT_ONCE = 5_000  # plans in one transaction
WHO = Caller("demo", "system", "demo-system")


def fill(environment: dict[str, str], plans: int) -> None:
    """Put this many plans into the store, each of a patient `Patient/f-<n>` of its own."""
    parts = build_parts(read_settings(environment))
    make, numbers = parts.make_plan, count(1)
    encounter = from_bundle(load(ENCOUNTER.replace(b"@N@", b"1")))
    found = match(encounter, parts.catalogue.rules(WHO.tenant), "")
    assert found is not None
    for begin in range(0, plans, AT_ONCE):
        with parts.store.writing(WHO.tenant) as transaction:
            for number in (next(numbers) for _ in range(min(AT_ONCE, plans - begin))):
                mine = replace(
                    encounter, reference=f"Encounter/f-{number}", patient=f"Patient/f-{number}"
                )
                transaction.add(make.draft(mine, found, Wish(), WHO))
