"""Where SMART launches are joined: settings to client, keys and the wire to each record.

Loaded where a clinic has a record that opens pages, or when somebody asks for our keys.
"""

import base64
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from service.config.tenants import SmartOf, Tenant, WrongSetting
from service.ehr.client_key import KIND, ClientKey, algorithm_of
from service.ehr.wire import Answer, Pace, Silence, Wire
from service.identity.smart_client import SmartApp, SmartClient
from service.identity.smart_server import NoReply
from service.usecases.origin import origin_of
from service.usecases.ports import Attempts, Clock

CALLBACK = "/smart/callback"
_MOST_PER_SECOND = 20  # of each worker: launches are begun by anybody who asks


def smart_client(
    tenants: Mapping[str, Tenant], attempts: Attempts, base_url: str, clock: Clock
) -> SmartClient:
    """Return the client of all clinics.

    Raises:
        WrongSetting: a key or secret cannot be used, two keys have one name, or two clinics
            one record.
    """
    told = {name: tenant.smart for name, tenant in tenants.items() if tenant.smart}
    if len({each.iss for each in told.values()}) < len(told):
        raise WrongSetting("smart: two clinics have the same iss; it would not say whose it is")
    apps = {name: _app(name, each) for name, each in told.items()}
    return SmartClient(apps, attempts, base_url + CALLBACK, clock, public_keys(tenants))


def public_keys(tenants: Mapping[str, Tenant]) -> list[dict[str, Any]]:
    """Return the public half of every key that a record knows this service by. Raises as above."""
    found: dict[str, dict[str, Any]] = {}
    for name, tenant in tenants.items():
        logins = [each for each in (tenant.smart, tenant.ehr and tenant.ehr.login) if each]
        for login in logins:
            if login.key_file:
                half = _key(name, login.key_file, login.key_id).public()
                if found.setdefault(half["kid"], half) != half:
                    raise WrongSetting(f"{name}: another key has the key_id of this one already")
    return list(found.values())


def _app(name: str, told: SmartOf) -> SmartApp:
    if told.ca_file and not Path(told.ca_file).is_file():
        raise WrongSetting(f"smart of {name}: ca_file cannot be read: {told.ca_file}")
    origins = frozenset(map(origin_of, (told.iss, *told.login_origins))) - {""}
    if told.iss.startswith("https:") and any(each.startswith("http:") for each in origins):
        raise WrongSetting(f"smart of {name}: login_origins must be https, as the record is")
    wire = Wire(told.iss, Pace(_MOST_PER_SECOND), ca_file=told.ca_file)
    show = _by_secret(name, told) if told.secret_file else _by_key(name, told)
    ask = partial(_ask, wire)
    return SmartApp(name, told.iss, told.client_id, show, ask, origins, told.show_name, told.acr)


def _by_key(name: str, told: SmartOf) -> Any:
    key = _key(name, told.key_file, told.key_id)

    def show(endpoint: str) -> tuple[dict[str, str], dict[str, str]]:
        assertion = key.assertion(told.client_id, endpoint)
        return {"client_assertion_type": KIND, "client_assertion": assertion}, {}

    return show


def _by_secret(name: str, told: SmartOf) -> Any:
    try:
        secret = Path(told.secret_file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"smart of {name}: secret_file cannot be read") from error
    if not secret:
        raise WrongSetting(f"smart of {name}: secret_file is empty")
    # RFC 6749, 2.3.1: both are written as in a form before they are joined.
    pair = f"{quote(told.client_id, safe='')}:{quote(secret, safe='')}"
    basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return lambda _endpoint: ({}, {"Authorization": basic})


def _key(name: str, file: str, key_id: str) -> ClientKey:
    try:
        pem = Path(file).read_text(encoding="ascii")
        algorithm = algorithm_of(pem)
    except (OSError, ValueError) as error:
        raise WrongSetting(f"{name}: key_file cannot be used: {error}") from error
    named = ClientKey(pem, algorithm, key_id)
    return named if key_id else ClientKey(pem, algorithm, named.thumbprint())


def _ask(
    wire: Wire, method: str, address: str, headers: Mapping[str, str], content: bytes | None
) -> Answer:
    try:
        return wire.send(method, address, content=content, headers=headers)
    except Silence as silence:
        raise NoReply from silence
