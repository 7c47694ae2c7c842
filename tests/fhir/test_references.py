"""A reference is one that R4 knows, to a type that may stand there."""

import pytest

from service.fhir.references import reference_type


@pytest.mark.parametrize(
    "reference",
    [
        "Encounter/e1",
        "Encounter/e1/_history/2",
        "https://ehr.example/fhir/r4/Encounter/e1",
        "http://localhost:8080/Encounter/e1/_history/1",
        "https://[::1]:8443/fhir/Encounter/e1",
        "urn:uuid:C757873d-ec9a-4326-a141-556f43239520",
        "urn:oid:1.2.3",
    ],
)
def test_a_reference_r4_knows_is_taken(reference):
    assert reference_type(reference) == ("" if reference.startswith("urn:") else "Encounter")


@pytest.mark.parametrize("reference", ["#", "#e1"])
def test_a_local_reference_names_no_type(reference):
    assert reference_type(reference) == ""


@pytest.mark.parametrize(
    "reference",
    [
        "javascript:alert(1)",
        "../Encounter/e1",
        "Encounter/..",
        "https://ehr.example/../Encounter/e1",
        "Encounter/e 1",
        "Encounter/" + "a" * 65,
        "Encounter?identifier=1",
        "Encounter/e1?x=1",
        "Encounter/e1#x",
        "/Encounter/e1",
        "//ehr.example/Encounter/e1",
        "ftp://ehr.example/Encounter/e1",
        "https://user:secret@ehr.example/Encounter/e1",
        "https://ehr.example/",
        "Banana/1",
        "urn:uuid:1",
        "#" + "a" * 65,
        "https://ehr.example/" + "a/" * 5000 + "Encounter/e1",
    ],
)
def test_any_other_reference_is_not_taken(reference):
    assert reference_type(reference) is None
