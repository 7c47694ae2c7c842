"""Identities in the record: always the same for a plan, and never those of something else."""

from dataclasses import replace
from itertools import combinations
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from service.fhir.bundle import to_bundle
from service.fhir.elements import numbered_urn, plan_urn
from service.fhir.urls import own_part_of, urn
from tests.builders import a_pack, a_plan

ROLES = ("teaching", "teach-back", "mood", "job", "note", "assignment", "question", "round")


@given(st.text(min_size=1), st.uuids())
def test_an_identity_is_a_uuid_of_a_form_of_our_own(tenant, plan_id):
    uuid = UUID(plan_urn(replace(a_plan(), id=str(plan_id), tenant=tenant)))
    assert (uuid.version, uuid.variant) == (8, RFC_4122)


def test_the_identity_of_a_plan_is_the_same_for_ever():
    plan = replace(a_plan(), id="0198c0de-0000-7000-8000-000000000001", tenant="klinik")
    assert plan_urn(plan) == "urn:uuid:6d508ce6-925e-8850-9033-bed97175b06e"


def test_nothing_in_a_bundle_has_the_identity_of_another():
    bundle = to_bundle(a_plan(), service_url="https://education.example", caller="ehr")
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)


def test_the_parts_of_a_long_course_have_identities_of_their_own():
    pack = a_pack()
    named = [f"topic.{topic.id}" for topic in pack.topics] + [f"goal.{g.id}" for g in pack.goals]
    numbered = [f"{role}.{number}" for role in ROLES for number in range(500)]
    roles = ["plan", *named, *numbered]
    assert len({own_part_of(role) for role in roles}) == len(roles)


def test_clinics_with_the_same_plan_id_have_identities_of_their_own():
    plans = [replace(a_plan(), id="same", tenant=tenant) for tenant in ("a", "b", "a|b", "")]
    for one, other in combinations(plans, 2):
        assert plan_urn(one) != plan_urn(other)
        assert numbered_urn(one, "note", 1) != numbered_urn(other, "note", 1)


def test_what_is_nobodys_own_has_a_uuid_of_its_name():
    assert UUID(urn("handout", "lumbar")).version == 5
    assert urn("handout", "lumbar") == urn("handout", "lumbar") != urn("handout", "cervical")
