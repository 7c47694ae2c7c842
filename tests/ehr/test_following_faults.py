"""What the record tells of and cannot be used, refers elsewhere, comes late, or fails to come."""

from datetime import UTC, datetime, timedelta

import pytest

from service.fhir.encounter import from_bundle
from service.usecases.make_plan import Wish
from service.usecases.noticing import NoticeState
from service.usecases.ports import Caller
from tests.ehr.faults import FAULTS, OF_READS, serving
from tests.ehr.visits import E1, a_site, answering, kept, to, without
from tests.posted import SNOMED, a_condition, a_patient, a_visit, an_encounter, coding

PARKED = [NoticeState.PARKED]

# What refers elsewhere, or to somebody else


@pytest.mark.parametrize(
    "refer",
    [
        lambda url: {"diagnosis": [{"condition": to(f"{url}/Condition/c1")}]},
        lambda url: {"reasonReference": [to("Condition/c1"), to(f"{url}/Condition/c1")]},
        lambda url: {"subject": to(f"{url}/Patient/p1")},
    ],
    ids=["diagnosis", "reason", "patient"],
)
def test_another_server_is_never_asked_and_a_person_is_told(site, refer):
    asked = []
    with serving(answering(a_condition(), asked)) as elsewhere:
        clinic = a_site(site, a_patient(), a_condition(), an_encounter(**refer(elsewhere)))
        clinic.hear(E1)
        clinic.follow_once()
    assert asked == []
    assert clinic.made() == []
    assert clinic.notices() == [(E1, "parked", "elsewhere")]


def test_a_next_page_at_another_server_is_never_asked_for(site):
    asked = []
    with serving(answering(a_condition(), asked)) as elsewhere:
        clinic = a_site(site)
        paged = {"resourceType": "Bundle", "link": [{"relation": "next", "url": elsewhere}]}
        clinic.faulty.app = answering(paged)
        clinic.hear("")
        clinic.follow_once()
    assert asked == []
    assert clinic.notices() == [("", "parked", "elsewhere")]


def test_absolute_references_into_the_record_are_its_own(site):
    clinic = a_site(site)
    base = clinic.record.wire.base
    clinic.keep(
        a_condition(subject=to(f"{base}/Patient/p1")),
        an_encounter(
            subject=to(f"{base}/Patient/p1"),
            diagnosis=[{"condition": to(f"{base}/Condition/c1")}],
        ),
    )
    clinic.hear(E1)
    clinic.follow_once()
    assert [plan.patient for plan in clinic.made()] == ["Patient/p1"]


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (a_condition(subject=to("Patient/p2")), "not-as-asked"),
        (without(an_encounter(), "subject"), "no-patient"),
        (an_encounter(subject=to("Group/1")), "no-patient"),
        (an_encounter(subject={"identifier": {"value": "x"}}), "no-patient"),
        (an_encounter(diagnosis=[{"condition": to("Condition/gone")}]), "not-found"),
        (an_encounter(subject=to("Patient/gone")), "not-found"),
        (
            an_encounter(diagnosis=[{"condition": to(f"Condition/{n}")} for n in range(51)]),
            "too-many",
        ),
        (an_encounter(status="banana"), "unusable"),
        (a_condition(coding(SNOMED, "M48.0")), "unusable"),
        (an_encounter(modifierExtension=[{"url": "urn:x", "valueBoolean": True}]), "unusable"),
    ],
)
def test_what_cannot_be_used_waits_for_a_person_and_is_followed_when_it_is_mended(
    site, resource, reason
):
    clinic = a_site(site)
    clinic.keep(resource)
    clinic.hear(E1)
    clinic.follow()
    assert clinic.made() == []
    assert clinic.notices() == [(E1, "parked", reason)]
    clinic.keep(a_condition(), an_encounter())
    clinic.inbox.replay("demo")
    clinic.follow()
    assert len(clinic.made()) == 1


def test_a_person_is_told_what_is_wrong_and_where_and_no_more(site):
    clinic = a_site(site, a_patient(), an_encounter(), a_condition(coding(SNOMED, "M48.0")))
    clinic.hear(E1)
    clinic.follow()
    (parked,) = clinic.inbox.listed("demo", PARKED, 1)
    assert parked.detail == (
        "invalid-code: this is not a code of its system (Condition.code.coding[0].code)"
    )


def test_an_encounter_that_the_record_gave_to_another_patient_waits_for_a_person(site):
    clinic = a_site(site)
    clinic.hear(E1)
    clinic.follow_once()
    other = to("Patient/p2")
    clinic.keep(a_patient(id="p2"), an_encounter(subject=other), a_condition(subject=other))
    clinic.hear(E1)
    clinic.follow()
    assert clinic.notices() == [(E1, "parked", "unusable")]
    assert clinic.made("Patient/p2") == []


# What came late, or never


def test_an_older_encounter_than_was_told_of_is_looked_at_again(site):
    clinic = a_site(site)
    clinic.hear(E1, as_of=datetime.now(UTC) + timedelta(minutes=1))
    clinic.follow_once()
    assert clinic.notices() == [(E1, "waiting", "older")]
    clinic.follow()
    assert clinic.notices() == [(E1, "parked", "older")]


def test_news_that_come_in_the_wrong_order_lead_to_what_stands_in_the_record(site):
    clinic = a_site(site)
    dated = datetime.fromisoformat(kept(clinic, E1)["meta"]["lastUpdated"])
    clinic.hear(E1, as_of=dated)
    clinic.hear(E1, as_of=dated - timedelta(hours=1))
    clinic.follow_once()
    assert clinic.told == [("encounter-followed", "created")]


def test_an_encounter_that_the_record_does_not_show_yet_is_looked_for_again(site):
    clinic = a_site(site, a_patient(), a_condition())
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "waiting", "not-found")]
    clinic.keep(an_encounter())
    clinic.follow()
    assert len(clinic.made()) == 1


def test_a_worker_that_died_over_it_thrice_leaves_it_to_a_person(site):
    clinic = a_site(site)
    clinic.hear(E1)
    for _ in range(3):
        clinic.fetch.take("demo", 1)
        clinic.passes(timedelta(minutes=2))
    clinic.follow_once()
    assert clinic.notices() == [(E1, "parked", "worker-died")]


def test_what_a_worker_that_died_had_begun_is_followed_by_another_once(site):
    clinic = a_site(site)
    clinic.hear(E1)
    (notice,) = clinic.fetch.take("demo", 1)
    made = clinic.fetch.main_job()(
        from_bundle(a_visit()), Wish(), Caller("demo", "system", "ehr")
    )  # and then it dies
    clinic.passes(timedelta(minutes=2))
    clinic.follow_once()
    assert [plan.id for plan in clinic.made()] == [made.stored.plan.id]
    assert clinic.notices() == []
    assert not clinic.inbox.followed(notice)


# When the record fails

FOR_A_PERSON = {
    "400": "refused",
    "403": "not-allowed",
    "413": "refused",
    "415": "refused",
    "422": "refused",
    "501": "refused",
}
# Of the faults, those of whole transactions are none of a question's.
OF_WRITES = {"partial-few", "partial-most", "one-failed", "fewer-entries", "wrong-identity"}
BY_ITSELF = sorted({*FAULTS, *OF_READS} - {*FOR_A_PERSON, *OF_WRITES, "well"})


@pytest.mark.parametrize("which", range(3), ids=["encounter", "patient", "condition"])
@pytest.mark.parametrize("fault", BY_ITSELF)
def test_after_a_fault_that_passes_the_plan_is_made_once(site, fault, which):
    clinic = a_site(site, whole=0.4)
    clinic.faulty.reads[:] = ["well"] * which + [fault]
    clinic.hear(E1)
    clinic.follow()
    assert clinic.faulty.reads == []
    assert [plan.patient for plan in clinic.made()] == ["Patient/p1"]
    assert clinic.notices() == []


@pytest.mark.parametrize("fault", FOR_A_PERSON)
def test_what_a_person_must_mend_is_parked_at_once_with_its_reason(site, fault):
    clinic = a_site(site)
    clinic.faulty.reads[:] = [fault]
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "parked", FOR_A_PERSON[fault])]
    assert clinic.told == [("encounter-parked", FOR_A_PERSON[fault])]
    clinic.inbox.replay("demo")
    clinic.follow()
    assert len(clinic.made()) == 1


@pytest.mark.parametrize("fault", ["wrong-id", "wrong-type", "wrong-patient"])
def test_a_record_that_always_shows_something_else_is_shown_to_a_person(site, fault):
    clinic = a_site(site)
    clinic.faulty.reads[:] = [fault] * 100
    clinic.hear(E1)
    clinic.follow()
    ((_, state, reason),) = clinic.notices()
    assert (state, reason) in {("parked", "not-as-asked"), ("parked", "not-found")}
    assert clinic.made() == []


def test_a_record_that_is_down_for_hours_is_asked_less_and_less_and_nothing_is_lost(site):
    clinic = a_site(site)
    clinic.faulty.reads[:] = ["503"] * 12
    clinic.hear(E1)
    clinic.follow()
    assert [event for event, _ in clinic.told] == ["encounter-later"] * 12 + ["encounter-followed"]
    assert len(clinic.made()) == 1


def test_a_record_that_is_down_for_a_week_is_shown_to_a_person(site):
    clinic = a_site(site)
    clinic.faulty.reads[:] = ["500"] * 200
    clinic.hear(E1)
    clinic.follow(rounds=60)
    assert clinic.notices() == [(E1, "parked", "gave-up")]


def test_a_record_that_lets_nobody_in_costs_no_try(site):
    clinic = a_site(site)
    clinic.faulty.reads[:] = ["401", "401"]
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.told == [("encounter-later", "login")]
    clinic.follow()
    assert len(clinic.made()) == 1
