"""Settings: sensible without any, and a wrong one refuses to start and says which."""

import pytest

from service.config.settings import read_settings
from service.config.tenants import WrongSetting
from service.domain.codes import Coding
from service.domain.content import Edition

CLINICS = """
clinic-a:
  issuers:
    - url: https://login.clinic-a.example
      jwks_url: https://login.clinic-a.example/jwks
  edition: pixi
  language: en
  codes:
    lumbar-spinal-stenosis:
      - system: https://clinic-a.example/diagnoses
        code: LSS
clinic-b: {}
"""


def wrong(environment):
    with pytest.raises(WrongSetting) as refused:
        read_settings(environment)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.fixture
def clinics(tmp_path):
    def write(text):
        path = tmp_path / "clinics.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_without_any_setting_it_is_a_demo_on_loopback():
    settings = read_settings({})
    assert settings.is_demo
    assert settings.draft_content
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.database.name == "education-plan.sqlite"


def test_a_slash_at_the_end_of_the_address_is_left_out():
    assert (
        read_settings({"EDUPLAN_BASE_URL": "http://127.0.0.1:9/"}).base_url == "http://127.0.0.1:9"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOOD", "x"),
        ("MODE", "test"),
        ("DRAFT_CONTENT", "maybe"),
        ("DATABASE_URL", "mysql://x"),
        ("BASE_URL", "ftp://x"),
        ("BASE_URL", "not an address"),
        ("CONTENT_DIR", "/no/such/folder"),
        ("TENANTS", "/no/such/file"),
    ],
)
def test_a_wrong_setting_is_named(name, value):
    assert f"EDUPLAN_{name}" in wrong({f"EDUPLAN_{name}": value})


def test_production_wants_clinics_and_an_https_address(clinics):
    production = {"EDUPLAN_MODE": "production"}
    assert "EDUPLAN_TENANTS" in wrong(production)
    production |= {"EDUPLAN_TENANTS": clinics(CLINICS)}
    assert "EDUPLAN_BASE_URL" in wrong(production)
    assert "EDUPLAN_BASE_URL" in wrong(production | {"EDUPLAN_BASE_URL": "http://x.example"})
    settings = read_settings(production | {"EDUPLAN_BASE_URL": "https://x.example"})
    assert not settings.is_demo
    assert not settings.draft_content


def test_clinics_are_read_with_their_issuers_codes_and_ways(clinics):
    tenants = read_settings({"EDUPLAN_TENANTS": clinics(CLINICS)}).tenants
    clinic = tenants["clinic-a"]
    assert [issuer.url for issuer in clinic.issuers] == ["https://login.clinic-a.example"]
    assert (clinic.edition, clinic.language) == (Edition.PIXI, "en")
    assert clinic.codes["lumbar-spinal-stenosis"] == (
        Coding("https://clinic-a.example/diagnoses", "LSS"),
    )
    assert tenants["clinic-b"].edition is Edition.FULL


def test_how_a_record_tells_of_encounters_is_read(clinics):
    text = """
clinic-a:
  hook:
    secret_file: /etc/education-plan/hook
    criteria: Encounter?service-provider=Organization/1&class=AMB
    problem_list: yes
clinic-b: {hook: {}}
clinic-c: {hook: {criteria: Encounter}}
clinic-d: {}
"""
    tenants = read_settings({"EDUPLAN_TENANTS": clinics(text)}).tenants
    hook = tenants["clinic-a"].hook
    assert (hook.secret_file, hook.problem_list) == ("/etc/education-plan/hook", True)
    assert hook.query == "service-provider=Organization/1&class=AMB"
    for name in ("clinic-b", "clinic-c"):
        hook = tenants[name].hook
        assert (hook.secret_file, hook.query, hook.problem_list) == ("", "", False)
    assert tenants["clinic-d"].hook is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "- a",
        "Clinic A: {}",
        "a: {edition: long}",
        "a: {colour: red}",
        "a: {issuers: [{}]}",
        "a: {hook: {secret: x}}",
        "a: {hook: {secret_file: ''}}",
        "a: {hook: {criteria: 'Patient?active=true'}}",
        "a: {hook: {criteria: 'Encounter?_lastUpdated=ge2026'}}",
        "a: {hook: {criteria: 'Encounter?status=finished&_count=1'}}",
        "a: {hook: {criteria: 'Encounter?status=in progress'}}",
        "a: {hook: {criteria: 'Encounter?'}}",
    ],
)
def test_a_wrong_file_of_clinics_is_named_in_one_line(clinics, text):
    assert "EDUPLAN_TENANTS" in wrong({"EDUPLAN_TENANTS": clinics(text)})
