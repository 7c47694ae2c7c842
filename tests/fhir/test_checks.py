"""Inbound FHIR holds to R4, or the first place where it does not is named."""

from typing import Any

import pytest

from service.domain.errors import BadInput, InvalidResource, ResourceTypeNotAccepted
from service.fhir.checks import MAX_DEPTH, check

CANARY = "0101501234"


def a_patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", **elements}


def an_encounter(**elements: Any) -> dict[str, Any]:
    needed = {"status": "in-progress", "class": {"code": "AMB"}}
    return {"resourceType": "Encounter", **needed, **elements}


def a_condition(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, **elements}


def a_bundle(*resources: Any) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def refused(resource: object, pointer: str, *, says: str = "") -> BadInput:
    with pytest.raises(BadInput) as fault:
        check(resource)
    assert fault.value.pointer == pointer
    assert says in fault.value.detail
    return fault.value


def referring(reference: object) -> dict[str, Any]:
    return a_condition(encounter={"reference": reference})


def extended(**extension: Any) -> dict[str, Any]:
    return a_patient(extension=[{"url": "https://example.org/x", **extension}])


# Shape


def test_a_bundle_of_patient_encounter_and_condition_is_accepted():
    check(a_bundle(a_patient(), an_encounter(), a_condition()))


@pytest.mark.parametrize("sent", [None, [], "Patient", 1, True])
def test_what_is_no_object_is_no_resource(sent):
    refused(sent, "", says="a resource must be an object")


def test_a_resource_without_a_type_is_refused():
    refused({}, "", says='"resourceType" must be there')
    refused({"resourceType": ["Patient"]}, "", says='"resourceType" must be there')


def test_a_type_outside_the_list_is_not_accepted_and_named():
    fault = refused({"resourceType": "Observation"}, "/resourceType", says="Observation is not")
    assert isinstance(fault, ResourceTypeNotAccepted)


def test_a_type_that_r4_has_not_is_not_accepted_and_not_repeated():
    fault = refused({"resourceType": CANARY}, "/resourceType")
    assert isinstance(fault, ResourceTypeNotAccepted)
    assert CANARY not in fault.detail


def test_a_type_outside_the_list_inside_a_bundle_is_found():
    refused(
        a_bundle(a_patient(), {"resourceType": "Observation"}), "/entry/1/resource/resourceType"
    )


def test_a_pointer_given_is_put_in_front():
    with pytest.raises(InvalidResource) as fault:
        check(a_patient(gender="m"), "/prefetch/patient")
    assert fault.value.pointer == "/prefetch/patient/gender"


def test_an_unknown_element_is_refused_at_its_place():
    refused(a_patient(colour="red"), "/colour", says='"colour" is not an element of Patient')


def test_an_element_of_r5_is_unknown():
    refused(an_encounter(actualPeriod={"start": "2024"}), "/actualPeriod")


def test_an_unknown_key_that_looks_like_no_element_is_not_repeated():
    fault = refused(a_patient(name=[{CANARY: "x"}]), "/name/0", says="a key is not an element")
    assert CANARY not in fault.detail


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("active", "true"),
        ("active", 1),
        ("birthDate", 1950),
        ("multipleBirthInteger", True),
        ("multipleBirthInteger", "2"),
        ("multipleBirthInteger", 2.0),
        ("maritalStatus", "M"),
        ("maritalStatus", [{"text": "M"}]),
        ("name", {"family": "x"}),
        ("gender", ["male"]),
        ("gender", None),
    ],
)
def test_the_wrong_json_type_is_refused(element, value):
    refused(a_patient(**{element: value}), f"/{element}", says=", not ")


def test_a_list_may_not_hold_the_wrong_type():
    refused(a_patient(name=["Anna"]), "/name/0", says="must be an object (HumanName)")


def test_an_element_that_must_be_there_is_missed():
    refused(an_encounter() | {"class": {}}, "/class", says="must not be empty")
    encounter = an_encounter()
    del encounter["class"]
    refused(a_bundle(encounter), "/entry/0/resource", says='"class" is missing')


def test_an_element_that_must_be_there_may_be_an_extension_that_says_why_not():
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    encounter = an_encounter(_status={"extension": [{"url": url, "valueCode": "unknown"}]})
    del encounter["status"]
    check(encounter)


def test_a_choice_that_must_be_there_is_missed():
    context = {"code": {"code": "x"}}
    refused(
        extended(valueUsageContext=context),
        "/extension/0/valueUsageContext",
        says='"value[x]" is missing',
    )


@pytest.mark.parametrize("empty", [{"name": []}, {"name": [{}]}, {"id": ""}])
def test_nothing_may_be_empty(empty):
    with pytest.raises(InvalidResource, match="empty"):
        check(a_patient(**empty))


def test_a_link_of_an_entry_has_the_shape_of_a_link_of_the_bundle():
    bundle = a_bundle(a_patient())
    bundle["entry"][0]["link"] = [{"relation": "self"}]
    refused(bundle, "/entry/0/link/0", says='"url" is missing')


# Choices and extensions


def test_one_form_of_a_choice_is_accepted():
    check(a_patient(deceasedBoolean=False, _deceasedBoolean={"id": "a"}))


def test_two_forms_of_a_choice_are_refused():
    refused(
        a_patient(deceasedBoolean=False, deceasedDateTime="2024"),
        "",
        says='"deceased[x]" must be given in one form only',
    )


def test_two_forms_of_a_choice_are_refused_also_when_one_is_only_an_extension():
    refused(a_patient(deceasedBoolean=False, _deceasedDateTime={"id": "a"}), "", says="one form")


def test_an_extension_must_have_a_url():
    refused(a_patient(extension=[{"valueString": "x"}]), "/extension/0", says='"url" is missing')


def test_an_extension_may_hold_extensions():
    check(extended(extension=[{"url": "code", "valueCode": "x"}]))


def test_an_extension_may_not_have_both_a_value_and_extensions():
    inner = [{"url": "code", "valueCode": "x"}]
    refused(extended(valueString="x", extension=inner), "/extension/0", says="not both")


# Primitives with extensions


def test_a_primitive_may_carry_an_extension_beside_it():
    check(
        a_patient(
            birthDate="1950", _birthDate={"extension": [{"url": "a", "valueTime": "10:00:00"}]}
        )
    )


def test_the_sibling_of_a_primitive_holds_id_and_extension_only():
    refused(a_patient(_birthDate={"value": "1950"}), "/_birthDate/value")


def test_a_complex_element_has_no_sibling():
    refused(a_patient(_maritalStatus={"id": "a"}), "/_maritalStatus")


def test_a_null_in_a_list_stands_for_an_extension():
    check(a_patient(name=[{"given": ["Anna", None], "_given": [None, {"id": "a"}]}]))


@pytest.mark.parametrize(
    "name", [{"given": [None]}, {"given": [None], "_given": [None]}, {"_given": [None]}]
)
def test_a_null_that_stands_for_nothing_is_refused(name):
    with pytest.raises(InvalidResource, match="not null"):
        check(a_patient(name=[name]))


# Values


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("valueDate", "2023-02-29"),
        ("valueDateTime", "2019-01-01T08:00:00"),
        ("valueUri", "javascript:alert(1)"),
        ("valueInteger", "12"),
        ("valueString", "a\x00b"),
    ],
)
def test_a_badly_written_value_is_refused_and_not_repeated(element, value):
    fault = refused(extended(**{element: value}), f"/extension/0/{element}", says=" must be ")
    assert value not in fault.detail + fault.how_to_fix


def test_a_code_outside_its_list_is_refused_with_the_list():
    fault = refused(an_encounter(status="banana"), "/status", says="one of: planned, arrived,")
    assert "banana" not in fault.detail


def test_a_code_whose_list_r4_leaves_open_is_accepted():
    check(a_patient(photo=[{"contentType": "image/x-own", "data": "QUJD"}], language="da-DK"))


def test_an_id_over_64_characters_is_refused():
    refused(a_patient() | {"id": "a" * 65}, "/id", says="1 to 64")


def test_a_narrative_needs_a_status_and_a_text():
    check(a_patient(text={"status": "generated", "div": "<div>unread</div>"}))
    refused(a_patient(text={"status": "generated", "div": {}}), "/text/div")
    refused(a_patient(text={"status": "generated"}), "/text", says='"div" is missing')


# References


def test_a_reference_that_is_none_is_refused_with_the_forms_there_are():
    fault = refused(referring("javascript:alert(1)"), "/encounter/reference")
    assert "Type/id" in fault.how_to_fix


@pytest.mark.parametrize("reference", ["Patient/p1", "https://ehr.example/fhir/Patient/p1"])
def test_a_reference_to_the_wrong_type_is_refused(reference):
    refused(referring(reference), "/encounter/reference", says="must be to one of: Encounter")


def test_a_reference_that_tells_the_wrong_type_is_refused():
    told = {"type": "Patient", "display": "x"}
    refused(a_condition(encounter=told), "/encounter/type", says="must be to one of: Encounter")


def test_a_reference_may_be_an_identifier_only():
    check(a_condition(encounter={"identifier": {"value": "1"}}))


def test_a_reference_in_a_list_is_refused_at_its_place():
    participants = [{"individual": {"display": "x"}}, {"individual": {"reference": "x y"}}]
    refused(an_encounter(participant=participants), "/participant/1/individual/reference")


# Contained resources


def test_a_local_reference_finds_what_is_contained():
    inner = an_encounter(id="e1")
    check(a_condition(contained=[inner], encounter={"reference": "#e1"}))


def test_a_local_reference_to_nothing_is_refused():
    inner = an_encounter(id="e1")
    condition = a_condition(contained=[inner], encounter={"reference": "#e2"})
    refused(a_bundle(condition), "/entry/0/resource/encounter/reference", says="no contained")


def test_a_local_reference_does_not_reach_into_another_entry():
    holder = a_condition(contained=[an_encounter(id="e1")])
    refused(a_bundle(holder, referring("#e1")), "/entry/1/resource/encounter/reference")


def test_a_local_reference_to_the_wrong_type_is_refused():
    condition = a_condition(contained=[a_patient()], encounter={"reference": "#p1"})
    refused(condition, "/encounter/reference", says="must be to one of: Encounter")


def test_a_contained_resource_may_refer_to_its_container():
    check(an_encounter(contained=[a_condition(id="c1", encounter={"reference": "#"})]))


def test_a_contained_resource_is_checked_as_well():
    refused(a_patient(contained=[a_patient(gender="m")]), "/contained/0/gender")


def test_a_contained_resource_may_not_contain():
    inner = a_patient(contained=[a_patient()])
    refused(a_patient(contained=[inner]), "/contained/0/contained", says="must not contain")


def test_a_contained_type_outside_the_list_is_not_accepted():
    inner = {"resourceType": "Observation"}
    fault = refused(a_patient(contained=[inner]), "/contained/0/resourceType")
    assert isinstance(fault, ResourceTypeNotAccepted)


# The checker itself


def test_endless_nesting_is_refused_whatever_sent_it():
    extension: dict[str, Any] = {"url": "a"}
    for _ in range(5000):
        extension = {"url": "a", "extension": [extension]}
    fault = refused(a_patient(extension=[extension]), "/extension/0" * (MAX_DEPTH + 1))
    assert "nested deeper" in fault.detail


def test_no_fault_repeats_what_was_sent():
    for element in ("birthDate", "gender", "id", "active", "name", "managingOrganization"):
        for value in (CANARY, [CANARY], {CANARY: CANARY}, {"reference": CANARY}):
            with pytest.raises(BadInput) as fault:
                check(
                    a_patient(**{element: value})
                    if element != "id"
                    else a_patient() | {"id": [value]}
                )
            assert CANARY not in fault.value.detail + fault.value.pointer + fault.value.how_to_fix
