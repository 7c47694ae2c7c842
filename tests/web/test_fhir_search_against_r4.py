"""The façade's search beside R4's own definitions: names, types, and what is found by them.

R4 says by a FHIRPath expression where the values of a parameter stand. fhirpathpy reads them
there; whatever it reads, the façade must find.
"""

import json
import re
from functools import cache
from urllib.parse import urlencode

import fhirpathpy
import pytest
from fhirpathpy.models import models

from fhir_profiles.build import profiles
from service.fhir.search_parameters import PARAMETERS
from tests.conftest import missing
from tests.visit import the_whole_visit

pytestmark = pytest.mark.real

OFFERED = [(kind, name) for kind, row in PARAMETERS.items() for name in row]
# Nothing that the service writes has these; that they are understood is shown elsewhere.
NEVER_WRITTEN = {
    ("Provenance", "patient"),  # by the plan it tells of, as /fhir/metadata says
    ("CarePlan", "replaces"),
    ("CarePlan", "based-on"),
    ("ServiceRequest", "based-on"),
    ("Communication", "part-of"),
    ("Communication", "about"),
    ("Goal", "category"),
    ("Goal", "start-date"),
    ("Goal", "achievement-status"),
    ("Goal", "outcome"),
    ("Observation", "derived-from"),
    ("ActivityDefinition", "identifier"),
    ("Library", "identifier"),
    ("PlanDefinition", "identifier"),
    ("Questionnaire", "identifier"),
    ("Questionnaire", "code"),
    ("Questionnaire", "date"),
}


@cache
def definitions():
    """R4's search parameters and ours, by type and name."""
    try:
        core = profiles.packages() / profiles.CORE / "package"
    except profiles.Unavailable as why:
        missing(str(why))
    paths = [*core.glob("SearchParameter-*.json"), *profiles.GENERATED.glob("SearchParameter-*")]
    found = [json.loads(path.read_bytes()) for path in paths]
    return {(base, each["code"]): each for each in found for base in each.get("base", ())}


@pytest.mark.parametrize(("kind", "name"), OFFERED)
def test_a_parameter_is_what_r4_calls_so(kind, name):
    assert definitions()[kind, name]["type"] == PARAMETERS[kind][name].type


@pytest.fixture
def clinic(facade, send):
    """A clinic in which a visit was documented in full, and every type has something."""
    topics = [
        {"id": "knowledge", "outcome": "taught", "understanding": "not-understood"},
        {"id": "prognosis", "outcome": "declined", "note": "Vil ikke"},
    ]
    goals = [{"text": "gå", "due": "2027-01-15"}]
    told = the_whole_visit(topics=topics, edition="full", goals=goals)
    assert send(f"/api/v1/plans/{facade.plan}/teachings", told).status_code == 201
    return facade


@pytest.mark.parametrize("kind", [kind for kind in PARAMETERS if kind != "Binary"])
def test_what_r4s_expression_reads_is_found_and_nothing_else_is(clinic, kind):
    role = "auditor" if kind == "AuditEvent" else "system"
    resources = list(everything(clinic, kind, role))
    assert resources
    unread = set()
    for name, parameter in PARAMETERS[kind].items():
        read = {
            (near, resource["id"], asked)
            for near, resource in resources
            for asked in values(resource, definitions()[kind, name]["expression"])
        }
        if not read:
            unread.add((kind, name))
        for near, resource_id, asked in sorted(read)[:20]:
            query = urlencode([*near, (name, asked)])
            assert resource_id in clinic.ids(f"{kind}?{query}", role), query
        nothing = {"date": "1999", "reference": "Basic/no-such"}.get(parameter.type, "no-such")
        assert clinic.ids(f"{kind}?{urlencode({name: nothing})}", role) == [], name
    assert unread == {each for each in NEVER_WRITTEN if each[0] == kind}


def everything(clinic, kind, role):
    """Every resource of a type, with what must be asked beside to come near it."""
    for near in ((), (("patient", "p1"),)):
        if near and kind != "DocumentReference":
            continue  # only notes are found by naming the patient, and in no other way
        page = clinic.json(f"{kind}?{urlencode([*near, ('_count', 200)])}", role)
        for entry in page.get("entry", ()):
            yield near, entry["resource"]


def values(resource, expression):
    """What R4's expression reads in the resource, each as it is asked for."""
    for part in expression.split("|"):
        if f"{resource['resourceType']}." in part:
            path = part.strip().replace(".where(resolve() is Patient)", "")
            for value in fhirpathpy.evaluate(resource, path, model=models["r4"]):
                is_patient = str(value).startswith("{'reference': 'Patient/")
                if "resolve()" not in part or is_patient:
                    yield from as_asked(value)


def as_asked(value):
    if isinstance(value, str):
        yield re.sub(r"([,|$\\])", r"\\\1", value) if "://" not in value else value
    elif "reference" in value:
        yield value["reference"]
    elif "start" in value:
        yield f"ge{value['start'][:10]}"
    else:
        for each in value.get("coding", [value]):
            if "code" in each or "value" in each:
                yield f"{each.get('system', '')}|{each.get('code', each.get('value'))}"
