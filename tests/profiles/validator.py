"""A resource held to R4 and to our profile: fhir.resources, then pyrofile-validator, offline.

Traps of pyrofile 0.3.0 that are filtered here, each by its narrowest sign: see `_is_false`.
"""

import contextlib
import io
from functools import cache
from typing import Any

from fhir_profiles.build import profiles
from service.domain.errors import InvalidResource
from service.fhir import r4
from service.fhir.fut import EHEALTH
from tests.conftest import missing
from tests.profiles.which import profile_of

GENERATED = profiles.GENERATED
NESTED = ("ValueSet.compose.", "CapabilityStatement.rest.resource.")


def validate(resource: dict[str, Any], profile: str = "") -> list[str]:
    """Return what is wrong with the resource, nothing when it is well.

    `profile` is a canonical; without one, the profile of what the service writes of this
    type, and R4 alone for other types.
    """
    profile = profile or profile_of(resource)
    found = []
    try:
        r4.parse(resource)
    except InvalidResource as fault:
        found.append(f"fhir.resources {fault.pointer}: {fault.detail}")
    claimed = resource | {"meta": {**resource.get("meta", {}), "profile": [profile]}}
    with contextlib.redirect_stdout(io.StringIO()):  # fhirpathpy prints
        report = _validator().validate_resource(claimed if profile else resource)
    return found + [
        f"{issue.code} {issue.path}: {issue.message}"
        for issue in report.issues
        if issue.severity.value == "error" and not _is_false(issue)
    ]


def _is_false(issue: Any) -> bool:
    path, code = issue.path or "", issue.code
    if code == "cardinality.min" and path.endswith("[x]"):
        return True  # a required choice in a backbone; fhir.resources holds it
    if "dom-3" in f"{code} {issue.message}":
        return True  # does not see that a canonical or an action names what is contained
    if code == "profile.pattern" and path == "DocumentReference.type":
        return True  # lets no coding stand beside that of a pattern; HL7's validator holds it
    if code == "extension.unknown" and EHEALTH in issue.message:
        return True  # FUT's own: their package is on no public registry
    if code == "questionnaire.unresolved":
        return True  # does not look a versioned canonical up
    if code == "profile.slice.cardinality.max" and ".extension:" in path:
        return True  # counts every extension to each slice
    if code == "profile.element.cardinality.max" and path.startswith(NESTED):
        return True  # counts over all elements of a list inside a list
    return code == "element.unknown" and path.rpartition(".")[2].startswith("_")


@cache
def _validator() -> Any:
    from pyrofile_validator import Validator
    from pyrofile_validator.config import ValidatorConfig

    try:
        packages = profiles.packages()
    except profiles.Unavailable as why:
        missing(str(why))
    folder = packages / profiles.CORE / "package"
    return Validator(
        ValidatorConfig.load_dict(
            {
                "backend": "native",
                "localPackagePaths": [str(folder), str(GENERATED)],
                "allowUnknownExtensions": False,
            }
        )
    )
