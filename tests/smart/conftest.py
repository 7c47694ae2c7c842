"""Two clinics with records that open pages: one knows a key of ours, the other a secret."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask.testing import FlaskClient

from service.app import build_web
from service.config.tenants import SmartOf, Tenant
from service.identity.smart_client import SmartClient
from service.launching import smart_client
from service.store.attempts import DatabaseAttempts
from service.web.accompany import CODE, TRACE_ID
from tests.builders import NOW
from tests.conftest import SERVICE_URL, Web
from tests.posted import a_bundle
from tests.smart.login_server import Client, LoginServer, login_server

CALLBACK = f"{SERVICE_URL}/smart/callback"
SECRET = "a secret: of letters & signs"
EHR = "https://ehr.example"
KEYS = {
    "ES384": partial(ec.generate_private_key, ec.SECP384R1()),
    "RS384": partial(rsa.generate_private_key, 65537, 2048),
}


def key_file(folder: Path, algorithm: str = "ES384") -> Path:
    """A private key of ours in PEM."""
    path = folder / f"{algorithm}.pem"
    if not path.exists():
        path.write_bytes(
            KEYS[algorithm]().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return path


@dataclass
class World:
    """The service with the clinics `demo` (by key) and `other` (by secret), and their logins."""

    web: Web
    browser: FlaskClient
    login: LoginServer
    other: LoginServer
    now: list[Any]
    client: SmartClient
    environs: list[dict[str, Any]]
    service: str = SERVICE_URL

    def leave(self, launch: str | None = "xyz", iss: str = "", browser: Any = None, **headers: str):
        """Launch from the record; where the browser is sent."""
        asked = {"iss": iss or self.login.iss} | ({"launch": launch} if launch else {})
        return (browser or self.browser).get(
            "/smart/launch", query_string=asked, headers=headers, base_url=SERVICE_URL
        )

    def log_in(self, left: Any) -> dict[str, str]:
        """Follow the browser through the login; what it brings back to us."""
        answer = requests.get(left.headers["Location"], allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert back._replace(query="").geturl() == f"{self.service}/smart/callback"
        return dict(parse_qsl(back.query))

    def back(self, told: Any, browser: Any = None, **headers: str):
        """Come back from the login; the page, or the way to the pages."""
        return (browser or self.browser).get(
            "/smart/callback", query_string=told, headers=headers, base_url=SERVICE_URL
        )

    def arrive(self, launch: str | None = "xyz", **headers: str):
        """The whole way."""
        return self.back(self.log_in(self.leave(launch, **headers)), **headers)

    def why(self, answer: Any) -> str:
        """The reason that the log is told of this answer."""
        (told,) = [
            each for each in self.environs if each.get(TRACE_ID) == answer.headers["X-Trace-Id"]
        ]
        return told[CODE]

    @property
    def launches(self) -> int:
        """How many launches are open in the database, of whichever clinic."""
        return self.web.rows("launch")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[LoginServer, LoginServer]]:
    with login_server() as one, login_server() as two:
        yield one, two


@pytest.fixture
def logins(servers) -> tuple[LoginServer, LoginServer]:
    for server in servers:
        server.forget()
    return servers


@pytest.fixture
def world(make_web, logins, tmp_path) -> World:
    return a_world(make_web(), *logins, tmp_path)


def a_world(web: Web, login: LoginServer, other: LoginServer, folder: Path, **more: Any) -> World:
    now, service = [more.pop("now", NOW)], more.pop("service", SERVICE_URL)
    callback = f"{service}/smart/callback"
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    key = key_file(folder, more.pop("algorithm", "ES384"))
    by_key = SmartOf(login.iss, "pages", key_file=str(key), key_id="2026", frame_ancestors=(EHR,))
    tenants = {
        "demo": Tenant("demo", smart=replace(by_key, **more)),
        "other": Tenant("other", smart=SmartOf(other.iss, "pages", secret_file=str(secret))),
    }
    attempts = DatabaseAttempts(web.database)
    client = smart_client(tenants, attempts, service, lambda: now[0])
    login.clients["pages"] = Client("pages", callback, keys=client.jwks)
    other.clients["pages"] = Client("pages", callback, secret=SECRET)
    parts = replace(
        web.parts,
        smart=lambda: client,
        frames={name: each.smart.frame_ancestors for name, each in tenants.items()},
        portal_frames={name: each.smart.portal_ancestors for name, each in tenants.items()},
        service_url=service,
        clock=lambda: now[0],
    )
    app, environs = build_web(parts), []
    inner = app.wsgi_app

    def noting(environ, start_response):
        environs.append(environ)
        return inner(environ, start_response)

    app.wsgi_app = noting
    web.post(a_bundle())
    return World(web, app.test_client(), login, other, now, client, environs, service)
