"""What holds for the checker whatever is sent."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import BadInput, InvalidResource
from service.fhir.checks import check


def test_the_checker_runs_without_fhir_resources():
    program = (
        "import sys; from service.fhir.checks import check;"
        "check({'resourceType': 'Patient'}); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {"pydantic", "fhir", "fhir_core"}.isdisjoint(done.stdout.split())


ids = st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True).filter(lambda i: i not in {".", ".."})
words = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1)
patients = st.fixed_dictionaries(
    {"resourceType": st.just("Patient")},
    optional={
        "id": ids,
        "active": st.booleans(),
        "gender": st.sampled_from(["male", "female", "other", "unknown"]),
        "birthDate": st.dates().map(str),
        "deceasedDateTime": st.datetimes(timezones=st.just(None)).map(
            lambda moment: moment.isoformat(timespec="milliseconds") + "Z"
        ),
        "multipleBirthInteger": st.integers(-(2**31), 2**31 - 1),
        "name": st.lists(
            st.fixed_dictionaries({"family": words, "given": st.lists(words, min_size=1)}),
            min_size=1,
        ),
        "generalPractitioner": st.lists(
            st.fixed_dictionaries({"reference": ids.map("Practitioner/{}".format)}), min_size=1
        ),
    },
)


@given(patients)
def test_every_valid_small_patient_is_accepted(patient):
    check(patient)


@given(patients, st.data())
def test_every_valid_small_patient_is_refused_with_one_element_bent(patient, data):
    element = data.draw(st.sampled_from(sorted(set(patient) - {"resourceType"}) or ["id"]))
    bent = data.draw(st.sampled_from([None, {}, [], "", [None], {"\x00": 1}]))
    refusing = pytest.raises(InvalidResource)
    with refusing as fault:
        check(patient | {element: bent})
    assert fault.value.pointer.startswith(f"/{element}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values, st.sampled_from(["id", "name", "contained", "extension", "_birthDate", "x"]))
def test_any_json_is_accepted_or_refused(value, element):
    try:
        check({"resourceType": "Patient", element: value})
    except BadInput as fault:
        place = fault.pointer
    else:
        place = f"/{element}"
    assert place.startswith(f"/{element}")
