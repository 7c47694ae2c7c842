"""The quick test of plain resources takes nothing that the checker would refuse."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import BadInput
from service.fhir.checks import check
from service.fhir.plain import NESTING, is_plain
from service.fhir.shapes import Shape, r4_shapes
from tests.corpora.mutate import mutants
from tests.corpora.npm import r4_examples
from tests.posted import a_bundle, a_patient

INBOUND = frozenset(r4_shapes().inbound)
# What the walk of the whole checker is made with: is_plain is not asked for other shapes.
ACCEPTED = replace(r4_shapes())


def holds(resource: Any) -> bool:
    """Walked element by element."""
    try:
        check(resource, shapes=ACCEPTED)
    except BadInput:
        return False
    return True


def test_a_bundle_as_records_post_it_is_plain():
    assert is_plain(a_bundle())


def test_urns_and_addresses_of_other_servers_are_plain():
    for literal in ("urn:uuid:0c3a1f6e-7f0c-4a25-9a3c-0c2f0e6f6d11", "https://ehr/Organization/1"):
        assert is_plain(a_patient(managingOrganization={"reference": literal}))


BENT = {
    "no value": {"gender": None},
    "an empty text": {"birthDate": ""},
    "an empty list": {"name": []},
    "a list of nothing": {"name": [{}]},
    "an object where a list belongs": {"name": {"family": "x"}},
    "a list where an object belongs": {"maritalStatus": ["text"]},
    "names of members without values": {"maritalStatus": "text"},
    "texts where objects belong": {"name": ["family"]},
    "a list where a text belongs": {"birthDate": ["1951-01-01"]},
    "an object where a code belongs": {"gender": {}},
    "a number where truth belongs": {"active": 1},
    "truth where a number belongs": {"multipleBirthInteger": True},
    "a number beyond": {"multipleBirthInteger": 2**31},
    "an element of another resource": {"status": "active"},
    "a value twice in two forms": {"deceasedBoolean": True, "deceasedDateTime": "2024"},
    "a control character": {"name": [{"family": "a\x1bb"}]},
    "another type than may be referred to": {"managingOrganization": {"reference": "Patient/1"}},
    "nothing that is referred to": {"managingOrganization": {"reference": "#gone"}},
    "another type than is told": {
        "managingOrganization": {
            "type": "Patient",
            "reference": "urn:uuid:0c3a1f6e-7f0c-4a25-9a3c-0c2f0e6f6d11",
        }
    },
    "what a link must have": {"link": [{"type": "refer"}]},
    "an extension with value and extensions": {
        "extension": [{"url": "u:x", "valueCode": "a", "extension": [{"url": "u:y"}]}]
    },
}


@pytest.mark.parametrize("name", BENT)
def test_what_is_bent_is_not_plain(name):
    bent = a_patient(**BENT[name])
    assert not holds(bent)
    assert not is_plain(bent)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_is_no_object_is_not_plain(value):
    assert not is_plain(value)


def test_falsehood_and_zero_are_plain():
    assert is_plain(a_patient(active=False, multipleBirthInteger=0))


def test_no_text_is_plain_that_is_longer_than_r4_allows():
    assert not is_plain(a_patient(name=[{"family": "x" * (1024 * 1024 + 1)}]))


@pytest.mark.real
def test_most_official_examples_that_the_checker_takes_are_plain():
    taken = [json.loads(body) for _, body in r4_examples(INBOUND) if holds(json.loads(body))]
    assert sum(map(is_plain, taken)) > len(taken) / 3


@pytest.mark.real
def test_the_checker_takes_all_that_is_plain_however_it_was_bent():
    bases = [body for _, body in r4_examples(INBOUND) if len(body) < 20_000]
    ours = [json.dumps(a_bundle()).encode(), json.dumps(a_patient()).encode()]
    plain = 0
    for body in mutants([*bases, *ours * 40], seed=7, count=8_000):
        try:
            resource = json.loads(body)
        except ValueError:
            continue
        if is_plain(resource):
            assert holds(resource), body[:500]
            plain += 1
    assert plain > 300


def test_nothing_plain_holds_its_own_kind_so_it_is_not_nested_deeply():
    deepest = max(_depth(shape, ()) for shape in r4_shapes().inbound.values())
    assert deepest < 32  # checks.MAX_DEPTH


def _depth(shape: Shape, above: tuple[str, ...]) -> int:
    """How many objects stand in one another at most; plain ones, as the module says."""
    if shape.name == "Extension":
        return 1
    assert shape.name not in above, (*above, shape.name)
    below = [0]
    for child in shape.children.values():
        place = f"{shape.name}.{child.name}"
        if NESTING & {child.name, place}:
            continue
        inner = [child.shape] if child.shape else []
        inner += [s for name, s in child.resources.items() if f"{place}.{name}" not in NESTING]
        below += [_depth(each, (*above, shape.name)) for each in inner]
    return 1 + max(below)
