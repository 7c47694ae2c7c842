"""HL7's validator, as HAPI runs it with our package, finds nothing wrong with what we answer."""

import pytest

from service.fhir import urls
from tests.hapi.clinic import Course
from tests.posted import LUMBAR, SKS, coding
from tests.profiles.which import profile_of

pytestmark = [pytest.mark.real, pytest.mark.slow]

POSSIBLE = coding(SKS, "DM480")
FACADE = ("CarePlan", "ServiceRequest", "Goal", "Communication", "Observation")


@pytest.mark.parametrize("edition", ["full", "pixi"])
@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("code", [LUMBAR, POSSIBLE], ids=["exact", "possible"])
def test_all_that_the_service_answers_meets_our_profiles(clinic, edition, language, code):
    course = Course(code, f"?edition={edition}&language={language}")
    for visit in (1, 2):
        found = refused(clinic, clinic.sees(course, visit).json())
        assert not found, "\n".join(found)


def test_what_a_clinician_confirmed_meets_our_profiles(clinic):
    found = refused(clinic, clinic.confirms(clinic.sees(Course(POSSIBLE))).json())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_is_documented_in_a_visit_meets_our_profiles(clinic, language):
    plan = clinic.sees(Course(query=f"?language={language}"))
    for answer in clinic.documents(plan):
        found = refused(clinic, answer.json())
        assert not found, "\n".join(found)


def test_every_code_of_a_visit_is_one_that_the_record_has_been_told_of(clinic):
    answers = [answer.json() for answer in clinic.documents(clinic.sees(Course()))]
    ours = {found for found in codings(answers) if found[0].startswith(urls.BASE)}
    assert len(ours) > 20
    assert {found for found in ours if not clinic.record.knows(*found)} == set()


def test_what_the_facade_answers_meets_our_profiles(clinic, live):
    course = Course()
    list(clinic.documents(clinic.sees(course)))
    mine = f"patient=p-{course.name}"
    paths = [f"/fhir/{kind}?{mine}" for kind in (*FACADE, "Provenance", "DocumentReference")]
    paths += ["/fhir/DocumentReference", "/fhir/ActivityDefinition", "/fhir/Library"]
    paths += ["/fhir/metadata", "/fhir/Questionnaire"]
    for path in paths:
        answer = live.call("GET", path, live.run("token")).json()
        for resource in [e["resource"] for e in answer.get("entry", ())] or [answer]:
            assert clinic.record.complaints(resource, stated(resource)) == [], path


def stated(resource):
    """The profile that the resource says it meets."""
    return next(iter(resource.get("meta", {}).get("profile", ())), "")


@pytest.mark.parametrize(
    ("path", "profile"),
    [
        ("PlanDefinition/lumbar-spinal-stenosis/$apply", "edu-applied-careplan"),
        ("ActivityDefinition/lumbar-spinal-stenosis-work/$apply", "edu-applied-request"),
        ("ActivityDefinition/lumbar-spinal-stenosis-knowledge/$apply", "edu-applied-request"),
    ],
)
@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_what_is_applied_meets_our_profiles(record, live, path, profile, edition):
    answer = live.call(
        "GET", f"/fhir/{path}?subject=Patient/x&edition={edition}", live.run("token")
    )
    canonical = f"{urls.BASE}/StructureDefinition/{profile}"
    assert record.complaints(answer.json(), canonical) == []


def test_the_audit_trail_meets_our_profile(clinic, live):
    course = Course()
    clinic.sees(course)
    token = live.run("token", "--role", "auditor")
    answer = live.call("GET", f"/fhir/AuditEvent?patient=Patient/p-{course.name}", token)
    events = [entry["resource"] for entry in answer.json()["entry"]]
    assert events
    for event in events:
        assert clinic.record.complaints(event, stated(event)) == []


@pytest.mark.parametrize(
    "path",
    ["Patient/x", "CarePlan?shoe-size=42", "PlanDefinition/lumbar-spinal-stenosis/$apply"],
)
def test_a_refusal_is_good_fhir_too(record, live, path):
    answer = live.call("GET", f"/fhir/{path}", live.run("token"))
    assert not answer.ok
    assert record.complaints(answer.json(), "") == []


@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_every_code_of_ours_is_one_that_the_record_has_been_told_of(clinic, edition):
    answer = clinic.sees(Course(query=f"?edition={edition}")).json()
    ours = {found for found in codings(answer) if found[0].startswith(urls.BASE)}
    assert len(ours) > 10
    assert {found for found in ours if not clinic.record.knows(*found)} == set()


def test_a_code_that_is_not_ours_is_not_known(record):
    assert not record.knows(urls.TOPIC, "lumbar-spinal-stenosis.knitting")


def codings(node):
    """Every system and code anywhere below."""
    if isinstance(node, list):
        return {found for each in node for found in codings(each)}
    if not isinstance(node, dict):
        return set()
    own = {(node["system"], node["code"])} if {"system", "code"} <= node.keys() else set()
    return own | codings(list(node.values()))


def refused(clinic, bundle):
    """What the record finds wrong with the Bundle and with each resource in it."""
    resources = [bundle, *(entry["resource"] for entry in bundle["entry"])]
    return [
        complaint
        for resource in resources
        for complaint in clinic.record.complaints(resource, profile_of(resource))
    ]
