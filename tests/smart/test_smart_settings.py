"""How a clinic's record is set up to open pages: what is wrong stops the start, in one line."""

import pytest

from service.config.tenants import (
    RecordLogin,
    RecordOf,
    SmartOf,
    Tenant,
    WrongSetting,
    read_tenants,
)
from service.launching import public_keys, smart_client
from tests.builders import NOW
from tests.conftest import SERVICE_URL
from tests.smart.conftest import key_file

ISS = "https://fhir.clinic-a.example/r4"


def read(tmp_path, text):
    path = tmp_path / "clinics.yaml"
    path.write_text(f"clinic-a:\n  smart:\n    iss: {ISS}\n    client_id: pages\n{text}")
    return read_tenants(path, "EDUPLAN_TENANTS")["clinic-a"].smart


def client(**tenants):
    made = {name: Tenant(name, smart=smart) for name, smart in tenants.items()}
    return smart_client(made, None, SERVICE_URL, lambda: NOW)


def test_a_clinic_is_read_as_it_is_written(tmp_path):
    found = read(
        tmp_path,
        "    key_file: /k.pem\n    login_origins: [https://login.example]\n"
        "    frame_ancestors: [https://ehr.example]\n"
        "    portal_ancestors: [https://portal.example]\n"
        "    acr: [urn:two-factors]\n",
    )
    assert found == SmartOf(
        ISS,
        "pages",
        key_file="/k.pem",
        login_origins=("https://login.example",),
        frame_ancestors=("https://ehr.example",),
        portal_ancestors=("https://portal.example",),
        acr=("urn:two-factors",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "    key_file: /k.pem\n    secret_file: /s\n",
        "    key_file: /k.pem\n    login_origins: [https://login.example/path]\n",
        "    key_file: /k.pem\n    frame_ancestors: ['*']\n",
        '    key_file: /k.pem\n    frame_ancestors: ["https://a.example; script-src *"]\n',
        "    key_file: /k.pem\n    portal_ancestors: ['*']\n",
        "    key_file: /k.pem\n    scope: launch\n",
    ],
    ids=["neither", "both", "a path", "anybody", "more of a policy", "any portal", "unknown"],
)
def test_a_clinic_that_is_set_up_wrongly_stops_the_start(tmp_path, text):
    with pytest.raises(WrongSetting, match="smart"):
        read(tmp_path, text)


def test_a_key_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(WrongSetting, match="key_file"):
        client(a=SmartOf(ISS, "pages", key_file=str(tmp_path / "none")))


def test_a_secret_that_is_not_there_or_empty_stops_the_start(tmp_path):
    with pytest.raises(WrongSetting, match="secret_file cannot"):
        client(a=SmartOf(ISS, "pages", secret_file=str(tmp_path / "none")))
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(WrongSetting, match="empty"):
        client(a=SmartOf(ISS, "pages", secret_file=str(tmp_path / "empty")))


def test_a_record_is_one_clinics_only(tmp_path):
    told = SmartOf(ISS, "pages", key_file=str(key_file(tmp_path)))
    with pytest.raises(WrongSetting, match="same iss"):
        client(a=told, b=told)


def test_a_login_over_http_is_refused_where_the_record_is_safe(tmp_path):
    told = SmartOf(
        ISS,
        "pages",
        key_file=str(key_file(tmp_path)),
        login_origins=("http://login.clinic-a.example",),
    )
    with pytest.raises(WrongSetting, match="https"):
        client(a=told)


def test_two_keys_of_one_name_stop_the_start(tmp_path):
    one, two = key_file(tmp_path), key_file(tmp_path, "RS384")
    login = RecordLogin("writes", str(two), key_id="2026")
    told = SmartOf(ISS, "pages", key_file=str(one), key_id="2026")
    with pytest.raises(WrongSetting, match="key_id"):
        public_keys({"a": Tenant("a", smart=told, ehr=RecordOf(ISS, login=login))})


def test_the_keys_of_the_backend_login_are_published_too(tmp_path):
    login = RecordLogin("writes", str(key_file(tmp_path, "RS384")), key_id="writes-2026")
    (half,) = public_keys({"a": Tenant("a", ehr=RecordOf(ISS, login=login))})
    assert (half["kid"], half["alg"], half["kty"]) == ("writes-2026", "RS384", "RSA")
    assert set(half) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_key_without_a_name_is_named_by_its_thumbprint(tmp_path):
    """RFC 7638, computed here by another library."""
    from joserfc.jwk import ECKey

    file = key_file(tmp_path)
    (half,) = public_keys({"a": Tenant("a", smart=SmartOf(ISS, "pages", key_file=str(file)))})
    assert half["kid"] == ECKey.import_key(file.read_bytes()).thumbprint()
