"""Small rows, exact bytes, and stencils that name nobody."""

import orjson
import pytest

from service.fhir.writer import BundleWriter
from service.store.ids import new_id
from service.store.plans import DatabasePlans
from service.usecases.ports import StoredPlan
from tests.builders import a_plan, an_encounter

write = BundleWriter(orjson.dumps, "https://education.example")


def a_stored(number: int) -> StoredPlan:
    encounter = an_encounter(reference=f"Encounter/e{number}", patient=f"Patient/p{number}")
    plan = a_plan(encounter, id=new_id())
    return StoredPlan(plan, *write(plan, "ehr"))


@pytest.fixture
def open_store(any_engine):
    """Open the database as another process would: with nothing remembered."""
    return lambda: DatabasePlans(any_engine(), new_id)


@pytest.fixture
def ask(any_engine):
    """What the database itself says."""

    def asked(statement: str):
        with any_engine().reading() as connection:
            return connection.execute(f"{statement} WHERE tenant = ?", ("demo",)).fetchone()

    return asked


def save(store, stored):
    with store.writing("demo") as transaction:
        assert transaction.add(stored)


def test_another_process_reads_the_exact_bytes_back(open_store):
    stored = [a_stored(number) for number in range(3)]
    for each in stored:
        save(open_store(), each)
    with open_store().reading("demo") as transaction:
        assert [transaction.plan(each.plan.id) for each in stored] == stored


def test_plans_of_one_kind_share_one_stencil(open_store, ask):
    store = open_store()
    for number in range(5):
        save(store, a_stored(number))
    assert ask("SELECT count(*) FROM stencil") == (1,)


def test_a_plan_takes_less_than_a_tenth_of_its_bundle(open_store, ask):
    store, stored = open_store(), a_stored(1)
    save(store, stored)
    (kept,) = ask("SELECT length(body) + length(bundle) FROM plan")
    assert kept < len(stored.bundle) / 10


def test_a_stencil_names_nobody(open_store, ask):
    save(open_store(), a_stored(7))
    content = b"".join(ask("SELECT pieces, specimen FROM stencil"))
    for name in (b"Patient/p7", b"Encounter/e7", b"Condition/c1", b"Practitioner/fys1"):
        assert name not in content


def test_a_stencil_of_a_transaction_that_failed_is_kept_by_the_next(open_store):
    store = open_store()

    def fail() -> None:
        with store.writing("demo") as transaction:
            transaction.add(a_stored(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    stored = a_stored(2)
    save(store, stored)
    save(store, a_stored(3))
    with open_store().reading("demo") as transaction:
        assert transaction.plan(stored.plan.id) == stored


def test_a_bundle_that_came_of_no_stencil_is_kept_whole(open_store):
    filled = a_stored(1)
    whole = StoredPlan(filled.plan, filled.bundle)
    save(open_store(), whole)
    with open_store().reading("demo") as transaction:
        assert transaction.plan(whole.plan.id) == whole
