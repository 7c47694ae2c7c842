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


PLAIN = "http://record.a.example"
PLACES = [
    "{{issuers: [{{url: i, jwks_url: '{0}/jwks'}}]}}",
    "{{ehr: {{base: '{0}/r4'}}}}",
    "{{ehr: {{base: 'https://a.example', login: {{client_id: c, key_file: k, "
    "token_url: '{0}'}}}}}}",
    "{{cds_hooks: {{clients: [{{issuer: i, jwks_url: '{0}/jwks'}}]}}}}",
    "{{cds_hooks: {{origins: ['{0}']}}}}",
    "{{cds_hooks: {{launch_url: '{0}/launch'}}}}",
    "{{smart: {{iss: '{0}', client_id: c, key_file: k}}}}",
    "{{smart: {{iss: 'https://a.example', client_id: c, key_file: k, login_origins: ['{0}']}}}}",
    "{{smart: {{iss: 'https://a.example', client_id: c, key_file: k, frame_ancestors: ['{0}']}}}}",
    "{{smart: {{iss: 'https://a.example', client_id: c, key_file: k, portal_ancestors: ['{0}']}}}}",
]


@pytest.mark.parametrize("place", PLACES)
def test_in_production_no_address_of_a_clinic_is_without_tls(clinics, place):
    def production(address, **more):
        told = {"MODE": "production", "BASE_URL": "https://x.example", **more}
        told["TENANTS"] = clinics(f"clinic-a: {place.format(address)}")
        return {f"EDUPLAN_{name}": value for name, value in told.items()}

    why = wrong(production(PLAIN))
    assert tuple(word for word in ("clinic-a", PLAIN) if word in why) == ("clinic-a", PLAIN)
    for good in ("https://record.a.example", "http://127.0.0.1:8090", "http://localhost:8090"):
        assert not read_settings(production(good)).is_demo
    assert not read_settings(production(PLAIN, PLAIN_HTTP="yes")).is_demo


def test_keys_are_fetched_by_http_and_no_other_way(clinics):
    text = "a: {issuers: [{url: i, jwks_url: 'ftp://a.example/jwks'}]}"
    assert "EDUPLAN_TENANTS" in wrong({"EDUPLAN_TENANTS": clinics(text)})


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


@pytest.fixture
def secret(tmp_path):
    def write(text):
        path = tmp_path / "secret-file"
        path.write_text(text)
        return str(path)

    return write


SERVER = "postgresql://eduplan@db.example:5432/eduplan"


def test_the_password_of_the_database_may_come_from_a_file(secret):
    told = {"DATABASE_URL": SERVER, "DATABASE_PASSWORD_FILE": secret("p@ss/w:rd\n")}
    settings = read_settings({f"EDUPLAN_{name}": value for name, value in told.items()})
    assert settings.database == "postgresql://eduplan:p%40ss%2Fw%3Ard@db.example:5432/eduplan"


@pytest.mark.parametrize("url", ["", "sqlite:////x.sqlite", "postgresql://db.example/eduplan"])
def test_a_password_needs_somebody_it_belongs_to(secret, url):
    told = {"EDUPLAN_DATABASE_PASSWORD_FILE": secret("hemmeligt")}
    why = wrong(told | ({"EDUPLAN_DATABASE_URL": url} if url else {}))
    assert "EDUPLAN_DATABASE_PASSWORD_FILE" in why
    assert "hemmeligt" not in why


def test_the_monitors_token_comes_from_a_file_and_is_never_shown(secret):
    token = "0123456789abcdef" * 2
    settings = read_settings({"EDUPLAN_MONITOR_TOKEN_FILE": secret(f"{token}\n")})
    assert settings.monitor_token == token
    assert token not in repr(settings)


@pytest.mark.parametrize("text", ["", "\n", "short"])
def test_a_token_that_could_be_guessed_refuses_to_start(secret, text):
    why = wrong({"EDUPLAN_MONITOR_TOKEN_FILE": secret(text)})
    assert "EDUPLAN_MONITOR_TOKEN_FILE" in why
    assert "short" not in why


def test_a_secret_that_is_not_there_refuses_to_start():
    assert "EDUPLAN_MONITOR_TOKEN_FILE" in wrong({"EDUPLAN_MONITOR_TOKEN_FILE": "/nowhere/x"})


HOOKS = """
a:
  cds_hooks:
    clients:
      - issuer: https://fhir.a.example
        jwks_url: https://fhir.a.example/jwks
    origins: {origins}
    launch_url: https://education.a.example/launch
"""


def test_a_clinic_names_the_clients_of_its_hook_services(clinics):
    text = HOOKS.format(origins='["https://ehr.a.example", "http://localhost:9000"]')
    found = read_settings({"EDUPLAN_TENANTS": clinics(text)}).tenants["a"].cds_hooks
    assert [client.url for client in found.clients] == ["https://fhir.a.example"]
    assert found.origins == ("https://ehr.a.example", "http://localhost:9000")
    assert found.launch_url == "https://education.a.example/launch"


@pytest.mark.parametrize("origin", ["*", "https://a.example/", "https://a.example/x", "a.example"])
def test_an_origin_is_as_a_browser_writes_it(clinics, origin):
    text = HOOKS.format(origins=f'["{origin}"]')
    assert "as a browser writes it" in wrong({"EDUPLAN_TENANTS": clinics(text)})


def test_a_client_calls_for_one_clinic(clinics):
    text = HOOKS.format(origins="[]")
    both = text + text.replace("\na:", "\nb:")
    assert "two clinics trust the same client" in wrong({"EDUPLAN_TENANTS": clinics(both)})


def test_launches_have_a_limit_unless_the_operator_takes_it_away():
    assert read_settings({}).launches_under_way == 1_000
    assert read_settings({"EDUPLAN_LAUNCHES_UNDER_WAY": "0"}).launches_under_way == 0


@pytest.mark.parametrize("value", ["", "-1", "1.5", "many", "٣", "9" * 10])
def test_a_limit_is_a_whole_number(value):
    assert "EDUPLAN_LAUNCHES_UNDER_WAY" in wrong({"EDUPLAN_LAUNCHES_UNDER_WAY": value})
