"""What a record answers is looked at before it is believed: type, identity, patient, content."""

import json
from dataclasses import replace
from functools import partial

import pytest

from service import logs
from service.domain.documenting import add_goal, record_session
from service.domain.goal import Goal
from service.ehr.outcome import ISSUE_TYPES
from service.ehr.record import Manner
from service.stand_in.shelf import Abilities
from service.usecases.delivering import Parcel
from tests.builders import CHANGE, a_plan, a_session, a_teaching, an_encounter
from tests.ehr.faults import FAULTS, changed, first, serving
from tests.ehr.test_delivery import change_there, three_revisions
from tests.ehr.test_faults import stands_once
from tests.live import ROOT

MANNERS = [Manner.TRANSACTION, Manner.SINGLE]


def writes(clinic):
    return [seen for seen in clinic.faulty.seen if seen[0] in ("PUT", "POST", "DELETE")]


@pytest.fixture
def site(site):
    """Waits as long as in earnest: a busy machine is slow, and here nothing else is."""
    return partial(site, whole=10.0)


def twice(clinic, **more):
    """A plan that stands there, and a second revision that waits."""
    plans = three_revisions()
    clinic.queue(plans[0])
    clinic.work()
    assert clinic.states(plans[0]) == ["delivered"]
    clinic.queue(plans[1])
    return plans[0]


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("fault", ["wrong-patient", "wrong-type", "wrong-identity"])
def test_nothing_is_written_into_what_is_read_as_somebody_elses(site, manner, fault):
    clinic = site(Abilities(batch=False), manner=manner)
    plan = twice(clinic)
    before = clinic.kept()
    clinic.faulty.reads[:] = [fault] * 500
    clinic.work(rounds=10)
    assert (clinic.states(plan)[1], clinic.reasons(plan)[1]) == ("parked", "not-as-sent")
    kept = clinic.kept()
    assert kept["CarePlan"] == before["CarePlan"]
    assert kept["ServiceRequest"] == before["ServiceRequest"]


@pytest.mark.parametrize("fault", ["wrong-patient", "wrong-type", "wrong-identity"])
def test_a_slip_of_the_record_that_passes_is_no_matter_for_a_person(site, fault):
    clinic = site()
    plan = twice(clinic)
    clinic.faulty.reads[:] = [fault]
    clinic.work()
    assert clinic.states(plan) == ["delivered", "delivered"]


def adorned(app, environ, body, start):
    """As many records do: a name beside every reference, and each reference in full."""
    base = f"http://{environ['HTTP_HOST']}"

    def walk(value):
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            if isinstance(value.get("reference"), str):
                value["reference"] = f"{base}/{value['reference'].removeprefix(f'{base}/')}"
                value["display"] = "Fru Hansen"
            for inner in list(value.values()):
                walk(inner)

    return changed(walk)(app, environ, body, start)


LOST = ([], ["well", "reset-after"], ["reset-after", "504-after", "truncated"], ["well", first(3)])


@pytest.mark.parametrize("lost", LOST, ids=["", "second", "each", "part of the second"])
@pytest.mark.parametrize("manner", MANNERS)
def test_a_record_may_write_references_in_full_and_name_people_beside(site, manner, lost):
    clinic = site(manner=manner, whole=0.5)
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.faulty.reads[:] = [adorned] * 500
    clinic.faulty.writes[:] = lost
    clinic.work()
    assert clinic.states(plans[0]) == ["delivered"] * 3
    stands_once(clinic, plans)


@pytest.mark.parametrize("manner", MANNERS)
def test_a_record_that_says_yes_to_a_change_and_does_not_make_it_is_shown_to_a_person(site, manner):
    clinic = site(manner=manner)
    plan = twice(clinic)
    clinic.faulty.writes[:] = ["ignored"] * 500
    clinic.work(rounds=10)
    assert (clinic.states(plan)[1], clinic.reasons(plan)[1]) == ("parked", "not-as-sent")


def test_a_change_that_was_not_made_is_made_at_the_next_try(site):
    clinic = site(manner=Manner.SINGLE)
    plan = a_plan()
    clinic.queue(plan, add_goal(plan, Goal("", "cykle"), CHANGE))
    clinic.once()
    clinic.faulty.writes[:] = ["ignored"] * 3
    clinic.work()
    assert clinic.states(plan) == ["delivered", "delivered"]
    (kept,) = clinic.kept()["CarePlan"]
    assert len(kept["goal"]) == 2


def test_a_goal_in_another_state_than_it_was_sent_in_is_not_in_the_record(site):
    clinic = site(Abilities(batch=False))
    plan = a_plan()
    clinic.queue(plan)

    def ended(resource):
        if resource["resourceType"] == "Goal":
            resource["lifecycleStatus"] = "cancelled"

    clinic.faulty.reads[:] = [changed(ended)] * 500
    clinic.work(rounds=10)
    assert (clinic.states(plan), clinic.reasons(plan)) == (["parked"], ["not-as-sent"])


@pytest.mark.parametrize("many", range(9))
def test_a_transaction_of_which_the_first_few_entries_were_kept_ends_once_and_whole(site, many):
    """Every k of n (reliability F19): a new plan of the tests has eight entries."""
    clinic = site()
    plan = a_plan()
    assert len(json.loads(clinic.write.in_full(plan, "ehr"))["entry"]) == 8
    clinic.queue(plan)
    clinic.faulty.writes[:] = [first(many)]
    clinic.work()
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])


@pytest.mark.parametrize("many", range(1, 9))
def test_so_does_a_later_revision_of_which_a_part_was_kept(site, many):
    clinic = site()
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.once()
    clinic.faulty.writes[:] = [first(many)]
    clinic.work()
    assert clinic.states(plans[0]) == ["delivered"] * 3
    stands_once(clinic, plans)


class Canary:
    """Listens where redirects lead. It must see nothing."""

    def __init__(self):
        self.seen = []

    def __call__(self, environ, start):
        self.seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        start("200 OK", [("Content-Type", "application/fhir+json")])
        return [b'{"resourceType": "Bundle"}']


REDIRECTS = [name for name in FAULTS if name.startswith("3")]


@pytest.mark.parametrize("fault", REDIRECTS)
def test_no_redirect_is_followed_whatever_it_answers(site, fault):
    clinic, canary = site(), Canary()
    plan = a_plan()
    clinic.queue(plan)
    with serving(canary) as clinic.faulty.elsewhere:
        for script in (clinic.faulty.statements, clinic.faulty.reads, clinic.faulty.writes):
            script[:] = [fault]
            clinic.once()
        clinic.work()
    assert canary.seen == []
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])


@pytest.mark.parametrize(
    "fault",
    sorted(set(FAULTS) - {"well", "slow", "drip"} - {"wrong-identity", "wrong-patient", "ignored"}),
)
def test_a_capability_statement_that_is_none_costs_a_try_and_nothing_else(site, fault):
    clinic = site(whole=0.4)
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.statements[:] = [fault]
    clinic.once()
    if clinic.states(plan) == ["parked"]:  # as it is for a person
        clinic.outbox.replay("demo")
    clinic.work()
    assert clinic.states(plan) == ["delivered"]
    stands_once(clinic, [plan])


def test_the_capability_statement_is_read_once_in_a_quarter_of_an_hour(site):
    clinic = site()
    clinic.queue(*three_revisions())
    now = [0.0]
    clinic.record.clock = lambda: now[0]
    clinic.work()
    assert [path for _, path in clinic.faulty.seen].count("/metadata") == 1
    now[0] = 901.0
    clinic.record.deliver(Parcel(clinic.write.in_full(a_plan(id="p2"), "ehr")))
    assert [path for _, path in clinic.faulty.seen].count("/metadata") == 2


@pytest.mark.parametrize("manner", MANNERS)
def test_an_update_names_the_version_that_it_replaces(site, manner):
    clinic = site(manner=manner)
    plan = twice(clinic)
    matched = []

    def spy(app, environ, body, start):
        bundle = json.loads(body)
        requests = [entry["request"] for entry in bundle.get("entry", [])]
        matched.extend(each.get("ifMatch") for each in requests if _replaces(each))
        if environ["REQUEST_METHOD"] == "PUT":
            matched.append(environ.get("HTTP_IF_MATCH"))
        return FAULTS["well"](app, environ, body, start)

    clinic.faulty.writes[:] = [spy] * 50
    clinic.work()
    assert clinic.states(plan) == ["delivered", "delivered"]
    assert matched
    assert set(matched) == {'W/"1"'}


def _replaces(request):
    return request["method"] == "PUT" and "?" not in request["url"]


@pytest.mark.parametrize("manner", MANNERS)
def test_what_somebody_writes_between_our_look_and_our_update_is_not_lost(site, manner):
    clinic = site(manner=manner)
    plan = twice(clinic)

    def interrupted(app, environ, body, start):
        change_there(clinic, "CarePlan", lambda each: each | {"careTeam": [{"display": "Team 4"}]})
        return FAULTS["well"](app, environ, body, start)

    # The first write of this revision that changes the plan; in single manner it comes last.
    clinic.faulty.writes[:] = [interrupted]
    clinic.work()
    assert clinic.states(plan) == ["delivered", "delivered"]
    (kept,) = clinic.kept()["CarePlan"]
    assert kept["careTeam"] == [{"display": "Team 4"}]
    assert "outcomeReference" in kept["activity"][0]


def test_what_stands_there_and_was_forgotten_here_is_merged_and_not_overwritten(site):
    """As after a restore from yesterday's backup, where records are written one by one."""
    clinic = site(Abilities(transaction=False))
    plans = three_revisions()
    clinic.queue(*plans[:2])
    clinic.work()
    change_there(clinic, "CarePlan", lambda plan: plan | {"careTeam": [{"display": "Team 4"}]})
    matched = []

    def spy(app, environ, body, start):
        if environ["REQUEST_METHOD"] == "PUT":
            matched.append(environ.get("HTTP_IF_MATCH"))
        return FAULTS["well"](app, environ, body, start)

    clinic.faulty.writes[:] = [spy] * 50
    forgotten = Parcel(clinic.write.in_full(plans[2], "ehr"))
    clinic.record.deliver(forgotten)
    (kept,) = clinic.kept()["CarePlan"]
    assert kept["careTeam"] == [{"display": "Team 4"}]
    assert len(kept["goal"]) == len(plans[2].goals)
    assert None not in matched
    stands_once(clinic, plans)


def test_after_a_revision_that_was_parked_the_next_looks_what_it_left_there(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.faulty.writes[:] = [first(5), "422", "422", "422"]
    clinic.work(rounds=3)
    assert clinic.states(plan) == ["parked"]
    topic = plan.topics[0].id
    later = record_session(plan, a_session(a_teaching(topic)), CHANGE)
    clinic.faulty.writes.clear()
    clinic.queue(later)
    clinic.work()
    assert clinic.states(plan) == ["superseded", "delivered"]
    kept = clinic.kept()
    assert {kind: len(kept[kind]) for kind in ("CarePlan", "ServiceRequest", "Goal")} == {
        "CarePlan": 1,
        "ServiceRequest": 3,
        "Goal": 1,
    }


def test_a_text_that_was_removed_from_the_record_is_made_there_again(site):
    """Handouts are nobody's own, and known from other plans: one that is gone is noticed."""
    clinic = site()
    one = a_plan()
    clinic.queue(one)
    clinic.work()
    client = clinic.faulty.app.test_client()
    for document in clinic.kept()["DocumentReference"]:
        client.delete(f"/DocumentReference/{document['id']}")
    visit = an_encounter(reference="Encounter/e2", patient="Patient/p2")
    other = a_plan(visit, id="0190a000-0000-7000-8000-000000000002")
    clinic.queue(other)
    clinic.work()
    assert clinic.states(other) == ["delivered"]
    assert len(clinic.kept()["DocumentReference"]) == 2


@pytest.mark.parametrize("manner", MANNERS)
def test_a_record_that_writes_its_own_narrative_is_believed(site, manner):
    clinic = site(manner=manner)
    plans = three_revisions()
    clinic.queue(*plans)

    def untold(resource):
        resource.pop("text", None)

    def stripping(app, environ, body, start):
        told = json.loads(body)
        for entry in told.get("entry", [{"resource": told}]):
            untold(entry.get("resource", {}))
        return FAULTS["well"](app, environ, json.dumps(told).encode(), start)

    clinic.faulty.writes[:] = [stripping] * 500
    clinic.work()
    assert clinic.states(plans[0]) == ["delivered"] * 3


def test_what_is_refused_is_logged_by_its_codes_and_never_by_its_words(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    said = []
    issues = [
        {"severity": "error", "code": "required", "diagnostics": "Fru Hansen, 010151-9999"},
        {"severity": "error", "code": "Hansen", "details": {"text": "Fru Hansen"}},
        {"severity": "error", "code": "invariant"},
        "Hansen",
    ]
    outcome = json.dumps({"resourceType": "OperationOutcome", "issue": issues}).encode()

    def refusing(app, environ, body, start):
        start("422 Unprocessable Entity", [("Content-Type", "application/fhir+json")])
        return [outcome]

    clinic.faulty.writes[:] = [refusing]
    (queued,) = clinic.deliver.take("demo", 1)
    replace(clinic.deliver, tell=lambda event, told: said.append(told))(queued, clinic.record)
    assert said == [
        {"tenant": "demo", "plan": plan.id, "code": "refused", "answer": "422 required invariant"}
    ]
    assert set(said[0]) <= set(logs.FIELDS)


def test_the_codes_that_may_stand_in_the_log_are_those_of_r4():
    shapes = json.loads((ROOT / "service" / "fhir" / "r4_facade_shapes.json").read_bytes())
    assert set(shapes["codes"]["issue-type"]) == ISSUE_TYPES
