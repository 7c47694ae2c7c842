"""Posted FHIR to domain.Encounter: Danish, American, tidy and untidy."""

import pytest

from service.domain.errors import (
    BundleIncomplete,
    EncounterNotUsable,
    InvalidCode,
    InvalidResource,
    ModifierNotUnderstood,
    PatientMismatch,
    ResourceTypeNotAccepted,
    UnresolvedReference,
)
from service.fhir.encounter import from_bundle
from tests.posted import (
    AMERICAN,
    DANISH,
    LUMBAR,
    SNOMED,
    a_bundle,
    a_condition,
    a_patient,
    an_encounter,
    coding,
)

NOWHERE = "urn:uuid:0190a000-0000-7000-8000-000000000009"
HYPERTENSION = coding(SNOMED, "38341003")


def read(*resources):
    return from_bundle(a_bundle(*resources))


def codes(encounter):
    return [[c.code for c in condition.codings] for condition in encounter.conditions]


def test_who_which_encounter_and_why_are_read_as_the_records_own_references():
    encounter = read()
    assert encounter.reference == "Encounter/e1"
    assert encounter.patient == "Patient/p1"
    assert encounter.practitioner == "Practitioner/fys1"
    assert [c.reference for c in encounter.conditions] == ["Condition/c1"]
    assert encounter.started.isoformat() == "2026-11-23T09:00:00+00:00"


@pytest.mark.parametrize(
    ("codings", "expected"),
    [(DANISH, ["DM480", "M48.0", "L84"]), (AMERICAN, ["M48.062"]), ([LUMBAR], ["18347007"])],
    ids=["danish", "american", "snomed"],
)
def test_danish_american_and_snomed_codes_are_read(codings, expected):
    assert codes(read(a_patient(), an_encounter(), a_condition(*codings))) == [expected]


@pytest.mark.parametrize(
    ("named", "read_as"),
    [
        ([{"reference": "EpisodeOfCare/ep1"}], "EpisodeOfCare/ep1"),
        ([{"reference": "https://record.example/fhir/EpisodeOfCare/ep1"}], "EpisodeOfCare/ep1"),
        ([{"reference": NOWHERE}, {"reference": "EpisodeOfCare/ep2"}], "EpisodeOfCare/ep2"),
        ([], ""),
    ],
    ids=["relative", "absolute", "the first that can be named", "none"],
)
def test_the_episode_of_care_is_the_first_that_is_named(named, read_as):
    told = {"episodeOfCare": named} if named else {}
    encounter = read(a_patient(), an_encounter(**told), a_condition(LUMBAR))
    assert encounter.episode == read_as


@pytest.mark.parametrize(
    "who",
    [
        {"reference": "RelatedPerson/r1"},
        {"reference": "https://ehr.example/fhir/RelatedPerson/r1"},
        {"type": "RelatedPerson", "display": "ægtefælle"},
    ],
)
def test_a_relative_who_took_part_is_known_of_and_not_who(who):
    encounter = an_encounter()
    encounter["participant"] = [*encounter.get("participant", ()), {"individual": who}]
    read_back = read(a_patient(), encounter, a_condition(LUMBAR))
    assert read_back.accompanied
    assert "ægtefælle" not in repr(read_back)
    assert "r1" not in repr(read_back)
    assert not read().accompanied


def test_nothing_that_identifies_the_patient_is_taken_over():
    text = repr(read())
    for private in ("Testesen", "Nancyprøve", "0101519999", "1951"):
        assert private not in text


def test_several_conditions_come_in_the_order_of_rank_then_as_they_stand():
    encounter = an_encounter(
        diagnosis=[
            {"condition": {"reference": "Condition/c2"}, "rank": 2},
            {"condition": {"reference": "Condition/c1"}, "rank": 1},
        ]
    )
    others = a_condition(HYPERTENSION, id="c2"), a_condition(HYPERTENSION, id="c3")
    found = read(a_patient(), encounter, *others, a_condition())
    assert [c.reference for c in found.conditions] == [
        "Condition/c1",
        "Condition/c2",
        "Condition/c3",
    ]


def test_an_encounter_with_only_a_reason_code_is_enough():
    encounter = an_encounter(diagnosis=[], reasonCode=[{"coding": [LUMBAR]}])
    del encounter["diagnosis"]
    found = read(a_patient(), encounter)
    assert codes(found) == [["18347007"]]
    assert found.conditions[0].reference == ""


def test_a_condition_given_as_reason_reference_is_found():
    encounter = an_encounter(reasonReference=[{"reference": "Condition/c1"}])
    del encounter["diagnosis"]
    assert codes(read(a_patient(), encounter, a_condition())) == [["18347007"]]


def test_a_contained_condition_counts_by_its_code_and_has_no_reference():
    inside = a_condition(id="inside")
    encounter = an_encounter(
        contained=[inside], diagnosis=[{"condition": {"reference": "#inside"}}]
    )
    found = read(a_patient(), encounter)
    assert (codes(found), found.conditions[0].reference) == ([["18347007"]], "")


def test_references_by_urn_resolve_inside_the_bundle():
    bundle = a_bundle()
    bundle["entry"][0]["fullUrl"] = "urn:uuid:0190a000-0000-7000-8000-00000000000a"
    for entry in bundle["entry"][1:]:
        entry["resource"]["subject"] = {"reference": bundle["entry"][0]["fullUrl"]}
    assert from_bundle(bundle).patient == "Patient/p1"


def test_references_by_identifier_and_absolute_address_resolve_too():
    by_identifier = {"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "0101519999"}}
    absolute = {"reference": "https://ehr.example/fhir/Patient/p1"}
    found = read(a_patient(), an_encounter(subject=by_identifier), a_condition(subject=absolute))
    assert found.patient == "Patient/p1"


def test_a_refuted_condition_is_no_reason():
    refuted = {"coding": [{"code": "refuted"}]}
    with pytest.raises(BundleIncomplete):
        read(a_patient(), an_encounter(), a_condition(verificationStatus=refuted))


def test_an_encounter_whose_start_is_only_a_date_names_no_moment():
    assert (
        read(a_patient(), an_encounter(period={"start": "2026-11-23"}), a_condition()).started
        is None
    )


@pytest.mark.parametrize(
    ("resources", "error", "pointer"),
    [
        ((an_encounter(), a_condition()), BundleIncomplete, "/entry"),
        ((a_patient(), a_condition()), BundleIncomplete, "/entry"),
        (
            (a_patient(), an_encounter()),
            UnresolvedReference,
            "/entry/1/resource/diagnosis/0/condition",
        ),
        (
            (a_patient(), a_patient(id="p2"), an_encounter(), a_condition()),
            BundleIncomplete,
            "/entry/1/resource",
        ),
        (
            (a_patient(), an_encounter(subject={"reference": "Patient/p2"}), a_condition()),
            UnresolvedReference,
            "/entry/1/resource/subject",
        ),
        (
            (a_patient(), an_encounter(), a_condition(subject={"reference": "Patient/p2"})),
            PatientMismatch,
            "/entry/2/resource/subject",
        ),
        (
            (a_patient(), an_encounter(status="cancelled"), a_condition()),
            EncounterNotUsable,
            "/entry/1/resource/status",
        ),
        (
            (a_patient(), an_encounter(), a_condition(coding(SNOMED, "abc"))),
            InvalidCode,
            "/entry/2/resource/code/coding/0/code",
        ),
        (
            (a_patient(), an_encounter(status="banana"), a_condition()),
            InvalidResource,
            "/entry/1/resource/status",
        ),
        (
            (a_patient(), an_encounter(), a_condition(), {"resourceType": "Observation"}),
            ResourceTypeNotAccepted,
            "/entry/3/resource/resourceType",
        ),
        (
            (
                a_patient(),
                an_encounter(),
                a_condition(modifierExtension=[{"url": "http://x.example", "valueBoolean": True}]),
            ),
            ModifierNotUnderstood,
            "/entry/2/resource/modifierExtension",
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_what_is_wrong_is_refused_with_its_place(resources, error, pointer):
    with pytest.raises(error) as refused:
        read(*resources)
    assert refused.value.pointer == pointer
    assert refused.value.how_to_fix


def test_a_patient_without_an_id_is_refused_for_a_plan_could_not_point_at_it():
    nameless = a_patient()
    del nameless["id"]
    own_id = {"identifier": nameless["identifier"][0]}
    with pytest.raises(BundleIncomplete, match="no id"):
        read(nameless, an_encounter(subject=own_id), a_condition(subject=own_id))


def test_a_single_resource_is_not_a_bundle():
    with pytest.raises(InvalidResource) as refused:
        from_bundle(a_patient())
    assert refused.value.pointer == "/resourceType"
