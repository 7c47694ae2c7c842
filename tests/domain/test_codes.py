"""One code, however it is written."""

import pytest

from service.domain.codes import Coding

ICD10 = "http://hl7.org/fhir/sid/icd-10"
SKS = "urn:oid:1.2.208.176.2.4"
SKS_DIAGNOSES = "urn:oid:1.2.208.176.2.4.12"


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD10, "M48.0"),
        (ICD10, "M480"),
        (ICD10, "DM480"),
        (SKS, "DM480"),
        (SKS_DIAGNOSES, "DM480"),
        (SKS_DIAGNOSES, "DM480+TUL1"),
        (SKS_DIAGNOSES, "dm480"),
        ("urn:oid:2.16.840.1.113883.6.3", "M48.0"),
    ],
)
def test_spinal_stenosis_is_one_code_in_every_danish_and_international_spelling(system, code):
    assert Coding(system, code).key == Coding(ICD10, "M48.0").key


def test_a_code_that_begins_with_d_keeps_its_d_when_it_is_icd10():
    assert Coding(ICD10, "D48.0").key == (ICD10, "D480")
    assert Coding(SKS_DIAGNOSES, "DD480").key == (ICD10, "D480")


def test_a_snomed_edition_is_snomed():
    danish = Coding("http://snomed.info/sct/554471000005108", "18347007")
    assert danish.key == Coding("http://snomed.info/sct", "18347007").key


def test_icd10_cm_is_a_system_of_its_own():
    american = Coding("http://hl7.org/fhir/sid/icd-10-cm", "M48.0")
    assert american.key != Coding(ICD10, "M48.0").key


def test_both_icpc2_uris_are_one_system():
    assert (
        Coding("urn:oid:1.2.208.176.2.31", "L84").key
        == Coding("http://hl7.org/fhir/sid/icpc-2", "L84").key
    )


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://snomed.info/sct", "abc"),
        ("http://snomed.info/sct", "0123456"),
        (ICD10, "48.0"),
        (SKS_DIAGNOSES, "DROP TABLE"),
        ("http://hl7.org/fhir/sid/icpc-2", "LL"),
    ],
)
def test_a_code_its_system_cannot_hold_is_not_well_formed(system, code):
    assert not Coding(system, code).is_well_formed


def test_a_code_of_an_unknown_system_is_left_as_it_is():
    own = Coding("https://clinic.example/codes", "a.B+c")
    assert own.is_well_formed
    assert not own.is_known_system
    assert own.key == ("https://clinic.example/codes", "a.B+c")
