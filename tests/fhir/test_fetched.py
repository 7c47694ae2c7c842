"""What an encounter refers to in its own record, and what is never asked for."""

from datetime import UTC, datetime

import pytest

from service.fhir.fetched import (
    Elsewhere,
    conditions_named,
    is_about,
    is_current_problem,
    is_of_encounter,
    last_updated,
    matches,
    names_a_reason,
    next_page,
    own_people,
    place_in,
    place_of_reference,
)
from tests.posted import LUMBAR, a_condition, an_encounter

BASE = "http://ehr.example/fhir"


def to(reference):
    return {"reference": reference}


@pytest.mark.parametrize(
    "reference",
    [
        "Condition/c1",
        "Condition/c1/_history/3",
        f"{BASE}/Condition/c1",
        f"{BASE}/Condition/c1/_history/3",
    ],
)
def test_a_reference_into_the_record_leads_to_the_same_place_however_it_is_written(reference):
    assert place_of_reference(to(reference), BASE) == "Condition/c1"


@pytest.mark.parametrize(
    "reference",
    [
        {},
        {"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "x"}},
        to("#c1"),
        to("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"),
        to("Condition/.."),
        to("Condition/a/b"),
        to("Condition?code=x"),
    ],
)
def test_what_is_no_address_leads_nowhere(reference):
    assert place_of_reference(reference, BASE) == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/fhir/Condition/c1",
        "https://ehr.example/fhir/Condition/c1",
        "http://ehr.example:81/fhir/Condition/c1",
        "http://ehr.example/other/Condition/c1",
        "http://ehr.example/fhir@evil.example/Condition/c1",
        "http://ehr.example/fhir.evil.example/Condition/c1",
        f"{BASE}/../admin/Condition/c1",
        f"{BASE}/Condition/..",
        "//evil.example/fhir/Condition/c1",
        "file:///etc/passwd",
    ],
)
def test_another_server_is_never_taken_for_the_record(address):
    with pytest.raises(Elsewhere):
        place_of_reference(to(address), BASE)


def test_the_conditions_that_an_encounter_names_come_once_each_and_nothing_else():
    encounter = an_encounter(
        diagnosis=[{"condition": to("Condition/c1")}, {"condition": to("Procedure/p1")}],
        reasonReference=[to(f"{BASE}/Condition/c2"), to("Condition/c1"), to("Observation/o1")],
    )
    assert conditions_named(encounter, BASE) == ["Condition/c1", "Condition/c2"]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, False),
        ({"diagnosis": [{"condition": to("Condition/c1")}]}, True),
        ({"reasonReference": [to("Condition/c1")]}, True),
        ({"reasonReference": [to("Procedure/p1")]}, False),
        ({"reasonCode": [{"coding": [LUMBAR]}]}, True),
        ({"reasonCode": [{"text": "ryggen"}]}, False),
    ],
)
def test_an_encounter_says_what_it_is_about_by_a_condition_or_a_code(said, named):
    encounter = {key: v for key, v in an_encounter().items() if key != "diagnosis"}
    assert names_a_reason(encounter | said) == named


def test_a_condition_is_of_the_encounter_and_the_patient_that_it_names():
    condition = a_condition(encounter=to(f"{BASE}/Encounter/e1"))
    assert is_of_encounter(condition, "Encounter/e1", BASE)
    assert not is_of_encounter(condition, "Encounter/e2", BASE)
    assert not is_of_encounter(a_condition(), "Encounter/e1", BASE)
    elsewhere = a_condition(encounter=to("http://evil.example/fhir/Encounter/e1"))
    assert not is_of_encounter(elsewhere, "Encounter/e1", BASE)
    assert is_about(condition, "Patient/p1", BASE)
    assert not is_about(condition, "Patient/p2", BASE)


def concept(code):
    return {"coding": [{"system": "urn:x", "code": code}]}


@pytest.mark.parametrize(
    ("category", "status", "is_one"),
    [
        ("problem-list-item", "active", True),
        ("problem-list-item", "recurrence", True),
        ("problem-list-item", "resolved", False),
        ("encounter-diagnosis", "active", False),
    ],
)
def test_a_current_problem_is_on_the_list_and_not_over(category, status, is_one):
    condition = a_condition(category=[concept(category)], clinicalStatus=concept(status))
    assert is_current_problem(condition) == is_one


def test_practitioners_and_clinics_of_other_servers_are_not_taken_for_those_of_the_record():
    foreign = to("https://register.example/Practitioner/7")
    encounter = an_encounter(
        participant=[
            {"individual": foreign},
            {"individual": foreign, "type": [{"text": "ATND"}]},
            {"individual": to("Practitioner/fys1")},
        ],
        serviceProvider=to("https://register.example/Organization/7"),
    )
    kept = own_people(encounter, BASE)
    assert kept["participant"] == [
        {"type": [{"text": "ATND"}]},
        {"individual": to("Practitioner/fys1")},
    ]
    assert "serviceProvider" not in kept
    assert "participant" not in own_people(
        an_encounter(participant=[{"individual": foreign}]), BASE
    )
    assert own_people(an_encounter(), BASE) == an_encounter()


@pytest.mark.parametrize(
    "link",
    [
        f"{BASE}?_getpages=3f&_getpagesoffset=50",
        f"{BASE}/Encounter?page=2",
        "Encounter?page=2",
        "?page=2",
        "/fhir/Encounter?page=2",
    ],
)
def test_the_next_page_is_followed_below_the_records_own_base(link):
    page = {"link": [{"relation": "self", "url": BASE}, {"relation": "next", "url": link}]}
    assert next_page(page, BASE).startswith(BASE)


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/fhir?page=2",
        "//evil.example/fhir?page=2",
        "https://ehr.example/fhir?page=2",
        "http://ehr.example/admin?page=2",
        "http://ehr.example/fhirx?page=2",
        f"{BASE}/../admin?page=2",
        f"{BASE}/%2e%2e/admin?page=2",
        "http://user@ehr.example/fhir?page=2",
        "http://[ehr.example/fhir?page=2",
        "file:///etc/passwd",
    ],
)
def test_a_next_page_at_another_address_is_not_followed(link):
    with pytest.raises(Elsewhere):
        next_page({"link": [{"relation": "next", "url": link}]}, BASE)


@pytest.mark.parametrize(
    "page", [{}, {"link": []}, {"link": "x"}, {"link": [7, {"relation": "self", "url": BASE}]}]
)
def test_a_page_without_a_next_one_is_the_last(page):
    assert next_page(page, BASE) == ""


def test_of_a_searchset_only_what_was_searched_for_counts():
    wanted = an_encounter()
    page = {
        "entry": [
            {"resource": wanted, "search": {"mode": "match"}},
            {"resource": an_encounter(id="e2"), "search": {"mode": "include"}},
            {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
            {"resource": "x"},
            "x",
        ]
    }
    assert list(matches(page, "Encounter")) == [wanted]
    assert list(matches({"entry": "x"}, "Encounter")) == []


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-11-24T10:00:00.123+01:00", datetime(2026, 11, 24, 9, 0, 0, 123_000, UTC)),
        ("2026-11-24T10:00:00Z", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("2026-11-24T10:00:00", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        (7, None),
        (None, None),
    ],
)
def test_a_date_of_the_record_is_taken_when_it_names_a_moment(told, at):
    assert last_updated({"meta": {"lastUpdated": told}}) == at


@pytest.mark.parametrize("resource", [{}, {"meta": None}, {"meta": []}, {"meta": {}}])
def test_a_resource_may_be_undated(resource):
    assert last_updated(resource) is None


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/entry/0/resource/id", "Patient.id"),
        ("/entry/1/resource/period/start", "Encounter.period.start"),
        ("/entry/4/resource/code/coding/0/code", "Condition.code.coding[0].code"),
        ("/entry", "Bundle.entry"),
    ],
)
def test_a_place_in_what_was_read_is_told_by_its_resource(pointer, place):
    assert place_in(pointer) == place
