"""The main job's answer is a transaction that a real record takes as it is, however often."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.hapi.client import Record
from tests.hapi.clinic import Course
from tests.hapi.links import references, resolved, said, tags
from tests.posted import SKS, coding

pytestmark = [pytest.mark.real, pytest.mark.slow]

URI = "urn:ietf:rfc:3986"
POSSIBLE = coding(SKS, "DM480")
AT_ONCE = 8


def taken(record, answer):
    """Post the answer as it came; return what became of each entry, `Type/id` by fullUrl."""
    done = record.post(answer.content)
    assert done.status_code == 200, done.text
    sent, became = answer.json()["entry"], done.json()["entry"]
    places = [entry["response"]["location"].split("/_history")[0] for entry in became]
    return dict(zip((entry["fullUrl"] for entry in sent), places, strict=True))


def standing(record, bundle):
    """How many stand in the record of each thing the Bundle is about, by its identity."""
    queries = [identity(entry) for entry in bundle["entry"]]
    return {query: len(record.found(query)) for query in queries}


def identity(entry):
    kind = entry["resource"]["resourceType"]
    if kind == "Provenance":
        [tag] = tags(entry["resource"])
        return f"Provenance?_tag={tag['system']}|{tag['code']}"
    return f"{kind}?identifier={URI}|{entry['fullUrl']}"


def kept_as_sent(record, answer):
    """Post the answer; return what of it stands in the record otherwise than it was sent."""
    places = taken(record, answer)
    return [
        places[entry["fullUrl"]]
        for entry in answer.json()["entry"]
        if said(record.read(places[entry["fullUrl"]])) != said(resolved(entry["resource"], places))
    ]


def test_the_record_keeps_every_word_and_every_link(clinic, record):
    assert kept_as_sent(record, clinic.sees(Course())) == []


def test_every_reference_leads_to_something_of_the_right_kind(clinic, record):
    places = taken(record, clinic.sees(Course()))
    kept = [record.read(place) for place in places.values()]
    named = {found for resource in kept for found in references(resource)}
    assert not [found for found in named if found.startswith("urn:")]
    for found in named:
        assert record.read(found)["resourceType"] == found.split("/")[0]


def test_from_the_plan_one_reaches_topics_goals_and_handouts(clinic, record):
    places = taken(record, clinic.sees(Course()))
    [plan] = [record.read(place) for place in places.values() if place.startswith("CarePlan/")]
    topics = [record.read(step["reference"]["reference"]) for step in plan["activity"]]
    assert len(topics) == 7
    assert {topic["resourceType"] for topic in topics} == {"ServiceRequest"}
    goals = references([topic["extension"] for topic in topics])
    assert goals
    assert goals <= references(plan["goal"])
    assert {name.split("/")[0] for name in goals} == {"Goal"}
    handouts = references([topic.get("supportingInfo", []) for topic in topics])
    handouts |= references(plan.get("supportingInfo", []))
    assert handouts == {name for name in places.values() if name.startswith("DocumentReference/")}


def test_provenance_vouches_for_all_that_was_written(clinic, record):
    places = taken(record, clinic.sees(Course()))
    *written, provenance = places.values()
    targets = [target["reference"] for target in record.read(provenance)["target"]]
    assert targets == written


def test_the_same_bundle_again_changes_nothing(clinic, record):
    answer = clinic.sees(Course())
    first = taken(record, answer)
    before = [record.read(place)["meta"]["versionId"] for place in first.values()]
    assert taken(record, answer) == first
    assert [record.read(place)["meta"]["versionId"] for place in first.values()] == before
    assert set(standing(record, answer.json()).values()) == {1}


def test_the_next_visit_changes_the_plan_and_doubles_nothing(clinic, record):
    course = Course()
    first = taken(record, clinic.sees(course))
    answer = clinic.sees(course, 2)
    second = taken(record, answer)
    [plan] = {place for place in second.values() if place.startswith("CarePlan/")}
    assert plan in first.values()
    kept = record.read(plan)
    assert kept["meta"]["versionId"] == "2"
    assert f"Encounter/e-{course.name}-2" in references(kept["supportingInfo"])
    assert set(standing(record, answer.json()).values()) == {1}


def test_a_record_that_missed_the_first_visit_has_all_after_the_second(clinic, record):
    course = Course()
    missed = clinic.sees(course)
    answer = clinic.sees(course, 2)
    places = taken(record, answer)
    plan = record.read(next(iter(places.values())))
    late = taken(record, missed)
    assert set(standing(record, missed.json()).values()) == {1}
    assert record.read(next(iter(late.values()))) == plan, "the late Bundle undid the later one"


def test_a_confirmed_proposal_becomes_the_plan_and_doubles_nothing(clinic, record):
    proposal = clinic.sees(Course(POSSIBLE))
    taken(record, proposal)
    confirmed = clinic.confirms(proposal)
    assert kept_as_sent(record, confirmed) == []
    assert set(standing(record, confirmed.json()).values()) == {1}


def test_the_record_takes_a_whole_course_step_by_step_and_keeps_every_word(clinic, record):
    plan = clinic.sees(Course())
    assert kept_as_sent(record, plan) == []
    for answer in clinic.documents(plan):
        assert kept_as_sent(record, answer) == []
        assert set(standing(record, answer.json()).values()) == {1}


def test_the_record_shows_who_taught_what_to_whom_how_and_how_it_was_understood(clinic, record):
    course = Course()
    plan = clinic.sees(course)
    taken(record, plan)
    taken(record, next(iter(clinic.documents(plan))))
    patient = f"subject=Patient/p-{course.name}"
    taught = record.found(f"Communication?{patient}&status=completed")
    assert {each["sender"]["reference"] for each in taught} == {"Practitioner/demo-clinician"}
    assert {each["encounter"]["reference"] for each in taught} == {f"Encounter/e-{course.name}-1"}
    assert {len(each["recipient"]) for each in taught} == {2}
    assert {len(each["medium"]) for each in taught} == {2}
    missed = record.found(f"Communication?{patient}&status=not-done")
    assert (len(taught), len(missed)) == (2, 2)
    noticed = record.found(f"Observation?{patient}")
    understood = [each for each in noticed if each.get("method") == {"text": "Teach-back"}]
    results = {each["valueCodeableConcept"]["coding"][0]["code"] for each in understood}
    assert results == {"understood-with-help", "not-understood"}
    for each in understood:
        [request] = each["basedOn"]
        assert record.read(request["reference"])["resourceType"] == "ServiceRequest"


@pytest.mark.parametrize("visits", [1, 2])
def test_eight_who_post_the_same_bundle_at_once_leave_one_of_each(clinic, record, visits):
    course = Course()
    for number in range(1, visits + 1):
        answer = clinic.sees(course, number)
        statuses = at_once(record.url, [answer.content] * AT_ONCE)
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert set(standing(record, answer.json()).values()) == {1}


def test_eight_patients_at_once_share_the_handouts_and_who_lost_may_post_again(clinic, record):
    answers = [clinic.sees(Course(query="?edition=pixi&language=en")) for _ in range(AT_ONCE)]
    statuses = at_once(record.url, [answer.content for answer in answers])
    assert set(statuses) <= {200, 409}
    for answer in answers:
        taken(record, answer)
        assert set(standing(record, answer.json()).values()) == {1}


def at_once(url, bundles):
    """Post all at the same time, each by a client of its own; return the statuses."""
    with ThreadPoolExecutor(len(bundles)) as clients:
        return list(clients.map(lambda bundle: Record(url).post(bundle).status_code, bundles))
