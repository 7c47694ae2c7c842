"""The main job: post an encounter, receive its plan, however often it is posted."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from service.domain.codes import Coding
from service.domain.content import Edition
from service.domain.errors import IdempotencyKeyReused, InvalidField, NoUsableCode, StoreBusy
from service.domain.plan import PlanState
from service.fhir.writer import BundleWriter
from service.usecases.make_plan import Happened, MakePlan, Wish
from tests.builders import (
    HYPERTENSION,
    NECK,
    NOW,
    STENOSIS_ANYWHERE,
    a_caller,
    a_condition,
    a_pack,
    an_encounter,
)
from tests.fakes import FixedCatalogue, MemoryPlans

WISH = Wish()
CALLER = a_caller()


@pytest.fixture
def store():
    return MemoryPlans()


@pytest.fixture
def make_plan(store):
    numbers = iter(f"plan-{n}" for n in range(1000))
    return MakePlan(
        FixedCatalogue(a_pack()),
        store,
        lambda: NOW,
        lambda: next(numbers),
        BundleWriter(orjson.dumps, "http://s"),
    )


def test_a_new_encounter_makes_a_plan_stored_queued_and_audited_together(make_plan, store):
    made = make_plan(an_encounter(), WISH, CALLER)
    tables = store.tables()
    assert made.happened is Happened.CREATED
    assert tables.plans[made.stored.plan.id] == made.stored
    assert tables.outbox == [(made.stored.plan.id, 1)]
    assert [(entry.action, entry.entity) for entry in tables.audit] == [
        ("plan.created", made.stored.plan.id)
    ]


def test_the_answer_is_the_very_bundle_that_is_queued(make_plan, store):
    made = make_plan(an_encounter(), WISH, CALLER)
    assert store.tables().revisions[made.stored.plan.id, 1].bundle == made.stored.bundle


def test_the_same_encounter_again_gives_the_same_plan_and_queues_nothing(make_plan, store):
    first = make_plan(an_encounter(), WISH, CALLER)
    again = make_plan(an_encounter(), WISH, CALLER)
    assert (again.happened, again.stored) == (Happened.SAME, first.stored)
    assert len(store.tables().outbox) == 1


def test_the_next_encounter_continues_the_course(make_plan, store):
    first = make_plan(an_encounter(), WISH, CALLER)
    later = an_encounter(reference="Encounter/e2", started=NOW + timedelta(days=14))
    second = make_plan(later, WISH, CALLER)
    assert second.happened is Happened.CONTINUED
    assert second.stored.plan.id == first.stored.plan.id
    assert store.tables().outbox == [(first.stored.plan.id, 1), (first.stored.plan.id, 2)]


def test_another_patient_gets_a_plan_of_their_own(make_plan):
    first = make_plan(an_encounter(), WISH, CALLER)
    other = an_encounter(reference="Encounter/e9", patient="Patient/p2")
    assert make_plan(other, WISH, CALLER).stored.plan.id != first.stored.plan.id


def test_a_possible_match_is_a_proposal_and_never_goes_to_the_record(make_plan, store):
    made = make_plan(an_encounter(a_condition(STENOSIS_ANYWHERE)), WISH, CALLER)
    assert made.happened is Happened.PROPOSED
    assert made.stored.plan.state is PlanState.PROPOSED
    assert store.tables().outbox == []


@pytest.mark.parametrize("coding", [HYPERTENSION, NECK])
def test_an_encounter_no_pack_covers_is_answered_and_not_stored(make_plan, store, coding):
    made = make_plan(an_encounter(a_condition(coding)), WISH, CALLER)
    assert (made.happened, made.stored) == (Happened.NOT_COVERED, None)
    assert store.tables().plans == {}


def test_codes_only_in_systems_nobody_knows_are_refused_with_their_place(make_plan):
    odd = a_condition(Coding("https://elsewhere.example", "1"), pointer="/entry/2/resource/code")
    with pytest.raises(NoUsableCode) as refused:
        make_plan(an_encounter(odd), WISH, CALLER)
    assert refused.value.pointer == "/entry/2/resource/code"


def test_an_idempotency_key_gives_the_first_answer_again_even_after_the_next_visit(make_plan):
    keyed = Wish(key="k1", fingerprint="same")
    first = make_plan(an_encounter(), keyed, CALLER)
    make_plan(an_encounter(reference="Encounter/e2"), WISH, CALLER)
    again = make_plan(an_encounter(), keyed, CALLER)
    assert again.replayed
    assert (again.happened, again.stored) == (Happened.CREATED, first.stored)


def test_a_plan_that_is_answered_again_to_its_key_was_looked_at_again(make_plan, store):
    for _ in range(2):
        make_plan(an_encounter(), Wish(key="k1", fingerprint="same"), CALLER)
    audit = store.tables().audit
    assert [entry.action for entry in audit] == ["plan.created", "plan.same"]
    assert {entry.patient for entry in audit} == {"Patient/p1"}


def test_an_idempotency_key_for_another_request_is_refused(make_plan, store):
    make_plan(an_encounter(), Wish(key="k1", fingerprint="one"), CALLER)
    with pytest.raises(IdempotencyKeyReused):
        make_plan(an_encounter(reference="Encounter/e2"), Wish(key="k1", fingerprint="two"), CALLER)
    assert len(store.tables().plans) == 1


def test_a_key_is_bound_to_its_request_also_when_no_pack_covers_it(make_plan):
    nothing = an_encounter(a_condition(HYPERTENSION))
    make_plan(nothing, Wish(key="k1", fingerprint="one"), CALLER)
    assert make_plan(nothing, Wish(key="k1", fingerprint="one"), CALLER).replayed
    with pytest.raises(IdempotencyKeyReused):
        make_plan(an_encounter(), Wish(key="k1", fingerprint="two"), CALLER)


def test_an_idempotency_key_belongs_to_one_clinic(make_plan):
    make_plan(an_encounter(), Wish(key="k1", fingerprint="one"), CALLER)
    other = make_plan(
        an_encounter(), Wish(key="k1", fingerprint="two"), a_caller(tenant="clinic-b")
    )
    assert other.happened is Happened.CREATED


def test_the_plan_has_the_edition_and_language_that_was_wished_for(make_plan):
    plan = make_plan(an_encounter(), Wish(edition=Edition.PIXI, language="en"), CALLER).stored.plan
    assert (plan.edition, plan.language) == (Edition.PIXI, "en")


def test_a_language_nobody_wrote_is_refused_and_nothing_is_stored(make_plan, store):
    with pytest.raises(InvalidField):
        make_plan(an_encounter(), replace(WISH, language="sv"), CALLER)
    assert store.tables().plans == {}


class ClosedMeanwhile(MemoryPlans):
    """Somebody closes the patient's course while the next encounter is being posted."""

    @contextmanager
    def writing(self, tenant):
        with super().writing(tenant) as transaction:
            transaction.add = lambda stored: False
            transaction.open_plan = lambda patient, pack: None
            yield transaction


def test_a_course_that_is_closed_at_this_moment_asks_to_try_again_at_once(make_plan):
    story = replace(make_plan, store=ClosedMeanwhile())
    with pytest.raises(StoreBusy) as told:
        story(an_encounter(), WISH, CALLER)
    assert told.value.passing
