"""Our checker beside the official examples and beside `fhir.resources`, the oracle."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.domain.errors import BadInput, InvalidResource, ResourceTypeNotAccepted
from service.fhir import r4
from service.fhir.checks import check
from service.fhir.shapes import r4_shapes
from service.web.json_door import load
from tests.corpora.mutate import mutants
from tests.corpora.npm import r4_examples

INBOUND = frozenset(r4_shapes().inbound)

# These hold a resource type that an education plan does not need, and no other fault:
# the lists name the first such type.
OTHER_TYPES_INSIDE = {
    "CapabilityStatement": {"Bundle-resources.json"},
    "CodeSystem": {"Bundle-externals.json", "Bundle-valuesets.json"},
    "Composition": {"Bundle-father.json"},
    "ConceptMap": {"Bundle-conceptmaps.json"},
    "DiagnosticReport": {
        "Bundle-101.json",
        "Bundle-72ac8493-52ac-41bd-8d5d-7258c289b5ea.json",
        "Bundle-dg2.json",
        "Bundle-f001.json",
        "Bundle-f202.json",
        "Bundle-ghp.json",
        "Bundle-hla-1.json",
        "Bundle-lipids.json",
        "Bundle-lri-example.json",
        "Bundle-micro.json",
        "Bundle-report.json",
    },
    "DocumentReference": {"Bundle-xds.json"},
    "Endpoint": {"Bundle-b0a5e4277-83c4-4adb-87e2-e3efe3369b6f.json"},
    "MedicationRequest": {"Bundle-bundle-example.json"},
    "MessageHeader": {
        "Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json",
        "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json",
    },
    "NamingSystem": {"Bundle-registry.json", "Bundle-terminologies.json"},
    "Observation": {"Bundle-bundle-references.json", "ServiceRequest-lipid.json"},
    "OperationOutcome": {"Bundle-bundle-response.json", "Bundle-bundle-search-warning.json"},
    "Parameters": {"Bundle-bundle-transaction.json"},
    "Provenance": {"ServiceRequest-physiotherapy.json"},
    "Questionnaire": {"Bundle-ussg-fht.json"},
    "SearchParameter": {"Bundle-searchParams.json"},
    "StructureDefinition": {
        "Bundle-dataelements.json",
        "Bundle-extensions.json",
        "Bundle-profiles-others.json",
        "Bundle-types.json",
    },
    "ValueSet": {
        "Bundle-v2-valuesets.json",
        "Bundle-v3-valuesets.json",
        "Bundle-valueset-expansions.json",
    },
}


def fault(resource: dict[str, Any]) -> BadInput | None:
    try:
        check(resource)
    except BadInput as refused:
        return refused
    return None


def oracle_accepts(resource: dict[str, Any]) -> bool:
    try:
        r4.parse(resource)
    except InvalidResource:
        return False
    return True


def entries_of(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in resource.get("entry", ()):
        inner = entry.get("resource", {}) if isinstance(entry, dict) else {}
        if inner.get("resourceType") in INBOUND - {"Bundle"}:
            yield inner


@pytest.mark.real
def test_every_official_example_is_accepted_but_those_with_other_types_inside():
    accepted = set()
    refused: dict[str, set[str]] = {}
    for name, body in r4_examples(INBOUND):
        found = fault(json.loads(body))
        if found is None:
            accepted.add(name)
        else:
            assert isinstance(found, ResourceTypeNotAccepted), (name, found.detail, found.pointer)
            refused.setdefault(found.detail.split()[0], set()).add(name)
    assert refused == OTHER_TYPES_INSIDE
    assert len(accepted) == 110


@pytest.mark.real
def test_what_we_accept_of_the_official_examples_the_oracle_accepts():
    for name, body in r4_examples(INBOUND):
        resource = json.loads(body)
        if fault(resource) is None:
            assert oracle_accepts(resource), name


@pytest.mark.real
def test_every_resource_of_our_types_inside_an_official_bundle_is_accepted():
    checked = 0
    for name, body in r4_examples({"Bundle"}):
        for resource in entries_of(json.loads(body)):
            found = fault(resource)
            if found is None or not isinstance(found, ResourceTypeNotAccepted):
                assert found is None, (name, found.detail, found.pointer)
                checked += 1
    assert checked > 30


@pytest.mark.real
@pytest.mark.slow
def test_what_we_accept_of_bent_examples_the_oracle_accepts():
    bases = [body for _name, body in r4_examples(INBOUND) if len(body) < 20_000]
    bases = [body for body in bases if fault(json.loads(body)) is None]
    accepted = 0
    for body in mutants(bases, seed=4, count=4000):
        try:
            resource = load(body)
            check(resource)
        except BadInput:
            continue
        assert oracle_accepts(resource), body[:500]
        accepted += 1
    assert accepted > 200
