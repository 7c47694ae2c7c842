"""What the FHIR routes read from a request: pairs of a search, parameters of an operation."""

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from service.domain.content import Edition
from service.domain.errors import InvalidField, NotAcceptable, WrongContentType
from service.usecases.apply_definition import Asked
from service.web.requests import FHIR, accepted, body, content_type, json_body

Pairs = tuple[tuple[str, str], ...]

FORM = "application/x-www-form-urlencoded"
_GENERAL = ("_format", "_pretty")
_FORMATS = ("json", "application/json", "application/fhir+json")
# Parameters of $apply in R4. The last four say nothing that a catalogue could heed.
APPLY = (
    "planDefinition",
    "activityDefinition",
    "subject",
    "encounter",
    "practitioner",
    "organization",
    "userType",
    "userLanguage",
    "edition",
    "userTaskContext",
    "setting",
    "settingContext",
)
# Of $validate, beside the resource itself.
VALIDATE = ("profile", "mode")
_REFERENCES = {
    "subject": ("Patient",),
    "encounter": ("Encounter",),
    "practitioner": ("Practitioner", "PractitionerRole"),
    "organization": ("Organization",),
}
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_CANONICAL = re.compile(r"[^\s|]{1,500}(\|[A-Za-z0-9.+-]{1,64})?")
_FOR_PATIENTS = ("patient", "PAT", "116154003")  # as in user type, v3-ParticipationType, SNOMED CT


def require_json() -> None:
    """Hold `_format` and `Accept` to JSON.

    Raises:
        NotAcceptable: something else is wanted, such as XML.
    """
    wanted = request.args.get("_format", "")
    if wanted and wanted not in _FORMATS:
        raise NotAcceptable("this is answered as application/fhir+json")
    if not wanted:
        accepted(FHIR)


def is_pretty() -> bool:
    return request.args.get("_pretty") == "true"


def search_pairs() -> Pairs:
    """Return the parameters of a search, those of the form after those of the address.

    Raises:
        WrongContentType: a POST that is no form.
    """
    pairs = list(request.args.items(multi=True))
    if request.method == "POST":
        if request.mimetype != FORM:
            raise WrongContentType("a search is posted as a form", how_to_fix=f"Send it as {FORM}.")
        pairs += list(request.form.items(multi=True))
    return tuple(pair for pair in pairs if pair[0] not in _GENERAL)


def is_lenient() -> bool:
    """FHIR R4 3.1.1.2, `Prefer: handling=lenient`."""
    return "handling=lenient" in request.headers.get("Prefer", "").replace(" ", "")


def asked_to_apply(definition: str) -> Asked:
    """Return the parameters of $apply; `definition` is the id in the address, or "".

    Raises:
        InvalidField: one is unknown, missing or wrong.
    """
    given, places = _posted() if request.method == "POST" else _queried()
    for name in given:
        if name not in APPLY:
            raise InvalidField(
                f"$apply has no such parameter; known: {', '.join(APPLY)}",
                pointer=places.get(name, "?"),
            )
    told = {name: _reference(name, given, places) for name in _REFERENCES}
    if not told["subject"]:
        raise InvalidField(
            "$apply needs a subject",
            pointer=places.get("subject", "?subject"),
            how_to_fix="Say for whom: subject=Patient/…",
        )
    named = next((places[name] for name in APPLY[:2] if name in given), "")
    said = {
        "definition": "?id" if definition else named,
        "language": places.get("userLanguage", ""),
        **{name: places.get(name, "") for name in ("subject", "edition")},
    }
    return Asked(
        definition=definition or _definition(given, places),
        for_patient=given.get("userType", "") in _FOR_PATIENTS,
        language=given.get("userLanguage", "da").partition("-")[0],
        edition=_edition(given, places),
        places=said,
        **told,
    )


def posted_to_validate() -> tuple[dict[str, Any], list[str]]:
    """Return the resource to be validated, and the profiles that it is to be held against.

    The resource is the body itself, or in Parameters as `resource`.

    Raises:
        InvalidField: a parameter is unknown or wrong, or there is no resource.
    """
    profiles = []
    for name, value in request.args.items(multi=True):
        if name not in _GENERAL:
            profiles += _profile(name, value, f"?{name}" if name in VALIDATE else "?")
    content = json_body(body())
    if content.get("resourceType") != "Parameters":
        return content, profiles
    parameters, resource = content.get("parameter"), None
    for index, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        place = f"/parameter/{index}"
        called = parameter.get("name") if isinstance(parameter, dict) else None
        if called == "resource" and isinstance(parameter.get("resource"), dict):
            resource = parameter["resource"]
        else:
            profiles += _profile(called, _value(parameter, place) if called else "", place)
    if resource is None:
        raise InvalidField(
            "there is no resource to validate",
            pointer="/parameter",
            how_to_fix="Post the resource itself, or Parameters with a parameter `resource`.",
        )
    return resource, profiles


def _profile(name: object, value: str, place: str) -> list[str]:
    """One parameter of $validate: a profile, or a mode that changes nothing here."""
    if name == "profile":
        return [value]
    if name == "mode" and value in ("create", "update", "profile"):
        return []
    known = "profile, and mode as create, update or profile"
    raise InvalidField(f"$validate has no such parameter; known: {known}", pointer=place)


def _queried() -> tuple[dict[str, str], dict[str, str]]:
    given: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name in given:
            raise InvalidField("this parameter may be given once", pointer=f"?{name}")
        if name not in _GENERAL:
            given[name] = value
    return given, {name: f"?{name}" for name in given if name in APPLY}


def _posted() -> tuple[dict[str, str], dict[str, str]]:
    """A Parameters resource: values as strings, codes, references or CodeableConcepts."""
    content_type()
    content = json_body(body())
    if content.get("resourceType") != "Parameters":
        raise InvalidField("a Parameters resource is expected", pointer="/resourceType")
    given: dict[str, str] = {}
    places: dict[str, str] = {}
    parameters = content.get("parameter", [])
    if not isinstance(parameters, list):
        raise InvalidField("must be a list", pointer="/parameter")
    for index, parameter in enumerate(parameters):
        place = f"/parameter/{index}"
        name = parameter.get("name") if isinstance(parameter, dict) else None
        if not isinstance(name, str):
            raise InvalidField("a parameter must have a name", pointer=place)
        if name in given:
            raise InvalidField("this parameter may be given once", pointer=place)
        given[name], places[name] = _value(parameter, place), place
    return given, places


def _value(parameter: Mapping[str, Any], place: str) -> str:
    for key, value in parameter.items():
        if key == "valueCodeableConcept" and isinstance(value, dict):
            codings = value.get("coding")
            first = codings[0] if isinstance(codings, list) and codings else {}
            value = first.get("code") if isinstance(first, dict) else None
        elif key in ("valueReference", "valueCoding") and isinstance(value, dict):
            value = value.get("reference", value.get("code"))
        if key.startswith("value") and isinstance(value, str):
            return value
    raise InvalidField(
        "this value is not read here",
        pointer=place,
        how_to_fix="Give it as valueString, valueCode, valueCanonical, valueReference or "
        "valueCodeableConcept.",
    )


def _reference(name: str, given: Mapping[str, str], places: Mapping[str, str]) -> str:
    value = given.get(name, "")
    if not value:
        return ""
    kind, _, local = value.rpartition("/")
    types = _REFERENCES[name]
    if not _ID.fullmatch(local) or kind not in ("", *types):
        raise InvalidField(
            f"must be a reference to {' or '.join(types)}, such as {types[0]}/1",
            pointer=places[name],
        )
    return f"{kind or types[0]}/{local}"


def _definition(given: Mapping[str, str], places: Mapping[str, str]) -> str:
    names = [name for name in APPLY[:2] if name in given]
    if not names:
        raise InvalidField(
            "which definition is not said",
            pointer="?planDefinition",
            how_to_fix="Give its canonical, as url or url|version.",
        )
    if not _CANONICAL.fullmatch(given[names[0]]):
        raise InvalidField("this is not a canonical", pointer=places[names[0]])
    return given[names[0]]


def _edition(given: Mapping[str, str], places: Mapping[str, str]) -> Edition:
    try:
        return Edition(given.get("edition", Edition.FULL))
    except ValueError:
        raise InvalidField("must be full or pixi", pointer=places["edition"]) from None
