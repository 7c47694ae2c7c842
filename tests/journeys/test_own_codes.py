"""A clinic that lists codes of its own as exact gets plans for them at once."""

import pytest

from tests.live import live_service
from tests.posted import a_visit, coding

OWN = coding("https://clinic.example/diagnoses", "LSS")
DM480 = coding("urn:oid:1.2.208.176.2.4.12", "DM480")
CLINICS = """
demo:
  edition: pixi
  codes:
    lumbar-spinal-stenosis:
      - {system: "https://clinic.example/diagnoses", code: "LSS"}
      - {system: "urn:oid:1.2.208.176.2.4.12", code: "DM480"}
"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic")
    (folder / "clinics.yaml").write_text(CLINICS)
    with live_service(folder, EDUPLAN_TENANTS=str(folder / "clinics.yaml")) as service:
        yield service


def post(service, tenant, patient, code):
    token = service.token("system", "--tenant", tenant)
    return service.call(
        "POST",
        "/api/v1/encounters",
        token,
        json=a_visit(patient, f"of-{patient}", code),
        headers={"Content-Type": "application/fhir+json", "Accept": "application/json"},
    )


@pytest.mark.parametrize(("patient", "code"), [("p1", OWN), ("p2", DM480)], ids=["own", "DM480"])
def test_a_code_on_the_clinics_list_makes_a_plan_in_the_clinics_edition(clinic, patient, code):
    answer = post(clinic, "demo", patient, code)
    plan = answer.json()
    assert (answer.status_code, plan["state"], plan["edition"]) == (201, "active", "pixi")
    assert plan["reason"]["confidence"] == "exact"
    assert "klinikken" in plan["reason"]["why"].lower()


def test_the_list_is_the_clinics_own_and_nobody_elses(clinic):
    assert post(clinic, "other", "p1", DM480).json()["state"] == "proposed"
    assert post(clinic, "other", "p2", OWN).json()["code"] == "unknown-code-system"
