"""A record that has never heard of us takes our definitions in and works with them."""

import time

import pytest

from fhir_profiles.build.guide import guide
from tests.hapi.package import FOLDER, definitions

pytestmark = [pytest.mark.real, pytest.mark.slow]

DEFINITIONS = definitions()
SEARCH_PARAMETERS = {
    name: parameter
    for name, parameter in DEFINITIONS.items()
    if parameter["resourceType"] == "SearchParameter"
}
SEARCHES = [
    f"{base}?{parameter['code']}={value}"
    for parameter in SEARCH_PARAMETERS.values()
    for base in parameter["base"]
    for value in [{"reference": "Patient/p1", "date": "2026"}.get(parameter["type"], "word")]
]
NO_SNAPSHOT = (
    "HAPI 8.8.0 refuses every extension's definition, HL7's own too: it has no core package"
)
OID = "HAPI 8.8.0 answers 500 (HAPI-0650) to every value set with a system that is an OID"


def hapi_cannot_judge(definition):
    if definition.get("type") == "Extension":
        return NO_SNAPSHOT
    included = definition.get("compose", {}).get("include", [])
    return OID if any(part.get("system", "").startswith("urn:oid:") for part in included) else ""


def judged(name):
    reason = hapi_cannot_judge(DEFINITIONS[name])
    return pytest.param(name, marks=[pytest.mark.xfail(reason=reason)] if reason else [])


def test_the_package_is_there():
    kinds = {definition["resourceType"] for definition in DEFINITIONS.values()}
    assert {"StructureDefinition", "ValueSet", "CodeSystem"} <= kinds


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_record_takes_a_definition_in_and_gives_it_back(record, name):
    record.keep(DEFINITIONS[name])
    if name.startswith("OperationDefinition/"):
        return  # HAPI takes it, and gives back under that address only what itself can do
    kept = record.read(name)
    assert kept["url"] == DEFINITIONS[name]["url"]
    assert kept["version"] == DEFINITIONS[name]["version"]


@pytest.mark.parametrize("name", [judged(name) for name in DEFINITIONS])
def test_a_definition_is_good_fhir_itself(record, name):
    assert record.complaints(DEFINITIONS[name], "") == []


def test_the_guide_is_good_fhir_itself(record):
    """It is not kept here: it refers to the examples, and the record holds none of them."""
    assert record.complaints(guide(FOLDER), "") == []


@pytest.fixture(scope="module")
def searching(record):
    """The record with our search parameters in use: HAPI uses those that are active only."""
    for parameter in SEARCH_PARAMETERS.values():
        record.keep(parameter | {"status": "active"})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not all(record("GET", q).ok for q in SEARCHES):
        time.sleep(0.5)
    return record


@pytest.mark.parametrize("query", SEARCHES)
def test_the_record_searches_by_our_parameters(searching, query):
    assert searching.found(query) == []


def test_a_parameter_that_nobody_defined_is_refused(record):
    assert record("GET", "CarePlan?shoe-size=42").status_code == 400
