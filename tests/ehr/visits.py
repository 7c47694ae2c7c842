"""Visits as a record holds them, for the tests that follow what it tells."""

from typing import Any

import orjson

from tests.posted import a_condition, a_patient, an_encounter

E1 = "Encounter/e1"


def to(reference: str) -> dict[str, str]:
    return {"reference": reference}


def without(resource: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key not in names}


def unnamed(**more: Any) -> dict[str, Any]:
    """An encounter that does not say what it is about."""
    return without(an_encounter(), "diagnosis") | more


def a_site(site, *resources: dict[str, Any], **more: Any):
    """A clinic whose record holds these, as a rule a patient with a visit and its reason."""
    clinic = site(**more)
    clinic.keep(*(resources or (a_patient(), a_condition(), an_encounter())))
    return clinic


def visits(*numbers: int) -> list[dict[str, Any]]:
    """A patient, a condition and an encounter for each number."""
    return [
        resource
        for n in numbers
        for resource in (
            a_patient(id=f"p{n}"),
            a_condition(id=f"c{n}", subject=to(f"Patient/p{n}")),
            an_encounter(
                id=f"e{n}",
                subject=to(f"Patient/p{n}"),
                diagnosis=[{"condition": to(f"Condition/c{n}")}],
            ),
        )
    ]


def kept(clinic, place: str) -> dict[str, Any]:
    """What stands there in the record."""
    return clinic.faulty.app.test_client().get(f"/{place}").get_json()


def answering(resource: Any, asked: list[str] | None = None):
    """A server that has one answer to everything, and remembers what it was asked."""

    def application(environ, start):
        if asked is not None:
            asked.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "application/fhir+json")])
        return [orjson.dumps(resource)]

    return application
