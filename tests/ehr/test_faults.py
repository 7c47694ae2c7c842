"""However a record fails, a revision stands there once in the end, or a person is told."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest

from service.ehr.record import Manner
from service.usecases.deliver_outbox import longest_wait
from service.usecases.delivering import REASONS
from tests.builders import a_plan
from tests.ehr.faults import FAULTS
from tests.ehr.test_delivery import dangling, identities, three_revisions
from tests.faults.form import FULL

# What a person must look at; everything else goes well by itself in the end.
FOR_A_PERSON = {
    "400": "refused",
    "403": "not-allowed",
    "404": "not-found",
    "410": "not-found",
    "413": "refused",
    "415": "refused",
    "422": "refused",
    "501": "refused",
}
BY_ITSELF = sorted(set(FAULTS) - set(FOR_A_PERSON) - {"well"})
ABOUT_TRANSACTIONS = {"partial-few", "partial-most", "one-failed", "fewer-entries"}
SEQUENCES = (
    ["500-after", "reset-after", "truncated"],
    ["409", "409", "412", "409"],
    ["503", "429", "408", "425", "502"],
    ["partial-few", "partial-most", "500"],
    ["html", "302", "empty", "bad-json"],
    ["drip", "reset", "reset-after"],
    ["401", "401", "401", "well"],
    ["partial-most", "reset-after", "409-after", "one-failed"],
    ["slow", "504-after", "307-after"],
)
# Every fault after every other; some of the pairs in every run, a seventh with `make faults`.
EVERY_PAIR = list(product(sorted(set(FAULTS) - {"well"}), repeat=2))
PAIRS = EVERY_PAIR[:: 7 if FULL else 127]


SEQUENCES_ENDED: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _counted(request) -> Iterator[None]:
    """Print how many sequences there were, and how they ended: wanted on every run."""
    yield
    by_itself, person = SEQUENCES_ENDED["by itself"], SEQUENCES_ENDED["person"]
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(  # noqa: T201
            f"\n{by_itself + person} sequences of faults: {by_itself} ended in the record once by "
            f"themselves, {person} were shown to a person at once"
        )


def stands_once(clinic, plans):
    kept = clinic.kept()
    found = identities(kept)
    assert len(found) == len(set(found)), "something stands there twice"
    assert dangling(kept) == set()
    assert len(kept["CarePlan"]) == 1
    assert len(kept["Provenance"]) == len(plans)


@pytest.mark.parametrize("manner", [Manner.TRANSACTION, Manner.SINGLE])
@pytest.mark.parametrize("fault", BY_ITSELF)
def test_after_a_fault_that_passes_the_plan_stands_in_the_record_once(site, fault, manner):
    if manner is Manner.SINGLE and fault in ABOUT_TRANSACTIONS:
        return
    clinic = site(manner=manner, whole=0.4)
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = [fault]
    clinic.work()
    assert clinic.faulty.writes == []
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])
    SEQUENCES_ENDED["by itself"] += 1


@pytest.mark.parametrize("fault", FOR_A_PERSON)
def test_what_a_person_must_mend_is_parked_at_once_with_its_reason(site, fault):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = [fault]
    clinic.once()
    assert clinic.states(plan) == ["parked"]
    assert clinic.reasons(plan) == [FOR_A_PERSON[fault]]
    assert clinic.told == [("delivery-parked", FOR_A_PERSON[fault])]
    clinic.outbox.replay("demo")
    clinic.work()
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])
    SEQUENCES_ENDED["person"] += 1


@pytest.mark.parametrize("sequence", SEQUENCES, ids=" then ".join)
def test_after_many_faults_a_course_stands_in_the_record_once_and_in_order(site, sequence):
    clinic = site(whole=0.4)
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.faulty.writes[:] = sequence
    clinic.work()
    assert clinic.faulty.writes == []
    assert clinic.states(plans[0]) == ["delivered"] * 3
    stands_once(clinic, plans)
    assert clinic.kept()["CarePlan"][0]["created"]
    assert len(clinic.kept()["Goal"]) == len(plans[-1].goals)
    SEQUENCES_ENDED["by itself"] += 1


@pytest.mark.parametrize("pair", PAIRS, ids=" then ".join)
def test_after_any_two_faults_a_plan_stands_there_once_or_a_person_is_told_at_once(site, pair):
    clinic = site(whole=0.4)
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = pair
    clinic.work()
    ended = "by itself"
    for _ in range(2):  # a person mends what was refused, each time it is
        if clinic.states(plan) == ["parked"]:
            ended = "person"
            assert clinic.told[-1] == ("delivery-parked", clinic.reasons(plan)[0])
            assert clinic.reasons(plan)[0] in FOR_A_PERSON.values()
            assert set(pair) & set(FOR_A_PERSON)
            clinic.outbox.replay("demo")
            clinic.work()
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])
    SEQUENCES_ENDED[ended] += 1


@pytest.mark.parametrize(
    "fault",
    ["500", "503", "html-before", "reset", "truncated", "drip", "wrong-patient", "wrong-identity"],
)
def test_it_is_not_called_in_the_record_until_it_was_read_there(site, fault):
    clinic = site(whole=0.4)
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.reads[:] = [fault] * 60
    clinic.once()
    assert clinic.states(plan) == ["waiting"]
    clinic.faulty.reads.clear()
    clinic.passes(timedelta(minutes=20))
    clinic.work()
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])


def test_a_record_that_always_shows_another_patient_is_shown_to_a_person(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.reads[:] = ["wrong-patient"] * 500
    clinic.work(rounds=10)
    assert (clinic.states(plan), clinic.reasons(plan)) == (["parked"], ["not-as-sent"])


def test_conflicts_are_tried_five_times_and_then_shown_to_a_person(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = ["409"] * 50
    clinic.work(rounds=10)
    assert (clinic.states(plan), clinic.reasons(plan)) == (["parked"], ["conflict"])
    assert len(clinic.faulty.writes) == 45


def test_after_a_week_without_the_record_a_person_is_told(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = ["503"] * 2_000
    clinic.once()
    clinic.passes(timedelta(days=6, hours=23))
    clinic.once()
    assert clinic.states(plan) == ["waiting"]
    clinic.passes(timedelta(hours=2))
    clinic.once()
    assert (clinic.states(plan), clinic.reasons(plan)) == (["parked"], ["gave-up"])


def test_a_refused_login_costs_no_try(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = ["401"] * 6
    for _ in range(3):
        clinic.once()
        clinic.passes(timedelta(minutes=2))
    assert clinic.outbox.of_plan("demo", plan.id)[0].tries == 0
    assert clinic.reasons(plan) == ["login"]
    clinic.work()
    assert clinic.states(plan) == ["delivered"]


def test_a_record_that_asks_to_wait_is_left_alone_for_so_long(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = ["503"]  # Retry-After: 1
    clinic.once()
    clinic.passes(longest_wait(1) + timedelta(milliseconds=900))
    clinic.once()
    assert clinic.states(plan) == ["waiting"]
    clinic.passes(timedelta(milliseconds=200))
    clinic.once()
    assert clinic.states(plan) == ["delivered"]


def test_the_waits_double_up_to_a_quarter_of_an_hour():
    waits = [longest_wait(tries).total_seconds() for tries in (1, 2, 3, 10, 11, 500)]
    assert waits == [1, 2, 4, 512, 900, 900]


def test_a_revision_that_kills_workers_is_set_aside(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    for _ in range(3):
        assert len(clinic.deliver.take("demo", 1)) == 1  # and the worker dies
        clinic.passes(timedelta(minutes=2))
    clinic.once()
    assert (clinic.states(plan), clinic.reasons(plan)) == (["parked"], ["worker-died"])


def test_a_revision_that_was_on_its_way_when_a_worker_died_is_looked_for_first(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    (taken,) = clinic.deliver.take("demo", 1)
    clinic.faulty.writes[:] = ["reset-after"]
    clinic.deliver(taken, clinic.record)
    written = len([1 for method, _ in clinic.faulty.seen if method == "POST"])
    clinic.work()
    assert clinic.states(plan) == ["delivered"]
    posts = [path for method, path in clinic.faulty.seen if method == "POST"][written:]
    assert len(posts) == 1  # the read-back
    stands_once(clinic, [plan])


def test_every_reason_is_told_in_words():
    parked = set(FOR_A_PERSON.values()) | {"gave-up", "worker-died", "conflict", "not-as-sent"}
    assert parked <= set(REASONS)
